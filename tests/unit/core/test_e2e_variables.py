"""The variables of a configuration of end-to-end tests (clusterctl-resolution 12.2)."""

from __future__ import annotations

import pytest

from capyctl.core.e2e_variables import E2eConfigError, is_variable_name, version_variables

DOCKER = b"""\
managementClusterName: docker-e2e
images: []
variables:
  KUBERNETES_VERSION_MANAGEMENT: "v1.35.0"
  KUBERNETES_VERSION: "v1.35.0"   # fixed
  KUBERNETES_VERSION_LATEST_CI: "ci/latest-1.37"
  ETCD_VERSION_UPGRADE_TO: "3.6.5-0"
  KUBERNETES_VERSION_EMPTY: ""
  KUBERNETES_VERSION_NULL:
  KUBERNETES_VERSION_MINOR: 1.30
  OLD_KUBERNETES_VERSION: stable
"""


def test_variables_that_name_a_version_come_in_order_with_their_place() -> None:
    found = version_variables(DOCKER, "docker.yaml")
    assert [(each.name, each.value) for each in found] == [
        ("KUBERNETES_VERSION_MANAGEMENT", "v1.35.0"),
        ("KUBERNETES_VERSION", "v1.35.0"),
        ("KUBERNETES_VERSION_LATEST_CI", "ci/latest-1.37"),
        ("KUBERNETES_VERSION_EMPTY", ""),
        ("KUBERNETES_VERSION_NULL", ""),
        ("KUBERNETES_VERSION_MINOR", "1.30"),
    ]
    span = found[2].span
    assert span is not None
    assert (span.file, span.line, span.column) == ("docker.yaml", 6, 33)
    named = found[2].name_span
    assert named is not None
    assert (named.file, named.line, named.column) == ("docker.yaml", 6, 3)


FAULTY = b"""\
variables:
  KUBERNETES_VERSION: [stable]
  KUBERNETES_VERSION_B:
    value: stable
  KUBERNETES_VERSION_C: v1.35.0
  OTHER: [a]
  OTHER: b
  KUBERNETES_VERSION_C: stable
  KUBERNETES_VERSION_D: stable
"""


def test_a_value_that_is_none_or_not_the_only_one_is_kept_with_its_fault() -> None:
    found = version_variables(FAULTY, "docker.yaml")
    assert [(each.name, each.fault) for each in found] == [
        ("KUBERNETES_VERSION", "is a list, where one marker or version belongs"),
        ("KUBERNETES_VERSION_B", "is a mapping, where one marker or version belongs"),
        ("KUBERNETES_VERSION_C", "stands twice, so that nothing says which value holds"),
        ("KUBERNETES_VERSION_D", None),
    ]
    places = [each.name_span for each in found]
    assert [(each.line, each.column) for each in places if each is not None] == [
        (2, 3),
        (3, 3),
        (8, 3),
        (9, 3),
    ]


def test_the_variables_stand_once() -> None:
    with pytest.raises(E2eConfigError, match="the key variables stands twice") as caught:
        version_variables(b"variables: {}\na: b\nvariables: {KUBERNETES_VERSION: stable}\n", "x.yaml")
    assert (caught.value.line, caught.value.column) == (3, 1)


@pytest.mark.parametrize(
    ("text", "is_name"),
    [
        ("KUBERNETES_VERSION", True),
        ("_a1", True),
        *[
            (each, False)
            for each in ("", "1A", "A-B", "A B", "A;touch B;C", "A=B", "A\nB", "A\n", "\u00c4", "A$B")
        ],
    ],
)
def test_a_name_is_what_a_shell_takes_for_one(text: str, is_name: bool) -> None:
    assert is_variable_name(text) is is_name


@pytest.mark.parametrize(
    ("data", "reason"),
    [
        (b"", "no YAML mapping"),
        (b"- a\n", "no YAML mapping"),
        (b"variables: [a]\n", "no YAML mapping"),
        (b"other: {}\n", "mapping called variables"),
        (b"variables: {}\n---\nvariables: {}\n", "mapping called variables"),
        (b"variables: {}\n" + b"# pad\n" * 800_000, "larger than the 4096 KiB"),
    ],
)
def test_anything_else_is_one_error(data: bytes, reason: str) -> None:
    with pytest.raises(E2eConfigError, match=reason):
        version_variables(data, "x.yaml")


def test_an_error_of_yaml_keeps_its_place() -> None:
    with pytest.raises(E2eConfigError) as caught:
        version_variables(b"variables:\n  a: [\n", "x.yaml")
    assert caught.value.line is not None
