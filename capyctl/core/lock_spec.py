"""A spec file, ``capyctl-spec/1``: what to lock, with constraints in the place of versions (issue 6, 1.2; ADR 29)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from functools import partial
from typing import Final, TypeVar

from msgspec import Struct
from msgspec.structs import replace

from capyctl.core.contract import is_contract_name
from capyctl.core.identity import CERT_MANAGER, MalformedReferenceError, ProviderReference, parse_reference
from capyctl.core.release_marker import ReleaseMarker, ReleaseVersion, parse_asked_release
from capyctl.core.requirement import Requirement, asked_for
from capyctl.core.spec_entry import SpecEntry
from capyctl.core.version import parse_version
from capyctl.core.version_constraint import ConstraintError
from capyctl.core.yaml_nodes import (
    MappingNode,
    Node,
    ScalarNode,
    SequenceNode,
    YamlLimits,
    read_documents,
)
from capyctl.core.yaml_text import YamlError

FORMAT: Final = "capyctl-spec/1"
LIMITS: Final = YamlLimits(size=1024 * 1024, line=64 * 1024, alias_nodes=10_000)

_TOP = ("format", "providers", "kubernetes", "cert-manager")
_OF_PROVIDER = ("provider", "version", "contract", "allow-prerelease")

T = TypeVar("T")


class SpecFault(Struct, frozen=True, kw_only=True):
    """What is wrong with a spec, one clause without a full stop, and where it begins: from 1, in characters.

    ``line`` is 0 where the file itself is at fault.
    """

    reason: str
    line: int = 1
    column: int = 1


class SpecError(ValueError):
    """A text is no spec that can be used; ``faults`` are all that were found."""

    def __init__(self, faults: tuple[SpecFault, ...]) -> None:
        super().__init__("; ".join(each.reason for each in faults))
        self.faults = faults


class SpecProvider(Struct, frozen=True, kw_only=True):
    """One provider to lock; ``settles_prereleases`` where its entry says itself whether they are taken."""

    reference: ProviderReference
    requirement: Requirement
    settles_prereleases: bool = False

    def under(self, general: Requirement) -> Requirement:
        """What is required of it where this is asked of all that do not say their own."""
        allowed = general.allow_prerelease and not self.settles_prereleases
        return replace(
            self.requirement,
            contract=self.requirement.contract or general.contract,
            allow_prerelease=self.requirement.allow_prerelease or allowed,
        )

    def contradicts(self, general: Requirement) -> bool:
        """Whether it asks for another contract than all are to have."""
        own = self.requirement.contract
        return own is not None and general.contract is not None and own != general.contract


class LockSpec(Struct, frozen=True, kw_only=True):
    """What to lock; ``cert_manager`` is a tag, None for the version that is configured."""

    providers: tuple[SpecProvider, ...] = ()
    kubernetes: tuple[ReleaseMarker | ReleaseVersion, ...] = ()
    cert_manager: str | None = None


def read_spec(data: bytes, file: str = "") -> LockSpec:
    """The spec that a file of this name holds.

    Raises:
        SpecError: it is none, or of another format, or has faults; all of them are named.
    """
    try:
        documents = read_documents(data, LIMITS)
    except YamlError as error:
        fault = SpecFault(reason=error.reason, line=error.line, column=error.column)
        raise SpecError((fault,)) from None
    if len(documents) != 1:
        count = "nothing is in it" if not documents else "it has several documents"
        raise SpecError((SpecFault(reason=f"{count}, and a spec is one"),))
    faults: list[SpecFault] = []
    spec = _spec(documents[0].root, _Source(file=file, text=_by_lines(data)), faults)
    if faults:
        raise SpecError(tuple(faults))
    return spec


class _Source(Struct, frozen=True, kw_only=True):
    """The file that is read, and its text."""

    file: str
    text: str


def _by_lines(data: bytes) -> str:
    """The text where lines and columns are those of a plain editor and of ``patch``; else none."""
    text = data.decode("utf-8")
    plain = text.splitlines() == text.removesuffix("\n").split("\n") and not text.startswith("\ufeff")
    return text if plain else ""


class _Refused(Exception):  # noqa: N818 - a fault on its way to the others
    """A fault that spoils the part it is found in."""

    def __init__(self, reason: str, node: Node, column: int | None = None) -> None:
        super().__init__(reason)
        place = node.place
        self.fault = SpecFault(reason=reason, line=place.line, column=column or place.column)


def _spec(root: Node, source: _Source, faults: list[SpecFault]) -> LockSpec:
    """The spec, or what of it is sound; every fault is added to ``faults``."""
    try:
        found = _mapping(root, _TOP, "a spec is a mapping")
        _check_format(found.get("format"), root)
    except _Refused as refused:
        faults.append(refused.fault)
        return LockSpec()
    providers = tuple(_each(found.get("providers"), "providers", partial(_provider, source), faults))
    kubernetes = tuple(_each(found.get("kubernetes"), "kubernetes", _marker, faults))
    cert_manager = None
    try:
        _name_once(providers, found.get("providers"))
        cert_manager = _cert_manager(found.get("cert-manager"))
    except _Refused as refused:
        faults.append(refused.fault)
    if not (faults or providers or kubernetes or cert_manager):
        faults.append(
            _Refused("it names nothing to lock: no provider, no marker, no cert-manager", root).fault
        )
    return LockSpec(providers=providers, kubernetes=kubernetes, cert_manager=cert_manager)


def _check_format(node: Node | None, root: Node) -> None:
    if node is None:
        raise _Refused(f"it names no format, and {FORMAT} is read here", root)
    if not isinstance(node, ScalarNode) or node.text != FORMAT:
        raise _Refused(f"the format is {_shown(node)}, and {FORMAT} is read here", node)


def _each(node: Node | None, key: str, read: Callable[[Node], T], faults: list[SpecFault]) -> Iterator[T]:
    """Every item of a list that is sound."""
    items = node.items if isinstance(node, SequenceNode) else ()
    if node is not None and not isinstance(node, SequenceNode):
        faults.append(_Refused(f"a list belongs under {key!r}", node).fault)
    for item in items:
        try:
            yield read(item)
        except _Refused as refused:
            faults.append(refused.fault)


def _provider(source: _Source, node: Node) -> SpecProvider:
    if isinstance(node, ScalarNode):
        entry = SpecEntry(file=source.file, text=source.text, written=node.text, name_place=node.place)
        reference = replace(_reference(node), spec_entry=entry)
        return SpecProvider(reference=reference, requirement=Requirement(tag=reference.version))
    found = _mapping(node, _OF_PROVIDER, "a provider is a label, or a mapping with the key 'provider'")
    named = found.get("provider")
    if not isinstance(named, ScalarNode):
        raise _Refused("the key 'provider' has to name one by its label", named or node)
    reference = _reference(named)
    if reference.version is not None:
        raise _Refused("a version belongs under the key 'version' here", named)
    requirement = _requirement(found)
    version = found.get("version")
    entry = SpecEntry(
        file=source.file,
        text=source.text,
        written=named.text,
        name_place=named.place,
        key_column=node.place.column,
        version_place=version.place if version is not None else None,
    )
    return SpecProvider(
        reference=replace(reference, version=requirement.tag, spec_entry=entry),
        requirement=requirement,
        settles_prereleases="allow-prerelease" in found,
    )


def _reference(node: ScalarNode) -> ProviderReference:
    """A provider as it is named on the command line, ``LABEL[:TAG]``."""
    try:
        reference = parse_reference(node.text)
    except MalformedReferenceError as error:
        raise _Refused(f"{node.text[:60]!r} names no provider: {error.reason}", node) from None
    if reference.name == CERT_MANAGER:
        raise _Refused(
            "cert-manager is no provider and has a key of its own, 'cert-manager: {version: TAG}'", node
        )
    return reference


def _requirement(found: dict[str, Node]) -> Requirement:
    version, contract, allowed = (found.get(key) for key in ("version", "contract", "allow-prerelease"))
    asked = _asked(version) if version is not None else Requirement()
    if contract is not None and not is_contract_name(_text(contract)):
        raise _Refused(f"{_shown(contract)} is no contract such as v1beta1", contract)
    value = allowed.value if isinstance(allowed, ScalarNode) else None
    if allowed is not None and not isinstance(value, bool):
        raise _Refused(f"{_shown(allowed)} is neither true nor false", allowed)
    return replace(
        asked,
        contract=_text(contract) if contract is not None else None,
        allow_prerelease=value is True,
    )


def _asked(node: Node) -> Requirement:
    if not isinstance(node, ScalarNode):
        raise _Refused("a version is one text, such as '>=2.8 <3'", node)
    try:
        return asked_for(node.text)
    except ConstraintError as error:
        begin = node.place.column + (0 if node.is_plain else 1)
        is_one_line = node.place.line == node.place.end_line
        column = begin + error.column - 1 if is_one_line else None
        raise _Refused(error.reason, node, column) from None


def _marker(node: Node) -> ReleaseMarker | ReleaseVersion:
    found = parse_asked_release(_text(node))
    if found is None:
        raise _Refused(f"{_shown(node)} is no marker such as stable-1.33, and no exact version", node)
    return found


def _cert_manager(node: Node | None) -> str | None:
    if node is None:
        return None
    found = _mapping(node, ("version",), "cert-manager has one key, 'version'")
    version = found.get("version")
    if version is None or parse_version(_text(version)) is None:
        raise _Refused("cert-manager needs the tag of one version", version or node)
    return _text(version)


def _name_once(providers: tuple[SpecProvider, ...], node: Node | None) -> None:
    names = [each.reference.name for each in providers]
    twice = next((name for name in names if names.count(name) > 1), None)
    if twice is not None and node is not None:
        raise _Refused(f"{twice!r} is named twice", node)


def _mapping(node: Node, known: Collection[str], wanted: str) -> dict[str, Node]:
    if not isinstance(node, MappingNode):
        raise _Refused(wanted, node)
    foreign = next((entry for entry in node.written if entry.name not in known), None)
    if foreign is not None:
        said = f"nobody reads the key {foreign.name[:60]!r}; there are {', '.join(known)}"
        raise _Refused(said, foreign.key)
    for _, entry in node.duplicates():
        raise _Refused(f"the key {entry.name!r} stands twice", entry.key)
    return {name: entry.value for name, entry in node.entries.items()}


def _text(node: Node) -> str:
    return node.text if isinstance(node, ScalarNode) else ""


def _shown(node: Node) -> str:
    return repr(node.text[:60]) if isinstance(node, ScalarNode) else "a collection"
