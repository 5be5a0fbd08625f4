"""A command line in a scenario of the lab, with files and variables of its own: the worlds of codes and cases."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from msgspec import Struct, field

from capyctl.lab.run import furnish
from tests.plugins.packaged_scenarios import packaged_scenario
from tests.scenario.playing import Played, play_in

CONFIGURATION = ".config/cluster-api/clusterctl.yaml"


class World(Struct, frozen=True, kw_only=True):
    """A command line in a scenario; ``files`` are added to its home, ``{home}`` anywhere is that folder."""

    words: str
    scenario: str = "sound"
    files: Mapping[str, str] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)


def play_world(world: World, home: Path) -> Played:
    """Run the command line in a fresh lab, with ``home`` furnished for it."""
    scenario = packaged_scenario(world.scenario.replace("{home}", str(home)))
    furnish(home, scenario)
    for name, text in world.files.items():
        path = home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text.replace("{home}", str(home)).replace("{{", "{").replace("}}", "}"))
    changes = {name: value.replace("{home}", str(home)) for name, value in world.environment.items()}
    words, separator, command = world.words.replace("{home}", str(home)).partition(" -- ")
    return play_in(
        scenario, [*words.split(), "-o", "json", *separator.split(), *command.split()], home, changes
    )


def provider_entry(url: str) -> dict[str, str]:
    """A configuration with the provider infrastructure-acme at this address."""
    entry = f"providers:\n- name: acme\n  type: InfrastructureProvider\n  url: {url}\n"
    return {CONFIGURATION: entry}
