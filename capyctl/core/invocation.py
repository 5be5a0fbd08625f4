"""The command a user gave, so that a fix can print the same command with one thing changed.

Every way of changing it leaves the words that were not asked about as they were typed, and everything is quoted
for a POSIX shell (cli.md 4: a command in a fix runs as it stands).
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from msgspec import Struct

from capyctl.core.identity import ProviderType
from capyctl.core.pattern import pattern

_LONG = {"-o": "--output", "-n": "--target-namespace"}
_KEPT = frozenset({"--config", "--providers", "--ca-file", "--deadline", "--output", "--color"})
_VALUED = _KEPT | {
    *("--record", "--fail-on", "--ignore", "--contract", "--metadata-from"),
    *("--target-namespace", "--write-to", "--tag"),
    *("--kubeconfig", "--kubeconfig-context", "--api-timeout", "--kubernetes-version", "--namespace"),
    *("--listen", "--locked", "--bundle"),
    *("--show-conditions", "--out", "--wait-provider-timeout"),
    *("--env-file", "--env-name", "--e2e-config", "--from"),
    *("--plan", "--report", "--match"),
}
_OF_THE_CLUSTER = _KEPT | {"--kubeconfig", "--kubeconfig-context", "--api-timeout"}
_KEPT_FLAGS = frozenset({"--offline", "--no-cache"})
_SHORT_TYPES = {
    "-b": ProviderType.BOOTSTRAP,
    "-c": ProviderType.CONTROL_PLANE,
    "-i": ProviderType.INFRASTRUCTURE,
}
_TYPES = _SHORT_TYPES | {f"--{kind.flag}": kind for kind in ProviderType}
_GROUPS = frozenset(
    {
        "bundle",
        "cache",
        "cluster",
        "config",
        "describe",
        "generate",
        "get",
        "kubernetes-version",
        "lab",
        "upgrade",
    }
)
_NAMING = frozenset(
    {
        *("resolve", "versions", "diagnose-provider", "config provider", "generate provider", "lock"),
        *("init", "init list-images", "upgrade apply", "delete"),
    }
)
_CHOOSING = frozenset(
    {"resolve", "diagnose-provider", "generate provider", "init", "init list-images", "lock"}
)
_WITH_DEFAULTS = frozenset({"init", "init list-images"})
_CHANGING = frozenset({"init", "upgrade apply", "delete"})
_TRUE = frozenset({"1", "t", "T", "true", "TRUE", "True"})
_JOINED = pattern(r"(?P<option>--[a-z-]+=|-[a-z]=?)(?P<value>.+)\Z", re.DOTALL)


class _Word(Struct, frozen=True, kw_only=True):
    """One word as typed: ``value`` belongs to ``option``, or to none; ``lead`` stands before it in the word."""

    value: str
    option: str | None = None
    lead: str = ""

    @property
    def text(self) -> str:
        return f"{self.lead}{self.value}"

    @property
    def switch(self) -> str:
        """The word without a value that a switch may be given, as clusterctl's may: ``--offline=true``."""
        name, _, value = self.text.partition("=")
        return name if value in _TRUE else self.text

    @property
    def kind(self) -> ProviderType | None:
        """The type of provider that the value names, where its option says one."""
        return _TYPES.get(self.option) if self.option is not None else None


