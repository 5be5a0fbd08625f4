"""Rules about components: each with the fault and its near miss."""

import pytest

from capyctl.core.components_facts import ComponentsFacts, CrdFacts
from capyctl.core.diagnostics import Subject
from capyctl.core.rules import components as rules
from capyctl.core.rules.template_values import values_not_needed

OWN = "infrastructure-k0sproject-k0smotron"
SUBJECT = Subject(provider=OWN, file="infrastructure-components.yaml")


def labelled(*labels: str) -> ComponentsFacts:
    return ComponentsFacts(
        objects=3, namespaces=("ns",), provider_labels=tuple((label, 1) for label in labels)
    )


@pytest.mark.parametrize(
    ("labels", "known", "severity"),
    [
        ([], frozenset(), None),
        ([OWN], frozenset(), None),
        ([OWN, "something"], frozenset(), None),
        (["infrastructure-k0smotron"], frozenset(), "note"),
        (["infrastructure-k0smotron-extra"], frozenset(), "note"),
        (["capa"], frozenset(), "note"),
        (["infrastructure-aws"], frozenset(), "note"),
        (["infrastructure-aws"], frozenset({"infrastructure-aws"}), "warning"),
        (["bootstrap-k0sproject-k0smotron"], frozenset(), "warning"),
        (["cluster-api"], frozenset(), "warning"),
    ],
)
def test_the_label_of_another_provider(
    labels: list[str], known: frozenset[str], severity: str | None
) -> None:
    found = rules.provider_label(SUBJECT, labelled(*labels), known)
    assert [item.code.code for item in found] == ([] if severity is None else ["CAPY0612"])
    assert [item.severity.value for item in found] == ([] if severity is None else [severity])


def crd(name: str, group: str) -> CrdFacts:
    return CrdFacts(name=f"{name}.{group}", group=group, kind="X", scope="Namespaced")


CERTIFICATES = crd("certificates", "cert-manager.io")
CLUSTERS = crd("clusters", "cluster.x-k8s.io")


@pytest.mark.parametrize(
    "facts",
    [
        labelled("cluster-api", "bootstrap-kubeadm", "control-plane-kubeadm"),
        labelled("infrastructure-aws", "infrastructure-azure"),
        ComponentsFacts(objects=9, namespaces=("a", "b"), workload_namespaces=frozenset({"a", "b"})),
        ComponentsFacts(objects=9, namespaces=("a",), crds=(CERTIFICATES, CLUSTERS)),
        ComponentsFacts(objects=9, namespaces=("a",), crds=(CERTIFICATES,)),
    ],
)
def test_an_installer_of_everything(facts: ComponentsFacts) -> None:
    found = rules.all_in_one(SUBJECT, facts)
    assert found is not None
    assert (found.code.code, found.severity.value) == ("CAPY0608", "error")


@pytest.mark.parametrize(
    "facts",
    [
        labelled("infrastructure-k0smotron"),
        labelled("infrastructure-k0smotron", OWN),
        labelled("infrastructure-k0smotron", "odd", "other"),
        ComponentsFacts(objects=9, namespaces=("a", "b"), workload_namespaces=frozenset({"a"})),
        ComponentsFacts(objects=9, namespaces=("a",), crds=(CLUSTERS,)),
    ],
)
def test_one_provider_is_no_installer_of_everything(facts: ComponentsFacts) -> None:
    assert rules.all_in_one(SUBJECT, facts) is None


def test_cert_manager_itself_may_bring_its_crds() -> None:
    facts = ComponentsFacts(objects=9, namespaces=("cert-manager",), crds=(CERTIFICATES,))
    assert rules.all_in_one(Subject(provider="cert-manager"), facts) is None


def test_several_namespaces_follow_from_an_installer_of_everything() -> None:
    facts = ComponentsFacts(objects=9, namespaces=("a", "b"), workload_namespaces=frozenset({"a", "b"}))
    cause = rules.all_in_one(SUBJECT, facts)
    (found,) = rules.namespace_problems(SUBJECT, facts, "a", looking=False, cause=cause)
    assert found.code.code == "CAPY0606"
    assert found.caused_by is cause


def test_no_value_is_needed_says_so_only_where_one_is_missing() -> None:
    assert values_not_needed(SUBJECT, ()) == ()
