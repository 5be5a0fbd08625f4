"""What is never said of a value is in none of its texts."""

from __future__ import annotations

from msgspec import Struct

from capyctl.core.repr_without import repr_without


class _Login(Struct, frozen=True, kw_only=True):
    user: str
    pin: str

    def __repr__(self) -> str:
        return repr_without(self, "pin")


def test_the_field_is_left_out_and_the_rest_is_told_as_it_would_be() -> None:
    login = _Login(user="octo", pin="4711-0815")
    assert repr(login) == "_Login(user='octo')"
    assert "4711-0815" not in f"{login} {login!r} {(login,)}"


def test_what_is_unsaid_still_counts() -> None:
    assert _Login(user="octo", pin="a") != _Login(user="octo", pin="b")
