"""The transcript keeps the order of asking and folds closer looks."""

from __future__ import annotations

import threading

from capyctl.core.evidence import Evidence, Outcome, Question
from capyctl.fetching.transcript import Transcript


def seen(url: str, outcome: Outcome = Outcome.FOUND) -> Evidence:
    return Evidence(route="https", question=Question.FILE, outcome=outcome, url=url)


def test_order_is_that_of_asking_not_of_answering() -> None:
    transcript = Transcript()
    first, second = transcript.asked(), transcript.asked()
    transcript.record(seen("b"), second)
    transcript.record(seen("a"), first)
    assert [one.url for one in transcript.snapshot()] == ["a", "b"]


def test_a_question_under_way_is_left_out() -> None:
    transcript = Transcript()
    transcript.asked()
    transcript.record(seen("b"))
    assert [one.url for one in transcript.snapshot()] == ["b"]


def test_the_same_evidence_counts_once() -> None:
    transcript = Transcript()
    transcript.record(seen("a"), transcript.asked())
    transcript.record(seen("a"))
    assert transcript.snapshot() == (seen("a"),)


def test_a_closer_look_replaces_the_first() -> None:
    heard: list[Evidence] = []
    transcript = Transcript(heard.append)
    transcript.record(seen("a"), transcript.asked())
    transcript.record(seen("b"))
    judged = seen("a").judged(Outcome.BAD, "malformed")
    transcript.record(judged)
    assert transcript.snapshot() == (judged, seen("b"))
    assert heard == [seen("a"), seen("b"), judged]


def test_two_attempts_with_equal_facts_are_two() -> None:
    transcript = Transcript()
    failed = seen("a", Outcome.UNAVAILABLE)
    transcript.record(failed, transcript.asked())
    transcript.record(failed, transcript.asked())
    assert transcript.snapshot() == (failed, failed)


def test_threads_lose_nothing() -> None:
    transcript = Transcript()

    def run(name: int) -> None:
        for number in range(200):
            transcript.record(seen(f"{name}-{number}"), transcript.asked())

    threads = [threading.Thread(target=run, args=(name,)) for name in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(set(transcript.snapshot())) == 1600
