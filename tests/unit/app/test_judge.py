"""One candidate judged from its own files (cli.md 6, Publication and Choice)."""

from __future__ import annotations

import hashlib

import pytest

from capyctl.app.inspection import ComponentsPolicy
from capyctl.app.judge import Candidate, judge_candidate, not_to_be_had_offline
from capyctl.app.questions import Replies, Reply
from capyctl.core import codes
from capyctl.core.codes import Code
from capyctl.core.diagnostics import Severity, Subject
from capyctl.core.listed import ListedVersion
from capyctl.core.metadata import MetadataReading
from capyctl.core.rendered_components import RenderedComponents
from capyctl.core.selection import Judgement, Standing
from capyctl.core.version import ProviderVersion, parse_version
from capyctl.ports.fetch_errors import (
    AbsentError,
    BadAnswerError,
    FetchError,
    OfflineError,
    RateLimitedError,
    UnreachableError,
)
from capyctl.ports.fetcher import Answer, FileContent
from tests.unit.app.fakes import (
    COMPONENTS,
    METADATA,
    NAMESPACE,
    evidence,
    failed,
    metadata,
    silent,
    table_entry,
)

ACCEPTED = frozenset({"v1beta2", "v1beta1"})

CRD = b"""
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: widgets.example.org
  labels:
    cluster.x-k8s.io/v1beta2: v1
"""


POLICY = ComponentsPolicy(lookup=lambda _: None)


def content(data: bytes) -> FileContent:
    return FileContent(data=data, sha256=hashlib.sha256(data).hexdigest(), url="https://host.example/file")


def had(data: bytes) -> Replies[FileContent]:
    return Replies(items=(Reply(route="r", answer=Answer(value=content(data), evidence=(evidence("r"),))),))


def read(version: ProviderVersion, meta: Replies[FileContent] | None) -> MetadataReading | None:
    found = meta.first_found if meta is not None else None
    if meta is None or found is None or found.answer is None:
        return None
    subject = Subject(provider="bootstrap-widgets", version=version.tag, file=METADATA)
    return POLICY.metadata(version, found.answer.value, subject=subject, evidence=meta.evidence)


def lacking(*errors: FetchError) -> Replies[FileContent]:
    return Replies(items=tuple(Reply(route=error.evidence.route, error=error) for error in errors))


ABSENT = lacking(failed(AbsentError, "r", status=404))


def candidate(
    meta: Replies[FileContent] | None = None,
    components: Replies[FileContent] | None = None,
    *,
    tag: str = "v1.2.0",
    inspection: RenderedComponents | None = None,
    listed: ListedVersion | None = None,
) -> Candidate:
    version = parse_version(tag)
    assert version is not None
    return Candidate(
        version=version,
        label="bootstrap-widgets",
        components_file=COMPONENTS,
        metadata=meta,
        components=components,
        reading=read(version, meta),
        inspection=inspection,
        listed=listed,
    )


def judged(of: Candidate, accepted: frozenset[str] = ACCEPTED) -> Judgement:
    judgement = judge_candidate(of, accepted)
    assert judgement is not None
    return judgement


def only_code(judgement: Judgement) -> Code:
    [found] = judgement.diagnostics
    assert found.code is judgement.code
    assert found.severity is Severity.ERROR
    assert found.subject.version == "v1.2.0"
    return found.code


def test_nothing_can_be_said_before_metadata_was_asked_for() -> None:
    assert judge_candidate(candidate(), ACCEPTED) is None
    assert judge_candidate(candidate(listed=ListedVersion(tag="v1.2.0")), ACCEPTED) is None


def test_sound() -> None:
    judgement = judged(candidate(had(metadata("v1.2.0")), had(NAMESPACE)))
    assert (judgement.standing, judgement.series, judgement.contract) == (Standing.SOUND, (1, 2), "v1beta1")
    assert judgement.diagnostics == ()
    assert not judgement.provisional


def test_sound_by_metadata_alone_is_provisional() -> None:
    judgement = judged(candidate(had(metadata("v1.2.0"))))
    assert judgement.standing is Standing.SOUND
    assert judgement.provisional


# What is absent (F26, F39, F53).


def test_neither_file_means_no_published_release() -> None:
    first = judged(candidate(ABSENT))
    assert first.provisional
    assert first.standing is Standing.UNPUBLISHED
    both = judged(candidate(ABSENT, ABSENT))
    assert both.standing is Standing.UNPUBLISHED
    assert not both.provisional
    assert only_code(both) is codes.VERSION_NOT_PUBLISHED


