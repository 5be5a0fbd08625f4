from __future__ import annotations

import pytest

from capyctl.app.explain import page_of
from capyctl.core.codes import ALL_CODES, Code
from capyctl.report.page_text import page_text


def test_prose_is_filled_and_code_stays() -> None:
    page = "## What\n\n" + "word " * 30 + "\nmore\n\n    capyctl  explain\n\n- one\n  two\n- three"
    assert page_text(page) == (
        "## What\n\n"
        + " ".join(["word"] * 16)
        + "\n"
        + " ".join(["word"] * 14)
        + " more\n\n    capyctl  explain\n\n- one two\n- three\n"
    )


@pytest.mark.parametrize("code", ALL_CODES, ids=lambda code: code.code)
def test_every_page_fits_eighty_columns_but_for_code(code: Code) -> None:
    text = page_text(page_of(code).text)
    prose = [line for line in text.splitlines() if not line.startswith("    ") and " " in line]
    assert max(len(line) for line in prose) <= 80
