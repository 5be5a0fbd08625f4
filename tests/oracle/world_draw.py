"""Seeded worlds of one provider's repository: what publishers, proxies and chance may leave behind."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence

from msgspec import Struct
from msgspec.structs import replace

from capyctl.core.metadata import METADATA
from capyctl.lab.content import Content, lfs_pointer, metadata_yaml
from capyctl.lab.manifests import ComponentsShape, components_yaml
from capyctl.lab.world import Majors, ModuleProxy, Release, Repository, Token, World
from tests.oracle.rules import by_precedence, is_version, listed_by, rank

NAME = "acme/cluster-api-provider-x"
CORE = "kubernetes-sigs/cluster-api"
TYPES = {"infrastructure": "InfrastructureProvider", "bootstrap": "BootstrapProvider"}
PUSH_TOKEN = "push-token-of-the-oracle"  # noqa: S105 - accepted by a made-up world only

_CONTRACTS = ("v1beta1", "v1beta1", "v1beta1", "v1beta2", "v1beta2", "v1beta2", "v1alpha4", "v1beta3")
_PRE = ("alpha.0", "alpha.1", "beta.2", "beta.11", "rc.0", "rc.1")
_OTHER_TAGS = ("helm-chart-0.4.1", "api/v1.2.0", "latest")
_FATES = (
    "sound", "sound", "sound", "sound", "sound", "sound", "sound", "sound", "bare", "bare", "draft", "draft-unpushed",
    "withdrawn", "no-metadata", "no-components", "no-series", "doubled-other", "doubled-same", "doubled-past", "early",
    "api-version", "unreadable", "lfs", "empty", "record", "kind-missing", "no-entries", "api-missing",
)  # fmt: skip


class Goproxy(Struct, frozen=True, kw_only=True):
    """A value of ``GOPROXY``, and whether a proxy that knows the repository is asked under it."""

    value: str | None
    lists: bool


GOPROXIES: Mapping[str, Goproxy] = {
    "unset": Goproxy(value=None, lists=True),
    "off": Goproxy(value="off", lists=False),
    "direct": Goproxy(value="direct", lists=False),
    "list": Goproxy(value="https://proxy.golang.org,direct", lists=True),
    "second": Goproxy(value="https://nowhere.example.net|https://proxy.golang.org,off", lists=True),
}


class Drawn(Struct, frozen=True, kw_only=True):
    """A world and a command's words in it.

    Attributes:
        repository: of the provider asked about. fates: what was drawn for each tag, for messages of tests.
        types: of the providers that the repository holds; the first is asked about.
        named: the repository as the user's configuration calls it.
        core_pin: version of the core named beside it. sees_drafts: whether the run has a push token.
    """

    seed: int
    world: World
    repository: Repository
    fates: Mapping[str, str]
    types: tuple[str, ...] = ("infrastructure",)
    named: str = NAME
    pin: str | None = None
    contract: str | None = None
    allow_prerelease: bool = False
    core_pin: str | None = None
    sees_drafts: bool = False

    @property
    def components(self) -> str:
        """Name of the components file asked for."""
        return f"{self.types[0]}-components.yaml"

    @property
    def label(self) -> str:
        """Manifest label of the provider asked about."""
        return f"{self.types[0]}-x"

    @property
    def configuration(self) -> str:
        """The user's clusterctl.yaml."""
        rows = (
            f"- {{name: x, type: {TYPES[each]}, "
            f"url: 'https://github.com/{self.named}/releases/latest/{each}-components.yaml'}}\n"
            for each in self.types
        )
        return "providers:\n" + "".join(rows)

    @property
    def words(self) -> tuple[str, ...]:
        """References and options of a command that chooses."""
        words = [f"{self.label}:{self.pin}" if self.pin else self.label]
        words += [f"cluster-api:{self.core_pin}"] if self.core_pin else []
        words += ["--contract", self.contract] if self.contract else []
        words += ["--allow-prerelease"] if self.allow_prerelease else []
        return tuple(words)


