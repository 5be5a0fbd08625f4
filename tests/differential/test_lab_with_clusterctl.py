"""What real clusterctl does in the lab's worlds: the facts that the emulation and the comparison rest on.

Every outcome here was given by the real binaries; those of real-parts.md 1 and clusterctl-resolution.md are named.
"""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
import threading
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from capyctl.lab.lab import Lab
from capyctl.lab.request_log import RequestRecord
from capyctl.lab.run import LabRun, child_environment, furnish, open_lab
from tests.differential.conftest import RunClusterctl, in_the_lab
from tests.plugins.packaged_scenarios import packaged_scenario
from tests.plugins.real_parts import Clusterctl, find_clusterctl

_IMAGE_TAG = re.compile(r"image: registry\.example\.com/[^:]+:(\S+)")
_NO_SERIES = "does not match any release series"
_NO_RELEASES = "failed to find releases tagged with a valid semantic version number"
_JSON_PARSE = "couldn't get version/kind; json parse error"
_UNSUPPORTED_HOST = 'Only GitHub and GitLab are supported for "https" schema'
_EMPTY_API_VERSION = 'unexpected apiVersion "" for provider addon-helm'
_TWO_NAMESPACES = "There should be no more than one resource with Kind Namespace"

# Scenario, then what v1.10.1 and v1.13.6 make of its own command: a version installed, or a part of the message.
_OUTCOMES: dict[str, tuple[str, str]] = {
    "accepted-credential": ("v0.6.4", "v0.6.4"),
    "all-in-one-manifest": (_TWO_NAMESPACES, _TWO_NAMESPACES),
    "announced-early-series": (_NO_RELEASES, "v0.6.5"),
    "archived-project": ("detected v1alpha4 for provider nested", "detected v1alpha4 for provider nested"),
    "branch-marker-alpha": ("v0.14.7", "v0.14.7"),
    "build-metadata-in-version": (
        "release not found for version v1.13.6+d32ac08",
        "release not found for version v1.13.6+d32ac08",
    ),
    "capital-letters-owner": ("v0.1.7", "v0.1.7"),
    "components-missing": (
        'failed to get file "addon-components.yaml" from "v0.6.5" release',
        'failed to get file "addon-components.yaml" from "v0.6.5" release',
    ),
    "contract-too-old": (
        "detected v1alpha4 for provider openstack",
        "detected v1alpha4 for provider openstack",
    ),
    "download-address": (
        "release not found for version download",
        "release not found for version download",
    ),
    "draft-release": ("v0.6.4", "v0.6.4"),
    "duplicate-series": ("v0.6.4", "v0.6.4"),
    "empty-metadata": (_NO_SERIES, _EMPTY_API_VERSION),
    "enterprise-host": (_UNSUPPORTED_HOST, _UNSUPPORTED_HOST),
    "gitlab": ("v0.3.1", "v0.3.1"),
    "gitlab-path-not-encoded": (
        "a GitLab repository url should be in the form",
        "a GitLab repository url should be in the form",
    ),
    "gitlab-private": ("got 404", "got 404"),
    "gitlab-private-with-token": ("v0.3.1", "v0.3.1"),
    "hidden-major": ("v1.10.9", "v1.10.9"),
    "https-tree": (_UNSUPPORTED_HOST, _UNSUPPORTED_HOST),
    "incompatible-major": ("v1.10.9", "v1.10.9"),
    "json-record": (_NO_SERIES, _EMPTY_API_VERSION),
    "kind-missing": ("v0.6.4", "v0.6.4"),
    "lfs-pointer": (_JSON_PARSE, _JSON_PARSE),
    "metadata-missing": (
        'failed to get file "metadata.yaml" from "v0.6.3" release',
        'failed to get file "metadata.yaml" from "v0.6.3" release',
    ),
    "module-list-stops-early": ("v1.5.2", "v1.5.2"),
    "moved-project-no-namespace": (_NO_SERIES, "v1.0.3"),
    "newer-prerelease": ("v0.14.7", "v0.14.7"),
    "newest-contract-too-new": ("v2.9.3", "v2.11.1"),
    "newest-incomplete": ('failed to get file "metadata.yaml" from "v2.1.1" release',) * 2,
    "no-namespace": ("target namespace can't be defaulted", "target namespace can't be defaulted"),
    "own-series-missing": ("v0.6.4", _NO_SERIES),
    "prereleases-only": ("v1.1.0-rc.2", "v1.1.0-rc.2"),
    "private-repository-with-token": ("v0.6.4", "v0.6.4"),
    "rate-limit": ("Please wait one hour or get a personal API token",) * 2,
    "rate-limit-nearly": ("v0.6.4", "v0.6.4"),
    "release-being-built": ('failed to get file "metadata.yaml" from "v1.14.1" release',) * 2,
    "release-candidate-without-series": ("v1.0.3", "v1.0.3"),
    "renamed-organisation": ("v0.6.12", "v0.6.12"),
    "renamed-repository": ("v2.1.0", "v2.1.0"),
    "renamed-repository-goproxy-off": (
        f"invalid provider metadata: version v2.1.0 for the provider k0sproject-k0smotron {_NO_SERIES}",
        "v2.1.0",
    ),
    "required-variable-unset": ("value for variables [AWS_B64ENCODED_CREDENTIALS] is not set",) * 2,
    "sign-in-page-for-files": (_JSON_PARSE, _JSON_PARSE),
    "sound-goproxy-off": ("v0.6.4", "v0.6.4"),
    "tag-without-release": ("v0.6.4", "v0.6.4"),
    "tag-without-release-pinned": (_NO_RELEASES, _NO_RELEASES),
    "template-missing": ("v0.14.7", "v0.14.7"),
    "two-namespaces": (_TWO_NAMESPACES, _TWO_NAMESPACES),
    "unknown-host-form": (_UNSUPPORTED_HOST, _UNSUPPORTED_HOST),
    "unreadable-metadata": ("could not find expected ':'", "could not find expected ':'"),
    "withdrawn-release": ("v2.9.3", "v2.11.1"),
    "wrong-api-version": ('no kind "Metadata" is registered for version',) * 2,
    "wrong-kind": ("unknown conversion", "unknown conversion"),
}


