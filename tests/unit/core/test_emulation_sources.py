"""Addresses and sources other than github.com's happy path, in the words of clusterctl-resolution 4.

Every message was seen from real clusterctl too: the same cases run in the differential test.
"""

from __future__ import annotations

import pytest

from capyctl.core.emulation import emulate, emulate_generate
from capyctl.core.emulation_facts import (
    Absent,
    Asset,
    Failed,
    FailureKind,
    Found,
    GitLabFile,
    LocalFile,
    LocalListing,
    OverrideFile,
    ReleaseByTag,
    ReleaseList,
)
from capyctl.core.emulation_json import GoJsonError, json_kind, read_json
from capyctl.core.emulation_release import V1_10_1, V1_13_6
from capyctl.core.emulation_request import EmulatedOutcome, GoproxyState
from tests.unit.core.emulation_facts_world import FactsWorld, metadata, namespace

_CLIENT = "failed to get repository client for the InfrastructureProvider with name x: "
_BASE = "/srv/repo/infrastructure-x"
_LOCAL = f"{_BASE}/latest/infrastructure-components.yaml"
_GITLAB = "https://gitlab.example.com/api/v4/projects/42/packages/generic/capx"
_COMPONENTS = "infrastructure-components.yaml"
_LOCAL_CLIENT = f"{_CLIENT}error creating the local filesystem repository client: "


def _message(address: str, world: FactsWorld | None = None, tag: str | None = None) -> str | None:
    return (world or FactsWorld()).go(emulate_generate, V1_13_6, tag=tag, address=address).message


@pytest.mark.parametrize(
    ("address", "message"),
    [
        (
            "https://git.example.com/o/r/releases/latest/x.yaml",
            f'{_CLIENT}invalid provider url. Only GitHub and GitLab are supported for "https" schema',
        ),
        (
            "http://github.com/o/r/releases/latest/x.yaml",
            f'{_CLIENT}invalid provider url. there are no provider implementation for "http" schema',
        ),
        (
            "https://github.com/o/r/releases/latest",
            (
                f"{_CLIENT}error creating the GitHub repository client: invalid url: a GitHub repository url should be "
                "in the form https://github.com/{owner}/{Repository}/releases/{latest|version-tag}/{componentsClient.yaml}"
            ),
        ),
        (
            "https://gitlab.example.com/api/v4/projects/o/r/packages/generic/capx/v1.0.0/x.yaml",
            (
                f"{_CLIENT}error creating the GitLab repository client: invalid url: a GitLab repository url should be "
                "in the form https://{host}/api/v4/projects/{projectSlug}/packages/generic/{packageName}/{defaultVersion}"
                "/{componentsPath}"
            ),
        ),
        ("https://[::1", f'{_CLIENT}failed to parse repository url "https://[::1"'),
        (
            "repo/infrastructure-x/latest/x.yaml",
            f'{_LOCAL_CLIENT}invalid path: path "repo/infrastructure-x/latest/x.yaml" must be an absolute path',
        ),
        (
            "/x.yaml",
            (
                f"{_LOCAL_CLIENT}invalid path: path should be in the form "
                "{basepath}/{provider-name}/{version}/{components.yaml}"
            ),
        ),
        (
            f"{_BASE}/foo/x.yaml",
            (
                f'{_LOCAL_CLIENT}invalid version: "foo". Version must obey the syntax and semantics of the "Semantic '
                'Versioning" specification (http://semver.org/) and path format '
                "{basepath}/{provider-name}/{version}/{components.yaml}"
            ),
        ),
        (
            "/srv/repo/x/latest/x.yaml",
            (
                f'{_LOCAL_CLIENT}invalid path: path "/srv/repo/x/latest/x.yaml" must contain provider '
                '"infrastructure-x" in the format {basepath}/{provider-label}/{version}/{components.yaml}'
            ),
        ),
        (
            _LOCAL,
            (
                f"{_LOCAL_CLIENT}failed to get latest version: failed to get repository versions: failed to list "
                f"release directories: open {_BASE}: no such file or directory"
            ),
        ),
    ],
)
def test_an_address_of_another_form_is_refused(address: str, message: str) -> None:
    assert _message(address) == message


def test_a_download_address_asks_for_the_version_download() -> None:
    assert _message(f"https://github.com/o/r/releases/download/v1.0.0/{_COMPONENTS}") == (
        'failed to read "metadata.yaml" from the repository for provider "infrastructure-x": release not found for '
        'version download, please retry later or set "GOPROXY=off" to get the current stable release: 404 Not Found'
    )


def test_a_folder_in_the_address_matches_no_asset() -> None:
    world = FactsWorld().release("o/r", "v1.0.0", metadata_yaml=metadata("1.0 v1beta1"))
    result = world.go(
        emulate_generate,
        V1_13_6,
        GoproxyState.OFF,
        address="https://github.com/o/r/releases/v1.0.0/dir/components.yaml",
    )
    assert result.message is not None
    assert result.message.endswith('failed to get file "metadata.yaml" from "v1.0.0" release')


