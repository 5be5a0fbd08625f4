"""Cluster API contract versions: their order, and which of them a core provider accepts, as data."""

from __future__ import annotations

import re
from collections.abc import Mapping

from capyctl.core.ordered import Ordered
from capyctl.core.pattern import pattern

_NAME = pattern(r"v(?P<major>[1-9][0-9]{0,5})(?:(?P<stage>alpha|beta)(?P<step>[1-9][0-9]{0,5}))?\Z", re.ASCII)
_STAGES = ("alpha", "beta", None)

CRD_LABEL_PREFIX = "cluster.x-k8s.io/"
"""A CRD states with a label ``cluster.x-k8s.io/CONTRACT`` which of its versions implement that contract."""

NEWEST_CORE_CONTRACT = "v1beta2"
"""The contract of the newest Cluster API core (clusterctl-resolution 8.1)."""

_ACCEPTED: Mapping[str, frozenset[str]] = {"v1beta2": frozenset({"v1beta2", "v1beta1"})}
"""What a core accepts besides its own contract (clusterctl-resolution 8.2)."""


class Contract(Ordered, frozen=True):
    """A contract version such as ``v1beta2``, ordered as Kubernetes orders API versions.

    Raises:
        ValueError: a name that has not the form of one.
    """

    name: str

    def __post_init__(self) -> None:
        _order_key(self.name)

    @property
    def order_key(self) -> tuple[int, int, int]:
        """Major, stage and step: ``v1alpha4`` < ``v1beta1`` < ``v1`` < ``v2alpha1``."""
        return _order_key(self.name)

    def __str__(self) -> str:
        return self.name


def _order_key(name: str) -> tuple[int, int, int]:
    match = _NAME().match(name)
    if match is None:
        raise ValueError(f"{name!r} is no contract version")
    return (int(match["major"]), _STAGES.index(match["stage"]), int(match["step"] or 0))


def is_contract_name(text: str) -> bool:
    """Whether a text has the form of a contract version; it need not be one that exists."""
    return bool(_NAME().match(text))


def accepted_contracts(core_contract: str) -> frozenset[str]:
    """The contracts that providers may implement beside a core of ``core_contract``.

    Names are compared exactly and unknown ones have no order (clusterctl-resolution 8.2), so a core of any
    contract without an entry accepts that contract alone.
    """
    return _ACCEPTED.get(core_contract, frozenset({core_contract}))


def contract_of_label(label: str) -> str | None:
    """The contract that a label key of a CRD names, or None where the key is about something else."""
    name = label.removeprefix(CRD_LABEL_PREFIX)
    return name if label.startswith(CRD_LABEL_PREFIX) and is_contract_name(name) else None
