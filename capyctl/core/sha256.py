"""The form in which digests are written."""

from __future__ import annotations

import re

from capyctl.core.pattern import pattern

SHA256 = pattern(r"[0-9a-f]{64}\Z", re.ASCII)
"""A SHA-256 in lower case, to be matched from its beginning."""
