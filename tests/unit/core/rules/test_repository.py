"""Renames seen on the way (F17, F18, F20; peers-and-protocols E7)."""

from __future__ import annotations

import pytest

from capyctl.core import codes
from capyctl.core.evidence import Evidence, Hop, Outcome, Question
from capyctl.core.rules.repository import renamed_on_the_way, repository_renamed

OLD = "https://github.com/k0smotron/k0smotron/releases/latest"
NEW = "https://github.com/k0sproject/k0smotron/releases/latest"
THIRD = "https://github.com/third/k0smotron/releases/latest"


def answered(*hops: tuple[str, int], final: str | None = None) -> Evidence:
    return Evidence(
        route="github-web",
        question=Question.REPOSITORY,
        outcome=Outcome.FOUND,
        hops=tuple(Hop(url=url, status=status) for url, status in hops),
        final_url=final,
    )


@pytest.mark.parametrize("status", [301, 308])
def test_a_permanent_redirect_between_repositories(status: int) -> None:
    piece = answered((OLD, status), final=NEW)
    found = renamed_on_the_way([answered(), piece])
    assert found == (("k0smotron/k0smotron",), "k0sproject/k0smotron", piece)


def test_a_chain_of_renames_keeps_every_former_name() -> None:
    piece = answered((OLD, 301), (NEW, 301), final=THIRD)
    assert renamed_on_the_way([piece]) == (
        ("k0smotron/k0smotron", "k0sproject/k0smotron"),
        "third/k0smotron",
        piece,
    )


@pytest.mark.parametrize(
    "piece",
    [
        answered((OLD, 302), final=NEW),
        answered((OLD, 301), final=OLD.replace("k0smotron/k0smotron", "K0smotron/K0smotron")),
        answered(("https://api.github.com/repos/a/b", 301), final="https://api.github.com/repositories/1"),
        answered((OLD, 301), final="https://example.com/"),
        answered((OLD, 301)),
        answered(final=NEW),
        answered((OLD, 301), final="https://[half/o/n"),
    ],
    ids=["temporary", "case", "api", "no repository", "stopped", "direct", "no address"],
)
def test_no_rename(piece: Evidence) -> None:
    assert renamed_on_the_way([piece]) is None


def test_a_redirect_to_the_objects_host_ends_the_chain() -> None:
    signed = "https://objects.example/one/two"
    found = renamed_on_the_way([answered((OLD, 301), (NEW, 302), final=signed)])
    assert found is not None
    assert found[1] == "k0sproject/k0smotron"


def test_a_second_rename_of_another_repository_is_none_of_ours() -> None:
    other = "https://github.com/other/thing/releases/latest"
    found = renamed_on_the_way([answered((OLD, 301), (NEW, 302), (other, 301), final=THIRD)])
    assert found is not None
    assert found[:2] == (("k0smotron/k0smotron",), "k0sproject/k0smotron")


def test_the_diagnostic_names_both() -> None:
    found = repository_renamed("bootstrap-k0s", "a/b", "c/d", ())
    assert found.code is codes.REPOSITORY_RENAMED
    assert "a/b" in found.detail
    assert "c/d" in found.detail
    assert found.subject.provider == "bootstrap-k0s"
