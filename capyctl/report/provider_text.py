"""Text of the commands about providers, made from their results alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from capyctl.report.tables import close_table, prose_table, table
from capyctl.report.text_style import TextStyle, one_line

_Json = Mapping[str, Any]
_NONE = "-"
_METADATA = "metadata.yaml"
_QUESTIONS = ("repository", "versions", "release", "file")


def resolved_text(result: _Json, style: TextStyle) -> str:
    """The chosen version of each provider, one a line."""
    rows = [
        (
            each["provider"],
            each["version"] or "none",
            each["contract"] or _NONE,
            each["repository"]["name"],
        )
        for each in result["providers"]
    ]
    return style.spell(close_table(("PROVIDER", "VERSION", "CONTRACT", "REPOSITORY"), rows))


def plan_text(result: _Json, style: TextStyle, place: str | None = None) -> str:
    """What an installation would do, in its order; ``place`` is the cluster, None for one without providers."""
    plan = result["plan"]
    rows = [
        (
            plan["cert_manager"]["action"],
            "cert-manager",
            plan["cert_manager"]["version"] or _NONE,
            _NONE,
            "cert-manager",
        )
    ]
    rows += [
        (
            each["action"] if each["version"] else _NONE,
            each["provider"],
            each["version"] or "none",
            each["contract"] or _NONE,
            each["target_namespace"] or _NONE,
        )
        for each in plan["providers"]
    ]
    where = f"the cluster at {one_line(place)}" if place else "a management cluster without providers"
    head = f"Plan for {where}; nothing is written.\n\n"
    return style.spell(head + close_table(("ACTION", "PROVIDER", "VERSION", "CONTRACT", "NAMESPACE"), rows))


def images_text(result: _Json, style: TextStyle) -> str:
    """One image a line."""
    return style.spell("".join(f"{one_line(image)}\n" for image in result["images"]))


def versions_text(result: _Json, style: TextStyle) -> str:
    """Every version, newest first; a heading where there are several providers."""
    parts = []
    for provider in result["providers"]:
        rows = [
            (
                row["version"],
                row["state"] or "unknown",
                row["contract"] or _NONE,
                (row["published_at"] or _NONE)[:10],
                row["reason"] or ", ".join(row["sources"]),
            )
            for row in provider["versions"]
        ]
        head = f"{provider['provider']}\n" if len(result["providers"]) > 1 else ""
        parts.append(
            head + prose_table(("VERSION", "STATE", "CONTRACT", "PUBLISHED", "SOURCES OR REASON"), rows)
        )
    return style.spell("\n".join(parts))


def diagnosis_text(result: _Json, style: TextStyle) -> str:
    """The verdict, what each source said, and what clusterctl would do."""
    parts = []
    for provider in result["providers"]:
        version = f" {provider['version']}" if provider["version"] else ""
        head = f"{provider['provider']}{version}: {provider['verdict']}\n"
        columns = 4 if style.verbosity else 3
        rows = [row[:columns] for row in _route_rows(provider["routes"], all_rows=style.verbosity > 0)]
        routes = table(("QUESTION", "ROUTE", "OUTCOME", "EVIDENCE")[:columns], rows)
        parts.append(f"{head}\n{routes}{_emulation_text(provider['clusterctl'])}")
    return style.spell("\n".join(parts))


def description_text(result: _Json, style: TextStyle) -> str:
    """A provider as ``clusterctl generate provider --describe`` lays it out (clusterctl-resolution 11.2)."""
    provider = result["provider"]
    address, file = _address_and_file(provider)
    fields = (
        ("Name", provider["name"]),
        ("Type", provider["type"]),
        ("URL", address),
        ("Version", provider["version"] or "none"),
        ("File", file),
        ("TargetNamespace", provider["target_namespace"] or ""),
    )
    lines = [f"{f'{name}:':<20}{one_line(value)}" for name, value in fields]
    variables = sorted(each["name"] for each in result["variables"])
    if variables:
        lines += ["Variables:", *(f"  - {name}" for name in variables)]
    if result["images"]:
        lines += ["Images:", *(f"  - {one_line(image)}" for image in result["images"])]
    return style.spell("\n".join((*lines, "")) + "\n")


def _address_and_file(provider: _Json) -> tuple[str, str]:
    """The address without version and file, and the file; the address of an artifact names no file (cli.md 7.5)."""
    url: str = provider["repository"]["url"]
    if provider["repository"]["kind"] == "oci":
        return url, next((name for name in provider["files"] if name != _METADATA), "")
    folder, _, file = url.rpartition("/")
    return f"{folder.rpartition('/')[0]}/", file


def _route_rows(routes: Sequence[_Json], *, all_rows: bool) -> list[tuple[str, str, str, str]]:
    """Questions of one route with one outcome share a line; what is asked first stands first.

    Unless all are wanted, what a route also lacks is left out where it has an answer: a module proxy knows
    most projects under one major and not under the others.
    """
    grouped: dict[tuple[str, str, str], list[str]] = {}
    for each in routes:
        grouped.setdefault((each["question"], each["route"], each["outcome"]), []).append(each["evidence"])
    rows = [
        (question, route, outcome, ", ".join(ids))
        for (question, route, outcome), ids in grouped.items()
        if all_rows or outcome != "absent" or (question, route, "found") not in grouped
    ]
    return sorted(rows, key=lambda row: _QUESTIONS.index(row[0]) if row[0] in _QUESTIONS else len(_QUESTIONS))


def _emulation_text(rows: Sequence[_Json]) -> str:
    if not rows:
        return ""
    cells = [(row["release"], row["goproxy"], row["outcome"], row["version"] or _NONE) for row in rows]
    lines = ["", "What clusterctl init would do here:", ""]
    text = "\n".join(lines) + "\n" + table(("CLUSTERCTL", "GOPROXY", "OUTCOME", "VERSION"), cells)
    messages: dict[str, list[_Json]] = {}
    for row in rows:
        if row["message"]:
            messages.setdefault(one_line(row["message"]), []).append(row)
    return text + "".join(
        f"\n{_speakers(said, len(rows))}:\n  {message}\n" for message, said in messages.items()
    )


def _speakers(rows: Sequence[_Json], count: int) -> str:
    """Who gives a message, each release named once with its states of GOPROXY."""
    if len(rows) == count > 1:
        return "All of them say"
    states: dict[str, list[str]] = {}
    for row in rows:
        states.setdefault(row["release"], []).append(row["goproxy"])
    names = [f"{release} ({', '.join(each)})" for release, each in states.items()]
    return f"{' and '.join(names)} {'says' if len(names) == 1 else 'say'}"
