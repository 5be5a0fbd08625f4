"""What an upgrade refuses, stops, keeps and takes away, as pure rules (clusterctl-cluster 5.4 to 5.7, 10)."""

from __future__ import annotations

import pytest

from capyctl.core import codes
from capyctl.core.api_object import ApiObject
from capyctl.core.apply_stages import Part, install_stages
from capyctl.core.definition_change import contracts_of_definitions, definition_change, owners_to_stop
from capyctl.core.diagnostics import Severity
from capyctl.core.discovery import Discovery, ServedKind
from capyctl.core.identity import MalformedReferenceError, ProviderType
from capyctl.core.installed_objects import LiveObject
from capyctl.core.inventory import PROVIDER_LABEL, InstalledProvider
from capyctl.core.object_key import ObjectKey, kinds_with
from capyctl.core.rules.upgrade_apply import (
    UpgradeStep,
    contract_not_planned,
    left_behind,
    not_installed,
    plan_changed,
    plan_unusable,
    scales_down,
    step_problems,
    stored_versions_lost,
    without_source,
)
from capyctl.core.transaction import ObjectMark, Operation, ProviderRecord, Transaction
from capyctl.core.upgrade_reference import parse_upgrade_reference
from capyctl.core.upgrade_work import (
    STOPPED,
    before_definitions,
    prunable,
    remembered,
    running_again,
    stopped_owners,
)
from tests.plugins.install_world import definition, deployment, simple

AZURE, HOME = "infrastructure-azure", "capz-system"


def _installed(label: str, version: str, type_: ProviderType | None = ProviderType.CORE) -> InstalledProvider:
    return InstalledProvider(
        namespace="x",
        object_name=label,
        name=label,
        type_text=type_.value if type_ else "Odd",
        type=type_,
        version_text=version,
        labels={},
    )


def _codes(step: UpgradeStep) -> list[str]:
    return [each.code.name for each in step_problems([step])]


@pytest.mark.parametrize(
    ("installed", "tag", "found"),
    [
        ("v1.10.1", "v1.13.6", []),
        ("v1.10.1", "v1.14.0", ["upgrade-too-far"]),
        ("v1.9.4", "v1.14.0", []),
        ("v1.13.6", "v1.13.6", []),
        ("v1.13.6", "v1.13.5", ["upgrade-goes-back"]),
        ("soon", "v1.13.5", []),
        ("v1.13.6", "later", []),
    ],
)
def test_how_far_one_upgrade_goes(installed: str, tag: str, found: list[str]) -> None:
    assert _codes(UpgradeStep(installed=_installed("cluster-api", installed), tag=tag)) == found


def test_an_entry_of_no_known_type_is_judged_by_its_version_alone() -> None:
    step = UpgradeStep(installed=_installed("odd", "v1.10.0", None), tag="v1.14.0")
    assert (_codes(step), step.label) == ([], "odd")


@pytest.mark.parametrize(
    ("contracts", "refused"),
    [({"v1alpha4"}, True), ({"v1beta1"}, False), ({"v1alpha4", "v1beta2"}, False), (set(), False)],
)
def test_who_would_be_left_behind(contracts: set[str], refused: bool) -> None:
    staying = _installed("aws", "v1.0.0", ProviderType.INFRASTRUCTURE)
    found = left_behind([staying], {"infrastructure-aws": frozenset(contracts)}, "v1beta2")
    assert bool(found) == refused
    assert all(each.code is codes.UPGRADE_LEAVES_BEHIND for each in found)


def test_one_without_a_source_is_a_note_where_its_definitions_tell_its_contract() -> None:
    staying = _installed("nobody", "v0.1.0", ProviderType.INFRASTRUCTURE)
    told = without_source(staying, frozenset({"v1beta1"}))
    untold = without_source(staying, frozenset())
    assert told.code is untold.code is codes.UPGRADE_WITHOUT_SOURCE
    assert (told.severity, untold.severity) == (Severity.NOTE, Severity.WARNING)
    assert "v1beta1" in told.detail


