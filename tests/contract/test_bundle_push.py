"""``bundle push`` into a real registry, and capyctl reading from there what it pushed (cli.md 7.5)."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import pytest
import yaml
from msgspec import Struct, field
from oras.client import OrasClient  # type: ignore[import-untyped]

from tests.plugins.bundle_world import BundleWorld, large_world, small_world, unpacked
from tests.plugins.oci_registry import Asked, Fault, OciRegistry, digest_of
from tests.scenario.playing import Played, run_words

USER, PASSWORD = "pusher", "geheimes-wort"
LABELS = ["bootstrap-kubeadm", "cluster-api", "infrastructure-aws", "infrastructure-mine"]


class Site(Struct, frozen=True, kw_only=True):
    """A home with a bundle and a login, and the registry."""

    registry: OciRegistry
    home: Path

    def bundle(self, world: BundleWorld, name: str = "capi.tar") -> str:
        path = self.home / name
        path.write_bytes(world.archive())
        return str(path)

    def target(self, prefix: str = "mirror/capi") -> str:
        return f"oci://{self.registry.host}/{prefix}"

    def run(self, *words: str, environment: Mapping[str, str] | None = None) -> Played:
        self.registry.asked.clear()
        given = {"HOME": str(self.home), "SSL_CERT_FILE": str(self.registry.ca_file), **(environment or {})}
        return run_words([*words, "-o", "json"], given)

    def push(self, bundle: str, *more: str, prefix: str = "mirror/capi") -> Played:
        return self.run("bundle", "push", bundle, self.target(prefix), *more)

    def uploads(self) -> list[Asked]:
        return [each for each in self.registry.asked if each.method in {"PUT", "PATCH"}]


@pytest.fixture
def site(oci_registry: OciRegistry, tmp_path: Path) -> Site:
    home = tmp_path / "home"
    (home / ".docker").mkdir(parents=True)
    login = {oci_registry.host: {"username": USER, "password": PASSWORD}}
    (home / ".docker" / "config.json").write_text(json.dumps({"auths": login}))
    oci_registry.tokens.accounts[USER] = PASSWORD
    return Site(registry=oci_registry, home=home)


def pushed(played: Played) -> list[dict[str, str]]:
    found: list[dict[str, str]] = played.document["result"]["pushed"]
    return found


def names(played: Played) -> list[str]:
    return [each["name"] for each in played.document["diagnostics"]]


def test_each_provider_is_there_byte_for_byte(site: Site) -> None:
    world = large_world()
    layout = unpacked(world.archive())
    index = json.loads(layout["index.json"])
    played = site.push(site.bundle(world))
    assert (played.status, names(played)) == (0, [])
    rows = pushed(played)
    assert [row["provider"] for row in rows] == sorted([*LABELS, "infrastructure-azure"])
    assert {row["digest"] for row in rows} == {each["digest"] for each in index["manifests"]}
    for row in rows:
        repository, _, tag = row["reference"].removeprefix(f"oci://{site.registry.host}/").rpartition(":")
        assert repository == f"mirror/capi/{row['provider']}"
        manifest = site.registry.stored(repository, tag)
        assert digest_of(manifest) == row["digest"]
        assert manifest == layout[f"blobs/sha256/{row['digest'].partition(':')[2]}"]
        described = json.loads(manifest)
        for each in (described["config"], *described["layers"]):
            blob = layout[f"blobs/sha256/{each['digest'].partition(':')[2]}"]
            assert site.registry.stored_blob(repository, each["digest"]) == blob


def test_a_second_push_sends_nothing(site: Site) -> None:
    bundle = site.bundle(small_world())
    first = site.push(bundle)
    again = site.push(bundle)
    assert again.status == 0
    assert pushed(again) == pushed(first)
    assert {each.method for each in site.registry.asked} == {"HEAD", "GET"}  # GET is the token service's
    assert site.uploads() == []


def test_what_was_pushed_is_a_provider(site: Site) -> None:
    bundle = site.bundle(small_world())
    rows = {row["provider"]: row for row in pushed(site.push(bundle))}
    row = rows["infrastructure-mine"]
    repository = row["reference"].rpartition(":")[0]
    for address in (row["reference"], f"{repository}@{row['digest']}"):
        configuration = site.home / "clusterctl.yaml"
        entry = {"name": "mine", "type": "InfrastructureProvider", "url": address}
        configuration.write_text(yaml.safe_dump({"providers": [entry]}))
        played = site.run("resolve", "infrastructure-mine", "--config", str(configuration))
        assert played.status == 0
        (found,) = played.document["result"]["providers"]
        assert (found["version"], found["repository"]["kind"]) == ("v0.1.0", "oci")


def test_oras_itself_pulls_what_was_pushed(site: Site, monkeypatch: pytest.MonkeyPatch) -> None:
    """The client that others use; it reads its logins from HOME."""
    world = small_world()
    rows = {row["provider"]: row for row in pushed(site.push(site.bundle(world)))}
    monkeypatch.setenv("HOME", str(site.home))
    client = OrasClient(hostname=site.registry.host, tls_verify=str(site.registry.ca_file))
    target = rows["infrastructure-aws"]["reference"].removeprefix("oci://")
    pulled = {
        Path(path).name: Path(path) for path in client.pull(target=target, outdir=str(site.home / "got"))
    }
    layout = unpacked(world.archive())
    folder = "clusterctl/repository/infrastructure-aws/v2.9.1"
    assert pulled["metadata.yaml"].read_bytes() == layout[f"{folder}/metadata.yaml"]
    components = layout[f"{folder}/infrastructure-components.yaml"]
    assert pulled["components.yaml"].read_bytes() == components
    assert pulled["infrastructure-components.yaml"].read_bytes() == components


def test_a_compressed_bundle_is_pushed_alike(site: Site) -> None:
    world = small_world()
    plain = pushed(site.push(site.bundle(world), prefix="one"))
    packed = site.home / "capi.tar.gz"
    made = site.run("bundle", "verify", site.bundle(world))
    assert made.status == 0
    from capyctl.adapters.bundle_file import write_bundle  # noqa: PLC0415 - only this test writes one

    write_bundle(packed, iter([world.archive()]), compress=True)
    again = pushed(site.push(str(packed), prefix="two"))
    assert [row["digest"] for row in again] == [row["digest"] for row in plain]


def test_the_login_goes_to_the_token_service_and_is_shown_nowhere(site: Site) -> None:
    played = site.push(site.bundle(small_world()), "--debug")
    shown = {str(each.authorization).partition(" ")[0] for each in site.registry.asked if each.authorization}
    assert shown == {"Basic", "Bearer"}
    assert {
        each.path.partition("?")[0] for each in site.registry.asked if "Basic" in str(each.authorization)
    } == {"/token"}
    told = f"{played.stdout}{played.stderr}"
    for secret in (PASSWORD, *site.registry.tokens.granted):
        assert secret not in told


def test_without_a_login_that_may_push(site: Site) -> None:
    bundle = site.bundle(small_world())
    (site.home / ".docker" / "config.json").write_text("{}")
    played = site.push(bundle)
    assert (played.status, pushed(played)) == (3, [])
    assert names(played) == ["access-denied", "push-incomplete"]
    assert site.uploads() == []


def test_with_an_entry_that_holds_no_login(site: Site) -> None:
    file = site.home / ".docker" / "config.json"
    file.write_text(json.dumps({"auths": {site.registry.host: {}}}))
    played = site.push(site.bundle(small_world()))
    assert names(played) == ["access-denied", "push-incomplete"]
    said = f"{file} cannot be used: its entry for {site.registry.host} holds no login"
    assert said in played.document["diagnostics"][0]["detail"]


def test_with_a_login_that_is_rejected(site: Site) -> None:
    site.registry.tokens.accounts[USER] = "another-word"
    played = site.push(site.bundle(small_world()))
    assert (played.status, pushed(played)) == (3, [])
    assert names(played) == ["credential-rejected", "push-incomplete"]
    file = site.home / ".docker" / "config.json"
    assert (
        f"rejected the login for {site.registry.host} in {file}"
        in played.document["diagnostics"][0]["detail"]
    )
    assert PASSWORD not in f"{played.stdout}{played.stderr}"
    assert site.uploads() == []


def test_with_a_login_that_expires_on_the_way(site: Site) -> None:
    """The first provider's token is granted; what was sent stays, and the cause of the rest is named."""
    granted = site.registry.tokens.granted

    def expire(asked: Asked) -> None:
        if asked.method == "PUT" and "/manifests/" in asked.path:
            site.registry.tokens.accounts.clear()
            granted.clear()

    site.registry.misbehave(expire)
    played = site.push(site.bundle(small_world()))
    assert (played.status, names(played)) == (3, ["credential-rejected", "push-incomplete"])
    site.registry.misbehave(lambda _: None)
    site.registry.tokens.accounts[USER] = PASSWORD
    again = site.push(site.bundle(small_world()))
    assert (again.status, [row["provider"] for row in pushed(again)]) == (0, LABELS)


