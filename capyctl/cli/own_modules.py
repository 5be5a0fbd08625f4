"""Finding the modules of capyctl: a run imports 160, and the usual way asks four finders for five kinds (ADR 35)."""

from __future__ import annotations

import os
import sys
from importlib.machinery import SourceFileLoader
from importlib.util import spec_from_file_location

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from importlib.machinery import ModuleSpec

_OWN = "capyctl."


class OwnModules:
    """Knows where a module of capyctl is by its name alone, and leaves all else to other finders, packages too."""

    @staticmethod
    def find_spec(fullname: str, path: Sequence[str] | None = None, _: object = None) -> ModuleSpec | None:
        """What the import system asks (``importlib.abc.MetaPathFinder``); None lets it go on as usual."""
        if path is None or not fullname.startswith(_OWN):
            return None
        place = f"{path[0]}{os.sep}{fullname.rpartition('.')[2]}.py"
        if not os.path.isfile(place):  # noqa: PTH113 - pathlib is not loaded yet, and would cost more than is saved
            return None
        loader = SourceFileLoader(fullname, place)
        return spec_from_file_location(fullname, place, loader=loader, submodule_search_locations=None)


def find_own_modules_first() -> None:
    """Let this process look for the modules of capyctl that way: for the command line, never for a library's user."""
    sys.meta_path.insert(0, OwnModules())
