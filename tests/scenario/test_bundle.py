"""Bundles of a world of the lab: made from the network and from the cache, and runs that are bound to one."""

from __future__ import annotations

import gzip
import hashlib
import io
import json
import os
import shutil
import stat
import subprocess
import sys
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from msgspec import Struct
from msgspec.structs import replace

from capyctl.core.bundle.content import release_path
from capyctl.core.lock import Lock, LockedFile, LockedImage
from capyctl.core.lock_text import lock_text
from capyctl.lab.run import furnish
from capyctl.lab.world import World
from tests.plugins.bundle_world import small_world, unpacked
from tests.plugins.locked_world import (
    AWS,
    BOOTSTRAP,
    CORE,
    HELM,
    VERSIONS,
    content_of,
    locked_world,
    with_other_bytes,
)
from tests.plugins.packaged_scenarios import packaged_scenario
from tests.scenario.playing import Played, play_in

_SOUND = packaged_scenario("sound")
_COMPONENTS = {
    CORE: "core-components.yaml",
    BOOTSTRAP: "bootstrap-components.yaml",
    AWS: "infrastructure-components.yaml",
    HELM: "addon-components.yaml",
}


class Site(Struct, frozen=True, kw_only=True):
    """A home folder with a cache of its own, in a world of the lab."""

    home: Path

    def run(self, *words: str, world: World | None = None, **changes: str | None) -> Played:
        scenario = replace(_SOUND, world=world or _SOUND.world)
        variables = {"XDG_CACHE_HOME": str(self.home / "cache"), "AWS_B64ENCODED_CREDENTIALS": "x", **changes}
        return play_in(scenario, [*words, "-o", "json"], self.home, variables)

    def lock(self, lock: Lock | None = None) -> Path:
        path = self.home / "capyctl.lock"
        path.write_text(lock_text(lock or locked_world(_SOUND.world)), encoding="utf-8")
        return path

    def create(self, *more: str, world: World | None = None, name: str = "site.tar") -> Played:
        path = str(self.home / "capyctl.lock")
        return self.run("bundle", "create", str(self.home / name), "--locked", path, *more, world=world)

    @property
    def bundle(self) -> Path:
        return self.home / "site.tar"


@pytest.fixture
def site(tmp_path: Path) -> Site:
    furnish(tmp_path, _SOUND)
    made = Site(home=tmp_path)
    made.lock()
    return made


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()


def test_a_bundle_has_the_locked_files_of_every_provider(site: Site) -> None:
    ran = site.create()
    assert (ran.status, ran.document["diagnostics"]) == (0, [])
    bundle = ran.document["result"]["bundle"]
    data = site.bundle.read_bytes()
    assert bundle["digest"] == f"sha256:{_sha256(data)}"
    with tarfile.open(site.bundle) as tar:
        members = {each.name: each for each in tar}
        assert all(each.isreg() for each in members.values())
        assert {each["path"] for each in bundle["files"]} == set(members) - {"bundle.json"}
        for label, name in _COMPONENTS.items():
            for file in ("metadata.yaml", name):
                extracted = tar.extractfile(members[release_path(label, VERSIONS[label], file)])
                assert extracted is not None
                assert extracted.read() == content_of(_SOUND.world, label, VERSIONS[label], file)


def test_the_network_and_the_cache_give_the_same_bytes_and_the_cache_opens_no_socket(site: Site) -> None:
    first = site.create()
    online = site.bundle.read_bytes()
    site.bundle.unlink()
    offline = site.create("--offline")
    assert (first.status, offline.status) == (0, 0)
    assert site.bundle.read_bytes() == online
    assert offline.requests == ()
    assert {each["route"] for each in offline.document["evidence"]} <= {"lock", "cache"}
    again = site.create(name="again.tar")
    assert (site.home / "again.tar").read_bytes() == online
    assert again.status == 0


