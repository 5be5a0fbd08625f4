"""The 36 tests of peers-and-protocols B6: our client of the GOPROXY protocol over real sockets.

Each test is named by its number in that list. Expected values are the protocol's, as B1 to B3 state them.
"""

from __future__ import annotations

import base64
import gzip
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from capyctl.adapters.askers import ThreadedAsker
from capyctl.adapters.goproxy import GoProxySource
from capyctl.adapters.goproxy_netrc import parse_netrc
from capyctl.adapters.goproxy_retractions import GoProxyRetractions
from capyctl.adapters.goproxy_walk import GoProxySettings
from capyctl.adapters.http_client import HttpxClient
from capyctl.core.evidence import Outcome
from capyctl.core.goproxy_list import MalformedGoProxyError, parse_go_env, parse_goproxy
from capyctl.core.location import GitHubReleases
from capyctl.core.retractions import retracted
from capyctl.ports.fetch_errors import (
    AbsentError,
    BadAnswerError,
    FetchError,
    ServerFailedError,
    TimedOutError,
    UnauthorizedError,
)
from tests.contract.loopback_proxy import Proxy, Reply, loopback_client, redirect, running, text

MODULE = "github.com/acme/provider"
LIST = f"/{MODULE}/@v/list"


@pytest.fixture
def proxies() -> Iterator[tuple[Proxy, Proxy]]:
    """Two module proxies, both empty."""
    with running(Proxy()) as one, running(Proxy()) as two:
        yield one, two


@pytest.fixture
def client() -> Iterator[HttpxClient]:
    with loopback_client() as http:
        yield http


def settings_of(goproxy: str, *, netrc: str = "", private: str | None = None) -> GoProxySettings:
    return GoProxySettings(
        proxies=parse_goproxy(goproxy), private_globs=(None, private), netrc=parse_netrc(netrc)
    )


def source(
    client: HttpxClient, goproxy: str, *, netrc: str = "", private: str | None = None
) -> GoProxySource:
    return GoProxySource(client, settings_of(goproxy, netrc=netrc, private=private), ThreadedAsker())


def retracted_by(client: HttpxClient, goproxy: str, place: GitHubReleases, highest: str) -> dict[str, str]:
    found = GoProxyRetractions(client, settings_of(goproxy)).retractions(place, highest)
    return retracted(["v1.0.0-RC1", "v1.0.0", "v1.1.0"], found.value)


def location(owner: str = "acme", name: str = "provider") -> GitHubReleases:
    return GitHubReleases(
        host="github.com",
        api_base="https://api.github.com",
        owner=owner,
        name=name,
        channel="latest",
        components_file="c.yaml",
    )


def tags(client: HttpxClient, goproxy: str) -> set[str]:
    return {version.tag for version in source(client, goproxy).versions(location()).value}


def failure(client: HttpxClient, goproxy: str) -> FetchError:
    with pytest.raises(FetchError) as caught:
        source(client, goproxy).versions(location())
    return caught.value


Two = tuple[Proxy, Proxy]


def test_01_a_list_with_mixed_junk_gives_its_versions(proxies: Two, client: HttpxClient) -> None:
    one, _ = proxies
    one.replies[LIST] = text(
        "v1.0.0\n\n# note\nlatest\napi/v1.2.0\nv1.1.0-rc.1\nv1.0.0\nv1.2.3-01\nvv1.0.1\n"
    )
    assert tags(client, one.url) == {"v1.0.0", "v1.1.0-rc.1"}


def test_02_an_empty_list_leads_to_latest(proxies: Two, client: HttpxClient) -> None:
    one, _ = proxies
    one.replies[LIST] = text("")
    one.replies[f"/{MODULE}/@latest"] = text('{"Version":"v0.3.0","Time":"2024-05-01T00:00:00Z"}')
    answer = source(client, one.url).versions(location())
    assert [(item.tag, item.created_at) for item in answer.value] == [("v0.3.0", "2024-05-01T00:00:00Z")]


