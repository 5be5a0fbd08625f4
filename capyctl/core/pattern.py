"""Regular expressions that cost nothing until they are used (ADR 35)."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable
from typing import AnyStr


def pattern(text: AnyStr, flags: int = 0) -> Callable[[], re.Pattern[AnyStr]]:
    """What gives the expression, compiled when it is first asked for and not when its module is imported."""
    return functools.cache(functools.partial(re.compile, text, flags))
