"""A registry by the OCI distribution specification, read only: tokens for strangers, manifests, tags, blobs."""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Mapping
from urllib.parse import quote, urlencode

from msgspec import Struct, field

from capyctl.lab.exchange import Question, Reply, file_reply, json_reply, redirect
from capyctl.lab.node_images import BuiltImage, build_image
from capyctl.lab.world import ImageRegistry

_ROUTE = "oci"
_PAGE = 100


class RegistryDesk(Struct, kw_only=True):
    """What a registry remembers while a lab runs: built images, and how often each tag was asked for."""

    registry: ImageRegistry
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _built: dict[tuple[str, str], tuple[BuiltImage | None, ...]] = field(default_factory=dict)
    _asked: dict[tuple[str, str], int] = field(default_factory=dict)

    def tagged(self, repository: str, tag: str) -> BuiltImage | None:
        """The image behind a tag for this question; a tag that moves has moved for the next one."""
        built = self._of_tag(repository, tag)
        with self._lock:
            asked = self._asked.get((repository, tag), 0)
            self._asked[repository, tag] = asked + 1
        return built[min(asked, len(built) - 1)] if built else None

    def tags(self, repository: str) -> list[str]:
        """Tags that lead somewhere now, in order."""
        return [tag for tag in sorted(self._images(repository)) if self._is_there(repository, tag)]

    def stored(self, repository: str) -> list[BuiltImage]:
        """Every image that was ever behind a tag."""
        images = (self._of_tag(repository, tag) for tag in self._images(repository))
        return [each for built in images for each in built if each is not None]

    def has(self, repository: str) -> bool:
        """Whether the repository exists."""
        return repository in self.registry.repositories

    def _images(self, repository: str) -> Mapping[str, object]:
        return self.registry.repositories.get(repository, {})

    def _is_there(self, repository: str, tag: str) -> bool:
        built = self._of_tag(repository, tag)
        with self._lock:
            asked = self._asked.get((repository, tag), 0)
        return bool(built) and built[min(max(asked - 1, 0), len(built) - 1)] is not None

    def _of_tag(self, repository: str, tag: str) -> tuple[BuiltImage | None, ...]:
        images = self.registry.repositories.get(repository, {}).get(tag, ())
        with self._lock:
            if (repository, tag) not in self._built:
                self._built[repository, tag] = tuple(
                    build_image(tag, each) if each is not None else None for each in images
                )
            return self._built[repository, tag]


def answer_registry(desk: RegistryDesk, question: Question) -> Reply:
    """The registry's API for whoever has a token of its service."""
    segments = question.segments
    name = "/".join(segments[1:-2])
    if segments[:1] != ("v2",) or len(segments) < 5:
        return _error(404, "NAME_UNKNOWN")
    if question.headers.get("authorization") != f"Bearer {_token(_scope(name))}":
        return _challenge(desk.registry, name)
    kind, last = segments[-2:]
    if not desk.has(name):
        return _error(404, "NAME_UNKNOWN").about(route=_ROUTE, repository=name)
    if kind == "manifests":
        reply = _manifest(desk, name, last)
    elif kind == "tags" and last == "list":
        reply = _tags(desk, question, name)
    elif kind == "blobs":
        query = urlencode({"sig": _signature(last), "repository": name})
        reply = redirect(307, f"https://{desk.registry.blobs}/blobs/{quote(last)}?{query}")
    else:
        reply = _error(404, "UNSUPPORTED")
    return reply.about(route=_ROUTE, repository=name, file=last)


def answer_tokens(registry: ImageRegistry, question: Question) -> Reply:
    """The token service: strangers may read whatever there is."""
    if question.segments[:1] != ("token",) or question.query.get("service") != registry.host:
        return _error(404, "UNSUPPORTED").about(route=_ROUTE)
    granted = {"token": _token(question.query.get("scope", "")), "expires_in": 300}
    return json_reply(200, granted).about(route=_ROUTE)


def answer_blobs(desk: RegistryDesk, question: Question) -> Reply:
    """Where blobs lie: a signed address, and no Authorization header beside it."""
    digest = question.segments[-1]
    if question.query.get("sig") != _signature(digest) or "authorization" in question.headers:
        return _error(403, "DENIED").about(route=_ROUTE)
    name = question.query.get("repository", "")
    data = next((each.blobs[digest] for each in desk.stored(name) if digest in each.blobs), None)
    reply = _error(404, "BLOB_UNKNOWN") if data is None else file_reply(question, data)
    return reply.about(route=_ROUTE, repository=name, file=digest)


def _manifest(desk: RegistryDesk, name: str, reference: str) -> Reply:
    if reference.startswith("sha256:"):
        stored = (each.manifests.get(reference) for each in desk.stored(name))
        found, digest = next((each for each in stored if each is not None), None), reference
    else:
        image = desk.tagged(name, reference)
        digest = image.digest if image is not None else ""
        found = image.manifests[digest] if image is not None else None
    if found is None:
        return _error(404, "MANIFEST_UNKNOWN")
    media_type, data = found
    headers = {"content-type": media_type, "docker-content-digest": digest}
    return Reply(status=200, headers=headers, body=data, carries_file=True)


def _tags(desk: RegistryDesk, question: Question, name: str) -> Reply:
    tags, count = desk.tags(name), question.whole("n", _PAGE)
    last = question.query.get("last", "")
    rest = [tag for tag in tags if tag > last]
    page = rest[:count]
    link = {}
    if len(rest) > count:
        query = urlencode({"n": count, "last": page[-1]})
        link = {"link": f'</v2/{name}/tags/list?{query}>; rel="next"'}
    return json_reply(200, {"name": name, "tags": page}, link)


def _challenge(registry: ImageRegistry, name: str) -> Reply:
    realm = f'Bearer realm="https://{registry.tokens}/token",service="{registry.host}",scope="{_scope(name)}"'
    refusal = json_reply(401, {"errors": [{"code": "UNAUTHORIZED"}]}, {"www-authenticate": realm})
    return refusal.about(route=_ROUTE, repository=name)


def _error(status: int, code: str) -> Reply:
    return json_reply(status, {"errors": [{"code": code, "message": code.replace("_", " ").lower()}]})


def _scope(name: str) -> str:
    return f"repository:{name}:pull"


def _token(scope: str) -> str:
    return hashlib.sha256(f"lab-token:{scope}".encode()).hexdigest()


def _signature(digest: str) -> str:
    return hashlib.sha256(f"lab-blob:{digest}".encode()).hexdigest()[:44]
