"""Each deployed function by itself: what it answers and what it stores, invoked as anybody would invoke it."""

from __future__ import annotations

import base64
import gzip
import json
from typing import Any

import pytest

from pipeline import archive
from pipeline.observation import plain
from pipeline.queues import QueueView
from pipeline.stack import FUNCTIONS, ROOT, Stack
from support import eventually, image, invoke, kinesis_event, sqs_event, stored_order, stream_record


def analytics_row(stack: Stack, partition: str, sort: str) -> dict[str, Any]:
    found = stack.client("dynamodb").get_item(
        TableName=stack["AnalyticsTableName"], Key={"PK": {"S": partition}, "SK": {"S": sort}}, ConsistentRead=True
    )
    return plain(found.get("Item", {}))


def archived_payloads(stack: Stack, shard: str) -> list[bytes]:
    """What the lines of every archive object of a shard hold as records."""
    s3, bucket = stack.client("s3"), stack["ArchiveBucketName"]
    keys = [entry["Key"] for entry in s3.list_objects_v2(Bucket=bucket, Prefix="orders/").get("Contents", [])]
    bodies = [s3.get_object(Bucket=bucket, Key=key)["Body"].read() for key in keys if shard in key]
    return [archive.members(line)["record"] for body in bodies for line in gzip.decompress(body).splitlines()]


# What everything else relies on


# OrderIntake answers requests, each with one answer: an event without a request is an error of its caller.
@pytest.mark.parametrize("function", [function for function in FUNCTIONS if function != "OrderIntake"])
def test_an_empty_batch_is_a_success(stack: Stack, function: str) -> None:
    event: object = [] if function.endswith("OrdersProcessor") else {"Records": []}
    answer, error = invoke(stack, function, event)
    assert error is None
    assert answer["batchItemFailures"] == []


@pytest.mark.parametrize("function", FUNCTIONS)
def test_an_event_that_is_no_batch_is_a_reported_error(stack: Stack, function: str) -> None:
    answer, error = invoke(stack, function, "neither records nor an array")
    assert error is not None
    assert answer["errorMessage"]
    assert answer["errorType"].partition(".")[0] in ("Runtime", "Function")


# OrderArchiver and AnalyticsAggregator


def test_a_short_record_delivered_twice_is_stored_once(stack: Stack, shard: str, order_id: str) -> None:
    payload = json.dumps({"customer_id": order_id, "amount": 250.00}).encode()
    event = kinesis_event([payload], shard)
    for _ in range(2):
        assert invoke(stack, "OrderArchiver", event) == ({"batchItemFailures": []}, None)
    rows = stack.client("dynamodb").scan(
        TableName=stack["OrdersTableName"],
        FilterExpression="userId = :customer",
        ExpressionAttributeValues={":customer": {"S": order_id}},
        ConsistentRead=True,
    )["Items"]
    assert [plain(row)["amount"] for row in rows] == [250]
    assert archived_payloads(stack, shard).count(payload) == 1


def test_a_replay_cut_into_other_batches_archives_nothing_twice(stack: Stack, shard: str, order_id: str) -> None:
    payloads = [json.dumps({"customer_id": order_id, "amount": n, "order_id": f"{order_id}-{n}"}).encode()
                for n in range(6)]  # fmt: skip
    for start, end in ((0, 4), (0, 2), (1, 6), (0, 6)):
        event = kinesis_event(payloads[start:end], shard, first=start + 1)
        assert invoke(stack, "OrderArchiver", event) == ({"batchItemFailures": []}, None)
    assert sorted(archived_payloads(stack, shard)) == sorted(payloads)


def test_an_event_counts_once_in_one_batch_and_across_batches(stack: Stack, shard: str, order_id: str) -> None:
    event = {
        "MessageId": order_id,
        "OccurredUtc": "2001-02-03T23:59:59.9999999Z",
        "Type": "OrderCreatedV1",
        "Payload": {
            "OrderId": order_id,
            "UserId": "u",
            "TotalAmount": 100.00,
            "Currency": "SEK",
            "ProductIds": [f"{order_id}-a", f"{order_id}-b", f"{order_id}-c"],
        },
    }
    before = analytics_row(stack, "REVENUE#2001-02-03", "SEK")
    payload = json.dumps(event).encode()
    for first in (1, 3):
        batch = kinesis_event([payload, payload], shard, first)
        assert invoke(stack, "AnalyticsAggregator", batch) == ({"batchItemFailures": []}, None)
    after = analytics_row(stack, "REVENUE#2001-02-03", "SEK")
    assert after["Count"] - before.get("Count", 0) == 1
    assert after["Value"] - before.get("Value", 0) == 100
    shares = [analytics_row(stack, "PRODUCT#2001-02-03", f"{order_id}-{name}#SEK")["Revenue"] for name in "abc"]
    assert [str(share) for share in shares] == ["33.34", "33.33", "33.33"]
    assert "expiresAt" in analytics_row(stack, f"EVENT#{order_id}", "EVENT")


