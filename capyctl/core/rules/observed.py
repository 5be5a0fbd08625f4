"""Rules over the whole table of observations of one provider: every source asked, side by side."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial

from msgspec import Struct, field
from msgspec.structs import replace

from capyctl.core import codes
from capyctl.core.codes import Code
from capyctl.core.diagnostics import Applicability, Confidence, Diagnostic, Fix, Severity, Subject
from capyctl.core.evidence import Evidence
from capyctl.core.identity import ProviderType
from capyctl.core.listed import ListedVersion
from capyctl.core.retractions import Retraction, retracted
from capyctl.core.rules.listing import hidden_by_proxy
from capyctl.core.version import ProviderVersion, in_order_of_choice, parse_version

_SHOWN_TAGS = 5
_IN_PROGRESS = dt.timedelta(hours=1)
_INCOMPLETE = frozenset({codes.METADATA_MISSING, codes.COMPONENTS_MISSING, codes.VERSION_NOT_PUBLISHED})


class Observed(Struct, frozen=True, kw_only=True):
    """What all sources say of one provider.

    Attributes:
        version: the chosen tag, or the one asked for, or None. now: RFC 3339 time of this run.
        chosen: whether a version was chosen; then a fault of another one is no error.
        tags: by route. records: the forge's releases by tag, or None where it could not be asked.
        git_tags: the repository's tags, or None. archived: as the forge says, or None.
        retractions: what the modules' go.mod files take back.
        digests: sha256 of the observed version's files, by file name and route.
        passed_over: code by tag of versions that were rejected. evidence: what all this rests on.
    """

    label: str
    type: ProviderType
    version: str | None
    now: str
    chosen: bool = True
    tags: Mapping[str, Sequence[str]]
    records: Mapping[str, ListedVersion] | None = None
    git_tags: frozenset[str] | None = None
    archived: bool | None = None
    retractions: tuple[Retraction, ...] = ()
    digests: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    passed_over: Mapping[str, Code] = field(default_factory=dict)
    evidence: tuple[Evidence, ...] = ()

    @property
    def flaw(self) -> Severity:
        """How much a fault of a version that was passed over matters."""
        return Severity.WARNING if self.chosen else Severity.ERROR

    @property
    def retracted(self) -> dict[str, str]:
        """The listed tags that are taken back, each with the reason given."""
        return retracted((tag for listed in self.tags.values() for tag in listed), self.retractions)

    @property
    def newest_kept(self) -> str | None:
        """The best released version that nothing speaks against: neither a retraction nor a rejection."""
        back = self.retracted
        listed = {tag for tags in self.tags.values() for tag in tags}
        if self.records is not None:
            listed &= {tag for tag, record in self.records.items() if not record.draft}
        kept = _newest_first(listed - set(back) - set(self.passed_over))
        return next((item.tag for item in kept if not item.is_prerelease), None)

    def about(
        self,
        code: Code,
        severity: Severity,
        detail: str,
        *,
        version: str | None = None,
        file: str | None = None,
    ) -> Diagnostic:
        """A diagnostic about this provider."""
        return Diagnostic(
            code=code,
            severity=severity,
            detail=detail,
            subject=Subject(provider=self.label, version=version, file=file),
            evidence=self.evidence,
        )


Rule = Callable[[Observed], Iterable[Diagnostic]]


def judge_observed() -> tuple[tuple[str, Rule], ...]:
    """The rules by name, in the order in which they are run."""
    return (
        ("archived", _archived),
        ("withdrawn", _withdrawn),
        ("draft", _draft),
        ("incomplete release", _incomplete),
        ("hidden versions", _hidden),
        ("retracted versions", _retracted),
        ("unpublished tags", _unpublished),
        ("prerelease flag", _prerelease_flag),
        ("differing files", _differing_files),
        ("cluster template", _template),
    )


def _archived(observed: Observed) -> Iterable[Diagnostic]:
    if observed.archived:
        detail = f"The repository of {observed.label} is archived: read-only, with nobody to mend it."
        yield observed.about(codes.REPOSITORY_ARCHIVED, Severity.WARNING, detail)


def _withdrawn(observed: Observed) -> Iterable[Diagnostic]:
    """Listed for ever by module proxies, but neither tag nor release is left (F27)."""
    if observed.git_tags is None or observed.records is None:
        return
    for tag, code in observed.passed_over.items():
        if code in _INCOMPLETE and tag not in observed.git_tags and tag not in observed.records:
            detail = (
                f"{tag} is listed, but its tag and its release are gone: it was withdrawn. Module proxies list it"
                " for ever, so waiting does not help."
            )
            yield observed.about(codes.VERSION_WITHDRAWN, observed.flaw, detail, version=tag)


def _draft(observed: Observed) -> Iterable[Diagnostic]:
    for tag in observed.passed_over:
        record = (observed.records or {}).get(tag)
        if record is not None and record.draft:
            detail = f"The release {tag} is a draft: only its authors can see it."
            yield observed.about(codes.DRAFT_RELEASE, observed.flaw, detail, version=tag)


def _incomplete(observed: Observed) -> Iterable[Diagnostic]:
    """A release that is there without its files: still being published, or published so (F39, F41, F53)."""
    for tag, code in observed.passed_over.items():
        record = (observed.records or {}).get(tag)
        if record is None or record.draft or code not in _INCOMPLETE:
            continue
        yield from _in_progress(observed, record)
        names = sorted(name for name, _ in record.assets or ())
        if code is codes.VERSION_NOT_PUBLISHED and "metadata.yaml" not in names:
            have = f"It has {', '.join(names)}." if names else "It has no file at all."
            detail = f"{tag} is published as a release, but without metadata.yaml. {have}"
            yield observed.about(
                codes.METADATA_MISSING, observed.flaw, detail, version=tag, file="metadata.yaml"
            )


def _in_progress(observed: Observed, record: ListedVersion) -> Iterable[Diagnostic]:
    """A release of the last hour whose files are not all there yet (F41)."""
    tag, now, published = record.tag, _time(observed.now), _time(record.published_at)
    if now is not None and published is not None:
        age = now - published
        if dt.timedelta() <= age < _IN_PROGRESS:
            minutes = int(age.total_seconds() // 60)
            detail = (
                f"{tag} was published {minutes} minutes ago with {len(record.assets or ())} files so far; the"
                " others usually follow within the hour."
            )
            wait = Fix(applicability=Applicability.REVIEW, title="wait for the release to be completed")
            found = observed.about(codes.RELEASE_IN_PROGRESS, observed.flaw, detail, version=tag)
            yield replace(found, confidence=Confidence.LIKELY, fixes=(wait,))


def _hidden(observed: Observed) -> Iterable[Diagnostic]:
    released = [tag for tag, record in (observed.records or {}).items() if not record.draft]
    hidden = hidden_by_proxy(observed.label, observed.tags, released, observed.evidence)
    if hidden is not None:
        yield hidden


def _retracted(observed: Observed) -> Iterable[Diagnostic]:
    """Taken back by the module's own go.mod: advice, which no choice depends on (W-20)."""
    back = observed.retracted
    chosen = observed.version if observed.chosen else None
    about = partial(_of_go_mod, observed)
    if chosen is not None and chosen in back:
        detail = (
            f"{chosen} was chosen, and its module's go.mod retracts it{_because(back[chosen])}. Its authors ask that"
            " it be used no longer. A retraction changes no choice, neither here nor in clusterctl."
        )
        yield about(Severity.WARNING, detail, chosen)
    others = [item.tag for item in _newest_first(back) if item.tag != chosen]
    if others:
        further = f" (so are {', '.join(others[1:_SHOWN_TAGS])})" if len(others) > 1 else ""
        detail = (
            f"{others[0]} is listed, and its module's go.mod retracts it{further}{_because(back[others[0]])}."
            " No choice depends on that; do not name it without need."
        )
        yield about(Severity.NOTE, detail, others[0])


