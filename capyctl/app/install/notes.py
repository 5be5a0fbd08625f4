"""What is to be said about a cluster that is only looked at: unfinished runs, and providers that run unexpanded."""

from __future__ import annotations

from capyctl.app.apply.record import RECORD_REQUEST, read_record
from capyctl.app.cluster_reading import ClusterReader
from capyctl.app.install.write_diagnostics import interrupted
from capyctl.core.diagnostics import Diagnostic
from capyctl.core.invocation import Invocation
from capyctl.core.rules.unexpanded import LABELLED_DEPLOYMENTS, unexpanded_arguments


def installation_notes(
    reader: ClusterReader, invocation: Invocation, *, has_providers: bool
) -> tuple[Diagnostic, ...]:
    """One question, two where there are providers; what cannot be read is passed over: other parts tell of that."""
    deployments = reader.listed(LABELLED_DEPLOYMENTS).value if has_providers else ()
    record = read_record(reader.read(RECORD_REQUEST))
    said = list(unexpanded_arguments(deployments or ()))
    if record is not None and not record.is_finished:
        said.append(interrupted(record, invocation.on_cluster("init")))
    return tuple(said)
