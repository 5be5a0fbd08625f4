"""Objects as they come out of a Kubernetes type: what decoding and encoding in Go does to their fields.

clusterctl turns CRDs, bindings, webhook configurations, Deployments and DaemonSets into Go types and back
(clusterctl-resolution 10.5, 10.6). That drops unknown fields and empty ones, adds those that are always
written, such as ``status``, and spells quantities and times in one way. Values that do not change are
shared with the input, so that a large CRD costs one walk and no copy.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal

from msgspec import Struct, field

from capyctl.core.components_quantity import QuantityError, canonical_quantity
from capyctl.core.components_types import FIELDS
from capyctl.core.pattern import pattern

_Convert = Callable[[object], object]


class _Omitted:
    """Stands for a field that is not written."""


_OMITTED = _Omitted()


def _omitted(_: object) -> object:
    return _OMITTED


_RFC3339 = pattern(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)\Z", re.ASCII)


class TypedError(Exception):
    """A value that its Kubernetes type cannot hold.

    Attributes:
        path: the fields that lead to it. expected: what belongs there.
    """

    def __init__(self, expected: str) -> None:
        super().__init__(expected)
        self.expected = expected
        self.path: list[str] = []

    def __str__(self) -> str:
        return f"{'.'.join(self.path) or 'the object'} is not {self.expected}"


class _Kind(Struct, frozen=True):
    """One kind of the table: how a present value is converted, and what an absent one becomes."""

    convert: _Convert
    zero: Callable[[], object]


class _Struct(Struct):
    """A type with fields; filled after it exists, because types name each other in circles."""

    fields: dict[str, _Convert] = field(default_factory=dict)
    always: list[tuple[str, Callable[[], object]]] = field(default_factory=list)

    def convert(self, value: object) -> dict[str, object]:
        """The value with known fields only, each converted, and with those that are always written.

        Raises:
            TypedError: it is neither a mapping nor null.
        """
        if value is None:
            value = {}
        if not isinstance(value, dict):
            raise TypedError("a mapping")
        changed: dict[str, object] | None = None
        known = self.fields
        for name, item in value.items():
            try:
                written = known.get(name, _omitted)(item)
            except TypedError as error:
                error.path.insert(0, str(name))
                raise
            if written is item:
                continue
            if changed is None:
                changed = dict(value)
            if written is _OMITTED:
                del changed[name]
            else:
                changed[name] = written
        for name, zero in self.always:
            if name not in value:
                changed = dict(value) if changed is None else changed
                changed[name] = zero()
        return value if changed is None else changed


class KubernetesTypes:
    """The types of the table, read as they are needed."""

    def __init__(self) -> None:
        self._lines = {
            words[0]: words[1:]
            for line in FIELDS.replace("\n  ", " ").splitlines()
            if (words := line.split())
        }
        self._structs: dict[str, _Struct] = {}

    def round_trip(self, value: dict[str, object], type_name: str) -> dict[str, object]:
        """The object after decoding into ``type_name`` and encoding again; shares what did not change.

        Raises:
            TypedError: a field holds what its type cannot hold.
        """
        return self._struct(type_name).convert(value)

    def _struct(self, name: str) -> _Struct:
        struct = self._structs.get(name)
        if struct is None:
            struct = self._structs[name] = _Struct()
            for word in self._lines[name]:
                field_name, _, code = word.partition("=")
                self._add_field(struct, field_name, code)
        return struct

    def _add_field(self, struct: _Struct, name: str, code: str) -> None:
        if code.endswith(("!", "?")):
            code = code.rstrip("?!")
            struct.fields[name] = _omitting(self._kind(code.removeprefix("*")), code)
        else:
            kind = self._kind(code)
            struct.fields[name] = kind.convert
            struct.always.append((name, kind.zero))

    def _kind(self, code: str) -> _Kind:
        if code.startswith("*"):
            return _pointer(self._kind(code[1:]))
        if code.startswith("[]"):
            return _list(self._kind(code[2:]))
        if code.startswith("{}"):
            return _map(self._kind(code[2:]))
        simple = _SIMPLE.get(code)
        if simple is not None:
            return simple
        union, _, version = code.partition(".")
        if union in ("OrBool", "OrArray", "OrStringArray"):
            schema = self._struct("JSONSchemaProps" if version == "v1" else f"JSONSchemaProps.{version}")
            return _Kind(_union(union, schema.convert), lambda: None)
        struct = self._struct(code)
        return _Kind(struct.convert, lambda: struct.convert({}))


def _omitting(kind: _Kind, code: str) -> _Convert:
    """The conversion of a field whose empty value is left out; a pointer is empty only where it is nil.

    ``kind`` is what a pointer points to.
    """
    convert = kind.convert
    if code == "s":
        return _omitting_text
    if code.startswith("*"):
        return lambda value: _OMITTED if value is None else convert(value)
    return lambda value: _OMITTED if value is None else convert(value) or _OMITTED


def _omitting_text(value: object) -> object:
    if value.__class__ is str:
        return value or _OMITTED
    if value is None:
        return _OMITTED
    raise TypedError("text")


def _pointer(kind: _Kind) -> _Kind:
    convert = kind.convert
    return _Kind(lambda value: None if value is None else convert(value), lambda: None)


def _list(kind: _Kind) -> _Kind:
    convert = kind.convert

    def convert_list(value: object) -> object:
        if value is None:
            return None
        if not isinstance(value, list):
            raise TypedError("a list")
        converted = [convert(item) for item in value]
        same = all(new is old for new, old in zip(converted, value, strict=True))
        return value if same else converted

    return _Kind(convert_list, lambda: None)


def _map(kind: _Kind) -> _Kind:
    convert = kind.convert

    def convert_map(value: object) -> object:
        if not isinstance(value, dict):
            raise TypedError("a mapping")
        changed: dict[str, object] | None = None
        for name, item in value.items():
            try:
                written = convert(item)
            except TypedError as error:
                error.path.insert(0, str(name))
                raise
            if written is not item:
                changed = dict(value) if changed is None else changed
                changed[name] = written
        return value if changed is None else changed

    return _Kind(convert_map, lambda: None)


def _union(name: str, schema: _Convert) -> _Convert:
    """A JSON schema, or a boolean, a list of schemas, a list of texts; what is neither becomes null."""

    def convert(value: object) -> object:
        if isinstance(value, dict):
            return schema(value)
        if name == "OrBool":
            return _boolean(value)
        if not isinstance(value, list) or not value:
            return None
        return [schema(item) for item in value] if name == "OrArray" else [_text(item) for item in value]

    return convert


def _text(value: object) -> object:
    if value.__class__ is str:
        return value
    if value is None:
        return ""
    raise TypedError("text")


def _boolean(value: object) -> object:
    if value.__class__ is bool:
        return value
    if value is None:
        return False
    raise TypedError("true or false")


def _whole(value: object) -> object:
    if value.__class__ is int:
        return value
    if value is None:
        return 0
    if isinstance(value, float) and value.is_integer():
        return int(value)
    raise TypedError("a whole number")


def _number(value: object) -> object:
    """A Go float: a whole number beyond 53 bits has the digits that name the float, then zeros."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        raise TypedError("a number")
    number = float(value)
    if number == value:
        return value
    return int(Decimal(repr(number))) if abs(number) < 1e21 else number


