"""Which questions a run asks, in how many rounds, and what it chooses (cli.md 6, style C5)."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from msgspec.structs import replace

from capyctl.app.resolution import ProviderResolution, ResolveRequest
from capyctl.app.resolve import Resolver
from capyctl.core import codes
from capyctl.core.identity import ProviderType
from capyctl.core.listed import ListedVersion
from capyctl.core.location import GitHubReleases, RepositoryLocation
from capyctl.core.selection import ChoicePolicy, Chosen, Judgement, NoneLeft
from capyctl.ports.catalog import ProviderSources
from capyctl.ports.fetch_errors import (
    AbsentError,
    BadAnswerError,
    OfflineError,
    ServerFailedError,
    UnreachableError,
)
from capyctl.ports.fetcher import Answer
from tests.unit.app.fakes import (
    API,
    COMPONENTS,
    DOWNLOAD,
    LOOKING,
    METADATA,
    NAMESPACE,
    PROXY,
    WEB,
    FakeCatalog,
    FakeSource,
    GitHubWorld,
    RoundAsker,
    failed,
    github,
    metadata,
    resolve,
    silent,
    table_entry,
    target,
)


def chosen(resolution: ProviderResolution) -> str:
    assert isinstance(resolution.choice, Chosen), resolution.choice
    return resolution.choice.judgement.version.tag


def rejected(resolution: ProviderResolution) -> list[tuple[str, str]]:
    assert isinstance(resolution.choice, Chosen | NoneLeft)
    passed: Sequence[Judgement] = resolution.choice.passed_over
    return [(item.version.tag, item.code.code if item.code else "") for item in passed]


def none_left(resolution: ProviderResolution) -> NoneLeft:
    assert isinstance(resolution.choice, NoneLeft), resolution.choice
    return resolution.choice


# Rounds and counts of questions (issue 3, table of numbers; style C5).


def test_a_sound_newest_version_takes_four_questions_in_two_rounds() -> None:
    world = GitHubWorld(proxied=["v1.0.0", "v1.1.0"], latest="v1.1.0").release("v1.1.0").release("v1.0.0")
    asker = RoundAsker()
    assert chosen(resolve(world.sources(), asker=asker)) == "v1.1.0"
    assert world.asked == [
        f"{PROXY} versions",
        f"{WEB} repository",
        f"{DOWNLOAD} v1.1.0/{METADATA}",
        f"{DOWNLOAD} v1.1.0/{COMPONENTS}",
    ]
    assert len(asker.rounds) <= 3


def test_several_providers_share_the_rounds() -> None:
    worlds = {
        name: GitHubWorld(proxied=["v1.0.0"], latest="v1.0.0").release("v1.0.0") for name in ("a", "b", "c")
    }
    targets = tuple(
        target(f"bootstrap-{name}", table_entry(name, location=_own_repository(name))) for name in worlds
    )
    catalog = FakeCatalog({f"bootstrap-{name}": world.sources() for name, world in worlds.items()})
    asker = RoundAsker()
    found = Resolver(catalog=catalog, asker=asker, components=LOOKING).resolve(
        ResolveRequest(targets=targets)
    )
    assert [chosen(each) for each in found] == ["v1.0.0"] * 3
    assert asker.rounds == [3, 6]
    assert catalog.warmed == ["bootstrap-a", "bootstrap-b", "bootstrap-c"]


def _own_repository(name: str) -> GitHubReleases:
    return replace(github(), name=name)


def test_one_more_round_for_each_batch_of_five_rejected_ones() -> None:
    tags = [f"v1.{minor}.0" for minor in range(11)]
    world = GitHubWorld(proxied=tags, latest="v1.0.0").release("v1.0.0")
    asker = RoundAsker()
    assert chosen(resolve(world.sources(), asker=asker)) == "v1.0.0"
    # Lists; the newest with both files; five; five with v1.0.0 in them; what is still open of v1.0.0.
    assert asker.rounds[:2] == [1, 2]
    batches = [asked for asked in world.asked if asked.startswith(f"{DOWNLOAD} ") and METADATA in asked]
    assert len(batches) == 11
    assert len(asker.rounds) <= 2 + 2 + 1


def test_nothing_is_asked_twice() -> None:
    tags = [f"v1.{minor}.0" for minor in range(8)]
    world = GitHubWorld(proxied=tags, records=tags, latest="v1.7.0").release("v1.0.0")
    resolve(world.sources())
    assert len(world.asked) == len(set(world.asked))


@pytest.mark.parametrize("channel", ["latest", "v1.0.0"])
def test_a_pin_asks_for_its_own_two_files_and_never_for_a_list(channel: str) -> None:
    """W-1: a broken newest release must not block a pin."""
    world = GitHubWorld(proxied=["v9.0.0"], latest="v9.0.0").release("v1.0.0")
    reference = "bootstrap-widgets:v1.0.0" if channel == "latest" else "bootstrap-widgets"
    asker = RoundAsker()
    found = resolve(world.sources(), reference, asker=asker, entry=table_entry(location=github(channel)))
    assert chosen(found) == "v1.0.0"
    assert world.asked == [f"{DOWNLOAD} v1.0.0/{METADATA}", f"{DOWNLOAD} v1.0.0/{COMPONENTS}"]
    assert asker.rounds == [2]
    assert found.listing is None


def test_a_reference_pins_against_the_tag_of_the_address() -> None:
    world = GitHubWorld().release("v1.0.0").release("v2.0.0")
    found = resolve(world.sources(), "bootstrap-widgets:v2.0.0", entry=table_entry(location=github("v1.0.0")))
    assert chosen(found) == "v2.0.0"


# Where a list comes from (cli.md 6, Online).


def test_the_forges_list_is_a_fall_back_only() -> None:
    world = GitHubWorld(proxied=["v1.0.0"], records=["v1.0.0"], latest="v1.0.0").release("v1.0.0")
    resolve(world.sources())
    assert f"{API} versions" not in world.asked


@pytest.mark.parametrize(
    "proxied", [(), failed(AbsentError, PROXY), failed(ServerFailedError, PROXY, failure="http-503")]
)
def test_where_no_list_could_be_had_the_forge_is_asked(proxied: object) -> None:
    world = GitHubWorld(proxied=proxied, records=["v1.0.0"], latest="v1.0.0").release("v1.0.0")  # type: ignore[arg-type]
    assert chosen(resolve(world.sources())) == "v1.0.0"
    assert world.asked.count(f"{API} versions") == 1


def test_a_major_hidden_from_the_proxy_is_a_candidate_by_latest() -> None:
    """F34: the list of the proxy ends at v1, the release host marks v2."""
    world = GitHubWorld(proxied=["v1.0.0"], latest="v2.0.1").release("v1.0.0").release("v2.0.1")
    assert chosen(resolve(world.sources())) == "v2.0.1"
    assert f"{API} versions" not in world.asked


def test_a_hidden_latest_that_was_not_taken_asks_the_forge_once() -> None:
    """The route of listing never decides the choice: v2.0.0 is sound and hidden as well."""
    world = GitHubWorld(proxied=["v1.0.0"], records=["v1.0.0", "v2.0.0", "v2.0.1"], latest="v2.0.1").release(
        "v1.0.0"
    )
    world.release("v2.0.0")
    found = resolve(world.sources())
    assert chosen(found) == "v2.0.0"
    assert world.asked.count(f"{API} versions") == 1
    assert rejected(found) == [("v2.0.1", "CAPY0401")]


def test_the_forge_is_asked_once_even_if_its_list_helps_nothing() -> None:
    world = GitHubWorld(proxied=["v1.0.0"], records=silent(API), latest="v2.0.1").release("v1.0.0")
    assert chosen(resolve(world.sources())) == "v1.0.0"
    assert world.asked.count(f"{API} versions") == 1


def test_a_major_that_the_proxy_says_it_hides_is_asked_of_the_forge() -> None:
    """F34 with a patch of the old branch marked latest: the marker alone would leave the choice to GOPROXY."""
    world = GitHubWorld(proxied=["v1.0.1"], records=["v1.0.1", "v2.0.1"], latest="v1.0.1")
    sources = world.release("v1.0.1").release("v2.0.1").sources()

    class Telling(FakeSource):
        def versions(self, location: RepositoryLocation) -> Answer[tuple[ListedVersion, ...]]:
            return replace(super().versions(location), hidden_major=2)

    telling = Telling(route=PROXY, asked=world.asked, listed=["v1.0.1"])
    assert chosen(resolve(replace(sources, listings=(telling,)))) == "v2.0.1"
    assert world.asked.count(f"{API} versions") == 1


def test_none_can_be_chosen_is_said_only_after_the_forge_was_asked() -> None:
    """The proxy lists no tag without a ``v``; without it the choice would hang on GOPROXY."""
    world = GitHubWorld(proxied=["v1.0.0"], records=["v1.0.0", "0.9.0"], latest="v1.0.0").release("0.9.0")
    found = resolve(world.sources())
    assert chosen(found) == "0.9.0"
    assert rejected(found) == [("v1.0.0", "CAPY0401")]
    assert world.asked.count(f"{API} versions") == 1


def test_a_prerelease_for_want_of_a_stable_version_is_taken_only_after_the_forge_was_asked() -> None:
    """The host's "latest" names no pre-release, so a proxy that lags would hide the newest one."""
    world = GitHubWorld(proxied=["v1.0.0-rc.0"], records=["v1.0.0-rc.0", "v1.0.0-rc.1"], latest=None)
    found = resolve(world.release("v1.0.0-rc.0").release("v1.0.0-rc.1").sources())
    assert chosen(found) == "v1.0.0-rc.1"
    assert world.asked.count(f"{API} versions") == 1