def test_offline_without_the_files_nothing_is_written_and_the_files_are_named(site: Site) -> None:
    ran = site.create("--offline")
    assert ran.status in (1, 3)
    assert not site.bundle.exists()
    lacking = [each for each in ran.roots if each["severity"] == "error"]
    assert {each["code"] for each in lacking} == {"CAPY1117"}
    assert len(lacking) == 11
    assert all(each["subject"]["file"] for each in lacking)
    (summary,) = [each for each in ran.document["diagnostics"] if each["code"] == "CAPY0817"]
    assert (summary["severity"], summary["caused_by"]) == ("note", lacking[0]["id"])
    assert "11 files needed, 0 present" in summary["detail"]


def test_other_bytes_than_the_locked_ones_are_refused(site: Site) -> None:
    site.create()
    older = site.bundle.read_bytes()
    changed = with_other_bytes(
        _SOUND.world,
        "kubernetes-sigs/cluster-api-provider-aws",
        VERSIONS[AWS],
        "metadata.yaml",
        b"kind: Metadata\n",
    )
    ran = site.create("--no-cache", world=changed)
    assert ran.status == 1
    assert "CAPY1113" in ran.codes(AWS)
    assert site.bundle.read_bytes() == older


def test_a_size_that_the_lock_does_not_have_right_is_refused(site: Site) -> None:
    lock = locked_world(_SOUND.world, labels=(CORE,))
    (core,) = lock.providers
    file = core.files["metadata.yaml"]
    wrong = {**core.files, "metadata.yaml": LockedFile(url=file.url, sha256=file.sha256, size=file.size + 1)}
    site.lock(replace(lock, providers=(replace(core, files=wrong),)))
    ran = site.create()
    assert (ran.status, ran.codes()) == (1, {"CAPY1101"})
    assert not site.bundle.exists()