@pytest.mark.parametrize("status", [404, 410])
def test_03_404_and_410_are_equal(proxies: Two, client: HttpxClient, status: int) -> None:
    one, two = proxies
    one.default = text("gone", status)
    assert isinstance(failure(client, one.url), AbsentError)
    two.replies[LIST] = text("v1.0.0")
    assert tags(client, f"{one.url},{two.url}") == {"v1.0.0"}


def test_04_403_stops_behind_a_comma(proxies: Two, client: HttpxClient) -> None:
    one, two = proxies
    one.default = text("not allowed here", 403)
    two.replies[LIST] = text("v1.0.0")
    assert isinstance(failure(client, f"{one.url},{two.url}"), UnauthorizedError)
    assert two.seen == []


def test_05_403_continues_behind_a_bar(proxies: Two, client: HttpxClient) -> None:
    one, two = proxies
    one.default = text("not allowed here", 403)
    two.replies[LIST] = text("v1.0.0")
    assert tags(client, f"{one.url}|{two.url}") == {"v1.0.0"}


def test_06_a_timeout_stops_behind_a_comma_and_continues_behind_a_bar(proxies: Two) -> None:
    one, two = proxies
    one.default = Reply(silent=True)
    two.replies[LIST] = text("v1.0.0")
    with loopback_client(silence=2.0) as client:
        assert isinstance(failure(client, f"{one.url},{two.url}"), TimedOutError)
        assert two.seen == []
        assert tags(client, f"{one.url}|{two.url}") == {"v1.0.0"}


@pytest.mark.parametrize(
    ("goproxy", "asked"), [("off,{one}", False), ("{one},off,{two}", True), ("{one},off", True)]
)
def test_07_off_ends_the_list_wherever_it_stands(
    proxies: Two, client: HttpxClient, goproxy: str, asked: bool
) -> None:
    one, two = proxies
    two.replies[LIST] = text("v1.0.0")
    assert isinstance(failure(client, goproxy.format(one=one.url, two=two.url)), AbsentError)
    assert (one.seen != []) is asked
    assert two.seen == []


def test_08_entries_behind_direct_are_not_asked(proxies: Two, client: HttpxClient) -> None:
    one, two = proxies
    two.replies[LIST] = text("v1.0.0")
    assert isinstance(failure(client, f"{one.url}|direct|{two.url}"), AbsentError)
    assert two.seen == []


def test_09_blank_and_repeated_separators_are_skipped(proxies: Two, client: HttpxClient) -> None:
    one, two = proxies
    two.replies[LIST] = text("v1.0.0")
    assert tags(client, f" ,,{one.url} ,| {two.url},, ") == {"v1.0.0"}


def test_10_a_host_without_a_scheme_is_asked_over_https() -> None:
    entries = parse_goproxy("proxy.example:8443/go,localhost:1").entries
    assert [entry.base for entry in entries] == ["https://proxy.example:8443/go", "https://localhost:1"]


def test_11_an_absolute_path_is_rejected(tmp_path: Path) -> None:
    with pytest.raises(MalformedGoProxyError):
        parse_goproxy(tmp_path.as_posix())


def test_12_a_file_tree_is_a_proxy(proxies: Two, client: HttpxClient, tmp_path: Path) -> None:
    one, _ = proxies
    listing = tmp_path / MODULE / "@v" / "list"
    listing.parent.mkdir(parents=True)
    listing.write_text("v1.0.0\nv1.1.0\n")
    answer = source(client, f"{tmp_path.as_uri()},{one.url}").versions(location())
    assert {item.tag for item in answer.value} == {"v1.0.0", "v1.1.0"}
    assert LIST not in one.paths
    assert answer.evidence[0].url == listing.as_uri()


def test_13_a_file_address_with_a_host_is_rejected() -> None:
    with pytest.raises(MalformedGoProxyError):
        parse_goproxy("file://host/tree")


@pytest.mark.parametrize("slash", ["", "/"])
def test_14_the_base_path_is_kept(proxies: Two, client: HttpxClient, slash: str) -> None:
    one, _ = proxies
    one.replies[f"/artifactory/api/go/go{LIST}"] = text("v1.0.0")
    assert tags(client, f"{one.url}/artifactory/api/go/go{slash}") == {"v1.0.0"}
    assert all(path.startswith("/artifactory/api/go/go/github.com/") for path in one.paths)


