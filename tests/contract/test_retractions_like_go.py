"""What a go.mod retracts, and why, beside the real go command reading the same file."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from capyctl.adapters.goproxy_retractions import GoProxyRetractions
from capyctl.adapters.goproxy_walk import GoProxySettings
from capyctl.adapters.http_client import HttpxClient
from capyctl.core.goproxy_list import parse_goproxy
from capyctl.core.location import GitHubReleases
from capyctl.core.retractions import retracted
from tests.contract.loopback_proxy import Proxy, loopback_client, running, text

GO = shutil.which("go")
MODULE = "github.com/acme/provider"
TAGS = ("v0.9.0", "v1.0.0", "v1.0.1", "v1.1.0-rc.1", "v1.1.0", "v1.2.0")
_WITHOUT = "retracted by module author"
"""What go says where no reason is given."""

GO_MODS = {
    "none": "",
    "one": "retract v1.0.0\n",
    "behind": "retract v1.0.0 // by mistake\n",
    "above": "// by\n//   mistake\nretract v1.0.0 // and more\n",
    "apart": "// of nothing\n\nretract v1.0.0\n",
    "range": "retract [v1.0.0, v1.1.0] // a range\n",
    "itself": "retract [v1.1.0-rc.1,v1.2.0]\n",
    "block": "retract (\n\tv0.9.0\n\n\t// far\n\n\t[v1.0.1, v1.1.0] // near\n)\n",
    "block with a reason": "// for all\nretract (\n\tv0.9.0\n\tv1.0.0 // its own\n)\n",
    "tight": "retract(\n\tv1.0.1\n)\nretract[v0.9.0,v1.0.0]\n",
    "quoted": 'retract "v1.0.0"\nretract `v1.0.1`\n',
    "turned round": "retract [v1.1.0, v1.0.0]\n",
    "another major": "retract v2.0.0 // of another module\nretract v1.0.0\n",
    "comment only": "// retract v1.0.0\n",
    "carriage returns": "// why\r\nretract v1.0.0\r\n",
    "other blocks": "exclude (\n\tgithub.com/a/b v1.0.0\n)\nretract v0.9.0\n",
}


@pytest.fixture
def go() -> str:
    """Real go; skips the test, or fails it under CI, where there is none."""
    if GO is None and os.environ.get("CI"):
        pytest.fail("the go command is not installed", pytrace=False)
    if GO is None:
        pytest.skip("the go command is not installed")
    return GO


@pytest.fixture
def proxy() -> Iterator[Proxy]:
    with running(Proxy()) as served:
        yield served


@pytest.fixture
def client() -> Iterator[HttpxClient]:
    with loopback_client() as http:
        yield http


def _serve(proxy: Proxy, retractions: str) -> None:
    """The directives stand in the go.mod of the highest version; the others have none."""
    proxy.replies[f"/{MODULE}/@v/list"] = text("\n".join(TAGS))
    for tag in TAGS:
        own = retractions if tag == TAGS[-1] else ""
        proxy.replies[f"/{MODULE}/@v/{tag}.info"] = text(json.dumps({"Version": tag}))
        proxy.replies[f"/{MODULE}/@v/{tag}.mod"] = text(f"module {MODULE}\n\ngo 1.21\n\n{own}")


def _by_go(go: str, proxy: Proxy, folder: Path) -> dict[str, list[str]]:
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "GOPATH": str(folder / "go"),
        "GOCACHE": str(folder / "cache"),
        "GOPROXY": proxy.url,
        "GOSUMDB": "off",
        "GOVCS": "*:off",
        "GOFLAGS": "-mod=mod -modcacherw",
        "GOTOOLCHAIN": "local",
    }
    (folder / "go.mod").write_text("module example.com/asker\n\ngo 1.21\n")
    words = [go, "list", "-m", "-retracted", "-json", *(f"{MODULE}@{tag}" for tag in TAGS)]
    done = subprocess.run(words, cwd=folder, env=environment, capture_output=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr.decode()
    decoder, rest, found = json.JSONDecoder(), done.stdout.decode().strip(), {}
    while rest:
        module, end = decoder.raw_decode(rest)
        rest = rest[end:].strip()
        if "Retracted" in module:
            found[module["Version"]] = module["Retracted"]
    return found


@pytest.mark.parametrize("name", GO_MODS)
def test_the_same_versions_are_retracted_for_the_same_reasons(
    go: str, proxy: Proxy, client: HttpxClient, tmp_path: Path, name: str
) -> None:
    _serve(proxy, GO_MODS[name])
    expected = {
        tag: " ".join(" ".join(reason for reason in reasons if reason != _WITHOUT).split())
        for tag, reasons in _by_go(go, proxy, tmp_path).items()
    }
    place = GitHubReleases(
        host="github.com", api_base="", owner="acme", name="provider", channel="latest", components_file="c"
    )
    answer = GoProxyRetractions(client, GoProxySettings(proxies=parse_goproxy(proxy.url))).retractions(
        place, TAGS[-1]
    )
    assert retracted(TAGS, answer.value) == expected
