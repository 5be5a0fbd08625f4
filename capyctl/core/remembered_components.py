"""What became of a sound components file, as it is remembered from run to run (ADR 38)."""

import hashlib
from collections.abc import Mapping

import msgspec
from msgspec import Struct

from capyctl.core.codes import INSPECTION_NEEDS_NO_VARIABLES
from capyctl.core.components_facts import ComponentsFacts
from capyctl.core.rendered_components import ComponentsRequest, RenderedComponents
from capyctl.core.rules.template_values import values_not_needed
from capyctl.core.template_variable import Variable, missing_variables


class _Remembered(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The fields of ``RenderedComponents`` but the objects and the diagnostics.

    Attributes:
        asked: names of variables that were looked up. values: ``_digest`` over what the look-ups gave.
    """

    asked: tuple[str, ...]
    values: str
    variables: tuple[Variable, ...] = ()
    images: tuple[str, ...] = ()
    default_namespace: str | None = None
    target_namespace: str | None = None
    facts: ComponentsFacts
    used_overrides: frozenset[str] = frozenset()


def components_key(request: ComponentsRequest, sha256: str, *, renders: bool) -> bytes:
    """Everything that a reading of the file depends on but the values of variables; ``sha256`` is the file's."""
    overrides = sorted(request.image_overrides.items())
    labels = sorted(request.known_labels)
    given = (
        sha256,
        renders,
        request.raw,
        request.manifest_label,
        request.target_namespace,
        overrides,
        labels,
    )
    return msgspec.json.encode(("components", *given))


def remembered(key: bytes, rendered: RenderedComponents, answers: Mapping[str, str | None]) -> bytes | None:
    """What to keep; None where anything was found. ``answers`` are the look-ups that the reading made."""
    if any(item.code is not INSPECTION_NEEDS_NO_VARIABLES for item in rendered.diagnostics):
        return None
    told = _Remembered(
        asked=tuple(answers),
        values=_digest(key, answers),
        variables=rendered.variables,
        images=rendered.images,
        default_namespace=rendered.default_namespace,
        target_namespace=rendered.target_namespace,
        facts=rendered.facts,
        used_overrides=rendered.used_overrides,
    )
    return msgspec.json.encode(told)


def recalled(key: bytes, told: bytes, request: ComponentsRequest) -> RenderedComponents | None:
    """The reading without its objects; None where a variable has another value now, or nothing can be made of it."""
    try:
        kept = msgspec.json.decode(told, type=_Remembered)
    except msgspec.DecodeError:
        return None
    if kept.values != _digest(key, {name: request.lookup(name) for name in kept.asked}):
        return None
    return RenderedComponents(
        variables=kept.variables,
        images=kept.images,
        default_namespace=kept.default_namespace,
        target_namespace=kept.target_namespace,
        facts=kept.facts,
        used_overrides=kept.used_overrides,
        diagnostics=values_not_needed(request.subject, missing_variables(kept.variables, request.lookup)),
    )


def _digest(key: bytes, answers: Mapping[str, str | None]) -> str:
    """64 hex digits over names and values; ``key`` makes them differ from file to file."""
    return hashlib.sha256(key + msgspec.json.encode(list(answers.items()))).hexdigest()
