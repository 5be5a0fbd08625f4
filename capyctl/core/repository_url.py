"""A provider's address into a repository location: GitHub, GitLab packages, an HTTPS or a local tree, a registry.

The accepted forms are those of clusterctl-resolution 4.2 to 4.4, and more where section 13 asks for it (W-21
to W-24).
"""

from __future__ import annotations

import re
from urllib.parse import SplitResult, unquote, urlsplit

from msgspec import Struct

from capyctl.core import codes, local_path
from capyctl.core.codes import Code
from capyctl.core.diagnostics import Severity
from capyctl.core.identity import CERT_MANAGER
from capyctl.core.local_path import LocalRules
from capyctl.core.location import (
    GitHubReleases,
    GitLabPackages,
    HttpsTree,
    OciArtifact,
    RepositoryLocation,
)
from capyctl.core.pattern import pattern
from capyctl.core.shown_address import shown_address

GITHUB_HOST = "github.com"
KINDS = ("github", "gitlab", "https", "local", "oci")

_GITHUB_FORM = "https://{host}/{{owner}}/{{repository}}/releases/{{latest|tag}}/{{file}}"
_GITLAB_FORM = "https://{host}/api/v4/projects/{{project}}/packages/generic/{{package}}/{{version}}/{{file}}"
_TREE_FORM = "https://{host}/{{folders}}/{label}/{{latest|version}}/{{file}}"
_CONTROL = pattern(r"[\x00-\x1f\x7f]")
_OWNER_OR_NAME = pattern(r"[A-Za-z0-9_.-]+\Z", re.ASCII)
_BROWSER_WORDS = ("download", "tag")
_SCHEME = pattern(r"[A-Za-z][A-Za-z0-9+.-]*\Z")
_ADDRESS_LIMIT = 2048


class AddressFinding(Struct, frozen=True, kw_only=True):
    """What is noteworthy about an address; an error means that there is no location.

    ``rewritten`` is the address that says the same in the accepted form, where one is known (F12, F22).
    """

    code: Code
    severity: Severity
    detail: str
    rewritten: str | None = None


class ParsedAddress(Struct, frozen=True, kw_only=True):
    """A location, or None and at least one finding that is an error."""

    location: RepositoryLocation | None
    findings: tuple[AddressFinding, ...] = ()

    @property
    def error(self) -> AddressFinding | None:
        """The finding that left this address without a location."""
        return next((finding for finding in self.findings if finding.severity is Severity.ERROR), None)


def parse_repository_url(
    url: str, label: str, kind: str | None = None, rules: LocalRules | None = None
) -> ParsedAddress:
    """Read one provider address; ``label`` is the manifest label, ``kind`` what the entry states, if any.

    Never raises: an address without a usable form comes back with its error.
    """
    text = url.strip()
    if not text:
        return _error(codes.ADDRESS_FORM_UNKNOWN, "the address is empty")
    if _CONTROL().search(text) or len(text) > _ADDRESS_LIMIT:
        return _error(
            codes.ADDRESS_FORM_UNKNOWN,
            f"the address holds a control character or is longer than {_ADDRESS_LIMIT} characters",
        )
    if kind is not None and kind not in KINDS:
        return _error(codes.ADDRESS_FORM_UNKNOWN, f"kind {kind!r} is none of {', '.join(KINDS)}")
    rules = rules or LocalRules()
    if kind == "local" or (kind is None and local_path.is_local(text, windows=rules.windows)):
        return _local(text, label, rules)
    if kind == "oci" or (kind is None and text[:6].lower() == "oci://"):
        return _oci(text, label)
    return _remote(text, label, kind)


def _error(code: Code, detail: str, rewritten: str | None = None) -> ParsedAddress:
    finding = AddressFinding(code=code, severity=Severity.ERROR, detail=detail, rewritten=rewritten)
    return ParsedAddress(location=None, findings=(finding,))


def _local(text: str, label: str, rules: LocalRules) -> ParsedAddress:
    try:
        return ParsedAddress(location=local_path.parse_local_tree(text, label, rules))
    except local_path.UnsetVariableError as error:
        return _error(codes.VARIABLE_UNDEFINED, str(error))
    except local_path.LocalPathError as error:
        return _error(codes.LOCAL_PATH_INVALID, str(error))


