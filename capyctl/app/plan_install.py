"""Planning an installation: first-run defaults, cert-manager, every provider resolved and checked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import partial

from msgspec import Struct

from capyctl.app.changed_files import changed_files
from capyctl.app.fetch_diagnostics import Failure, diagnose_failures
from capyctl.app.inspection import ComponentsPolicy
from capyctl.app.judge import not_to_be_had_offline
from capyctl.app.present import component_findings, to_resolved
from capyctl.app.questions import FileQuestion, Found, Replies, ask_file
from capyctl.app.resolution import ProviderResolution, ResolveRequest, Target
from capyctl.app.resolution_report import diagnose_resolution
from capyctl.app.resolve import Resolver
from capyctl.app.side_by_side import SideBySide
from capyctl.core import codes
from capyctl.core.diagnostics import Applicability, Diagnostic, Fix, Severity, Subject
from capyctl.core.evidence import Evidence
from capyctl.core.identity import CERT_MANAGER, ProviderReference, ProviderType
from capyctl.core.invocation import Invocation
from capyctl.core.provider_table import TableEntry
from capyctl.core.rendered_components import ComponentsRequest, RenderedComponents
from capyctl.core.repr_without import repr_without
from capyctl.core.resolved import Resolved
from capyctl.core.rules.repository import renamed_on_the_way, repository_renamed
from capyctl.ports.asking import Asker
from capyctl.ports.catalog import SourceCatalog
from capyctl.ports.fetcher import FileContent


class CertManager(Struct, frozen=True, kw_only=True):
    """The cert-manager that an installation brings: its version, and the entry its manifest comes from.

    ``ways_out`` are the fixes where there is no such version: who named it knows how to name another one.
    """

    version: str
    entry: TableEntry
    ways_out: tuple[Fix, ...] = ()


class ReadManifest(Struct, frozen=True, kw_only=True):
    """cert-manager's manifest as it was read; ``images`` are what it names, overrides applied."""

    content: FileContent
    images: tuple[str, ...]
    evidence: tuple[Evidence, ...] = ()

    def __repr__(self) -> str:
        return repr_without(self, "content")


class InstallPlan(Struct, frozen=True, kw_only=True):
    """What ``init`` would do.

    Attributes:
        cert_manager: version of the cert-manager that would be installed; None where its address is bad.
        providers: in install order. images: every image, sorted, each once.
        known_cores: tags of the core that sources listed, where the core's version was looked for.
        resolutions: of the providers that were resolved, with their components. cert_manager_objects: of its
            manifest as it is, images overridden; empty where it was not had, or no objects were wanted. manifest: None
            where it was not had.
    """

    cert_manager: str | None
    providers: tuple[Resolved, ...]
    images: tuple[str, ...]
    diagnostics: tuple[Diagnostic, ...]
    evidence: tuple[Evidence, ...] = ()
    known_cores: tuple[str, ...] = ()
    resolutions: tuple[ProviderResolution, ...] = ()
    cert_manager_objects: tuple[Mapping[str, object], ...] = ()
    manifest: ReadManifest | None = None


def with_defaults(
    references: Sequence[ProviderReference], settled: frozenset[ProviderType]
) -> tuple[ProviderReference, ...]:
    """The references of a first run: core, and kubeadm where no other is named (resolution 1.5).

    ``settled`` are the types that need no default although no type flag names them: labels stand for one.
    """
    named = {reference.type for reference in references} | settled
    defaults = [
        ProviderReference(text=name, name=name, type=kind)
        for kind, name in (
            (ProviderType.CORE, "cluster-api"),
            (ProviderType.BOOTSTRAP, "kubeadm"),
            (ProviderType.CONTROL_PLANE, "kubeadm"),
        )
        if kind not in named
    ]
    return (*defaults, *references)


class _Manifest(Struct, frozen=True, kw_only=True):
    """What became of cert-manager's manifest."""

    rendered: RenderedComponents | None
    diagnostics: tuple[Diagnostic, ...]
    evidence: tuple[Evidence, ...]
    objects: tuple[Mapping[str, object], ...] = ()
    content: FileContent | None = None

    @property
    def read(self) -> ReadManifest | None:
        if self.content is None or self.rendered is None:
            return None
        return ReadManifest(content=self.content, images=self.rendered.images, evidence=self.evidence)


