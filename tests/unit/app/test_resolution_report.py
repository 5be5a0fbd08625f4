"""What is said about a resolution: each fault once, as the catalogue words it (F01, W-5, W-12, F15, F35)."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from capyctl.app.resolution import ProviderResolution
from capyctl.app.resolution_report import diagnose_resolution
from capyctl.core import codes
from capyctl.core.codes import Code
from capyctl.core.diagnostics import Applicability, Diagnostic, Severity
from capyctl.core.evidence import Outcome
from capyctl.core.invocation import Invocation
from tests.unit.app.fakes import (
    API,
    COMPONENTS,
    DOWNLOAD,
    METADATA,
    NAMESPACE,
    PROXY,
    WEB,
    FakeSource,
    GitHubWorld,
    evidence,
    metadata,
    resolve,
    silent,
)


def said(resolution: ProviderResolution, *words: str) -> list[Diagnostic]:
    invocation = Invocation(words=words or ("resolve", resolution.target.reference.text))
    return list(diagnose_resolution(resolution, invocation))


def shown(found: list[Diagnostic]) -> list[tuple[Code, Severity, str | None]]:
    return [(item.code, item.severity, item.subject.version) for item in found]


def test_a_sound_provider_is_worth_no_word() -> None:
    world = GitHubWorld(proxied=["v1.0.0"], latest="v1.0.0").release("v1.0.0")
    assert said(resolve(world.sources())) == []


def test_passed_over_versions_are_warnings_and_a_refused_contract_is_a_note() -> None:
    world = GitHubWorld(proxied=["v1.2.0", "v1.1.0", "v1.0.0"], latest="v1.2.0")
    world.release("v1.2.0", "v1alpha4").release("v1.0.0")
    found = said(resolve(world.sources()))
    assert (codes.CONTRACT_NOT_ACCEPTED, Severity.NOTE, "v1.2.0") in shown(found)
    assert (codes.VERSION_NOT_PUBLISHED, Severity.WARNING, "v1.1.0") in shown(found)
    assert not any(item.is_error for item in found)


@pytest.mark.parametrize(
    ("pin", "taken", "code"),
    [
        ("v1.1.3+d32ac08", "v1.1.3", codes.BUILD_METADATA_IN_VERSION),
        ("2.7.1", "v2.7.1", codes.VERSION_SPELLING),
    ],
)
def test_a_respelled_pin_is_a_warning_with_a_safe_fix(pin: str, taken: str, code: Code) -> None:
    world = GitHubWorld().release(taken)
    reference = f"bootstrap-widgets:{pin}"
    [found] = said(resolve(world.sources(), reference), "resolve", reference)
    assert (found.code, found.severity) == (code, Severity.WARNING)
    [fix] = found.fixes
    assert fix.applicability is Applicability.SAFE
    assert fix.command == f"capyctl resolve bootstrap-widgets:{taken}"


def test_a_pin_that_fails_under_each_spelling_is_told_by_what_was_published() -> None:
    """The faults of v2.7.1 are the cause, not that there is no tag 2.7.1."""
    world = GitHubWorld()
    world.files["v2.7.1", METADATA] = metadata("v2.6.0")
    world.files["v2.7.1", COMPONENTS] = NAMESPACE
    found = said(resolve(world.sources(), "bootstrap-widgets:2.7.1"))
    assert shown(found) == [(codes.OWN_SERIES_MISSING, Severity.ERROR, "v2.7.1")]


def test_an_unknown_pin_leads_to_the_list_of_versions() -> None:
    [found] = said(resolve(GitHubWorld().sources(), "bootstrap-widgets:v9.9.9"))
    assert (found.code, found.severity) == (codes.VERSION_NOT_PUBLISHED, Severity.ERROR)
    assert found.subject.version == "v9.9.9"
    assert found.fixes[0].command == "capyctl versions bootstrap-widgets"


def test_a_pin_that_is_no_version_is_said_without_asking() -> None:
    [found] = said(resolve(GitHubWorld().sources(), "bootstrap-widgets:main"))
    assert (found.code, found.severity, found.evidence) == (codes.VERSION_NOT_FOUND, Severity.ERROR, ())


def test_nothing_stable_is_a_warning() -> None:
    """cli.md 6: a pre-release only when asked for, or when nothing stable exists at all (a warning)."""
    world = GitHubWorld(proxied=["v1.0.0-rc.1"], latest=None).release("v1.0.0-rc.1")
    assert (codes.PRERELEASE_CHOSEN, Severity.WARNING, "v1.0.0-rc.1") in shown(said(resolve(world.sources())))
    pinned = said(resolve(world.sources(), "bootstrap-widgets:v1.0.0-rc.1"))
    assert pinned == []


def test_a_route_that_stepped_in_for_another_is_a_warning() -> None:
    world = GitHubWorld().release("v1.0.0")
    sources = world.sources()
    first = FakeSource(
        route=DOWNLOAD, files={("v1.0.0", name): silent(DOWNLOAD) for name in (METADATA, COMPONENTS)}
    )
    found = said(resolve(replace(sources, files=(first, *sources.files[1:])), "bootstrap-widgets:v1.0.0"))
    assert {(item.code, item.severity) for item in found} == {(codes.SOURCE_SILENT, Severity.WARNING)}


def test_metadata_of_the_proxy_is_marked_as_the_tags_file() -> None:
    world = GitHubWorld()
    world.files["v1.0.0", METADATA] = silent(DOWNLOAD)
    world.files["v1.0.0", COMPONENTS] = NAMESPACE
    witness = FakeSource(route=PROXY, files={("v1.0.0", METADATA): metadata("v1.0.0")})
    sources = replace(world.sources(), witness=witness)
    found = said(resolve(sources, "bootstrap-widgets:v1.0.0", metadata_from_proxy=True))
    assert codes.PROXY_METADATA_USED in {item.code for item in found}


def test_a_rejected_token_is_said_where_the_answer_came_without_it() -> None:
    """F15, issue 3 item 3: one anonymous retry, said."""
    world = GitHubWorld(proxied=["v1.0.0"]).release("v1.0.0")
    refused = evidence(
        API, outcome=Outcome.UNAVAILABLE, failure="credential-rejected", status=401, credential_sent=True
    )
    api = FakeSource(route=API, files=world.files, earlier=(refused,))
    found = said(resolve(replace(world.sources(), files=(api,)), "bootstrap-widgets:v1.0.0"))
    [rejected] = [item for item in found if item.code is codes.CREDENTIAL_REJECTED]
    assert rejected.severity is Severity.WARNING
    assert rejected.evidence == (refused,)


def test_a_list_that_failed_is_a_warning_where_another_served() -> None:
    world = GitHubWorld(proxied=silent(PROXY), records=["v1.0.0"], latest="v1.0.0").release("v1.0.0")
    found = said(resolve(world.sources()))
    assert [(item.code, item.severity) for item in found] == [(codes.SOURCE_SILENT, Severity.WARNING)]


def test_latest_that_failed_is_a_warning_too() -> None:
    world = GitHubWorld(proxied=["v1.0.0"], latest=silent(WEB)).release("v1.0.0")
    found = said(resolve(world.sources()))
    assert [(item.code, item.severity) for item in found] == [(codes.SOURCE_SILENT, Severity.WARNING)]


def test_latest_alone_is_a_part_of_the_list_for_want_of_the_rest() -> None:
    world = GitHubWorld(proxied=silent(PROXY), records=silent(API), latest="v1.0.0").release("v1.0.0")
    found = said(resolve(world.sources()))
    cause, partial = found
    assert (cause.code, partial.code) == (codes.SOURCE_SILENT, codes.VERSION_LIST_PARTIAL)
    assert partial.caused_by is cause


def test_a_partial_list_says_why() -> None:
    """W-9: keep partial results with a warning."""
    world = GitHubWorld(proxied=["v1.0.0"], latest="v1.0.0").release("v1.0.0")
    proxy = FakeSource(route=PROXY, listed=["v1.0.0"], partial="major 2 could not be asked for")
    [found] = said(resolve(replace(world.sources(), listings=(proxy,))))
    assert (found.code, found.severity) == (codes.VERSION_LIST_PARTIAL, Severity.WARNING)
    assert "major 2 could not be asked for" in found.detail


def test_a_version_hidden_from_the_proxy_is_said() -> None:
    """F34: newest by Go listing v1.0.0, newest release v2.0.1."""
    world = GitHubWorld(proxied=["v1.0.0"], latest="v2.0.1").release("v2.0.1")
    [found] = said(resolve(world.sources()))
    assert (found.code, found.severity) == (codes.PROXY_HIDES_VERSION, Severity.WARNING)
    assert "v2.0.1" in found.detail
    assert "/v2" in found.detail


def test_another_latest_is_a_note() -> None:
    world = GitHubWorld(proxied=["v1.1.0", "v1.0.9"], latest="v1.0.9").release("v1.1.0").release("v1.0.9")
    [found] = said(resolve(world.sources()))
    assert (found.code, found.severity) == (codes.SOURCES_DISAGREE, Severity.NOTE)


def test_a_series_announced_early_is_a_note_and_no_choice() -> None:
    """W-4: the metadata of v1.10.0 already lists 1.11; clusterctl finds no release of it."""
    world = GitHubWorld(proxied=["v1.10.0"], latest="v1.10.0").release("v1.10.0")
    early = b"  - major: 1\n    minor: 11\n    contract: v1beta2\n"
    world.files["v1.10.0", METADATA] = metadata("v1.10.0") + early
    resolution = resolve(world.sources())
    assert resolution.chosen is not None
    assert resolution.chosen.version.tag == "v1.10.0"
    [found] = [item for item in said(resolution) if item.code is codes.SERIES_ANNOUNCED_EARLY]
    assert (found.severity, found.subject.version) == (Severity.NOTE, "v1.10.0")
    assert "1.11" in found.detail


def test_a_series_with_a_listed_version_is_not_early() -> None:
    world = GitHubWorld(proxied=["v1.11.0-beta.0", "v1.10.0"], latest="v1.10.0").release("v1.10.0")
    more = b"  - major: 1\n    minor: 11\n    contract: v1beta2\n"
    world.files["v1.10.0", METADATA] = metadata("v1.10.0") + more
    assert codes.SERIES_ANNOUNCED_EARLY not in {item.code for item in said(resolve(world.sources()))}
