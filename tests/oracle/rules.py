"""The rules of choice once more, from the reference texts alone: which version a world has to give, and why.

Nothing here comes from capyctl's own code but the lab's plain data. Sources: cli.md 5 and 6, issue 3 section 1.4,
clusterctl-resolution 7 and 8.2. SemVer, metadata and contracts are read here in their own small way.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import yaml
from msgspec import Struct

from capyctl.core.metadata import METADATA
from capyctl.lab.world import Majors, ModuleProxy, Release, Repository

API_VERSION = "clusterctl.cluster.x-k8s.io/v1alpha3"
NEWEST_CORE_ACCEPTS = frozenset({"v1beta1", "v1beta2"})
STATES = ("draft", "withdrawn", "tag-only", "incomplete", "prerelease", "stable")

_TAG = re.compile(r"v?(0|[1-9]\d*)\.(0|[1-9]\d*)\.(0|[1-9]\d*)(?:-([0-9A-Za-z.-]+))?\Z")


class Rank(Struct, frozen=True, kw_only=True, order=True):
    """A tag's place in SemVer's order; identifiers of a pre-release are compared number by number."""

    numbers: tuple[int, int, int]
    is_stable: bool
    identifiers: tuple[tuple[int, int, str], ...] = ()


def rank(tag: str) -> Rank:
    """The place of a tag that stands for a version."""
    found = _TAG.match(tag)
    assert found, tag
    parts = found[4].split(".") if found[4] else []
    keys = tuple((0, int(part), "") if part.isdigit() else (1, 0, part) for part in parts)
    numbers = (int(found[1]), int(found[2]), int(found[3]))
    return Rank(numbers=numbers, is_stable=not parts, identifiers=keys)


def is_version(tag: str) -> bool:
    """Whether a tag stands for a version at all."""
    return _TAG.match(tag) is not None


def by_precedence(tags: Iterable[str]) -> list[str]:
    """Newest first."""
    return sorted(set(tags), key=rank, reverse=True)


def by_choice(tags: Iterable[str]) -> list[str]:
    """Stable before pre-release, newest first (cli.md 6, Choice)."""
    return sorted(set(tags), key=lambda tag: (rank(tag).is_stable, rank(tag)), reverse=True)


def accepted_with(core: str | None, asked: str | None = None) -> frozenset[str]:
    """``--contract`` means exactly that; else what the named core accepts, else the newest core (cli.md 6)."""
    if asked is not None:
        return frozenset({asked})
    if core is None:
        return NEWEST_CORE_ACCEPTS
    return NEWEST_CORE_ACCEPTS if core == "v1beta2" else frozenset({core})


class Series(Struct, frozen=True, kw_only=True):
    """What a metadata.yaml says of one version; ``contract`` is None where that is no single answer."""

    entries: tuple[tuple[int, int, str], ...]

    def own(self, tag: str) -> tuple[str, ...]:
        """Contracts of the version's own series, in the file's order."""
        major, minor, _ = rank(tag).numbers
        return tuple(contract for found, other, contract in self.entries if (found, other) == (major, minor))

    def contract(self, tag: str) -> str | None:
        """The contract; None where the own series is missing, or doubled with two contracts (issue 3, 1.4; W-32)."""
        own = set(self.own(tag))
        return own.pop() if len(own) == 1 else None


def read_series(data: bytes) -> Series | None:
    """A metadata.yaml, or None where nothing may be made of it (clusterctl-resolution 7.2 and 7.3)."""
    try:
        loaded = yaml.safe_load(data.decode())
    except (yaml.YAMLError, UnicodeDecodeError):
        return None
    if not isinstance(loaded, dict) or loaded.get("apiVersion") != API_VERSION:
        return None
    if loaded.get("kind", "Metadata") != "Metadata":
        return None
    entries = tuple(_entries(loaded.get("releaseSeries") or []))
    return Series(entries=entries) if entries else None


def _entries(rows: Iterable[Any]) -> Iterator[tuple[int, int, str]]:
    for row in rows:
        yield (row.get("major", 0), row.get("minor", 0), row.get("contract", ""))


class Answer(Struct, frozen=True, kw_only=True):
    """What a command has to give for one provider.

    ``rejected`` holds what ranks above the chosen version and is published; it is None where nothing is chosen.
    """

    version: str | None
    contract: str | None = None
    rejected: tuple[str, ...] = ()
    is_prerelease_for_want: bool = False

    @property
    def series(self) -> dict[str, int] | None:
        """As ``Resolved.series``."""
        if self.version is None:
            return None
        major, minor, _ = rank(self.version).numbers
        return {"major": major, "minor": minor}


class Asked(Struct, frozen=True, kw_only=True):
    """What the user said about the choice."""

    components: str
    pin: str | None = None
    contract: str | None = None
    allow_prerelease: bool = False
    core_contract: str | None = None

    @property
    def accepted(self) -> frozenset[str]:
        """Accepted contracts."""
        return accepted_with(self.core_contract, self.contract)

    @property
    def needed(self) -> frozenset[str]:
        """The files a release must have."""
        return frozenset({METADATA, self.components})


class Oracle(Struct, frozen=True, kw_only=True):
    """Answers about one repository."""

    repository: Repository
    asked: Asked

    def choose(self) -> Answer:
        """The choice over everything that exists, whatever a source hides."""
        return self.choose_among({release.tag for release in self._published()})

    def choose_among(self, known: Iterable[str]) -> Answer:
        """The choice where only these tags are known."""
        if self.asked.pin is not None:
            return self._pinned(self.asked.pin)
        known = set(known)
        published = {release.tag: release for release in self._published() if release.tag in known}
        has_stable = any(rank(tag).is_stable for tag in published)
        order = by_choice(published)
        may_be = [
            tag for tag in order if rank(tag).is_stable or self.asked.allow_prerelease or not has_stable
        ]
        for tag in may_be:
            contract = self.contract_of(published[tag])
            if contract in self.asked.accepted:
                above = tuple(order[: order.index(tag)])
                return Answer(
                    version=tag,
                    contract=contract,
                    rejected=above,
                    is_prerelease_for_want=not rank(tag).is_stable and not self.asked.allow_prerelease,
                )
        return Answer(version=None)

    def wrong_contract(self, tags: Iterable[str], *, complete: bool = True) -> frozenset[str]:
        """Those that their contract alone excludes, or with ``complete`` false also their contract."""
        found = {each.tag: each for each in self._published() if not complete or self.is_complete(each)}
        read = {tag: self.series_of(found[tag]) for tag in tags if tag in found}
        contracts = {tag: series.contract(tag) for tag, series in read.items() if series is not None}
        return frozenset(tag for tag, name in contracts.items() if name and name not in self.asked.accepted)

    def contract_of(self, release: Release) -> str | None:
        """What a complete, sound release implements."""
        if not self.is_complete(release):
            return None
        series = self.series_of(release)
        return series.contract(release.tag) if series else None

    def is_complete(self, release: Release) -> bool:
        """Published with both files (cli.md 6, Publication)."""
        return not release.draft and self.asked.needed <= set(release.files)

    def series_of(self, release: Release) -> Series | None:
        """Its own metadata.yaml, where there is one that can be used."""
        content = release.files.get(METADATA)
        return read_series(content.render()) if content is not None else None

    def state(self, tag: str, *, sees_drafts: bool = False) -> str:
        """Of several the first of ``STATES`` (cli.md 5)."""
        release = self.repository.release(tag)
        if release is not None and release.draft and sees_drafts:
            return "draft"
        if tag not in self.repository.pushed_tags:
            return "withdrawn"
        if release is None or release.draft:
            return "tag-only"
        if not self.is_complete(release):
            return "incomplete"
        return "stable" if rank(tag).is_stable else "prerelease"

    def _published(self) -> list[Release]:
        return [each for each in self.repository.releases if not each.draft and is_version(each.tag)]

    def _pinned(self, pin: str) -> Answer:
        release = self.repository.release(pin)
        contract = self.contract_of(release) if release is not None else None
        if contract not in self.asked.accepted:
            return Answer(version=None)
        return Answer(version=pin, contract=contract)


def listed_by(proxy: ModuleProxy, repository: Repository, name: str) -> frozenset[str]:
    """Tags that a module proxy lists under this name (peers-and-protocols B1); a list of the world's own wins."""
    if proxy.lists:
        return frozenset(_of_lists(proxy.lists, f"{repository.host}/{name}"))
    return frozenset(
        tag for tag in repository.module_versions if tag.startswith("v") and _has_place(repository, tag)
    )


def _of_lists(lists: Mapping[str, str], base: str) -> Iterator[str]:
    for path, body in lists.items():
        if path == base or path.startswith(f"{base}/v"):
            yield from (line.removesuffix("+incompatible") for line in body.split())


def _has_place(repository: Repository, tag: str) -> bool:
    major = rank(tag).numbers[0]
    return major < 2 or repository.majors.get(major, Majors.SUFFIX) is not Majors.HIDDEN


def marker(repository: Repository) -> frozenset[str]:
    """The release host's own "latest"."""
    latest = repository.marked_latest
    return frozenset({latest.tag}) if latest is not None and is_version(latest.tag) else frozenset()
