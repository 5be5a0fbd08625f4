"""A provider published as an OCI artifact: one version, its files by the titles of its layers (cli.md 7.5)."""

from __future__ import annotations

from capyctl.adapters.http_kind import BodyError, check_kind
from capyctl.core.docker_config import api_host
from capyctl.core.evidence import Evidence, Outcome, Question, printable
from capyctl.core.location import OciArtifact, RepositoryLocation
from capyctl.core.metadata import METADATA
from capyctl.core.provider_artifact import ArtifactError, Layer, ProviderArtifact, read_artifact
from capyctl.ports.fetch_errors import AbsentError, BadAnswerError
from capyctl.ports.fetcher import Answer, FileContent, ListedVersion
from capyctl.ports.http import Expect
from capyctl.ports.registry import ArtifactReference, Registry

ROUTE = "oci"
FILE_LIMIT = 32 * 1024 * 1024
"""Most bytes of a file, as of any other source."""

_TITLE_SHOWN = 100
"""Most characters of a title that nobody knows."""

MALFORMED = "artifact-malformed"
NO_VERSION = "artifact-version"


class OciArtifactSource:
    """Reads artifacts through a registry; what it asks twice, the registry is expected to remember."""

    def __init__(self, registry: Registry) -> None:
        self._registry = registry

    @property
    def route(self) -> str:
        return ROUTE

    def versions(self, location: RepositoryLocation) -> Answer[tuple[ListedVersion, ...]]:
        """The one version that the artifact is.

        Raises:
            BadAnswerError: with failure ``artifact-malformed`` or ``artifact-version``, or as the registry has it.
            FetchError: as the registry raises it.
        """
        oci = _oci(location)
        artifact, told = self._artifact(oci, Question.VERSIONS)
        evidence = told[-1]
        version = _version(oci, artifact, evidence)
        names = (METADATA, oci.components_file)
        layers = ((name, _layer_of(oci, artifact, version, name, evidence)) for name in names)
        found = {name: layer.size for name, layer in layers if layer is not None}
        others = {
            printable(each.title)[:_TITLE_SHOWN]: each.size
            for each in artifact.layers
            if each.title not in names
        }
        listed = ListedVersion(
            tag=version, published_at=artifact.created, assets=tuple({**others, **found}.items())
        )
        return Answer(value=(listed,), evidence=told)

    def file(self, location: RepositoryLocation, tag: str, name: str) -> Answer[FileContent]:
        """One file of the artifact, by whichever of its names a layer has.

        Raises:
            AbsentError: the artifact is another version, or has no such file.
            FetchError: as for ``versions``; a BadAnswerError naming the digest that was asked for.
        """
        oci = _oci(location)
        artifact, told = self._artifact(oci, Question.FILE)
        evidence = told[-1]
        version = _version(oci, artifact, evidence)
        if version != tag:
            gone = evidence.judged(Outcome.ABSENT, "no-such-version")
            raise AbsentError(gone, f"{_named(oci)} is {version}, and not {tag}")
        layer = _layer(oci, artifact, version, name, evidence)
        blob = ArtifactReference(host=oci.host, repository=oci.repository, reference=layer.digest)
        answer = self._registry.blob(blob, min(layer.size, FILE_LIMIT))
        told = (*told, *answer.evidence)
        try:
            check_kind(answer.value, Expect.YAML, None)
        except BodyError as error:
            raise BadAnswerError(told[-1].judged(Outcome.BAD, error.failure), error.reason) from error
        url = f"https://{api_host(oci.host)}/v2/{oci.repository}/blobs/{layer.digest}"
        content = FileContent(data=answer.value, sha256=layer.digest.partition(":")[2], url=url)
        return Answer(value=content, evidence=told)

    def _artifact(
        self, oci: OciArtifact, question: Question
    ) -> tuple[ProviderArtifact, tuple[Evidence, ...]]:
        reference = ArtifactReference(host=oci.host, repository=oci.repository, reference=oci.reference)
        answer = self._registry.manifest(reference, question)
        try:
            return read_artifact(answer.value.data), answer.evidence
        except ArtifactError as error:
            raise _malformed(oci, answer.evidence[-1], error) from error


def _version(oci: OciArtifact, artifact: ProviderArtifact, evidence: Evidence) -> str:
    version = artifact.version_for(oci)
    if version is not None:
        return version
    said = artifact.version or ("" if ":" in oci.reference else oci.reference)
    what = f"says the version {said!r}, which is none" if said else "says no version"
    judged = evidence.judged(Outcome.BAD, NO_VERSION)
    raise BadAnswerError(judged, f"{_named(oci)} {what} (annotation org.opencontainers.image.version)")


def _layer_of(
    oci: OciArtifact, artifact: ProviderArtifact, version: str, name: str, evidence: Evidence
) -> Layer | None:
    try:
        return artifact.layer(oci, version, name)
    except ArtifactError as error:
        raise _malformed(oci, evidence, error) from error


def _layer(
    oci: OciArtifact, artifact: ProviderArtifact, version: str, name: str, evidence: Evidence
) -> Layer:
    layer = _layer_of(oci, artifact, version, name, evidence)
    if layer is None:
        shown = sorted({printable(each.title)[:_TITLE_SHOWN] for each in artifact.layers})
        there = ", ".join(shown[:20])
        gone = evidence.judged(Outcome.ABSENT, "no-such-file")
        raise AbsentError(gone, f"{_named(oci)} has no {name}, long or short; its files are {there}")
    if layer.size > FILE_LIMIT:
        judged = evidence.judged(Outcome.BAD, "too-large")
        raise BadAnswerError(
            judged, f"{layer.title} has {layer.size} bytes, more than the {FILE_LIMIT} accepted"
        )
    return layer


def _malformed(oci: OciArtifact, evidence: Evidence, error: ArtifactError) -> BadAnswerError:
    return BadAnswerError(evidence.judged(Outcome.BAD, MALFORMED), f"{_named(oci)} is no provider: {error}")


def _named(oci: OciArtifact) -> str:
    """The artifact for people, led by its host as every reason is."""
    return f"{oci.host}: the artifact {oci.address.removeprefix(f'oci://{oci.host}/')}"


def _oci(location: RepositoryLocation) -> OciArtifact:
    if not isinstance(location, OciArtifact):
        raise TypeError("the oci route was asked for a location of another kind")
    return location
