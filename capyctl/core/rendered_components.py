"""What is asked of a components file, and what became of it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from msgspec import Struct, field

from capyctl.core.components_facts import ComponentsFacts, KubernetesObject
from capyctl.core.diagnostics import Diagnostic, Subject
from capyctl.core.template_variable import Variable

if TYPE_CHECKING:
    from capyctl.core.images import ImageOverride


class ComponentsRequest(Struct, frozen=True, kw_only=True):
    """What to make of a components file.

    Attributes:
        data: the file's bytes. manifest_label: of the provider, or ``cert-manager``.
        target_namespace: None for the one that the file names.
        raw: leave variables as they stand (``--raw``).
        lookup: the value of a variable, None where it has none.
        image_overrides: the entries under ``images:`` by key.
        known_labels: manifest labels of all known providers, to tell another provider from an odd name.
        file, version: for diagnostics.
    """

    data: bytes
    manifest_label: str
    target_namespace: str | None = None
    raw: bool = False
    lookup: Callable[[str], str | None]
    image_overrides: Mapping[str, ImageOverride] = field(default_factory=dict)
    known_labels: frozenset[str] = frozenset()
    file: str = "components.yaml"
    version: str | None = None

    @property
    def subject(self) -> Subject:
        """What diagnostics about this file are about."""
        return Subject(provider=self.manifest_label, version=self.version, file=self.file)


class RenderedComponents(Struct, frozen=True, kw_only=True):
    """What became of a components file.

    Attributes:
        objects: to apply, in order; empty where a diagnostic is an error, and after an inspection.
        variables: at their first places, in file order.
        images: after overrides, in file order, duplicates kept.
        default_namespace: the one that the file names. target_namespace: the one in effect.
        facts: the file at a glance. used_overrides: keys of ``images:`` that spoke about an image.
    """

    objects: tuple[KubernetesObject, ...] = ()
    variables: tuple[Variable, ...] = ()
    images: tuple[str, ...] = ()
    default_namespace: str | None = None
    target_namespace: str | None = None
    facts: ComponentsFacts = field(default_factory=ComponentsFacts)
    used_overrides: frozenset[str] = frozenset()
    diagnostics: tuple[Diagnostic, ...] = ()

    @property
    def contract_labels(self) -> tuple[str, ...]:
        """Contracts that the file's CRDs claim by label, sorted."""
        return self.facts.contract_labels

    @property
    def failed(self) -> bool:
        """Whether a diagnostic is an error."""
        return any(diagnostic.is_error for diagnostic in self.diagnostics)
