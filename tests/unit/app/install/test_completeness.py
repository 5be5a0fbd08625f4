"""Half an installation is none: what was not read stops a run that writes (issue 5, 1.1)."""

from __future__ import annotations

from capyctl.app.install.completeness import with_unread_components
from capyctl.core import codes
from capyctl.core.diagnostics import Diagnostic, Severity, Subject
from capyctl.core.exit_status import ExitStatus
from capyctl.core.invocation import Invocation
from capyctl.core.status_rules import status_of

_INVOCATION = Invocation(words=("init", "-i", "aws", "--offline"))


def _note(label: str) -> Diagnostic:
    return Diagnostic(
        code=codes.FILE_NOT_AVAILABLE_OFFLINE,
        severity=Severity.NOTE,
        detail=f"The file of {label} was not read: it is not here.",
        subject=Subject(provider=label, version="v1.0.0", file="core-components.yaml"),
    )


def test_each_label_of_which_nothing_was_read_is_an_error_once() -> None:
    wanted = ["cluster-api", "cert-manager", "cluster-api"]
    found = with_unread_components([], wanted, ["cert-manager"], _INVOCATION)
    assert [(each.code, each.severity, each.subject.provider) for each in found] == [
        (codes.FILE_NOT_AVAILABLE_OFFLINE, Severity.ERROR, "cluster-api")
    ]
    assert status_of(found) is ExitStatus.UNDETERMINED


def test_the_note_on_it_becomes_the_error_and_others_stay() -> None:
    lacking, other = _note("cluster-api"), _note("infrastructure-aws")
    (error, stays) = with_unread_components([lacking, other], ["cluster-api"], [], _INVOCATION)
    assert (error.severity, error.subject) == (Severity.ERROR, lacking.subject)
    assert lacking.detail in error.detail
    assert [fix.command for fix in error.fixes] == ["capyctl init -i aws"]
    assert stays is other


def test_nothing_is_said_where_all_was_read() -> None:
    read = ["cluster-api", "cert-manager"]
    assert with_unread_components([], ["cluster-api"], read, _INVOCATION) == ()
