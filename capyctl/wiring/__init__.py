"""Joins settings, table and adapters for one run, for the command line and the library alike (ADR 2)."""
