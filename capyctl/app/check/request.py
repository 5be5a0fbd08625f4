"""What the parts of a cluster are judged by besides the cluster itself."""

from __future__ import annotations

from collections.abc import Callable

from msgspec import Struct, field

from capyctl.core.identity import ProviderKey
from capyctl.core.invocation import Invocation
from capyctl.core.kubernetes_support import KubernetesSupport
from capyctl.core.no_proxy import ProxyRules


def _no_tags() -> tuple[str, ...]:
    return ()


class CheckRequest(Struct, frozen=True, kw_only=True):
    """What a check is told.

    Attributes:
        asked: the Kubernetes version asked for, as given. said_by: the option or variable it came from.
        topology: whether CLUSTER_TOPOLOGY is true. known: providers of the table in use.
        known_cores: tags of the core's releases; called only where a fix may name one.
        proxies: None where no proxy is set. no_proxy: the value of NO_PROXY.
    """

    support: KubernetesSupport
    asked: str | None = None
    said_by: str = "--kubernetes-version"
    allow_unsupported: bool = False
    topology: bool = False
    known: frozenset[ProviderKey] = frozenset()
    known_cores: Callable[[], tuple[str, ...]] = field(default=_no_tags)
    proxies: ProxyRules | None = None
    no_proxy: str = ""
    invocation: Invocation = field(default_factory=Invocation)

    @property
    def wait_command(self) -> str:
        """The same command, waiting for what passes."""
        waits = self.invocation.has("--wait")
        return self.invocation.command() if waits else self.invocation.with_words("--wait")
