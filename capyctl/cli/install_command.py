"""What ``init`` and ``init list-images`` share: the references of a first run."""

from __future__ import annotations

from collections.abc import Sequence

from capyctl.cli.references import GivenReferences, given_references
from capyctl.cli.run import Outcome, Run
from capyctl.core.exit_status import ExitStatus


def install_references(run: Run, positional: Sequence[str] | None) -> GivenReferences | Outcome:
    """The references given, with ``-`` for "none of this type", or the outcome of a malformed one."""
    given = given_references(run, positional, skip_allowed=True)
    return Outcome(diagnostics=given.problems, status=ExitStatus.USAGE) if given.problems else given
