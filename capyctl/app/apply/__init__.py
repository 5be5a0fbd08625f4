"""Changing a management cluster: staged apply, waiting, prune, delete, the record and the lease (ADR 21, 22)."""
