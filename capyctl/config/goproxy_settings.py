"""GOPROXY and its companions, from the environment or from ``go env -w`` (peers-and-protocols B2, W-8)."""

from __future__ import annotations

from pathlib import Path

from msgspec import Struct

from capyctl.config.environment import Environment
from capyctl.config.lookup import Found
from capyctl.core import codes
from capyctl.core.diagnostics import Diagnostic, Severity
from capyctl.core.goproxy_list import GoProxyList, MalformedGoProxyError, parse_go_env, parse_goproxy
from capyctl.core.module_path import is_private

STRICT_VARIABLE = "CAPYCTL_GOPROXY_OFF"
_FILE_LIMIT = 1024 * 1024


class GoProxySettings(Struct, frozen=True, kw_only=True):
    """How versions may be listed.

    Attributes:
        proxies: the list in force; empty where the value is malformed, so that the release host lists.
        strict: ``CAPYCTL_GOPROXY_OFF=strict`` together with ``GOPROXY=off``: no remote listing at all.
        notes: for commands that list: the meaning of ``off``, a malformed value.
    """

    proxies: GoProxyList
    goproxy: Found | None = None
    goprivate: Found | None = None
    gonoproxy: Found | None = None
    strict: bool = False
    notes: tuple[Diagnostic, ...] = ()

    def is_private(self, module_path: str) -> bool:
        """Whether no proxy may hear of this module (GONOPROXY, else GOPRIVATE)."""
        values = (self.gonoproxy, self.goprivate)
        return is_private(module_path, (found.value if found else None for found in values))


def read_goproxy(environment: Environment, go_env: str | None) -> GoProxySettings:
    """Read the variables; one that is unset or empty is looked up where ``go env -w`` writes, as Go does."""
    file = _go_env_settings(go_env)

    def find(name: str) -> Found | None:
        if value := environment.get(name):
            return Found(value=value, origin=name)
        return Found(value=file[name], origin=f"{go_env}: {name}") if file.get(name) else None

    goproxy = find("GOPROXY")
    proxies, notes = _parsed(goproxy)
    strict = environment.get(STRICT_VARIABLE) == "strict" and proxies.is_off
    return GoProxySettings(
        proxies=proxies,
        goproxy=goproxy,
        goprivate=find("GOPRIVATE"),
        gonoproxy=find("GONOPROXY"),
        strict=strict,
        notes=notes if notes or not proxies.is_off or strict else (_off_note(),),
    )


def _go_env_settings(path: str | None) -> dict[str, str]:
    if path is None:
        return {}
    try:
        with Path(path).open("rb") as file:
            return parse_go_env(file.read(_FILE_LIMIT).decode("utf-8", errors="replace"))
    except (OSError, ValueError):
        return {}


def _parsed(found: Found | None) -> tuple[GoProxyList, tuple[Diagnostic, ...]]:
    try:
        return parse_goproxy(found.value if found is not None else None), ()
    except MalformedGoProxyError as error:
        problem = Diagnostic(
            code=codes.GOPROXY_MALFORMED,
            severity=Severity.WARNING,
            detail=f"The item {error}. No module proxy is asked; versions are listed by the release host.",
        )
        return GoProxyList(), (problem,)


def _off_note() -> Diagnostic:
    return Diagnostic(
        code=codes.GOPROXY_OFF_MEANING,
        severity=Severity.NOTE,
        detail="No module proxy is asked; the release host lists the versions. "
        f"{STRICT_VARIABLE}=strict forbids that too.",
    )
