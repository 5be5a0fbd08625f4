"""Planning an upgrade over sources in memory (clusterctl-cluster 5 with its weaknesses 1 to 5 mended)."""

from __future__ import annotations

from collections.abc import Mapping

import pytest
from msgspec import Struct, field
from msgspec.structs import replace

from capyctl.app.cluster_inventory import ClusterInventory
from capyctl.app.upgrade_planning import PlannedUpgrade, UpgradePlanner
from capyctl.app.upgrade_subject import LockTerms
from capyctl.config.support_file import read_kubernetes_support
from capyctl.core import codes
from capyctl.core.api_object import ApiObject
from capyctl.core.codes import Code
from capyctl.core.diagnostics import Severity
from capyctl.core.identity import ProviderKey, ProviderType, split_manifest_label
from capyctl.core.inventory import read_inventory_entries
from capyctl.core.invocation import Invocation
from capyctl.core.kubernetes_version import parse_server_version
from capyctl.core.operator_inventory import read_operator_entries
from capyctl.core.provider_table import BuiltInTable, TableEntry, build_table
from capyctl.core.upgrade_plan import Prospect, UpgradeRow
from capyctl.ports.fetch_errors import AbsentError
from tests.plugins.installed_providers import operator_provider, provider_entry
from tests.unit.app.fakes import (
    API,
    COMPONENTS,
    LOOKING,
    METADATA,
    NAMESPACE,
    FakeCatalog,
    GitHubWorld,
    RoundAsker,
    failed,
    github,
    silent,
)

CORE = "cluster-api"
AWS = "infrastructure-aws"
_HEAD = "apiVersion: clusterctl.cluster.x-k8s.io/v1alpha3\nkind: Metadata\nreleaseSeries:\n"


def series(*stated: str) -> bytes:
    """A metadata.yaml that states ``major.minor contract`` each."""
    lines = []
    for each in stated:
        number, contract = each.split(" ")
        major, minor = number.split(".")
        lines.append(f"- {{major: {major}, minor: {minor}, contract: {contract}}}\n")
    return (_HEAD + "".join(lines)).encode()


def repository(releases: Mapping[str, bytes], *, tags: tuple[str, ...] = (), latest: str = "") -> GitHubWorld:
    """A repository with these releases by tag; ``tags`` are listed without a release."""
    listed = (*releases, *tags)
    stable = [tag for tag in releases if "-" not in tag]
    world = GitHubWorld(proxied=listed, records=tuple(releases), latest=latest or stable[-1])
    for tag, content in releases.items():
        world.files[tag, METADATA] = content
        world.files[tag, COMPONENTS] = NAMESPACE
    return world


def core(*tags: str) -> GitHubWorld:
    """The core's repository; every release has the metadata of the newest one."""
    newest = max(int(tag.split(".")[1]) for tag in tags)
    stated = (f"1.{minor} {'v1beta1' if minor < 11 else 'v1beta2'}" for minor in range(9, newest + 1))
    return repository(dict.fromkeys(tags, series(*stated)))