def test_several_fall_backs_are_asked_once_and_the_run_ends() -> None:
    world = GitHubWorld(proxied=["v1.0.0"], latest="v2.0.1").release("v1.0.0")
    sources = world.sources()
    lists = [FakeSource(route=f"list-{number}", asked=world.asked, listed=["v1.0.0"]) for number in range(2)]
    assert chosen(resolve(replace(sources, fallback_listings=tuple(lists)))) == "v1.0.0"
    assert [item for item in world.asked if item.startswith("list-")] == ["list-0 versions"]


def test_no_list_at_all_leaves_the_hosts_own_latest() -> None:
    world = GitHubWorld(proxied=silent(PROXY), records=silent(API), latest="v1.0.0").release("v1.0.0")
    assert chosen(resolve(world.sources())) == "v1.0.0"


def test_a_source_without_latest_is_listed_alone() -> None:
    asked: list[str] = []
    tree = FakeSource(
        route="local",
        asked=asked,
        listed=["v1.0.0"],
        files={("v1.0.0", METADATA): metadata("v1.0.0"), ("v1.0.0", COMPONENTS): NAMESPACE},
    )
    assert chosen(resolve(ProviderSources(listings=(tree,), files=(tree,)))) == "v1.0.0"


# Publication: a listing alone proves nothing (cli.md 6; W-2, W-5; F26, F40, F43, F46, F53).


