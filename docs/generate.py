"""Makes the reference pages that say what code and data say; a test makes them again and compares.

Run ``nox -s docs`` after a change to commands, codes, explain pages, exit statuses or ``providers.yaml``.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from capyctl.app.explain import page_of
from capyctl.cli.command_table import COMMANDS
from capyctl.cli.help_text import STATUS_MEANINGS, help_texts
from capyctl.config.table_files import read_built_in_table
from capyctl.core.codes import ALL_CODES, Code
from capyctl.core.exit_status import ExitStatus
from capyctl.core.provider_table import TableEntry, build_table
from capyctl.core.status_rules import asked_status

REFERENCE = Path(__file__).resolve().parent / "reference"
_MADE = "<!-- Made by docs/generate.py; change what it is made from and run `nox -s docs`. -->"
_FAMILIES = {
    "00": "Faults of capyctl itself",
    "01": "References and configuration",
    "02": "Fetching",
    "03": "metadata.yaml",
    "04": "Choosing a version",
    "05": "Contracts",
    "06": "Components",
    "07": "Cluster and inventory",
    "08": "Cache and bundle",
    "09": "Upgrade",
    "10": "Kubernetes versions and API server",
    "11": "Lock and record",
    "12": "The lab",
}


def pages() -> dict[str, str]:
    """Every page by its file name."""
    return {
        "commands.md": commands_page(),
        "codes.md": codes_page(),
        "table.md": table_page(),
        "exit-status.md": exit_status_page(),
    }


def commands_page() -> str:
    """Each command with its help, word for word."""
    helps = help_texts()
    rows = [
        f"| [`{' '.join(words)}`](#{_anchor(words)}) | {entry.summary} |" for words, entry in COMMANDS.items()
    ]
    lines = ["# Commands", "", _MADE, "", "| command | what it does |", "|---|---|", *rows, ""]
    lines += ["What every command shares, and what it writes as JSON, is told by `capyctl schema` and in"]
    lines += ["[exit statuses](exit-status.md)."]
    for words in COMMANDS:
        text = helps[f"help/capyctl_{'_'.join(words)}.txt"]
        lines += ["", f"## {' '.join(words)}", "", "```text", text.rstrip("\n"), "```"]
    return "\n".join(lines) + "\n"


def codes_page() -> str:
    """Each code with its page, as ``capyctl explain CODE`` shows it."""
    lines = ["# Codes", "", _MADE, ""]
    lines += ["Every diagnostic has a code. `capyctl explain CODE` shows the same pages without a network;"]
    lines += [
        "`capyctl explain --match TEXT` finds the code behind a pasted line of clusterctl's. The cases are"
    ]
    lines += ["those of the failure catalogue."]
    for family, codes in _by_family():
        lines += ["", f"## {family}", "", "| code | name | title | cases |", "|---|---|---|---|"]
        lines += [
            f"| [{code.code}](#{code.code.lower()}-{code.name}) | {code.name} | {code.title} |"
            f" {', '.join(code.cases) or '-'} |"
            for code in codes
        ]
    for _, codes in _by_family():
        for code in codes:
            lines += ["", *_code_section(code)]
    return "\n".join(lines) + "\n"


def table_page() -> str:
    """The built-in provider table with the source of each fact."""
    built_in = read_built_in_table()
    table = build_table(built_in)
    lines = ["# The built-in provider table", "", _MADE, ""]
    lines += [f"As of {built_in.as_of}, with the addresses of clusterctl {built_in.clusterctl}. The file is"]
    lines += [
        "`providers.yaml`; `capyctl config repositories` shows the table of a run, with your own entries."
    ]
    lines += [
        "",
        "| provider | repository | formerly | state | successor | sources |",
        "|---|---|---|---|---|---|",
    ]
    lines += [_table_row(entry) for entry in table.entries]
    lines += ["", "## Addresses", "", "| provider | address | clusterctl releases |", "|---|---|---|"]
    lines += [
        f"| {entry.key.manifest_label} | `{entry.url}` | {_releases(entry)} |" for entry in table.entries
    ]
    return "\n".join(lines) + "\n"


def exit_status_page() -> str:
    """What each status means, and which codes ask for another than 1."""
    lines = ["# Exit statuses", "", _MADE, "", "| status | meaning |", "|---|---|"]
    lines += [f"| {status} | {meaning} |" for status, meaning in STATUS_MEANINGS.items()]
    lines += [
        "",
        "Of several outcomes in one run the first of 70, 130, 4, 2, 1, 3, 0 that applies counts. An error",
    ]
    lines += ["ends with 1 unless its root cause is one of these:", "", "| status | codes |", "|---|---|"]
    for status in (ExitStatus.FAULT, ExitStatus.USAGE, ExitStatus.UNDETERMINED):
        codes = [
            f"[{code.code}](codes.md#{code.code.lower()}-{code.name}) {code.name}" for code in _asking(status)
        ]
        lines += [f"| {int(status)} | {', '.join(codes)} |"]
    lines += ["", "`diagnose-provider` ends by its verdict: sound and degraded 0, broken 1, undetermined 3."]
    lines += ["With `--fail-on warning` a warning counts as a problem found. stdout carries the result and"]
    lines += ["nothing else; with `-o json` it is one document in every case, errors included."]
    return "\n".join(lines) + "\n"


def write_pages(folder: Path = REFERENCE) -> None:
    """Write every page anew."""
    for name, text in pages().items():
        (folder / name).write_text(text, encoding="utf-8", newline="\n")


def _anchor(words: tuple[str, ...]) -> str:
    return "-".join(words)


def _by_family() -> Iterator[tuple[str, list[Code]]]:
    for number, name in _FAMILIES.items():
        codes = [code for code in ALL_CODES if code.code.startswith(f"CAPY{number}")]
        if codes:
            yield name, codes


def _code_section(code: Code) -> list[str]:
    text = re.sub(r"^##", "####", page_of(code).text, flags=re.MULTILINE)
    facts = f"Since {code.since}, {code.state}." + (f" Cases: {', '.join(code.cases)}." if code.cases else "")
    return [
        f"### {code.code} {code.name}",
        "",
        f"{code.title[:1].upper()}{code.title[1:]}. {facts}",
        "",
        text,
    ]


def _table_row(entry: TableEntry) -> str:
    cells = (
        entry.key.manifest_label,
        entry.repository_name,
        ", ".join(entry.formerly) or "-",
        entry.state.value,
        entry.successor or "-",
        "; ".join(entry.sources) or "-",
    )
    return "| " + " | ".join(cell.replace("|", "\\|") for cell in cells) + " |"


def _releases(entry: TableEntry) -> str:
    until = f", until {', '.join(entry.facts.until)}" if entry.facts.until else ""
    return f"since {', '.join(entry.facts.since)}{until}"


def _asking(status: ExitStatus) -> list[Code]:
    return [code for code in ALL_CODES if asked_status(code) is status]


if __name__ == "__main__":
    write_pages()
