"""Asked, actual, supported: one judgement (issue 4, 1.4; F62, F75)."""

from __future__ import annotations

import pytest

from capyctl.config.support_file import read_kubernetes_support
from capyctl.core.diagnostics import Severity
from capyctl.core.invocation import Invocation
from capyctl.core.kubernetes_fit import KubernetesFacts, KubernetesFit, judge_kubernetes
from capyctl.core.kubernetes_version import parse_server_version

_SUPPORT = read_kubernetes_support()


def judged(
    server: str,
    *,
    emulates: str = "",
    compatible: str = "",
    asked: str | None = None,
    said_by: str = "--kubernetes-version",
    core: str | None = None,
    nodes: tuple[tuple[str, str], ...] = (),
    known_cores: tuple[str, ...] = (),
    topology: bool = False,
    allow_unsupported: bool = False,
    installed: bool = False,
    words: tuple[str, ...] = ("cluster", "check"),
) -> KubernetesFit:
    body = {"gitVersion": server}
    for name, text in {"emulation": emulates, "minCompatibility": compatible}.items():
        if text:
            body[f"{name}Major"], body[f"{name}Minor"] = text.split(".")
    return judge_kubernetes(
        KubernetesFacts(
            server=parse_server_version(body),
            support=_SUPPORT,
            asked=asked,
            said_by=said_by,
            core=core,
            nodes=nodes,
            known_cores=known_cores,
            topology=topology,
            allow_unsupported=allow_unsupported,
            installed=installed,
            invocation=Invocation(words=words),
        )
    )


def told(fit: KubernetesFit) -> tuple[str, Severity]:
    assert fit.diagnostic is not None
    return fit.diagnostic.code.name, fit.diagnostic.severity


_NOT_AS_ASKED = "kubernetes-not-as-asked"


@pytest.mark.parametrize(
    ("server", "asked", "core"),
    [
        ("v1.34.3", None, None),
        ("v1.34.3", "1.34", "v1.14.0"),
        ("v1.34.3", "v1.34.3", None),
        ("v1.30.4", None, "v1.7.1"),
    ],
)
def test_a_server_as_asked_and_supported_says_nothing(
    server: str, asked: str | None, core: str | None
) -> None:
    assert judged(server, asked=asked, core=core).diagnostic is None


def test_another_server_than_asked_names_asked_actual_supported_and_who_said_each() -> None:
    fit = judged("v1.30.4", asked="v1.31", said_by="KUBERNETES_VERSION", compatible="1.30", core="v1.7.1")
    assert told(fit) == (_NOT_AS_ASKED, Severity.ERROR)
    assert fit.diagnostic is not None
    assert fit.diagnostic.detail.startswith(
        "Asked for v1.31 (KUBERNETES_VERSION); the server is v1.30.4, minimum compatible 1.30; core v1.7.1 supports "
        "1.26 to 1.30 (https://release-1-7.cluster-api.sigs.k8s.io/reference/versions)."
    )
    assert fit.diagnostic.subject.provider == "cluster-api"
    assert [fix.command for fix in fit.diagnostic.fixes] == [
        None,
        "capyctl cluster check --kubernetes-version v1.30.4",
    ]


def test_a_server_that_emulates_another_release_than_asked() -> None:
    assert told(judged("v1.34.3", emulates="1.33", asked="1.34")) == (_NOT_AS_ASKED, Severity.ERROR)
    assert told(judged("v1.34.3", emulates="1.33", asked="1.33")) == (_NOT_AS_ASKED, Severity.WARNING)
    assert told(judged("v1.34.3", emulates="1.33", asked="v1.33.2")) == (_NOT_AS_ASKED, Severity.ERROR)
    assert judged("v1.34.3", emulates="1.34", asked="1.34").diagnostic is None


