"""Fixes of the commands of cli.md 7, in worlds that changed since they were locked: each command is run (cli.md 4).

A safe one ends without its code, and with 0 unless another root cause is an error; none is a command that cannot be
understood. The titles that say which version comes of a command are held against the lock that it leaves.
"""

from __future__ import annotations

import hashlib
import json
import os
import re
import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
from msgspec import Struct
from msgspec.structs import replace

from capyctl.cli.run import Run
from capyctl.cli.session import execute, rendered
from capyctl.lab.lab import Lab
from capyctl.lab.world import Fault, FaultKind, ImageRegistry, Quota, StoredImage, World
from tests.lab.test_kubernetes_versions import texts
from tests.lab.test_lock import (
    ACME,
    BEFORE,
    COMPONENTS,
    HUB,
    REPOSITORY,
    Site,
    acme,
    components,
    release,
    site,
    sound,
)
from tests.plugins.locked_world import with_other_bytes, with_repository, without_file
from tests.scenario.playing import Played
from tests.scenario.test_safe_fixes import apply_edit

__all__ = ["site"]

_K8S = {"markers": {"stable": texts("v1.34.8"), "stable-1.33": texts("v1.33.1")}}
_IMAGES = ImageRegistry(
    host=HUB,
    tokens="auth.docker.io",
    blobs="production.cloudflare.docker.com",
    repositories={"kindest/node": {"v1.34.8": (StoredImage(),)}},
)
_SOUND = replace(BEFORE, registries=(_IMAGES,), quota=Quota(limit=100_000, remaining=100_000), **_K8S)
_OLD = replace(acme(), releases=(release("v1.3.0", "v1alpha4"),))
_SPECS = {
    "newest.yaml": f"- {ACME}\n",
    "spelled.yaml": f'- provider: {ACME}\n  version: "1.3.0"\n',
    "pinned.yaml": f"- {ACME}:v1.3.0\n- infrastructure-awz\n",
}

_NOW: Mapping[str, World] = {
    "the same": _SOUND,
    "newest lacks its components": without_file(_SOUND, REPOSITORY, "v1.3.0", COMPONENTS),
    "newest lacks its metadata, and no quota": replace(
        without_file(_SOUND, REPOSITORY, "v1.3.0", "metadata.yaml"), quota=Quota(remaining=0)
    ),
    "other bytes, and no markers": replace(
        with_other_bytes(_SOUND, REPOSITORY, "v1.3.0", COMPONENTS, components("v9.9.9")), markers={}
    ),
    "renamed": with_repository(_SOUND, REPOSITORY, name="elsewhere/capa", formerly=(REPOSITORY,)),
    "another contract": replace(_SOUND, repositories=(*sound().repositories, _OLD)),
    "a source fails": replace(_SOUND, faults=(Fault(kind=FaultKind.STATUS, host="github.com", status=503),)),
}

_COMMANDS = (
    f"lock {ACME}",
    f"lock {ACME}:1.3.0",
    "lock --check",
    "lock --from newest.yaml",
    "lock --from spelled.yaml",
    "lock --from pinned.yaml",
    f"lock --update {ACME}",
    f"lock --update {ACME}:v9.9.9",
    "lock --update --kubernetes-version stable-9.9",
    "resolve --locked capyctl.lock",
    f"resolve {ACME}:v1.2.0 --locked capyctl.lock",
    "init --dry-run --locked capyctl.lock",
    f"generate provider {ACME} --locked capyctl.lock",
    "kubernetes-version resolve stable",
    "kubernetes-version resolve stable-1.33 --locked capyctl.lock",
    "kubernetes-version image v1.34.8",
    "bundle create b.tar --locked capyctl.lock",
    "bundle verify whole.tar",
    "bundle verify capyctl.lock",
    f"resolve {ACME} --bundle whole.tar",
    "replay run.json",
    "replay capyctl.lock",
)
_OPTIONS = ("--offline", "--no-cache")
"""Every command is given one of them in one world, and the other one in the next."""


