"""Whether a version has a node image, which digest it has, and what is inside (cli.md 7.4, F67-F70)."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from msgspec import Struct, field
from msgspec.structs import replace

from capyctl.app.image_file import ImageUnreadError, WantedFile, read_image_file
from capyctl.app.node_image_diagnostics import (
    about_absence,
    about_change,
    about_contents,
    about_forbidden_list,
    about_list,
    about_offline,
    about_registry,
    about_unread,
)
from capyctl.core.diagnostics import Diagnostic
from capyctl.core.evidence import Evidence
from capyctl.core.invocation import Invocation
from capyctl.core.kept_answer import Sighting
from capyctl.core.node_image import (
    REGISTRY,
    REPOSITORY,
    VERSION_FILE,
    VERSION_FILE_LIMIT,
    RecordedImage,
    image_tag,
    newest_with_image,
    node_image,
    stated_version,
)
from capyctl.core.release_marker import ReleaseVersion
from capyctl.ports.cache import Cache
from capyctl.ports.clock import Clock
from capyctl.ports.fetch_errors import AbsentError, FetchError
from capyctl.ports.fetcher import Answer
from capyctl.ports.registry import ArtifactReference, Registry


class NodeImage(Struct, frozen=True, kw_only=True):
    """What is known of a version's node image.

    Attributes:
        exists: None where the registry gave no answer. digest: ``sha256:…`` of what the tag leads to.
        newest: the highest stable version of the same minor release that has an image, or None.
        contains: the version that the image states inside; None where it was not read, or states none.
    """

    version: str
    image: str
    exists: bool | None = None
    digest: str | None = None
    newest: str | None = None
    contains: str | None = None


class Inspection(Struct, frozen=True, kw_only=True):
    """That an image is to be looked into, and which of its platforms: this machine's architecture."""

    architecture: str


class NodeImageDesk(Struct, kw_only=True):
    """Asks a registry about node images, and collects what is to be said.

    Attributes:
        registry: None in a run without network. recorded: what a lock says of the image.
        may_list: whether the tags may be listed; without it the newest image is not known, and that is said.
        cache: keeps digests from run to run, or None. asked: everything that the run asked so far, in order.
    """

    registry: Registry | None
    clock: Clock
    invocation: Invocation
    recorded: Sequence[RecordedImage] = ()
    may_list: bool = True
    cache: Cache | None = None
    asked: Callable[[], tuple[Evidence, ...]] = tuple
    said: list[Diagnostic] = field(default_factory=list)

    def look(self, version: ReleaseVersion, inspection: Inspection | None = None) -> NodeImage:
        """The image of this version: two questions, and more only for an inspection."""
        image = node_image(version.text)
        if self.registry is None:
            self.said.append(about_offline(version, self._records(image)))
            return NodeImage(version=version.text, image=image)
        return self._asked(self.registry, version, image, inspection)

    def _asked(
        self, registry: Registry, version: ReleaseVersion, image: str, inspection: Inspection | None
    ) -> NodeImage:
        reference = node_image_reference(version.text)
        try:
            answer = registry.digest(reference)
        except AbsentError as error:
            tags = self._tags(registry)
            self.said += about_absence(version, self._records(image), tags, error, self.invocation)
            return NodeImage(version=version.text, image=image, exists=False, newest=_newest(tags, version))
        except FetchError as error:
            self.said += about_registry(f"Nothing is known of {image}", error)
            return NodeImage(version=version.text, image=image)
        newest = _newest(self._tags(registry), version)
        self._compare(version, image, answer)
        own = replace(reference, reference=answer.value)
        contains = self._contents(registry, version, own, inspection) if inspection is not None else None
        return NodeImage(
            version=version.text,
            image=image,
            exists=True,
            digest=answer.value,
            newest=newest,
            contains=contains,
        )

    def _tags(self, registry: Registry) -> tuple[str, ...] | None:
        if not self.may_list:
            self.said.append(about_forbidden_list())
            return None
        try:
            answer = registry.tags(REGISTRY, REPOSITORY)
        except FetchError as error:
            self.said.append(about_list(error))
            return None
        if answer.partial is not None:
            self.said.append(about_list(answer))
        return answer.value

    def _records(self, image: str) -> tuple[RecordedImage, ...]:
        kept = self.cache.latest(_subject(image)) if self.cache is not None else None
        if kept is None:
            return tuple(self.recorded)
        own = RecordedImage(digest=kept.value, seen_at=kept.seen_at, where="this machine's cache")
        return (*self.recorded, own)

    def _compare(self, version: ReleaseVersion, image: str, answer: Answer[str]) -> None:
        other = next((each for each in self._records(image) if each.digest != answer.value), None)
        if other is not None:
            self.said.append(about_change(version, answer, other, self.invocation))
        if self.cache is not None:
            self.cache.last_seen(_subject(image), Sighting(value=answer.value, seen_at=self.clock.now()))

    def _contents(
        self,
        registry: Registry,
        version: ReleaseVersion,
        reference: ArtifactReference,
        inspection: Inspection,
    ) -> str | None:
        wanted = WantedFile(path=VERSION_FILE, limit=VERSION_FILE_LIMIT, architecture=inspection.architecture)
        before = len(self.asked())
        try:
            data = read_image_file(registry, reference, wanted)
        except ImageUnreadError as error:
            self.said.append(about_unread(version, error.reason, self._read_since(before), self.invocation))
            return None
        except FetchError as error:
            if error.evidence.failure == "truncated":
                reason = error.reason.rstrip(".")
                self.said.append(about_unread(version, reason, self._read_since(before), self.invocation))
            else:
                self.said += about_registry(f"{node_image(version.text)} was not looked into", error)
            return None
        contains = stated_version(data) if data is not None else None
        if contains is None:
            lacks = "holds no version" if data is not None else "is missing from it"
            reason = f"the file /{VERSION_FILE} {lacks}"
            self.said.append(about_unread(version, reason, self._read_since(before), self.invocation))
        elif image_tag(contains) != image_tag(version.text):
            self.said.append(about_contents(version, contains, self._read_since(before), self.invocation))
        return contains

    def _read_since(self, before: int) -> tuple[Evidence, ...]:
        """The manifests and layers of the image that were asked for after ``before`` questions; tokens are none."""
        return tuple(each for each in self.asked()[before:] if f"/{REPOSITORY}/" in (each.url or ""))


def node_image_reference(version: str) -> ArtifactReference:
    """Where the node image of a version is asked for."""
    return ArtifactReference(host=REGISTRY, repository=REPOSITORY, reference=image_tag(version))


def _newest(tags: tuple[str, ...] | None, version: ReleaseVersion) -> str | None:
    return newest_with_image(tags, version.minor) if tags is not None else None


def _subject(image: str) -> str:
    return f"image {REGISTRY}/{image}"
