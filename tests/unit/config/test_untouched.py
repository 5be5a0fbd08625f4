"""When ``config repositories`` may be answered from text made at build time: only when nothing can differ."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from capyctl.config.untouched import table_is_untouched


def test_a_fresh_home_is_untouched(tmp_path: Path) -> None:
    assert table_is_untouched({"HOME": str(tmp_path)}, "linux")
    assert table_is_untouched({"HOME": str(tmp_path)}, "darwin")


@pytest.mark.parametrize("folder", [".config/cluster-api", ".cluster-api"])
def test_a_folder_of_clusterctl_s_is_looked_into(tmp_path: Path, folder: str) -> None:
    (tmp_path / folder).mkdir(parents=True)
    assert not table_is_untouched({"HOME": str(tmp_path)}, "linux")


def test_xdg_config_home_is_honoured(tmp_path: Path) -> None:
    (tmp_path / "x/cluster-api").mkdir(parents=True)
    environ = {"HOME": str(tmp_path / "h"), "XDG_CONFIG_HOME": str(tmp_path / "x")}
    assert not table_is_untouched(environ, "linux")
    assert table_is_untouched({**environ, "XDG_CONFIG_HOME": str(tmp_path / "y")}, "linux")


@pytest.mark.parametrize(
    "name", ["PROVIDERS", "IMAGES", "CERT_MANAGER", "CAPYCTL_PROVIDERS", "OVERRIDESFOLDER"]
)
def test_variables_that_tell(tmp_path: Path, name: str) -> None:
    assert not table_is_untouched({"HOME": str(tmp_path), name: ""}, "linux")


def test_an_empty_token_is_worth_a_word(tmp_path: Path) -> None:
    assert not table_is_untouched({"HOME": str(tmp_path), "GITHUB_TOKEN": ""}, "linux")
    assert table_is_untouched({"HOME": str(tmp_path), "GITHUB_TOKEN": "x"}, "linux")


def test_without_home_and_on_windows_the_ordinary_way_is_taken(tmp_path: Path) -> None:
    assert not table_is_untouched({}, "linux")
    assert not table_is_untouched({"USERPROFILE": str(tmp_path)}, "win32")


def test_it_imports_nothing_of_weight() -> None:
    script = "import sys; import capyctl.config.untouched; print('dataclasses' in sys.modules, 're' in sys.modules)"
    root = Path(__file__).resolve().parents[3]
    done = subprocess.run(
        [sys.executable, "-S", "-c", script], cwd=root, capture_output=True, text=True, check=True
    )
    assert done.stdout == "False False\n"
