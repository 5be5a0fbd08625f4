"""Text of the commands about providers, from their results alone (cli.md 5)."""

from __future__ import annotations

from typing import Any

import pytest
from msgspec.structs import replace

from capyctl.report.provider_text import (
    description_text,
    diagnosis_text,
    images_text,
    plan_text,
    resolved_text,
    versions_text,
)
from capyctl.report.text_style import TextStyle

PLAIN = TextStyle()

RESOLVED: dict[str, Any] = {
    "provider": "bootstrap-k0sproject-k0smotron",
    "name": "k0sproject-k0smotron",
    "type": "BootstrapProvider",
    "version": "v1.10.9",
    "contract": "v1beta1",
    "target_namespace": "k0smotron",
    "repository": {
        "name": "k0sproject/k0smotron",
        "kind": "github",
        "url": "https://github.com/k0sproject/k0smotron/releases/latest/bootstrap-components.yaml",
    },
    "action": "install",
}
NOTHING = {**RESOLVED, "version": None, "contract": None, "target_namespace": None}


def cells(text: str) -> list[list[str]]:
    return [line.split() for line in text.splitlines()]


def test_resolved() -> None:
    assert cells(resolved_text({"providers": [RESOLVED, NOTHING]}, PLAIN)) == [
        ["PROVIDER", "VERSION", "CONTRACT", "REPOSITORY"],
        ["bootstrap-k0sproject-k0smotron", "v1.10.9", "v1beta1", "k0sproject/k0smotron"],
        ["bootstrap-k0sproject-k0smotron", "none", "-", "k0sproject/k0smotron"],
    ]


def test_a_plan_says_that_nothing_is_written() -> None:
    plan = {"cert_manager": {"version": "v1.21.1", "action": "install"}, "providers": [RESOLVED, NOTHING]}
    text = plan_text({"plan": plan}, PLAIN)
    assert "nothing is written" in text.splitlines()[0]
    assert cells(text)[2:] == [
        ["ACTION", "PROVIDER", "VERSION", "CONTRACT", "NAMESPACE"],
        ["install", "cert-manager", "v1.21.1", "-", "cert-manager"],
        ["install", "bootstrap-k0sproject-k0smotron", "v1.10.9", "v1beta1", "k0smotron"],
        ["-", "bootstrap-k0sproject-k0smotron", "none", "-", "-"],
    ]


def test_images_one_a_line_and_harmless() -> None:
    text = images_text({"images": ["a/b:1", "a/\x1b[31m:2"]}, PLAIN)
    assert text.splitlines()[0] == "a/b:1"
    assert "\x1b" not in text


def versions(provider: str) -> dict[str, Any]:
    row = {
        "version": "v1.0.0",
        "state": "stable",
        "contract": "v1beta1",
        "published_at": "2026-11-21T10:00:00Z",
        "sources": ["goproxy:x", "github-web"],
        "reason": None,
    }
    unknown = {**row, "version": "v0.9.0", "state": None, "contract": None, "published_at": None}
    return {"provider": provider, "versions": [row, {**unknown, "reason": "could not be asked"}]}


def test_versions() -> None:
    text = versions_text({"providers": [versions("a")]}, PLAIN)
    assert cells(text)[1] == ["v1.0.0", "stable", "v1beta1", "2026-11-21", "goproxy:x,", "github-web"]
    assert cells(text)[2] == ["v0.9.0", "unknown", "-", "-", "could", "not", "be", "asked"]
    several = versions_text({"providers": [versions("a"), versions("b")]}, PLAIN)
    assert [line for line in several.splitlines() if line in {"a", "b"}] == ["a", "b"]


def row(goproxy: str, message: str | None, version: str | None = "v1.0.0") -> dict[str, Any]:
    outcome = "fails" if message else "installs"
    return {
        "release": "v1.10.1",
        "goproxy": goproxy,
        "outcome": outcome,
        "version": version,
        "message": message,
    }


def diagnosis(**facts: object) -> dict[str, Any]:
    provider = {
        "provider": "bootstrap-x",
        "version": "v1.0.0",
        "verdict": "sound",
        "routes": [],
        "clusterctl": [],
    }
    return {"providers": [{**provider, **facts}]}


def test_a_diagnosis_opens_with_the_verdict() -> None:
    assert diagnosis_text(diagnosis(), PLAIN).startswith("bootstrap-x v1.0.0: sound\n")
    assert diagnosis_text(diagnosis(version=None, verdict="broken"), PLAIN).startswith(
        "bootstrap-x: broken\n"
    )


