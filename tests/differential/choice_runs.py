"""Runs one command by real clusterctl and by capyctl in one lab world, and says what each chose."""

from __future__ import annotations

import enum
import os
import re
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

from msgspec import Struct, field
from msgspec.structs import replace

from capyctl.core.yaml_values import load_values
from capyctl.lab.lab import Lab
from capyctl.lab.run import open_lab
from capyctl.lab.world import Fault, FaultKind, ModuleProxy, Quota, World
from tests.plugins.real_parts import find_clusterctl
from tests.scenario.playing import run_words

RELEASES = ("v1.10.1", "v1.13.6")
_CHECKOUT = Path(__file__).resolve().parents[2]
ACCEPTED = {"v1.10.1": ("v1beta1",), "v1.13.6": ("v1beta2", "v1beta1")}
_CONTRACT = {"v1.10.1": ("--contract", "v1beta1"), "v1.13.6": ()}
_EMPTY_MIRROR = "mirror.example.com"
_VERSION_LINE = re.compile(r"^Version:\s+(\S+)$", re.MULTILINE)
_PATIENCE = 200
_AMPLE = Quota(limit=5000, remaining=5000)
FAILS = "fails"


class Listing(enum.Enum):
    """How ``GOPROXY`` has versions listed; ``mirror`` names a module proxy that knows no module (5.7, row G)."""

    UNSET = "unset"
    OFF = "off"
    MIRROR = "mirror"


class ChoiceCase(Struct, frozen=True, kw_only=True):
    """One ``generate provider`` in one world.

    Attributes:
        words: after ``generate provider``. home: files of the home folder; ``{home}`` in them stands for it.
        listings: the states of ``GOPROXY`` to try. expected: capyctl's choice by release, where the world tells it.
    """

    name: str
    world: World
    words: tuple[str, ...]
    environment: Mapping[str, str] = field(default_factory=dict)
    home: Mapping[str, bytes] = field(default_factory=dict)
    listings: tuple[Listing, ...] = tuple(Listing)
    expected: Mapping[str, str] = field(default_factory=dict)


class Answer(Struct, frozen=True, kw_only=True):
    """What a tool did.

    Attributes:
        choice: the version it gives components of, or ``fails``. message: clusterctl's last error line.
        codes: capyctl's errors, root cause first. objects: as printed.
    """

    choice: str
    message: str = ""
    codes: tuple[str, ...] = ()
    objects: tuple[object, ...] = ()


class Place(Struct, frozen=True, kw_only=True):
    """An open world and the home folder of a case."""

    case: ChoiceCase
    lab: Lab
    home: Path

    def run(self, command: list[str], listing: Listing) -> subprocess.CompletedProcess[str]:
        """Run a command as a user of this world."""
        return subprocess.run(
            command,
            env=self._environment(listing),
            cwd=self.home,
            capture_output=True,
            text=True,
            timeout=_PATIENCE,
            check=False,
        )

    def clusterctl(self, release: str, listing: Listing, *words: str) -> subprocess.CompletedProcess[str]:
        """Run a real clusterctl."""
        return self.run([str(find_clusterctl(release).path), *words], listing)

    def capyctl(self, listing: Listing, *words: str) -> dict[str, Any]:
        """Run capyctl in this process, which adds nothing to its answer; its JSON document."""
        played = run_words([*words, "-o", "json"], self._environment(listing))
        assert played.document["exit_status"] == played.status
        return played.document

    def _environment(self, listing: Listing) -> dict[str, str]:
        proxy = {
            Listing.UNSET: {},
            Listing.OFF: {"GOPROXY": "off"},
            Listing.MIRROR: {"GOPROXY": f"https://{_EMPTY_MIRROR}"},
        }[listing]
        return {
            "PATH": os.environ["PATH"],
            "PYTHONPATH": str(_CHECKOUT),
            "HOME": str(self.home),
            "XDG_CONFIG_HOME": str(self.home / ".config"),
            "CLUSTERCTL_DISABLE_VERSIONCHECK": "true",
            **self.lab.environment,
            **self.case.environment,
            **proxy,
        }


@contextmanager
def opened(case: ChoiceCase) -> Iterator[Place]:
    """The world of a case, served, and its home folder, furnished."""
    with (
        tempfile.TemporaryDirectory(prefix="capyctl-choice-") as folder,
        open_lab(_prepared(case.world)) as lab,
    ):
        _furnish(Path(folder), case.home)
        yield Place(case=case, lab=lab, home=Path(folder))


