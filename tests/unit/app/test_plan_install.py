"""Planning an installation (clusterctl-resolution 1.5 and 8.3; cli.md 5, ``init --dry-run``)."""

from __future__ import annotations

import pytest
from msgspec.structs import replace

from capyctl.app.inspection import ComponentsPolicy
from capyctl.app.plan_install import CertManager, InstallPlan, InstallPlanner, with_defaults
from capyctl.app.resolution import ResolveRequest, Target
from capyctl.core import codes
from capyctl.core.diagnostics import Applicability, Fix, Severity
from capyctl.core.evidence import Hop
from capyctl.core.identity import ProviderKey, ProviderReference, ProviderType
from capyctl.core.images import ImageOverride
from capyctl.core.invocation import Invocation
from capyctl.core.location import GitHubReleases
from capyctl.core.provider_table import TableEntry
from capyctl.ports.catalog import ProviderSources
from capyctl.ports.fetch_errors import OfflineError
from tests.unit.app.fakes import (
    DOWNLOAD,
    LOOKING,
    FakeCatalog,
    FakeSource,
    GitHubWorld,
    RoundAsker,
    failed,
    github,
    silent,
    table_entry,
    target,
)

CERT_FILE = "cert-manager.yaml"
MANIFEST = b"""\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: cert-manager
  namespace: cert-manager
spec:
  template:
    spec:
      containers:
        - name: controller
          image: quay.io/jetstack/cert-manager-controller:v1.21.1
"""


def reference(name: str, kind: ProviderType) -> ProviderReference:
    return ProviderReference(text=name, name=name, type=kind)


def names(found: tuple[ProviderReference, ...]) -> list[tuple[ProviderType | None, str]]:
    return [(item.type, item.name) for item in found]


KUBEADM = (
    (ProviderType.BOOTSTRAP, "kubeadm"),
    (ProviderType.CONTROL_PLANE, "kubeadm"),
)
CORE = (ProviderType.CORE, "cluster-api")


def test_a_first_run_brings_core_and_kubeadm() -> None:
    assert names(with_defaults((), frozenset())) == [CORE, *KUBEADM]


def test_a_named_type_replaces_its_default_alone() -> None:
    k0s = reference("k0sproject-k0smotron", ProviderType.BOOTSTRAP)
    assert names(with_defaults((k0s,), frozenset())) == [
        CORE,
        (ProviderType.CONTROL_PLANE, "kubeadm"),
        (ProviderType.BOOTSTRAP, "k0sproject-k0smotron"),
    ]


def test_a_settled_type_brings_nothing() -> None:
    """clusterctl-resolution 1.2: ``-`` suppresses the default."""
    assert names(with_defaults((), frozenset({ProviderType.BOOTSTRAP}))) == [CORE, KUBEADM[1]]


def cert_manager() -> CertManager:
    location = GitHubReleases(
        host="github.com",
        api_base="https://api.github.com",
        owner="cert-manager",
        name="cert-manager",
        channel="v1.21.1",
        components_file=CERT_FILE,
    )
    entry = TableEntry(
        key=ProviderKey(type=ProviderType.CORE, name="cert-manager"),
        url=f"https://github.com/cert-manager/cert-manager/releases/v1.21.1/{CERT_FILE}",
        location=location,
    )
    return CertManager(version="v1.21.1", entry=entry)


def plan(
    manifest: bytes | Exception | None = MANIFEST,
    *,
    targets: tuple[Target, ...] | None = None,
    components: ComponentsPolicy = LOOKING,
    with_cert_manager: bool = True,
    named: CertManager | None = None,
    asker: RoundAsker | None = None,
    moved_to: str | None = None,
) -> InstallPlan:
    world = GitHubWorld(proxied=["v1.0.0"], latest="v1.0.0").release("v1.0.0")
    files = {} if manifest is None else {("v1.21.1", CERT_FILE): manifest}
    old = "https://github.com/cert-manager/cert-manager/releases/download/v1.21.1/cert-manager.yaml"
    hops = (Hop(url=old, status=301),) if moved_to else ()
    download = FakeSource(route=DOWNLOAD, files=files, hops=hops, final_url=moved_to)  # type: ignore[arg-type]
    catalog = FakeCatalog(
        {
            "bootstrap-widgets": world.sources(),
            "control-plane-widgets": world.sources(),
            "cert-manager": ProviderSources(files=(download,)),
        }
    )
    planner = InstallPlanner(
        catalog=catalog,
        asker=asker or RoundAsker(),
        components=components,
        cert_manager=named or cert_manager() if with_cert_manager else None,
    )
    return planner.plan(ResolveRequest(targets=targets or (target(),)), Invocation(words=("init",)))