def test_a_bundle_is_made_where_the_current_folder_was_removed(
    site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    gone = site.home / "gone"
    gone.mkdir()
    monkeypatch.chdir(gone)
    gone.rmdir()
    made, locked = site.create(), site.run("resolve", "--locked", str(site.home / "capyctl.lock"))
    assert (made.status, made.document["diagnostics"], locked.status) == (0, [], 0)
    (site.home / "capyctl.lock").write_text("{}")
    for ran in (site.create(), site.run("resolve", "--locked", str(site.home / "capyctl.lock"))):
        assert (ran.status, ran.codes()) == (1, {"CAPY1101"})
        assert not any("remove" in fix["title"] for fix in ran.roots[0]["fixes"])


def test_a_provider_that_the_table_does_not_have_is_refused(site: Site) -> None:
    lock = locked_world(_SOUND.world, labels=(CORE,))
    (core,) = lock.providers
    site.lock(replace(lock, providers=(replace(core, provider="infrastructure-nobody"),)))
    ran = site.create()
    assert ran.status == 1
    assert ran.codes("infrastructure-nobody") == {"CAPY0821"}
    assert all(fix["command"] for each in ran.roots for fix in each["fixes"])


def test_a_compressed_bundle_unpacks_to_the_plain_one(site: Site) -> None:
    site.create()
    ran = site.create(name="site.tar.gz")
    assert ran.status == 0
    packed = site.home / "site.tar.gz"
    unpacked = subprocess.run(["gzip", "-dc", str(packed)], capture_output=True, check=True).stdout
    assert unpacked == site.bundle.read_bytes()
    assert ran.document["result"]["bundle"]["digest"] == f"sha256:{_sha256(packed.read_bytes())}"
    verified = site.run("bundle", "verify", str(packed))
    assert (verified.status, verified.document["result"]) == (0, ran.document["result"])


def test_verify_says_what_create_said_and_asks_nobody(site: Site) -> None:
    made = site.create()
    verified = site.run("bundle", "verify", str(site.bundle))
    assert (verified.status, verified.requests) == (0, ())
    assert verified.document["result"] == made.document["result"]
    assert verified.document["diagnostics"] == []
    images = made.document["result"]["bundle"]["images"]
    text = play_in(_SOUND, ["bundle", "verify", str(site.bundle)], site.home).stdout
    assert f"11 files needed, 11 present; {len(images)} images to mirror: images.txt" in text


def test_a_bundle_with_a_line_end_in_its_name_is_told_on_one_line(site: Site) -> None:
    site.create()
    path = site.bundle.with_name("of\nsite.tar")
    site.bundle.rename(path)
    text = play_in(_SOUND, ["bundle", "verify", str(path)], site.home).stdout
    assert text.splitlines()[0].endswith("/of site.tar")


@pytest.mark.parametrize("name", [".", "no-folder/x.tar"])
def test_no_command_is_offered_that_would_fail_because_of_the_name(
    site: Site, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(site.home)
    path = str(site.home / name)
    made = site.run("bundle", "create", path, "--locked", str(site.home / "capyctl.lock"))
    read = site.run("bundle", "verify", path)
    for ran, code in ((made, "CAPY0820"), (read, "CAPY0810")):
        (root,) = ran.roots
        assert (ran.status, root["code"]) == (1, code)
        assert [(each["applicability"], each["command"]) for each in root["fixes"]] == [("review", None)]
    absent = site.run("bundle", "verify", str(site.home / "x.tar"))
    assert absent.roots[0]["fixes"][0]["command"].startswith("capyctl bundle create")


@pytest.mark.parametrize(
    ("images", "said"),
    [
        (
            ("registry.example/capi:v1.10.4", "evil.example/x:1"),
            "it has evil.example/x:1, and core-components.yaml",
        ),
        ((), "it lacks registry.example/capi:v1.10.4, and core-components.yaml"),
        (("mirror.example/capi:v9",), None),
        (("mirror.example/renamed:v9",), None),
    ],
    ids=["one more", "none", "overridden", "renamed"],
)
def test_verify_holds_the_images_of_the_lock_against_the_components(
    site: Site, images: tuple[str, ...], said: str | None
) -> None:
    """Every byte follows from the lock, images.txt too; overrides where the lock was made are not known here."""
    world = small_world()
    core = replace(world.providers[0], images=tuple(LockedImage(image=each) for each in images))
    assert core.provider == CORE
    world.providers[0] = core
    site.bundle.write_bytes(world.archive())
    ran = site.run("bundle", "verify", str(site.bundle))
    if said is None:
        assert (ran.status, ran.document["diagnostics"]) == (0, [])
        return
    assert ran.status == 1
    assert [(each["code"], each["subject"]["file"]) for each in ran.roots] == [("CAPY0812", "capyctl.lock")]
    assert said in ran.roots[0]["detail"]


def test_verify_names_what_is_missing_and_counts_it(site: Site, tmp_path: Path) -> None:
    """F71: what a run behind the gap would lack is known before anything enters it."""
    site.create()
    path = release_path(AWS, VERSIONS[AWS], "metadata.yaml")
    lacking = tmp_path / "lacking.tar"
    with tarfile.open(site.bundle) as tar, tarfile.open(lacking, "w", format=tarfile.USTAR_FORMAT) as other:
        for member in tar:
            if member.name != path:
                other.addfile(member, tar.extractfile(member))
    ran = site.run("bundle", "verify", str(lacking))
    assert ran.status == 1
    assert [(each["code"], each["subject"]["file"]) for each in ran.roots] == [("CAPY0813", path)]
    (summary,) = [each for each in ran.document["diagnostics"] if each["code"] == "CAPY0817"]
    assert f"11 files needed, 10 present; lacking: {path}" in summary["detail"]
    assert summary["caused_by"] == ran.roots[0]["id"]


def _bound(site: Site, *words: str) -> Played:
    return site.run(*words, "--bundle", str(site.bundle))


@pytest.mark.parametrize(
    ("words", "labels"),
    [
        (("resolve",), set(VERSIONS)),
        (("resolve", AWS), {AWS}),
        (("resolve", f"{HELM}:{VERSIONS[HELM]}"), {HELM}),
        (("generate", "provider", AWS), {AWS}),
        (("init", "--dry-run"), set(VERSIONS)),
    ],
)
def test_a_run_bound_to_a_bundle_takes_its_versions_and_files_and_asks_nobody(
    site: Site, words: tuple[str, ...], labels: set[str]
) -> None:
    assert site.create().status == 0
    shutil.rmtree(site.home / "cache")
    ran = _bound(site, *words)
    assert (ran.status, ran.requests) == (0, ()), ran.document["diagnostics"]
    assert ran.versions == {label: VERSIONS[label] for label in labels}
    routes = {each["route"] for each in ran.document["evidence"]}
    assert routes == {"bundle"}
    assert not (site.home / "cache").exists()


def test_a_bound_run_gives_what_a_locked_run_gives(site: Site) -> None:
    site.create()
    locked = site.run("generate", "provider", AWS, "--locked", str(site.home / "capyctl.lock"))
    bound = _bound(site, "generate", "provider", AWS)
    assert bound.document["result"] == locked.document["result"]


def test_images_are_listed_from_the_bundle(site: Site) -> None:
    site.create()
    ran = _bound(site, "init", "list-images")
    assert (ran.status, ran.requests) == (0, ())
    assert ran.document["result"]["images"]


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (("resolve", f"{AWS}:v2.8.0"), "CAPY1111"),
        (("resolve", "infrastructure-openstack"), "CAPY1110"),
        (("generate", "provider", AWS, "--contract", "v1beta2"), "CAPY1112"),
    ],
)
def test_anything_else_than_the_bundle_is_refused(site: Site, words: tuple[str, ...], code: str) -> None:
    site.create()
    ran = _bound(site, *words)
    assert (ran.status, ran.requests) == (1, ())
    assert code in ran.codes()


