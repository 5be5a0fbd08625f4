"""Runs inside the gap: serves a bundle, runs commands against what is served, and prints what they said.

Arguments: the bundle, then a JSON list of ``{"argv": […], "env": {…}}`` in which ``{goproxy}`` and the other keys of
the addresses stand for what ``bundle serve`` printed.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys


def main(bundle: str, commands: str) -> None:
    serve = [sys.executable, "-m", "capyctl", "bundle", "serve", bundle, "-o", "json"]
    with subprocess.Popen(serve, stdout=subprocess.PIPE, text=True) as served:
        assert served.stdout is not None
        document = json.loads(served.stdout.readline())
        said = []
        for each in json.loads(commands):
            argv = [word.format(**document["result"]["addresses"]) for word in each["argv"]]
            env = {
                name: value.format(**document["result"]["addresses"]) for name, value in each["env"].items()
            }
            ran = subprocess.run(
                argv, env={**os.environ, **env}, capture_output=True, text=True, check=False, timeout=120
            )
            said.append({"status": ran.returncode, "stdout": ran.stdout, "stderr": ran.stderr})
        served.send_signal(signal.SIGTERM)
        rest = served.stdout.read()
    json.dump({"document": document, "rest": rest, "status": served.returncode, "said": said}, sys.stdout)


main(*sys.argv[1:])