def draw(seed: int) -> Drawn:
    """The world of a seed; only ``Random.random`` and ``shuffle`` on top of it decide, the same for ever."""
    dice = random.Random(seed)  # noqa: S311 - worlds, not secrets
    types = ("bootstrap", "infrastructure") if dice.random() < 0.15 else ("infrastructure",)
    tags = _tags(dice)
    fates = {tag: dice.choice(_FATES) if dice.random() < 0.75 else "sound" for tag in tags}
    repository = _repository(dice, tags, fates, types)
    renamed = dice.random() < 0.12
    if renamed:
        repository = replace(repository, name="acme-labs/provider-x", formerly=(NAME,))
    sees_drafts = dice.random() < 0.08
    world = World(
        repositories=(repository, _core()),
        proxies=(ModuleProxy(lists=_lagging(dice, repository) if dice.random() < 0.15 else {}),),
        tokens=(Token(value=PUSH_TOKEN, push=True),) if sees_drafts else (),
    )
    drawn = Drawn(
        seed=seed, world=world, repository=repository, fates=fates, types=types, sees_drafts=sees_drafts
    )
    return _with_wishes(dice, drawn)


def in_proxy(drawn: Drawn) -> frozenset[str]:
    """What the world's module proxy lists under the configured name."""
    return listed_by(drawn.world.proxies[0], drawn.repository, drawn.named)


def _with_wishes(dice: random.Random, drawn: Drawn) -> Drawn:
    wish = dice.random()
    known = by_precedence({*drawn.fates, "v9.9.9"})
    if wish < 0.12:
        return replace(drawn, pin=dice.choice(known))
    if wish < 0.22:
        return replace(drawn, contract=dice.choice(_CONTRACTS))
    if wish < 0.32:
        return replace(drawn, allow_prerelease=True)
    if wish < 0.40:
        return replace(drawn, core_pin=dice.choice(("v1.10.4", "v1.11.2")))
    return drawn


def _tags(dice: random.Random) -> list[str]:
    """One to twelve tags over several majors, oldest first."""
    majors = dice.sample((0, 1, 2, 3), k=dice.choice((1, 1, 2, 3)))
    bare_major = dice.choice((*majors, *majors, None, None, None, None, None, None))
    found: set[str] = set()
    for _ in range(dice.randint(1, 12)):
        major, minor, patch = dice.choice(majors), dice.randint(0, 3), dice.randint(0, 2)
        pre = f"-{dice.choice(_PRE)}" if dice.random() < 0.25 else ""
        prefix = "" if major == bare_major else "v"
        found.add(f"{prefix}{major}.{minor}.{patch}{pre}")
    if dice.random() < 0.06:
        found = {tag if "-" in tag else f"{tag}-rc.0" for tag in found}
    return by_precedence(found)[::-1]


def _repository(
    dice: random.Random, tags: Sequence[str], fates: Mapping[str, str], types: Sequence[str]
) -> Repository:
    contracts = {series: dice.choice(_CONTRACTS) for series in sorted({_series(tag) for tag in tags})}
    releases, bare, withdrawn = [], [], []
    days = list(range(1, len(tags) + 1))
    if dice.random() < 0.3:
        dice.shuffle(days)
    for day, tag in zip(days, tags, strict=True):
        fate = fates[tag]
        if fate == "bare":
            bare.append(tag)
        elif fate == "withdrawn":
            withdrawn.append(tag)
        else:
            releases.append(_release(dice, tag, fate, contracts, types, day))
    if releases and dice.random() < 0.15:
        place = dice.randrange(len(releases))
        releases[place] = replace(releases[place], latest=True)
    majors = {major: dice.choice(list(Majors)) for major in (2, 3) if dice.random() < 0.4}
    others = tuple(tag for tag in _OTHER_TAGS if dice.random() < 0.1)
    return Repository(
        name=NAME,
        releases=tuple(releases),
        tags=(*bare, *others),
        withdrawn=tuple(withdrawn),
        majors=majors,
    )


