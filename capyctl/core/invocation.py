"""The command a user gave, so that a fix can print the same command with one thing changed."""

from __future__ import annotations

import re
import shlex
from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Invocation:
    """The words after ``capyctl``, as typed."""

    words: tuple[str, ...] = ()

    def command(self) -> str:
        """The command as a shell takes it."""
        return shlex.join(("capyctl", *self.words))

    def with_reference(self, old: str, new: str) -> str:
        """The same command with one provider reference replaced; it is added where it was a default."""
        pattern = re.compile(rf"(?<![^,=\s]){re.escape(old)}(?![^,\s])")
        replaced = [
            pattern.sub(new, word, count=1) if not word.startswith("--config") else word
            for word in self.words
        ]
        if replaced == list(self.words):
            return self.with_words(new)
        return shlex.join(("capyctl", *replaced))

    def with_words(self, *more: str) -> str:
        """The same command with words added at its end."""
        return shlex.join(("capyctl", *self.words, *more))