def test_each_fault_rejects_one_version_with_its_reason_and_never_the_run() -> None:
    tags = ["v1.7.0", "v1.6.0", "v1.5.0", "v1.4.0", "v1.3.0", "v1.2.0", "v1.1.0"]
    world = GitHubWorld(proxied=tags, latest="v1.6.0").release("v1.1.0")
    # v1.7.0: a tag without release. v1.6.0: no metadata. v1.5.0: series missing. v1.4.0: unreadable.
    world.files["v1.6.0", COMPONENTS] = NAMESPACE
    world.files["v1.5.0", METADATA] = metadata("v1.4.0")
    world.files["v1.4.0", METADATA] = b"releaseSeries: [\n"
    # v1.3.0: no components. v1.2.0: a JSON record in the file's place.
    world.files["v1.3.0", METADATA] = metadata("v1.3.0")
    world.files["v1.2.0", METADATA] = failed(BadAnswerError, DOWNLOAD, failure="json-record")
    found = resolve(world.sources())
    assert chosen(found) == "v1.1.0"
    assert rejected(found) == [
        ("v1.7.0", codes.VERSION_NOT_PUBLISHED.code),
        ("v1.6.0", codes.METADATA_MISSING.code),
        ("v1.5.0", codes.OWN_SERIES_MISSING.code),
        ("v1.4.0", codes.METADATA_UNREADABLE.code),
        ("v1.3.0", codes.COMPONENTS_MISSING.code),
        ("v1.2.0", codes.ANSWER_IS_RECORD.code),
    ]


