"""What an installation brings, as the parts that the engine applies and the record that is kept of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from msgspec import Struct

from capyctl.app.plan_install import InstallPlan
from capyctl.app.resolution import ProviderResolution
from capyctl.core.api_object import text_at
from capyctl.core.apply_stages import Part
from capyctl.core.identity import CERT_MANAGER
from capyctl.core.provider_objects import cert_manager_objects, inventory_entry
from capyctl.core.transaction import Operation, ProviderRecord, Transaction, mark_of


class Brought(Struct, frozen=True, kw_only=True):
    """What is brought, in install order; ``cert_manager`` is None where it is there already.

    Attributes:
        version: of cert-manager, empty for none. records: one for each provider, in the same order.
    """

    cert_manager: Part | None = None
    version: str = ""
    providers: tuple[Part, ...] = ()
    records: tuple[ProviderRecord, ...] = ()

    @property
    def parts(self) -> tuple[Part, ...]:
        """Every part, cert-manager first."""
        return (*([self.cert_manager] if self.cert_manager is not None else []), *self.providers)

    @property
    def owners(self) -> tuple[str, ...]:
        """The labels of all parts."""
        return tuple(each.owner for each in self.parts)

    @property
    def is_nothing(self) -> bool:
        """Whether there is nothing to be done."""
        return not self.parts

    def transaction(
        self,
        run: str,
        started_at: str,
        before: Transaction | None,
        flags: Mapping[str, str],
        operation: Operation = Operation.INIT,
    ) -> Transaction:
        """The record of bringing it; records of providers that are not in this run are carried over."""
        earlier = before.providers if before is not None else {}
        return Transaction(
            operation=operation,
            run=run,
            started_at=started_at,
            cert_manager=self.version,
            planned=tuple(each.label for each in self.records),
            providers={**earlier, **{each.label: each for each in self.records}},
            flags=flags,
        )


def brought(plan: InstallPlan, installed: Iterable[str]) -> Brought:
    """The parts of a plan, without providers whose labels are ``installed``: they stay as they are."""
    there = frozenset(installed)
    wanted = [each for each in plan.resolutions if each.label not in there and _is_rendered(each)]
    ordered = sorted(wanted, key=lambda each: each.target.entry.key.sort_key)
    objects = plan.cert_manager_objects
    version = plan.cert_manager or ""
    part = Part(owner=CERT_MANAGER, objects=cert_manager_objects(objects, version)) if objects else None
    return Brought(
        cert_manager=part,
        version=version if part is not None else "",
        providers=tuple(_part(each) for each in ordered),
        records=tuple(_record(each) for each in ordered),
    )


def labels_of(parts: Sequence[Part]) -> str:
    """Their names for people."""
    return ", ".join(each.owner for each in parts)


def _is_rendered(resolution: ProviderResolution) -> bool:
    rendered = resolution.rendered
    return rendered is not None and bool(rendered.objects) and rendered.target_namespace is not None


def _part(resolution: ProviderResolution) -> Part:
    rendered, chosen = resolution.rendered, resolution.chosen
    objects = rendered.objects if rendered is not None else ()
    namespace = (rendered.target_namespace if rendered is not None else None) or ""
    tag = chosen.version.tag if chosen is not None else ""
    entry = inventory_entry(resolution.target.entry.key, namespace, tag)
    return Part(
        owner=resolution.label,
        objects=tuple(each for each in objects if text_at(each, "kind")),
        entry=entry,
    )


def _record(resolution: ProviderResolution) -> ProviderRecord:
    part = _part(resolution)
    rendered, chosen = resolution.rendered, resolution.chosen
    tag = chosen.version.tag if chosen is not None else ""
    names = [name for version, name in resolution.files if version == tag]
    contents = {name: resolution.content(name) for name in names}
    return ProviderRecord(
        label=resolution.label,
        version=tag,
        namespace=(rendered.target_namespace if rendered is not None else None) or "",
        contract=(chosen.contract if chosen is not None else None) or "",
        files={name: found.sha256 for name, found in contents.items() if found is not None},
        objects=tuple(mark_of(raw) for raw in part.objects),
    )
