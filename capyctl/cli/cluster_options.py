"""The cluster options (cli.md 5), declared once."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated

import typer

if TYPE_CHECKING:
    from capyctl.ports.cluster import ClusterChoice
    from capyctl.wiring.cluster_settings import ClusterSettings

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

    A kubeconfig or a context that is empty is none, as for kubectl: scripts hand on variables that are not set.

    Raises:
        typer.BadParameter: a value that its option does not take.
    """
    from capyctl.ports.cluster import ClusterChoice  # noqa: PLC0415 - start-up budget
    from capyctl.wiring.cluster_settings import API_TIMEOUT, ClusterSettings  # noqa: PLC0415 - the same

    given = checked_options(api_timeout, kubernetes_version)
    return ClusterSettings(
        choice=ClusterChoice(kubeconfig=choice.kubeconfig or None, context=choice.context or None),
        api_timeout=given if given is not None else API_TIMEOUT,
        kubernetes_version=kubernetes_version or (environ or {}).get("KUBERNETES_VERSION") or None,
        version_said_by="--kubernetes-version" if kubernetes_version else "KUBERNETES_VERSION",
        allow_unsupported=allow_unsupported,
    )


def checked_options(api_timeout: str | None, kubernetes_version: str | None) -> float | None:
    """The seconds of ``--api-timeout``, where both options can be used as they were given.

    Raises:
        typer.BadParameter: a value that its option does not take.
    """
    if kubernetes_version:
        from capyctl.core.kubernetes_version import parse_asked  # noqa: PLC0415 - start-up budget

        if parse_asked(kubernetes_version, "") is None:
            raise typer.BadParameter(_no_version(kubernetes_version), param_hint="--kubernetes-version")
    return wait_seconds(api_timeout, "--api-timeout") if api_timeout is not None else None


def wait_seconds(text: str, option: str) -> float:
    """A duration that an option was given; a bare number is seconds.

    Raises:
        typer.BadParameter: it is none.
    """
    from capyctl.core.durations import MalformedDurationError, parse_duration  # noqa: PLC0415 - start-up

    try:
        return parse_duration(text)
    except MalformedDurationError as error:
        raise typer.BadParameter(str(error), param_hint=option) from error


def object_name(text: str, hint: str) -> str:
    """A name that an object of Kubernetes can have, as an option or an argument gave it.

    Raises:
        typer.BadParameter: it is none.
    """
    from capyctl.core.object_name import MalformedNameError, parse_object_name  # noqa: PLC0415 - start-up

    try:
        return parse_object_name(text)
    except MalformedNameError as error:
        raise typer.BadParameter(str(error), param_hint=hint) from error


def namespace_name(text: str | None, hint: str) -> str | None:
    """A namespace, as an option gave it; one that is empty is none.

    Raises:
        typer.BadParameter: no namespace can have this name.
    """
    from capyctl.core.object_name import MalformedNameError, parse_namespace_name  # noqa: PLC0415 - start-up

    try:
        return parse_namespace_name(text)
    except MalformedNameError as error:
        raise typer.BadParameter(str(error), param_hint=hint) from error


def _no_version(text: str) -> str:
    """What is wrong with a version that is none; a marker moves, so it is never resolved on the way."""
    from capyctl.core.release_marker import parse_marker  # noqa: PLC0415 - start-up budget

    wrong = f"{text[:80]!r} is no version such as v1.34 or v1.34.3"
    if parse_marker(text) is None:
        return wrong
    return f"{wrong}, but a marker; resolve it first: capyctl kubernetes-version resolve {text}"
