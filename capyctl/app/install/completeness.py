"""Whether everything that a run is to bring was read: half an installation is none."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence

from capyctl.app.lacking_files import with_lacking_files
from capyctl.core.diagnostics import Diagnostic, Subject
from capyctl.core.invocation import Invocation


def with_unread_components(
    said: Sequence[Diagnostic], wanted: Iterable[str], read: Collection[str], invocation: Invocation
) -> tuple[Diagnostic, ...]:
    """What was said, with an error for each of the labels ``wanted`` of which nothing was read: nothing is written.

    A plan may leave such a file out and notes it (cli.md 5, ``files``); a run that writes may not: it would install
    a part, or take what it did not read for dropped.
    """
    unread = (Subject(provider=label) for label in wanted if label not in read)
    return with_lacking_files(said, unread, invocation, "Nothing is written without it.")
