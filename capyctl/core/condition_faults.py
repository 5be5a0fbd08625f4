"""Conditions that a core is known to get wrong: the aggregate of nothing (failure catalogue F73)."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from msgspec import Struct

from capyctl.core.cluster_conditions import ClusterSources, JudgedCondition
from capyctl.core.pattern import pattern

MENDED_IN: Final = "v1.10.0"
"""The first release in which "nothing to aggregate" is decided after the list of sources is built."""

_FAULTY = pattern(r"v?1\.9\.(?P<patch>[0-9]{1,6})(?:[-+].*)?\Z", re.ASCII)
_LAST_FAULTY: Final = 11
_AGGREGATES: Final = ("RollingOut", "ScalingUp", "ScalingDown")


class AggregateFaults(Struct, frozen=True, kw_only=True):
    """The aggregates that the core got wrong by its known fault.

    Attributes:
        of_nothing: Unknown with ``InternalError`` although no source takes part.
        unseen: benign although standalone MachineSets say otherwise, which the guard left out.
    """

    of_nothing: tuple[JudgedCondition, ...] = ()
    unseen: tuple[JudgedCondition, ...] = ()

    @property
    def all(self) -> tuple[JudgedCondition, ...]:
        """Both kinds."""
        return self.of_nothing + self.unseen


def is_faulty_core(version: str) -> bool:
    """Whether a core release has the fault: v1.9.0 to v1.9.11 (clusterctl-cluster 9.5)."""
    match = _FAULTY().match(version)
    return match is not None and int(match["patch"]) <= _LAST_FAULTY


def doubtful_conditions(judged: Sequence[JudgedCondition], sources: ClusterSources) -> AggregateFaults:
    """Those that look like the fault; only the installed version says whether they are it."""
    differing = [each for each in judged if each.computed is not None and each.stored.type in _AGGREGATES]
    of_nothing = tuple(each for each in differing if each.sources == 0 and _is_internal_error(each))
    unseen = tuple(each for each in differing if _only_sets_tell(each, sources))
    return AggregateFaults(of_nothing=of_nothing, unseen=unseen)


def _is_internal_error(judged: JudgedCondition) -> bool:
    return (judged.stored.status, judged.stored.reason) == ("Unknown", "InternalError")


def _only_sets_tell(judged: JudgedCondition, sources: ClusterSources) -> bool:
    """The guard's other side: no control plane object and no MachineDeployments, so nobody looked further."""
    plane = sources.control_plane
    benign = (judged.stored.status, judged.stored.reason) == ("False", f"Not{judged.stored.type}")
    return (
        benign
        and not sources.machine_deployments
        and bool(judged.sources)
        and (plane is None or plane.absent)
    )
