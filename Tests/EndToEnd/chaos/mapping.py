"""A Kinesis event source mapping: one shard, batch by batch, with everything Lambda does when a batch fails."""

from __future__ import annotations

import base64
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

from pipeline.oracle import StreamRecord

from .environment import Environment, Outcome
from .faults import Counts, Planner

STREAM = "orders"
STREAM_ARN = f"arn:aws:kinesis:us-east-1:000000000000:stream/{STREAM}"
GREATEST_BATCH = 12
# Times that a poller loses its checkpoint, and goes back.
REWINDS = 3


def kinesis_event(records: Sequence[StreamRecord]) -> dict[str, Any]:
    return {
        "Records": [
            {
                "kinesis": {
                    "kinesisSchemaVersion": "1.0",
                    "partitionKey": record.partition_key,
                    "sequenceNumber": record.sequence_number,
                    "data": base64.b64encode(record.data).decode(),
                    "approximateArrivalTimestamp": float(record.arrival.seconds),
                },
                "eventSource": "aws:kinesis",
                "eventVersion": "1.0",
                "eventID": record.event_id,
                "eventName": "aws:kinesis:record",
                "invokeIdentityArn": "arn:aws:iam::000000000000:role/test",
                "awsRegion": "us-east-1",
                "eventSourceARN": STREAM_ARN,
            }
            for record in records
        ]
    }


@dataclass(frozen=True)
class Delivery:
    """A batch as it was delivered, for checks of what the function said about it."""

    outcome: Outcome
    records: Sequence[StreamRecord]
    is_first: bool


@dataclass
class KinesisMapping:
    """Retries for ever, and skips nothing."""

    environment: Environment
    records: Sequence[StreamRecord]
    random: Random
    planner: Planner
    counts: Counts
    deliveries: list[Delivery] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)
    _attempts: Counter[int] = field(default_factory=Counter)
    _delivered: int = 0
    _rewinds: int = 0

    async def run(self) -> None:
        position = 0
        while position < len(self.records):
            end = min(position + self.random.randint(1, GREATEST_BATCH), len(self.records))
            position = await self._handle(position, end)
            if not self.planner.is_calm and self._rewinds < REWINDS and self.random.random() < 0.12:
                self._rewinds += 1
                self.counts["rewinds: a batch again although it was done"] += 1
                position = self.random.randint(max(0, position - GREATEST_BATCH), max(0, position - 1))

    async def _handle(self, start: int, end: int) -> int:
        """Delivers the batch, in parts if need be, and gives the position to go on from."""
        parts = [(start, end)]
        while parts:
            start, end = parts.pop()
            outcome = await self._deliver(start, end)
            failed = self._first_failed(outcome, start, end)
            if failed == end:
                continue
            if failed is not None and failed > start:
                self.counts["partial failures"] += 1
                parts.append((failed, end))
                continue
            self._failed_once_more(start)
            if not self.planner.is_calm and self.random.random() < 0.6:
                # The poller was restarted: from its checkpoint on, in other cuts.
                self.counts["batches cut anew"] += 1
                return start
            parts.append((start, end))
        return end

    async def _deliver(self, start: int, end: int) -> Outcome:
        batch = self.records[start:end]
        plan = self.planner.plan(self._attempts[start])
        is_first = start >= self._delivered
        self._delivered = max(self._delivered, end)
        outcome = await self.environment.invoke(kinesis_event(batch), plan)
        self.deliveries.append(Delivery(outcome, batch, is_first))
        return outcome

    def _first_failed(self, outcome: Outcome, start: int, end: int) -> int | None:
        """The place of the lowest failure, `end` if there is none, None if the whole batch failed."""
        identifiers = outcome.failed_identifiers
        if identifiers is None:
            return None
        places = {record.sequence_number: place for place, record in enumerate(self.records[start:end], start)}
        unknown = [identifier for identifier in identifiers if identifier not in places]
        if unknown:
            self.complaints.append(f"{outcome.request_id} reported {unknown}, which was not in its batch")
            return None
        return min((places[identifier] for identifier in identifiers), default=end)

    def _failed_once_more(self, start: int) -> int:
        self._attempts[start] += 1
        if self._attempts[start] > 20:
            raise RuntimeError(f"{self.environment.name}: the batch from {start} on fails without a fault")
        return self._attempts[start]
