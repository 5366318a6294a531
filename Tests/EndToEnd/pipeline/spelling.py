"""The spellings of an order, read from the bytes that were sent."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from . import exact
from .exact import EXACT, Instant, Unreadable

AMOUNT, CURRENCY, STATUS, EMAIL = "amount", "currency", "status", "customerEmail"


@dataclass(frozen=True)
class Update:
    """What one message says about one order. `order_id` is None where the pipeline makes the id."""

    order_id: str | None
    at: Instant
    attributes: dict[str, str | Decimal]


@dataclass(frozen=True)
class Sale:
    """One order as the analytics count it."""

    update: Update
    amount: Decimal
    currency: str
    products: dict[str, int]

    def shares(self) -> dict[str, Decimal]:
        """The amount split by quantity in hundredths, or in its own last digit where that is finer."""
        digits = max(2, exact.fraction_digits(self.amount))
        units = int(EXACT.scaleb(self.amount, digits))
        total = sum(self.products.values())
        shares = {product: units * count // total for product, count in self.products.items()}
        rest = units - sum(shares.values())
        for product in list(shares)[:rest]:
            shares[product] += 1
        return {product: EXACT.scaleb(Decimal(share), -digits) for product, share in shares.items()}


@dataclass(frozen=True)
class KinesisReading:
    """What one Kinesis payload is: an order (`sale`), an order that cannot be read, no order, or nothing readable."""

    is_order: bool
    identity: str | None = None
    day: str | None = None
    sale: Sale | None = None
    is_poison: bool = False


def read_kinesis(data: bytes, arrival: Instant) -> KinesisReading:
    try:
        value = exact.parse_object(data)
    except Unreadable:
        return KinesisReading(is_order=False, is_poison=True)
    if "Type" in value:
        return _read_order_event(value, arrival)
    return _read_short_record(value, arrival)


def _read_order_event(event: dict[str, object], arrival: Instant) -> KinesisReading:
    identity = event.get("MessageId")
    identity = identity if isinstance(identity, str) else None
    if event["Type"] != "OrderCreatedV1":
        return KinesisReading(is_order=False, identity=identity)
    payload = event.get("Payload")
    at = _first_instant(payload.get("createdUtc") if isinstance(payload, dict) else None, event, arrival)
    try:
        if not isinstance(payload, dict):
            raise Unreadable("no Payload")
        sale = _sale(payload, at)
    except Unreadable:
        return KinesisReading(is_order=True, identity=identity, day=at.day, is_poison=True)
    return KinesisReading(is_order=True, identity=identity, day=at.day, sale=sale)


def _first_instant(created: object, event: dict[str, object], arrival: Instant) -> Instant:
    for text in (created, event.get("OccurredUtc")):
        if text is not None:
            return Instant.parse(text)
    return arrival


def _sale(payload: dict[str, object], at: Instant) -> Sale:
    order_id = exact.identifier(payload.get("OrderId"))
    amount = exact.amount(payload.get("TotalAmount"))
    currency = exact.currency(payload.get("Currency"))
    listed = payload.get("ProductIds") or []
    quantities = payload.get("Quantities") or {}
    assert isinstance(listed, list) and isinstance(quantities, dict)
    counts = {product: exact.quantity(count) for product, count in quantities.items()}
    listed_ids = [exact.identifier(product) for product in listed]
    products = {product: counts.get(product, 1) for product in listed_ids}
    attributes: dict[str, str | Decimal] = {AMOUNT: amount, CURRENCY: currency}
    if payload.get("UserId") is not None:
        attributes["userId"] = exact.identifier(payload["UserId"])
    return Sale(Update(order_id, at, attributes), amount, currency, products)


def _read_short_record(record: dict[str, object], arrival: Instant) -> KinesisReading:
    try:
        order_id = exact.identifier(record["order_id"]) if record.get("order_id") is not None else None
        amount = exact.amount(record.get("amount"))
        attributes: dict[str, str | Decimal] = {AMOUNT: amount, CURRENCY: "USD"}
        if "customer_id" in record:
            attributes["userId"] = exact.identifier(record["customer_id"])
    except Unreadable:
        return KinesisReading(is_order=True, day=arrival.day, is_poison=True)
    sale = Sale(Update(order_id, arrival, attributes), amount, "USD", {})
    return KinesisReading(is_order=True, day=arrival.day, sale=sale)


def read_order_message(body: bytes) -> Update:
    """An order message as SNS or SQS carries it; raises `Unreadable` for one that belongs into OrderDLQ."""
    message = {name: value for name, value in exact.parse_object(body).items() if value is not None}
    order_id = exact.identifier(message.get("orderId"))
    attributes: dict[str, str | Decimal] = {}
    for name in (STATUS, EMAIL, "itemName"):
        if name in message:
            text = message[name]
            assert isinstance(text, str)
            attributes[name] = text
    if "userId" in message:
        attributes["userId"] = exact.identifier(message["userId"])
    if "quantity" in message:
        attributes["quantity"] = Decimal(exact.quantity(message["quantity"]))
    if AMOUNT in message:
        attributes[AMOUNT] = exact.amount(message[AMOUNT])
    if CURRENCY in message:
        attributes[CURRENCY] = exact.currency(message[CURRENCY])
    return Update(order_id, Instant.parse(message.get("timestamp")), attributes)
