"""Making a lock: everything that is named is resolved and read, and only then is anything recorded (cli.md 7.2)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from msgspec import Struct, field
from msgspec.structs import replace

from capyctl.app.lock.gaps import Gaps, with_missing_files
from capyctl.app.lock.images import AskedImages, ask_images
from capyctl.app.lock.markers import Marker, ask_markers, ask_node_images, with_digests
from capyctl.app.lock.repositories import AskedRepositories, ask_repositories
from capyctl.app.plan_install import CertManager, InstallPlan, InstallPlanner
from capyctl.app.present import to_resolved
from capyctl.app.resolution import ProviderResolution, ResolveRequest
from capyctl.core.diagnostics import Diagnostic
from capyctl.core.evidence import Evidence
from capyctl.core.identity import CERT_MANAGER
from capyctl.core.invocation import Invocation
from capyctl.core.lock import (
    Lock,
    LockedCertManager,
    LockedFile,
    LockedImage,
    LockedKubernetes,
    LockedProvider,
    LockedRepository,
)
from capyctl.core.metadata import METADATA
from capyctl.core.provider_table import TableEntry
from capyctl.core.requirement import LATEST, Requirement
from capyctl.core.rules.repository import renamed_on_the_way
from capyctl.ports.clock import Clock
from capyctl.ports.fetcher import FileContent
from capyctl.ports.registry import Registry
from capyctl.ports.release_markers import ReleaseMarkers


class LockOrder(Struct, frozen=True, kw_only=True):
    """What is to be locked.

    Attributes:
        request: the providers. cert_manager: None where it is left alone.
        markers: of Kubernetes. image_digests: whether registries are asked about the providers' images.
    """

    request: ResolveRequest
    cert_manager: CertManager | None = None
    markers: Sequence[Marker] = ()
    image_digests: bool = False


class Entries(Struct, frozen=True, kw_only=True):
    """What was locked; empty where anything stood against it.

    Attributes:
        unasked: markers whose image the registry did not tell about. gaps: what else could not be asked.
    """

    providers: tuple[LockedProvider, ...] = ()
    cert_manager: LockedCertManager | None = None
    kubernetes: tuple[LockedKubernetes, ...] = ()
    unasked: frozenset[str] = frozenset()
    gaps: Gaps = field(default_factory=Gaps)
    diagnostics: tuple[Diagnostic, ...] = ()
    evidence: tuple[Evidence, ...] = ()

    @property
    def is_whole(self) -> bool:
        """Whether everything that was named is there."""
        return not any(item.is_error for item in self.diagnostics)

    def lock(self, version: str, now: str, before: Lock | None = None) -> Lock:
        """A lock of these entries, and of what an older one has besides them."""
        kept = before if before is not None else Lock(capyctl=version, created_at=now)
        labels = {each.provider for each in self.providers}
        markers = {each.marker for each in self.kubernetes}
        providers = [each for each in kept.providers if each.provider not in labels]
        kubernetes = [each for each in kept.kubernetes if each.marker not in markers]
        return Lock(
            capyctl=version,
            created_at=now,
            providers=tuple(sorted((*providers, *self.providers), key=lambda each: each.provider)),
            cert_manager=self.cert_manager or kept.cert_manager,
            kubernetes=tuple(sorted((*kubernetes, *self.kubernetes), key=lambda each: each.marker)),
        )


class _Facts(Struct, frozen=True, kw_only=True):
    """What was asked besides the files."""

    repositories: AskedRepositories
    images: AskedImages

    def repository(self, name: str, url: str, reply_of: CertManager | ProviderResolution) -> LockedRepository:
        entry = reply_of.entry if isinstance(reply_of, CertManager) else reply_of.target.entry
        facts = self.repositories.facts(entry)
        return LockedRepository(
            name=facts.full_name if facts is not None else name,
            id=facts.id if facts is not None else None,
            url=url,
        )

    def locked_images(self, images: Iterable[str]) -> tuple[LockedImage, ...]:
        found: Mapping[str, str | None] = self.images.found
        return tuple(LockedImage(image=each, digest=found.get(each)) for each in sorted(set(images)))


class LockMaker(Struct, frozen=True, kw_only=True):
    """Makes locks; constructing it asks nothing.

    Attributes:
        planner: resolves, without its cert-manager. markers, registry: opened where there is something to ask.
    """

    planner: InstallPlanner
    markers: Callable[[], ReleaseMarkers]
    registry: Callable[[], Registry]
    clock: Clock
    invocation: Invocation

    def make(self, order: LockOrder) -> Entries:
        """Resolve, read and record; nothing is recorded where one of the providers is not sound."""
        plan = replace(self.planner, cert_manager=order.cert_manager).plan(order.request, self.invocation)
        asker, now = self.planner.asker, self.clock.now()
        markers = ask_markers(order.markers, self.markers, asker, now, self.invocation)
        planned = with_missing_files(plan, order.cert_manager, self.invocation)
        said = (*planned, *markers.diagnostics)
        asked = (*plan.evidence, *markers.evidence)
        if any(item.is_error for item in said):
            return Entries(diagnostics=said, evidence=asked)
        facts = self._facts(plan, order)
        nodes = ask_node_images(markers.locked, self.registry, asker)
        unasked = {each.marker for each in markers.locked if each.image in nodes.errors}
        return Entries(
            providers=tuple(_provider(each, facts) for each in plan.resolutions),
            cert_manager=_cert_manager(plan, order.cert_manager, facts),
            kubernetes=with_digests(markers.locked, nodes),
            unasked=frozenset(unasked),
            gaps=Gaps(
                repositories=facts.repositories.unnumbered(_labelled(plan, order)),
                images={**facts.images.errors, **nodes.errors},
            ),
            diagnostics=said,
            evidence=(*asked, *facts.images.evidence, *nodes.evidence),
        )

    def _facts(self, plan: InstallPlan, order: LockOrder) -> _Facts:
        entries = _labelled(plan, order)
        repositories = ask_repositories(
            (entry for _, entry in entries), self.planner.catalog, self.planner.asker
        )
        images = plan.images if order.image_digests else ()
        return _Facts(repositories=repositories, images=ask_images(images, self.registry, self.planner.asker))


def _labelled(plan: InstallPlan, order: LockOrder) -> list[tuple[str, TableEntry]]:
    """The entries that are locked, by label."""
    entries = [(each.label, each.target.entry) for each in plan.resolutions]
    return entries + ([(CERT_MANAGER, order.cert_manager.entry)] if order.cert_manager is not None else [])


def requested_text(resolution: ProviderResolution) -> str | None:
    """What was asked of this provider, as its entry keeps it."""
    target = resolution.target
    tag = target.named_tag
    if tag is None and target.reference.version == LATEST and target.pinned_by_address:
        tag = LATEST
    requirement = target.requirement
    constraint = None if tag is not None else requirement.constraint
    return Requirement(
        tag=tag,
        constraint=constraint,
        contract=None if target.named_tag is not None else requirement.contract,
        allow_prerelease=target.named_tag is None and requirement.allow_prerelease,
    ).text


def _provider(resolution: ProviderResolution, facts: _Facts) -> LockedProvider:
    resolved = to_resolved(resolution)
    components = resolution.target.location.components_file
    rendered = resolution.rendered
    return LockedProvider(
        provider=resolution.label,
        requested=requested_text(resolution),
        version=resolved.version or "",
        contract=resolved.contract,
        repository=facts.repository(resolved.repository.name, resolved.repository.url, resolution),
        files={
            name: _file(content)
            for name in (METADATA, components)
            if (content := resolution.content(name)) is not None
        },
        images=facts.locked_images(rendered.images if rendered is not None else ()),
    )


def _cert_manager(
    plan: InstallPlan, cert_manager: CertManager | None, facts: _Facts
) -> LockedCertManager | None:
    manifest = plan.manifest
    if cert_manager is None or manifest is None:
        return None
    entry = cert_manager.entry
    renamed = renamed_on_the_way(manifest.evidence)
    name = renamed[1] if renamed is not None else entry.repository_name
    return LockedCertManager(
        version=cert_manager.version,
        repository=facts.repository(name, entry.url, cert_manager),
        files={entry.readable_location.components_file: _file(manifest.content)},
        images=facts.locked_images(manifest.images),
    )


def _file(content: FileContent) -> LockedFile:
    return LockedFile(url=content.url, sha256=content.sha256, size=len(content.data))
