"""Components as capyctl and as real clusterctl make them, object by object (issue 3 item 6).

Undone before comparing: clusterctl's reversal of the cert-manager.io objects (W-40), and for v1.10.1 the
``creationTimestamp: null`` that its older Kubernetes types write. Other differences are in
fixtures/components/deviations.yaml and in docs/compatibility.md.
"""

import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
from msgspec import Struct, field

from capyctl.core.components import inspect_components, render_components
from capyctl.core.identity import ProviderKey, ProviderType
from capyctl.core.images import ImageOverride
from capyctl.core.rendered_components import ComponentsRequest, RenderedComponents
from capyctl.core.yaml_emit import emit_documents
from capyctl.core.yaml_values import load_values

CHECKOUT = Path(__file__).resolve().parents[2]
SHARED = CHECKOUT.parent / "shared" / "data" / "components"
FIXTURES = CHECKOUT / "fixtures" / "components"
RELEASES = {"v1.10.1": "v1beta1", "v1.13.6": "v1beta2"}
FILES = {
    ProviderType.CORE: "core-components.yaml",
    ProviderType.INFRASTRUCTURE: "infrastructure-components.yaml",
}


class ComponentsFile(Struct, frozen=True, kw_only=True):
    """A components file in a provider's place, and the values of its variables."""

    path: Path
    type: ProviderType = ProviderType.INFRASTRUCTURE
    name: str = "example"
    version: str = "v1.2.3"
    values: dict[str, str] = field(default_factory=dict)

    @property
    def key(self) -> ProviderKey:
        return ProviderKey(type=self.type, name=self.name)

    def data(self) -> bytes:
        if not self.path.exists():
            pytest.skip(f"{self.path.name} is not here; it belongs to the shared data")
        return self.path.read_bytes()


AZURE = dict.fromkeys(
    ("AZURE_CLIENT_ID_B64", "AZURE_CLIENT_SECRET_B64", "AZURE_SUBSCRIPTION_ID_B64", "AZURE_TENANT_ID_B64"),
    "c2VjcmV0",
)
REAL = [
    ComponentsFile(
        path=SHARED / "small-infrastructure-azure-v0.4.8.yaml", name="azure", version="v0.4.8", values=AZURE
    ),
    ComponentsFile(
        path=SHARED / "medium-core-cluster-api-v1.14.0.yaml",
        type=ProviderType.CORE,
        name="cluster-api",
        version="v1.14.0",
        values={"EXP_MACHINE_POOL": "false"},
    ),
    ComponentsFile(
        path=SHARED / "medium-infrastructure-aws-v2.11.1.yaml",
        name="aws",
        version="v2.11.1",
        values={"AWS_B64ENCODED_CREDENTIALS": "Zm9v"},
    ),
    ComponentsFile(
        path=SHARED / "medium-infrastructure-aws-v2.11.1.yaml",
        name="aws",
        version="v2.11.1",
        values={
            "AWS_B64ENCODED_CREDENTIALS": "Zm9v",
            "AWS_CONTROLLER_IAM_ROLE": "arn:aws:iam::1:role/x",
            "K8S_CP_LABEL": "other",
        },
    ),
    ComponentsFile(
        path=SHARED / "large-infrastructure-k0smotron-v2.1.0.yaml",
        name="k0sproject-k0smotron",
        version="v2.1.0",
        values={"K0SMOTRON_FEATURE_GATES": ""},
    ),
]
EVERY_RULE = ComponentsFile(path=FIXTURES / "every-rule.yaml", values={"REQUIRED": "value", "LEVEL": "5"})
DEVIATIONS = ComponentsFile(path=FIXTURES / "deviations.yaml")
ALL = [*REAL, EVERY_RULE]


@pytest.fixture(params=sorted(RELEASES))
def release(request: pytest.FixtureRequest) -> str:
    found = str(request.param)
    if not binary(found).exists():
        reason = f"clusterctl {found} is not built; `nox -s realparts` builds it"
        if os.environ.get("CI"):
            pytest.fail(reason)
        pytest.skip(reason)
    return found


def binary(release: str) -> Path:
    return CHECKOUT / ".cache" / "realparts" / f"clusterctl-{release}" / "clusterctl"


