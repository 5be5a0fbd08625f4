"""A look at components files before they are published: readable, one Namespace, which contracts."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from msgspec import Struct

from capyctl.core import codes
from capyctl.core.contract import contract_of_label
from capyctl.core.diagnostics import Applicability, Diagnostic, Edit, Fix, Severity, Span, Subject
from capyctl.core.metadata_text import unified_patch
from capyctl.core.object_name import is_namespace_name
from capyctl.core.pattern import pattern
from capyctl.core.yaml_text import YamlError
from capyctl.core.yaml_values import load_documents

_EXPRESSION = pattern(rb"\$\{[^{}\n]*\}")
_PLACEHOLDER = b"x"


class ComponentsFacts(Struct, frozen=True, kw_only=True):
    """What the components files say together: contracts on their CRDs, and what is wrong with them."""

    contracts: frozenset[str]
    diagnostics: tuple[Diagnostic, ...]


def judge_components(files: Mapping[str, bytes], tag: str) -> ComponentsFacts:
    """Judge the components files of one release; variables stand in them as ``${…}``."""
    if not files:
        return ComponentsFacts(contracts=frozenset(), diagnostics=(_missing(tag),))
    contracts: set[str] = set()
    found: list[Diagnostic] = []
    for name, data in files.items():
        subject = Subject(version=tag, file=name)
        try:
            objects = _objects(data)
        except YamlError as error:
            found.append(_unreadable(error, subject, name, has_variables=bool(_EXPRESSION().search(data))))
            continue
        contracts |= set(_contracts(objects))
        found += _judge_namespaces(objects, subject, data)
    return ComponentsFacts(contracts=frozenset(contracts), diagnostics=tuple(found))


def _objects(data: bytes) -> list[dict[str, object]]:
    """The objects of a file, as clusterctl reads them; a file that only variables make readable is tried too.

    Raises:
        YamlError: neither way gives objects.
    """
    try:
        return _mappings(data)
    except YamlError:
        if not _EXPRESSION().search(data):
            raise
        return _mappings(_EXPRESSION().sub(_PLACEHOLDER, data))


def _mappings(data: bytes) -> list[dict[str, object]]:
    objects = []
    for document in load_documents(data):
        if not isinstance(document.value, dict):
            raise YamlError("a document is no object", document.line)
        objects.append(document.value)
    return objects


def _contracts(objects: Iterable[dict[str, object]]) -> Iterator[str]:
    for item in objects:
        metadata = item.get("metadata")
        labels = metadata.get("labels") if isinstance(metadata, dict) else None
        if item.get("kind") == "CustomResourceDefinition" and isinstance(labels, dict):
            yield from filter(None, map(contract_of_label, labels))


def _judge_namespaces(
    objects: Sequence[dict[str, object]], subject: Subject, data: bytes
) -> Iterator[Diagnostic]:
    count = sum(1 for item in objects if item.get("kind") == "Namespace")
    if count == 0:
        yield Diagnostic(
            code=codes.NAMESPACE_UNDETERMINED,
            severity=Severity.ERROR,
            detail=(
                f"{subject.file} holds no Namespace, so clusterctl installs it only where the user gives"
                " --target-namespace. Add the Namespace that the controllers run in."
            ),
            subject=subject,
            fixes=(_add_namespace(objects, subject.file or "", data),),
        )
    elif count > 1:
        yield Diagnostic(
            code=codes.SEVERAL_NAMESPACES,
            severity=Severity.ERROR,
            detail=f"{subject.file} holds {count} Namespaces; clusterctl refuses more than one. Keep one.",
            subject=subject,
            fixes=(
                _review("keep the Namespace that the controllers run in, and move the other objects there"),
            ),
        )


def _add_namespace(objects: Iterable[dict[str, object]], file: str, data: bytes) -> Fix:
    """The Namespace that the objects themselves name, where it is one; it becomes the first document."""
    named = {name for item in objects if (name := _namespace_of(item)) is not None}
    title = "add the Namespace that the controllers run in"
    try:
        before = data.decode("utf-8").splitlines(keepends=True)
    except UnicodeDecodeError:
        return _review(title)
    if len(named) != 1 or not before or "\r" in before[0]:
        return _review(title)
    (name,) = named
    lines = ["apiVersion: v1\n", "kind: Namespace\n", "metadata:\n", f"  name: {name}\n"]
    lines += [] if before[0].startswith("---") else ["---\n"]
    patch = unified_patch(file, before, [*lines, *before])
    return Fix(
        applicability=Applicability.REVIEW,
        title=f"{title}: its objects name {name}",
        edit=Edit(file=file, patch=patch),
    )


def _namespace_of(item: Mapping[str, object]) -> str | None:
    metadata = item.get("metadata")
    name = metadata.get("namespace") if isinstance(metadata, dict) else None
    return name if isinstance(name, str) and is_namespace_name(name) else None


def _review(title: str) -> Fix:
    return Fix(applicability=Applicability.REVIEW, title=title)


def _missing(tag: str) -> Diagnostic:
    return Diagnostic(
        code=codes.COMPONENTS_MISSING,
        severity=Severity.NOTE,
        detail=(
            "The folder has no components file. A release needs one, such as infrastructure-components.yaml,"
            " beside metadata.yaml; it was not looked at."
        ),
        subject=Subject(version=tag),
        fixes=(_review("put the components file beside metadata.yaml, and publish both with the release"),),
    )


def _unreadable(error: YamlError, subject: Subject, name: str, *, has_variables: bool) -> Diagnostic:
    hint = " Values for its variables may still make it readable." if has_variables else ""
    return Diagnostic(
        code=codes.COMPONENTS_UNREADABLE,
        severity=Severity.WARNING if has_variables else Severity.ERROR,
        detail=f"{name} cannot be read: {error.reason} (line {error.line}, column {error.column}).{hint}",
        subject=subject,
        spans=(
            Span(
                file=name,
                line=error.line,
                column=error.column,
                end_line=error.line,
                end_column=error.column + 1,
                label=error.reason,
            ),
        ),
        fixes=(_review(f"mend line {error.line}, then lint again"),),
    )