def _local_world(*versions: str) -> FactsWorld:
    world = FactsWorld()
    world.answers[LocalListing(folder=_BASE)] = Found(value=("notes", *versions))
    for version in versions:
        world.answers[LocalFile(path=f"{_BASE}/{version}/metadata.yaml")] = Found(
            value=metadata("1.0 v1beta1")
        )
        world.answers[LocalFile(path=f"{_BASE}/{version}/{_COMPONENTS}")] = Found(value=namespace("x-system"))
    return world


@pytest.mark.parametrize("address", [_LOCAL, f"file://{_LOCAL}", f"{_BASE}/v1.0.1/{_COMPONENTS}"])
def test_a_local_tree_is_read(address: str) -> None:
    result = _local_world("v1.0.0", "v1.0.1").go(emulate_generate, V1_13_6, address=address)
    assert (result.outcome, result.version) == (EmulatedOutcome.INSTALLS, "v1.0.1")


def test_a_local_tree_stops_at_a_version_without_metadata() -> None:
    world = _local_world("v1.0.0", "v1.0.1")
    world.answers[LocalFile(path=f"{_BASE}/v1.0.1/metadata.yaml")] = Absent()
    assert _message(_LOCAL, world) == (
        f'{_LOCAL_CLIENT}failed to get latest version: failed to read file "{_BASE}/v1.0.1/metadata.yaml" from local '
        f"release v1.0.1: stat {_BASE}/v1.0.1/metadata.yaml: no such file or directory"
    )


def test_a_local_tree_alone_understands_the_tag_latest() -> None:
    assert _message(_LOCAL, _local_world("v1.0.0"), tag="latest") == 'could not parse "latest" as version'


def test_the_tag_latest_in_a_local_tree_without_metadata_fails_in_its_own_words() -> None:
    world = _local_world("v1.0.0")
    world.answers[LocalFile(path=f"{_BASE}/v1.0.0/metadata.yaml")] = Absent()
    message = _message(f"{_BASE}/v1.0.0/{_COMPONENTS}", world, tag="latest")
    assert message is not None
    assert message.startswith(
        'failed to read "metadata.yaml" from the repository for provider "infrastructure-x": '
        "failed to get the latest release: "
    )


def test_an_unreadable_local_file_is_reported_with_its_cause() -> None:
    world = _local_world("v1.0.0")
    failed = Failed(kind=FailureKind.CONNECTION, text="permission denied")
    world.answers[LocalFile(path=f"{_BASE}/v1.0.0/metadata.yaml")] = failed
    message = _message(f"{_BASE}/v1.0.0/{_COMPONENTS}", world)
    assert message is not None
    assert message.endswith(": permission denied")


def _gitlab_world(version: str = "v1.0.0") -> FactsWorld:
    world = FactsWorld()
    world.answers[GitLabFile(url=f"{_GITLAB}/{version}/metadata.yaml")] = Found(value=metadata("1.0 v1beta1"))
    world.answers[GitLabFile(url=f"{_GITLAB}/{version}/{_COMPONENTS}")] = Found(value=namespace("x-system"))
    return world


def test_a_gitlab_address_without_a_project_number_is_read_by_its_encoded_path() -> None:
    base = _GITLAB.replace("/42/", "/acme%2Fcapx/")
    world = FactsWorld()
    world.answers[GitLabFile(url=f"{base}/v1.0.0/metadata.yaml")] = Found(value=metadata("1.0 v1beta1"))
    world.answers[GitLabFile(url=f"{base}/v1.0.0/{_COMPONENTS}")] = Found(value=namespace("x-system"))
    result = world.go(emulate_generate, V1_13_6, address=f"{base}/v1.0.0/{_COMPONENTS}")
    assert result.outcome is EmulatedOutcome.INSTALLS


def test_a_gitlab_package_is_installed_by_init() -> None:
    world = _gitlab_world().with_core()
    result = world.go(emulate, V1_13_6, address=f"{_GITLAB}/v1.0.0/{_COMPONENTS}")
    assert (result.outcome, result.version) == (EmulatedOutcome.INSTALLS, "v1.0.0")


def test_a_gitlab_package_is_read_at_the_version_of_its_address() -> None:
    result = _gitlab_world().go(emulate_generate, V1_13_6, address=f"{_GITLAB}/v1.0.0/{_COMPONENTS}")
    assert (result.outcome, result.version) == (EmulatedOutcome.INSTALLS, "v1.0.0")


@pytest.mark.parametrize(
    ("answer", "tail", "seconds"),
    [
        (Absent(), ", got 404", 0),
        (
            Failed(kind=FailureKind.STATUS, status=401),
            ": unauthorized access, please check your credentials",
            0,
        ),
        (Failed(kind=FailureKind.STATUS, status=503), ", got 503", 0),
        (Failed(kind=FailureKind.CONNECTION, text="EOF"), f': Get "{_GITLAB}/v1.0.0/metadata.yaml": EOF', 0),
        (
            Failed(kind=FailureKind.SILENCE),
            f': Get "{_GITLAB}/v1.0.0/metadata.yaml": context deadline exceeded',
            30,
        ),
    ],
)
def test_a_gitlab_failure_is_not_retried(answer: Absent | Failed, tail: str, seconds: int) -> None:
    world = _gitlab_world()
    url = f"{_GITLAB}/v1.0.0/metadata.yaml"
    world.answers[GitLabFile(url=url)] = answer
    result = world.go(emulate_generate, V1_13_6, address=f"{_GITLAB}/v1.0.0/{_COMPONENTS}")
    assert result.seconds == seconds
    assert result.message == (
        'failed to read "metadata.yaml" from the repository for provider "infrastructure-x": failed to get file '
        f'"metadata.yaml" with version "v1.0.0" from "{url}"{tail}'
    )