class InstallPlanner(Struct, frozen=True, kw_only=True):
    """Plans installations; constructing it asks nothing."""

    catalog: SourceCatalog
    asker: Asker
    components: ComponentsPolicy
    cert_manager: CertManager | None

    def plan(self, request: ResolveRequest, invocation: Invocation) -> InstallPlan:
        """Resolve everything side by side, cert-manager's manifest with it, and gather every problem."""
        resolver = Resolver(catalog=self.catalog, asker=self.asker, components=self.components)
        ordered = sorted(request.targets, key=lambda target: target.entry.key.sort_key)
        in_order = ResolveRequest(
            targets=tuple(ordered),
            contract=request.contract,
            policy=request.policy,
            metadata_from_proxy=request.metadata_from_proxy,
            core_contract=request.core_contract,
        )
        group = SideBySide()
        resolved = group.put(partial(resolver.resolve, in_order))
        read = group.put(self._cert_manager)
        group.ask(self.asker)
        resolutions, manifest = resolved.answer, read.answer
        found: list[Diagnostic] = list(manifest.diagnostics)
        for resolution in resolutions:
            found += diagnose_resolution(resolution, invocation)
            found += component_findings(resolution)
        found += named_twice(each.target for each in resolutions)
        evidence = manifest.evidence + tuple(
            piece for resolution in resolutions for piece in resolution.evidence
        )
        return InstallPlan(
            cert_manager=self.cert_manager.version if self.cert_manager is not None else None,
            providers=tuple(to_resolved(resolution) for resolution in resolutions),
            images=_images(resolutions, manifest.rendered),
            diagnostics=(*found, *self._dead_overrides(resolutions, manifest.rendered)),
            evidence=tuple(dict.fromkeys(evidence)),
            known_cores=_listed_cores(resolutions),
            resolutions=tuple(resolutions),
            cert_manager_objects=manifest.objects,
            manifest=manifest.read,
        )

    def _cert_manager(self) -> _Manifest:
        """Ask for the manifest and read it at once, while the answers of round two are still on their way."""
        replies = self._cert_manager_file()
        rendered, diagnostics = self._read_manifest(replies)
        evidence = replies.evidence if replies is not None else ()
        objects = self._objects(replies) if rendered is not None and self.components.objects else ()
        found = replies.first_found if replies is not None else None
        return _Manifest(
            rendered=rendered,
            diagnostics=diagnostics,
            evidence=evidence,
            objects=objects,
            content=found.answer.value if found is not None and found.answer is not None else None,
        )

    def _objects(self, replies: Replies[FileContent] | None) -> tuple[Mapping[str, object], ...]:
        """What is to be applied of the manifest; an item without a kind is none."""
        found = replies.first_found if replies is not None else None
        if found is None or found.answer is None or self.cert_manager is None:
            return ()
        from capyctl.core.api_object import text_at  # noqa: PLC0415 - start-up budget
        from capyctl.core.components import plain_objects  # noqa: PLC0415 - the same

        request = ComponentsRequest(
            data=found.answer.value.data,
            manifest_label=CERT_MANAGER,
            lookup=self.components.lookup,
            image_overrides=self.components.image_overrides,
            file=self.cert_manager.entry.readable_location.components_file,
            version=self.cert_manager.version,
        )
        return tuple(each for each in plain_objects(request) if text_at(each, "kind"))

    def _cert_manager_file(self) -> Replies[FileContent] | None:
        if self.cert_manager is None:
            return None
        location = self.cert_manager.entry.readable_location
        question = FileQuestion(
            sources=self.catalog.sources(self.cert_manager.entry),
            location=location,
            tag=self.cert_manager.version,
            name=location.components_file,
            absence_is_final=False,
        )
        return ask_file(question, self.asker)

    def _read_manifest(
        self, replies: Replies[FileContent] | None
    ) -> tuple[RenderedComponents | None, tuple[Diagnostic, ...]]:
        if self.cert_manager is None or replies is None:
            return None, ()
        version = self.cert_manager.version
        found = replies.first_found
        if found is not None and found.answer is not None:
            looking = ComponentsPolicy(
                lookup=self.components.lookup,
                image_overrides=self.components.image_overrides,
                readings=self.components.readings,
            )
            rendered = looking.read(self.cert_manager.entry, version, found.answer.value)
            faults = tuple(item for item in rendered.diagnostics if item.is_error)
            changed = changed_files(CERT_MANAGER, (replies,))
            return rendered, (*faults, *self._moved(replies), *changed)
        subject = Subject(provider=CERT_MANAGER, version=version, file="cert-manager.yaml")
        if not_to_be_had_offline(replies):
            detail = f"The manifest of cert-manager {version} was not read: {replies.errors[0].reason}."
            return None, (_note_offline(detail, subject, replies),)
        if replies.outcome is Found.ABSENT:
            return None, (
                Diagnostic(
                    code=codes.VERSION_NOT_FOUND,
                    severity=Severity.ERROR,
                    detail=f"cert-manager has no published release {version} with its manifest.",
                    subject=subject,
                    evidence=replies.evidence,
                    fixes=self.cert_manager.ways_out,
                ),
            )
        failures = [
            Failure(error=error, provider=CERT_MANAGER, version=version, file=subject.file)
            for error in replies.errors
        ]
        return None, diagnose_failures(failures, Severity.ERROR)

    def _moved(self, replies: Replies[FileContent]) -> tuple[Diagnostic, ...]:
        """The address of cert-manager names a former repository (F20)."""
        renamed = renamed_on_the_way(replies.evidence)
        if renamed is None or self.cert_manager is None:
            return ()
        (old, *_), new, piece = renamed
        entry = self.cert_manager.entry
        address = entry.url.replace(f"/{old}/", f"/{new}/")
        title = f"use the new name under cert-manager: in {entry.origin}: url: {address}"
        fix = Fix(applicability=Applicability.REVIEW, title=title)
        return (repository_renamed(CERT_MANAGER, old, new, (piece,), (fix,)),)

    def _dead_overrides(
        self, resolutions: Sequence[ProviderResolution], manifest: RenderedComponents | None
    ) -> tuple[Diagnostic, ...]:
        """Image overrides that matched nothing, where every file that could match was read (F58)."""
        rendered = [resolution.rendered for resolution in resolutions]
        if manifest is None or any(item is None for item in rendered):
            return ()
        used = manifest.used_overrides.union(*(item.used_overrides for item in rendered if item is not None))
        return tuple(
            Diagnostic(
                code=codes.IMAGE_OVERRIDE_UNUSED,
                severity=Severity.NOTE,
                detail=f"The entry {key} under images: matched no image of this run.",
            )
            for key in sorted(set(self.components.image_overrides) - used)
        )