def test_what_is_said_names_what_it_is_about() -> None:
    installed = _installed("cluster-api", "v1.0.0")
    assert not_installed("aws", None, []).code is codes.UPGRADE_NOT_INSTALLED
    assert contract_not_planned("v1", []).code is codes.UPGRADE_NOT_PLANNED
    assert plan_unusable("f", "r").code is codes.UPGRADE_PLAN_UNUSABLE
    assert plan_changed("f", ["a"]).code is codes.UPGRADE_PLAN_CHANGED
    assert "x/cluster-api v1.0.0" in not_installed("aws", "y", [installed]).detail
    assert "in the namespace y" in not_installed("aws", "y", [installed]).detail
    assert "Installed: nothing" in not_installed("aws", None, []).detail
    assert "The plan has v1beta2" in contract_not_planned("v1", ["v1beta2"]).detail
    assert "The plan has" not in contract_not_planned("v1", []).detail
    assert "f.json cannot be applied: why." in plan_unusable("f.json", "why").detail
    assert "a; b" in plan_changed("f.json", ["a", "b"]).detail


def _versions(*names: str, storage: str, webhook: bool = False) -> ApiObject:
    raw = definition("g.example.com", "Thing", label=AZURE)
    raw["spec"]["versions"] = [{"name": name, "served": True, "storage": name == storage} for name in names]
    raw["status"] = {"storedVersions": [names[0], 7]}
    if webhook:
        raw["spec"]["conversion"] = {"strategy": "Webhook"}
    return ApiObject(raw)


def test_stored_versions_that_the_new_definition_lacks() -> None:
    live, new = _versions("v1alpha4", "v1", storage="v1"), _versions("v1", storage="v1")
    change = definition_change(live, new.raw, AZURE)
    assert change.lost == ("v1alpha4",)
    said = stored_versions_lost(change, UpgradeStep(installed=_installed("azure", "v1.0.0"), tag="v2.0.0"))
    assert said.code is codes.STORED_VERSION_DROPPED
    assert ("v2.0.0" in said.detail, said.subject.version) == (True, "v2.0.0")
    assert stored_versions_lost(change, None).subject.version is None
    assert definition_change(new, live.raw, AZURE).lost == ()


@pytest.mark.parametrize(
    ("before", "after", "webhook", "stops"),
    [
        ("v1alpha4", "v1", True, True),
        ("v1alpha4", "v1", False, False),
        ("v1", "v1", True, False),
        ("", "v1", True, False),
    ],
)
def test_when_a_webhook_has_to_stop(before: str, after: str, webhook: bool, stops: bool) -> None:
    live = _versions("v1alpha4", "v1", storage=before, webhook=webhook)
    change = definition_change(live, _versions("v1alpha4", "v1", storage=after).raw, AZURE)
    assert change.stops_the_webhook is stops
    assert owners_to_stop([change, change]) == ((AZURE,) if stops else ())
    assert scales_down(change).code is codes.UPGRADE_SCALES_DOWN
    assert "scaled to zero" in scales_down(change).detail


def test_contracts_by_the_labels_of_definitions() -> None:
    stated = {"cluster.x-k8s.io/v1beta1": "v1", "cluster.x-k8s.io/provider": "a"}
    other = {"cluster.x-k8s.io/v1beta2": "v1", "cluster.x-k8s.io/provider": "a"}
    found = contracts_of_definitions(
        [
            ApiObject({"metadata": {"labels": each}})
            for each in (stated, other, {"cluster.x-k8s.io/v1beta1": "v1"})
        ],
        PROVIDER_LABEL,
    )
    assert found == {"a": frozenset({"v1beta1", "v1beta2"})}
    bare = ApiObject({"metadata": {"labels": {PROVIDER_LABEL: "b"}}})
    assert contracts_of_definitions([bare], PROVIDER_LABEL) == {}


@pytest.mark.parametrize(
    ("text", "namespace", "name", "version"),
    [("aws:v1.0.0", None, "aws", "v1.0.0"), ("capa-system/aws:v1.0.0", "capa-system", "aws", "v1.0.0")],
)
def test_references_of_an_upgrade(text: str, namespace: str | None, name: str, version: str) -> None:
    found = parse_upgrade_reference(text)
    assert (found.namespace, found.reference.name, found.version) == (namespace, name, version)