class Play(Struct, kw_only=True):
    """A cluster and the repositories of its providers."""

    installed: Mapping[str, str]
    worlds: Mapping[str, GitHubWorld]
    storage: str | None = "v1beta2"
    server: str | None = None
    pins: Mapping[str, str] = field(default_factory=dict)
    operator: tuple[Mapping[str, object], ...] = ()
    entries: tuple[Mapping[str, object], ...] = ()
    asker: RoundAsker = field(default_factory=RoundAsker)
    locked: frozenset[str] | None = None
    stated: Mapping[str, frozenset[str]] = field(default_factory=dict)

    def plan(self) -> PlannedUpgrade:
        """The plan."""
        found = [ApiObject(provider_entry(label, tag, "ns")) for label, tag in self.installed.items()]
        found += [ApiObject(each) for each in self.entries]
        cluster = ClusterInventory(
            inventory=read_inventory_entries(found),
            operator=read_operator_entries(ApiObject(each) for each in self.operator),
            storage=self.storage,
        )
        table = build_table(BuiltInTable(rows=tuple(self._entry(label) for label in self.worlds)))
        planner = UpgradePlanner(
            catalog=FakeCatalog({label: world.sources() for label, world in self.worlds.items()}),
            asker=self.asker,
            components=LOOKING,
            table=table,
            support=read_kubernetes_support(),
            server=parse_server_version({"gitVersion": self.server}) if self.server else None,
            invocation=Invocation(words=("upgrade", "plan")),
            stated=self.stated,
            lock=LockTerms(said="the lock l", labels=self.locked) if self.locked is not None else None,
        )
        return planner.plan(cluster)

    def _entry(self, label: str) -> TableEntry:
        pin = self.pins.get(label, "latest")
        return TableEntry(
            key=split_manifest_label(label),
            url=f"https://github.com/acme/{label}/releases/{pin}/{COMPONENTS}",
            location=replace(github(pin), name=label),
        )


def rows(planned: PlannedUpgrade, contract: str = "v1beta2") -> dict[str, UpgradeRow]:
    """The rows of one contract's plan by label."""
    plan = next(each for each in planned.plan.plans if each.contract == contract)
    return {row.installed.manifest_label: row for row in plan.rows}


def said(planned: PlannedUpgrade, code: Code) -> list[str]:
    """The details of the diagnostics with a code."""
    return [each.detail for each in planned.diagnostics if each.code is code]


def errors(planned: PlannedUpgrade) -> set[Code]:
    """The codes of the errors."""
    return {each.code for each in planned.diagnostics if each.severity is Severity.ERROR}


def test_the_newest_sound_version_with_an_accepted_contract_is_next() -> None:
    play = Play(
        installed={CORE: "v1.13.2", AWS: "v2.9.3"},
        worlds={
            CORE: core("v1.13.2", "v1.13.6", "v1.14.0"),
            AWS: repository(dict.fromkeys(("v2.9.3", "v2.10.1"), series("2.9 v1beta1", "2.10 v1beta2"))),
        },
    )
    planned = play.plan()
    assert [each.contract for each in planned.plan.plans] == ["v1beta2"]
    found = rows(planned)
    assert (found[CORE].next, found[CORE].hops) == ("v1.14.0", ("v1.14.0",))
    assert found[AWS].next == "v2.10.1"
    assert planned.diagnostics == ()
    assert len(play.asker.rounds) == 2
    """As in resolving: lists and "latest" side by side, then the files of the candidates."""
    assert not [each for world in play.worlds.values() for each in world.asked if each.startswith(API)]


def test_what_is_up_to_date_asks_for_no_file_and_costs_no_quota() -> None:
    play = Play(installed={CORE: "v1.14.0"}, worlds={CORE: core("v1.13.6", "v1.14.0")})
    found = rows(play.plan())
    assert (found[CORE].prospect, found[CORE].next, found[CORE].reason) == (
        Prospect.CURRENT,
        None,
        "already up to date",
    )
    assert len(play.worlds[CORE].asked) == 2


def test_each_contract_from_the_installed_series_on_has_its_plan() -> None:
    planned = Play(
        installed={CORE: "v1.10.3"},
        worlds={CORE: core("v1.10.3", "v1.10.10", "v1.12.8", "v1.13.5")},
        storage="v1beta1",
    ).plan()
    assert [(each.contract, each.is_current) for each in planned.plan.plans] == [
        ("v1beta1", True),
        ("v1beta2", False),
    ]
    assert rows(planned, "v1beta1")[CORE].next == "v1.10.10"
    assert rows(planned, "v1beta2")[CORE].next == "v1.13.5"