def _installed(run: LabRun) -> str | None:
    """The tag that made components carry in their image."""
    tags = set(_IMAGE_TAG.findall(run.stdout))
    assert len(tags) <= 1
    return tags.pop() if tags and run.exit_status == 0 else None


@pytest.mark.parametrize("name", sorted(_OUTCOMES))
def test_real_clusterctl_in_a_scenario(
    clusterctl: Clusterctl, run_clusterctl: RunClusterctl, name: str
) -> None:
    expected = _OUTCOMES[name][clusterctl.version == "v1.13.6"]
    run = run_clusterctl(clusterctl, name, packaged_scenario(name).command[1:])
    if re.match(r"v\d", expected):
        assert (run.exit_status, run.stderr, _installed(run)) == (0, "", expected)
    else:
        assert (run.exit_status, run.stdout) == (1, "")
        assert expected in run.stderr


def _trace(run: LabRun) -> list[tuple[str, int | None, str | None]]:
    return [(record.url, record.status, record.headers.get("accept")) for record in run.requests]


def test_v1_10_1_loses_its_accept_header_on_the_redirect(
    clusterctl_v1_10_1: Clusterctl, run_clusterctl: RunClusterctl
) -> None:
    """The trace of real-parts.md 1."""
    run = run_clusterctl(
        clusterctl_v1_10_1,
        "renamed-repository-goproxy-off",
        ["generate", "provider", "--bootstrap", "k0sproject-k0smotron"],
    )
    (old, status, accept), (new, new_status, new_accept) = _trace(run)[-2:]
    assert old.startswith("https://api.github.com/repos/k0smotron/k0smotron/releases/assets/")
    assert (status, accept) == (301, "application/octet-stream")
    assert new.startswith("https://api.github.com/repositories/612034/releases/assets/")
    assert (new_status, new_accept) == (200, "*/*")


def test_v1_13_6_keeps_it(clusterctl_v1_13_6: Clusterctl, run_clusterctl: RunClusterctl) -> None:
    run = run_clusterctl(
        clusterctl_v1_13_6,
        "renamed-repository-goproxy-off",
        ["generate", "provider", "--bootstrap", "k0sproject-k0smotron"],
    )
    assets = [
        (status, accept)
        for url, status, accept in _trace(run)
        if "/repositories/612034/releases/assets/" in url
    ]
    assert assets == [(302, "application/octet-stream")] * 2


@pytest.mark.parametrize("version", ["v1.5.1", "v1.5.2"])
@pytest.mark.parametrize("goproxy", ["", "off"])
def test_a_pin_of_the_renamed_repository(
    clusterctl: Clusterctl, run_clusterctl: RunClusterctl, version: str, goproxy: str
) -> None:
    """v1.5.1 lacks its own series and fails in every state; v1.5.2 is sound (real-parts.md 1)."""
    run = run_clusterctl(
        clusterctl,
        "renamed-repository-goproxy-off",
        ["generate", "provider", "--bootstrap", f"k0sproject-k0smotron:{version}"],
        {"GOPROXY": goproxy},
    )
    if version == "v1.5.2" and (goproxy == "" or clusterctl.version == "v1.13.6"):
        assert _installed(run) == "v1.5.2"
    else:
        assert (run.exit_status, _NO_SERIES in run.stderr) == (1, True)


