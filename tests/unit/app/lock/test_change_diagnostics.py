"""What each difference between a lock and the world is called, and the command that takes it over."""

from __future__ import annotations

import pytest

from capyctl.app.lock.change_diagnostics import diagnose_changes
from capyctl.core import codes
from capyctl.core.diagnostics import Severity
from capyctl.core.evidence import Evidence, Outcome, Question
from capyctl.core.invocation import Invocation
from capyctl.core.lock import Lock, LockedProvider, LockedRepository
from capyctl.core.lock_changes import LockChange, What

THEN, NOW = "2026-11-01T00:00:00Z", "2026-11-22T00:00:00Z"
ASKED = Invocation(words=("lock", "--check", "--config", "c.yaml"))
A, B = "a" * 64, "b" * 64


def _locked(label: str, requested: str | None) -> LockedProvider:
    return LockedProvider(
        provider=label,
        requested=requested,
        version="v1.2.0",
        contract="v1beta1",
        repository=LockedRepository(name="o/a", id=7, url="https://github.com/o/a/releases/latest"),
        files={},
        images=(),
    )


LOCK = Lock(capyctl="0", created_at=THEN, providers=(_locked("core", ">=1"), _locked("pinned", "1.2.0")))


def row(what: What, locked: str, found: str | None, **rest: str) -> LockChange:
    return LockChange(what=what, locked=locked, found=found, locked_at=THEN, found_at=NOW, **rest)


@pytest.mark.parametrize(
    ("change", "code", "said"),
    [
        (
            row(What.VERSION, "v1.0.0", "v1.1.0", provider="core"),
            codes.LOCK_OUTDATED,
            "core is locked at v1.0.0; v1.1.0 would be chosen now.",
        ),
        (
            row(What.KUBERNETES_VERSION, "v1.33.0", "v1.33.1", marker="stable-1.33"),
            codes.LOCK_OUTDATED,
            "stable-1.33 is locked at v1.33.0; it stands for v1.33.1 now.",
        ),
        (
            row(What.FILE, A, B, provider="core", file="m.yaml"),
            codes.LOCKED_BYTES_CHANGED,
            f"m.yaml of core was sha256:{A} and is sha256:{B} now.",
        ),
        (
            row(What.FILE, A, None, provider="core", file="m.yaml"),
            codes.LOCKED_BYTES_CHANGED,
            f"m.yaml of core was sha256:{A} and is gone.",
        ),
        (
            row(What.IMAGE, f"sha256:{A}", f"sha256:{B}", marker="stable-1.33"),
            codes.LOCKED_BYTES_CHANGED,
            f"The node image of stable-1.33 was sha256:{A} and is sha256:{B} now.",
        ),
        (
            row(What.IMAGE, f"sha256:{A}", None, provider="core", file="r.example.org/a:v1"),
            codes.LOCKED_BYTES_CHANGED,
            f"r.example.org/a:v1 was sha256:{A} and is gone.",
        ),
        (
            row(What.REPOSITORY_ID, "7", "8", provider="core"),
            codes.LOCKED_REPOSITORY_CHANGED,
            "The repository of core had the number 7 and has 8: it is another one.",
        ),
        (
            row(What.REPOSITORY_NAME, "o/a", "o/b", provider="core"),
            codes.LOCKED_REPOSITORY_CHANGED,
            "The repository of core was o/a and is o/b. It was renamed.",
        ),
    ],
)
def test_each_difference_is_one_error_with_both_times(
    change: LockChange, code: codes.Code, said: str
) -> None:
    (found,) = diagnose_changes([change], LOCK, ASKED, {})
    assert (found.code, found.severity) == (code, Severity.ERROR)
    assert found.detail == f"{said} Locked {THEN}, asked {NOW}."


def test_the_differences_of_one_entry_and_kind_are_told_together() -> None:
    rows = [
        row(What.FILE, A, B, provider="core", file="x.yaml"),
        row(What.FILE, A, B, provider="core", file="y.yaml"),
        row(What.VERSION, "v1", "v2", provider="core"),
        row(What.FILE, A, B, provider="other", file="x.yaml"),
    ]
    found = list(diagnose_changes(rows, LOCK, ASKED, {}))
    assert [(each.subject.provider, each.code.name, each.subject.file) for each in found] == [
        ("core", "locked-bytes-changed", None),
        ("core", "lock-outdated", None),
        ("other", "locked-bytes-changed", "x.yaml"),
    ]


def test_each_question_that_shows_a_difference_is_named_once() -> None:
    rows = [row(What.FILE, A, B, provider="core", file=name) for name in ("x.yaml", "y.yaml", "z.yaml")]
    one, other = (
        Evidence(route=route, question=Question.FILE, outcome=Outcome.FOUND) for route in ("a", "b")
    )
    (found,) = diagnose_changes(rows, LOCK, ASKED, {rows[0]: (one, other), rows[1]: (one,)})
    assert found.evidence == (one, other)


def test_a_repository_made_anew_was_not_renamed() -> None:
    rows = [
        row(What.REPOSITORY_ID, "7", "8", provider="core"),
        row(What.REPOSITORY_NAME, "o/a", "o/b", provider="core"),
    ]
    (found,) = diagnose_changes(rows, LOCK, ASKED, {})
    assert "renamed" not in found.detail


@pytest.mark.parametrize(
    ("change", "command"),
    [
        (
            row(What.VERSION, "v1", "v2", provider="core"),
            "capyctl lock --update core --config c.yaml",
        ),
        (
            row(What.KUBERNETES_VERSION, "v1", "v2", marker="stable"),
            "capyctl lock --update --kubernetes-version stable --config c.yaml",
        ),
    ],
)
def test_the_fix_locks_that_entry_anew(change: LockChange, command: str) -> None:
    (found,) = diagnose_changes([change], LOCK, ASKED, {})
    assert [fix.command for fix in found.fixes] == [command]


def test_a_marker_that_is_gone_is_told_by_its_own_answer() -> None:
    gone = row(What.KUBERNETES_VERSION, "v1.33.0", None, marker="stable-1.33")
    assert list(diagnose_changes([gone], LOCK, ASKED, {})) == []


def test_of_a_file_that_is_gone_there_are_no_new_bytes() -> None:
    """A tag that was asked for would be asked for again (7.2, ``requested``); cert-manager's is configured."""
    gone = [
        row(What.FILE, A, None, provider=each, file="m.yaml") for each in ("core", "pinned", "cert-manager")
    ]
    found = [fix for each in diagnose_changes(gone, LOCK, ASKED, {}) for fix in each.fixes]
    assert [(fix.title, fix.command) for fix in found] == [
        ("lock a version that is there", "capyctl lock --update core --config c.yaml"),
        ("lock a version that is there", "capyctl lock --update pinned:latest --config c.yaml"),
        ("configure another version of cert-manager, and lock it anew", None),
    ]


def test_the_digest_of_an_image_is_asked_for_again() -> None:
    change = row(What.IMAGE, f"sha256:{A}", f"sha256:{B}", provider="core", file="r.example.org/a:v1")
    (found,) = diagnose_changes([change], LOCK, ASKED, {})
    assert [fix.command for fix in found.fixes] == [
        "capyctl lock --update core --image-digests --config c.yaml"
    ]
