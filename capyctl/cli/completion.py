"""Completion from a table made at build time; it imports nothing, so that a key press costs nothing.

The scripts call ``capyctl __complete SHELL WORD...`` with the words after ``capyctl`` up to the cursor. The
answer is one candidate a line, with its help after a tab where the shell shows one; a line ``:files`` asks
the shell for file names.
"""

from capyctl.cli.packaged import packaged_text

FILES = ":files"
_SHOWS_HELP = ("zsh", "fish", "powershell")


class CompletionTable:
    """The commands, their options and arguments, and the providers of the built-in table.

    A line of ``completion.txt`` is one of, with tabs between its fields::

        command   WORDS      SUMMARY
        option    WORDS      NAME...    KIND   HELP
        argument  WORDS      KIND          (of several, the first counts)
        value     KIND       VALUE      HELP

    KIND is empty for a flag, ``files``, ``text``, or the kind of a ``value`` line.
    """

    def __init__(self, text: str) -> None:
        rows = [line.split("\t") for line in text.splitlines()]
        self.commands = {row[1]: row[2] for row in rows if row[0] == "command"}
        self.options = [(row[1], row[2].split(" "), row[3], row[4]) for row in rows if row[0] == "option"]
        self.arguments = {row[1]: row[2] for row in reversed(rows) if row[0] == "argument"}
        self.values = [(row[1], row[2], row[3]) for row in rows if row[0] == "value"]

    def command_of(self, words: list[str]) -> str:
        """The longest command or group that the words begin with, options left out."""
        plain: list[str] = []
        skip = False
        for word in words:
            if skip:
                skip = False
            elif word.startswith("-"):
                skip = "=" not in word and self.kind_of(" ".join(plain), word) not in (None, "")
            elif self._begins(" ".join([*plain, word])):
                plain.append(word)
        return " ".join(plain)

    def kind_of(self, command: str, name: str) -> str | None:
        """What an option of a command takes; None for an option that it does not have."""
        for words, names, kind, _ in self.options:
            if words in (command, "") and name in names:
                return kind
        return None

    def _begins(self, words: str) -> bool:
        return any(each == words or each.startswith(f"{words} ") for each in self.commands)


def answer(shell: str, words: list[str]) -> str:
    """The candidates for the last word, as the scripts read them."""
    table = CompletionTable(packaged_text("completion.txt"))
    candidates = complete(table, words[:-1], words[-1] if words else "")
    lines = [f"{value}\t{text}" if shell in _SHOWS_HELP and text else value for value, text in candidates]
    return "".join(f"{line}\n" for line in lines)


def complete(table: CompletionTable, before: list[str], word: str) -> list[tuple[str, str]]:
    """Candidates for ``word`` after the words ``before`` it, each with its help."""
    if "--" in before:
        return [(FILES, "")]
    command = table.command_of(before)
    name, equals, part = word.partition("=")
    if equals and name.startswith("--"):
        return [
            (f"{name}={value}", text) for value, text in _values(table, table.kind_of(command, name), part)
        ]
    kind = table.kind_of(command, before[-1]) if before else None
    if kind:
        return _list_values(table, kind, word)
    if word.startswith("-"):
        return _options(table, command, word)
    following = _next_words(table, command, word)
    return following + _values(table, table.arguments.get(command), word)


def _next_words(table: CompletionTable, command: str, word: str) -> list[tuple[str, str]]:
    depth = len(command.split())
    found: dict[str, str] = {}
    for words, summary in table.commands.items():
        parts = words.split()
        if len(parts) > depth and parts[:depth] == command.split() and parts[depth].startswith(word):
            found.setdefault(parts[depth], summary if len(parts) == depth + 1 else "")
    return list(found.items())


def _options(table: CompletionTable, command: str, word: str) -> list[tuple[str, str]]:
    return [
        (name, text)
        for words, names, _, text in table.options
        if words in (command, "")
        for name in names
        if name.startswith(word)
    ]


def _list_values(table: CompletionTable, kind: str, word: str) -> list[tuple[str, str]]:
    """Values of an option; provider flags take several between commas, and the last one is completed."""
    done, comma, last = word.rpartition(",")
    return [
        (value if value == FILES else f"{done}{comma}{value}", text)
        for value, text in _values(table, kind, last)
    ]


def _values(table: CompletionTable, kind: str | None, word: str) -> list[tuple[str, str]]:
    if kind == "files":
        return [(FILES, "")]
    return [(value, text) for of, value, text in table.values if of == kind and value.startswith(word)]