@pytest.mark.parametrize(
    "words",
    [("resolve", AWS), ("generate", "provider", AWS), ("init", "--dry-run")],
    ids=lambda words: words[0],
)
def test_no_other_source_can_be_named_beside_the_bundle(site: Site, words: tuple[str, ...]) -> None:
    """It would have no effect: files come from the bundle (cli.md 7.5); a lock is no source and may have one."""
    site.create()
    ran = _bound(site, *words, "--metadata-from", "proxy")
    assert (ran.status, ran.requests, ran.codes()) == (2, (), {"CAPY0100"})
    lock = str(site.home / "capyctl.lock")
    assert site.run("resolve", AWS, "--locked", lock, "--metadata-from", "proxy").status == 0


def test_an_override_comes_before_the_bundle_and_has_to_be_the_lock_s(site: Site) -> None:
    """cli.md 6: override, then the bundle; a lock says which bytes are right, an override's too."""
    site.create()
    override = site.home / f".cluster-api/overrides/{AWS}/{VERSIONS[AWS]}/metadata.yaml"
    override.parent.mkdir(parents=True)
    override.write_bytes(content_of(_SOUND.world, AWS, VERSIONS[AWS], "metadata.yaml"))
    same = _bound(site, "resolve", AWS)
    assert same.status == 0
    assert "override" in {each["route"] for each in same.document["evidence"]}
    override.write_bytes(b"kind: Metadata\n")
    other = _bound(site, "resolve", AWS)
    assert (other.status, "CAPY1113" in other.codes(AWS)) == (1, True)


def test_a_provider_of_the_user_s_own_is_known_on_the_other_side(site: Site, tmp_path: Path) -> None:
    """providers.yaml carries what the lock's providers are called, also where nobody configured them."""
    folder = tmp_path / "tree" / "infrastructure-mine" / "v0.1.0"
    folder.mkdir(parents=True)
    metadata = (
        "apiVersion: clusterctl.cluster.x-k8s.io/v1alpha3\nkind: Metadata\nreleaseSeries:\n"
        "- {major: 0, minor: 1, contract: v1beta1}\n"
    )
    components = content_of(_SOUND.world, AWS, VERSIONS[AWS], _COMPONENTS[AWS])
    (folder / "metadata.yaml").write_text(metadata)
    (folder / "infrastructure-components.yaml").write_bytes(components)
    own = tmp_path / ".config/cluster-api/clusterctl.yaml"
    own.parent.mkdir(parents=True, exist_ok=True)
    own.write_text(
        "providers:\n- name: mine\n  type: InfrastructureProvider\n"
        f"  url: {tmp_path}/tree/infrastructure-mine/latest/infrastructure-components.yaml\n"
    )
    lock = locked_world(_SOUND.world, labels=(CORE,))
    (core,) = lock.providers
    url = f"{tmp_path}/tree/infrastructure-mine/latest/infrastructure-components.yaml"
    files = {
        name: LockedFile(url=(folder / name).as_uri(), sha256=_sha256(data), size=len(data))
        for name, data in (("metadata.yaml", metadata.encode()), (_COMPONENTS[AWS], components))
    }
    mine = replace(
        core,
        provider="infrastructure-mine",
        version="v0.1.0",
        files=files,
        repository=replace(core.repository, name=url, id=None, url=url),
        images=(LockedImage(image=f"registry.example.com/{AWS}-controller:{VERSIONS[AWS]}"),),
    )
    site.lock(replace(lock, providers=(core, mine)))
    assert site.create().status == 0
    own.unlink()
    shutil.rmtree(tmp_path / "tree")
    ran = _bound(site, "resolve", "infrastructure-mine")
    assert (ran.status, ran.versions) == (0, {"infrastructure-mine": "v0.1.0"}), ran.document["diagnostics"]
    assert "CAPY1116" not in ran.codes()


