"""``Resolved`` and its parts as the document has them (cli.md 5)."""

from __future__ import annotations

from collections.abc import Mapping

from capyctl.core.resolved import RejectedVersion, Resolved, ResolvedFile, ResolvedRepository

Json = dict[str, object]


def resolved_json(resolved: Resolved) -> Json:
    """One provider's answer, in the order of cli.md."""
    return {
        "provider": resolved.key.manifest_label,
        "name": resolved.key.name,
        "type": resolved.key.type.value,
        "requested": resolved.requested,
        "version": resolved.version,
        "series": series_json(resolved.series),
        "contract": resolved.contract,
        "repository": _repository_json(resolved.repository),
        "files": files_json(resolved.files),
        "target_namespace": resolved.target_namespace,
        "rejected": [_rejected_json(each) for each in resolved.rejected],
    }


def series_json(series: tuple[int, int] | None) -> Json | None:
    """A release series, or null."""
    return None if series is None else {"major": series[0], "minor": series[1]}


def files_json(files: Mapping[str, ResolvedFile | None]) -> Json:
    """Files by name; null where the run cannot have one."""
    return {
        name: None if file is None else {"url": file.url, "sha256": file.sha256, "size": file.size}
        for name, file in files.items()
    }


def _repository_json(repository: ResolvedRepository) -> Json:
    return {
        "url": repository.url,
        "kind": repository.kind,
        "name": repository.name,
        "formerly": list(repository.formerly),
    }


def _rejected_json(rejected: RejectedVersion) -> Json:
    return {"version": rejected.version, "code": rejected.code.code, "reason": rejected.reason}
