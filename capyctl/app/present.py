"""A resolution as the ``Resolved`` of cli.md 5, with the findings about its components."""

from __future__ import annotations

from capyctl.app.inspection import other_findings
from capyctl.app.resolution import ProviderResolution
from capyctl.core.diagnostics import Diagnostic
from capyctl.core.metadata import METADATA
from capyctl.core.resolved import Resolved, ResolvedFile, ResolvedRepository
from capyctl.core.rules.repository import renamed_on_the_way
from capyctl.core.selection import Chosen, NoneLeft, rejections


def to_resolved(resolution: ProviderResolution) -> Resolved:
    """The value that every command shows of a provider."""
    chosen = resolution.chosen
    target = resolution.target
    choice = resolution.choice
    passed_over = choice.passed_over if isinstance(choice, Chosen | NoneLeft) else ()
    rendered = resolution.rendered
    return Resolved(
        key=target.entry.key,
        requested=target.reference.version,
        version=chosen.version.tag if chosen is not None else None,
        series=chosen.series if chosen is not None else None,
        contract=chosen.contract if chosen is not None else None,
        repository=_repository(resolution),
        files=_files(resolution) if chosen is not None else {},
        target_namespace=rendered.target_namespace if rendered is not None else None,
        rejected=() if target.pin is not None else rejections(passed_over),
    )


def component_findings(resolution: ProviderResolution) -> tuple[Diagnostic, ...]:
    """What was found about the chosen version's components, apart from what speaks against the version."""
    return other_findings(resolution.rendered) if resolution.rendered is not None else ()


def _repository(resolution: ProviderResolution) -> ResolvedRepository:
    entry = resolution.target.entry
    renamed = renamed_on_the_way(resolution.evidence)
    name, formerly = entry.repository_name, list(entry.formerly)
    if renamed is not None:
        former, name, _ = renamed
        formerly = [item for item in (*formerly, *former) if item.lower() != name.lower()]
    return ResolvedRepository(
        url=entry.url,
        kind=entry.repository_kind or _apparent_kind(entry.url),
        name=name,
        formerly=tuple(dict.fromkeys(formerly)),
    )


def _apparent_kind(url: str) -> str:
    """What an address that cannot be read looks like; its diagnostic says what is wrong with it."""
    if url.lower().startswith("oci://"):
        return "oci"
    return "https" if "://" in url and not url.startswith("file:") else "local"


def _files(resolution: ProviderResolution) -> dict[str, ResolvedFile | None]:
    location = resolution.target.entry.location
    names = (METADATA, location.components_file) if location is not None else (METADATA,)
    files: dict[str, ResolvedFile | None] = {}
    for name in names:
        content = resolution.content(name)
        files[name] = (
            ResolvedFile(name=name, url=content.url, sha256=content.sha256, size=len(content.data))
            if content is not None
            else None
        )
    return files
