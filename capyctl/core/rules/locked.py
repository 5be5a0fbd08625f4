"""What differs from the lock that a run is bound to (cli.md 7.2; issue 6, item 2)."""

from __future__ import annotations

from msgspec import Struct

from capyctl.core import codes
from capyctl.core.diagnostics import Applicability, Confidence, Diagnostic, Fix, Severity, Subject
from capyctl.core.evidence import Evidence, without_query
from capyctl.core.lock import LockedFile, LockedRepository
from capyctl.core.lock_origin import LockOrigin


def not_in_lock(
    label: str, asked: str, known: tuple[str, ...], origin: LockOrigin, by: str = "is asked for"
) -> Diagnostic:
    """Something is asked for that the lock has no entry for; ``asked`` is the reference as typed.

    ``by`` is a clause of who asks for it.
    """
    listed = ", ".join(known) or "no provider"
    reference = asked if asked.partition(":")[0] == label else label
    return Diagnostic(
        code=codes.NOT_IN_LOCK,
        severity=Severity.ERROR,
        detail=f"{label} {by} and is not in {origin.said}, which has {listed}.",
        subject=Subject(provider=label),
        fixes=(origin.update(reference, f"add {label} to the lock"),),
    )


def file_not_in_lock(label: str, version: str, name: str, origin: LockOrigin) -> Diagnostic:
    """A file is needed that the provider's entry does not name."""
    return Diagnostic(
        code=codes.NOT_IN_LOCK,
        severity=Severity.ERROR,
        detail=f"{name} of {label} {version} is needed, and {origin.said} has no digest of it.",
        subject=Subject(provider=label, version=version, file=name),
        fixes=(origin.update(label, f"lock {label} anew"),),
    )


class AskedVersion(Struct, frozen=True, kw_only=True):
    """A version that somebody asks for, and how.

    Attributes:
        by: who says it, a clause such as ``is asked for``. reference: what to give ``lock --update``; None where no
            reference can say it. instead: the command that takes the lock's version, where one can be given.
    """

    label: str
    version: str
    by: str
    reference: str | None = None
    instead: str | None = None


def version_differs(asked: AskedVersion, locked: str, origin: LockOrigin) -> Diagnostic:
    """Another version is asked for than the lock's."""
    fixes = []
    if asked.instead is not None:
        title = f"take the version of the lock: {locked}"
        fixes.append(Fix(applicability=Applicability.REVIEW, title=title, command=asked.instead))
    fixes.append(origin.update(asked.reference or asked.label, f"lock {asked.label} anew"))
    return Diagnostic(
        code=codes.LOCK_VERSION_DIFFERS,
        severity=Severity.ERROR,
        detail=f"{asked.label} {asked.version} {asked.by}, and {origin.said} has {locked}.",
        subject=Subject(provider=asked.label, version=asked.version),
        fixes=tuple(fixes),
    )


def contract_differs(label: str, asked: str, locked: str, origin: LockOrigin) -> Diagnostic:
    """``--contract`` names another contract than that of the locked version."""
    title = "leave the contract to the lock"
    without = Fix(
        applicability=Applicability.REVIEW, title=title, command=origin.invocation.without("--contract")
    )
    return Diagnostic(
        code=codes.LOCK_CONTRACT_DIFFERS,
        severity=Severity.ERROR,
        detail=f"The contract {asked} is asked for, and {label} has {locked} in {origin.said}.",
        subject=Subject(provider=label),
        fixes=(without,),
    )


class LockedPlace(Struct, frozen=True, kw_only=True):
    """One file of the lock: whose it is, and what the lock says of it.

    Attributes:
        moved: where the provider's address is another one than in the lock: a sentence with both, else empty.
        another: what to give ``lock --update`` so that another version may be taken; None for cert-manager, whose
            version the configuration says.
    """

    label: str
    version: str
    name: str
    file: LockedFile
    origin: LockOrigin
    moved: str = ""
    another: str | None = None

    @property
    def subject(self) -> Subject:
        """The file as diagnostics name it."""
        return Subject(provider=self.label, version=self.version, file=self.name)

    @property
    def said(self) -> str:
        """The file in a sentence."""
        return f"{self.name} of {self.label} {self.version}"

    @property
    def address_fixes(self) -> tuple[Fix, ...]:
        """What to do about an address that is not the lock's."""
        title = f"take back the address of {self.label}, if it was not changed for this lock"
        return (Fix(applicability=Applicability.REVIEW, title=title),) if self.moved else ()


