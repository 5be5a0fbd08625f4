"""Makes the texts of ``capyctl/data``: what is answered without typer, and the built-in table as it is read.

A test makes them again and compares.

Run ``python -m capyctl.cli.help_text`` after a change to commands, options, the provider table or the
snapshot (libraries.md 1.3).
"""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator
from pathlib import Path

from typer.core import TyperOption

from capyctl.cli.app import root_group
from capyctl.cli.command_table import COMMANDS, GROUPS, SUMMARY
from capyctl.cli.completion_scripts import SCRIPTS
from capyctl.cli.declare import CapyCommand, common_parameters
from capyctl.cli.group import LazyGroup, load_command
from capyctl.cli.render import render
from capyctl.cli.run import Run
from capyctl.cli.session import execute
from capyctl.core.codes import ALL_CODES
from capyctl.core.exit_status import ExitStatus
from capyctl.core.identity import ProviderType
from capyctl.core.prepared_table import prepare_table
from capyctl.core.provider_table import build_table
from capyctl.core.provider_table_file import parse_built_in
from capyctl.lab.scenario import list_scenarios
from capyctl.version import __version__

DATA = Path(__file__).resolve().parent.parent / "data"
_TABLES = (DATA / "providers.yaml", DATA.parent.parent / "providers.yaml")
_KINDS = {
    "FILE": "files",
    "PATH": "files",
    "text|json": "output",
    "auto|always|never": "color",
    "warning": "fail-on",
    "CODE[=LABEL]": "code",
    "[CODE]": "code",
    "[REF]...": "reference",
    "REF": "reference",
    "NAME": "scenario",
    "|".join(SCRIPTS): "shell",
}

STATUS_MEANINGS = {
    "0": "done; warnings may have been given",
    "1": "problems found",
    "2": "usage: unknown option, malformed reference",
    "3": "undetermined: something needed was unavailable, so no verdict is given",
    "4": "the cluster was changed and the work is incomplete; the document says what was done and how to go on",
    "70": "a fault of capyctl itself",
    "130, 143": "interrupted, terminated",
}
"""What each exit status means (cli.md 3), for the man page and the reference."""


def help_texts() -> dict[str, str]:
    """The help of the root, of every group and of every command, by file name."""
    pages: dict[str, CapyCommand | LazyGroup] = {"capyctl": root_group()}
    pages |= {f"capyctl {name}": LazyGroup(name, (name,), text) for name, text in GROUPS.items()}
    pages |= {f"capyctl {' '.join(words)}": load_command(words) for words in COMMANDS}
    return {f"help/{name.replace(' ', '_')}.txt": help_of(command, name) for name, command in pages.items()}


def help_of(command: CapyCommand | LazyGroup, name: str) -> str:
    """The help of a command at eighty columns."""
    context = command.make_context(name, [], resilient_parsing=True)
    return f"{command.get_help(context)}\n"


def completion_table() -> str:
    """The lines that ``capyctl.cli.completion`` reads."""
    return "".join("\t".join(row) + "\n" for row in _completion_rows())


def man_page() -> str:
    """``capyctl(1)`` in man's own macros."""
    lines = [
        f'.TH CAPYCTL 1 "" "capyctl {__version__}" "User Commands"',
        ".SH NAME",
        f"capyctl \\- {_roff(SUMMARY[:1].lower() + SUMMARY[1:].rstrip('.'))}",
        ".SH SYNOPSIS",
        ".B capyctl",
        ".I COMMAND",
        "[\\fIOPTIONS\\fR] [\\fIARGUMENTS\\fR]",
        ".SH COMMANDS",
    ]
    for words in COMMANDS:
        command = load_command(words)
        lines += [".SS " + _roff(f"capyctl {' '.join(words)}"), _roff(" ".join((command.help or "").split()))]
        lines += _roff_options(_own_options(command))
    lines += [".SH OPTIONS OF EVERY COMMAND", *_roff_options(common_parameters())]
    lines += [".SH EXIT STATUS", *_exit_status_lines()]
    return "\n".join(lines) + "\n"


def snapshot_day() -> str:
    """The day of the embedded snapshot, or ``none`` where there is none."""
    path = DATA / "snapshot.bin"
    if not path.exists():
        return "none\n"
    return f"{json.loads(zlib.decompress(path.read_bytes()))['day']}\n"


