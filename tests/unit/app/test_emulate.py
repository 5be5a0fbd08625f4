"""Six rows a provider, from facts asked side by side (cli.md 5, ``Emulated``)."""

from __future__ import annotations

from msgspec.structs import replace

from capyctl.app.emulate import Emulator
from capyctl.core.emulation_components import ComponentsReader
from capyctl.core.emulation_facts import FactAnswer, FactQuestion, ProxyList, Unavailable
from capyctl.core.emulation_request import Emulated, EmulatedOutcome, GoproxyState
from capyctl.core.identity import ProviderType
from capyctl.core.location import GitHubReleases
from capyctl.core.provider_table import BuiltInTable, RowFacts, TableEntry, build_table
from tests.unit.app.fakes import RoundAsker, github, table_entry, target
from tests.unit.core.emulation_facts_world import FactsWorld, metadata, namespace


class WorldFacts:
    """Answers of a `FactsWorld`, each question noted."""

    def __init__(self, world: FactsWorld) -> None:
        self._world = world
        self.asked: list[FactQuestion[object]] = []

    def answer(self, question: FactQuestion[object]) -> FactAnswer[object]:
        self.asked.append(question)
        return self._world._answer(question)


class NobodyKnows:
    """No answer to anything."""

    def answer(self, question: FactQuestion[object]) -> FactAnswer[object]:
        del question
        return Unavailable()


def core(name: str, kind: ProviderType, file: str) -> TableEntry:
    location = replace(github(components=file), owner="kubernetes-sigs", name="cluster-api")
    url = f"https://github.com/kubernetes-sigs/cluster-api/releases/latest/{file}"
    return replace(table_entry(name, kind, location, facts=RowFacts(since=("v1.0.0",))), url=url)


WIDGETS: GitHubReleases = github(components="infrastructure-components.yaml")
ENTRY = replace(
    table_entry("x", ProviderType.INFRASTRUCTURE, WIDGETS),
    url="https://github.com/acme/widgets/releases/latest/infrastructure-components.yaml",
)
TABLE = build_table(
    BuiltInTable(
        clusterctl="v1.14.0",
        rows=(
            core("cluster-api", ProviderType.CORE, "core-components.yaml"),
            core("kubeadm", ProviderType.BOOTSTRAP, "bootstrap-components.yaml"),
            core("kubeadm", ProviderType.CONTROL_PLANE, "control-plane-components.yaml"),
        ),
    ),
    configured=(ENTRY,),
)


def emulate(facts: WorldFacts | NobodyKnows, asker: RoundAsker, reference: str) -> tuple[Emulated, ...]:
    emulator = Emulator(table=TABLE, facts=facts, asker=asker, reader=ComponentsReader(lambda _: None))
    return emulator.emulate(target(reference, ENTRY))


def world() -> FactsWorld:
    found = FactsWorld().with_core()
    return found.release(
        "acme/widgets",
        "v1.0.0",
        metadata_yaml=metadata("1.0 v1beta1"),
        infrastructure__components_yaml=namespace("widgets-system"),
    )


def test_two_releases_in_three_states_and_no_question_twice() -> None:
    facts, asker = WorldFacts(world()), RoundAsker()
    rows = emulate(facts, asker, "infrastructure-x")
    assert [(row.release, row.goproxy) for row in rows] == [
        (release, state) for release in ("v1.10.1", "v1.13.6") for state in GoproxyState
    ]
    # A proxy that refuses costs about a minute of retries before the fall-back (resolution 5.8): a stall.
    assert {row.outcome for row in rows if row.goproxy is GoproxyState.UNREACHABLE} == {
        EmulatedOutcome.STALLS
    }
    assert {row.outcome for row in rows if row.goproxy is not GoproxyState.UNREACHABLE} == {
        EmulatedOutcome.INSTALLS
    }
    assert {row.version for row in rows} == {"v1.0.0"}
    assert len(facts.asked) == len(set(facts.asked))
    assert any(isinstance(question, ProxyList) for question in facts.asked)
    assert len(asker.rounds) <= 10


def test_a_pin_is_the_version_of_each_row() -> None:
    rows = emulate(WorldFacts(world()), RoundAsker(), "infrastructure-x:v1.0.0")
    assert {row.version for row in rows} == {"v1.0.0"}


def test_without_answers_every_row_is_unknown() -> None:
    rows = emulate(NobodyKnows(), RoundAsker(), "infrastructure-x")
    assert len(rows) == 6
    assert {row.outcome for row in rows} == {EmulatedOutcome.UNKNOWN}
