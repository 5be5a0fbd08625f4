"""Whether nothing of the user's can change the provider table; imports nothing that an interpreter has not.

``config repositories`` may then be answered from text made at build time (issue 3, section 2).
"""

import os
import sys
from collections.abc import Mapping

_TELLING = (
    "PROVIDERS",
    "IMAGES",
    "CERT_MANAGER",
    "CAPYCTL_PROVIDERS",
    "OVERRIDESFOLDER",
    "CAPYCTL_GOPROXY_OFF",
)
_NOT_EMPTY = ("GITHUB_TOKEN", "GITLAB_ACCESS_TOKEN")


def table_is_untouched(environ: Mapping[str, str], platform: str = sys.platform) -> bool:
    """True only where no configuration file can exist and no variable asks for a word about it.

    False is always safe: the ordinary way gives the same answer, later.
    """
    if any(name in environ for name in _TELLING) or any(environ.get(name) == "" for name in _NOT_EMPTY):
        return False
    home = environ.get("USERPROFILE" if platform == "win32" else "HOME", "")
    if not home or platform == "win32":
        return False
    own = f"{home}/Library/Application Support" if platform == "darwin" else f"{home}/.config"
    named = environ.get("XDG_CONFIG_HOME", "")
    base = named if named.startswith("/") else own
    return not any(os.path.exists(folder) for folder in (f"{base}/cluster-api", f"{home}/.cluster-api"))  # noqa: PTH110
