"""The options of commands that choose versions, declared once."""

from __future__ import annotations

from typing import Annotated

import typer

from capyctl.core.contract import is_contract_name
from capyctl.wiring.choice import ChoiceOptions

ContractOption = Annotated[
    str | None,
    typer.Option(
        "--contract", metavar="CONTRACT", help="Accept this contract and no other, such as v1beta1."
    ),
]
AllowPrerelease = Annotated[
    bool, typer.Option("--allow-prerelease", help="Take pre-releases too, after every stable version.")
]
MetadataFrom = Annotated[
    str | None,
    typer.Option(
        "--metadata-from",
        metavar="proxy",
        help="Take metadata.yaml from the module proxy where the release host cannot be reached.",
    ),
]
TargetNamespace = Annotated[
    str | None,
    typer.Option(
        "-n",
        "--target-namespace",
        metavar="NAMESPACE",
        help="Install into this namespace instead of its own.",
    ),
]


def choice_options(contract: str | None, allow_prerelease: bool, metadata_from: str | None) -> ChoiceOptions:
    """The options as one value.

    Raises:
        typer.BadParameter: a value that its option does not take.
    """
    if contract is not None and not is_contract_name(contract):
        raise typer.BadParameter(
            f"{contract!r} is no contract version such as v1beta1", param_hint="--contract"
        )
    if metadata_from not in (None, "proxy"):
        raise typer.BadParameter(f"{metadata_from!r} is not 'proxy'", param_hint="--metadata-from")
    return ChoiceOptions(contract=contract, allow_prerelease=allow_prerelease, metadata_from=metadata_from)
