"""What the commands of the shell itself print, in text and JSON."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

import capyctl

if TYPE_CHECKING:
    from tests.golden.conftest import Golden

_PACKAGE = str(Path(capyctl.__file__).parents[1])
_SAID = "the provider bootstrap-x: version v1.6.0 does not match any release series"

CASES = {
    "unknown-command": ("explian",),
    "unknown-option": ("explain", "--no-such-option"),
    "bad-value": ("explain", "--deadline", "soon"),
    "command-of-clusterctl": ("move", "--to-kubeconfig", "x"),
    "explain-one": ("explain", "CAPY0127"),
    "explain-nothing": ("explain", "CAPY0999"),
    "explain-match": ("explain", "--match", _SAID),
    "explain-match-nothing": ("explain", "--match", "all is well"),
    "config-provider": ("config", "provider", "--bootstrap", "k0sproject-k0smotron"),
    "config-provider-several": ("config", "provider", "nutanix"),
    "config-provider-unknown": ("config", "provider", "infrastructure-awz"),
    "config-malformed": ("config", "provider", "a:b:c"),
    "kubernetes-version-exact": ("kubernetes-version", "resolve", "v1.33.0"),
    "kubernetes-version-neither": ("kubernetes-version", "resolve", "1.33"),
    "kubernetes-version-offline": ("kubernetes-version", "resolve", "ci/latest", "--offline"),
    "kubernetes-version-image-offline": ("kubernetes-version", "image", "v1.33.0", "--offline"),
    "locked-missing": ("resolve", "--locked", "no-such.lock"),
    "lab-unknown": ("lab", "run", "no-such-scenario", "--", "true"),
    "lab-no-program": ("lab", "run", "sound", "--", "/no/such/program"),
}


@pytest.mark.parametrize("form", ["text", "json"])
@pytest.mark.parametrize("name", CASES)
def test_output_is_as_reviewed(name: str, form: str, golden: Golden, tmp_path: Path) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "capyctl", *CASES[name], "-o", form],
        env={"HOME": "/nonexistent/home", "LC_ALL": "C", "PATH": "/usr/bin:/bin", "PYTHONPATH": _PACKAGE},
        cwd=tmp_path,
        capture_output=True,
        text=True,
        check=False,
    )
    golden(
        f"shell/{name}.{form}",
        f"status {done.returncode}\n--- stdout\n{done.stdout}--- stderr\n{done.stderr}",
    )
