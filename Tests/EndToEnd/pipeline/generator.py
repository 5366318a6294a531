"""Makes a workload from a seed: ordinary orders, and every awkward one the pipeline promises to get right."""

from __future__ import annotations

import random
from decimal import Decimal

from . import awkward
from .jsontext import encode
from .workload import Message, Route, TableWrite, Workload

CURRENCIES = ("USD", "USD", "EUR", "GBP", "JPY")
PRODUCTS = ("laptop", "mouse", "café-kettle", 'screen 27"', "鍵盤", "cable/usb-c", "P#7", "desk~1", "🪑")
DAYS = ("2025-08-26", "2025-08-27", "2025-08-28")
EMAILS = ("ada@example.com", "grace@example.org", "bob@contest.com", "linus@test.com.example.net")
TEST_EMAILS = (
    "a@TEST.com",
    "x@sub.test.com",
    "qa@Eu.Test.Com",
    '"a@b.com"@test.com',
    "z@test.COM",
    " spaces@test.com ",
    "Named <named@test.com>",
    "rooted@test.com.",
)
CUSTOMER_EMAILS = (
    '"x@test.com"@example.com',
    "bob@contest.com",
    "eve@test.community",
    "kim@example.com",
    '"x@test.com" <y@example.com>',
)

# On both sides of both thresholds, which themselves do not pass.
BOUNDARY_AMOUNTS = ("99.99", "100", "100.00", "100.01", "100.000000001", "1000", "1000.01", "1000.000000001", "1500")


class Generator:
    """One workload; the same seed gives the same bytes in the same order."""

    def __init__(self, seed: int) -> None:
        self.random = random.Random(seed)
        self.workload = Workload(seed)

    # One message each

    def order_event(
        self,
        order_id: str | int,
        *,
        phase: int = 0,
        kind: str = "order event",
        message_id: object = None,
        **payload: object,
    ) -> bytes:
        """A complete event, by default under an id of its own.

        An argument replaces the payload's field of that name, None removes it.
        """
        at = self.instant()
        products = self.random.sample(PRODUCTS, self.random.randint(1, 4))
        fields: dict[str, object] = {
            "OrderId": order_id,
            "UserId": f"user-{self.random.randrange(60)}",
            "TotalAmount": self.amount(),
            "Currency": self.random.choice(CURRENCIES),
            "ProductIds": products,
            "Quantities": {product: self.random.randint(1, 5) for product in products if self.random.random() < 0.7},
            "Channel": self.random.choice(("web", "app", "store")),
            "Region": self.random.choice(("eu-west-1", "us-east-1")),
            "createdUtc": at,
        } | payload
        event = {
            "MessageId": message_id or self.identity(),
            "OccurredUtc": at,
            "Type": "OrderCreatedV1",
            "Version": 1,
            "CorrelationId": self.identity(),
            "PartitionKey": str(order_id),
            "Payload": {name: value for name, value in fields.items() if value is not None},
        }
        return self.kinesis(encode(event, escaped=self.random.random() < 0.5), str(order_id), phase=phase, kind=kind)

    def kinesis(self, body: bytes, partition_key: str, *, phase: int = 0, kind: str) -> bytes:
        self.workload.messages.append(Message(Route.KINESIS, phase, kind, body, partition_key))
        return body

    def message(
        self,
        order_id: str | int,
        *,
        phase: int = 0,
        kind: str = "order message",
        route: Route = Route.SNS,
        **fields: object,
    ) -> bytes:
        body = encode({"orderId": order_id, "timestamp": self.instant(phase)} | fields)
        self.workload.messages.append(Message(route, phase, kind, body))
        return body

    def again(self, body: bytes, route: Route, *, phase: int, kind: str, partition_key: str = "order") -> None:
        self.workload.messages.append(Message(route, phase, kind, body, partition_key))

    # Values

    def instant(self, phase: int = 0) -> str:
        """A time of day that grows with the phase, so that later messages are newer."""
        hour = self.random.randrange(8 * phase, 8 * phase + 8)
        minute, second = self.random.randrange(60), self.random.randrange(60)
        digits = self.random.choice((0, 3, 7))
        fraction = f".{self.random.randrange(10**digits):0{digits}}" if digits else ""
        return f"{self.random.choice(DAYS) if phase == 0 else DAYS[-1]}T{hour:02}:{minute:02}:{second:02}{fraction}Z"

    def amount(self) -> Decimal:
        """Whole, in cents or finer; never a needless zero beyond the cents, which the split could see."""
        digits = self.random.choice((0, 2, 2, 2, 3, 5))
        units = self.random.randrange(1, 3000 * 10**digits)
        return Decimal(units + (digits > 2 and units % 10 == 0)).scaleb(-digits)

    def identity(self) -> str:
        text = f"{self.random.getrandbits(128):032x}"
        return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-a{text[17:20]}-{text[20:]}"


def generate(seed: int) -> Workload:
    generator = Generator(seed)
    _add_order_events(generator)
    _add_short_records(generator)
    _add_order_messages(generator)
    _add_transitions(generator)
    _add_foreign_items(generator)
    awkward.add_days(generator)
    awkward.add_conflicts(generator)
    awkward.add_unreadable_records(generator)
    awkward.add_unreadable_messages(generator)
    awkward.add_packed_records(generator)
    generator.random.shuffle(generator.workload.messages)
    return generator.workload


