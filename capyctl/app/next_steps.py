"""The next step to look at, as a command, where nothing that mends the fault for good can be known.

Each is a command of this program that asks or shows what decides here, about the same provider and with the same
options (issue 3, section 1.9; cli.md 4). A code whose next step nobody can print is named in
tests/meta/test_fixes.py with the reason.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

from capyctl.core import codes
from capyctl.core.codes import Code
from capyctl.core.diagnostics import Applicability, Diagnostic, Fix
from capyctl.core.identity import CERT_MANAGER, MalformedReferenceError, parse_reference
from capyctl.core.invocation import Invocation

_Step = Callable[[Diagnostic, Invocation], Fix | None]


def next_step(item: Diagnostic, invocation: Invocation) -> Fix | None:
    """What to run next about this diagnostic, or None where nothing can be known or it was just run."""
    for step in _STEPS.get(item.code, ()):
        fix = step(item, invocation)
        if fix is not None:
            return fix
    return None


def _settings(_: Diagnostic, invocation: Invocation) -> Fix | None:
    if invocation.name == "config view":
        return None
    return _look("see every setting and file, and where it comes from", invocation.about("config", "view"))


def _table(_: Diagnostic, invocation: Invocation) -> Fix | None:
    if invocation.name == "config repositories":
        return None
    return _look("see which providers there are", invocation.about("config", "repositories"))


def _entry(item: Diagnostic, invocation: Invocation) -> Fix | None:
    label = _label(item)
    if label is None or invocation.name == "config provider":
        return None
    command = invocation.about("config", "provider", label)
    return _look("see the provider's address, and which file it comes from", command)


def _versions(item: Diagnostic, invocation: Invocation) -> Fix | None:
    label = _label(item)
    if label is None or invocation.name == "versions":
        return None
    return _look("see which versions there are, and their state", invocation.about("versions", label))


def _verified(item: Diagnostic, invocation: Invocation) -> Fix | None:
    label = _label(item)
    if label is None or (invocation.name == "versions" and invocation.has("--verify")):
        return None
    command = invocation.about("versions", label, "--verify")
    return _look("see which versions have sound metadata, and name one of them", command)


def _diagnosis(item: Diagnostic, invocation: Invocation) -> Fix | None:
    label = _label(item)
    if label is None or invocation.name == "diagnose-provider":
        return None
    command = invocation.about("diagnose-provider", label)
    return _look("see what every source answers, side by side", command)


def _description(item: Diagnostic, invocation: Invocation) -> Fix | None:
    label, version = _label(item), item.subject.version
    if label is None or version is None or (invocation.name, invocation.has("--describe")) == _DESCRIBED:
        return None
    command = invocation.about("generate", "provider", f"{label}:{version}", "--describe")
    return _look("see every variable, and which have a default", command)


_DESCRIBED = ("generate provider", True)


def _namespace(item: Diagnostic, invocation: Invocation) -> Fix | None:
    """Only the command for one provider: in a plan the option would move all the others as well."""
    label = _label(item)
    if label is None or invocation.name != "generate provider":
        return None
    command = invocation.with_option("--target-namespace", f"{label}-system")
    return _look("install into a namespace of that name, if the file is the right one", command)


def _online(_: Diagnostic, invocation: Invocation) -> Fix | None:
    if not invocation.has("--offline"):
        return None
    return _look("ask the sources themselves", invocation.without("--offline"))


def _usage(_: Diagnostic, invocation: Invocation) -> Fix:
    words = invocation.name.split()
    return _look("see what the command takes", Invocation(words=(*words, "--help")).command())


def _commands(_: Diagnostic, __: Invocation) -> Fix:
    return _look("see which commands there are", Invocation(words=("--help",)).command())


def _trace(_: Diagnostic, invocation: Invocation) -> Fix | None:
    if invocation.has("--debug") and invocation.has("--record"):
        return None
    more = [] if invocation.has("--debug") else ["--debug"]
    more += [] if invocation.has("--record") else ["--record", "capyctl-run.json"]
    return _look("report it with the record that this leaves", invocation.with_words(*more))


def _scenarios(_: Diagnostic, __: Invocation) -> Fix:
    return _look("see the scenarios that are there", Invocation(words=("lab", "list")).command())


def _check(_: Diagnostic, invocation: Invocation) -> Fix | None:
    if invocation.name == "cluster check":
        return None
    command = invocation.on_cluster("cluster", "check")
    return _look("see the management cluster judged part by part", command)


def _requests(_: Diagnostic, invocation: Invocation) -> Fix | None:
    if invocation.has("--debug"):
        return None
    return _look("see every request and how it ended", invocation.with_words("--debug"))


def _found_kubeconfig(_: Diagnostic, invocation: Invocation) -> Fix | None:
    if not invocation.has("--kubeconfig"):
        return None
    title = "take the cluster that KUBECONFIG or ~/.kube/config names, if that one is meant"
    return _look(title, invocation.for_show.without("--kubeconfig"))


def _look(title: str, command: str) -> Fix:
    return Fix(applicability=Applicability.REVIEW, title=title, command=command)


def _configured(item: Diagnostic, invocation: Invocation) -> Fix | None:
    """cert-manager is no provider that commands take; its version is a setting."""
    return _settings(item, invocation) if item.subject.provider == CERT_MANAGER else None


def _label(item: Diagnostic) -> str | None:
    """The provider's label, if commands can take it; what init brings along and odd names they cannot."""
    label = item.subject.provider
    if label is None or label == CERT_MANAGER:
        return None
    try:
        return parse_reference(label).name
    except MalformedReferenceError:
        return None


