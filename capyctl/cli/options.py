"""The options of every command, as given by flag or variable and as one typed value (cli.md 2)."""

from __future__ import annotations

import enum
import re
from collections.abc import Mapping, Sequence

import typer
from msgspec import Struct

from capyctl.core.pattern import pattern

_TRUE = frozenset({"1", "true", "yes", "on"})
_FALSE = frozenset({"", "0", "false", "no", "off"})
_SHORT_WITH_VALUE = pattern(r"-([bcino])=(.*)", re.DOTALL)
_VERBOSE = pattern(r"(?:-(v+)|--verbose|--v)(?:=?(\d+))?\Z", re.ASCII)
_SEPARATOR = "--"


class Output(enum.Enum):
    """The form of the result on stdout; yaml only where clusterctl has it."""

    TEXT = "text"
    JSON = "json"
    YAML = "yaml"


class ColorWhen(enum.Enum):
    """When to colour text."""

    AUTO = "auto"
    ALWAYS = "always"
    NEVER = "never"


class IgnoreRule(Struct, frozen=True, kw_only=True):
    """Diagnostics to drop: those of one code, of one provider's manifest label if ``label`` is given."""

    code: str
    label: str | None = None


class CommonOptions(Struct, frozen=True, kw_only=True):
    """The options of every command; flags win over variables.

    Attributes:
        deadline: seconds that questions to sources may take in all, or None for the command's default.
        verbosity: 0, or how much more to say; a number after ``-v`` is taken as clusterctl's level.
    """

    config: str | None = None
    providers: str | None = None
    output: Output = Output.TEXT
    offline: bool = False
    deadline: float | None = None
    no_cache: bool = False
    record: str | None = None
    ca_file: str | None = None
    verbosity: int = 0
    quiet: bool = False
    debug: bool = False
    fail_on_warning: bool = False
    ignore: tuple[IgnoreRule, ...] = ()
    color: ColorWhen = ColorWhen.AUTO


def common_options(
    flags: Mapping[str, object], ignore: Sequence[str], verbosity: int, environ: Mapping[str, str]
) -> CommonOptions:
    """The options of this run from the flags given and the variables set.

    Raises:
        typer.BadParameter: a value that its option does not take; names the flag or the variable.
    """
    return CommonOptions(
        config=_text(flags, "config"),
        providers=_text(flags, "providers") or environ.get("CAPYCTL_PROVIDERS") or None,
        output=_output(flags, environ),
        offline=_switch(flags, "offline", environ, "CAPYCTL_OFFLINE"),
        deadline=_deadline(flags, environ),
        no_cache=_switch(flags, "no_cache", environ, "CAPYCTL_NO_CACHE"),
        record=_text(flags, "record"),
        ca_file=_text(flags, "ca_file"),
        verbosity=verbosity,
        quiet=bool(flags.get("quiet")),
        debug=bool(flags.get("debug")),
        fail_on_warning=_fail_on(flags),
        ignore=tuple(_ignore_rule(text) for text in ignore),
        color=_color(flags, environ),
    )


def wanted_output(argv: Sequence[str], environ: Mapping[str, str]) -> Output:
    """The form of output that the words ask for, even where the command line cannot be understood."""
    own = _before_separator(argv)
    wanted = environ.get("CAPYCTL_OUTPUT", "")
    for position, word in enumerate(own):
        if word in ("-o", "--output"):
            wanted = own[position + 1] if position + 1 < len(own) else wanted
        elif word.startswith("--output="):
            wanted = word.removeprefix("--output=")
        elif word.startswith("-o") and not word.startswith("--"):
            wanted = word.removeprefix("-o").removeprefix("=")
    return next((output for output in Output if output.value == wanted), Output.TEXT)


def wanted_record(argv: Sequence[str]) -> str | None:
    """The file that the words ask to leave a record in, even where the command line cannot be understood."""
    own = _before_separator(argv)
    wanted: str | None = None
    for word, following in zip(own, [*own[1:], ""], strict=True):
        if word == "--record":
            wanted = following
        elif word.startswith("--record="):
            wanted = word.removeprefix("--record=")
    return wanted or None