def _add_order_events(generator: Generator) -> None:
    for number in range(100):
        generator.order_event(f"K-{number:04}")
    for number in range(12):
        order_id = f"KR-{number:02}"
        body = generator.order_event(order_id)
        for phase in (0, 0, 1):
            generator.again(body, Route.KINESIS, phase=phase, kind="repeated order event", partition_key=order_id)


def _add_short_records(generator: Generator) -> None:
    for number in range(30):
        body = encode({"customer_id": f"C{number:03}", "amount": generator.amount(), "order_id": f"SHORT-{number:03}"})
        generator.kinesis(body, f"C{number:03}", kind="short record")
    for number in range(20):
        value: object = generator.amount()
        body = encode({"customer_id": f"anonymous-{number:03}", "amount": str(value) if number % 3 == 0 else value})
        generator.kinesis(body, f"A{number:03}", kind="short record without id")


def _add_order_messages(generator: Generator) -> None:
    choose = generator.random.choice
    for number in range(70):
        fields = {"userId": f"user-{number % 20}", "itemName": choose(PRODUCTS), "quantity": 1 + number % 4}
        fields |= {"status": choose(("new", "pending", "shipped", "cancelled")), "currency": choose(CURRENCIES)}
        route = Route.SQS if number % 4 == 3 else Route.SNS
        body = generator.message(
            f"O-{number:04}", route=route, amount=generator.amount(), customerEmail=choose(EMAILS), **fields
        )
        if number % 10 == 0:
            for phase in (0, 1):
                generator.again(body, route, phase=phase, kind="repeated order message")
    for number in range(20):
        order_id = f"PART-{number:02}"
        generator.message(order_id, kind="partial message", status="pending", userId=f"user-{number}")
        generator.message(order_id, kind="partial message", itemName=choose(PRODUCTS), quantity=2)
        generator.message(order_id, phase=1, kind="partial message", amount=generator.amount())


def _add_transitions(generator: Generator) -> None:
    """pending → shipped for every boundary amount and every kind of address."""
    choose = generator.random.choice
    for number, value in enumerate(BOUNDARY_AMOUNTS * 3):
        email = (None, choose(CUSTOMER_EMAILS), choose(TEST_EMAILS))[number // len(BOUNDARY_AMOUNTS)]
        order_id = f"T-{number:03}"
        contact = {} if email is None else {"customerEmail": email}
        currency = choose(CURRENCIES)
        generator.message(
            order_id, kind="pending", status="pending", amount=Decimal(value), currency=currency,
            userId=f"user-{number}", **contact,
        )  # fmt: skip
        body = generator.message(order_id, phase=1, kind="shipped", status="shipped")
        if number % 5 == 0:
            generator.again(body, Route.SNS, phase=1, kind="repeated shipped")
    for number, email in enumerate(TEST_EMAILS + CUSTOMER_EMAILS):
        order_id = f"MAIL-{number:02}"
        generator.message(order_id, kind="pending", status="Pending", amount=Decimal(1500), customerEmail=email)
        generator.message(order_id, phase=1, kind="shipped", status="SHIPPED", route=Route.SQS)
    for number in range(6):
        order_id = f"BOTH-{number}"
        generator.order_event(order_id, TotalAmount=Decimal(900 + 50 * number), createdUtc="2025-08-26T00:00:00.5Z")
        generator.message(order_id, kind="pending", status="pending")
        generator.message(order_id, phase=1, kind="shipped", status="shipped")


def _add_foreign_items(generator: Generator) -> None:
    def item(order_id: str, status: str, **attributes: str) -> dict[str, dict[str, str]]:
        values = {"orderId": {"S": order_id}, "orderStatus" if order_id.endswith("a") else "status": {"S": status}}
        for name, text in attributes.items():
            values[name] = {"N" if name.lower().endswith("amount") else "S": text}
        return values

    cases: list[dict[str, str]] = [
        {"orderAmount": value, "customerEmail": email}
        for value in ("100", "100.01", "1000", "1000.01", "1500")
        for email in ("kim@example.com", "t@Sub.TEST.com")
    ]
    cases += [{"amount": "1500", "currency": "EUR", "userId": "user-1"}, {"customerEmail": "kim@example.com"}]
    for number, attributes in enumerate(cases):
        order_id = f"OTHER-{number:02}{'a' if 'orderAmount' in attributes else ''}"
        for phase, status in enumerate(("pending", "shipped")):
            generator.workload.writes.append(TableWrite(phase, item(order_id, status, **attributes)))
    for phase, status in enumerate(("PENDING", "Shipped")):
        null = {"amount": {"NULL": True}, "customerEmail": {"NULL": True}, "orderAmount": {"S": " 1500 "}}
        generator.workload.writes.append(TableWrite(phase, item("OTHER-null", status) | null))
        residue = {"amount": {"N": "1500.9999999999998"}}
        generator.workload.writes.append(TableWrite(phase, item("OTHER-residue", status) | residue))
    for phase, status in enumerate(("pending", "shipped")):
        poison = item("OTHER-poison", status) | {"amount": {"S": "a lot"}}
        generator.workload.writes.append(TableWrite(phase, poison))