def _release(
    dice: random.Random,
    tag: str,
    fate: str,
    contracts: Mapping[str, str],
    types: Sequence[str],
    day: int,
) -> Release:
    files = {METADATA: Content(data=_metadata(tag, fate, contracts))}
    for each in types:
        shape = ComponentsShape(label=f"{each}-x", namespaces=("x-system",))
        files[f"{each}-components.yaml"] = Content(data=components_yaml(shape))
    if fate == "no-metadata":
        del files[METADATA]
    if fate == "no-components":
        del files[f"{types[0]}-components.yaml"]
    date = f"2025-03-{day:02}T12:00:00Z"
    return Release(
        tag=tag,
        files=files,
        draft=fate.startswith("draft"),
        pushed=fate != "draft-unpushed",
        prerelease=dice.random() < (0.9 if "-" in tag else 0.1),
        created_at=date,
        published_at=date,
    )


def _metadata(tag: str, fate: str, contracts: Mapping[str, str]) -> bytes:
    own = _series(tag)
    known = [(series, contract) for series, contract in contracts.items() if _key(series) <= _key(own)]
    entries = {
        "no-series": [entry for entry in known if entry[0] != own],
        "no-entries": [],
        "doubled-other": [*known, (own, "v1beta1" if contracts[own] != "v1beta1" else "v1beta2")],
        "doubled-same": [*known, (own, contracts[own])],
        "doubled-past": [*known, *((series, "v1alpha3") for series, _ in known if series != own)],
        "early": [*known, (f"{own.partition('.')[0]}.{_key(own)[1] + 7}", "v1beta2")],
    }.get(fate, known)
    whole = metadata_yaml(entries)
    return {
        "api-version": metadata_yaml(entries, api_version="clusterctl.cluster.x-k8s.io/v1alpha9"),
        "api-missing": metadata_yaml(entries, api_version=None),
        "kind-missing": metadata_yaml(entries, kind=None),
        "unreadable": b"apiVersion: [unclosed\n\t- nothing: here\n",
        "lfs": lfs_pointer(whole),
        "empty": b"",
        "record": b'{"url": "https://api.github.com/x", "id": 7, "name": "metadata.yaml", "state": "uploaded"}',
    }.get(fate, whole)


def _lagging(dice: random.Random, repository: Repository) -> dict[str, str]:
    """A proxy whose lists end before the newest tags."""
    base = f"{repository.host}/{NAME}"
    known = by_precedence(
        tag for tag in repository.module_versions if tag.startswith("v") and is_version(tag)
    )
    suffixed = {rank(tag).numbers[0] for tag in known} - {0, 1}
    paths = {
        f"{base}/v{major}"
        for major in suffixed
        if repository.majors.get(major, Majors.SUFFIX) is Majors.SUFFIX
    }
    lists: dict[str, list[str]] = {path: [] for path in (base, *sorted(paths))}
    for tag in known[dice.randint(1, 2) :]:
        major = rank(tag).numbers[0]
        kind = repository.majors.get(major, Majors.SUFFIX)
        if major < 2 or kind is Majors.SUFFIX:
            lists.setdefault(base if major < 2 else f"{base}/v{major}", []).append(tag)
        elif kind is Majors.INCOMPATIBLE:
            lists[base].append(f"{tag}+incompatible")
    return {path: "".join(f"{tag}\n" for tag in found) for path, found in lists.items()}


def _core() -> Repository:
    """A sound core with the two contracts that matter."""
    series = [("1.10", "v1beta1"), ("1.11", "v1beta2")]
    shape = ComponentsShape(label="cluster-api", namespaces=("capi-system",))
    files = {
        METADATA: Content(data=metadata_yaml(series)),
        "core-components.yaml": Content(data=components_yaml(shape)),
    }
    dates = {"v1.10.4": "2025-05-01T00:00:00Z", "v1.11.2": "2025-09-01T00:00:00Z"}
    releases = tuple(
        Release(tag=tag, files=files, created_at=at, published_at=at) for tag, at in dates.items()
    )
    return Repository(name=CORE, releases=releases)


def _series(tag: str) -> str:
    major, minor, _ = rank(tag).numbers
    return f"{major}.{minor}"


def _key(series: str) -> tuple[int, int]:
    major, _, minor = series.partition(".")
    return int(major), int(minor)
