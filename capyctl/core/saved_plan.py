"""A plan that ``upgrade plan --out`` saved, and whether it still fits the cluster (cli.md 5, weakness 4)."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import Final

from msgspec import Struct, field

from capyctl.core.api_object import items_at, mapping_at, text_at, value_at
from capyctl.core.contract import is_contract_name
from capyctl.core.inventory import InstalledProvider
from capyctl.core.sha256 import SHA256

PLAN_FORMAT: Final = "capyctl-plan/1"
LARGEST_PLAN: Final = 4 * 1024 * 1024
"""Bytes; a plan of a thousand providers has a tenth of it."""


class SavedRow(Struct, frozen=True, kw_only=True):
    """What the plan says of one installed provider.

    Attributes:
        provider: its manifest label. next: the version of the first step; None where it stays.
        files: SHA-256 by name of the files of ``next``, where they were recorded.
    """

    provider: str
    namespace: str
    current: str
    next: str | None
    files: Mapping[str, str] = field(default_factory=dict)


class SavedContract(Struct, frozen=True, kw_only=True):
    """The plan for one contract."""

    contract: str
    rows: tuple[SavedRow, ...]

    @property
    def upgrades(self) -> tuple[SavedRow, ...]:
        """The rows with a next version."""
        return tuple(row for row in self.rows if row.next is not None)


class SavedPlan(Struct, frozen=True, kw_only=True):
    """The file; ``server`` is the address of the API server that it was made for."""

    contracts: tuple[SavedContract, ...]
    server: str = ""
    created_at: str = ""

    def of(self, contract: str) -> SavedContract | None:
        """The plan for a contract; None where the file has none."""
        return next((each for each in self.contracts if each.contract == contract), None)

    @property
    def applicable(self) -> tuple[SavedContract, ...]:
        """The plans that would change something."""
        return tuple(each for each in self.contracts if each.upgrades)


class UnreadablePlanError(ValueError):
    """A file is no saved plan; the text says why."""


def parse_saved_plan(data: bytes) -> SavedPlan:
    """Read a saved plan.

    Raises:
        UnreadablePlanError: it is none, or of a later format.
    """
    if len(data) > LARGEST_PLAN:
        raise UnreadablePlanError("it is larger than any plan")
    try:
        found = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise UnreadablePlanError("it is no JSON") from error
    written = text_at(found, "format")
    if written != PLAN_FORMAT:
        said = f"its format is {written[:60]!r}" if written else "it names no format"
        raise UnreadablePlanError(f"{said}, and {PLAN_FORMAT} is read here")
    files = mapping_at(found, "files")
    contracts = tuple(_contract(each, files) for each in items_at(found, "plans"))
    names = [each.contract for each in contracts]
    if len(set(names)) != len(names):
        raise UnreadablePlanError("it has two plans for one contract")
    return SavedPlan(
        contracts=contracts, server=text_at(found, "server"), created_at=text_at(found, "created_at")
    )


def changes_since(plan: SavedContract, installed: Iterable[InstalledProvider]) -> tuple[str, ...]:
    """How the cluster differs from the one that was planned for, one clause a provider; nothing where it is as it was.

    A provider that already is at its next version has been upgraded by this very plan.
    """
    there = {(each.manifest_label, each.namespace): each.version_text for each in installed}
    planned = {(row.provider, row.namespace): row for row in plan.rows}
    found = []
    for place, row in planned.items():
        version = there.get(place)
        if version is None:
            found.append(f"{row.provider} in {row.namespace} was {row.current} and is not installed any more")
        elif version not in (row.current, row.next):
            found.append(f"{row.provider} was {row.current} and is {version} now")
    found += [
        f"{label} {version} in {namespace} was not installed then"
        for (label, namespace), version in there.items()
        if (label, namespace) not in planned
    ]
    return tuple(found)


def changed_files(row: SavedRow, files: Mapping[str, str]) -> tuple[str, ...]:
    """Files of the next version whose bytes are not those that were planned with, one clause each.

    ``files`` are the digests by name as they are now.
    """
    return tuple(
        f"{name} of {row.provider} {row.next} was sha256:{digest} and is sha256:{files[name]} now"
        for name, digest in sorted(row.files.items())
        if name in files and files[name] != digest
    )


def _contract(found: object, files: Mapping[str, object]) -> SavedContract:
    contract = text_at(found, "contract")
    if not is_contract_name(contract):
        raise UnreadablePlanError("one of its plans names no contract")
    rows = tuple(_row(each, files) for each in items_at(found, "providers"))
    places = [(row.provider, row.namespace) for row in rows]
    if len(set(places)) != len(places):
        raise UnreadablePlanError(f"its plan for {contract} names a provider twice")
    return SavedContract(contract=contract, rows=rows)


def _row(found: object, files: Mapping[str, object]) -> SavedRow:
    label, following = text_at(found, "provider"), value_at(found, "next")
    if not label or not isinstance(following, str | None) or following == "":
        raise UnreadablePlanError("one of its rows names no provider, or no version")
    digests = mapping_at(files, label, following) if following is not None else {}
    return SavedRow(
        provider=label,
        namespace=text_at(found, "namespace"),
        current=text_at(found, "current"),
        next=following,
        files={
            name: digest
            for name, digest in digests.items()
            if isinstance(digest, str) and SHA256().match(digest)
        },
    )
