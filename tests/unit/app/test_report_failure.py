"""Why nothing could be chosen: root causes first (catalogue F09 to F11, F19, F23, F50; W-3)."""

from __future__ import annotations

import pytest

from capyctl.app.report_failure import about_failure
from capyctl.app.resolution import ProviderResolution
from capyctl.core import codes
from capyctl.core.codes import Code
from capyctl.core.diagnostics import Diagnostic, Severity
from capyctl.core.evidence import Question
from capyctl.core.invocation import Invocation
from capyctl.core.location import GitLabPackages, LocalTree
from capyctl.core.selection import ChoicePolicy, NoneLeft
from capyctl.ports.catalog import ProviderSources
from capyctl.ports.fetch_errors import AbsentError
from tests.unit.app.fakes import (
    API,
    COMPONENTS,
    DOWNLOAD,
    METADATA,
    PROXY,
    WEB,
    FakeSource,
    GitHubWorld,
    failed,
    metadata,
    resolve,
    silent,
    table_entry,
)

GITLAB = GitLabPackages(
    host="gitlab.example",
    base_path="",
    project="group%2Fwidgets",
    package="widgets",
    channel="latest",
    components_file=COMPONENTS,
)
LOCAL = LocalTree(
    base="/srv/repository", label="bootstrap-widgets", channel="latest", components_file=COMPONENTS
)


def said(resolution: ProviderResolution, *words: str) -> list[Diagnostic]:
    assert isinstance(resolution.choice, NoneLeft)
    return about_failure(resolution, resolution.choice, Invocation(words=words or ("resolve", "x")))


def chain(found: list[Diagnostic]) -> tuple[Diagnostic, Diagnostic]:
    """The one cause and its consequence."""
    cause, summary = found
    assert summary.caused_by is cause
    assert cause.caused_by is None
    assert cause.is_error
    assert summary.is_error
    return cause, summary


def test_every_source_unreachable_is_one_cause() -> None:
    world = GitHubWorld(
        proxied=silent(PROXY, Question.VERSIONS),
        records=silent(API, Question.VERSIONS),
        latest=silent(WEB, Question.REPOSITORY),
    )
    cause, summary = chain(said(resolve(world.sources())))
    assert (cause.code, summary.code) == (codes.SOURCE_SILENT, codes.NO_VERSION)
    assert {piece.route for piece in cause.evidence} == {PROXY, API, WEB}


def test_a_repository_that_is_not_there_may_be_private() -> None:
    world = GitHubWorld(
        proxied=failed(AbsentError, PROXY),
        records=failed(AbsentError, API),
        latest=failed(AbsentError, WEB, "github.com has no acme/widgets"),
    )
    cause, _ = chain(said(resolve(world.sources())))
    assert cause.code is codes.REPOSITORY_NOT_FOUND
    assert "acme/widgets" in cause.detail
    assert "private" in cause.detail
    assert cause.fixes[0].command == "capyctl config provider bootstrap-widgets"


def test_an_absence_beside_a_silent_source_is_still_an_absence() -> None:
    world = GitHubWorld(
        proxied=silent(PROXY), records=failed(AbsentError, API), latest=failed(AbsentError, WEB)
    )
    cause, _ = chain(said(resolve(world.sources())))
    assert cause.code is codes.REPOSITORY_NOT_FOUND


def test_an_empty_repository_has_no_version() -> None:
    [only] = said(resolve(GitHubWorld(proxied=(), records=(), latest=None).sources()))
    assert only.code is codes.NO_VERSION
    assert only.caused_by is None


def test_a_proxy_that_failed_decides_nothing_once_the_release_host_has_listed() -> None:
    """cli.md 5, verdict: broken where no source that matters was unavailable."""
    cause, summary = said(resolve(GitHubWorld(proxied=silent(PROXY), records=(), latest=None).sources()))
    assert (cause.code, cause.severity) == (codes.SOURCE_SILENT, Severity.WARNING)
    assert (summary.code, summary.caused_by) == (codes.NO_VERSION, None)


# GitLab answers 404 to strangers (F23).


def gitlab(*, sent: bool) -> ProviderSources:
    missing = failed(AbsentError, "gitlab", "404", status=404, credential_sent=sent)
    source = FakeSource(route="gitlab", listed=missing, files={("v1.0.0", METADATA): missing})
    return ProviderSources(listings=(source,), files=(source,))