def test_nodes_of_another_version_than_asked_are_a_warning() -> None:
    nodes = (("a", "v1.34.3"), ("b", "v1.33.1"), ("c", "kwok-v0.7.0"))
    fit = judged("v1.34.3", asked="1.34", nodes=nodes)
    assert told(fit) == (_NOT_AS_ASKED, Severity.WARNING)
    assert fit.other_nodes == ("b (v1.33.1)",)
    assert judged("v1.34.3", asked="1.34", nodes=(nodes[0], nodes[2])).diagnostic is None
    assert judged("v1.34.3", nodes=nodes).diagnostic is None


def test_of_many_nodes_the_first_are_named() -> None:
    fit = judged("v1.34.3", asked="1.34", nodes=tuple((f"n{number}", "v1.33.0") for number in range(9)))
    assert fit.diagnostic is not None
    assert "9 of 9 nodes are of another version: n0 (v1.33.0), " in fit.diagnostic.detail
    assert "n5" not in fit.diagnostic.detail


def test_an_older_server_than_the_core_supports_names_the_newest_core_that_does() -> None:
    words = ("init", "--dry-run", "--core", "cluster-api:v1.14.0")
    fit = judged("v1.31.2", core="v1.14.0", known_cores=("v1.12.11", "v1.13.6"), words=words)
    assert told(fit) == ("kubernetes-too-old", Severity.ERROR)
    assert fit.diagnostic is not None
    assert "v1.12.11" in fit.diagnostic.fixes[0].title
    assert fit.diagnostic.fixes[0].command == "capyctl init --dry-run --core cluster-api:v1.12.11"
    assert "--allow-unsupported-kubernetes" in str(fit.diagnostic.fixes[-1].command)


def test_a_core_that_was_named_by_word_is_named_once() -> None:
    """Named twice, by word and by flag, it is a usage error."""
    words = ("init", "--dry-run", "cluster-api:v1.14.0", "-i", "aws")
    fit = judged("v1.31.2", core="v1.14.0", known_cores=("v1.12.11",), words=words)
    assert fit.diagnostic is not None
    assert fit.diagnostic.fixes[0].command == "capyctl init --dry-run cluster-api:v1.12.11 -i aws"


@pytest.mark.parametrize("words", [("cluster", "check"), ("init",)])
def test_a_command_with_a_core_is_given_for_init_and_a_known_release_only(words: tuple[str, ...]) -> None:
    known = () if words == ("init",) else ("v1.12.11",)
    fit = judged("v1.31.2", core="v1.14.0", known_cores=known, words=words)
    assert fit.diagnostic is not None
    assert "v1.12" in fit.diagnostic.fixes[0].title
    assert fit.diagnostic.fixes[0].command is None


def test_an_older_server_is_a_warning_where_that_is_allowed() -> None:
    fit = judged("v1.31.2", core="v1.14.0", allow_unsupported=True)
    assert told(fit) == ("kubernetes-too-old", Severity.WARNING)
    assert fit.diagnostic is not None
    assert not [fix for fix in fit.diagnostic.fixes if fix.command]


def test_what_is_allowed_does_not_make_it_the_server_that_was_asked_for() -> None:
    fit = judged("v1.31.2", core="v1.14.0", asked="1.33", allow_unsupported=True)
    assert told(fit) == (_NOT_AS_ASKED, Severity.ERROR)
    assert fit.diagnostic is not None
    assert "1.31 is older than 1.33" in fit.diagnostic.detail


def test_a_newer_server_than_the_core_knows_is_a_warning() -> None:
    fit = judged("v1.36.0", core="v1.12.7")
    assert told(fit) == ("kubernetes-too-new", Severity.WARNING)
    assert fit.diagnostic is not None
    assert "v1.14" in fit.diagnostic.fixes[0].title
    assert judged("v1.36.0", core="v1.12.8").diagnostic is None


