"""Literals in, values out."""
