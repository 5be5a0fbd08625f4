"""The tree of reasons: rules, what was passed over, cut to size (issue 3 item 4)."""

from __future__ import annotations

from capyctl.report.explanation_text import explanation_text
from capyctl.report.text_style import TextStyle


def explained(rejected: int, *, verbosity: int = 0) -> list[str]:
    provider = {
        "provider": "bootstrap-x",
        "version": "v1.0.0",
        "rejected": [
            {"version": f"v1.{number}.0", "code": "CAPY0501", "reason": "contract v1alpha4"}
            for number in range(rejected, 0, -1)
        ],
    }
    reasons = [[("asked for", "the newest sound version"), ("files", "metadata.yaml by github-download")]]
    return explanation_text({"providers": [provider]}, reasons, TextStyle(verbosity=verbosity)).splitlines()


def test_the_version_stands_above_its_rules() -> None:
    lines = explained(0)
    assert lines[0] == "bootstrap-x v1.0.0"
    assert lines[1].split(maxsplit=2) == ["asked", "for", "the newest sound version"]
    assert lines[2].startswith("  files")
    assert len(lines) == 3


def test_what_was_passed_over_is_cut_and_counted() -> None:
    lines = explained(5)
    assert "passed over" in lines[3]
    assert "v1.5.0: CAPY0501 contract v1alpha4" in lines[3]
    assert "v1.4.0" in lines[4]
    assert lines[5].strip() == "and 3 more; -v shows them"
    assert len(explained(5, verbosity=1)) == 3 + 5


def test_three_providers_fit_into_25_lines() -> None:
    assert 3 * len(explained(9)) <= 25


def test_nothing_chosen() -> None:
    nothing: dict[str, object] = {"provider": "bootstrap-x", "version": None, "rejected": []}
    assert explanation_text({"providers": [nothing]}, [[]], TextStyle()) == "bootstrap-x none\n"
