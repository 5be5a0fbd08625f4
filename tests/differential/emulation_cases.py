"""Worlds and commands in which the emulation is held against real clusterctl.

Almost every world has one repository, ``acme/capx``, with one thing wrong in it. The provider is ``x``.
"""

from __future__ import annotations

from collections.abc import Mapping

from msgspec import Struct, field

from capyctl.core.identity import ProviderType
from capyctl.lab.content import Content
from capyctl.lab.world import (
    Fault,
    FaultKind,
    GitLabProject,
    Majors,
    Quota,
    Release,
    Repository,
    World,
)
from tests.plugins.packaged_scenarios import packaged_scenario

GITHUB_ADDRESS = "https://github.com/acme/capx/releases/latest/infrastructure-components.yaml"
_HEAD = "apiVersion: clusterctl.cluster.x-k8s.io/v1alpha3\nkind: Metadata\n"
_SERIES = "releaseSeries:\n- major: 1\n  minor: 0\n  contract: v1beta1\n"
_NAMESPACE = "apiVersion: v1\nkind: Namespace\nmetadata:\n  name: x-system\n"


class Case(Struct, frozen=True, kw_only=True):
    """One command in one world; ``local`` files go below the home folder that ``{home}`` stands for."""

    name: str
    world: World = field(default_factory=World)
    spec: str = "x"
    type: ProviderType = ProviderType.INFRASTRUCTURE
    address: str | None = GITHUB_ADDRESS
    variables: Mapping[str, str] = field(default_factory=dict)
    local: Mapping[str, bytes] = field(default_factory=dict)


def series(*rows: str) -> bytes:
    """metadata.yaml with these series, each as ``1.0 v1beta1``."""
    lines = [row.replace(".", " ").split() for row in rows]
    entries = "".join(
        f"- major: {major}\n  minor: {minor}\n  contract: {contract}\n" for major, minor, contract in lines
    )
    return f"{_HEAD}releaseSeries:\n{entries}".encode()


def release(
    tag: str, metadata: bytes | None = b"", components: bytes | None = b"", *, draft: bool = False
) -> Release:
    """A release; empty bytes stand for sound files of series 1.0, None for no file."""
    files = {}
    if metadata is not None:
        files["metadata.yaml"] = Content(data=metadata or (_HEAD + _SERIES).encode())
    if components is not None:
        files["infrastructure-components.yaml"] = Content(data=components or _NAMESPACE.encode())
    return Release(tag=tag, files=files, draft=draft)


def world(
    *releases: Release,
    tags: tuple[str, ...] = (),
    withdrawn: tuple[str, ...] = (),
    formerly: tuple[str, ...] = (),
    private: bool = False,
    majors: Mapping[int, Majors] | None = None,
    name: str = "acme/capx",
    faults: tuple[Fault, ...] = (),
    quota: Quota | None = None,
) -> World:
    """A world of one repository."""
    repository = Repository(
        name=name, id=4711, formerly=formerly, private=private, releases=releases, tags=tags,
        withdrawn=withdrawn, majors=majors or {},
    )  # fmt: skip
    return World(repositories=(repository,), faults=faults, quota=quota or Quota())


def _metadata_case(name: str, data: str | bytes) -> Case:
    content = data.encode() if isinstance(data, str) else data
    return Case(name=f"metadata {name}", world=world(release("v1.0.0", content)))


def _components_case(name: str, data: str, **variables: str) -> Case:
    return Case(
        name=f"components {name}",
        world=world(release("v1.0.0", components=data.encode())),
        variables=variables,
    )


