"""The settings as rows for ``config view``: every one with its origin, secrets hidden (cli.md 5)."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from capyctl.config.goproxy_settings import STRICT_VARIABLE
from capyctl.config.lookup import Found
from capyctl.config.release_markers import BASE_VARIABLE, DEFAULT_BASE
from capyctl.config.sections import CertManagerSettings
from capyctl.config.settings import Settings
from capyctl.core.durations import format_duration
from capyctl.core.no_proxy import Proxy
from capyctl.core.pattern import pattern
from capyctl.core.setting import HIDDEN, Setting, Token
from capyctl.core.shown_address import masked_addresses

_SECRET_NAME = pattern(
    r"TOKEN|SECRET|PASS|PWD|CRED|KEY|B64|BASE64|ENCODED|AUTH|CERT|PRIVATE|KUBECONFIG|CLOUD_YAML|_SAS\b",
    re.IGNORECASE,
)
_QUERY = pattern(r"(//[^\s?#,|]*[?#])[^\s,|]+")
_CREDENTIAL = pattern(r"(^(?![/.~])|://(?!/))(?:(?!://).)*@(?!sha256:)", re.DOTALL)
_STRUCTURED = frozenset({"providers", "images", "cert-manager"})
_OWN_ROWS = frozenset({"overridesfolder", "github-token", "github_token"}) | {
    "gitlab-access-token",
    "gitlab_access_token",
}
_PLAIN_VARIABLES = ("SSL_CERT_FILE", "SSL_CERT_DIR", "XDG_CONFIG_HOME", "XDG_CACHE_HOME", "KUBECONFIG")
_VALUE_LIMIT = 500


def setting_rows(
    settings: Settings, options: Mapping[str, Setting], cert_manager: CertManagerSettings | None
) -> tuple[Setting, ...]:
    """All rows: options of the command line first (as the caller knows them), then what clusterctl reads."""
    return (
        *options.values(),
        *_goproxy_rows(settings),
        _token_row("github-token", settings.tokens.github),
        _token_row("gitlab-access-token", settings.tokens.gitlab),
        *_proxy_rows(settings),
        *(_variable_row(settings, name) for name in _PLAIN_VARIABLES),
        _variable_row(settings, BASE_VARIABLE, DEFAULT_BASE),
        Setting(name="overridesFolder", value=settings.overrides.path, origin=_overrides_origin(settings)),
        *_cert_manager_rows(cert_manager),
        *_image_rows(settings),
        *_file_rows(settings),
    )


def shown_value(name: str, value: str | None) -> str | None:
    """A value as it may be printed: hidden where its name speaks of a secret, credentials cut out."""
    if value is None:
        return None
    if _SECRET_NAME().search(name):
        return HIDDEN
    return _QUERY().sub(rf"\1{HIDDEN}", masked_addresses(value, HIDDEN))[:_VALUE_LIMIT]


def _row(name: str, found: Found | None, default: str | None = None) -> Setting:
    if found is None:
        return Setting(name=name, value=default, origin="default")
    value = shown_value("", _CREDENTIAL().sub(rf"\1{HIDDEN}@", found.value))
    return Setting(name=name, value=value, origin=found.origin)


def _goproxy_rows(settings: Settings) -> Iterator[Setting]:
    goproxy = settings.goproxy
    default = ",".join((*(entry.base for entry in goproxy.proxies.entries), "direct"))
    yield _row("GOPROXY", goproxy.goproxy, default)
    yield _row("GOPRIVATE", goproxy.goprivate)
    yield _row("GONOPROXY", goproxy.gonoproxy)
    yield _variable_row(settings, STRICT_VARIABLE)


def _variable_row(settings: Settings, name: str, default: str | None = None) -> Setting:
    value = settings.environment.get(name)
    found = None if value is None else Found(value=value, origin=name)
    return _row(name, found, default)


def _token_row(name: str, token: Token | None) -> Setting:
    if token is None:
        return Setting(name=name, value=None, origin="default")
    return Setting(name=name, value=HIDDEN, origin=token.origin)


def _proxy_rows(settings: Settings) -> Iterator[Setting]:
    rules = settings.proxies
    pairs: tuple[tuple[str, Proxy | None], ...] = (("HTTPS_PROXY", rules.https), ("HTTP_PROXY", rules.http))
    for name, proxy in pairs:
        yield Setting(name=name, value=proxy.url if proxy else None, origin=_spelling(settings, name))
    origin = _spelling(settings, "NO_PROXY")
    yield _row(
        "NO_PROXY", Found(value=",".join(rules.exceptions), origin=origin) if rules.exceptions else None
    )


def _spelling(settings: Settings, name: str) -> str:
    found = settings.environment.non_empty(name, name.lower())
    return found[0] if found else "default"


def _overrides_origin(settings: Settings) -> str:
    if settings.overrides.origin == "default":
        return "default"
    found = settings.lookup.find("overridesFolder")
    return found.origin if found else "default"


def _cert_manager_rows(cert_manager: CertManagerSettings | None) -> Iterator[Setting]:
    if cert_manager is None:
        return
    values = {
        "url": shown_value("", cert_manager.url),
        "version": cert_manager.version,
        "timeout": format_duration(cert_manager.timeout),
        "externallyProvisioned": "true" if cert_manager.externally_provisioned else "false",
    }
    for name, value in values.items():
        yield Setting(name=f"cert-manager.{name}", value=value, origin=cert_manager.origin)


def _image_rows(settings: Settings) -> Iterator[Setting]:
    for component, override in settings.images.items():
        for name in ("repository", "name", "tag"):
            value: str = getattr(override, name)
            if value:
                origin = settings.configuration.path or "default"
                shown = shown_value("", value)
                yield Setting(name=f"images.{component}.{name}", value=shown, origin=origin)


def _file_rows(settings: Settings) -> Iterator[Setting]:
    """Every other key of the configuration file: template variables, and what clusterctl reads besides."""
    for key in settings.configuration.values:
        if key not in _STRUCTURED and key not in _OWN_ROWS:
            found = settings.lookup.find(key)
            value = shown_value(key, found.value) if found else None
            name = key.upper().replace("-", "_")
            yield Setting(name=name, value=value, origin=found.origin if found else "default")