def test_components_without_metadata_are_an_incomplete_release() -> None:
    judgement = judged(candidate(ABSENT, had(NAMESPACE)))
    assert judgement.standing is Standing.REJECTED
    assert only_code(judgement) is codes.METADATA_MISSING
    assert judgement.diagnostics[0].subject.file == METADATA


def test_metadata_without_components_is_an_incomplete_release_of_known_series() -> None:
    judgement = judged(candidate(had(metadata("v1.2.0")), ABSENT))
    assert judgement.standing is Standing.REJECTED
    assert only_code(judgement) is codes.COMPONENTS_MISSING
    assert judgement.series == (1, 2)


# What the listing proves.


@pytest.mark.parametrize(
    ("record", "standing", "code"),
    [
        (ListedVersion(tag="v1.2.0", draft=True), Standing.UNPUBLISHED, codes.DRAFT_RELEASE),
        (ListedVersion(tag="v1.2.0", draft=False, assets=()), Standing.REJECTED, codes.METADATA_MISSING),
        (
            ListedVersion(tag="v1.2.0", draft=False, assets=((METADATA, 9),)),
            Standing.REJECTED,
            codes.COMPONENTS_MISSING,
        ),
    ],
)
def test_a_record_rejects_without_any_question(record: ListedVersion, standing: Standing, code: Code) -> None:
    judgement = judged(candidate(listed=record))
    assert judgement.standing is standing
    assert only_code(judgement) is code


@pytest.mark.parametrize(
    "record",
    [
        ListedVersion(tag="v1.2.0", assets=((METADATA, 9),)),
        ListedVersion(tag="v1.2.0", draft=False),
        ListedVersion(tag="v1.2.0", draft=False, prerelease=True, assets=((METADATA, 9), (COMPONENTS, 9))),
    ],
    ids=["snapshot", "record without files", "prerelease flag"],
)
def test_a_record_that_proves_nothing_leaves_the_files_to_decide(record: ListedVersion) -> None:
    assert judge_candidate(candidate(listed=record), ACCEPTED) is None


def test_the_names_of_the_files_that_are_there_are_given() -> None:
    """F39: "release v0.1.7 exists with 3 assets (…); metadata.yaml is not one of them"."""
    record = ListedVersion(tag="v1.2.0", draft=False, assets=(("b.yaml", 1), ("a.yaml", 1)))
    assert "a.yaml, b.yaml" in judged(candidate(listed=record)).reason
    nothing = ListedVersion(tag="v1.2.0", draft=False, assets=())
    assert "no file at all" in judged(candidate(listed=nothing)).reason


# Unavailable is not wrong, and wrong on the way is not wrong as published (E7).


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (failed(UnreachableError, "r", failure="refused"), codes.SOURCE_UNREACHABLE),
        (failed(UnreachableError, "r", failure="tls"), codes.TLS_UNTRUSTED),
        (failed(RateLimitedError, "r", status=403), codes.RATE_LIMITED),
        (failed(OfflineError, "r"), codes.NO_DATA_OFFLINE),
        (failed(BadAnswerError, "r", failure="html"), codes.ANSWER_IS_HTML),
        (failed(BadAnswerError, "r", failure="truncated"), codes.ANSWER_INCOMPLETE),
    ],
)
def test_a_failure_on_the_way_blocks(error: FetchError, code: Code) -> None:
    judgement = judged(candidate(lacking(error)))
    assert judgement.standing is Standing.BLOCKED
    assert only_code(judgement) is code


@pytest.mark.parametrize(
    ("failure", "code"),
    [
        ("json-record", codes.ANSWER_IS_RECORD),
        ("lfs-pointer", codes.ANSWER_IS_LFS_POINTER),
        ("empty", codes.ANSWER_INCOMPLETE),
        ("digest-differs", codes.ANSWER_DIFFERS),
        ("size-differs", codes.ANSWER_DIFFERS),
    ],
)
def test_wrong_bytes_as_published_reject_the_version(failure: str, code: Code) -> None:
    error = failed(BadAnswerError, "r", failure=failure)
    judgement = judged(candidate(lacking(silent("q"), error)))
    assert judgement.standing is Standing.REJECTED
    assert only_code(judgement) is code
    of_components = judged(candidate(had(metadata("v1.2.0")), lacking(error)))
    assert of_components.standing is Standing.REJECTED
    assert of_components.code is code
    assert of_components.series == (1, 2)


