"""The flow of ``init`` in the words of clusterctl-resolution 7.5 and 8.3, over literal facts."""

from __future__ import annotations

import pytest

from capyctl.core.emulation import emulate, emulate_generate
from capyctl.core.emulation_components import ComponentsReader
from capyctl.core.emulation_facts import (
    Absent,
    Asset,
    Download,
    Failed,
    FailureKind,
    Found,
    ProxyList,
    ReleaseByTag,
    ReleaseList,
    Unavailable,
)
from capyctl.core.emulation_release import V1_10_1, V1_13_6, ClusterctlRelease
from capyctl.core.emulation_request import (
    Emulated,
    EmulatedOutcome,
    EmulationRequest,
    GoproxyState,
    MissingFacts,
)
from capyctl.core.identity import ProviderKey, ProviderType
from tests.unit.core.emulation_facts_world import INFRASTRUCTURE, FactsWorld, metadata, namespace

_RELEASES = pytest.mark.parametrize("release", [V1_10_1, V1_13_6], ids=lambda release: release.version)
_MODULE = "github.com/o/r"
_PROXY = "https://proxy.golang.org"


def _world(*series: str, components: bytes = b"") -> FactsWorld:
    rows = series or ("1.0 v1beta1",)
    return (
        FactsWorld()
        .with_core()
        .release(
            "o/r",
            "v1.0.0",
            metadata_yaml=metadata(*rows),
            infrastructure__components_yaml=components or namespace("x-system"),
        )
    )


@_RELEASES
@pytest.mark.parametrize("state", [GoproxyState.UNSET, GoproxyState.OFF])
def test_a_sound_provider_installs(release: ClusterctlRelease, state: GoproxyState) -> None:
    assert _world().go(emulate, release, state) == Emulated(
        release=release.version,
        goproxy=state,
        outcome=EmulatedOutcome.INSTALLS,
        version="v1.0.0",
        message=None,
    )


@_RELEASES
def test_a_refusing_proxy_costs_a_minute_for_each_repository(release: ClusterctlRelease) -> None:
    result = _world().go(emulate, release, GoproxyState.UNREACHABLE)
    assert (result.outcome, result.version, result.seconds) == (EmulatedOutcome.STALLS, "v1.0.0", 120)


def test_a_renamed_repository_breaks_the_old_release_without_the_proxy() -> None:
    world = _world()
    world.records.add("o/r")
    old = world.go(emulate, V1_10_1, GoproxyState.OFF)
    assert old.outcome is EmulatedOutcome.FAILS
    assert old.message == (
        'failed to get provider components for the "x" provider: target namespace can\'t be defaulted. '
        "Please specify a target namespace"
    )
    assert world.go(emulate, V1_10_1, GoproxyState.UNSET).outcome is EmulatedOutcome.INSTALLS
    assert world.go(emulate, V1_13_6, GoproxyState.OFF).outcome is EmulatedOutcome.INSTALLS
    said = world.go(emulate_generate, V1_10_1, GoproxyState.OFF, "v1.0.0").message
    assert (
        said
        == "invalid provider metadata: version v1.0.0 for the provider x does not match any release series"
    )


def test_a_missing_series_is_reported_with_the_instance_name() -> None:
    world = _world("2.0 v1alpha4", "2.1 v1alpha4")
    words = (
        "invalid provider metadata: version v1.0.0 for the provider x-system/infrastructure-x does not match any "
        "release series"
    )
    assert world.go(emulate, V1_10_1).message == words
    assert world.go(emulate, V1_13_6).message == (
        f"{words}. Available series: [2.0, 2.1]. This usually means the release tag lacks an updated metadata.yaml "
        "or the repository URL is stale."
    )


def test_a_contract_that_is_not_accepted_is_reported_with_the_label() -> None:
    world = _world("1.0 v1alpha4")
    assert world.go(emulate, V1_10_1).message == (
        "current version of clusterctl is only compatible with v1beta1 providers, detected v1alpha4 for provider "
        "infrastructure-x"
    )
    assert world.go(emulate, V1_13_6).message == (
        "current version of clusterctl is only compatible with providers implementing the v1beta2, v1beta1 contract "
        "versions, detected contract version v1alpha4 for provider infrastructure-x"
    )


