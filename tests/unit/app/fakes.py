"""Sources over plain data, which note every question, and the values that tests of the services begin with."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping, Sequence
from typing import TypeVar

from msgspec import Struct, field

from capyctl.adapters.askers import SerialAsker
from capyctl.app.inspection import ComponentsPolicy
from capyctl.app.resolution import ProviderResolution, ResolveRequest, Target
from capyctl.app.resolve import Resolver
from capyctl.core.evidence import Evidence, Hop, Outcome, Question
from capyctl.core.identity import ProviderKey, ProviderReference, ProviderType
from capyctl.core.listed import ListedVersion, RepositoryFacts
from capyctl.core.location import GitHubReleases, RepositoryLocation
from capyctl.core.provider_table import RowFacts, TableEntry
from capyctl.core.retractions import Retraction, parse_retractions
from capyctl.core.selection import ChoicePolicy
from capyctl.ports.catalog import ProviderSources
from capyctl.ports.fetch_errors import AbsentError, BadAnswerError, FetchError, UnavailableError
from capyctl.ports.fetcher import Answer, FileContent

T = TypeVar("T")

METADATA = "metadata.yaml"
COMPONENTS = "bootstrap-components.yaml"
PROXY = "goproxy:proxy.golang.org"
WEB = "github-web"
DOWNLOAD = "github-download"
API = "github-api"


def evidence(
    route: str,
    question: Question = Question.FILE,
    outcome: Outcome = Outcome.FOUND,
    *,
    hops: tuple[Hop, ...] = (),
    failure: str | None = None,
    status: int | None = None,
    url: str | None = None,
    final_url: str | None = None,
    credential_sent: bool = False,
) -> Evidence:
    """One question and its answer."""
    return Evidence(
        route=route,
        question=question,
        outcome=outcome,
        hops=hops,
        failure=failure,
        status=status,
        url=url,
        final_url=final_url,
        credential_sent=credential_sent,
    )


E = TypeVar("E", bound=FetchError)


def failed(
    kind: type[E],
    route: str,
    reason: str = "nothing came",
    *,
    question: Question = Question.FILE,
    failure: str | None = None,
    status: int | None = None,
    credential_sent: bool = False,
) -> E:
    """An error of a source, with evidence that agrees with its class."""
    outcome = Outcome.UNAVAILABLE
    if issubclass(kind, AbsentError | BadAnswerError):
        outcome = Outcome.ABSENT if issubclass(kind, AbsentError) else Outcome.BAD
    piece = evidence(
        route, question, outcome, failure=failure, status=status, credential_sent=credential_sent
    )
    return kind(piece, reason)


def silent(route: str, question: Question = Question.FILE) -> UnavailableError:
    """A source that gives no answer."""
    return failed(UnavailableError, route, "it was silent for 4 s", question=question, failure="silence")


class FakeSource(Struct):
    """One route over plain data. It is a list, a forge's record, a set of files: whatever is asked of it.

    Attributes:
        route: its name. asked: every question as ``route what``, shared with other sources of the run.
        listed: what it lists, or how it fails. facts: of the repository, or how it fails.
        files: by tag and name, bytes or a failure; what is not in it is absent.
        releases: its records of releases by tag. partial: why its list is a part.
        hops: redirects that every answer met. earlier: attempts before each answer.
    """

    route: str
    asked: list[str] = field(default_factory=list)
    listed: Sequence[str | ListedVersion] | FetchError = ()
    facts: RepositoryFacts | FetchError | None = None
    files: Mapping[tuple[str, str], bytes | FetchError] = field(default_factory=dict)
    releases: Mapping[str, ListedVersion] = field(default_factory=dict)
    partial: str | None = None
    hops: tuple[Hop, ...] = ()
    final_url: str | None = None
    earlier: tuple[Evidence, ...] = ()

    def versions(self, location: RepositoryLocation) -> Answer[tuple[ListedVersion, ...]]:
        del location
        self._note("versions")
        if isinstance(self.listed, FetchError):
            raise self.listed
        found = [ListedVersion(tag=item) if isinstance(item, str) else item for item in self.listed]
        return Answer(value=tuple(found), evidence=self._found(Question.VERSIONS), partial=self.partial)

    def repository(self, location: RepositoryLocation) -> Answer[RepositoryFacts]:
        del location
        self._note("repository")
        if isinstance(self.facts, FetchError):
            raise self.facts
        if self.facts is None:
            raise failed(AbsentError, self.route, "no such repository", question=Question.REPOSITORY)
        return Answer(value=self.facts, evidence=self._found(Question.REPOSITORY))

    def file(self, location: RepositoryLocation, tag: str, name: str) -> Answer[FileContent]:
        del location
        self._note(f"{tag}/{name}")
        found = self.files.get((tag, name))
        if found is None:
            raise failed(AbsentError, self.route, f"there is no {name} for {tag}", status=404)
        if isinstance(found, FetchError):
            raise found
        content = FileContent(
            data=found, sha256=hashlib.sha256(found).hexdigest(), url=f"https://host.example/{tag}/{name}"
        )
        return Answer(value=content, evidence=self._found(Question.FILE))

    def release(self, location: RepositoryLocation, tag: str) -> Answer[ListedVersion]:
        del location
        self._note(f"release {tag}")
        if tag not in self.releases:
            raise failed(AbsentError, self.route, f"no release {tag}", question=Question.RELEASE, status=404)
        return Answer(value=self.releases[tag], evidence=self._found(Question.RELEASE))

    def _note(self, what: str) -> None:
        self.asked.append(f"{self.route} {what}")

    def _found(self, question: Question) -> tuple[Evidence, ...]:
        piece = evidence(self.route, question, hops=self.hops, final_url=self.final_url, status=200)
        return (*self.earlier, piece)


class FakeCatalog:
    """Hands out sources by manifest label, and remembers what connections were asked for."""

    def __init__(self, sources: Mapping[str, ProviderSources]) -> None:
        self._sources = sources
        self.warmed: list[str] = []

    def sources(self, entry: TableEntry) -> ProviderSources:
        return self._sources[entry.key.manifest_label]

    def warm(self, entries: tuple[TableEntry, ...]) -> None:
        self.warmed += [entry.key.manifest_label for entry in entries]


class RoundAsker:
    """Asks one question after the other, and notes each round: calls that the run could put side by side."""

    def __init__(self) -> None:
        self.rounds: list[int] = []
        self._depth = 0

    def together(self, calls: Sequence[Callable[[], T]]) -> list[T]:
        if self._depth == 0:
            self.rounds.append(len(calls))
        self._depth += 1
        try:
            return [call() for call in calls]
        finally:
            self._depth -= 1

    def in_turn(
        self, calls: Sequence[Callable[[], T]], good: Callable[[T], bool], head_start: float
    ) -> list[T]:
        return SerialAsker().in_turn(calls, good, head_start)


class GitHubWorld(Struct):
    """A repository on github.com as four routes see it; ``asked`` has every question in order.

    Attributes:
        proxied: what the module proxy lists. records: what the forge's API lists; a bare tag is a release.
        latest: what the host marks as latest. files: of releases, by tag and name.
    """

    proxied: Sequence[str | ListedVersion] | FetchError = ()
    records: Sequence[str | ListedVersion] | FetchError = ()
    latest: str | FetchError | None = None
    files: dict[tuple[str, str], bytes | FetchError] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)

    def sources(self) -> ProviderSources:
        """The sources as the catalog of a run with network hands them out."""
        facts = self.latest if isinstance(self.latest, FetchError) else _facts(self.latest)
        api = FakeSource(route=API, asked=self.asked, listed=self.records, files=self.files)
        return ProviderSources(
            listings=(FakeSource(route=PROXY, asked=self.asked, listed=self.proxied),),
            fallback_listings=(api,),
            latest=FakeSource(route=WEB, asked=self.asked, facts=facts),
            files=(FakeSource(route=DOWNLOAD, asked=self.asked, files=self.files), api),
        )

    def release(self, tag: str, contract: str = "v1beta1", *, components: str = COMPONENTS) -> GitHubWorld:
        """Publish a sound release."""
        self.files[tag, METADATA] = metadata(tag, contract)
        self.files[tag, components] = NAMESPACE
        return self


def _facts(latest: str | None) -> RepositoryFacts:
    return RepositoryFacts(full_name="acme/widgets", latest=latest)


class FakeRetractions(Struct, kw_only=True):
    """A module proxy whose every go.mod has this text; None stands for a proxy that has none."""

    text: str | None
    asked: list[str] = field(default_factory=list)
    route: str = PROXY

    def retractions(self, location: RepositoryLocation, tag: str) -> Answer[tuple[Retraction, ...]]:
        del location
        self.asked.append(f"{self.route} {tag}.mod")
        if self.text is None:
            raise failed(AbsentError, self.route, "there is no go.mod", status=404)
        return Answer(value=parse_retractions(self.text), evidence=(evidence(self.route),))


def metadata(tag: str, contract: str = "v1beta1") -> bytes:
    """A sound metadata.yaml of that version."""
    major, minor = tag.removeprefix("v").split(".")[:2]
    return (
        "apiVersion: clusterctl.cluster.x-k8s.io/v1alpha3\n"
        "kind: Metadata\n"
        "releaseSeries:\n"
        f"  - major: {major}\n"
        f"    minor: {minor}\n"
        f"    contract: {contract}\n"
    ).encode()


NAMESPACE = b"apiVersion: v1\nkind: Namespace\nmetadata:\n  name: widgets-system\n"


def github(channel: str = "latest", components: str = COMPONENTS) -> GitHubReleases:
    """The address of acme/widgets."""
    return GitHubReleases(
        host="github.com",
        api_base="https://api.github.com",
        owner="acme",
        name="widgets",
        channel=channel,
        components_file=components,
    )


def table_entry(
    name: str = "widgets",
    kind: ProviderType = ProviderType.BOOTSTRAP,
    location: RepositoryLocation | None = None,
    *,
    facts: RowFacts | None = None,
) -> TableEntry:
    """An entry of the provider table."""
    return TableEntry(
        key=ProviderKey(type=kind, name=name),
        url=f"https://github.com/acme/widgets/releases/latest/{COMPONENTS}",
        location=location or github(),
        facts=facts or RowFacts(),
    )


def target(text: str = "bootstrap-widgets", entry: TableEntry | None = None) -> Target:
    """A target by its reference."""
    name, _, version = text.partition(":")
    reference = ProviderReference(text=text, name=name, version=version or None)
    return Target(entry=entry or table_entry(), reference=reference)


LOOKING = ComponentsPolicy(lookup=lambda _: None)


def resolve(
    sources: ProviderSources,
    reference: str = "bootstrap-widgets",
    *,
    asker: RoundAsker | None = None,
    contract: str | None = None,
    policy: ChoicePolicy | None = None,
    entry: TableEntry | None = None,
    metadata_from_proxy: bool = False,
) -> ProviderResolution:
    """Resolve one provider over these sources."""
    wanted = target(reference, entry)
    catalog = FakeCatalog({wanted.entry.key.manifest_label: sources})
    resolver = Resolver(catalog=catalog, asker=asker or RoundAsker(), components=LOOKING)
    request = ResolveRequest(
        targets=(wanted,),
        contract=contract,
        policy=policy or ChoicePolicy(),
        metadata_from_proxy=metadata_from_proxy,
    )
    return resolver.resolve(request)[0]
