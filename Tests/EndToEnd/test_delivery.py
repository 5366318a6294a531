"""From one service to the next: subscriptions, mappings, redrive, Pipes."""

from __future__ import annotations

import json
from typing import Any

from pipeline.deadletters import envelope_content
from pipeline.functionlogs import FunctionLogs
from pipeline.observation import plain
from pipeline.queues import QueueView
from pipeline.stack import Stack
from support import eventually, stored_order


def publish(stack: Stack, message: str) -> None:
    stack.client("sns").publish(TopicArn=stack["OrderTopicArn"], Message=message)


def order(order_id: str, second: int = 0, **attributes: object) -> str:
    return json.dumps({"orderId": order_id, "timestamp": f"2025-08-27T10:00:{second:02}Z"} | attributes)


def wait_for(stack: Stack, order_id: str, status: str) -> dict[str, Any]:
    def look() -> dict[str, Any] | None:
        row = plain(stored_order(stack, order_id) or {})
        return row if row.get("status") == status else None

    return eventually(look, f"{order_id} to be {status}")


def notified(notifications: QueueView, order_id: str) -> list[dict[str, Any]]:
    contents = [json.loads(json.loads(message["Body"])["Message"]) for message in notifications.refresh()]
    return [content for content in contents if content["orderId"] == order_id]


def test_an_order_published_to_the_topic_is_stored(stack: Stack, order_id: str) -> None:
    publish(stack, order(order_id, status="new", amount=12.5, itemName="Laptop"))
    assert wait_for(stack, order_id, "new")["amount"] == 12.5


def test_an_order_sent_to_the_queue_itself_is_stored(stack: Stack, order_id: str) -> None:
    stack.client("sqs").send_message(QueueUrl=stack["OrderQueueUrl"], MessageBody=order(order_id, status="new"))
    wait_for(stack, order_id, "new")


def test_a_message_that_never_succeeds_is_redriven_after_three_receives(stack: Stack, order_id: str) -> None:
    body = order(order_id, amount="not a number")
    publish(stack, body)
    dead = QueueView(stack, stack["OrderDLQUrl"])

    def look() -> list[dict[str, Any]]:
        return [message for message in dead.refresh() if envelope_content(message["Body"]) == body]

    found = eventually(look, "the message in OrderDLQ")
    dead.release()
    assert len(found) == 1
    # Three by the function, one by this test.
    assert int(found[0]["Attributes"]["ApproximateReceiveCount"]) == 4
    assert stored_order(stack, order_id) is None


def test_a_premium_order_that_ships_is_notified_and_a_cheaper_one_is_not(
    stack: Stack, order_id: str, premium_notifications: QueueView
) -> None:
    """Through the Pipe: its filter passes the transition, and nothing else reaches the function."""
    cheap = f"{order_id}-cheap"
    for name, amount in ((cheap, 1000), (order_id, 1000.01)):
        publish(stack, order(name, status="pending", amount=amount, userId="user-1", currency="EUR"))
        wait_for(stack, name, "pending")
        publish(stack, order(name, second=1, status="shipped"))
        wait_for(stack, name, "shipped")
    found = eventually(lambda: notified(premium_notifications, order_id), "the notification")
    assert len(found) == 1
    assert (found[0]["amount"], found[0]["currency"], found[0]["customerId"]) in (
        (1000.01, "EUR", "user-1"),
        ("1000.01", "EUR", "user-1"),
    )
    # The cheap order shipped first, and a stream keeps its order.
    assert notified(premium_notifications, cheap) == []


def test_an_item_written_by_others_goes_through_the_second_filter(
    stack: Stack, order_id: str, premium_notifications: QueueView
) -> None:
    for status in ("pending", "shipped"):
        item = {"orderId": {"S": order_id}, "orderStatus": {"S": status}, "orderAmount": {"N": "1500"}}
        stack.client("dynamodb").put_item(TableName=stack["OrdersTableName"], Item=item)
    eventually(lambda: notified(premium_notifications, order_id), "the notification")


def test_an_order_is_followed_by_its_producer_s_id_from_the_record_to_its_processing(
    stack: Stack, order_id: str
) -> None:
    """Its record has the id, and the message that pays it says nothing of it: the row keeps it."""
    correlation_id = f"request-of-{order_id}"
    event = {
        "MessageId": order_id,
        "Type": "OrderCreatedV1",
        "CorrelationId": correlation_id,
        "Payload": {"OrderId": order_id, "TotalAmount": 250.5, "createdUtc": "2025-08-27T09:00:00Z"},
    }
    kinesis = stack.client("kinesis")
    kinesis.put_record(StreamName=stack["OrderStreamName"], Data=json.dumps(event).encode(), PartitionKey=order_id)
    eventually(lambda: stored_order(stack, order_id), "the order to be stored")
    publish(stack, order(order_id, status="pending"))

    def lines(function: str, message: str) -> list[dict[str, Any]]:
        found = FunctionLogs.read(stack, stack.log_groups[function]).lines
        return [line for line in found if line.get("message") == message and correlation_id in json.dumps(line)]

    [processed] = eventually(lambda: lines("NormalOrdersProcessor", "normal order processed"), "the order's line")
    assert (processed["order_id"], processed["correlation_id"]) == (order_id, correlation_id)
    [archived] = eventually(lambda: lines("OrderArchiver", "batch done"), "the batch's line")
    assert correlation_id in archived["correlation_ids"]
    [counted] = eventually(lambda: lines("AnalyticsAggregator", "batch done"), "the batch's line")
    assert correlation_id in counted["correlation_ids"]


def test_a_kinesis_order_is_stored_archived_and_counted(stack: Stack, order_id: str) -> None:
    event = {"MessageId": order_id, "OccurredUtc": "2002-03-04T05:06:07.1234567Z", "Type": "OrderCreatedV1"}
    event["Payload"] = {"OrderId": order_id, "UserId": "u", "TotalAmount": 7, "ProductIds": [order_id]}
    payload = json.dumps(event).encode()
    stack.client("kinesis").put_record(StreamName=stack["OrderStreamName"], Data=payload, PartitionKey=order_id)
    row = plain(eventually(lambda: stored_order(stack, order_id), "the order row"))
    assert (row["amount"], row["userId"], "status" in row) == (7, "u", False)

    def counted() -> dict[str, Any] | None:
        key = {"PK": {"S": "PRODUCT#2002-03-04"}, "SK": {"S": order_id}}
        return stack.client("dynamodb").get_item(TableName=stack["AnalyticsTableName"], Key=key).get("Item")

    product = plain(eventually(counted, "the product row"))
    assert (product["OrderCount"], product["Units"], product["Revenue"]) == (1, 1, 7)