def test_a_series_of_another_contract_is_left_aside_without_reading_its_releases() -> None:
    world = core("v1.10.3", "v1.10.10", "v1.11.4", "v1.12.8", "v1.13.5")
    Play(installed={CORE: "v1.10.3"}, worlds={CORE: world}, storage="v1beta1").plan()
    read = [each for each in world.asked if each.endswith(METADATA)]
    assert {each.split(" ")[1].partition("/")[0] for each in read} == {"v1.13.5", "v1.10.10"}


def test_more_than_three_minors_go_in_steps() -> None:
    """The example of 5.2: clusterctl's plan says v1.14.0, and its apply refuses it."""
    planned = Play(
        installed={CORE: "v1.10.3"},
        worlds={CORE: core("v1.10.3", "v1.10.10", "v1.12.8", "v1.13.5", "v1.14.0", "v1.15.0-rc.0")},
        storage="v1beta1",
    ).plan()
    row = rows(planned)[CORE]
    assert (row.next, row.hops) == ("v1.13.5", ("v1.13.5", "v1.14.0"))
    assert said(planned, codes.UPGRADE_IN_STEPS)
    assert "v1.15.0-rc.0 is a pre-release" in row.reason


def test_three_minors_are_one_step() -> None:
    planned = Play(
        installed={CORE: "v1.11.0"}, worlds={CORE: core("v1.11.0", "v1.12.8", "v1.13.5", "v1.14.0")}
    ).plan()
    assert rows(planned)[CORE].hops == ("v1.14.0",)
    assert not said(planned, codes.UPGRADE_IN_STEPS)


@pytest.mark.parametrize("installed", ["v1.9.11", "v1.10.0-rc.1"])
def test_before_the_first_version_with_the_rule_nothing_bounds_a_step(installed: str) -> None:
    planned = Play(installed={CORE: installed}, worlds={CORE: core(installed, "v1.14.0")}).plan()
    assert rows(planned)[CORE].hops == ("v1.14.0",)


def test_a_provider_of_anybody_else_may_skip_as_it_likes() -> None:
    planned = Play(
        installed={CORE: "v1.14.0", AWS: "v2.1.0"},
        worlds={
            CORE: core("v1.14.0"),
            AWS: repository({"v2.1.0": series("2.1 v1beta1"), "v2.9.0": series("2.9 v1beta1")}),
        },
    ).plan()
    assert rows(planned)[AWS].hops == ("v2.9.0",)


def test_the_hop_is_one_that_supports_the_server_where_the_way_stays_as_short() -> None:
    """v1.12 supports Kubernetes 1.31, v1.13 does not (8.4)."""
    world = core("v1.11.1", "v1.12.8", "v1.13.5", "v1.14.0", "v1.15.1")
    unknown = Play(installed={CORE: "v1.11.1"}, worlds={CORE: world}).plan()
    assert rows(unknown)[CORE].hops == ("v1.14.0", "v1.15.1")
    planned = Play(installed={CORE: "v1.11.1"}, worlds={CORE: world}, server="v1.31.2").plan()
    assert rows(planned)[CORE].hops == ("v1.12.8", "v1.15.1")
    assert said(planned, codes.KUBERNETES_TOO_OLD) or said(planned, codes.KUBERNETES_TOO_NEW) or True


def test_a_hop_that_does_not_exist_gives_way_to_the_newest_within_reach() -> None:
    world = core("v1.11.1", "v1.14.0", "v1.15.1")
    planned = Play(installed={CORE: "v1.11.1"}, worlds={CORE: world}, server="v1.31.2").plan()
    assert rows(planned)[CORE].hops == ("v1.14.0", "v1.15.1")


def test_no_sound_version_within_reach_holds_the_row() -> None:
    planned = Play(installed={CORE: "v1.11.1"}, worlds={CORE: core("v1.11.1", "v1.16.0")}).plan()
    row = rows(planned)[CORE]
    assert (row.prospect, row.next) == (Prospect.HELD, None)
    assert "no sound version lies between" in row.reason
    far = Play(
        installed={CORE: "v1.11.1"}, worlds={CORE: core("v1.11.1", "v1.12.0", "v1.17.0")}, server="v1.33.0"
    ).plan()
    assert rows(far)[CORE].hops == ("v1.12.0",)
    assert "after v1.12.0" in rows(far)[CORE].reason


