"""Every source asked once, side by side; nothing falls back (issue 3 item 7, style C6)."""

from __future__ import annotations

from msgspec.structs import replace

from capyctl.app.observations import observe
from capyctl.core import codes
from capyctl.core.evidence import Question
from capyctl.core.listed import ListedVersion, RepositoryFacts
from capyctl.ports.catalog import ProviderSources
from tests.unit.app.fakes import (
    API,
    COMPONENTS,
    DOWNLOAD,
    METADATA,
    PROXY,
    WEB,
    FakeRetractions,
    FakeSource,
    GitHubWorld,
    RoundAsker,
    metadata,
    resolve,
    silent,
)

NOW = "2026-11-21T10:00:00Z"


def full(world: GitHubWorld) -> ProviderSources:
    """All sources of a GitHub repository: tags, witness, records and repository too."""
    api = FakeSource(
        route=API,
        asked=world.asked,
        listed=["v1.0.0", "v0.9.0"],
        facts=RepositoryFacts(full_name="acme/widgets", archived=True),
        releases={"v1.0.0": ListedVersion(tag="v1.0.0", draft=False)},
    )
    return replace(
        world.sources(),
        tags=(api,),
        releases=api,
        repository=api,
        witness=FakeSource(route=PROXY, asked=world.asked, files={("v1.0.0", METADATA): b"other"}),
    )


def test_every_source_answers_every_question_it_can_in_one_round() -> None:
    world = GitHubWorld(proxied=["v1.0.0"], records=["v1.0.0"], latest="v1.0.0").release("v1.0.0")
    sources = full(world)
    resolution = resolve(sources)
    world.asked.clear()
    asker = RoundAsker()
    found = observe(resolution, sources, asker)
    assert sorted(world.asked) == sorted(
        [
            f"{PROXY} versions",
            f"{API} versions",
            f"{API} versions",
            f"{WEB} repository",
            f"{API} repository",
            f"{DOWNLOAD} v1.0.0/{METADATA}",
            f"{API} v1.0.0/{METADATA}",
            f"{PROXY} v1.0.0/{METADATA}",
            f"{DOWNLOAD} v1.0.0/{COMPONENTS}",
            f"{API} v1.0.0/{COMPONENTS}",
        ]
    )
    assert len(asker.rounds) == 1
    assert {piece.question for piece in found.evidence} == {
        Question.VERSIONS,
        Question.REPOSITORY,
        Question.FILE,
    }
    observed = found.observed(resolution, NOW)
    assert observed.version == "v1.0.0"
    assert observed.chosen
    assert observed.archived is True
    assert observed.git_tags == frozenset({"v1.0.0", "v0.9.0"})
    assert observed.tags == {PROXY: ["v1.0.0"], WEB: ["v1.0.0"], API: ["v1.0.0"]}
    assert set(observed.records or {}) == {"v1.0.0"}
    assert set(observed.digests[METADATA]) == {DOWNLOAD, API, PROXY}


def test_a_pin_asks_for_its_files_its_release_and_the_repositorys_name_never_for_a_list() -> None:
    world = GitHubWorld(proxied=["v1.0.0"], records=["v1.0.0"], latest="v1.0.0").release("v1.0.0")
    sources = full(world)
    resolution = resolve(sources, "bootstrap-widgets:v1.0.0")
    found = observe(resolution, sources, RoundAsker())
    assert not any("versions" in asked for asked in world.asked)
    assert f"{API} release v1.0.0" in world.asked
    observed = found.observed(resolution, NOW)
    assert set(observed.records or {}) == {"v1.0.0"}
    assert observed.git_tags is None


def test_nothing_known_leaves_only_the_repository_to_ask_about() -> None:
    world = GitHubWorld(proxied=silent(PROXY), records=silent(API), latest=silent(WEB))
    resolution = resolve(world.sources())
    found = observe(resolution, world.sources(), RoundAsker())
    assert found.files == {}
    observed = found.observed(resolution, NOW)
    assert (observed.version, observed.chosen, observed.records) == (None, False, None)


def test_the_newest_rejected_version_is_looked_at_where_none_can_be_chosen() -> None:
    world = GitHubWorld(proxied=["v1.1.0", "v1.0.0"], latest="v1.1.0")
    resolution = resolve(world.sources())
    observed = observe(resolution, world.sources(), RoundAsker()).observed(resolution, NOW)
    assert observed.version == "v1.1.0"
    assert observed.passed_over == {
        "v1.1.0": codes.VERSION_NOT_PUBLISHED,
        "v1.0.0": codes.VERSION_NOT_PUBLISHED,
    }