def _quantity(value: object) -> object:
    if value is None:
        return "0"
    if isinstance(value, bool) or not isinstance(value, str | int | float):
        raise TypedError("a quantity")
    try:
        canonical = canonical_quantity(value)
    except QuantityError:
        raise TypedError("a quantity") from None
    return value if canonical == value else canonical


def _time(value: object) -> object:
    if value is None:
        return None
    if not isinstance(value, str) or not _RFC3339().match(value):
        raise TypedError("a time")
    try:
        moment = datetime.fromisoformat(value).astimezone(UTC)
    except (ValueError, OverflowError):
        raise TypedError("a time") from None
    written = f"{moment.replace(microsecond=0, tzinfo=None).isoformat()}Z"
    return value if written == value else written


def _whole_or_text(value: object) -> object:
    return value if value.__class__ is str else _whole(value)


def _bytes(value: object) -> object:
    if value is None or value == "":
        return value
    if not isinstance(value, str):
        raise TypedError("bytes in base64")
    try:
        data = base64.b64decode(value.replace("\r", "").replace("\n", ""), validate=True)
    except binascii.Error:
        raise TypedError("bytes in base64") from None
    written = base64.b64encode(data).decode("ascii")
    return value if written == value else written


_SIMPLE = {
    "s": _Kind(_text, lambda: ""),
    "b": _Kind(_boolean, lambda: False),
    "i": _Kind(_whole, lambda: 0),
    "f": _Kind(_number, lambda: 0),
    "q": _Kind(_quantity, lambda: "0"),
    "t": _Kind(_time, lambda: None),
    "x": _Kind(_whole_or_text, lambda: 0),
    "y": _Kind(_bytes, lambda: None),
    "j": _Kind(lambda value: value, lambda: None),
}
