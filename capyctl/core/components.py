"""A provider's components: variables, images, target namespace, labels, order (clusterctl-resolution 10).

`render_components` makes the objects to apply; `inspect_components` looks without ever demanding a value
for a variable (F56). Both gather every problem as a diagnostic and raise nothing.
"""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct
from msgspec.structs import replace

from capyctl.core.codes import INSPECTION_NEEDS_NO_VARIABLES
from capyctl.core.components_facts import ComponentsFacts, KubernetesObject, gather_facts
from capyctl.core.components_images import ImageCollector
from capyctl.core.components_objects import ObjectAdjuster, UnpatchableObjectError, in_order
from capyctl.core.components_text import ComponentsText, UnreadableComponentsError
from capyctl.core.components_typed import KubernetesTypes
from capyctl.core.diagnostics import Diagnostic
from capyctl.core.envsubst import EnvsubstError, find_variables, substitute
from capyctl.core.rendered_components import ComponentsRequest, RenderedComponents
from capyctl.core.rules import components as rules
from capyctl.core.rules.template_values import values_not_needed
from capyctl.core.template_variable import Variable, missing_variables


def render_components(request: ComponentsRequest) -> RenderedComponents:
    """The objects to apply, or every reason why there are none.

    Where required variables have no value, the rest of the file is judged all the same.
    """
    text = ComponentsText(data=request.data, subject=request.subject)
    variables: tuple[Variable, ...] = ()
    try:
        variables = text.variables()
        missing = missing_variables(variables, request.lookup)
        if missing and not request.raw:
            return _without_values(request, text, missing)
        objects = text.raw_objects() if request.raw else text.substituted_objects(request.lookup)
    except UnreadableComponentsError as error:
        return RenderedComponents(variables=variables, diagnostics=(error.diagnostic,))
    notes = values_not_needed(request.subject, missing)
    return _Processing(request=request, variables=variables, looking=False).finished(objects, notes)


def inspect_components(request: ComponentsRequest) -> RenderedComponents:
    """What the file says: variables, images, namespace, contract labels. Demands no value (F56).

    The unexpanded text is read; where that is no YAML, the names of variables stand for values that are
    not there. Images and the namespace are shown expanded as far as values and defaults go.
    """
    text = ComponentsText(data=request.data, subject=request.subject)
    variables: tuple[Variable, ...] = ()
    try:
        variables = text.variables()
        objects = _unexpanded_objects(text, variables, request.lookup)
    except UnreadableComponentsError as error:
        return RenderedComponents(variables=variables, diagnostics=(error.diagnostic,))
    notes = values_not_needed(request.subject, missing_variables(variables, request.lookup))
    processing = _Processing(request=request, variables=variables, looking=True)
    return replace(processing.finished(objects, notes), objects=())


def plain_objects(request: ComponentsRequest) -> tuple[KubernetesObject, ...]:
    """The objects of a manifest that is applied as it is, images alone overridden: cert-manager's (3.2).

    Empty where the file cannot be read, which ``inspect_components`` tells.
    """
    text = ComponentsText(data=request.data, subject=request.subject)
    images = ImageCollector(
        component=request.manifest_label, overrides=request.image_overrides, types=KubernetesTypes()
    )
    try:
        return tuple(images.visited(item) for item in text.raw_objects())
    except (UnreadableComponentsError, UnpatchableObjectError):
        return ()


def _without_values(
    request: ComponentsRequest, text: ComponentsText, missing: tuple[Variable, ...]
) -> RenderedComponents:
    inspected = inspect_components(request)
    found = [item for item in inspected.diagnostics if item.code is not INSPECTION_NEEDS_NO_VARIABLES]
    return replace(inspected, diagnostics=(rules.variables_unset(text, missing), *found))


def _unexpanded_objects(
    text: ComponentsText, variables: tuple[Variable, ...], lookup: Callable[[str], str | None]
) -> list[KubernetesObject]:
    try:
        return text.raw_objects()
    except UnreadableComponentsError:
        if not variables:
            raise
    required = {variable.name for variable in variables if variable.required}

    def named_placeholder(name: str) -> str | None:
        value = lookup(name)
        return name if value is None and name in required else value

    return text.substituted_objects(named_placeholder)


class _Processing(Struct, frozen=True, kw_only=True):
    """Steps 4 to 11 of 10.2 for one file; ``looking`` is an inspection."""

    request: ComponentsRequest
    variables: tuple[Variable, ...]
    looking: bool

    def finished(self, objects: list[KubernetesObject], notes: tuple[Diagnostic, ...]) -> RenderedComponents:
        """The result for the objects of the file; ``notes`` are diagnostics from before."""
        request, subject = self.request, self.request.subject
        facts = gather_facts(objects)
        lenient = self.looking or request.raw
        root = rules.all_in_one(subject, facts)
        images = self._image_collector()
        objects, broken = self._with_images(objects, images)
        default = self._expanded(facts.namespaces[0]) if facts.namespaces else None
        target = request.target_namespace or default
        objects, unpatchable = self._adjusted(objects, target, facts)
        diagnostics = (
            *notes,
            *([root] if root else []),
            *rules.image_problems(subject, images.problems, lenient=lenient),
            *rules.namespace_problems(subject, facts, target, looking=self.looking, cause=root),
            *(rules.object_not_patchable(subject, reason) for reason in (*broken, *unpatchable)),
            *([] if root else rules.provider_label(subject, facts, request.known_labels)),
        )
        failed = any(diagnostic.is_error for diagnostic in diagnostics)
        return RenderedComponents(
            objects=() if failed else tuple(in_order(objects)),
            variables=self.variables,
            images=tuple(images.images),
            default_namespace=default or None,
            target_namespace=target or None,
            facts=facts,
            used_overrides=frozenset(images.used_overrides),
            diagnostics=diagnostics,
        )

    def _image_collector(self) -> ImageCollector:
        return ImageCollector(
            component=self.request.manifest_label,
            overrides=self.request.image_overrides,
            types=KubernetesTypes(),
            expand=self._expanded,
        )

    def _with_images(
        self, objects: list[KubernetesObject], images: ImageCollector
    ) -> tuple[list[KubernetesObject], list[str]]:
        found, reasons = [], []
        for item in objects:
            try:
                found.append(images.visited(item))
            except UnpatchableObjectError as error:
                reasons.append(error.reason)
        return found, reasons

    def _adjusted(
        self, objects: list[KubernetesObject], target: str | None, facts: ComponentsFacts
    ) -> tuple[list[KubernetesObject], list[str]]:
        """The objects in their namespace; without one they are adjusted for their problems alone."""
        namespace = target or "undetermined"
        if not facts.namespaces:
            missing: KubernetesObject = {"apiVersion": "v1", "kind": "Namespace", "metadata": {}}
            objects = [*objects, missing]
        adjuster = ObjectAdjuster(namespace, self.request.manifest_label, KubernetesTypes(), facts.crds)
        found, reasons = [], []
        for item in objects:
            try:
                found.append(adjuster.adjusted(item))
            except UnpatchableObjectError as error:
                reasons.append(error.reason)
        return found, reasons

    def _expanded(self, text: str) -> str:
        """The text with its variables replaced where all have a value or a default, for looking only."""
        if not self.looking or "${" not in text:
            return text
        try:
            if missing_variables(find_variables(text), self.request.lookup):
                return text
            return substitute(text, self.request.lookup)
        except EnvsubstError:
            return text