@pytest.mark.parametrize("words", [("resolve", AWS), ("generate", "provider", AWS)])
def test_the_files_of_a_bundle_are_not_said_to_be_of_a_repository_that_they_did_not_come_from(
    site: Site, words: tuple[str, ...]
) -> None:
    address = (
        "https://github.com/kubernetes-sigs/cluster-api-provider-aws/releases/latest/" + _COMPONENTS[AWS]
    )
    lock = locked_world(_SOUND.world, labels=(AWS,))
    (entry,) = lock.providers
    there = replace(entry.repository, url=address)
    site.lock(replace(lock, providers=(replace(entry, repository=there),)))
    assert site.create().status == 0
    url = "https://github.com/foo/bar/releases/latest/infrastructure-components.yaml"
    own = site.home / ".config/cluster-api/clusterctl.yaml"
    own.parent.mkdir(parents=True, exist_ok=True)
    own.write_text(f"providers:\n- {{name: aws, type: InfrastructureProvider, url: '{url}'}}\n")
    ran = _bound(site, *words)
    (warning,) = [each for each in ran.roots if each["severity"] == "warning"]
    assert (ran.status, ran.requests, warning["code"]) == (0, (), "CAPY1116")
    assert all(each in warning["detail"] for each in (url, str(own), there.url))
    if words[0] == "resolve":
        (provider,) = ran.document["result"]["providers"]
        assert provider["repository"]["name"] == "kubernetes-sigs/cluster-api-provider-aws"
    own.write_text(own.read_text().replace("/latest/", "/v9.9.9/"))
    assert "CAPY1111" in _bound(site, *words).codes()


def test_a_bundle_that_is_not_whole_binds_nothing(site: Site) -> None:
    site.create()
    changed = bytearray(site.bundle.read_bytes())
    changed[600] ^= 1
    site.bundle.write_bytes(changed)
    ran = _bound(site, "resolve")
    assert (ran.status, ran.document["result"]) == (1, None)
    assert ran.codes() & {"CAPY0812", "CAPY0813", "CAPY0814", "CAPY0816"}


@pytest.mark.parametrize(
    "words",
    [
        ("resolve", "--bundle", "a", "--locked", "b"),
        ("resolve", "--bundle", ""),
        ("bundle", "create", "x.tar"),
        ("bundle", "create", "./x.lock", "--locked", "x.lock"),
        ("bundle", "create", "", "--locked", "x.lock"),
        ("bundle", "serve", "x.tar", "--listen", "0.0.0.0:0"),
        ("bundle", "serve", "x.tar", "--listen", "example.org:80"),
        ("bundle", "serve", "x.tar", "--listen", "127.0.0.1"),
        ("bundle", "serve", "x.tar", "--listen", "127.0.0.1:65536"),
    ],
)
def test_what_cannot_be_meant_is_usage(site: Site, words: tuple[str, ...]) -> None:
    assert site.run(*words).status == 2