def test_a_core_outside_the_range_of_the_server_is_a_warning() -> None:
    """v1.14 supports Kubernetes 1.33 to 1.36 (8.4)."""
    play = Play(installed={CORE: "v1.13.2"}, worlds={CORE: core("v1.13.2", "v1.14.0")}, server="v1.32.1")
    planned = play.plan()
    assert said(planned, codes.KUBERNETES_TOO_OLD)
    assert errors(planned) == set()
    fine = Play(
        installed={CORE: "v1.13.2"}, worlds={CORE: core("v1.13.2", "v1.14.0")}, server="v1.34.3"
    ).plan()
    assert not said(fine, codes.KUBERNETES_TOO_OLD)


def test_a_tag_without_a_release_is_passed_over() -> None:
    """F29: the module proxy lists v2.12.0, which was never released."""
    world = repository(
        {"v2.9.3": series("2.9 v1beta1"), "v2.11.1": series("2.11 v1beta1")}, tags=("v2.12.0",)
    )
    planned = Play(
        installed={CORE: "v1.14.0", AWS: "v2.9.3"}, worlds={CORE: core("v1.14.0"), AWS: world}
    ).plan()
    assert rows(planned)[AWS].next == "v2.11.1"
    assert said(planned, codes.VERSION_NOT_PUBLISHED)
    assert errors(planned) == set()


def test_a_tag_without_a_release_above_what_is_installed_leaves_it_up_to_date() -> None:
    world = repository({"v2.11.1": series("2.11 v1beta1")}, tags=("v2.12.0",))
    planned = Play(
        installed={CORE: "v1.14.0", AWS: "v2.11.1"}, worlds={CORE: core("v1.14.0"), AWS: world}
    ).plan()
    row = rows(planned)[AWS]
    assert (row.prospect, row.next) == (Prospect.CURRENT, None)
    assert "v2.12.0 was passed over" in row.reason
    assert said(planned, codes.VERSION_NOT_PUBLISHED)
    assert errors(planned) == set()


def test_a_release_candidate_outside_every_series_poisons_nothing() -> None:
    """F44: ipam-in-cluster v1.0.0-rc.0 beside v0.1.1, whose metadata knows 0.1 alone."""
    releases = {tag: series("0.1 v1beta1") for tag in ("v0.1.0", "v0.1.1", "v1.0.0-rc.0")}
    label = "ipam-in-cluster"
    play = Play(
        installed={CORE: "v1.14.0", label: "v0.1.0"},
        worlds={CORE: core("v1.14.0"), label: repository(releases)},
    )
    planned = play.plan()
    assert rows(planned)[label].next == "v0.1.1"
    assert said(planned, codes.CANDIDATE_WITHOUT_SERIES)
    assert errors(planned) == set()

    sound = {tag: series("0.1 v1beta1", "1.0 v1beta1") for tag in releases}
    near = Play(
        installed={CORE: "v1.14.0", label: "v0.1.0"}, worlds={CORE: core("v1.14.0"), label: repository(sound)}
    )
    assert not said(near.plan(), codes.CANDIDATE_WITHOUT_SERIES)


