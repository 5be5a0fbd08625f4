"""Whether this machine's proxy variables send calls to the cluster through a proxy that cannot know it (F24)."""

from __future__ import annotations

import shlex
from collections.abc import Sequence
from ipaddress import ip_address
from urllib.parse import urlsplit

from msgspec import Struct

from capyctl.core import codes
from capyctl.core.diagnostics import Applicability, Confidence, Diagnostic, Fix, Severity
from capyctl.core.evidence import Evidence
from capyctl.core.no_proxy import ProxyRules

SERVICE_NAME = "webhook-service.example.svc"
"""Stands for any service of the cluster; its name plays no role but for the suffix."""


class ProxyFacts(Struct, frozen=True, kw_only=True):
    """What the judgement rests on.

    Attributes:
        api: address of the API server. service: the address of ``default/kubernetes``, None where unknown.
        ranges: of service addresses, where the server tells them. configured: the value of NO_PROXY.
    """

    rules: ProxyRules
    api: str
    service: str | None = None
    ranges: tuple[str, ...] = ()
    configured: str = ""
    evidence: tuple[Evidence, ...] = ()


def judge_proxy(facts: ProxyFacts) -> Diagnostic | None:
    """A warning where something of the cluster is reached through the proxy; None where all is direct."""
    proxied = [(name, proxy) for name, url in _destinations(facts) if (proxy := _proxy(facts.rules, url))]
    if not proxied:
        return None
    additions = _additions(facts, [name for name, _ in proxied])
    said = "; ".join(f"{name} through {proxy}" for name, proxy in proxied)
    value = ",".join(filter(None, [facts.configured, *additions]))
    return Diagnostic(
        code=codes.PROXY_COVERS_CLUSTER,
        severity=Severity.WARNING,
        confidence=Confidence.LIKELY,
        detail=(
            f"A proxy is set, and NO_PROXY does not cover the cluster: {said}. Calls to webhooks and services then go "
            "to a proxy that does not know the cluster, wherever a component inherits these variables; the API server "
            "needs the same exceptions where it is started with a proxy."
        ),
        evidence=facts.evidence,
        fixes=(
            Fix(
                applicability=Applicability.REVIEW,
                title=(
                    "cover the cluster, here and wherever its components get these variables: "
                    f"export NO_PROXY={shlex.quote(value)}"
                ),
            ),
        ),
    )


def _destinations(facts: ProxyFacts) -> list[tuple[str, str]]:
    host = urlsplit(facts.api).hostname or ""
    found = [(host, facts.api), (".svc", f"https://{SERVICE_NAME}:443")]
    if facts.service is not None:
        shown = f"[{facts.service}]" if ":" in facts.service else facts.service
        found.append((facts.service, f"https://{shown}:443"))
    return found


def _proxy(rules: ProxyRules, url: str) -> str | None:
    proxy = rules.proxy_for(url)
    return proxy.url if proxy is not None else None


def _additions(facts: ProxyFacts, proxied: Sequence[str]) -> list[str]:
    """What to add: the range in place of one address of it, and the full form of a service's name beside the short."""
    found: list[str] = []
    for name in proxied:
        if name == ".svc":
            found += [".svc", ".cluster.local"]
        elif name == facts.service:
            found += facts.ranges or (name,)
        else:
            found.append(name)
    return found


def service_address(text: str) -> str | None:
    """The address of a service, or None for what is none (a headless service has ``None``)."""
    try:
        return str(ip_address(text))
    except ValueError:
        return None
