"""Rendering and inspecting components: what comes out, and every problem at once."""

import pytest

from capyctl.core.components import inspect_components, render_components
from capyctl.core.diagnostics import Severity
from capyctl.core.images import ImageOverride
from capyctl.core.rendered_components import ComponentsRequest, RenderedComponents
from capyctl.core.yaml_emit import emit_documents

NAMESPACE = "apiVersion: v1\nkind: Namespace\nmetadata: {name: capx-system}\n"
DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: manager}
spec: {template: {spec: {containers: [{name: m, image: "IMAGE"}]}}}
"""


def request(*documents: str, values: dict[str, str] | None = None, **fields: object) -> ComponentsRequest:
    data = "---\n".join(documents).encode()
    known = {"manifest_label": "infrastructure-x", "lookup": (values or {}).get} | fields
    return ComponentsRequest(data=data, **known)  # type: ignore[arg-type]


def codes(rendered: RenderedComponents) -> list[tuple[str, str]]:
    return [(item.code.code, item.severity.value) for item in rendered.diagnostics]


def config_map(text: str) -> str:
    return f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: c}}\ndata: {{text: '{text}'}}\n"


def test_the_order_is_namespace_then_cert_manager_then_the_rest_each_as_in_the_file() -> None:
    names = [
        ("apiextensions.k8s.io/v1", "CustomResourceDefinition", "crd"),
        ("cert-manager.io/v1", "Issuer", "issuer"),
        ("cert-manager.io/v1", "Certificate", "a"),
        ("cert-manager.io/v1", "Certificate", "b"),
        ("v1", "Service", "service"),
        ("v1", "Namespace", "capx-system"),
    ]
    texts = [
        f"apiVersion: {group}\nkind: {kind}\nmetadata: {{name: {name}}}\n" for group, kind, name in names
    ]
    rendered = render_components(request(*texts))
    order = [item["metadata"]["name"] for item in rendered.objects]  # type: ignore[index]
    assert order == ["capx-system", "issuer", "a", "b", "crd", "service"]


def test_a_missing_namespace_object_is_added_for_a_given_target() -> None:
    rendered = render_components(request(config_map("x"), target_namespace="given"))
    assert rendered.objects[0] == {
        "apiVersion": "v1",
        "kind": "Namespace",
        "metadata": {
            "name": "given",
            "labels": {
                "clusterctl.cluster.x-k8s.io": "",
                "cluster.x-k8s.io/provider": "infrastructure-x",
            },
        },
    }
    assert (rendered.default_namespace, rendered.target_namespace) == (None, "given")


def test_all_missing_variables_are_reported_at_once_sorted_and_with_their_places() -> None:
    texts = (NAMESPACE, config_map("${Z} ${A_TOKEN} ${Z} ${OPTIONAL:=x}"))
    rendered = render_components(request(*texts, file="infrastructure-components.yaml"))
    assert codes(rendered) == [("CAPY0603", "error")]
    found = rendered.diagnostics[0]
    assert "A_TOKEN and Z" in found.detail
    assert "Secret by name: A_TOKEN." in found.detail
    assert [(span.line, span.column, span.end_column) for span in found.spans] == [(8, 20, 30), (8, 15, 19)]
    assert found.spans[0].source == "data: {text: '${Z} ${A_TOKEN} ${Z} ${OPTIONAL:=x}'}"
    assert found.spans[0].file == "infrastructure-components.yaml"
    assert rendered.objects == ()


def test_a_variable_set_to_nothing_counts_as_set() -> None:
    rendered = render_components(request(NAMESPACE, config_map("[${A}]"), values={"A": ""}))
    assert codes(rendered) == []
    assert "text: '[]'" in emit_documents(rendered.objects)


def test_missing_variables_do_not_hide_other_problems() -> None:
    image = DEPLOYMENT.replace("IMAGE", "controller:latest")
    rendered = render_components(request(NAMESPACE, NAMESPACE, image, config_map("${A}")))
    assert {code for code, _ in codes(rendered)} >= {"CAPY0603", "CAPY0606", "CAPY0607"}


def test_every_problem_of_a_file_is_reported_at_once() -> None:
    crd = "apiVersion: apiextensions.k8s.io/v2\nkind: CustomResourceDefinition\nmetadata: {name: c}\n"
    image = DEPLOYMENT.replace("IMAGE", "controller:latest")
    rendered = render_components(request(image, crd))
    assert codes(rendered) == [("CAPY0607", "error"), ("CAPY0605", "error"), ("CAPY0609", "error")]
    assert "apiextensions.k8s.io/v2" in rendered.diagnostics[2].detail
    assert rendered.objects == ()
    assert rendered.failed


def test_a_bad_expression_has_its_place() -> None:
    rendered = render_components(request(NAMESPACE, config_map("${A-b}")))
    assert codes(rendered) == [("CAPY0604", "error")]
    (span,) = rendered.diagnostics[0].spans
    assert (span.line, span.column, span.label) == (8, 15, "missing closing brace")


def test_yaml_errors_have_their_place() -> None:
    rendered = render_components(request(NAMESPACE, "kind: [\n"))
    assert codes(rendered) == [("CAPY0602", "error")]
    assert rendered.diagnostics[0].spans[0].line >= 5


def test_a_value_that_breaks_the_text_names_no_line_that_is_elsewhere() -> None:
    rendered = render_components(
        request(NAMESPACE, "kind: X\na: ${A}\n", values={"A": "one\ntwo\nthree: [\n"})
    )
    assert codes(rendered) == [("CAPY0602", "error")]
    assert rendered.diagnostics[0].spans == ()
    assert "a variable's value may be the reason" in rendered.diagnostics[0].detail


@pytest.mark.parametrize(
    ("data", "reason"),
    [(b"a: \x00", "NUL"), (b"a: \xff", "UTF-8"), (b"- a\n", "a list"), (b"text", "a single value")],
)
def test_bytes_that_are_no_manifest_are_one_diagnostic(data: bytes, reason: str) -> None:
    for read in (render_components, inspect_components):
        rendered = read(
            ComponentsRequest(data=data, manifest_label="cluster-api", lookup=dict[str, str]().get)
        )
        assert codes(rendered) == [("CAPY0602", "error")]
        assert reason in rendered.diagnostics[0].detail


def test_a_cut_character_is_invalid_text_and_no_crash() -> None:
    rendered = render_components(request(NAMESPACE, config_map("${A:0:1}"), values={"A": "é"}))
    assert codes(rendered) == [("CAPY0602", "error")]


def test_aliases_do_not_carry_labels_to_other_places() -> None:
    text = """\