def test_components_that_could_not_be_had_block() -> None:
    judgement = judged(candidate(had(metadata("v1.2.0")), lacking(silent("r"))))
    assert judgement.standing is Standing.BLOCKED
    assert judgement.code is codes.SOURCE_SILENT


def test_offline_components_are_a_note() -> None:
    """cli.md 5: a file is null only when the run cannot have it, and a note says so."""
    replies = lacking(failed(OfflineError, "snapshot"))
    judgement = judged(candidate(had(metadata("v1.2.0")), replies))
    assert judgement.standing is Standing.SOUND
    [note] = judgement.diagnostics
    assert (note.code, note.severity) == (codes.FILE_NOT_AVAILABLE_OFFLINE, Severity.NOTE)
    assert not_to_be_had_offline(replies)
    assert not not_to_be_had_offline(lacking(failed(OfflineError, "a"), silent("b")))
    assert not not_to_be_had_offline(ABSENT)


# Metadata (F43, F46, F50).


def test_the_own_series_is_missing() -> None:
    judgement = judged(candidate(had(metadata("v1.1.0"))))
    assert judgement.standing is Standing.REJECTED
    assert only_code(judgement) is codes.OWN_SERIES_MISSING
    assert judgement.series is None


def test_a_missing_kind_is_a_warning_only() -> None:
    text = metadata("v1.2.0").replace(b"kind: Metadata\n", b"")
    judgement = judged(candidate(had(text), had(NAMESPACE)))
    assert judgement.standing is Standing.SOUND
    [found] = judgement.diagnostics
    assert (found.code, found.severity) == (codes.METADATA_KIND_MISSING, Severity.WARNING)


def test_a_contract_that_is_not_accepted_is_said_with_the_ones_that_are() -> None:
    judgement = judged(candidate(had(metadata("v1.2.0", "v1alpha4"))))
    assert judgement.standing is Standing.REJECTED
    assert only_code(judgement) is codes.CONTRACT_NOT_ACCEPTED
    assert judgement.contract == "v1alpha4"
    assert judgement.reason == "contract v1alpha4, accepted is v1beta2 or v1beta1"


# Components (resolution 10; contract labels).


def look(data: bytes) -> RenderedComponents:
    return POLICY.read(table_entry(), "v1.2.0", content(data))


def with_components(data: bytes) -> Judgement:
    return judged(candidate(had(metadata("v1.2.0")), had(data), inspection=look(data)))


def test_components_that_are_no_yaml_reject_the_version() -> None:
    judgement = with_components(b"a: [")
    assert judgement.standing is Standing.REJECTED
    assert only_code(judgement) is codes.COMPONENTS_UNREADABLE


def test_crds_of_another_contract_are_a_warning() -> None:
    judgement = with_components(NAMESPACE + b"---" + CRD)
    assert judgement.standing is Standing.SOUND
    [found] = judgement.diagnostics
    assert (found.code, found.severity) == (codes.CONTRACT_DIFFERS_FROM_CRDS, Severity.WARNING)


def test_crds_of_the_same_contract_or_of_none_are_sound() -> None:
    own = CRD.replace(b"v1beta2", b"v1beta1")
    assert with_components(NAMESPACE + b"---" + own).diagnostics == ()
    assert with_components(NAMESPACE).diagnostics == ()


@pytest.mark.parametrize(
    ("tag", "standing"), [("v1.1.4", Standing.REJECTED), ("v1.2.0", Standing.SOUND)], ids=["own", "another"]
)
def test_a_series_with_two_contracts_rejects_versions_of_that_series_only(
    tag: str, standing: Standing
) -> None:
    """cli.md 6: a version's own series decides; W-32 is about the one that is there twice."""
    head = "apiVersion: clusterctl.cluster.x-k8s.io/v1alpha3\nkind: Metadata\nreleaseSeries:\n"
    entries = (("1", "v1beta1"), ("1", "v1beta2"), ("2", "v1beta1"))
    rows = "".join(f"- {{major: 1, minor: {minor}, contract: {contract}}}\n" for minor, contract in entries)
    judgement = judge_candidate(candidate(had((head + rows).encode()), had(NAMESPACE), tag=tag), ACCEPTED)
    assert judgement is not None
    assert judgement.standing is standing
    assert codes.METADATA_DUPLICATE_SERIES in {item.code for item in judgement.diagnostics}
