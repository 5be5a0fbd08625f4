"""The tree that real clusterctl prints, as names and nesting."""

from __future__ import annotations

import os
import re
import subprocess
from pathlib import Path
from typing import Any

from capyctl import ClusterNode
from tests.plugins.real_parts import find_clusterctl

Tree = dict[str, Any]
"""Children by the name of their parent; a name is ``Kind/name``, or that of a heading or a group."""

_GLYPHS = re.compile(r"^(?P<lead>(?:[│├└─ ])*)(?P<name>.*)$")
_ROLE = re.compile(r"^(?:!! DELETED !! )?(?:[A-Za-z]+ - )?(?P<name>.+)$")


def clusterctl_tree(version: str, kubeconfig: Path, namespace: str, *options: str) -> Tree | str:
    """What ``clusterctl describe cluster one`` prints, or its error."""
    program = find_clusterctl(version)
    command = [
        str(program.path),
        "describe",
        "cluster",
        "one",
        "-n",
        namespace,
        "--kubeconfig",
        str(kubeconfig),
    ]
    environment = {"HOME": str(kubeconfig.parent), "CLUSTERCTL_DISABLE_VERSIONCHECK": "true", "NO_COLOR": "1"}
    ran = subprocess.run(
        [*command, *options],
        env={**environment, "PATH": os.environ["PATH"]},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
    return parsed(ran.stdout) if ran.returncode == 0 else ran.stderr


def parsed(text: str) -> Tree:
    """The tree in a printed table; rows of messages and of conditions are left out."""
    header, *rows = [line for line in text.splitlines() if line.strip()]
    width = header.index("REPLICAS") if "REPLICAS" in header else header.index("READY")
    root: Tree = {}
    path: list[tuple[int, Tree]] = [(-1, root)]
    for row in rows:
        match = _GLYPHS.match(row[:width].rstrip())
        assert match is not None
        name = match["name"].strip()
        if not name:
            continue
        depth = len(match["lead"])
        while path[-1][0] >= depth:
            path.pop()
        named = _ROLE.match(name)
        assert named is not None
        below: Tree = {}
        path[-1][1][named["name"]] = below
        path.append((depth, below))
    return root


def our_tree(node: ClusterNode) -> Tree:
    """The same of a description of ours."""
    return {_name(node): {name: below for child in node.children for name, below in our_tree(child).items()}}


def _name(node: ClusterNode) -> str:
    return node.name if node.kind == "Virtual" else f"{node.kind}/{node.name}"
