"""Credentials that clients present to the lab, checked against those the world accepts."""

from __future__ import annotations

import base64
import binascii
import hashlib
from collections.abc import Mapping
from fnmatch import fnmatchcase

from capyctl.lab.exchange import Question
from capyctl.lab.world import Token, World

CREDENTIAL_HEADERS = frozenset(
    {"authorization", "proxy-authorization", "private-token", "job-token", "deploy-token"}
)


def presented(question: Question) -> str | None:
    """The secret a request carries, without its scheme; None for a stranger."""
    for name in ("private-token", "job-token", "deploy-token"):
        if name in question.headers:
            return question.headers[name]
    scheme, _, value = question.headers.get("authorization", "").partition(" ")
    if not scheme:
        return None
    return basic_password(value) if scheme.lower() == "basic" else value


def basic_pair(question: Question) -> str | None:
    """The ``user:password`` of Basic authentication, or None."""
    scheme, _, value = question.headers.get("authorization", "").partition(" ")
    return _decoded(value) if scheme.lower() == "basic" else None


def basic_password(value: str) -> str:
    """The password of a Basic credential; empty where it cannot be read."""
    return _decoded(value).partition(":")[2]


def accepted(world: World, host: str, secret: str | None) -> Token | None:
    """The token of the world that this secret is, on that host."""
    if secret is None:
        return None
    known = (token for token in world.tokens if any(fnmatchcase(host, pattern) for pattern in token.hosts))
    return next((token for token in known if token.value == secret), None)


def masked(headers: Mapping[str, str]) -> dict[str, str]:
    """Headers fit to be shown: a credential's value becomes the mark of its digest."""
    return {
        name: mark(value) if name.lower() in CREDENTIAL_HEADERS else value for name, value in headers.items()
    }


def mark(secret: str) -> str:
    """What stands for a secret in logs: two equal secrets have equal marks."""
    return f"sha256:{hashlib.sha256(secret.encode()).hexdigest()[:16]}"


def _decoded(value: str) -> str:
    try:
        return base64.b64decode(value, validate=True).decode()
    except (binascii.Error, UnicodeDecodeError):
        return ""
