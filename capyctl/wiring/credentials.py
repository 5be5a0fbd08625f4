"""Which credential goes to which host, and to no other."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from capyctl.config.environment import Environment
from capyctl.config.settings import Settings
from capyctl.core.userinfo import Userinfo
from capyctl.ports.http import Credential

CredentialFor = Callable[[str], Credential | None]


def github_credential(settings: Settings) -> CredentialFor:
    """The token of github.com goes to its API alone; an Enterprise host has variables of its own, as in ``gh``."""

    def credential(host: str) -> Credential | None:
        token = settings.tokens.github
        origin, value = (token.origin, token.value) if token is not None else ("", "")
        if host != "api.github.com":
            found = settings.environment.non_empty("GH_ENTERPRISE_TOKEN", "GITHUB_ENTERPRISE_TOKEN")
            origin, value = found if found is not None else ("", "")
        if not value:
            return None
        return Credential(host=host, header="Authorization", value=f"Bearer {value}", origin=origin)

    return credential


def gitlab_credential(settings: Settings) -> CredentialFor:
    """GitLab's token, in the header that clusterctl sends; for the emulation."""
    token = settings.tokens.gitlab

    def credential(host: str) -> Credential | None:
        if token is None:
            return None
        return Credential(
            host=host, header="Authorization", value=f"Bearer {token.value}", origin=token.origin
        )

    return credential


def read_netrc(environment: Environment) -> dict[str, Userinfo]:
    """Logins for module proxies by host, from the file that Go reads; empty where there is none."""
    path = environment.get("NETRC") or (f"{environment.home}/.netrc" if environment.home else None)
    try:
        text = Path(path).read_text(encoding="utf-8") if path else ""
    except (OSError, ValueError):
        return {}
    from capyctl.adapters.goproxy_netrc import parse_netrc  # noqa: PLC0415 - start-up budget

    return parse_netrc(text)
