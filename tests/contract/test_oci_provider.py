"""Providers whose address is an OCI artifact, in whole runs of capyctl before a real registry (cli.md 7.5)."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml
from msgspec import Struct

from capyctl.core.lock import Lock, LockedFile, LockedProvider, LockedRepository
from tests.plugins.locked_world import write_lock
from tests.plugins.oci_registry import NAMED, VERSION, Asked, Fault, OciRegistry, digest_of
from tests.plugins.oci_tunnel import Tunnel
from tests.scenario.playing import Played, run_words

METADATA = b"""apiVersion: clusterctl.cluster.x-k8s.io/v1alpha3
kind: Metadata
releaseSeries:
- major: 1
  minor: 5
  contract: v1beta1
"""
COMPONENTS = b"""apiVersion: v1
kind: Namespace
metadata:
  name: capx-system
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: capx-controller-manager
  namespace: capx-system
spec:
  selector:
    matchLabels:
      control-plane: capx
  template:
    metadata:
      labels:
        control-plane: capx
    spec:
      containers:
      - name: manager
        image: registry.example.com/capx:v1.5.2
"""
LONG = "infrastructure-capx-v1.5.2-"


class Site(Struct, frozen=True, kw_only=True):
    """A home whose configuration names one provider, and the registry that it comes from."""

    registry: OciRegistry
    home: Path

    def push(
        self,
        files: Mapping[str, bytes] | None = None,
        *,
        tag: str = "v1.5.2",
        annotations: Mapping[str, str] | None = None,
    ) -> str:
        given = {"metadata.yaml": METADATA, "components.yaml": COMPONENTS} if files is None else files
        return self.registry.put_artifact("capi/capx", tag, given, annotations)

    def address(self, reference: str = ":v1.5.2") -> str:
        return f"oci://{self.registry.host}/capi/capx{reference}"

    def run(self, *words: str, reference: str = ":v1.5.2", **variables: str) -> Played:
        configuration = self.home / "clusterctl.yaml"
        entry = {"name": "capx", "type": "InfrastructureProvider", "url": self.address(reference)}
        configuration.write_text(yaml.safe_dump({"providers": [entry]}))
        environment = {"HOME": str(self.home), "SSL_CERT_FILE": str(self.registry.ca_file), **variables}
        self.registry.asked.clear()
        return run_words([*words, "--config", str(configuration), "-o", "json"], environment)

    def resolve(self, *more: str, reference: str = ":v1.5.2", **variables: str) -> Played:
        return self.run("resolve", "infrastructure-capx", *more, reference=reference, **variables)


@pytest.fixture
def site(oci_registry: OciRegistry, tmp_path: Path) -> Site:
    home = tmp_path / "home"
    home.mkdir()
    return Site(registry=oci_registry, home=home)


def resolved(played: Played) -> dict[str, Any]:
    found: dict[str, Any] = played.document["result"]["providers"][0]
    return found


def names(played: Played) -> set[str]:
    return {each["name"] for each in played.document["diagnostics"]}


@pytest.mark.parametrize(
    "files",
    [
        ("metadata.yaml", "components.yaml"),
        ("metadata.yaml", "infrastructure-components.yaml"),
        (f"{LONG}metadata.yaml", f"{LONG}components.yaml"),
        (f"{LONG}metadata.yaml", "components.yaml"),
    ],
)
def test_files_under_every_convention(site: Site, files: tuple[str, str]) -> None:
    site.push(dict(zip(files, (METADATA, COMPONENTS), strict=True)))
    played = site.resolve()
    assert (played.status, played.document["diagnostics"]) == (0, [])
    found = resolved(played)
    assert found["version"] == "v1.5.2"
    assert found["series"] == {"major": 1, "minor": 5}
    assert found["repository"] == {
        "url": site.address(),
        "kind": "oci",
        "name": site.address(),
        "formerly": [],
    }
    assert {name: file["sha256"] for name, file in found["files"].items()} == {
        "metadata.yaml": digest_of(METADATA).partition(":")[2],
        "infrastructure-components.yaml": digest_of(COMPONENTS).partition(":")[2],
    }
    assert {each["route"] for each in played.document["evidence"]} == {"oci"}


def test_the_document_is_that_of_the_schema(site: Site) -> None:
    site.push()
    schema = json.loads((Path(__file__).parents[2] / "capyctl" / "data" / "schema.json").read_text("utf-8"))
    validator = jsonschema.Draft202012Validator(schema)
    for played in (site.resolve(), site.resolve("--offline"), site.run("diagnose-provider", "capx")):
        validator.validate(played.document)


def test_the_annotation_wins_over_the_tag(site: Site) -> None:
    site.push(tag="stable", annotations={VERSION: "v1.5.9"})
    assert resolved(site.resolve(reference=":stable"))["version"] == "v1.5.9"


def test_an_address_by_digest(site: Site) -> None:
    digest = site.push(annotations={VERSION: "v1.5.2"})
    site.push(tag="v1.5.2", annotations={VERSION: "v1.5.3"})
    assert resolved(site.resolve(reference=f"@{digest}"))["version"] == "v1.5.2"


def test_one_question_for_the_manifest_and_one_a_file(site: Site) -> None:
    site.push()
    site.registry.tokens.required = False
    site.resolve("--no-cache")
    kinds = sorted(each.path.split("/")[-2] for each in site.registry.asked)
    assert kinds == ["blobs", "blobs", "manifests"]


def test_what_is_kept_is_not_asked_for_again(site: Site) -> None:
    site.push()
    site.registry.tokens.required = False
    first, second = site.resolve(), site.resolve()
    assert [each.path for each in site.registry.asked] == ["/v2/capi/capx/manifests/v1.5.2"]
    assert resolved(first) == resolved(second)
    assert second.document["diagnostics"] == []


def test_offline_it_is_answered_from_the_cache_without_a_socket(site: Site) -> None:
    site.push()
    before = site.resolve()
    offline = site.resolve("--offline")  # under the socket guard of ``run_words``
    assert offline.status == 0
    assert resolved(offline) == resolved(before)
    assert {each["route"] for each in offline.document["evidence"]} == {"cache"}
    assert names(offline) == {"cache-dated"}
    assert site.registry.asked == []


def test_offline_without_anything_kept(site: Site) -> None:
    offline = site.resolve("--offline")  # under the socket guard of ``run_words``
    assert offline.status == 3
    assert names(offline) == {"no-data-offline", "no-version"}


def test_its_row_in_the_table(site: Site) -> None:
    played = site.run("config", "provider", "infrastructure-capx")
    (row,) = played.document["result"]["providers"]
    assert (row["url"], row["kind"], row["state"]) == (site.address(), "oci", "active")
    assert site.registry.asked == []


def test_components_of_an_artifact(site: Site) -> None:
    site.push()
    played = site.run("generate", "provider", "--infrastructure", "capx")
    assert played.status == 0
    assert played.document["result"]["images"] == ["registry.example.com/capx:v1.5.2"]


def test_versions_of_an_artifact(site: Site) -> None:
    site.push()
    played = site.run("versions", "infrastructure-capx")
    rows = played.document["result"]["providers"][0]["versions"]
    assert [(row["version"], row["state"], row["contract"]) for row in rows] == [
        ("v1.5.2", "stable", "v1beta1")
    ]


def test_an_artifact_without_components_is_incomplete(site: Site) -> None:
    site.push({"metadata.yaml": METADATA})
    played = site.run("versions", "infrastructure-capx")
    assert [row["state"] for row in played.document["result"]["providers"][0]["versions"]] == ["incomplete"]
    assert site.resolve().status == 1


def test_a_diagnosis_says_that_clusterctl_reads_no_such_address(site: Site) -> None:
    site.push()
    played = site.run("diagnose-provider", "infrastructure-capx")
    (found,) = played.document["result"]["providers"]
    assert (found["verdict"], found["version"]) == ("sound", "v1.5.2")
    assert ("oci", "versions", "found") in {
        (route["route"], route["question"], route["outcome"]) for route in found["routes"]
    }
    assert {row["outcome"] for row in found["clusterctl"]} == {"fails"}


def test_a_pin_that_is_the_artifacts_version(site: Site) -> None:
    site.push()
    played = site.run("resolve", "infrastructure-capx:v1.5.2")
    assert (played.status, resolved(played)["version"]) == (0, "v1.5.2")


def test_a_pin_on_another_version(site: Site) -> None:
    site.push()
    played = site.run("resolve", "infrastructure-capx:v1.5.3")
    (root,) = played.roots
    assert (played.status, root["name"]) == (1, "version-not-found")
    assert "one artifact of one version" in root["detail"]


def test_an_artifact_that_is_not_there(site: Site) -> None:
    site.push()
    played = site.resolve(reference=":v9.9.9")
    (root,) = played.roots
    assert (played.status, root["name"]) == (1, "repository-not-found")


def test_an_artifact_for_whoever_has_a_login(site: Site) -> None:
    site.push()
    site.registry.tokens.anonymous = False
    played = site.resolve()
    (root,) = played.roots
    assert (played.status, root["name"]) == (3, "access-denied")
    assert "docker login" in root["fixes"][0]["title"]
    site.registry.tokens.accounts["anna"] = "geheim-wort"
    folder = site.home / "docker"
    folder.mkdir()
    entry = {site.registry.host: {"username": "anna", "password": "geheim-wort"}}
    (folder / "config.json").write_text(json.dumps({"auths": entry}))
    allowed = site.resolve("--debug", DOCKER_CONFIG=str(folder))
    assert allowed.status == 0
    assert any(each["credential_sent"] for each in allowed.document["evidence"])
    shown = f"{allowed.stdout}{allowed.stderr}"
    for secret in ("geheim-wort", *site.registry.tokens.granted):
        assert secret not in shown


def _docker_config(site: Site, entry: object) -> Path:
    folder = site.home / ".docker"
    folder.mkdir(exist_ok=True)
    (folder / "config.json").write_text(json.dumps({"auths": {site.registry.host: entry}}))
    return folder / "config.json"


@pytest.mark.parametrize("is_basic", [False, True], ids=["token service", "registry itself"])
def test_a_login_that_is_rejected_where_one_is_needed_is_the_cause(site: Site, *, is_basic: bool) -> None:
    site.push()
    site.registry.tokens.anonymous = False
    site.registry.tokens.basic = is_basic
    file = _docker_config(site, {"username": "anna", "password": "outdated-word"})
    played = site.resolve("--debug")
    (root,) = played.roots
    assert (played.status, root["name"]) == (3, "credential-rejected")
    said = "authentication required" if is_basic else "incorrect username or password"
    for part in (f"rejected the login for {site.registry.host} in {file}:", "answered 401", said):
        assert part in root["detail"]
    assert root["fixes"][0]["title"].startswith(f"log in to {site.registry.host} again")
    evidence = {each["id"]: each for each in played.document["evidence"]}
    (proof,) = (evidence[each] for each in root["evidence"])
    path = f"https://{site.registry.host}/{'v2/' if is_basic else 'token?'}"
    assert proof["url"].startswith(path)
    assert (proof["status"], proof["credential_sent"]) == (401, True)
    assert "outdated-word" not in f"{played.stdout}{played.stderr}"


def test_a_login_that_expires_on_the_way_is_the_cause(site: Site) -> None:
    """The first token is granted; for the files the registry wants another, and the login is no good by then."""
    site.push()
    site.registry.tokens.anonymous = False
    site.registry.tokens.accounts["anna"] = "geheim-wort"
    _docker_config(site, {"username": "anna", "password": "geheim-wort"})

    def expire(asked: Asked) -> None:
        if "/blobs/" in asked.path:
            site.registry.tokens.accounts.clear()
            site.registry.tokens.granted.clear()

    site.registry.misbehave(expire)
    played = site.resolve()
    assert (played.status, [each["name"] for each in played.roots]) == (3, ["credential-rejected"])


@pytest.mark.parametrize("entry", [{"auth": "%%%"}, {"auth": "YW5uYQ=="}, "anna"])
def test_an_entry_that_is_no_login_is_named_where_one_is_needed(site: Site, entry: object) -> None:
    site.push()
    site.registry.tokens.anonymous = False
    file = _docker_config(site, entry)
    played = site.resolve()
    (root,) = played.roots
    assert (played.status, root["name"]) == (3, "access-denied")
    assert f"{file} cannot be used: " in root["detail"]
    assert site.registry.host in root["detail"].partition("cannot be used")[2]


def test_a_folder_in_the_place_of_the_docker_configuration_is_named(site: Site) -> None:
    site.push()
    site.registry.tokens.anonymous = False
    (site.home / ".docker" / "config.json").mkdir(parents=True)
    (root,) = site.resolve().roots
    assert f"{site.home}/.docker/config.json cannot be used: it cannot be read" in root["detail"]


def test_what_was_read_with_a_login_is_kept_for_it_alone(site: Site) -> None:
    site.push()
    site.registry.tokens.anonymous = False
    site.registry.tokens.accounts["anna"] = "geheim-wort"
    folder = site.home / "docker"
    folder.mkdir()
    entry = {site.registry.host: {"username": "anna", "password": "geheim-wort"}}
    (folder / "config.json").write_text(json.dumps({"auths": entry}))
    assert site.resolve(DOCKER_CONFIG=str(folder)).status == 0
    assert site.resolve("--offline", DOCKER_CONFIG=str(folder)).status == 0
    assert site.resolve("--offline").status == 3


def _locked(site: Site) -> Path:
    """The lock of the artifact as it was read."""
    row = resolved(site.resolve(DOCKER_CONFIG=str(site.home / "docker")))
    files = {name: LockedFile(**each) for name, each in row["files"].items()}
    entry = LockedProvider(
        provider=row["provider"],
        requested=None,
        version=row["version"],
        contract=row["contract"],
        repository=LockedRepository(name=row["repository"]["name"], id=None, url=row["repository"]["url"]),
        files=files,
        images=(),
    )
    return write_lock(
        site.home / "l.lock", Lock(capyctl="0", created_at="2026-11-01T12:00:00Z", providers=(entry,))
    )


def test_a_locked_artifact_is_taken_as_it_is_kept_by_whoever_may_read_it(site: Site) -> None:
    """Near miss: without the login the registry is asked, and refuses."""
    site.push()
    site.registry.tokens.anonymous = False
    site.registry.tokens.accounts["anna"] = "geheim-wort"
    (site.home / "docker").mkdir()
    entry = {site.registry.host: {"username": "anna", "password": "geheim-wort"}}
    (site.home / "docker" / "config.json").write_text(json.dumps({"auths": entry}))
    words = ("resolve", "--locked", str(_locked(site)))
    for more in ((), ("--offline",)):
        played = site.run(*words, *more, DOCKER_CONFIG=str(site.home / "docker"))
        assert (played.status, site.registry.asked, resolved(played)["version"]) == (0, [], "v1.5.2")
        assert all(each["as_of"] for each in played.document["evidence"])
    near = site.run(*words)
    assert (near.status, site.registry.asked != []) == (3, True)
    assert site.run(*words, "--offline").status == 3


def test_a_login_that_is_rejected_is_a_warning_where_nothing_needs_it(site: Site) -> None:
    site.push()
    (site.home / ".docker").mkdir()
    entry = {site.registry.host: {"username": "anna", "password": "outdated-word"}}
    (site.home / ".docker" / "config.json").write_text(json.dumps({"auths": entry}))
    played = site.resolve()
    assert (played.status, names(played)) == (0, {"credential-rejected"})
    assert f"log in to {site.registry.host} again" in played.roots[0]["fixes"][0]["title"]


def test_a_changed_file_under_the_same_version_is_told(site: Site) -> None:
    site.push()
    site.resolve()
    site.push({"metadata.yaml": METADATA, "components.yaml": COMPONENTS + b"# changed\n"})
    played = site.resolve()
    assert "release-file-changed" in names(played)
    assert digest_of(COMPONENTS).partition(":")[2] in played.stdout


def _blobs_of(body: bytes) -> Callable[[Asked], Fault | None]:
    return lambda asked: Fault(body=body) if "/blobs/" in asked.path else None


class TestArtifactDigestDiffers:
    """CAPY0830."""

    def test_of_a_manifest(self, site: Site) -> None:
        digest = site.push(annotations={VERSION: "v1.5.2"})
        site.registry.misbehave(lambda asked: Fault(body=b"{}") if "/manifests/" in asked.path else None)
        played = site.resolve(reference=f"@{digest}")
        (root,) = played.roots
        assert (played.status, root["name"]) == (1, "artifact-digest-differs")
        assert digest in root["detail"]

    def test_of_a_file(self, site: Site) -> None:
        site.push()
        site.registry.misbehave(_blobs_of(b"kind: Other\n"))
        played = site.resolve()
        (root,) = played.roots
        assert (played.status, root["name"]) == (1, "artifact-digest-differs")
        assert digest_of(METADATA) in root["detail"]

    @pytest.mark.parametrize("part", ["/manifests/", "/blobs/"])
    @pytest.mark.parametrize("by_digest", [True, False], ids=["digest", "tag"])
    @pytest.mark.parametrize(
        "words", [["resolve"], ["diagnose-provider"], ["generate", "provider"]], ids=" ".join
    )
    def test_it_is_one_error_and_nothing_follows_from_it(
        self, site: Site, words: list[str], part: str, *, by_digest: bool
    ) -> None:
        digest = site.push(annotations={VERSION: "v1.5.2"})
        site.registry.misbehave(lambda asked: Fault(body=b"kind: Other\n") if part in asked.path else None)
        played = site.run(*words, "infrastructure-capx", reference=f"@{digest}" if by_digest else ":v1.5.2")
        (error,) = (each for each in played.document["diagnostics"] if each["severity"] == "error")
        assert (played.status, error["name"]) == (1, "artifact-digest-differs")
        assert (digest if part == "/manifests/" else digest_of(METADATA)) in error["detail"]

    def test_nothing_of_it_is_kept(self, site: Site) -> None:
        site.push()
        site.registry.misbehave(_blobs_of(b"kind: Other\n"))
        site.resolve()
        site.registry.misbehave(lambda _: None)
        assert resolved(site.resolve())["version"] == "v1.5.2"

    def test_near_miss_a_tag_that_moved(self, site: Site) -> None:
        site.push(tag="stable", annotations={VERSION: "v1.5.2"})
        site.resolve(reference=":stable")
        site.push(tag="stable", annotations={VERSION: "v1.5.3"})
        assert "artifact-digest-differs" not in names(site.resolve(reference=":stable"))


class TestArtifactNotAProvider:
    """CAPY0831."""

    @pytest.mark.parametrize(
        "manifest",
        [
            {"schemaVersion": 2, "manifests": []},
            {"schemaVersion": 2, "config": {}, "layers": [{"digest": digest_of(b""), "size": 0}]},
        ],
    )
    def test_an_image(self, site: Site, manifest: Mapping[str, object]) -> None:
        site.registry.put_manifest("capi/capx", "v1.5.2", json.dumps(manifest).encode())
        played = site.resolve()
        (root,) = played.roots
        assert (played.status, root["name"]) == (1, "artifact-not-a-provider")

    def test_near_miss_an_artifact_with_more_files(self, site: Site) -> None:
        site.push({"README.md": b"x", "metadata.yaml": METADATA, "components.yaml": COMPONENTS})
        assert names(site.resolve()) == set()


class TestArtifactWithoutVersion:
    """CAPY0832."""

    def test_a_tag_that_is_none(self, site: Site) -> None:
        site.push(tag="stable")
        played = site.resolve(reference=":stable")
        (root,) = played.roots
        assert (played.status, root["name"]) == (1, "artifact-without-version")
        assert "'stable'" in root["detail"]

    def test_near_miss_a_tag_that_is_one(self, site: Site) -> None:
        site.push()
        assert names(site.resolve()) == set()


@pytest.mark.parametrize(
    ("status", "expected"), [(503, "source-failed"), (429, "rate-limited"), (403, "access-denied")]
)
def test_a_registry_without_an_answer_leaves_it_open(site: Site, status: int, expected: str) -> None:
    site.push()
    site.registry.misbehave(lambda _: Fault(status=status))
    played = site.resolve()
    assert (played.status, played.roots[0]["name"]) == (3, expected)


def _named_entry(site: Site) -> list[str]:
    configured = site.home / "clusterctl.yaml"
    entry = {"name": "capx", "type": "InfrastructureProvider", "url": f"oci://{NAMED}/capi/capx:v1.5.2"}
    configured.write_text(yaml.safe_dump({"providers": [entry]}))
    return ["resolve", "infrastructure-capx", "--config", str(configured), "-o", "json"]


def test_the_registry_is_reached_through_the_proxy(site: Site, tunnel: Tunnel) -> None:
    """The token service is on loopback here, which Go, and so capyctl, leaves out of every proxy (cli.md 2)."""
    site.push()
    environment = {
        "HOME": str(site.home),
        "HTTPS_PROXY": tunnel.url,
        "SSL_CERT_FILE": str(site.registry.ca_file),
    }
    played = run_words(_named_entry(site), environment)
    assert (played.status, resolved(played)["version"]) == (0, "v1.5.2")
    assert set(tunnel.asked) == {f"{NAMED}:443"}


def test_no_proxy_leaves_the_registry_out(site: Site, tunnel: Tunnel) -> None:
    environment = {
        "HOME": str(site.home),
        "HTTPS_PROXY": tunnel.url,
        "NO_PROXY": ".example.com",
    }
    played = run_words(_named_entry(site), environment)
    assert played.status == 3
    assert tunnel.asked == []


def test_a_proxy_that_is_not_there(site: Site) -> None:
    played = run_words(_named_entry(site), {"HOME": str(site.home), "HTTPS_PROXY": "http://127.0.0.1:1"})
    assert (played.status, played.roots[0]["name"]) == (3, "proxy-refused")


def test_cert_manager_from_an_artifact(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(site.home)
    site.push()
    manifest = COMPONENTS.replace(b"capx", b"cert-manager")
    site.registry.put_artifact("capi/cert-manager", "v1.21.1", {"cert-manager.yaml": manifest})
    configured = site.home / "clusterctl.yaml"
    entry = {"name": "capx", "type": "InfrastructureProvider", "url": site.address()}
    manager = {"url": f"oci://{site.registry.host}/capi/cert-manager:v1.21.1", "version": "v1.21.1"}
    configured.write_text(yaml.safe_dump({"providers": [entry], "cert-manager": manager}))
    environment = {"HOME": str(site.home), "SSL_CERT_FILE": str(site.registry.ca_file)}
    words = ["lock", "infrastructure-capx", "--config", str(configured), "-o", "json"]
    played = run_words(words, environment)
    assert played.status == 0
    files = played.document["result"]["lock"]["cert_manager"]["files"]
    assert files["cert-manager.yaml"]["sha256"] == digest_of(manifest).partition(":")[2]
    assert (site.home / "capyctl.lock").is_file()


@pytest.mark.parametrize("folder", ["./", "out/"])
def test_files_under_other_titles_are_told_as_what_is_there(site: Site, folder: str) -> None:
    """``oras push … ./metadata.yaml``: the title is the path as it was given."""
    site.push({f"{folder}metadata.yaml": METADATA, f"{folder}components.yaml": COMPONENTS})
    played = site.resolve()
    (root,) = [each for each in played.roots if each["name"] == "metadata-missing"]
    assert f"it has {folder}components.yaml, {folder}metadata.yaml" in root["detail"]


def test_titles_are_told_in_part_and_without_control_characters(site: Site) -> None:
    given = {f"\x1b[31mred{number:03}\n{'n' * 500}": b"%d" % number for number in range(30)}
    site.push(given)
    played = site.resolve()
    (root,) = [each for each in played.roots if each["name"] == "metadata-missing"]
    assert "?[31mred000?nnn" in root["detail"]
    assert root["detail"].isprintable()
    assert len(root["detail"]) < 1200
