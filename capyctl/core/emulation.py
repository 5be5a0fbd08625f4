"""What real clusterctl would do: ``init`` and ``generate provider`` of a release, from facts (cli.md 5).

Pure: the same facts give the same answer. Where facts are missing the answer is the questions; whoever calls
fetches them side by side and calls again (issue 3, item 7).
"""

from __future__ import annotations

from collections.abc import Callable

from capyctl.core.emulation_components import ComponentsReader
from capyctl.core.emulation_facts import FactBook, Facts, MissingFactsError, UndeterminedError
from capyctl.core.emulation_init import Init
from capyctl.core.emulation_messages import generate_contract_words, generate_series_words
from capyctl.core.emulation_provider import open_provider, read_components, read_metadata
from capyctl.core.emulation_proxy import clusterctl_proxy
from capyctl.core.emulation_request import (
    Emulated,
    EmulatedOutcome,
    EmulationRequest,
    GoproxyState,
    MissingFacts,
)
from capyctl.core.emulation_run import HangsError, Run
from capyctl.core.emulation_text import ClusterctlError, SemanticVersion, VersionTextError, parse_semantic
from capyctl.core.goproxy_list import DEFAULT_PROXY

_STALL_SECONDS = 30


def emulate(request: EmulationRequest, facts: Facts, reader: ComponentsReader) -> Emulated | MissingFacts:
    """``clusterctl init --TYPE NAME[:TAG]`` on an empty cluster."""
    return _emulated(request, facts, lambda run: Init(request=request, run=run, reader=reader).go())


def emulate_generate(
    request: EmulationRequest, facts: Facts, reader: ComponentsReader
) -> Emulated | MissingFacts:
    """``clusterctl generate provider --TYPE NAME[:TAG]``: the same machinery with other messages."""
    return _emulated(request, facts, lambda run: _generate(request, run, reader))


def _emulated(request: EmulationRequest, facts: Facts, go: Callable[[Run], None]) -> Emulated | MissingFacts:
    run = _run(request, facts)
    message = None
    try:
        go(run)
        outcome = EmulatedOutcome.STALLS if run.seconds >= _STALL_SECONDS else EmulatedOutcome.INSTALLS
    except MissingFactsError as error:
        return MissingFacts(questions=error.questions)
    except UndeterminedError:
        outcome = EmulatedOutcome.UNKNOWN
    except HangsError:
        outcome, run.chosen = EmulatedOutcome.STALLS, None
    except ClusterctlError as error:
        outcome, message = EmulatedOutcome.FAILS, error.message
    return Emulated(
        release=request.release.version,
        goproxy=request.goproxy,
        outcome=outcome,
        version=run.chosen,
        message=message,
        seconds=run.seconds,
    )


def _run(request: EmulationRequest, facts: Facts) -> Run:
    proxy: str | None = DEFAULT_PROXY
    if request.goproxy is GoproxyState.OFF:
        proxy = None
    elif request.goproxy is GoproxyState.UNSET:
        proxy = clusterctl_proxy(request.goproxy_value) or DEFAULT_PROXY
    return Run(
        release=request.release,
        book=FactBook(facts),
        proxy=proxy,
        proxy_refuses=request.goproxy is GoproxyState.UNREACHABLE,
    )


def _generate(request: EmulationRequest, run: Run, reader: ComponentsReader) -> None:
    key, label = request.key, request.key.manifest_label
    pin = run.chosen = request.pin
    repository = open_provider(run, key, request.addresses.get(key), pin)
    version = run.chosen = pin or repository.default_version
    metadata = read_metadata(run, repository, label, version)
    series = metadata.contract_of(_parsed(version))
    if series is None:
        raise ClusterctlError(generate_series_words(key.name, version))
    if series not in request.release.compatible:
        raise ClusterctlError(generate_contract_words(request.release, request.key.name, series))
    # A second client is built; positive answers are remembered, failed ones cost their time once more.
    again = open_provider(run, key, request.addresses.get(key), pin)
    read_components(run, again, label, version, reader)


def _parsed(version: str) -> SemanticVersion:
    try:
        return parse_semantic(version)
    except VersionTextError as error:
        raise ClusterctlError(str(error)) from None
