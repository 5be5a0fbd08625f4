"""Whether a server is the Kubernetes that was asked for, and one that the core supports: one judgement.

Rules: issue 4, 1.4; clusterctl-cluster 8.4; cases F62 and F75. An emulated version counts for the range.
"""

from __future__ import annotations

from collections.abc import Iterator

from msgspec import Struct, field

from capyctl.core import codes
from capyctl.core.codes import Code
from capyctl.core.diagnostics import Applicability, Diagnostic, Fix, Severity, Subject
from capyctl.core.evidence import Evidence
from capyctl.core.invocation import Invocation
from capyctl.core.kubernetes_support import CoreAdvice, KubernetesSupport, SupportedRange
from capyctl.core.kubernetes_version import (
    AskedVersion,
    KubernetesMinor,
    KubernetesVersion,
    ServerVersion,
    parse_asked,
    parse_kubernetes_version,
)
from capyctl.core.version import parse_version

CORE_LABEL = "cluster-api"
ALLOW = "--allow-unsupported-kubernetes"
OPTION = "--kubernetes-version"
_NAMED = 5
_ORDER = (Severity.ERROR, Severity.WARNING, Severity.NOTE)


class KubernetesFacts(Struct, frozen=True, kw_only=True):
    """What the judgement rests on.

    Attributes:
        asked: the version asked for as given, None for none. said_by: the option or variable it came from.
        core: version of the core that is installed or will be; None where there is none.
        installed: whether that core is there already: then it is upgraded or stays, and no other is named in its place.
        nodes: name and kubelet version of each node, as stated. known_cores: tags of releases known to exist.
        topology: whether ``CLUSTER_TOPOLOGY`` is true. allow_unsupported: whether too old is only a warning.
    """

    server: ServerVersion
    support: KubernetesSupport
    asked: str | None = None
    said_by: str = OPTION
    core: str | None = None
    installed: bool = False
    nodes: tuple[tuple[str, str], ...] = ()
    known_cores: tuple[str, ...] = ()
    topology: bool = False
    allow_unsupported: bool = False
    invocation: Invocation = field(default_factory=Invocation)
    evidence: tuple[Evidence, ...] = ()


class KubernetesFit(Struct, frozen=True, kw_only=True):
    """The judgement: what was asked, what is there, what is supported, and what is to be said, if anything.

    Attributes:
        supported: by the core; None where there is none, or the data does not know it.
        newest_core: the newest that supports this server; None where none in the data does.
        other_nodes: nodes that are not of the version asked for.
    """

    asked: AskedVersion | None
    server: ServerVersion
    supported: SupportedRange | None
    newest_core: CoreAdvice | None
    other_nodes: tuple[str, ...]
    summary: str
    diagnostic: Diagnostic | None

    @property
    def brief(self) -> str:
        """Server and range in a few words; sources are in ``summary``."""
        text = self.server.text or "no stated version"
        if self.server.emulates_another:
            text += f", emulating {self.server.emulated}"
        if self.asked is not None:
            text += f"; asked for {self.asked.text}"
        if self.supported is not None:
            return f"{text}; core {self.supported.core} supports {self.supported}"
        return f"{text}; the newest core that supports it is {self.newest_core}" if self.newest_core else text


class _Finding(Struct, frozen=True, kw_only=True):
    code: Code
    severity: Severity
    sentence: str
    fixes: tuple[Fix, ...] = ()


def judge_kubernetes(facts: KubernetesFacts) -> KubernetesFit:
    """Compare the server with what was asked for and with what the core supports."""
    asked = parse_asked(facts.asked, facts.said_by) if facts.asked is not None else None
    supported = facts.support.of_core(facts.core) if facts.core is not None else None
    effective = facts.server.effective
    newest = facts.support.newest_core_for(effective, facts.known_cores) if effective else None
    others = _other_nodes(facts.nodes, asked)
    summary = _summary(facts, asked, supported)
    findings = [
        *_asked_findings(facts, asked, others),
        *_unreadable_findings(facts, asked),
        *_range_findings(facts, supported, newest),
    ]
    return KubernetesFit(
        asked=asked,
        server=facts.server,
        supported=supported,
        newest_core=newest,
        other_nodes=others,
        summary=summary,
        diagnostic=_diagnosis(facts, summary, findings) if findings else None,
    )


