"""A components file as text: its variables, its objects before or after substitution (10.2, steps 1 to 3)."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct

from capyctl.core.codes import COMPONENTS_UNREADABLE, VARIABLE_SYNTAX, Code
from capyctl.core.components_facts import KubernetesObject
from capyctl.core.diagnostics import Diagnostic, Severity, Span, Subject
from capyctl.core.envsubst import EnvsubstError, find_variables, substitute
from capyctl.core.template_variable import Variable
from capyctl.core.yaml_text import YamlError, YamlLimits, checked_text, decode_text
from capyctl.core.yaml_values import documents_of

_SHOWN_LINE = 400


class UnreadableComponentsError(Exception):
    """A file that cannot be read any further; carries the diagnostic that says why."""

    def __init__(self, diagnostic: Diagnostic) -> None:
        super().__init__(diagnostic.detail)
        self.diagnostic = diagnostic


class ComponentsText(Struct, frozen=True, kw_only=True):
    """The bytes of a components file and what to call it in diagnostics.

    Only the bytes are kept: a decoded copy of a large file would stay in memory for nothing.
    """

    data: bytes
    subject: Subject

    @property
    def file(self) -> str:
        """The file's name as diagnostics show it."""
        return self.subject.file or "components.yaml"

    def variables(self) -> tuple[Variable, ...]:
        """The variables at their first places.

        Raises:
            UnreadableComponentsError: no text, or an expression that cannot be read.
        """
        try:
            return find_variables(self._text())
        except EnvsubstError as error:
            raise self._bad_expression(error) from None

    def raw_objects(self) -> list[KubernetesObject]:
        """The objects of the text as it stands, expressions being ordinary scalars.

        Raises:
            UnreadableComponentsError: the text is no YAML, or a document is no object.
        """
        return self._objects(self._text(), substituted=False)

    def substituted_objects(self, lookup: Callable[[str], str | None]) -> list[KubernetesObject]:
        """The objects after substitution.

        Raises:
            UnreadableComponentsError: as `raw_objects`, or an expression that cannot be evaluated.
        """
        return self._objects(self._substituted(lookup), substituted=True)

    def span(self, line: int, column: int, label: str, *, length: int = 1) -> Span:
        """A place in the file as it was published."""
        source = self._line(line)
        return Span(
            file=self.file,
            line=line,
            column=column,
            end_line=line,
            end_column=column + length,
            label=label,
            source=source if len(source) <= _SHOWN_LINE else "",
        )

    def _text(self) -> str:
        try:
            return decode_text(self.data, YamlLimits())
        except YamlError as error:
            raise self._unreadable(error, substituted=False) from None

    def _substituted(self, lookup: Callable[[str], str | None]) -> str:
        try:
            text = substitute(self._text(), lookup)
        except EnvsubstError as error:
            raise self._bad_expression(error) from None
        try:
            return checked_text(text, YamlLimits())
        except YamlError as error:
            raise self._unreadable(error, substituted=True, placed=self._has_lines_of(text)) from None

    def _has_lines_of(self, text: str) -> bool:
        """Whether a line's number in the text is its number in the file."""
        return text.count("\n") == self.data.count(b"\n")

    def _objects(self, text: str, *, substituted: bool) -> list[KubernetesObject]:
        try:
            documents = documents_of(text, YamlLimits())
        except YamlError as error:
            placed = self._has_lines_of(text)
            raise self._unreadable(error, substituted=substituted, placed=placed) from None
        objects: list[KubernetesObject] = []
        for document in documents:
            if not isinstance(document.value, dict):
                what = "a list" if isinstance(document.value, list) else "a single value"
                reason = f"a document is {what}, not a Kubernetes object"
                raise self._unreadable(YamlError(reason, document.line), substituted=substituted)
            objects.append(document.value)
        return objects

    def _unreadable(
        self, error: YamlError, *, substituted: bool, placed: bool = True
    ) -> UnreadableComponentsError:
        detail = f"The components file cannot be read: {error.reason}."
        if substituted:
            detail += " This is the text after substitution; a variable's value may be the reason."
        spans = (self.span(error.line, error.column, error.reason),) if placed else ()
        return self._stop(COMPONENTS_UNREADABLE, detail, spans)

    def _bad_expression(self, error: EnvsubstError) -> UnreadableComponentsError:
        detail = (
            f"The expression at line {error.line}, column {error.column} does not belong to the variable "
            f"dialect of clusterctl: {error.reason}."
        )
        span = self.span(error.line, error.column, error.reason, length=2)
        return self._stop(VARIABLE_SYNTAX, detail, (span,))

    def _stop(self, code: Code, detail: str, spans: tuple[Span, ...]) -> UnreadableComponentsError:
        return UnreadableComponentsError(
            Diagnostic(code=code, severity=Severity.ERROR, detail=detail, subject=self.subject, spans=spans)
        )

    def _line(self, number: int) -> str:
        lines = self.data.split(b"\n", number)
        return lines[number - 1].decode("utf-8", "replace").rstrip("\r") if len(lines) >= number else ""
