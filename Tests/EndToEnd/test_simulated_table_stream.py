"""Whether the simulator's model of a table's stream answers as the local AWS does: the same random writes to both."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Callable, Iterator
from random import Random
from typing import Any

import pytest

from test_simulation import SIMULATOR, Answer, Local, Model, Request, by_value, dynamodb

STEPS = 120
MODEL_ARN = "arn:aws:dynamodb:eu-central-1:000000000000:table/Orders/stream/2025-08-28T00:00:00.000"
Content = dict[str, Any]


def streams(operation: str, **content: object) -> Request:
    return Request("dynamodb", f"DynamoDBStreams_20120810.{operation}", "POST", "/", {}, json.dumps(content))


class TableStream:
    """The stream of the Orders table of one of the two, by what its answers say."""

    def __init__(self, send: Callable[[Request], Answer], arn: str) -> None:
        self.send = send
        self.arn = arn

    def ask(self, operation: str, **content: object) -> tuple[str, Content]:
        """The error's code, empty for none, and the answer."""
        answer = self.send(streams(operation, **content))
        body: Content = json.loads(answer.body or "{}")
        return ("" if answer.status == 200 else body["__type"].rpartition("#")[2], body)

    def shards(self) -> list[Content]:
        """All shards, which come in pages."""
        shards: list[Content] = []
        start: Content = {}
        while True:
            code, answer = self.ask("DescribeStream", StreamArn=self.arn, **start)
            assert code == ""
            description = answer["StreamDescription"]
            assert description["StreamStatus"] == "ENABLED"
            shards += description["Shards"]
            if "LastEvaluatedShardId" not in description:
                return shards
            start = {"ExclusiveStartShardId": description["LastEvaluatedShardId"]}

    def iterator(self, shard: str, kind: str, **content: object) -> str:
        code, answer = self.ask(
            "GetShardIterator", StreamArn=self.arn, ShardId=shard, ShardIteratorType=kind, **content
        )
        assert code == ""
        return str(answer["ShardIterator"])

    def read(self, iterator: str, limit: int) -> tuple[list[Content], str | None]:
        """Records from there to the shard's end, and where it goes on, if it does."""
        records: list[Content] = []
        following: str | None = iterator
        while following:
            code, answer = self.ask("GetRecords", ShardIterator=following, Limit=limit)
            assert code == ""
            assert len(answer["Records"]) <= limit
            records += answer["Records"]
            following = answer.get("NextShardIterator")
            if not answer["Records"]:
                break
        return records, following

    def contents(self, limit: int) -> dict[str, list[Content]]:
        """What each shard has, parents before their children."""
        contents: dict[str, list[Content]] = {}
        for shard in self.shards():
            assert shard.get("ParentShardId") in {None, *contents}
            records, following = self.read(self.iterator(shard["ShardId"], "TRIM_HORIZON"), limit)
            # What has ended ends; what has not goes on.
            assert (following is None) == ("EndingSequenceNumber" in shard["SequenceNumberRange"])
            contents[shard["ShardId"]] = records
        return contents


def number(record: Content) -> int:
    return int(record["dynamodb"]["SequenceNumber"])


def said(record: Content) -> tuple[str, ...]:
    """What a record says of its change, without what each AWS chooses by itself."""
    change = record["dynamodb"]
    assert (record["eventVersion"], record["eventSource"]) == ("1.1", "aws:dynamodb")
    assert change["StreamViewType"] == "NEW_AND_OLD_IMAGES"
    assert "eventSourceARN" not in record
    images = [by_value(change.get(name)) for name in ("Keys", "OldImage", "NewImage")]
    return (record["eventName"], *images)


def by_key(contents: dict[str, list[Content]]) -> dict[str, list[tuple[str, ...]]]:
    """Each item's changes in their order: that between items is a shard's alone."""
    changes: dict[str, list[Content]] = {}
    for records in contents.values():
        assert [number(record) for record in records] == sorted({number(record) for record in records})
        for record in records:
            changes.setdefault(record["dynamodb"]["Keys"]["orderId"]["S"], []).append(record)
    return {key: [said(record) for record in records] for key, records in changes.items()}


@pytest.fixture
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[TableStream, TableStream]]:
    # Builds the simulator, if its sources are newer.
    subprocess.run([SIMULATOR, "--seeds", "1", "--first-seed", "1"], check=True, capture_output=True)
    model, local = Model(), Local(tmp_path_factory.mktemp("table-stream") / "server")
    table = json.loads(local.send(dynamodb("DescribeTable", {"TableName": "Orders"})).body)["Table"]
    yield TableStream(model.send, MODEL_ARN), TableStream(local.send, table["LatestStreamArn"])
    model.stop()
    local.stop()


