"""The comparison itself: it is content with a perfect result, and every single damage to one is named."""

from __future__ import annotations

import base64
import contextlib
import copy
import gzip
import json
import re
import uuid
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC
from decimal import Decimal

import pytest

from pipeline import packing
from pipeline.comparison import compare
from pipeline.exact import Instant, Unreadable, parse_json
from pipeline.functionlogs import FunctionLogs
from pipeline.generator import generate
from pipeline.observation import ArchiveObject, Item, Observation
from pipeline.oracle import ArchivedRecord, Expectation, StreamRecord, expect
from pipeline.rows import Row, Rules, email_domain
from pipeline.sender import packed
from pipeline.spelling import KinesisReading
from pipeline.stack import FUNCTIONS
from pipeline.workload import Route

RULES = Rules()
SHARD = "shardId-000000000000"
ARRIVAL = Instant.parse("2025-09-01T10:59:59.25Z")


def text(instant: Instant | None) -> str:
    assert instant is not None
    fraction = f"{instant.seconds % 1:.9f}"[2:]
    return instant.moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S") + f".{fraction}Z"


def order_item(order_id: str, row: Row) -> Item:
    item: Item = {"orderId": order_id, "versions": {name: text(at) for name, at in row.versions.items()}} | row.values
    item |= {
        "format": Decimal(1),
        "timestamp": text(row.updated),
        "createdAt": text(row.created),
        "updatedAt": text(row.updated),
    }
    if "amount" in row.values:
        item["amountBand"] = RULES.amount_band(row.values["amount"])  # type: ignore[arg-type]
    if "customerEmail" in row.values:
        item["emailDomain"] = email_domain(str(row.values["customerEmail"]))
    return item


def archive_line(record: StreamRecord, reading: KinesisReading) -> bytes:
    data = base64.b64encode(record.data).decode()
    content = {"unparsed": data}
    with contextlib.suppress(Unreadable):
        parse_json(packing.text(record.data))
        content = {"record": "RECORD"} | ({} if packing.text(record.data) == record.data else {"data": data})
    # What query engines do not read: a name that is there twice, a byte order mark, half of a surrogate pair.
    whole = packing.text(record.data)
    halves = re.search(rb"\\ud83d(?!\\ude)", whole) is not None
    cases = re.search(rb'(?i)"currency":.*"currency":|"createdutc":.*"createdutc":', whole) is not None
    if b"dup-key" in whole or cases or whole.startswith(b"\xef\xbb\xbf") or halves:
        content = {"unparsed": data}
    order: dict[str, object] = {"verdict": "skipped"}
    if reading.is_poison:
        order = {"verdict": "refused", "reason": "r", "eventId": reading.identity or record.event_id}
    if sale := reading.sale:
        order = {"verdict": "accepted", "eventId": reading.identity or record.event_id, "currency": sale.currency}
        order |= {"orderId": sale.update.order_id or "made", "amount": str(sale.amount)}
        order["products"] = [{"productId": name, "quantity": count} for name, count in sale.products.items()]
    if reading.is_order:
        order["day"] = reading.day
    place = {} if record.place is None else {"subSequenceNumber": record.place}
    line = {"format": 1, "rules": 1, "shardId": SHARD, "sequenceNumber": record.sequence_number} | place
    line |= {"partitionKey": record.partition_key, "arrivedAt": text(record.arrival)} | content | {"order": order}
    raw = packing.text(record.data).replace(b"\r", b"").replace(b"\n", b"")
    return json.dumps(line, separators=(",", ":")).encode().replace(b'"RECORD"', raw)


def archive_object(records: list[ArchivedRecord], behind: str = "none") -> ArchiveObject:
    first, last = records[0][0].sequence_number, records[-1][0].sequence_number
    key = f"orders/dt=2025-09-01/hour=10/{SHARD}-{first}.ndjson.gz"
    lines = [archive_line(record, reading) for record, reading in records]
    metadata = {"last-sequence-number": last, "previous-sequence-number": behind, "records": str(len(records))}
    body = gzip.compress(b"".join(line + b"\n" for line in lines), mtime=0)
    return ArchiveObject(key, metadata | {"format": "1"}, body)