@pytest.mark.parametrize(
    "name",
    [
        *(".", "..", "/", "{home}", "{home}/folder/", "{home}/missing/site.tar", "{home}/capyctl.lock/x"),
        *("{home}/dangling", "{home}/loop", "{home}/pipe", f"{{home}}/{'n' * 256}"),
    ],
    ids=lambda name: name[:20],
)
def test_what_is_no_place_for_a_file_is_one_error_before_anybody_is_asked(site: Site, name: str) -> None:
    (site.home / "folder").mkdir()
    (site.home / "dangling").symlink_to("gone")
    (site.home / "loop").symlink_to("loop")
    os.mkfifo(site.home / "pipe")
    before = {each.name: stat.S_IFMT(each.lstat().st_mode) for each in site.home.iterdir()}
    lock = str(site.home / "capyctl.lock")
    ran = site.run("bundle", "create", name.format(home=site.home), "--locked", lock)
    assert (ran.status, [each["code"] for each in ran.roots]) == (1, ["CAPY0820"])
    assert ran.requests == ()
    assert (
        before.items()
        <= {each.name: stat.S_IFMT(each.lstat().st_mode) for each in site.home.iterdir()}.items()
    )


def test_a_link_leads_to_the_bundle_that_is_replaced(site: Site) -> None:
    (site.home / "kept.tar").write_bytes(small_world().archive())
    site.bundle.symlink_to("kept.tar")
    ran = site.create()
    assert ran.status == 0
    assert site.bundle.is_symlink()
    digest = f"sha256:{_sha256((site.home / 'kept.tar').read_bytes())}"
    assert digest == ran.document["result"]["bundle"]["digest"]


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write anywhere")
def test_a_read_only_folder_is_one_error_and_the_older_file_stays(site: Site) -> None:
    folder = site.home / "closed"
    folder.mkdir()
    older = small_world().archive()
    (folder / "site.tar").write_bytes(older)
    folder.chmod(stat.S_IRUSR | stat.S_IXUSR)
    ran = site.create(name="closed/site.tar")
    assert (ran.status, [each["code"] for each in ran.roots]) == (1, ["CAPY0820"])
    assert (folder / "site.tar").read_bytes() == older


def test_a_full_disk_is_one_error_and_nothing_is_left(site: Site) -> None:
    """A limit on the size of files ends a write as a full disk does."""
    script = (
        "import resource, signal, sys; signal.signal(signal.SIGXFSZ, signal.SIG_IGN);"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (20000, 20000));"
        "from capyctl.cli.session import run_process; run_process(sys.argv[1:])"
    )
    site.create()
    site.bundle.unlink()
    lock = str(site.home / "capyctl.lock")
    words = ["bundle", "create", str(site.bundle), "--locked", lock, "--offline", "-o", "json"]
    environment = {**os.environ, "HOME": str(site.home), "XDG_CACHE_HOME": str(site.home / "cache")}
    before = {each.name for each in site.home.iterdir()}
    ran = subprocess.run(
        [sys.executable, "-B", "-c", script, *words], env=environment, capture_output=True, check=False
    )
    assert ran.returncode == 1, ran.stderr
    document: dict[str, Any] = json.loads(ran.stdout)
    assert [each["code"] for each in document["diagnostics"] if each["severity"] == "error"] == ["CAPY0820"]
    assert {each.name for each in site.home.iterdir()} == before


def test_a_config_map_that_is_too_large_is_a_warning(site: Site) -> None:
    world = with_other_bytes(
        _SOUND.world,
        "kubernetes-sigs/cluster-api-provider-aws",
        VERSIONS[AWS],
        _COMPONENTS[AWS],
        content_of(_SOUND.world, AWS, VERSIONS[AWS], _COMPONENTS[AWS])
        + b"".join(
            b"# %s\n" % hashlib.sha256(b"%d" % number).hexdigest().encode() for number in range(60_000)
        ),
    )
    site.lock(locked_world(world))
    ran = site.create(world=world)
    assert (ran.status, ran.codes(AWS)) == (0, {"CAPY0819"})
    with tarfile.open(site.bundle) as tar:
        assert f"operator/{AWS}-{VERSIONS[AWS]}.yaml" not in tar.getnames()
    assert site.run("bundle", "verify", str(site.bundle)).status == 0


