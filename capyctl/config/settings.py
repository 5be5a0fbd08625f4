"""Everything a run is told, as one typed value; each part knows where it comes from (style C4)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from msgspec import Struct, field

from capyctl.config.clusterctl_yaml import Configuration, FetchConfiguration, load_configuration
from capyctl.config.environment import Environment
from capyctl.config.goproxy_settings import STRICT_VARIABLE, GoProxySettings, read_goproxy
from capyctl.config.lookup import ValueLookup
from capyctl.config.overrides import OverridesFolder, choose_overrides
from capyctl.config.paths import Places, Platform, places
from capyctl.config.sections import image_overrides, shadowing_warnings
from capyctl.config.tokens import Tokens, find_tokens
from capyctl.core import codes
from capyctl.core.codes import Code
from capyctl.core.diagnostics import Diagnostic, Severity, Subject
from capyctl.core.local_path import LocalRules
from capyctl.core.no_proxy import MalformedProxyError, ProxyRules, proxy_rules

if TYPE_CHECKING:
    from capyctl.core.images import ImageOverride


class Settings(Struct, frozen=True, kw_only=True):
    """The settings of one run.

    Attributes:
        problems: errors and warnings about the configuration itself, for every command.
        goproxy: its notes are for commands that list versions. images: overrides by component.
    """

    environment: Environment
    configuration: Configuration
    places: Places
    tokens: Tokens
    goproxy: GoProxySettings
    proxies: ProxyRules
    overrides: OverridesFolder
    images: dict[str, ImageOverride] = field(default_factory=dict)
    problems: tuple[Diagnostic, ...] = ()

    @property
    def lookup(self) -> ValueLookup:
        """Looks up template variables and keys by clusterctl's precedence."""
        return ValueLookup(environment=self.environment, configuration=self.configuration)

    @property
    def local_rules(self) -> LocalRules:
        """What local addresses in the configuration file are read against."""
        return local_rules(self.environment, self.configuration.path)

    @property
    def secrets(self) -> tuple[str, ...]:
        """Values that no output may hold, from the configuration file and the environment."""
        tokens = (self.tokens.github, self.tokens.gitlab)
        userinfos = [entry.userinfo for entry in self.goproxy.proxies.entries]
        userinfos += [proxy.userinfo for proxy in (self.proxies.http, self.proxies.https) if proxy]
        found = [token.value for token in tokens if token is not None]
        return tuple(found + [userinfo.password for userinfo in userinfos if userinfo and userinfo.password])


def local_rules(environment: Environment, file: str | None) -> LocalRules:
    """The rules for local addresses that stand in ``file``; a remote file has no folder."""
    return LocalRules(
        folder=_folder_of(environment, file),
        home=environment.home,
        lookup=environment.get,
        windows=environment.platform is Platform.WINDOWS,
    )


def _folder_of(environment: Environment, file: str | None) -> str | None:
    if file is None or file.startswith("https://"):
        return None
    separators = "/\\" if environment.platform is Platform.WINDOWS else "/"
    cut = max(file.rfind(separator) for separator in separators)
    folder = file[: cut + 1]
    is_relative = not folder.startswith(tuple(separators)) and folder[1:2] != ":"
    return f"{environment.working_folder}{separators[-1]}{folder}" if is_relative else folder


def read_settings(environment: Environment, config: str | None, fetch: FetchConfiguration) -> Settings:
    """Read everything but the provider table; ``config`` is what ``--config`` gives.

    Raises:
        FetchError: a remote configuration file could not be had.
    """
    known = places(environment.get, environment.platform, environment.home)
    configuration = load_configuration(config, known, environment.platform, fetch)
    lookup = ValueLookup(environment=environment, configuration=configuration)
    tokens = find_tokens(lookup)
    overrides, override_problems = _overrides(lookup, known)
    images, image_problems = image_overrides(configuration)
    proxies, proxy_problems = _proxies(environment)
    return Settings(
        environment=environment,
        configuration=configuration,
        places=known,
        tokens=tokens,
        goproxy=read_goproxy(environment, known.go_env),
        proxies=proxies,
        overrides=overrides,
        images=images,
        problems=(
            *configuration.problems,
            *shadowing_warnings(environment),
            *override_problems,
            *image_problems,
            *proxy_problems,
            *unusable_prohibition(environment),
            *tokens.notes,
        ),
    )


def _overrides(lookup: ValueLookup, known: Places) -> tuple[OverridesFolder, tuple[Diagnostic, ...]]:
    environment = lookup.environment
    found = lookup.find("overridesFolder")
    text: str | None = None
    problems: tuple[Diagnostic, ...] = ()
    if found is not None and found.value.strip():
        text, problems = _expanded_folder(lookup, found.value, found.origin)
    folder = choose_overrides(text, known, environment)
    return folder, problems


def _expanded_folder(
    lookup: ValueLookup, value: str, origin: str
) -> tuple[str | None, tuple[Diagnostic, ...]]:
    from capyctl.core.address_variables import (  # noqa: PLC0415 - start-up budget
        MalformedExpressionError,
        UnsetVariablesError,
        expand_variables,
    )

    try:
        return expand_variables(value, lookup.environment.get), ()
    except UnsetVariablesError as error:
        code, reason = codes.VARIABLE_UNDEFINED, f"names a variable, but {error}"
    except MalformedExpressionError as error:
        code, reason = codes.SETTING_INVALID, f"cannot be read: {error}"
    return None, (_problem(lookup, code, f"The value of overridesFolder ({origin}) {reason}."),)


def _problem(lookup: ValueLookup, code: Code, detail: str) -> Diagnostic:
    span = lookup.configuration.span("overridesFolder")
    return Diagnostic(
        code=code,
        severity=Severity.ERROR,
        detail=detail,
        subject=Subject(file=lookup.configuration.path),
        spans=(span,) if span is not None else (),
    )


def _proxies(environment: Environment) -> tuple[ProxyRules, tuple[Diagnostic, ...]]:
    try:
        return proxy_rules(environment.get), ()
    except MalformedProxyError as error:
        problem = Diagnostic(
            code=codes.SETTING_INVALID,
            severity=Severity.WARNING,
            detail=f"The variable {error}; connections are made directly, as clusterctl makes them.",
        )
        return ProxyRules(), (problem,)


def unusable_prohibition(environment: Environment) -> tuple[Diagnostic, ...]:
    """A prohibition that cannot be read: nobody knows what the run may ask for, so that it must not ask."""
    value = environment.get(STRICT_VARIABLE)
    if value in (None, "", "strict"):
        return ()
    problem = Diagnostic(
        code=codes.SETTING_INVALID,
        severity=Severity.ERROR,
        detail=f"{STRICT_VARIABLE} may be 'strict' or unset.",
    )
    return (problem,)