def metadata_cases() -> list[Case]:
    """One release v1.0.0 with something odd in metadata.yaml."""
    texts: dict[str, str] = {
        "sound": _HEAD + _SERIES,
        "without kind": _HEAD.replace("kind: Metadata\n", "") + _SERIES,
        "of a wrong kind": _HEAD.replace("Metadata", "WrongKind") + _SERIES,
        "of kind Provider": _HEAD.replace("Metadata", "Provider") + _SERIES,
        "without apiVersion": "kind: Metadata\n" + _SERIES,
        "with apiVersion v1alpha4": _HEAD.replace("v1alpha3", "v1alpha4") + _SERIES,
        "with a malformed apiVersion": "apiVersion: a/b/c\nkind: Metadata\n" + _SERIES,
        "with a number as apiVersion": "apiVersion: 1\n" + _SERIES,
        "with a quoted number": _HEAD + _SERIES.replace("major: 1", 'major: "1"'),
        "with a fraction": _HEAD + _SERIES.replace("minor: 0", "minor: 1.10"),
        "with a whole float": _HEAD + _SERIES.replace("minor: 0", "minor: 0.0"),
        "with a number as contract": _HEAD + _SERIES.replace("v1beta1", "1"),
        "with an octal number": _HEAD + _SERIES.replace("minor: 0", "minor: 010"),
        "with a number beyond 32 bits": _HEAD + _SERIES.replace("major: 1", "major: 99999999999"),
        "with a truth value as major": _HEAD + _SERIES.replace("major: 1", "major: true"),
        "with a mapping of series": _HEAD + "releaseSeries: {}\n",
        "with a text as series": _HEAD + "releaseSeries: foo\n",
        "with a text as one series": _HEAD + "releaseSeries:\n- foo\n",
        "without series": _HEAD,
        "with an empty list of series": _HEAD + "releaseSeries: []\n",
        "empty but for a comment": "# nothing\n",
        "of plain text": "hello world\n",
        "of a list": "- a\n- b\n",
        "of HTML": "<!DOCTYPE html>\n<html><body>x: y</body></html>\n",
        "as JSON": '{"apiVersion":"clusterctl.cluster.x-k8s.io/v1alpha3","kind":"Metadata",'
        '"releaseSeries":[{"major":1,"minor":0,"contract":"v1beta1"}]}',
        "as broken JSON": '{"a":',
        "as a record": '{"url":"https://api.github.com/x","id":1,"name":"metadata.yaml"}',
        "with duplicate keys": _HEAD + _SERIES + "  contract: v1beta2\n",
        "of two documents": _HEAD + _SERIES + "---\nfoo: bar\n",
        "without the own series": series("2.0 v1beta1").decode(),
        "with another case of letters": _HEAD + _SERIES.replace("releaseSeries", "ReleaseSeries"),
        "with object metadata of text": _HEAD + "metadata: foo\n" + _SERIES,
        "with contract v1beta2": series("1.0 v1beta2").decode(),
        "with contract v1alpha4": series("1.0 v1alpha4").decode(),
        "without contract": _HEAD + "releaseSeries:\n- major: 1\n  minor: 0\n",
        "with a tab": _HEAD + "\tx: y\n",
        "with an open sequence": _HEAD + "releaseSeries: [\n- a\n",
        "with a bad indent": _HEAD + "releaseSeries:\n- major: 1\n minor: 0\n",
        "with an open quote": _HEAD + 'x: "abc\n',
        "with an open mapping": _HEAD + "x: {a: b\n",
        "with a key without a colon": _HEAD + "foo\n" + _SERIES,
        "with a control character": _HEAD + "x: \x01\n" + _SERIES,
        "with a merge key": _HEAD + "x: &x {a: b}\ny: {<<: *x}\n" + _SERIES,
        "with a foreign tag": _HEAD + "x: !foo bar\n" + _SERIES,
        "nested deeply": _HEAD + "x: " + "[" * 300 + "]" * 300 + "\n" + _SERIES,
        "with an unknown alias": _HEAD + "x: *nope\n",
        "with a mapping as key": _HEAD + "{a: b}: c\n" + _SERIES,
        "with a number that is none": _HEAD + "x: .nan\n" + _SERIES,
        "as a flow mapping": "{a: b}",
        "as a template": "{{x}}",
        "as JSON followed by text": '{"apiVersion":"a"} x\n',
        "as JSON without a comma": '{"a":[1 2]}',
        "as JSON with a line end in a text": '{"a":"x\ny"}',
        "as JSON with a broken word": '{"a":tru}',
    }  # fmt: skip
    return [_metadata_case(name, text) for name, text in texts.items()]


def _workload(image: str, kind: str = "Deployment") -> str:
    return (
        f"{_NAMESPACE}---\napiVersion: apps/v1\nkind: {kind}\nmetadata:\n  name: controller\nspec:\n"
        "  selector: {matchLabels: {a: b}}\n  template:\n    metadata: {labels: {a: b}}\n    spec:\n"
        f"      containers:\n      - name: manager\n        image: {image}\n"
    )


