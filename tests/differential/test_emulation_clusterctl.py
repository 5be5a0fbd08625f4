"""The emulation against real clusterctl: outcome, version and message of ``generate provider``.

Facts come from the lab over HTTP, the expectation from the real binaries in the same world. Each known
divergence stands in a table with its reason; one that no longer diverges fails too.
"""

from __future__ import annotations

import os
import re
import subprocess
import tempfile
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from msgspec import Struct
from msgspec.structs import replace

from capyctl.core.emulation import emulate_generate
from capyctl.core.emulation_components import ComponentsReader
from capyctl.core.emulation_release import V1_10_1, V1_13_6, ClusterctlRelease
from capyctl.core.emulation_request import (
    Emulated,
    EmulatedOutcome,
    EmulationRequest,
    GoproxyState,
)
from capyctl.core.identity import ProviderKey, ProviderType
from capyctl.lab.lab import Lab
from capyctl.lab.run import open_lab
from tests.differential.emulation_cases import Case, fast_cases, slow_cases
from tests.differential.emulation_network import LabNetwork
from tests.plugins.real_parts import find_clusterctl

_RELEASES = (V1_10_1, V1_13_6)
_STATES = (GoproxyState.UNSET, GoproxyState.OFF)
_ROUNDS = 30
_TRIES, _STALL_SECONDS = 3, 30
"""A clusterctl that has asked the same thing this often is in one of its minutes of trying (every 10 s for 60 s);
a prediction of this many seconds says that it will be.
"""
_CAUSE = re.compile(
    r"(: 404 Not Found|: failed to get the list of releases.*|: failed to download file .*|"
    r": failed to read release .*)$"
)
_VERSION = re.compile(r"^Version:\s+(\S+)$", re.MULTILINE)
_K0SMOTRON = ProviderKey(type=ProviderType.BOOTSTRAP, name="k0sproject-k0smotron")
_BUILT_IN = {
    ProviderKey(type=ProviderType.CORE, name="cluster-api"): "kubernetes-sigs/cluster-api",
    ProviderKey(type=ProviderType.BOOTSTRAP, name="kubeadm"): "kubernetes-sigs/cluster-api",
    ProviderKey(type=ProviderType.CONTROL_PLANE, name="kubeadm"): "kubernetes-sigs/cluster-api",
    ProviderKey(type=ProviderType.INFRASTRUCTURE, name="aws"): "kubernetes-sigs/cluster-api-provider-aws",
    ProviderKey(
        type=ProviderType.INFRASTRUCTURE, name="opennebula"
    ): "OpenNebula/cluster-api-provider-opennebula",
    ProviderKey(
        type=ProviderType.IPAM, name="in-cluster"
    ): "kubernetes-sigs/cluster-api-ipam-provider-in-cluster",
}

_DIVERGENCES = {
    "metadata with a foreign tag": "our reader takes the standard tags alone, Go's ignores the others",
    "metadata nested deeply": "our reader refuses more than 200 levels, Go's 10,000",
    "metadata with an unknown alias": "our reader does not repeat names of the file in its faults",
    "metadata with a mapping as key": "Go prints the key as a Go value",
    "metadata with a number that is none": "Go meets it when it writes JSON, our reader when it reads YAML",
    "metadata as JSON with a broken word": "Go names the letter it stumbled over, our JSON reader the word's first",
}
"""Cases in which the prediction differs from both releases, and why."""


class Observed(Struct, frozen=True, kw_only=True):
    """What one of the two said."""

    outcome: str
    message: str | None


def _addresses(release: ClusterctlRelease, case: Case, home: Path) -> dict[ProviderKey, str]:
    k0smotron = "k0smotron" if release is V1_10_1 else "k0sproject"
    rows = _BUILT_IN | {_K0SMOTRON: f"{k0smotron}/k0smotron"}
    addresses = {
        key: f"https://github.com/{name}/releases/latest/{_components_file(key.type)}"
        for key, name in rows.items()
    }
    if case.address is not None:
        key = ProviderKey(type=case.type, name="x")
        addresses[key] = case.address.replace("{home}", str(home))
    return addresses


def _components_file(kind: ProviderType) -> str:
    return f"{kind.flag}-components.yaml"


def _predicted(
    release: ClusterctlRelease, state: GoproxyState, case: Case, home: Path, network: LabNetwork
) -> Emulated:
    name, _, tag = case.spec.partition(":")
    request = EmulationRequest(
        release=release,
        goproxy=state,
        key=ProviderKey(type=case.type, name=name),
        tag=tag or None,
        addresses=_addresses(release, case, home),
    )
    reader = ComponentsReader(case.variables.get)
    for _ in range(_ROUNDS):
        result = emulate_generate(request, network.facts, reader)
        if isinstance(result, Emulated):
            return result
        network.learn(result.questions)
    raise AssertionError(f"no end after {_ROUNDS} rounds: {result}")


def run_clusterctl(
    release: ClusterctlRelease, state: GoproxyState, case: Case, home: Path, lab: Lab, *arguments: str
) -> subprocess.CompletedProcess[str]:
    """``generate provider`` of a real release in an open lab."""
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(home),
        "XDG_CONFIG_HOME": str(home / ".config"),
        "CLUSTERCTL_DISABLE_VERSIONCHECK": "true",
        **lab.environment,
        **case.variables,
    }
    if state is GoproxyState.OFF:
        environment["GOPROXY"] = "off"
    command = [
        str(find_clusterctl(release.version).path),
        "generate",
        "provider",
        f"--{case.type.flag}",
        case.spec,
    ]
    return subprocess.run(
        [*command, "--config", str(home / "clusterctl.yaml"), *arguments],
        env=environment, capture_output=True, text=True, timeout=400, check=False,
    )  # fmt: skip


