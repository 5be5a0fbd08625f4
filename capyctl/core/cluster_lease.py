"""The lease that keeps two runs apart: who holds it, when it ends, and when it may be taken over (ADR 22)."""

from __future__ import annotations

import enum
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final
from urllib.parse import quote, unquote

from msgspec import Struct
from msgspec.structs import replace

from capyctl.core.api_object import ApiObject, number_at, text_at
from capyctl.core.object_key import Json

LEASE_NAMESPACE: Final = "kube-system"
LEASE_NAME: Final = "capyctl"
LEASE_SECONDS: Final = 15
"""How long a lease holds after its last renewal (issue 5, 1.4: at most 15 s)."""

_LONGEST_TEXT = 200


class Holder(Struct, frozen=True, kw_only=True):
    """A run that holds the lease.

    Attributes:
        host: where process numbers mean the same. pid, started: the process and when it began, as that host tells.
        run: the run's id.
    """

    host: str
    pid: int
    started: str
    run: str

    @property
    def text(self) -> str:
        """As it stands in ``spec.holderIdentity``."""
        return "/".join((quote(self.host, safe=""), str(self.pid), quote(self.started, safe=""), self.run))

    def __str__(self) -> str:
        return f"process {self.pid} on {self.host}"


class LeaseState(Struct, frozen=True, kw_only=True):
    """The Lease as it was read.

    Attributes:
        holder: None where nobody holds it, or where the text is of another form; ``holder_text`` is as it stands.
        acquired_at: as it stands. ends: when it ends by the server's clock; None where it says nothing sensible.
    """

    holder: Holder | None
    holder_text: str
    acquired_at: str
    renewed_at: str
    ends: datetime | None
    resource_version: str


class LeaseVerdict(enum.Enum):
    """Whether the lease may be taken."""

    FREE = "free"
    OURS = "ours"
    DEAD = "dead"
    EXPIRED = "expired"
    HELD = "held"

    @property
    def may_be_taken(self) -> bool:
        """Whether a run may write its own name into it."""
        return self is not LeaseVerdict.HELD


def parse_holder(text: str) -> Holder | None:
    """The holder of a text; None where it is of another form."""
    parts = text.split("/")
    if len(parts) != 4 or len(text) > 4 * _LONGEST_TEXT:
        return None
    host, pid, started, run = parts
    if not host or not run or not (pid.isascii() and pid.isdigit() and len(pid) < 11):
        return None
    return Holder(host=unquote(host), pid=int(pid), started=unquote(started), run=run)


def parse_lease(found: ApiObject) -> LeaseState:
    """The state of a Lease of anybody's making."""
    spec_text = text_at(found.raw, "spec", "holderIdentity")
    renewed = _moment(text_at(found.raw, "spec", "renewTime"))
    seconds = number_at(found.raw, "spec", "leaseDurationSeconds")
    sensible = renewed is not None and seconds is not None and 0 <= seconds <= 3600
    return LeaseState(
        holder=parse_holder(spec_text),
        holder_text=spec_text[:_LONGEST_TEXT],
        acquired_at=text_at(found.raw, "spec", "acquireTime")[:_LONGEST_TEXT],
        renewed_at=text_at(found.raw, "spec", "renewTime")[:_LONGEST_TEXT],
        ends=renewed + timedelta(seconds=seconds or 0) if renewed is not None and sensible else None,
        resource_version=text_at(found.raw, "metadata", "resourceVersion"),
    )


def judge_lease(state: LeaseState, me: Holder, now: str, is_alive: Callable[[Holder], bool]) -> LeaseVerdict:
    """Whether a run may take the lease at ``now``, which is the API server's time in RFC 3339.

    A holder on this host whose process is gone is dead at once; ``is_alive`` is asked of no other host's.
    A lease that says no sensible time is nobody's.
    """
    if not state.holder_text:
        return LeaseVerdict.FREE
    if state.holder is not None and state.holder.run == me.run:
        return LeaseVerdict.OURS
    if state.holder is not None and state.holder.host == me.host and not is_alive(state.holder):
        return LeaseVerdict.DEAD
    moment = _moment(now)
    if state.ends is None or (moment is not None and moment >= state.ends):
        return LeaseVerdict.EXPIRED
    return LeaseVerdict.HELD


class LeaseHeld(Struct, frozen=True, kw_only=True):
    """A lease that this run holds; times are the API server's, RFC 3339 with microseconds."""

    holder: Holder
    acquired_at: str
    renewed_at: str
    resource_version: str = ""

    def renewed(self, at: str) -> LeaseHeld:
        """The same, renewed."""
        return replace(self, renewed_at=at)

    @property
    def object(self) -> Json:
        """The Lease to write; with a resource version nobody else's change in between is overwritten."""
        metadata = {"name": LEASE_NAME, "namespace": LEASE_NAMESPACE}
        if self.resource_version:
            metadata["resourceVersion"] = self.resource_version
        return {
            "apiVersion": "coordination.k8s.io/v1",
            "kind": "Lease",
            "metadata": metadata,
            "spec": {
                "holderIdentity": self.holder.text,
                "leaseDurationSeconds": LEASE_SECONDS,
                "acquireTime": self.acquired_at,
                "renewTime": self.renewed_at,
            },
        }


def micro_time(moment: str, more_seconds: float = 0.0) -> str:
    """An RFC 3339 time, so many seconds later, as a Lease wants it; empty where it is none."""
    found = _moment(moment)
    if found is None:
        return ""
    return (found + timedelta(seconds=more_seconds)).strftime("%Y-%m-%dT%H:%M:%S.%fZ")


def _moment(text: str) -> datetime | None:
    """A time with a zone; anything else is none."""
    try:
        found = datetime.fromisoformat(text) if len(text) < 64 else None
        return found.astimezone(UTC) if found is not None and found.tzinfo is not None else None
    except (ValueError, OverflowError):
        return None