def test_a_contract_that_the_core_does_not_accept_is_reported() -> None:
    assert _world("1.0 v1beta2").go(emulate, V1_13_6).message == (
        'installing provider "infrastructure-x" could lead to a non functioning management cluster: the target '
        "version for the provider implements the v1beta2 contract version, while the core provider is compatible "
        "with v1beta1 contract versions"
    )


def test_an_old_contract_fits_a_new_core() -> None:
    world = _world().with_core("1.10 v1beta1", "1.14 v1beta2", tag="v1.14.0")
    result = world.go(emulate, V1_13_6)
    assert (result.outcome, result.version) == (EmulatedOutcome.INSTALLS, "v1.0.0")


def test_metadata_that_cannot_be_decoded_gets_the_generic_hint() -> None:
    world = _world()
    world.files["o/r", "v1.0.0", "metadata.yaml"] = metadata("1.0 v1beta1").replace(b"v1alpha3", b"v1alpha4")
    chain = (
        'error decoding "metadata.yaml" for provider "infrastructure-x": no kind "Metadata" is registered for '
        'version "clusterctl.cluster.x-k8s.io/v1alpha4" in scheme "pkg/runtime/scheme.go:'
    )
    assert world.go(emulate, V1_10_1).message == f'{chain}100"'
    assert world.go(emulate, V1_13_6).message == (
        'failed to fetch metadata for provider "infrastructure-x" (version v1.0.0). Check that the release tag '
        "exists and the repository URL is correct — the project may have moved or the tag may be missing "
        f'metadata.yaml: {chain}111"'
    )


def test_the_order_is_core_first() -> None:
    world = FactsWorld().release("o/r", "v1.0.0", metadata_yaml=metadata("1.0 v1beta1"))
    assert world.go(emulate, V1_13_6).message == (
        'failed to get provider components for the "cluster-api" provider: failed to get repository client for the '
        "CoreProvider with name cluster-api: error creating the GitHub repository client: failed to get latest "
        "release: failed to find releases tagged with a valid semantic version number"
    )


def test_a_provider_of_a_default_type_takes_the_place_of_kubeadm() -> None:
    key = ProviderKey(type=ProviderType.BOOTSTRAP, name="x")
    world = _world()
    world.answers[
        Download(owner="kubernetes-sigs", name="cluster-api", tag="v1.10.1", file="bootstrap-components.yaml")
    ] = Unavailable()
    result = world.go(emulate, V1_13_6, key=key)
    assert result.outcome is EmulatedOutcome.INSTALLS


def test_missing_cert_manager_fails_after_everything_else() -> None:
    world = FactsWorld().with_core(cert_manager=False)
    world.release(
        "o/r", "v1.0.0", metadata_yaml=metadata("1.0 v1beta1"), infrastructure__components_yaml=namespace("x")
    )
    result = world.go(emulate, V1_13_6)
    assert result.version == "v1.0.0"
    assert result.message == (
        'failed to read "cert-manager.yaml" from provider\'s repository "cert-manager": release not found for '
        'version v1.21.1, please retry later or set "GOPROXY=off" to get the current stable release: 404 Not Found'
    )


def test_a_crd_with_a_name_of_its_own_is_refused_by_init_alone() -> None:
    crd = (
        b"---\napiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata:\n  name: things.x.io\n"
        b"spec:\n  group: x.io\n  names: {kind: Widget, plural: things}\n"
    )
    world = _world(components=namespace("x-system") + crd)
    assert world.go(emulate_generate, V1_13_6).outcome is EmulatedOutcome.INSTALLS
    message = world.go(emulate, V1_13_6).message
    assert message is not None
    assert message.startswith('ERROR: CRD name "things.x.io" is invalid for a CRD referenced in a core')
    assert 'it should be "widgets.x.io"' in message


