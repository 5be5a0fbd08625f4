"""Combinators over sources: routing, single flight, transcript. Each is itself a source."""
