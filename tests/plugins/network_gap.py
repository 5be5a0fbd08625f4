"""Programs behind a real gap: a network namespace in which loopback is all there is."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Sequence

import pytest

_UP = 'ip link set lo up && exec "$@"'


def behind_the_gap(command: Sequence[str]) -> list[str]:
    """The command in a namespace with loopback only; skips the test, or fails it under CI, where none can be made."""
    unshare, address = shutil.which("unshare"), shutil.which("ip")
    wanted = [unshare or "unshare", "-rn", "sh", "-c", _UP, "sh"]
    possible = unshare is not None and address is not None
    if possible:
        tried = subprocess.run([*wanted, "true"], capture_output=True, check=False)
        possible = tried.returncode == 0
    if not possible:
        reason = "a network namespace with loopback only cannot be made here (unshare -rn, ip link set lo up)"
        if os.environ.get("CI"):
            pytest.fail(reason, pytrace=False)
        pytest.skip(reason)
    return [*wanted, *command]