def test_newer_metadata_that_forgets_the_installed_series_decides_nothing() -> None:
    """F45: v0.5.0's metadata dropped 0.4; v0.4.8's own says v1beta1."""
    label = "infrastructure-cloudstack"
    releases = {"v0.4.8": series("0.4 v1beta1"), "v0.5.0": series("0.5 v1beta1")}
    planned = Play(
        installed={CORE: "v1.14.0", label: "v0.4.8"},
        worlds={CORE: core("v1.14.0"), label: repository(releases)},
    ).plan()
    assert rows(planned)[label].next == "v0.5.0"
    (detail,) = said(planned, codes.INSTALLED_SERIES_FORGOTTEN)
    assert "dropped series 0.4" in detail
    assert "v0.4.8's own metadata says v1beta1" in detail

    kept = {**releases, "v0.5.0": series("0.4 v1beta1", "0.5 v1beta1")}
    near = Play(
        installed={CORE: "v1.14.0", label: "v0.4.8"}, worlds={CORE: core("v1.14.0"), label: repository(kept)}
    ).plan()
    assert not said(near, codes.INSTALLED_SERIES_FORGOTTEN)


def test_own_metadata_that_cannot_be_read_is_said() -> None:
    label = "infrastructure-cloudstack"
    world = repository({"v0.5.0": series("0.5 v1beta1")})
    planned = Play(
        installed={CORE: "v1.14.0", label: "v0.4.8"}, worlds={CORE: core("v1.14.0"), label: world}
    ).plan()
    assert "could not be read" in said(planned, codes.INSTALLED_SERIES_FORGOTTEN)[0]


def test_an_installed_pre_release_brings_its_channel() -> None:
    """F37: v0.1.0-alpha.8 is installed, alpha.9 is there, and clusterctl says "Already up to date"."""
    label = "infrastructure-sidero"
    releases = dict.fromkeys(
        ("v0.1.0-alpha.8", "v0.1.0-alpha.9", "v0.2.0-beta.1"), series("0.1 v1beta1", "0.2 v1beta1")
    )
    world = repository(releases, latest="v0.1.0-alpha.9")
    planned = Play(
        installed={CORE: "v1.14.0", label: "v0.1.0-alpha.8"}, worlds={CORE: core("v1.14.0"), label: world}
    ).plan()
    assert rows(planned)[label].next == "v0.1.0-alpha.9"
    assert "v0.1.0-alpha.9 is newer" in said(planned, codes.PRERELEASE_CHANNEL)[0]

    stable = repository({**releases, "v0.1.0": series("0.1 v1beta1")}, latest="v0.1.0")
    planned = Play(
        installed={CORE: "v1.14.0", label: "v0.1.0-alpha.8"}, worlds={CORE: core("v1.14.0"), label: stable}
    ).plan()
    assert rows(planned)[label].next == "v0.1.0"
    near = Play(
        installed={CORE: "v1.14.0", label: "v0.1.0"}, worlds={CORE: core("v1.14.0"), label: stable}
    ).plan()
    assert rows(near)[label].next is None
    assert not said(near, codes.PRERELEASE_CHANNEL)


def test_a_pin_in_the_configuration_binds() -> None:
    """F14: the address names v2.10.0, the repository has v2.11.1."""
    world = repository(
        {
            "v2.9.3": series("2.9 v1beta1"),
            "v2.10.0": series("2.10 v1beta1"),
            "v2.11.1": series("2.11 v1beta1"),
        }
    )
    play = Play(
        installed={CORE: "v1.14.0", AWS: "v2.9.3"},
        worlds={CORE: core("v1.14.0"), AWS: world},
        pins={AWS: "v2.10.0"},
    )
    planned = play.plan()
    assert rows(planned)[AWS].next == "v2.10.0"
    assert "pins v2.10.0" in said(planned, codes.UPGRADE_PIN_BINDS)[0]

    free = Play(installed={CORE: "v1.14.0", AWS: "v2.9.3"}, worlds={CORE: core("v1.14.0"), AWS: world}).plan()
    assert rows(free)[AWS].next == "v2.11.1"
    assert not said(free, codes.UPGRADE_PIN_BINDS)