def test_a_poison_record_is_dead_lettered_once(stack: Stack, shard: str, order_id: str) -> None:
    good = {"MessageId": order_id, "OccurredUtc": "2001-02-04T00:00:00Z", "Type": "OrderCreatedV1"}
    good["Payload"] = {"OrderId": order_id, "TotalAmount": 5, "Currency": "DKK", "ProductIds": []}
    poison = f"{order_id} is not JSON".encode()
    before = analytics_row(stack, "REVENUE#2001-02-04", "DKK").get("Count", 0)
    batch = kinesis_event([poison, json.dumps(good).encode()], shard)
    for _ in range(2):
        assert invoke(stack, "AnalyticsAggregator", batch) == ({"batchItemFailures": []}, None)
    assert analytics_row(stack, "REVENUE#2001-02-04", "DKK")["Count"] - before == 1
    letters = dead_letters(stack, "AnalyticsDLQUrl", poison)
    assert len(letters) == 1
    assert letters[0]["shardId"] == shard
    assert letters[0]["sequenceNumber"] == batch["Records"][0]["kinesis"]["sequenceNumber"]


def dead_letters(stack: Stack, queue: str, record: bytes) -> list[dict[str, Any]]:
    """The dead letters that hold exactly these bytes."""
    view = QueueView(stack, stack[queue])
    letters = [json.loads(message["Body"]) for message in view.refresh()]
    view.release()
    return [letter for letter in letters if base64.b64decode(letter.get("record", "")) == record]


# OrderWriter


def test_messages_of_one_order_in_one_batch_end_as_the_newest_says(stack: Stack, order_id: str) -> None:
    shipped = {"orderId": order_id, "status": "shipped", "timestamp": "2025-08-27T10:00:00.0000002Z"}
    pending = {"orderId": order_id, "status": "pending", "timestamp": "2025-08-27T10:00:00.0000001Z"}
    pending |= {"amount": 1500, "customerEmail": "Kim@Example.COM", "itemName": "sofa"}
    event = sqs_event([json.dumps(shipped), json.dumps({"Type": "Notification", "Message": json.dumps(pending)})])
    assert invoke(stack, "OrderWriter", event) == ({"batchItemFailures": []}, None)
    row = plain(stored_order(stack, order_id) or {})
    wanted = {"status": "shipped", "amount": 1500, "itemName": "sofa", "amountBand": "premium-GT1000"}
    assert {name: row[name] for name in wanted} == wanted
    assert row["emailDomain"] == "example.com"


def test_only_the_messages_that_failed_are_reported(stack: Stack, order_id: str) -> None:
    good = {"orderId": order_id, "status": "new", "timestamp": "2025-08-27T10:00:00Z"}
    fraction = {"orderId": 17.5, "status": "new", "timestamp": "2025-08-27T10:00:00Z"}
    event = sqs_event(["not JSON", json.dumps(good), json.dumps(fraction)])
    answer, error = invoke(stack, "OrderWriter", event)
    assert error is None
    failed = {failure["itemIdentifier"] for failure in answer["batchItemFailures"]}
    assert failed == {"message-0", "message-2"}
    assert stored_order(stack, order_id)


# Processors


def test_the_premium_transition_of_ord_1001_is_notified(stack: Stack, premium_notifications: QueueView) -> None:
    old, new = image("ORD-1001", "pending", "1500"), image("ORD-1001", "shipped", "1500", "kim@example.com")
    event = [stream_record("event-ord-1001", "MODIFY", new, old)]
    answer, error = invoke(stack, "PremiumOrdersProcessor", event)
    assert error is None
    assert answer == {"statusCode": 200, "batchItemFailures": [], "premiumOrdersProcessed": ["ORD-1001"]}

    def notified() -> list[Any]:
        # Orders of other tests ship as well.
        return [message for message in premium_notifications.refresh() if "event-ord-1001" in message["Body"]]

    envelope = json.loads(eventually(notified, "the notification")[0]["Body"])
    content = json.loads(envelope["Message"])
    assert (content["orderId"], content["eventID"]) == ("ORD-1001", "event-ord-1001")
    assert envelope["MessageAttributes"]["eventID"]["Value"] == "event-ord-1001"


