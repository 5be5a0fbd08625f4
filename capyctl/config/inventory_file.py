"""Reads ``capyctl/data/inventory-crd.yaml``, which is part of the package."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import cast

import yaml


def read_inventory_definition() -> Mapping[str, object]:
    """The CustomResourceDefinition of clusterctl's inventory (clusterctl-cluster 2.1)."""
    text = (Path(__file__).parents[1] / "data" / "inventory-crd.yaml").read_text("utf-8")
    return cast("Mapping[str, object]", yaml.safe_load(text))