def furnish(home: Path, case: Case) -> None:
    """The home folder of a case: its configuration file and its local files."""
    entry = "{}\n"
    if case.address is not None:
        address = case.address.replace("{home}", str(home))
        entry = f"providers:\n- name: x\n  type: {case.type.value}\n  url: {address}\n"
    (home / "clusterctl.yaml").write_text(entry)
    (home / ".config" / "cluster-api").mkdir(parents=True)
    for name, data in case.local.items():
        path = home / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


def _observed(result: subprocess.CompletedProcess[str]) -> Observed:
    if result.returncode == 0:
        return Observed(outcome="succeeds", message=None)
    last = result.stderr.strip().splitlines()[-1]
    return Observed(outcome="fails", message=_comparable(last.removeprefix("Error: ")))


def _comparable(message: str) -> str:
    """The message without what is random: the order of a set, numbers of assets, the transport's cause."""
    message = message.replace("v1beta1, v1beta2", "v1beta2, v1beta1")
    message = re.sub(r"/releases/assets(/\d+)?", "/releases/assets", message)
    message = re.sub(r"/repositories/4711/", "/repos/acme/capx/", message)
    return re.sub(r'(Get "[^"]*": ).*', r"\1…", message)


def _as_observed(emulated: Emulated) -> Observed:
    if emulated.outcome is EmulatedOutcome.FAILS:
        return Observed(outcome="fails", message=_comparable(emulated.message or ""))
    assert emulated.outcome in (EmulatedOutcome.INSTALLS, EmulatedOutcome.STALLS)
    return Observed(outcome="succeeds", message=None)


@pytest.fixture
def home() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="capyctl-emulation-") as folder:
        yield Path(folder)


def _version_of(result: subprocess.CompletedProcess[str]) -> str | None:
    found = _VERSION.search(result.stdout)
    return found[1] if found else None


def _compared(
    release: ClusterctlRelease, state: GoproxyState, case: Case, home: Path, lab: Lab
) -> str | None:
    """One sentence on how the prediction differs, or None; the versions are compared where it succeeds."""
    network = LabNetwork(lab, home / ".config" / "cluster-api" / "overrides")
    emulated = _predicted(release, state, case, home, network)
    network.close()
    result = run_clusterctl(release, state, case, home, lab)
    expected, said = _observed(result), _as_observed(emulated)
    version = emulated.version
    if result.returncode == 0:
        version = _version_of(run_clusterctl(release, state, case, home, lab, "--describe"))
    agrees = said == expected and version == emulated.version
    listed = case.name in _DIVERGENCES
    if agrees != listed:
        return None
    words = f"clusterctl {expected} {version}, predicted {said} {emulated.version}"
    return f"{release.version} {state.value}: {words}"


@pytest.mark.parametrize("case", fast_cases(), ids=lambda case: case.name)
def test_the_prediction_is_what_clusterctl_does(case: Case, home: Path) -> None:
    furnish(home, case)
    pairs = [(release, state) for release in _RELEASES for state in _STATES]
    with open_lab(case.world) as lab, ThreadPoolExecutor(2) as pool:
        compared = pool.map(lambda pair: _compared(pair[0], pair[1], case, home, lab), pairs)
        differing = [sentence for sentence in compared if sentence]
    assert not differing, "\n".join(differing)


def _compare_slow() -> list[str]:
    """All at once: clusterctl does nothing but wait here."""
    runs = [(case, pair) for case in slow_cases() for pair in _slow_pairs(case)]
    with (
        tempfile.TemporaryDirectory(prefix="capyctl-emulation-") as folder,
        ThreadPoolExecutor(len(runs)) as pool,
    ):
        numbered = enumerate(runs)
        compared = pool.map(lambda item: _compared_slow(Path(folder) / str(item[0]), *item[1]), numbered)
        return [sentence for sentence in compared if sentence]


@pytest.mark.slow
@pytest.mark.waits(runs=_compare_slow)
def test_the_prediction_is_what_clusterctl_does_after_a_minute(awaited: list[str]) -> None:
    assert not awaited, "\n".join(awaited)


def _slow_pairs(case: Case) -> list[tuple[ClusterctlRelease, GoproxyState]]:
    unreachable = case.name.startswith("module proxy refuses")
    states = (GoproxyState.UNREACHABLE,) if unreachable else _STATES
    return [(release, state) for release in _RELEASES for state in states]


def _before_cause(observed: Observed) -> Observed:
    """Without the innermost cause: when its retries end, clusterctl's own deadline races with it."""
    return replace(observed, message=_CAUSE.sub("", observed.message or ""))


def _most_tries(lab: Lab) -> int:
    """How often clusterctl asked what it asked most often."""
    return max(Counter((record.method, record.url) for record in lab.requests).values())


def _compared_slow(home: Path, case: Case, pair: tuple[ClusterctlRelease, GoproxyState]) -> str | None:
    home.mkdir()
    furnish(home, case)
    with open_lab(case.world) as lab:
        network = LabNetwork(lab, home / "overrides")
        emulated = _predicted(*pair, case, home, network)
        network.close()
    with open_lab(case.world) as lab:
        result = run_clusterctl(*pair, case, home, lab)
        tries = _most_tries(lab)
    expected, said = _before_cause(_observed(result)), _before_cause(_as_observed(emulated))
    if said == expected and (tries >= _TRIES) == (emulated.seconds >= _STALL_SECONDS):
        return None
    words = f"clusterctl {expected} after {tries} tries, predicted {said} in {emulated.seconds} s"
    return f"{case.name}, {pair[0].version} {pair[1].value}: {words}"
