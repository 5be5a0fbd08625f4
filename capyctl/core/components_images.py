"""The container images of a components file, before and after the overrides (10.6).

clusterctl sees Deployments and DaemonSets alone; the pod templates of other workloads are read and
overridden here as well (W-38), without asking that their references be fully qualified.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from msgspec import Struct, field

from capyctl.core.components_facts import KubernetesObject, api_group, mapping_at, text_at
from capyctl.core.components_objects import replaced, typed
from capyctl.core.components_typed import KubernetesTypes
from capyctl.core.images import ImageOverride, ImageReferenceError, override_image

_STRICT_KINDS = frozenset({"Deployment", "DaemonSet"})
_TEMPLATE = ("spec", "template", "spec")
_POD_SPECS: dict[tuple[str, str], tuple[str, ...]] = {
    ("apps", "StatefulSet"): _TEMPLATE,
    ("apps", "ReplicaSet"): _TEMPLATE,
    ("batch", "Job"): _TEMPLATE,
    ("batch", "CronJob"): ("spec", "jobTemplate", *_TEMPLATE),
    ("", "Pod"): ("spec",),
    ("", "ReplicationController"): _TEMPLATE,
}


class ImageProblem(Struct, frozen=True, kw_only=True):
    """A container whose image clusterctl refuses."""

    kind: str
    name: str
    container: str
    image: str
    reason: str


class ImageCollector(Struct, kw_only=True):
    """Applies overrides to one object after the other and remembers every image, in file order.

    Attributes:
        component: a manifest label, or ``cert-manager``. overrides: the entries under ``images:``.
        expand: gives a reference with its variables replaced, where the text was left unexpanded.
    """

    component: str
    overrides: Mapping[str, ImageOverride]
    types: KubernetesTypes
    expand: Callable[[str], str] = str
    images: list[str] = field(default_factory=list)
    used_overrides: set[str] = field(default_factory=set)
    problems: list[ImageProblem] = field(default_factory=list)

    def visited(self, item: KubernetesObject) -> KubernetesObject:
        """The object with its images overridden; Deployments and DaemonSets as their types write them.

        Raises:
            UnpatchableObjectError: a Deployment or DaemonSet that its type cannot hold.
        """
        kind = text_at(item, "kind")
        group = api_group(text_at(item, "apiVersion"))
        if kind in _STRICT_KINDS:
            item = typed(item, self.types)
            path: tuple[str, ...] = _TEMPLATE if group == "apps" else ()
        else:
            path = _POD_SPECS.get((group, kind), ())
        for containers in ("containers", "initContainers") if path else ():
            found = mapping_at(item, *path).get(containers)
            if isinstance(found, list) and found:
                changed = [self._container(item, container) for container in found]
                item = replaced(item, (*path, containers), changed)
        return item

    def _container(self, item: KubernetesObject, container: object) -> object:
        strict = text_at(item, "kind") in _STRICT_KINDS
        if not isinstance(container, dict):
            return container
        image = self.expand(text_at(container, "image"))
        try:
            overridden = override_image(image, self.component, self.overrides)
        except ImageReferenceError as error:
            if strict:
                self.problems.append(_problem(item, container, error))
            if strict or image:
                self.images.append(image)
            return container
        self.used_overrides.update(overridden.keys)
        self.images.append(overridden.image)
        return (
            container
            if overridden.image == container.get("image")
            else {**container, "image": overridden.image}
        )


def _problem(
    item: KubernetesObject, container: dict[str, object], error: ImageReferenceError
) -> ImageProblem:
    return ImageProblem(
        kind=text_at(item, "kind"),
        name=text_at(item, "metadata", "name"),
        container=text_at(container, "name"),
        image=error.image,
        reason=error.reason,
    )
