"""The spellings of an order, read from the bytes that were sent."""

from __future__ import annotations

import re
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from decimal import Decimal

from . import exact
from .exact import EXACT, Instant, Unreadable

# ISO 4217's minor units that are no hundredths.
MINOR_UNITS = {
    **dict.fromkeys(["BIF", "CLP", "DJF", "GNF", "ISK", "JPY", "KMF", "KRW", "PYG", "RWF", "UGX", "UYI"], 0),
    **dict.fromkeys(["VND", "VUV", "XAF", "XOF", "XPF"], 0),
    **dict.fromkeys(["BHD", "IQD", "JOD", "KWD", "LYD", "OMR", "TND"], 3),
    **dict.fromkeys(["CLF", "UYW"], 4),
}

AMOUNT, CURRENCY, STATUS, EMAIL = "amount", "currency", "status", "customerEmail"
CORRELATION = "correlationId"

# What says something, by the object that it is in: a name that differs from one in case, _ and - alone does not.
EVENT_NAMES = ("MessageId", "OccurredUtc", "Payload")
PAYLOAD_NAMES = ("OrderId", "UserId", "TotalAmount", "Currency", "ProductIds", "Quantities", "createdUtc")
RECORD_NAMES = ("customer_id", "order_id", "amount", "currency", "MessageId", "OccurredUtc")
MESSAGE_NAMES = (
    "orderId", "userId", "itemName", "quantity", "status", "timestamp", "amount", "currency", "customerEmail",
)  # fmt: skip
# What stands between a type's namespaces.
BORDER = re.compile(r"[.:/+\\$#]")
# What is as good as absent where it is blank.
MESSAGE_TEXTS = (STATUS, EMAIL, "itemName")


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
    created: Instant | None = None

    def facts(self) -> tuple[object, ...]:
        """What a repetition of this order says again, however a client writes it."""
        second = None if self.created is None else self.created.moment
        products = tuple(sorted(self.products.items()))
        return (self.update.order_id, second, self.amount.normalize(EXACT), self.currency, products)

    def shares(self) -> dict[str, Decimal]:
        """The amount split by quantity in the minor unit, or in the amount's own last digit where that is finer."""
        digits = max(MINOR_UNITS.get(self.currency, 2), exact.fraction_digits(self.amount.normalize(EXACT)))
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
        value = unwrapped(exact.parse_object(data))
    except Unreadable:
        return KinesisReading(is_order=False, is_poison=True)
    if value.get("Type") is not None:
        return _read_order_event(value, arrival)
    return _read_short_record(value, arrival)


def unwrapped(value: dict[str, object]) -> dict[str, object]:
    """The order in an EventBridge envelope."""
    detail = value.get("detail")
    is_envelope = isinstance(value.get("detail-type"), str) and isinstance(value.get("source"), str)
    return detail if is_envelope and isinstance(detail, dict) else value


def is_like_order_created(event_type: str) -> bool:
    """Blank, or an order created but for case, separators, version and namespace: nothing that may be skipped."""
    if re.fullmatch(r"[\W_]*", event_type):
        return True
    head = event_type.partition(",")[0]
    names = [event_type, head, *(head[border.end() :] for border in BORDER.finditer(head))]
    letters = [re.sub(r"[\W_]", "", name.lower()) for name in names]
    return any(re.fullmatch(r"ordercreated(event)?(v|version)?\d*", name) for name in letters)


def _refuse_misspelt(members: dict[str, object], names: tuple[str, ...], texts: tuple[str, ...] = ()) -> None:
    for name in names:
        there = [
            other for other, value in members.items() if value is not None and not (name in texts and _is_blank(value))
        ]
        if name not in there and any(_is_like(other, name) for other in there):
            raise Unreadable(f"{name} is there in another spelling")


def _is_blank(value: object) -> bool:
    return isinstance(value, str) and not value.strip(exact.WHITE_SPACE)


def _is_like(name: str, known: str) -> bool:
    """One serializer's form of another's name: in another case, or with its words joined in another way."""
    words = "[_-]?".join(re.findall("[A-Z]?[a-z]+", known))
    return name != known and re.fullmatch(words, name, re.ASCII | re.IGNORECASE) is not None


def _read_order_event(event: dict[str, object], arrival: Instant) -> KinesisReading:
    if event["Type"] != "OrderCreatedV1":
        is_poison = not isinstance(event["Type"], str) or is_like_order_created(event["Type"])
        return KinesisReading(is_order=False, is_poison=is_poison)
    payload = event.get("Payload")
    created = payload.get("createdUtc") if isinstance(payload, dict) else None
    identity = None
    try:
        identity = exact.message_identifier(event.get("MessageId"))
        if not isinstance(payload, dict):
            raise Unreadable("no Payload")
        _refuse_misspelt(event, EVENT_NAMES)
        _refuse_misspelt(payload, PAYLOAD_NAMES)
        at = _first_instant(created, event, arrival)
        sale = _sale(payload, at, None if created is None else at)
        sale.update.attributes.update(_correlation(event.get("CorrelationId")))
    except Unreadable:
        day = _readable_instant(created, event, arrival).day
        return KinesisReading(is_order=True, identity=identity, day=day, is_poison=True)
    return KinesisReading(is_order=True, identity=identity, day=at.day, sale=sale)


def _correlation(value: object) -> dict[str, str]:
    """What is no correlation id is ignored."""
    with suppress(Unreadable):
        text = exact.identifier(value) if isinstance(value, str) else ""
        if 0 < len(text.encode()) <= 128 and "@" not in text:
            return {CORRELATION: text}
    return {}