def _with(path: str, change: Callable[[tarfile.TarInfo], tarfile.TarInfo]) -> Callable[[bytes], bytes]:
    """The archive with one member's header changed, as a tar program would write it."""

    def changed(archive: bytes) -> bytes:
        made = io.BytesIO()
        with tarfile.open(fileobj=io.BytesIO(archive)) as tar, tarfile.open(fileobj=made, mode="w") as other:
            for member in tar:
                content = tar.extractfile(member)
                other.addfile(change(member) if member.name == path else member, content)
        return made.getvalue()

    return changed


def _link(name: str) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.type, member.linkname = tarfile.SYMTYPE, "/etc/passwd"
    return member


def _large(name: str) -> tarfile.TarInfo:
    member = tarfile.TarInfo(name)
    member.size = 2**30
    return member


def _later(member: tarfile.TarInfo) -> tarfile.TarInfo:
    member.mtime = 1
    return member


def _replaced(old: bytes, new: bytes) -> Callable[[bytes], bytes]:
    return lambda archive: archive.replace(old, new, 1)


_FAULTS: dict[str, Callable[[bytes], bytes]] = {
    "bundle-unreadable": lambda archive: archive[:5000],
    "bundle-of-later-format": _replaced(b"capyctl-bundle/1", b"capyctl-bundle/2"),
    "bundle-file-changed": _replaced(b"CoreProvider", b"CoreProvides"),
    "bundle-file-missing": _replaced(b'images.txt"', b'images.tyt"'),
    "bundle-file-foreign": _replaced(b'images.txt"', b'images.tyt"'),
    "bundle-member-unsafe": _with("images.txt", lambda member: _link(member.name)),
    "bundle-altered": _with("images.txt", _later),
    "bundle-too-large": lambda archive: _large("bundle.json").tobuf(tarfile.USTAR_FORMAT) + archive[512:],
}


