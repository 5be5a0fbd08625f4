"""The structured keys of the configuration: ``images`` and ``cert-manager`` (2.3, 10.6)."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TYPE_CHECKING

from msgspec import Struct
from msgspec.structs import replace

from capyctl.config.clusterctl_yaml import Configuration
from capyctl.config.environment import Environment
from capyctl.core import codes
from capyctl.core.codes import Code
from capyctl.core.diagnostics import Diagnostic, Severity, Subject
from capyctl.core.identity import CERT_MANAGER
from capyctl.core.local_path import LocalRules
from capyctl.core.location import GitHubReleases, RepositoryLocation
from capyctl.core.provider_table import CertManagerDefaults

if TYPE_CHECKING:
    from capyctl.core.images import ImageOverride

SHADOWING = ("PROVIDERS", "IMAGES", "CERT_MANAGER")

_DEFAULT_TIMEOUT = 600.0
_TRUE = frozenset({"1", "t", "true", "y", "yes", "on"})


class CertManagerSettings(Struct, frozen=True, kw_only=True):
    """Which cert-manager an installation brings.

    Attributes:
        location: None where the address is bad. timeout: seconds.
        externally_provisioned: somebody else installs it (clusterctl v1.14).
        origin: ``default`` or the configuration file. names_version: whether that file says which version.
    """

    version: str
    url: str
    location: RepositoryLocation | None
    timeout: float = _DEFAULT_TIMEOUT
    externally_provisioned: bool = False
    origin: str = "default"
    names_version: bool = False


def shadowing_warnings(environment: Environment) -> Iterator[Diagnostic]:
    """Variables that replace a whole section in clusterctl, and are ignored here (W-27)."""
    for name in SHADOWING:
        if environment.get(name) is not None:
            key = name.lower().replace("_", "-")
            yield Diagnostic(
                code=codes.SECTION_SHADOWED,
                severity=Severity.WARNING,
                detail=f"The environment variable {name} is ignored; clusterctl would take it in place of "
                f"the section {key!r} of its configuration, and most of its commands would fail.",
            )


def image_overrides(
    configuration: Configuration,
) -> tuple[dict[str, ImageOverride], tuple[Diagnostic, ...]]:
    """The overrides by component (``all``, a label, or ``LABEL/IMAGE``), and what is wrong with others."""
    section = configuration.section("images")
    plain = section.plain if section is not None else None
    if plain is None:
        return {}, ()
    if not isinstance(plain, Mapping):
        return {}, (_invalid(configuration, "images", "it is no mapping of components to overrides"),)
    from capyctl.core.images import ImageOverride  # noqa: PLC0415 - start-up budget

    found: dict[str, ImageOverride] = {}
    problems = []
    for component, value in plain.items():
        if isinstance(value, Mapping):
            fields = {str(key).lower(): _text(item) for key, item in value.items()}
            found[str(component).lower()] = ImageOverride(
                repository=fields.get("repository", ""),
                name=fields.get("name", ""),
                tag=fields.get("tag", ""),
            )
        elif value is not None:
            problem = f"{str(component)[:100]!r} has no mapping with repository, name or tag"
            problems.append(_invalid(configuration, "images", problem))
    return found, tuple(problems)


def cert_manager_settings(
    configuration: Configuration,
    defaults: CertManagerDefaults,
    rules: LocalRules,
    lookup: Callable[[str], str | None],
) -> tuple[CertManagerSettings, tuple[Diagnostic, ...]]:
    """The section ``cert-manager`` over the table's defaults, and what is wrong with it."""
    section = configuration.section("cert-manager")
    plain = section.plain if section is not None else None
    problems: list[Diagnostic] = []
    if plain is not None and not isinstance(plain, Mapping):
        problems.append(_invalid(configuration, "cert-manager", "it is no mapping"))
        plain = None
    fields = {str(key).lower(): _text(value) for key, value in (plain or {}).items()}
    version = fields.get("version") or defaults.version
    url = fields.get("url") or defaults.url
    kind = fields.get("kind", "").lower() or None
    location: RepositoryLocation | None = defaults.location if url == defaults.url and kind is None else None
    address_problems: tuple[Diagnostic, ...] = ()
    if location is None:
        location, address_problems = _location(configuration, url, kind, rules, lookup)
    if isinstance(location, GitHubReleases):  # clusterctl asks its repository for that version (2.3)
        location = replace(location, channel=version)
    timeout, timeout_problems = _timeout(configuration, fields.get("timeout", ""))
    settings = CertManagerSettings(
        version=version,
        url=url if url == defaults.url else _shown(url, location),
        location=location,
        timeout=timeout,
        externally_provisioned=fields.get("externallyprovisioned", "").lower() in _TRUE,
        origin=configuration.path or "default" if any(fields.values()) else "default",
        names_version=bool(fields.get("version")),
    )
    return settings, (*problems, *address_problems, *timeout_problems)


def _shown(url: str, location: RepositoryLocation | None) -> str:
    from capyctl.core.shown_address import shown_address  # noqa: PLC0415 - start-up budget

    return shown_address(url, location)


def _location(
    configuration: Configuration,
    url: str,
    kind: str | None,
    rules: LocalRules,
    lookup: Callable[[str], str | None],
) -> tuple[RepositoryLocation | None, tuple[Diagnostic, ...]]:
    from capyctl.core.address_variables import (  # noqa: PLC0415 - start-up budget
        MalformedExpressionError,
        UnsetVariablesError,
        expand_variables,
    )
    from capyctl.core.repository_url import parse_repository_url  # noqa: PLC0415 - start-up budget

    try:
        parsed = parse_repository_url(expand_variables(url, lookup), CERT_MANAGER, kind, rules)
    except UnsetVariablesError as error:
        detail = f"its url names a variable, but {error}"
        return None, (_problem(configuration, "cert-manager", codes.VARIABLE_UNDEFINED, detail),)
    except MalformedExpressionError as error:
        return None, (_invalid(configuration, "cert-manager", f"its url cannot be read: {error}"),)
    problems = tuple(
        _problem(configuration, "cert-manager", finding.code, finding.detail, finding.severity)
        for finding in parsed.findings
    )
    return parsed.location, problems


def _timeout(configuration: Configuration, text: str) -> tuple[float, tuple[Diagnostic, ...]]:
    """Seconds; a number without a unit is no duration for this key (2.3)."""
    if not text:
        return _DEFAULT_TIMEOUT, ()
    from capyctl.core.durations import MalformedDurationError, parse_duration  # noqa: PLC0415 - start-up budget

    try:
        return parse_duration(text if not text[-1:].isdecimal() or text == "0" else ""), ()
    except MalformedDurationError:
        detail = f"its timeout {text[:60]!r} is no duration with a unit, such as 10m; 10 minutes are taken"
        problem = _problem(
            configuration, "cert-manager", codes.SETTING_INVALID, detail, severity=Severity.WARNING
        )
        return _DEFAULT_TIMEOUT, (problem,)


def _invalid(configuration: Configuration, key: str, detail: str) -> Diagnostic:
    return _problem(configuration, key, codes.CONFIGURATION_ENTRY_INVALID, detail)


def _problem(
    configuration: Configuration, key: str, code: Code, detail: str, severity: Severity = Severity.ERROR
) -> Diagnostic:
    span = configuration.span(key)
    return Diagnostic(
        code=code,
        severity=severity,
        detail=f"In the section {key!r} of {configuration.path}: {detail}.",
        subject=Subject(file=configuration.path),
        spans=(span,) if span is not None else (),
    )


def _text(value: object) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value) if isinstance(value, str | int | float) else ""