def test_15_userinfo_is_used_and_redacted(proxies: Two, client: HttpxClient) -> None:
    one, two = proxies
    two.replies[LIST] = text("v1.0.0")
    goproxy = f"http://ann:s%2Fcret@127.0.0.1:{one.port},{two.url}"
    answer = source(client, goproxy).versions(location())
    expected = "Basic " + base64.b64encode(b"ann:s/cret").decode()
    assert {credential for _, credential in one.seen} == {expected}
    assert {credential for _, credential in two.seen} == {None}
    assert "cret" not in repr(answer)
    assert answer.evidence[0].credential_sent


def test_16_netrc_gives_the_credential_of_a_host(proxies: Two, client: HttpxClient) -> None:
    one, _ = proxies
    one.replies[LIST] = text("v1.0.0")
    netrc = "machine 127.0.0.1 login ben password s2\nmachine other.example login x password y\n"
    source(client, one.url, netrc=netrc).versions(location())
    assert {credential for _, credential in one.seen} == {"Basic " + base64.b64encode(b"ben:s2").decode()}


def test_17_capitals_are_encoded_in_owner_repository_and_version(proxies: Two, client: HttpxClient) -> None:
    one, _ = proxies
    one.replies["/github.com/!open!nebula/!c!a/@v/list"] = text("v1.0.0-RC1\n")
    one.replies["/github.com/!open!nebula/!c!a/@v/v1.0.0-!r!c1.mod"] = text("retract v1.0.0-RC1\n")
    lister = source(client, one.url)
    assert [item.tag for item in lister.versions(location("OpenNebula", "CA")).value] == ["v1.0.0-RC1"]
    assert retracted_by(client, one.url, location("OpenNebula", "CA"), "v1.0.0-RC1") == {"v1.0.0-RC1": ""}
    assert not any(char.isupper() for path in one.paths for char in path)


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_18_redirects_are_followed(proxies: Two, client: HttpxClient, status: int) -> None:
    one, two = proxies
    one.replies[LIST] = redirect(f"{two.url}/elsewhere", status)
    two.replies["/elsewhere"] = text("v1.0.0")
    answer = source(client, f"http://ann:secret@127.0.0.1:{one.port}").versions(location())
    assert [item.tag for item in answer.value] == ["v1.0.0"]
    assert [hop.status for hop in answer.evidence[0].hops] == [status]
    assert two.seen == [("/elsewhere", None)]


@pytest.mark.parametrize("target", [LIST, "ftp://127.0.0.1/list", "file:///etc/passwd"])
def test_18_a_loop_and_a_foreign_scheme_are_refused(proxies: Two, client: HttpxClient, target: str) -> None:
    one, _ = proxies
    one.replies[LIST] = redirect(target, 302)
    error = failure(client, one.url)
    assert isinstance(error, BadAnswerError)
    assert error.evidence.failure in {"redirect-loop", "redirect-refused"}


def test_19_a_login_page_is_rejected(proxies: Two, client: HttpxClient) -> None:
    one, two = proxies
    one.default = Reply(
        body=b"<!DOCTYPE html><html><title>Sign in</title></html>", headers=(("Content-Type", "text/html"),)
    )
    two.replies[LIST] = text("v1.0.0")
    error = failure(client, f"{one.url},{two.url}")
    assert isinstance(error, BadAnswerError)
    assert error.evidence.failure == "html"
    assert tags(client, f"{one.url}|{two.url}") == {"v1.0.0"}


def test_20_crlf_byte_order_mark_and_trailing_blanks(proxies: Two, client: HttpxClient) -> None:
    one, _ = proxies
    one.replies[LIST] = text("\ufeffv1.0.0\r\nv1.1.0  \r\n\tv1.2.0\t\n")
    assert tags(client, one.url) == {"v1.0.0", "v1.1.0", "v1.2.0"}


