"""What an installation has to be allowed to do."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
import yaml

from capyctl.core.checks.permissions import (
    Permission,
    cluster_role,
    judge_permissions,
    needed,
)
from capyctl.core.checks.result import CheckOutcome

_CRD = Permission(verb="create", group="apiextensions.k8s.io", resource="customresourcedefinitions")


def test_everything_allowed_and_nothing_said() -> None:
    assert judge_permissions(frozenset()).outcome is CheckOutcome.OK
    assert judge_permissions(None).outcome is CheckOutcome.SKIPPED


def test_all_that_is_missing_is_one_diagnosis_with_a_role_to_paste() -> None:
    escalate = Permission(verb="escalate", group="rbac.authorization.k8s.io", resource="clusterroles")
    secret = Permission(verb="patch", group="", resource="secrets")
    found = judge_permissions(frozenset({_CRD, escalate, secret}))
    assert found.outcome is CheckOutcome.FAILED
    (told,) = found.diagnostics
    assert (told.code.name, told.severity.value) == ("permissions-missing", "error")
    for words in (
        "create: customresourcedefinitions.apiextensions.k8s.io",
        "escalate: clusterroles.rbac.authorization.k8s.io",
        "patch: secrets",
    ):
        assert words in told.detail
    edit = told.fixes[0].edit
    assert edit is not None
    added = "".join(line[1:] + "\n" for line in edit.patch.splitlines()[3:])
    role = yaml.safe_load(added)
    assert role["kind"] == "ClusterRole"
    assert {"apiGroups": [""], "resources": ["secrets"], "verbs": ["patch"]} in role["rules"]
    assert edit.patch.startswith("--- /dev/null\n+++ capyctl-installer.yaml\n@@ -0,0 +1,")


def test_places_that_lack_the_same_are_told_together() -> None:
    (told,) = judge_permissions(frozenset(needed())).diagnostics
    assert "get, create, patch: configmaps, namespaces, secrets, " in told.detail
    assert "get, create, patch, bind, escalate: clusterroles.rbac.authorization.k8s.io, " in told.detail


def test_resources_with_the_same_verbs_share_a_rule() -> None:
    role = yaml.safe_load(cluster_role(needed()))
    of_core = [rule for rule in role["rules"] if rule["apiGroups"] == [""]]
    assert of_core == [
        {
            "apiGroups": [""],
            "resources": ["configmaps", "namespaces", "secrets", "serviceaccounts", "services"],
            "verbs": ["get", "create", "patch"],
        }
    ]
    granted = {
        (group, resource, verb)
        for rule in role["rules"]
        for group in rule["apiGroups"]
        for resource in rule["resources"]
        for verb in rule["verbs"]
    }
    assert granted == {(each.group, each.resource, each.verb) for each in needed()}


def test_the_number_of_questions_is_bounded() -> None:
    assert len(set(needed())) == len(needed()) <= 64


_COMPONENTS = Path(__file__).resolve().parents[4] / "../shared/data/components"


@pytest.mark.skipif(not _COMPONENTS.is_dir(), reason="the shared data is not beside this checkout")
def test_every_kind_in_the_components_of_real_providers_is_asked_about() -> None:
    """An APIService or a PodDisruptionBudget of a future provider would show here."""
    kinds: set[tuple[str, str]] = set()
    for file in _COMPONENTS.glob("*.yaml"):
        for line in file.read_text("utf-8").split("\n---"):
            version = re.search(r"^apiVersion: (\S+)$", line, re.MULTILINE)
            kind = re.search(r"^kind: (\S+)$", line, re.MULTILINE)
            if version and kind:
                kinds.add((version[1].rpartition("/")[0], kind[1].lower()))
    asked = {(each.group, each.resource.removesuffix("s")) for each in needed() if each.verb == "create"}
    assert kinds
    assert kinds - asked == set()


def test_a_review_asks_for_one_thing_in_all_namespaces() -> None:
    assert _CRD.review["spec"] == {
        "resourceAttributes": {
            "verb": "create",
            "group": "apiextensions.k8s.io",
            "resource": "customresourcedefinitions",
        }
    }