def letter(**fields: object) -> Item:
    return {"Body": json.dumps({"format": 1, "function": "F", "reason": "r", "source": "s"} | fields)}


def pipe_letters(orders: dict[str, int]) -> list[Item]:
    found = []
    for order_id in [name for name, count in orders.items() for _ in range(count)]:
        event_id = str(uuid.uuid4())
        record = {"eventID": event_id, "dynamodb": {"Keys": {"orderId": {"S": order_id}}}}
        found.append(letter(eventID=event_id, record=base64.b64encode(json.dumps(record).encode()).decode()))
    return found


def notification(order_id: str, expected: Expectation) -> Item:
    wanted, event_id = expected.premium[order_id], str(uuid.uuid4())
    content = {"orderId": order_id, "amount": str(wanted.amount), "currency": wanted.currency, "eventID": event_id}
    content |= {"customerId": wanted.customer_id, "shippedAt": text(ARRIVAL)}
    attributes = {"eventID": {"Type": "String", "Value": event_id}}
    return {"Body": json.dumps({"Message": json.dumps(content), "MessageAttributes": attributes})}


def perfect(expected: Expectation, stream: list[StreamRecord]) -> Observation:
    archived = expected.archived[SHARD]
    half = next(n for n, (record, _) in enumerate(archived) if n >= 40 and record.place in (None, 0))
    orders = {order_id: order_item(order_id, row) for order_id, row in expected.orders.items()}
    for customer, row in expected.orders_by_customer.items():
        order_id = str(uuid.uuid5(uuid.NAMESPACE_OID, customer))
        orders[order_id] = order_item(order_id, row)
    orders |= {order_id: {"orderId": order_id} for order_id in expected.foreign_orders}
    analytics = {key: {"PK": key[0], "SK": key[1]} | row for key, row in expected.analytics.items()}
    for identity in expected.claims:
        analytics[f"EVENT#{identity}", "EVENT"] = {"expiresAt": Decimal(1)}
    for row in analytics.values():
        row["format"] = Decimal(2)
    processed = [
        {"message": "normal order processed", "order_id": order_id, "event_id": f"{order_id}-{number}"}
        for order_id, count in expected.normal.items()
        for number in range(count)
    ]
    return Observation(
        orders=orders,
        raw_orders=copy.deepcopy(expected.foreign_orders),
        analytics=analytics,
        checkpoints={f"OrderArchiver#s#{SHARD}": {"sequenceNumber": "000" + stream[-1].sequence_number, "format": 1}},
        stream=stream,
        archive=[
            archive_object(archived[:half]),
            archive_object(archived[half:], archived[half - 1][0].sequence_number),
        ],
        dead_letters={
            "OrderDLQUrl": [{"Body": body.decode()} for body in expected.order_dead.elements()],
            "AnalyticsDLQUrl": [
                letter(
                    shardId=SHARD,
                    sequenceNumber=record.sequence_number,
                    record=base64.b64encode(record.data).decode(),
                    **({} if record.place is None else {"subSequenceNumber": record.place}),
                )
                for record in expected.analytics_dead.values()
            ],
            "NormalPipeDLQUrl": pipe_letters(expected.normal_dead),
            "PremiumPipeDLQUrl": pipe_letters(expected.premium_dead),
        },
        notifications=[notification(order_id, expected) for order_id in expected.premium],
        logs={name: FunctionLogs(lines=processed if name.startswith("Normal") else []) for name in FUNCTIONS},
    )


@pytest.fixture
def expected_and_observed() -> tuple[Expectation, Observation]:
    workload = generate(7)
    sent = [message for phase in (0, 1) for message in workload.phase(phase)[0] if message.route is Route.KINESIS]
    stream = [StreamRecord(SHARD, f"{n:056}", ARRIVAL, data, key) for n, (key, data) in enumerate(packed(sent), 1)]
    expected = expect(workload, stream, RULES)
    return expected, perfect(expected, stream)


