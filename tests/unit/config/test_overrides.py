"""Override folders: which one holds, and what lies where it is not looked for (9.1, F05, W-43)."""

from __future__ import annotations

from pathlib import Path

import pytest

from capyctl.config.environment import Environment
from capyctl.config.overrides import OverridesFolder, choose_overrides, override_files
from capyctl.config.paths import Platform, places

XDG, LEGACY = "/h/.config/cluster-api/overrides", "/h/.cluster-api/overrides"


def choose(configured: str | None, *existing: str, platform: Platform = Platform.LINUX) -> OverridesFolder:
    home = "C:\\u" if platform is Platform.WINDOWS else "/h"
    known = places(lambda _: None, platform, home)
    folder = "C:\\work" if platform is Platform.WINDOWS else "/place"
    variable = "USERPROFILE" if platform is Platform.WINDOWS else "HOME"
    environment = Environment(variables={variable: home}, platform=platform, working_folder=folder)
    return choose_overrides(configured, known, environment, existing.__contains__)


@pytest.mark.parametrize(
    ("existing", "path", "unused"),
    [
        ((), XDG, ()),
        ((XDG,), XDG, ()),
        ((LEGACY,), LEGACY, ()),
        ((XDG, LEGACY), XDG, (LEGACY,)),
    ],
)
def test_f05_the_first_folder_that_exists(
    existing: tuple[str, ...], path: str, unused: tuple[str, ...]
) -> None:
    found = choose(None, *existing)
    assert (found.path, found.unused, found.origin) == (path, unused, "default")


@pytest.mark.parametrize(
    ("configured", "path"),
    [("/o", "/o"), ("o/p", "/place/o/p"), ("~/o", "/h/o"), ("  /o  ", "/o")],
)
def test_the_configured_folder(configured: str, path: str) -> None:
    found = choose(configured, XDG)
    assert (found.path, found.unused, found.origin) == (path, (XDG,), "overridesFolder")


def test_a_blank_value_counts_as_none() -> None:
    assert choose("  ").path == XDG


@pytest.mark.parametrize(
    ("configured", "path"), [("/C:/o", "C:\\o"), ("C:/o", "C:\\o"), ("o", "C:\\work\\o")]
)
def test_windows(configured: str, path: str) -> None:
    assert choose(configured, platform=Platform.WINDOWS).path == path


def test_without_a_home_there_is_no_folder() -> None:
    known = places(lambda _: None, Platform.LINUX, None)
    assert choose_overrides(None, known, Environment(variables={})).path is None


def test_files_in_the_layout_of_overrides(tmp_path: Path) -> None:
    for name in ("infrastructure-aws/v2.0.0/metadata.yaml", "infrastructure-aws/v2.0.0/b.yaml", "stray.yaml"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("")
    (tmp_path / "infrastructure-aws/v2.0.0/folder").mkdir()
    found = override_files(str(tmp_path))
    assert [(file.label, file.version, file.name) for file in found] == [
        ("infrastructure-aws", "v2.0.0", "b.yaml"),
        ("infrastructure-aws", "v2.0.0", "metadata.yaml"),
    ]
    assert found[0].path == str(tmp_path / "infrastructure-aws/v2.0.0/b.yaml")
    assert override_files(str(tmp_path / "nowhere")) == ()
