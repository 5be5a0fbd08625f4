"""The same command with one thing changed, as a fix prints it (cli.md 4: a command runs as it stands)."""

from __future__ import annotations

import pytest

from capyctl.core.identity import ProviderType
from capyctl.core.invocation import Invocation


def given(line: str) -> Invocation:
    return Invocation(words=tuple(line.split()))


def test_the_command_as_a_shell_takes_it() -> None:
    words = ("resolve", "infrastructure-aws", "--config", "my file.yaml")
    assert Invocation(words=words).command() == "capyctl resolve infrastructure-aws --config 'my file.yaml'"
    assert Invocation().command() == "capyctl"


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (("init", "-b", "kubeadm:1.0.0"), "capyctl init -b kubeadm:v1.0.0"),
        (("init", "--bootstrap=kubeadm:1.0.0"), "capyctl init --bootstrap=kubeadm:v1.0.0"),
        (("init", "-bkubeadm:1.0.0"), "capyctl init -bkubeadm:v1.0.0"),
        (("init", "-b=kubeadm:1.0.0"), "capyctl init -b=kubeadm:v1.0.0"),
        (("init", "-b", "k0s,kubeadm:1.0.0"), "capyctl init -b k0s,kubeadm:v1.0.0"),
        (("init", "-b", "kubeadm:1.0.0-rc"), "capyctl init -b kubeadm:1.0.0-rc kubeadm:v1.0.0"),
        (("init",), "capyctl init kubeadm:v1.0.0"),
    ],
    ids=[
        "separate",
        "joined",
        "short joined",
        "short with =",
        "comma-separated",
        "longer name stays",
        "default",
    ],
)
def test_one_reference_replaced(words: tuple[str, ...], expected: str) -> None:
    assert Invocation(words=words).with_reference("kubeadm:1.0.0", "kubeadm:v1.0.0") == expected


@pytest.mark.parametrize(
    "option", ["--config=aws", "--config aws", "--providers aws", "-o aws", "--ca-file=aws", "-n aws"]
)
def test_a_files_name_is_no_reference(option: str) -> None:
    assert given(f"resolve {option} aws").with_reference("aws", "infrastructure-aws") == (
        f"capyctl resolve {option} infrastructure-aws"
    )


def test_a_name_that_two_flags_have_is_replaced_after_its_own_only() -> None:
    command = given("init -b talos --control-plane talos")
    told = command.with_reference("talos", "talos:v0.6.1", kind=ProviderType.BOOTSTRAP)
    assert told == "capyctl init -b talos:v0.6.1 --control-plane talos"
    told = command.with_reference("talos", "talos:v0.5.1", kind=ProviderType.CONTROL_PLANE)
    assert told == "capyctl init -b talos --control-plane talos:v0.5.1"


def test_a_default_is_named_by_its_label_since_its_name_may_be_another_types_too() -> None:
    told = given("init --dry-run").with_reference(
        "kubeadm", "kubeadm:v1.0.0", kind=ProviderType.BOOTSTRAP, otherwise="bootstrap-kubeadm:v1.0.0"
    )
    assert told == "capyctl init --dry-run bootstrap-kubeadm:v1.0.0"


def test_words_are_added_at_the_end_but_before_a_command_of_its_own() -> None:
    assert given("resolve aws").with_words("--contract", "v1beta1") == (
        "capyctl resolve aws --contract v1beta1"
    )
    assert given("lab run sound -- capyctl resolve aws").with_words("--debug") == (
        "capyctl lab run sound --debug -- capyctl resolve aws"
    )


@pytest.mark.parametrize("line", ["resolve aws --deadline 1s", "resolve aws --deadline=1s", "resolve aws"])
def test_an_option_has_one_value(line: str) -> None:
    assert given(line).with_option("--deadline", "2m") == "capyctl resolve aws --deadline 2m"


def test_an_option_can_be_taken_away() -> None:
    assert given("--offline resolve aws -o json").without("--offline") == "capyctl resolve aws -o json"
    assert given("resolve aws -o json").without("--output") == "capyctl resolve aws"
    assert given("resolve aws -o json --offline").without("--output", "--offline") == "capyctl resolve aws"
    assert given("lab run sound --offline -- x --offline").without("--offline") == (
        "capyctl lab run sound -- x --offline"
    )


def test_an_option_is_known_however_it_was_typed() -> None:
    assert given("resolve aws --offline").has("--offline")
    assert given("resolve aws --deadline=1s").has("--deadline")
    assert given("resolve aws --deadline 9s --deadline=1s").value_of("--deadline") == "1s"
    assert given("resolve aws").value_of("--deadline") is None
    assert not given("lab run x -- resolve --offline").has("--offline")


