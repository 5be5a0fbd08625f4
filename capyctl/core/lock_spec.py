"""A spec file, ``capyctl-spec/1``: what to lock, with constraints in the place of versions (issue 6, 1.2; ADR 29)."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from functools import partial
from typing import Final, TypeVar

from msgspec import Struct, field
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
    faults = _Faults()
    spec = _spec(documents[0].root, _Source(file=file, text=_by_lines(data)), faults)
    if faults.found:
        raise SpecError(tuple(sorted(faults.found, key=lambda each: (each.line, each.column))))
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


class _Faults(Struct):
    """What is wrong so far; reading goes on behind each fault, so that one run tells all of them."""

    found: list[SpecFault] = field(default_factory=list)

    def add(self, reason: str, node: Node, column: int | None = None) -> None:
        """One more fault, at the beginning of a node unless the column says otherwise."""
        place = node.place
        self.found.append(SpecFault(reason=reason, line=place.line, column=column or place.column))


def _spec(root: Node, source: _Source, faults: _Faults) -> LockSpec:
    """The spec, or what of it is sound; what is of another format has no other fault."""
    if not isinstance(root, MappingNode):
        faults.add("a spec is a mapping", root)
        return LockSpec()
    if not _is_of_format(root, faults):
        return LockSpec()
    found = _members(root, _TOP, faults)
    providers = tuple(_each(found.get("providers"), "providers", partial(_provider, source), faults))
    kubernetes: tuple[ReleaseMarker | ReleaseVersion, ...] = tuple(
        _each(found.get("kubernetes"), "kubernetes", _marker, faults)
    )
    _name_once(providers, found.get("providers"), faults)
    node = found.get("cert-manager")
    cert_manager = _cert_manager(node, faults) if node is not None else None
    if not (faults.found or providers or kubernetes or cert_manager):
        faults.add("it names nothing to lock: no provider, no marker, no cert-manager", root)
    return LockSpec(providers=providers, kubernetes=kubernetes, cert_manager=cert_manager)


def _is_of_format(root: MappingNode, faults: _Faults) -> bool:
    node = root.get("format")
    if node is None:
        faults.add(f"it names no format, and {FORMAT} is read here", root)
    elif not isinstance(node, ScalarNode) or node.text != FORMAT:
        faults.add(f"the format is {_shown(node)}, and {FORMAT} is read here", node)
    return not faults.found


def _each(
    node: Node | None, key: str, read: Callable[[Node, _Faults], T | None], faults: _Faults
) -> Iterator[T]:
    """Every item of a list that can be told from others."""
    if node is not None and not isinstance(node, SequenceNode):
        faults.add(f"a list belongs under {key!r}", node)
    for item in node.items if isinstance(node, SequenceNode) else ():
        value = read(item, faults)
        if value is not None:
            yield value


def _provider(source: _Source, node: Node, faults: _Faults) -> SpecProvider | None:
    if isinstance(node, ScalarNode):
        reference = _reference(node, faults)
        if reference is None:
            return None
        entry = SpecEntry(file=source.file, text=source.text, written=node.text, name_place=node.place)
        return SpecProvider(
            reference=replace(reference, spec_entry=entry), requirement=Requirement(tag=reference.version)
        )
    if not isinstance(node, MappingNode):
        faults.add("a provider is a label, or a mapping with the key 'provider'", node)
        return None
    found = _members(node, _OF_PROVIDER, faults)
    requirement = _requirement(found, faults)
    named = found.get("provider")
    reference = _named(named, node, faults)
    if reference is None or not isinstance(named, ScalarNode):
        return None
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


def _named(node: Node | None, entry: Node, faults: _Faults) -> ProviderReference | None:
    """The provider that a mapping names."""
    if not isinstance(node, ScalarNode):
        faults.add("the key 'provider' has to name one by its label", node or entry)
        return None
    reference = _reference(node, faults)
    if reference is not None and reference.version is not None:
        faults.add("a version belongs under the key 'version' here", node)
    return reference


def _reference(node: ScalarNode, faults: _Faults) -> ProviderReference | None:
    """A provider as it is named on the command line, ``LABEL[:TAG]``."""
    try:
        reference = parse_reference(node.text)
    except MalformedReferenceError as error:
        faults.add(f"{node.text[:60]!r} names no provider: {error.reason}", node)
        return None
    if reference.name == CERT_MANAGER:
        faults.add(
            "cert-manager is no provider and has a key of its own, 'cert-manager: {version: TAG}'", node
        )
        return None
    return reference


def _requirement(found: dict[str, Node], faults: _Faults) -> Requirement:
    version, contract, allowed = (found.get(key) for key in ("version", "contract", "allow-prerelease"))
    asked = _asked(version, faults) if version is not None else Requirement()
    if contract is not None and not is_contract_name(_text(contract)):
        faults.add(f"{_shown(contract)} is no contract such as v1beta1", contract)
    value = allowed.value if isinstance(allowed, ScalarNode) else None
    if allowed is not None and not isinstance(value, bool):
        faults.add(f"{_shown(allowed)} is neither true nor false", allowed)
    return replace(
        asked,
        contract=_text(contract) if contract is not None else None,
        allow_prerelease=value is True,
    )


def _asked(node: Node, faults: _Faults) -> Requirement:
    if not isinstance(node, ScalarNode):
        faults.add("a version is one text, such as '>=2.8 <3'", node)
        return Requirement()
    if node.value is None or not node.text.strip():
        faults.add("it is empty; leave the key out for the newest version", node)
        return Requirement()
    try:
        return asked_for(node.text)
    except ConstraintError as error:
        begin = node.place.column + (0 if node.is_plain else 1)
        is_one_line = node.place.line == node.place.end_line
        faults.add(error.reason, node, begin + error.column - 1 if is_one_line else None)
        return Requirement()


def _marker(node: Node, faults: _Faults) -> ReleaseMarker | ReleaseVersion | None:
    found = parse_asked_release(_text(node))
    if found is None:
        faults.add(f"{_shown(node)} is no marker such as stable-1.33, and no exact version", node)
    return found


def _cert_manager(node: Node, faults: _Faults) -> str | None:
    if not isinstance(node, MappingNode):
        faults.add("cert-manager has one key, 'version'", node)
        return None
    version = _members(node, ("version",), faults).get("version")
    if version is None or parse_version(_text(version)) is None:
        faults.add("cert-manager needs the tag of one version", version or node)
        return None
    return _text(version)


def _name_once(providers: tuple[SpecProvider, ...], node: Node | None, faults: _Faults) -> None:
    if node is None:
        return
    names = [each.reference.name for each in providers]
    for name in dict.fromkeys(each for each in names if names.count(each) > 1):
        faults.add(f"{name!r} is named twice", node)


def _members(node: MappingNode, known: Collection[str], faults: _Faults) -> dict[str, Node]:
    """What a mapping has under the keys that are read; each of the others is a fault, and each that stands twice."""
    for entry in node.written:
        if entry.name not in known:
            faults.add(f"nobody reads the key {entry.name[:60]!r}; there are {', '.join(known)}", entry.key)
    for _, entry in node.duplicates():
        if entry.name in known:
            faults.add(f"the key {entry.name!r} stands twice", entry.key)
    return {name: entry.value for name, entry in node.entries.items()}


def _text(node: Node) -> str:
    return node.text if isinstance(node, ScalarNode) else ""


def _shown(node: Node) -> str:
    return repr(node.text[:60]) if isinstance(node, ScalarNode) else "a collection"