class TestOverrides:
    def test_an_override_replaces_the_file_and_not_the_choice(self) -> None:
        world = _sound().with_core()
        override = OverrideFile(label="infrastructure-x", version="v1.0.0", file="metadata.yaml")
        world.answers[override] = Found(value=metadata("1.0 v1alpha4"))
        result = world.go(emulate_generate, V1_10_1)
        assert result.version == "v1.0.0"
        assert result.message == (
            "current version of clusterctl is only compatible with v1beta1 providers, detected v1alpha4 for provider x"
        )

    def test_an_override_of_components_is_processed(self) -> None:
        world = _sound()
        override = OverrideFile(label="infrastructure-x", version="v1.0.0", file=_COMPONENTS)
        world.answers[override] = Found(value=b"kind: ConfigMap\n")
        message = world.go(emulate_generate, V1_10_1).message
        assert message == "target namespace can't be defaulted. Please specify a target namespace"

    def test_an_unreadable_override_stops_the_run(self) -> None:
        world = _sound()
        override = OverrideFile(label="infrastructure-x", version="v1.0.0", file="metadata.yaml")
        world.answers[override] = Failed(kind=FailureKind.CONNECTION, text="permission denied")
        assert world.go(emulate_generate, V1_10_1).message == (
            "failed to read local override for metadata.yaml: permission denied"
        )


def _sound() -> FactsWorld:
    return FactsWorld().release(
        "o/r",
        "v1.0.0",
        metadata_yaml=metadata("1.0 v1beta1"),
        infrastructure__components_yaml=namespace("x-system"),
    )


def test_a_missing_components_file_is_reported_with_the_label() -> None:
    world = FactsWorld().release("o/r", "v1.0.0", metadata_yaml=metadata("1.0 v1beta1"))
    assert world.go(emulate_generate, V1_13_6).message == (
        f'failed to read "{_COMPONENTS}" from provider\'s repository "infrastructure-x": failed to download files '
        f'from GitHub release v1.0.0: failed to get file "{_COMPONENTS}" from "v1.0.0" release'
    )


def test_an_asset_that_is_gone_counts_as_a_missing_release_after_a_minute() -> None:
    world = _sound()
    world.tag("o/r", "v1.0.1")
    world.answers[ReleaseList(owner="o", name="r")] = Found(value=("v1.0.1", "v1.0.0", "nightly"))
    world.answers[ReleaseByTag(owner="o", name="r", tag="v1.0.1")] = Found(value=("metadata.yaml",))
    world.answers[Asset(owner="o", name="r", tag="v1.0.1", file="metadata.yaml")] = Absent()
    result = world.go(emulate_generate, V1_13_6, GoproxyState.OFF)
    assert (result.outcome, result.version) == (EmulatedOutcome.STALLS, "v1.0.0")


def test_a_core_of_another_contract_is_reported_before_its_providers() -> None:
    world = _sound().with_core("1.10 v1alpha4")
    assert world.go(emulate, V1_10_1).message == (
        "current version of clusterctl is only compatible with v1beta1 providers, detected v1alpha4 for provider "
        "cluster-api"
    )


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('{"a":1,}', "invalid character '}' looking for beginning of object key string"),
        ('{"a":[1,]}', "invalid character ']' looking for beginning of value"),
        ('{"a":[1 2]}', "invalid character '2' after array element"),
        ('{"a":1 "b":2}', "invalid character '\"' after object key:value pair"),
        ('{"a" 1}', "invalid character '1' after object key"),
        ('{"a":"x', "unexpected end of JSON input"),
        ('{"a":1', "unexpected end of JSON input"),
        ('{"a":"x\ny"}', "invalid character '\\n' in string literal"),
        ('{"]":1 2}', "invalid character '2' after object key:value pair"),
        ("{\"a\":'x'}", "invalid character '\\'' looking for beginning of value"),
        ("{}}", "invalid character '}' after top-level value"),
    ],
)
def test_a_json_fault_has_the_words_of_go(text: str, words: str) -> None:
    with pytest.raises(GoJsonError) as fault:
        read_json(text.encode())
    assert str(fault.value) == words


def test_json_that_nests_without_end_is_refused() -> None:
    with pytest.raises(GoJsonError):
        read_json(b"[" * 200_000)


@pytest.mark.parametrize(
    ("value", "kind"),
    [(True, "bool"), ("x", "string"), (1, "number"), (1.5, "number"), ({}, "object"), ([], "array")],
)
def test_kinds_have_the_names_of_go(value: object, kind: str) -> None:
    assert json_kind(value) == kind
