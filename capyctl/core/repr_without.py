"""How a value is printed that holds a secret, or more than anybody reads."""

from __future__ import annotations

from msgspec import Struct


def repr_without(value: Struct, *unsaid: str) -> str:
    """``Name(field=value, ...)`` with every field but those."""
    told = (f"{name}={getattr(value, name)!r}" for name in value.__struct_fields__ if name not in unsaid)
    return f"{type(value).__name__}({', '.join(told)})"
