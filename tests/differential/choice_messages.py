"""For each case of the failure catalogue, a world in which ``generate provider`` of a real release shows it."""

from __future__ import annotations

from msgspec.structs import replace

from capyctl.lab.world import Fault, FaultKind, Quota
from tests.differential.choice_runs import ChoiceCase, Listing
from tests.differential.choice_worlds import scenario_case
from tests.differential.emulation_cases import release, series, world
from tests.plugins.packaged_scenarios import packaged_scenario

SILENT_CASES = {
    "F05": "an override in a folder that is not read is passed over without a word",
    "F31": "the newest major is not seen, and an older version is taken without a word",
    "F34": "the hidden major is not seen, and an older version is taken without a word",
    "F46": "since v1.11.1 a metadata.yaml without its kind is accepted again, and v1.10.1 never minded",
    "F54": "it asks for no cluster template",
    "F56": "looking with --describe demands no variable; init list-images does, and needs a cluster",
    "F58": "an image override that matches nothing is passed over without a word",
}
"""Cases of issue 3 item 9 of which ``generate provider`` of these releases says nothing, and why."""

SLOW_CASES = ("F25", "F33")
"""Cases that take a minute to show."""

_CONFIGURATION = ".config/cluster-api/clusterctl.yaml"
_METADATA = b"apiVersion: clusterctl.cluster.x-k8s.io/v1alpha3\nkind: Metadata\nreleaseSeries:\n"
_SCENARIOS = {
    "F01": "build-metadata-in-version",
    "F07": "wrong-api-version",
    "F12": "download-address",
    "F13": "enterprise-host",
    "F17": "renamed-organisation",
    "F18": "renamed-repository-goproxy-off",
    "F19": "archived-project",
    "F22": "gitlab-path-not-encoded",
    "F23": "gitlab-private",
    "F28": "tag-without-release-pinned",
    "F32": "rate-limit",
    "F39": "metadata-missing",
    "F40": "newest-incomplete",
    "F41": "release-being-built",
    "F43": "own-series-missing",
    "F50": "contract-too-old",
    "F52": "contract-too-old",
    "F53": "components-missing",
    "F55": "required-variable-unset",
}
_WITH_GOPROXY_OFF = {"F15", "F17", "F18", "F20", "F21", "F32", "F33"}


def message_cases() -> dict[str, ChoiceCase]:
    """The world and words of every case that is shown, by the catalogue's id."""
    found = {case: _scenario(name) for case, name in _SCENARIOS.items()}
    found |= _unknown_names() | _local_trees() | _versions() | _networks() | _moved()
    return {case: _in_its_state(case, found[case]) for case in sorted(found)}


def _in_its_state(case: str, found: ChoiceCase) -> ChoiceCase:
    listing = Listing.OFF if case in _WITH_GOPROXY_OFF else Listing.UNSET
    return replace(found, name=case, listings=(listing,))


def _scenario(name: str, *words: str) -> ChoiceCase:
    found = scenario_case(packaged_scenario(name))
    return replace(found, words=words) if words else found


def _unknown_names() -> dict[str, ChoiceCase]:
    return {
        "F02": _scenario("sound", "--infrastructure", "nosuch"),
        "F03": _scenario("sound", "--infrastructure", "infrastructure-azure"),
        "F04": _scenario("sound", "--infrastructure", "kubeswift-io"),
    }


def _configured(address: str) -> bytes:
    return f"providers:\n- {{name: x, type: InfrastructureProvider, url: '{address}'}}\n".encode()


def _local(address: str, **files: bytes) -> ChoiceCase:
    folder = "repo/infrastructure-x"
    home = {f"{folder}/{name.replace('__', '/')}": data for name, data in files.items()}
    return ChoiceCase(
        name="local",
        world=world(),
        words=("--infrastructure", "x"),
        home={_CONFIGURATION: _configured(address), **home},
    )


def _local_trees() -> dict[str, ChoiceCase]:
    tree = "{home}/repo/infrastructure-x/latest/infrastructure-components.yaml"
    development = {
        "v1.1.99/metadata.yaml": series("1.0 v1beta1"),
        "v1.1.99/infrastructure-components.yaml": b"",
    }
    return {
        "F08": _local(tree.replace("{home}", "$HOME")),
        "F09": _local(tree),
        "F10": _local(tree, **{"v0.3.8/infrastructure-components.yaml": b""}),
        "F11": _local(tree, **{"docker/infrastructure-components.yaml": b""}),
        "F47": _local(tree.replace("latest", "v1.1.99"), **development),
    }


def _versions() -> dict[str, ChoiceCase]:
    github = _configured("https://github.com/acme/capx/releases/latest/infrastructure-components.yaml")
    candidate = ChoiceCase(
        name="pre-release",
        world=world(release("v1.1.0-rc.0", series("1.0 v1alpha4"))),
        words=("--infrastructure", "x"),
        home={_CONFIGURATION: github},
    )
    return {
        "F26": _scenario("tag-without-release", "--addon", "helm:v0.6.5"),
        "F27": _scenario("withdrawn-release", "--infrastructure", "aws:v2.11.2"),
        "F30": _scenario("branch-marker-alpha", "--infrastructure", "openstack:v0.15.0-alpha.0"),
        "F35": candidate,
        "F36": _scenario("newest-contract-too-new", "--infrastructure", "aws:v3.0.0"),
    }


def _networks() -> dict[str, ChoiceCase]:
    refused = Fault(kind=FaultKind.REFUSED)
    helm = _scenario("sound", "--addon", "helm:v0.6.4")
    quota = Quota(limit=60, remaining=0)
    return {
        # GitHub's token under a key of the file that clusterctl's client does not read (W-16).
        "F15": replace(
            helm, world=replace(helm.world, quota=quota), home={_CONFIGURATION: b"GITHUB_TOKEN: good-token\n"}
        ),
        "F25": replace(helm, world=replace(helm.world, faults=(refused,))),
        "F33": replace(helm, world=replace(helm.world, faults=(Fault(kind=FaultKind.DNS),))),
    }


def _moved() -> dict[str, ChoiceCase]:
    """Both need the redirect that v1.10.1 does not survive; an override hides it from metadata.yaml in F21."""
    moved = _scenario("moved-project-no-namespace")
    override = ".config/cluster-api/overrides/ipam-in-cluster/v1.0.3/metadata.yaml"
    sound = _METADATA + b"- {major: 1, minor: 0, contract: v1beta1}\n"
    return {"F20": moved, "F21": replace(moved, home={**moved.home, override: sound})}