def take_verbosity(argv: Sequence[str]) -> tuple[list[str], int]:
    """The words without ``-v``, and the verbosity they ask for.

    A whole number after ``-v`` is taken as clusterctl's level, nothing else is (cli.md 2). ``-o=json`` is
    split on the way, since clusterctl takes that spelling of a short option.
    """
    own = _before_separator(argv)
    rest: list[str] = []
    level = 0
    position = 0
    while position < len(own):
        word = own[position]
        position += 1
        match = _VERBOSE().match(word) if word.startswith(("-v", "--v")) else None
        if match is None:
            rest += _split_short(word)
        elif match[2] is not None:
            level = int(match[2][:3])
        elif position < len(own) and re.fullmatch(r"[0-9]+", own[position]):
            level = int(own[position][:3])
            position += 1
        else:
            level += len(match[1] or "v")
    return [*rest, *argv[len(own) :]], level


def _split_short(word: str) -> list[str]:
    match = _SHORT_WITH_VALUE().match(word) if word[2:3] == "=" else None
    return [f"-{match[1]}", match[2]] if match else [word]


def _before_separator(argv: Sequence[str]) -> list[str]:
    words = list(argv)
    return words[: words.index(_SEPARATOR)] if _SEPARATOR in words else words


def _text(flags: Mapping[str, object], name: str) -> str | None:
    value = flags.get(name)
    return str(value) if value else None


def _output(flags: Mapping[str, object], environ: Mapping[str, str]) -> Output:
    given, hint = _given(flags, "output", environ, "CAPYCTL_OUTPUT")
    for output in Output:
        if given in (output.value, ""):
            return output
    raise typer.BadParameter(f"{given!r} is not one of text, json", param_hint=hint)


def _color(flags: Mapping[str, object], environ: Mapping[str, str]) -> ColorWhen:
    given = _text(flags, "color")
    for color in ColorWhen:
        if given == color.value:
            return color
    if given is not None:
        raise typer.BadParameter(f"{given!r} is not one of auto, always, never", param_hint="--color")
    if environ.get("NO_COLOR"):
        return ColorWhen.NEVER
    return ColorWhen.ALWAYS if environ.get("FORCE_COLOR") else ColorWhen.AUTO


def _switch(flags: Mapping[str, object], name: str, environ: Mapping[str, str], variable: str) -> bool:
    if flags.get(name):
        return True
    value = environ.get(variable, "").strip().lower()
    if value not in _TRUE | _FALSE:
        raise typer.BadParameter(f"{value!r} is neither 1 nor 0", param_hint=variable)
    return value in _TRUE


def _deadline(flags: Mapping[str, object], environ: Mapping[str, str]) -> float | None:
    given, hint = _given(flags, "deadline", environ, "CAPYCTL_DEADLINE")
    if not given:
        return None
    from capyctl.core.durations import MalformedDurationError, parse_duration  # noqa: PLC0415 - start-up

    try:
        seconds = parse_duration(given)
    except MalformedDurationError as error:
        raise typer.BadParameter(str(error), param_hint=hint) from error
    if seconds == 0:
        raise typer.BadParameter(f"{given!r} leaves no time for any question", param_hint=hint)
    return seconds


def _given(
    flags: Mapping[str, object], name: str, environ: Mapping[str, str], variable: str
) -> tuple[str, str]:
    """The value of a flag, else of its variable, and the name to blame for it."""
    value = _text(flags, name)
    return (value, f"--{name}") if value is not None else (environ.get(variable, ""), variable)


def _fail_on(flags: Mapping[str, object]) -> bool:
    given = _text(flags, "fail_on")
    if given not in (None, "warning"):
        raise typer.BadParameter(f"{given!r} is not 'warning', the only value", param_hint="--fail-on")
    return given is not None


def _ignore_rule(text: str) -> IgnoreRule:
    from capyctl.core.codes import ALL_CODES  # noqa: PLC0415 - start-up budget

    code, _, label = text.partition("=")
    known = next((each.code for each in ALL_CODES if code.upper() == each.code or code == each.name), None)
    if known is None:
        raise typer.BadParameter(
            f"{code!r} is no code of capyctl; 'capyctl explain' lists them", param_hint="--ignore"
        )
    return IgnoreRule(code=known, label=label or None)
