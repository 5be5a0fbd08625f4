"""What is said about overrides: used, unused, in a folder that nobody consults (F05, W-43)."""

from __future__ import annotations

from capyctl.adapters.overrides import OverrideFolder
from capyctl.config.overrides import OverridesFolder, override_files
from capyctl.core import codes
from capyctl.core.codes import Code
from capyctl.core.diagnostics import Applicability, Diagnostic, Fix, Severity, Subject

_SHOWN = 5


def override_notes(folder: OverrideFolder | None, chosen: OverridesFolder) -> tuple[Diagnostic, ...]:
    """A note for each override that spoke, one for all that did not, a warning for those out of reach."""
    notes: list[Diagnostic] = []
    if folder is not None:
        notes += [
            _note(
                codes.OVERRIDE_IN_EFFECT,
                f"{file.name} of {file.label} {file.version} was read from {file.path}, not from its repository.",
                Subject(provider=file.label, version=file.version, file=file.name),
            )
            for file in folder.used()
        ]
        unused = [str(file.path) for file in folder.unused()]
        if unused:
            notes.append(
                _note(codes.OVERRIDE_UNUSED, f"Overrides that nothing used: {_listed(unused)}.", Subject())
            )
    return (*notes, *_out_of_reach(chosen))


def _out_of_reach(chosen: OverridesFolder) -> list[Diagnostic]:
    found = []
    for unused in chosen.unused:
        files = [file.path for file in override_files(unused)]
        if files:
            found.append(
                Diagnostic(
                    code=codes.OVERRIDE_IN_UNUSED_FOLDER,
                    severity=Severity.WARNING,
                    detail=(
                        f"Overrides lie in {unused}, which is not consulted because {chosen.path} is"
                        f" ({chosen.origin}): {_listed(files)}."
                    ),
                    fixes=(
                        Fix(
                            applicability=Applicability.REVIEW,
                            title=f"move them, or set overridesFolder: {unused} in clusterctl.yaml",
                        ),
                    ),
                )
            )
    return found


def _note(code: Code, detail: str, subject: Subject) -> Diagnostic:
    return Diagnostic(code=code, severity=Severity.NOTE, detail=detail, subject=subject)


def _listed(paths: list[str]) -> str:
    more = f" and {len(paths) - _SHOWN} more" if len(paths) > _SHOWN else ""
    return ", ".join(paths[:_SHOWN]) + more