def test_a_crd_may_be_excused_by_an_annotation_or_an_irregular_plural() -> None:
    crds = b"".join(
        b"---\napiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata:\n"
        b"  name: %s.x.io\n  annotations: {%s}\nspec:\n  group: x.io\n  names: {kind: %s}\n" % row
        for row in (
            (b"things", b"clusterctl.cluster.x-k8s.io/skip-crd-name-preflight-check: ''", b"Widget"),
            (b"proxies", b"", b"Proxy"),
            (b"addresses", b"", b"Address"),
            (b"gateways", b"", b"Gateway"),
            (b"indices", b"", b"Index"),
        )
    )
    assert _world(components=namespace("x") + crds).go(emulate, V1_13_6).outcome is EmulatedOutcome.INSTALLS


def test_a_pin_is_lower_cased_by_the_older_release_only() -> None:
    world = _world().release(
        "o/r",
        "v1.0.0-RC1",
        metadata_yaml=metadata("1.0 v1beta1"),
        infrastructure__components_yaml=namespace("x"),
    )
    assert world.go(emulate, V1_13_6, tag="v1.0.0-RC1").outcome is EmulatedOutcome.INSTALLS
    old = world.go(emulate, V1_10_1, tag="v1.0.0-RC1")
    assert (old.outcome, old.version) == (EmulatedOutcome.FAILS, "v1.0.0-rc1")
    assert old.message is not None
    assert old.message.startswith('failed to get provider components for the "x:v1.0.0-RC1" provider: ')


def test_a_provider_without_a_row_is_not_configured() -> None:
    assert _world().go(emulate, V1_13_6, address=None).message == (
        'failed to get provider components for the "x" provider: failed to get configuration for the '
        "InfrastructureProvider with name x. Please check the provider name and/or add configuration for new "
        "providers using the .clusterctl config file"
    )


def test_a_fact_that_could_not_be_had_leaves_the_outcome_open() -> None:
    world = _world()
    world.answers[ProxyList(base=_PROXY, module=_MODULE)] = Unavailable()
    result = world.go(emulate, V1_13_6)
    assert (result.outcome, result.version, result.message) == (EmulatedOutcome.UNKNOWN, None, None)


def test_a_version_that_does_not_parse_is_reported_by_validation() -> None:
    world = _world().release(
        "o/r", "main", metadata_yaml=metadata("1.0 v1beta1"), infrastructure__components_yaml=namespace("x")
    )
    assert world.go(emulate, V1_13_6, tag="main").message == (
        'failed to parse current version for the x/infrastructure-x provider: could not parse "main" as version'
    )
    assert world.go(emulate_generate, V1_13_6, tag="main").message == 'could not parse "main" as version'