def test_a_draft_and_an_incomplete_record_are_known_from_the_forges_list() -> None:
    records = [
        ListedVersion(tag="v1.2.0", draft=True, assets=((METADATA, 1), (COMPONENTS, 1))),
        ListedVersion(tag="v1.1.0", draft=False, assets=((METADATA, 1),)),
        ListedVersion(tag="v1.0.0", draft=False, assets=((METADATA, 1), (COMPONENTS, 1))),
    ]
    world = GitHubWorld(proxied=(), records=records, latest="v1.0.0").release("v1.0.0")
    found = resolve(world.sources())
    assert chosen(found) == "v1.0.0"
    assert rejected(found) == [
        ("v1.2.0", codes.DRAFT_RELEASE.code),
        ("v1.1.0", codes.COMPONENTS_MISSING.code),
    ]
    assert not any("v1.2.0" in asked or "v1.1.0/" in asked for asked in world.asked)


@pytest.mark.parametrize("file", [METADATA, COMPONENTS])
def test_what_could_not_be_had_blocks_everything_older(file: str) -> None:
    """Unavailable is not absent: an older version in its place would change with the weather."""
    world = GitHubWorld(proxied=["v1.1.0", "v1.0.0"], latest="v1.1.0").release("v1.1.0").release("v1.0.0")
    world.files["v1.1.0", file] = silent(DOWNLOAD)
    choice = none_left(resolve(world.sources()))
    assert choice.blocked is not None
    assert choice.blocked.version.tag == "v1.1.0"
    assert choice.blocked.code is codes.SOURCE_SILENT


def test_the_search_ends_at_its_limit() -> None:
    tags = [f"v1.{minor}.0" for minor in range(9)]
    choice = none_left(resolve(GitHubWorld(proxied=tags).sources(), policy=ChoicePolicy(limit=6)))
    assert choice.limit_reached


# Accepted contracts (cli.md 6, Choice; clusterctl-resolution 8.2).


def test_contracts_of_the_newest_core_are_accepted_by_default() -> None:
    world = GitHubWorld(proxied=["v3.0.0", "v2.0.0", "v1.0.0"], latest="v3.0.0")
    world.release("v3.0.0", "v1beta3").release("v2.0.0", "v1beta1").release("v1.0.0", "v1beta2")
    found = resolve(world.sources())
    assert chosen(found) == "v2.0.0"
    assert found.accepted == {"v1beta2", "v1beta1"}
    assert rejected(found) == [("v3.0.0", codes.CONTRACT_NOT_ACCEPTED.code)]


def test_a_contract_that_is_named_is_meant_exactly() -> None:
    world = GitHubWorld(proxied=["v2.0.0", "v1.0.0"], latest="v2.0.0")
    world.release("v2.0.0", "v1beta2").release("v1.0.0", "v1beta1")
    found = resolve(world.sources(), contract="v1beta1")
    assert chosen(found) == "v1.0.0"
    assert found.accepted == {"v1beta1"}


