"""Whether the holder of a lease lives, by the processes of this machine; and work in the background."""

from __future__ import annotations

import subprocess
import sys
import threading
from pathlib import Path

from msgspec.structs import replace

from capyctl.adapters.local_processes import BackgroundThreads, LocalProcesses
from capyctl.core.cluster_lease import parse_holder

_HANG = 60.0


def test_this_process_lives_and_an_earlier_one_of_its_number_does_not() -> None:
    processes = LocalProcesses()
    me = processes.myself("run")
    assert parse_holder(me.text) == me
    assert processes.is_alive(me)
    assert not processes.is_alive(replace(me, started="1"))


def test_a_process_that_has_ended_is_dead_even_before_its_parent_asks() -> None:
    child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    processes = LocalProcesses()
    started = processes._started(child.pid)
    holder = replace(processes.myself("run"), pid=child.pid, started=started)
    assert processes.is_alive(holder)
    child.kill()
    while processes._started(child.pid) == started:
        pass
    assert not processes.is_alive(holder)
    child.communicate()
    assert not processes.is_alive(holder)


def test_another_container_of_the_same_name_is_another_host(tmp_path: Path) -> None:
    other = LocalProcesses(proc=tmp_path)
    assert other.myself("run").host != LocalProcesses().myself("run").host


def test_where_the_system_does_not_tell_a_process_counts_as_alive(tmp_path: Path) -> None:
    processes = LocalProcesses(proc=tmp_path)
    me = processes.myself("run")
    assert me.started == ""
    assert processes.is_alive(replace(me, started="5"))
    assert processes.is_alive(replace(me, pid=1))
    assert processes.is_alive(replace(me, pid=10**12))


def test_background_work_is_done_again_and_again_until_it_is_stopped() -> None:
    done: list[int] = []
    third = threading.Event()

    def work() -> None:
        done.append(1)
        if len(done) == 3:
            third.set()

    stop = BackgroundThreads().every(0.001, work)
    assert third.wait(_HANG)
    stop()
    count = len(done)
    assert len(done) == count
