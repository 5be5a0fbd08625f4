"""``--watch``: the same text again whenever something changed, until the run is interrupted."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final, TextIO

from msgspec import Struct

from capyctl.cli.recording import Recording, live_stdout
from capyctl.cli.run import Outcome
from capyctl.cli.streams import abandon_stdout
from capyctl.ports.changes import ChangeFeed

_QUIET, _LONGEST = 0.3, 3.0
"""Seconds without a change after which everything is read anew, and the longest that changes put it off."""
_CLEAR: Final = "\x1b[H\x1b[2J\x1b[3J"


class Scene(Struct, frozen=True, kw_only=True):
    """What there is to see at one moment.

    Attributes:
        text: to be shown. essence: equal where nothing worth showing changed. at: RFC 3339 time.
        feed: tells of the next change.
    """

    text: str
    essence: object
    at: str
    feed: ChangeFeed


def watch(first: Scene, look: Callable[[Scene], Scene], recording: Recording | None = None) -> Outcome:
    """Show the scene and every later one that differs; ends when nobody reads any more.

    A terminal is painted anew; elsewhere blocks follow one another, each below a line with its time.
    """
    stream, shown = live_stdout(recording), None
    scene = first
    while True:
        if shown is None or scene.essence != shown:
            if not _show(stream, scene):
                return Outcome(bare="")
            shown = scene.essence
        scene.feed.wait(_QUIET, _LONGEST)
        scene = look(scene)


def _show(stream: TextIO, scene: Scene) -> bool:
    """Whether somebody still reads."""
    head = f"{_CLEAR}{scene.at}\n" if stream.isatty() else f"--- {scene.at}\n"
    try:
        stream.write(f"{head}{scene.text}")
        stream.flush()
    except OSError:
        abandon_stdout()
        return False
    return True