apiVersion: v1
kind: ConfigMap
metadata: &meta {name: c, labels: &labels {a: b}}
copy: *meta
selector: *labels
"""
    rendered = render_components(request(NAMESPACE, text))
    item = rendered.objects[1]
    assert item["copy"] == {"name": "c", "labels": {"a": "b"}}
    assert item["selector"] == {"a": "b"}


def test_images_are_listed_in_file_order_after_overrides() -> None:
    text = """\
apiVersion: apps/v1
kind: DaemonSet
metadata: {name: d}
spec:
  template:
    spec: {initContainers: [{name: i, image: a.io/init:1}], containers: [{name: c, image: a.io/c:1}]}
"""
    overrides = {"all": ImageOverride(repository="m.io"), "infrastructure-x/init": ImageOverride(tag="2")}
    rendered = render_components(
        request(
            NAMESPACE,
            text,
            DEPLOYMENT.replace("IMAGE", "a.io/c:1"),
            image_overrides=overrides | {"bootstrap-y": ImageOverride(tag="3")},
        )
    )
    assert rendered.images == ("m.io/c:1", "m.io/init:2", "m.io/c:1")
    assert rendered.used_overrides == {"all", "infrastructure-x/init"}


def test_raw_leaves_variables_and_warns_of_images_it_cannot_read() -> None:
    texts = (NAMESPACE, DEPLOYMENT.replace("IMAGE", "${IMG}"), config_map("${A} $$"))
    rendered = render_components(request(*texts, raw=True))
    assert codes(rendered) == [("CAPY0611", "note"), ("CAPY0607", "note")]
    assert "${A} $$" in emit_documents(rendered.objects)
    assert rendered.images == ("${IMG}",)


def test_raw_warns_of_a_short_image() -> None:
    rendered = render_components(request(NAMESPACE, DEPLOYMENT.replace("IMAGE", "short"), raw=True))
    assert codes(rendered) == [("CAPY0607", "warning")]
    assert rendered.objects != ()


def test_looking_demands_no_value() -> None:
    inspected = inspect_components(request(NAMESPACE, config_map("${A} ${B:=1}")))
    assert codes(inspected) == [("CAPY0611", "note")]
    assert [(item.name, item.required) for item in inspected.variables] == [("A", True), ("B", False)]
    assert inspected.target_namespace == "capx-system"
    assert inspected.objects == ()


@pytest.mark.parametrize(
    ("image", "values", "expected"),
    [
        ("${REG:=a.io}/c:${TAG:=1}", {}, "a.io/c:1"),
        ("${REG:=a.io}/c:${TAG}", {}, "${REG:=a.io}/c:${TAG}"),
        ("${REG:=a.io}/c:${TAG}", {"TAG": "2"}, "a.io/c:2"),
    ],
)
def test_looking_expands_images_as_far_as_values_go(
    image: str, values: dict[str, str], expected: str
) -> None:
    inspected = inspect_components(request(NAMESPACE, DEPLOYMENT.replace("IMAGE", image), values=values))
    assert inspected.images == (expected,)


def test_looking_at_text_that_is_yaml_only_after_substitution() -> None:
    text = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: c\n  ${EXTRA:=labels}: {a: ${A}: x}\n"
    assert codes(inspect_components(request(NAMESPACE, text)))[0] == ("CAPY0602", "error")
    text = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${NAME}}\n"
    inspected = inspect_components(request(NAMESPACE, text))
    assert codes(inspected) == [("CAPY0611", "note")]
    assert inspected.facts.objects == 2


def test_a_namespace_that_is_a_variable() -> None:
    text = NAMESPACE.replace("capx-system", '"${NS:=chosen}"')
    assert render_components(request(text)).target_namespace == "chosen"
    assert render_components(request(text, raw=True)).target_namespace == "${NS:=chosen}"
    assert inspect_components(request(text)).target_namespace == "chosen"


def test_a_file_without_namespace_can_be_looked_at() -> None:
    assert codes(inspect_components(request(config_map("x")))) == [("CAPY0605", "warning")]
    assert codes(render_components(request(config_map("x")))) == [("CAPY0605", "error")]


@pytest.mark.parametrize("text", ["", "# nothing\n", '{"id": 1, "url": "https://example.org"}'])
def test_a_file_without_objects_is_not_a_provider_manifest(text: str) -> None:
    for read in (render_components, inspect_components):
        assert codes(read(request(text))) == [("CAPY0605", "error")]


def test_contract_labels_come_from_the_crds() -> None:
    crd = """\
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: xs.infrastructure.cluster.x-k8s.io
  labels:
    cluster.x-k8s.io/v1beta1: v1_v2
    cluster.x-k8s.io/v1beta2: v2
    cluster.x-k8s.io/provider: infrastructure-x
