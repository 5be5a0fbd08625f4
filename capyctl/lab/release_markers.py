"""The server of Kubernetes release markers: ``release/MARKER.txt`` and ``ci/MARKER.txt``."""

from __future__ import annotations

import threading

from msgspec import Struct, field

from capyctl.lab.exchange import Question, Reply, text_reply
from capyctl.lab.world import World

HOST = "dl.k8s.io"
_ROUTE = "https"


class MarkerDesk(Struct):
    """How often each marker was asked for while a lab runs; one that moves has moved for the next question."""

    _lock: threading.Lock = field(default_factory=threading.Lock)
    _asked: dict[str, int] = field(default_factory=dict)

    def next(self, marker: str) -> int:
        """The number of questions before this one."""
        with self._lock:
            asked = self._asked.get(marker, 0)
            self._asked[marker] = asked + 1
        return asked


def answer_markers(world: World, desk: MarkerDesk, question: Question) -> Reply:
    """The marker's text, as the real server sends it: without a newline."""
    folder, _, name = question.path.lstrip("/").partition("/")
    marker = name.removesuffix(".txt") if folder == "release" else f"ci/{name.removesuffix('.txt')}"
    values = world.markers.get(marker, ())
    if folder not in {"release", "ci"} or not name.endswith(".txt") or not values:
        return text_reply(404, "404 page not found\n").about(route=_ROUTE, file=name)
    content = values[min(desk.next(marker), len(values) - 1)]
    headers = {"content-type": "text/plain", "cache-control": "private, no-store"}
    reply = Reply(status=200, headers=headers, body=content.render(), carries_file=True)
    return reply.about(route=_ROUTE, file=name)
