"""Applying an upgrade: what is to be upgraded, everything that speaks against it, and the work itself (ADR 24)."""