def _oci(text: str, label: str) -> ParsedAddress:
    from capyctl.core.identity import split_manifest_label  # noqa: PLC0415 - start-up budget
    from capyctl.core.oci_address import FORM, OciAddressError, parse_oci_address  # noqa: PLC0415 - the same

    try:
        address = parse_oci_address(text)
    except OciAddressError as error:
        detail = f"the address of an artifact has the form {FORM}; {error.reason}"
        rewritten = None if error.rewritten is None else shown_address(error.rewritten)
        return _error(codes.ADDRESS_FORM_UNKNOWN, detail, rewritten)
    kind = split_manifest_label(label).type.flag
    location = OciArtifact(
        host=address.host,
        repository=address.repository,
        reference=address.reference or "",
        channel="latest",
        components_file=f"{label}.yaml" if label == CERT_MANAGER else f"{kind}-components.yaml",
        label=label,
    )
    return ParsedAddress(location=location)


def _remote(text: str, label: str, kind: str | None) -> ParsedAddress:
    try:
        parts = urlsplit(text)
        authority = _authority(parts)
    except ValueError:
        return _error(codes.ADDRESS_FORM_UNKNOWN, "the address is not a valid URL")
    if parts.scheme != "https" or not authority:
        return _error(
            codes.ADDRESS_FORM_UNKNOWN,
            f"the address begins with {_scheme(text)}; https, oci, file and paths are read",
        )
    if "@" in parts.netloc:
        return _error(
            codes.ADDRESS_FORM_UNKNOWN,
            f"the address of {authority} carries a credential; give the token of the host instead",
        )
    return _by_kind(kind or _guessed_kind(authority, parts.path), parts, authority, label)


def _scheme(text: str) -> str:
    """What a text begins with, where that is a scheme; what stands before a colon alone may be a secret."""
    scheme, mark, _ = text.partition("://")
    return repr(scheme.lower()) if mark and _SCHEME().match(scheme) else "no scheme"


def _authority(parts: SplitResult) -> str:
    """Host and port in one spelling: small letters, no default port, no ``www.`` before github.com."""
    host, port = (parts.hostname or "").lower(), parts.port
    if host == f"www.{GITHUB_HOST}":
        host = GITHUB_HOST
    host = f"[{host}]" if ":" in host else host
    return host if port in (None, 443) else f"{host}:{port}"


def _guessed_kind(authority: str, path: str) -> str | None:
    if authority == GITHUB_HOST:
        return "github"
    return "gitlab" if "/api/v4/projects/" in path and "/packages/generic/" in path else None


def _by_kind(kind: str | None, parts: SplitResult, authority: str, label: str) -> ParsedAddress:
    if kind == "github":
        return _github(parts, authority)
    if kind == "gitlab":
        return _gitlab(parts, authority)
    if kind == "https":
        return _https_tree(parts, authority, label)
    return _error(
        codes.ADDRESS_FORM_UNKNOWN,
        f"nothing says what kind of server {authority} is; add kind: github, gitlab or https to the entry "
        "(clusterctl itself reads github.com and gitlab.* only)",
    )


def _segments(path: str) -> list[str] | None:
    """Decoded segments, or None where one could step out of its folder."""
    segments = unquote(path).removeprefix("/").split("/")
    if any(segment in (".", "..") or "\\" in segment or _CONTROL().search(segment) for segment in segments):
        return None
    return segments


def _github(parts: SplitResult, authority: str) -> ParsedAddress:
    form = _GITHUB_FORM.format(host=authority)
    segments = _segments(parts.path)
    if segments is None or len(segments) < 5 or segments[2] != "releases":
        return _error(codes.ADDRESS_FORM_UNKNOWN, f"an address on {authority} has the form {form}")
    owner, name, _, *rest = segments
    kept, was_download = _without_download(rest)
    channel, *file_path = kept
    if not (_OWNER_OR_NAME().match(owner) and _OWNER_OR_NAME().match(name) and channel):
        return _error(codes.ADDRESS_FORM_UNKNOWN, f"owner, repository or tag is not valid in {form}")
    if not file_path or not file_path[-1] or (channel in _BROWSER_WORDS and len(kept) == 2):
        return _error(codes.ADDRESS_FORM_UNKNOWN, f"the address names no tag or no file; the form is {form}")
    location = GitHubReleases(
        host=authority,
        api_base=_api_base(authority),
        owner=owner,
        name=name,
        channel=channel,
        components_file=file_path[-1],
        root_path="/".join(file_path[:-1]) or ".",
    )
    if not was_download:
        return ParsedAddress(location=location)
    rewritten = f"https://{authority}/{owner}/{name}/releases/{'/'.join(kept)}"
    return ParsedAddress(location=location, findings=(_download_finding(rest[0], channel, rewritten),))


