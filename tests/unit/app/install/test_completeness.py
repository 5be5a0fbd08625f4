"""Half an installation is none: what was not read stops a run that writes (issue 5, 1.1)."""

from __future__ import annotations

from capyctl.app.install.completeness import unread_components
from capyctl.core import codes
from capyctl.core.exit_status import ExitStatus
from capyctl.core.status_rules import status_of


def test_each_label_of_which_nothing_was_read_is_an_error_once() -> None:
    found = unread_components(["cluster-api", "cert-manager", "cluster-api"], ["cert-manager"])
    assert [(each.code, each.subject.provider) for each in found] == [
        (codes.FILE_NOT_AVAILABLE_OFFLINE, "cluster-api")
    ]
    assert status_of(found) is ExitStatus.UNDETERMINED


def test_nothing_is_said_where_all_was_read() -> None:
    assert unread_components(["cluster-api"], ["cluster-api", "cert-manager"]) == ()
