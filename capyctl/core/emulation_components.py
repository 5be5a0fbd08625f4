"""A components file through clusterctl's processing, as far as it can fail (clusterctl-resolution 10.2).

Nothing is rendered: what is wanted is the first error in clusterctl's order and words, or the namespace.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from msgspec import Struct

from capyctl.core.emulation_json import json_kind
from capyctl.core.emulation_text import ClusterctlError, ordinal, quoted
from capyctl.core.emulation_yaml import go_yaml_error
from capyctl.core.envsubst import EnvsubstError, find_variables, substitute
from capyctl.core.images import ImageReferenceError, parse_image
from capyctl.core.yaml_text import DocumentText, YamlError, YamlLimits, decode_text, split_documents
from capyctl.core.yaml_values import load_values

_WEBHOOKS = ("MutatingWebhookConfiguration", "ValidatingWebhookConfiguration")
_CRD = "CustomResourceDefinition"
_ANNOTATION = "cert-manager.io/inject-ca-from"
_SKIP_NAME_CHECK = "clusterctl.cluster.x-k8s.io/skip-crd-name-preflight-check"
_WORKLOADS = {"Deployment": "deployment", "DaemonSet": "deamonSet"}

Lookup = Callable[[str], str | None]
Object = dict[str, object]


class ProcessedComponents(Struct, frozen=True, kw_only=True):
    """A file that clusterctl can process: its namespace, and what ``init`` says of its CRDs' names."""

    namespace: str
    crd_fault: str | None = None


class ComponentsReader:
    """Processes components with one set of variables, each file once however often it is asked for."""

    def __init__(self, lookup: Lookup) -> None:
        self._lookup = lookup
        self._read: dict[bytes, ProcessedComponents | ClusterctlError] = {}

    def process(self, data: bytes) -> ProcessedComponents:
        """What comes of the file without a target namespace given.

        Raises:
            ClusterctlError: clusterctl cannot process it.
        """
        if data not in self._read:
            try:
                self._read[data] = _process(data, self._lookup)
            except ClusterctlError as error:
                self._read[data] = error
        result = self._read[data]
        if isinstance(result, ClusterctlError):
            raise ClusterctlError(result.message)
        return result


def _process(data: bytes, lookup: Lookup) -> ProcessedComponents:
    objects = _objects(_substituted(data.decode("utf-8", errors="replace"), lookup))
    for item in objects:
        _check_images(item)
    namespace = _namespace(objects)
    if not namespace:
        raise ClusterctlError("target namespace can't be defaulted. Please specify a target namespace")
    for item in objects:
        if fault := _placement_fault(item):
            raise ClusterctlError(f"failed to set the TargetNamespace on the components: {fault}")
    return ProcessedComponents(namespace=namespace, crd_fault=next(_crd_faults(objects), None))


def _substituted(text: str, lookup: Lookup) -> str:
    try:
        variables = find_variables(text)
    except EnvsubstError as error:
        raise ClusterctlError(error.reason) from None
    missing = sorted(item.name for item in variables if item.required and lookup(item.name) is None)
    if missing:
        raise ClusterctlError(
            f"failed to perform variable substitution: value for variables [{', '.join(missing)}] is not set"
            ". Please set the value using os environment variables or the clusterctl config file"
        )
    try:
        return substitute(text, lookup)
    except EnvsubstError as error:
        raise ClusterctlError(f"failed to perform variable substitution: {error.reason}") from None


def _objects(text: str) -> list[Object]:
    objects: list[Object] = []
    try:
        documents = list(split_documents(decode_text(text.encode(), YamlLimits())))
    except YamlError as error:
        raise ClusterctlError(f"failed to parse yaml: {go_yaml_error(error)}") from None
    for document in documents:
        value = _document(document, len(objects) + 1)
        if value is not None:
            objects.append(value)
    return objects