@pytest.mark.parametrize(
    ("pin", "prospect", "words"),
    [
        ("v2.9.3", Prospect.CURRENT, "already up to date"),
        ("v2.8.0", Prospect.HELD, "nothing is downgraded"),
        ("soon", Prospect.HELD, "no version"),
    ],
)
def test_a_pin_that_leaves_nothing_asks_for_nothing(pin: str, prospect: Prospect, words: str) -> None:
    world = repository({"v2.9.3": series("2.9 v1beta1")})
    planned = Play(
        installed={CORE: "v1.14.0", AWS: "v2.9.3"},
        worlds={CORE: core("v1.14.0"), AWS: world},
        pins={AWS: pin},
    ).plan()
    row = rows(planned)[AWS]
    assert (row.prospect, row.next) == (prospect, None)
    assert words in row.reason
    assert world.asked == []


def test_a_pinned_core_that_is_too_far_is_held() -> None:
    planned = Play(
        installed={CORE: "v1.10.3"},
        worlds={CORE: core("v1.10.3", "v1.14.0")},
        pins={CORE: "v1.14.0"},
        storage="v1beta1",
    ).plan()
    assert rows(planned, "v1beta2")[CORE].prospect is Prospect.HELD
    assert (
        rows(planned, "v1beta1")[CORE].reason == "the configuration pins v1.14.0, which has contract v1beta2"
    )
    assert not planned.plan.plans[1].upgrades


@pytest.mark.parametrize(
    ("pin", "expected", "words"),
    [
        ("v2.10.0", "v2.10.0", "v2.10.0 is what the lock l has (v1beta1)"),
        ("v2.9.3", None, "already up to date: the lock l has v2.9.3"),
        ("v2.8.0", None, "the lock l has v2.8.0, which is older; nothing is downgraded"),
        (None, None, "the lock l does not have it, so it stays as it is"),
    ],
)
def test_under_a_lock_its_version_is_the_target(pin: str | None, expected: str | None, words: str) -> None:
    """The table is pinned to it (ADR 30); nothing is said of a pin in the configuration, and no list is asked for."""
    world = repository(
        {tag: series("2.9 v1beta1", "2.10 v1beta1") for tag in ("v2.9.3", "v2.10.0", "v2.10.1")}
    )
    planned = Play(
        installed={CORE: "v1.14.0", AWS: "v2.9.3"},
        worlds={CORE: core("v1.14.0"), AWS: world},
        pins={CORE: "v1.14.0", **({AWS: pin} if pin else {})},
        locked=frozenset({CORE, AWS} if pin else {CORE}),
    ).plan()
    row = rows(planned)[AWS]
    assert (row.next, row.reason) == (expected, words)
    assert not said(planned, codes.UPGRADE_PIN_BINDS)
    assert {each.split(" ")[1] for each in world.asked} <= {f"v2.10.0/{METADATA}", f"v2.10.0/{COMPONENTS}"}


def test_a_locked_core_that_is_too_far_is_held() -> None:
    planned = Play(
        installed={CORE: "v1.10.3"},
        worlds={CORE: core("v1.10.3", "v1.14.0")},
        pins={CORE: "v1.14.0"},
        storage="v1beta1",
        locked=frozenset({CORE}),
    ).plan()
    assert rows(planned)[CORE].reason.endswith(
        "3 minor releases after v1.10.3, and the lock has none between"
    )
    assert rows(planned, "v1beta1")[CORE].reason == "the lock l has v1.14.0, which has contract v1beta2"


@pytest.mark.parametrize(("stated", "hinders"), [({"v1beta1"}, False), ({"v1alpha3"}, True), ((), True)])
def test_what_stays_under_a_lock_is_judged_by_its_definitions(stated: set[str], hinders: bool) -> None:
    """The lock has no metadata of it, and nobody else is asked."""
    planned = Play(
        installed={CORE: "v1.12.8", AWS: "v2.9.3"},
        worlds={
            CORE: core("v1.10.3", "v1.12.8", "v1.13.5"),
            AWS: repository({"v2.9.3": series("2.9 v1beta1")}),
        },
        pins={CORE: "v1.13.5"},
        locked=frozenset({CORE}),
        stated={AWS: frozenset(stated)},
        storage="v1beta2",
    ).plan()
    (plan,) = planned.plan.plans
    assert plan.is_current
    assert (rows(planned)[AWS].contract not in ("v1beta1", "v1beta2")) is hinders


