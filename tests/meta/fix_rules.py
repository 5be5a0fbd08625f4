"""What every failure owes its reader: a command or an edit that can be pasted, or a reason why there is none."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

_USER = "which cluster is meant, only the user knows"
_AUTHOR = "only the author of the file knows what was meant"

WORDS_ONLY: Mapping[tuple[str, str], str] = {
    ("lint-provider", "metadata-unreadable"): _AUTHOR,
    ("lint-provider", "metadata-field-type"): _AUTHOR,
    (
        "lint-provider",
        "metadata-duplicate-key",
    ): "the two values differ, and only the author knows which holds",
    (
        "lint-provider",
        "metadata-duplicate-series",
    ): "the contracts differ, and only the author knows which holds",
    (
        "lint-provider",
        "metadata-contract-invalid",
    ): "no CRD carries a contract's label, and a guess helps nobody",
    ("lint-provider", "components-unreadable"): _AUTHOR,
    ("lint-provider", "namespace-undetermined"): "no object names a namespace, or several do",
    ("lint-provider", "several-namespaces"): "only the author knows which Namespace the controllers run in",
    ("get kubeconfig", "no-cluster-named"): _USER,
    ("lab run", "command-not-started"): "the program is the user's own; where it is, nobody else can know",
    (
        "lab run",
        "lab-extra-missing",
    ): "the way of installing is the user's own; the fix names the pip command",
}
"""Errors, by command and name of the code, whose fix stays words, each with its reason."""


def only_words(document: Mapping[str, Any]) -> list[tuple[str, str]]:
    """The errors of a document that are root causes and offer nothing to paste, without an excuse."""
    command = str(document["command"])
    return [
        (item["name"], item["detail"])
        for item in document["diagnostics"]
        if item["severity"] == "error" and item["caused_by"] is None
        if not any(_is_ours(fix, command) for fix in item["fixes"])
        if (command, item["name"]) not in WORDS_ONLY or not item["fixes"]
    ]


def commands_of(documents: Iterable[Mapping[str, Any]]) -> list[str]:
    """Every command in a fix, each once."""
    found = (
        fix["command"] for document in documents for item in document["diagnostics"] for fix in item["fixes"]
    )
    return [command for command in dict.fromkeys(found) if command]


def _is_ours(fix: Mapping[str, Any], command: str) -> bool:
    """Whether the reader can use it: an edit upstream is the authors', who lint."""
    theirs = fix["applicability"] == "upstream" and command != "lint-provider"
    return bool(fix["command"] or fix["edit"]) and not theirs
