"""Posts the demonstration's first order by HTTP, as a shop's checkout does that has lost the first answer."""

from __future__ import annotations

import json
from typing import Any

from intake import Intake

from .stack import Stack
from .workload import Message, Route

KIND = "order posted twice"


def post_order(stack: Stack, seed: int) -> Message:
    """What is in the stream of it, for the oracle, which reads the stream."""
    order = {
        "UserId": "checkout", "TotalAmount": "1250.50", "Currency": "EUR", "ProductIds": ["PROD-1", "PROD-2"],
        "Quantities": {"PROD-2": 2}, "Channel": "web", "createdUtc": "2025-08-27T18:08:00Z",
    }  # fmt: skip
    intake = Intake(stack)
    answers = [intake.post(order, Idempotency_Key=f"demo-{seed}") for _ in range(2)]
    for answer in answers:
        if answer.status_code != 202:
            raise RuntimeError(f"the order posted by HTTP was answered {answer.status_code}: {answer.text}")
    first, second = (answer.json() for answer in answers)
    if first["OrderId"] != second["OrderId"] or first["MessageId"] != second["MessageId"]:
        raise RuntimeError(f"the order that was posted twice is two orders: {first}, {second}")
    event = json.loads(_record(stack, first))
    if event["Payload"] != order | {"OrderId": first["OrderId"]}:
        raise RuntimeError(f"the stream has another order than was posted: {event['Payload']}")
    return Message(Route.HTTP, 0, KIND, first["OrderId"].encode())


def _record(stack: Stack, answer: dict[str, Any]) -> bytes:
    kinesis = stack.client("kinesis")
    iterator = kinesis.get_shard_iterator(
        StreamName=stack["OrderStreamName"],
        ShardId=answer["ShardId"],
        ShardIteratorType="AT_SEQUENCE_NUMBER",
        StartingSequenceNumber=answer["SequenceNumber"],
    )["ShardIterator"]
    return kinesis.get_records(ShardIterator=iterator, Limit=1)["Records"][0]["Data"]
