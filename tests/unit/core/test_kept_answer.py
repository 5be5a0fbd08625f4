"""What answers are kept under."""

from __future__ import annotations

import itertools

from capyctl.core.kept_answer import AnswerKey, ReleaseFile, digest_of


def test_rows_of_texts_that_read_alike_differ() -> None:
    rows: list[tuple[str | None, ...]] = [
        (), ("",), (None,), ("-",), ("", ""), ("a", "b"), ("ab",), ("a1:b",), ("1:a",), ("a", None), (None, "a"),
        ("\udcff",), ("ÿ",),
    ]  # fmt: skip
    assert len({digest_of(*row) for row in rows}) == len(rows)
    assert all(len(digest_of(*row)) == 64 for row in rows)


def test_every_part_of_a_key_counts() -> None:
    keys = [
        AnswerKey(url=url, accept=accept, credential=credential)
        for url, accept, credential in itertools.product(("a", "b"), ("*/*", "x"), (None, "", "c"))
    ]
    assert len({key.digest() for key in keys}) == len(keys)
    files = [
        ReleaseFile(source=one, repository=two, tag="v1", name="n", credential=three)
        for one, two, three in itertools.product(("a", "b"), ("a", "b"), (None, "c"))
    ]
    assert len({file.digest() for file in files}) == len(files)
