"""Where markers are asked: an https address without anything that could carry a secret."""

from __future__ import annotations

import pytest

from capyctl.config.environment import read_environment
from capyctl.config.release_markers import MarkerAddressError, marker_base
from tests.scenario.playing import run_words


@pytest.mark.parametrize(
    ("value", "base"),
    [
        (None, "https://dl.k8s.io"),
        ("", "https://dl.k8s.io"),
        ("  ", "https://dl.k8s.io"),
        ("https://mirror.example/k8s/", "https://mirror.example/k8s"),
        ("https://mirror.example:8443", "https://mirror.example:8443"),
        ("https://[2001:db8::1]/k8s", "https://[2001:db8::1]/k8s"),
    ],
)
def test_an_address_is_taken_without_its_final_slash(value: str | None, base: str) -> None:
    variables = {} if value is None else {"CAPYCTL_RELEASE_MARKERS": value}
    assert marker_base(read_environment(variables)) == base


@pytest.mark.parametrize(
    "value",
    [
        *(
            "http://mirror.example",
            "mirror.example",
            "https://",
            "https:///k8s",
            "file:///k8s",
            "https://[::1",
        ),
        *(
            "https://user:geheim@mirror.example",
            "https://mirror.example/?token=geheim",
            "https://mirror.example#x",
        ),
        *("https://mirror.example:0", "https://mirror.example:99999"),
    ],
)
def test_any_other_is_refused_without_showing_it(value: str) -> None:
    with pytest.raises(MarkerAddressError) as caught:
        marker_base(read_environment({"CAPYCTL_RELEASE_MARKERS": value}))
    assert "geheim" not in str(caught.value)


@pytest.mark.parametrize("environment", [{}, {"CAPYCTL_RELEASE_MARKERS": "https://mirror.example/k8s"}])
def test_the_settings_show_the_address_and_where_it_comes_from(environment: dict[str, str]) -> None:
    played = run_words(["config", "view", "-o", "json"], {"HOME": "/nonexistent", **environment})
    (row,) = (
        each for each in played.document["result"]["settings"] if each["name"] == "CAPYCTL_RELEASE_MARKERS"
    )
    value = environment.get("CAPYCTL_RELEASE_MARKERS", "https://dl.k8s.io")
    assert (row["value"], row["origin"]) == (value, "CAPYCTL_RELEASE_MARKERS" if environment else "default")