def _first_instant(created: object, event: dict[str, object], arrival: Instant) -> Instant:
    for text in (created, event.get("OccurredUtc")):
        if text is not None:
            return Instant.of_order(text, arrival)
    return arrival


def _readable_instant(created: object, event: dict[str, object], arrival: Instant) -> Instant:
    """When an order that cannot be read happened, as far as can be told."""
    for text in (created, event.get("OccurredUtc")):
        with suppress(Unreadable):
            return Instant.of_order(text, arrival)
    return arrival


def _sale(payload: dict[str, object], at: Instant, created: Instant | None) -> Sale:
    order_id = exact.order_identifier(payload.get("OrderId"))
    amount = exact.amount(payload.get("TotalAmount"))
    currency = exact.currency(payload.get("Currency"))
    listed, quantities = (_without_empty(payload.get(name)) for name in ("ProductIds", "Quantities"))
    listed, quantities = [] if listed is None else listed, {} if quantities is None else quantities
    if not isinstance(listed, list) or not isinstance(quantities, dict):
        raise Unreadable("ProductIds is a list, Quantities an object")
    listed_ids = [exact.identifier(product) for product in listed]
    counts = {product: quantities.get(product) for product in listed_ids}
    _refuse_misspelt_quantities(counts, quantities)
    products = {product: 1 if count is None else exact.quantity(count) for product, count in counts.items()}
    attributes: dict[str, str | Decimal] = {AMOUNT: amount, CURRENCY: currency}
    if payload.get("UserId") is not None:
        attributes["userId"] = exact.identifier(payload["UserId"])
    return Sale(Update(order_id, at, attributes), amount, currency, products, created)


def _refuse_misspelt_quantities(counts: dict[str, object], quantities: dict[str, object]) -> None:
    """Other keys mean nothing."""
    missing = {_folded(product) for product, count in counts.items() if count is None}
    if any(key not in counts and count is not None and _folded(key) in missing for key, count in quantities.items()):
        raise Unreadable("a quantity is there under another spelling of the product")


def _folded(text: str) -> str:
    """Ids that differ in case or in blanks around them have it in common."""
    # Each character by itself: a text's own rule has two small forms of a Greek letter.
    return "".join(character.lower() for character in text.strip(exact.WHITE_SPACE))


def _without_empty(value: object) -> object:
    """PHP has one empty array for lists and for maps."""
    return None if value in ([], {}) else value


def _read_short_record(record: dict[str, object], arrival: Instant) -> KinesisReading:
    day, identity = _readable_instant(None, record, arrival).day, None
    try:
        identity = exact.message_identifier(record.get("MessageId"))
        _refuse_misspelt(record, RECORD_NAMES)
        if _may_be_event(record):
            raise Unreadable("an order event, whose type is in another case")
        order_id = exact.order_identifier(record["order_id"]) if record.get("order_id") is not None else None
        amount = exact.amount(record.get("amount"))
        currency = exact.currency(record.get("currency"))
        attributes: dict[str, str | Decimal] = {AMOUNT: amount, CURRENCY: currency}
        attributes["userId"] = exact.identifier(record.get("customer_id"))
        at = _first_instant(None, record, arrival)
    except Unreadable:
        is_order = any(name in record for name in ("customer_id", "order_id", "amount"))
        return KinesisReading(is_order=is_order, identity=identity, day=day, is_poison=True)
    sale = Sale(Update(order_id, at, attributes), amount, currency, {})
    return KinesisReading(is_order=True, identity=identity, day=day, sale=sale)


def _may_be_event(record: dict[str, object]) -> bool:
    """Whether it has a payload and, in another case, a type that an order created may have."""
    said = {name: value for name, value in record.items() if value is not None}
    types = [value for name, value in said.items() if _is_like(name, "Type")]
    return any(name == "Payload" or _is_like(name, "Payload") for name in said) and any(
        isinstance(value, str) and not _is_blank(value) and is_like_order_created(value) for value in types
    )


def read_order_message(body: bytes, arrival: Instant | None = None) -> Update:
    """An order message as SNS or SQS carries it; raises `Unreadable` for one that belongs into OrderDLQ.

    `arrival` is when the queue got it; the oracle does not see that, and takes the time at which it is asked.
    """
    value = unwrapped(exact.parse_object(body))
    message = {name: value for name, value in value.items() if value is not None}
    _refuse_misspelt(message, MESSAGE_NAMES, MESSAGE_TEXTS)
    order_id = exact.order_identifier(message.get("orderId"))
    attributes: dict[str, str | Decimal] = {}
    for name in MESSAGE_TEXTS:
        if name in message:
            text = message[name]
            if not isinstance(text, str):
                raise Unreadable(f"{name} is no string")
            if not _is_blank(text):
                attributes[name] = text.strip(exact.WHITE_SPACE) if name in (STATUS, EMAIL) else text
    if "userId" in message:
        attributes["userId"] = exact.identifier(message["userId"])
    if "quantity" in message:
        attributes["quantity"] = Decimal(exact.quantity(message["quantity"]))
    if AMOUNT in message:
        attributes[AMOUNT] = exact.amount(message[AMOUNT])
    if CURRENCY in message:
        attributes[CURRENCY] = exact.currency(message[CURRENCY])
    attributes |= _correlation(message.get("correlationId"))
    at = Instant.of_order(message.get("timestamp"), arrival or Instant.of(datetime.now(UTC)))
    return Update(order_id, at, attributes)
