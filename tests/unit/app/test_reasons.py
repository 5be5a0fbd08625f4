"""The reasons that ``resolve --explain`` prints, rule by rule."""

from __future__ import annotations

from capyctl.app.reasons import reasons_of
from capyctl.ports.fetch_errors import OfflineError
from tests.unit.app.fakes import (
    COMPONENTS,
    METADATA,
    GitHubWorld,
    failed,
    github,
    metadata,
    resolve,
    silent,
    table_entry,
)


def test_the_rules_in_the_order_in_which_they_decide() -> None:
    world = GitHubWorld(proxied=["v1.0.0", "v0.9.0"], latest="v1.0.0").release("v1.0.0")
    reasons = reasons_of(resolve(world.sources()))
    assert [name for name, _ in reasons] == ["asked for", "listed by", "series", "files"]
    told = dict(reasons)
    assert "goproxy:proxy.golang.org (2)" in told["listed by"]
    assert "github-web (v1.0.0)" in told["listed by"]
    assert told["series"].startswith("1.0 implements v1beta1, line 4 of its own metadata.yaml")
    assert told["series"].endswith("accepted: v1beta2 or v1beta1")
    assert told["files"] == f"{METADATA} by github-download, {COMPONENTS} by github-download"


def test_a_pin_says_that_no_list_is_asked_for() -> None:
    world = GitHubWorld().release("v1.0.0")
    told = dict(reasons_of(resolve(world.sources(), "bootstrap-widgets:v1.0.0")))
    assert told["asked for"] == "v1.0.0, as pinned: no list is asked for"
    assert "listed by" not in told


def test_an_address_may_pin() -> None:
    world = GitHubWorld().release("v1.0.0")
    told = dict(reasons_of(resolve(world.sources(), entry=table_entry(location=github("v1.0.0")))))
    assert told["asked for"] == "v1.0.0, as its address pins it"


def test_nothing_chosen_leaves_what_would_have_been_accepted() -> None:
    reasons = reasons_of(resolve(GitHubWorld(proxied=["v1.0.0"], latest=silent("github-web")).sources()))
    assert reasons[-1] == ("accepted", "v1beta2 or v1beta1")


def test_a_file_that_this_run_cannot_have() -> None:
    world = GitHubWorld(proxied=["v1.0.0"])
    world.files["v1.0.0", METADATA] = metadata("v1.0.0")
    world.files["v1.0.0", COMPONENTS] = failed(OfflineError, "snapshot")
    told = dict(reasons_of(resolve(world.sources())))
    assert f"{COMPONENTS} not to be had in this run" in told["files"]
