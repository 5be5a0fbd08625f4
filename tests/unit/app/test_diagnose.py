"""The verdict on a provider, causes over consequences, crashed checks said (issue 3 item 7)."""

from __future__ import annotations

from msgspec.structs import replace

from capyctl.app.diagnose import Diagnosis, Diagnostician
from capyctl.app.resolution import ResolveRequest, Target
from capyctl.core import codes
from capyctl.core.causes import root_of
from capyctl.core.diagnostics import Applicability, Diagnostic, Severity, Subject
from capyctl.core.emulation_request import Emulated, EmulatedOutcome, GoproxyState
from capyctl.core.invocation import Invocation
from capyctl.core.listed import ListedVersion
from capyctl.core.verdict import Verdict
from capyctl.ports.catalog import ProviderSources
from capyctl.ports.fetch_errors import BadAnswerError
from tests.unit.app.fakes import (
    API,
    COMPONENTS,
    DOWNLOAD,
    LOOKING,
    METADATA,
    NAMESPACE,
    PROXY,
    WEB,
    FakeCatalog,
    FakeRetractions,
    FakeSource,
    GitHubWorld,
    RoundAsker,
    failed,
    metadata,
    silent,
    target,
)


class NoonClock:
    """A clock that stands still."""

    def now(self) -> str:
        return "2026-11-21T12:00:00Z"

    def monotonic(self) -> float:
        return 0.0

    def sleep(self, seconds: float) -> None:
        del seconds


ROW = Emulated(
    release="v1.10.1", goproxy=GoproxyState.OFF, outcome=EmulatedOutcome.FAILS, version=None, message="no"
)


def emulated(of: Target) -> tuple[Emulated, ...]:
    del of
    return (ROW,)


def crashing(of: Target) -> tuple[Emulated, ...]:
    raise ZeroDivisionError(of.pin)


def diagnose(
    sources: ProviderSources,
    reference: str = "bootstrap-widgets",
    *,
    crashes: bool = False,
    about: tuple[Diagnostic, ...] = (),
) -> Diagnosis:
    diagnostician = Diagnostician(
        catalog=FakeCatalog({"bootstrap-widgets": sources}),
        asker=RoundAsker(),
        components=LOOKING,
        clock=NoonClock(),
        emulate=crashing if crashes else emulated,
    )
    request = ResolveRequest(targets=(target(reference),))
    invocation = Invocation(words=("diagnose-provider", reference))
    return diagnostician.diagnose(request, invocation, about)[0]


def codes_of(found: Diagnosis) -> list[codes.Code]:
    return [item.code for item in found.diagnostics]


def sound() -> GitHubWorld:
    return GitHubWorld(proxied=["v1.0.0"], records=["v1.0.0"], latest="v1.0.0").release("v1.0.0")


def test_sound() -> None:
    found = diagnose(sound().sources())
    assert (found.verdict, found.version, found.diagnostics) == (Verdict.SOUND, "v1.0.0", ())
    assert found.clusterctl == (ROW,)
    assert {piece.route for piece in found.routes} == {PROXY, WEB, API, DOWNLOAD}


def test_degraded() -> None:
    world = GitHubWorld(proxied=["v1.1.0", "v1.0.0"], latest="v1.1.0").release("v1.0.0")
    found = diagnose(world.sources())
    assert (found.verdict, found.version) == (Verdict.DEGRADED, "v1.0.0")


def test_what_the_table_already_says_counts_for_the_verdict_of_its_provider() -> None:
    def known(label: str) -> Diagnostic:
        return Diagnostic(
            code=codes.REPOSITORY_ARCHIVED,
            severity=Severity.WARNING,
            detail="archived",
            subject=Subject(provider=label),
        )

    assert diagnose(sound().sources(), about=(known("bootstrap-widgets"),)).verdict is Verdict.DEGRADED
    assert diagnose(sound().sources(), about=(known("bootstrap-others"),)).verdict is Verdict.SOUND


def test_broken() -> None:
    world = GitHubWorld(proxied=["v1.0.0"], records=["v1.0.0"], latest="v1.0.0")
    world.files["v1.0.0", METADATA] = metadata("v0.9.0")
    world.files["v1.0.0", COMPONENTS] = NAMESPACE
    found = diagnose(world.sources())
    assert (found.verdict, found.version) == (Verdict.BROKEN, None)
    assert codes.OWN_SERIES_MISSING in codes_of(found)


def test_undetermined() -> None:
    world = GitHubWorld(proxied=silent(PROXY), records=silent(API), latest=silent(WEB))
    assert diagnose(world.sources()).verdict is Verdict.UNDETERMINED


def test_a_withdrawn_version_is_the_cause_of_what_follows_from_it() -> None:
    """F27: neither tag nor release; everything else is folded under it, each told once."""
    world = GitHubWorld(proxied=["v1.0.0"], records=(), latest=None)
    tags = FakeSource(route=API, listed=())
    found = diagnose(replace(world.sources(), tags=(tags,)))
    assert found.verdict is Verdict.BROKEN
    roots = [item for item in found.diagnostics if item.caused_by is None]
    assert [item.code for item in roots] == [codes.VERSION_WITHDRAWN]
    assert {root_of(item).code for item in found.diagnostics} == {codes.VERSION_WITHDRAWN}
    listed = set(found.diagnostics)
    assert all(item.caused_by in listed for item in found.diagnostics if item.caused_by is not None)