def test_an_upload_elsewhere_gets_no_token(site: Site) -> None:
    """Some registries let their storage take the bytes; the address carries its own permission."""

    def begin(asked: Asked) -> Fault | None:
        if asked.method == "POST" and asked.path.startswith("/v2/") and asked.authorization:
            target = f"https://{site.registry.elsewhere}/store?signature=signed-word"
            return Fault(status=202, headers={"Location": target})
        return None

    site.registry.second.misbehave = lambda asked: Fault(status=201) if asked.method == "PUT" else None
    site.registry.misbehave(begin)
    played = site.push(site.bundle(small_world()), "--debug")
    sent = [each for each in site.registry.second.asked if each.method == "PUT"]
    assert sent
    assert {each.authorization for each in sent} == {None}
    assert "signed-word" not in f"{played.stdout}{played.stderr}"


class TestPushIncomplete:
    """CAPY0834."""

    def test_what_was_pushed_is_told_and_the_rest_follows(self, site: Site) -> None:
        bundle = site.bundle(small_world())
        site.registry.misbehave(
            lambda asked: Fault(status=503) if "infrastructure-aws/manifests" in asked.path else None
        )
        played = site.push(bundle)
        assert played.status == 3
        assert [row["provider"] for row in pushed(played)] == [
            label for label in LABELS if label != "infrastructure-aws"
        ]
        assert names(played) == ["source-failed", "push-incomplete"]
        summary = played.document["diagnostics"][1]
        assert "3 of 4 providers" in summary["detail"]
        assert summary["caused_by"] == played.document["diagnostics"][0]["id"]
        assert summary["fixes"][0]["command"].startswith("capyctl bundle push ")
        site.registry.misbehave(lambda _: None)
        again = site.push(bundle)
        assert (again.status, [row["provider"] for row in pushed(again)]) == (0, LABELS)

    def test_near_miss_everything_is_there(self, site: Site) -> None:
        assert names(site.push(site.bundle(small_world()))) == []


