"""Rules about components: facts in, diagnostics out (issue 3 item 6; failure catalogue F21, F53 to F58)."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from msgspec.structs import replace

from capyctl.core.codes import (
    ALL_IN_ONE_MANIFEST,
    COMPONENTS_OF_ANOTHER_PROVIDER,
    IMAGE_NOT_CANONICAL,
    NAMESPACE_UNDETERMINED,
    OBJECT_NOT_PATCHABLE,
    SEVERAL_NAMESPACES,
    VARIABLES_UNSET,
)
from capyctl.core.components_facts import CERT_MANAGER_GROUP, ComponentsFacts
from capyctl.core.components_images import ImageProblem
from capyctl.core.components_text import ComponentsText
from capyctl.core.diagnostics import (
    Applicability,
    Confidence,
    Diagnostic,
    Fix,
    Severity,
    Subject,
)
from capyctl.core.identity import ProviderKey, ProviderType, split_manifest_label
from capyctl.core.pattern import pattern
from capyctl.core.rules.template_values import joined
from capyctl.core.template_variable import Variable

_SECRET_NAME = pattern(r"B64|TOKEN|SECRET|PASSWORD|PASSPHRASE|CREDENTIAL|PRIVATE|_KEY\b", re.IGNORECASE)
_CORE_CRD = "clusters.cluster.x-k8s.io"
_CORE_NAMES = frozenset({"cluster-api"})


def variables_unset(text: ComponentsText, missing: Sequence[Variable]) -> Diagnostic:
    """All required variables without a value at once (F55)."""
    names = [variable.name for variable in missing]
    secret = [name for name in names if _SECRET_NAME().search(name)]
    hint = f" Secret by name: {joined(secret)}." if secret else ""
    spans = tuple(
        text.span(item.line, item.column, f"{item.name} has no default", length=len(item.name) + 3)
        for item in missing
    )
    return Diagnostic(
        code=VARIABLES_UNSET,
        severity=Severity.ERROR,
        detail=f"The components need a value for {joined(names)}; neither the environment nor the "
        f"configuration file has one. A variable that is set to nothing counts as set.{hint}",
        subject=text.subject,
        spans=spans,
        fixes=(_review(f"set {joined(names)} in the environment or in the configuration file"),),
    )


def image_problems(
    subject: Subject, problems: Iterable[ImageProblem], *, lenient: bool
) -> tuple[Diagnostic, ...]:
    """References that clusterctl refuses; unexpanded text is no reason to stop (W-37)."""
    return tuple(_image_problem(subject, problem, lenient=lenient) for problem in problems)


def namespace_problems(
    subject: Subject,
    facts: ComponentsFacts,
    target: str | None,
    *,
    looking: bool,
    cause: Diagnostic | None = None,
) -> tuple[Diagnostic, ...]:
    """No namespace where one is needed, or several (10.5; F21)."""
    if len(facts.namespaces) > 1:
        found = _several_namespaces(subject, facts)
    elif facts.objects and facts.nameless == facts.objects:
        found = _no_object(subject)
    elif target:
        return ()
    else:
        found = _nowhere_to_install(subject, facts, looking=looking)
    return (replace(found, caused_by=cause),)


def _several_namespaces(subject: Subject, facts: ComponentsFacts) -> Diagnostic:
    detail = (
        f"The components hold {len(facts.namespaces)} Namespace objects, {joined(facts.namespaces)}; a "
        "provider is installed into one namespace, so clusterctl refuses such a file."
    )
    fix = _upstream("publish the components with one Namespace, and every namespaced object in it")
    return Diagnostic(
        code=SEVERAL_NAMESPACES, severity=Severity.ERROR, detail=detail, subject=subject, fixes=(fix,)
    )


def _no_object(subject: Subject) -> Diagnostic:
    detail = (
        "The file holds no Kubernetes object: nothing in it has an apiVersion and a kind. It is not a "
        "provider manifest, so something else than the components file was read."
    )
    return Diagnostic(code=NAMESPACE_UNDETERMINED, severity=Severity.ERROR, detail=detail, subject=subject)


def _nowhere_to_install(subject: Subject, facts: ComponentsFacts, *, looking: bool) -> Diagnostic:
    what = "is empty" if not facts.objects else "has no Namespace object"
    detail = (
        f"The components file {what} and no target namespace was given, so there is nowhere to install to. "
        "A file that comes from a moved or a wrong address often looks like this."
    )
    severity = Severity.WARNING if looking and facts.objects else Severity.ERROR
    fix = _review("name the namespace with --target-namespace, if the file is the right one")
    return Diagnostic(
        code=NAMESPACE_UNDETERMINED, severity=severity, detail=detail, subject=subject, fixes=(fix,)
    )


def object_not_patchable(subject: Subject, reason: str) -> Diagnostic:
    """An object whose version or values do not let it be adjusted (10.5)."""
    detail = f"{reason}. The object cannot be brought into the target namespace."
    fix = _upstream("publish the object with the types that its API version has")
    return Diagnostic(
        code=OBJECT_NOT_PATCHABLE, severity=Severity.ERROR, detail=detail, subject=subject, fixes=(fix,)
    )


def all_in_one(subject: Subject, facts: ComponentsFacts) -> Diagnostic | None:
    """An installer of everything in a provider's place: several providers, or cert-manager with one."""
    reasons = [*_several_providers(facts), *_bundled_cert_manager(subject, facts)]
    if not reasons:
        return None
    detail = (
        f"This is an installer of everything, not one provider's components: it {' and it '.join(reasons)}. "
        "Taken as one provider, its objects would all be moved into one namespace and labelled as one."
    )
    fix = _review(
        "point the provider's url at its own components file, such as infrastructure-components.yaml"
    )
    return Diagnostic(
        code=ALL_IN_ONE_MANIFEST, severity=Severity.ERROR, detail=detail, subject=subject, fixes=(fix,)
    )


