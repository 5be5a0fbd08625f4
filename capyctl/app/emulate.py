"""What clusterctl itself would do, from the world just observed: six rows a provider (cli.md 5, Emulated)."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial

from msgspec import Struct

from capyctl.app.resolution import Target
from capyctl.core.emulation import emulate
from capyctl.core.emulation_components import ComponentsReader
from capyctl.core.emulation_facts import FactAnswer, FactQuestion, Unavailable
from capyctl.core.emulation_release import EMULATED_RELEASES, ClusterctlRelease
from capyctl.core.emulation_request import Emulated, EmulationRequest, GoproxyState, MissingFacts
from capyctl.core.identity import ProviderKey
from capyctl.core.provider_table import ProviderTable
from capyctl.ports.asking import Asker
from capyctl.ports.clusterctl_facts import ClusterctlFacts

_ROUNDS = 40
"""Most rounds of questions for one provider; the emulation asks in some ten at the most."""


class Emulator(Struct, frozen=True, kw_only=True):
    """Emulates clusterctl; constructing it asks nothing.

    Attributes:
        reader: processes components with this user's variables. goproxy: the user's GOPROXY, or None.
        cert_manager_url, cert_manager_version: from the configuration, or None.
    """

    table: ProviderTable
    facts: ClusterctlFacts
    asker: Asker
    reader: ComponentsReader
    goproxy: str | None = None
    cert_manager_url: str | None = None
    cert_manager_version: str | None = None

    def emulate(self, target: Target) -> tuple[Emulated, ...]:
        """The rows of one provider, each release in each state of GOPROXY."""
        known: dict[FactQuestion[object], FactAnswer[object]] = {}
        requests = [
            self._request(target, release, state) for release in EMULATED_RELEASES for state in GoproxyState
        ]
        for _ in range(_ROUNDS):
            results = [emulate(request, known, self.reader) for request in requests]
            missing = {
                question
                for result in results
                if isinstance(result, MissingFacts)
                for question in result.questions
            }
            if not missing:
                break
            known.update(self._ask(missing))
        else:
            # What is still missing after so many rounds is not going to come: those rows stay unknown.
            known.update({question: Unavailable() for question in missing})
            results = [emulate(request, known, self.reader) for request in requests]
        return tuple(result for result in results if isinstance(result, Emulated))

    def _ask(self, questions: set[FactQuestion[object]]) -> Mapping[FactQuestion[object], FactAnswer[object]]:
        ordered = sorted(questions, key=repr)
        answers = self.asker.together([partial(self.facts.answer, question) for question in ordered])
        return dict(zip(ordered, answers, strict=True))

    def _request(self, target: Target, release: ClusterctlRelease, state: GoproxyState) -> EmulationRequest:
        return EmulationRequest(
            release=release,
            goproxy=state,
            key=target.entry.key,
            tag=target.reference.version,
            addresses=_addresses(self.table, release.version),
            goproxy_value=self.goproxy,
            cert_manager_url=self.cert_manager_url,
            cert_manager_version=self.cert_manager_version,
        )


def _addresses(table: ProviderTable, release: str) -> dict[ProviderKey, str]:
    return {entry.key: entry.url for entry in table.as_of_release(release).entries}