def _of_go_mod(observed: Observed, severity: Severity, detail: str, version: str) -> Diagnostic:
    found = observed.about(codes.VERSION_RETRACTED, severity, detail, version=version, file="go.mod")
    asked = tuple(piece for piece in observed.evidence if (piece.url or "").endswith(".mod"))
    return replace(found, evidence=asked)


def _because(reason: str) -> str:
    return f', saying: "{reason}"' if reason else ", without a reason"


def _newest_first(tags: Iterable[str]) -> list[ProviderVersion]:
    versions = (parse_version(tag) for tag in tags)
    return in_order_of_choice(version for version in versions if version is not None)


def _unpublished(observed: Observed) -> Iterable[Diagnostic]:
    """Tags above the chosen version without a release: they mark a branch, or a release to come (F28, F30)."""
    chosen = parse_version(observed.version or "")
    if observed.records is None or chosen is None or not observed.chosen:
        return
    tags = {tag for listed in observed.tags.values() for tag in listed} | (observed.git_tags or frozenset())
    above = [
        version
        for tag in tags - set(observed.records) - set(observed.passed_over)
        if (version := parse_version(tag)) is not None and not version.is_pseudo and version > chosen
    ]
    if not above:
        return
    names = [version.tag for version in sorted(above, reverse=True)]
    others = f" (so are {', '.join(names[1:_SHOWN_TAGS])})" if len(names) > 1 else ""
    detail = (
        f"{names[0]} is tagged and has no release{others}. {chosen.tag} does not depend on it; tools that trust"
        " a list of tags may stumble over it."
    )
    fix = Fix(applicability=Applicability.REVIEW, title=f"name the published version: {chosen.tag}")
    found = observed.about(codes.VERSION_NOT_PUBLISHED, Severity.NOTE, detail, version=names[0])
    yield replace(found, fixes=(fix,))


