"""Groups whose commands are imported only when they run (libraries.md 1.3)."""

from __future__ import annotations

import importlib
from collections.abc import Sequence
from difflib import get_close_matches
from typing import Any, cast

import typer
import typer.main
from typer.core import TyperGroup

from capyctl.cli.command_table import COMMANDS, GROUPS, NOT_HERE, NOT_HERE_TARGET
from capyctl.cli.declare import (
    CONTEXT_SETTINGS,
    CapyCommand,
    HelpPage,
    common_parameters,
    help_row,
    version_parameter,
)
from capyctl.cli.options import take_verbosity
from capyctl.cli.run import Outcome, Run


class LazyGroup(TyperGroup):
    """The commands of the table whose words begin with ``prefix``, none of them imported yet."""

    def __init__(self, name: str, prefix: tuple[str, ...], summary: str) -> None:
        super().__init__(
            name=name,
            help=summary,
            rich_markup_mode=None,
            context_settings=dict(CONTEXT_SETTINGS),
            invoke_without_command=True,
        )
        self.prefix = prefix
        self.common = common_parameters()
        self.params = [*([] if prefix else [version_parameter()]), *self.common]

    def list_commands(self, ctx: object) -> list[str]:  # noqa: ARG002 - typer's signature
        """The next words that name a command or a group, in the order of the table."""
        depth = len(self.prefix)
        return list(dict.fromkeys(words[depth] for words in COMMANDS if words[:depth] == self.prefix))

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # noqa: ANN401 - typer's own type is private
        """Take the verbosity out of the words first: its number is optional, which typer cannot say."""
        rest, level = take_verbosity(args)
        if isinstance(ctx.obj, Run):
            ctx.obj.verbosity += level
        return super().parse_args(ctx, rest)

    def invoke(self, ctx: Any) -> object:  # noqa: ANN401 - typer's own type is private
        """Run the command that the words name; without one, answer with the help text."""
        if isinstance(ctx.obj, Run) and ctx.obj.flags.get("version"):
            from capyctl.cli.version_text import version_line  # noqa: PLC0415 - start-up budget

            return Outcome(bare=version_line())
        outcome = super().invoke(ctx)
        return Outcome(bare=f"{ctx.get_help()}\n") if ctx.invoked_subcommand is None else outcome

    def resolve_command(self, ctx: Any, args: list[str]) -> tuple[str, Any, list[str]]:  # noqa: ANN401 - as above
        """Import the command that the words name; the only place that does."""
        words = (*self.prefix, args[0])
        longer = _longer_command(words, args)
        if longer is not None:
            position = args.index(longer[-1])
            return " ".join(longer), load_command(longer), [*args[1:position], *args[position + 1 :]]
        if words in COMMANDS:
            return args[0], load_command(words), args[1:]
        if words[0] in GROUPS and not self.prefix:
            return args[0], LazyGroup(args[0], words, GROUPS[args[0]]), args[1:]
        if words in NOT_HERE:
            return args[0], _load(NOT_HERE_TARGET), args[1:]
        near = get_close_matches(args[0], self.list_commands(ctx), n=1)
        hint = f" Did you mean {near[0]!r}?" if near else ""
        return cast(typer.Context, ctx).fail(f"There is no command {' '.join(words)!r}.{hint}")

    def format_options(self, ctx: object, formatter: object) -> None:
        """Write the commands with their whole names, then the options."""
        page = cast(HelpPage, formatter)
        context = cast(typer.Context, ctx)
        depth = len(self.prefix)
        commands = [
            (" ".join(words[depth:]), entry.summary)
            for words, entry in COMMANDS.items()
            if words[:depth] == self.prefix
        ]
        if commands:
            with page.section("Commands"):
                page.write_dl(commands)
        own = [each for each in self.get_params(context) if each not in self.common]
        for title, parameters in (("Options", own), ("Options of every command", self.common)):
            with page.section(title):
                page.write_dl([help_row(each, context) for each in parameters])


def load_command(words: tuple[str, ...]) -> CapyCommand:
    """Import the module of a command and give the command it declares."""
    return _load(COMMANDS[words].target)


def _load(target: str) -> CapyCommand:
    module, attribute = target.split(":")
    app: typer.Typer = getattr(importlib.import_module(module), attribute)
    command = typer.main.get_command(app)
    if not isinstance(command, CapyCommand):
        raise TypeError(f"{target} does not declare a CapyCommand")
    return command


def _longer_command(words: tuple[str, ...], args: Sequence[str]) -> tuple[str, ...] | None:
    """A command such as ``init list-images`` beside ``init``: its second word may stand anywhere."""
    if words not in COMMANDS:
        return None
    own = args[: args.index("--")] if "--" in args else args
    return next((each for each in COMMANDS if each[:-1] == words and each[-1] in own), None)
