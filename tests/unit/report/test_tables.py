"""Columns: as clusterctl prints them, and with a last column of words that stays within the width."""

from capyctl.report.tables import close_table, prose_table, table

HEADER = ("CODE", "TITLE")
LONG = "the metadata of this version says one thing and then, after many more words, quite another"


def test_a_plain_table_never_breaks_a_line() -> None:
    assert table(HEADER, [("A", LONG)]).splitlines() == ["CODE      TITLE", f"A         {LONG}"]


def test_prose_goes_on_below_itself() -> None:
    lines = prose_table(HEADER, [("A", LONG), ("B", "short")]).splitlines()
    assert all(len(line) <= 80 for line in lines)
    assert lines[1].startswith("A         the metadata")
    assert lines[2].startswith(" " * 10)
    assert " ".join(line[10:].strip() for line in lines[1:-1]) == LONG
    assert lines[-1] == "B         short"


def test_a_word_that_does_not_fit_stays_whole() -> None:
    address = "https://example.com/" + "a" * 90
    assert prose_table(HEADER, [("A", address)]).splitlines()[1] == f"A         {address}"


def test_a_table_wider_than_a_terminal_draws_its_columns_together() -> None:
    left, right = "a" * 38, "b" * 40
    assert close_table(("A", "B"), [(left, right)]).splitlines()[1] == f"{left}  {right}"
    assert close_table(("A", "B"), [(left, right[1:])]).splitlines()[1] == f"{left}   {right[1:]}"
