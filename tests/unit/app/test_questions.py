"""Questions answered as values: what was found over all routes, and every attempt on the way."""

from __future__ import annotations

import pytest

from capyctl.app.questions import FileQuestion, Found, Listing, Replies, Reply, ask, ask_file, ask_listing
from capyctl.core.evidence import Question
from capyctl.core.listed import ListedVersion, RepositoryFacts
from capyctl.ports.catalog import ProviderSources
from capyctl.ports.fetch_errors import AbsentError, BadAnswerError, FetchError, UnreachableError
from capyctl.ports.fetcher import Answer, FileContent
from tests.unit.app.fakes import FakeSource, RoundAsker, evidence, failed, github, silent


def reply(kind: type[FetchError] | None, route: str = "r") -> Reply[int]:
    if kind is None:
        return Reply(route=route, answer=Answer(value=1, evidence=(evidence(route),)))
    return Reply(route=route, error=failed(kind, route))


@pytest.mark.parametrize(
    ("kinds", "outcome"),
    [
        ([None], Found.FOUND),
        ([UnreachableError, None], Found.FOUND),
        ([AbsentError, UnreachableError], Found.ABSENT),
        ([UnreachableError, BadAnswerError], Found.BAD),
        ([UnreachableError], Found.UNAVAILABLE),
        ([], Found.UNAVAILABLE),
    ],
)
def test_the_outcome_over_all_routes(kinds: list[type[FetchError] | None], outcome: Found) -> None:
    assert Replies(items=tuple(reply(kind) for kind in kinds)).outcome is outcome


def test_errors_are_failures_other_than_absence() -> None:
    replies = Replies(items=(reply(AbsentError), reply(UnreachableError), reply(None, "last")))
    assert [type(error) for error in replies.errors] == [UnreachableError]
    assert replies.first_found is not None
    assert replies.first_found.route == "last"
    assert len(replies.evidence) == 3


def test_the_evidence_of_a_failure_begins_with_what_was_asked_before() -> None:
    error = silent("goproxy:x")
    before = evidence("goproxy:y", Question.VERSIONS)
    error.earlier = (before,)
    failure: Reply[int] = Reply(route="goproxy:x", error=error)
    nothing: Reply[int] = Reply(route="nothing")
    assert failure.evidence == (before, error.evidence)
    assert nothing.evidence == ()


def test_only_a_sources_own_error_is_a_reply() -> None:
    def broken() -> Answer[int]:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        ask("r", broken)


def listing(*sources: FakeSource, latest: str | None = None) -> Listing:
    web = FakeSource(route="github-web", facts=RepositoryFacts(full_name="a/b", latest=latest))
    return ask_listing(ProviderSources(listings=sources, latest=web), github(), RoundAsker())


def test_latest_is_a_list_of_one() -> None:
    found = listing(FakeSource(route="goproxy:x", listed=["v1.0.0"]), latest="v2.0.0")
    assert found.tags == {"goproxy:x": ["v1.0.0"], "github-web": ["v2.0.0"]}
    assert found.latest_tag == "v2.0.0"
    assert found.is_known_public


def test_a_host_without_a_release_marks_nothing_as_latest() -> None:
    found = listing(FakeSource(route="goproxy:x", listed=["v1.0.0"]))
    assert found.tags == {"goproxy:x": ["v1.0.0"]}
    assert found.is_known_public


def test_a_list_without_latest() -> None:
    sources = ProviderSources(listings=(FakeSource(route="local", listed=["v1.0.0"]),))
    found = ask_listing(sources, github(), RoundAsker())
    assert found.latest is None
    assert found.latest_tag is None
    assert not found.is_known_public
    assert found.tags == {"local": ["v1.0.0"]}
    assert [piece.route for piece in found.evidence] == ["local"]


def test_a_forges_record_tells_more_than_a_line_of_a_proxy() -> None:
    bare, record = ListedVersion(tag="v1.0.0"), ListedVersion(tag="v1.0.0", draft=True)
    lists = Replies(
        items=(
            Reply(route="github-api", answer=Answer(value=(record,), evidence=())),
            Reply(route="goproxy:x", answer=Answer(value=(bare,), evidence=())),
            Reply(route="goproxy:y", error=silent("goproxy:y")),
        )
    )
    assert Listing(lists=lists, latest=None).listed == {"v1.0.0": record}
    assert Listing(lists=Replies(items=lists.items[::-1]), latest=None).listed == {"v1.0.0": record}


def asked_for(
    *, final: bool, override: FakeSource | None = None, files: tuple[FakeSource, ...]
) -> Replies[FileContent]:
    question = FileQuestion(
        sources=ProviderSources(files=files, override=override),
        location=github(),
        tag="v1.0.0",
        name="metadata.yaml",
        absence_is_final=final,
    )
    return ask_file(question, RoundAsker())


FILE = {("v1.0.0", "metadata.yaml"): b"x"}


def test_a_second_route_steps_in_for_a_file() -> None:
    first = FakeSource(route="first", files={("v1.0.0", "metadata.yaml"): silent("first")})
    replies = asked_for(final=True, files=(first, FakeSource(route="second", files=FILE)))
    assert [item.route for item in replies.items] == ["first", "second"]
    assert replies.outcome is Found.FOUND


def test_absence_settles_a_file_where_it_is_final() -> None:
    both = (FakeSource(route="first"), FakeSource(route="second", files=FILE))
    assert asked_for(final=True, files=both).outcome is Found.ABSENT
    assert asked_for(final=False, files=both).outcome is Found.FOUND


def test_an_override_that_lacks_the_file_leaves_it_to_the_repository() -> None:
    first = FakeSource(route="first", files=FILE)
    replies = asked_for(final=True, override=FakeSource(route="override"), files=(first,))
    assert [item.route for item in replies.items] == ["first"]


def test_an_override_that_cannot_be_read_is_an_error_and_no_reason_to_go_past_it() -> None:
    override = FakeSource(route="override", files={("v1.0.0", "metadata.yaml"): silent("override")})
    replies = asked_for(final=True, override=override, files=(FakeSource(route="first", files=FILE),))
    assert [item.route for item in replies.items] == ["override"]
    assert replies.outcome is Found.UNAVAILABLE