@pytest.mark.parametrize(("sent", "words"), [(False, "No token was sent"), (True, "A token was sent")])
def test_gitlab_hides_what_is_private(sent: bool, words: str) -> None:
    cause, _ = chain(said(resolve(gitlab(sent=sent), entry=table_entry(location=GITLAB))))
    assert cause.code is codes.GITLAB_PRIVATE
    assert words in cause.detail
    assert "GITLAB_ACCESS_TOKEN" in cause.fixes[0].title


def test_a_pinned_package_of_gitlab_may_be_private_too() -> None:
    found = said(resolve(gitlab(sent=False), "bootstrap-widgets:v1.0.0", entry=table_entry(location=GITLAB)))
    assert [item.code for item in found] == [codes.GITLAB_PRIVATE]
    assert "v1.0.0" in found[0].detail


# Local trees (F09, F10, F11).


@pytest.mark.parametrize(
    ("failure", "code"),
    [
        ("base-missing", codes.LOCAL_REPOSITORY_MISSING),
        ("label-missing", codes.LOCAL_REPOSITORY_MISSING),
        ("no-version-folders", codes.LOCAL_NO_VERSIONS),
    ],
)
def test_a_local_tree_without_what_is_needed(failure: str, code: Code) -> None:
    missing = failed(AbsentError, "local", "the folder /srv/repository does not exist", failure=failure)
    source = FakeSource(route="local", listed=missing)
    sources = ProviderSources(listings=(source,), files=(source,))
    cause, _ = chain(said(resolve(sources, entry=table_entry(location=LOCAL))))
    assert cause.code is code
    assert "/srv/repository" in cause.detail


def test_a_local_version_without_metadata() -> None:
    """F10: components file present, metadata.yaml absent in the same version folder."""
    source = FakeSource(route="local", listed=["v0.3.8"], files={("v0.3.8", COMPONENTS): b"kind: Namespace"})
    sources = ProviderSources(listings=(source,), files=(source,))
    cause, _ = chain(said(resolve(sources, entry=table_entry(location=LOCAL))))
    assert (cause.code, cause.subject.version) == (codes.METADATA_MISSING, "v0.3.8")


# Versions were found, and none can be chosen.


def test_a_blocked_version_is_told_by_its_cause() -> None:
    world = GitHubWorld(proxied=["v1.1.0", "v1.0.0"], latest="v1.1.0").release("v1.0.0")
    world.files["v1.1.0", METADATA] = silent(DOWNLOAD)
    cause, summary = chain(said(resolve(world.sources())))
    assert cause.code is codes.SOURCE_SILENT
    assert "v1.1.0" in summary.detail


def test_only_older_contracts_show_the_way_out() -> None:
    """F50: both ways out as commands."""
    world = GitHubWorld(proxied=["v0.5.0", "v0.4.0"], latest="v0.5.0")
    world.release("v0.5.0", "v1alpha4").release("v0.4.0", "v1alpha4")
    cause, _ = chain(said(resolve(world.sources()), "resolve", "bootstrap-widgets"))
    assert cause.code is codes.CONTRACT_NOT_ACCEPTED
    assert "capyctl resolve bootstrap-widgets --contract v1alpha4" in [fix.command for fix in cause.fixes]


def test_older_versions_with_other_faults_are_warnings_beside_the_newest() -> None:
    world = GitHubWorld(proxied=["v1.1.0", "v1.0.0"], latest="v1.1.0").release("v1.1.0", "v1alpha4")
    world.files["v1.0.0", METADATA] = metadata("v0.9.0")
    cause, older, summary = said(resolve(world.sources()))
    assert (cause.code, cause.severity) == (codes.CONTRACT_NOT_ACCEPTED, Severity.ERROR)
    assert (older.code, older.severity) == (codes.OWN_SERIES_MISSING, Severity.WARNING)
    assert summary.caused_by is cause
    assert "2 versions" in summary.detail


def test_the_limit_is_said_with_its_number() -> None:
    """W-3: say what was tried."""
    world = GitHubWorld(proxied=[f"v1.{minor}.0" for minor in range(9)])
    found = said(resolve(world.sources(), policy=ChoicePolicy(limit=6)))
    summary = found[-1]
    assert summary.code is codes.CANDIDATE_LIMIT
    assert "6 versions" in summary.detail


def test_a_pin_has_causes_and_no_summary() -> None:
    world = GitHubWorld().release("v1.0.0", "v1alpha4")
    found = said(resolve(world.sources(), "bootstrap-widgets:v1.0.0"))
    assert [item.code for item in found] == [codes.CONTRACT_NOT_ACCEPTED]
