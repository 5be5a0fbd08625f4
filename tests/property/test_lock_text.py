"""Locks read as they were written, and whatever somebody makes of one is read or refused with its place."""

from __future__ import annotations

import json
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from capyctl.core.json_places import line_of
from capyctl.core.lock import Lock, LockedFile, LockedImage, LockedProvider, LockedRepository
from capyctl.core.lock_text import LockError, lock_text, read_lock
from tests.unit.core.test_lock_text import EXAMPLE

TEXTS = st.text(st.characters(categories=["L", "N", "P", "S"]), min_size=1, max_size=30)
DIGESTS = st.from_regex(r"[0-9a-f]{64}", fullmatch=True)
LABELS = st.from_regex(r"[a-z]([-a-z0-9]{0,20}[a-z0-9])?", fullmatch=True).filter(
    lambda text: text != "cert-manager"
)
TAGS = st.builds(
    lambda v, numbers: v + ".".join(map(str, numbers)),
    st.sampled_from(["v", ""]),
    st.tuples(*[st.integers(0, 99)] * 3),
)
NAMES = st.from_regex(r"[A-Za-z0-9_][A-Za-z0-9._+-]{0,20}", fullmatch=True)
IMAGES = st.from_regex(r"[a-z]{1,9}\.example/[a-z]{1,9}:v[0-9]{1,3}", fullmatch=True)
LOCAL = TEXTS.map("file:///srv/{}".format)
FILE = st.builds(LockedFile, url=LOCAL, sha256=DIGESTS, size=st.integers(0, 2**40))
FILES = st.builds(
    lambda metadata, others: {"metadata.yaml": metadata, **others},
    FILE,
    st.dictionaries(NAMES.filter(lambda name: name != "metadata.yaml"), FILE, min_size=1, max_size=3),
)
PROVIDERS = st.builds(
    LockedProvider,
    provider=LABELS,
    requested=st.sampled_from([None, "latest", ">=0.0", "prereleases"]),
    version=TAGS,
    contract=st.sampled_from([None, "v1beta1", "v1beta2"]),
    repository=st.builds(
        lambda url, number: LockedRepository(name=url, id=number, url=url),
        TEXTS.map("/srv/{}".format),
        st.none() | st.integers(0, 2**40),
    ),
    files=FILES,
    images=st.lists(
        st.builds(LockedImage, image=IMAGES, digest=st.none() | DIGESTS.map("sha256:{}".format)),
        max_size=3,
        unique_by=lambda each: each.image,
    ).map(tuple),
)
LOCKS = st.builds(
    Lock,
    capyctl=TEXTS,
    created_at=st.just("2026-11-22T10:00:00Z"),
    providers=st.lists(PROVIDERS, max_size=4, unique_by=lambda each: each.provider).map(tuple),
)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@given(LOCKS)
def test_a_lock_reads_as_it_was_written(lock: Lock) -> None:
    text = lock_text(lock)
    assert lock_text(read_lock(text.encode())) == text
    assert text.isascii()
    assert json.dumps(json.loads(text), indent=2, sort_keys=True) + "\n" == text


@given(st.binary(max_size=60))
def test_any_bytes_are_a_lock_or_refused(data: bytes) -> None:
    told(data)


@given(st.data())
def test_any_edit_is_read_or_refused_with_its_place(data: st.DataObject) -> None:
    found: Any = json.loads(EXAMPLE)
    place = found
    while True:
        steps = list(place) if isinstance(place, dict) else list(range(len(place)))
        step = data.draw(st.sampled_from(steps))
        inner = place[step]
        if not isinstance(inner, dict | list) or not inner or data.draw(st.booleans()):
            break
        place = inner
    place[step] = data.draw(JSON)
    told(json.dumps(found, indent=2).encode())


@given(st.integers(0, len(EXAMPLE) - 1), st.sampled_from(list(' {}[],:"0aZ/\\\n')))
def test_any_character_changed_is_read_or_refused(position: int, character: str) -> None:
    told((EXAMPLE[:position] + character + EXAMPLE[position + 1 :]).encode())


def told(data: bytes) -> None:
    try:
        read_lock(data)
    except LockError as error:
        reason, line = error.reason, error.line
    else:
        return
    assert reason
    assert reason.isprintable()
    assert line is None or 1 <= line <= data.count(b"\n") + 1


def test_every_value_of_a_lock_has_a_line() -> None:
    def walk(value: Any, path: tuple[str | int, ...]) -> None:  # noqa: ANN401 - any JSON
        assert line_of(EXAMPLE, path) is not None
        steps = (
            value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
        )
        for step, inner in steps:
            walk(inner, (*path, step))

    walk(json.loads(EXAMPLE), ())