class Writes:
    """Few orders and values, so that what changes nothing and what is refused are among them."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)

    def next(self) -> Request:
        key = {"orderId": {"S": self.random.choice(("A", "B", "C", "é", "鍵"))}}
        kind = self.random.choice(("Put", "Put", "Update", "Update", "Delete", "Statements"))
        if kind == "Statements":
            return dynamodb("BatchExecuteStatement", {"Statements": self._statements()})
        write: Content = {"TableName": "Orders"}
        if kind == "Put":
            write["Item"] = key | {name: self._value() for name in ("status", "total") if self.random.random() < 0.7}
        else:
            write["Key"] = key
        if kind == "Update":
            write |= {
                "UpdateExpression": self.random.choice(("SET #s = :v", "REMOVE #s", "ADD versions :one")),
                "ExpressionAttributeNames": {"#s": "status"},
                "ExpressionAttributeValues": {":v": self._value(), ":one": {"N": "1"}},
            }
            # DynamoDB refuses names and values that no expression has.
            if write["UpdateExpression"] != "SET #s = :v":
                del write["ExpressionAttributeValues"][":v"]
            if write["UpdateExpression"] != "ADD versions :one":
                del write["ExpressionAttributeValues"][":one"]
            if "#s" not in write["UpdateExpression"]:
                del write["ExpressionAttributeNames"]
            if not write["ExpressionAttributeValues"]:
                del write["ExpressionAttributeValues"]
        if self.random.random() < 0.3:
            write["ConditionExpression"] = self.random.choice(
                ("attribute_not_exists(orderId)", "attribute_exists(orderId)")
            )
        return dynamodb(kind + "Item", write)

    def _value(self) -> Content:
        # Numbers as DynamoDB spells them: the local AWS keeps another spelling, and takes it for a change.
        return self.random.choice(({"S": "pending"}, {"S": "shipped"}, {"N": "12.5"}, {"N": "1"}))

    def _statements(self) -> list[Content]:
        keys = self.random.sample(("A", "B", "C", "é", "鍵"), 2)
        inserted = {"Statement": "INSERT INTO \"Orders\" VALUE {'orderId':?,'status':?}"}
        updated = {"Statement": 'UPDATE "Orders" SET "status"=? WHERE "orderId"=?'}
        return [
            inserted | {"Parameters": [{"S": keys[0]}, self._value()]},
            updated | {"Parameters": [self._value(), {"S": keys[1]}]},
        ]


@pytest.mark.parametrize("seed", range(3))
def test_the_model_of_a_table_stream_answers_as_the_local_aws(both: tuple[TableStream, TableStream], seed: int) -> None:
    model, local = both
    writes = Writes(seed)
    random = writes.random
    for _ in range(STEPS):
        request = writes.next()
        assert model.send(request).says(request) == local.send(request).says(request)
        # AWS ends a shard after hours, or under load; the local AWS has one for ever.
        if random.random() < 0.05:
            model.ask("EndShard", Choice=random.randrange(8), Children=random.choice((1, 2)))
        if random.random() < 0.1:
            limit = random.choice((1, 3, 1000))
            contents = [stream.contents(limit) for stream in both]
            assert by_key(contents[0]) == by_key(contents[1])
            for stream, content in zip(both, contents, strict=True):
                read_from_anywhere(stream, content, random)
    assert by_key(model.contents(1000))


def read_from_anywhere(stream: TableStream, contents: dict[str, list[Content]], random: Random) -> None:
    """Every kind of iterator gives what is at it and behind it."""
    shard = random.choice([shard for shard, records in contents.items() if records] or [next(iter(contents))])
    records = contents[shard]
    assert stream.read(stream.iterator(shard, "LATEST"), 10)[0] == []
    if not records:
        return
    place = random.randrange(len(records))
    at = {"SequenceNumber": records[place]["dynamodb"]["SequenceNumber"]}
    for kind, start in (("AT_SEQUENCE_NUMBER", place), ("AFTER_SEQUENCE_NUMBER", place + 1)):
        assert stream.read(stream.iterator(shard, kind, **at), 10)[0] == records[start:]


def test_the_model_of_a_table_stream_refuses_what_the_local_aws_refuses(both: tuple[TableStream, TableStream]) -> None:
    codes = [list(refusals(stream)) for stream in both]
    assert codes[0] == codes[1]
    assert "" not in codes[0]


def refusals(stream: TableStream) -> Iterator[str]:
    shard = stream.shards()[0]["ShardId"]
    nobody = stream.arn.replace("table/Orders", "table/Nobody")
    oldest: Content = {"StreamArn": stream.arn, "ShardId": shard, "ShardIteratorType": "TRIM_HORIZON"}
    yield stream.ask("DescribeStream", StreamArn=nobody)[0]
    for change in (
        {"StreamArn": nobody},
        {"ShardId": "shardId-00000000000000000099-00000099"},
        {"ShardIteratorType": "OLDEST"},
        {"ShardIteratorType": "AT_SEQUENCE_NUMBER"},
    ):
        yield stream.ask("GetShardIterator", **(oldest | change))[0]
    yield stream.ask("GetRecords", ShardIterator="nonsense")[0]
    iterator = stream.iterator(shard, "TRIM_HORIZON")
    yield stream.ask("GetRecords", ShardIterator=iterator, Limit=0)[0]
