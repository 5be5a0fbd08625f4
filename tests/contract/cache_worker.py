"""A process that works on a shared cache: ``cache_worker.py FOLDER SEED ROUNDS``, or ``… FOLDER SEED deaths``.

Says ``ready``, then one line of JSON for each thing it saw first. Ends with 9 at the first wrong byte. With
``deaths`` it has a child for every file operation of a short run, which dies there without a word, in a folder of
its own: between any two operations there is a moment at which a kill may come.
"""

from __future__ import annotations

import hashlib
import json
import os
import random
import sys

from capyctl.adapters.disk_cache import DiskCache
from capyctl.adapters.disk_cache_files import Bounds
from capyctl.adapters.system_clock import SystemClock
from capyctl.core.kept_answer import AnswerKey, KeptAnswer, ReleaseFile, Sighting

KEYS = 24
VARIANTS = 3
SUBJECTS = 40
WRONG, TROUBLED = 9, 10
KILLED = 137
_LARGEST = 300_000
_MOST_OPERATIONS = 1_000
_OPERATIONS = ("open", "os.rename", "os.link", "os.remove", "os.mkdir", "os.utime", "os.scandir", "os.rmdir")


def key(number: int) -> AnswerKey:
    return AnswerKey(url=f"https://example.org/{number}")


def body(number: int, variant: int) -> bytes:
    """Bytes that say whose they are in every block."""
    block = f"{number:02}/{variant:02} ".encode()
    return block * (1 + (number * 977 + variant * 131) * 17 % _LARGEST // len(block))


def subject(number: int) -> ReleaseFile:
    return ReleaseFile(source="lab", repository="o/r", tag=f"v{number}", name="metadata.yaml")


def check(cache: DiskCache, number: int) -> bool:
    """Whether what the cache has under a key is nothing, or one of the bodies that belong there."""
    found = cache.find(key(number))
    if found is None or found.sha256 is None:
        return True
    data = cache.body(found.sha256)
    return data is None or data in [body(number, variant) for variant in range(VARIANTS)]


def keep(cache: DiskCache, number: int, variant: int) -> None:
    data = body(number, variant)
    sha256 = hashlib.sha256(data).hexdigest()
    now = SystemClock().now()
    answer = KeptAnswer(key=key(number), status=200, stored_at=now, sha256=sha256, size=len(data))
    cache.keep(answer, data)


def look(cache: DiskCache, number: int) -> None:
    mine = Sighting(value=f"{os.getpid()}", seen_at=SystemClock().now())
    first = cache.first_seen(subject(number), mine)
    say([number, first.value])


def work(folder: str, seed: int, rounds: int) -> int:
    chance = random.Random(seed)  # noqa: S311 - a drawing to be repeated
    done = 0
    while done < rounds:
        cache = DiskCache(folder, SystemClock(), Bounds(size=chance.choice((2_000_000, 50_000_000))))
        for _ in range(min(10, rounds - done)):
            number = chance.randrange(KEYS)
            if not check(cache, number):
                return WRONG
            keep(cache, number, chance.randrange(VARIANTS))
            look(cache, chance.randrange(SUBJECTS))
            cache.last_seen(f"marker-{number}", Sighting(value="v", seen_at=SystemClock().now()))
            cache.expect(f"repository-{number}", [(f"v{chance.randrange(9)}", "metadata.yaml")])
            cache.expected(f"repository-{chance.randrange(KEYS)}")
            done += 1
        cache.close()
        if cache.troubles():
            say(str(cache.troubles()))
            return TROUBLED
    return 0


def say(what: object) -> None:
    sys.stdout.write(f"{json.dumps(what)}\n")
    sys.stdout.flush()


def die_at(operation: int) -> None:
    left = [operation]

    def count(event: str, _: object) -> None:
        if event in _OPERATIONS:
            left[0] -= 1
            if left[0] < 0:
                os._exit(KILLED)

    sys.addaudithook(count)


def die_everywhere(folder: str, seed: int) -> int:
    """The status of the first child that did not die, or of one that ended otherwise."""
    for operation in range(_MOST_OPERATIONS):
        child = os.fork()
        if not child:
            die_at(operation)
            os._exit(work(f"{folder}/{operation}/capyctl", seed, 2))
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        if status != KILLED:
            return status
    return TROUBLED


if __name__ == "__main__":
    say("ready")
    if sys.argv[3] == "deaths":
        sys.exit(die_everywhere(sys.argv[1], int(sys.argv[2])))
    sys.exit(work(sys.argv[1], int(sys.argv[2]), int(sys.argv[3])))
