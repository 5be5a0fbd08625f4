"""A resolution as ``Resolved`` of cli.md 5, and the reasons behind it."""

from __future__ import annotations

import hashlib

from msgspec.structs import replace

from capyctl.app.present import component_findings, to_resolved
from capyctl.core import codes
from capyctl.core.evidence import Hop
from capyctl.core.provider_table import RowFacts
from capyctl.ports.fetch_errors import OfflineError
from tests.unit.app.fakes import (
    COMPONENTS,
    DOWNLOAD,
    METADATA,
    NAMESPACE,
    FakeSource,
    GitHubWorld,
    failed,
    github,
    metadata,
    resolve,
    table_entry,
)


def test_a_chosen_version() -> None:
    world = GitHubWorld(proxied=["v1.1.0", "v1.0.0"], latest="v1.1.0").release("v1.0.0")
    resolved = to_resolved(resolve(world.sources()))
    assert (resolved.requested, resolved.version) == (None, "v1.0.0")
    assert (resolved.series, resolved.contract) == ((1, 0), "v1beta1")
    assert resolved.target_namespace == "widgets-system"
    assert (resolved.repository.kind, resolved.repository.name) == ("github", "acme/widgets")
    data = metadata("v1.0.0")
    file = resolved.files[METADATA]
    assert file is not None
    assert (file.size, file.sha256) == (len(data), hashlib.sha256(data).hexdigest())
    assert file.url == "https://host.example/v1.0.0/metadata.yaml"
    assert [(item.version, item.code) for item in resolved.rejected] == [
        ("v1.1.0", codes.VERSION_NOT_PUBLISHED)
    ]


def test_nothing_chosen() -> None:
    """cli.md 5: a provider for which nothing could be chosen has ``version`` null."""
    resolved = to_resolved(resolve(GitHubWorld(proxied=["v1.0.0"], latest="v1.0.0").sources()))
    assert (resolved.version, resolved.series, resolved.contract) == (None, None, None)
    assert resolved.files == {}
    assert resolved.target_namespace is None
    assert [item.version for item in resolved.rejected] == ["v1.0.0"]


def test_a_pin_rejects_nothing() -> None:
    """cli.md 5: for a pinned reference ``rejected`` is empty."""
    world = GitHubWorld().release("v1.0.0")
    pinned = to_resolved(resolve(world.sources(), "bootstrap-widgets:1.0.0"))
    assert (pinned.requested, pinned.version, pinned.rejected) == ("1.0.0", "v1.0.0", ())
    by_address = resolve(GitHubWorld().sources(), entry=table_entry(location=github("v9.9.9")))
    assert to_resolved(by_address).rejected == ()


def test_a_file_is_null_where_the_run_cannot_have_it() -> None:
    world = GitHubWorld(proxied=["v1.0.0"])
    world.files["v1.0.0", METADATA] = metadata("v1.0.0")
    world.files["v1.0.0", COMPONENTS] = failed(OfflineError, "snapshot")
    assert to_resolved(resolve(world.sources())).files[COMPONENTS] is None


def test_a_redirect_names_the_repository_today() -> None:
    """F17: 301 to another owner and name."""
    world = GitHubWorld().release("v1.0.0")
    download = FakeSource(
        route=DOWNLOAD,
        files=world.files,
        hops=(Hop(url="https://github.com/old/widgets/releases/download/v1.0.0/f", status=301),),
        final_url="https://github.com/acme/widgets/releases/download/v1.0.0/f",
    )
    resolution = resolve(replace(world.sources(), files=(download,)), "bootstrap-widgets:v1.0.0")
    repository = to_resolved(resolution).repository
    assert (repository.name, repository.formerly) == ("acme/widgets", ("old/widgets",))


def test_the_table_names_the_repository_today_without_any_question() -> None:
    facts = RowFacts(canonical="new/widgets", formerly=("acme/widgets",))
    world = GitHubWorld().release("v1.0.0")
    resolution = resolve(world.sources(), "bootstrap-widgets:v1.0.0", entry=table_entry(facts=facts))
    repository = to_resolved(resolution).repository
    assert (repository.name, repository.formerly) == ("new/widgets", ("acme/widgets",))


def test_findings_about_components_of_the_chosen_version() -> None:
    world = GitHubWorld().release("v1.0.0")
    world.files["v1.0.0", COMPONENTS] = NAMESPACE.replace(b"widgets-system", b"${WHERE}")
    found = component_findings(resolve(world.sources(), "bootstrap-widgets:v1.0.0"))
    assert codes.INSPECTION_NEEDS_NO_VARIABLES in {item.code for item in found}
    assert component_findings(resolve(GitHubWorld().sources(), "bootstrap-widgets:v1.0.0")) == ()
