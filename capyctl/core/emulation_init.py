"""The flow of ``init``: queue, validate, cert-manager (clusterctl-resolution 1.5, 7.5, 8.2)."""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct

from capyctl.core.emulation_components import ComponentsReader, ProcessedComponents
from capyctl.core.emulation_facts import FactQuestion, MissingFactsError, UndeterminedError
from capyctl.core.emulation_messages import (
    contract_words,
    fetch_words,
    mismatch_words,
    series_words,
)
from capyctl.core.emulation_provider import (
    open_provider,
    open_repository,
    read_components,
    read_metadata,
    read_raw_components,
)
from capyctl.core.emulation_request import EmulationRequest
from capyctl.core.emulation_run import HangsError, Run
from capyctl.core.emulation_text import (
    ClusterctlError,
    SemanticVersion,
    VersionTextError,
    parse_semantic,
    quoted,
)
from capyctl.core.identity import ProviderKey, ProviderType

_DEFAULTS = {
    ProviderType.CORE: "cluster-api",
    ProviderType.BOOTSTRAP: "kubeadm",
    ProviderType.CONTROL_PLANE: "kubeadm",
}
_CERT_MANAGER = "https://github.com/cert-manager/cert-manager/releases/{version}/cert-manager.yaml"


class _Queued(Struct, frozen=True, kw_only=True):
    """A provider in the install queue."""

    key: ProviderKey
    version: str
    components: ProcessedComponents

    @property
    def instance(self) -> str:
        return f"{self.components.namespace}/{self.key.manifest_label}"


class Init(Struct, frozen=True, kw_only=True):
    """The flow of ``init``: queue, validate, cert-manager. Applying itself is taken to succeed."""

    request: EmulationRequest
    run: Run
    reader: ComponentsReader

    def go(self) -> None:
        """Run it to its end.

        Raises:
            ClusterctlError: clusterctl ends with it. HangsError: it does not end.
            MissingFactsError, UndeterminedError: see `FactBook.ask`.
        """
        queue = self._queue()
        self._validate(queue)
        self._cert_manager()

    def _queue(self) -> list[_Queued]:
        """Every provider in clusterctl's order; facts missing for several are asked for together."""
        queue: list[_Queued] = []
        missing: set[FactQuestion[object]] = set()
        for key, tag in self._wanted():
            try:
                queue.append(self._queued(key, tag))
            except MissingFactsError as error:
                missing |= error.questions
            except (ClusterctlError, UndeterminedError, HangsError):
                if not missing:
                    raise
                break
        if missing:
            raise MissingFactsError(frozenset(missing | self._cert_manager_questions()))
        return queue

    def _cert_manager_questions(self) -> frozenset[FactQuestion[object]]:
        try:
            self._cert_manager()
        except MissingFactsError as error:
            return error.questions
        except (ClusterctlError, UndeterminedError, HangsError):
            pass
        return frozenset()

    def _wanted(self) -> Iterator[tuple[ProviderKey, str | None]]:
        requested = self.request.key
        for provider_type in ProviderType:
            if provider_type is requested.type:
                yield requested, self.request.pin
            elif provider_type in _DEFAULTS:
                yield ProviderKey(type=provider_type, name=_DEFAULTS[provider_type]), None

    def _queued(self, key: ProviderKey, pin: str | None) -> _Queued:
        label = key.manifest_label
        if key == self.request.key:
            self.run.chosen = pin
        try:
            repository = open_provider(self.run, key, self.request.addresses.get(key), pin)
            version = pin or repository.default_version
            if key == self.request.key:
                self.run.chosen = version
            components = read_components(self.run, repository, label, version, self.reader)
        except ClusterctlError as error:
            raise error.wrapped(
                f"failed to get provider components for the {quoted(self._spec(key))} provider"
            ) from None
        return _Queued(key=key, version=version, components=components)

    def _spec(self, key: ProviderKey) -> str:
        tag = self.request.tag if key == self.request.key else None
        return key.name if tag is None else f"{key.name}:{tag}"

    def _validate(self, queue: list[_Queued]) -> None:
        core = next(queued for queued in queue if queued.key.type is ProviderType.CORE)
        core_contract = self._contract(core)
        accepted = _accepted_by_core(core_contract)
        for queued in queue:
            contract = self._contract(queued)
            if contract not in accepted:
                label = queued.key.manifest_label
                raise ClusterctlError(mismatch_words(label, contract, accepted))
        for queued in queue:
            if queued.components.crd_fault:
                raise ClusterctlError(queued.components.crd_fault)

    def _contract(self, queued: _Queued) -> str:
        release, label = self.request.release, queued.key.manifest_label
        repository = open_provider(
            self.run, queued.key, self.request.addresses.get(queued.key), queued.version
        )
        try:
            metadata = read_metadata(self.run, repository, label, queued.version)
        except ClusterctlError as error:
            if not release.explains_failures:
                raise
            raise error.wrapped(fetch_words(label, queued.version)) from None
        contract = metadata.contract_of(self._current(queued))
        if contract is None:
            raise ClusterctlError(series_words(release, queued.instance, queued.version, metadata))
        if contract not in release.compatible:
            raise ClusterctlError(contract_words(release, label, contract))
        return contract

    def _current(self, queued: _Queued) -> SemanticVersion:
        try:
            return parse_semantic(queued.version)
        except VersionTextError as error:
            raise ClusterctlError(
                f"failed to parse current version for the {queued.instance} provider: {error}"
            ) from None

    def _cert_manager(self) -> None:
        version = self.request.cert_manager_version or self.request.release.cert_manager
        url = self.request.cert_manager_url or _CERT_MANAGER.format(version=self.request.release.cert_manager)
        repository = open_repository(
            self.run, url, label="cert-manager", type_and_name=" with name cert-manager", pin=version
        )
        read_raw_components(self.run, repository, "cert-manager", version)


def _accepted_by_core(contract: str) -> tuple[str, ...]:
    return (contract, "v1beta1") if contract == "v1beta2" else (contract,)
