"""Evidence as the document has it: each piece once, in an order that no thread decides, safe to print."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from urllib.parse import parse_qsl, urlsplit

from msgspec.structs import replace

from capyctl.core.evidence import Evidence, Outcome, Question, without_credentials, without_query

_QUESTIONS = list(Question)
_SIGNED = frozenset(
    {"sig", "signature", "token", "jwt", "private_token", "access_token", "key", "se", "sp", "sv"}
)
_CONFIG = "config"
_SIGNED_PREFIXES = ("x-amz-", "x-goog-")


def in_document_order(told: Sequence[Evidence], asked: Iterable[Evidence]) -> list[Evidence]:
    """What diagnostics rest on, in their order, then everything else that was asked, sorted."""
    kept: dict[Evidence, Evidence] = {}
    for evidence in [*told, *sorted(asked, key=_sort_key)]:
        key = identity(evidence)
        known = kept.get(key)
        if known is None or (known.outcome is not Outcome.BAD and evidence.outcome is Outcome.BAD):
            kept[key] = evidence
    return list(kept.values())


def identity(evidence: Evidence) -> Evidence:
    """What makes a piece of evidence one: a later judgement of the same answer is no second answer."""
    return replace(evidence, outcome=Outcome.FOUND, failure=None)


def evidence_json(evidence: Evidence, name: str) -> dict[str, object]:
    """One piece of evidence; no address carries a credential, a signed query is dropped."""
    return {
        "id": name,
        "route": evidence.route,
        "question": evidence.question.value,
        "url": None if evidence.url is None else _printable(evidence.url, evidence.route),
        "final_url": None if evidence.final_url is None else without_query(evidence.final_url),
        "hops": [{"url": without_query(hop.url), "status": hop.status} for hop in evidence.hops],
        "outcome": evidence.outcome.value,
        "status": evidence.status,
        "media_type": evidence.media_type,
        "size": evidence.size,
        "sha256": evidence.sha256,
        "as_of": evidence.as_of,
        "credential_sent": evidence.credential_sent,
        "elapsed_ms": evidence.elapsed_ms,
    }


def _printable(url: str, route: str) -> str:
    """Queries that capyctl made are told; what a user put into an address may be a secret under any name."""
    if route == _CONFIG:
        return without_query(url)
    if "?" not in url:
        return without_credentials(url)
    names = {name.lower() for name, _ in parse_qsl(urlsplit(url).query, keep_blank_values=True)}
    signed = names & _SIGNED or any(name.startswith(_SIGNED_PREFIXES) for name in names)
    return without_query(url) if signed else without_credentials(url)


def _sort_key(evidence: Evidence) -> tuple[object, ...]:
    return (
        _QUESTIONS.index(evidence.question),
        evidence.url or "",
        evidence.route,
        evidence.outcome.value,
        evidence.status or 0,
        evidence.sha256 or "",
        evidence.failure or "",
        tuple((hop.url, hop.status) for hop in evidence.hops),
        evidence.elapsed_ms or 0,
    )