def test_a_version_that_could_not_be_judged_is_looked_at() -> None:
    world = GitHubWorld(proxied=["v1.1.0"], latest="v1.1.0")
    world.files["v1.1.0", METADATA] = silent(DOWNLOAD)
    resolution = resolve(world.sources())
    observed = observe(resolution, world.sources(), RoundAsker()).observed(resolution, NOW)
    assert observed.version == "v1.1.0"
    assert observed.passed_over == {}


def test_an_override_is_asked_and_its_digest_is_no_route_of_the_release() -> None:
    world = GitHubWorld().release("v1.0.0")
    override = FakeSource(
        route="override", asked=world.asked, files={("v1.0.0", METADATA): metadata("v1.0.0", "v1beta2")}
    )
    sources = replace(world.sources(), override=override)
    resolution = resolve(sources, "bootstrap-widgets:v1.0.0")
    found = observe(resolution, sources, RoundAsker())
    assert "override" in {reply.route for reply in found.files[METADATA]}
    assert set(found.observed(resolution, NOW).digests[METADATA]) == {DOWNLOAD, API}


def test_the_go_mod_of_the_highest_version_of_each_module_is_asked_for_in_the_same_round() -> None:
    """One question a module path that has a list; v0 and v1 share one."""
    listed = ["v0.9.0", "v1.0.0", "v1.1.0-rc.1", "v2.0.0-rc.1", "v2.0.0-rc.2", "nightly"]
    world = GitHubWorld(proxied=listed, records=["v1.0.0"], latest="v1.0.0").release("v1.0.0")
    go_mods = FakeRetractions(text="retract v0.9.0 // old", asked=world.asked)
    sources = replace(full(world), retractions=go_mods)
    resolution = resolve(sources)
    world.asked.clear()
    asker = RoundAsker()
    found = observe(resolution, sources, asker)
    assert sorted(asked for asked in world.asked if asked.endswith(".mod")) == [
        f"{PROXY} v1.0.0.mod",
        f"{PROXY} v2.0.0-rc.2.mod",
    ]
    assert len(asker.rounds) == 1
    assert [item.reason for item in found.observed(resolution, NOW).retractions] == ["old", "old"]


def test_a_go_mod_that_cannot_be_had_retracts_nothing_and_shows_in_the_evidence() -> None:
    world = GitHubWorld(proxied=["v1.0.0"], records=["v1.0.0"], latest="v1.0.0").release("v1.0.0")
    sources = replace(full(world), retractions=FakeRetractions(text=None))
    resolution = resolve(sources)
    found = observe(resolution, sources, RoundAsker())
    assert found.observed(resolution, NOW).retractions == ()
    assert [reply.is_absent for reply in found.go_mods] == [True]
    assert found.go_mods[0].evidence[0] in found.evidence


def test_where_no_proxy_lists_versions_nothing_is_asked_of_its_go_mods() -> None:
    world = GitHubWorld(records=["v1.0.0"], latest="v1.0.0").release("v1.0.0")
    go_mods = FakeRetractions(text="retract v1.0.0")
    sources = replace(full(world), listings=(), retractions=go_mods)
    observe(resolve(sources), sources, RoundAsker())
    pinned = replace(full(world), retractions=go_mods)
    observe(resolve(pinned, "bootstrap-widgets:v1.0.0"), pinned, RoundAsker())
    assert go_mods.asked == []


def test_tags_come_by_the_first_route_that_tells_them_and_every_attempt_is_evidence() -> None:
    world = GitHubWorld(records=["v1.0.0"], latest="v1.0.0").release("v1.0.0")
    silent_web = FakeSource(route=WEB, listed=silent(WEB, Question.VERSIONS))
    api = FakeSource(route=API, listed=["v1.0.0", "v1.1.0"])
    sources = replace(full(world), tags=(silent_web, api))
    resolution = resolve(sources)
    found = observe(resolution, sources, RoundAsker())
    assert found.observed(resolution, NOW).git_tags == frozenset({"v1.0.0", "v1.1.0"})
    assert [reply.is_found for reply in found.tags.items] == [False, True]
    refused = replace(sources, tags=(silent_web,))
    assert observe(resolution, refused, RoundAsker()).observed(resolution, NOW).git_tags is None