def test_21_versions_without_v_are_ignored(proxies: Two, client: HttpxClient) -> None:
    one, _ = proxies
    one.replies[LIST] = text("1.0.0\nV1.0.1\nv1.0.2")
    assert tags(client, one.url) == {"v1.0.2"}


def test_22_incompatible_is_stripped(proxies: Two, client: HttpxClient) -> None:
    one, _ = proxies
    one.replies[LIST] = text("v1.0.0\nv2.0.0+incompatible\nv3.1.0-rc.1+incompatible")
    assert tags(client, one.url) == {"v1.0.0", "v2.0.0", "v3.1.0-rc.1"}


def test_23_pseudo_versions_are_dropped(proxies: Two, client: HttpxClient) -> None:
    one, _ = proxies
    one.replies[LIST] = text(
        "v1.0.0\nv0.0.0-20240101120000-0123456789ab\nv1.0.1-0.20240101120000-0123456789ab\n"
        "v1.1.0-rc.1.0.20240101120000-0123456789ab\nv2.0.1-0.20240101120000-0123456789ab+incompatible"
    )
    assert tags(client, one.url) == {"v1.0.0"}


def test_24_versions_that_are_not_canonical_are_dropped(proxies: Two, client: HttpxClient) -> None:
    one, _ = proxies
    one.replies[LIST] = text("v1\nv1.2\nv1.02.3\nv1.2.3+meta\nv1.2.4")
    assert tags(client, one.url) == {"v1.2.4"}


def test_25_a_second_field_is_a_time_and_no_part_of_the_version(proxies: Two, client: HttpxClient) -> None:
    one, _ = proxies
    one.replies[LIST] = text("v1.0.0 2020-01-02T03:04:05Z\nv1.1.0\t2021-01-02T03:04:05Z\n")
    assert tags(client, one.url) == {"v1.0.0", "v1.1.0"}


def test_26_all_majors_in_every_list_are_each_listed_once(proxies: Two, client: HttpxClient) -> None:
    one, _ = proxies
    one.default = text("v0.9.0\nv1.0.0\nv2.0.0\nv2.1.0\nv3.0.0\n")
    answer = source(client, one.url).versions(location())
    assert sorted(item.tag for item in answer.value) == ["v0.9.0", "v1.0.0", "v2.0.0", "v2.1.0", "v3.0.0"]


def test_27_a_gap_in_the_majors_hides_nothing(proxies: Two, client: HttpxClient) -> None:
    one, _ = proxies
    one.replies[LIST] = text("v1.0.0")
    one.replies[f"/{MODULE}/v3/@v/list"] = text("v3.0.0")
    assert tags(client, one.url) == {"v1.0.0", "v3.0.0"}


def test_28_a_host_that_answers_everything_comes_to_an_end(proxies: Two, client: HttpxClient) -> None:
    one, _ = proxies
    one.default = text("v1.0.0\nv1.1.0")
    assert tags(client, one.url) == {"v1.0.0", "v1.1.0"}
    assert len(one.seen) == 3


def test_29_a_record_about_another_module_s_version_is_an_error(proxies: Two, client: HttpxClient) -> None:
    """The one record that our client asks for is ``@latest``; ``.info`` has the same fields."""
    one, _ = proxies
    one.replies[LIST] = text("")
    one.replies[f"/{MODULE}/@latest"] = text('{"Version":"v2.0.1","Time":"2024-01-01T00:00:00Z"}')
    with pytest.raises(BadAnswerError):
        source(client, one.url).versions(location())


def test_30_further_fields_of_a_record_are_tolerated(proxies: Two, client: HttpxClient) -> None:
    one, _ = proxies
    record = {"Version": "v1.0.0", "Time": "2024-01-01T00:00:00Z", "Origin": {"VCS": "git"}, "X": [1]}
    one.replies[LIST] = text("")
    one.replies[f"/{MODULE}/@latest"] = text(json.dumps(record))
    [found] = source(client, one.url).versions(location()).value
    assert (found.tag, found.created_at) == ("v1.0.0", "2024-01-01T00:00:00Z")