def _prepared(world: World) -> World:
    """With the empty mirror, and a quota that the runs of one case do not use up."""
    nothing = Fault(kind=FaultKind.STATUS, host=_EMPTY_MIRROR, status=404)
    mirror = ModuleProxy(host=_EMPTY_MIRROR)
    quota = _AMPLE if world.quota == Quota() else world.quota
    return replace(world, proxies=(*world.proxies, mirror), faults=(nothing, *world.faults), quota=quota)


def _furnish(home: Path, files: Mapping[str, bytes]) -> None:
    (home / ".config").mkdir()
    for name, data in files.items():
        path = home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data.replace(b"{home}", str(home).encode()))


def ask_clusterctl(place: Place, release: str, listing: Listing) -> Answer:
    """``generate provider`` of a real release, and the version that it names with ``--describe``."""
    words = ("generate", "provider", *place.case.words)
    result = place.clusterctl(release, listing, *words)
    if result.returncode:
        last = result.stderr.strip().splitlines()[-1].removeprefix("Error: ")
        return Answer(choice=FAILS, message=without_chance(last, place.home))
    described = place.clusterctl(release, listing, *words, "--describe")
    version = _VERSION_LINE.search(described.stdout)
    assert version is not None
    return Answer(choice=version[1], objects=_in_promised_order(result.stdout, release))


def ask_capyctl(place: Place, release: str, listing: Listing) -> Answer:
    """The same words, with the contract that the release accepts."""
    words = ("generate", "provider", *place.case.words, *_CONTRACT[release])
    document = place.capyctl(listing, *words)
    assert document["status"] != "fault", document["diagnostics"]
    if document["exit_status"]:
        errors = [item for item in document["diagnostics"] if item["severity"] == "error"]
        return Answer(choice=FAILS, codes=tuple(item["code"] for item in errors if not item["caused_by"]))
    result = document["result"]
    objects = tuple(_comparable(item, release) for item in result["components"])
    return Answer(choice=result["provider"]["version"], objects=objects)


def _in_promised_order(text: str, release: str) -> tuple[object, ...]:
    """The objects in the order of cli.md 5; clusterctl turns those of cert-manager round (W-40)."""
    groups: dict[str, list[object]] = {"Namespace": [], "cert-manager": [], "rest": []}
    for item in load_values(text.encode()):
        groups[_group(item)].append(_comparable(item, release))
    return (*groups["Namespace"], *reversed(groups["cert-manager"]), *groups["rest"])


def _group(item: object) -> str:
    assert isinstance(item, dict)
    if item.get("kind") == "Namespace":
        return "Namespace"
    return "cert-manager" if str(item.get("apiVersion")).startswith("cert-manager.io/") else "rest"


def _comparable(value: object, release: str) -> object:
    """Without the null time stamps that the Kubernetes types of v1.10.1 write."""
    if isinstance(value, dict):
        kept = value.items()
        if release == "v1.10.1":
            kept = {key: item for key, item in kept if (key, item) != ("creationTimestamp", None)}.items()
        return {key: _comparable(item, release) for key, item in kept}
    return [_comparable(item, release) for item in value] if isinstance(value, list) else value


def without_chance(message: str, home: Path) -> str:
    """The message without what no two runs share: the folder of the run, the order of a set, the transport's cause."""
    message = message.replace(str(home), "{home}").replace("v1beta1, v1beta2", "v1beta2, v1beta1")
    # The last try of a list races with clusterctl's own deadline.
    message = re.sub(
        r'(failed to get the list of releases: )Get ".*', r"\1context deadline exceeded", message
    )
    return re.sub(r'(Get "[^"]*": ).*', r"\1…", message)


class Difference(Struct, frozen=True, kw_only=True, order=True):
    """A listed or an observed difference of the two in one state."""

    release: str
    listing: str
    clusterctl: str
    capyctl: str

    @classmethod
    def between(cls, release: str, listing: Listing, theirs: Answer, ours: Answer) -> Self | None:
        """What differs, or None where version, objects and outcome agree."""
        if theirs.choice == ours.choice and theirs.objects == ours.objects:
            return None
        same_version = theirs.choice == ours.choice
        return cls(
            release=release,
            listing=listing.value,
            clusterctl=theirs.choice,
            capyctl=f"{ours.choice}, other objects" if same_version else ours.choice,
        )
