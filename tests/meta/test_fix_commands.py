"""Every way of making a command for a fix, in every form of command: our own parser takes what it gives (cli.md 4).

Nothing is asked of anybody here: the commands run offline, in a folder with a lock and a spec, without a cluster.
"""

from __future__ import annotations

import importlib
import shlex
from collections.abc import Iterator
from pathlib import Path

import pytest
import typer
from msgspec.structs import replace
from typer.core import TyperOption

from capyctl.app.cache_diagnostics import cache_troubles
from capyctl.app.kept_version import with_kept_pin
from capyctl.app.pin_fixes import pin_fix, with_chosen_pin, without_pin
from capyctl.app.report_failure import about_failure
from capyctl.app.resolution import ProviderResolution, Target
from capyctl.app.ways_out import with_ways_out
from capyctl.cli.command_table import COMMANDS
from capyctl.core import codes
from capyctl.core.contract import NEWEST_CORE_CONTRACT
from capyctl.core.diagnostics import Diagnostic, Fix, Severity, Subject
from capyctl.core.identity import ProviderType, parse_reference
from capyctl.core.invocation import _TYPES, _VALUED, Invocation
from capyctl.core.lock_origin import LockOrigin
from capyctl.core.lock_spec import read_spec
from capyctl.core.provider_lookup import Lookup
from capyctl.core.requirement import Requirement
from capyctl.core.rules.locked import contract_differs
from capyctl.core.rules.reference import lookup_diagnostics
from capyctl.core.selection import Judgement, NoneLeft, Standing
from capyctl.core.version import parse_version
from capyctl.ports.cache import CacheTrouble
from tests.lab.test_lock import sound
from tests.plugins.locked_world import AWS, locked_world, write_lock
from tests.scenario.playing import run_words
from tests.unit.app.fakes import table_entry

_LABEL = f"{AWS}:v2.8.1"
_FORMS = (
    f"resolve {_LABEL}",
    "resolve -i aws:v2.8.1,azure",
    "resolve --locked capyctl.lock",
    f"resolve {_LABEL} --locked=capyctl.lock -o json",
    "resolve --bundle b.tar",
    f"versions {AWS}",
    f"diagnose-provider {_LABEL}",
    f"config provider {AWS}",
    f"generate provider {_LABEL}",
    "generate provider --infrastructure=aws --locked capyctl.lock",
    "init --dry-run",
    f"init --dry-run {_LABEL}",
    "init --dry-run --locked capyctl.lock",
    "init list-images -i aws",
    "init list-images --bundle b.tar",
    "upgrade plan",
    "upgrade plan --locked capyctl.lock",
    "upgrade apply --dry-run --infrastructure aws:v2.9.1",
    "upgrade apply --dry-run --contract v1beta1",
    "upgrade apply --dry-run --plan plan.json",
    "upgrade apply --dry-run --locked capyctl.lock",
    "delete --dry-run -i aws",
    "delete --dry-run --all",
    f"lock {_LABEL}",
    "lock --kubernetes-version stable -i aws",
    "lock --check",
    "lock --check=true -o json",
    "lock --from spec.yaml",
    "lock --from=spec.yaml -o json --kubernetes-version stable",
    f"lock --update {AWS}",
    "lock --update --kubernetes-version stable",
    "kubernetes-version resolve stable",
    "kubernetes-version resolve stable --locked capyctl.lock",
    "kubernetes-version resolve --e2e-config e2e.yaml",
    "kubernetes-version image v1.34.1 --inspect",
    "bundle create b2.tar --locked capyctl.lock",
    "bundle create b2.tar --locked capyctl.lock --offline --no-cache",
    "bundle verify b.tar",
    "cluster check",
    "cache info",
    "config view",
)
_SPEC = f"format: capyctl-spec/1\nproviders:\n- {AWS}\n"


@pytest.fixture(name="home")
def home_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    write_lock(tmp_path / "capyctl.lock", locked_world(sound(), [AWS]))
    (tmp_path / "spec.yaml").write_text(_SPEC)
    (tmp_path / "e2e.yaml").write_text("variables:\n  KUBERNETES_VERSION: stable\n")
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.mark.parametrize("line", _FORMS)
def test_what_a_fix_says_is_understood(home: Path, line: str) -> None:
    invocation = Invocation(words=tuple(line.split()))
    told = {invocation.command(): "itself"}
    told |= {fix.command: builder for builder, fix in _fixes(invocation) if fix.command is not None}
    refused = {
        (builder, command): played.stderr or played.stdout
        for command, builder in told.items()
        if (played := run_words(shlex.split(command)[1:], _environ(home))).status in {2, 70}
    }
    assert refused == {}


def _environ(home: Path) -> dict[str, str]:
    return {"HOME": str(home), "PATH": "", "CAPYCTL_OFFLINE": "1", "GOPROXY": "off"}