class FoundBytes(Struct, frozen=True, kw_only=True):
    """Other bytes than the lock's.

    Attributes:
        where: where they were read, a clause such as ``at https://…``. seen: what this machine knows of earlier
            bytes, a sentence, or empty. is_override: whether a file of the user's own stands in for the release's.
    """

    sha256: str
    size: int
    where: str
    evidence: tuple[Evidence, ...] = ()
    seen: str = ""
    is_override: bool = False


def file_differs(place: LockedPlace, found: FoundBytes) -> Diagnostic:
    """A file has other bytes than the lock says, at its release or in an override: neither is served."""
    locked = place.file
    upstream = Fix(
        applicability=Applicability.UPSTREAM,
        title="ask the provider's authors why a published file changed; a release should keep its bytes",
    )
    override = Fix(
        applicability=Applicability.REVIEW,
        title="take the override away, if it was not meant for this lock",
    )
    advice = (override,) if found.is_override else place.address_fixes or (upstream,)
    moved = "" if found.is_override else place.moved
    detail = (
        f"{place.said} has other bytes than {place.origin.said} says: sha256:{found.sha256} ({found.size} bytes)"
        f" {found.where}, and sha256:{locked.sha256} ({locked.size} bytes) in the lock."
    )
    return Diagnostic(
        code=codes.LOCKED_FILE_DIFFERS,
        severity=Severity.ERROR,
        detail=" ".join(each for each in (detail, found.seen, moved) if each),
        subject=place.subject,
        evidence=found.evidence,
        fixes=(
            *advice,
            place.origin.update(place.label, f"once you trust the other bytes, lock {place.label} anew"),
        ),
    )


def file_gone(place: LockedPlace, reason: str, evidence: tuple[Evidence, ...]) -> Diagnostic:
    """A file of the lock is not there any more."""
    return Diagnostic(
        code=codes.LOCKED_FILE_GONE,
        severity=Severity.ERROR,
        detail=(
            f"{place.said} is gone: {reason}. {place.origin.said[:1].upper()}{place.origin.said[1:]} has it as"
            f" sha256:{place.file.sha256} ({place.file.size} bytes). {place.moved}"
        ).rstrip(),
        subject=place.subject,
        evidence=evidence,
        fixes=(
            *place.address_fixes,
            *_token_fixes(evidence),
            Fix(
                applicability=Applicability.REVIEW,
                title="where a copy with this digest is kept, put it under the overrides folder",
            ),
            _another_version(place),
        ),
    )


def _token_fixes(evidence: tuple[Evidence, ...]) -> tuple[Fix, ...]:
    """A forge answers 404 for what is private, so a token may be all that is lacking (F23)."""
    if any(piece.credential_sent for piece in evidence):
        return ()
    forges = {piece.route.partition("-")[0] for piece in evidence}
    names = {"github": "GITHUB_TOKEN", "gitlab": "GITLAB_ACCESS_TOKEN"}
    return tuple(
        Fix(
            applicability=Applicability.REVIEW,
            title=f"if the repository is private, set {name} to a token that may read it",
        )
        for forge, name in names.items()
        if forge in forges
    )


def _another_version(place: LockedPlace) -> Fix:
    if place.another is None:
        title = f"configure another version of {place.label}, and lock it anew"
        return Fix(applicability=Applicability.REVIEW, title=title)
    return place.origin.update(place.another, f"lock {place.label} anew, in a version that is there")


def file_not_kept(place: LockedPlace, evidence: tuple[Evidence, ...]) -> Diagnostic:
    """A run without network lacks a file of the lock: no verdict."""
    invocation = place.origin.invocation
    bundled = place.origin.option == "--bundle"
    where = f"the bundle {place.origin.name}" if bundled else "the disk cache"
    fixes = [
        *place.address_fixes,
        Fix(
            applicability=Applicability.REVIEW,
            title="make the bundle anew from its lock"
            if bundled
            else "run it once where there is a network; the cache keeps what was read",
            command=None if bundled else invocation.without("--offline", "--no-cache"),
        ),
    ]
    return Diagnostic(
        code=codes.LOCKED_FILE_NOT_KEPT,
        severity=Severity.ERROR,
        detail=(
            f"{place.said} with sha256:{place.file.sha256} ({place.file.size} bytes) is not in {where}, and this run"
            f" may not ask for it at {without_query(place.file.url)}. {place.moved}"
        ).rstrip(),
        subject=place.subject,
        evidence=evidence,
        fixes=tuple(fixes),
    )


