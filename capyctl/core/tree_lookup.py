"""What became of an object that another one refers to."""

from __future__ import annotations

from msgspec import Struct

from capyctl.core.api_object import ApiObject


class Lookup(Struct, frozen=True, kw_only=True):
    """What became of one referenced object.

    Attributes:
        item: the object, if it was read. trouble: else why not, in one line.
        absent: whether the server says that there is no such object.
        contract: the contract by which it was read; empty where its CRD states none.
    """

    item: ApiObject | None = None
    trouble: str = ""
    absent: bool = False
    contract: str = ""
