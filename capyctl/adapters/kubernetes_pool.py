"""The connection pool to one API server, as the ``kubernetes`` package builds it, told everything explicitly."""

from __future__ import annotations

import importlib.util
import threading
import warnings
from typing import Any
from urllib.parse import unquote, urlsplit, urlunsplit

import urllib3
from kubernetes.client import Configuration
from kubernetes.client.rest import RESTClientObject
from msgspec import Struct, field

from capyctl.adapters.http_settings import Trust
from capyctl.adapters.http_tls import tls_context
from capyctl.adapters.kubernetes_exec import CredentialError
from capyctl.adapters.kubernetes_masking import values_of_address
from capyctl.adapters.kubernetes_tls import ClientCertificate, ServerTrust, server_context
from capyctl.core.repr_without import repr_without

_CONNECTIONS = 32


class ServerPool(Struct, kw_only=True):
    """Connections to one server; safe to use from several threads.

    Attributes:
        server: its address as in the kubeconfig. server_trust: what the kubeconfig says of its certificate.
        trust: whom capyctl trusts besides the system. proxy: its address with its credential, or None.
    """

    server: str
    server_trust: ServerTrust
    trust: Trust
    proxy: str | None = None
    _manager: Any = None
    _shown: ClientCertificate | None = None
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def __repr__(self) -> str:
        return repr_without(self, "server", "proxy", "_manager", "_shown", "_lock")

    @property
    def address(self) -> str:
        """The server's address without user name, password, query and a slash at its end."""
        parts = urlsplit(self.server)
        netloc = parts.netloc.rpartition("@")[2]
        return urlunsplit((parts.scheme, netloc, parts.path.rstrip("/"), "", ""))

    def secrets(self) -> set[str]:
        """What the addresses of the server and of the proxy hold that must not be printed."""
        return values_of_address(self.server) | values_of_address(self.proxy or "")

    def manager(self, shown: ClientCertificate | None) -> Any:  # noqa: ANN401 - the pool's type is not exported
        """The pool whose connections show this certificate.

        Raises:
            CertificateError: the authorities or the certificate cannot be used.
            CredentialError: the proxy is of a kind that is not supported here.
            TrustError: a file of authorities cannot be read.
        """
        with self._lock:
            if self._manager is None or shown != self._shown:
                self._manager, self._shown = self._built(shown), shown
            return self._manager

    def close(self) -> None:
        """Close every connection."""
        with self._lock:
            if self._manager is not None:
                self._manager.clear()
                self._manager = None

    def _built(self, shown: ClientCertificate | None) -> Any:  # noqa: ANN401 - the same
        if self.server_trust.unverified:
            host = urlsplit(self.server).hostname or ""
            warnings.filterwarnings(
                "ignore", message=f".*'{host}'.*", category=urllib3.exceptions.InsecureRequestWarning
            )
        configuration = self._configuration()
        manager = RESTClientObject(configuration).pool_manager
        if urlsplit(self.server).scheme == "https":
            context = server_context(self.server_trust, self.trust, shown)
            manager.connection_pool_kw["ssl_context"] = context
        return manager

    def _configuration(self) -> Configuration:
        """Nothing is left for the package to look up: an empty proxy keeps it from reading the environment."""
        proxy, headers = _proxy(self.proxy or "")
        return Configuration(
            host=self.address,
            verify_ssl=not self.server_trust.unverified,
            tls_server_name=self.server_trust.server_name,
            connection_pool_maxsize=_CONNECTIONS,
            retries=0,
            proxy=proxy,
            no_proxy="",
            proxy_headers=headers,
            proxy_ssl_context=tls_context(self.trust) if proxy.startswith("https:") else None,
        )


def _proxy(address: str) -> tuple[str, dict[str, str] | None]:
    """A proxy's address without its credential, and the header that carries it."""
    parts = urlsplit(address)
    if parts.scheme.startswith("socks"):
        if importlib.util.find_spec("socks") is None:
            raise CredentialError("the way to it is a SOCKS proxy, which needs the package PySocks")
        return address, None
    userinfo, _, netloc = parts.netloc.rpartition("@")
    if not userinfo:
        return address, None
    user, _, password = userinfo.partition(":")
    headers = urllib3.make_headers(proxy_basic_auth=f"{unquote(user)}:{unquote(password)}")
    return urlunsplit((parts.scheme, netloc, "", "", "")), dict(headers)