def repository_renamed_since(
    label: str, locked: LockedRepository, name: str, origin: LockOrigin, evidence: tuple[Evidence, ...]
) -> Diagnostic:
    """The same repository under another name: its bytes are the lock's, so the run goes on."""
    return Diagnostic(
        code=codes.LOCKED_REPOSITORY_RENAMED,
        severity=Severity.WARNING,
        detail=(
            f"The repository of {label} was renamed: its number is {locked.id} as in {origin.said}, where its name is"
            f" {locked.name}, and its name is {name} now."
        ),
        subject=Subject(provider=label),
        evidence=evidence,
        fixes=(origin.update(label, "note the new name in the lock"),),
    )


class FoundRepository(Struct, frozen=True, kw_only=True):
    """A repository as its forge tells of it now.

    Attributes:
        moved: as in ``LockedPlace``: then that is why it is another one.
    """

    name: str
    number: int
    moved: str = ""


def repository_created_anew(
    label: str,
    locked: LockedRepository,
    found: FoundRepository,
    origin: LockOrigin,
    evidence: tuple[Evidence, ...],
) -> Diagnostic:
    """Another repository answers than the locked one: who owns it is to be looked at."""
    name, number = found.name, found.number
    again = name.lower() == locked.name.lower()
    told = (
        f"{name} is another repository than it was"
        if again
        else f"{name} stands in the place of {locked.name}"
    )
    why = "It was deleted and created anew, or another one took its place; look"
    return Diagnostic(
        code=codes.LOCKED_REPOSITORY_REPLACED,
        severity=Severity.WARNING,
        detail=(
            f"{told}: its number is {number}, and {origin.said} has {locked.id} for {label}."
            f" {f'{found.moved} Look' if found.moved else why} at who owns it before you trust its next release."
        ),
        subject=Subject(provider=label),
        evidence=evidence,
        fixes=(origin.update(label, f"once you trust it, lock {label} anew"),),
    )


def address_elsewhere(label: str, moved: str, origin: LockOrigin) -> Diagnostic:
    """The address is of another repository than the lock's, as far as names tell; the bytes are the lock's.

    ``moved`` is the sentence of ``address_moved``.
    """
    title = f"take back the address of {label}, if it was not changed for this lock"
    return Diagnostic(
        code=codes.LOCKED_REPOSITORY_REPLACED,
        severity=Severity.WARNING,
        confidence=Confidence.LIKELY,
        detail=(
            f"{moved} The files of this run have the bytes of {origin.said}; nobody was asked whether both addresses"
            " are of one repository. Look at who owns the other one before you trust its next release."
        ),
        subject=Subject(provider=label),
        fixes=(
            origin.update(label, f"once you trust it, lock {label} anew"),
            Fix(applicability=Applicability.REVIEW, title=title),
        ),
    )


def address_moved(label: str, configured: str, by: str, locked: str) -> str:
    """The sentence that a provider's address is another one than when it was locked."""
    return f"The address of {label} is {configured} ({by}), and it was locked from {locked}."


def stays_unlocked(label: str, installed: str, origin: LockOrigin) -> Diagnostic:
    """An installed provider that the lock does not have: an upgrade to the lock leaves it as it is."""
    return Diagnostic(
        code=codes.NOT_IN_LOCK,
        severity=Severity.NOTE,
        detail=f"{label} {installed} is installed and is not in {origin.said}; it stays as it is.",
        subject=Subject(provider=label, version=installed),
        fixes=(origin.update(label, f"add {label} to the lock"),),
    )


def stays_newer(label: str, installed: str, locked: str, origin: LockOrigin) -> Diagnostic:
    """An installed provider that is newer than in the lock: nothing goes back."""
    return Diagnostic(
        code=codes.LOCK_VERSION_DIFFERS,
        severity=Severity.NOTE,
        detail=f"{label} {installed} is installed, and {origin.said} has {locked}, which is older; it stays as it is.",
        subject=Subject(provider=label, version=installed),
        fixes=(origin.update(label, f"lock {label} anew"),),
    )
