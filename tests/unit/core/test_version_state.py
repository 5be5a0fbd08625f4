"""States of versions: of several the first of draft, withdrawn, tag-only, incomplete, prerelease, stable."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from capyctl.core.version import ProviderVersion, parse_version
from capyctl.core.version_state import VersionFacts, VersionState, newest_first, state_of

NEEDED = frozenset({"metadata.yaml", "components.yaml"})


def version(tag: str) -> ProviderVersion:
    parsed = parse_version(tag)
    assert parsed is not None
    return parsed


@pytest.mark.parametrize(
    ("tag", "facts", "state"),
    [
        ("v1.0.0", VersionFacts(released=True), VersionState.STABLE),
        ("v1.0.0", VersionFacts(released=True, files=NEEDED, needed=NEEDED), VersionState.STABLE),
        ("v1.0.0-rc.1", VersionFacts(released=True), VersionState.PRERELEASE),
        (
            "v1.0.0-rc.1",
            VersionFacts(released=True, files=frozenset(), needed=NEEDED),
            VersionState.INCOMPLETE,
        ),
        ("v1.0.0", VersionFacts(released=True, tagged=False), VersionState.STABLE),
        ("v1.0.0", VersionFacts(released=False, tagged=True), VersionState.TAG_ONLY),
        ("v1.0.0", VersionFacts(released=False), VersionState.TAG_ONLY),
        ("v1.0.0", VersionFacts(released=False, tagged=False), VersionState.WITHDRAWN),
        ("v1.0.0", VersionFacts(released=None, tagged=False), VersionState.WITHDRAWN),
        ("v1.0.0", VersionFacts(released=None), None),
        (
            "v1.0.0",
            VersionFacts(released=True, draft=True, files=frozenset(), needed=NEEDED),
            VersionState.DRAFT,
        ),
        ("v1.0.0-rc.1", VersionFacts(released=False, draft=True, tagged=False), VersionState.DRAFT),
    ],
)
def test_the_first_state_that_applies(tag: str, facts: VersionFacts, state: VersionState | None) -> None:
    assert state_of(version(tag), facts) is state


def test_a_release_that_was_seen_and_is_not_there_any_more_is_withdrawn() -> None:
    """cli.md 5; where nobody could say whether there is one, what was seen proves nothing."""
    gone = VersionFacts(released=False, tagged=True, seen=True)
    assert state_of(version("v1.0.0"), gone) is VersionState.WITHDRAWN
    assert state_of(version("v1.0.0"), replace(gone, seen=False)) is VersionState.TAG_ONLY
    assert state_of(version("v1.0.0"), replace(gone, released=None)) is None
    assert state_of(version("v1.0.0"), replace(gone, released=True)) is VersionState.STABLE


def test_the_names_are_those_of_the_surface_in_its_order() -> None:
    assert [state.value for state in VersionState] == [
        "draft",
        "withdrawn",
        "tag-only",
        "incomplete",
        "prerelease",
        "stable",
    ]


def test_missing_files_are_named_in_order_and_unknown_ones_are_not_missing() -> None:
    assert VersionFacts(released=True, files=frozenset(), needed=NEEDED).missing == (
        "components.yaml",
        "metadata.yaml",
    )
    assert VersionFacts(released=True, needed=NEEDED).missing == ()


def test_newest_first_by_precedence_alone() -> None:
    tags = ["v1.0.0", "v1.1.0-rc.1", "v1.1.0", "v0.9.0", "1.1.0"]
    assert [item.tag for item in newest_first(map(version, tags))] == [
        "v1.1.0",
        "1.1.0",
        "v1.1.0-rc.1",
        "v1.0.0",
        "v0.9.0",
    ]
