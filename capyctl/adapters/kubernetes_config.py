"""Which cluster a kubeconfig, a context or the surrounding pod names (clusterctl-cluster 8.1, weakness 25 mended)."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml
from kubernetes.client import Configuration
from kubernetes.config.config_exception import ConfigException
from kubernetes.config.incluster_config import (
    SERVICE_CERT_FILENAME,
    SERVICE_TOKEN_FILENAME,
    InClusterConfigLoader,
)
from kubernetes.config.kube_config import KubeConfigMerger

from capyctl.adapters.http_settings import Trust
from capyctl.adapters.kubernetes_api import KubernetesApi
from capyctl.adapters.kubernetes_exchange import Exchange, Patience
from capyctl.adapters.kubernetes_exec import CredentialError, CredentialPlugin
from capyctl.adapters.kubernetes_pool import ServerPool
from capyctl.adapters.kubernetes_text import plain_line
from capyctl.adapters.kubernetes_tls import ServerTrust
from capyctl.adapters.kubernetes_user import ClusterUser, decoded
from capyctl.core.api_object import mapping_at, text_at, value_at
from capyctl.core.evidence import Evidence
from capyctl.ports.clock import Clock
from capyctl.ports.cluster import ClusterChoice, ClusterConnection, KubeconfigError, KubeconfigTrouble
from capyctl.ports.progress import Progress

_UNREADABLE = (
    ConfigException,
    AttributeError,
    KeyError,
    TypeError,
    ValueError,
    yaml.YAMLError,
    RecursionError,
)
"""What the package raises for a kubeconfig that is no kubeconfig."""

_NAMESPACE_FILE = "/var/run/secrets/kubernetes.io/serviceaccount/namespace"


@dataclass(frozen=True, slots=True, kw_only=True)
class PodFiles:
    """The files that Kubernetes mounts into a pod."""

    token: str = SERVICE_TOKEN_FILENAME
    authorities: str = SERVICE_CERT_FILENAME
    namespace: str = _NAMESPACE_FILE


@dataclass(frozen=True, slots=True, kw_only=True)
class ConnectorSettings:
    """What a run decided about its cluster.

    Attributes:
        variables: the environment. home: the user's home folder, or None.
        proxy_for: the proxy's address for an address, where the kubeconfig names none.
        left: seconds left of the run's limit for its API server. record: takes all evidence.
        interactive: whether a person sits at stdin and stderr.
        at_end: is given what has to be closed when the run is over.
    """

    variables: Mapping[str, str] = field(repr=False)
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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Entry:
    """A cluster, user or context of a kubeconfig, and the folder that its relative paths start from."""

    value: Mapping[str, object] = field(repr=False)
    folder: str = "."


@dataclass(frozen=True, slots=True, kw_only=True)
class KubernetesConnector:
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
        merged = _merged(files)
        name = choice.context if choice.context is not None else merged.current
        context = merged.context(name, source, named=choice.context is not None)
        cluster, user = _parts(merged, context, name, source)
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
        if choice.kubeconfig is not None:
            path = choice.kubeconfig
            if not Path(path).exists():
                reason = f"--kubeconfig names {path}, and there is no such file"
                raise KubeconfigError(KubeconfigTrouble.FILE_MISSING, reason, file=path)
            return [path], path
        listed = self.settings.variables.get("KUBECONFIG", "")
        if listed:
            return _listed(listed)
        default = str(Path(self.settings.home, ".kube", "config")) if self.settings.home else ""
        if default and Path(default).exists():
            return [default], default
        return None, default

    def _in_pod(self, choice: ClusterChoice) -> ClusterConnection:
        if choice.context is not None:
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
        cluster = _Entry(value={"server": configuration.host, "certificate-authority": pod.authorities})
        api = self._api(cluster, _Entry(value={"tokenFile": pod.token}), "in-cluster")
        return ClusterConnection(
            api=api, writer=_writer(api), context=None, namespace=_namespace(pod), source="in-cluster"
        )

    def _api(self, cluster: _Entry, user: _Entry, source: str) -> KubernetesApi:
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

    def _proxy(self, cluster: _Entry, source: str) -> str | None:
        """The kubeconfig's ``proxy-url``, else what the proxy variables say."""
        named = text_at(cluster.value, "proxy-url")
        if named:
            _check_address(named, "proxy-url", source)
            return named
        return self.settings.proxy_for(text_at(cluster.value, "server"))

    def _user(self, cluster: _Entry, user: _Entry) -> ClusterUser:
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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Merged:
    """Several kubeconfigs as one: of entries with the same name, and of current contexts, the first counts."""

    entries: Mapping[str, list[tuple[str, Mapping[str, object], str]]]
    current: str

    @property
    def contexts(self) -> tuple[str, ...]:
        return tuple(name for name, _, _ in self.entries["contexts"])

    def context(self, name: str, source: str, *, named: bool) -> _Entry:
        found = self.named("contexts", "context", name) if name else None
        if found is not None:
            return found
        if not self.contexts and not named:
            reason = f"{source} names no cluster"
            raise KubeconfigError(KubeconfigTrouble.NOTHING_FOUND, reason, file=source)
        missing = f"there is no context {plain_line(name, 120)!r} in {source}"
        reason = missing if name else f"{source} has no current context, and --kubeconfig-context names none"
        raise KubeconfigError(KubeconfigTrouble.CONTEXT_UNKNOWN, reason, file=source, contexts=self.contexts)

    def named(self, kind: str, key: str, name: str) -> _Entry | None:
        for each, value, folder in self.entries[kind]:
            if each == name:
                return _Entry(value=mapping_at(value, key), folder=folder)
        return None


