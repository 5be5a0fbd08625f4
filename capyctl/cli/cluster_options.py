"""The cluster options (cli.md 5), declared once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated

import typer

from capyctl.ports.cluster import ClusterChoice
from capyctl.wiring.cluster import API_TIMEOUT, ClusterSettings

Kubeconfig = Annotated[
    str | None,
    typer.Option("--kubeconfig", metavar="FILE", help="The kubeconfig of the management cluster."),
]
KubeconfigContext = Annotated[
    str | None,
    typer.Option("--kubeconfig-context", metavar="CONTEXT", help="The context in the kubeconfig."),
]
ApiTimeout = Annotated[
    str | None,
    typer.Option(
        "--api-timeout",
        metavar="DURATION",
        help="How long an API server that is still coming up is waited for (60s).",
    ),
]
KubernetesVersion = Annotated[
    str | None,
    typer.Option(
        "--kubernetes-version",
        metavar="VERSION",
        help="The Kubernetes version that the server is asked to be.",
    ),
]
AllowUnsupported = Annotated[
    bool,
    typer.Option(
        "--allow-unsupported-kubernetes",
        help="A server below the supported range of Kubernetes versions is a warning.",
    ),
]
Namespace = Annotated[
    str | None,
    typer.Option("-n", "--namespace", metavar="NAMESPACE", help="The namespace (the context's)."),
]


def cluster_settings(
    choice: ClusterChoice,
    api_timeout: str | None,
    *,
    kubernetes_version: str | None = None,
    allow_unsupported: bool = False,
    environ: Mapping[str, str] | None = None,
) -> ClusterSettings:
    """The options as one value; ``KUBERNETES_VERSION`` stands for an option that was not given.

    Raises:
        typer.BadParameter: a value that its option does not take.
    """
    return ClusterSettings(
        choice=choice,
        api_timeout=_seconds(api_timeout) if api_timeout is not None else API_TIMEOUT,
        kubernetes_version=kubernetes_version or (environ or {}).get("KUBERNETES_VERSION") or None,
        allow_unsupported=allow_unsupported,
    )


def _seconds(text: str) -> float:
    from capyctl.core.durations import MalformedDurationError, parse_duration  # noqa: PLC0415 - start-up

    try:
        return parse_duration(text)
    except MalformedDurationError as error:
        raise typer.BadParameter(str(error), param_hint="--api-timeout") from error