@pytest.mark.parametrize("text", ["aws", "/aws:v1", "a/b/aws:v1", "ns/aws", "A_B/aws:v1", "aws:", "a:b:c"])
def test_malformed_references_of_an_upgrade(text: str) -> None:
    with pytest.raises(MalformedReferenceError) as caught:
        parse_upgrade_reference(text)
    assert caught.value.text == text


def test_the_stages_are_parted_before_the_first_definition() -> None:
    raws = [
        simple("v1", "Namespace", HOME),
        definition("g.example.com", "Thing"),
        deployment("manager", HOME),
    ]
    kinds = [
        ServedKind(group="", kind="Namespace", plural="namespaces", namespaced=False, versions=("v1",)),
        ServedKind(group="apps", kind="Deployment", plural="deployments", namespaced=True, versions=("v1",)),
        ServedKind(
            group="apiextensions.k8s.io",
            kind="CustomResourceDefinition",
            plural="customresourcedefinitions",
            namespaced=False,
            versions=("v1",),
        ),
    ]
    served = kinds_with(Discovery(kinds={(each.group, each.kind): each for each in kinds}), raws)
    stages = install_stages(None, [Part(owner=AZURE, objects=tuple(raws))], served)
    first, rest = before_definitions(stages)
    assert [each.key.kind for stage in first for each in stage.objects] == ["Namespace"]
    assert [each.key.kind for stage in rest for each in stage.objects] == [
        "CustomResourceDefinition",
        "Deployment",
    ]
    assert before_definitions(first) == (first, ())


def test_a_stopped_deployment_without_a_number_runs_again() -> None:
    bare = deployment("manager", HOME)
    bare["spec"].pop("replicas")
    part = Part(owner=AZURE, objects=(bare, deployment("other", HOME), simple("v1", "ConfigMap", "c", HOME)))
    again = running_again(part, [AZURE])
    assert [each.get("spec", {}).get("replicas") for each in again.objects[:2]] == [1, 1]  # type: ignore[attr-defined]
    assert again.objects[2] == part.objects[2]
    assert running_again(part, ["other"]) is part


def _live(kind: str, name: str, *, group: str = "", namespace: str = HOME) -> LiveObject:
    key = ObjectKey(group=group, kind=kind, namespace=namespace, name=name)
    return LiveObject(key=key, path="/x", uid="u", owner=AZURE)


def test_what_may_be_pruned_at_all() -> None:
    """What installers make in the provider's namespaces or in none, and what a record names."""
    own, wide = (
        _live("ConfigMap", "a"),
        _live("ClusterRole", "b", group="rbac.authorization.k8s.io", namespace=""),
    )
    elsewhere, custom = (
        _live("ConfigMap", "c", namespace="default"),
        _live("Thing", "d", group="g.example.com"),
    )
    homes = {AZURE: frozenset({HOME})}
    assert prunable([own, wide, elsewhere, custom], homes, {}) == (own, wide)
    mark = ObjectMark(key=custom.key, sha256="0" * 64)
    record = ProviderRecord(label=AZURE, version="v1", namespace=HOME, objects=(mark,))
    assert prunable([custom, elsewhere], homes, {AZURE: record}) == (custom,)


def test_secrets_that_a_release_brought_are_remembered_until_they_are_gone() -> None:
    secret = ObjectMark(key=ObjectKey(group="", kind="Secret", namespace=HOME, name="s"), sha256="0" * 64)
    other = ObjectMark(key=ObjectKey(group="", kind="ConfigMap", namespace=HOME, name="c"), sha256="0" * 64)
    before = ProviderRecord(label=AZURE, version="v1", namespace=HOME, objects=(secret, other))
    assert remembered([], before) == (secret,)
    assert remembered([secret], before) == (secret,)
    assert remembered([other], None) == (other,)


def test_whom_a_record_had_stopped() -> None:
    def record(flags: dict[str, str]) -> Transaction:
        return Transaction(operation=Operation.UPGRADE, run="r", started_at="t", flags=flags)

    assert stopped_owners(record({STOPPED: "a,b"})) == {"a", "b"}
    assert stopped_owners(record({})) == frozenset()