def _prerelease_flag(observed: Observed) -> Iterable[Diagnostic]:
    record = (observed.records or {}).get(observed.version or "")
    version = parse_version(observed.version or "")
    if record is None or version is None or record.prerelease is None:
        return
    if record.prerelease != version.is_prerelease:
        said, text = ("a pre-release", "a stable one") if record.prerelease else ("stable", "a pre-release")
        detail = (
            f"The release host flags {version.tag} as {said}; its tag reads as {text}, and the tag decides."
        )
        yield observed.about(codes.PRERELEASE_FLAG, Severity.NOTE, detail, version=version.tag)


def _differing_files(observed: Observed) -> Iterable[Diagnostic]:
    for name, digests in observed.digests.items():
        release = {route: digest for route, digest in digests.items() if not route.startswith("goproxy:")}
        tagged = {route: digest for route, digest in digests.items() if route.startswith("goproxy:")}
        if len(set(release.values())) > 1:
            detail = f"{name} of {observed.version} differs by route: {_shown(release)}."
            yield observed.about(
                codes.ANSWER_DIFFERS, Severity.WARNING, detail, version=observed.version, file=name
            )
        elif release and tagged and set(tagged.values()) != set(release.values()):
            detail = (
                f"{name} of the release {observed.version} is not the file of its tag: the release job rewrote it,"
                f" or it was replaced afterwards ({_shown({**release, **tagged})})."
            )
            yield observed.about(
                codes.SOURCES_DISAGREE, Severity.NOTE, detail, version=observed.version, file=name
            )


def _template(observed: Observed) -> Iterable[Diagnostic]:
    """No default template: `clusterctl generate cluster` needs a flavour by name (F54)."""
    record = (observed.records or {}).get(observed.version or "")
    if observed.type is not ProviderType.INFRASTRUCTURE or record is None or record.assets is None:
        return
    names = sorted(name for name, _ in record.assets if name.startswith("cluster-template"))
    if "cluster-template.yaml" in names:
        return
    have = f"It has {', '.join(names)}." if names else "It has no other template either."
    repair = (
        " The release is immutable, so the file can only come with a later one." if record.immutable else ""
    )
    detail = f"The release {observed.version} holds no cluster-template.yaml. {have}{repair}"
    yield observed.about(
        codes.TEMPLATE_MISSING, Severity.NOTE, detail, version=observed.version, file="cluster-template.yaml"
    )


def _shown(digests: Mapping[str, str]) -> str:
    return ", ".join(f"{route} {digest[:12]}" for route, digest in sorted(digests.items()))


def _time(text: str | None) -> dt.datetime | None:
    if text is None:
        return None
    try:
        return dt.datetime.fromisoformat(text)
    except ValueError:
        return None
