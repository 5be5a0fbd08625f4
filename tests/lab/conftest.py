"""Fixtures of the lab's own tests."""

from __future__ import annotations

from tests.plugins.lab_fixture import lab

__all__ = ["lab"]