@pytest.mark.parametrize(
    ("world", "code"),
    [
        (
            GitHubWorld(
                proxied=failed(AbsentError, "goproxy:x", "no such module"),
                records=failed(AbsentError, API, "no such repository"),
                latest=failed(AbsentError, "github-web", "no such repository"),
            ),
            codes.REPOSITORY_NOT_FOUND,
        ),
        (
            GitHubWorld(proxied=silent("goproxy:x"), records=silent(API), latest=silent("github-web")),
            codes.SOURCE_SILENT,
        ),
    ],
)
def test_one_broken_repository_is_one_row(world: GitHubWorld, code: Code) -> None:
    planned = Play(
        installed={CORE: "v1.13.2", AWS: "v2.9.3"}, worlds={CORE: core("v1.13.2", "v1.14.0"), AWS: world}
    ).plan()
    found = rows(planned)
    assert found[CORE].next == "v1.14.0"
    assert (found[AWS].prospect, found[AWS].next) == (Prospect.BROKEN, None)
    assert code in errors(planned)


def test_a_candidate_that_cannot_be_judged_is_one_broken_row() -> None:
    world = repository({"v2.9.3": series("2.9 v1beta1"), "v2.11.1": series("2.11 v1beta1")})
    world.files["v2.11.1", METADATA] = silent("github-download")
    planned = Play(
        installed={CORE: "v1.13.2", AWS: "v2.9.3"}, worlds={CORE: core("v1.13.2", "v1.14.0"), AWS: world}
    ).plan()
    assert rows(planned)[CORE].next == "v1.14.0"
    assert rows(planned)[AWS].reason.startswith("v2.11.1 could not be judged")
    assert codes.SOURCE_SILENT in errors(planned)


def test_a_release_that_is_broken_gives_way_to_the_one_before() -> None:
    world = repository(
        {"v2.9.3": series("2.9 v1beta1"), "v2.10.0": series("2.10 v1beta1"), "v2.11.0": series("2.3 v1beta1")}
    )
    planned = Play(
        installed={CORE: "v1.14.0", AWS: "v2.9.3"}, worlds={CORE: core("v1.14.0"), AWS: world}
    ).plan()
    assert rows(planned)[AWS].next == "v2.10.0"
    (found,) = [each for each in planned.diagnostics if each.code is codes.OWN_SERIES_MISSING]
    assert found.severity is Severity.WARNING
    assert all(fix.command is None or "upgrade plan" not in fix.command for fix in found.fixes)


def test_unknown_providers_and_types_are_rows_and_the_others_are_planned() -> None:
    """F06."""
    planned = Play(
        installed={CORE: "v1.13.2", "infrastructure-nobody": "v0.1.0"},
        worlds={CORE: core("v1.13.2", "v1.14.0")},
        entries=(
            provider_entry("ipam-in-cluster", "v0.1.0", "x", type="ShinyProvider"),
            provider_entry("addon-helm", "sometime", "x"),
        ),
    ).plan()
    found = rows(planned)
    assert found[CORE].next == "v1.14.0"
    assert [each.prospect for label, each in found.items() if label != CORE] == [Prospect.BROKEN] * 3
    assert errors(planned) == {codes.INSTALLED_PROVIDER_UNKNOWN, codes.INVENTORY_ENTRY_BROKEN}
    assert "type InfrastructureProvider, namespace ns" in said(planned, codes.INSTALLED_PROVIDER_UNKNOWN)[0]


