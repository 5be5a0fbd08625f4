"""The report of a run in the lab: the questions that its client asked, in order."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from capyctl.report.text_style import one_line


def lab_report_text(run: Mapping[str, Any]) -> str:
    """What was asked and answered in ``run``, the value in the document, and how the command ended."""
    requests = run["requests"]
    rounds = max((each["round"] for each in requests), default=0)
    asked = "1 request" if len(requests) == 1 else f"{len(requests)} requests"
    again = "" if rounds < 2 else f" in {rounds} rounds"
    lines = [f"lab: the command ended with {run['exit_status']} after {asked}{again}"]
    lines += [line for each in requests for line in _request_lines(each)]
    return "".join(f"{line}\n" for line in lines)


def _request_lines(record: Mapping[str, Any]) -> Iterator[str]:
    status = "---" if record["status"] is None else str(record["status"])
    address = record["host"] if record["method"] == "CONNECT" else f"{record['host']}{record['path']}"
    fault = f" (fault: {record['fault']})" if record["fault"] else ""
    yield one_line(f"{record['method']} {address}").join((f"{record['number']:>4} {status} ", fault))
    if record["location"]:
        yield f"         to {one_line(record['location'])}"
