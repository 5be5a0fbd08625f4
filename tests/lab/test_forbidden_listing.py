"""``GOPROXY=off`` with ``CAPYCTL_GOPROXY_OFF``: which questions a run asks that may list nothing (cli.md 2)."""

from __future__ import annotations

from typing import Any

import pytest

from capyctl.lab.world import ImageRegistry, StoredImage
from tests.lab.test_lock import ACME, BEFORE, HUB, Site, site, world
from tests.scenario.playing import Played

__all__ = ["site"]

STRICT = {"GOPROXY": "off", "CAPYCTL_GOPROXY_OFF": "strict"}
LISTS = ("/@v/list", "/tags/list", "/releases/latest", "/info/refs", "/git-upload-pack", "per_page=")


def lists(played: Played) -> list[str]:
    """The questions for a list, or for the newest of one."""
    asked = [f"{each['host']}{each['path']}" for each in played.requests]
    return [each for each in asked if any(part in each for part in LISTS)]


def emulated(played: Played) -> set[tuple[str, str | None]]:
    (row,) = played.document["result"]["providers"]
    return {(each["outcome"], each["version"]) for each in row["clusterctl"]}


def names(played: Played) -> list[str]:
    return [each["name"] for each in played.document["diagnostics"]]


@pytest.mark.parametrize(("reference", "status"), [(ACME, 3), (f"{ACME}:v1.2.0", 0)])
def test_a_diagnosis_lists_nothing_and_says_nothing_of_clusterctl_that_needs_a_list(
    site: Site, reference: str, status: int
) -> None:
    words = ("diagnose-provider", reference, "--no-cache")
    played = site.run(BEFORE, *words, **STRICT)
    assert (played.status, lists(played)) == (status, [])
    assert {outcome for outcome, _ in emulated(played)} == {"unknown"}
    # The same questions are seen where listing is allowed.
    assert lists(site.run(BEFORE, *words, GOPROXY="off"))


def test_a_diagnosis_takes_the_lists_that_are_kept(site: Site) -> None:
    site.run(BEFORE, "diagnose-provider", ACME)
    played = site.run(BEFORE, "diagnose-provider", ACME, **STRICT)
    assert (played.status, lists(played)) == (0, [])
    assert {version for _, version in emulated(played)} == {"v1.3.0"}
    assert "unknown" not in {outcome for outcome, _ in emulated(played)}


def test_the_newest_node_image_is_not_looked_for_in_a_list(site: Site) -> None:
    held = {"kindest/node": {tag: (StoredImage(),) for tag in ("v1.34.8", "v1.34.9")}}
    registry = ImageRegistry(host=HUB, tokens="auth.docker.io", blobs="blobs.example.org", repositories=held)
    seen = world(registries=(registry,))
    words = ("kubernetes-version", "image", "v1.34.8", "--no-cache")
    found: dict[str, Any] = {}
    for name, variables in (("strict", STRICT), ("off", {"GOPROXY": "off"})):
        played = site.run(seen, *words, **variables)
        assert (played.status, played.document["result"]["exists"]) == (0, True)
        found[name] = (played.document["result"]["newest"], names(played), len(lists(played)))
    assert found == {"strict": (None, ["newest-image-unknown"], 0), "off": ("v1.34.9", [], 1)}


@pytest.mark.parametrize(
    "words",
    [
        ("resolve", ACME),
        ("diagnose-provider", f"{ACME}:v1.2.0"),
        ("lock", ACME),
        ("init", "--dry-run"),
        ("upgrade", "plan"),
        ("kubernetes-version", "image", "v1.34.8"),
        ("resolve", ACME, "--config", "https://conf.example.org/clusterctl.yaml"),
    ],
)
def test_a_prohibition_that_cannot_be_read_stops_the_run_before_it_asks(
    site: Site, words: tuple[str, ...]
) -> None:
    played = site.run(BEFORE, *words, GOPROXY="off", CAPYCTL_GOPROXY_OFF="Strict")
    assert (played.status, played.document["result"], played.requests) == (1, None, ())
    assert names(played) == ["setting-invalid"]


def test_a_prohibition_that_cannot_be_read_is_shown_among_the_settings(site: Site) -> None:
    played = site.run(BEFORE, "config", "view", CAPYCTL_GOPROXY_OFF="Strict")
    assert (played.status, names(played)) == (1, ["setting-invalid"])
    assert played.document["result"]["settings"]