def _fixes(invocation: Invocation) -> Iterator[tuple[str, Fix]]:
    for name, items in _diagnoses(invocation):
        for item in with_ways_out(items, invocation):
            yield from ((f"{name} {item.code.name}", fix) for fix in item.fixes)
    for target in _targets(invocation):
        yield "pin_fix", pin_fix(target, "v2.8.2", "pin", invocation)
        if target.named_tag is not None:
            yield from (("without_pin", fix) for fix in without_pin(target, invocation))
    origin = LockOrigin(name="capyctl.lock", created_at="2026-11-01T12:00:00Z", invocation=invocation)
    yield "update", origin.update(_LABEL, "lock it")


def _diagnoses(invocation: Invocation) -> Iterator[tuple[str, list[Diagnostic]]]:
    for code in (each for each in codes.ALL_CODES if _can_be_met(each, invocation)):
        about = Subject(provider=AWS, version="v2.8.1")
        for severity in (Severity.ERROR, Severity.WARNING):
            yield "code", [Diagnostic(code=code, severity=severity, detail="", subject=about)]
    for kind in ("format", "unwritable", "clock"):
        yield "cache", [*cache_troubles([CacheTrouble(kind=kind, path="/c", reason="so")], invocation)]
    for target in _targets(invocation):
        warning = Diagnostic(code=codes.COMPONENTS_MISSING, severity=Severity.WARNING, detail="")
        yield "chosen", with_chosen_pin([warning], target, _judged(), invocation)
        retracted = Diagnostic(code=codes.VERSION_RETRACTED, severity=Severity.WARNING, detail="")
        yield "kept", with_kept_pin([retracted], "v2.8.1", target, invocation)
        refused = NoneLeft(passed_over=(_judged(codes.CONTRACT_NOT_ACCEPTED),))
        yield "failure", about_failure(_resolution(target, refused), refused, invocation)
        entries = (target.entry, replace(target.entry, key=replace(target.entry.key, name="azure")))
        for lookup in (
            Lookup(reference=target.reference, entries=entries),
            Lookup(reference=target.reference, near=(AWS, "infrastructure-azure")),
            Lookup(reference=target.reference, entries=entries[:1], label_after_flag=True),
        ):
            yield "lookup", [*lookup_diagnostics(lookup, (), invocation)]
    if invocation.is_bound:
        origin = LockOrigin(name="capyctl.lock", created_at="2026-11-01T12:00:00Z", invocation=invocation)
        yield "contract", [contract_differs(AWS, "v1beta2", "v1beta1", origin)]


def _can_be_met(code: codes.Code, invocation: Invocation) -> bool:
    """An API server is waited for only where a cluster is worked on."""
    by_cluster = invocation.name in {"init", "upgrade plan", "upgrade apply", "delete", "cluster check"}
    return by_cluster or code not in {codes.API_SERVER_UNREACHABLE, codes.API_SERVER_NOT_READY}


def _targets(invocation: Invocation) -> Iterator[Target]:
    """What the form names; else a default, what the lock has, and what the spec has."""
    entry = table_entry()
    entry = replace(entry, key=replace(entry.key, type=ProviderType.INFRASTRUCTURE, name="aws"))
    flagged = invocation.value_of("-i") or invocation.value_of("--infrastructure")
    named = [each for each in invocation.words if each.startswith(AWS)]
    if invocation.has("--from"):
        references = [each.reference for each in read_spec(_SPEC.encode(), "spec.yaml").providers]
    elif flagged is not None:
        references = [parse_reference(each, ProviderType.INFRASTRUCTURE) for each in flagged.split(",")[:1]]
    else:
        references = [parse_reference(each) for each in named or [AWS]]
    for reference in references:
        yield Target(entry=entry, reference=reference, requirement=Requirement(tag=reference.version))


def _judged(code: codes.Code | None = None) -> Judgement:
    version = parse_version("v2.8.1")
    assert version is not None
    said = (
        [Diagnostic(code=code, severity=Severity.ERROR, detail="", subject=Subject(provider=AWS))]
        if code
        else []
    )
    standing = Standing.REJECTED if code else Standing.SOUND
    return Judgement(
        version=version, standing=standing, contract="v1alpha4", diagnostics=tuple(said), code=code
    )


def _resolution(target: Target, choice: NoneLeft) -> ProviderResolution:
    accepted = frozenset({NEWEST_CORE_CONTRACT})
    return ProviderResolution(target=target, listing=None, choice=choice, accepted=accepted, files={})


_OPTIONS_WITHOUT_FAIL = {"--wait"}
"""``--wait`` of ``cluster check`` may stand without its value; a duration is taken for nothing else."""


@pytest.mark.parametrize("words", sorted(COMMANDS), ids=" ".join)
def test_every_option_with_a_value_is_known_to_a_fix(words: tuple[str, ...]) -> None:
    """Of another one the value would be taken for a reference, or for a word of the command's name."""
    module, _, attribute = COMMANDS[words].target.partition(":")
    command = typer.main.get_command(getattr(importlib.import_module(module), attribute))
    options = [each for each in command.params if isinstance(each, TyperOption) and not each.is_flag]
    unknown = [
        each.opts for each in options if not {*each.opts} & {*_VALUED, *_TYPES, *_OPTIONS_WITHOUT_FAIL}
    ]
    assert unknown == []
    by_flag = any("--infrastructure" in each.opts for each in options)
    assert Invocation(words=words).takes_references == by_flag
