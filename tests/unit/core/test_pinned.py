"""A pin and the spellings of its tag (W-12, F01): offline the snapshot knows one of them at most."""

from __future__ import annotations

from capyctl.core.codes import NO_DATA_OFFLINE, OWN_SERIES_MISSING, SOURCE_SILENT, Code
from capyctl.core.pinned import choose_pinned
from capyctl.core.selection import ChoicePolicy, Chosen, Judgement, NoneLeft, Standing, Wanting
from capyctl.core.version import ProviderVersion, parse_version

POLICY = ChoicePolicy()


def version(tag: str) -> ProviderVersion:
    parsed = parse_version(tag)
    assert parsed is not None
    return parsed


def judgements(**standings: tuple[Standing, Code | None]) -> dict[str, Judgement]:
    tags = {"typed": "2.9.1", "with_v": "v2.9.1"}
    return {
        tags[name]: Judgement(version=version(tags[name]), standing=standing, code=code)
        for name, (standing, code) in standings.items()
    }


SPELLINGS = (version("2.9.1"), version("v2.9.1"))
LACKING = (Standing.BLOCKED, NO_DATA_OFFLINE)


def test_the_next_spelling_is_looked_at_where_the_snapshot_lacks_the_first() -> None:
    choice = choose_pinned(SPELLINGS, judgements(typed=LACKING), POLICY)
    assert isinstance(choice, Wanting)
    assert [each.tag for each in choice.versions] == ["v2.9.1"]


def test_the_spelling_that_is_there_is_chosen() -> None:
    choice = choose_pinned(SPELLINGS, judgements(typed=LACKING, with_v=(Standing.SOUND, None)), POLICY)
    assert isinstance(choice, Chosen)
    assert choice.judgement.version.tag == "v2.9.1"


def test_where_none_is_there_the_one_typed_is_told() -> None:
    choice = choose_pinned(SPELLINGS, judgements(typed=LACKING, with_v=LACKING), POLICY)
    assert isinstance(choice, NoneLeft)
    assert choice.blocked is not None
    assert choice.blocked.version.tag == "2.9.1"


def test_a_tag_that_exists_and_is_rejected_ends_the_search() -> None:
    rejected = judgements(typed=(Standing.REJECTED, OWN_SERIES_MISSING))
    choice = choose_pinned(SPELLINGS, rejected, POLICY)
    assert isinstance(choice, NoneLeft)
    assert [item.version.tag for item in choice.passed_over] == ["2.9.1"]


def test_a_rejected_tag_is_told_although_another_spelling_is_not_known_offline() -> None:
    standings = judgements(typed=LACKING, with_v=(Standing.REJECTED, OWN_SERIES_MISSING))
    choice = choose_pinned(SPELLINGS, standings, POLICY)
    assert isinstance(choice, NoneLeft)
    assert choice.blocked is None
    assert [item.version.tag for item in choice.passed_over] == ["v2.9.1"]


def test_a_silent_source_still_blocks() -> None:
    silent = (Standing.BLOCKED, SOURCE_SILENT)
    choice = choose_pinned(SPELLINGS, judgements(typed=silent, with_v=(Standing.SOUND, None)), POLICY)
    assert isinstance(choice, NoneLeft)


def test_a_pinned_prerelease_needs_no_leave() -> None:
    candidate = version("v2.0.0-rc.1")
    sound = {candidate.tag: Judgement(version=candidate, standing=Standing.SOUND)}
    assert isinstance(choose_pinned((candidate,), sound, POLICY), Chosen)