def retracting(text: str) -> Diagnosis:
    world = GitHubWorld(proxied=["v1.0.0", "v0.9.0"], records=["v1.0.0", "v0.9.0"], latest="v1.0.0")
    world.release("v1.0.0").release("v0.9.0")
    return diagnose(replace(world.sources(), retractions=FakeRetractions(text=text, asked=world.asked)))


def test_a_retracted_choice_is_chosen_all_the_same_and_the_newest_kept_version_is_named() -> None:
    found = retracting("retract v1.0.0 // loses data")
    assert (found.verdict, found.version) == (Verdict.DEGRADED, "v1.0.0")
    [told] = [item for item in found.diagnostics if item.code is codes.VERSION_RETRACTED]
    assert [(fix.applicability, fix.command) for fix in told.fixes] == [
        (Applicability.REVIEW, "capyctl diagnose-provider bootstrap-widgets:v0.9.0")
    ]


def test_where_every_version_is_retracted_none_is_named() -> None:
    found = retracting("retract [v0.0.0, v1.9.0]")
    told = [item for item in found.diagnostics if item.code is codes.VERSION_RETRACTED]
    assert [(item.severity, item.fixes) for item in told] == [(Severity.WARNING, ()), (Severity.NOTE, ())]


def test_a_pin_that_cannot_be_chosen_shows_the_newest_version_that_can() -> None:
    world = sound()
    world.files["v0.9.0", METADATA] = metadata("v0.8.0")
    world.files["v0.9.0", COMPONENTS] = NAMESPACE
    found = diagnose(world.sources(), "bootstrap-widgets:v0.9.0")
    [error] = [item for item in found.diagnostics if item.code is codes.OWN_SERIES_MISSING]
    assert error.fixes[0].command == "capyctl diagnose-provider bootstrap-widgets:v1.0.0"


def test_a_release_in_progress_explains_its_missing_file() -> None:
    """F41, by a clock that is given."""
    record = ListedVersion(
        tag="v1.1.0", draft=False, published_at="2026-11-21T11:54:00Z", assets=((COMPONENTS, 9),)
    )
    older = ListedVersion(tag="v1.0.0", draft=False, assets=((METADATA, 9), (COMPONENTS, 9)))
    world = GitHubWorld(proxied=["v1.1.0", "v1.0.0"], records=[record, older], latest="v1.1.0")
    world.release("v1.0.0").files["v1.1.0", COMPONENTS] = NAMESPACE
    found = diagnose(world.sources())
    missing = [item for item in found.diagnostics if item.code is codes.METADATA_MISSING]
    assert missing
    assert {root_of(item).code for item in missing} == {codes.RELEASE_IN_PROGRESS}


def test_wrong_bytes_on_a_route_that_was_not_needed() -> None:
    world = sound()
    wrong = failed(BadAnswerError, API, failure="digest-differs")
    spare = FakeSource(route=API, listed=["v1.0.0"], files={("v1.0.0", METADATA): wrong})
    sources = world.sources()
    found = diagnose(replace(sources, files=(sources.files[0], spare)))
    assert codes.ANSWER_DIFFERS in codes_of(found)
    assert found.verdict is Verdict.DEGRADED


def test_values_that_installing_needs_are_a_note() -> None:
    world = sound()
    world.files["v1.0.0", COMPONENTS] = NAMESPACE.replace(b"widgets-system", b"${WHERE}")
    found = diagnose(world.sources())
    told = {item.code: item for item in found.diagnostics}
    unset, looking = told[codes.VARIABLES_UNSET], told[codes.INSPECTION_NEEDS_NO_VARIABLES]
    assert "WHERE" in unset.detail
    # resolve and init each say one of them; one fact is one root cause.
    assert (unset.caused_by, looking.caused_by) == (None, unset)
    assert unset.detail not in looking.detail
    assert "WHERE" not in looking.detail
    assert found.verdict is Verdict.SOUND


def test_a_check_that_crashed_is_said_and_the_others_stand() -> None:
    found = diagnose(sound().sources(), crashes=True)
    assert (found.verdict, found.clusterctl) == (Verdict.SOUND, ())
    [crash] = found.diagnostics
    assert crash.code is codes.INTERNAL_FAULT
    assert "ZeroDivisionError" in crash.detail
    assert "bug in capyctl" in crash.detail


def test_an_address_that_cannot_be_read_is_broken_and_asks_nothing() -> None:
    diagnostician = Diagnostician(
        catalog=FakeCatalog({}),
        asker=RoundAsker(),
        components=LOOKING,
        clock=NoonClock(),
        emulate=emulated,
    )
    found = diagnostician.unusable(target())
    assert (found.verdict, found.version, found.routes) == (Verdict.BROKEN, None, ())
    assert found.clusterctl == (ROW,)
