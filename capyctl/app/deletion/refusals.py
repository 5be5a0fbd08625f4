"""What speaks against a deletion before its first write, as diagnostics (clusterctl-cluster 6.1, 10)."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from capyctl.app.cluster_diagnostics import diagnose_readings
from capyctl.app.deletion.look import Found, InUse
from capyctl.core import codes
from capyctl.core.codes import Code
from capyctl.core.deletion import Refusal
from capyctl.core.deletion_selection import Leaving, Selection, Unmet, UnmetReference
from capyctl.core.diagnostics import Applicability, Diagnostic, Fix, Severity, Subject
from capyctl.core.identity import ProviderReference
from capyctl.core.invocation import Invocation
from capyctl.core.provider_lookup import edit_distance

_NAMED = 5
_NEAR = 2


def about_selection(selection: Selection, invocation: Invocation) -> list[Diagnostic]:
    """References that stand for nothing that is installed, and labels that a type flag was given."""
    return [
        *(_unmet(each, selection.known, invocation) for each in selection.unmet),
        *(_label_note(reference, found, invocation) for reference, found in selection.by_label),
    ]


def about_found(found: Found, invocation: Invocation, *, force: bool) -> list[Diagnostic]:
    """What could not be read, and what is there that would lose its providers; by ``--force`` a warning."""
    severity = Severity.WARNING if force else Severity.ERROR
    said = [*diagnose_readings(found.failures, about="what belongs to the providers")]
    said += diagnose_readings(
        found.clusters_failures, about="what the providers are still needed for", severity=severity
    )
    said += [_clusters(found.clusters, invocation, severity)] if found.clusters else []
    said += [_in_use(found.in_use, invocation, severity)] if found.in_use else []
    return said + [_silent(group, group in found.hiding) for group in found.silent]


def shared(refusals: Iterable[Refusal], invocation: Invocation) -> list[Diagnostic]:
    """Namespaces in which somebody else lives; no option overrides that (weakness 28)."""
    command = invocation.without("--include-namespace")
    return [
        Diagnostic(
            code=codes.NAMESPACE_SHARED,
            severity=Severity.ERROR,
            detail=f"{_capital(each.detail)}. Nothing was deleted.",
            subject=Subject(provider=each.about[0]),
            fixes=(_fix("delete the providers and keep the namespace", command),),
        )
        for each in refusals
    ]


def _unmet(unmet: UnmetReference, known: Sequence[Leaving], invocation: Invocation) -> Diagnostic:
    match unmet.why:
        case Unmet.ABSENT:
            return _absent(unmet.reference, known, invocation)
        case Unmet.AMBIGUOUS:
            return _ambiguous(unmet, invocation)
        case Unmet.SEVERAL:
            return _several(unmet)
        case Unmet.OTHER_VERSION:
            return _other_version(unmet, invocation)


def _absent(reference: ProviderReference, known: Sequence[Leaving], invocation: Invocation) -> Diagnostic:
    of_type = f" of type {reference.type.value}" if reference.type is not None else ""
    listed = ", ".join(f"{each.instance_name} {each.version}" for each in known)
    near = [each for each in known if _is_near(reference, each)]
    fixes = [_instead(reference, each, invocation) for each in near[:3]]
    look = _fix("see what is installed", invocation.on_cluster("upgrade", "plan"))
    return Diagnostic(
        code=codes.PROVIDER_NOT_INSTALLED,
        severity=Severity.ERROR,
        detail=f"No provider {reference.name}{of_type} is in the inventory, so the namespace it would be in is not"
        f" known. Installed: {listed or 'nothing'}. Nothing was deleted.",
        subject=Subject(version=reference.version),
        fixes=tuple(fixes) or (look,),
    )


def _is_near(reference: ProviderReference, known: Leaving) -> bool:
    name = known.key.name if known.key is not None else known.label
    return min(edit_distance(reference.name, text) for text in (name, known.label)) <= _NEAR


def _instead(reference: ProviderReference, known: Leaving, invocation: Invocation) -> Fix:
    """The same with a label, or with the name after a flag of that type."""
    kind = reference.type
    fits = kind is None or (known.key is not None and known.key.type is kind)
    text = known.key.name if kind is not None and known.key is not None else known.label
    command = invocation.with_reference(reference.text, text, kind=kind) if fits else None
    return _fix(f"name {known.label}", command)


def _ambiguous(unmet: UnmetReference, invocation: Invocation) -> Diagnostic:
    labels = ", ".join(each.label for each in unmet.found)
    return Diagnostic(
        code=codes.AMBIGUOUS_NAME,
        severity=Severity.ERROR,
        detail=f"The name {unmet.reference.name} belongs to {labels}, all of them installed. Give one of these"
        " labels.",
        fixes=tuple(_instead(unmet.reference, each, invocation) for each in unmet.found),
    )


def _several(unmet: UnmetReference) -> Diagnostic:
    places = ", ".join(each.instance_name for each in unmet.found)
    return Diagnostic(
        code=codes.SEVERAL_INSTANCES,
        severity=Severity.ERROR,
        detail=f"{unmet.found[0].label} is in the inventory {len(unmet.found)} times: {places}. Which of them is meant"
        " cannot be said by its name. Nothing was deleted.",
        subject=Subject(provider=unmet.found[0].label),
        fixes=(_fix("delete the inventory entry of the instance that does not run, then the other one"),),
    )


def _other_version(unmet: UnmetReference, invocation: Invocation) -> Diagnostic:
    found, reference = unmet.found[0], unmet.reference
    text = reference.text.partition(":")[0]
    command = invocation.with_reference(reference.text, text, kind=reference.type)
    return Diagnostic(
        code=codes.OTHER_VERSION_INSTALLED,
        severity=Severity.ERROR,
        detail=f"{found.instance_name} is installed as {found.version}, not as {reference.version}. Nothing was"
        " deleted.",
        subject=Subject(provider=found.label, version=found.version or None),
        fixes=(_fix(f"delete {found.version}, whatever was expected", command),),
    )


def _label_note(reference: ProviderReference, found: Leaving, invocation: Invocation) -> Diagnostic:
    key = found.key
    name, flag = (key.name, key.type.flag) if key is not None else (found.label, "")
    version = f":{reference.version}" if reference.version else ""
    command = invocation.with_reference(reference.text, f"{name}{version}", kind=reference.type)
    return Diagnostic(
        code=codes.LABEL_AS_NAME,
        severity=Severity.NOTE,
        detail=f"{reference.name} is a manifest label; the provider is called {name}, and --{flag} says"
        " its type already.",
        subject=Subject(provider=found.label),
        fixes=(_fix(f"give the name: --{flag} {name}{version}", command),),
    )


def _clusters(names: Sequence[str], invocation: Invocation, severity: Severity) -> Diagnostic:
    stop = severity is Severity.ERROR
    return Diagnostic(
        code=codes.CLUSTERS_EXIST,
        severity=severity,
        detail=f"{_count(len(names), 'Cluster is', 'Clusters are')} there: {_some(names)}. Without the providers nobody"
        " manages or deletes them: what they run stays, and a Cluster that is deleted afterwards never goes."
        f"{' Nothing was deleted.' if stop else ' They stay as they are (--force).'}",
        fixes=_by_force("delete the Clusters first and wait until they are gone", invocation, stop=stop),
    )


def _in_use(in_use: Sequence[InUse], invocation: Invocation, severity: Severity) -> Diagnostic:
    stop = severity is Severity.ERROR
    listed = "; ".join(f"{each.definition}: {len(each.objects)} ({_some(each.objects)})" for each in in_use)
    count = sum(len(each.objects) for each in in_use)
    return Diagnostic(
        code=codes.DEFINITIONS_IN_USE,
        severity=severity,
        detail=f"--include-crd deletes the definitions with their objects, and there {'is' if count == 1 else 'are'}"
        f" {_count(count, 'object', 'objects')}: {listed}."
        f"{' Nothing was deleted.' if stop else ' They go too (--force).'}",
        fixes=_by_force("delete these objects first, while their providers still run", invocation, stop=stop),
    )


def _by_force(title: str, invocation: Invocation, *, stop: bool) -> tuple[Fix, ...]:
    if not stop:
        return ()
    return _fix(title), _fix("delete all the same", invocation.with_words("--force"))


def _silent(group: str, hides: bool) -> Diagnostic:
    name, _, version = group.partition("/")
    meaning = (
        "It may hold objects of the providers, so what has to be deleted is not known. Nothing was deleted."
        if hides
        else "It holds nothing that has to be deleted."
    )
    code: Code = codes.API_GROUP_UNAVAILABLE
    return Diagnostic(
        code=code,
        severity=Severity.ERROR if hides else Severity.WARNING,
        detail=f"The API group {group} is served by a server of its own that does not answer. {meaning}",
        fixes=(_fix(f"repair its server, or delete what registers it: the APIService {version}.{name}"),),
    )


def _some(names: Sequence[str]) -> str:
    shown = ", ".join(names[:_NAMED])
    return f"{shown} and {len(names) - _NAMED} more" if len(names) > _NAMED else shown


def _count(number: int, one: str, many: str) -> str:
    return f"{number} {one if number == 1 else many}"


def _fix(title: str, command: str | None = None) -> Fix:
    return Fix(applicability=Applicability.REVIEW, title=title, command=command)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]
