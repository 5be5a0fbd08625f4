"""Secrets that an upgrade keeps: no value is needed for what stands only in them (ADR 24)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from urllib.parse import quote

from msgspec import Struct, field
from msgspec.structs import replace

from capyctl.app.cluster_reading import ClusterReader
from capyctl.app.inspection import ComponentsPolicy, faults_of
from capyctl.app.resolution import ProviderResolution
from capyctl.core.api_object import ApiObject
from capyctl.core.api_reading import ApiFailure, Collection
from capyctl.core.object_key import ObjectKey
from capyctl.core.secret_variables import secrets_by_variable, without_values
from capyctl.core.template_variable import missing_variables
from capyctl.ports.fetcher import FileContent


class Spared(Struct, frozen=True, kw_only=True):
    """Releases, rendered again where they asked for values that nobody needs.

    Attributes:
        kept: the Secrets that are there in place of values; they must not be written.
        failures: what could not be asked, so that all values are demanded.
    """

    resolutions: tuple[ProviderResolution, ...]
    kept: Mapping[ObjectKey, ApiObject] = field(default_factory=dict)
    failures: tuple[ApiFailure, ...] = ()


class _Lacking(Struct, frozen=True, kw_only=True):
    """A release that lacks values; ``holders`` are the Secrets by variable, ``home`` is their namespace."""

    resolution: ProviderResolution
    content: FileContent
    tag: str
    home: str
    holders: Mapping[str, frozenset[str]]


def spare_values(
    reader: ClusterReader, components: ComponentsPolicy, resolutions: Sequence[ProviderResolution]
) -> Spared:
    """Ask the cluster for the Secrets that lack a value, if any do, and render without the values of those it has.

    A variable that stands anywhere else, or in a Secret that is not there, is demanded as ever.
    """
    lacking = [_lacking(each, components) for each in resolutions]
    homes = sorted({each.home for each in lacking if each is not None})
    paths = [f"/api/v1/namespaces/{quote(home, safe='')}/secrets" for home in homes]
    readings = (
        reader.listed_all([Collection(path=path, metadata_only=True) for path in paths]) if paths else []
    )
    failures = tuple(each.failure for each in readings if each.failure is not None)
    if not homes or failures:
        return Spared(resolutions=tuple(resolutions), failures=failures)
    there = {
        ObjectKey(group="", kind="Secret", namespace=home, name=found.name): found
        for home, reading in zip(homes, readings, strict=True)
        for found in reading.value or ()
    }
    kept: dict[ObjectKey, ApiObject] = {}
    again = []
    for resolution, each in zip(resolutions, lacking, strict=True):
        rendered, mine = _spared(each, components, there) if each is not None else (resolution, {})
        again.append(rendered)
        kept |= mine
    return Spared(resolutions=tuple(again), kept=kept)


def _lacking(resolution: ProviderResolution, components: ComponentsPolicy) -> _Lacking | None:
    rendered, chosen, location = resolution.rendered, resolution.chosen, resolution.target.entry.location
    if rendered is None or chosen is None or location is None or not rendered.target_namespace:
        return None
    content = resolution.content(location.components_file)
    missing = missing_variables(rendered.variables, components.lookup)
    if content is None or not missing:
        return None
    holders = secrets_by_variable(content.data, [each.name for each in missing], components.lookup)
    if not holders:
        return None
    return _Lacking(
        resolution=resolution,
        content=content,
        tag=chosen.version.tag,
        home=rendered.target_namespace,
        holders=holders,
    )


def _spared(
    lacking: _Lacking, components: ComponentsPolicy, there: Mapping[ObjectKey, ApiObject]
) -> tuple[ProviderResolution, Mapping[ObjectKey, ApiObject]]:
    """The release without the values that only Secrets need which are there, and those Secrets."""
    resolution = lacking.resolution
    mine = {key.name: key for key in there if key.namespace == lacking.home}
    needless = {name: held for name, held in lacking.holders.items() if held <= mine.keys()}
    if not needless:
        return resolution, {}

    def lookup(name: str) -> str | None:
        value = components.lookup(name)
        return "" if value is None and name in needless else value

    policy = replace(components, lookup=lookup)
    rendered = policy.read(resolution.target.entry, lacking.tag, lacking.content)
    if faults_of(rendered):
        return resolution, {}
    names = frozenset[str]().union(*needless.values())
    bare = tuple(without_values(each, names) for each in rendered.objects)
    inspections = {**resolution.inspections, lacking.tag: replace(rendered, objects=bare)}
    kept = {mine[name]: there[mine[name]] for name in names}
    return replace(resolution, inspections=inspections), kept