def named(expected: Expectation, observed: Observation) -> dict[str, list[str]]:
    checks = compare(expected, observed, RULES)
    return {check.name: check.differences for check in checks if check.differences}


def test_a_perfect_result_has_no_difference(expected_and_observed: tuple[Expectation, Observation]) -> None:
    assert named(*expected_and_observed) == {}


def _change_order(order_id: str, **attributes: object) -> Callable[[Observation], None]:
    return lambda observed: observed.orders[order_id].update(attributes)


def _drop_claim(observed: Observation) -> None:
    del observed.analytics[next(key for key in observed.analytics if key[0].startswith("EVENT#"))]


def _age_claim(observed: Observation) -> None:
    del next(row for key, row in observed.analytics.items() if key[0].startswith("EVENT#"))["format"]


def _archive(change: Callable[[ArchiveObject], ArchiveObject]) -> Callable[[Observation], None]:
    def damage(observed: Observation) -> None:
        observed.archive[1] = change(observed.archive[1])

    return damage


def said(name: str, value: str) -> Callable[[Observation], None]:
    """The object's metadata of that name say something else."""
    return _archive(lambda found: replace(found, metadata={**found.metadata, name: value}))


def _recompress(change: Callable[[bytes], bytes]) -> Callable[[Observation], None]:
    return _archive(lambda found: replace(found, compressed=gzip.compress(change(found.content), mtime=0)))


def _drop_letter(queue: str) -> Callable[[Observation], None]:
    return lambda observed: observed.dead_letters[queue].pop()  # type: ignore[func-returns-value]


def _repeat_letter(queue: str) -> Callable[[Observation], None]:
    return lambda observed: observed.dead_letters[queue].append(observed.dead_letters[queue][0])


