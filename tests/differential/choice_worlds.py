"""The worlds and commands in which capyctl's choice is held against real clusterctl's."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec.structs import replace

from capyctl.lab.scenario import Scenario, list_scenarios
from capyctl.lab.world import Repository
from tests.differential.choice_random import random_cases
from tests.differential.choice_runs import ChoiceCase, Listing
from tests.differential.emulation_cases import Case, fast_cases
from tests.plugins.packaged_scenarios import packaged_scenario

_ENDLESS = {
    "captive-portal": "clusterctl asks for one major version after the other without end (W-9)",
    "inspection-without-variables": "it describes, and so chooses as required-variable-unset does",
    "rate-limit-nearly": "the quota lasts for one command",
    "private-repository": "clusterctl asks for the list for a minute (W-11)",
    "truncated-metadata": "clusterctl asks for the file for a minute (W-10)",
    "rejected-credential": "clusterctl asks for the list for a minute (W-11)",
}
"""Scenarios that are left out, and why."""

_OWN_STATE = (
    "accepted-credential",
    "private-repository-with-token",
    "rate-limit",
)
"""Scenarios whose credential or quota matters with ``GOPROXY=off`` alone."""

_CORE = ("kubernetes-sigs/cluster-api", "cert-manager/cert-manager")


def all_cases() -> list[ChoiceCase]:
    """Scenarios, odd worlds of the emulation, and random worlds."""
    return [*scenario_cases(), *odd_cases(), *unusual_local_cases(), *random_cases()]


def unusual_local_cases() -> list[ChoiceCase]:
    """Local trees whose address clusterctl calls no absolute path (F08)."""
    (plain,) = (case for case in odd_cases() if case.name == "local tree")
    folder = ".config/cluster-api/"
    return [
        _with_address(plain, "local tree by a variable", "$HOME/repo", ""),
        _with_address(plain, "local tree beside the configuration", "repo", folder),
    ]


def _with_address(case: ChoiceCase, name: str, base: str, folder: str) -> ChoiceCase:
    configuration = ".config/cluster-api/clusterctl.yaml"
    moved = {f"{folder}{path}": data for path, data in case.home.items() if path != configuration}
    changed = case.home[configuration].replace(b"{home}/repo", base.encode())
    return replace(case, name=name, home={configuration: changed, **moved})


def scenario_cases() -> list[ChoiceCase]:
    """Every scenario that comes with a command of ``clusterctl generate provider``."""
    names = [
        entry.name
        for entry in list_scenarios()
        if entry.command[:3] == ("clusterctl", "generate", "provider")
    ]
    return [scenario_case(packaged_scenario(name)) for name in names if name not in _ENDLESS]


def scenario_case(scenario: Scenario) -> ChoiceCase:
    """A scenario with its own command."""
    environment = {name: value for name, value in scenario.environment.items() if name != "GOPROXY"}
    return ChoiceCase(
        name=scenario.name,
        world=scenario.world,
        words=scenario.command[3:],
        environment=environment,
        home={name: content.render() for name, content in scenario.home.items()},
        listings=(Listing.OFF,) if scenario.name in _OWN_STATE else (Listing.UNSET, Listing.OFF),
    )


def odd_cases() -> list[ChoiceCase]:
    """The worlds of the emulation's suite, each with one thing wrong in it."""
    return [_odd_case(case) for case in fast_cases()]


def _odd_case(case: Case) -> ChoiceCase:
    home = {".config/cluster-api/clusterctl.yaml": entry} if (entry := b"".join(_entry(case))) else {}
    one_file = case.name.startswith(("metadata ", "components "))
    return ChoiceCase(
        name=_name(case),
        world=replace(case.world, repositories=(*case.world.repositories, *_core_of(case))),
        words=(f"--{case.type.flag}", case.spec),
        environment=case.variables,
        home={**home, **case.local},
        listings=(Listing.UNSET,) if one_file or _is_deaf_to_goproxy(case) else (Listing.UNSET, Listing.OFF),
    )


def _name(case: Case) -> str:
    """The emulation's name, and what it leaves out."""
    if not case.name.startswith("built-in"):
        return case.name
    return f"{case.type.flag} {' with '.join((case.name, *case.variables))}"


def _is_deaf_to_goproxy(case: Case) -> bool:
    return case.name.startswith(("local", "relative", "GitLab", "another host", "plain http", "unknown"))


def _entry(case: Case) -> Iterator[bytes]:
    if case.address is not None:
        yield f"providers:\n- name: x\n  type: {case.type.value}\n  url: {case.address}\n".encode()


def _core_of(case: Case) -> list[Repository]:
    present = {repository.name for repository in case.world.repositories}
    sound = packaged_scenario("sound").world
    return [found for name in _CORE if name not in present and (found := sound.repository(name))]
