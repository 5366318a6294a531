"""Small helpers of the tests: scripts, waiting, events as Lambda makes them."""

from __future__ import annotations

import base64
import json
import os
import subprocess
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any, TypeVar

import pytest

from pipeline.stack import ROOT, Stack

# Longer than three receives at the local stack's visibility timeout, and than a Pipe's poll.
PATIENCE_SECONDS = 60.0
POLL_SECONDS = 0.1

# Sequence numbers of Kinesis have 56 digits.
FIRST_SEQUENCE_NUMBER = 496 * 10**53

Found = TypeVar("Found")


def run_script(name: str, *arguments: str, check: bool = False, **options: Any) -> subprocess.CompletedProcess[str]:
    """Runs one of scripts/ and shows what it said if it was to succeed and did not."""
    options = {"cwd": "/"} | options
    result = subprocess.run(
        [ROOT / "scripts" / name, *arguments], capture_output=True, text=True, check=False, **options
    )
    if check and result.returncode != 0:
        pytest.fail(f"scripts/{name} {' '.join(arguments)}: exit {result.returncode}\n{result.stdout}{result.stderr}")
    return result


def eventually(look: Callable[[], Found | None], what: str, patience: float = PATIENCE_SECONDS) -> Found:
    """The first thing that `look` returns that is neither None nor empty."""
    deadline = time.monotonic() + patience
    while not (found := look()):
        assert time.monotonic() < deadline, f"waited {patience:.0f} s for {what}"
        time.sleep(POLL_SECONDS)
    return found


def invoke(stack: Stack, function: str, event: object) -> tuple[Any, str | None]:
    """The answer of a deployed function and its error, if it failed."""
    payload = event if isinstance(event, bytes) else json.dumps(event).encode()
    answer = stack.client("lambda").invoke(FunctionName=stack.function_name(function), Payload=payload)
    return json.loads(answer["Payload"].read()), answer.get("FunctionError")


def stored_order(stack: Stack, order_id: str) -> dict[str, Any] | None:
    found = stack.client("dynamodb").get_item(
        TableName=stack["OrdersTableName"], Key={"orderId": {"S": order_id}}, ConsistentRead=True
    )
    return found.get("Item")


def kinesis_event(payloads: Sequence[bytes], shard: str, first: int = 1) -> dict[str, Any]:
    """A Kinesis event as Lambda makes it, on a shard of its own so that no checkpoint is in the way."""
    return {
        "Records": [
            {
                "kinesis": {
                    "kinesisSchemaVersion": "1.0",
                    "partitionKey": "test",
                    "sequenceNumber": str(FIRST_SEQUENCE_NUMBER + n),
                    "data": base64.b64encode(payload).decode(),
                    "approximateArrivalTimestamp": 1_756_318_080.123,
                },
                "eventSource": "aws:kinesis",
                "eventVersion": "1.0",
                "eventID": f"{shard}:{FIRST_SEQUENCE_NUMBER + n}",
                "eventName": "aws:kinesis:record",
                "invokeIdentityArn": "arn:aws:iam::000000000000:role/test",
                "awsRegion": "us-east-1",
                "eventSourceARN": "arn:aws:kinesis:us-east-1:000000000000:stream/orders",
            }
            for n, payload in enumerate(payloads, first)
        ]
    }


def sqs_event(bodies: Sequence[str]) -> dict[str, Any]:
    return {
        "Records": [
            {
                "messageId": f"message-{number}",
                "receiptHandle": "handle",
                "body": body,
                "attributes": {
                    "ApproximateReceiveCount": "1",
                    "SentTimestamp": "1756512000123",
                    "SenderId": "test",
                    "ApproximateFirstReceiveTimestamp": "1756512000124",
                },
                "messageAttributes": {},
                "md5OfBody": "",
                "eventSource": "aws:sqs",
                "eventSourceARN": "arn:aws:sqs:us-east-1:000000000000:orders",
                "awsRegion": "us-east-1",
            }
            for number, body in enumerate(bodies)
        ]
    }


def stream_record(
    event_id: str, name: str, new: dict[str, Any], old: dict[str, Any] | None = None, number: int = 1
) -> dict[str, Any]:
    """A change of the Orders table as a Pipe passes it on; attributes as DynamoDB types them."""
    images = {"NewImage": new} | ({"OldImage": old} if old is not None else {})
    return {
        "eventID": event_id,
        "eventName": name,
        "eventVersion": "1.1",
        "eventSource": "aws:dynamodb",
        "awsRegion": "us-east-1",
        "dynamodb": {
            "ApproximateCreationDateTime": 1_756_318_080.0,
            "Keys": {"orderId": new["orderId"]} if "orderId" in new else {},
            "SequenceNumber": str(number),
            "SizeBytes": 100,
            "StreamViewType": "NEW_AND_OLD_IMAGES",
            **images,
        },
        "eventSourceARN": "arn:aws:dynamodb:us-east-1:000000000000:table/orders/stream/2025-08-27T00:00:00.000",
    }


def image(order_id: str, status: str | None, amount: str | None, email: str | None = None) -> dict[str, Any]:
    attributes: dict[str, Any] = {"orderId": {"S": order_id}}
    if status is not None:
        attributes["status"] = {"S": status}
    if amount is not None:
        attributes["amount"] = {"N": amount}
    if email is not None:
        attributes["customerEmail"] = {"S": email}
    return attributes


def take_in_record(folder: Path) -> subprocess.CompletedProcess[str]:
    """Has the unit tests take in what `orders doctor --record` kept in a folder, instead of Tests/Recorded."""
    bundle = next((ROOT / ".build/debug").glob("*PackageTests.xctest"), None)
    if bundle is None:
        pytest.skip("the unit tests are not built: scripts/test builds them")
    command = [bundle, "--testing-library", "swift-testing", "--filter", "RecordedAnswerTests"]
    environment = os.environ | {"RECORDED_ANSWERS": str(folder)}
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=120)
