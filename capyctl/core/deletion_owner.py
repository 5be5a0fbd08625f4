"""Whose an object is, where its labels alone do not say it."""

from __future__ import annotations

import re

from capyctl.core.api_object import ApiObject, items_at, text_at
from capyctl.core.api_writing import FIELD_MANAGER
from capyctl.core.inventory import PROVIDER_LABEL
from capyctl.core.pattern import pattern

_LABEL_VALUE = pattern(r"[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?\Z", re.ASCII)


def is_label_value(text: str) -> bool:
    """Whether an object can carry this text as a label; no other text goes into a selector."""
    return _LABEL_VALUE().match(text) is not None


def is_unclaimed(found: ApiObject, label: str) -> bool:
    """Whether an object that a record names is still what capyctl brought: applied by it, labelled as nobody else's."""
    managers = {text_at(each, "manager") for each in items_at(found.raw, "metadata", "managedFields")}
    return FIELD_MANAGER in managers and found.labels.get(PROVIDER_LABEL, label) == label
