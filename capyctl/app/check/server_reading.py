"""What is asked of the API server about itself: version, readiness, addresses, rights."""

from __future__ import annotations

from collections.abc import Collection as AbstractCollection
from collections.abc import Iterator, Mapping, Sequence

from msgspec import Struct

from capyctl.app.cluster_reading import ClusterReader
from capyctl.core.api_object import ApiObject, items_at, text_at, value_at
from capyctl.core.api_reading import ApiFailure, ApiRequest, ApiTrouble, Collection, Reading
from capyctl.core.checks.permissions import EVERYTHING, Permission, needed
from capyctl.core.checks.proxy import service_address
from capyctl.core.evidence import Evidence

_REVIEWS = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
_SLICES = Collection(
    path="/apis/discovery.k8s.io/v1/namespaces/default/endpointslices",
    label_selector="kubernetes.io/service-name=kubernetes",
)
_SERVICE = ApiRequest(path="/api/v1/namespaces/default/services/kubernetes")
_RANGES = ApiRequest(path="/apis/networking.k8s.io/v1/servicecidrs/kubernetes")
_TEXT_LIMIT = 256 * 1024
_AT_ONCE = 16
"""Access reviews that are on the way at the same time."""

NODES = Collection(path="/api/v1/nodes")


class Readiness(Struct, frozen=True, kw_only=True):
    """``/readyz`` as it answered; ``text`` is None where it may not be read, ``failure`` where nothing answered."""

    text: str | None = None
    is_ready: bool = False
    failure: ApiFailure | None = None
    evidence: tuple[Evidence, ...] = ()


def read_readiness(reader: ClusterReader) -> Readiness:
    """Part by part where that may be read, else as a whole; how things stand now, without waiting."""
    evidence: tuple[Evidence, ...] = ()
    found = Readiness()
    for query in ((("verbose", ""),), ()):
        reading = reader.read_text(
            ApiRequest(path="/readyz", query=query, accept="text/plain, */*", limit=_TEXT_LIMIT)
        )
        evidence += reading.evidence
        found = _readiness(reading, evidence)
        if found.text is not None or found.failure is not None:
            break
    return found


def _readiness(reading: Reading[str], evidence: tuple[Evidence, ...]) -> Readiness:
    failure = reading.failure
    if failure is None:
        return Readiness(text=reading.value, is_ready=reading.value is not None, evidence=evidence)
    if failure.status is not None and failure.status >= 500:
        return Readiness(text=failure.reason, evidence=evidence)
    if failure.trouble is ApiTrouble.FORBIDDEN:
        return Readiness(evidence=evidence)
    return Readiness(failure=failure, evidence=evidence)


def read_slices(reader: ClusterReader) -> Reading[tuple[ApiObject, ...]]:
    """The EndpointSlices of the service by which a cluster reaches its own API servers."""
    return reader.listed(_SLICES)


class KnownAddresses(Struct, frozen=True, kw_only=True):
    """The address of ``default/kubernetes`` and the ranges it is from, as far as the server tells them."""

    service: str | None = None
    ranges: tuple[str, ...] = ()
    evidence: tuple[Evidence, ...] = ()


def read_service_addresses(reader: ClusterReader) -> KnownAddresses:
    """Service and ranges (served since Kubernetes 1.33), side by side."""
    service, ranges = reader.read_all([_SERVICE, _RANGES])
    told = items_at(ranges.value, "spec", "cidrs")
    return KnownAddresses(
        service=service_address(text_at(service.value, "spec", "clusterIP")),
        ranges=tuple(each for each in told if isinstance(each, str)),
        evidence=(*service.evidence, *ranges.evidence),
    )


class Rights(Struct, frozen=True, kw_only=True):
    """What is denied of what an installation needs; None where the server does not say."""

    denied: AbstractCollection[Permission] | None
    failure: ApiFailure | None = None
    evidence: tuple[Evidence, ...] = ()


def read_rights(reader: ClusterReader) -> Rights:
    """One question for everything; only where that is denied, one for each permission, a few at a time."""
    everything = reader.read(_review(EVERYTHING))
    if everything.value is None:
        return Rights(denied=None, failure=everything.failure, evidence=everything.evidence)
    if _allowed(everything):
        return Rights(denied=frozenset(), evidence=everything.evidence)
    asked = needed()
    answers = [
        answer for part in _parts(asked) for answer in reader.read_all([_review(each) for each in part])
    ]
    evidence = (*everything.evidence, *(piece for each in answers for piece in each.evidence))
    failure = next((each.failure for each in answers if each.failure is not None), None)
    if failure is not None:
        return Rights(denied=None, failure=failure, evidence=evidence)
    pairs = zip(asked, answers, strict=True)
    return Rights(denied=frozenset(each for each, answer in pairs if not _allowed(answer)), evidence=evidence)


def _parts(asked: Sequence[Permission]) -> Iterator[Sequence[Permission]]:
    for begin in range(0, len(asked), _AT_ONCE):
        yield asked[begin : begin + _AT_ONCE]


def _review(permission: Permission) -> ApiRequest:
    return ApiRequest(path=_REVIEWS, review=permission.review)


def _allowed(reading: Reading[Mapping[str, object]]) -> bool:
    return value_at(reading.value, "status", "allowed") is True
