"""The account behind the proxy with the tool in front of it, and what its streams and queues hold."""

from __future__ import annotations

import datetime
import json
import subprocess
from typing import Any

from pipeline.stack import ROOT

from . import oracle
from .account import Account

HOSTS = [
    f"{service}.{oracle.REGION}.amazonaws.com"
    for service in (
        "cloudformation",
        "dynamodb",
        "streams.dynamodb",
        "*.execute-api",
        "kinesis",
        "kms",
        "lambda",
        "logs",
        "monitoring",
        "pipes",
        "s3",
        "*.s3",
        "sns",
        "sqs",
    )
]
# What every command looks at first.
STACK_LOOK = {"cloudformation.DescribeStacks", "cloudformation.ListStackResources"}
# What those look at that read the table's stream.
LOOK = STACK_LOOK | {"dynamodb.DescribeTable"}
STREAM_SHARD = "shardId-00000001587000000000-0000000a"
SEQUENCE_NUMBERS = [f"{number}00000000000000000001" for number in (101, 102, 103)]


class Cloud:
    """The account behind the proxy, and the tool in front of it."""

    def __init__(self, account: Account, environment: dict[str, str]) -> None:
        self.account = account
        self.environment = environment

    def command(self, *arguments: str) -> list[str]:
        return [str(ROOT / ".build/debug/orders"), *arguments]

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        result = None
        try:
            result = subprocess.run(
                self.command(*arguments), env=self.environment, capture_output=True, text=True, check=False, timeout=60
            )
            return result
        finally:
            # A tool that waits for what it could not ask for is stopped: the reason is what it asked.
            output = result.stderr if result else "it did not end"
            assert not self.account.complaints, "\n".join([*self.account.complaints[:20], output])


def message(identifier: str, body: object, **attributes: str) -> dict[str, Any]:
    return {
        "MessageId": identifier,
        "ReceiptHandle": f"receipt of {identifier}",
        "Body": body if isinstance(body, str) else json.dumps(body),
        "Attributes": {"SentTimestamp": "1756512000123"} | attributes,
    }


class Queue:
    """The messages of one queue, received once each."""

    def __init__(self, account: Account, name: str, *messages: dict[str, Any], hidden: int = 0) -> None:
        self.url = account.physical_id(name)
        self.visible = list(messages)
        self.hidden = hidden
        account.rules |= {
            "sqs.ReceiveMessage": self.receive,
            "sqs.DeleteMessage": lambda _: {},
            "sqs.ChangeMessageVisibility": lambda _: {},
            "sqs.GetQueueAttributes": self.attributes,
        }

    def receive(self, asked: dict[str, Any]) -> dict[str, Any]:
        assert asked["QueueUrl"] == self.url
        count = asked["MaxNumberOfMessages"]
        given, self.visible = self.visible[:count], self.visible[count:]
        # SQS leaves an empty list out.
        return {"Messages": given} if given else {}

    def attributes(self, asked: dict[str, Any]) -> dict[str, Any]:
        assert asked["QueueUrl"] == self.url
        counts = {
            "ApproximateNumberOfMessages": len(self.visible),
            "ApproximateNumberOfMessagesNotVisible": self.hidden,
            "ApproximateNumberOfMessagesDelayed": 0,
        }
        return {"Attributes": {name: str(counts[name]) for name in asked["AttributeNames"]}}


def invoked(account: Account, payload: bytes = b"{}", **result: str) -> None:
    account.rules["lambda.Invoke"] = lambda _: {"StatusCode": 200, "Payload": payload, "ExecutedVersion": "1"} | result


def order_change(number: str, status: str = "pending") -> dict[str, Any]:
    """A record of the stream's API that passes NormalOrdersPipe's filters."""
    image = {
        "orderId": {"S": number},
        "status": {"S": status},
        "amountBand": {"S": "normal-LE1000"},
        "amount": {"N": "150"},
    }
    return {
        "eventID": f"event-{number}",
        "eventName": "INSERT",
        "eventVersion": "1.1",
        "eventSource": "aws:dynamodb",
        "awsRegion": oracle.REGION,
        "dynamodb": {
            "ApproximateCreationDateTime": datetime.datetime.now(datetime.UTC).replace(microsecond=0),
            "Keys": {"orderId": {"S": number}},
            "NewImage": image,
            "SequenceNumber": number,
            "SizeBytes": 100,
            "StreamViewType": "NEW_AND_OLD_IMAGES",
        },
    }
