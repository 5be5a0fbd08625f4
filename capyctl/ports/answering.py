"""How a source tells whoever asked it that its answer is on the way."""

from __future__ import annotations

from collections.abc import Callable
from contextvars import ContextVar

answer_begins: ContextVar[Callable[[], None]] = ContextVar("answer_begins", default=lambda: None)
"""Called by a source, in the context of the call that asked it, when the body of its answer is on the way."""