def _other_nodes(nodes: tuple[tuple[str, str], ...], asked: AskedVersion | None) -> tuple[str, ...]:
    """Nodes of another version; one whose version cannot be read is none (a simulated kubelet)."""
    if asked is None:
        return ()
    read = ((name, parse_kubernetes_version(text)) for name, text in nodes)
    return tuple(f"{name} ({version})" for name, version in read if version and not asked.fits(version))


def _summary(facts: KubernetesFacts, asked: AskedVersion | None, supported: SupportedRange | None) -> str:
    """Asked, actual, supported, and who said each."""
    server = facts.server
    parts = [f"asked for {asked.text} ({asked.said_by})"] if asked is not None else []
    parts.append(f"the server is {server.text or 'of no stated version'}")
    if server.emulated is not None:
        parts[-1] += f", emulates {server.emulated}"
    if server.minimum_compatible is not None:
        parts[-1] += f", minimum compatible {server.minimum_compatible}"
    if supported is not None:
        parts.append(f"core {supported.core} supports {supported} ({supported.source})")
    elif facts.core is not None:
        parts.append(f"what core {facts.core} supports is not in the data of {facts.support.as_of}")
    return "; ".join(parts)


def _asked_findings(
    facts: KubernetesFacts, asked: AskedVersion | None, others: tuple[str, ...]
) -> Iterator[_Finding]:
    actual = facts.server.version
    if asked is None or actual is None:
        return
    emulated = facts.server.emulated if facts.server.emulates_another else None
    severity, sentence = _apart(asked, actual, emulated)
    if sentence:
        yield _Finding(
            code=codes.KUBERNETES_NOT_AS_ASKED,
            severity=severity,
            sentence=sentence,
            fixes=_pin_fixes(facts, actual),
        )
    elif others:
        sentence = f"{len(others)} of {len(facts.nodes)} nodes are of another version: {_some(others)}."
        yield _Finding(code=codes.KUBERNETES_NOT_AS_ASKED, severity=Severity.WARNING, sentence=sentence)


def _apart(
    asked: AskedVersion, actual: KubernetesVersion, emulated: KubernetesMinor | None
) -> tuple[Severity, str]:
    """How far a server is from what was asked for, and in which words; no words where it is the one."""
    if asked.fits(actual):
        sentence = f"It is {actual}, and behaves as {emulated}: it was started to emulate that release."
        return Severity.ERROR, sentence if emulated is not None else ""
    if asked.patch is None and asked.minor == emulated:
        return Severity.WARNING, f"It is another release, and behaves as {emulated}, which was asked for."
    return Severity.ERROR, (
        "Something on the way made another choice: a node image, an override in the configuration, a marker that "
        "was resolved twice, or another binary."
    )


def _unreadable_findings(facts: KubernetesFacts, asked: AskedVersion | None) -> Iterator[_Finding]:
    if facts.asked is not None and asked is None:
        named = facts.said_by.startswith("-")
        yield _Finding(
            code=codes.KUBERNETES_VERSION_UNREADABLE,
            severity=Severity.ERROR if named else Severity.WARNING,
            sentence=(
                f"{facts.said_by} is {facts.asked!r}, and that is no version such as v1.34 or v1.34.3, so nothing is "
                "compared with it. A marker has to be resolved to a version first."
            ),
        )
    if facts.server.version is None:
        yield _Finding(
            code=codes.KUBERNETES_VERSION_UNREADABLE,
            severity=Severity.WARNING,
            sentence="The server states no version that can be read, so nothing is compared with it.",
        )


def _range_findings(
    facts: KubernetesFacts, supported: SupportedRange | None, newest: CoreAdvice | None
) -> Iterator[_Finding]:
    effective, version = facts.server.effective, facts.server.version
    minimum = facts.support.minimum
    required = minimum.required(topology=facts.topology)
    if version is not None and (version.minor, version.patch) < (required.minor, required.patch):
        yield _too_old(facts, f"clusterctl works with {required} and later only ({minimum.source}).", newest)
        return
    if effective is None or (supported is None and facts.core is not None):
        return
    oldest = supported.oldest if supported is not None else facts.support.oldest
    limit = supported.newest if supported is not None else facts.support.newest
    said = f"core {facts.core}" if supported is not None else f"any core in the data of {facts.support.as_of}"
    if effective < oldest:
        yield _too_old(facts, f"{effective} is older than {oldest}, the oldest that {said} supports.", newest)
    elif effective > limit:
        sentence = f"{effective} is newer than {limit}, the newest that {said} is known to support."
        yield _too_new(facts, sentence, newest)


