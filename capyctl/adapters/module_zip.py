"""metadata.yaml of a tag out of the module's zip, by range requests: a witness, and a declared substitute.

It is the file of the tag, not the release's (cli.md 6, "The proxy as a source of metadata").
"""

from __future__ import annotations

import struct
import zipfile
import zlib
from collections.abc import Callable
from functools import partial
from typing import BinaryIO

from capyctl.adapters.file_content import checked_content
from capyctl.adapters.goproxy_version import ask_module_version
from capyctl.adapters.goproxy_walk import GoProxySettings, module_of, proxy_folder, route_of, walk
from capyctl.adapters.local_files import local_evidence, open_regular
from capyctl.adapters.range_file import RangeFile
from capyctl.core.evidence import Evidence, Outcome, Question
from capyctl.core.goproxy_list import GoProxyEntry
from capyctl.core.location import RepositoryLocation
from capyctl.core.metadata import METADATA
from capyctl.core.module_path import escape_module_path
from capyctl.ports.fetch_errors import AbsentError, BadAnswerError, FetchError
from capyctl.ports.fetcher import Answer, FileContent
from capyctl.ports.http import Expect, HttpClient, HttpRequest

METADATA_LIMIT = 1024 * 1024
"""Most bytes of metadata.yaml that are unpacked."""

_ZIP_FAULTS = (
    zipfile.BadZipFile,
    zipfile.LargeZipFile,
    zlib.error,
    struct.error,
    EOFError,
    NotImplementedError,
    OverflowError,
    RuntimeError,
    UnicodeError,
    ValueError,
    OSError,
)
"""What the standard library raises for a zip that is damaged, encrypted or of an unknown kind."""


class ModuleZipSource:
    """A source of metadata.yaml and of nothing else, as the tag's tree has it.

    Most zips take two questions: the tail with the directory, and the block with the file.
    """

    def __init__(self, http: HttpClient, settings: GoProxySettings) -> None:
        self._http = http
        self._settings = settings

    @property
    def route(self) -> str:
        return self._settings.route

    def file(self, location: RepositoryLocation, tag: str, name: str) -> Answer[FileContent]:
        """The metadata.yaml at the root of the tag's tree, its checksum verified.

        Raises:
            AbsentError: no such version, no such file in it, or a name other than metadata.yaml.
            BadAnswerError: the zip is damaged, or the file is empty or larger than ``METADATA_LIMIT``.
            FetchError: unavailable, with evidence.
        """
        if name != METADATA:
            nothing = Evidence(route=self.route, question=Question.FILE, outcome=Outcome.ABSENT)
            raise AbsentError(nothing, f"the module proxy is no source of {name}")
        return ask_module_version(module_of(location), tag, self.route, Question.FILE, self._member)

    def _member(self, module: str, version: str) -> Answer[FileContent]:
        path = f"{escape_module_path(module)}/@v/{escape_module_path(version)}.zip"
        member = f"{module}@{version}/{METADATA}"
        return walk(self._settings, module, Question.FILE, partial(self._read, path, member))

    def _read(self, path: str, member: str, entry: GoProxyEntry) -> Answer[FileContent]:
        folder = proxy_folder(entry)
        if folder is None:
            return self._read_remote(path, member, entry)
        place = folder.joinpath(*path.split("/"))
        evidence = local_evidence(route_of(entry), Question.FILE, place)
        with open_regular(place, evidence) as stream:
            data = _member_of(stream, member, lambda: (evidence,))
            return _answer(data, (evidence,), place.as_uri())

    def _read_remote(self, path: str, member: str, entry: GoProxyEntry) -> Answer[FileContent]:
        url = f"{entry.base}/{path}"
        request = HttpRequest(
            url=url,
            route=route_of(entry),
            question=Question.FILE,
            expect=Expect.BYTES,
            credential=self._settings.credential(entry),
        )
        with RangeFile(self._http.get, request) as remote:
            remote.begin()
            data = _member_of(remote, member, lambda: remote.evidence)
            return _answer(data, remote.evidence, url)


def _member_of(
    stream: BinaryIO | RangeFile, member: str, evidence: Callable[[], tuple[Evidence, ...]]
) -> bytes:
    """The bytes of one member, unpacked as far as the limit allows; reading to its end checks its CRC."""
    try:
        with zipfile.ZipFile(stream, "r") as archive, archive.open(member) as file:
            data = file.read(METADATA_LIMIT + 1)
    except KeyError as error:
        raise _with_earlier(AbsentError, evidence(), Outcome.ABSENT, "file-missing", member) from error
    except _ZIP_FAULTS as error:
        raise _with_earlier(BadAnswerError, evidence(), Outcome.BAD, "malformed", member) from error
    if len(data) > METADATA_LIMIT:
        raise _with_earlier(BadAnswerError, evidence(), Outcome.BAD, "too-large", member)
    return data


def _answer(data: bytes, evidence: tuple[Evidence, ...], url: str) -> Answer[FileContent]:
    """The member as the content of a file; its digest and size are the file's, the evidence is the zip's."""
    content = checked_content(data, evidence[-1], url)
    return Answer(value=content, evidence=evidence)


def _with_earlier(
    kind: type[AbsentError] | type[BadAnswerError],
    evidence: tuple[Evidence, ...],
    outcome: Outcome,
    failure: str,
    member: str,
) -> FetchError:
    words = {
        "file-missing": f"the module zip has no {member}",
        "malformed": "the module zip is damaged or of an unknown kind",
        "too-large": f"{member} in the module zip is larger than {METADATA_LIMIT // 1024} KiB",
    }
    error = kind(evidence[-1].judged(outcome, failure), words[failure])
    error.earlier = evidence[:-1]
    return error
