"""A question as it is sent: a GET, or an access review, which is a POST that stores nothing."""

from __future__ import annotations

from capyctl.core.api_reading import ApiRequest, ApiTrouble, Reading


def test_a_question_is_a_get_and_a_review_is_sent() -> None:
    question, review = ApiRequest(path="/version"), ApiRequest(path="/r", review={"kind": "Review"})
    assert (question.method, question.body) == ("GET", None)
    assert (review.method, review.body, review.media_type) == ("POST", {"kind": "Review"}, "application/json")


def test_what_is_neither_there_nor_a_failure_is_absent() -> None:
    nothing: Reading[str] = Reading()
    assert nothing.absent
    assert not Reading(value="").absent


def test_a_field_conflict_never_passes_and_a_change_in_between_does() -> None:
    assert ApiTrouble.CONFLICT.passes
    assert not ApiTrouble.OWNED.passes
    assert ApiTrouble.OWNED.is_of_writing
    assert not ApiTrouble.FORBIDDEN.is_of_writing
