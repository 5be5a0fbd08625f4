"""One installed provider as an upgrade plan looks at it: its entry in the table, its version, its problem."""

from __future__ import annotations

from collections.abc import Iterable

from msgspec import Struct
from msgspec.structs import replace

from capyctl.app.cluster_inventory import ClusterInventory
from capyctl.app.resolution import Target
from capyctl.core import codes
from capyctl.core.diagnostics import Applicability, Diagnostic, Fix, Severity, Subject
from capyctl.core.identity import ProviderKey, ProviderReference, ProviderType
from capyctl.core.inventory import InstalledProvider
from capyctl.core.location import GitLabPackages
from capyctl.core.operator_inventory import OperatorProvider
from capyctl.core.provider_table import ProviderTable, TableEntry
from capyctl.core.rules.inventory import entry_problem, unknown_provider
from capyctl.core.upgrade_plan import installed_providers
from capyctl.core.upgrade_terms import UpgradeTerms
from capyctl.core.version import ProviderVersion, parse_tag


class LockTerms(Struct, frozen=True, kw_only=True):
    """The lock that a plan is bound to: as messages name it, and the manifest labels that it has.

    The entries of its providers are pinned to its versions in the table.
    """

    said: str
    labels: frozenset[str]


class KnownProvider(Struct, frozen=True, kw_only=True):
    """What can be asked about: a full version, and an entry whose address can be read.

    ``lock`` is the one that the plan is bound to, whether it has this provider or not.
    """

    key: ProviderKey
    version: ProviderVersion
    entry: TableEntry
    lock: LockTerms | None = None

    @property
    def is_locked_out(self) -> bool:
        """Whether the plan is bound to a lock that does not have this provider."""
        return self.lock is not None and self.key.manifest_label not in self.lock.labels

    @property
    def pinned(self) -> str:
        """Who says which version it is to be, and which."""
        who = f"{self.lock.said} has" if self.lock is not None else "the configuration pins"
        return f"{who} {self.pin or self.target.pin}"

    @property
    def target(self) -> Target:
        """The provider as a target; the configuration's pin binds, the installed version does not."""
        label = self.key.manifest_label
        return Target(
            entry=self.entry, reference=ProviderReference(text=label, name=label, type=self.key.type)
        )

    @property
    def pin(self) -> ProviderVersion | None:
        """The version that the provider's address names (F14)."""
        pin = self.target.pin
        return parse_tag(pin) if pin is not None else None

    @property
    def is_held(self) -> bool:
        """Whether the pin leaves nothing to upgrade to, so that nothing has to be asked."""
        if self.is_locked_out:
            return True
        return self.target.pin is not None and (self.pin is None or self.pin <= self.version)

    def wanted(self, terms: UpgradeTerms) -> Target:
        """The target of an upgrade under these terms."""
        return replace(self.target, terms=terms)


class UpgradeSubject(Struct, frozen=True, kw_only=True, eq=False):
    """An installed provider; ``known`` is None where ``problem`` keeps anything from being asked."""

    installed: InstalledProvider
    operator: OperatorProvider | None
    known: KnownProvider | None = None
    problem: Diagnostic | None = None

    @property
    def is_core(self) -> bool:
        """Whether it is a core provider."""
        return self.installed.type is ProviderType.CORE


def upgrade_subjects(
    cluster: ClusterInventory, table: ProviderTable, lock: LockTerms | None = None
) -> tuple[UpgradeSubject, ...]:
    """Every installed provider once, with its entry in the table or the reason why it has none."""
    found = installed_providers(cluster.inventory.entries, cluster.operator)
    return tuple(_subject(installed, operator, table, lock) for installed, operator in found)


def _subject(
    installed: InstalledProvider,
    operator: OperatorProvider | None,
    table: ProviderTable,
    lock: LockTerms | None,
) -> UpgradeSubject:
    problem = entry_problem(installed)
    key, version = installed.key, installed.version
    if problem is None and key is not None and version is not None:
        entry = table.get(key)
        if entry is not None and entry.location is not None:
            known = KnownProvider(key=key, version=version, entry=entry, lock=lock)
            return UpgradeSubject(installed=installed, operator=operator, known=known)
        problem = entry.error if entry is not None else None
        problem = problem or unknown_provider(installed, (each.key for each in table.entries))
    return UpgradeSubject(installed=installed, operator=operator, problem=problem)


def pin_notes(subjects: Iterable[UpgradeSubject]) -> tuple[Diagnostic, ...]:
    """Every pin in the configuration that binds the plan (F14)."""
    return tuple(
        _pin_note(each.known)
        for each in subjects
        if each.known is not None and each.known.target.pin is not None and each.known.lock is None
    )


def _pin_note(known: KnownProvider) -> Diagnostic:
    pin = known.target.pin
    gitlab = isinstance(known.entry.location, GitLabPackages)
    other = (
        "A package address of GitLab always names one version, and clusterctl sees no other either."
        if gitlab
        else "clusterctl takes no notice of such a pin in an upgrade, lists the whole repository, and proposes its"
        " newest version."
    )
    return Diagnostic(
        code=codes.UPGRADE_PIN_BINDS,
        severity=Severity.NOTE,
        detail=(
            f"The address of {known.key.manifest_label} ({known.entry.origin}) pins {pin}, and {known.version} is"
            f" installed; the plan keeps to the pin. {other}"
        ),
        subject=Subject(provider=known.key.manifest_label, version=pin),
        fixes=(
            Fix(
                applicability=Applicability.REVIEW,
                title=f"put {'the newer version' if gitlab else 'latest'} in the place of {pin} in the address",
            ),
        ),
    )