def test_a_named_core_decides_what_the_others_may_implement() -> None:
    """A core of v1beta1 takes no provider of v1beta2 (clusterctl-resolution 8.2)."""
    core_file = "core-components.yaml"
    core = GitHubWorld().release("v1.10.0", "v1beta1", components=core_file)
    other = GitHubWorld(proxied=["v2.0.0", "v1.0.0"], latest="v2.0.0")
    other.release("v2.0.0", "v1beta2").release("v1.0.0", "v1beta1")
    core_entry = table_entry("cluster-api", ProviderType.CORE, github(components=core_file))
    catalog = FakeCatalog({"cluster-api": core.sources(), "bootstrap-widgets": other.sources()})
    request = ResolveRequest(targets=(target(), target("cluster-api:v1.10.0", core_entry)))
    found = Resolver(catalog=catalog, asker=RoundAsker(), components=LOOKING).resolve(request)
    assert [chosen(each) for each in found] == ["v1.0.0", "v1.10.0"]
    assert found[0].accepted == {"v1beta1"}


def test_a_core_that_cannot_be_chosen_leaves_the_newest_cores_contracts() -> None:
    core = GitHubWorld()
    other = GitHubWorld(proxied=["v2.0.0"], latest="v2.0.0").release("v2.0.0", "v1beta2")
    core_entry = table_entry("cluster-api", ProviderType.CORE)
    catalog = FakeCatalog({"cluster-api": core.sources(), "bootstrap-widgets": other.sources()})
    request = ResolveRequest(targets=(target("cluster-api:v9.9.9", core_entry), target()))
    found = Resolver(catalog=catalog, asker=RoundAsker(), components=LOOKING).resolve(request)
    assert found[0].chosen is None
    assert chosen(found[1]) == "v2.0.0"


# Spelling (W-12, W-19, F01).


@pytest.mark.parametrize(
    ("asked", "published"),
    [
        ("2.7.1", "v2.7.1"),
        ("v1.1.3+d32ac08", "v1.1.3"),
        ("1.1.3+d32ac08", "v1.1.3"),
        ("1.0.2", "1.0.2"),
    ],
)
def test_a_pin_is_found_under_the_tag_it_was_published_with(asked: str, published: str) -> None:
    world = GitHubWorld().release(published)
    assert chosen(resolve(world.sources(), f"bootstrap-widgets:{asked}")) == published


def test_a_tag_keeps_its_spelling_when_it_is_listed() -> None:
    """W-19: ``1.0.2`` is asked for as ``1.0.2``."""
    world = GitHubWorld(proxied=["1.0.2", "v1.0.1"], latest="1.0.2").release("1.0.2")
    assert chosen(resolve(world.sources())) == "1.0.2"


def test_a_pin_that_is_no_version_asks_nothing() -> None:
    world = GitHubWorld(proxied=["v1.0.0"], latest="v1.0.0").release("v1.0.0")
    assert none_left(resolve(world.sources(), "bootstrap-widgets:main")).passed_over == ()
    assert world.asked == []


# Pre-releases (cli.md 6; F30, F35).


def test_a_prerelease_is_chosen_only_where_nothing_stable_is_published() -> None:
    world = GitHubWorld(proxied=["v1.1.0-rc.1", "v1.0.0"], latest="v1.0.0").release("v1.1.0-rc.1")
    found = resolve(world.sources())
    assert chosen(found) == "v1.1.0-rc.1"
    assert isinstance(found.choice, Chosen)
    assert found.choice.for_want_of_stable
    world.release("v1.0.0")
    assert chosen(resolve(world.sources())) == "v1.0.0"


def test_a_pinned_prerelease_needs_no_leave() -> None:
    world = GitHubWorld().release("v1.1.0-rc.1")
    assert chosen(resolve(world.sources(), "bootstrap-widgets:v1.1.0-rc.1")) == "v1.1.0-rc.1"


# Order of sources for a file (cli.md 6).


