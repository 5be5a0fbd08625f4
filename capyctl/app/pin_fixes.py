"""The same command with a version named, or no longer named: a pin asks for no list (cli.md 6)."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from msgspec.structs import replace

from capyctl.app.resolution import Target
from capyctl.core import codes
from capyctl.core.codes import Code
from capyctl.core.diagnostics import Applicability, Diagnostic, Edit, Fix, Severity
from capyctl.core.invocation import Invocation
from capyctl.core.requirement import LATEST
from capyctl.core.selection import Judgement

OF_THE_VERSION: frozenset[Code] = frozenset(
    {
        *(codes.VERSION_NOT_PUBLISHED, codes.VERSION_NOT_FOUND, codes.VERSION_WITHDRAWN, codes.DRAFT_RELEASE),
        *(codes.METADATA_MISSING, codes.METADATA_UNREADABLE, codes.METADATA_API_VERSION),
        *(codes.METADATA_KIND_WRONG, codes.METADATA_NO_SERIES, codes.METADATA_FIELD_TYPE),
        *(codes.METADATA_DUPLICATE_KEY, codes.METADATA_DUPLICATE_SERIES, codes.OWN_SERIES_MISSING),
        *(codes.CONTRACT_NOT_ACCEPTED, codes.COMPONENTS_MISSING, codes.COMPONENTS_UNREADABLE),
        *(codes.SEVERAL_NAMESPACES, codes.ALL_IN_ONE_MANIFEST),
        *(codes.ANSWER_IS_LFS_POINTER, codes.ANSWER_IS_RECORD, codes.ANSWER_INCOMPLETE, codes.ANSWER_DIFFERS),
    }
)
"""What speaks against the very version that was asked for, and not against another one."""

_OF_THE_LIST = frozenset({codes.PROXY_HIDES_VERSION, codes.VERSION_LIST_PARTIAL, codes.PRERELEASE_CHOSEN})
"""What a run that asks for no list, and looks for no version, does not meet."""


def pin_fix(target: Target, tag: str, title: str, invocation: Invocation, *, is_safe: bool = False) -> Fix:
    """The way to this version of the provider: named in the same command, in the spec file, or in the lock.

    What changes the lock of a check is looked at first, as whatever else a check finds.
    """
    reference = target.reference
    if reference.spec_entry is not None:
        from capyctl.core.spec_edit import version_edit  # noqa: PLC0415 - start-up budget

        return _spec_fix(title, version_edit(reference.spec_entry, tag), is_safe=is_safe)
    if invocation.name == "lock" and invocation.has("--check"):
        command = invocation.about("lock", "--update", f"{target.label}:{tag}")
        return Fix(applicability=Applicability.REVIEW, title=f"{title}, in the lock", command=command)
    name = reference.text.partition(":")[0]
    named = invocation.with_reference(
        reference.text, f"{name}:{tag}", kind=reference.type, otherwise=f"{target.label}:{tag}"
    )
    return _fix(title, named, is_safe=is_safe and named is not None)


def without_pin(target: Target, invocation: Invocation) -> tuple[Fix, ...]:
    """The way from a version that cannot be had to one that can.

    A run that is bound to a lock has no other, and an upgrade has to name the one it goes to. Where a lock or the
    provider's address would name a version in its place, the word ``latest`` names none.
    """
    if invocation.is_bound or invocation.name == "upgrade apply":
        return ()
    reference, title = target.reference, "let the newest sound version be chosen"
    if reference.spec_entry is not None:
        from capyctl.core.spec_edit import unpinning_edit  # noqa: PLC0415 - start-up budget

        return (_spec_fix(title, unpinning_edit(reference.spec_entry)),)
    kept = invocation.name == "lock" and invocation.has("--update")
    name = reference.text.partition(":")[0]
    free = f"{name}:{LATEST}" if kept or target.pinned_by_address else name
    return (_fix(title, invocation.with_reference(reference.text, free, kind=reference.type)),)


def with_chosen_pin(
    found: Iterable[Diagnostic], target: Target, chosen: Judgement, invocation: Invocation
) -> list[Diagnostic]:
    """The warnings about lists and about versions that were passed over, each with the chosen version's pin.

    It is safe where the pinned command cannot meet the fault: a diagnosis asks about other versions all the
    same, a source that failed may be asked for a file too, and a bare name may stand for several providers; and a
    file that asks for the newest version asks for that tomorrow as well. An upgrade is planned for what is
    installed, and takes no reference; a lock has named the version already.
    """
    if target.terms is not None or invocation.is_bound:
        return list(found)
    kept = {item.code for item in chosen.diagnostics}
    typed = target.reference.type is not None or target.reference.name == target.label
    exact = typed and invocation.name != "diagnose-provider" and target.reference.spec_entry is None
    tag = chosen.version.tag
    title = f"name the version that was chosen, {tag}"
    safe = pin_fix(target, tag, title, invocation, is_safe=exact)
    unsure = replace(safe, applicability=Applicability.REVIEW)
    return [
        replace(item, fixes=(safe if _ends(item, kept, tag) else unsure, *item.fixes))
        if item.severity is Severity.WARNING and item.caused_by is None
        else item
        for item in found
    ]


def _fix(title: str, command: str | None, *, is_safe: bool = False) -> Fix:
    applicability = Applicability.SAFE if is_safe else Applicability.REVIEW
    return Fix(applicability=applicability, title=title, command=command)


def _spec_fix(title: str, edit: Edit | None, *, is_safe: bool = False) -> Fix:
    applicability = Applicability.SAFE if is_safe and edit is not None else Applicability.REVIEW
    return Fix(applicability=applicability, title=f"{title}, in the spec", edit=edit)


def _ends(item: Diagnostic, kept: Collection[Code], tag: str) -> bool:
    """Whether a run pinned to the tag is bound to be without the code."""
    if item.code in _OF_THE_LIST:
        return True
    return item.code in OF_THE_VERSION and item.code not in kept and item.subject.version != tag
