"""What one seed has of the local AWS: tables, a bucket, queues and a topic of its own."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

from pipeline.observation import ArchiveObject, Item, Observation, plain
from pipeline.workload import TableWrite

from .services import REGION, Services, attribute_definitions

_QUEUES = ("analytics-dead", "normal-dead", "premium-dead", "premium")


@dataclass(frozen=True)
class Snapshot:
    """Everything that a replay must not change."""

    tables: dict[str, list[str]]
    archive: dict[str, bytes]
    changes: int
    letters: int


@dataclass
class World:
    services: Services
    name: str
    queues: dict[str, str] = field(default_factory=dict)
    topic: str = ""
    stream: str = ""

    @property
    def orders(self) -> str:
        return f"{self.name}-orders"

    @property
    def analytics(self) -> str:
        return f"{self.name}-analytics"

    @property
    def checkpoints(self) -> str:
        return f"{self.name}-checkpoints"

    @property
    def bucket(self) -> str:
        return f"{self.name}-archive"

    async def create(self) -> None:
        await asyncio.gather(
            self._create_table(self.orders, "orderId", stream=True),
            self._create_table(self.analytics, "PK", "SK"),
            self._create_table(self.checkpoints, "checkpoint"),
            self.services.put_object(self.bucket),
            self._create_topic(),
            *(self._create_queue(name) for name in _QUEUES),
        )
        found = await self.services.call("sqs", "GetQueueAttributes", QueueUrl=self.queues["premium"],
                                         AttributeNames=["QueueArn"])  # fmt: skip
        await self.services.sns("Subscribe", TopicArn=self.topic, Protocol="sqs",
                                Endpoint=found["Attributes"]["QueueArn"])  # fmt: skip

    async def delete(self) -> None:
        """The server keeps everything in memory."""
        for key in await self.services.list_keys(self.bucket):
            await self.services.delete_object(self.bucket, key)
        await self.services.delete_object(self.bucket)
        for table in (self.orders, self.analytics, self.checkpoints):
            await self.services.call("dynamodb", "DeleteTable", TableName=table)
        for url in self.queues.values():
            await self.services.call("sqs", "DeleteQueue", QueueUrl=url)
        await self.services.sns("DeleteTopic", TopicArn=self.topic)

    async def write(self, writes: list[TableWrite]) -> None:
        """Somebody else's items."""
        for write in sorted(writes, key=lambda write: write.phase):
            await self.services.call("dynamodb", "PutItem", TableName=self.orders, Item=write.item)

    # Looking

    async def observe(self, lanes: int) -> Observation:
        raw = {item["orderId"]["S"]: item for item in await self.services.scan(self.orders)}
        analytics: dict[tuple[str, str], Item] = {}
        for item in map(plain, await self.services.scan(self.analytics)):
            _add_row(analytics, item, lanes)
        checkpoints = [plain(item) for item in await self.services.scan(self.checkpoints)]
        return Observation(
            orders={order_id: plain(item) for order_id, item in raw.items()},
            raw_orders=raw,
            analytics=analytics,
            checkpoints={item["checkpoint"]: item for item in checkpoints},
            archive=await self._read_archive(),
            dead_letters={name: await self.services.receive_all(self.queues[name]) for name in _QUEUES},
        )

    async def snapshot(self) -> Snapshot:
        tables = {}
        for table in (self.orders, self.analytics, self.checkpoints):
            tables[table] = sorted(repr(sorted(item.items())) for item in await self.services.scan(table))
        return Snapshot(
            tables,
            {item.key: item.compressed for item in await self._read_archive()},
            len(await self.changes()),
            len(await self.services.receive_all(self.queues["analytics-dead"])),
        )

    async def changes(self) -> list[dict[str, Any]]:
        """The Orders table's stream from its beginning, as a Pipe passes it on."""
        described = await self.services.call("streams", "DescribeStream", StreamArn=self.stream)
        changes = []
        for shard in described["StreamDescription"]["Shards"]:
            place = {"StreamArn": self.stream, "ShardId": shard["ShardId"], "ShardIteratorType": "TRIM_HORIZON"}
            iterator = (await self.services.call("streams", "GetShardIterator", **place))["ShardIterator"]
            while iterator:
                page = await self.services.call("streams", "GetRecords", ShardIterator=iterator, Limit=1000)
                changes += page["Records"]
                iterator = page.get("NextShardIterator") if page["Records"] else None
        return [{"eventSourceARN": self.stream, "awsRegion": REGION} | change for change in changes]

    async def _read_archive(self) -> list[ArchiveObject]:
        objects = []
        for key in sorted(await self.services.list_keys(self.bucket, "orders/")):
            body, headers = await self.services.get_object(self.bucket, key)
            metadata = {name.removeprefix("x-amz-meta-"): value for name, value in headers.items()}
            objects.append(ArchiveObject(key, metadata, body))
        return objects

    async def _create_table(self, name: str, *keys: str, stream: bool = False) -> None:
        schema = [{"AttributeName": key, "KeyType": kind} for key, kind in zip(keys, ("HASH", "RANGE"), strict=False)]
        options: dict[str, Any] = {}
        if stream:
            options["StreamSpecification"] = {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}
        made = await self.services.call(
            "dynamodb",
            "CreateTable",
            TableName=name,
            KeySchema=schema,
            AttributeDefinitions=attribute_definitions(keys),
            BillingMode="PAY_PER_REQUEST",
            **options,
        )
        if stream:
            self.stream = made["TableDescription"]["LatestStreamArn"]

    async def _create_queue(self, name: str) -> None:
        made = await self.services.call("sqs", "CreateQueue", QueueName=f"{self.name}-{name}")
        self.queues[name] = made["QueueUrl"]

    async def _create_topic(self) -> None:
        self.topic = (await self.services.sns("CreateTopic", Name=f"{self.name}-premium"))["TopicArn"]


def _add_row(rows: dict[tuple[str, str], Item], item: Item, lanes: int) -> None:
    """Readers sum the lanes of a row."""
    key = (item["PK"], item["SK"])
    if lanes == 1 or key[0].startswith("EVENT#"):
        rows[key] = item
        return
    row = rows.setdefault((key[0], key[1].rpartition("~")[0]), {})
    for name, value in item.items():
        if name == "format":
            row[name] = value
        elif name not in ("PK", "SK"):
            row[name] = row.get(name, 0) + value
