"""The functions of the library that make a lock, and hold the world against one."""

from __future__ import annotations

import os
from collections.abc import Iterable
from pathlib import Path
from typing import Unpack

from msgspec.structs import replace

from capyctl.app.lock.markers import Marker
from capyctl.config.spec_file import SpecFileError, load_spec
from capyctl.core.lock import LOCK_NAME, Lock
from capyctl.core.lock_changes import LockChange
from capyctl.core.release_marker import parse_asked_release
from capyctl.core.requirement import Requirement
from capyctl.core.status_rules import status_of
from capyctl.library.arguments import contract_name
from capyctl.library.results import References, Result, RunSettings
from capyctl.library.serving import read_references, serve
from capyctl.wiring.lock_checking import check_lock as check_lock_of_world
from capyctl.wiring.lock_services import LockAsked, make_lock
from capyctl.wiring.request import LONG_DEADLINE
from capyctl.wiring.spec_reading import spec_unreadable


class LockSettings(RunSettings, total=False):
    """Keyword arguments of ``lock``; each stands for the option of its name.

    ``spec`` is the path of a spec file and stands in the place of references, as ``--from``; ``contract`` and
    ``allow_prerelease`` then hold for each of its entries that does not say its own. ``path`` is the file that
    is written; None writes none. ``kubernetes_versions`` are markers such as ``stable-1.33``.
    """

    spec: str | os.PathLike[str] | None
    path: str | os.PathLike[str] | None
    kubernetes_versions: Iterable[str]
    contract: str | None
    allow_prerelease: bool
    image_digests: bool
    update: bool


class LockResult(Result, frozen=True, kw_only=True):
    """A lock that was made.

    Attributes:
        lock: None where something stood against it. written: whether the file was written; one in which nothing
            changed is left as it is.
    """

    lock: Lock | None = None
    written: bool = False


class LockCheckResult(Result, frozen=True, kw_only=True):
    """How the world differs from a lock.

    Attributes:
        changes: None where there was no lock to hold the world against. undecided: labels and markers of which not
            everything could be asked, so that nothing is said of what was not.
    """

    changes: tuple[LockChange, ...] | None = None
    undecided: tuple[str, ...] = ()


def lock(references: References = (), **settings: Unpack[LockSettings]) -> LockResult:
    """Resolve what is named, and record versions, files and digests, as ``lock`` does.

    Args:
        references: one or several, ``name[:version]`` or manifest labels.
        settings: see ``LockSettings``.

    Raises:
        MalformedReferenceError: a reference that cannot be read.
        ValueError: nothing is named, neither by references nor by markers nor by a spec; a spec beside references
            or ``update``; a marker or a contract that is none.
    """
    named = read_references(references)
    path, spec = settings.get("path", LOCK_NAME), settings.get("spec")
    markers = tuple(_marker(text) for text in settings.get("kubernetes_versions", ()))
    if spec is not None and (named or settings.get("update")):
        raise ValueError("a spec stands in the place of references, and of update")
    if spec is None and not (named or markers):
        raise ValueError("nothing is named: give a provider, kubernetes_versions or a spec")
    asked = LockAsked(
        references=named,
        markers=markers,
        requirement=Requirement(
            contract=contract_name(settings.get("contract")),
            allow_prerelease=settings.get("allow_prerelease", False),
        ),
        image_digests=settings.get("image_digests", False),
        update=settings.get("update", False),
        path=Path(path) if path is not None else None,
    )
    if spec is not None:
        try:
            asked = replace(asked, spec=load_spec(Path(spec)))
        except SpecFileError as error:
            said = spec_unreadable(error)
            return LockResult(diagnostics=said, exit_status=status_of(said))
    settings.setdefault("deadline", LONG_DEADLINE)
    served = serve("lock", named, settings, lambda world: make_lock(world, asked))
    made = served.found
    return LockResult(
        lock=made.lock if made is not None else None,
        written=made is not None and made.written,
        diagnostics=served.diagnostics,
        evidence=served.evidence,
        exit_status=served.status,
    )


def check_lock(path: str | os.PathLike[str] = LOCK_NAME, **settings: Unpack[RunSettings]) -> LockCheckResult:
    """Ask the world again about everything that a lock records, as ``lock --check``; nothing is written."""
    settings.setdefault("deadline", LONG_DEADLINE)
    served = serve("lock --check", (), settings, lambda world: check_lock_of_world(world, Path(path)))
    compared = served.found
    return LockCheckResult(
        changes=compared.changes if compared is not None else None,
        undecided=compared.undecided if compared is not None else (),
        diagnostics=served.diagnostics,
        evidence=served.evidence,
        exit_status=served.status,
    )


def _marker(text: str) -> Marker:
    found = parse_asked_release(text)
    if found is None:
        raise ValueError(f"{text!r} is no marker such as stable-1.33, and no exact version such as v1.33.1")
    return found
