"""Variables that keep their defaults and look like credentials (F16): said once before an installation."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence

from capyctl.core import codes
from capyctl.core.diagnostics import Applicability, Diagnostic, Fix, Severity, Subject
from capyctl.core.pattern import pattern
from capyctl.core.template_variable import Variable

_LOOKS_LIKE_ONE = pattern(
    r"(?:^|_)(?:CREDENTIALS?|B64ENCODED|TOKEN|SECRET|PASSWORD|PASSPHRASE|PASSWD|USERNAME|FINGERPRINT|"
    r"(?:API|ACCESS|PRIVATE|SSH|AUTH)_?KEY(?:_ID)?|KEY_B64|REGION|TENANCY(?:_ID)?|USER_ID)(?:_|$)",
    re.ASCII | re.IGNORECASE,
)
"""Names as providers give them (oracle/cluster-api-provider-oci#495): what a controller signs in with."""


def looks_like_a_credential(name: str) -> bool:
    """Whether a variable's name says that a controller signs in with it."""
    return _LOOKS_LIKE_ONE().search(name) is not None


def credentials_defaulted(
    providers: Iterable[tuple[str, Sequence[Variable]]], lookup: Callable[[str], str | None]
) -> Iterator[Diagnostic]:
    """One note a provider: how many variables keep their defaults, and which of them look like credentials."""
    for label, variables in providers:
        kept = sorted({each.name for each in variables if not each.required and lookup(each.name) is None})
        alike = [name for name in kept if looks_like_a_credential(name)]
        if alike:
            counted = (
                "1 variable keeps its default"
                if len(kept) == 1
                else f"{len(kept)} variables keep their defaults"
            )
            yield Diagnostic(
                code=codes.CREDENTIALS_DEFAULTED,
                severity=Severity.NOTE,
                detail=f"{counted}; these look like credentials: {', '.join(alike)}.",
                subject=Subject(provider=label),
                fixes=(
                    Fix(
                        applicability=Applicability.REVIEW,
                        title="set them, if the provider's controller is to sign in with values of yours",
                    ),
                ),
            )