def test_an_override_stands_before_the_repository() -> None:
    world = GitHubWorld().release("v1.0.0")
    override = FakeSource(
        route="override", asked=world.asked, files={("v1.0.0", METADATA): metadata("v1.0.0", "v1beta2")}
    )
    found = resolve(replace(world.sources(), override=override), "bootstrap-widgets:v1.0.0")
    assert found.chosen is not None
    assert found.chosen.contract == "v1beta2"
    assert f"{DOWNLOAD} v1.0.0/{METADATA}" not in world.asked
    assert f"{DOWNLOAD} v1.0.0/{COMPONENTS}" in world.asked


def test_a_404_is_final_where_the_host_knows_the_repository() -> None:
    world = GitHubWorld(proxied=["v1.0.0"], latest="v0.9.0")
    resolve(world.sources())
    assert not any(asked.startswith(f"{API} v1.0.0") for asked in world.asked)
    stranger = GitHubWorld(proxied=["v1.0.0"], latest=failed(AbsentError, WEB))
    resolve(stranger.sources())
    assert f"{API} v1.0.0/{METADATA}" in stranger.asked


# The proxy as a source of metadata (cli.md 6).


def witnessed(files: dict[tuple[str, str], bytes]) -> tuple[GitHubWorld, ProviderSources]:
    world = GitHubWorld(proxied=["v1.0.0"], latest=silent(WEB))
    world.files["v1.0.0", METADATA] = failed(UnreachableError, DOWNLOAD, failure="refused")
    world.files["v1.0.0", COMPONENTS] = failed(UnreachableError, DOWNLOAD, failure="refused")
    witness = FakeSource(route=PROXY, asked=world.asked, files=files)
    return world, replace(world.sources(), witness=witness)


def test_metadata_comes_from_the_proxy_only_when_asked_for() -> None:
    _, sources = witnessed({("v1.0.0", METADATA): metadata("v1.0.0")})
    assert none_left(resolve(sources)).blocked is not None
    found = resolve(sources, metadata_from_proxy=True)
    assert chosen(found) == "v1.0.0"
    assert found.from_proxy == {"v1.0.0"}
    assert found.content(METADATA) is not None
    assert found.content(COMPONENTS) is None


def test_a_proxy_that_has_no_metadata_either_changes_nothing() -> None:
    _, sources = witnessed({})
    found = resolve(sources, metadata_from_proxy=True)
    assert found.from_proxy == frozenset()
    assert found.chosen is None


def test_the_proxy_is_no_substitute_for_a_file_that_is_absent() -> None:
    world = GitHubWorld(proxied=["v1.0.0"], latest="v0.9.0")
    witness = FakeSource(route=PROXY, asked=world.asked, files={("v1.0.0", METADATA): metadata("v1.0.0")})
    found = resolve(replace(world.sources(), witness=witness), metadata_from_proxy=True)
    assert found.chosen is None
    assert f"{PROXY} v1.0.0/{METADATA}" not in world.asked


# Offline (cli.md 5: a file is null only when the run cannot have it).


def test_offline_without_components_chooses_by_metadata_alone() -> None:
    world = GitHubWorld(proxied=["v1.0.0"])
    world.files["v1.0.0", METADATA] = metadata("v1.0.0")
    world.files["v1.0.0", COMPONENTS] = failed(OfflineError, "snapshot", "the snapshot has no components")
    found = resolve(world.sources())
    assert chosen(found) == "v1.0.0"
    assert found.content(COMPONENTS) is None
    assert found.rendered is None


def test_a_resolution_without_a_choice_has_no_content() -> None:
    found = resolve(GitHubWorld(proxied=["v1.0.0"], latest="v1.0.0").sources())
    assert found.chosen is None
    assert found.content(METADATA) is None
    assert found.rendered is None
    assert found.label == "bootstrap-widgets"
    assert {piece.route for piece in found.evidence} >= {PROXY, WEB, DOWNLOAD}
