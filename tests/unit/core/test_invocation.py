"""The same command with one thing changed, as a fix prints it (cli.md 4: a command runs as it stands)."""

from __future__ import annotations

import pytest

from capyctl.core.invocation import Invocation


def test_the_command_as_a_shell_takes_it() -> None:
    words = ("resolve", "infrastructure-aws", "--config", "my file.yaml")
    assert Invocation(words=words).command() == "capyctl resolve infrastructure-aws --config 'my file.yaml'"
    assert Invocation().command() == "capyctl"


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("init", "-b", "kubeadm:1.0.0"), "capyctl init -b kubeadm:v1.0.0"),
        (("init", "--bootstrap=kubeadm:1.0.0"), "capyctl init --bootstrap=kubeadm:v1.0.0"),
        (("init", "-b", "k0s,kubeadm:1.0.0"), "capyctl init -b k0s,kubeadm:v1.0.0"),
        (("init", "-b", "kubeadm:1.0.0-rc"), "capyctl init -b kubeadm:1.0.0-rc kubeadm:v1.0.0"),
        (("init",), "capyctl init kubeadm:v1.0.0"),
    ],
    ids=["separate", "joined", "comma-separated", "longer name stays", "default"],
)
def test_one_reference_replaced(words: tuple[str, ...], expected: str) -> None:
    assert Invocation(words=words).with_reference("kubeadm:1.0.0", "kubeadm:v1.0.0") == expected


def test_a_files_name_is_no_reference() -> None:
    words = ("resolve", "--config=aws", "aws")
    assert Invocation(words=words).with_reference("aws", "infrastructure-aws") == (
        "capyctl resolve --config=aws infrastructure-aws"
    )


def test_words_are_added_at_the_end() -> None:
    assert Invocation(words=("resolve", "aws")).with_words("--contract", "v1beta1") == (
        "capyctl resolve aws --contract v1beta1"
    )
