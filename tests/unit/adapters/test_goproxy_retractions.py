"""The go.mod of a version, asked of a module proxy for what it retracts."""

from __future__ import annotations

import pytest

from capyctl.adapters.goproxy_retractions import GoProxyRetractions
from capyctl.adapters.goproxy_walk import GoProxySettings
from capyctl.core.evidence import Question
from capyctl.core.goproxy_list import parse_goproxy
from capyctl.core.retractions import retracted
from capyctl.ports.fetch_errors import AbsentError
from tests.unit.adapters.test_goproxy import BASE, MODULE, ScriptedHttp, location

TAGS = ("v0.9.0", "v1.1.0", "v2.0.0", "v2.0.1")


def asked_of(http: ScriptedHttp, tag: str) -> dict[str, str]:
    source = GoProxyRetractions(http, GoProxySettings(proxies=parse_goproxy(BASE)))
    assert source.route.startswith("goproxy:")
    answer = source.retractions(location(), tag)
    assert {piece.question for piece in answer.evidence} == {Question.FILE}
    return retracted(TAGS, answer.value)


def test_a_major_is_asked_under_its_own_path_with_one_question() -> None:
    url = f"{BASE}/{MODULE}/v2/@v/v2.0.1.mod"
    http = ScriptedHttp({url: "module x/v2\nretract v2.0.1 // published by mistake\n"})
    assert asked_of(http, "v2.0.1") == {"v2.0.1": "published by mistake"}
    assert len(http.asked) == 1


def test_a_module_takes_back_none_of_another_module() -> None:
    text = "retract [v0.0.0, v9.0.0]\nretract v2.0.0\nretract v2.0.1+incompatible\nretract [v0.1.0, v1.0.0]\n"
    assert asked_of(ScriptedHttp({f"{BASE}/{MODULE}/@v/v1.1.0.mod": text}), "v1.1.0") == {"v0.9.0": ""}
    later = "retract v1.1.0\nretract [v2.0.0, v3.0.0]\nretract v2.0.0\n"
    assert asked_of(ScriptedHttp({f"{BASE}/{MODULE}/v2/@v/v2.0.1.mod": later}), "v2.0.1") == {"v2.0.0": ""}


def test_a_version_that_the_proxy_does_not_know_is_absent_after_one_question() -> None:
    http = ScriptedHttp({})
    with pytest.raises(AbsentError):
        asked_of(http, "v2.0.0")
    assert len(http.asked) == 1


@pytest.mark.parametrize("tag", ["1.0.0", "v1.0", "latest", "v1.0.0+build", "../../x"])
def test_a_tag_that_is_no_module_version_is_absent_without_a_question(tag: str) -> None:
    http = ScriptedHttp({})
    with pytest.raises(AbsentError) as caught:
        asked_of(http, tag)
    assert caught.value.evidence.failure == "no-module-version"
    assert http.asked == []
