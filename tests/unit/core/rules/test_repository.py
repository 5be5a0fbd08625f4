"""A repository that moved, once or several times: what the redirects of one question say."""

import pytest

from capyctl.core.evidence import Evidence, Hop, Outcome, Question
from capyctl.core.rules.repository import renamed_on_the_way

BASE = "https://github.com"


def piece(final: str, *hops: tuple[str, int]) -> Evidence:
    return Evidence(
        route="github-web",
        question=Question.REPOSITORY,
        outcome=Outcome.FOUND,
        final_url=final,
        hops=tuple(Hop(url=url, status=status) for url, status in hops),
    )


@pytest.mark.parametrize(
    ("hops", "final", "expected"),
    [
        ([("acme/a/releases/latest", 302)], "acme/a/releases/tag/v1.0.0", None),
        (
            [("acme/a/releases/latest", 301), ("new/b/releases/latest", 302)],
            "new/b/releases/tag/v1.0.0",
            (("acme/a",), "new/b"),
        ),
        (
            [
                ("acme/a/releases/latest", 301),
                ("middle/a/releases/latest", 301),
                ("new/b/releases/latest", 302),
            ],
            "new/b/releases/tag/v1.0.0",
            (("acme/a", "middle/a"), "new/b"),
        ),
        ([("Acme/A/releases/latest", 301)], "acme/a/releases/latest", None),
    ],
)
def test_every_name_of_the_chain(
    hops: list[tuple[str, int]], final: str, expected: tuple[tuple[str, ...], str] | None
) -> None:
    found = renamed_on_the_way(
        [piece(f"{BASE}/{final}", *((f"{BASE}/{url}", status) for url, status in hops))]
    )
    assert (found and found[:2]) == expected