class Met(Struct, frozen=True, kw_only=True):
    """A fix of a diagnostic with this code, and the run that told it."""

    words: list[str]
    played: Played
    code: str
    fix: dict[str, Any]

    @property
    def is_safe(self) -> bool:
        return bool(self.fix["applicability"] == "safe")

    @property
    def other_errors(self) -> bool:
        """Whether anything else stands in the way; what comes of the fix itself is no excuse."""
        return any(each["severity"] == "error" and each["code"] != self.code for each in self.played.roots)


@pytest.fixture(name="locked")
def locked_site(site: Site) -> Site:
    """A site with a lock, a bundle, a record, specs and a warm cache, all of the sound world."""
    for name, text in _SPECS.items():
        (site.folder / name).write_text(f"format: capyctl-spec/1\nproviders:\n{text}")
    lab = site.open_lab(_SOUND)
    for line in (
        f"lock {ACME} --kubernetes-version stable",
        "bundle create whole.tar --locked capyctl.lock",
        f"resolve {ACME} --record run.json",
    ):
        assert _run(site, lab, *line.split()).status == 0
    return site


@pytest.mark.parametrize("now", _NOW)
def test_what_the_fixes_say_can_be_done(locked: Site, now: str) -> None:
    lab, kept = locked.open_lab(_NOW[now]), locked.path.read_bytes()
    tried: set[str] = set()
    for number, line in enumerate(_COMMANDS, start=list(_NOW).index(now)):
        for options in ([], [_OPTIONS[number % 2]]):
            words = [*line.split(), *options]
            played = _run(locked, lab, *words)
            for code, fix in _fixes(played):
                locked.path.write_bytes(kept)
                _try(locked, lab, Met(words=words, played=played, code=code, fix=fix), tried)
            locked.path.write_bytes(kept)


@pytest.mark.parametrize("trouble", ["clock", "format"])
def test_what_is_said_of_a_cache_can_be_done(locked: Site, trouble: str) -> None:
    """Offline there is nothing in its place, and of a locked file perhaps nothing at its release either."""
    cache = locked.folder / ".cache" / "capyctl"
    found = set()
    gone = locked.open_lab(without_file(_SOUND, REPOSITORY, "v1.3.0", COMPONENTS))
    for line in (f"resolve {ACME} --offline", f"resolve {ACME}", "resolve --locked capyctl.lock",
                 "kubernetes-version resolve stable --offline"):  # fmt: skip
        _spoil(cache, trouble)
        played = _run(locked, gone, *line.split())
        troubles = [each for each in _fixes(played) if each[0] in {"CAPY0801", "CAPY0803"}]
        found |= {code for code, _ in troubles}
        for code, fix in troubles:
            if fix["command"] != "capyctl cache clear":
                _try(locked, gone, Met(words=line.split(), played=played, code=code, fix=fix), set())
    assert found == {{"format": "CAPY0801", "clock": "CAPY0803"}[trouble]}


def test_the_newest_sound_version_is_chosen_where_a_fix_says_so(locked: Site) -> None:
    """``lock --update REF`` alone would ask again for the tag that the lock was asked for (7.2, ``requested``)."""
    assert _run(locked, _SOUND, "lock", f"{ACME}:v1.2.0").status == 0
    played = _run(locked, _SOUND, "lock", "--update", f"{ACME}:v9.9.9")
    (command,) = [
        fix["command"]
        for _, fix in _fixes(played)
        if fix["title"] == "let the newest sound version be chosen"
    ]
    assert _run(locked, _SOUND, *shlex.split(command)[1:]).status == 0
    assert (locked.entry()["version"], locked.entry()["requested"]) == ("v1.3.0", None)