spec: {group: infrastructure.cluster.x-k8s.io, scope: Namespaced, names: {kind: X, plural: xs}, versions: []}
"""
    rendered = render_components(request(NAMESPACE, crd))
    assert rendered.contract_labels == ("v1beta1", "v1beta2")
    assert rendered.facts.crds[0].contracts == (("v1beta1", ("v1", "v2")), ("v1beta2", ("v2",)))


def test_a_warning_does_not_hold_back_the_objects() -> None:
    text = config_map("x").replace("{name: c}", "{name: c, labels: {cluster.x-k8s.io/provider: bootstrap-y}}")
    rendered = render_components(request(NAMESPACE, text))
    assert codes(rendered) == [("CAPY0612", "warning")]
    assert len(rendered.objects) == 2
    assert not rendered.failed
    assert rendered.diagnostics[0].severity is Severity.WARNING


def test_a_substring_of_negative_length_is_a_diagnostic() -> None:
    text = config_map("${A:1:-1}")
    assert codes(render_components(request(NAMESPACE, text, values={"A": "abc"}))) == [("CAPY0604", "error")]
    image = DEPLOYMENT.replace("IMAGE", "a.io/b:${A:1:-1}")
    inspected = inspect_components(request(NAMESPACE, image, values={"A": "abc"}))
    assert inspected.images == ("a.io/b:${A:1:-1}",)


@pytest.mark.parametrize("key", ["items", "additionalProperties", "not"])
def test_a_schema_as_deep_as_yaml_may_be_is_read(key: str) -> None:
    head = """\
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: deep}
spec: {versions: [{name: v1, schema: {openAPIV3Schema: SCHEMA}}]}
"""
    deep = f"{{{key}: " * 190 + "{title: ''}" + "}" * 190
    rendered = render_components(request(NAMESPACE, head.replace("SCHEMA", deep)))
    assert codes(rendered) == []
    assert emit_documents(rendered.objects).count(f"{key}:") == 190


def test_digits_without_end_are_a_diagnostic_or_a_value_and_no_crash() -> None:
    digits = "9" * 6000
    texts = (NAMESPACE, config_map(f"${{A:{digits}}}${{A:0:{digits}}}${{A:{'0' * 6000}1}}"))
    rendered = render_components(request(*texts, values={"A": "ab"}))
    assert "text: ababb" in emit_documents(rendered.objects)
