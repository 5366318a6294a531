"""Expectation against observation, difference by difference."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from decimal import Decimal
from uuid import UUID

from . import archive, deadletters
from .exact import Instant, Unreadable
from .observation import Item, Observation
from .oracle import Expectation
from .rows import Row, Rules, email_domain
from .spelling import AMOUNT, EMAIL

# Of rows of the Orders table, and of the Analytics table's rows and claims.
ROW_FORMAT = 1
ANALYTICS_FORMAT = 2

# Arrival times pass through floating-point seconds in the services' own answers.
ARRIVAL_TOLERANCE = Instant.parse("1970-01-01T00:00:00.001Z").seconds


@dataclass(frozen=True)
class Check:
    """One thing that was compared: how much of it there is, and what is wrong with it."""

    name: str
    size: str
    differences: list[str]


def compare(expected: Expectation, observed: Observation, rules: Rules) -> list[Check]:
    checks: list[tuple[str, str, Callable[[], Iterable[str]]]] = [
        ("Orders", f"{len(observed.orders)} rows", lambda: compare_orders(expected, observed, rules)),
        ("Analytics", f"{len(_counters(observed))} rows", lambda: compare_analytics(expected, observed)),
        ("Event claims", f"{len(_claims(observed))} rows", lambda: _compare_claims(expected, observed)),
        ("Archive", f"{len(observed.archive)} objects", lambda: archive.compare(expected, observed.archive)),
        ("Checkpoints", f"{len(observed.checkpoints)} rows", lambda: compare_checkpoints(expected, observed)),
        ("Normal orders", f"{sum(expected.normal.values())} processed", lambda: _compare_normal(expected, observed)),
        ("Premium notifications", f"{len(observed.notifications)}", lambda: _compare_premium(expected, observed)),
        *(
            (name, f"{len(observed.dead_letters[f'{name}Url'])} messages", compare_queue)
            for name, compare_queue in deadletters.comparisons(expected, observed)
        ),
        ("OrderQueue", "empty", lambda: _compare_queue(observed)),
        ("Function logs", f"{_log_lines(observed)} lines", lambda: _compare_logs(expected, observed)),
    ]
    return [Check(name, size, list(differences())) for name, size, differences in checks]


# Orders


def compare_orders(expected: Expectation, observed: Observation, rules: Rules) -> Iterator[str]:
    arrivals = {record.arrival for record in observed.stream}
    unexplained = dict(observed.orders)
    for order_id, row in expected.orders.items():
        yield from _compare_order(order_id, row, unexplained.pop(order_id, None), rules, arrivals)
    for order_id, item in expected.foreign_orders.items():
        unexplained.pop(order_id, None)
        if observed.raw_orders.get(order_id) != item:
            yield f"order {order_id}, written by others, was changed or is missing"
    by_customer = {
        str(item.get("userId")): order_id for order_id, item in unexplained.items() if _is_name_based(order_id)
    }
    for customer, row in expected.orders_by_customer.items():
        order_id = by_customer.get(customer)
        item = unexplained.pop(order_id, None) if order_id is not None else None
        yield from _compare_order(f"of {customer}", row, item, rules, arrivals)
    for order_id in unexplained:
        yield f"order {order_id} should not be there"


def _is_name_based(order_id: str) -> bool:
    try:
        return UUID(order_id).version == 5
    except ValueError:
        return False


def _compare_order(name: str, row: Row, item: Item | None, rules: Rules, arrivals: set[Instant]) -> Iterator[str]:
    if item is None:
        yield f"order {name} is missing"
        return
    wanted = dict(row.values)
    # A currency that no message names is US dollars, written or not.
    wanted.setdefault("currency", "USD")
    item = {"currency": "USD"} | item
    amount, email = wanted.get(AMOUNT), wanted.get(EMAIL)
    if amount is not None:
        wanted["amountBand"] = rules.amount_band(amount)  # type: ignore[arg-type]
    if email is not None:
        wanted["emailDomain"] = email_domain(str(email))
    times = {"timestamp": row.updated, "createdAt": row.created, "updatedAt": row.updated}
    wanted["format"] = Decimal(ROW_FORMAT)
    for attribute in sorted((wanted.keys() | item.keys()) - times.keys() - {"orderId", "versions"}):
        if wanted.get(attribute) != item.get(attribute):
            yield f"order {name}: {attribute} is {item.get(attribute)!s}, not {wanted.get(attribute)!s}"
    for attribute, instant in times.items():
        yield from _compare_instant(f"order {name}: {attribute}", instant, item.get(attribute), arrivals)
    for attribute, instant in row.versions.items():
        # Whether a default has a version is the writer's own business.
        if attribute != "currency" or "currency" in item.get("versions", {}):
            found = item.get("versions", {}).get(attribute)
            yield from _compare_instant(f"order {name}: version of {attribute}", instant, found, arrivals)


def _compare_instant(name: str, wanted: Instant | None, text: object, arrivals: set[Instant]) -> Iterator[str]:
    assert wanted is not None
    try:
        found = Instant.parse(text)
    except Unreadable:
        yield f"{name} is {text!r}, no UTC timestamp"
        return
    if abs(found.seconds - wanted.seconds) > (ARRIVAL_TOLERANCE if wanted in arrivals else 0):
        yield f"{name} is {text}, not {wanted.moment.isoformat()} (second {wanted.seconds})"


# Analytics


def _is_claim(key: tuple[str, str]) -> bool:
    return key[0].startswith("EVENT#")


def _counters(observed: Observation) -> dict[tuple[str, str], Item]:
    return {key: row for key, row in observed.analytics.items() if not _is_claim(key)}


def _claims(observed: Observation) -> dict[str, Item]:
    return {key[0].removeprefix("EVENT#"): row for key, row in observed.analytics.items() if _is_claim(key)}


def compare_analytics(expected: Expectation, observed: Observation) -> Iterator[str]:
    found_rows = _counters(observed)
    for key in sorted(expected.analytics.keys() | found_rows.keys()):
        wanted = expected.analytics.get(key, {})
        row = found_rows.get(key, {})
        # What begins with `at:` says how far the row has counted a shard.
        found = {name: row[name] for name in row if name not in ("PK", "SK", "format") and not name.startswith("at:")}
        if row and row.get("format") != ANALYTICS_FORMAT:
            yield f"{key[0]} {key[1]} has no format {ANALYTICS_FORMAT}"
        for name in sorted(wanted.keys() | found.keys()):
            if wanted.get(name, 0) != found.get(name, 0):
                yield f"{key[0]} {key[1]}: {name} is {found.get(name, 0)}, not {wanted.get(name, 0)}"


def _compare_claims(expected: Expectation, observed: Observation) -> Iterator[str]:
    found = _claims(observed)
    for identity in sorted(expected.claims - found.keys()):
        yield f"event {identity} has no claim"
    # A record that is not counted may have a claim of its own, by its position in the stream.
    positions = {record.event_id for delivered in observed.stream for record in delivered.unpack()}
    for identity in sorted(found.keys() - expected.claims - positions):
        yield f"claim {identity} belongs to no event that counts"
    for identity, row in found.items():
        if not isinstance(row.get("expiresAt"), Decimal):
            yield f"claim {identity} never expires"
        if row.get("format") != ANALYTICS_FORMAT:
            yield f"claim {identity} is of format {row.get('format')}, not {ANALYTICS_FORMAT}"


def compare_checkpoints(expected: Expectation, observed: Observation) -> Iterator[str]:
    for shard_id, records in expected.archived.items():
        last = records[-1][0].sequence_number
        rows = [row for name, row in observed.checkpoints.items() if "Archiver" in name and name.endswith(shard_id)]
        if len(rows) != 1:
            yield f"{shard_id} has {len(rows)} checkpoints of the archiver, not 1"
        elif (int(rows[0]["sequenceNumber"]), rows[0].get("format")) != (int(last), 1):
            yield f"checkpoint of {shard_id} is {rows[0]['sequenceNumber']}, format {rows[0].get('format')}, not {last}"


# Processors


def _compare_normal(expected: Expectation, observed: Observation) -> Iterator[str]:
    found = observed.logs["NormalOrdersProcessor"].processed_orders()
    yield from _compare_counts("order", "processed", expected.normal, found)


def _compare_premium(expected: Expectation, observed: Observation) -> Iterator[str]:
    notifications = [deadletters.notification(message) for message in observed.notifications]
    by_event = {content["eventID"]: content for content, _ in notifications}
    for content, attribute in notifications:
        if attribute != content["eventID"]:
            yield f"notification of {content['orderId']}: attribute eventID is {attribute}, not {content['eventID']}"
    found_orders = Counter(content["orderId"] for content in by_event.values())
    yield from _compare_counts("order", "notified", Counter(dict.fromkeys(expected.premium, 1)), found_orders)
    for content in by_event.values():
        wanted = expected.premium.get(content["orderId"])
        if wanted is None:
            continue
        found = (deadletters.number(content.get("amount")), content.get("currency"), content.get("customerId"))
        if found != (wanted.amount, wanted.currency, wanted.customer_id):
            yield f"notification of {content['orderId']} says {found}, not {wanted}"
        try:
            Instant.parse(content.get("shippedAt"))
        except Unreadable:
            yield f"notification of {content['orderId']}: shippedAt is {content.get('shippedAt')!r}"


def _compare_counts(noun: str, verb: str, wanted: Counter[str], found: Counter[str]) -> Iterator[str]:
    for name in sorted(wanted.keys() | found.keys()):
        if wanted[name] != found[name]:
            yield f"{noun} {name} was {verb} {found[name]} times, not {wanted[name]}"


def _compare_queue(observed: Observation) -> Iterator[str]:
    visible, working = observed.queue
    if visible or working:
        yield f"{visible} messages wait and {working} are being worked on"


def _log_lines(observed: Observation) -> int:
    return sum(len(logs.lines) for logs in observed.logs.values())


def _compare_logs(expected: Expectation, observed: Observation) -> Iterator[str]:
    """Every line is a JSON object, and none holds a customer's address."""
    rows = [row.values.get(EMAIL) for row in expected.orders.values()]
    items = [item[EMAIL].get("S") for item in expected.foreign_orders.values() if EMAIL in item]
    addresses = {str(address).lower() for address in [*rows, *items] if address is not None}
    for function, logs in observed.logs.items():
        for text in logs.texts:
            yield f"{function} wrote something that is no log line: {text[:200]}"
        for line in logs.lines:
            text = str(line).lower()
            if any(address in text for address in addresses):
                yield f"{function} logged an address: {line.get('message')}"
