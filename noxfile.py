"""Every chore by name. `nox` alone runs what CI runs."""

from __future__ import annotations

import sys
from pathlib import Path

import nox

nox.options.sessions = ["realparts", "everything", "package"]
nox.options.default_venv_backend = "venv"
nox.options.reuse_existing_virtualenvs = True

ROOT = Path(__file__).parent
TEST_DEPENDENCIES = nox.project.dependency_groups(nox.project.load_toml("pyproject.toml"), "test")
LINT_DEPENDENCIES = nox.project.dependency_groups(nox.project.load_toml("pyproject.toml"), "lint")

FOUR_WORKERS = ("-n", "4", "--dist", "worksteal", "--timeout=900")
"""Most of the time is waiting, for clusterctl and for clusters. After 900 s a test is taken to hang, and fails."""

COMPILED_ONCE = {"PYTHONDONTWRITEBYTECODE": None}
"""Tests start thousands of processes; where a machine forbids bytecode, each would compile all of capyctl."""


def _install_for_tests(session: nox.Session) -> None:
    session.install("-q", "-e", ".[lab]", *[each for each in TEST_DEPENDENCIES if "capyctl" not in each])


def _pytest(session: nox.Session, *default: str) -> None:
    _install_for_tests(session)
    session.run("pytest", *(session.posargs or default))


def _install_for_checks(session: nox.Session) -> None:
    tests = [each for each in TEST_DEPENDENCIES if "capyctl" not in each]
    session.install("-q", "-e", ".[lab]", *LINT_DEPENDENCIES, *tests, "nox")


def _lint(session: nox.Session) -> None:
    session.run("ruff", "check", ".")
    session.run("ruff", "format", "--check", ".")
    session.run("lint-imports")


def _tests(session: nox.Session) -> None:
    chosen = session.posargs or (*FOUR_WORKERS, "--ignore", "tests/package")
    session.run("pytest", *chosen, env=COMPILED_ONCE)


@nox.session
def everything(session: nox.Session) -> None:
    """Check form and types, then run every test but the wheel's: one environment for all, installed once."""
    _install_for_checks(session)
    _lint(session)
    session.run("mypy")
    _tests(session)


@nox.session
def lint(session: nox.Session) -> None:
    """Check form, and that dependencies point inward."""
    session.install("-q", "-e", ".", *LINT_DEPENDENCIES)
    _lint(session)


@nox.session
def types(session: nox.Session) -> None:
    """Check types, tests and chores included."""
    _install_for_checks(session)
    session.run("mypy")


@nox.session(venv_backend="none")
def realparts(session: nox.Session) -> None:
    """Build clusterctl, control planes and Cluster API into the ignored cache; a second run costs nothing."""
    session.run(sys.executable, "tests/plugins/build_real_parts.py", *session.posargs)


@nox.session
def tests(session: nox.Session) -> None:
    """Run every test but the wheel's, on four workers: most of the time is waiting for clusterctl and for clusters."""
    _install_for_tests(session)
    _tests(session)


@nox.session
def contract(session: nox.Session) -> None:
    """Run one suite against every source."""
    _pytest(session, "tests/contract")


@nox.session
def scenario(session: nox.Session) -> None:
    """Run one world and one command a file."""
    _pytest(session, "tests/scenario")


@nox.session
def golden(session: nox.Session) -> None:
    """Compare output with the reviewed files; `nox -s golden -- tests/golden --update-golden` rewrites them."""
    _pytest(session, "tests/golden")


@nox.session
def differential(session: nox.Session) -> None:
    """Run real clusterctl and capyctl against the same world."""
    _pytest(session, "tests/differential")


@nox.session
def thorough(session: nox.Session) -> None:
    """Run real clusterctl and capyctl in every drawn world in every state of GOPROXY, not in one state each."""
    _install_for_tests(session)
    file = "tests/differential/test_choice_clusterctl.py"
    session.run("pytest", file, *session.posargs, env={"CAPYCTL_EVERY_WORLD": "1"})


@nox.session
def fuzz(session: nox.Session) -> None:
    """Run the property tests with many more examples."""
    _install_for_tests(session)
    session.run("pytest", "tests/property", "--hypothesis-profile=thorough", *session.posargs)


@nox.session
def kills(session: nox.Session) -> None:
    """Kill an installation and an upgrade at every request to the API server, and break every one; takes an hour."""
    _install_for_tests(session)
    files = sorted(str(each) for each in ROOT.glob("tests/cluster/test_kills_*.py"))
    session.run(
        "pytest",
        *FOUR_WORKERS,
        *files,
        *session.posargs,
        env={**COMPILED_ONCE, "CAPYCTL_EVERY_KILL": "1"},
    )


@nox.session
def minimums(session: nox.Session) -> None:
    """Run the tests with the lowest dependency versions that pyproject.toml allows."""
    _install_for_tests(session)
    session.install(
        "-q",
        "typer==0.28.0",
        "httpx==0.28.1",
        "pyyaml==6.0.2",
        "semver==3.0.4",
        "rich==14.0.0",
        "oras==0.2.43",
        "msgspec==0.20.0",
    )
    session.run("pytest", *(session.posargs or ("tests/unit", "tests/contract")))


@nox.session
def package(session: nox.Session) -> None:
    """Build the wheel, look into it, install it alone and run the main job."""
    session.install("-q", "build", "pytest")
    dist = Path(session.create_tmp()) / "dist"
    session.run("python", "-m", "build", "--wheel", "--outdir", str(dist), silent=True)
    session.run("pytest", "-q", "tests/package", env={"CAPYCTL_WHEELS": str(dist)})


@nox.session
def benchmarks(session: nox.Session) -> None:
    """Measure beside real clusterctl in one run; prints ratios."""
    _install_for_tests(session)
    session.run("python", "-m", "benchmarks", *session.posargs)


@nox.session
def snapshot(session: nox.Session) -> None:
    """Rebuild the embedded snapshot: `nox -s snapshot -- FOLDER`, or from the network without one; see --help."""
    session.install("-q", "-e", ".")
    session.run("python", "-m", "capyctl.wiring.snapshot_refresh", *session.posargs)


@nox.session
def docs(session: nox.Session) -> None:
    """Regenerate the reference pages that are made from code and data."""
    session.install("-q", "-e", ".[lab]")
    session.run("python", "docs/generate.py", *session.posargs)
