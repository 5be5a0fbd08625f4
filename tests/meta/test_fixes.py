"""Every failure ends in something that can be pasted, and what is pasted is understood (issue 3; cli.md 4)."""

from __future__ import annotations

import shlex
import shutil
import subprocess
from pathlib import Path

import pytest

from capyctl.core.codes import ALL_CODES
from capyctl.core.invocation import Invocation
from tests.meta import test_catalogue, test_codes
from tests.meta.fix_rules import WORDS_ONLY, commands_of, only_words
from tests.meta.worlds import CONFIGURATION, World, play_world
from tests.plugins.packaged_scenarios import packaged_scenario
from tests.scenario.playing import play_in

_WORLDS = {
    f"{kind}-{name}": worlds[0]
    for kind, table in (("code", test_codes._WORLDS), ("case", test_catalogue._WORLDS))
    for name, worlds in table.items()
}
_FLAGGED = "code-prerelease-flag"  # its scenario is a file that its own test writes; it is about a note


@pytest.mark.parametrize("name", sorted(set(_WORLDS) - {_FLAGGED}))
def test_a_failure_ends_in_something_to_paste_that_is_understood(tmp_path: Path, name: str) -> None:
    world = _WORLDS[name]
    document = play_world(world, tmp_path).document
    assert only_words(document) == []
    scenario = packaged_scenario(world.scenario)
    for command in commands_of([document]):
        program, *words = shlex.split(command)
        assert program == "capyctl"
        played = play_in(scenario, words, tmp_path, _variables(world, tmp_path))
        assert played.status not in {2, 70}, (command, played)


def _variables(world: World, home: Path) -> dict[str, str]:
    return {name: value.replace("{home}", str(home)) for name, value in world.environment.items()}


def test_an_excuse_is_about_a_code_that_exists() -> None:
    assert {name for _, name in WORDS_ONLY} <= {code.name for code in ALL_CODES}


_MINE = "providers:\n- name: acme\n  type: InfrastructureProvider\n  url: {url}\n"
_ACME = "https://github.com/acme/capi-acme/releases/latest/infrastructure-components.yaml"


@pytest.mark.parametrize(
    "words", ["resolve", "versions", "diagnose-provider", "generate provider", "init --dry-run"]
)
def test_the_options_that_say_where_to_look_go_along(tmp_path: Path, words: str) -> None:
    """A command that forgot them would ask about another provider, or none."""
    (tmp_path / "my files").mkdir()
    (tmp_path / "my files" / "c.yaml").write_text(_MINE.format(url=_ACME))
    (tmp_path / "t.yaml").write_text("providers: []\n")
    scenario = packaged_scenario("sound")
    config, providers = str(tmp_path / "my files" / "c.yaml"), str(tmp_path / "t.yaml")
    line = [*words.split(), "-i", "acme", "--config", config, f"--providers={providers}", "-o", "json"]
    document = play_in(scenario, line, tmp_path).document
    commands = commands_of([document])
    assert commands
    for command in commands:
        again = Invocation(words=tuple(shlex.split(command)[1:]))
        assert (again.value_of("--config"), again.value_of("--providers")) == (config, providers), command
        assert "unknown-provider" not in {
            item["name"] for item in play_in(scenario, list(again.words), tmp_path).document["diagnostics"]
        }


def test_no_command_repeats_a_credential(tmp_path: Path) -> None:
    world = World(
        words="resolve -i acme --config https://me:hush@files.corp.example/c.yaml", scenario="dns-failure"
    )
    played = play_world(world, tmp_path)
    assert "hush" not in played.stdout
    assert not any(fix["command"] for item in played.document["diagnostics"] for fix in item["fixes"])


def test_the_edit_of_a_hosts_kind_is_taken(tmp_path: Path) -> None:
    url = "https://ghe.corp.example/platform/acme/releases/latest/infrastructure-components.yaml"
    world = World(words="config provider infrastructure-acme", files={CONFIGURATION: _MINE.format(url=url)})
    played = play_world(world, tmp_path)
    (fix, *_) = played.roots[0]["fixes"]
    assert fix["edit"], played.document
    program = shutil.which("patch")
    assert program, "patch is needed to apply an edit as a user would"
    subprocess.run([program, fix["edit"]["file"]], input=fix["edit"]["patch"].encode(), check=True)
    scenario = packaged_scenario("sound")
    mended = play_in(scenario, ["config", "provider", "infrastructure-acme", "-o", "json"], tmp_path)
    assert (mended.status, mended.roots) == (0, [])
