"""An SQS queue with its redrive policy, and the pollers of its event source mapping."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

from .environment import Environment
from .faults import Counts, Planner

MAXIMUM_RECEIVES = 3
GREATEST_BATCH = 10


@dataclass
class QueuedMessage:
    message_id: str
    body: str
    receives: int = 0
    is_repeated: bool = False


def sqs_event(messages: Sequence[QueuedMessage]) -> dict[str, Any]:
    return {
        "Records": [
            {
                "messageId": message.message_id,
                "receiptHandle": f"handle of {message.message_id}",
                "body": message.body,
                "attributes": {
                    "ApproximateReceiveCount": str(message.receives),
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
            for message in messages
        ]
    }


def sns_envelope(body: str) -> str:
    return json.dumps(
        {
            "Type": "Notification",
            "MessageId": "00000000-0000-0000-0000-000000000000",
            "TopicArn": "arn:aws:sns:us-east-1:000000000000:orders",
            "Message": body,
            "Timestamp": "2025-08-27T18:08:00.000Z",
            "SignatureVersion": "1",
            "Signature": "",
            "SigningCertURL": "",
            "UnsubscribeURL": "",
        }
    )


@dataclass
class OrderQueue:
    """Delivers in any order, more than once, and after three receives gives up."""

    visible: list[QueuedMessage]
    random: Random
    counts: Counts
    dead: set[str] = field(default_factory=set)
    complaints: list[str] = field(default_factory=list)
    _in_flight: int = 0

    async def run(self, pollers: Sequence[tuple[Environment, Planner]]) -> None:
        await asyncio.gather(*(self._poll(environment, planner) for environment, planner in pollers))

    async def _poll(self, environment: Environment, planner: Planner) -> None:
        while self.visible or self._in_flight:
            batch = self._receive()
            if not batch:
                await asyncio.sleep(0.002)
                continue
            self._in_flight += 1
            try:
                # What is received for the last time must not fail for a passing reason.
                attempts = max(message.receives for message in batch)
                outcome = await environment.invoke(sqs_event(batch), planner.plan(attempts))
            finally:
                self._in_flight -= 1
            known = {message.message_id for message in batch}
            failed = known if outcome.failed_identifiers is None else set(outcome.failed_identifiers)
            if failed - known:
                self.complaints.append(f"{outcome.request_id} reported {failed - known}, which was not in its batch")
                failed = known
            if failed and failed != known:
                self.counts["partial failures"] += 1
            for message in batch:
                self._finish(message, message.message_id in failed, is_calm=planner.is_calm)

    def _receive(self) -> list[QueuedMessage]:
        size = min(self.random.randint(1, GREATEST_BATCH), len(self.visible))
        batch = self.random.sample(self.visible, size)
        for message in batch:
            self.visible.remove(message)
            message.receives += 1
        return batch

    def _finish(self, message: QueuedMessage, has_failed: bool, *, is_calm: bool) -> None:
        if has_failed and message.receives < MAXIMUM_RECEIVES:
            self.counts["messages received again"] += 1
            self.visible.append(message)
        elif has_failed:
            self.counts["messages moved to the dead-letter queue"] += 1
            self.dead.add(message.message_id)
        elif not is_calm and not message.is_repeated and self.random.random() < 0.15:
            # At least once: a delivered message comes again.
            self.counts["messages delivered again although they were done"] += 1
            self.visible.append(QueuedMessage(message.message_id, message.body, is_repeated=True))
