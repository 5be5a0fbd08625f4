"""How a command declares itself: its app, and the options of every command."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import AbstractContextManager
from typing import Any, Protocol, cast

import typer
from typer.core import TyperCommand, TyperOption

from capyctl.cli.run import Run

WRITERS = frozenset(
    {"lock", "bundle create", "generate provider", "kubernetes-version resolve", "lab run", "upgrade plan"}
)
"""Commands that write a file for their user, besides a record."""
CONTEXT_SETTINGS = {"help_option_names": ["-h", "--help"], "terminal_width": 80}


def command_app() -> typer.Typer:
    """The typer app that holds the one command of a module."""
    return typer.Typer(add_completion=False, rich_markup_mode=None, pretty_exceptions_enable=False)


class HelpPage(Protocol):
    """The part of typer's help formatter that is used here; its own type is private."""

    def section(self, name: str) -> AbstractContextManager[None]:
        """A heading and what is written under it."""

    def write_dl(self, rows: list[tuple[str, str]]) -> None:
        """Two columns: a term and what it stands for."""


class HelpParameter(Protocol):
    """An option or argument, as far as its line of help goes."""

    def get_help_record(self, ctx: typer.Context) -> tuple[str, str] | None:
        """The two columns of its line, or None where it is hidden."""


def help_row(parameter: HelpParameter, ctx: typer.Context) -> tuple[str, str]:
    """The line of help of one option or argument."""
    return parameter.get_help_record(ctx) or ("", "")


def version_parameter() -> TyperOption:
    """``--version``, at the root alone."""
    return _option("--version", None, "Print the version.")


def common_parameters(deadline: str = "30s; lock and bundle 10m") -> list[TyperOption]:
    """Fresh declarations of the options of every command (cli.md 2), with what holds where no deadline is given."""
    return [
        _option("--config", "FILE", "The clusterctl configuration file, or its address."),
        _option("--providers", "FILE", "A provider table merged over the built-in one."),
        _option(("-o", "--output"), "text|json", "The form of the result on stdout."),
        _option("--offline", None, "Open no network socket; answer from local sources."),
        _option("--deadline", "DURATION", f"The longest that questions to sources may take ({deadline})."),
        _option("--no-cache", None, "Neither read nor write the disk cache."),
        _option("--record", "FILE", "Leave the recorded run in FILE, also when it fails."),
        _option("--ca-file", "FILE", "Trust these authorities besides the system's."),
        _option(("-v", "--verbose"), None, "More evidence in text; -v N is taken as a level."),
        _option("--quiet", None, "Only errors on stderr."),
        _option("--debug", None, "A trace of every request on stderr."),
        _option("--fail-on", "warning", "Warnings end with status 1."),
        _option("--ignore", "CODE[=LABEL]", "Drop a diagnostic; may be given several times."),
        _option("--color", "auto|always|never", "When to colour text."),
    ]


class CapyCommand(TyperCommand):
    """A command that takes the options of every command and settles its run before it is invoked.

    Attributes:
        yaml_allowed: whether ``-o yaml`` is known here (where clusterctl has it).
        deadline: how long questions to sources may take where nobody says otherwise, as the help says it.
    """

    yaml_allowed = False
    deadline = "30s"

    def __init__(self, name: str | None, **settings: Any) -> None:  # noqa: ANN401 - handed on
        super().__init__(name, **settings)
        self.context_settings = {**CONTEXT_SETTINGS, **self.context_settings}
        self.common = common_parameters(self.deadline)
        self.params = [*self.params, *self.extra_parameters(), *self.common]

    def extra_parameters(self) -> list[TyperOption]:
        """Options that commands of this kind share, after their own."""
        return []

    def invoke(self, ctx: Any) -> object:  # noqa: ANN401 - typer's own type is private
        """Settle the run, then call the command."""
        if isinstance(ctx.obj, Run):
            ctx.obj.settle(command_words(ctx), yaml_allowed=self.yaml_allowed)
            self._check_files(ctx, ctx.obj)
        return super().invoke(ctx)

    def _check_files(self, ctx: typer.Context, run: Run) -> None:
        """Refuse to write one file of the run over another one; most runs write none, and look at none."""
        if run.options.record or run.command in WRITERS:
            from capyctl.cli.named_files import refuse_clashes  # noqa: PLC0415 - start-up budget

            refuse_clashes(run, run.command, self.params, ctx.params)
        run.files_checked = True

    def format_options(self, ctx: object, formatter: object) -> None:
        """Write the command's own options first, those of every command after them."""
        context, page = cast(typer.Context, ctx), cast(HelpPage, formatter)
        own = [each for each in self.get_params(context) if each not in self.common]
        sections: dict[str, Sequence[HelpParameter]] = {
            "Arguments": [each for each in own if each.param_type_name == "argument"],
            "Options": [each for each in own if each.param_type_name == "option"],
            "Options of every command": self.common,
        }
        for title, parameters in sections.items():
            if parameters:
                with page.section(title):
                    page.write_dl([help_row(each, context) for each in parameters])


class LongCommand(CapyCommand):
    """A command that reads many files: its run gets ``LONG_DEADLINE``."""

    deadline = "10m"


def command_words(ctx: typer.Context) -> str:
    """The command's words, joined by a blank (cli.md 3)."""
    return ctx.command_path.partition(" ")[2]


def remember(ctx: typer.Context, param: TyperOption, value: Any) -> object:  # noqa: ANN401 - as parsed
    """Keep a given option of every command in the run; the innermost command given it wins.

    Raises:
        typer.BadParameter: a record without a name, which a script with an unset variable asks for.
    """
    if param.name == "record" and value == "":
        raise typer.BadParameter("no file is named", param_hint="--record")
    run = ctx.obj
    if not isinstance(run, Run) or param.name is None or not value:
        return value
    if param.multiple and isinstance(value, list | tuple):
        run.ignore.extend(str(each) for each in value)
    else:
        run.flags[param.name] = value
    return value


def _option(names: str | tuple[str, ...], metavar: str | None, text: str) -> TyperOption:
    return TyperOption(
        param_decls=[names] if isinstance(names, str) else list(names),
        metavar=metavar,
        help=text,
        is_flag=metavar is None,
        default=False if metavar is None else None,
        multiple=names == "--ignore",
        expose_value=False,
        callback=remember,
    )
