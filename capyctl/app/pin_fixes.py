"""The same command with a version named, or no longer named: a pin asks for no list (cli.md 6)."""

from __future__ import annotations

from collections.abc import Collection, Iterable

from msgspec.structs import replace

from capyctl.app.resolution import Target
from capyctl.core import codes
from capyctl.core.codes import Code
from capyctl.core.diagnostics import Applicability, Diagnostic, Fix, Severity
from capyctl.core.invocation import Invocation
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


def pinned_command(target: Target, tag: str, invocation: Invocation) -> str:
    """The same command with this version of the provider named."""
    reference = target.reference
    name = reference.text.partition(":")[0]
    return invocation.with_reference(
        reference.text, f"{name}:{tag}", kind=reference.type, otherwise=f"{target.label}:{tag}"
    )


def without_pin(target: Target, invocation: Invocation) -> Fix:
    """The same command with no version named, for a version that cannot be had."""
    reference = target.reference
    name = reference.text.partition(":")[0]
    return Fix(
        applicability=Applicability.REVIEW,
        title="let the newest sound version be chosen",
        command=invocation.with_reference(reference.text, name, kind=reference.type),
    )


def with_chosen_pin(
    found: Iterable[Diagnostic], target: Target, chosen: Judgement, invocation: Invocation
) -> list[Diagnostic]:
    """The warnings about lists and about versions that were passed over, each with the chosen version's pin.

    It is safe where the pinned command cannot meet the fault: a diagnosis asks about other versions all the
    same, a source that failed may be asked for a file too, and a bare name may stand for several providers. An
    upgrade is planned for what is installed, and takes no reference.
    """
    if target.terms is not None:
        return list(found)
    kept = {item.code for item in chosen.diagnostics}
    typed = target.reference.type is not None or target.reference.name == target.label
    exact = typed and invocation.name != "diagnose-provider"
    tag = chosen.version.tag
    command = pinned_command(target, tag, invocation)
    title = f"name the version that was chosen, {tag}"
    return [
        replace(item, fixes=(_pin(title, command, is_safe=exact and _ends(item, kept, tag)), *item.fixes))
        if item.severity is Severity.WARNING and item.caused_by is None
        else item
        for item in found
    ]


def _pin(title: str, command: str, *, is_safe: bool) -> Fix:
    applicability = Applicability.SAFE if is_safe else Applicability.REVIEW
    return Fix(applicability=applicability, title=title, command=command)


def _ends(item: Diagnostic, kept: Collection[Code], tag: str) -> bool:
    """Whether a run pinned to the tag is bound to be without the code."""
    if item.code in _OF_THE_LIST:
        return True
    return item.code in OF_THE_VERSION and item.code not in kept and item.subject.version != tag
