"""A plain HTTPS server of files, with or without folder listings."""

from __future__ import annotations

import html

from capyctl.lab.credentials import accepted, presented
from capyctl.lab.exchange import Question, Reply, file_reply, html_reply, redirect
from capyctl.lab.world import FileTree, World

_ROUTE = "https"


def answer_file_tree(world: World, tree: FileTree, question: Question) -> Reply:
    """A file, a folder's listing, or 403 for a folder that is not listed."""
    if tree.private and accepted(world, tree.host, presented(question)) is None:
        return html_reply(401, "401 Authorization Required").about(route=_ROUTE)
    path = "/".join(question.segments)
    content = tree.files.get(path)
    if content is not None:
        reply = file_reply(question, content.render())
        return reply.about(route=_ROUTE, file=path.rpartition("/")[2])
    return _folder(tree, path, question).about(route=_ROUTE)


def _folder(tree: FileTree, path: str, question: Question) -> Reply:
    prefix = f"{path.strip('/')}/".lstrip("/")
    below = {name.removeprefix(prefix) for name in tree.files if name.startswith(prefix)}
    if not below:
        return html_reply(404, "404 Not Found")
    if path and not path.endswith("/"):
        return redirect(301, f"https://{tree.host}{question.path}/")
    if not tree.index:
        return html_reply(403, "403 Forbidden")
    names = sorted({name.partition("/")[0] + ("/" if "/" in name else "") for name in below})
    rows = "".join(f'<a href="{html.escape(name)}">{html.escape(name)}</a>\n' for name in names)
    title = f"Index of /{html.escape(prefix)}"
    head = f'<html><head><title>{title}</title></head><body><h1>{title}</h1><pre><a href="../">../</a>\n'
    body = f"{head}{rows}</pre></body></html>\n".encode()
    return Reply(status=200, headers={"content-type": "text/html"}, body=body)