def provider_label(
    subject: Subject, facts: ComponentsFacts, known_labels: frozenset[str] = frozenset()
) -> tuple[Diagnostic, ...]:
    """The provider label of the file is another one: a warning if it is really another provider's.

    Labels are rewritten on installation, so an author's own spelling, such as ``infrastructure-k0smotron``
    for ``infrastructure-k0sproject-k0smotron``, is a note at most.
    """
    labels = [label for label, _ in facts.provider_labels]
    own = subject.provider or ""
    if not labels or own in labels:
        return ()
    if any(_same_provider(own, label) for label in labels):
        detail = f"The objects carry the label {joined(labels)}; installing replaces it by {own}."
        return (
            Diagnostic(
                code=COMPONENTS_OF_ANOTHER_PROVIDER, severity=Severity.NOTE, detail=detail, subject=subject
            ),
        )
    foreign = [label for label in labels if _is_another_provider(own, label, known_labels)]
    if not foreign:
        detail = f"The objects carry the unknown label {joined(labels)}; installing replaces it by {own}."
        return (
            Diagnostic(
                code=COMPONENTS_OF_ANOTHER_PROVIDER, severity=Severity.NOTE, detail=detail, subject=subject
            ),
        )
    detail = (
        f"The objects carry the label {joined(foreign)}, which is another provider than {own}. The address "
        "may lead to the wrong file."
    )
    fix = _review(f"check that the provider's url names the components file of {own}")
    return (
        Diagnostic(
            code=COMPONENTS_OF_ANOTHER_PROVIDER,
            severity=Severity.WARNING,
            confidence=Confidence.LIKELY,
            detail=detail,
            subject=subject,
            fixes=(fix,),
        ),
    )


def _image_problem(subject: Subject, problem: ImageProblem, *, lenient: bool) -> Diagnostic:
    where = f"container {problem.container!r} of {problem.kind} {problem.name!r}"
    severity = Severity.WARNING if lenient else Severity.ERROR
    if lenient and "${" in problem.image:
        detail = f"The image of {where} is known only after substitution: {problem.image}."
        severity = Severity.NOTE
    else:
        detail = (
            f"The image {problem.image!r} of {where} cannot be used: {problem.reason}. clusterctl asks for "
            "the registry's host in every image, with or without image overrides."
        )
    fix = _upstream("publish the components with the image's full name, registry host included")
    return Diagnostic(
        code=IMAGE_NOT_CANONICAL, severity=severity, detail=detail, subject=subject, fixes=(fix,)
    )


def _several_providers(facts: ComponentsFacts) -> list[str]:
    distinct: list[str] = []
    for label, _ in facts.provider_labels:
        known_type = _is_typed(split_manifest_label(label))
        if known_type and not any(_same_provider(label, other) for other in distinct):
            distinct.append(label)
    if len(distinct) > 1:
        return [f"labels its objects for several providers ({joined(distinct)})"]
    used = [name for name in facts.namespaces if name in facts.workload_namespaces]
    if len(used) > 1:
        return [f"runs controllers in several namespaces of its own ({joined(used)})"]
    return []


def _bundled_cert_manager(subject: Subject, facts: ComponentsFacts) -> list[str]:
    if subject.provider == "cert-manager":
        return []
    groups = {crd.group for crd in facts.crds}
    if CERT_MANAGER_GROUP not in groups:
        return []
    with_core = any(crd.name == _CORE_CRD for crd in facts.crds)
    return ["brings cert-manager's CRDs" + (" together with those of Cluster API" if with_core else "")]


def _same_provider(own: str, other: str) -> bool:
    """The same type and one name part of the other, as ``k0smotron`` of ``k0sproject-k0smotron``."""
    first, second = split_manifest_label(own), split_manifest_label(other)
    if first.type is not second.type:
        return False
    short, long = sorted((first.name, second.name), key=len)
    return f"-{short}-" in f"-{long}-"


def _is_another_provider(own: str, label: str, known_labels: frozenset[str]) -> bool:
    key = split_manifest_label(label)
    if label in known_labels:
        return True
    return _is_typed(key) and key.type is not split_manifest_label(own).type


def _is_typed(key: ProviderKey) -> bool:
    """Whether a label says its type; any text without a prefix would pass for a core provider's name."""
    return key.type is not ProviderType.CORE or key.name in _CORE_NAMES


def _review(title: str) -> Fix:
    return Fix(applicability=Applicability.REVIEW, title=title)


def _upstream(title: str) -> Fix:
    return Fix(applicability=Applicability.UPSTREAM, title=title)
