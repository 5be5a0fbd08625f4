"""Components of any shape: an answer or diagnostics, never an exception, and the same answer twice."""

from hypothesis import given
from hypothesis import strategies as st

from capyctl.core.components import inspect_components, render_components
from capyctl.core.images import ImageOverride
from capyctl.core.rendered_components import ComponentsRequest
from capyctl.core.yaml_emit import emit_documents
from capyctl.core.yaml_values import load_values

KINDS = [
    ("v1", "Namespace"),
    ("apps/v1", "Deployment"),
    ("apps/v1", "StatefulSet"),
    ("rbac.authorization.k8s.io/v1", "RoleBinding"),
    ("admissionregistration.k8s.io/v1", "MutatingWebhookConfiguration"),
    ("apiextensions.k8s.io/v1", "CustomResourceDefinition"),
    ("apiextensions.k8s.io/v1beta1", "CustomResourceDefinition"),
    ("cert-manager.io/v1", "Certificate"),
    ("example.org/v1", "Deployment"),
]
KEYS = st.sampled_from(
    [
        "metadata",
        "name",
        "namespace",
        "labels",
        "annotations",
        "spec",
        "template",
        "containers",
        "initContainers",
        "image",
        "subjects",
        "webhooks",
        "clientConfig",
        "service",
        "conversion",
        "webhook",
        "webhookClientConfig",
        "dnsNames",
        "versions",
        "schema",
        "openAPIV3Schema",
        "properties",
        "items",
        "additionalProperties",
        "default",
        "enum",
        "resources",
        "limits",
        "cpu",
        "creationTimestamp",
        "caBundle",
        "replicas",
        "status",
        "cluster.x-k8s.io/provider",
        "cert-manager.io/inject-ca-from",
    ]
)
SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**63), 2**64 - 1),
    st.floats(allow_nan=False, allow_infinity=False),
    st.sampled_from(
        ["", "x", "a.io/b:c", "a/b", "100m", "Cg==", "2024-01-01T00:00:00Z", "${A}", "${A:-b}", "$$"]
    ),
    st.text(st.characters(codec="utf-8", exclude_characters="\0"), max_size=5),
)
VALUES = st.recursive(
    SCALARS, lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(KEYS, inner, max_size=4))
)


def with_type(pair: tuple[tuple[str, str], dict[str, object]]) -> dict[str, object]:
    (api_version, kind), item = pair
    return {**item, "apiVersion": api_version, "kind": kind}


OBJECTS = st.tuples(st.sampled_from(KINDS), st.dictionaries(KEYS, VALUES, max_size=5)).map(with_type)


def request(data: bytes, *, raw: bool = False) -> ComponentsRequest:
    return ComponentsRequest(
        data=data,
        manifest_label="infrastructure-x",
        lookup={"A": "1"}.get,
        raw=raw,
        target_namespace="ns",
        image_overrides={"all": ImageOverride(repository="m.io")},
    )


@given(st.lists(OBJECTS, max_size=4), st.booleans())
def test_any_objects_give_a_result(objects: list[dict[str, object]], raw: bool) -> None:
    data = emit_documents(objects).encode("utf-8", "surrogatepass")
    rendered = render_components(request(data, raw=raw))
    assert rendered.failed is not bool(rendered.objects)
    assert load_values(emit_documents(rendered.objects).encode()) == list(rendered.objects)
    assert render_components(request(data, raw=raw)).objects == rendered.objects
    inspect_components(request(data))


@given(st.lists(OBJECTS, max_size=4))
def test_rendering_its_own_output_changes_nothing(objects: list[dict[str, object]]) -> None:
    rendered = render_components(request(emit_documents(objects).encode(), raw=True))
    if rendered.objects:
        again = render_components(request(emit_documents(rendered.objects).encode(), raw=True))
        assert again.objects == rendered.objects


@given(st.binary(max_size=200))
def test_any_bytes_give_a_result(data: bytes) -> None:
    render_components(request(data))
    inspect_components(request(data))