def test_a_core_that_is_installed_is_upgraded_or_stays() -> None:
    """A core is never downgraded in place (clusterctl-cluster 5.5); init with another one would be refused."""
    words = ("init", "-i", "aws", "--kubeconfig", "k")
    newer = judged("v1.36.0", core="v1.10.10", installed=True, known_cores=("v1.14.0",), words=words)
    assert newer.diagnostic is not None
    assert newer.diagnostic.fixes[0].title.startswith("upgrade the core to v1.14.0")
    assert newer.diagnostic.fixes[0].command == "capyctl upgrade plan --kubeconfig k"
    older = judged("v1.31.1", core="v1.14.0", installed=True, known_cores=("v1.12.11",), words=words)
    assert older.diagnostic is not None
    assert "never downgraded" in older.diagnostic.fixes[0].title
    assert "v1.12" in older.diagnostic.fixes[0].title
    assert older.diagnostic.fixes[0].command is None
    unread = judged("v1.36.0", core="v1.10", installed=True, words=words)
    assert unread.diagnostic is None


def test_an_emulated_version_counts_for_the_range_and_both_are_named() -> None:
    assert judged("v1.36.1", core="v1.12.7", emulates="1.35").diagnostic is None
    fit = judged("v1.34.3", core="v1.14.0", emulates="1.32")
    assert told(fit) == ("kubernetes-too-old", Severity.ERROR)
    assert fit.diagnostic is not None
    assert "server is v1.34.3, emulates 1.32" in fit.diagnostic.detail


@pytest.mark.parametrize(
    ("server", "topology", "severity"),
    [("v1.19.16", False, Severity.ERROR), ("v1.20.0", True, Severity.ERROR), ("v1.22.0", True, None)],
)
def test_below_the_minimum_of_clusterctl(server: str, topology: bool, severity: Severity | None) -> None:
    fit = judged(server, core="v1.3.0", topology=topology)
    assert (fit.diagnostic and fit.diagnostic.severity) == severity
    if fit.diagnostic is not None:
        assert "clusterctl works with" in fit.diagnostic.detail


def test_without_a_core_a_server_that_no_core_supports_is_told() -> None:
    assert told(judged("v1.22.9")) == ("kubernetes-too-old", Severity.ERROR)
    assert told(judged("v1.37.0")) == ("kubernetes-too-new", Severity.WARNING)


def test_a_core_that_the_data_does_not_know_is_said_and_not_judged() -> None:
    fit = judged("v1.37.0", core="v1.15.0")
    assert fit.diagnostic is None
    assert "what core v1.15.0 supports is not in the data of 2026-08-21" in fit.summary


def test_a_marker_in_a_variable_is_a_warning_and_in_the_option_an_error() -> None:
    unread = "kubernetes-version-unreadable"
    assert told(judged("v1.34.3", asked="stable", said_by="KUBERNETES_VERSION")) == (unread, Severity.WARNING)
    assert told(judged("v1.34.3", asked="stable")) == (unread, Severity.ERROR)


def test_a_server_without_a_readable_version_is_a_warning() -> None:
    fit = judged("", core="v1.14.0", asked="1.34", nodes=(("a", "v1.34.0"),))
    assert told(fit) == ("kubernetes-version-unreadable", Severity.WARNING)
    assert "the server is of no stated version" in fit.summary


def test_an_emulated_version_is_enough_for_the_range() -> None:
    assert told(judged("odd", core="v1.14.0", emulates="1.32"))[0] == "kubernetes-too-old"


def test_a_few_words_about_it() -> None:
    assert judged("v1.34.3", core="v1.13.6").brief == "v1.34.3; core v1.13.6 supports 1.32 to 1.36"
    assert judged("v1.34.3", emulates="1.33", core="v1.15.0").brief == (
        "v1.34.3, emulating 1.33; the newest core that supports it is v1.14"
    )
    assert judged("v1.34.3", asked="v1.31", core="v1.15.0").brief.startswith("v1.34.3; asked for v1.31; ")
    assert judged("").brief == "no stated version"
