"""No address that a user configured shows what is secret in it, in any stream or file, whatever its kind (cli.md 4, 6).

Secrets are planted where people put them: a user name, a password, a token alone, a signed query, a fragment.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import pytest

from capyctl.cli.recording import Said
from capyctl.cli.run import Run
from capyctl.cli.run_records import leave_record
from capyctl.cli.session import begin_recording, execute, told
from capyctl.lab.run import child_environment, furnish, open_lab
from tests.plugins.packaged_scenarios import packaged_scenario

_USER, _PASSWORD, _TOKEN = "plantedus1", "plantedpw2", "plantedtk3"
_QUERY, _SIGNATURE, _FRAGMENT = "plantedqu4", "plantedsg5", "plantedfr6"
_PLANTED = (_USER, _PASSWORD, _TOKEN, _QUERY, _SIGNATURE, _FRAGMENT)
_TAIL = f"?private_token={_QUERY}&X-Amz-Signature={_SIGNATURE}#{_FRAGMENT}"


def _in_front(userinfo: str) -> Callable[[str], str]:
    return lambda url: url.replace("://", f"://{userinfo}@", 1)


_WAYS: Mapping[str, Callable[[str], str]] = {
    "user and password": _in_front(f"{_USER}:{_PASSWORD}"),
    "token": _in_front(_TOKEN),
    "query and fragment": lambda url: url + _TAIL,
    "all of it": lambda url: _in_front(f"{_USER}:{_PASSWORD}")(url) + _TAIL,
}
_SCENES: Mapping[str, tuple[str, str]] = {
    "https-tree": ("infrastructure-acme", "https-tree"),
    "gitlab": ("infrastructure-acme", "gitlab"),
    "project that is not encoded": ("infrastructure-acme", "gitlab-path-not-encoded"),
    "github enterprise": ("infrastructure-acme", "enterprise-host"),
    "github, renamed": ("bootstrap-k0sproject-k0smotron", "renamed-repository"),
    "address of a browser": ("addon-helm", "download-address"),
    "no kind": ("infrastructure-acme", "unknown-host-form"),
    "cert-manager": ("addon-helm", "moved-cert-manager"),
}
"""The provider asked for, and the scenario whose configuration has the address."""
_MADE: Mapping[str, str] = {
    "oci": "oci://registry.corp.example/capi/infrastructure-acme:v1.0.0",
    "oci with tag and digest": f"oci://registry.corp.example/capi/infrastructure-acme:v1.0.0@sha256:{'0' * 64}",
    "file": "file://{home}/tree/infrastructure-acme/latest/infrastructure-components.yaml",
    "file of another": "file://{home}/tree/infrastructure-other/latest/infrastructure-components.yaml",
    "ftp": "ftp://files.corp.example/infrastructure-acme/latest/infrastructure-components.yaml",
    "undefined variable": "https://${UNDEFINED}/infrastructure-acme/latest/infrastructure-components.yaml",
}
"""Addresses of which no scenario has any."""
_COMMANDS = (
    "config repositories",
    "config provider {ref}",
    "config view",
    "resolve {ref} -v",
    "versions {ref}",
    "diagnose-provider {ref}",
    "init list-images --core cluster-api -b - -c - {flag}",
    "init --dry-run --core cluster-api -b - -c - {flag}",
    "lock {ref}",
    "resolve --locked capyctl.lock",
    "lock --check",
    "bundle create b.tar --locked capyctl.lock",
    "resolve --bundle b.tar",
    "resolve {ref} --offline",
    "generate provider {ref} --describe",
)


def _worlds(home: Path) -> Iterator[tuple[str, str, str]]:
    for reference, scene in _SCENES.values():
        (content,) = packaged_scenario(scene).home.values()
        yield reference, scene, content.data.decode()
    for url in _MADE.values():
        entry = f"  url: {url.format(home=home) if '{home}' in url else url}\n"
        yield (
            "infrastructure-acme",
            "sound",
            f"providers:\n- name: acme\n  type: InfrastructureProvider\n{entry}",
        )


def _flag(reference: str) -> str:
    kind, _, name = reference.partition("-")
    return f"--{kind} {name}"


def _with(text: str, way: Callable[[str], str]) -> str:
    """The configuration with what the way plants in its address."""
    (line,) = (each for each in text.splitlines() if each.lstrip().startswith("url: "))
    lead, _, url = line.partition("url: ")
    return text.replace(line, f'{lead}url: "{way(url)}"')


def _recorded(words: list[str], environ: Mapping[str, str], path: Path) -> tuple[Said, str]:
    """What a command says as a process would say it, and what it wrote to stderr on the way; its record is left."""
    run = Run(argv=[*words, "--record", str(path)], environ=environ)
    begin_recording(run)
    outcome = execute(run)
    run.close()
    said = leave_record(run, outcome, told(run, outcome), told)
    return said, "".join(run.recording.stderr) if run.recording is not None else ""


def _replayed(path: Path, form: str) -> Said:
    run = Run(argv=["replay", str(path), "-o", form], environ={})
    return told(run, execute(run))


def _show_nothing(where: str, text: str) -> None:
    found = [each for each in _PLANTED if each in text]
    assert not found, (where, found, text[max(0, text.find(found[0]) - 300) : text.find(found[0]) + 60])


@pytest.mark.parametrize("way", _WAYS)
@pytest.mark.parametrize("number", range(len(_SCENES) + len(_MADE)), ids=[*_SCENES, *_MADE])
def test_nothing_planted_in_an_address_is_shown_or_kept(
    number: int, way: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    reference, scene, text = list(_worlds(tmp_path))[number]
    scenario = packaged_scenario(scene)
    furnish(tmp_path, scenario)
    _tree(tmp_path / "tree" / "infrastructure-acme" / "v1.0.0")
    (tmp_path / "work").mkdir()
    monkeypatch.chdir(tmp_path / "work")
    (tmp_path / "c.yaml").write_text(_with(text, _WAYS[way]), encoding="utf-8")
    with open_lab(scenario.world) as lab:
        environ = child_environment(scenario, lab, {"PATH": os.environ["PATH"]}, str(tmp_path))
        for line in _COMMANDS:
            for form in ("text", "json"):
                words = line.format(ref=reference, flag=_flag(reference)).split()
                words += ["-o", form, "--config", "../c.yaml"]
                record = tmp_path / "run.json"
                said, live = _recorded(words, environ, record)
                assert said.status != 70, (line, said)
                _show_nothing(f"{line} as {form}", said.stdout + live + said.stderr)
                _show_nothing(f"record of {line}", record.read_text("utf-8"))
                again = _replayed(record, form)
                assert (again.stdout, again.stderr) == (said.stdout, live + said.stderr), line
    for path in tmp_path.rglob("*"):
        if path.is_file() and path != tmp_path / "c.yaml":
            _show_nothing(str(path), path.read_bytes().decode("latin-1"))


@pytest.mark.parametrize("scene", ["https-tree", "gitlab", "github enterprise", "github, renamed"])
def test_the_files_that_hold_no_secret_are_written(
    scene: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """So that the test above can fail: lock and bundle are made with a query in the address, and name the rest."""
    reference, name = _SCENES[scene]
    scenario = packaged_scenario(name)
    furnish(tmp_path, scenario)
    monkeypatch.chdir(tmp_path)
    (content,) = scenario.home.values()
    Path("c.yaml").write_text(_with(content.data.decode(), _WAYS["query and fragment"]), encoding="utf-8")
    url = content.data.decode().split("url: ")[1].strip()
    with open_lab(scenario.world) as lab:
        environ = child_environment(scenario, lab, {"PATH": os.environ["PATH"]}, str(tmp_path))
        for line in (f"lock {reference}", "bundle create b.tar --locked capyctl.lock"):
            said, _ = _recorded([*line.split(), "--config", "c.yaml"], environ, Path("run.json"))
            assert said.status == 0, said
    assert f'"{url}"' in Path("capyctl.lock").read_text("utf-8")
    assert url in Path("b.tar").read_bytes().decode("latin-1")


_CONFIGURATIONS = {
    "signed": f"https://releases.example.org/c.yaml?X-Amz-Signature={_SIGNATURE}",
    "another name": f"https://releases.example.org/c.yaml?code={_QUERY}#{_FRAGMENT}",
    "password": f"https://{_USER}:{_PASSWORD}@releases.example.org/c.yaml",
    "password with a slash": f"https://{_USER}:x/{_PASSWORD}@releases.example.org/c.yaml",
    "token": f"https://{_TOKEN}@releases.example.org/c.yaml",
    "plain HTTP": f"http://{_TOKEN}@releases.example.org/c.yaml?sig={_SIGNATURE}",
    "no address": f"https://[/c.yaml?sig={_SIGNATURE}",
    "another scheme": f"ftp://{_USER}:{_PASSWORD}@releases.example.org/c.yaml?sig={_SIGNATURE}",
    "one slash": f"https:/{_USER}:{_PASSWORD}@releases.example.org/c.yaml?{_SIGNATURE}",
    "no slash": f"https:{_USER}:{_PASSWORD}@releases.example.org/c.yaml?{_SIGNATURE}",
    "no colon": f"https//{_USER}:{_PASSWORD}@releases.example.org/c.yaml?{_SIGNATURE}",
    "no scheme": f"{_USER}:{_PASSWORD}@releases.example.org/c.yaml?{_SIGNATURE}",
    "no scheme, signed": f"releases.example.org/c.yaml?X-Amz-Signature={_SIGNATURE}#{_FRAGMENT}",
}


@pytest.mark.parametrize("form", ["text", "json"])
@pytest.mark.parametrize("joined", [True, False])
@pytest.mark.parametrize("address", _CONFIGURATIONS.values(), ids=_CONFIGURATIONS)
def test_nothing_of_the_address_of_a_configuration_is_shown(
    address: str, form: str, tmp_path: Path, *, joined: bool
) -> None:
    scenario = packaged_scenario("sound")
    option = [f"--config={address}"] if joined else ["--config", address]
    with open_lab(scenario.world) as lab:
        environ = child_environment(scenario, lab, {"PATH": os.environ["PATH"]}, str(tmp_path))
        for line in (
            "resolve addon-helm",
            "resolve addon-helm --debug -v",
            "config view",
            "config repositories",
        ):
            words = [*line.split(), "-o", form, *option]
            said, live = _recorded(words, environ, tmp_path / "run.json")
            assert said.status in (1, 3), said
            _show_nothing(line, said.stdout + live + said.stderr)
            _show_nothing(f"record of {line}", (tmp_path / "run.json").read_text("utf-8"))
            assert "releases.example.org/c.yaml" in said.stdout + said.stderr or "[" in address
            assert _replayed(tmp_path / "run.json", form).stdout == said.stdout


@pytest.mark.parametrize("address", _CONFIGURATIONS.values(), ids=_CONFIGURATIONS)
def test_an_address_in_the_place_of_a_table_file_is_told_without_its_secret(
    address: str, tmp_path: Path
) -> None:
    for words, environ in (
        (["config", "view", "--providers", address], {}),
        (["resolve", "addon-helm", "--offline"], {"CAPYCTL_PROVIDERS": address}),
    ):
        said, _ = _recorded(words, {"HOME": str(tmp_path), **environ}, tmp_path / "run.json")
        assert said.status == 1, said
        _show_nothing(" ".join(words), said.stdout + said.stderr + (tmp_path / "run.json").read_text("utf-8"))


@pytest.mark.parametrize(
    "word",
    [f"https://{_TOKEN}@h.example/x", f"https://{_USER}:{_PASSWORD}@h.example/x", f"//{_TOKEN}@h.example"],
)
@pytest.mark.parametrize("line", ["resolve {}", "lock {}", "generate provider -i {}", "upgrade apply -i {}"])
def test_an_address_in_the_place_of_a_reference_is_refused_without_its_secret(
    line: str, word: str, tmp_path: Path
) -> None:
    environ = {"HOME": str(tmp_path)}
    said, _ = _recorded(line.format(word).split(), environ, tmp_path / "run.json")
    assert said.status == 2, said
    _show_nothing(line, said.stdout + said.stderr + (tmp_path / "run.json").read_text("utf-8"))


@pytest.mark.parametrize("form", ["text", "json"])
def test_nothing_of_an_address_in_a_variable_is_shown_among_the_settings(form: str, tmp_path: Path) -> None:
    variables = {
        "GOPROXY": f"{_USER}:{_PASSWORD}@proxy.example,direct",
        "GOPRIVATE": f"{_TOKEN}@git.example/acme",
        "CAPYCTL_RELEASE_MARKERS": f"{_USER}:{_PASSWORD}@mirror.example",
        "NO_PROXY": f"http://{_USER}:{_PASSWORD}@h.example,{_TOKEN}@i.example",
        "https_proxy": f"{_USER}:{_PASSWORD}@p.example:3128",
    }
    for value in ("", f"file:///tmp/x?{_QUERY}", f"file://{_USER}:{_PASSWORD}@h.example/x#{_FRAGMENT}"):
        environ = {"HOME": str(tmp_path), **variables, **({"GOPROXY": value} if value else {})}
        for line in ("config view", "versions addon-helm --offline"):
            said, _ = _recorded([*line.split(), "-o", form], environ, tmp_path / "run.json")
            _show_nothing(line, said.stdout + said.stderr + (tmp_path / "run.json").read_text("utf-8"))
            assert line != "config view" or "mirror.example" in said.stdout


@pytest.mark.parametrize(
    "name", ["./dir/file@2.yaml", "dir/file@2.yaml", "a?b.yaml", "file@2.yaml", "c#1.yaml"]
)
@pytest.mark.parametrize("exists", [True, False])
def test_a_path_with_a_sign_of_addresses_in_it_stays_readable(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, exists: bool
) -> None:
    monkeypatch.chdir(tmp_path)
    if exists:
        Path(name).parent.mkdir(exist_ok=True)
        Path(name).write_text("{}", encoding="utf-8")
    for form in ("text", "json"):
        said, _ = _recorded(
            ["config", "view", "--config", name, "-o", form], {"HOME": "/nowhere"}, tmp_path / "run.json"
        )
        assert said.status == (0 if exists else 1), said
        assert said.stdout.count(name) >= 2, said
        assert f'"{name}"' in (tmp_path / "run.json").read_text("utf-8")


def _tree(folder: Path) -> None:
    folder.mkdir(parents=True)
    (folder / "metadata.yaml").write_text(
        "apiVersion: clusterctl.cluster.x-k8s.io/v1alpha3\nkind: Metadata\n"
        "releaseSeries: [{major: 1, minor: 0, contract: v1beta1}]\n",
        encoding="utf-8",
    )
    (folder / "infrastructure-components.yaml").write_text(
        "apiVersion: v1\nkind: Namespace\nmetadata: {name: acme-system}\n", encoding="utf-8"
    )
