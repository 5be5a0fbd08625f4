"""The spec file: what it may say, and every fault with its line and column (issue 6, 1.2)."""

from __future__ import annotations

import pytest

from capyctl.core.lock_spec import LockSpec, SpecError, read_spec
from capyctl.core.requirement import Requirement

SPEC = """\
format: capyctl-spec/1
providers:
- cluster-api
- infrastructure-aws:v2.9.1
- provider: bootstrap-k0sproject-k0smotron
  version: 1.10
- {provider: infrastructure-azure, version: ">=1.20 <2", contract: v1beta1, allow-prerelease: true}
- {provider: ipam-in-cluster, version: v1.0.0}
kubernetes: [ci/latest-1.33, v1.32.1]
cert-manager:
  version: v1.21.1
"""


def test_reads_every_form_of_entry() -> None:
    spec = read_spec(SPEC.encode())
    assert [(each.reference.name, each.reference.version) for each in spec.providers] == [
        ("cluster-api", None),
        ("infrastructure-aws", "v2.9.1"),
        ("bootstrap-k0sproject-k0smotron", None),
        ("infrastructure-azure", None),
        ("ipam-in-cluster", "v1.0.0"),
    ]
    assert [each.requirement.text for each in spec.providers] == [
        None,
        "v2.9.1",
        "1.10",
        ">=1.20 <2 contract=v1beta1 prereleases",
        "v1.0.0",
    ]
    assert [each.text for each in spec.kubernetes] == ["ci/latest-1.33", "v1.32.1"]
    assert spec.cert_manager == "v1.21.1"


def test_a_spec_may_name_cert_manager_alone() -> None:
    spec = read_spec(b"format: capyctl-spec/1\ncert-manager: {version: v1.21.1}\n")
    assert spec == LockSpec(cert_manager="v1.21.1")


def test_what_is_asked_of_all_holds_for_entries_that_do_not_say_their_own() -> None:
    general = Requirement(contract="v1beta2", allow_prerelease=True)
    spec = read_spec(
        b"format: capyctl-spec/1\nproviders:\n- a\n- {provider: b, version: '1.4'}\n"
        b"- {provider: c, contract: v1beta2, allow-prerelease: false}\n- {provider: d, contract: v1beta1}\n"
    )
    assert [each.under(general).text for each in spec.providers] == [
        "contract=v1beta2 prereleases",
        "1.4 contract=v1beta2 prereleases",
        "contract=v1beta2",
        "contract=v1beta1 prereleases",
    ]
    assert [each.under(Requirement()) for each in spec.providers] == [
        each.requirement for each in spec.providers
    ]
    assert [each.contradicts(general) for each in spec.providers] == [False, False, False, True]
    assert not any(each.contradicts(Requirement()) for each in spec.providers)


_NO_NAME = "a name consists of letters, digits and '-', and begins and ends with a letter or digit"
_NOTHING = "it names nothing to lock: no provider, no marker, no cert-manager"
HEAD = "format: capyctl-spec/1\n"


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        ("", [(1, 1, "nothing is in it, and a spec is one")]),
        ("format: capyctl-spec/1\n---\n{}\n", [(1, 1, "it has several documents, and a spec is one")]),
        ("- a\n", [(1, 1, "a spec is a mapping")]),
        (HEAD, [(1, 1, _NOTHING)]),
        (HEAD + "providers: []\nkubernetes: []\n", [(1, 1, _NOTHING)]),
        (
            HEAD + "providers: [a, 'cert-manager:v1.21.1']\n",
            [
                (
                    2,
                    16,
                    "cert-manager is no provider and has a key of its own, 'cert-manager: {version: TAG}'",
                )
            ],
        ),
        ("providers: []\n", [(1, 1, "it names no format, and capyctl-spec/1 is read here")]),
        (
            "format: capyctl-spec/2\n",
            [(1, 9, "the format is 'capyctl-spec/2', and capyctl-spec/1 is read here")],
        ),
        (
            HEAD + "provider: []\n",
            [
                (
                    2,
                    1,
                    "nobody reads the key 'provider'; there are format, providers, kubernetes, cert-manager",
                )
            ],
        ),
        (HEAD + "providers: aws\n", [(2, 12, "a list belongs under 'providers'")]),
        (HEAD + "providers: []\nproviders: []\n", [(3, 1, "the key 'providers' stands twice")]),
        (
            HEAD + "providers:\n- [a]\n- {version: 1.0}\n- {provider: a, version: '>=2 <x'}\n",
            [
                (3, 3, "a provider is a label, or a mapping with the key 'provider'"),
                (4, 3, "the key 'provider' has to name one by its label"),
                (5, 32, "'x' is no version, nor the beginning of one"),
            ],
        ),
        (
            HEAD + "providers:\n- {provider: a, version: x2}\n",
            [(3, 26, "'x2' is no version, nor the beginning of one")],
        ),
        (
            HEAD + "providers:\n- {provider: a, version: [1]}\n",
            [(3, 26, "a version is one text, such as '>=2.8 <3'")],
        ),
        (
            HEAD + "providers:\n- provider: a\n  version: >-\n    2.x\n",
            [(4, 12, "'2.x' is no version, nor the beginning of one")],
        ),
        (
            HEAD + "providers:\n- {provider: a:v1}\n",
            [(3, 14, "a version belongs under the key 'version' here")],
        ),
        (
            HEAD + "providers:\n- A B\n",
            [(3, 3, f"'A B' names no provider: {_NO_NAME}")],
        ),
        (
            HEAD + "providers:\n- {provider: a, contract: beta}\n- {provider: b, contract: [v1beta1]}\n",
            [
                (3, 27, "'beta' is no contract such as v1beta1"),
                (4, 27, "a collection is no contract such as v1beta1"),
            ],
        ),
        (
            HEAD + "providers:\n- {provider: a, allow-prerelease: maybe}\n",
            [(3, 35, "'maybe' is neither true nor false")],
        ),
        (HEAD + "providers: [a, b, a]\n", [(2, 12, "'a' is named twice")]),
        (
            HEAD + "kubernetes: [newest, stable]\n",
            [(2, 14, "'newest' is no marker such as stable-1.33, and no exact version")],
        ),
        (HEAD + "cert-manager: v1.0.0\n", [(2, 15, "cert-manager has one key, 'version'")]),
        (
            HEAD + "cert-manager: {version: newest}\n",
            [(2, 25, "cert-manager needs the tag of one version")],
        ),
        (HEAD + "cert-manager: {}\n", [(2, 15, "cert-manager needs the tag of one version")]),
    ],
)
def test_names_each_fault_with_its_place(text: str, faults: list[tuple[int, int, str]]) -> None:
    with pytest.raises(SpecError) as caught:
        read_spec(text.encode())
    assert [(each.line, each.column, each.reason) for each in caught.value.faults] == faults