def _without_download(rest: list[str]) -> tuple[list[str], bool]:
    """What follows ``releases/`` without the words of a browser's address (F12)."""
    if len(rest) >= 3 and rest[0] in _BROWSER_WORDS:
        return rest[1:], True
    if len(rest) >= 3 and rest[:2] == ["latest", "download"]:
        return ["latest", *rest[2:]], True
    return rest, False


def _download_finding(word: str, channel: str, rewritten: str) -> AddressFinding:
    return AddressFinding(
        code=codes.DOWNLOAD_ADDRESS,
        severity=Severity.WARNING,
        detail=f"this is an address for a browser; clusterctl would take the word {word!r} for the version. "
        f"It is read as {rewritten} (version {channel}).",
        rewritten=rewritten,
    )


def _api_base(authority: str) -> str:
    """REST base of a GitHub web host (peers-and-protocols E4)."""
    if authority == GITHUB_HOST:
        return "https://api.github.com"
    if authority.endswith(".ghe.com"):
        return f"https://api.{authority}"
    return f"https://{authority}/api/v3"


def _gitlab(parts: SplitResult, authority: str) -> ParsedAddress:
    form = _GITLAB_FORM.format(host=authority)
    before, marker, after = parts.path.partition("/api/v4/projects/")
    project_text, generic, tail_text = after.partition("/packages/generic/")
    tail = [unquote(segment) for segment in tail_text.split("/")]
    project = unquote(project_text).split("/")
    safe = not any(part in ("", ".", "..") or _CONTROL().search(part) for part in [*tail, *project])
    if not (marker and generic and safe and len(tail) == 3) or any("/" in part for part in tail):
        return _error(codes.ADDRESS_FORM_UNKNOWN, f"a GitLab package on {authority} has the form {form}")
    encoded = _encoded("/".join(project))
    location = GitLabPackages(
        host=authority,
        base_path=before.rstrip("/"),
        project=encoded,
        package=tail[0],
        channel=tail[1],
        components_file=tail[2],
    )
    if "/" not in project_text:
        return ParsedAddress(location=location)
    rewritten = f"https://{authority}{before}/api/v4/projects/{encoded}/packages/generic/{tail_text}"
    return ParsedAddress(location=location, findings=(_encoding_finding(encoded, rewritten),))


def _encoded(project: str) -> str:
    """The project path as one segment; the characters of GitLab paths need no more than this."""
    return project.replace("%", "%25").replace("/", "%2F").replace(" ", "%20")


def _encoding_finding(encoded: str, rewritten: str) -> AddressFinding:
    return AddressFinding(
        code=codes.GITLAB_PATH_NOT_ENCODED,
        severity=Severity.WARNING,
        detail=f"the project must be one encoded segment, {encoded}; clusterctl refuses the address as it "
        f"is. It is read as {rewritten}.",
        rewritten=rewritten,
    )


def _https_tree(parts: SplitResult, authority: str, label: str) -> ParsedAddress:
    form = _TREE_FORM.format(host=authority, label=label)
    segments = _segments(parts.path)
    if segments is None or len(segments) < 3 or segments[-3] != label or not all(segments[-2:]):
        return _error(codes.ADDRESS_FORM_UNKNOWN, f"a tree on {authority} has the form {form}")
    base = parts.path.rstrip("/").rsplit("/", 3)[0]
    location = HttpsTree(
        base=f"https://{authority}{base}",
        label=label,
        channel=segments[-2],
        components_file=segments[-1],
    )
    findings = (_query_finding(authority, parts.path),) if parts.query else ()
    return ParsedAddress(location=location, findings=findings)


def _query_finding(authority: str, path: str) -> AddressFinding:
    """Of the other kinds clusterctl drops a query too; a plain server may have been meant to get it."""
    return AddressFinding(
        code=codes.CREDENTIAL_IGNORED,
        severity=Severity.WARNING,
        detail=f"what follows the ? in the address is not sent to {authority}: it is not part of the addresses of "
        "versions and files, so that a token or a signature in it opens nothing",
        rewritten=f"https://{authority}{path}",
    )