_AWS = ["generate", "provider", "--infrastructure", "aws:v2.8.1"]
_VARIABLES = {"AWS_B64ENCODED_CREDENTIALS": "bm90aGluZw=="}


@pytest.mark.parametrize(
    ("goproxy", "questions"),
    [
        # clusterctl-resolution.md 5.7, happy-path trace: three lists, metadata of latest and pin, components.
        ("", {"goproxy": 3, "github-download": 3, "objects": 3}),
        # one list, two releases, three assets, each asset over the objects host
        ("off", {"github-api": 6, "objects": 3}),
    ],
)
def test_what_a_pin_costs(
    clusterctl_v1_13_6: Clusterctl, run_clusterctl: RunClusterctl, goproxy: str, questions: dict[str, int]
) -> None:
    run = run_clusterctl(clusterctl_v1_13_6, "sound", _AWS, _VARIABLES | {"GOPROXY": goproxy})
    routes = [record.route for record in run.requests]
    assert {route: routes.count(route) for route in set(routes)} == questions
    # One question after the other: every question is a round of its own.
    starts = [record for record in run.requests if record.follows is None]
    assert [record.round for record in starts] == list(range(1, len(starts) + 1))


def test_a_captive_portal_makes_the_list_endless(
    clusterctl_v1_13_6: Clusterctl,
) -> None:
    """clusterctl-resolution.md 5.2: a server that answers 200 to every path."""
    scenario = packaged_scenario("captive-portal")
    command = [str(clusterctl_v1_13_6.path), "generate", "provider", "--addon", "helm"]
    with open_lab(scenario.world) as lab, tempfile.TemporaryDirectory() as home:
        furnish(Path(home), scenario)
        environment = child_environment(scenario, lab, {"PATH": os.environ["PATH"]}, home)
        with subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL) as endless:
            try:
                asked = _asked_until(lab, endless, 200)
                assert endless.poll() is None
            finally:
                endless.kill()
    assert [each.path.endswith("/v100/@v/list") for each in asked[99:101]] == [True, False]


def _asked_until(lab: Lab, child: subprocess.Popen[bytes], count: int) -> tuple[RequestRecord, ...]:
    """What was asked once it is so much, or once the child has ended; a minute is taken to be a hang."""
    pause = threading.Event()
    for _ in range(6000):
        if len(lab.requests) >= count or child.poll() is not None:
            break
        pause.wait(0.01)
    return lab.requests


_SLOW_RUNS: tuple[tuple[str, dict[str, str]], ...] = (
    ("server-errors", {"GOPROXY": ""}),
    ("server-errors", {"GOPROXY": "off"}),
    ("module-proxy-500", {}),
    ("rejected-credential", {}),
)


def _slow_runs() -> list[LabRun]:
    """Each by v1.10.1; they wait side by side."""
    program = find_clusterctl("v1.10.1")

    def played(case: tuple[str, dict[str, str]]) -> LabRun:
        return in_the_lab(program, case[0], ["generate", "provider", "--addon", "helm:v0.6.4"], case[1])

    with ThreadPoolExecutor(len(_SLOW_RUNS)) as pool:
        return list(pool.map(played, _SLOW_RUNS))


@pytest.mark.slow
@pytest.mark.waits(runs=_slow_runs)
def test_clusterctl_tries_for_a_minute_per_question(awaited: list[LabRun]) -> None:
    """real-parts.md 1: 121 s (two questions), 61 s, and 60 s to a silent success."""
    unset, off, proxy, token = awaited
    assert (_tried_again(unset), unset.exit_status) == ({"github.com", "api.github.com"}, 1)
    assert (_tried_again(off), off.exit_status) == ({"api.github.com"}, 1)
    assert (_tried_again(proxy), _installed(proxy), proxy.stderr) == ({"proxy.golang.org"}, "v0.6.4", "")
    assert _tried_again(token) == {"api.github.com"}
    # The last try races with the deadline: what is told of it is the 401, or that the time was up.
    assert any(told in token.stderr for told in ("per_page=100: 401 ", "context deadline exceeded"))


def _tried_again(run: LabRun) -> set[str]:
    """Hosts that were asked the same thing every ten seconds of a minute; less than half of that is enough."""
    asked = Counter((record.host, record.method, record.path) for record in run.requests)
    return {host for (host, _, _), tries in asked.items() if tries >= 3}