def logged(stack: Stack, function: str, sample: str) -> list[dict[str, Any]]:
    """The log lines of one invocation."""
    answer = stack.client("lambda").invoke(
        FunctionName=stack.function_name(function),
        Payload=(ROOT / "events" / sample).read_bytes(),
        LogType="Tail",
    )
    lines = base64.b64decode(answer["LogResult"]).decode().splitlines()
    return [json.loads(line) for line in lines if line.startswith("{")]


def test_a_shipped_premium_order_is_logged_with_its_id_and_no_address(stack: Stack) -> None:
    lines = logged(stack, "PremiumOrdersProcessor", "pipe-premium-transition.json")
    shipped = [line for line in lines if line["message"] == "premium order shipped"]
    assert [line["order_id"] for line in shipped] == ["ORD-1001"]
    assert {"level", "timestamp", "service", "function_name", "function_request_id", "cold_start"} <= shipped[0].keys()
    assert "@" not in str(lines)


def test_an_amount_of_exactly_100_is_skipped(stack: Stack) -> None:
    [batch] = [
        line for line in logged(stack, "NormalOrdersProcessor", "pipe-amount-exactly-100.json") if "read" in line
    ]
    assert (batch["read"], batch["processed"], batch["skipped"]) == (1, 0, 1)


@pytest.mark.parametrize("wrapping", ["array", "Records", "single"])
def test_a_processor_takes_every_shape_of_stream_event(stack: Stack, wrapping: str) -> None:
    record = stream_record("event-1", "MODIFY", image("A", "shipped", "1000.01"), image("A", "pending", "1000.01"))
    event: object = {"array": [record], "Records": {"Records": [record]}, "single": record}[wrapping]
    answer, _ = invoke(stack, "PremiumOrdersProcessor", event)
    assert answer["premiumOrdersProcessed"] == ["A"]


@pytest.mark.parametrize(
    ("name", "old", "new"),
    [
        ("MODIFY", image("A", "pending", "1000"), image("A", "shipped", "1000")),
        ("MODIFY", image("A", "shipped", "1500"), image("A", "shipped", "1500")),
        ("INSERT", None, image("A", "shipped", "1500")),
        ("MODIFY", image("A", "pending", "1500"), image("A", "shipped", "1500", "a@TEST.com")),
        ("MODIFY", image("A", "pending", "1500"), image("A", "shipped", "1500", "x@sub.test.com")),
        ("MODIFY", image("A", "pending", None), image("A", "shipped", None)),
    ],
)
def test_what_is_no_premium_transition_is_skipped(
    stack: Stack, name: str, old: dict[str, Any] | None, new: dict[str, Any]
) -> None:
    answer, error = invoke(stack, "PremiumOrdersProcessor", [stream_record("event-1", name, new, old)])
    assert (answer, error) == ({"statusCode": 200, "batchItemFailures": [], "premiumOrdersProcessed": []}, None)


@pytest.mark.parametrize(
    ("name", "function", "queue"),
    [
        ("INSERT", "NormalOrdersProcessor", "NormalPipeDLQUrl"),
        ("MODIFY", "PremiumOrdersProcessor", "PremiumPipeDLQUrl"),
    ],
)
def test_a_processor_dead_letters_an_unreadable_amount(
    stack: Stack, order_id: str, name: str, function: str, queue: str
) -> None:
    new = image(order_id, "shipped", None) | {"amount": {"S": "a lot"}}
    record = stream_record(f"event-{order_id}", name, new, image(order_id, "pending", None) | {"amount": new["amount"]})
    answer, error = invoke(stack, function, [record])
    assert (answer["batchItemFailures"], error) == ([], None)
    view = QueueView(stack, stack[queue])
    letters = [json.loads(message["Body"]) for message in view.refresh()]
    view.release()
    mine = [letter for letter in letters if letter.get("eventID") == f"event-{order_id}"]
    assert len(mine) == 1
    assert json.loads(base64.b64decode(mine[0]["record"])) == record
