"""Deleting providers: what is there, what speaks against it, what became of it."""
