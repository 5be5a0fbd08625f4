from __future__ import annotations

from capyctl.app.generate import Generated, generate_components
from capyctl.app.inspection import ComponentsPolicy
from capyctl.app.resolution import ResolveRequest
from capyctl.app.resolve import Resolver
from capyctl.core import codes
from capyctl.core.invocation import Invocation
from capyctl.ports.fetch_errors import FetchError, OfflineError
from tests.unit.app.fakes import (
    COMPONENTS,
    DOWNLOAD,
    NAMESPACE,
    FakeCatalog,
    GitHubWorld,
    RoundAsker,
    evidence,
    target,
)

ASKING = NAMESPACE + b"  annotations: {zone: '${WIDGETS_ZONE}'}\n"


def generate(components: bytes | FetchError, *, describe: bool = False) -> Generated:
    world = GitHubWorld(proxied=["v1.0.0"], latest="v1.0.0").release("v1.0.0")
    world.files["v1.0.0", COMPONENTS] = components
    wanted = target()
    resolver = Resolver(
        catalog=FakeCatalog({wanted.label: world.sources()}),
        asker=RoundAsker(),
        components=ComponentsPolicy(lookup=lambda _: None, render=not describe),
    )
    (resolution,) = resolver.resolve(ResolveRequest(targets=(wanted,)))
    return generate_components(resolution, Invocation(words=("generate", "provider")), describe=describe)


def test_sound_components_are_made() -> None:
    made = generate(NAMESPACE)
    assert made.provider.version == "v1.0.0"
    assert len(made.objects) == 1
    assert made.diagnostics == ()


def test_a_value_that_is_not_set_stops_whoever_installs() -> None:
    made = generate(ASKING)
    assert made.objects == ()
    assert [(item.code, item.is_error) for item in made.diagnostics] == [(codes.VARIABLES_UNSET, True)]


def test_and_not_whoever_looks() -> None:
    made = generate(ASKING, describe=True)
    assert made.rendered is not None
    assert [item.name for item in made.rendered.variables] == ["WIDGETS_ZONE"]
    assert not any(item.is_error for item in made.diagnostics)


def test_a_file_that_this_run_may_not_ask_for_is_an_error_where_it_should_be_printed() -> None:
    made = generate(OfflineError(evidence(DOWNLOAD, failure="offline"), "this run is offline"))
    assert made.provider.version == "v1.0.0"
    assert made.objects == ()
    last = made.diagnostics[-1]
    assert (last.code, last.is_error) == (codes.FILE_NOT_AVAILABLE_OFFLINE, True)
