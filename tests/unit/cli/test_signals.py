"""A signal ends a run wherever it comes, and none gets lost (cli.md 3); each in a process of its own."""

from __future__ import annotations

import signal
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from pathlib import Path

    from tests.unit.cli.conftest import Capyctl

pytestmark = pytest.mark.skipif(not hasattr(signal, "pthread_kill"), reason="this system has no such signals")

_BEGIN = """
import atexit, os, signal, sys, threading
from capyctl.cli.signals import InterruptedRun, Signals
signals = Signals()
atexit.register(signals.end)
signals.install()
"""
_NUMBERS = pytest.mark.parametrize(
    ("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)], ids=["SIGINT", "SIGTERM"]
)


def _played(code: str, *, tmp_path: Path | None = None, launcher: str = "") -> tuple[int, str, str]:
    program = f"{launcher}{_BEGIN}{code}"
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=60, cwd=tmp_path
    )
    return done.returncode, done.stdout, done.stderr


@_NUMBERS
def test_one_that_comes_before_the_run_begins_ends_it_when_it_does(number: int, status: int) -> None:
    code = f"""
signal.raise_signal({int(number)})
print("noted")
try:
    signals.begin()
except InterruptedRun as ended:
    sys.exit(ended.status)
"""
    assert _played(code) == (status, "noted\n", "")


@_NUMBERS
def test_one_within_an_import_is_raised_after_it(tmp_path: Path, number: int, status: int) -> None:
    """An import may put an error of its own in the place of what is raised in it, as C code does."""
    (tmp_path / "slow_module.py").write_text(
        "import signal\n"
        "try:\n"
        f"    signal.raise_signal({int(number)})\n"
        "except BaseException as error:\n"
        "    raise ImportError('this module has no room for signals') from error\n"
        "print('imported')\n"
    )
    code = """
sys.path.insert(0, "")
try:
    signals.begin()
    import slow_module
    threading.Event().wait(30)
except InterruptedRun as ended:
    sys.exit(ended.status)
"""
    assert _played(code, tmp_path=tmp_path) == (status, "imported\n", "")


@_NUMBERS
def test_one_that_is_lost_in_a_finalizer_is_raised_again_and_nothing_is_printed(
    number: int, status: int
) -> None:
    code = f"""
class Loses:
    def __del__(self):
        signal.raise_signal({int(number)})

try:
    signals.begin()
    Loses()
    threading.Event().wait(30)
except InterruptedRun as ended:
    sys.exit(ended.status)
"""
    assert _played(code) == (status, "", "")


def test_what_else_gets_lost_is_told_as_ever() -> None:
    code = """
class Fails:
    def __del__(self):
        raise ValueError("told")

signals.begin()
Fails()
"""
    status, _, stderr = _played(code)
    assert status == 0
    assert "ValueError: told" in stderr


@_NUMBERS
def test_a_run_that_is_over_is_told_whole_after_one_and_killed_by_the_second(
    number: int, status: int
) -> None:
    del status
    code = f"""
signals.begin()
signals.end()
signal.raise_signal({int(number)})
print("told", flush=True)
signal.raise_signal({int(number)})
print("never")
"""
    assert _played(code) == (-number, "told\n", "")


@_NUMBERS
def test_a_run_that_cannot_be_told_is_killed_after_a_while(number: int, status: int) -> None:
    del status
    code = f"""
signals.begin()
signals.end()
signal.raise_signal({int(number)})
threading.Event().wait(30)
"""
    assert _played(code)[0] == -number


@_NUMBERS
def test_an_interrupted_run_that_is_being_told_is_killed_by_the_next_one(number: int, status: int) -> None:
    code = f"""
try:
    signals.begin()
    signal.raise_signal({int(number)})
except InterruptedRun as ended:
    signals.end()
    print(int(ended.status), flush=True)
    signal.raise_signal({int(number)})
print("never")
"""
    assert _played(code) == (-number, f"{status}\n", "")


def test_an_alarm_of_the_caller_stays_his() -> None:
    """``perl -e 'alarm 1; exec @ARGV' capyctl …`` is a time limit where there is no ``timeout``."""
    launcher = "import signal; signal.setitimer(signal.ITIMER_REAL, 0.3)\n"
    assert _played("threading.Event().wait(30)", launcher=launcher)[0] == -signal.SIGALRM


def test_an_alarm_after_capyctls_own_has_its_usual_effect() -> None:
    code = """
waits = threading.Event()
while signal.getsignal(signal.SIGALRM) is not signal.SIG_DFL:
    waits.wait(0.01)
signal.raise_signal(signal.SIGALRM)
"""
    assert _played(code)[0] == -signal.SIGALRM


def test_a_run_that_is_over_has_no_alarm_left() -> None:
    """It would kill an interpreter that has given up its handlers."""
    code = """
armed = signal.getitimer(signal.ITIMER_REAL)[0] > 0
signals.end()
print(armed, signal.getitimer(signal.ITIMER_REAL)[0])
"""
    assert _played(code) == (0, "True 0.0\n", "")


def test_a_run_that_is_over_leaves_the_alarm_of_the_caller() -> None:
    launcher = "import signal; signal.setitimer(signal.ITIMER_REAL, 3600)\n"
    code = """
signals.end()
print(signal.getitimer(signal.ITIMER_REAL)[0] > 0)
"""
    assert _played(code, launcher=launcher) == (0, "True\n", "")


@_NUMBERS
def test_a_fault_that_a_signal_led_to_is_the_signal(capyctl: Capyctl, number: int, status: int) -> None:
    ended = capyctl("swallow", str(int(number)), "-o", "json", commands=True)
    assert (ended.status, ended.document["status"]) == (status, "interrupted")
    assert ended.document["diagnostics"] == []
