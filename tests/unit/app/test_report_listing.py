"""What is said of the repository itself: renamed on the way, or known to be so (F17, F18)."""

from __future__ import annotations

from msgspec.structs import replace

from capyctl.app.report_listing import about_credentials, about_listing, about_repository
from capyctl.core import codes
from capyctl.core.diagnostics import Severity, Span
from capyctl.core.evidence import Hop
from capyctl.core.listed import RepositoryFacts
from capyctl.core.provider_table import RowFacts
from tests.unit.app.fakes import WEB, FakeSource, GitHubWorld, resolve, table_entry

OLD = "https://github.com/acme/widgets/releases/latest"
NEW = "https://github.com/better/widgets/releases/latest"


def test_a_rename_by_redirect() -> None:
    world = GitHubWorld(proxied=["v1.0.0"]).release("v1.0.0")
    facts = RepositoryFacts(full_name="better/widgets", latest="v1.0.0")
    web = FakeSource(route=WEB, facts=facts, hops=(Hop(url=OLD, status=301),), final_url=NEW)
    resolution = resolve(replace(world.sources(), latest=web))
    [found] = about_repository(resolution)
    assert (found.code, found.severity) == (codes.REPOSITORY_RENAMED, Severity.WARNING)
    assert "acme/widgets" in found.detail
    assert "better/widgets" in found.detail
    assert len(found.evidence) == 1
    assert "https://github.com/better/widgets/releases/latest/" in found.fixes[0].title


def test_a_rename_by_the_table_needs_no_question() -> None:
    span = Span(file="clusterctl.yaml", line=4, column=5, end_line=4, end_column=50)
    entry = replace(
        table_entry(facts=RowFacts(canonical="better/widgets")), span=span, origin="clusterctl.yaml"
    )
    world = GitHubWorld().release("v1.0.0")
    [found] = about_repository(resolve(world.sources(), "bootstrap-widgets:v1.0.0", entry=entry))
    assert found.code is codes.REPOSITORY_RENAMED
    assert found.evidence == ()
    assert found.spans == (span,)
    bare = replace(entry, span=None)
    [without] = about_repository(resolve(world.sources(), "bootstrap-widgets:v1.0.0", entry=bare))
    assert without.spans == ()


def test_a_repository_of_its_own_name() -> None:
    world = GitHubWorld().release("v1.0.0")
    resolution = resolve(world.sources(), "bootstrap-widgets:v1.0.0")
    assert about_repository(resolution) == []
    assert about_credentials(resolution) == []
    assert about_listing(resolution) == []


def test_a_temporary_redirect_is_no_rename() -> None:
    world = GitHubWorld(proxied=["v1.0.0"], latest="v1.0.0").release("v1.0.0")
    latest = world.sources().latest
    assert isinstance(latest, FakeSource)
    latest.hops, latest.final_url = (Hop(url=OLD, status=302),), NEW
    assert about_repository(resolve(replace(world.sources(), latest=latest))) == []
