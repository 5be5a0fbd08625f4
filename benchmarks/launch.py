"""Runs one command and tells its cost; a small process, so that memory is the command's own.

Linux counts the parent's memory towards a child's maximum until the child has called exec, so the
process that starts the command must be smaller than any command. Usage: ``launch.py REPORT LIMIT COMMAND…``.
"""

import json
import os
import signal
import sys
import time


def main() -> None:
    """Run the command; its streams are those of this process."""
    report, limit, *command = sys.argv[1:]
    begun = time.perf_counter()
    child = os.posix_spawnp(command[0], command, os.environ)
    signal.signal(signal.SIGALRM, lambda *_: os.kill(child, signal.SIGKILL))
    signal.alarm(int(limit))
    _, status, usage = os.wait4(child, 0)
    seconds = time.perf_counter() - begun
    signal.alarm(0)
    found = {
        "status": os.waitstatus_to_exitcode(status),
        "seconds": seconds,
        "processor": usage.ru_utime + usage.ru_stime,
        "memory": usage.ru_maxrss * (1 if sys.platform == "darwin" else 1024),
    }
    with open(report, "w", encoding="utf-8") as stream:  # noqa: PTH123 - pathlib would make this process larger
        json.dump(found, stream)


if __name__ == "__main__":
    main()