class Invocation(Struct, frozen=True, kw_only=True):
    """The words after ``capyctl``, as typed."""

    words: tuple[str, ...] = ()

    def command(self) -> str:
        """The command as a shell takes it."""
        return _line(("capyctl", *self.words))

    @property
    def name(self) -> str:
        """The command's own words joined by a blank, such as ``init list-images``; empty where there is none."""
        typed = [
            word.value for word in self._read() if word.option is None and word.value[:1] not in ("-", "")
        ]
        typed = [word for word in typed if not word.isdigit()]
        grouped = bool(_GROUPS.intersection(typed[:1])) or typed[:2] == ["init", "list-images"]
        return " ".join(typed[: 2 if grouped else 1])

    def has(self, option: str) -> bool:
        """Whether an option was typed."""
        return any(option in (word.option, word.switch) for word in self._read())

    @property
    def takes_references(self) -> bool:
        """Whether providers are named in this command; a lock that is checked names them, a spec, or a saved plan."""
        named_elsewhere = self.has("--check") or self.has("--from") or self.has("--plan")
        return self.name in _NAMING and not named_elsewhere

    @property
    def takes_contract(self) -> bool:
        """Whether the contract to accept can be said here; a bound run has its lock's."""
        return self.name in _CHOOSING and self.takes_references and not self.is_bound

    @property
    def is_bound(self) -> bool:
        """Whether a lock says which versions are taken, and nothing is chosen."""
        return self.has("--locked") or self.has("--bundle")

    def value_of(self, option: str) -> str | None:
        """The value that an option was given last, or None."""
        return next((word.value for word in reversed(list(self._read())) if word.option == option), None)

    def with_reference(
        self, old: str, new: str, *, kind: ProviderType | None = None, otherwise: str | None = None
    ) -> str | None:
        """The same command with one provider reference replaced; None where it has none, and none can be added.

        Args:
            old: the reference as typed.
            new: what stands in its place.
            kind: the type flag that it was given with; None looks at every word that can be a reference.
            otherwise: added at the end where the reference was not typed but is a default of an installation; else
                ``new`` is.
        """
        if not self.takes_references:
            return None
        typed = list(self._read())
        if not any(_holds(word, old, kind) for word in typed):
            return self.with_words(otherwise or new) if self.name in _WITH_DEFAULTS else None
        return self._joined(
            [_exchanged(word, old, new) if _holds(word, old, kind) else word.text for word in typed]
        )

    def with_words(self, *more: str) -> str:
        """The same command with words added; what follows ``--`` stays the last."""
        own = len(list(self._read()))
        return _line(("capyctl", *self.words[:own], *more, *self.words[own:]))

    def with_option(self, option: str, value: str) -> str:
        """The same command with this value of an option, in place of one that was given."""
        return self.leaving_out(option).with_words(option, value)

    def without(self, *options: str) -> str:
        """The same command without these options."""
        return self.leaving_out(*options).command()

    def leaving_out(self, *options: str) -> Invocation:
        """What ``without`` gives, to be changed further."""
        return Invocation(words=tuple(self._without(*options)))

    @property
    def for_show(self) -> Invocation:
        """The same command, as a dry run where it would change a cluster: for a cluster that nobody named."""
        if self.name not in _CHANGING or self.has("--dry-run"):
            return self
        own = len(list(self._read()))
        return Invocation(words=(*self.words[:own], "--dry-run", *self.words[own:]))

    def about(self, *words: str) -> str:
        """Another command, with the options of this one that say where to look and how to answer."""
        return _line(("capyctl", *words, *self._common()))

    def on_cluster(self, *words: str) -> str:
        """Another command on the same management cluster, with the options that say which one it is as well."""
        return _line(("capyctl", *words, *self._common(_OF_THE_CLUSTER)))

    def _read(self) -> Iterator[_Word]:
        """The words up to ``--``, each with the option it belongs to."""
        pending: str | None = None
        for text in self.words:
            if text == "--":
                return
            if pending is not None:
                yield _Word(value=text, option=pending)
                pending = None
                continue
            pending = _valued(text)
            yield _joined_word(text) if pending is None else _Word(value=text)

    def _joined(self, words: list[str]) -> str:
        return _line(("capyctl", *words, *self.words[len(words) :]))

    def _without(self, *options: str) -> Iterator[str]:
        own = list(self._read())
        yield from (
            word.text
            for word in own
            if word.option not in options and _LONG.get(word.switch, word.switch) not in options
        )
        yield from self.words[len(own) :]

    def _common(self, kept: frozenset[str] = _KEPT) -> Iterator[str]:
        for word in self._read():
            if word.option in kept and (word.option, word.value) != ("--output", "yaml"):
                yield from (word.option, word.value)
            elif word.switch in _KEPT_FLAGS:
                yield word.text


def _holds(word: _Word, reference: str, kind: ProviderType | None) -> bool:
    """Whether a reference stands in a word; without a kind every word counts that can be one."""
    ours = word.kind is kind if kind is not None else word.kind is not None or word.option is None
    return ours and reference in word.value.split(",")


def _exchanged(word: _Word, old: str, new: str) -> str:
    parts = word.value.split(",")
    parts[parts.index(old)] = new
    return f"{word.lead}{','.join(parts)}"


def _valued(text: str) -> str | None:
    """The long name of an option whose value is the next word."""
    option = _LONG.get(text, text)
    return option if option in _VALUED or option in _TYPES else None


def _joined_word(text: str) -> _Word:
    """A word that holds an option together with its value, or a word for itself."""
    is_joined = text.startswith("-") and ("=" in text or not text.startswith("--"))
    match = _JOINED().match(text) if is_joined else None
    option = _valued(match["option"].removesuffix("=")) if match else None
    return (
        _Word(value=match["value"], option=option, lead=match["option"])
        if match and option
        else _Word(value=text)
    )


def _line(words: Iterable[str]) -> str:
    """The words as one line for a POSIX shell."""
    import shlex  # noqa: PLC0415 - start-up budget; most runs tell no command

    return shlex.join(words)