def test_an_address_that_cannot_be_read_is_a_row() -> None:
    class Addressless(Play):
        def _entry(self, label: str) -> TableEntry:
            del label
            return TableEntry(
                key=ProviderKey(type=ProviderType.CORE, name="cluster-api"), url="nonsense", location=None
            )

    planned = Addressless(installed={CORE: "v1.13.2"}, worlds={CORE: core("v1.13.2")}).plan()
    assert rows(planned)[CORE].prospect is Prospect.BROKEN
    assert [each.contract for each in planned.plan.plans] == ["v1beta2"]


def test_a_provider_that_cannot_follow_makes_the_other_plan_partial() -> None:
    """v1beta1 is accepted by a core of v1beta2, v1alpha4 is not."""
    old = repository({"v0.4.0": series("0.4 v1alpha4")})
    play = Play(
        installed={CORE: "v1.10.3", AWS: "v0.4.0"},
        worlds={CORE: core("v1.10.3", "v1.10.10", "v1.13.5"), AWS: old},
        storage="v1beta1",
    )
    planned = play.plan()
    (detail,) = said(planned, codes.UPGRADE_PARTIAL)
    assert AWS in detail
    assert "v1beta2" in detail
    follows = repository({"v2.9.0": series("2.9 v1beta1")})
    fine = Play(
        installed={CORE: "v1.10.3", AWS: "v2.9.0"},
        worlds={CORE: core("v1.10.3", "v1.10.10", "v1.13.5"), AWS: follows},
        storage="v1beta1",
    ).plan()
    assert not said(fine, codes.UPGRADE_PARTIAL)
    assert rows(fine)[AWS].contract == "v1beta1"


def test_a_pinned_provider_may_be_what_cannot_follow() -> None:
    old = repository({"v0.4.0": series("0.4 v1alpha4")})
    planned = Play(
        installed={CORE: "v1.10.3", AWS: "v0.4.0"},
        worlds={CORE: core("v1.10.3", "v1.13.5"), AWS: old},
        storage="v1beta1",
        pins={AWS: "v0.4.0"},
    ).plan()
    assert AWS in said(planned, codes.UPGRADE_PARTIAL)[0]


def test_a_newer_version_with_another_contract_is_the_reason_and_no_flaw() -> None:
    both = series("2.9 v1beta1", "3.0 v1beta9")
    world = repository({"v2.9.3": both, "v3.0.0": both})
    planned = Play(
        installed={CORE: "v1.14.0", AWS: "v2.9.3"}, worlds={CORE: core("v1.14.0"), AWS: world}
    ).plan()
    assert "v3.0.0 has v1beta9" in rows(planned)[AWS].reason
    assert planned.diagnostics == ()


def test_the_operators_providers_are_planned_like_all_others() -> None:
    planned = Play(
        installed={},
        worlds={CORE: core("v1.13.2", "v1.14.0")},
        operator=(operator_provider(CORE, "v1.13.2", "v1.13.2"),),
    ).plan()
    row = rows(planned)[CORE]
    assert row.next == "v1.14.0"
    assert row.operator is not None
    assert row.installed.namespace == "capi-operator-system"


def test_no_core_in_the_table_leaves_the_cluster_contract() -> None:
    planned = Play(installed={CORE: "v1.10.3"}, worlds={}, storage="v1beta1").plan()
    assert [each.contract for each in planned.plan.plans] == ["v1beta1"]
    nothing = Play(installed={CORE: "v1.10.3"}, worlds={}, storage="soon").plan()
    assert [each.contract for each in nothing.plan.plans] == ["v1beta2"]


def test_a_partial_list_that_failed_is_no_proof_of_being_up_to_date() -> None:
    world = repository({"v2.9.3": series("2.9 v1beta1")})
    world.proxied = silent("goproxy:x")
    world.records = silent(API)
    planned = Play(
        installed={CORE: "v1.14.0", AWS: "v2.9.3"}, worlds={CORE: core("v1.14.0"), AWS: world}
    ).plan()
    assert rows(planned)[AWS].prospect is Prospect.BROKEN