def test_questions_of_one_route_with_one_outcome_share_a_line() -> None:
    routes = [
        {"question": "file", "route": "github-download", "outcome": "found", "evidence": name}
        for name in ("E1", "E2")
    ]
    routes.append({"question": "file", "route": "github-api", "outcome": "absent", "evidence": "E3"})
    lines = cells(diagnosis_text(diagnosis(routes=routes), replace(PLAIN, verbosity=1)))
    assert ["file", "github-download", "found", "E1,", "E2"] in lines
    assert ["file", "github-api", "absent", "E3"] in lines


def test_routes_stand_in_the_order_of_their_questions_and_name_evidence_only_when_asked() -> None:
    routes = [
        {"question": question, "route": "github-api", "outcome": "found", "evidence": "E1"}
        for question in ("file", "versions", "file", "repository")
    ]
    lines = cells(diagnosis_text(diagnosis(routes=routes), PLAIN))
    at = lines.index(["QUESTION", "ROUTE", "OUTCOME"])
    assert lines[at + 1 : at + 4] == [
        ["repository", "github-api", "found"],
        ["versions", "github-api", "found"],
        ["file", "github-api", "found"],
    ]


def test_what_a_route_also_lacks_is_told_only_when_asked() -> None:
    routes = [
        {"question": "versions", "route": "goproxy:p", "outcome": outcome, "evidence": "E1"}
        for outcome in ("absent", "found", "unavailable")
    ]
    brief = cells(diagnosis_text(diagnosis(routes=routes), PLAIN))
    assert ["versions", "goproxy:p", "absent"] not in brief
    assert ["versions", "goproxy:p", "found"] in brief
    assert ["versions", "goproxy:p", "unavailable"] in brief
    full = cells(diagnosis_text(diagnosis(routes=routes), replace(PLAIN, verbosity=1)))
    assert ["versions", "goproxy:p", "absent", "E1"] in full


def test_one_message_of_clusterctl_is_told_once_with_all_rows_that_say_it() -> None:
    rows = [row("unset", None), row("off", "same\nwords", None), row("unreachable", "same\nwords")]
    text = diagnosis_text(diagnosis(clusterctl=rows), PLAIN)
    assert "What clusterctl init would do here:" in text
    assert text.count("says:") == 1
    assert "v1.10.1 (off, unreachable) says:" in text
    assert ["v1.10.1", "off", "fails", "-"] in cells(text)


def test_a_message_of_all_rows_names_none_of_them() -> None:
    rows = [row("unset", "same"), row("off", "same")]
    assert "\nAll of them say:\n  same\n" in diagnosis_text(diagnosis(clusterctl=rows), PLAIN)


def test_a_description_as_clusterctl_lays_it_out() -> None:
    """clusterctl-resolution 11.2."""
    result = {"provider": RESOLVED, "variables": [{"name": "B"}, {"name": "A"}], "images": ["i:1"]}
    lines = description_text(result, PLAIN).splitlines()
    assert [line.split(":", 1)[0] for line in lines[:6]] == [
        "Name",
        "Type",
        "URL",
        "Version",
        "File",
        "TargetNamespace",
    ]
    assert lines[2].endswith("https://github.com/k0sproject/k0smotron/releases/")
    assert lines[4].endswith("bootstrap-components.yaml")
    assert lines[6:] == ["Variables:", "  - A", "  - B", "Images:", "  - i:1", ""]
    bare = description_text({"provider": NOTHING, "variables": [], "images": []}, PLAIN)
    assert "Variables:" not in bare
    assert "Images:" not in bare


@pytest.mark.parametrize(
    "url",
    [
        "oci://127.0.0.1:5000/conv0-tag:v1.2.3",
        "oci://registry.example/mirror/capi/infrastructure-aws:v2.8.1",
        f"oci://registry.example/infrastructure-aws@sha256:{'0' * 64}",
    ],
)
def test_the_description_of_an_artifact_names_its_repository_and_its_components_file(url: str) -> None:
    """An artifact holds the same two files as a release of any other kind (cli.md 7.5)."""
    files = {"metadata.yaml": None, "infrastructure-components.yaml": None}
    provider = {**RESOLVED, "repository": {"url": url, "kind": "oci", "name": url}, "files": files}
    lines = description_text({"provider": provider, "variables": [], "images": []}, PLAIN).splitlines()
    assert lines[2].split() == ["URL:", url]
    assert lines[4].split() == ["File:", "infrastructure-components.yaml"]
    unread = description_text(
        {"provider": {**provider, "files": {}}, "variables": [], "images": []}, PLAIN
    ).splitlines()
    assert unread[4].split() == ["File:"]