def _locked(_: Diagnostic, invocation: Invocation) -> Fix | None:
    given = next((each for each in ("--locked", "--bundle") if invocation.value_of(each)), None)
    if given is None:
        return None
    command = invocation.about("resolve", given, invocation.value_of(given) or "")
    if command == invocation.command():
        return None
    return _look("see what the lock has, and whether its files can be had", command)


_BY_STEPS: tuple[tuple[tuple[_Step, ...], tuple[Code, ...]], ...] = (
    ((_trace,), (codes.INTERNAL_FAULT,)),
    ((_usage,), (codes.USAGE, codes.LOCAL_REPOSITORY_MISSING)),
    ((_commands,), (codes.COMMAND_OF_CLUSTERCTL,)),
    ((_scenarios,), (codes.SCENARIO_INVALID,)),
    ((_table,), (codes.MALFORMED_REFERENCE, codes.UNKNOWN_PROVIDER, codes.AMBIGUOUS_NAME)),
    (
        (_settings,),
        (
            *(codes.NAME_UNUSABLE, codes.CONFIGURATION_UNREADABLE, codes.CONFIGURATION_ENTRY_INVALID),
            *(codes.VARIABLE_UNDEFINED, codes.SECTION_SHADOWED, codes.OVERRIDE_IN_UNUSED_FOLDER),
            *(codes.GOPROXY_MALFORMED, codes.SETTING_INVALID, codes.CREDENTIAL_REJECTED),
            *(codes.TLS_UNTRUSTED, codes.PROXY_REFUSED, codes.CREDENTIAL_IGNORED),
        ),
    ),
    ((_online, _settings), (codes.NO_DATA_OFFLINE,)),
    (
        (_entry, _settings),
        (
            *(codes.ADDRESS_FORM_UNKNOWN, codes.LOCAL_PATH_INVALID, codes.REPOSITORY_RENAMED),
            *(codes.REPOSITORY_NOT_FOUND, codes.REPOSITORY_ARCHIVED, codes.REDIRECT_REFUSED),
            *(codes.GITLAB_PRIVATE, codes.ACCESS_DENIED, codes.ALL_IN_ONE_MANIFEST),
            *(codes.COMPONENTS_OF_ANOTHER_PROVIDER, codes.LOCAL_NO_VERSIONS),
        ),
    ),
    (
        (_diagnosis, _settings),
        (
            *(codes.SOURCE_UNREACHABLE, codes.SOURCE_SILENT, codes.SOURCE_FAILED, codes.RATE_LIMITED),
            *(codes.ANSWER_IS_HTML, codes.ANSWER_IS_RECORD, codes.ANSWER_INCOMPLETE, codes.ANSWER_TOO_LARGE),
            *(
                codes.ANSWER_DIFFERS,
                codes.ANSWER_MALFORMED,
                codes.DEADLINE_PASSED,
                codes.VERSION_LIST_PARTIAL,
            ),
        ),
    ),
    (
        (_versions, _diagnosis, _configured),
        (
            *(codes.METADATA_MISSING, codes.COMPONENTS_MISSING, codes.VERSION_NOT_PUBLISHED),
            *(
                codes.VERSION_WITHDRAWN,
                codes.VERSION_NOT_FOUND,
                codes.DRAFT_RELEASE,
                codes.RELEASE_IN_PROGRESS,
            ),
            *(codes.PROXY_HIDES_VERSION, codes.PRERELEASE_CHOSEN, codes.CONTRACT_NOT_ACCEPTED),
            *(codes.NO_VERSION, codes.CANDIDATE_LIMIT, codes.COMPONENTS_UNREADABLE, codes.VARIABLE_SYNTAX),
            *(codes.SEVERAL_NAMESPACES, codes.IMAGE_NOT_CANONICAL, codes.OBJECT_NOT_PATCHABLE),
        ),
    ),
    (
        (_verified, _diagnosis),
        (
            *(codes.OWN_SERIES_MISSING, codes.METADATA_UNREADABLE, codes.METADATA_API_VERSION),
            *(codes.METADATA_KIND_WRONG, codes.METADATA_NO_SERIES, codes.METADATA_FIELD_TYPE),
            *(codes.METADATA_DUPLICATE_KEY, codes.METADATA_DUPLICATE_SERIES, codes.METADATA_CONTRACT_INVALID),
            *(codes.CONTRACT_DIFFERS_FROM_CRDS, codes.ANSWER_IS_LFS_POINTER),
        ),
    ),
    (
        (_locked, _settings),
        (
            *(codes.NOT_IN_LOCK, codes.LOCK_VERSION_DIFFERS, codes.LOCK_CONTRACT_DIFFERS),
            *(codes.LOCKED_FILE_NOT_KEPT, codes.LOCKED_REPOSITORY_RENAMED, codes.LOCKED_REPOSITORY_REPLACED),
        ),
    ),
    ((_diagnosis, _entry, _settings), (codes.LOCKED_FILE_DIFFERS, codes.LOCKED_FILE_GONE)),
    ((_description, _settings), (codes.VARIABLES_UNSET,)),
    ((_namespace, _entry), (codes.NAMESPACE_UNDETERMINED,)),
    (
        (_found_kubeconfig,),
        (codes.KUBECONFIG_MISSING, codes.KUBECONFIG_UNREADABLE, codes.CONTEXT_INCOMPLETE),
    ),
    (
        (_check, _requests),
        (
            *(codes.API_CERTIFICATE_REJECTED, codes.API_WRONG_HOST, codes.API_UNAUTHENTICATED),
            *(codes.API_FORBIDDEN, codes.API_CREDENTIAL_UNAVAILABLE, codes.API_NOT_KUBERNETES),
            *(codes.API_REQUEST_REJECTED, codes.WORKLOAD_KUBECONFIG_MISSING, codes.CONTEXT_UNKNOWN),
            *(codes.KUBERNETES_VERSION_UNREADABLE, codes.NODE_VERSION_SKEW, codes.NODE_NOT_READY),
            *(codes.CERT_MANAGER_MISSING, codes.CERT_MANAGER_NOT_READY, codes.ADDRESSES_NOT_SET),
            *(codes.CLOCK_SKEW, codes.CORE_PROVIDER_COUNT, codes.SEVERAL_INSTANCES),
        ),
    ),
)

_STEPS: Mapping[Code, tuple[_Step, ...]] = {code: steps for steps, of in _BY_STEPS for code in of}