def _note_offline(detail: str, subject: Subject, replies: Replies[FileContent]) -> Diagnostic:
    return Diagnostic(
        code=codes.FILE_NOT_AVAILABLE_OFFLINE,
        severity=Severity.NOTE,
        detail=detail,
        subject=subject,
        evidence=replies.evidence,
    )


def _images(
    resolutions: Sequence[ProviderResolution], manifest: RenderedComponents | None
) -> tuple[str, ...]:
    rendered = [item for item in (manifest, *(each.rendered for each in resolutions)) if item is not None]
    return tuple(sorted({image for item in rendered for image in item.images}))


def _listed_cores(resolutions: Sequence[ProviderResolution]) -> tuple[str, ...]:
    listed = (
        each.listing
        for each in resolutions
        if each.listing is not None and each.target.entry.key.type is ProviderType.CORE
    )
    return tuple(dict.fromkeys(tag for listing in listed for tags in listing.tags.values() for tag in tags))


def named_twice(targets: Iterable[Target]) -> list[Diagnostic]:
    """The same provider named twice: one cluster holds one instance (resolution 8.3)."""
    seen: dict[str, Target] = {}
    found = []
    for target in targets:
        label = target.label
        if label in seen:
            detail = (
                f"{label} is named twice: {seen[label].reference.text} and {target.reference.text}."
                " A management cluster holds one instance of a provider."
            )
            found.append(
                Diagnostic(
                    code=codes.USAGE, severity=Severity.ERROR, detail=detail, subject=Subject(provider=label)
                )
            )
        seen.setdefault(label, target)
    return found