DAMAGES: list[tuple[str, Callable[[Observation], object]]] = [
    ("Orders", lambda observed: observed.orders.pop("K-0001")),
    ("Orders", lambda observed: observed.orders.pop("OTHER-00a") and observed.raw_orders.pop("OTHER-00a")),
    ("Orders", lambda observed: observed.raw_orders["OTHER-01a"].update(amountBand={"S": "normal-LE1000"})),
    ("Orders", lambda observed: observed.orders.update(extra={"orderId": "extra"})),
    ("Orders", _change_order("T-006", amountBand="normal-LE1000")),
    ("Orders", _change_order("T-006", emailDomain="example.com")),
    ("Orders", _change_order("NINE", status="y")),
    ("Orders", _change_order("NINE", updatedAt="2025-08-27T10:00:00.123456788Z")),
    ("Orders", _change_order("TIE-0", amount=Decimal("9.5"))),
    ("Orders", _change_order("DAY-0", timestamp="2025-08-28T00:00:00Z")),
    ("Orders", _change_order("T-006", versions={})),
    ("Analytics", lambda observed: observed.analytics["REVENUE#2025-08-27", "USD"].update(Count=1)),
    ("Analytics", lambda observed: observed.analytics.update({("PRODUCT#2025-08-27", "x"): {"Units": Decimal(1)}})),
    ("Analytics", lambda observed: observed.analytics.pop(("ORDERS#2025-08-28", "TOTAL"))),
    ("Analytics", lambda observed: observed.analytics["ORDERS#2025-08-28", "TOTAL"].pop("format")),
    ("Event claims", _drop_claim),
    ("Event claims", lambda observed: observed.analytics.update({("EVENT#x", "EVENT"): {"expiresAt": Decimal(1)}})),
    ("Event claims", _age_claim),
    ("Archive", lambda observed: observed.archive.pop()),
    ("Archive", lambda observed: observed.archive.append(observed.archive[0])),
    ("Archive", _archive(lambda found: replace(found, key=found.key.replace("hour=10", "hour=11")))),
    ("Archive", said("last-sequence-number", "1")),
    ("Archive", said("previous-sequence-number", "1")),
    ("Archive", said("records", "1")),
    ("Archive", _archive(lambda found: replace(found, compressed=gzip.compress(found.content, mtime=1)))),
    ("Archive", said("format", "0")),
    ("Archive", _recompress(lambda content: content.replace(b'"TotalAmount":', b'"TotalAmount": ', 1))),
    ("Archive", _recompress(lambda content: content.replace(b'"amount":"', b'"amount":"1', 1))),
    ("Archive", _recompress(lambda content: content.replace(b'"quantity":', b'"quantity":1', 1))),
    ("Archive", _recompress(lambda content: content.replace(b'"day":"2025-', b'"day":"2024-', 1))),
    ("Archive", _recompress(lambda content: content.replace(b'"accepted"', b'"refused"', 1))),
    ("Archive", _recompress(lambda content: content.replace(b'"format":1', b'"format":2', 1))),
    ("Archive", _recompress(lambda content: content.replace(b'"arrivedAt":"2025', b'"arrivedAt":"2024', 1))),
    ("Archive", _recompress(lambda content: content.replace(b'"partitionKey":"', b'"partitionKey":"x', 1))),
    ("Archive", _recompress(lambda content: content.replace(b'"subSequenceNumber":0', b'"subSequenceNumber":1', 1))),
    ("Archive", _recompress(lambda content: content.replace(b'"data":"H4', b'"data":"H5', 1))),
    ("Archive", _recompress(lambda content: content.replace(b'"unparsed":"', b'"unparsed":"A', 1))),
    ("Checkpoints", lambda observed: observed.checkpoints[f"OrderArchiver#s#{SHARD}"].update(format=2)),
    ("Archive", _recompress(lambda content: b"\n".join(content.split(b"\n")[1:]))),
    ("Archive", _recompress(lambda content: content[:-1])),
    ("Checkpoints", lambda observed: observed.checkpoints.clear()),
    ("Checkpoints", lambda observed: observed.checkpoints[f"OrderArchiver#s#{SHARD}"].update(sequenceNumber="1")),
    ("Normal orders", lambda observed: observed.logs["NormalOrdersProcessor"].lines.pop()),
    ("Premium notifications", lambda observed: observed.notifications.pop()),
    ("OrderDLQ", _drop_letter("OrderDLQUrl")),
    ("OrderDLQ", _repeat_letter("OrderDLQUrl")),
    ("AnalyticsDLQ", _drop_letter("AnalyticsDLQUrl")),
    ("AnalyticsDLQ", _repeat_letter("AnalyticsDLQUrl")),
    ("NormalPipeDLQ", _drop_letter("NormalPipeDLQUrl")),
    ("PremiumPipeDLQ", _repeat_letter("PremiumPipeDLQUrl")),
    ("OrderQueue", lambda observed: setattr(observed, "queue", (0, 1))),
    ("Function logs", lambda observed: observed.logs["OrderWriter"].lines.append({"message": "to A@test.com"})),
    ("Function logs", lambda observed: observed.logs["OrderWriter"].texts.append("Fatal error: index out of range")),
]


@pytest.mark.parametrize(("area", "damage"), DAMAGES, ids=[f"{n}-{area}" for n, (area, _) in enumerate(DAMAGES)])
def test_a_damaged_result_is_named_and_only_that(
    expected_and_observed: tuple[Expectation, Observation], area: str, damage: Callable[[Observation], object]
) -> None:
    expected, observed = expected_and_observed
    damage(observed)
    assert list(named(expected, observed)) == [area]


def test_a_repeated_notification_of_one_event_is_no_difference(
    expected_and_observed: tuple[Expectation, Observation],
) -> None:
    """Notifications are delivered at least once; receivers drop repeats by their event id."""
    expected, observed = expected_and_observed
    observed.notifications.append(observed.notifications[0])
    assert named(expected, observed) == {}