def components_cases() -> list[Case]:
    """One release v1.0.0 with something odd in its components."""
    configmap = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\ndata:\n  x: "
    return [
        _components_case("without a namespace", configmap + "y\n"),
        _components_case("with two namespaces", f"{_NAMESPACE}---\n{_NAMESPACE}"),
        _components_case(
            "with an unset variable", f"{_NAMESPACE}---\n{configmap}${{NEEDED_B}} ${{NEEDED_A}}\n"
        ),
        _components_case("with a set variable", f"{_NAMESPACE}---\n{configmap}${{NEEDED}}\n", NEEDED="y"),
        _components_case("with a default", f"{_NAMESPACE}---\n{configmap}${{WANTED:=y}}\n"),
        _components_case("with an open brace", f"{_NAMESPACE}---\n{configmap}${{A.b}}\n"),
        _components_case("with a bad name", f"{_NAMESPACE}---\n{configmap}${{}}\n"),
        _components_case(
            "with a value that breaks it", f"{_NAMESPACE}---\n{configmap}${{BAD}}\n", BAD="a: b"
        ),
        _components_case("with a document of text", f"{_NAMESPACE}---\nhello\n"),
        _components_case("with a short image", _workload("org/controller:v1")),
        _components_case("with an image of capitals", _workload("registry.example.com/Org/controller:v1")),
        _components_case("with a malformed image", _workload("'registry.example.com/a b:v1'")),
        _components_case("with a short image in a DaemonSet", _workload("controller", "DaemonSet")),
        _components_case("with a full image", _workload("registry.example.com/org/controller:v1")),
        _components_case(
            "with a bad annotation",
            f"{_NAMESPACE}---\napiVersion: admissionregistration.k8s.io/v1\n"
            "kind: MutatingWebhookConfiguration\n"
            "metadata:\n  name: m\n  annotations: {cert-manager.io/inject-ca-from: a}\nwebhooks: []\n",
        ),
        _components_case(
            "with an old webhook",
            f"{_NAMESPACE}---\napiVersion: admissionregistration.k8s.io/v1alpha1\n"
            "kind: ValidatingWebhookConfiguration\nmetadata:\n  name: m\n",
        ),
        _components_case("of JSON", '{"url":"https://api.github.com/x","id":1,"name":"metadata.yaml"}'),
    ]


def _choice_cases() -> list[Case]:
    sound = release("v1.0.0")
    bare, candidate = release("v1.0.1", None), release("v1.1.0-rc.0", series("1.1 v1beta1"))
    second = release("v2.0.0", series("2.0 v1beta1"))
    five = tuple(f"v1.0.{patch}" for patch in range(5, 10))
    return [
        Case(name="newest is a tag alone", world=world(sound, tags=("v1.0.1",))),
        Case(name="newest is a draft", world=world(sound, release("v1.0.1", draft=True))),
        Case(name="newest was withdrawn", world=world(sound, withdrawn=("v1.0.1",))),
        Case(name="five tags alone", world=world(sound, tags=five)),
        Case(name="newest lacks metadata", world=world(sound, bare)),
        Case(name="newest lacks metadata, pinned", world=world(sound, bare), spec="x:v1.0.0"),
        Case(name="newest lacks components", world=world(sound, release("v1.0.1", components=None))),
        Case(name="a tag alone, another pinned", world=world(sound, tags=("v1.0.1",)), spec="x:v1.0.0"),
        Case(name="pin of a tag alone", world=world(sound, tags=("v1.0.1",)), spec="x:v1.0.1"),
        Case(name="pin of nothing", world=world(sound), spec="x:v9.9.9"),
        Case(name="pin without v", world=world(sound), spec="x:1.0.0"),
        Case(name="pin of latest", world=world(sound), spec="x:latest"),
        Case(name="pin with build metadata", world=world(sound), spec="x:v1.0.0+abc"),
        Case(
            name="pin with capitals",
            world=world(sound, release("v1.0.0-RC1")),
            spec="x:v1.0.0-RC1",
        ),
        Case(name="tags without v", world=world(release("1.0.0"))),
        Case(name="no version at all", world=world(tags=("foo",))),
        Case(name="pre-releases alone", world=world(release("v1.0.0-alpha.2"), release("v1.0.0-alpha.10"))),
        Case(name="pre-release above stable", world=world(sound, candidate)),
        Case(
            name="series announced early",
            world=world(release("v1.0.0", series("1.0 v1beta1", "1.1 v1beta1", "1.1 v1beta2"))),
        ),
        Case(
            name="series announced early with a beta",
            world=world(
                release("v1.0.0", series("1.0 v1beta2", "1.1 v1beta2")),
                release("v1.1.0-beta.0", series("1.0 v1beta2", "1.1 v1beta2")),
            ),
        ),
        Case(
            name="contracts by series",
            world=world(
                release("v1.0.3", series("1.0 v1beta1", "1.1 v1beta2")),
                release("v1.1.2", series("1.0 v1beta1", "1.1 v1beta2")),
            ),
        ),
        Case(name="hidden major", world=world(sound, second, majors={2: Majors.HIDDEN})),
        Case(
            name="second major",
            world=world(sound, release("v2.0.0", series("1.0 v1beta1", "2.0 v1beta1"))),
        ),
        Case(
            name="gap in majors",
            world=world(sound, release("v3.0.0", series("1.0 v1beta1", "3.0 v1beta1"))),
        ),
    ]  # fmt: skip


