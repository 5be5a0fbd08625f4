"""Rules over what all sources say of one provider (catalogue F19, F26, F27, F34, F39, F41, F54)."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from capyctl.core import codes
from capyctl.core.codes import Code
from capyctl.core.diagnostics import Confidence, Diagnostic, Severity
from capyctl.core.evidence import Evidence, Outcome, Question
from capyctl.core.identity import ProviderType
from capyctl.core.listed import ListedVersion
from capyctl.core.retractions import parse_retractions
from capyctl.core.rules.observed import Observed, judge_observed

NOW = "2026-11-21T10:00:00Z"
FILES = (("bootstrap-components.yaml", 9), ("metadata.yaml", 9))
NOT_PUBLISHED = codes.VERSION_NOT_PUBLISHED


BASE = Observed(label="bootstrap-widgets", type=ProviderType.BOOTSTRAP, version="v1.0.0", now=NOW, tags={})


def judge(**facts: object) -> list[Diagnostic]:
    observed = replace(BASE, **facts)
    return [item for _, rule in judge_observed() for item in rule(observed)]


def shown(found: list[Diagnostic]) -> list[tuple[Code, Severity, str | None]]:
    return [(item.code, item.severity, item.subject.version) for item in found]


def records(*items: ListedVersion) -> dict[str, ListedVersion]:
    return {item.tag: item for item in items}


def test_nothing_observed_nothing_said() -> None:
    assert judge() == []
    assert judge(version=None) == []


def test_an_archived_repository_is_a_warning() -> None:
    assert shown(judge(archived=True)) == [(codes.REPOSITORY_ARCHIVED, Severity.WARNING, None)]
    assert judge(archived=False) == []


# Withdrawn: v in the list, neither tag nor release (F27); tagged only is another thing (F26).


def test_a_withdrawn_version() -> None:
    facts: dict[str, object] = {"passed_over": {"v1.1.0": NOT_PUBLISHED}, "records": {}}
    assert shown(judge(git_tags=frozenset(), **facts)) == [
        (codes.VERSION_WITHDRAWN, Severity.WARNING, "v1.1.0")
    ]
    assert shown(judge(git_tags=frozenset(), chosen=False, **facts)) == [
        (codes.VERSION_WITHDRAWN, Severity.ERROR, "v1.1.0")
    ]
    assert judge(git_tags=frozenset({"v1.1.0"}), **facts) == []
    assert judge(git_tags=None, **facts) == []


def test_a_version_that_was_refused_for_its_contract_is_not_withdrawn() -> None:
    refused = {"v1.1.0": codes.CONTRACT_NOT_ACCEPTED}
    assert judge(git_tags=frozenset(), passed_over=refused, records={}) == []


def test_a_draft() -> None:
    known = records(ListedVersion(tag="v1.1.0", draft=True, assets=()))
    found = judge(passed_over={"v1.1.0": codes.DRAFT_RELEASE}, records=known)
    assert shown(found) == [(codes.DRAFT_RELEASE, Severity.WARNING, "v1.1.0")]


# Incomplete (F39, F41).


def test_a_release_without_metadata_names_what_it_has() -> None:
    known = records(ListedVersion(tag="v1.1.0", draft=False, assets=(("b.yaml", 1), ("a.yaml", 1))))
    [found] = judge(passed_over={"v1.1.0": NOT_PUBLISHED}, records=known)
    assert found.code is codes.METADATA_MISSING
    assert found.subject.file == "metadata.yaml"
    assert "a.yaml, b.yaml" in found.detail


def test_a_release_without_any_file() -> None:
    known = records(ListedVersion(tag="v1.1.0", draft=False))
    [found] = judge(passed_over={"v1.1.0": NOT_PUBLISHED}, records=known)
    assert "no file at all" in found.detail


@pytest.mark.parametrize(
    ("published_at", "in_progress"),
    [
        ("2026-11-21T09:54:00Z", True),
        ("2026-11-21T09:00:01Z", True),
        ("2026-11-21T09:00:00Z", False),
        ("2026-11-21T10:01:00Z", False),
        ("soon", False),
        (None, False),
    ],
)
def test_a_release_of_the_last_hour_is_still_being_built(published_at: str | None, in_progress: bool) -> None:
    known = records(
        ListedVersion(tag="v1.1.0", draft=False, published_at=published_at, assets=(("a.yaml", 1),))
    )
    found = judge(passed_over={"v1.1.0": codes.METADATA_MISSING}, records=known)
    assert [item.code for item in found] == ([codes.RELEASE_IN_PROGRESS] if in_progress else [])
    if in_progress:
        assert found[0].confidence is Confidence.LIKELY
        assert found[0].fixes


def test_minutes_since_publication_are_said() -> None:
    """F41: "published 6 minutes ago, 2 of 14 usual assets attached"."""
    known = records(
        ListedVersion(tag="v1.7.3", draft=False, published_at="2026-11-21T09:54:00Z", assets=FILES)
    )
    [found] = judge(passed_over={"v1.7.3": codes.COMPONENTS_MISSING}, records=known)
    assert "6 minutes ago with 2 files" in found.detail


# Lists that disagree, flags that disagree.


def test_hidden_versions_by_the_forges_records() -> None:
    known = records(ListedVersion(tag="v2.0.1", draft=False), ListedVersion(tag="v3.0.0", draft=True))
    [found] = judge(tags={"goproxy:x": ["v1.0.0"]}, records=known)
    assert (found.code, found.subject.version) == (codes.PROXY_HIDES_VERSION, "v2.0.1")


@pytest.mark.parametrize(
    ("tag", "flag", "differs"),
    [("v1.0.0", True, True), ("v1.0.0-rc.1", False, True), ("v1.0.0", False, False), ("v1.0.0", None, False)],
)
def test_the_prerelease_flag_is_a_note_where_it_differs(tag: str, flag: bool | None, differs: bool) -> None:
    known = records(ListedVersion(tag=tag, draft=False, prerelease=flag))
    expected = [(codes.PRERELEASE_FLAG, Severity.NOTE, tag)] if differs else []
    assert shown(judge(version=tag, records=known)) == expected


def test_tags_above_the_chosen_version_without_a_release_are_a_note() -> None:
    """F28: a pin does not depend on them, while other tools stumble over them."""
    known = records(ListedVersion(tag="v1.0.0", draft=False))
    [found] = judge(
        tags={"goproxy:x": ["v1.2.0", "v1.0.0", "v0.9.0"]}, git_tags=frozenset({"v1.1.0"}), records=known
    )
    assert (found.code, found.severity, found.subject.version) == (NOT_PUBLISHED, Severity.NOTE, "v1.2.0")
    assert "v1.1.0" in found.detail
    passed = {"v1.2.0": NOT_PUBLISHED, "v1.1.0": NOT_PUBLISHED}
    assert judge(tags={"goproxy:x": ["v1.2.0"]}, records=known, passed_over=passed) == []


# Bytes that differ.


RETRACTIONS = parse_retractions("retract [v1.0.0, v1.1.0] // loses data\nretract v0.9.0\n")
PROXIED = {"goproxy:x": ["v1.1.0", "v1.0.0", "v0.9.0", "v0.8.0", "v0.9.5-rc.1", "nightly"]}


def test_a_retracted_choice_is_a_warning_and_other_retracted_versions_are_one_note() -> None:
    """W-20: a list never tells; advice that no choice depends on."""
    found = judge(tags=PROXIED, retractions=RETRACTIONS, version="v1.0.0")
    assert shown(found) == [
        (codes.VERSION_RETRACTED, Severity.WARNING, "v1.0.0"),
        (codes.VERSION_RETRACTED, Severity.NOTE, "v1.1.0"),
    ]
    warning, note = found
    assert 'saying: "loses data"' in warning.detail
    assert "(so are v0.9.0)" in note.detail


def test_versions_that_were_not_chosen_are_at_most_a_note() -> None:
    [found] = judge(tags=PROXIED, retractions=RETRACTIONS[1:], version="v1.0.0")
    assert shown([found]) == [(codes.VERSION_RETRACTED, Severity.NOTE, "v0.9.0")]
    assert "without a reason" in found.detail
    nothing_chosen = judge(tags=PROXIED, retractions=RETRACTIONS, version="v1.0.0", chosen=False)
    assert [item.severity for item in nothing_chosen] == [Severity.NOTE]


def test_what_nobody_lists_is_not_told_though_it_is_retracted() -> None:
    assert judge(tags={"goproxy:x": ["v2.0.0"]}, retractions=RETRACTIONS, version="v2.0.0") == []


def test_a_retraction_rests_on_the_go_mod_alone() -> None:
    pieces = tuple(
        Evidence(route="goproxy:x", question=Question.FILE, outcome=Outcome.FOUND, url=url)
        for url in ("https://x/m/@v/list", "https://x/m/@v/v1.1.0.mod", None)
    )
    found = judge(tags=PROXIED, retractions=RETRACTIONS, version="v0.8.0", evidence=pieces)
    assert [item.evidence for item in found] == [pieces[1:2]]


def test_the_newest_version_that_nothing_speaks_against() -> None:
    kept = replace(BASE, tags=PROXIED, retractions=RETRACTIONS)
    assert kept.newest_kept == "v0.8.0"
    assert replace(kept, passed_over={"v0.8.0": codes.METADATA_MISSING}).newest_kept is None
    known = records(ListedVersion(tag="v0.8.0", draft=True), ListedVersion(tag="v0.7.0", draft=False))
    assert replace(kept, records=known).newest_kept is None
    assert replace(kept, records=records(ListedVersion(tag="v0.8.0"))).newest_kept == "v0.8.0"


def test_files_that_differ_by_route() -> None:
    [found] = judge(digests={"metadata.yaml": {"github-download": "a" * 64, "github-api": "b" * 64}})
    assert (found.code, found.severity) == (codes.ANSWER_DIFFERS, Severity.WARNING)


def test_a_release_file_that_is_not_its_tags_file_is_a_note() -> None:
    [found] = judge(digests={"metadata.yaml": {"github-download": "a" * 64, "goproxy:x": "b" * 64}})
    assert (found.code, found.severity) == (codes.SOURCES_DISAGREE, Severity.NOTE)
    assert judge(digests={"metadata.yaml": {"github-download": "a" * 64, "goproxy:x": "a" * 64}}) == []
    assert judge(digests={"metadata.yaml": {"goproxy:x": "b" * 64}}) == []


# Templates (F54).


def template(*names: str, immutable: bool | None = None, **facts: object) -> list[Diagnostic]:
    record = ListedVersion(
        tag="v1.0.0", draft=False, assets=tuple((name, 1) for name in names), immutable=immutable
    )
    given = {"type": ProviderType.INFRASTRUCTURE, "records": records(record), **facts}
    return judge(**given)


def test_an_infrastructure_provider_without_a_default_template() -> None:
    [found] = template("cluster-template-ha.yaml", "metadata.yaml")
    assert (found.code, found.severity) == (codes.TEMPLATE_MISSING, Severity.NOTE)
    assert "cluster-template-ha.yaml" in found.detail
    [frozen] = template("metadata.yaml", immutable=True)
    assert "immutable" in frozen.detail


def test_no_word_on_templates_where_there_is_one_or_none_is_needed() -> None:
    assert template("cluster-template.yaml") == []
    assert template("metadata.yaml", type=ProviderType.BOOTSTRAP) == []
    unknown = records(ListedVersion(tag="v1.0.0", draft=False))
    assert judge(type=ProviderType.INFRASTRUCTURE, records=unknown) == []