def _too_old(facts: KubernetesFacts, sentence: str, newest: CoreAdvice | None) -> _Finding:
    severity = Severity.WARNING if facts.allow_unsupported else Severity.ERROR
    return _Finding(
        code=codes.KUBERNETES_TOO_OLD,
        severity=severity,
        sentence=sentence,
        fixes=tuple(_ways_out(facts, newest)),
    )


def _ways_out(facts: KubernetesFacts, newest: CoreAdvice | None) -> Iterator[Fix]:
    yield from _other_core(facts, newest)
    yield Fix(
        applicability=Applicability.REVIEW,
        title=f"upgrade the management cluster's Kubernetes, {facts.support.newest} being the newest supported",
    )
    if not facts.allow_unsupported:
        yield Fix(
            applicability=Applicability.REVIEW,
            title="go on at your own risk; what was an error is then a warning",
            command=facts.invocation.with_words(ALLOW),
        )


def _other_core(facts: KubernetesFacts, newest: CoreAdvice | None) -> Iterator[Fix]:
    """The newest core that supports the server; to one that is installed it can only be an upgrade."""
    if newest is None:
        return
    supported = f"the newest that supports this server ({newest.supported})"
    title, command = f"use core {newest}, {supported}", _with_core(facts.invocation, newest)
    if facts.installed and _is_newer(newest, facts.core):
        title, command = (
            f"upgrade the core to {newest}, {supported}",
            facts.invocation.on_cluster("upgrade", "plan"),
        )
    elif facts.installed:
        title = f"core {newest} is {supported}; one that is installed is never downgraded in place"
        command = None
    yield Fix(applicability=Applicability.REVIEW, title=title, command=command)


def _is_newer(advice: CoreAdvice, core: str | None) -> bool:
    """A core is never downgraded in place."""
    there, first = parse_version(core or ""), parse_version(advice.tag or advice.first)
    return there is None or first is None or there < first


def _with_core(invocation: Invocation, newest: CoreAdvice) -> str | None:
    """The same ``init`` with that core; other commands install none."""
    if newest.tag is None or invocation.name.partition(" ")[0] != "init":
        return None
    core = f"{CORE_LABEL}:{newest.tag}"
    typed = next((each for each in invocation.words if each.partition(":")[0] == CORE_LABEL), None)
    return invocation.with_option("--core", core) if typed is None else invocation.with_reference(typed, core)


def _too_new(facts: KubernetesFacts, sentence: str, newest: CoreAdvice | None) -> _Finding:
    return _Finding(
        code=codes.KUBERNETES_TOO_NEW,
        severity=Severity.WARNING,
        sentence=f"{sentence} It may work, and nobody has tested it.",
        fixes=tuple(_other_core(facts, newest)),
    )


def _pin_fixes(facts: KubernetesFacts, actual: KubernetesVersion) -> tuple[Fix, ...]:
    pinned = Fix(
        applicability=Applicability.REVIEW,
        title=(
            "resolve the version once, give every stage that exact version, and name the node image by its digest"
        ),
    )
    taken = Fix(
        applicability=Applicability.REVIEW,
        title=f"ask for {actual.text}, if what is there is what you want",
        command=facts.invocation.with_option(OPTION, actual.text),
    )
    return (pinned, taken)


def _diagnosis(facts: KubernetesFacts, summary: str, findings: list[_Finding]) -> Diagnostic:
    """One diagnosis of all that was found; the gravest gives it its code."""
    gravest = min(findings, key=lambda each: _ORDER.index(each.severity))
    sentences = " ".join(each.sentence for each in findings)
    return Diagnostic(
        code=gravest.code,
        severity=gravest.severity,
        detail=f"{summary[:1].upper()}{summary[1:]}. {sentences}",
        subject=Subject(provider=CORE_LABEL, version=facts.core) if facts.core is not None else Subject(),
        evidence=facts.evidence,
        fixes=tuple(dict.fromkeys(fix for each in findings for fix in each.fixes)),
    )


def _some(names: tuple[str, ...]) -> str:
    """The first few; how many more there are stands before them."""
    return ", ".join(names[:_NAMED]) + (", …" if len(names) > _NAMED else "")
