"""An API server in memory, for tests of pure rules above the port; what it answers is what the real one does."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from urllib.parse import unquote

from msgspec import Struct, field

from capyctl.core.api_reading import ApiFailure, ApiRequest, ApiTrouble, Reading, WatchEvent
from capyctl.core.evidence import Evidence, Outcome, Question

Json = Mapping[str, object]


class Kind(Struct, frozen=True, kw_only=True):
    """A kind that the server serves: its group and versions (newest first), plural and scope."""

    group: str
    versions: tuple[str, ...]
    kind: str
    plural: str
    namespaced: bool = True


class MemoryApiServer(Struct, kw_only=True):
    """Serves objects and texts from memory and notes every request.

    Attributes:
        kinds: what discovery tells. objects: whole objects, with apiVersion, kind and metadata.
        documents: answers to exact paths (``/version``). texts: answers in plain text to exact paths.
        failures: trouble to answer at exact paths, used up one a request; an empty list is no trouble.
        reviews: answers ``allowed`` to access reviews by (verb, group, resource, subresource); default True.
    """

    kinds: Sequence[Kind] = ()
    objects: list[Json] = field(default_factory=list)
    documents: dict[str, Json] = field(default_factory=dict)
    texts: dict[str, str] = field(default_factory=dict)
    failures: dict[str, list[ApiTrouble]] = field(default_factory=dict)
    denied: set[tuple[str, str, str, str]] = field(default_factory=set)
    asked: list[ApiRequest] = field(default_factory=list)
    events: list[WatchEvent] = field(default_factory=list)
    address: str = "https://memory.invalid:6443"

    def ask(self, request: ApiRequest) -> Reading[Json]:
        """One answer."""
        self.asked.append(request)
        if pending := self.failures.get(request.path):
            return _failed(request, pending.pop(0))
        found = self._found(request)
        outcome = Outcome.FOUND if found is not None else Outcome.ABSENT
        return Reading(value=found, evidence=(_evidence(request, outcome),))

    def ask_text(self, request: ApiRequest) -> Reading[str]:
        """One text."""
        self.asked.append(request)
        if pending := self.failures.get(request.path):
            failure = _failed(request, pending.pop(0))
            return Reading(evidence=failure.evidence, failure=failure.failure)
        found = self.texts.get(request.path)
        outcome = Outcome.FOUND if found is not None else Outcome.ABSENT
        return Reading(value=found, evidence=(_evidence(request, outcome),))

    def watch(self, request: ApiRequest) -> Iterator[WatchEvent]:
        """The events prepared."""
        self.asked.append(request)
        yield from self.events

    def _found(self, request: ApiRequest) -> Json | None:
        if request.review is not None:
            return self._reviewed(request.review)
        if request.path in self.documents:
            return self.documents[request.path]
        if request.path in ("/api", "/apis"):
            return self._discovery(request.path)
        return self._of_a_kind(request)

    def _reviewed(self, review: Json) -> Json:
        spec = review.get("spec")
        asked = spec.get("resourceAttributes") if isinstance(spec, Mapping) else None
        given = asked if isinstance(asked, Mapping) else {}
        key = tuple(str(given.get(part, "")) for part in ("verb", "group", "resource", "subresource"))
        return {**review, "status": {"allowed": key not in self.denied}}

    def _discovery(self, root: str) -> Json:
        """Aggregated discovery (apidiscovery.k8s.io/v2)."""
        groups: dict[str, list[Kind]] = {}
        for kind in self.kinds:
            if bool(kind.group) == (root == "/apis"):
                groups.setdefault(kind.group, []).append(kind)
        items = [{"metadata": {"name": name}, "versions": _versions(kinds)} for name, kinds in groups.items()]
        return {"kind": "APIGroupDiscoveryList", "apiVersion": "apidiscovery.k8s.io/v2", "items": items}

    def _of_a_kind(self, request: ApiRequest) -> Json | None:
        for kind in self.kinds:
            for version in kind.versions:
                root = f"/apis/{kind.group}/{version}" if kind.group else f"/api/{version}"
                if request.path.startswith(f"{root}/"):
                    parts = [unquote(part) for part in request.path.removeprefix(f"{root}/").split("/")]
                    answer = self._objects(kind, version, parts, request)
                    if answer is not None:
                        return answer
        return None

    def _objects(self, kind: Kind, version: str, parts: list[str], request: ApiRequest) -> Json | None:
        namespace = ""
        if len(parts) >= 3 and parts[0] == "namespaces":
            namespace, parts = parts[1], parts[2:]
        if parts[0] != kind.plural or len(parts) > 2:
            return None
        api_version = f"{kind.group}/{version}" if kind.group else version
        held = [
            {**each, "apiVersion": api_version}
            for each in self.objects
            if each.get("kind") == kind.kind
            and str(each.get("apiVersion", "")).rpartition("/")[0] == kind.group
            and (not namespace or _metadata(each).get("namespace", "") == namespace)
        ]
        if len(parts) == 2:
            return next((each for each in held if _metadata(each).get("name") == parts[1]), None)
        return _listed(
            kind, api_version, held, dict(request.query), "PartialObjectMetadata" in request.accept
        )


def _listed(
    kind: Kind, api_version: str, held: list[dict[str, object]], query: dict[str, str], bare: bool
) -> Json:
    matching = [each for each in held if _selected(each, query.get("labelSelector", ""))]
    begin = int(query.get("continue") or 0)
    page = matching[begin : begin + int(query.get("limit") or len(matching) or 1)]
    end = begin + len(page)
    metadata = {"continue": str(end)} if end < len(matching) else {}
    if bare:
        page = [{"metadata": each["metadata"]} for each in page]
        return {
            "kind": "PartialObjectMetadataList",
            "apiVersion": "meta.k8s.io/v1",
            "metadata": metadata,
            "items": page,
        }
    return {"kind": f"{kind.kind}List", "apiVersion": api_version, "metadata": metadata, "items": page}


def _versions(kinds: Sequence[Kind]) -> list[Json]:
    order = list(dict.fromkeys(version for kind in kinds for version in kind.versions))
    return [
        {
            "version": version,
            "freshness": "Current",
            "resources": [
                {
                    "resource": kind.plural,
                    "responseKind": {"group": kind.group, "version": version, "kind": kind.kind},
                    "scope": "Namespaced" if kind.namespaced else "Cluster",
                    "singularResource": kind.kind.lower(),
                    "verbs": ["delete", "get", "list", "patch", "update", "watch"],
                }
                for kind in kinds
                if version in kind.versions
            ],
        }
        for version in order
    ]


def _selected(item: Json, selector: str) -> bool:
    labels = _metadata(item).get("labels") or {}
    held = labels if isinstance(labels, Mapping) else {}
    for part in filter(None, selector.split(",")):
        name, equals, value = part.partition("=")
        if name not in held or (equals and held[name] != value):
            return False
    return True


def _metadata(item: Json) -> Json:
    found = item.get("metadata")
    return found if isinstance(found, Mapping) else {}


def _evidence(request: ApiRequest, outcome: Outcome, failure: str | None = None) -> Evidence:
    return Evidence(
        route="cluster",
        question=Question.OBJECT,
        outcome=outcome,
        url=f"https://memory.invalid:6443{request.path}",
        failure=failure,
    )


def _failed(request: ApiRequest, trouble: ApiTrouble) -> Reading[Json]:
    evidence = _evidence(request, Outcome.UNAVAILABLE, trouble.value)
    failure = ApiFailure(trouble=trouble, reason=f"the server is {trouble.value}", evidence=evidence)
    return Reading(evidence=(evidence,), failure=failure)