class TestArtifactTagTaken:
    """CAPY0835."""

    def test_a_tag_that_is_something_else_is_not_moved(self, site: Site) -> None:
        other = site.registry.put_artifact("mirror/capi/infrastructure-aws", "v2.9.1", {"a": b"b"})
        bundle = site.bundle(small_world())
        played = site.push(bundle)
        assert played.status == 1
        assert names(played) == ["artifact-tag-taken", "push-incomplete"]
        detail = played.document["diagnostics"][0]["detail"]
        own = json.loads(unpacked(small_world().archive())["index.json"])["manifests"]
        ours = next(each["digest"] for each in own if "v2.9.1" in json.dumps(each))
        assert other in detail
        assert ours in detail
        assert digest_of(site.registry.stored("mirror/capi/infrastructure-aws", "v2.9.1")) == other

    def test_near_miss_another_tag_of_the_same_repository(self, site: Site) -> None:
        site.registry.put_artifact("mirror/capi/infrastructure-aws", "v2.9.0", {"a": b"b"})
        assert names(site.push(site.bundle(small_world()))) == []


class TestArtifactRefused:
    """CAPY0836."""

    @pytest.mark.parametrize("status", [400, 404, 405, 413])
    def test_a_place_that_takes_nothing(self, site: Site, status: int) -> None:
        body = json.dumps({"errors": [{"code": "NAME_UNKNOWN", "message": "no such project"}]}).encode()
        fault = Fault(status=status, headers={"Content-Type": "application/json"}, body=body)
        site.registry.misbehave(lambda asked: fault if asked.method == "POST" else None)
        played = site.push(site.bundle(small_world()))
        assert played.status == 1
        assert set(names(played)) == {"artifact-refused", "push-incomplete"}
        assert "no such project" in played.document["diagnostics"][0]["detail"]

    def test_near_miss_a_registry_that_fails(self, site: Site) -> None:
        site.registry.misbehave(lambda asked: Fault(status=500) if asked.method == "POST" else None)
        played = site.push(site.bundle(small_world()))
        assert (played.status, set(names(played))) == (3, {"source-failed", "push-incomplete"})


