"""Which images of a lock its components cannot have, on whatever machine it was made (issue 6, item 3)."""

from __future__ import annotations

import pytest

from capyctl.core.locked_images import Differing, compare_images, image_references, written_images

_HEAD = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: a}\n"
_SPEC = "spec:\n  template:\n    spec:\n      containers:\n"


def manifest(*images: str) -> bytes:
    rows = "".join(f"      - name: c\n        image: {each}\n" for each in images)
    return f"{_HEAD}{_SPEC}{rows}".encode()


def test_references_are_as_they_are_written_and_each_once() -> None:
    assert image_references(manifest("r.io/a/m:v1", "${REG:=r.io}/b:${TAG}", "r.io/a/m:v1")) == (
        "r.io/a/m:v1",
        "${REG:=r.io}/b:${TAG}",
    )
    assert image_references(b"apiVersion: v1\nkind: Secret\nmetadata: {name: ${NAME}}\n") is None
    assert image_references(b'apiVersion: v1\nkind: Secret\nmetadata: {name: "${NAME}"}\n') == ()


def test_what_a_text_names_as_an_image_is_found_without_reading_it() -> None:
    """A key that only ends so may be among them: then the sets differ, and the file is read."""
    text = manifest("r.io/a/m:v1", '"r.io/b:v2" # c') + b"{name: x, 'image': 'r.io/c:v3'}\nmyimage: r.io/d\n"
    assert written_images(text) == {"r.io/a/m:v1", "r.io/b:v2", "r.io/c:v3", "r.io/d"}


@pytest.mark.parametrize(
    "data",
    [
        f"{_HEAD}spec:\n  template:\n    spec:\n      containers: ${{CONTAINERS}}\n".encode(),
        f"{_HEAD}{_SPEC}      - ${{CONTAINER}}\n".encode(),
        manifest("r.io/a:v1") + b"---\n${MORE}\n",
        b"apiVersion: v1\nkind: Secret\n${MORE}\n",
        b"apiVersion: v1\nkind: S${KIND}\n",
        _HEAD.replace("Deployment", "${KIND}").encode() + _SPEC.encode(),
        f"{_HEAD}spec: 5\n".encode(),
        b"a: [",
    ],
)
def test_a_file_whose_containers_cannot_be_known_is_not_judged(data: bytes) -> None:
    assert image_references(data) is None


@pytest.mark.parametrize(
    ("locked", "references"),
    [
        (["r.io/a/m:v1"], ["r.io/a/m:v1"]),
        (["mirror.io/x/m:v2"], ["r.io/a/m:v1"]),
        (["mirror.io/m"], ["r.io/a/m:v1", "r.io/b/m:v1"]),
        (["m.io/m:v2@sha256:ab"], ["r.io/m:v1@sha256:ab"]),
        (["any.io/thing:1"], ["${IMAGE}"]),
        (["${IMAGE}"], ["${IMAGE}"]),
        (["other.io/q/m:v1"], ["${REG:=r.io}/m:v1"]),
        (["r.io/m:v7"], ["r.io/m:${TAG}"]),
        (["r.io/m-arm:v7"], ["r.io/m-${ARCH}:v7"]),
        (["localhost:5000/m:v1"], ["localhost:${PORT}/m:v1"]),
        (["localhost:5000/m:v1"], ["localhost:${PORT_AND_PATH}"]),
        ([], []),
    ],
)
def test_what_a_variable_or_an_override_makes_is_none(locked: list[str], references: list[str]) -> None:
    assert compare_images(locked, references, names_are_kept=True) is None
    assert compare_images(locked, references, names_are_kept=False) is None


@pytest.mark.parametrize(
    ("locked", "references", "foreign", "lacking"),
    [
        (["r.io/m:v1", "evil/x:1"], ["r.io/m:v1"], ("evil/x:1",), ()),
        ([], ["r.io/m:v1"], (), ("r.io/m:v1",)),
        (["r.io/m:v1"], ["r.io/m:v1", "r.io/n:v1"], (), ("r.io/n:v1",)),
        (["evil/x:1"], [], ("evil/x:1",), ()),
        (["r.io/m:v1", "evil/m:1"], ["r.io/m:v1"], ("evil/m:1",), ()),
        (["evil/x:1", "evil/y:1"], ["r.io/m:v1"], ("evil/x:1", "evil/y:1"), ("r.io/m:v1",)),
        (["a/x:1", "b/y:1"], ["${IMAGE}"], ("a/x:1", "b/y:1"), ()),
        (["r.io/m:v1", "evil/x:1"], ["r.io/m:${TAG}"], ("evil/x:1",), ()),
        ([], ["${REG}/m:v1"], (), ("${REG}/m:v1",)),
    ],
)
@pytest.mark.parametrize("names_are_kept", [True, False])
def test_what_nothing_makes_is_foreign_or_lacking(
    locked: list[str],
    references: list[str],
    foreign: tuple[str, ...],
    lacking: tuple[str, ...],
    names_are_kept: bool,
) -> None:
    found = compare_images(locked, references, names_are_kept=names_are_kept)
    assert found == Differing(foreign=foreign, lacking=lacking)


@pytest.mark.parametrize(
    ("image", "reference"),
    [
        ("evil/x:1", "r.io/m:v1"),
        ("evil/x:1", "${REG}/m:v1"),
        ("evil/x:1", "r.io/m:${TAG}"),
        ("r.io/m@sha256:cd", "r.io/m@sha256:ab"),
    ],
)
def test_another_name_may_be_an_override_s(image: str, reference: str) -> None:
    """clusterctl v1.13 gives names in overrides; one foreign and one lacking may then be the same image."""
    assert compare_images([image], [reference], names_are_kept=False) is None
    differing = Differing(foreign=(image,), lacking=(reference,))
    assert compare_images([image], [reference], names_are_kept=True) == differing