def _repository_cases() -> list[Case]:
    sound, renamed = release("v1.0.0"), ("old/capx",)
    tagged = GITHUB_ADDRESS.replace("latest", "v1.0.0")
    pointer = Fault(kind=FaultKind.LFS_POINTER, file="infrastructure-components.yaml")
    old = GITHUB_ADDRESS.replace("acme/", "old/")
    capitals = GITHUB_ADDRESS.replace("acme/", "AcmeCorp/")
    return [
        Case(name="renamed", world=world(sound, formerly=renamed), address=old),
        Case(name="renamed, pinned", world=world(sound, formerly=renamed), address=old, spec="x:v1.0.0"),
        Case(name="capital letters", world=world(sound, name="AcmeCorp/capx"), address=capitals),
        Case(name="quota used up", world=world(sound, quota=Quota(limit=60, remaining=0))),
        Case(name="unknown provider", world=world(sound), spec="y", address=None),
        Case(name="address pins a tag", world=world(sound), address=tagged),
        Case(
            name="download address",
            world=world(sound),
            address=GITHUB_ADDRESS.replace("latest", "download/v1.0.0"),
        ),
        Case(name="download address, pinned", world=world(sound), spec="x:v1.0.0",
             address=GITHUB_ADDRESS.replace("latest", "download/v1.0.0")),
        Case(name="short address", address="https://github.com/acme/capx/releases/latest"),
        Case(name="another host", address="https://git.example.com/acme/capx/releases/latest/x.yaml"),
        Case(name="OCI artifact", address="oci://registry.example.com/capi/capx:v1.0.0"),
        Case(name="OCI artifact, pinned", address="oci://registry.example.com/capi/capx:v1.0.0", spec="x:v1.0.0"),
        Case(name="OCI artifact by digest", address=f"oci://registry.example.com:5000/capx@sha256:{'a' * 64}"),
        Case(name="plain http", address="http://github.com/acme/capx/releases/latest/x.yaml"),
        Case(
            name="sign-in page",
            world=world(sound, faults=(Fault(kind=FaultKind.PORTAL, host="github.com"),)),
        ),
        Case(
            name="empty file",
            world=world(sound, faults=(Fault(kind=FaultKind.EMPTY, file="metadata.yaml"),)),
        ),
        Case(
            name="pointer of Git LFS",
            world=world(sound, faults=(pointer,)),
        ),
        Case(
            name="proxy lists nothing",
            world=world(
                sound, faults=(Fault(kind=FaultKind.STATUS, host="proxy.golang.org", status=404),)
            ),
        ),
    ]  # fmt: skip


def _local_cases() -> list[Case]:
    base = "repo/infrastructure-x"
    files = {f"{base}/v1.0.0/metadata.yaml": (_HEAD + _SERIES).encode(),
             f"{base}/v1.0.0/infrastructure-components.yaml": _NAMESPACE.encode()}  # fmt: skip
    newer = {f"{base}/v1.0.1/infrastructure-components.yaml": _NAMESPACE.encode()}
    address = "{home}/repo/infrastructure-x/latest/infrastructure-components.yaml"
    override = {".config/cluster-api/overrides/infrastructure-x/v1.0.0/metadata.yaml": series("1.0 v1alpha4")}
    return [
        Case(name="local tree", local=files, address=address),
        Case(name="local tree by file scheme", local=files, address=f"file://{address}"),
        Case(name="local tree, newest incomplete", local=files | newer, address=address),
        Case(name="local tree, pin of nothing", local=files, address=address, spec="x:v9.0.0"),
        Case(name="local tree, latest pinned", local=files, address=address, spec="x:latest"),
        Case(name="local tree missing", address=address),
        Case(
            name="local path of another label", local=files, address=address.replace("infrastructure-x", "x")
        ),
        Case(name="local path without versions", local={f"{base}/foo/metadata.yaml": b""}, address=address),
        Case(name="local path of a bad version", address=address.replace("latest", "foo")),
        Case(name="relative path", address="repo/infrastructure-x/latest/infrastructure-components.yaml"),
        Case(name="override of metadata", world=world(release("v1.0.0")), local=override),
    ]


