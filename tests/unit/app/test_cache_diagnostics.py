"""Troubles of the cache as diagnostics: 0801, 0802 and 0803, and none where there is no trouble."""

from __future__ import annotations

import pytest

from capyctl.app.cache_diagnostics import cache_troubles
from capyctl.core import codes
from capyctl.core.codes import Code
from capyctl.core.diagnostics import Applicability, Severity
from capyctl.core.invocation import Invocation
from capyctl.ports.cache import CacheTrouble

_KINDS = {
    "format": codes.CACHE_OF_ANOTHER_VERSION,
    "unwritable": codes.CACHE_UNWRITABLE,
    "clock": codes.CLOCK_BEHIND_CACHE,
}
_RUN = Invocation(words=("resolve", "addon-helm"))


def _trouble(kind: str) -> CacheTrouble:
    return CacheTrouble(kind=kind, path="/home/me/.cache/capyctl x", reason="the reason")


def test_without_trouble_nothing_is_said() -> None:
    assert cache_troubles((), _RUN) == ()


@pytest.mark.parametrize(("kind", "code"), _KINDS.items())
def test_a_trouble_is_one_warning_with_its_reason_and_a_run_without_the_cache(kind: str, code: Code) -> None:
    (found,) = cache_troubles((_trouble(kind),), _RUN)
    assert (found.code, found.severity) == (code, Severity.WARNING)
    assert "the reason" in found.detail
    assert "/home/me/.cache/capyctl x" in found.detail
    safe = [fix.command for fix in found.fixes if fix.applicability is Applicability.SAFE]
    assert safe == ["capyctl resolve addon-helm --no-cache"]


@pytest.mark.parametrize("kind", ["unwritable", "clock"])
def test_for_a_command_about_the_cache_it_is_an_error_and_doing_without_is_no_way_out(kind: str) -> None:
    (found,) = cache_troubles((_trouble(kind),), severity=Severity.ERROR)
    assert found.is_error
    assert found.fixes
    assert not [fix for fix in found.fixes if "--no-cache" in (fix.command or "")]


def test_a_folder_of_another_format_is_a_warning_also_for_a_command_about_the_cache() -> None:
    """cli.md 7.1: "one warning with that format"; it is nothing that ``cache clear`` could have emptied."""
    (found,) = cache_troubles((_trouble("format"),), severity=Severity.ERROR)
    assert found.severity is Severity.WARNING
    assert not [fix for fix in found.fixes if "--no-cache" in (fix.command or "")]


def test_a_path_in_words_to_be_pasted_is_quoted() -> None:
    (found,) = cache_troubles((_trouble("format"),))
    assert "rm -r -- '/home/me/.cache/capyctl x'" in found.fixes[0].title


@pytest.mark.parametrize("kind", ["unwritable", "clock"])
def test_a_run_that_has_its_answer_from_the_cache_is_not_safe_without_it(kind: str) -> None:
    """Offline there may be nothing in its place (status 3), and a locked file may be gone from its release."""
    offline = Invocation(words=("resolve", "addon-helm", "--offline"))
    (found,) = cache_troubles((_trouble(kind),), offline, relies=True)
    assert [fix for fix in found.fixes if fix.applicability is Applicability.SAFE] == []
    assert "capyctl resolve addon-helm --no-cache" in [fix.command for fix in found.fixes]


def test_a_cache_that_was_not_read_is_no_loss() -> None:
    offline = Invocation(words=("resolve", "addon-helm", "--offline"))
    (found,) = cache_troubles((_trouble("format"),), offline, relies=True)
    assert found.fixes[0].applicability is Applicability.SAFE
    assert found.fixes[0].command == "capyctl resolve addon-helm --offline --no-cache"