def _writer(api: KubernetesApi) -> KubernetesApi:
    """The same connections with the whole patience for each exchange: an installation outlasts ``--api-timeout``."""
    unhurried = Patience(left=lambda: float("inf"))
    return replace(api, exchange=replace(api.exchange, patience=unhurried))


def _parts(merged: _Merged, context: _Entry, name: str, source: str) -> tuple[_Entry, _Entry]:
    """The cluster and the user of a context; a context without a user is anonymous.

    Raises:
        KubeconfigError: one that the context names is not there.
    """
    cluster = merged.named("clusters", "cluster", text_at(context.value, "cluster"))
    wanted = text_at(context.value, "user")
    user = merged.named("users", "user", wanted) if wanted else _Entry(value={})
    if cluster is None or not text_at(cluster.value, "server"):
        missing = "a cluster with a server"
    elif user is None:
        missing = f"its user {plain_line(wanted, 120)!r}"
    else:
        return cluster, user
    reason = f"the context {plain_line(name, 120)!r} lacks {missing} in {source}"
    others = tuple(each for each in merged.contexts if each != name)
    raise KubeconfigError(KubeconfigTrouble.CONTEXT_INCOMPLETE, reason, file=source, contexts=others)


def _listed(variable: str) -> tuple[list[str], str]:
    """The files of KUBECONFIG that exist.

    Raises:
        KubeconfigError: none of them does; a variable that names a file never stands for another cluster.
    """
    named = [path for path in variable.split(os.pathsep) if path]
    there = [path for path in named if Path(path).exists()]
    if not there:
        reason = f"KUBECONFIG names {os.pathsep.join(named)}, and there is no such file"
        raise KubeconfigError(KubeconfigTrouble.FILE_MISSING, reason, file=named[0] if named else None)
    return there, os.pathsep.join(there)


def _merged(files: list[str]) -> _Merged:
    make: Any = KubeConfigMerger
    merger = make("")
    current = ""
    for path in files:
        if _is_blank(path):
            continue
        try:
            merger.load_config(path)
            current = current or text_at(merger.config_files[path], "current-context")
        except _UNREADABLE as error:
            reason = f"{path} is no kubeconfig: {_where(error)}"
            raise KubeconfigError(KubeconfigTrouble.FILE_MALFORMED, reason, file=path) from error
    held = merger.config.value if merger.config is not None else {}
    entries = {
        kind: [_entry(node) for node in held.get(kind, ())] for kind in ("clusters", "contexts", "users")
    }
    return _Merged(entries=entries, current=current)


def _where(error: Exception) -> str:
    """The place of a fault in YAML; other messages of the package may quote whole entries, tokens included."""
    mark = getattr(error, "problem_mark", None)
    if mark is not None:
        return f"it is no YAML (line {mark.line + 1}, column {mark.column + 1})"
    return "its clusters, contexts and users are not lists of named entries"


def _entry(node: Any) -> tuple[str, Mapping[str, object], str]:  # noqa: ANN401 - the package's untyped node
    return text_at(node.value, "name"), node.value, str(Path(node.path).absolute().parent)


def _is_blank(path: str) -> bool:
    """Whether a file holds nothing, which counts as no file.

    Raises:
        KubeconfigError: it cannot be read.
    """
    try:
        return not Path(path).read_bytes().strip()
    except (OSError, ValueError) as error:
        reason = f"{path} cannot be read ({getattr(error, 'strerror', None) or 'unknown reason'})"
        raise KubeconfigError(KubeconfigTrouble.FILE_UNREADABLE, reason, file=path) from error


def _server_trust(cluster: _Entry, source: str) -> ServerTrust:
    return ServerTrust(
        authorities=_authorities(cluster, source),
        server_name=text_at(cluster.value, "tls-server-name") or None,
        unverified=value_at(cluster.value, "insecure-skip-tls-verify") is True,
    )


def _authorities(cluster: _Entry, source: str) -> str | None:
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
