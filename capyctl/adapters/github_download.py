"""Release files by their download address: no quota, no token (E1)."""

from __future__ import annotations

from collections.abc import Callable

from capyctl.adapters.github_address import download_url, github, is_part
from capyctl.core.evidence import Evidence, Outcome, Question
from capyctl.core.location import RepositoryLocation
from capyctl.ports.fetch_errors import AbsentError
from capyctl.ports.fetcher import Answer, FileContent
from capyctl.ports.http import Credential, Expect, HttpClient, HttpRequest

ROUTE = "github-download"
_YAML_NAMES = (".yaml", ".yml")


class GitHubDownload:
    """Reads files of a release through the web; renames and the objects host are followed."""

    def __init__(
        self,
        client: HttpClient,
        *,
        credential_for: Callable[[str], Credential | None] | None = None,
        last_resort: bool = False,
    ) -> None:
        """Prepare a source.

        Args:
            client: asks the questions.
            credential_for: the credential for a host, for private repositories; None asks anonymously. It
                stays on that host: the objects host never sees it.
            last_resort: as in ``HttpRequest``.
        """
        self._client = client
        self._credential_for = credential_for
        self._last_resort = last_resort

    @property
    def route(self) -> str:
        return ROUTE

    def file(self, location: RepositoryLocation, tag: str, name: str) -> Answer[FileContent]:
        """The bytes of one file of the release ``tag``.

        Raises:
            AbsentError: no such repository, release or file; a draft and a private one look the same.
            FetchError: as the HTTP client raises it.
        """
        place = github(location)
        if not (is_part(tag) and is_part(name)):
            nothing = Evidence(route=ROUTE, question=Question.FILE, outcome=Outcome.ABSENT)
            raise AbsentError(nothing, f"{tag!r} and {name!r} cannot both be parts of an address")
        url = download_url(place, tag, name)
        response = self._client.get(
            HttpRequest(
                url=url,
                route=ROUTE,
                question=Question.FILE,
                expect=expected_kind(name),
                credential=self._credential_for(place.host) if self._credential_for else None,
                last_resort=self._last_resort,
                moves_within_host=True,
            )
        )
        content = FileContent(data=response.body, sha256=response.evidence.sha256 or "", url=url)
        return Answer(value=content, evidence=(*response.earlier, response.evidence))


def expected_kind(name: str) -> Expect:
    """What a file must be by its name."""
    return Expect.YAML if name.endswith(_YAML_NAMES) else Expect.BYTES