def run_clusterctl(
    release: str, tmp_path: Path, components: ComponentsFile, *options: str, images: str = ""
) -> subprocess.CompletedProcess[str]:
    """``clusterctl generate provider`` over a local repository that holds this one file."""
    folder = tmp_path / "repository" / components.key.manifest_label / components.version
    folder.mkdir(parents=True, exist_ok=True)
    file = folder / FILES[components.type]
    file.write_bytes(components.data())
    major, minor, _ = components.version.removeprefix("v").split(".")
    (folder / "metadata.yaml").write_text(
        "apiVersion: clusterctl.cluster.x-k8s.io/v1alpha3\nkind: Metadata\nreleaseSeries:\n"
        f"- {{major: {major}, minor: {minor}, contract: {RELEASES[release]}}}\n"
    )
    config = tmp_path / "clusterctl.yaml"
    config.write_text(
        f"providers:\n- {{name: {components.name}, type: {components.type.value}, url: {file}}}\n{images}"
    )
    environment = {
        "HOME": str(tmp_path),
        "PATH": os.environ["PATH"],
        "CLUSTERCTL_DISABLE_VERSIONCHECK": "true",
        "GOPROXY": "off",
    }
    reference = f"{components.name}:{components.version}"
    command = [str(binary(release)), "generate", "provider", f"--{components.type.flag}", reference]
    return subprocess.run(
        [*command, "--config", str(config), *options],
        env=environment | components.values,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def request_for(
    components: ComponentsFile,
    *,
    raw: bool = False,
    target_namespace: str | None = None,
    overrides: dict[str, ImageOverride] | None = None,
) -> ComponentsRequest:
    return ComponentsRequest(
        data=components.data(),
        manifest_label=components.key.manifest_label,
        lookup=components.values.get,
        raw=raw,
        target_namespace=target_namespace,
        image_overrides=overrides or {},
    )


def clusterctl_objects(run: subprocess.CompletedProcess[str], release: str) -> list[object]:
    """What clusterctl printed, in the order that cli.md 5 promises."""
    assert run.returncode == 0, run.stderr
    objects = [comparable(item, release) for item in load_values(run.stdout.encode())]
    groups: dict[str, list[object]] = {"namespace": [], "cert-manager": [], "rest": []}
    for item in objects:
        groups[group_of(item)].append(item)
    return [*groups["namespace"], *reversed(groups["cert-manager"]), *groups["rest"]]


def group_of(item: object) -> str:
    assert isinstance(item, dict)
    if item.get("kind") == "Namespace":
        return "namespace"
    return "cert-manager" if str(item.get("apiVersion")).startswith("cert-manager.io/") else "rest"


def comparable(value: object, release: str) -> object:
    """The value without the null time stamps of v1.10.1's types."""
    if isinstance(value, dict):
        dropped = {"creationTimestamp"} if release == "v1.10.1" else set()
        return {
            key: comparable(item, release)
            for key, item in value.items()
            if not (item is None and key in dropped)
        }
    return [comparable(item, release) for item in value] if isinstance(value, list) else value


def our_objects(rendered: RenderedComponents, release: str) -> list[object]:
    """What capyctl would print, read back."""
    assert [item.detail for item in rendered.diagnostics if item.is_error] == []
    return [comparable(item, release) for item in load_values(emit_documents(rendered.objects).encode())]


def mappings(objects: list[object]) -> list[dict[str, Any]]:
    return [item for item in objects if isinstance(item, dict)]


def assert_same(ours: list[object], theirs: list[object]) -> None:
    for mine, other in zip(ours, theirs, strict=True):
        assert mine == other


@pytest.mark.parametrize("components", ALL, ids=lambda item: item.path.name)
@pytest.mark.parametrize("options", [(), ("--raw",), ("--target-namespace", "elsewhere-system")], ids=repr)
def test_the_objects_are_clusterctl_s(
    release: str, tmp_path: Path, components: ComponentsFile, options: tuple[str, ...]
) -> None:
    run = run_clusterctl(release, tmp_path, components, *options)
    namespace = options[1] if len(options) > 1 else None
    rendered = render_components(request_for(components, raw="--raw" in options, target_namespace=namespace))
    assert_same(our_objects(rendered, release), clusterctl_objects(run, release))


OVERRIDES = {
    "all": ImageOverride(repository="mirror.example.org/all/"),
    "infrastructure-example": ImageOverride(tag="v9"),
    "infrastructure-example/agent": ImageOverride(repository="agents.example.org", tag="v10"),
    "infrastructure-aws": ImageOverride(repository="aws.example.org"),
    "cluster-api/cluster-api-controller": ImageOverride(tag="mine"),
    "infrastructure-nobody": ImageOverride(tag="unused"),
}


def images_section(overrides: dict[str, ImageOverride]) -> str:
    lines = [
        f"  {key}: {{repository: '{item.repository}', tag: '{item.tag}', name: '{item.name}'}}\n"
        for key, item in overrides.items()
    ]
    return "images:\n" + "".join(lines)


@pytest.mark.parametrize("components", ALL, ids=lambda item: item.path.name)
def test_image_overrides_are_clusterctl_s(release: str, tmp_path: Path, components: ComponentsFile) -> None:
    run = run_clusterctl(release, tmp_path, components, images=images_section(OVERRIDES))
    rendered = render_components(request_for(components, overrides=OVERRIDES))
    assert_same(our_objects(rendered, release), clusterctl_objects(run, release))
    assert "infrastructure-nobody" not in rendered.used_overrides
    assert "all" in rendered.used_overrides


def test_an_image_s_name_can_be_overridden_since_v1_13(tmp_path: Path, release: str) -> None:
    overrides = {"all": ImageOverride(name="renamed")}
    run = run_clusterctl(release, tmp_path, EVERY_RULE, images=images_section(overrides))
    rendered = render_components(request_for(EVERY_RULE, overrides=overrides))
    same = our_objects(rendered, release) == clusterctl_objects(run, release)
    assert same is (release != "v1.10.1")


@pytest.mark.parametrize("components", ALL, ids=lambda item: item.path.name)
def test_describe_shows_the_same_facts(release: str, tmp_path: Path, components: ComponentsFile) -> None:
    unset = ComponentsFile(
        path=components.path, type=components.type, name=components.name, version=components.version
    )
    run = run_clusterctl(release, tmp_path, unset, "--describe")
    assert run.returncode == 0, run.stderr
    inspected = inspect_components(request_for(unset))
    variables = sorted(item.name for item in inspected.variables)
    blocks = [f"TargetNamespace:    {inspected.target_namespace}"]
    blocks += ["Variables:", *(f"  - {name}" for name in variables)] if variables else []
    blocks += ["Images:", *(f"  - {image}" for image in inspected.images)] if inspected.images else []
    printed = run.stdout.rstrip("\n").split("\n")
    assert printed[5:] == blocks
    assert [item.detail for item in inspected.diagnostics if item.severity.value != "note"] == []


def document(text: str) -> str:
    return f"apiVersion: v1\nkind: Namespace\nmetadata: {{name: ns}}\n---\n{text}"


def workload(kind: str, image: str, containers: str = "containers", api_version: str = "apps/v1") -> str:
    return document(
        f"apiVersion: {api_version}\nkind: {kind}\nmetadata: {{name: w}}\n"
        f"spec: {{template: {{spec: {{{containers}: [{{name: c, image: '{image}'}}]}}}}}}\n"
    )


BROKEN = {
    "two-namespaces": (
        document("apiVersion: v1\nkind: Namespace\nmetadata: {name: other}\n"),
        "There should be no more than one resource with Kind Namespace",
        "CAPY0606",
    ),
    "no-namespace": (
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n",
        "target namespace can't be defaulted",
        "CAPY0605",
    ),
    "a-record": ('{"id": 1, "name": "components.yaml"}', "target namespace can't be defaulted", "CAPY0605"),
    "short-image": (workload("Deployment", "controller:latest"), "must be canonical", "CAPY0607"),
    "short-init-image": (workload("DaemonSet", "a/b", "initContainers"), "must be canonical", "CAPY0607"),
    "no-image": (workload("Deployment", ""), "invalid reference format", "CAPY0607"),
    "inject-ca": (
        document(
            "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\n"
            "metadata: {name: x, annotations: {cert-manager.io/inject-ca-from: a}}\n"
        ),
        "does not have a correct value for cert-manager.io/inject-ca-from",
        "CAPY0609",
    ),
    "crd-version": (
        document("apiVersion: apiextensions.k8s.io/v2\nkind: CustomResourceDefinition\n"),
        "failed to patch v2 CustomResourceDefinition",
        "CAPY0609",
    ),
    "webhook-version": (
        document("apiVersion: admissionregistration.k8s.io/v1alpha1\nkind: MutatingWebhookConfiguration\n"),
        "failed to patch v1alpha1 MutatingWebhookConfiguration",
        "CAPY0609",
    ),
    "binding-version": (
        document("apiVersion: rbac.authorization.k8s.io/v1beta1\nkind: RoleBinding\n"),
        "failed to set the TargetNamespace",
        "CAPY0609",
    ),
    "deployment-version": (
        workload("Deployment", "a.io/b:c", api_version="extensions/v1beta1"),
        "failed to apply image overrides",
        "CAPY0609",
    ),
    "text-for-a-number": (
        document("apiVersion: apps/v1\nkind: Deployment\nspec: {replicas: two}\n"),
        "failed to apply image overrides",
        "CAPY0609",
    ),
    "number-for-a-text": (
        document("apiVersion: rbac.authorization.k8s.io/v1\nkind: RoleBinding\nsubjects: [{name: 1}]\n"),
        "unrecognized type",
        "CAPY0609",
    ),
    "bad-quantity": (
        document(
            "apiVersion: apps/v1\nkind: Deployment\nspec: {template: {spec: {containers: "
            "[{name: c, image: a.io/b, resources: {limits: {cpu: lots}}}]}}}\n"
        ),
        "failed to apply image overrides",
        "CAPY0609",
    ),
    "dns-names": (
        document("apiVersion: cert-manager.io/v1\nkind: Certificate\nspec: {dnsNames: x}\n"),
        "failed to get .spec.dnsNames",
        "CAPY0609",
    ),
    "missing-variables": (document("a: ${B} ${A} ${C:-x}\n"), "value for variables [A, B]", "CAPY0603"),
    "variable-syntax": (document("a: ${B-x}\n"), "missing closing brace", "CAPY0604"),
    "yaml": (document("a: [\n"), "failed to parse yaml", "CAPY0602"),
    "a-list": (document("- a\n"), "failed to parse yaml", "CAPY0602"),
}


@pytest.mark.parametrize("case", sorted(BROKEN))
def test_what_clusterctl_refuses_is_an_error_with_its_code(release: str, tmp_path: Path, case: str) -> None:
    text, message, code = BROKEN[case]
    path = tmp_path / "components.yaml"
    path.write_text(text)
    components = ComponentsFile(path=path)
    run = run_clusterctl(release, tmp_path, components)
    assert run.returncode == 1
    assert message in run.stderr
    rendered = render_components(request_for(components))
    assert code in [item.code.code for item in rendered.diagnostics if item.is_error]
    assert rendered.objects == ()


def test_deviation_cluster_wide_kinds_get_no_namespace(release: str, tmp_path: Path) -> None:
    theirs = clusterctl_objects(run_clusterctl(release, tmp_path, DEVIATIONS), release)
    ours = our_objects(render_components(request_for(DEVIATIONS)), release)
    namespaces = {item["kind"]: item["metadata"].get("namespace") for item in mappings(ours)}
    assert {namespaces.pop("Zone"), namespaces.pop("ClusterIssuer")} == {None}
    for item in mappings(theirs):
        assert item["metadata"].get("namespace") == namespaces.get(item["kind"], "orig-system")


def test_deviation_a_null_label_loses_no_other_label(release: str, tmp_path: Path) -> None:
    theirs = mappings(clusterctl_objects(run_clusterctl(release, tmp_path, DEVIATIONS), release))
    ours = mappings(our_objects(render_components(request_for(DEVIATIONS)), release))
    (mine,) = (item["metadata"]["labels"] for item in ours if item["kind"] == "ConfigMap")
    (other,) = (item["metadata"]["labels"] for item in theirs if item["kind"] == "ConfigMap")
    assert (mine["kept"], mine["empty"]) == ("x", "")
    assert (mine == other) is (release != "v1.10.1")


def test_deviation_a_large_number_keeps_its_digits(release: str, tmp_path: Path) -> None:
    run = run_clusterctl(release, tmp_path, DEVIATIONS)
    assert "big: 9007199254740992" in run.stdout
    rendered = render_components(request_for(DEVIATIONS))
    assert "big: 9007199254740993" in emit_documents(rendered.objects)


def test_deviation_all_pod_templates_are_overridden(release: str, tmp_path: Path) -> None:
    overrides = {"all": ImageOverride(repository="mirror.example.org")}
    run = run_clusterctl(release, tmp_path, DEVIATIONS, images=images_section(overrides))
    assert "quay.io/example/store:v1" in run.stdout
    rendered = render_components(request_for(DEVIATIONS, overrides=overrides))
    assert rendered.images == ("mirror.example.org/store:v1", "busybox", "mirror.example.org/sweep:v1")
    assert not re.search("quay.io", emit_documents(rendered.objects))


def test_deviation_a_foreign_group_s_kind_is_left_alone(release: str, tmp_path: Path) -> None:
    path = tmp_path / "components.yaml"
    path.write_text(workload("Deployment", "short", api_version="example.org/v1"))
    components = ComponentsFile(path=path)
    assert "no kind" in run_clusterctl(release, tmp_path, components).stderr
    assert len(our_objects(render_components(request_for(components)), release)) == 2
