"""Records of days gone by, archived in a shard of their own: what the stream no longer has."""

from __future__ import annotations

import gzip
import json
from datetime import UTC, datetime, timedelta
from typing import Any

from books import Books

# One that the stream does not list, so that no object of the stack's own archiver is of it.
SHARD = "shardId-000000000066"


def ago(days: int) -> str:
    return (datetime.now(UTC) - timedelta(days=days)).strftime("%Y-%m-%d")


def number(day: str, place: int) -> str:
    """A sequence number as Kinesis gives it: with the time in it, and the later in the shard the greater."""
    seconds = int(datetime.fromisoformat(f"{day}T10:00:00+00:00").timestamp())
    return str(2 << 184 | place << 80 | seconds << 36 | 1 << 4 | 2)


class Past:
    """Objects of one record each, which arrived on days gone by, behind one of `gone` that has expired, if any."""

    def __init__(self, books: Books, gone: str | None = None) -> None:
        self.books = books
        self.s3 = books.stack.client("s3")
        self.keys: list[str] = []
        self.last = number(gone, 0) if gone else "none"

    def put(self, day: str, event: str, **payload: Any) -> None:
        """A record of 10 EUR; without a date in its payload it counts on the day of its arrival."""
        own = number(day, len(self.keys) + 1)
        record = {
            "MessageId": event, "Type": "OrderCreatedV1",
            "Payload": {"OrderId": event, "TotalAmount": 10, "Currency": "EUR", "ProductIds": ["P1"]} | payload,
        }  # fmt: skip
        line = {
            "format": 1, "rules": 2, "shardId": SHARD, "sequenceNumber": own, "partitionKey": "past",
            "arrivedAt": f"{day}T10:00:01Z", "record": record, "order": {"verdict": "accepted"},
        }  # fmt: skip
        key = f"orders/dt={day}/hour=10/{SHARD}-{own}.ndjson.gz"
        metadata = {
            "format": "1", "records": "1", "last-sequence-number": own, "previous-sequence-number": self.last,
        }  # fmt: skip
        body = gzip.compress(json.dumps(line).encode() + b"\n")
        self.s3.put_object(Bucket=self.books.bucket, Key=key, Body=body, Metadata=metadata)
        self.keys.append(key)
        self.last = own

    def remove(self) -> None:
        for key in self.keys:
            self.s3.delete_object(Bucket=self.books.bucket, Key=key)
