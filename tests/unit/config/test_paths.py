"""clusterctl's own places on Linux, macOS and Windows as pure rules (clusterctl-resolution 2.1, 9.1)."""

from __future__ import annotations

import pytest

from capyctl.config.environment import platform_of, read_environment
from capyctl.config.paths import Places, Platform, places


def found(platform: Platform, home: str | None, **variables: str) -> Places:
    return places(variables.get, platform, home)


def test_linux() -> None:
    linux = found(Platform.LINUX, "/home/u")
    assert linux.configuration == ("/home/u/.config/cluster-api", "/home/u/.cluster-api")
    assert linux.overrides == ("/home/u/.config/cluster-api/overrides", "/home/u/.cluster-api/overrides")
    assert linux.go_env == "/home/u/.config/go/env"
    assert linux.cache == "/home/u/.cache/capyctl"


def test_macos() -> None:
    macos = found(Platform.MACOS, "/Users/u")
    assert macos.configuration == (
        "/Users/u/Library/Application Support/cluster-api",
        "/Users/u/.cluster-api",
    )
    assert macos.go_env == "/Users/u/Library/Application Support/go/env"
    assert macos.cache == "/Users/u/.cache/capyctl"


def test_windows() -> None:
    windows = found(Platform.WINDOWS, "C:\\Users\\u", LOCALAPPDATA="D:\\Local", APPDATA="D:\\Roaming")
    assert windows.configuration == ("D:\\Local\\cluster-api", "C:\\Users\\u\\.cluster-api")
    assert windows.go_env == "D:\\Roaming\\go\\env"
    bare = found(Platform.WINDOWS, "C:\\Users\\u")
    assert bare.configuration[0] == "C:\\Users\\u\\AppData\\Local\\cluster-api"
    assert bare.go_env is None


@pytest.mark.parametrize("platform", [Platform.LINUX, Platform.MACOS])
def test_xdg_config_home_wins_where_it_is_absolute(platform: Platform) -> None:
    assert found(platform, "/h", XDG_CONFIG_HOME="/x").configuration[0] == "/x/cluster-api"
    assert found(platform, "/h", XDG_CONFIG_HOME="x").configuration[0] != "x/cluster-api"
    assert found(platform, "/h", XDG_CACHE_HOME="/y").cache == "/y/capyctl"


def test_xdg_config_home_on_windows() -> None:
    windows = found(Platform.WINDOWS, "C:\\u", XDG_CONFIG_HOME="E:\\x", LOCALAPPDATA="D:\\Local")
    assert windows.configuration[0] == "E:\\x\\cluster-api"
    rooted = found(Platform.WINDOWS, "C:\\u", XDG_CONFIG_HOME="\\x", LOCALAPPDATA="D:\\Local")
    assert rooted.configuration[0] == "D:\\Local\\cluster-api"


def test_without_a_home_folder() -> None:
    homeless = found(Platform.LINUX, None)
    assert homeless == Places(configuration=(), overrides=(), go_env=None, cache=None)


@pytest.mark.parametrize(
    ("platform", "home"),
    [
        (Platform.LINUX, "rel"),
        (Platform.MACOS, "./rel"),
        (Platform.WINDOWS, "rel"),
        (Platform.WINDOWS, "\\u"),
    ],
)
def test_a_relative_home_has_no_cache(platform: Platform, home: str) -> None:
    assert found(platform, home).cache is None
    assert found(platform, home, XDG_CACHE_HOME="y").cache is None


@pytest.mark.parametrize(
    ("goenv", "expected"), [("off", None), ("/g/env", "/g/env"), ("", "/h/.config/go/env")]
)
def test_goenv(goenv: str, expected: str | None) -> None:
    assert found(Platform.LINUX, "/h", GOENV=goenv).go_env == expected


def test_files_are_searched_in_clusterctl_s_order() -> None:
    files = found(Platform.LINUX, "/h").configuration_files(Platform.LINUX)
    assert len(files) == 24
    assert files[:4] == tuple(
        f"/h/.config/cluster-api/clusterctl.{extension}" for extension in ("json", "toml", "yaml", "yml")
    )
    assert files[12] == "/h/.cluster-api/clusterctl.json"
    assert files[-1] == "/h/.cluster-api/clusterctl.ini"


def test_platforms() -> None:
    assert platform_of("darwin") is Platform.MACOS
    assert platform_of("win32") is Platform.WINDOWS
    assert platform_of("linux") is platform_of("freebsd13") is Platform.LINUX


def test_environment_is_a_frozen_copy_that_shows_no_value() -> None:
    source = {"HOME": "/h", "GITHUB_TOKEN": "s3cret", "EMPTY": ""}
    environment = read_environment(source)
    source["HOME"] = "/other"
    assert environment.get("HOME") == environment.home == "/h"
    assert environment.non_empty("EMPTY", "GITHUB_TOKEN") == ("GITHUB_TOKEN", "s3cret")
    assert environment.non_empty("EMPTY", "MISSING") is None
    assert set(environment.names()) == set(source)
    assert "s3cret" not in repr(environment)


def test_windows_variables_have_no_case(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.platform", "win32")
    environment = read_environment({"Path": "p", "UserProfile": "C:\\u", "HOME": "/h"})
    assert environment.get("PATH") == "p"
    assert environment.home == "C:\\u"


def test_the_process_environment_is_the_default(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CAPYCTL_TEST_ONLY", "yes")
    assert read_environment().get("CAPYCTL_TEST_ONLY") == "yes"
