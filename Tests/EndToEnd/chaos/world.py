"""What one seed has of the local AWS: tables, a bucket, queues and a topic of its own."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from pipeline.observation import ArchiveObject, Item, Observation, plain
from pipeline.workload import TableWrite

from .mapping import STREAM
from .services import REGION, Services, table_properties

# The queues that functions send to, by their names in the template.
_QUEUES = {"analytics-dead": "AnalyticsDLQ", "normal-dead": "NormalPipeDLQ", "premium-dead": "PremiumPipeDLQ"}
_OTHER_QUEUES = ("OrderQueue", "OrderDLQ", "OrderTopicDLQ")


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

    async def create(self, shards: int = 1, parameters: Mapping[str, str] | None = None) -> None:
        """A stack that has what the command-line tool looks for, by the template's names, and no functions.

        `parameters` are those of the template that the tool reads the functions' configuration by.
        """
        parameters = parameters or {}
        template = {
            "Parameters": {name: {"Type": "String"} for name in parameters},
            "Resources": self._resources(shards),
        }
        values = {
            f"Parameters.member.{place}.{member}": text
            for place, (name, value) in enumerate(parameters.items(), 1)
            for member, text in (("ParameterKey", name), ("ParameterValue", value))
        }
        create = self.services.cloudformation(
            "CreateStack", StackName=self.name, TemplateBody=json.dumps(template), **values
        )
        await asyncio.gather(create, self._create_topic(), self._create_queue("premium"))
        while True:
            status = (await self.services.cloudformation("DescribeStacks", StackName=self.name))["StackStatus"]
            if status == "CREATE_COMPLETE":
                break
            if status != "CREATE_IN_PROGRESS":
                raise RuntimeError(f"the stack {self.name} is {status}")
            await asyncio.sleep(0.01)
        for name, logical_id in _QUEUES.items():
            found = await self.services.call("sqs", "GetQueueUrl", QueueName=f"{self.name}-{logical_id}")
            self.queues[name] = found["QueueUrl"]
        described = await self.services.call("dynamodb", "DescribeTable", TableName=self.orders)
        self.stream = described["Table"]["LatestStreamArn"]
        found = await self.services.call("sqs", "GetQueueAttributes", QueueUrl=self.queues["premium"],
                                         AttributeNames=["QueueArn"])  # fmt: skip
        await self.services.sns("Subscribe", TopicArn=self.topic, Protocol="sqs",
                                Endpoint=found["Attributes"]["QueueArn"])  # fmt: skip

    def _resources(self, shards: int) -> dict[str, Any]:
        orders = table_properties(self.orders, "orderId")
        orders["StreamSpecification"] = {"StreamViewType": "NEW_AND_OLD_IMAGES"}
        queues = [*_QUEUES.values(), *_OTHER_QUEUES]
        return {
            "OrdersTable": {"Type": "AWS::DynamoDB::Table", "Properties": orders},
            "AnalyticsTable": {
                "Type": "AWS::DynamoDB::Table",
                "Properties": table_properties(self.analytics, "PK", "SK"),
            },
            "CheckpointsTable": {
                "Type": "AWS::DynamoDB::Table",
                "Properties": table_properties(self.checkpoints, "checkpoint"),
            },
            "ArchiveBucket": {"Type": "AWS::S3::Bucket", "Properties": {"BucketName": self.bucket}},
            # By this name checkpoints know it. Nothing is put into it: the shards' records are the simulator's.
            "OrderStream": {
                "Type": "AWS::Kinesis::Stream",
                "Properties": {"Name": STREAM, "ShardCount": shards},
            },
        } | {name: {"Type": "AWS::SQS::Queue", "Properties": {"QueueName": f"{self.name}-{name}"}} for name in queues}

    async def create_counter_table(self) -> str:
        """An empty table of the Analytics table's form."""
        name = f"{self.name}-rebuilt"
        await self.services.call("dynamodb", "CreateTable", **table_properties(name, "PK", "SK"))
        return name

    async def delete(self) -> None:
        """The server keeps everything in memory."""
        for key in await self.services.list_keys(self.bucket):
            await self.services.delete_object(self.bucket, key)
        await self.services.cloudformation("DeleteStack", StackName=self.name)
        await self.services.call("sqs", "DeleteQueue", QueueUrl=self.queues["premium"])
        await self.services.sns("DeleteTopic", TopicArn=self.topic)

    async def write(self, writes: list[TableWrite]) -> None:
        """Somebody else's items."""
        for write in sorted(writes, key=lambda write: write.phase):
            await self.services.call("dynamodb", "PutItem", TableName=self.orders, Item=write.item)

    # Looking

    async def observe(self) -> Observation:
        raw = {item["orderId"]["S"]: item for item in await self.services.scan(self.orders)}
        checkpoints = [plain(item) for item in await self.services.scan(self.checkpoints)]
        return Observation(
            orders={order_id: plain(item) for order_id, item in raw.items()},
            raw_orders=raw,
            analytics=await self.rows(self.analytics),
            checkpoints={item["checkpoint"]: item for item in checkpoints},
            archive=await self._read_archive(),
            dead_letters={name: await self.services.receive_all(self.queues[name]) for name in self.queues},
        )

    async def rows(self, table: str) -> dict[tuple[str, str], Item]:
        """Counters and claims of a table."""
        rows = [plain(item) for item in await self.services.scan(table)]
        return {(row["PK"], row["SK"]): row for row in rows}

    async def snapshot(self) -> Snapshot:
        tables = {}
        for table in (self.orders, self.analytics, self.checkpoints):
            # What processes tried is no state of the pipeline.
            items = [item for item in await self.services.scan(table) if "attempts" not in item]
            tables[table] = sorted(repr(sorted(item.items())) for item in items)
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

    async def _create_queue(self, name: str) -> None:
        made = await self.services.call("sqs", "CreateQueue", QueueName=f"{self.name}-{name}")
        self.queues[name] = made["QueueUrl"]

    async def _create_topic(self) -> None:
        self.topic = (await self.services.sns("CreateTopic", Name=f"{self.name}-premium"))["TopicArn"]
