"""Where an image is found, by its name, and what registries said of it."""

from __future__ import annotations

import pytest

from capyctl.app.lock.images import artifact_of, ask_images
from capyctl.core.evidence import Evidence, Outcome, Question
from capyctl.ports.fetch_errors import AbsentError, UnreachableError
from capyctl.ports.fetcher import Answer
from capyctl.ports.registry import ArtifactReference
from tests.unit.app.fakes import RoundAsker

HUB = "registry-1.docker.io"


@pytest.mark.parametrize(
    ("image", "found"),
    [
        ("kindest/node:v1.33.0", (HUB, "kindest/node", "v1.33.0")),
        ("docker.io/library/busybox", (HUB, "library/busybox", "latest")),
        ("docker.io/busybox:1", (HUB, "library/busybox", "1")),
        ("busybox:1", (HUB, "library/busybox", "1")),
        ("registry.k8s.io/a/b:v1", ("registry.k8s.io", "a/b", "v1")),
        ("localhost:5000/a:v1", ("localhost:5000", "a", "v1")),
        ("quay.io/a/b:v1@sha256:abc", ("quay.io", "a/b", "sha256:abc")),
        ("quay.io/a/b:", None),
        ("quay.io/", None),
        ("quay.io/a@", None),
    ],
)
def test_an_image_is_found_as_container_tools_read_its_name(
    image: str, found: tuple[str, str, str] | None
) -> None:
    wanted = ArtifactReference(host=found[0], repository=found[1], reference=found[2]) if found else None
    assert artifact_of(image) == wanted


class FakeRegistry:
    """Has one image, lacks another, and does not answer about the rest."""

    def __init__(self) -> None:
        self.asked: list[str] = []

    def digest(self, reference: ArtifactReference, question: Question = Question.IMAGE) -> Answer[str]:
        self.asked.append(reference.repository)
        evidence = Evidence(route="oci", question=question, outcome=Outcome.FOUND)
        if reference.repository == "here":
            return Answer(value="sha256:1", evidence=(evidence,))
        if reference.repository == "gone":
            raise AbsentError(evidence.judged(Outcome.ABSENT), "there is none")
        raise UnreachableError(evidence.judged(Outcome.UNAVAILABLE, "dns"), "no such host")


def test_what_nobody_told_about_is_neither_found_nor_gone() -> None:
    registry = FakeRegistry()
    images = ["r.example/here:1", "r.example/gone:1", "r.example/away:1", "r.example/here:1", "r.example/"]
    asked = ask_images(images, lambda: registry, RoundAsker())  # type: ignore[arg-type,return-value]
    assert asked.found == {"r.example/here:1": "sha256:1", "r.example/gone:1": None}
    assert list(asked.errors) == ["r.example/away:1"]
    assert registry.asked == ["here", "gone", "away"]
    assert len(asked.evidence) == 3


def test_a_registry_is_not_opened_for_nothing() -> None:
    def opened() -> FakeRegistry:
        raise AssertionError("it was opened")

    assert ask_images([], opened, RoundAsker()).replies == {}  # type: ignore[arg-type]