def test_a_plan_holds_cert_manager_and_every_image() -> None:
    found = plan()
    assert found.cert_manager == "v1.21.1"
    assert [item.version for item in found.providers] == ["v1.0.0"]
    assert found.images == ("quay.io/jetstack/cert-manager-controller:v1.21.1",)
    assert found.diagnostics == ()


def test_providers_stand_in_install_order() -> None:
    control_plane = table_entry("widgets", ProviderType.CONTROL_PLANE, replace(github(), name="planes"))
    found = plan(targets=(target("control-plane-widgets", control_plane), target()))
    assert [item.key.manifest_label for item in found.providers] == [
        "bootstrap-widgets",
        "control-plane-widgets",
    ]


def test_the_same_provider_twice_is_refused() -> None:
    """clusterctl-resolution 8.3: a management cluster holds one instance."""
    found = plan(targets=(target("bootstrap-widgets:v1.0.0"), target("widgets:v1.0.0")))
    assert [(item.code, item.severity) for item in found.diagnostics] == [(codes.USAGE, Severity.ERROR)]


def test_no_cert_manager_where_its_address_is_bad() -> None:
    found = plan(with_cert_manager=False)
    assert (found.cert_manager, found.images) == (None, ())


def test_a_former_address_of_cert_manager_is_said() -> None:
    """F20: cert-manager moved from jetstack to an organisation of its own."""
    found = plan(moved_to="https://github.com/other/cert-manager/releases/download/v1.21.1/cert-manager.yaml")
    [renamed] = found.diagnostics
    assert (renamed.code, renamed.severity) == (codes.REPOSITORY_RENAMED, Severity.WARNING)
    assert renamed.subject.provider == "cert-manager"
    assert "other/cert-manager" in renamed.fixes[0].title


@pytest.mark.parametrize(
    ("manifest", "code", "severity"),
    [
        (None, codes.VERSION_NOT_FOUND, Severity.ERROR),
        (silent(DOWNLOAD), codes.SOURCE_SILENT, Severity.ERROR),
        (failed(OfflineError, "snapshot"), codes.FILE_NOT_AVAILABLE_OFFLINE, Severity.NOTE),
        (b"a: [", codes.COMPONENTS_UNREADABLE, Severity.ERROR),
    ],
)
def test_a_manifest_that_could_not_be_had(
    manifest: bytes | Exception | None, code: codes.Code, severity: Severity
) -> None:
    [found] = plan(manifest).diagnostics
    assert (found.code, found.severity) == (code, severity)
    assert found.subject.provider == "cert-manager"
    assert found.subject.version == "v1.21.1"


def test_who_named_the_version_of_cert_manager_says_how_to_name_another() -> None:
    way = Fix(applicability=Applicability.REVIEW, title="name another one")
    [found] = plan(None, named=replace(cert_manager(), ways_out=(way,))).diagnostics
    assert found.fixes == (way,)


def test_an_image_override_that_matches_nothing_is_a_note() -> None:
    """F58."""
    override = ImageOverride(repository="registry.example/x")
    used = replace(LOOKING, image_overrides={"cert-manager": override})
    assert plan(components=used).images == ("registry.example/x/cert-manager-controller:v1.21.1",)
    assert plan(components=used).diagnostics == ()
    dead = replace(LOOKING, image_overrides={"nobody": override})
    [found] = plan(components=dead).diagnostics
    assert (found.code, found.severity) == (codes.IMAGE_OVERRIDE_UNUSED, Severity.NOTE)
    assert "nobody" in found.detail
    assert [item.code for item in plan(None, components=dead).diagnostics] == [codes.VERSION_NOT_FOUND]