def test_a_registry_that_stores_something_else(site: Site) -> None:
    site.registry.misbehave(
        lambda asked: (
            Fault(status=201, headers={"Docker-Content-Digest": digest_of(b"other")})
            if asked.method == "PUT" and "/manifests/" in asked.path
            else None
        )
    )
    played = site.push(site.bundle(small_world()))
    assert (played.status, played.roots[0]["name"]) == (1, "artifact-digest-differs")


@pytest.mark.parametrize("location", ["", "http://127.0.0.1:1/x", "ftp://x/y", "https://[x/y"])
def test_an_upload_to_no_address_behind_tls(site: Site, location: str) -> None:
    headers = {"Location": location} if location else {}
    site.registry.misbehave(
        lambda asked: (
            Fault(status=202, headers=headers)
            if asked.method == "POST" and asked.path.startswith("/v2/")
            else None
        )
    )
    played = site.push(site.bundle(small_world()))
    assert played.status == 1
    assert set(names(played)) == {"answer-malformed", "push-incomplete"}
    assert site.uploads() == []


def test_a_bundle_that_is_not_whole_is_not_pushed(site: Site) -> None:
    path = Path(site.bundle(small_world()))
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)
    played = site.push(str(path))
    assert played.status == 1
    assert site.registry.asked == []


@pytest.mark.parametrize(
    "target",
    [
        "ghcr.io/mirror",
        "https://ghcr.io/mirror",
        "oci://ghcr.io",
        "oci://ghcr.io/Mirror",
        "oci://ghcr.io/m:v1",
    ],
)
def test_a_target_of_another_form_is_a_matter_of_usage(site: Site, target: str) -> None:
    played = site.run("bundle", "push", site.bundle(small_world()), target)
    assert played.status == 2
    assert "oci://HOST/PREFIX" in played.document["diagnostics"][0]["detail"]


def test_offline_nothing_is_pushed(site: Site) -> None:
    played = site.push(site.bundle(small_world()), "--offline")
    assert played.status == 3
    assert set(names(played)) == {"no-data-offline", "push-incomplete"}
    assert site.registry.asked == []


PAGE = b"<!DOCTYPE html><html><body>Sign in</body></html>"
HTML = {"Content-Type": "text/html; charset=utf-8"}


