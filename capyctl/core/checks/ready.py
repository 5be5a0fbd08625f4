"""The API server's own parts (``/readyz``), and the addresses by which a cluster reaches it (F74)."""

from __future__ import annotations

import re
from collections.abc import Iterable

from msgspec import Struct

from capyctl.core import codes
from capyctl.core.api_object import ApiObject, items_at, text_at, value_at
from capyctl.core.checks.nodes import NodeFacts
from capyctl.core.checks.result import CheckedPart, CheckName, CheckOutcome, counted, some, wait_fix
from capyctl.core.diagnostics import Diagnostic, Severity
from capyctl.core.evidence import Evidence
from capyctl.core.pattern import pattern

_PART = pattern(r"\[(?P<sign>[+-])\](?P<name>[\w./:@-]+)", re.ASCII)


class ReadyFacts(Struct, frozen=True, kw_only=True):
    """What was read.

    Attributes:
        text: of ``/readyz?verbose``, or of ``/readyz``; None where neither may be read.
        is_ready: whether the status said so. addresses: of ``default/kubernetes``; None where unknown.
        nodes: every node, for the control plane's among them. wait_command: the same check, waiting.
    """

    text: str | None
    is_ready: bool
    addresses: int | None
    nodes: tuple[NodeFacts, ...] = ()
    wait_command: str | None = None
    evidence: tuple[Evidence, ...] = ()


def failing_parts(text: str) -> tuple[str, ...]:
    """The parts that ``/readyz?verbose`` marks with a minus, in its order."""
    return tuple(match["name"] for match in _PART().finditer(text) if match["sign"] == "-")


def count_addresses(slices: Iterable[ApiObject]) -> int:
    """Addresses of the API servers in EndpointSlices: of the family that has most, those not said to be unready."""
    found: dict[str, set[str]] = {}
    for each in slices:
        family = text_at(each.raw, "addressType")
        for endpoint in items_at(each.raw, "endpoints"):
            if value_at(endpoint, "conditions", "ready") is not False:
                held = (address for address in items_at(endpoint, "addresses") if isinstance(address, str))
                found.setdefault(family, set()).update(held)
    return max((len(addresses) for addresses in found.values()), default=0)


def judge_ready(facts: ReadyFacts) -> CheckedPart:
    """Waiting while a part is not ready, or the cluster does not know all its API servers yet."""
    said = [*_parts_diagnosis(facts), *_addresses_diagnosis(facts)]
    outcome = CheckOutcome.WAITING if said else CheckOutcome.OK
    if not said and facts.text is None:
        outcome = CheckOutcome.SKIPPED
    return CheckedPart(
        name=CheckName.READY,
        outcome=outcome,
        detail="; ".join(_details(facts)),
        evidence=facts.evidence,
        diagnostics=tuple(said),
    )


def _details(facts: ReadyFacts) -> list[str]:
    if facts.text is None:
        parts = ["/readyz may not be read with these credentials"]
    elif facts.is_ready:
        named = len(_PART().findall(facts.text))
        parts = [
            f"all of {counted(named, 'part')} are ready" if named else "the server says that it is ready"
        ]
    else:
        failing = failing_parts(facts.text)
        parts = [f"not ready: {some(failing)}" if failing else "the server says that it is not ready"]
    if facts.addresses is not None:
        parts.append(f"{counted(facts.addresses, 'address')} of API servers")
    return parts


def _parts_diagnosis(facts: ReadyFacts) -> list[Diagnostic]:
    if facts.text is None or facts.is_ready:
        return []
    failing = failing_parts(facts.text)
    what = some(failing) if failing else "a part that it does not name"
    return [
        Diagnostic(
            code=codes.SERVER_PART_NOT_READY,
            severity=Severity.WARNING,
            detail=(
                f"The API server answers, and says that it is not ready: {what}. While a server comes up this passes; "
                "if it stays, the server's own log names the reason."
            ),
            evidence=facts.evidence,
            fixes=(wait_fix(facts.wait_command),),
        )
    ]


def _addresses_diagnosis(facts: ReadyFacts) -> list[Diagnostic]:
    """Fewer addresses than control-plane nodes only counts while one is young: servers may share one for good."""
    if facts.addresses is None:
        return []
    control_plane = [node for node in facts.nodes if node.control_plane]
    young = [node for node in control_plane if node.young]
    if facts.addresses and not (young and facts.addresses < len(control_plane)):
        return []
    held = (
        f"only {facts.addresses} of {len(control_plane)} control-plane nodes are among the addresses"
        if facts.addresses
        else "no address of an API server is there"
    )
    who = f" {some(node.name for node in young)} joined lately." if young else ""
    return [
        Diagnostic(
            code=codes.ADDRESSES_NOT_SET,
            severity=Severity.WARNING,
            detail=(
                f"In the endpoints of the service default/kubernetes {held}, by which pods and nodes find the API "
                f"servers.{who} This passes once every server has registered itself."
            ),
            evidence=facts.evidence,
            fixes=(wait_fix(facts.wait_command),),
        )
    ]