class TestFailuresOfSources:
    def test_a_used_up_quota_ends_at_once(self) -> None:
        world = _world()
        world.answers[ReleaseList(owner="o", name="r")] = Failed(kind=FailureKind.RATE_LIMIT)
        result = world.go(emulate_generate, V1_13_6, GoproxyState.OFF)
        assert result.seconds == 0
        assert result.message is not None
        assert result.message.endswith(
            "failed to get repository versions: failed to get repository versions: rate limit for github api has "
            "been reached. Please wait one hour or get a personal API token and assign it to the GITHUB_TOKEN "
            "environment variable"
        )

    def test_a_quota_answered_with_429_ends_at_the_second_attempt(self) -> None:
        world = _world()
        world.answers[ReleaseList(owner="o", name="r")] = Failed(
            kind=FailureKind.STATUS, status=429, exhausted=True
        )
        assert world.go(emulate_generate, V1_13_6, GoproxyState.OFF).seconds == 10

    def test_a_failing_module_proxy_only_costs_time(self) -> None:
        world = _world()
        world.answers[ProxyList(base=_PROXY, module=_MODULE)] = Failed(kind=FailureKind.STATUS, status=500)
        result = world.go(emulate_generate, V1_13_6)
        assert (result.outcome, result.version, result.seconds) == (EmulatedOutcome.STALLS, "v1.0.0", 60)

    def test_a_repository_that_is_gone_is_asked_for_a_minute(self) -> None:
        world = _world()
        world.answers[ReleaseList(owner="o", name="r")] = Absent()
        result = world.go(emulate_generate, V1_13_6, GoproxyState.OFF)
        assert (result.outcome, result.seconds) == (EmulatedOutcome.FAILS, 60)
        assert result.message is not None
        assert result.message.endswith("failed to get repository versions: 404 Not Found")

    def test_every_file_answer_503_takes_two_minutes(self) -> None:
        world = _world()
        failed = Failed(kind=FailureKind.STATUS, status=503)
        for question in (
            Download(owner="o", name="r", tag="v1.0.0", file="metadata.yaml"),
            Asset(owner="o", name="r", tag="v1.0.0", file="metadata.yaml"),
        ):
            world.answers[question] = failed
        result = world.go(emulate_generate, V1_13_6)
        assert (result.outcome, result.seconds) == (EmulatedOutcome.FAILS, 120)
        assert result.message is not None
        assert 'failed to download file "v1.0.0" from "metadata.yaml" release' in result.message

    def test_a_failing_release_is_reported(self) -> None:
        world = _world()
        world.answers[ReleaseByTag(owner="o", name="r", tag="v1.0.0")] = Failed(
            kind=FailureKind.STATUS, status=401, text="Bad credentials"
        )
        message = world.go(emulate_generate, V1_13_6, GoproxyState.OFF).message
        assert message is not None
        assert message.endswith(
            'failed to get GitHub release v1.0.0: failed to read release "v1.0.0": GET '
            "https://api.github.com/repos/o/r/releases/tags/v1.0.0: 401 Bad credentials []"
        )

    def test_a_broken_connection_is_reported_with_its_address(self) -> None:
        world = _world()
        world.answers[ReleaseList(owner="o", name="r")] = Failed(kind=FailureKind.CONNECTION, text="EOF")
        message = world.go(emulate_generate, V1_13_6, GoproxyState.OFF).message
        assert message is not None
        assert message.endswith(
            'failed to get the list of releases: Get "https://api.github.com/repos/o/r/releases?per_page=100": EOF'
        )

    def test_a_silent_download_hangs_for_ever(self) -> None:
        world = _world()
        world.answers[Download(owner="o", name="r", tag="v1.0.0", file="metadata.yaml")] = Failed(
            kind=FailureKind.SILENCE
        )
        result = world.go(emulate_generate, V1_13_6)
        assert (result.outcome, result.version, result.message) == (EmulatedOutcome.STALLS, None, None)

    def test_a_proxy_that_knows_every_major_never_ends(self) -> None:
        world = _world()
        for major in range(1, 101):
            world.answers[ProxyList(base=_PROXY, module=_MODULE, major=major)] = Found(value="v1.0.0\n")
        assert world.go(emulate_generate, V1_13_6).outcome is EmulatedOutcome.STALLS

    def test_a_proxy_without_versions_leads_to_the_release_list(self) -> None:
        world = _world()
        world.answers[ProxyList(base=_PROXY, module=_MODULE)] = Absent()
        result = world.go(emulate_generate, V1_13_6)
        assert (result.outcome, result.seconds) == (EmulatedOutcome.INSTALLS, 0)
        assert ReleaseList(owner="o", name="r") in world.asked


def test_a_proxy_of_the_user_stands_in_for_the_default_one() -> None:
    world = _world()
    world.go(emulate_generate, V1_13_6, goproxy_value="https://user:pw@goproxy.example/path,direct")
    assert ProxyList(base="https://goproxy.example", module=_MODULE) in world.asked


@pytest.mark.parametrize("value", ["off", "direct", "file:///x"])
def test_a_user_without_a_proxy_gets_the_default_one_in_the_row_unset(value: str) -> None:
    world = _world()
    world.go(emulate_generate, V1_13_6, goproxy_value=value)
    assert ProxyList(base=_PROXY, module=_MODULE) in world.asked


def test_nothing_is_known_at_first() -> None:
    request = EmulationRequest(
        release=V1_13_6,
        goproxy=GoproxyState.UNSET,
        key=INFRASTRUCTURE,
        addresses={INFRASTRUCTURE: "https://github.com/o/r/releases/latest/x.yaml"},
    )
    missing = emulate_generate(request, {}, ComponentsReader(lambda _: None))
    assert isinstance(missing, MissingFacts)
    assert ProxyList(base=_PROXY, module=_MODULE) in missing.questions


def test_init_asks_for_all_providers_at_once() -> None:
    world = _world()
    world.go(emulate, V1_13_6)
    assert world.rounds <= 4