def test_another_command_keeps_what_says_where_to_look() -> None:
    command = Invocation(
        words=(
            "--offline", "init", "--dry-run", "-i", "aws", "--config", "my file.yaml", "--providers=table.yaml",
            "--ca-file", "ca.pem", "-ojson", "--ignore", "CAPY0205", "-v", "5", "--fail-on", "warning",
        )
    )  # fmt: skip
    assert command.about("versions", "infrastructure-aws") == (
        "capyctl versions infrastructure-aws --offline --config 'my file.yaml' --providers table.yaml"
        " --ca-file ca.pem --output json"
    )


def test_another_command_takes_over_no_form_it_does_not_have() -> None:
    assert given("config repositories -o yaml").about("versions", "aws") == "capyctl versions aws"


@pytest.mark.parametrize(
    ("line", "name"),
    [
        ("resolve aws", "resolve"),
        ("-o json --config f.yaml -v 5 resolve aws", "resolve"),
        ("config provider aws", "config provider"),
        ("init -b kubeadm list-images", "init list-images"),
        ("init list-images -b kubeadm", "init list-images"),
        ("init aws", "init"),
        ("--help", ""),
        ("", ""),
    ],
)
def test_the_name_of_the_command(line: str, name: str) -> None:
    assert given(line).name == name


@pytest.mark.parametrize(
    ("typed", "expected"),
    [
        (
            "get kubeconfig w --kubeconfig k --kubeconfig-context=c -n other --api-timeout 5s -o json --quiet",
            "capyctl describe cluster w --kubeconfig k --kubeconfig-context c --api-timeout 5s --output json",
        ),
        ("get kubeconfig w", "capyctl describe cluster w"),
    ],
)
def test_another_command_on_the_same_cluster_keeps_the_options_that_name_it(
    typed: str, expected: str
) -> None:
    assert given(typed).on_cluster("describe", "cluster", "w") == expected


def test_a_command_about_sources_takes_no_option_of_a_cluster() -> None:
    assert given("get kubeconfig w --kubeconfig k").about("config", "view") == "capyctl config view"


@pytest.mark.parametrize("words", ["get kubeconfig", "describe cluster", "upgrade plan", "cluster check"])
def test_the_name_of_a_command_on_a_cluster_has_two_words(words: str) -> None:
    assert given(f"{words} w --kubeconfig get").name == words


@pytest.mark.parametrize(
    ("words", "shown"),
    [
        ("delete --all", "delete --all --dry-run"),
        ("delete --all --dry-run", "delete --all --dry-run"),
        ("upgrade apply --plan f", "upgrade apply --plan f --dry-run"),
        ("init -i aws", "init -i aws --dry-run"),
        ("upgrade plan", "upgrade plan"),
        ("init list-images", "init list-images"),
    ],
)
def test_on_a_cluster_that_nobody_named_nothing_is_changed(words: str, shown: str) -> None:
    assert Invocation(words=tuple(words.split())).for_show.command() == f"capyctl {shown}"


@pytest.mark.parametrize(
    "line",
    [
        "lock --check",
        "lock --check=true",
        "lock --from spec.yaml aws:v1.0.0",
        "upgrade apply --plan plan.json",
        "bundle create aws:v1.0.0 --locked capyctl.lock",
        "kubernetes-version resolve aws:v1.0.0",
        "resolve --locked capyctl.lock",
        "delete --all",
    ],
)
def test_a_reference_is_put_only_where_one_can_stand(line: str) -> None:
    """What a check, a spec or a plan names is not named here; and only an installation has defaults."""
    assert given(line).with_reference("aws:v1.0.0", "aws:v2.0.0") is None


@pytest.mark.parametrize(
    ("line", "takes"),
    [
        ("resolve aws", True),
        ("lock --update aws", True),
        ("lock --check", False),
        ("lock --from s.yaml", False),
        ("resolve aws --locked=capyctl.lock", False),
        ("init --bundle b.tar", False),
        ("upgrade plan", False),
        ("versions aws", False),
    ],
)
def test_a_contract_is_said_only_where_a_version_is_chosen_by_it(line: str, takes: bool) -> None:
    assert given(line).takes_contract is takes


def test_a_switch_may_have_its_value_as_in_clusterctl() -> None:
    command = given("resolve aws --offline=true --no-cache=T")
    assert command.has("--offline")
    assert command.without("--offline", "--no-cache") == "capyctl resolve aws"
    assert command.about("config", "view") == "capyctl config view --offline=true --no-cache=T"
    assert not given("resolve aws --offline=false").has("--offline")


def test_a_saved_plan_is_no_word_of_the_command() -> None:
    assert given("upgrade apply --plan aws").name == "upgrade apply"
    assert given("--report r.json lab run sound").name == "lab run"
