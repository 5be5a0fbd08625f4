"""Fixtures of the tests over real sockets."""

from __future__ import annotations

from tests.plugins.oci_registry import oci_registry

__all__ = ["oci_registry"]
