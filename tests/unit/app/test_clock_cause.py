"""A clock that is behind is one root cause, whatever it shows in (cli.md 4: a consequence names its cause)."""

from __future__ import annotations

import itertools

import pytest
from msgspec.structs import replace

from capyctl.app.clock_cause import under_the_clock
from capyctl.app.ways_out import with_ways_out
from capyctl.core import codes
from capyctl.core.code import Code
from capyctl.core.diagnostics import Applicability, Diagnostic, Fix, Severity
from capyctl.core.exit_status import ExitStatus
from capyctl.core.invocation import Invocation
from capyctl.core.status_rules import status_of

_LOCK = Diagnostic(code=codes.LOCK_FROM_THE_FUTURE, severity=Severity.WARNING, detail="The lock is later.")
_CACHE = Diagnostic(code=codes.CLOCK_BEHIND_CACHE, severity=Severity.WARNING, detail="An entry is later.")
_EARLY = Diagnostic(
    code=codes.TLS_UNTRUSTED,
    severity=Severity.ERROR,
    detail="proxy.golang.org: the handshake was not acceptable (certificate is not yet valid).",
)
_EXPIRED = Diagnostic(
    code=codes.TLS_UNTRUSTED,
    severity=Severity.ERROR,
    detail="proxy.golang.org: the handshake was not acceptable (certificate has expired).",
)
_NO_VERSION = Diagnostic(
    code=codes.NO_VERSION, severity=Severity.ERROR, detail="None is known.", caused_by=_EARLY
)


def _causes(found: tuple[Diagnostic, ...]) -> dict[Code, Code | None]:
    return {item.code: item.caused_by.code if item.caused_by is not None else None for item in found}


@pytest.mark.parametrize("order", list(itertools.permutations([_LOCK, _CACHE, _EARLY, _NO_VERSION])))
def test_the_lock_is_the_root_and_the_others_follow(order: tuple[Diagnostic, ...]) -> None:
    told = under_the_clock(order)
    assert _causes(told) == {
        codes.LOCK_FROM_THE_FUTURE: None,
        codes.CLOCK_BEHIND_CACHE: codes.LOCK_FROM_THE_FUTURE,
        codes.TLS_UNTRUSTED: codes.LOCK_FROM_THE_FUTURE,
        codes.NO_VERSION: codes.TLS_UNTRUSTED,
    }
    (root,) = (item for item in told if item.caused_by is None)
    assert root.detail.endswith("Most likely this machine's clock is behind.")
    assert {item.caused_by for item in told if item.code is not codes.NO_VERSION} == {None, root}


def test_without_a_lock_the_cache_is_the_root_also_of_what_only_a_consequence_names() -> None:
    told = under_the_clock([_NO_VERSION, _CACHE])
    assert _causes(told) == {
        codes.NO_VERSION: codes.TLS_UNTRUSTED,
        codes.CLOCK_BEHIND_CACHE: None,
    }
    cause = told[0].caused_by
    assert cause is not None
    assert cause.caused_by == told[1]


@pytest.mark.parametrize("found", [(_LOCK,), (_CACHE,), (_EARLY, _NO_VERSION), (_LOCK, _EXPIRED)])
def test_one_sign_alone_stays_as_it_is(found: tuple[Diagnostic, ...]) -> None:
    """One certificate may be wrong itself, and one that has expired is no clock behind."""
    assert under_the_clock(found) == found


def test_every_run_tells_it_and_twice_is_as_once() -> None:
    invocation = Invocation(words=("lock", "--check"))
    once = with_ways_out([_EARLY, _CACHE, _LOCK], invocation)
    assert [item.code for item in once if item.caused_by is None] == [codes.LOCK_FROM_THE_FUTURE]
    assert with_ways_out(once, invocation) == once
    assert under_the_clock(once) == once


@pytest.mark.parametrize("others", [(), (_LOCK,)])
def test_no_fix_is_safe_where_a_source_stays_refused(others: tuple[Diagnostic, ...]) -> None:
    """cli.md 4: after a safe fix the run ends with 0 if no other root cause is an error, and none is here."""
    fix = Fix(applicability=Applicability.SAFE, title="without", command="capyctl resolve a --no-cache")
    cache = replace(_CACHE, fixes=(fix,))
    (review,) = (fix for item in under_the_clock([_EARLY, cache, *others]) for fix in item.fixes)
    assert review.applicability is Applicability.REVIEW
    harmless = [fix for item in under_the_clock([cache, *others]) for fix in item.fixes]
    assert harmless == [fix]


def test_what_could_not_be_asked_stays_undetermined_under_a_warning() -> None:
    """cli.md 3: status 3 where something needed was unavailable."""
    assert status_of(under_the_clock([_EARLY, _NO_VERSION, _LOCK])) is ExitStatus.UNDETERMINED
