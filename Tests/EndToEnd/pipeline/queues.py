"""Queues, read without taking anything away from the operator."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from .stack import Stack

# Long enough that nothing comes back while one run looks; given back at once at its end.
HIDDEN_SECONDS = 900


@dataclass
class QueueView:
    """Everything ever seen in a queue. Messages are hidden while this looks, and put back by `release`."""

    stack: Stack
    url: str
    messages: dict[str, dict[str, Any]] = field(default_factory=dict)

    def refresh(self) -> list[dict[str, Any]]:
        while True:
            received = self.stack.client("sqs").receive_message(
                QueueUrl=self.url,
                MaxNumberOfMessages=10,
                VisibilityTimeout=HIDDEN_SECONDS,
                WaitTimeSeconds=0,
                MessageAttributeNames=["All"],
                AttributeNames=["All"],
            )
            if not received.get("Messages"):
                return list(self.messages.values())
            self.messages |= {message["MessageId"]: message for message in received["Messages"]}

    def release(self) -> None:
        for message in self.messages.values():
            self.stack.client("sqs").change_message_visibility(
                QueueUrl=self.url, ReceiptHandle=message["ReceiptHandle"], VisibilityTimeout=0
            )
        self.messages.clear()


def waiting(stack: Stack, url: str) -> tuple[int, int]:
    """How many messages are visible and how many are being worked on."""
    names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    attributes = stack.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
    return int(attributes[names[0]]), int(attributes[names[1]])


@dataclass
class Listener:
    """A queue subscribed to a topic, made for the time of a run."""

    stack: Stack
    url: str
    subscription_arn: str

    @classmethod
    def subscribe(cls, stack: Stack, topic_arn: str, name: str) -> Listener:
        sqs = stack.client("sqs")
        url = sqs.create_queue(QueueName=name)["QueueUrl"]
        arn = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
        statement = {
            "Effect": "Allow",
            "Principal": {"Service": "sns.amazonaws.com"},
            "Action": "sqs:SendMessage",
            "Resource": arn,
            "Condition": {"ArnEquals": {"aws:SourceArn": topic_arn}},
        }
        policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        sqs.set_queue_attributes(QueueUrl=url, Attributes={"Policy": policy})
        subscription = stack.client("sns").subscribe(
            TopicArn=topic_arn, Protocol="sqs", Endpoint=arn, ReturnSubscriptionArn=True
        )
        return cls(stack, url, subscription["SubscriptionArn"])

    def close(self) -> None:
        self.stack.client("sns").unsubscribe(SubscriptionArn=self.subscription_arn)
        self.stack.client("sqs").delete_queue(QueueUrl=self.url)