class TestOnlyTheAnswerOfARegistryCounts:
    """The distribution specification: 201 for a manifest and for the end of an upload, 202 for its beginning."""

    @pytest.mark.parametrize("status", [200, 202, 203, 204])
    def test_a_manifest_that_nobody_stored(self, site: Site, status: int) -> None:
        site.registry.misbehave(
            lambda asked: (
                Fault(status=status) if asked.method == "PUT" and "/manifests/" in asked.path else None
            )
        )
        played = site.push(site.bundle(small_world()))
        assert (played.status, pushed(played)) == (1, [])
        assert set(names(played)) == {"answer-malformed", "push-incomplete"}
        assert f"the answer is {status}" in played.document["diagnostics"][0]["detail"]

    @pytest.mark.parametrize(
        ("methods", "part"), [({"PUT"}, "/manifests/"), ({"PUT"}, "/uploads/"), ({"POST"}, "/uploads/")]
    )
    def test_a_sign_in_page(self, site: Site, methods: set[str], part: str) -> None:
        site.registry.misbehave(
            lambda asked: (
                Fault(status=200, headers=HTML, body=PAGE)
                if asked.method in methods and part in asked.path
                else None
            )
        )
        played = site.push(site.bundle(small_world()))
        assert (played.status, pushed(played)) == (1, [])
        assert set(names(played)) == {"answer-is-html", "push-incomplete"}
        cited = played.document["diagnostics"][0]["evidence"]
        outcomes = {each["id"]: each["outcome"] for each in played.document["evidence"]}
        assert {outcomes[each] for each in cited} == {"bad"}

    def test_a_sign_in_page_for_everything_that_is_sent_while_the_blobs_are_there(self, site: Site) -> None:
        bundle = site.bundle(small_world())
        assert site.push(bundle).status == 0
        site.registry.misbehave(
            lambda asked: (
                Fault(status=404)
                if asked.method == "HEAD" and "/manifests/" in asked.path
                else Fault(status=200, body=PAGE)
                if asked.method in {"PUT", "POST"}
                else None
            )
        )
        played = site.push(bundle)
        assert (played.status, pushed(played)) == (1, [])
        assert set(names(played)) == {"answer-is-html", "push-incomplete"}

    @pytest.mark.parametrize("status", [200, 204])
    def test_the_end_of_an_upload_that_is_none(self, site: Site, status: int) -> None:
        site.registry.misbehave(
            lambda asked: (
                Fault(status=status) if asked.method == "PUT" and "/uploads/" in asked.path else None
            )
        )
        played = site.push(site.bundle(small_world()))
        assert (played.status, pushed(played)) == (1, [])
        assert {each.path for each in site.uploads() if "/manifests/" in each.path} == set()


class Once(Struct, kw_only=True):
    """The first request of each provider that is meant fails."""

    method: str
    part: str
    fault: Fault
    met: set[str] = field(default_factory=set)

    def __call__(self, asked: Asked) -> Fault | None:
        label = asked.path.removeprefix("/v2/mirror/capi/").partition("/")[0]
        authorized = bool(asked.authorization)
        if (asked.method, authorized) != (self.method, True) or self.part not in asked.path:
            return None
        if label in self.met:
            return None
        self.met.add(label)
        return self.fault


