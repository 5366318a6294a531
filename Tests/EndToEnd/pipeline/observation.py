"""What the stack holds, read with boto3."""

from __future__ import annotations

import gzip
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from boto3.dynamodb.types import TypeDeserializer

from .exact import Instant
from .functionlogs import FunctionLogs
from .oracle import StreamRecord
from .queues import QueueView, waiting
from .stack import Stack

Item = dict[str, Any]

DEAD_LETTER_QUEUES = ("OrderDLQUrl", "AnalyticsDLQUrl", "NormalPipeDLQUrl", "PremiumPipeDLQUrl")


@dataclass(frozen=True)
class ArchiveObject:
    key: str
    # Without the prefix x-amz-meta-.
    metadata: Mapping[str, str]
    compressed: bytes

    @property
    def content(self) -> bytes:
        return gzip.decompress(self.compressed)


@dataclass
class Observation:
    """One look at everything."""

    orders: dict[str, Item] = field(default_factory=dict)
    raw_orders: dict[str, Item] = field(default_factory=dict)
    analytics: dict[tuple[str, str], Item] = field(default_factory=dict)
    checkpoints: dict[str, Item] = field(default_factory=dict)
    stream: list[StreamRecord] = field(default_factory=list)
    archive: list[ArchiveObject] = field(default_factory=list)
    dead_letters: dict[str, list[Item]] = field(default_factory=dict)
    notifications: list[Item] = field(default_factory=list)
    queue: tuple[int, int] = (0, 0)
    logs: dict[str, FunctionLogs] = field(default_factory=dict)

    def fingerprint(self) -> tuple[object, ...]:
        """Changes when anything moves; an invocation that changes nothing is no movement."""
        return (
            repr(self.raw_orders),
            repr(self.analytics),
            repr(self.checkpoints),
            len(self.stream),
            [item.key for item in self.archive],
            {name: len(messages) for name, messages in self.dead_letters.items()},
            len(self.notifications),
            self.queue,
        )


class Observer:
    """Looks again and again at one stack; what cannot change is read once."""

    def __init__(self, stack: Stack, notifications_url: str | None = None) -> None:
        self.stack = stack
        self._queues = {name: QueueView(stack, stack[name]) for name in DEAD_LETTER_QUEUES}
        self._notifications = QueueView(stack, notifications_url) if notifications_url else None
        self._archive: dict[str, ArchiveObject] = {}
        self._stream = StreamReader(stack)

    def look(self) -> Observation:
        raw = {item["orderId"]["S"]: item for item in self._scan("OrdersTableName")}
        return Observation(
            orders={order_id: plain(item) for order_id, item in raw.items()},
            raw_orders=raw,
            analytics={(item["PK"], item["SK"]): item for item in map(plain, self._scan("AnalyticsTableName"))},
            checkpoints={item["checkpoint"]: item for item in map(plain, self._scan("CheckpointsTableName"))},
            stream=self._stream.refresh(),
            archive=self._read_archive(),
            dead_letters={name: queue.refresh() for name, queue in self._queues.items()},
            notifications=self._notifications.refresh() if self._notifications else [],
            queue=waiting(self.stack, self.stack["OrderQueueUrl"]),
            logs={name: FunctionLogs.read(self.stack, group) for name, group in self.stack.log_groups.items()},
        )

    def release(self) -> None:
        """Makes the dead letters visible again."""
        for queue in self._queues.values():
            queue.release()

    def _scan(self, table: str) -> Iterator[Item]:
        pages = self.stack.client("dynamodb").get_paginator("scan")
        for page in pages.paginate(TableName=self.stack[table], ConsistentRead=True):
            yield from page["Items"]

    def _read_archive(self) -> list[ArchiveObject]:
        s3, bucket = self.stack.client("s3"), self.stack["ArchiveBucketName"]
        for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix="orders/"):
            for entry in page.get("Contents", []):
                key = entry["Key"]
                if key not in self._archive:
                    found = s3.get_object(Bucket=bucket, Key=key)
                    self._archive[key] = ArchiveObject(key, found["Metadata"], found["Body"].read())
        return sorted(self._archive.values(), key=lambda item: item.key)


class StreamReader:
    """Follows every shard of the order stream from its beginning."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.records: list[StreamRecord] = []
        self._iterators: dict[str, str | None] = {}

    def refresh(self) -> list[StreamRecord]:
        kinesis, stream = self.stack.client("kinesis"), self.stack["OrderStreamName"]
        for shard in kinesis.list_shards(StreamName=stream)["Shards"]:
            shard_id = shard["ShardId"]
            if shard_id not in self._iterators:
                self._iterators[shard_id] = kinesis.get_shard_iterator(
                    StreamName=stream, ShardId=shard_id, ShardIteratorType="TRIM_HORIZON"
                )["ShardIterator"]
            self._follow(shard_id)
        return list(self.records)

    def _follow(self, shard_id: str) -> None:
        while iterator := self._iterators[shard_id]:
            answer = self.stack.client("kinesis").get_records(ShardIterator=iterator, Limit=1000)
            self._iterators[shard_id] = answer.get("NextShardIterator")
            if not answer["Records"]:
                return
            self.records += [
                StreamRecord(
                    shard_id,
                    record["SequenceNumber"],
                    Instant.of(record["ApproximateArrivalTimestamp"]),
                    record["Data"],
                    record["PartitionKey"],
                )
                for record in answer["Records"]
            ]


_deserializer = TypeDeserializer()


def counters(items: Iterable[Item]) -> dict[tuple[str, str], Item]:
    """The rows of plain items without what they say of the stream: how far they have counted each shard (`at:`)."""
    return {
        (item["PK"], item["SK"]): {name: value for name, value in item.items() if not name.startswith("at:")}
        for item in items
        if not item["PK"].startswith("EVENT#")
    }


def plain(item: Item) -> Item:
    """DynamoDB's typed values as Python's: strings, `Decimal`, dictionaries."""
    return {name: _deserializer.deserialize(value) for name, value in item.items()}
