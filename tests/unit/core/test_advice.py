"""What a report shows as the ways out of a diagnostic."""

from __future__ import annotations

import pytest

from capyctl.core import codes
from capyctl.core.advice import fixes_of
from capyctl.core.diagnostics import Applicability, Diagnostic, Fix, Severity


def told(*fixes: Fix) -> tuple[Fix, ...]:
    return fixes_of(
        Diagnostic(code=codes.METADATA_MISSING, severity=Severity.ERROR, detail="It is gone.", fixes=fixes)
    )


def test_standing_advice_stands_in_where_nothing_more_exact_is_known() -> None:
    own = Fix(applicability=Applicability.REVIEW, title="do this", command="capyctl versions x")
    assert told(own) == (own,)
    assert [fix.applicability.value for fix in told()] == ["review", "upstream"]


@pytest.mark.parametrize(("given", "kept"), [("safe", "review"), ("review", "review")])
@pytest.mark.parametrize(
    "word",
    [
        "https://user:hush@host/c.yaml",
        "https://hush@host/c.yaml",
        "https://user:a/hush@host/c.yaml",
        "'https://host/c.yaml?sig=hush'",
        "'--config=https://host/c.yaml#hush'",
        "'https:/user:hush@host/c.yaml'",
        "user:hush@host/c.yaml",
        "'host/c.yaml?sig=hush'",
    ],
)
def test_a_command_with_a_credential_in_it_is_not_printed(given: str, kept: str, word: str) -> None:
    command = f"capyctl resolve x --config {word}"
    fix = Fix(applicability=Applicability(given), title="do this", command=command)
    assert told(fix) == (Fix(applicability=Applicability(kept), title="do this"),)


@pytest.mark.parametrize(
    "words",
    [
        "resolve x --config https://host:8443/c.yaml",
        "resolve x --config https://host/c.yaml 'a?b'",
        "resolve x --config ./dir/file@2.yaml",
        f"bundle push b.tar oci://host:5000/x@sha256:{'0' * 64}",
    ],
)
def test_a_command_with_a_plain_address_is_printed(words: str) -> None:
    fix = Fix(applicability=Applicability.SAFE, title="do this", command=f"capyctl {words}")
    assert told(fix) == (fix,)
