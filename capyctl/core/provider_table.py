"""The provider table: built-in rows, under a providers file, under the configuration (issue 3, item 1)."""

from collections.abc import Iterable

from msgspec import Struct, field
from msgspec.structs import replace

from capyctl.core.diagnostics import Diagnostic
from capyctl.core.identity import ProviderKey, ProviderReference
from capyctl.core.location import GitHubReleases
from capyctl.core.provider_entry import (
    BUILT_IN,
    FormerAddress,
    InvalidEntry,
    RowFacts,
    RowState,
    TableEntry,
    reached,
)
from capyctl.core.provider_lookup import Lookup, find_entries
from capyctl.core.repr_without import repr_without

__all__ = [
    "BUILT_IN",
    "BuiltInTable",
    "CertManagerDefaults",
    "FormerAddress",
    "InvalidEntry",
    "Lookup",
    "ProviderTable",
    "RowFacts",
    "RowState",
    "TableEntry",
    "UserEntry",
    "build_table",
]

UserEntry = TableEntry | InvalidEntry


class CertManagerDefaults(Struct, frozen=True, kw_only=True):
    """What clusterctl installs of cert-manager when the configuration says nothing.

    Attributes:
        location: what ``url`` stands for; None where that has not been read.
        defaults: (first clusterctl release, cert-manager version) in ascending order (clusterctl-resolution 2.3).
    """

    version: str
    url: str
    location: GitHubReleases | None = None
    formerly: tuple[str, ...] = ()
    defaults: tuple[tuple[str, str], ...] = ()
    sources: tuple[str, ...] = ()

    def version_for(self, release: str) -> str | None:
        """The default of a clusterctl release, or None for one older than the data."""
        known = [version for since, version in self.defaults if reached((since,), release)]
        return known[-1] if known else None


class BuiltInTable(Struct, frozen=True, kw_only=True):
    """The content of one table file: its rows, dropped ones included, and the clusterctl release it is of."""

    rows: tuple[TableEntry, ...]
    clusterctl: str = ""
    as_of: str = ""
    cert_manager: CertManagerDefaults | None = None


class ProviderTable(Struct, frozen=True, kw_only=True):
    """The table in force; build it with `build_table`.

    Attributes:
        entries: what may be asked for, in clusterctl's order.
        dropped: rows clusterctl gave up; they are only explained. built_in: the rows underneath.
        file_entries, configured: the user's entries by layer. repositories: known names in lower case.
    """

    built_in: BuiltInTable
    entries: tuple[TableEntry, ...]
    dropped: tuple[TableEntry, ...]
    file_entries: tuple[UserEntry, ...] = ()
    configured: tuple[UserEntry, ...] = ()
    repositories: dict[str, RowFacts] = field(default_factory=dict)

    def __repr__(self) -> str:
        return repr_without(self, "repositories")

    @property
    def cert_manager(self) -> CertManagerDefaults | None:
        """The cert-manager defaults of the built-in table."""
        return self.built_in.cert_manager

    @property
    def invalid(self) -> tuple[InvalidEntry, ...]:
        """User entries whose name or type is no such thing."""
        both = (*self.file_entries, *self.configured)
        return tuple(entry for entry in both if isinstance(entry, InvalidEntry))

    @property
    def faults(self) -> tuple[Diagnostic, ...]:
        """The errors of all user entries; any one of them in ``configured`` stops clusterctl altogether."""
        errors = [entry.error for entry in self.invalid]
        return (*errors, *(entry.error for entry in self.entries if entry.error is not None))

    def get(self, key: ProviderKey) -> TableEntry | None:
        """The entry of this very provider."""
        return next((entry for entry in self.entries if entry.key == key), None)

    def find(self, reference: ProviderReference) -> Lookup:
        """What a reference stands for (cli.md 1), with suggestions where it stands for nothing."""
        return find_entries(reference, self.entries, self.dropped, self.invalid)

    def renamed(self, full_name: str) -> str | None:
        """The name today of a github.com repository, where ``full_name`` is known to be a former one."""
        facts = self.repositories.get(full_name.lower())
        canonical = facts.canonical if facts is not None else None
        return canonical if canonical is not None and canonical.lower() != full_name.lower() else None

    def as_of_release(self, release: str) -> "ProviderTable":
        """What that clusterctl release works with: its own table, and the user's configuration over it."""
        rows = tuple(row.as_in(release) for row in self.built_in.rows if row.known_to(release))
        return build_table(replace(self.built_in, rows=rows, clusterctl=release), configured=self.configured)


def build_table(
    built_in: BuiltInTable,
    file_entries: Iterable[UserEntry] = (),
    configured: Iterable[UserEntry] = (),
) -> ProviderTable:
    """Merge by provider; later layers and entries win, and a bad entry still takes its provider's place."""
    layers = (tuple(file_entries), tuple(configured))
    merged: dict[ProviderKey, TableEntry] = {}
    dropped: list[TableEntry] = []
    for row in built_in.rows:
        if reached(row.facts.until, built_in.clusterctl):
            dropped.append(row)
        else:
            merged[row.key] = row
    repositories = _repositories(built_in.rows)
    for entry in (entry for layer in layers for entry in layer if isinstance(entry, TableEntry)):
        merged[entry.key] = _with_known_facts(entry, repositories, merged.get(entry.key))
    return ProviderTable(
        built_in=built_in,
        entries=tuple(sorted(merged.values(), key=lambda entry: entry.key.sort_key)),
        dropped=tuple(dropped),
        file_entries=layers[0],
        configured=layers[1],
        repositories=repositories,
    )


def _repositories(rows: Iterable[TableEntry]) -> dict[str, RowFacts]:
    """Every name a known github.com repository has or had, in lower case, with what is known about it."""
    known: dict[str, RowFacts] = {}
    for row in rows:
        if isinstance(row.location, GitHubReleases):
            facts = replace(row.facts, canonical=row.facts.canonical or row.location.full_name)
            for name in (*row.formerly, row.location.full_name, facts.canonical or ""):
                known.setdefault(name.lower(), facts)
    return known


def _with_known_facts(
    entry: TableEntry, repositories: dict[str, RowFacts], replaced: TableEntry | None
) -> TableEntry:
    """A user's entry with what the built-in table knows about its repository: renames show offline."""
    if not isinstance(entry.location, GitHubReleases) or entry.facts != RowFacts():
        return entry
    known = repositories.get(entry.location.full_name.lower()) if _is_github_com(entry) else None
    if known is None or known.canonical is None:
        return entry
    is_same = replaced is not None and replaced.repository_name == known.canonical
    same_provider = replaced if is_same else None
    facts = RowFacts(
        canonical=known.canonical,
        formerly=known.formerly,
        state=same_provider.state if same_provider else RowState.ACTIVE,
        successor=same_provider.successor if same_provider else None,
        sources=known.sources,
    )
    return replace(entry, facts=facts)


def _is_github_com(entry: TableEntry) -> bool:
    return isinstance(entry.location, GitHubReleases) and entry.location.host == "github.com"
