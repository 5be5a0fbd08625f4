"""What a child prints, passed on while it runs and kept besides."""

from __future__ import annotations

import subprocess
import threading
from collections.abc import Sequence
from typing import IO

_CHUNK = 65_536


def pass_on(child: subprocess.Popen[bytes], streams: Sequence[IO[bytes]]) -> tuple[bytes, bytes]:
    """Wait for a child with two pipes; what it wrote to each, which went to ``streams`` as it came."""
    kept: tuple[list[bytes], list[bytes]] = ([], [])
    pipes = (child.stdout, child.stderr)
    pumps = [
        threading.Thread(target=_pump, args=(pipe, stream, chunks), daemon=True)
        for pipe, stream, chunks in zip(pipes, streams, kept, strict=True)
        if pipe is not None
    ]
    for pump in pumps:
        pump.start()
    child.wait()
    for pump in pumps:
        pump.join()
    return b"".join(kept[0]), b"".join(kept[1])


def _pump(pipe: IO[bytes], stream: IO[bytes], chunks: list[bytes]) -> None:
    """Read to the end, also when nobody reads the stream any more: else the child would wait for ever."""
    is_open = True
    while data := _read(pipe):
        chunks.append(data)
        is_open = is_open and _write(stream, data)


def _read(pipe: IO[bytes]) -> bytes:
    read_some = getattr(pipe, "read1", pipe.read)
    data: bytes = read_some(_CHUNK)
    return data


def _write(stream: IO[bytes], data: bytes) -> bool:
    try:
        stream.write(data)
        stream.flush()
    except OSError:
        return False
    return True
