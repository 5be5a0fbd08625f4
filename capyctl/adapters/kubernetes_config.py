"""Which cluster a kubeconfig, a context or the surrounding pod names (clusterctl-cluster 8.1, weakness 25 mended)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from kubernetes.client import Configuration
from kubernetes.config.config_exception import ConfigException
from kubernetes.config.incluster_config import (
    SERVICE_CERT_FILENAME,
    SERVICE_TOKEN_FILENAME,
    InClusterConfigLoader,
)
from msgspec import Struct, field
from msgspec.structs import replace

from capyctl.adapters.http_settings import Trust
from capyctl.adapters.kubernetes_api import KubernetesApi
from capyctl.adapters.kubernetes_exchange import Exchange, Patience
from capyctl.adapters.kubernetes_exec import CredentialError, CredentialPlugin
from capyctl.adapters.kubernetes_files import (
    KubeconfigEntry,
    listed_files,
    merged_files,
    parts_of_context,
)
from capyctl.adapters.kubernetes_pool import ServerPool
from capyctl.adapters.kubernetes_text import plain_line
from capyctl.adapters.kubernetes_tls import ServerTrust
from capyctl.adapters.kubernetes_user import ClusterUser, decoded
from capyctl.adapters.missing_file import is_missing
from capyctl.core.api_object import mapping_at, text_at, value_at
from capyctl.core.evidence import Evidence
from capyctl.core.repr_without import repr_without
from capyctl.ports.clock import Clock
from capyctl.ports.cluster import ClusterChoice, ClusterConnection, KubeconfigError, KubeconfigTrouble
from capyctl.ports.progress import Progress

_NAMESPACE_FILE = "/var/run/secrets/kubernetes.io/serviceaccount/namespace"


class PodFiles(Struct, frozen=True, kw_only=True):
    """The files that Kubernetes mounts into a pod."""

    token: str = SERVICE_TOKEN_FILENAME
    authorities: str = SERVICE_CERT_FILENAME
    namespace: str = _NAMESPACE_FILE


class ConnectorSettings(Struct, frozen=True, kw_only=True):
    """What a run decided about its cluster.

    Attributes:
        variables: the environment. home: the user's home folder, or None.
        proxy_for: the proxy's address for an address, where the kubeconfig names none.
        left: seconds left of the run's limit for its API server. record: takes all evidence.
        interactive: whether a person sits at stdin and stderr.
        at_end: is given what has to be closed when the run is over.
    """

    variables: Mapping[str, str]
    home: str | None
    trust: Trust
    proxy_for: Callable[[str], str | None]
    clock: Clock
    left: Callable[[], float]
    progress: Progress
    record: Callable[[Evidence], None]
    at_end: Callable[[Callable[[], None]], object]
    interactive: bool = False
    pod: PodFiles = field(default_factory=PodFiles)

    def __repr__(self) -> str:
        return repr_without(self, "variables")


class KubernetesConnector(Struct, frozen=True, kw_only=True):
    """Reads kubeconfigs; opens no socket."""

    settings: ConnectorSettings

    def connect(self, choice: ClusterChoice) -> ClusterConnection:
        """The connection.

        Raises:
            KubeconfigError: as the port says.
        """
        files, source = self._files(choice)
        if files is None:
            return self._in_pod(choice)
        merged = merged_files(files)
        name = choice.context or merged.current
        context = merged.context(name, source, named=bool(choice.context))
        cluster, user = parts_of_context(merged, context, name, source)
        api = self._api(cluster, user, source)
        namespace = text_at(context.value, "namespace") or "default"
        unverified = value_at(cluster.value, "insecure-skip-tls-verify") is True
        return ClusterConnection(
            api=api,
            writer=_writer(api),
            context=name,
            namespace=namespace,
            source=source,
            unverified=unverified,
        )

    def _files(self, choice: ClusterChoice) -> tuple[list[str] | None, str]:
        """The files to read and how to call them; None where nothing was named and there is none."""
        if choice.kubeconfig:
            path = choice.kubeconfig
            if is_missing(path):
                reason = f"--kubeconfig names {path}, and there is no such file"
                raise KubeconfigError(KubeconfigTrouble.FILE_MISSING, reason, file=path)
            return [path], path
        listed = self.settings.variables.get("KUBECONFIG", "")
        if listed:
            return listed_files(listed)
        default = str(Path(self.settings.home, ".kube", "config")) if self.settings.home else ""
        if default and not is_missing(default):
            return [default], default
        return None, default

    def _in_pod(self, choice: ClusterChoice) -> ClusterConnection:
        if choice.context:
            reason = (
                f"--kubeconfig-context names {plain_line(choice.context, 120)!r}, and there is no kubeconfig"
            )
            raise KubeconfigError(KubeconfigTrouble.CONTEXT_UNKNOWN, reason)
        pod = self.settings.pod
        configuration = Configuration(proxy="", no_proxy="")
        try:
            loader: Any = _in_cluster_loader(pod, self.settings.variables)
            loader.load_and_set(configuration)
        except (ConfigException, OSError, ValueError) as error:
            reason = "no kubeconfig is named or found, and this is no pod with a service account"
            raise KubeconfigError(KubeconfigTrouble.NOTHING_FOUND, reason) from error
        cluster = KubeconfigEntry(
            value={"server": configuration.host, "certificate-authority": pod.authorities}
        )
        api = self._api(cluster, KubeconfigEntry(value={"tokenFile": pod.token}), "in-cluster")
        return ClusterConnection(
            api=api, writer=_writer(api), context=None, namespace=_namespace(pod), source="in-cluster"
        )

    def _api(self, cluster: KubeconfigEntry, user: KubeconfigEntry, source: str) -> KubernetesApi:
        server = text_at(cluster.value, "server")
        _check_address(server, "server", source)
        pool = ServerPool(
            server=server,
            server_trust=_server_trust(cluster, source),
            trust=self.settings.trust,
            proxy=self._proxy(cluster, source),
        )
        self.settings.at_end(pool.close)
        exchange = Exchange(
            pool=pool,
            user=self._user(cluster, user),
            clock=self.settings.clock,
            patience=Patience(left=self.settings.left),
            progress=self.settings.progress,
        )
        return KubernetesApi(exchange=exchange, record=self.settings.record)

    def _proxy(self, cluster: KubeconfigEntry, source: str) -> str | None:
        """The kubeconfig's ``proxy-url``, else what the proxy variables say."""
        named = text_at(cluster.value, "proxy-url")
        if named:
            _check_address(named, "proxy-url", source)
            return named
        return self.settings.proxy_for(text_at(cluster.value, "server"))

    def _user(self, cluster: KubeconfigEntry, user: KubeconfigEntry) -> ClusterUser:
        section = mapping_at(user.value, "exec")
        plugin = None
        if section:
            plugin = CredentialPlugin(
                section=section,
                cluster=cluster.value,
                folder=user.folder,
                environment=self.settings.variables,
                interactive=self.settings.interactive,
            )
        return ClusterUser(section=user.value, folder=user.folder, clock=self.settings.clock, plugin=plugin)


