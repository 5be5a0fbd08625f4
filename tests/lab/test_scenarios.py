"""Every scenario that comes with capyctl can be used, and its world can be served."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from capyctl.core.version import parse_version
from capyctl.lab.errors import ScenarioInvalidError, UnknownScenarioError
from capyctl.lab.scenario import Scenario, list_scenarios, load_scenario, read_scenario, scenario_names
from tests.plugins.lab_fixture import OpenLab

# Issue 3 item 9: without what needs a cluster, an operator or a later stage; the last row needs no network.
_CASES = {f"F{number:02}" for number in range(1, 59)} - {
    *("F06", "F14", "F16", "F24", "F29", "F37", "F38", "F42", "F44", "F45", "F48", "F49", "F51", "F57"),
    *("F02", "F03", "F04", "F05", "F08", "F09", "F10", "F11", "F47", "F58"),
}


@pytest.mark.parametrize("name", scenario_names())
def test_a_scenario_opens_and_is_told_apart(lab: OpenLab, name: str) -> None:
    scenario = load_scenario(name)
    assert scenario.title
    assert scenario.description
    assert scenario.command
    assert all(re.fullmatch(r"F\d\d", case) for case in scenario.cases)
    assert set(scenario.near_misses) <= set(scenario_names()) - {name}
    assert scenario.near_misses or name == "sound"
    assert lab(scenario.world).proxy.startswith("http://127.0.0.1:")


@pytest.mark.parametrize("name", scenario_names())
def test_a_world_has_versions_that_can_be_told_apart(name: str) -> None:
    for repository in load_scenario(name).world.repositories:
        tags = [release.tag for release in repository.releases]
        assert len(set(tags)) == len(tags)
        assert all(parse_version(tag) for tag in (*tags, *repository.tags, *repository.withdrawn))
        numbers = [each.number for each in load_scenario(name).world.repositories]
        assert len(set(numbers)) == len(numbers)


def test_every_case_in_which_the_network_plays_a_part_has_a_scenario() -> None:
    assert {case for entry in list_scenarios() for case in entry.cases} >= _CASES


def test_the_list_gives_what_a_scenario_says() -> None:
    for entry in list_scenarios():
        scenario = load_scenario(entry.name)
        assert (entry.title, entry.cases, entry.command) == (scenario.title, scenario.cases, scenario.command)


def test_an_unknown_name_is_answered_with_the_nearest() -> None:
    with pytest.raises(UnknownScenarioError, match="Did you mean renamed-repository"):
        load_scenario("renamed-repositry")


_HEAD = "format: capyctl-scenario/1\ntitle: t\ndescription: d\n"


def _read(text: str) -> Scenario:
    return read_scenario(text.encode(), name="mine", file="mine.yaml")


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("[", "mine.yaml:"),
        ("- a\n", "one YAML document"),
        ("a: 1\n---\nb: 2\n", "one YAML document"),
        ("title: t\n", "format is missing"),
        ("format: capyctl-scenario/9\ntitle: t\n", "this release reads"),
        (_HEAD + "surprise: 1\n", "surprise is not known here; known are cases"),
        (_HEAD + "name: other\n", "name must be the file's own name"),
        (_HEAD + "cases: F01\n", "cases must be a list of texts"),
        (_HEAD + "environment: {GOPROXY: off}\n", "environment.GOPROXY must be a text, not False"),
        (_HEAD + "home: {../x: {text: here}}\n", "home must hold relative paths"),
        (_HEAD + "home: {x: {path: ../y}}\n", "home.x.path must be a path below"),
        (_HEAD + "world: {round_trip: soon}\n", "world.round_trip must be a duration"),
        (_HEAD + "world: {repositories: {acme: {}}}\n", "world.repositories.acme is not a repository"),
        (
            _HEAD + "world: {repositories: {a/b: {series: 1.0}}}\n",
            "world.repositories.a/b.series must be a text",
        ),
        (_HEAD + "world: {repositories: {a/b: {series: '1.0-2.0 v1beta1'}}}\n", "write '1.4 v1beta1'"),
        (_HEAD + "world: {faults: [{kind: gremlin}]}\n", "world.faults[0].kind must be one of dns"),
        (_HEAD + "world: {faults: [{kind: dns, when: x}]}\n", "world.faults[0].when is not known here"),
        (
            _HEAD + "world: {repositories: {a/b: {releases: {v1.0.0: {files: {x: {}}}}}}}\n",
            "needs one of text",
        ),
        (
            _HEAD + "world: {repositories: {a/b: {majors: {two: hidden}}}}\n",
            "world.repositories.a/b.majors.two",
        ),
        (_HEAD + "world: {gitlab: {host/p: {id: yes}}}\n", "world.gitlab.host/p.id must be a whole number"),
        (_HEAD + "extends: nothing-like-it\n", "No scenario is called"),
        (_HEAD + "extends: [sound]\n", "extends must name one scenario"),
    ],
)
def test_a_scenario_that_cannot_be_used_is_one_error_that_names_the_place(text: str, place: str) -> None:
    with pytest.raises((ScenarioInvalidError, UnknownScenarioError)) as caught:
        _read(text)
    assert place in caught.value.detail
    assert caught.value.diagnostic().code.code in {"CAPY1201", "CAPY1202"}


@pytest.mark.parametrize(
    "host", ["[::1", "h:99999", "", "H.example", "-h", "ab--c", "a" * 64, "a." * 120 + "bc"]
)
@pytest.mark.parametrize(
    ("place", "text"),
    [
        ("world.trees", "trees: {%s: {}}"),
        ("world.gitlab", "gitlab: {%s: {}}"),
        ("world.repositories", "repositories: {%s: {}}"),
        ("world.registries", "registries: {%s: {tokens: t.example, blobs: b.example}}"),
        ("world.registries.r.example.tokens", "registries: {r.example: {tokens: %s, blobs: b.example}}"),
    ],
)
def test_a_host_that_no_certificate_can_be_made_for_is_named_with_its_place(
    host: str, place: str, text: str
) -> None:
    whole = {"world.gitlab": f"{host}/g/p", "world.repositories": f"{host}/a/b"}.get(place, host)
    with pytest.raises(ScenarioInvalidError) as caught:
        _read(_HEAD + "world: {" + text % f"'{whole}'" + "}\n")
    assert caught.value.detail.startswith(f"mine.yaml: {place}")


def test_hosts_of_every_length_and_form_get_their_certificate(lab: OpenLab) -> None:
    hosts = ["h", "127.0.0.1", "a-b.example", "9.example", "a" * 63, "a." * 119 + "bc"]
    trees = ", ".join(f"'{host}': {{}}" for host in hosts)
    world = _read(_HEAD + f"world: {{trees: {{{trees}}}, repositories: {{'{hosts[-1]}/a/b': {{}}}}}}\n").world
    assert lab(world).proxy


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("environment: {'A=B': x}", "environment has 'A=B'"),
        ("environment: {'': x}", "environment has ''"),
        ('environment: {"A\\0": x}', "environment has 'A\\x00'"),
        ('environment: {A: "x\\0y"}', "environment.A has a NUL"),
        ('command: [a, "b\\0"]', "command has a NUL"),
        ("home: {'': {text: a}}", "home has ''"),
        ("home: {.: {text: a}}", "home has '.'"),
        ("home: {.config: {text: a}}", "home has '.config'"),
        ('home: {"a\\0": {text: a}}', "home has 'a\\x00'"),
        ("home: {" + "ä" * 128 + ": {text: a}}", "home has 'ä"),
        ("home: {? " + "a/" * 600 + "b : {text: a}}", "home has 'a/"),
        ("home: {a: {text: a}, a/b: {text: b}}", "home has 'a' for a file, and 'a/b'"),
        ("home: {a/b/c: {text: a}, a/b: {text: b}}", "home has 'a/b' for a file, and 'a/b/c'"),
        ("home: {a: {text: a}, ./a: {text: b}}", "home has 'a' and './a'"),
        ("world: {faults: [{kind: status, status: 99}]}", "world.faults[0].status must be"),
        ("world: {faults: [{kind: status, status: 600}]}", "world.faults[0].status must be"),
        ("world: {quota: {status: 0}}", "world.quota.status must be"),
        ("world: {faults: [{kind: status, headers: {'a b': c}}]}", "world.faults[0].headers has 'a b'"),
        ('world: {faults: [{kind: status, headers: {a: "b\\r\\nc: d"}}]}', "world.faults[0].headers has 'a'"),
        ("world: {faults: [{kind: status, headers: {a: ä}}]}", "world.faults[0].headers has 'a'"),
        ("world: {faults: [{kind: status, headers: {Transfer-Encoding: x}}]}", "which the lab itself writes"),
        ("title: again", "mine.yaml:4:1: the key 'title' stands twice"),
        ("world: {trees: {a: {}, a: {}}}", "mine.yaml:4:24: the key 'a' stands twice"),
    ],
)
def test_what_no_child_and_no_answer_can_have_is_named_with_its_place(text: str, place: str) -> None:
    with pytest.raises(ScenarioInvalidError) as caught:
        _read(_HEAD + text + "\n")
    assert place in caught.value.detail


@pytest.mark.parametrize(("name", "said"), [("pipe", "no regular file"), ('"a\\0"', "a character")])
def test_a_content_is_taken_from_a_regular_file_alone(tmp_path: Path, name: str, said: str) -> None:
    os.mkfifo(tmp_path / "pipe")
    text = _HEAD + f"home: {{x: {{path: {name}}}}}\n"
    with pytest.raises(ScenarioInvalidError, match=rf"home\.x\.path .*{said}"):
        read_scenario(text.encode(), name="mine", file="mine.yaml", folder=tmp_path)


def test_nothing_waits_for_a_pipe_in_the_place_of_a_scenario(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "f.yaml")
    code = f"from capyctl.lab.scenario import load_scenario; load_scenario({str(tmp_path / 'f.yaml')!r})"
    # A process of its own: what waits in open() can be ended from outside alone.
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, timeout=20, check=False
    )
    assert "UnknownScenarioError" in done.stderr
    assert "it is no regular file" in done.stderr


def test_a_world_is_laid_over_the_one_it_extends() -> None:
    world = _read(
        _HEAD + "extends: sound\nworld:\n  repositories:\n    k0sproject/k0smotron:\n"
        "      formerly: [a/b]\n      releases: {v2.1.0: null, v2.2.0: {}}\n"
    ).world
    repository = world.repository("a/b")
    assert repository is not None
    assert repository.name == "k0sproject/k0smotron"
    tags = {release.tag for release in repository.releases}
    assert "v2.2.0" in tags
    assert "v2.1.0" not in tags
    assert world.repository("kubernetes-sigs/cluster-api") is not None


def test_made_metadata_lists_the_series_up_to_the_release_itself() -> None:
    repository = load_scenario("sound").world.repository("kubernetes-sigs/cluster-api")
    assert repository is not None
    release = repository.release("v1.11.4")
    assert release is not None
    text = release.files["metadata.yaml"].render().decode()
    assert text.endswith("  - major: 1\n    minor: 11\n    contract: v1beta2\n")
    assert text.count("contract: v1beta1\n") == 11


def test_padding_makes_a_file_as_large_as_asked() -> None:
    text = _HEAD + "home: {big.yaml: {components: {label: infrastructure-x}, size: 1 MiB}}\n"
    size = len(_read(text).home["big.yaml"].render())
    assert 0.99 * 2**20 < size <= 2**20
