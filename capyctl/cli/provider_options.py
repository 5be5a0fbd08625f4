"""How a command takes providers: by word, and by clusterctl's type flags (cli.md 1)."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from typer.core import TyperOption

from capyctl.cli.declare import CapyCommand
from capyctl.cli.go_switches import without_values
from capyctl.cli.run import Run
from capyctl.core.identity import ProviderType

References = Annotated[
    list[str] | None,
    typer.Argument(metavar="[REF]...", help="Providers, as LABEL[:TAG].", show_default=False),
]
"""Positional references to any number of providers."""

_SHORT_FLAGS = {
    ProviderType.BOOTSTRAP: "-b",
    ProviderType.CONTROL_PLANE: "-c",
    ProviderType.INFRASTRUCTURE: "-i",
}


class ProviderCommand(CapyCommand):
    """A command that takes providers by clusterctl's type flags as well."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:  # noqa: ANN401 - typer's own type is private
        """Switches take a value as well, as in clusterctl: ``--validate=false``."""
        switches = [each for each in self.params if isinstance(each, TyperOption) and each.is_flag]
        return super().parse_args(ctx, without_values(args, switches))

    def extra_parameters(self) -> list[TyperOption]:
        """Clusterctl's provider flags."""
        return provider_parameters()


def provider_parameters() -> list[TyperOption]:
    """Fresh declarations of clusterctl's provider flags, repeatable and comma-separated."""
    return [_provider_option(provider_type) for provider_type in ProviderType]


def _provider_option(provider_type: ProviderType) -> TyperOption:
    def keep(ctx: typer.Context, _: TyperOption, value: object) -> object:
        run = ctx.obj
        if isinstance(run, Run) and isinstance(value, list | tuple) and value:
            texts = [part for each in value for part in str(each).split(",")]
            run.provider_flags.setdefault(provider_type, []).extend(texts)
        return value

    short = _SHORT_FLAGS.get(provider_type)
    flag = f"--{provider_type.flag}"
    return TyperOption(
        param_decls=[short, flag] if short else [flag],
        metavar="NAME[:TAG]",
        help=f"A provider of type {provider_type.value}.",
        multiple=True,
        expose_value=False,
        callback=keep,
    )