@pytest.mark.parametrize("requested", ["", ":v1.3.0"])
def test_a_version_that_is_there_is_locked_where_a_fix_says_so(locked: Site, requested: str) -> None:
    assert _run(locked, _SOUND, "lock", f"{ACME}{requested}").status == 0
    gone = locked.open_lab(without_file(_SOUND, REPOSITORY, "v1.3.0", COMPONENTS))
    kept = locked.path.read_bytes()
    for words in (["resolve", "--locked", "capyctl.lock", "--no-cache"], ["lock", "--check", "--no-cache"]):
        locked.path.write_bytes(kept)
        commands = [
            fix["command"] for _, fix in _fixes(_run(locked, gone, *words)) if "that is there" in fix["title"]
        ]
        assert commands
        assert _run(locked, gone, *shlex.split(commands[0])[1:-2]).status == 0
        assert locked.entry()["version"] == "v1.2.0"


def test_what_is_kept_nowhere_is_kept_after_the_run_that_a_fix_names(locked: Site) -> None:
    (lab, words) = locked.open_lab(_SOUND), ["resolve", "--locked", "capyctl.lock", "--offline"]
    _run(locked, lab, "cache", "clear")
    played = _run(locked, lab, *words, "--no-cache")
    (command, *_) = [fix["command"] for code, fix in _fixes(played) if code == "CAPY1117"]
    assert _run(locked, lab, *shlex.split(command)[1:-2]).status == 0
    assert _run(locked, lab, *words).status == 0


def _run(site: Site, seen: World | Lab, *words: str) -> Played:
    """What ``Site.run`` does, without its look at the schema: hundreds of documents are read here.

    Nor are the sockets of this process watched: the lab may still be ending a conversation of the run before.
    """
    lab = seen if isinstance(seen, Lab) else site.open_lab(seen)
    home = {"HOME": str(site.folder), "PATH": os.environ["PATH"]}
    run = Run(argv=[*words, "-o", "json"], environ={**home, **lab.environment})
    outcome = execute(run)
    run.close()
    told = rendered(run, outcome)
    return Played(status=int(told.status), stdout=told.stdout, stderr=told.stderr)


def _fixes(played: Played) -> Iterator[tuple[str, dict[str, Any]]]:
    for item in played.document["diagnostics"]:
        yield from ((item["code"], fix) for fix in item["fixes"])


def _try(site: Site, lab: Lab, met: Met, tried: set[str]) -> None:
    """Run the command of a fix, or the same command after its edit; every review command once."""
    edit, command = met.fix["edit"], met.fix["command"]
    if edit is not None:
        before = Path(edit["file"]).read_bytes()
        apply_edit(edit)
        _check(_run(site, lab, *met.words), met)
        Path(edit["file"]).write_bytes(before)
    elif command is not None and "--help" not in command and (met.is_safe or command not in tried):
        tried.add(command)
        _check(_run(site, lab, *_without_output(shlex.split(command)[1:])), met)


def _without_output(words: list[str]) -> list[str]:
    """A site adds its own ``-o json``."""
    at = next((i for i, each in enumerate(words) if each in {"-o", "--output"}), len(words))
    return words[:at] + words[at + 2 :]


def _check(done: Played, met: Met) -> None:
    assert done.status not in {2, 70}, (met.fix, done.document["diagnostics"])
    if met.is_safe:
        assert met.code not in done.codes(), (met.fix, done.document["diagnostics"])
        if not met.other_errors:
            assert done.status == 0, (met.fix, done.document["diagnostics"])


def _spoil(cache: Path, trouble: str) -> None:
    if trouble == "format":
        (cache / "format").write_text("capyctl-cache/9\n")
    else:
        for path in (cache / "answers").rglob("*"):
            if path.is_file():
                _postdate(path)


def _postdate(path: Path) -> None:
    """The entry as a clock that was far ahead would have written it."""
    text = path.read_text()
    found = re.fullmatch(r'\{"sha256":"[0-9a-f]{64}","entry":(.*)\}\s*', text, re.DOTALL)
    assert found, text
    entry = re.sub(r'"stored_at":"\d{4}', '"stored_at":"2099', found[1])
    digest = hashlib.sha256(entry.encode()).hexdigest()
    path.write_text(f'{{"sha256":"{digest}","entry":{entry}}}\n')
    assert json.loads(path.read_text())["entry"]
