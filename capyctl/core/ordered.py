"""Values that are ordered by a key."""

from __future__ import annotations

from msgspec import Struct


class Ordered(Struct, frozen=True):
    """Ordered among its own class by ``order_key``.

    ``functools.total_ordering`` would leave the comparisons alone that every Struct has already.
    """

    @property
    def order_key(self) -> tuple[object, ...]:
        """What is compared; a class without one has no order among its values."""
        return ()

    def __lt__(self, other: object) -> bool:
        return self.order_key < other.order_key if isinstance(other, type(self)) else NotImplemented

    def __le__(self, other: object) -> bool:
        return self.order_key <= other.order_key if isinstance(other, type(self)) else NotImplemented

    def __gt__(self, other: object) -> bool:
        return self.order_key > other.order_key if isinstance(other, type(self)) else NotImplemented

    def __ge__(self, other: object) -> bool:
        return self.order_key >= other.order_key if isinstance(other, type(self)) else NotImplemented
