"""Every key of a cluster with its last revision: what was written between two looks."""

from __future__ import annotations

import base64
from collections.abc import Mapping

import httpx

# What the control plane writes by itself in any quiet cluster, as seen on both versions: Leases and Events of its
# parts and nodes, the API server's own leases, and the mark of its compaction every five minutes.
RENEWED = (
    "/registry/leases/",
    "/registry/events/",
    "/registry/masterleases/",
    "/registry/peerserverleases/",
    "compact_rev_key",
)


def revisions(etcd_url: str) -> dict[str, int]:
    """The last revision of each key."""
    whole = base64.b64encode(b"\0").decode()
    answer = httpx.post(
        f"{etcd_url}/v3/kv/range",
        json={"key": whole, "range_end": whole, "keys_only": True},
        timeout=60,
        trust_env=False,
    )
    answer.raise_for_status()
    found = answer.json().get("kvs", [])
    return {base64.b64decode(each["key"]).decode(): int(each["mod_revision"]) for each in found}


def written(before: Mapping[str, int], after: Mapping[str, int]) -> set[str]:
    """The keys made, changed or removed in between, but for what the control plane renews itself."""
    changed = {key for key in before.keys() | after.keys() if before.get(key) != after.get(key)}
    return {key for key in changed if not key.startswith(RENEWED)}
