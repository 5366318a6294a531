"""What must be stored, archived, notified and dead-lettered after a workload, computed from what was sent."""

from __future__ import annotations

import itertools
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from decimal import Decimal

from . import packing
from .exact import EXACT, Instant, Unreadable
from .rows import Image, Row, Rules, is_normal, is_premium
from .spelling import KinesisReading, Update, read_kinesis, read_order_message
from .workload import Route, Workload

RowKey = tuple[str, str]
# What an order says that is counted, as `Sale.facts` gives it.
Facts = tuple[object, ...]


@dataclass(frozen=True)
class StreamRecord:
    """A record as Kinesis holds it: read back, since shard, number and arrival are the service's to give."""

    shard_id: str
    sequence_number: str
    arrival: Instant
    data: bytes
    partition_key: str = "order"
    # Of a record that a producer library put into one of the stream with others.
    place: int | None = None

    @property
    def event_id(self) -> str:
        place = "" if self.place is None else f":{self.place}"
        return f"{self.shard_id}:{self.sequence_number}{place}"

    def unpack(self) -> Iterator[StreamRecord]:
        """The records of producers in it."""
        for part in packing.parts(self.partition_key, self.data):
            yield replace(self, data=part.data, partition_key=part.partition_key, place=part.place)

    def read(self) -> KinesisReading:
        return read_kinesis(packing.text(self.data), self.arrival)


ArchivedRecord = tuple[StreamRecord, KinesisReading]


@dataclass(frozen=True)
class Notification:
    amount: Decimal
    currency: str
    customer_id: str | None


@dataclass
class Expectation:
    """Order ids of short records without one are the pipeline's to make: their rows are known by customer."""

    orders: dict[str, Row] = field(default_factory=dict)
    orders_by_customer: dict[str, Row] = field(default_factory=dict)
    foreign_orders: dict[str, dict[str, dict[str, str]]] = field(default_factory=dict)
    analytics: dict[RowKey, dict[str, Decimal]] = field(default_factory=dict)
    claims: set[str] = field(default_factory=set)
    # How often an order was counted, by its id; of one without an id by its customer's.
    counted: Counter[tuple[str | None, str]] = field(default_factory=Counter)
    archived: dict[str, list[ArchivedRecord]] = field(default_factory=dict)
    analytics_dead: dict[str, StreamRecord] = field(default_factory=dict)
    order_dead: Counter[bytes] = field(default_factory=Counter)
    normal: Counter[str] = field(default_factory=Counter)
    premium: dict[str, Notification] = field(default_factory=dict)
    normal_dead: Counter[str] = field(default_factory=Counter)
    premium_dead: Counter[str] = field(default_factory=Counter)


class AmbiguousWorkload(AssertionError):
    """The order of delivery would decide what comes out, so nothing can be expected."""


def expect(workload: Workload, stream: Iterable[StreamRecord], rules: Rules, through: int | None = None) -> Expectation:
    """`stream` holds what Kinesis received, oldest first in each shard; `through` stops after that phase."""
    expectation = Expectation()
    readings = [(record, record.read()) for delivered in stream for record in delivered.unpack()]
    _expect_analytics(expectation, readings, {})
    _expect_archive(expectation, readings)
    phases = range(workload.phases if through is None else through + 1)
    updates = _updates_by_order(expectation, workload, readings, phases)
    _expect_orders(expectation, updates, rules)
    _expect_foreign(expectation, workload, phases, rules)
    return expectation


def expect_stored(
    workload: Workload, stream: Iterable[StreamRecord], counted: Mapping[str, Facts] | None = None
) -> Expectation:
    """Like `expect`, but for what the processors do: that may depend on the order of delivery here.

    `counted` names, by event id, the facts that came first where that was not the first of the stream.
    """
    expectation = Expectation()
    readings = [(record, record.read()) for delivered in stream for record in delivered.unpack()]
    _expect_analytics(expectation, readings, counted or {})
    _expect_archive(expectation, readings)
    for order_id, by_phase in _updates_by_order(expectation, workload, readings, range(workload.phases)).items():
        expectation.orders[order_id] = Row.merging(update for updates in by_phase.values() for update in updates)
    for write in sorted(workload.writes, key=lambda write: write.phase):
        expectation.foreign_orders[write.order_id] = write.item
    return expectation


# Kinesis: counters, claims, dead letters, archive


def _expect_analytics(
    expectation: Expectation, readings: list[tuple[StreamRecord, KinesisReading]], already: Mapping[str, Facts]
) -> None:
    counted = dict(already)
    seen: set[str] = set()
    for record, reading in readings:
        if reading.is_poison:
            expectation.analytics_dead[record.event_id] = record
        if not reading.is_order:
            continue
        # An order that cannot be read is one of its day, once; each record of it is a dead letter, though.
        identity = reading.identity or record.event_id
        facts = None if reading.sale is None or reading.identity is None else reading.sale.facts()
        if facts is not None and counted.setdefault(identity, facts) != facts:
            # Another order under the id of one that was counted.
            expectation.analytics_dead[record.event_id] = record
            continue
        if identity in seen:
            continue
        seen.add(identity)
        # Where there is no message id, the place in the stream makes the event count once.
        if reading.identity is not None:
            expectation.claims.add(identity)
        _count(expectation.analytics, reading)
        if reading.sale is not None:
            update = reading.sale.update
            customer = "" if update.order_id is not None else str(update.attributes["userId"])
            expectation.counted[update.order_id, customer] += 1


