"""Facts for the emulator, fetched from a lab over real HTTP: the questions as clusterctl would ask them."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx

from capyctl.core.emulation_facts import (
    Absent,
    Asset,
    AssetBytes,
    Download,
    FactAnswer,
    FactQuestion,
    Failed,
    FailureKind,
    Found,
    GitLabFile,
    LocalFile,
    LocalListing,
    OverrideFile,
    ProxyList,
    ReleaseByTag,
    ReleaseList,
)
from capyctl.lab.lab import Lab

_API = "https://api.github.com/repos"
_OCTETS = {"Accept": "application/octet-stream"}
_REMAINING = "x-ratelimit-remaining"


class LabNetwork:
    """Answers questions about one open lab, each once; override questions from a folder."""

    def __init__(self, lab: Lab, overrides: Path) -> None:
        context = ssl.create_default_context(cafile=str(lab.ca_file))
        self._client = httpx.Client(proxy=lab.proxy, verify=context, timeout=10)
        self._overrides = overrides
        self.facts: dict[FactQuestion[object], FactAnswer[object]] = {}

    def close(self) -> None:
        self._client.close()

    def learn(self, questions: frozenset[FactQuestion[object]]) -> None:
        for question in questions:
            if question not in self.facts:
                self.facts[question] = self._answer(question)

    def _answer(self, question: FactQuestion[object]) -> FactAnswer[object]:
        try:
            return self._asked(question)
        except httpx.TimeoutException:
            return Failed(kind=FailureKind.SILENCE)
        except httpx.HTTPError:
            return Failed(kind=FailureKind.CONNECTION)

    def _asked(self, question: FactQuestion[object]) -> FactAnswer[object]:  # noqa: PLR0911 (one a kind)
        match question:
            case ProxyList(base=base, module=module, major=major):
                suffix = "" if major == 1 else f"/v{major}"
                return self._get(f"{base}/{module}{suffix}/@v/list", lambda response: response.text)
            case Download(owner=owner, name=name, tag=tag, file=file):
                return self._get(f"https://github.com/{owner}/{name}/releases/download/{tag}/{file}", _body)
            case ReleaseList(owner=owner, name=name):
                return self._release_list(f"{_API}/{owner}/{name}/releases?per_page=100")
            case ReleaseByTag(owner=owner, name=name, tag=tag):
                return self._get(f"{_API}/{owner}/{name}/releases/tags/{quote(tag)}", _asset_names)
            case Asset():
                return self._asset(question)
            case GitLabFile(url=url):
                return self._get(url, _body)
            case LocalListing(folder=folder):
                return _listing(Path(folder))
            case LocalFile(path=path):
                return _file(Path(path))
            case OverrideFile(label=label, version=version, file=file):
                return _file(self._overrides / label / version / file)
        raise AssertionError(question)

    def _get(self, url: str, value: Callable[[httpx.Response], object], **headers: str) -> FactAnswer[object]:
        response = self._client.get(url, headers=headers, follow_redirects=True)
        if response.status_code == 200:
            return Found(value=value(response))
        return _not_found(response)

    def _release_list(self, url: str) -> FactAnswer[object]:
        tags: list[str] = []
        while url:
            response = self._client.get(url, follow_redirects=True)
            if response.status_code != 200:
                return _not_found(response)
            tags += [release["tag_name"] for release in response.json()]
            url = str(response.links.get("next", {}).get("url", ""))
        return Found(value=tuple(tags))

    def _asset(self, question: Asset) -> FactAnswer[object]:
        base = f"{_API}/{question.owner}/{question.name}/releases"
        release = self._client.get(f"{base}/tags/{quote(question.tag)}", follow_redirects=True)
        if release.status_code != 200:
            return _not_found(release)
        numbers = {asset["name"]: asset["id"] for asset in release.json()["assets"]}
        if question.file not in numbers:
            return Absent()
        first = self._client.get(f"{base}/assets/{numbers[question.file]}", headers=_OCTETS)
        record = None
        if first.status_code == 301:
            record = self._client.get(first.headers["location"], headers={"Accept": "*/*"}).content
        final = self._client.get(str(first.url), headers=_OCTETS, follow_redirects=True)
        if final.status_code != 200:
            return _not_found(final)
        return Found(value=AssetBytes(data=final.content, record=record))


def _body(response: httpx.Response) -> bytes:
    return response.content


def _asset_names(response: httpx.Response) -> tuple[str, ...]:
    return tuple(asset["name"] for asset in response.json()["assets"])


def _not_found(response: httpx.Response) -> FactAnswer[object]:
    if response.status_code == 404:
        return Absent()
    exhausted = response.headers.get(_REMAINING) == "0"
    if response.status_code == 403 and exhausted:
        return Failed(kind=FailureKind.RATE_LIMIT)
    return Failed(
        kind=FailureKind.STATUS, status=response.status_code, text=_message(response), exhausted=exhausted
    )


def _message(response: httpx.Response) -> str:
    try:
        document: Any = response.json()
    except ValueError:
        return ""
    return str(document.get("message", "")) if isinstance(document, dict) else ""


def _listing(folder: Path) -> FactAnswer[object]:
    if not folder.is_dir():
        return Absent()
    return Found(value=tuple(entry.name for entry in folder.iterdir() if entry.is_dir()))


def _file(path: Path) -> FactAnswer[object]:
    return Found(value=path.read_bytes()) if path.is_file() else Absent()
