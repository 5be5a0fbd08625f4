"""Fixtures of the tests over real sockets."""

from __future__ import annotations

from tests.plugins.oci_registry import oci_registry
from tests.plugins.oci_tunnel import tunnel

__all__ = ["oci_registry", "tunnel"]
