"""A bill: lines of what is used, by the part of the pipeline that uses it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from .prices import MILLION


class Kind(StrEnum):
    """When a line is paid."""

    IDLE = "idle"  # whether or not orders come
    BUSY = "busy"  # by the hours in which orders come, or the five minutes; no more for many of them than for one
    ORDERS = "orders"  # in proportion to orders, or to the batches that they come in
    STORED = "stored"  # for what a month's orders leave behind, in each month that it is kept


@dataclass(frozen=True)
class Line:
    """One thing that is billed, for a month."""

    part: str
    what: str
    kind: Kind
    quantity: float
    unit: str
    usd: float
    # Names in the template of what causes it.
    resources: tuple[str, ...]

    @classmethod
    def of(cls, kind: Kind, part: str, what: str, quantity: float, unit: str, price: float, *resources: str) -> Line:
        return cls(part, what, kind, quantity, unit, quantity * price, resources)

    @classmethod
    def idle(cls, *description: Any) -> Line:
        """Part, what, quantity, unit, price of one, and the resources' names."""
        return cls.of(Kind.IDLE, *description)

    @classmethod
    def busy(cls, *description: Any) -> Line:
        return cls.of(Kind.BUSY, *description)

    @classmethod
    def by_order(cls, *description: Any) -> Line:
        return cls.of(Kind.ORDERS, *description)

    @classmethod
    def stored(cls, *description: Any) -> Line:
        return cls.of(Kind.STORED, *description)


@dataclass(frozen=True)
class Bill:
    """A month of a stack."""

    orders_a_month: float
    lines: list[Line]

    def total(self, *kinds: Kind) -> float:
        """USD a month of these kinds; of all, if none is named."""
        return sum(line.usd for line in self.lines if not kinds or line.kind in kinds)

    @property
    def per_million(self) -> float:
        """USD for a million orders, without what is paid by the time and without storage."""
        return self.total(Kind.ORDERS) * MILLION / self.orders_a_month if self.orders_a_month else 0.0

    def parts(self) -> dict[str, list[Line]]:
        """The lines by part, in the order in which orders meet the parts."""
        parts: dict[str, list[Line]] = {}
        for line in self.lines:
            parts.setdefault(line.part, []).append(line)
        return parts
