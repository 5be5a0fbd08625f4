"""Labels, annotation, inventory entry and definition, as clusterctl-cluster 0.2, 2.1 and 2.2 give them."""

from __future__ import annotations

from typing import Any

import yaml

from capyctl.config.inventory_file import read_inventory_definition
from capyctl.core.api_writing import Verb, applying, creating, deleting, merging
from capyctl.core.identity import split_manifest_label
from capyctl.core.provider_objects import INVENTORY_CRD, cert_manager_objects, inventory_entry
from tests.plugins.install_world import simple

_ENTRY = """
apiVersion: clusterctl.cluster.x-k8s.io/v1alpha3
kind: Provider
metadata:
  name: infrastructure-aws
  namespace: capa-system
  labels:
    clusterctl.cluster.x-k8s.io: ""
    cluster.x-k8s.io/provider: infrastructure-aws
    clusterctl.cluster.x-k8s.io/core: inventory
providerName: aws
type: InfrastructureProvider
version: v2.9.1
"""


def test_an_entry_is_the_references() -> None:
    key = split_manifest_label("infrastructure-aws")
    assert inventory_entry(key, "capa-system", "v2.9.1") == yaml.safe_load(_ENTRY)


def test_the_definition_has_the_references_fields_and_no_providers_label() -> None:
    crd: Any = read_inventory_definition()
    assert crd["metadata"] == {
        "name": INVENTORY_CRD,
        "labels": {"clusterctl.cluster.x-k8s.io/core": "inventory"},
    }
    (version,) = crd["spec"]["versions"]
    assert (version["name"], version["served"], version["storage"]) == ("v1alpha3", True, True)
    assert [each["name"] for each in version["additionalPrinterColumns"]] == [
        "Age",
        "Type",
        "Provider",
        "Version",
    ]
    fields = version["schema"]["openAPIV3Schema"]["properties"]
    assert set(fields) == {
        "apiVersion",
        "kind",
        "metadata",
        "providerName",
        "type",
        "version",
        "watchedNamespace",
    }


def test_cert_managers_objects_carry_labels_and_version_and_keep_their_own() -> None:
    raw = simple("v1", "Service", "cert-manager", "cert-manager")
    raw["metadata"]["labels"] = {"app": "cert-manager"}
    raw["metadata"]["annotations"] = {"a": "b"}
    (marked,) = cert_manager_objects([raw], "v1.21.1")
    metadata: Any = marked["metadata"]
    assert metadata["labels"] == {
        "app": "cert-manager",
        "clusterctl.cluster.x-k8s.io": "",
        "clusterctl.cluster.x-k8s.io/core": "cert-manager",
    }
    assert metadata["annotations"] == {
        "a": "b",
        "cert-manager.clusterctl.cluster.x-k8s.io/version": "v1.21.1",
    }
    assert raw["metadata"]["labels"] == {"app": "cert-manager"}


def test_writes_say_who_writes_and_never_show_what() -> None:
    apply = applying("/a", {"data": "hunter2"}, force=True, dry_run=True)
    assert (apply.method, apply.media_type) == ("PATCH", "application/apply-patch+yaml")
    assert apply.query == (("fieldManager", "capyctl"), ("force", "true"), ("dryRun", "All"))
    assert "hunter2" not in repr(apply)
    assert applying("/a", {}).query == (("fieldManager", "capyctl"), ("force", "false"))
    assert creating("/a", {}).query == (("fieldManager", "capyctl"),)
    assert (merging("/a", {}).method, merging("/a", {}).verb) == ("PATCH", Verb.MERGE)
    gone = deleting("/a", uid="7")
    assert (gone.method, gone.query) == ("DELETE", ())
    assert gone.body is not None
    assert gone.body["preconditions"] == {"uid": "7"}
    assert "preconditions" not in (deleting("/a").body or {})
    shown = deleting("/a", uid="7", dry_run=True)
    assert shown.body is not None
    assert shown.body["dryRun"] == ["All"]
