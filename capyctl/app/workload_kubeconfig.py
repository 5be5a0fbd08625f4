"""The kubeconfig of a workload cluster, as Cluster API keeps it beside the Cluster (clusterctl-cluster 7.3)."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from difflib import get_close_matches
from urllib.parse import quote

from msgspec import Struct

from capyctl.app.cluster_diagnostics import diagnose_api_failure
from capyctl.app.cluster_reading import ClusterReader
from capyctl.core import codes
from capyctl.core.api_object import ApiObject, mapping_at, text_at
from capyctl.core.api_reading import ApiRequest, Collection, Reading
from capyctl.core.diagnostics import Applicability, Diagnostic, Fix, Severity
from capyctl.core.invocation import Invocation

_KEY = "value"
_GROUP = "cluster.x-k8s.io"
_SHOWN = 20


class WorkloadCluster(Struct, frozen=True, kw_only=True):
    """A Cluster by its name and namespace."""

    name: str
    namespace: str

    @property
    def secret(self) -> str:
        """The name of the Secret that holds its kubeconfig."""
        return f"{self.name}-kubeconfig"


class WorkloadKubeconfig(Struct, frozen=True, kw_only=True):
    """The kubeconfig, or None and why."""

    text: str | None = None
    diagnostics: tuple[Diagnostic, ...] = ()


def read_workload_kubeconfig(
    reader: ClusterReader, wanted: WorkloadCluster, invocation: Invocation
) -> WorkloadKubeconfig:
    """Read the Secret; where it is absent, look for what there is instead. The core's contract is no condition."""
    reading = reader.read(_secret(wanted))
    if reading.failure is not None:
        about = f"the Secret {wanted.secret} of namespace {wanted.namespace}"
        return WorkloadKubeconfig(diagnostics=(diagnose_api_failure(reading.failure, about=about),))
    if reading.value is None:
        return WorkloadKubeconfig(diagnostics=(_missing(reader, wanted, invocation, reading),))
    return _held(reading.value, wanted, invocation, reading)


def _secret(wanted: WorkloadCluster) -> ApiRequest:
    namespace, name = quote(wanted.namespace, safe=""), quote(wanted.secret, safe="")
    return ApiRequest(path=f"/api/v1/namespaces/{namespace}/secrets/{name}")


def _held(
    secret: Mapping[str, object],
    wanted: WorkloadCluster,
    invocation: Invocation,
    reading: Reading[Mapping[str, object]],
) -> WorkloadKubeconfig:
    data = mapping_at(secret, "data")
    if not text_at(data, _KEY):
        keys = ", ".join(sorted(data)[:_SHOWN]) or "none"
        fault = f"has no key {_KEY!r} (keys: {keys})"
    else:
        try:
            text = base64.b64decode(text_at(data, _KEY), validate=True).decode("utf-8")
        except (binascii.Error, ValueError):
            fault = f"holds something else than text in base64 under {_KEY!r}"
        else:
            return WorkloadKubeconfig(text=text)
    diagnostic = Diagnostic(
        code=codes.WORKLOAD_KUBECONFIG_UNUSABLE,
        severity=Severity.ERROR,
        detail=f"The Secret {wanted.secret} of namespace {wanted.namespace} {fault}.",
        evidence=reading.evidence,
        fixes=(_describe(wanted, invocation, "see what the control plane of this cluster says"),),
    )
    return WorkloadKubeconfig(diagnostics=(diagnostic,))


def _missing(
    reader: ClusterReader,
    wanted: WorkloadCluster,
    invocation: Invocation,
    reading: Reading[Mapping[str, object]],
) -> Diagnostic:
    """The Secret is absent: because its Cluster is elsewhere, has another name, or is not that far yet."""
    found = _clusters(reader)
    detail = f"There is no Secret {wanted.secret} in namespace {wanted.namespace}."
    fixes: tuple[Fix, ...] = ()
    evidence = (*reading.evidence, *found.evidence)
    if found.failure is not None:
        detail += " Which Clusters there are could not be read."
    elif found.value is None:
        detail += f" This cluster does not serve the API group {_GROUP}: it is no management cluster."
        fixes = (
            Fix(
                applicability=Applicability.REVIEW,
                title="name the management cluster with --kubeconfig or --kubeconfig-context",
            ),
        )
    else:
        more, fixes = _instead(wanted, found.value, invocation)
        detail += f" {more}"
    return Diagnostic(
        code=codes.WORKLOAD_KUBECONFIG_MISSING,
        severity=Severity.ERROR,
        detail=detail,
        evidence=evidence,
        fixes=fixes,
    )


def _instead(
    wanted: WorkloadCluster, clusters: tuple[ApiObject, ...], invocation: Invocation
) -> tuple[str, tuple[Fix, ...]]:
    here = [each.name for each in clusters if each.namespace == wanted.namespace]
    if wanted.name in here:
        detail = (
            "The Cluster is there: its control plane has not written a kubeconfig yet, or has lost it. Cluster API "
            "writes it once the control plane's endpoint is known."
        )
        return detail, (_describe(wanted, invocation, "see how far the control plane is"),)
    elsewhere = sorted(each.namespace for each in clusters if each.name == wanted.name)
    if elsewhere:
        command = invocation.with_option("--namespace", elsewhere[0])
        title = f"read it in namespace {elsewhere[0]}"
        detail = f"A Cluster {wanted.name} is in namespace {', '.join(elsewhere[:_SHOWN])}."
        return detail, (Fix(applicability=Applicability.REVIEW, title=title, command=command),)
    near = get_close_matches(wanted.name, here, n=1)
    fix = _near(WorkloadCluster(name=near[0], namespace=wanted.namespace), invocation) if near else None
    return _there(here, clusters, wanted), (fix,) if fix is not None else ()


def _there(here: list[str], clusters: tuple[ApiObject, ...], wanted: WorkloadCluster) -> str:
    if here:
        return f"Clusters of this namespace: {_some(here)}."
    if clusters:
        others = [f"{each.namespace}/{each.name}" for each in clusters]
        return f"Namespace {wanted.namespace} has no Cluster; there are {_some(others)}."
    return "There is no Cluster in this management cluster."


def _some(names: list[str]) -> str:
    shown = ", ".join(sorted(names)[:_SHOWN])
    return f"{shown} and {len(names) - _SHOWN} more" if len(names) > _SHOWN else shown


def _near(near: WorkloadCluster, invocation: Invocation) -> Fix:
    command = invocation.on_cluster("get", "kubeconfig", near.name, "--namespace", near.namespace)
    return Fix(applicability=Applicability.REVIEW, title=f"read that of {near.name}", command=command)


def _describe(wanted: WorkloadCluster, invocation: Invocation, title: str) -> Fix:
    command = invocation.on_cluster("describe", "cluster", wanted.name, "--namespace", wanted.namespace)
    return Fix(applicability=Applicability.REVIEW, title=title, command=command)


def _clusters(reader: ClusterReader) -> Reading[tuple[ApiObject, ...]]:
    """Every Cluster by name and namespace; absent where the group is not served."""
    group = reader.read(ApiRequest(path=f"/apis/{_GROUP}"))
    version = text_at(group.value, "preferredVersion", "version")
    if group.value is None or not version:
        return Reading(evidence=group.evidence, failure=group.failure)
    listed = reader.listed(
        Collection(path=f"/apis/{_GROUP}/{quote(version, safe='')}/clusters", metadata_only=True)
    )
    return Reading(evidence=(*group.evidence, *listed.evidence), value=listed.value, failure=listed.failure)
