"""``oci://HOST/REPOSITORY:TAG`` and ``oci://HOST/REPOSITORY@sha256:…`` (cli.md 7.5).

What a repository and a tag may be made of is what the OCI distribution specification says.
"""

from __future__ import annotations

import re

from msgspec import Struct

from capyctl.core.pattern import pattern

SCHEME = "oci://"
FORM = "oci://HOST/REPOSITORY:TAG or oci://HOST/REPOSITORY@sha256:DIGEST"

_LABEL = r"[A-Za-z0-9](?:[A-Za-z0-9-]*[A-Za-z0-9])?"
_HOST = pattern(rf"(?:{_LABEL}(?:\.{_LABEL})*|\[[0-9A-Fa-f:]+\])(?::(?P<port>[0-9]{{1,5}}))?\Z", re.ASCII)
_PART = r"[a-z0-9]+(?:(?:\.|_|__|-+)[a-z0-9]+)*"
_REPOSITORY = pattern(rf"{_PART}(?:/{_PART})*\Z", re.ASCII)
_TAG = pattern(r"[A-Za-z0-9_][A-Za-z0-9._-]{0,127}\Z", re.ASCII)
_DIGEST = pattern(r"sha256:[0-9a-f]{64}\Z", re.ASCII)
_LONGEST = 255


class OciAddressError(ValueError):
    """An address of another form; the text says what is wrong, in one clause.

    Attributes:
        rewritten: the address that was probably meant, or None.
    """

    def __init__(self, reason: str, rewritten: str | None = None) -> None:
        super().__init__(reason)
        self.reason = reason
        self.rewritten = rewritten


class OciAddress(Struct, frozen=True, kw_only=True):
    """An artifact, or with ``reference`` None the place of several. ``host`` has its port if one was given."""

    host: str
    repository: str
    reference: str | None

    @property
    def is_digest(self) -> bool:
        """Whether the reference is a digest and no tag."""
        return self.reference is not None and ":" in self.reference

    @property
    def text(self) -> str:
        """The address itself."""
        if self.reference is None:
            return f"{SCHEME}{self.host}/{self.repository}"
        mark = "@" if self.is_digest else ":"
        return f"{SCHEME}{self.host}/{self.repository}{mark}{self.reference}"


def parse_oci_address(text: str) -> OciAddress:
    """The artifact that an address names.

    Raises:
        OciAddressError: it names none.
    """
    host, path = _split(text)
    repository, at, digest = path.partition("@")
    if at:
        reference = digest
        if ":" in repository:
            bare = repository.partition(":")[0]
            raise OciAddressError(
                "it has a tag and a digest; the digest alone says everything",
                f"{SCHEME}{host}/{bare}@{digest}",
            )
        if not _DIGEST().match(digest):
            raise OciAddressError(
                "what follows the @ is no digest sha256: with 64 hex digits in small letters"
            )
    else:
        repository, colon, reference = path.partition(":")
        if not colon:
            raise OciAddressError("it names neither a tag nor a digest")
        if not _TAG().match(reference):
            raise OciAddressError(
                "what follows the colon is no tag", _with_underscore(host, repository, reference)
            )
    _check_repository(host, repository, path[len(repository) :])
    return OciAddress(host=host, repository=repository, reference=reference)


def parse_oci_prefix(text: str) -> OciAddress:
    """The place ``oci://HOST/PREFIX`` under which artifacts are put.

    Raises:
        OciAddressError: it is none.
    """
    host, path = _split(text)
    prefix = path.rstrip("/")
    if "@" in prefix or ":" in prefix:
        bare = re.split("[@:]", prefix)[0]
        raise OciAddressError("it has a tag or a digest; versions become the tags", f"{SCHEME}{host}/{bare}")
    _check_repository(host, prefix, "")
    return OciAddress(host=host, repository=prefix, reference=None)


def _split(text: str) -> tuple[str, str]:
    """Host and path, the host in small letters."""
    if text[: len(SCHEME)].lower() != SCHEME:
        raise OciAddressError(f"it does not begin with {SCHEME}")
    host, slash, path = text[len(SCHEME) :].partition("/")
    if "@" in host:
        raise OciAddressError("it carries a credential; logins are taken from the docker configuration")
    match = _HOST().match(host)
    if match is None or not 0 < int(match["port"] or 1) < 65536:
        raise OciAddressError("it names no host")
    if not slash or not path:
        raise OciAddressError("it names no repository on the host")
    return host.lower(), path


def _check_repository(host: str, repository: str, rest: str) -> None:
    if _is_repository(repository):
        return
    lower = repository.lower().strip("/")
    rewritten = f"{SCHEME}{host}/{lower}{rest}" if _is_repository(lower) else None
    raise OciAddressError(
        "a repository is made of small letters, digits and single '.', '_' or '-' between them", rewritten
    )


def _is_repository(text: str) -> bool:
    return len(text) <= _LONGEST and _REPOSITORY().match(text) is not None


def _with_underscore(host: str, repository: str, reference: str) -> str | None:
    """No tag can hold a '+'; those who push versions that do write '_' for it."""
    tag = reference.replace("+", "_")
    return f"{SCHEME}{host}/{repository}:{tag}" if _TAG().match(tag) else None