@pytest.mark.parametrize("name", _FAULTS)
def test_each_fault_has_its_code_and_a_command_and_a_whole_bundle_has_none(
    site: Site, tmp_path: Path, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(site.home)
    archive = small_world().archive()
    path = tmp_path / "site.tar"
    for data, expected in ((archive, False), (_FAULTS[name](archive), True)):
        path.write_bytes(data)
        ran = play_in(_SOUND, ["bundle", "verify", str(path), "-o", "json"], tmp_path)
        assert (name in {each["name"] for each in ran.document["diagnostics"]}) is expected
        assert ran.status == int(expected)
        assert all(any(fix["command"] for fix in each["fixes"]) for each in ran.roots)


_KUBECONFIG = b"apiVersion: v1\nkind: Config\nclusters: []\n"


def _another_archive() -> bytes:
    """Of a program that fixes its headers as ours are, so that they differ in little."""
    made = io.BytesIO()
    member = tarfile.TarInfo("image.json")
    member.size = len(_KUBECONFIG)
    with tarfile.open(fileobj=made, mode="w", format=tarfile.USTAR_FORMAT) as tar:
        tar.addfile(member, io.BytesIO(_KUBECONFIG))
    return made.getvalue()


_NO_BUNDLES: dict[str, Callable[[], bytes]] = {
    "kubeconfig.yaml": lambda: _KUBECONFIG,
    "bundle.json": lambda: unpacked(small_world().archive())["bundle.json"],
    "list.txt": lambda: b"bundle.json\n",
    "other.tar": _another_archive,
    "other.tgz": lambda: gzip.compress(_another_archive()),
    "zeros.img": lambda: bytes(10240),
}


@pytest.mark.parametrize("name", _NO_BUNDLES)
def test_no_command_is_offered_that_would_replace_a_file_that_is_no_bundle(
    site: Site, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(site.home)
    data = _NO_BUNDLES[name]()
    (site.home / name).write_bytes(data)
    verified = site.run("bundle", "verify", name)
    bound = site.run("resolve", "--bundle", name)
    for ran in (verified, bound):
        assert ran.status == 1
        assert [fix["command"] for each in ran.roots for fix in each["fixes"]] == [None] * len(ran.roots)
    assert "name the bundle" in verified.roots[0]["fixes"][0]["title"]
    assert (site.home / name).read_bytes() == data


_DAMAGED: dict[str, Callable[[bytes], bytes]] = {
    "empty": lambda _: b"",
    "cut": lambda archive: archive[:5000],
    "first byte": lambda archive: b"c" + archive[1:],
    "last byte": lambda archive: archive[:-1] + b"x",
    "compressed by another": lambda archive: gzip.compress(archive)[:3000],
}


@pytest.mark.parametrize("name", _DAMAGED)
def test_a_damaged_bundle_is_replaced_by_the_command_of_its_fix(
    site: Site, name: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(site.home)
    site.bundle.write_bytes(_DAMAGED[name](small_world().archive()))
    refused = site.run("bundle", "verify", "site.tar")
    (command,) = {fix["command"] for each in refused.roots for fix in each["fixes"]}
    assert command == "capyctl bundle create site.tar --locked capyctl.lock"
    assert site.run(*command.split()[1:]).status == 0
    assert site.run("bundle", "verify", "site.tar").status == 0


@pytest.mark.parametrize("lock", [None, "", "{}"])
def test_without_a_lock_in_the_folder_no_command_is_offered(
    site: Site, lock: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = site.home / "carried"
    folder.mkdir()
    monkeypatch.chdir(folder)
    if lock is not None:
        (folder / "capyctl.lock").write_text(lock)
    (folder / "t.tar").write_bytes(small_world().archive()[:5000])
    for path in ("t.tar", "absent.tar"):
        (root,) = site.run("bundle", "verify", path).roots
        assert [fix["command"] for fix in root["fixes"]] == [None]
        assert "where its lock is" in root["fixes"][0]["title"]


def test_a_bundle_that_was_packed_again_is_used_with_a_warning(site: Site, tmp_path: Path) -> None:
    """Extracted and packed by tar itself, folders included: every file is as it was, the archive is not."""
    tar = shutil.which("tar")
    if tar is None:
        pytest.skip("there is no tar on this machine")
    assert site.create().status == 0
    tree = tmp_path / "tree"
    tree.mkdir()
    subprocess.run([tar, "-xf", str(site.bundle), "-C", str(tree)], check=True)
    again = [tar, "--format=gnu", "-cf", str(site.bundle), "-C", str(tree), "."]
    subprocess.run(again, check=True)
    ran = site.run("bundle", "verify", str(site.bundle))
    assert (ran.status, [(each["code"], each["severity"]) for each in ran.roots]) == (
        0,
        [("CAPY0816", "warning")],
    )
    assert ran.document["result"]["bundle"]["files"]
    assert [fix["command"] for fix in ran.roots[0]["fixes"]] == [None]
    bound = _bound(site, "resolve")
    assert (bound.status, bound.versions, bound.codes()) == (0, VERSIONS, {"CAPY0816"})
    (tree / "images.txt").write_text("other\n")
    subprocess.run(again, check=True)
    changed = site.run("bundle", "verify", str(site.bundle))
    assert changed.status == 1
    assert [(each["code"], each["subject"]["file"]) for each in changed.roots] == [("CAPY0812", "images.txt")]


def test_a_bundle_that_was_packed_in_another_format_is_told_as_that(site: Site, tmp_path: Path) -> None:
    """Python's own default: a pax header before each file, for the fractions of its time."""
    assert site.create().status == 0
    tree = tmp_path / "tree"
    with tarfile.open(site.bundle) as tar:
        tar.extractall(tree, filter="data")
    for path in tree.rglob("*"):
        os.utime(path, (1_700_000_000.5, 1_700_000_000.5))
    with tarfile.open(site.bundle, "w") as tar:
        for name in sorted(each.name for each in tree.iterdir()):
            tar.add(tree / name, arcname=name)
    ran = site.run("bundle", "verify", str(site.bundle))
    (root,) = ran.roots
    assert (ran.status, root["code"], root["subject"]["file"]) == (1, "CAPY0815", "blobs")
    assert "pax header" in root["detail"]
    assert "tar --format=ustar" in root["fixes"][0]["title"]
