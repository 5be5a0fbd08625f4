"""Reading the files of releases once: each is looked at, or rendered, when it arrives, or remembered (ADR 38)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from msgspec import Struct, field
from msgspec.structs import replace

from capyctl.core import codes
from capyctl.core.diagnostics import Diagnostic, Subject
from capyctl.core.evidence import Evidence
from capyctl.core.metadata import METADATA, MetadataReading
from capyctl.core.provider_table import TableEntry
from capyctl.core.remembered_components import components_key, recalled, remembered
from capyctl.core.remembered_metadata import metadata_key
from capyctl.core.remembered_metadata import recalled as recalled_metadata
from capyctl.core.remembered_metadata import remembered as remembered_metadata
from capyctl.core.rendered_components import ComponentsRequest, RenderedComponents
from capyctl.core.version import ProviderVersion
from capyctl.ports.fetcher import FileContent

if TYPE_CHECKING:
    from capyctl.core.images import ImageOverride
    from capyctl.ports.readings import Readings

FILE_FAULTS = frozenset(
    {
        codes.COMPONENTS_UNREADABLE,
        codes.SEVERAL_NAMESPACES,
        codes.ALL_IN_ONE_MANIFEST,
        codes.VARIABLE_SYNTAX,
    }
)
"""Errors of the file itself, whatever this user's settings are: they reject the version."""


class ComponentsPolicy(Struct, frozen=True, kw_only=True):
    """What to make of the files of releases in a run.

    Attributes:
        render: make the objects, so that missing values matter; else only look (F56).
        raw: leave variables as they stand. target_namespace: None for what each file names.
        lookup: the value of a variable. image_overrides: entries under ``images:`` by key.
        known_labels: manifest labels of all known providers. kept: labels whose files are only looked at, since
            what is installed stays as it is: no value of a variable is needed for it (weakness 23).
        namespaces: where a provider goes, by label, before ``target_namespace``: an upgrade stays where it is.
        objects: whether the objects of rendered files are wanted. readings: of earlier runs, None where nothing
            is remembered.
    """

    lookup: Callable[[str], str | None]
    render: bool = False
    raw: bool = False
    target_namespace: str | None = None
    image_overrides: Mapping[str, ImageOverride] = field(default_factory=dict)
    known_labels: frozenset[str] = frozenset()
    kept: frozenset[str] = frozenset()
    namespaces: Mapping[str, str] = field(default_factory=dict)
    objects: bool = True
    readings: Readings | None = None

    def read(self, entry: TableEntry, tag: str, content: FileContent) -> RenderedComponents:
        """Look at one file, or render it; without its objects where that is remembered (ADR 38)."""
        request = self._request(entry, tag, content.data)
        renders = self.render and entry.key.manifest_label not in self.kept
        if self.readings is None or (renders and self.objects):
            return _read(request, renders=renders)
        key = components_key(request, content.sha256, renders=renders)
        told = self.readings.recall(key)
        rendered = recalled(key, told, request) if told is not None else None
        return rendered or _read_and_keep(request, key, self.readings, renders=renders)

    def metadata(
        self,
        version: ProviderVersion,
        content: FileContent,
        *,
        subject: Subject,
        evidence: tuple[Evidence, ...],
    ) -> MetadataReading:
        """Read a version's own metadata.yaml; with its text wherever anything is wrong (ADR 38)."""
        key = metadata_key(content.sha256)
        told = self.readings.recall(key) if self.readings is not None else None
        kept = recalled_metadata(told) if told is not None else None
        if kept is not None and kept.metadata is not None and kept.metadata.series_for(version) is not None:
            return kept
        from capyctl.core.metadata_parse import read_metadata  # noqa: PLC0415 - start-up budget

        reading = read_metadata(content.data, subject=subject, file=METADATA, evidence=evidence)
        if self.readings is not None and told is None:
            _keep(self.readings, key, remembered_metadata(reading))
        return reading

    def _request(self, entry: TableEntry, tag: str, data: bytes) -> ComponentsRequest:
        location = entry.location
        return ComponentsRequest(
            data=data,
            manifest_label=entry.key.manifest_label,
            target_namespace=self.namespaces.get(entry.key.manifest_label, self.target_namespace),
            raw=self.raw,
            lookup=self.lookup,
            image_overrides=self.image_overrides,
            known_labels=self.known_labels,
            file=location.components_file if location is not None else "components.yaml",
            version=tag,
        )


def _read(request: ComponentsRequest, *, renders: bool) -> RenderedComponents:
    from capyctl.core.components import inspect_components, render_components  # noqa: PLC0415 - start-up budget

    return render_components(request) if renders else inspect_components(request)


def _read_and_keep(
    request: ComponentsRequest, key: bytes, readings: Readings, *, renders: bool
) -> RenderedComponents:
    """Read a file, and keep what it says together with which variables it asked for."""
    answers: dict[str, str | None] = {}

    def heard(name: str) -> str | None:
        answers[name] = request.lookup(name)
        return answers[name]

    rendered = _read(replace(request, lookup=heard), renders=renders)
    _keep(readings, key, remembered(key, rendered, answers))
    return rendered


def _keep(readings: Readings, key: bytes, told: bytes | None) -> None:
    if told is not None:
        readings.keep(key, told)


def faults_of(rendered: RenderedComponents) -> tuple[Diagnostic, ...]:
    """The errors that speak against the version itself."""
    return tuple(item for item in rendered.diagnostics if item.is_error and item.code in FILE_FAULTS)


def other_findings(rendered: RenderedComponents) -> tuple[Diagnostic, ...]:
    """Everything else that was found, for the run that uses the file."""
    return tuple(item for item in rendered.diagnostics if not (item.is_error and item.code in FILE_FAULTS))