def _document(document: DocumentText, number: int) -> Object | None:
    prefix = f"failed to parse yaml: failed to unmarshal the {ordinal(number)} yaml document: "
    try:
        values = load_values(document.text.encode())
    except YamlError as error:
        reason = f"error converting YAML to JSON: {go_yaml_error(error)}"
        raise ClusterctlError(f"{prefix}{quoted(document.text)}: {reason}") from None
    value = values[0] if values else None
    if value is None or isinstance(value, dict):
        return value
    kind = json_kind(value)
    raise ClusterctlError(
        f"{prefix}{quoted(document.text)}: error unmarshaling JSON: while decoding JSON: "
        f"json: cannot unmarshal {kind} into Go value of type map[string]interface {{}}"
    )


def _check_images(item: Object) -> None:
    workload = _WORKLOADS.get(_text(item.get("kind")))
    if workload is None:
        return
    pod = _mapping(_mapping(_mapping(item.get("spec")).get("template")).get("spec"))
    for field, words in (("containers", "containers"), ("initContainers", "init containers")):
        for container in _list(pod.get(field)):
            try:
                parse_image(_text(_mapping(container).get("image")))
            except ImageReferenceError as error:
                raise ClusterctlError(
                    f"failed to apply image overrides: failed to fix containers in {workload} {_name(item)}: "
                    f"failed to fix {words}: failed to fix image for container "
                    f"{_text(_mapping(container).get('name'))}: couldn't parse image name: {error.reason}"
                ) from None


def _namespace(objects: list[Object]) -> str:
    namespace = ""
    for item in objects:
        if item.get("kind") == "Namespace":
            if namespace:
                raise ClusterctlError(
                    "failed to detect default target namespace: Invalid manifest. There should be no "
                    "more than one resource with Kind Namespace in the provider components yaml"
                )
            namespace = _name(item)
    return namespace


def _placement_fault(item: Object) -> str | None:
    kind = _text(item.get("kind"))
    if kind not in (*_WEBHOOKS, _CRD):
        return None
    annotations = _mapping(_mapping(item.get("metadata")).get("annotations"))
    if _ANNOTATION in annotations and _text(annotations[_ANNOTATION]).count("/") != 1:
        return f"object {kind} {_name(item)} does not have a correct value for {_ANNOTATION}"
    version = _text(item.get("apiVersion")).rpartition("/")[2]
    return None if version in ("v1", "v1beta1") else f"failed to patch {version} {kind}"


def _crd_faults(objects: list[Object]) -> Iterator[str]:
    """CRDs whose name is no plural of their kind with their group: ``init`` refuses them."""
    for item in objects:
        metadata = _mapping(item.get("metadata"))
        if item.get("kind") != _CRD or _SKIP_NAME_CHECK in _mapping(metadata.get("annotations")):
            continue
        spec = _mapping(item.get("spec"))
        group, kind = _text(spec.get("group")), _text(_mapping(spec.get("names")).get("kind")).lower()
        plurals = _plurals(kind)
        if _name(item) not in {f"{plural}.{group}" for plural in plurals}:
            yield _crd_fault(_name(item), f"{plurals[0]}.{group}")


def _plurals(kind: str) -> tuple[str, ...]:
    """Plurals of a lower-case kind, the likeliest first; generous where English is not regular."""
    if kind.endswith("y") and kind[-2:-1] not in tuple("aeiou"):
        return (f"{kind[:-1]}ies", f"{kind}s")
    if kind.endswith(("s", "x", "z", "ch", "sh")):
        return (f"{kind}es", kind, f"{kind[:-2]}es", f"{kind[:-2]}ices")
    return (f"{kind}s", kind)


def _crd_fault(name: str, expected: str) -> str:
    return (
        f"ERROR: CRD name {quoted(name)} is invalid for a CRD referenced in a core Cluster API CRD,"
        f"it should be {quoted(expected)}. Support for CRDs that are referenced in core Cluster API "
        "resources with invalid names has been dropped. Note: Please check if this CRD is actually "
        "referenced in core Cluster API CRDs. If not, this warning can be hidden by setting the "
        f"{quoted(_SKIP_NAME_CHECK)}' annotation."
    )


def _mapping(value: object) -> Object:
    return value if isinstance(value, dict) else {}


def _list(value: object) -> list[object]:
    return value if isinstance(value, list) else []


def _text(value: object) -> str:
    return value if isinstance(value, str) else ""


def _name(item: Object) -> str:
    return _text(_mapping(item.get("metadata")).get("name"))
