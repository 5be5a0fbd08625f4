"""Facts of a small world, for unit tests of the emulation: literal answers, and a count of the rounds."""

from __future__ import annotations

from collections.abc import Callable

from capyctl.core.emulation_components import ComponentsReader
from capyctl.core.emulation_facts import (
    Absent,
    Asset,
    AssetBytes,
    Download,
    FactAnswer,
    FactQuestion,
    Facts,
    Found,
    OverrideFile,
    ProxyList,
    ReleaseByTag,
    ReleaseList,
)
from capyctl.core.emulation_release import ClusterctlRelease
from capyctl.core.emulation_request import Emulated, EmulationRequest, GoproxyState, MissingFacts
from capyctl.core.identity import ProviderKey, ProviderType

INFRASTRUCTURE = ProviderKey(type=ProviderType.INFRASTRUCTURE, name="x")
_CORE = {
    ProviderKey(type=ProviderType.CORE, name="cluster-api"): "core",
    ProviderKey(type=ProviderType.BOOTSTRAP, name="kubeadm"): "bootstrap",
    ProviderKey(type=ProviderType.CONTROL_PLANE, name="kubeadm"): "control-plane",
}
Answer = FactAnswer[object]
Step = Callable[[EmulationRequest, Facts, ComponentsReader], Emulated | MissingFacts]


def metadata(*rows: str) -> bytes:
    """metadata.yaml with these series, each as ``1.0 v1beta1``."""
    parts = (row.replace(".", " ").split() for row in rows)
    series = "".join(f"- major: {a}\n  minor: {b}\n  contract: {c}\n" for a, b, c in parts)
    return (
        f"apiVersion: clusterctl.cluster.x-k8s.io/v1alpha3\nkind: Metadata\nreleaseSeries:\n{series}".encode()
    )


def namespace(name: str) -> bytes:
    """The smallest components file."""
    return f"apiVersion: v1\nkind: Namespace\nmetadata:\n  name: {name}\n".encode()


class FactsWorld:
    """Repositories on github.com, and single answers that differ from what they say."""

    def __init__(self) -> None:
        self.files: dict[tuple[str, str, str], bytes] = {}
        self.tags: dict[str, list[str]] = {}
        self.records: set[str] = set()
        self.answers: dict[FactQuestion[object], Answer] = {}
        self.rounds = 0
        self.asked: list[FactQuestion[object]] = []

    def release(self, repository: str, tag: str, **files: bytes) -> FactsWorld:
        """A published release; ``metadata_yaml=…`` names ``metadata.yaml``."""
        self.tags.setdefault(repository, []).append(tag)
        for name, data in files.items():
            self.files[repository, tag, name.replace("__", "-").replace("_yaml", ".yaml")] = data
        return self

    def tag(self, repository: str, *tags: str) -> FactsWorld:
        """Tags without a release."""
        self.tags.setdefault(repository, []).extend(tags)
        return self

    def with_core(self, *rows: str, tag: str = "v1.10.1", cert_manager: bool = True) -> FactsWorld:
        """cluster-api with its three files, and cert-manager of both releases."""
        self.release(
            "kubernetes-sigs/cluster-api", tag, metadata_yaml=metadata(*(rows or ("1.10 v1beta1",))),
            core__components_yaml=namespace("capi-system"),
            bootstrap__components_yaml=namespace("capi-kubeadm-bootstrap-system"),
            control__plane__components_yaml=namespace("capi-kubeadm-control-plane-system"),
        )  # fmt: skip
        for version in ("v1.17.1", "v1.21.1") if cert_manager else ():
            self.files["cert-manager/cert-manager", version, "cert-manager.yaml"] = b"{}\n"
        return self

    def go(
        self,
        step: Step,
        release: ClusterctlRelease,
        goproxy: GoproxyState = GoproxyState.UNSET,
        tag: str | None = None,
        *,
        key: ProviderKey = INFRASTRUCTURE,
        address: str | None = "https://github.com/o/r/releases/latest/infrastructure-components.yaml",
        variables: dict[str, str] | None = None,
        goproxy_value: str | None = None,
    ) -> Emulated:
        """Emulate, answering what is missing until nothing is."""
        core = "https://github.com/kubernetes-sigs/cluster-api/releases/latest"
        addresses = {row: f"{core}/{kind}-components.yaml" for row, kind in _CORE.items()}
        if address is not None:
            addresses[key] = address
        request = EmulationRequest(
            release=release,
            goproxy=goproxy,
            key=key,
            tag=tag,
            addresses=addresses,
            goproxy_value=goproxy_value,
        )
        facts: dict[FactQuestion[object], Answer] = {}
        reader = ComponentsReader((variables or {}).get)
        while isinstance(result := step(request, facts, reader), MissingFacts):
            assert result.questions - facts.keys(), "the same questions again"
            self.rounds += 1
            for question in result.questions - facts.keys():
                self.asked.append(question)
                facts[question] = self.answers.get(question) or self._answer(question)
        return result

    def _answer(self, question: FactQuestion[object]) -> Answer:  # noqa: PLR0911 (one a kind)
        match question:
            case ProxyList(module=module, major=1):
                return Found(value="\n".join(self.tags.get(module.removeprefix("github.com/"), [])))
            case ReleaseList(owner=owner, name=name):
                return Found(
                    value=tuple(
                        tag for tag in self.tags.get(f"{owner}/{name}", []) if self._assets(owner, name, tag)
                    )
                )
            case ReleaseByTag(owner=owner, name=name, tag=tag):
                assets = self._assets(owner, name, tag)
                return Found(value=assets) if assets else Absent()
            case Asset(owner=owner, name=name, tag=tag, file=file):
                data = self.files.get((f"{owner}/{name}", tag, file))
                record = b'{"url":"x","id":1}' if f"{owner}/{name}" in self.records else None
                return Absent() if data is None else Found(value=AssetBytes(data=data, record=record))
            case Download(owner=owner, name=name, tag=tag, file=file):
                found = self.files.get((f"{owner}/{name}", tag, file))
                return Absent() if found is None else Found(value=found)
            case OverrideFile() | ProxyList():
                return Absent()
        return Absent()

    def _assets(self, owner: str, name: str, tag: str) -> tuple[str, ...]:
        return tuple(
            file for repository, at, file in self.files if (repository, at) == (f"{owner}/{name}", tag)
        )
