"""What a record tells about the words and variables of a run: what mattered, and no secret (cli.md 7.3)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Final

from capyctl.core.pattern import pattern
from capyctl.core.shown_address import masked_addresses
from capyctl.report.redaction import MARK, without_secrets
from capyctl.report.typed_secrets import without_typed_secrets

_SHOWN: Final = frozenset(
    {
        *("GOPROXY", "GOPRIVATE", "GONOPROXY", "GOENV", "GOINSECURE", "GOFLAGS"),
        *("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY", "SSL_CERT_FILE", "SSL_CERT_DIR"),
        *("XDG_CONFIG_HOME", "XDG_CACHE_HOME", "KUBECONFIG", "KUBERNETES_VERSION", "DOCKER_CONFIG"),
        *("NO_COLOR", "FORCE_COLOR", "TERM", "LC_ALL", "LC_CTYPE", "LANG", "TZ"),
        *("CAPYCTL_OUTPUT", "CAPYCTL_OFFLINE", "CAPYCTL_DEADLINE", "CAPYCTL_NO_CACHE", "CAPYCTL_PROVIDERS"),
        *("CAPYCTL_GOPROXY_OFF", "CAPYCTL_RELEASE_MARKERS", "CAPYCTL_BUNDLE"),
        *("CLUSTER_TOPOLOGY", "EXP_MACHINE_POOL", "CLUSTERCTL_LOG_LEVEL", "CLUSTERCTL_DISABLE_VERSIONCHECK"),
    }
)
"""Variables whose values say how a run went and are no secrets; addresses in them lose their credentials."""
_NAMED: Final = frozenset(
    {
        *("GITHUB_TOKEN", "GH_TOKEN", "GITLAB_ACCESS_TOKEN", "CI_JOB_TOKEN", "NETRC"),
        *("PROVIDERS", "IMAGES", "CERT_MANAGER", "OVERRIDESFOLDER"),
    }
)
"""Variables of which only is told that they are set."""
_CREDENTIAL = pattern(r"(^|://)(?:(?!://).)*@", re.DOTALL)
_QUERY = pattern(r"(://[^\s?#,|]*)[?#][^\s,|]*")
_TAIL = pattern(r"(//[^\s?#]*)[?#]\S*")


def told_environment(environ: Mapping[str, str], templates: Iterable[str] = ()) -> dict[str, str]:
    """The variables that are set and matter to capyctl, by name; a value that might be secret as ``***``.

    ``templates`` are names of template variables, of which the values are never told.
    """
    told = _SHOWN | _NAMED | set(templates)
    return {
        name: _shown(value) if name.upper() in _SHOWN else MARK
        for name, value in environ.items()
        if name in told or name.upper() in told
    }


def told_arguments(words: Iterable[str], secrets: Sequence[str]) -> tuple[str, ...]:
    """The words as typed, without credentials and signed queries of addresses, typed secrets, and known ones."""
    return tuple(_told(word, secrets) for word in without_typed_secrets(words))


def _told(word: str, secrets: Sequence[str]) -> str:
    return without_secrets(_TAIL().sub(r"\1", masked_addresses(word, MARK)), secrets)


def _shown(value: str) -> str:
    return _QUERY().sub(r"\1", _CREDENTIAL().sub(rf"\1{MARK}@", masked_addresses(value, MARK)))