class TestOneMoreAttempt:
    """As for reading: one, after a quick failure, and not before the time that the registry names."""

    @pytest.mark.parametrize("status", [429, 503])
    @pytest.mark.parametrize(
        ("method", "part"), [("PUT", "/manifests/"), ("POST", "/uploads/"), ("PUT", "/uploads/")]
    )
    def test_what_failed_once_is_there_in_the_end(
        self, site: Site, status: int, method: str, part: str
    ) -> None:
        once = Once(method=method, part=part, fault=Fault(status=status, headers={"Retry-After": "0"}))
        site.registry.misbehave(once)
        played = site.push(site.bundle(small_world()))
        assert once.met == set(LABELS)
        assert (played.status, names(played)) == (0, [])
        for row in pushed(played):
            repository, _, tag = row["reference"].removeprefix(f"oci://{site.registry.host}/").rpartition(":")
            assert digest_of(site.registry.stored(repository, tag)) == row["digest"]

    def test_an_upload_begins_again_with_an_address_of_its_own(self, site: Site) -> None:
        site.registry.misbehave(Once(method="PUT", part="/uploads/", fault=Fault(status=503)))
        assert site.push(site.bundle(small_world())).status == 0
        addresses = [each.path for each in site.uploads() if "/uploads/" in each.path and each.authorization]
        assert len(addresses) == len(set(addresses))

    @pytest.mark.parametrize(
        ("method", "part"), [("PUT", "/manifests/"), ("POST", "/uploads/"), ("PUT", "/uploads/")]
    )
    def test_no_third(self, site: Site, method: str, part: str) -> None:
        site.registry.misbehave(
            lambda asked: (
                Fault(status=503)
                if asked.method == method and part in asked.path and asked.authorization
                else None
            )
        )
        played = site.push(site.bundle(small_world()))
        assert (played.status, pushed(played)) == (3, [])
        met = [
            each.path.partition("/blobs/")[0].partition("/manifests/")[0]
            for each in site.registry.asked
            if each.method == method and part in each.path and each.authorization
        ]
        assert {met.count(each) for each in met} == {2}

    def test_not_where_the_registry_names_a_time_beyond_the_deadline(self, site: Site) -> None:
        fault = Fault(status=429, headers={"Retry-After": "600"})
        site.registry.misbehave(
            lambda asked: fault if asked.method == "PUT" and "/manifests/" in asked.path else None
        )
        played = site.push(site.bundle(small_world()))
        assert (played.status, set(names(played))) == (3, {"rate-limited", "push-incomplete"})
        assert len([each for each in site.uploads() if "/manifests/" in each.path]) == len(LABELS)

    def test_not_where_the_registry_refuses(self, site: Site) -> None:
        site.registry.misbehave(
            lambda asked: Fault(status=400) if asked.method == "PUT" and "/manifests/" in asked.path else None
        )
        assert site.push(site.bundle(small_world())).status == 1
        assert len([each for each in site.uploads() if "/manifests/" in each.path]) == len(LABELS)


@pytest.mark.parametrize(
    ("fault", "code", "advice"),
    [
        (Fault(status=302, headers={"Location": "https://x.example/"}), "CAPY0213", "the registry itself"),
        (Fault(status=200), "CAPY0228", "is a registry that takes artifacts"),
        (Fault(status=200, headers=HTML, body=PAGE), "CAPY0207", "the proxy on the way"),
        (Fault(status=503), "CAPY0216", "once {host} is well"),
        (Fault(status=429, headers={"Retry-After": "600"}), "CAPY0203", "wait until"),
        (Fault(status=403), "CAPY0204", "have {host} let this login"),
        (Fault(status=407), "CAPY0215", "let this host through"),
        (Fault(status=404), "CAPY0836", "the place exists"),
    ],
    ids=["elsewhere", "yes to everything", "page", "failed", "limited", "forbidden", "proxy", "no place"],
)
def test_the_way_out_is_about_the_registry_and_the_same_push(
    site: Site, fault: Fault, code: str, advice: str
) -> None:
    site.registry.misbehave(
        lambda asked: (
            fault if asked.method == "PUT" and "/manifests/" in asked.path and asked.authorization else None
        )
    )
    bundle = site.bundle(small_world())
    played = site.push(bundle)
    assert {root["code"] for root in played.roots} == {code}
    command = f"capyctl bundle push {bundle} {site.target()} -o json"
    for root in played.roots:
        (fix,) = root["fixes"]
        assert (fix["applicability"], fix["command"]) == ("review", command)
        assert advice.format(host=site.registry.host) in fix["title"]
