"""Kept answers of different times are no evidence against anybody (cli.md 6: sources that disagree)."""

from __future__ import annotations

from typing import Any

import pytest

from capyctl.lab.world import Majors
from tests.lab.test_lock import ACME, BEFORE, Site, acme, site, world
from tests.scenario.playing import Played

__all__ = ["site"]

AFTER = world(acme("v1.2.0", "v1.3.0", "v1.4.0"))
"""The module proxy lists v1.4.0 as well."""


def accusations(played: Played) -> list[dict[str, Any]]:
    return [each for each in played.document["diagnostics"] if each["name"] == "proxy-hides-version"]


@pytest.mark.parametrize("command", ["resolve", "diagnose-provider"])
def test_a_kept_list_that_is_older_than_the_release_hides_nothing(site: Site, command: str) -> None:
    site.run(BEFORE, "resolve", ACME)
    site.run(AFTER, "resolve", ACME, GOPROXY="direct")
    played = site.run(AFTER, command, ACME, "--offline", "--fail-on", "warning")
    assert (played.status, played.requests) == (0, ())
    (found,) = accusations(played)
    assert (found["severity"], found["confidence"]) == ("note", "possible")
    times = {each["as_of"] for each in played.document["evidence"] if each["route"] == "cache"}
    assert sum(found["detail"].count(each) for each in times) == 2
    assert not [fix for fix in found["fixes"] if fix["applicability"] == "safe"]
    # A run with network asks both again, and nobody hides anything.
    assert accusations(site.run(AFTER, command, ACME)) == []


def test_lists_that_were_asked_for_again_are_of_one_time(site: Site) -> None:
    late = world(acme("v1.2.0", "v2.0.0", majors={2: Majors.HIDDEN}))
    for _ in range(2):
        (found,) = accusations(site.run(late, "resolve", ACME))
        assert (found["severity"], found["confidence"]) == ("warning", "certain")
