"""What to do about a code in general, where a diagnostic knows nothing more exact (issue 3, section 1.9)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from capyctl.core import codes
from capyctl.core.codes import Code
from capyctl.core.diagnostics import Applicability, Diagnostic, Fix
from capyctl.core.pattern import pattern
from capyctl.core.shown_address import masked_addresses


class _Advice(NamedTuple):
    """Words for a person; a command would need the options of this run, which only its maker knows."""

    title: str
    applicability: Applicability = Applicability.REVIEW


_UPSTREAM = Applicability.UPSTREAM
_CREDENTIAL = pattern(r"://[^/\s]*@|://[^/\s']*:[^\s']*@(?!sha256:)|://[^']*[?#]")

_ADVICE: Mapping[Code, tuple[_Advice, ...]] = {
    codes.NEWER_THAN_CLUSTERCTL: (
        _Advice("for an older clusterctl, add the entry to its configuration file"),
    ),
    codes.VARIABLE_UNDEFINED: (_Advice("set the variable (export NAME=VALUE), or write the value out"),),
    codes.CONFIGURATION_UNREADABLE: (_Advice("mend the file at the place shown"),),
    codes.CONFIGURATION_ENTRY_INVALID: (_Advice("mend the entry at the place shown"),),
    codes.SECTION_SHADOWED: (_Advice("unset the variable; nothing needs it to be set"),),
    codes.COMMAND_OF_CLUSTERCTL: (_Advice("run the same words with clusterctl"),),
    codes.LOCAL_PATH_INVALID: (_Advice("give the folders the names that the form asks for"),),
    codes.GOPROXY_MALFORMED: (_Advice("mend GOPROXY, or do without it: unset GOPROXY"),),
    codes.NAME_UNUSABLE: (_Advice("give the provider a name of letters, digits and '-'"),),
    codes.SETTING_INVALID: (_Advice("give the setting a value that it takes, or leave it out"),),
    codes.SCENARIO_INVALID: (_Advice("mend the file; the reference of its format is in the documentation"),),
    codes.COMMAND_NOT_STARTED: (_Advice("install the program, or give its path"),),
    codes.IMAGE_OVERRIDE_UNUSED: (
        _Advice("remove the entry, or correct its key: all, a provider's label, or cert-manager"),
    ),
    codes.ADDRESS_FORM_UNKNOWN: (
        _Advice("say what the host is: kind: github, gitlab or https in the entry"),
    ),
    codes.CREDENTIAL_REJECTED: (
        _Advice("renew the token, or do without it (public data needs none): unset GITHUB_TOKEN GH_TOKEN"),
    ),
    codes.NO_DATA_OFFLINE: (
        _Advice("run once without --offline, or put the file under the overrides folder"),
    ),
    codes.REPOSITORY_ARCHIVED: (
        _Advice("move to a provider that is maintained; the address needs no mending"),
    ),
    codes.METADATA_MISSING: (
        _Advice("take a complete version, or add the file as an override"),
        _Advice("attach metadata.yaml to the release", applicability=_UPSTREAM),
    ),
    codes.METADATA_API_VERSION: (
        _Advice("remove the override, if the file is one; the only version of the format is v1alpha3"),
        _Advice("write apiVersion: clusterctl.cluster.x-k8s.io/v1alpha3", applicability=_UPSTREAM),
    ),
    codes.OWN_SERIES_MISSING: (
        _Advice("take a version whose series is listed, or add the line in an override"),
        _Advice("list the release series of this version in metadata.yaml", applicability=_UPSTREAM),
    ),
    codes.COMPONENTS_MISSING: (
        _Advice("take a complete version"),
        _Advice("attach the components file to the release", applicability=_UPSTREAM),
    ),
    codes.VERSION_NOT_PUBLISHED: (
        _Advice("take a published version, or see with diagnose-provider why it is not"),
    ),
    codes.VERSION_RETRACTED: (
        _Advice("read the reason; where it concerns more than the Go module, name another version"),
    ),
    codes.VERSION_WITHDRAWN: (_Advice("take another version; waiting does not help"),),
    codes.PROXY_HIDES_VERSION: (
        _Advice("for clusterctl, name the version, or set GOPROXY=off"),
        _Advice("end the module path in go.mod with the major version, such as /v2", applicability=_UPSTREAM),
    ),
    codes.PRERELEASE_CHOSEN: (_Advice("name the version, so that the next one does not come unasked"),),
    codes.CONTRACT_NOT_ACCEPTED: (
        _Advice("take a version with an accepted contract, or a core provider that accepts it"),
    ),
    codes.TEMPLATE_MISSING: (
        _Advice("name a flavour that the release has, or take its template from the provider's repository"),
        _Advice("attach cluster-template.yaml to the next release", applicability=_UPSTREAM),
    ),
    codes.INSPECTION_NEEDS_NO_VARIABLES: (
        _Advice("set them in the environment or in clusterctl.yaml before you install"),
    ),
    codes.VARIABLES_UNSET: (_Advice("set them in the environment or in clusterctl.yaml"),),
}


def fixes_of(diagnostic: Diagnostic) -> tuple[Fix, ...]:
    """The diagnostic's own fixes, else the standing advice of its code."""
    own = tuple(map(_without_secret, diagnostic.fixes))
    return own or tuple(
        Fix(applicability=advice.applicability, title=advice.title)
        for advice in _ADVICE.get(diagnostic.code, ())
    )


def _without_secret(fix: Fix) -> Fix:
    """A command that repeats an address with a credential in it is left to the one who typed it."""
    if fix.command is None or not _repeats_secret(fix.command):
        return fix
    applicability = Applicability.REVIEW if fix.applicability is Applicability.SAFE else fix.applicability
    return Fix(applicability=applicability, title=fix.title, edit=fix.edit)


def _repeats_secret(command: str) -> bool:
    words = command.replace("'", " ")
    return bool(_CREDENTIAL().search(command)) or masked_addresses(words, "") != words