def built_in_table() -> str:
    """The built-in table as most runs read it (ADR 37)."""
    source = _table_file().read_bytes()
    return prepare_table(parse_built_in(source), source).decode()


def plain_repositories(form: str) -> str:
    """What ``config repositories`` prints where nothing is configured at all."""
    run = Run(argv=("config", "repositories", "-o", form), environ={})
    rendering = render(run, execute(run))
    if rendering.stderr or rendering.status is not ExitStatus.DONE:
        raise ValueError(f"the plain table is not plain: {rendering.stderr}")
    return rendering.stdout


def texts() -> dict[str, str]:
    """Every text, by its path in ``capyctl/data``."""
    return help_texts() | {
        "completion.txt": completion_table(),
        "capyctl.1": man_page(),
        "snapshot-day.txt": snapshot_day(),
        "built_in_table.json": built_in_table(),
        "repositories.txt": plain_repositories("text"),
        "repositories.json": plain_repositories("json"),
        "repositories.yaml": plain_repositories("yaml"),
    }


def write_texts() -> None:
    """Write every text anew, and remove the help of what is no more."""
    made = texts()
    (DATA / "help").mkdir(exist_ok=True)
    for path in (DATA / "help").iterdir():
        if f"help/{path.name}" not in made:
            path.unlink()
    for name, text in made.items():
        (DATA / name).write_text(text, encoding="utf-8", newline="\n")


def _completion_rows() -> Iterator[tuple[str, ...]]:
    for words, entry in COMMANDS.items():
        yield "command", " ".join(words), entry.summary
    for option in common_parameters():
        yield _option_row("", option)
    for words in COMMANDS:
        command = load_command(words)
        for option in _own_options(command):
            yield _option_row(" ".join(words), option)
        for argument in command.params:
            if argument.param_type_name == "argument":
                kind = _KINDS.get(argument.human_readable_name, "text")
                yield "argument", " ".join(words), kind
    yield from _value_rows()


def _value_rows() -> Iterator[tuple[str, ...]]:
    choices = {
        "output": ("text", "json"),
        "color": ("auto", "always", "never"),
        "fail-on": ("warning",),
        "shell": tuple(SCRIPTS),
    }
    for kind, values in choices.items():
        yield from (("value", kind, value, "") for value in values)
    yield from (("value", "code", code.code, code.title) for code in ALL_CODES)
    yield from (("value", "scenario", each.name, each.title) for each in list_scenarios())
    table = build_table(parse_built_in(_table_file().read_bytes()))
    for entry in table.entries:
        yield "value", "reference", entry.key.manifest_label, entry.key.type.value
        yield "value", entry.key.type.flag, entry.key.name, ""


def _option_row(words: str, option: TyperOption) -> tuple[str, ...]:
    flag = max(option.opts, key=len).lstrip("-")
    is_provider = flag in {each.flag for each in ProviderType}
    metavar = option.metavar or "TEXT"
    kind = flag if is_provider else _KINDS.get(metavar, "text")
    return "option", words, " ".join(option.opts), "" if option.is_flag else kind, option.help or ""


def _own_options(command: CapyCommand) -> list[TyperOption]:
    return [each for each in command.params if isinstance(each, TyperOption) and each not in command.common]


def _table_file() -> Path:
    return next(path for path in _TABLES if path.exists())


def _roff(text: str) -> str:
    escaped = text.replace("\\", "\\e").replace("-", "\\-")
    return f"\\&{escaped}" if escaped.startswith((".", "'")) else escaped


def _roff_options(options: list[TyperOption]) -> list[str]:
    lines: list[str] = []
    for option in options:
        value = "" if option.is_flag else f" \\fI{_roff(option.metavar or 'TEXT')}\\fR"
        names = ", ".join(f"\\fB{_roff(name)}\\fR" for name in option.opts)
        lines += [".TP", f"{names}{value}", _roff(option.help or "")]
    return lines


def _exit_status_lines() -> list[str]:
    return [line for status, meaning in STATUS_MEANINGS.items() for line in (".TP", status, _roff(meaning))]


if __name__ == "__main__":
    write_texts()
