"""Reading components files once: each is looked at, or rendered, when it arrives."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from msgspec import Struct, field

from capyctl.core import codes
from capyctl.core.components import (
    ComponentsRequest,
    RenderedComponents,
    inspect_components,
    render_components,
)
from capyctl.core.diagnostics import Diagnostic
from capyctl.core.images import ImageOverride
from capyctl.core.provider_table import TableEntry

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
    """What to make of every components file of a run.

    Attributes:
        render: make the objects, so that missing values matter; else only look (F56).
        raw: leave variables as they stand. target_namespace: None for what each file names.
        lookup: the value of a variable. image_overrides: entries under ``images:`` by key.
        known_labels: manifest labels of all known providers. kept: labels whose files are only looked at, since
            what is installed stays as it is: no value of a variable is needed for it (weakness 23).
        namespaces: where a provider goes, by label, before ``target_namespace``: an upgrade stays where it is.
    """

    lookup: Callable[[str], str | None]
    render: bool = False
    raw: bool = False
    target_namespace: str | None = None
    image_overrides: Mapping[str, ImageOverride] = field(default_factory=dict)
    known_labels: frozenset[str] = frozenset()
    kept: frozenset[str] = frozenset()
    namespaces: Mapping[str, str] = field(default_factory=dict)

    def read(self, entry: TableEntry, tag: str, data: bytes) -> RenderedComponents:
        """Look at one file, or render it."""
        location = entry.location
        request = ComponentsRequest(
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
        renders = self.render and entry.key.manifest_label not in self.kept
        return render_components(request) if renders else inspect_components(request)


def faults_of(rendered: RenderedComponents) -> tuple[Diagnostic, ...]:
    """The errors that speak against the version itself."""
    return tuple(item for item in rendered.diagnostics if item.is_error and item.code in FILE_FAULTS)


def other_findings(rendered: RenderedComponents) -> tuple[Diagnostic, ...]:
    """Everything else that was found, for the run that uses the file."""
    return tuple(item for item in rendered.diagnostics if not (item.is_error and item.code in FILE_FAULTS))