def _gitlab_cases() -> list[Case]:
    host = "https://gitlab.example.com/api/v4/projects"
    files = {"metadata.yaml": Content(data=(_HEAD + _SERIES).encode()),
             "infrastructure-components.yaml": Content(data=_NAMESPACE.encode())}  # fmt: skip
    project = GitLabProject(
        host="gitlab.example.com", path="acme/capx", id=42, packages={"capx": {"v1.0.0": files}}
    )
    gitlab = World(projects=(project,))
    tail = "packages/generic/capx/v1.0.0/infrastructure-components.yaml"
    return [
        Case(name="GitLab by number", world=gitlab, address=f"{host}/42/{tail}"),
        Case(name="GitLab by path", world=gitlab, address=f"{host}/acme%2Fcapx/{tail}"),
        Case(name="GitLab, pin of nothing", world=gitlab, address=f"{host}/42/{tail}", spec="x:v2.0.0"),
        Case(name="GitLab latest", world=gitlab, address=f"{host}/42/{tail.replace('v1.0.0', 'latest')}"),
        Case(name="GitLab path not encoded", world=gitlab, address=f"{host}/acme/capx/{tail}"),
    ]


def _built_in_cases() -> list[Case]:
    sound = packaged_scenario("sound").world
    bootstrap, infrastructure = ProviderType.BOOTSTRAP, ProviderType.INFRASTRUCTURE
    return [
        Case(name=f"built-in {spec}", world=sound, spec=spec, type=kind, address=None, variables=variables)
        for spec, kind, variables in (
            ("cluster-api", ProviderType.CORE, {}),
            ("kubeadm", bootstrap, {}),
            ("kubeadm:v1.9.11", ProviderType.CONTROL_PLANE, {}),
            ("k0sproject-k0smotron", bootstrap, {}),
            ("k0sproject-k0smotron:v1.5.2", bootstrap, {}),
            ("k0sproject-k0smotron:v1.5.1", bootstrap, {}),
            ("aws", infrastructure, {"AWS_B64ENCODED_CREDENTIALS": "x"}),
            ("aws", infrastructure, {}),
            ("aws:v2.8.1", infrastructure, {"AWS_B64ENCODED_CREDENTIALS": "x"}),
            ("opennebula", infrastructure, {}),
            ("in-cluster", ProviderType.IPAM, {}),
        )
    ]


def slow_cases() -> list[Case]:
    """Worlds in which clusterctl retries for a minute or more."""
    sound = release("v1.0.0")
    every_file = Fault(kind=FaultKind.STATUS, file="metadata.yaml", status=503)
    proxy = Fault(kind=FaultKind.STATUS, host="proxy.golang.org", status=500)
    refused = Fault(kind=FaultKind.REFUSED, host="proxy.golang.org")
    return [
        Case(name="every metadata answer 503", world=world(sound, faults=(every_file,))),
        Case(name="module proxy 500", world=world(sound, faults=(proxy,))),
        Case(name="repository gone", world=World()),
        Case(name="quota answered with 429", world=world(sound, quota=Quota(remaining=0, status=429))),
        Case(name="module proxy refuses", world=world(sound, faults=(refused,))),
        Case(
            name="module proxy refuses, renamed",
            world=world(sound, formerly=("old/capx",), faults=(refused,)),
            address=GITHUB_ADDRESS.replace("acme/", "old/"),
        ),
        Case(
            name="module proxy refuses, own series missing",
            world=world(release("v1.0.0", series("2.0 v1alpha4")), faults=(refused,)),
        ),
    ]


def fast_cases() -> list[Case]:
    """Worlds in which clusterctl answers at once."""
    return [
        *metadata_cases(),
        *components_cases(),
        *_choice_cases(),
        *_repository_cases(),
        *_local_cases(),
        *_gitlab_cases(),
        *_built_in_cases(),
    ]
