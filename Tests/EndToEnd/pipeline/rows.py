"""Order rows: how messages merge into them, and which changes of them the processors act on."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from decimal import Decimal

from .exact import Instant, Number, Unreadable, amount
from .spelling import AMOUNT, EMAIL, STATUS, Update


@dataclass(frozen=True)
class Rules:
    """The stack's parameters."""

    normal_minimum: Decimal = Decimal(100)
    premium_minimum: Decimal = Decimal(1000)
    test_domains: tuple[str, ...] = ("test.com",)

    def is_test_address(self, address: str) -> bool:
        domain = email_domain(address)
        return any(domain == test or domain.endswith("." + test) for test in self.test_domains)

    def amount_band(self, value: Decimal) -> str:
        if value > self.premium_minimum:
            return f"premium-GT{self.premium_minimum}"
        return f"normal-LE{self.premium_minimum}" if value > self.normal_minimum else f"LE{self.normal_minimum}"


def email_domain(address: str) -> str:
    """Of the address in `Name <address>`, which may be written with the dot of the root."""
    bracketed = re.search(r"<([^<>]*@[^<>]*)>[^<>@]*$", address)
    bare = bracketed[1] if bracketed else address
    return bare.strip().rpartition("@")[2].lower().rstrip(".")


@dataclass
class Row:
    """An order as it must be stored: per attribute the newest message that carries it wins."""

    values: dict[str, str | Decimal] = field(default_factory=dict)
    versions: dict[str, Instant] = field(default_factory=dict)
    created: Instant | None = None
    updated: Instant | None = None

    @classmethod
    def merging(cls, updates: Iterable[Update]) -> Row:
        row = cls()
        for update in updates:
            row.apply(update)
        return row

    def apply(self, update: Update) -> None:
        for name, value in update.attributes.items():
            if self._wins(name, value, update.at):
                self.values[name] = value
                self.versions[name] = update.at
        self.created = min(self.created or update.at, update.at)
        self.updated = max(self.updated or update.at, update.at)

    def _wins(self, name: str, value: str | Decimal, at: Instant) -> bool:
        if name not in self.versions or at != self.versions[name]:
            return name not in self.versions or at > self.versions[name]
        old = self.values[name]
        if isinstance(value, Decimal) and isinstance(old, Decimal):
            return value > old
        return str(value).encode() > str(old).encode()

    def image(self) -> Image:
        value = self.values.get(AMOUNT)
        status, email = self.values.get(STATUS), self.values.get(EMAIL)
        return Image(
            str(status) if status is not None else None,
            value if isinstance(value, Decimal) else None,
            str(email) if email is not None else None,
        )


@dataclass(frozen=True)
class Image:
    """What the processors look at in a stream image."""

    status: str | None
    amount: Decimal | None
    email: str | None
    is_poison: bool = False

    @classmethod
    def of_item(cls, item: dict[str, dict[str, str]]) -> Image:
        """An item of somebody else, in any of the attribute names that are understood."""

        def attribute(*names: str) -> str | None:
            present = (item[name] for name in names if name in item and "NULL" not in item[name])
            return next((next(iter(value.values())) for value in present), None)

        text = attribute("amount", "orderAmount")
        is_number = any("N" in item.get(name, {}) for name in ("amount", "orderAmount"))
        try:
            value = amount(Number(text) if is_number else text, is_stored=True) if text is not None else None
        except Unreadable:
            return cls(None, None, None, is_poison=True)
        # A blank one is absent.
        statuses = ((attribute(name) or "").strip() for name in ("status", "orderStatus"))
        return cls(next((status for status in statuses if status), None), value, attribute("customerEmail"))

    def is_status(self, *names: str) -> bool:
        return self.status is not None and self.status.lower() in names

    def is_test(self, rules: Rules) -> bool:
        return self.email is not None and rules.is_test_address(self.email)


def is_normal(new: Image, rules: Rules) -> bool:
    return (
        new.is_status("pending", "shipped")
        and new.amount is not None
        and new.amount > rules.normal_minimum
        and not new.is_test(rules)
    )


def is_premium(old: Image | None, new: Image, rules: Rules) -> bool:
    return (
        old is not None
        and old.is_status("pending")
        and new.is_status("shipped")
        and new.amount is not None
        and new.amount > rules.premium_minimum
        and not new.is_test(rules)
    )
