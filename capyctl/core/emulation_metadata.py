"""metadata.yaml as clusterctl decodes and judges it (clusterctl-resolution 7.2 to 7.4), with its words.

clusterctl's rules differ from ours on purpose: names are case-sensitive, unknown fields and duplicates pass,
the first document alone counts. Checked against both real releases in the differential tests.
"""

from __future__ import annotations

import math

from msgspec import Struct

from capyctl.core.emulation_json import GoJsonError, json_kind, read_json
from capyctl.core.emulation_release import ClusterctlRelease
from capyctl.core.emulation_text import ClusterctlError, SemanticVersion, quoted
from capyctl.core.emulation_yaml import go_yaml_error
from capyctl.core.yaml_text import YamlError
from capyctl.core.yaml_values import load_values

API_VERSION = "clusterctl.cluster.x-k8s.io/v1alpha3"
_NO_TYPE = "couldn't get version/kind; json parse error"
_INT32 = range(-(2**31), 2**31)
_TYPE_STRUCT = (
    'struct { APIVersion string "json:\\"apiVersion,omitempty\\""; Kind string "json:\\"kind,omitempty\\"" }'
)
_SIBLINGS = {"Provider", "ProviderList", "Metadata"}
_META_KINDS = {
    "CreateOptions", "DeleteOptions", "GetOptions", "ListOptions", "PatchOptions", "UpdateOptions",
    "WatchEvent",
}  # fmt: skip


class Series(Struct, frozen=True, kw_only=True):
    """One release series as decoded; a missing number is 0, a missing contract the empty text."""

    major: int
    minor: int
    contract: str


class DecodedMetadata(Struct, frozen=True, kw_only=True):
    """What clusterctl holds after decoding."""

    api_version: str
    kind: str
    series: tuple[Series, ...]

    def for_version(self, major: int, minor: int) -> Series | None:
        """The first entry of that series, as clusterctl looks it up for a version."""
        return next(
            (series for series in self.series if (series.major, series.minor) == (major, minor)), None
        )

    def contract_of(self, version: SemanticVersion) -> str | None:
        """The contract of the version's series, or None where it has no series."""
        series = self.for_version(version.major, version.minor)
        return None if series is None else series.contract

    def for_contract(self, contract: str) -> Series | None:
        """The highest series with exactly this contract; among equals the last."""
        fitting = [series for series in self.series if series.contract == contract]
        return max(fitting, key=lambda series: (series.major, series.minor), default=None)


def decode_metadata(data: bytes, release: ClusterctlRelease) -> DecodedMetadata:
    """Decode the file.

    Raises:
        ClusterctlError: with the decoder's message, without any prefix.
    """
    value = _first_document(data)
    if value is None:
        value = {}
    if not isinstance(value, dict):
        raise ClusterctlError(
            f"{_NO_TYPE}: json: cannot unmarshal {json_kind(value)} into Go value of type {_TYPE_STRUCT}"
        )
    api_version, kind = (_type_field(value, name) for name in ("apiVersion", "kind"))
    _check_registered(api_version, kind, release)
    _check_object_metadata(value.get("metadata"))
    return DecodedMetadata(
        api_version=api_version, kind=kind, series=tuple(_series(value.get("releaseSeries")))
    )


def validate_metadata(metadata: DecodedMetadata, label: str, release: ClusterctlRelease) -> None:
    """The checks that follow decoding since v1.11.0 (section 7.3).

    Raises:
        ClusterctlError: one of them fails.
    """
    if not release.validates_metadata:
        return
    problem = None
    if metadata.api_version != API_VERSION:
        problem = (
            f"unexpected apiVersion {quoted(metadata.api_version)} for provider {label} "
            f'(expected "{API_VERSION}")'
        )
    elif not metadata.series:
        problem = f"releaseSeries is empty in metadata.yaml for provider {label}"
    if problem:
        raise ClusterctlError(f"invalid provider metadata: {problem}")


def _first_document(data: bytes) -> object:
    if data.lstrip().startswith(b"{"):
        try:
            return read_json(data)
        except GoJsonError as error:
            raise ClusterctlError(f"{_NO_TYPE}: {error}") from None
    try:
        documents = load_values(data, keep_empty=True)
    except YamlError as error:
        raise ClusterctlError(go_yaml_error(error)) from None
    return documents[0] if documents else None


def _type_field(value: dict[str, object], name: str) -> str:
    found = value.get(name)
    if found is None:
        return ""
    if not isinstance(found, str):
        raise ClusterctlError(
            f"{_NO_TYPE}: "
            f"json: cannot unmarshal {json_kind(found)} into Go struct field .{name} of type string"
        )
    return found


def _check_registered(api_version: str, kind: str, release: ClusterctlRelease) -> None:
    if api_version.count("/") > 1:
        raise ClusterctlError(f"unexpected GroupVersion string: {api_version}")
    effective_version = api_version or API_VERSION
    effective_kind = kind or "Metadata"
    if effective_version == API_VERSION and effective_kind == "Metadata":
        return
    if effective_version == API_VERSION and effective_kind in _SIBLINGS | _META_KINDS:
        package = "v1alpha3" if effective_kind in _SIBLINGS else "v1"
        raise ClusterctlError(
            f"converting ({package}.{effective_kind}) to (v1alpha3.Metadata): unknown conversion"
        )
    raise ClusterctlError(
        f"no kind {quoted(effective_kind)} is registered for version {quoted(effective_version)} "
        f"in scheme {quoted(release.scheme)}"
    )


def _check_object_metadata(value: object) -> None:
    if value is not None and not isinstance(value, dict):
        raise _mistyped(value, "Metadata.metadata", "v1.ObjectMeta")


def _series(value: object) -> list[Series]:
    if value is None:
        return []
    if not isinstance(value, list):
        raise _mistyped(value, "Metadata.releaseSeries", "[]v1alpha3.ReleaseSeries")
    return [_one_series(item) for item in value]


def _one_series(item: object) -> Series:
    if item is None:
        return Series(major=0, minor=0, contract="")
    if not isinstance(item, dict):
        raise _mistyped(item, "Metadata.releaseSeries", "v1alpha3.ReleaseSeries")
    faults: list[ClusterctlError] = []
    # Go's decoder goes on after a mismatch and reports the first one; by then the keys are sorted.
    for name in sorted(item):
        if name in ("major", "minor", "contract") and (fault := _field_fault(name, item[name])):
            faults.append(fault)
    if faults:
        raise faults[0]
    return Series(
        major=int(item.get("major") or 0),
        minor=int(item.get("minor") or 0),
        contract=item.get("contract") or "",
    )


def _field_fault(name: str, value: object) -> ClusterctlError | None:
    if value is None:
        return None
    if name == "contract":
        return None if isinstance(value, str) else _mistyped(value, _series_field(name), "string")
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return _mistyped(value, _series_field(name), "int32")
    if not math.isfinite(value) or value != int(value) or int(value) not in _INT32:
        return _mistyped(value, _series_field(name), "int32", f" {_go_number(value)}")
    return None


def _series_field(name: str) -> str:
    return f"ReleaseSeries.releaseSeries.{name}"


def _go_number(value: int | float) -> str:
    return str(value) if isinstance(value, int) else f"{value:g}"


def _mistyped(value: object, field: str, expected: str, number: str = "") -> ClusterctlError:
    return ClusterctlError(
        f"json: cannot unmarshal {json_kind(value)}{number} into Go struct field {field} of type {expected}"
    )
