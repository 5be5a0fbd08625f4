"""Arguments that a call refuses before anything is asked, as the options of their names do."""

from __future__ import annotations

from capyctl.core.contract import is_contract_name
from capyctl.core.kubernetes_version import parse_asked
from capyctl.wiring.choice import ChoiceOptions


def contract_name(given: str | None) -> str | None:
    """A contract version such as ``v1beta1``; it need not be one that exists.

    Raises:
        ValueError: it has not the form of one.
    """
    if given is not None and not is_contract_name(given):
        raise ValueError(f"{given!r} is no contract version such as v1beta1")
    return given


def choice_of(contract: str | None, *, allow_prerelease: bool) -> ChoiceOptions:
    """How a version is to be chosen.

    Raises:
        ValueError: the contract has not the form of one.
    """
    return ChoiceOptions(contract=contract_name(contract), allow_prerelease=allow_prerelease)


def seconds(given: float, name: str) -> float:
    """How long something is waited for.

    Raises:
        ValueError: less than nothing.
    """
    if not given >= 0:
        raise ValueError(f"{name} is a number of seconds, 0 or more, and was {given}")
    return given


def asked_kubernetes(version: str | None) -> str | None:
    """The Kubernetes version that a server is asked to be.

    Raises:
        ValueError: it is none.
    """
    if version is not None and parse_asked(version, "") is None:
        raise ValueError(f"{version!r} is no version such as v1.34 or v1.34.3")
    return version