def _writer(api: KubernetesApi) -> KubernetesApi:
    """The same connections with the whole patience for each exchange: an installation outlasts ``--api-timeout``."""
    unhurried = Patience(left=lambda: float("inf"))
    return replace(api, exchange=replace(api.exchange, patience=unhurried))


def _server_trust(cluster: KubeconfigEntry, source: str) -> ServerTrust:
    return ServerTrust(
        authorities=_authorities(cluster, source),
        server_name=text_at(cluster.value, "tls-server-name") or None,
        unverified=value_at(cluster.value, "insecure-skip-tls-verify") is True,
    )


def _authorities(cluster: KubeconfigEntry, source: str) -> str | None:
    key = "certificate-authority"
    data, path = text_at(cluster.value, f"{key}-data"), text_at(cluster.value, key)
    try:
        if data:
            return decoded(data, f"{key}-data").decode("utf-8", "replace")
        return Path(cluster.folder, path).read_text("utf-8", "replace") if path else None
    except (CredentialError, OSError, ValueError) as error:
        reason = f"the {key} of {source} cannot be used: {plain_line(str(error), 200)}"
        raise KubeconfigError(KubeconfigTrouble.FILE_MALFORMED, reason, file=source) from error


def _check_address(address: str, key: str, source: str) -> None:
    try:
        parts = urlsplit(address)
        usable = parts.scheme in ("http", "https", "socks5", "socks5h") and bool(parts.hostname)
        usable = usable and (parts.port is None or parts.port > 0)
    except ValueError:
        usable = False
    if not usable:
        reason = f"the {key} of {source} is not an address"
        raise KubeconfigError(KubeconfigTrouble.FILE_MALFORMED, reason, file=source)


def _in_cluster_loader(pod: PodFiles, variables: Mapping[str, str]) -> Any:  # noqa: ANN401 - untyped
    make: Any = InClusterConfigLoader
    return make(
        token_filename=pod.token,
        cert_filename=pod.authorities,
        try_refresh_token=False,
        environ=variables,
    )


def _namespace(pod: PodFiles) -> str | None:
    """The pod's own namespace; where it cannot be read there is no default (clusterctl-cluster 8.2)."""
    try:
        return Path(pod.namespace).read_text("utf-8").strip() or None
    except (OSError, ValueError):
        return None