_KEYS = "there are provider, version, contract, allow-prerelease"
_MANY = """\
kubernetes: 1
providers:
- provider: A B
  versoin: 2
  contract: beta
  version: x
  allow-prerelease: maybe
- cert-manager
- {version: x}
- [a]
"""
_EMPTY = "it is empty; leave the key out for the newest version"


@pytest.mark.parametrize(
    ("text", "faults"),
    [
        (
            "providers: [a, b, a, b]\nfoo: 1\nkubernetes: [bad]\ncert-manager: {versoin: 1}\nbar: 2\nfoo: 3\n",
            [
                (2, 12, "'a' is named twice"),
                (2, 12, "'b' is named twice"),
                (3, 1, "nobody reads the key 'foo'; there are format, providers, kubernetes, cert-manager"),
                (4, 14, "'bad' is no marker such as stable-1.33, and no exact version"),
                (5, 15, "cert-manager needs the tag of one version"),
                (5, 16, "nobody reads the key 'versoin'; there are version"),
                (6, 1, "nobody reads the key 'bar'; there are format, providers, kubernetes, cert-manager"),
                (7, 1, "nobody reads the key 'foo'; there are format, providers, kubernetes, cert-manager"),
            ],
        ),
        (
            _MANY,
            [
                (2, 13, "a list belongs under 'kubernetes'"),
                (4, 13, f"'A B' names no provider: {_NO_NAME}"),
                (5, 3, f"nobody reads the key 'versoin'; {_KEYS}"),
                (6, 13, "'beta' is no contract such as v1beta1"),
                (7, 12, "'x' is no version, nor the beginning of one"),
                (8, 21, "'maybe' is neither true nor false"),
                (9, 3, "cert-manager is no provider and has a key of its own, 'cert-manager: {version: TAG}'"),
                (10, 3, "the key 'provider' has to name one by its label"),
                (10, 13, "'x' is no version, nor the beginning of one"),
                (11, 3, "a provider is a label, or a mapping with the key 'provider'"),
            ],
        ),
        (
            "providers:\n- {provider: a:v1, version: v1.0.0, version: x1, contract: beta}\n- {provider: a}\n",
            [
                (3, 1, "'a' is named twice"),
                (3, 14, "a version belongs under the key 'version' here"),
                (3, 37, "the key 'version' stands twice"),
                (3, 46, "'x1' is no version, nor the beginning of one"),
                (3, 60, "'beta' is no contract such as v1beta1"),
            ],
        ),
    ],
)  # fmt: skip
def test_tells_all_faults_at_once(text: str, faults: list[tuple[int, int, str]]) -> None:
    with pytest.raises(SpecError) as caught:
        read_spec((HEAD + text).encode())
    assert [(each.line, each.column, each.reason) for each in caught.value.faults] == faults


@pytest.mark.parametrize(
    ("written", "column"), [("", None), ('""', 12), ("' '", 12), ("~", 12), ("null", 12)]
)
def test_a_version_that_says_nothing_is_not_the_newest(written: str, column: int | None) -> None:
    text = f"{HEAD}providers:\n- provider: a\n  version: {written}\n  contract: beta\n"
    with pytest.raises(SpecError) as caught:
        read_spec(text.encode())
    empty, other = caught.value.faults
    assert (empty.line, empty.reason) == (4, _EMPTY)
    assert column in (None, empty.column)
    assert (other.line, other.reason) == (5, "'beta' is no contract such as v1beta1")


@pytest.mark.parametrize("head", ["format: capyctl-spec/2\n", "format: [1]\n", ""])
def test_what_is_of_another_format_has_no_other_fault(head: str) -> None:
    with pytest.raises(SpecError) as caught:
        read_spec(f"{head}foo: 1\nproviders: 3\n".encode())
    (fault,) = caught.value.faults
    assert "capyctl-spec/1 is read here" in fault.reason


def test_names_the_place_where_a_text_stops_being_yaml() -> None:
    with pytest.raises(SpecError) as caught:
        read_spec(b"format: capyctl-spec/1\nproviders: [a\n")
    assert caught.value.faults[0].line >= 2
