"""The references of a repository as the web host offers them to ``git``: smart HTTP, version 0."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Iterator

from msgspec.structs import replace

from capyctl.core.git_refs import ADVERTISEMENT
from capyctl.lab.credentials import accepted, presented
from capyctl.lab.exchange import Question, Reply, redirect, text_reply
from capyctl.lab.world import Repository, World

_SUFFIX = ".git"
_CAPABILITIES = "multi_ack thin-pack side-band-64k ofs-delta object-format=sha1 agent=git/capyctl-lab"
_NO_OBJECT = "0" * 40
_END = b"0000"


def asks_for_refs(parts: tuple[str, ...]) -> bool:
    """Whether a path, cut into its parts, is where ``git`` asks first."""
    return len(parts) == 4 and parts[2:] == ("info", "refs")


def answer_refs(world: World, forge: str, question: Question) -> Reply:
    """The references of a repository, or where it has moved; a stranger cannot tell a private one from none."""
    owner, name = question.segments[0], question.segments[1].removesuffix(_SUFFIX)
    repository = world.repository(f"{owner}/{name}", forge)
    known = accepted(world, forge, presented(question)) is not None
    if repository is None or (repository.private and not known):
        reply = text_reply(404, "Repository not found.") if known else _sign_in()
    elif not repository.is_called(f"{owner}/{name}"):
        query = question.target.partition("?")[2]
        reply = redirect(301, f"https://{forge}/{repository.name}{_SUFFIX}/info/refs?{query}")
    elif question.query.get("service") != "git-upload-pack":
        reply = text_reply(403, "This host speaks git over smart HTTP, for reading only.")
    else:
        reply = _advertisement(repository)
    subject = repository.name if repository is not None else None
    return reply.about(route="github-web", repository=subject, file="refs")


def _sign_in() -> Reply:
    return replace(
        text_reply(401, "Repository not found."),
        headers={"content-type": "text/plain", "www-authenticate": 'Basic realm="GitHub"'},
    )


def _advertisement(repository: Repository) -> Reply:
    headers = {"content-type": ADVERTISEMENT, "cache-control": "no-cache, max-age=0, must-revalidate"}
    lines = [f"{value} {name}" for name, value in _references(repository)]
    first = lines[0] if lines else f"{_NO_OBJECT} capabilities^{{}}"
    head = " symref=HEAD:refs/heads/main" if lines else ""
    packets = [_packet(f"{first}\0{_CAPABILITIES}{head}"), *(_packet(line) for line in lines[1:])]
    body = b"".join([_packet("# service=git-upload-pack"), _END, *packets, _END])
    return Reply(status=200, headers=headers, body=body, carries_file=True)


def _references(repository: Repository) -> Iterator[tuple[str, str]]:
    """Every reference with its object, HEAD first and the others by name; an empty repository has none."""
    tags = set(repository.pushed_tags)
    if not tags:
        return
    main = _object(repository, "main")
    yield "HEAD", main
    yield "refs/heads/main", main
    yield "refs/pull/1/head", _object(repository, "pull/1")
    for tag in sorted(tags, key=str.encode):
        yield f"refs/tags/{tag}", _object(repository, tag)
        if _is_annotated(tag):
            yield f"refs/tags/{tag}^{{}}", _object(repository, f"{tag}^{{}}")


def _is_annotated(tag: str) -> bool:
    """About every other tag: projects have both kinds."""
    return zlib.crc32(tag.encode()) % 2 == 0


def _object(repository: Repository, what: str) -> str:
    return hashlib.sha1(f"{repository.name} {what}".encode(), usedforsecurity=False).hexdigest()


def _packet(line: str) -> bytes:
    data = f"{line}\n".encode()
    return f"{len(data) + 4:04x}".encode() + data