def test_31_a_retracted_newest_version_is_told_with_its_reason(proxies: Two, client: HttpxClient) -> None:
    """A list does not apply retractions: the newest version's own go.mod tells them, one question."""
    one, _ = proxies
    one.replies[LIST] = text("v1.0.0\nv1.1.0\n")
    one.replies[f"/{MODULE}/@v/v1.1.0.mod"] = text(f"module {MODULE}\n\nretract v1.1.0 // by mistake\n")
    assert tags(client, one.url) == {"v1.0.0", "v1.1.0"}
    asked = len(one.seen)
    assert retracted_by(client, one.url, location(), "v1.1.0") == {"v1.1.0": "by mistake"}
    assert len(one.seen) == asked + 1


@pytest.mark.parametrize("private", ["github.com/acme", "github.com/*/provider", "*.com"])
def test_32_a_private_module_is_asked_for_nowhere(proxies: Two, client: HttpxClient, private: str) -> None:
    one, two = proxies
    with pytest.raises(AbsentError) as caught:
        source(client, f"{one.url}|{two.url}", private=private).versions(location())
    assert caught.value.evidence.failure == "private"
    assert one.seen == two.seen == []


def test_33_an_error_body_is_shown_bounded_and_disarmed(proxies: Two, client: HttpxClient) -> None:
    one, _ = proxies
    said = "invalid version: go.mod has \x1b[31mnon-.../v2\x1b[0m module path\x07 " + "x" * 40_000
    one.default = text(said, 500)
    error = failure(client, one.url)
    assert isinstance(error, ServerFailedError)
    assert "invalid version: go.mod has" in error.reason
    assert error.reason.isprintable()
    assert len(error.reason) < 1000


@pytest.mark.parametrize("chunked", [False, True])
def test_34_gzip_and_chunked_bodies_are_read(proxies: Two, client: HttpxClient, chunked: bool) -> None:
    one, _ = proxies
    body = gzip.compress(b"v1.0.0\nv1.1.0\n")
    one.replies[LIST] = Reply(body=body, headers=(("Content-Encoding", "gzip"),), chunked=chunked)
    assert tags(client, one.url) == {"v1.0.0", "v1.1.0"}


@pytest.mark.parametrize("chunked", [False, True])
def test_34_a_truncated_body_is_no_list(proxies: Two, client: HttpxClient, chunked: bool) -> None:
    one, _ = proxies
    one.replies[LIST] = Reply(body=b"v1.0.0\nv1.1.0\nv1.2.0\n", cut=True, chunked=chunked)
    error = failure(client, one.url)
    assert isinstance(error, BadAnswerError)
    assert error.evidence.failure == "truncated"


def test_35_a_list_of_five_megabytes_is_read(proxies: Two, client: HttpxClient) -> None:
    one, _ = proxies
    lines = [f"v1.{number}.0" for number in range(9_000)]
    filler = "v0.0.0-20240101120000-0123456789ab\n" * 145_000
    one.replies[LIST] = text(filler + "\n".join(lines))
    assert len(one.replies[LIST].body) > 5_000_000
    assert tags(client, one.url) == set(lines)


def test_35_a_list_beyond_the_limit_is_refused(proxies: Two, client: HttpxClient) -> None:
    one, _ = proxies
    one.replies[LIST] = Reply(
        body=gzip.compress(b"v1.0.0\n" * 3_000_000), headers=(("Content-Encoding", "gzip"),)
    )
    error = failure(client, one.url)
    assert isinstance(error, BadAnswerError)
    assert error.evidence.failure == "too-large"


def test_36_settings_come_from_the_go_env_file(proxies: Two, client: HttpxClient) -> None:
    one, two = proxies
    two.replies[LIST] = text("v1.0.0")
    settings = parse_go_env(f"GOFLAGS=-mod=mod\nGOPROXY={one.url},{two.url}\nGOPRIVATE=*.corp.example\n")
    answer = source(client, settings["GOPROXY"], private=settings["GOPRIVATE"]).versions(location())
    assert [item.tag for item in answer.value] == ["v1.0.0"]
    assert answer.evidence[0].outcome is Outcome.ABSENT
