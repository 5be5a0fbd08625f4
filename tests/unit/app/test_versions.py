"""Every version any source knows, with its state, series and contract (cli.md 5, ``versions``)."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from capyctl.app.versions import ProviderVersions, VersionRow, list_versions
from capyctl.core import codes
from capyctl.core.diagnostics import Severity
from capyctl.core.listed import ListedVersion
from capyctl.core.version_state import VersionState
from capyctl.ports.catalog import ProviderSources
from capyctl.ports.fetch_errors import AbsentError
from tests.unit.app.fakes import (
    API,
    COMPONENTS,
    DOWNLOAD,
    METADATA,
    PROXY,
    WEB,
    FakeCatalog,
    FakeSource,
    GitHubWorld,
    RoundAsker,
    failed,
    metadata,
    silent,
    target,
)

FILES = ((METADATA, 9), (COMPONENTS, 9))


def listed(sources: ProviderSources, *, verify: bool = False) -> ProviderVersions:
    catalog = FakeCatalog({"bootstrap-widgets": sources})
    return list_versions(target(), catalog, RoundAsker(), verify=verify)


def states(found: ProviderVersions) -> dict[str, str | None]:
    return {row.version: row.state.value if row.state else None for row in found.rows}


def row(found: ProviderVersions, version: str) -> VersionRow:
    return next(item for item in found.rows if item.version == version)


def record(tag: str, *, draft: bool = False, files: tuple[tuple[str, int], ...] = FILES) -> ListedVersion:
    return ListedVersion(tag=tag, draft=draft, published_at="2026-11-20T10:00:00Z", assets=files)


def tagged(world: GitHubWorld, *tags: str) -> ProviderSources:
    forge = FakeSource(route="github-tags", asked=world.asked, listed=tags)
    return replace(world.sources(), tags=(forge,))


def test_each_state() -> None:
    """cli.md 5: draft, withdrawn, tag-only, incomplete, prerelease, stable."""
    world = GitHubWorld(
        proxied=["v1.0.0", "v1.1.0-rc.1", "v1.2.0", "v1.3.0", "v1.4.0"],
        records=[
            record("v1.0.0"),
            record("v1.1.0-rc.1"),
            record("v1.2.0", files=((METADATA, 9),)),
            record("v1.5.0", draft=True),
        ],
        latest="v1.0.0",
    ).release("v1.0.0")
    found = listed(tagged(world, "v1.0.0", "v1.1.0-rc.1", "v1.2.0", "v1.3.0"))
    assert states(found) == {
        "v1.5.0": "draft",
        "v1.4.0": "withdrawn",
        "v1.3.0": "tag-only",
        "v1.2.0": "incomplete",
        "v1.1.0-rc.1": "prerelease",
        "v1.0.0": "stable",
    }
    assert found.rows[0].version == "v1.5.0"
    reasons = {item.version: item.reason for item in found.rows}
    assert reasons["v1.0.0"] is None
    assert reasons["v1.1.0-rc.1"] is None
    assert COMPONENTS in (reasons["v1.2.0"] or "")
    assert found.diagnostics == ()


def test_a_row_names_its_sources_and_its_day() -> None:
    world = GitHubWorld(proxied=["v1.0.0"], records=[record("v1.0.0")], latest="v1.0.0").release("v1.0.0")
    found = listed(world.sources())
    assert row(found, "v1.0.0").sources == (PROXY, API, WEB)
    assert row(found, "v1.0.0").published_at == "2026-11-20T10:00:00Z"
    assert row(found, "v1.0.0").contract == "v1beta1"


def test_tags_are_asked_for_only_where_a_listed_version_has_no_release() -> None:
    world = GitHubWorld(proxied=["v1.0.0"], records=[record("v1.0.0")], latest="v1.0.0").release("v1.0.0")
    listed(tagged(world, "v1.0.0"))
    assert "github-tags versions" not in world.asked
    assert world.asked.count(f"{DOWNLOAD} v1.0.0/{METADATA}") == 1


def test_a_listing_of_a_proxy_alone_proves_no_release() -> None:
    """A row that could not be judged makes it status 3."""
    world = GitHubWorld(proxied=["v1.1.0", "v1.0.0"], records=silent(API), latest="v1.0.0").release("v1.0.0")
    found = listed(tagged(world))
    assert states(found) == {"v1.1.0": None, "v1.0.0": "stable"}
    assert [(item.code, item.severity) for item in found.diagnostics] == [
        (codes.SOURCE_SILENT, Severity.ERROR)
    ]
    lonely = listed(GitHubWorld(proxied=["v1.0.0"], records=silent(API), latest=silent(WEB)).sources())
    assert states(lonely) == {"v1.0.0": None}
    [said] = lonely.diagnostics
    assert (said.code, said.severity) == (codes.SOURCE_SILENT, Severity.ERROR)


def tree(**files: tuple[str, ...]) -> ProviderSources:
    versions = [
        ListedVersion(tag=tag.replace("_", "."), assets=tuple((name, 1) for name in names))
        for tag, names in files.items()
    ]
    content = {
        (item.tag, METADATA): metadata(item.tag) for item in versions if METADATA in dict(item.assets or ())
    }
    source = FakeSource(route="local", listed=versions, files=content)
    return ProviderSources(listings=(source,), files=(source,))


def test_a_tree_has_releases_as_far_as_it_has_files() -> None:
    found = listed(tree(v1_0_0=(METADATA, COMPONENTS), v1_1_0=(COMPONENTS,)))
    assert states(found) == {"v1.1.0": "incomplete", "v1.0.0": "stable"}


def test_a_list_of_packages_without_files_counts_as_published() -> None:
    source = FakeSource(route="gitlab", listed=["v1.0.0"], files={("v1.0.0", METADATA): metadata("v1.0.0")})
    assert states(listed(ProviderSources(listings=(source,), files=(source,)))) == {"v1.0.0": "stable"}


# Series and contract.


def test_where_no_proxy_lists_tags_the_forge_is_asked_for_them() -> None:
    """cli.md 5: ``tag-only`` is a tag without a release, also with GOPROXY=off."""
    world = GitHubWorld(records=[record("v1.0.0")], latest="v1.0.0").release("v1.0.0")
    found = listed(replace(tagged(world, "v1.0.0", "v1.1.0"), listings=()))
    assert states(found) == {"v1.1.0": "tag-only", "v1.0.0": "stable"}
    assert row(found, "v1.1.0").sources == ("github-tags",)


def test_a_tag_that_the_proxy_does_not_list_is_a_version_too() -> None:
    world = GitHubWorld(proxied=["v1.0.0", "v1.1.0"], records=[record("v1.0.0")], latest="v1.0.0")
    found = listed(tagged(world.release("v1.0.0"), "v1.0.0", "v1.1.0", "v1.2.0"))
    assert states(found) == {"v1.2.0": "tag-only", "v1.1.0": "tag-only", "v1.0.0": "stable"}


def three_releases() -> GitHubWorld:
    tags = ["v1.2.0", "v1.1.0", "v1.0.0"]
    world = GitHubWorld(proxied=tags, records=[record(tag) for tag in tags], latest="v1.2.0")
    world.files["v1.2.0", METADATA] = metadata("v1.1.0", "v1beta2")
    world.files["v1.1.0", METADATA] = metadata("v1.1.0", "v1beta2") + (
        b"  - major: 1\n    minor: 0\n    contract: v1beta1\n"
    )
    world.files["v1.0.0", METADATA] = metadata("v1.0.0", "v1alpha4")
    return world


def test_the_newest_sound_metadata_speaks_for_all() -> None:
    found = listed(three_releases().sources())
    assert {item.version: item.contract for item in found.rows} == {
        "v1.2.0": None,
        "v1.1.0": "v1beta2",
        "v1.0.0": "v1beta1",
    }


def test_verify_reads_every_versions_own() -> None:
    """Series null and reason set where its own series is missing."""
    world = three_releases()
    found = listed(world.sources(), verify=True)
    assert {item.version: item.contract for item in found.rows} == {
        "v1.2.0": None,
        "v1.1.0": "v1beta2",
        "v1.0.0": "v1alpha4",
    }
    bad = row(found, "v1.2.0")
    assert bad.series is None
    assert "1.2" in (bad.reason or "")
    assert bad.state is VersionState.STABLE
    assert row(found, "v1.0.0").series == (1, 0)
    assert found.diagnostics == ()


@pytest.mark.parametrize(
    ("content", "words"),
    [(silent(DOWNLOAD), "could not be had"), (b"a: [", "cannot be read")],
)
def test_verify_says_what_could_not_be_read(content: object, words: str) -> None:
    world = three_releases()
    world.files["v1.0.0", METADATA] = content  # type: ignore[assignment]
    found = listed(world.sources(), verify=True)
    assert words in (row(found, "v1.0.0").reason or "")
    assert row(found, "v1.0.0").contract is None
    errors = [item.code for item in found.diagnostics if item.is_error]
    assert errors == ([codes.SOURCE_SILENT] if words == "could not be had" else [])


def test_verify_reads_the_metadata_of_a_release_without_components_too() -> None:
    world = GitHubWorld(records=[record("v1.0.0", files=FILES[:1])], latest="v1.0.0")
    world.files["v1.0.0", METADATA] = metadata("v1.0.0", "v1alpha4")
    found = listed(replace(world.sources(), listings=()), verify=True)
    assert (states(found), row(found, "v1.0.0").contract) == ({"v1.0.0": "incomplete"}, "v1alpha4")


def test_verify_finds_a_release_without_metadata() -> None:
    world = GitHubWorld(proxied=["v1.0.0"], records=silent(API), latest="v1.0.0")
    found = listed(world.sources(), verify=True)
    assert states(found) == {"v1.0.0": "incomplete"}


# Nothing at all.


def test_no_repository() -> None:
    absent = failed(AbsentError, API, "no such repository", status=404)
    world = GitHubWorld(proxied=failed(AbsentError, PROXY), records=absent, latest=failed(AbsentError, WEB))
    found = listed(world.sources())
    [said] = found.diagnostics
    assert (said.code, said.severity) == (codes.REPOSITORY_NOT_FOUND, Severity.ERROR)
    assert found.rows == ()


def test_a_repository_without_versions() -> None:
    [said] = listed(GitHubWorld(proxied=(), records=(), latest=None).sources()).diagnostics
    assert said.code is codes.NO_VERSION


def test_a_failed_source_is_a_warning_where_the_others_settle_it() -> None:
    world = GitHubWorld(proxied=silent(PROXY), records=[record("v1.0.0")], latest="v1.0.0").release("v1.0.0")
    [said] = listed(world.sources()).diagnostics
    assert (said.code, said.severity) == (codes.SOURCE_SILENT, Severity.WARNING)


def test_a_partial_list_is_said() -> None:
    world = GitHubWorld(records=[record("v1.0.0")], latest="v1.0.0").release("v1.0.0")
    proxy = FakeSource(route=PROXY, listed=["v1.0.0"], partial="major 2 could not be asked for")
    [said] = listed(replace(world.sources(), listings=(proxy,))).diagnostics
    assert said.code is codes.VERSION_LIST_PARTIAL