def _count(analytics: dict[RowKey, dict[str, Decimal]], reading: KinesisReading) -> None:
    def add(partition: str, sort: str, **deltas: Decimal | int) -> None:
        row = analytics.setdefault((f"{partition}#{reading.day}", sort), {})
        for name, delta in deltas.items():
            row[name] = EXACT.add(row.get(name, Decimal(0)), Decimal(delta))

    sale = reading.sale
    add("ORDERS", "TOTAL", TotalOrders=1, SuccessfulOrders=0 if sale is None else 1)
    if sale is None:
        return
    add("REVENUE", sale.currency, Value=sale.amount, Count=1)
    for product, share in sale.shares().items():
        sort = product if sale.currency == "USD" else f"{product}#{sale.currency}"
        add("PRODUCT", sort, OrderCount=1, Units=sale.products[product], Revenue=share)


def _expect_archive(expectation: Expectation, readings: list[ArchivedRecord]) -> None:
    for record, reading in readings:
        expectation.archived.setdefault(record.shard_id, []).append((record, reading))


# Orders, and what the processors do about their changes


def _updates_by_order(
    expectation: Expectation,
    workload: Workload,
    readings: list[tuple[StreamRecord, KinesisReading]],
    phases: range,
) -> dict[str, dict[int, list[Update]]]:
    updates: dict[str, dict[int, list[Update]]] = defaultdict(lambda: defaultdict(list))
    phase_of = _phases_of_payloads(workload)
    posted = {message.body.decode(): message.phase for message in workload.messages if message.route is Route.HTTP}
    for record, reading in readings:
        if reading.sale is None:
            continue
        update = reading.sale.update
        if update.order_id is None:
            customer = str(update.attributes["userId"])
            if customer in expectation.orders_by_customer:
                raise AmbiguousWorkload(f"two orders without an id of customer {customer}")
            expectation.orders_by_customer[customer] = Row.merging([update])
        else:
            phase = posted[update.order_id] if update.order_id in posted else phase_of[record.data].pop(0)
            updates[update.order_id][phase].append(update)
    for message in workload.messages:
        if message.phase not in phases or message.route in (Route.KINESIS, Route.HTTP):
            continue
        try:
            update = read_order_message(message.body)
        except Unreadable:
            expectation.order_dead[message.body] += 1
            continue
        assert update.order_id is not None
        updates[update.order_id][message.phase].append(update)
    return updates


def _phases_of_payloads(workload: Workload) -> dict[bytes, list[int]]:
    phases: dict[bytes, list[int]] = defaultdict(list)
    for message in workload.messages:
        if message.route is Route.KINESIS:
            phases[message.body].append(message.phase)
    return {body: sorted(numbers) for body, numbers in phases.items()}


def _expect_orders(expectation: Expectation, updates: dict[str, dict[int, list[Update]]], rules: Rules) -> None:
    for order_id, by_phase in updates.items():
        row = Row()
        for phase in sorted(by_phase):
            _expect_processing(expectation, order_id, row, by_phase[phase], rules)
            for update in by_phase[phase]:
                row.apply(update)
        expectation.orders[order_id] = row


def _expect_processing(expectation: Expectation, order_id: str, row: Row, updates: list[Update], rules: Rules) -> None:
    """Within a phase messages come in any order; what the processors do must not depend on it."""
    outcomes = {_outcome(row, order, rules) for order in itertools.permutations(_distinct(updates))}
    if len(outcomes) != 1:
        raise AmbiguousWorkload(f"delivery order decides what the processors do with {order_id}")
    normal, premium = outcomes.pop()
    expectation.normal[order_id] += normal
    if premium is not None:
        if order_id in expectation.premium:
            raise AmbiguousWorkload(f"{order_id} ships twice")
        expectation.premium[order_id] = premium


def _distinct(updates: list[Update]) -> list[Update]:
    return [update for index, update in enumerate(updates) if update not in updates[:index]]


def _outcome(row: Row, updates: Iterable[Update], rules: Rules) -> tuple[int, Notification | None]:
    current = Row(dict(row.values), dict(row.versions), row.created, row.updated)
    processed, notification = 0, None
    for update in updates:
        old = current.image() if current.created is not None else None
        before = (dict(current.values), dict(current.versions), current.created, current.updated)
        current.apply(update)
        if before == (current.values, current.versions, current.created, current.updated):
            continue
        new = current.image()
        processed += is_normal(new, rules)
        if is_premium(old, new, rules):
            notification = _notification(current)
    return processed, notification


def _notification(row: Row) -> Notification:
    value, customer = row.values["amount"], row.values.get("userId")
    assert isinstance(value, Decimal)
    return Notification(value, str(row.values.get("currency", "USD")), None if customer is None else str(customer))


def _expect_foreign(expectation: Expectation, workload: Workload, phases: range, rules: Rules) -> None:
    images: dict[str, Image] = {}
    for write in sorted(workload.writes, key=lambda write: write.phase):
        if write.phase not in phases:
            continue
        order_id, new = write.order_id, Image.of_item(write.item)
        old = images.get(order_id)
        unchanged = write.item == expectation.foreign_orders.get(order_id)
        expectation.foreign_orders[order_id], images[order_id] = write.item, new
        if unchanged:
            continue
        if new.is_poison:
            expectation.normal_dead[order_id] += 1
            expectation.premium_dead[order_id] += old is not None
            continue
        expectation.normal[order_id] += is_normal(new, rules)
        if is_premium(old, new, rules):
            assert new.amount is not None
            currency = write.item.get("currency", {}).get("S", "USD")
            customer = write.item.get("userId", {}).get("S")
            expectation.premium[order_id] = Notification(new.amount, currency, customer)
