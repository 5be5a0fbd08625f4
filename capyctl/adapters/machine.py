"""The machine that capyctl runs on, as images name it."""

from __future__ import annotations

import platform

_ARCHITECTURES = {"x86_64": "amd64", "amd64": "amd64", "aarch64": "arm64", "arm64": "arm64"}


def architecture() -> str:
    """The architecture by the name that images use, such as ``amd64``."""
    name = platform.machine().lower()
    return _ARCHITECTURES.get(name, name)
