"""Whether the simulator's model of Kinesis answers as the local AWS does: the same random steps with both."""

from __future__ import annotations

import base64
import json
import subprocess
from collections.abc import Callable, Iterator
from random import Random

import pytest

from test_simulation import SIMULATOR, Answer, Local, Model, Request

STEPS = 150
GREATEST_HASH_KEY = 2**128 - 1


def kinesis(operation: str, **content: object) -> Request:
    return Request("kinesis", f"Kinesis_20131202.{operation}", "POST", "/", {}, json.dumps(content))


class Stream:
    """A stream of one of the two, by what its answers have said: sequence numbers and iterators are its own."""

    def __init__(self, send: Callable[[Request], Answer]) -> None:
        self.send = send
        # By the content of each record that was taken its shard and its sequence number.
        self.places: dict[str, tuple[str, str]] = {}

    def ask(self, operation: str, **content: object) -> tuple[str, dict[str, object]]:
        """The error's code, empty for none, and the answer."""
        answer = self.send(kinesis(operation, **content))
        body = json.loads(answer.body or "{}")
        return ("" if answer.status == 200 else body["__type"].rpartition("#")[2], body)

    def put(self, records: list[tuple[str, str, str | None]]) -> object:
        entries = [
            {"Data": base64.b64encode(data.encode()).decode(), "PartitionKey": key}
            | ({"ExplicitHashKey": hash_key} if hash_key else {})
            for data, key, hash_key in records
        ]
        code, answer = self.ask("PutRecords", StreamName="orders", Records=entries)
        if code:
            return code
        assert answer["FailedRecordCount"] == 0
        results: list[dict[str, str]] = answer["Records"]  # type: ignore[assignment]
        for (data, _, _), result in zip(records, results, strict=True):
            self.places[data] = (result["ShardId"], result["SequenceNumber"])
        return [result["ShardId"] for result in results]

    def read(self, shard: str, kind: str, behind: str | None, limit: int) -> object:
        position = {"StartingSequenceNumber": self.places[behind][1]} if behind else {}
        code, answer = self.ask(
            "GetShardIterator", StreamName="orders", ShardId=shard, ShardIteratorType=kind, **position
        )
        if code:
            return code
        code, answer = self.ask("GetRecords", ShardIterator=answer["ShardIterator"], Limit=limit)
        records: list[dict[str, str]] = answer["Records"]  # type: ignore[assignment]
        numbers = [int(record["SequenceNumber"]) for record in records]
        assert numbers == sorted(set(numbers))
        return code or [(base64.b64decode(record["Data"]).decode(), record["PartitionKey"]) for record in records]

    def open_shards(self) -> list[tuple[str, int, int]]:
        """Ids and hash keys of the shards that take records."""
        _, answer = self.ask("ListShards", StreamName="orders")
        shards: list[dict[str, dict[str, str]]] = answer["Shards"]  # type: ignore[assignment]
        return [
            (
                str(shard["ShardId"]),
                int(shard["HashKeyRange"]["StartingHashKey"]),
                int(shard["HashKeyRange"]["EndingHashKey"]),
            )
            for shard in shards
            if "EndingSequenceNumber" not in shard["SequenceNumberRange"]
        ]


@pytest.fixture
def streams(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Stream, Stream]]:
    # Builds the simulator, if its sources are newer.
    subprocess.run([SIMULATOR, "--seeds", "1", "--first-seed", "1"], check=True, capture_output=True)
    model, local = Model(), Local(tmp_path_factory.mktemp("kinesis") / "server")
    assert local.send(kinesis("CreateStream", StreamName="orders", ShardCount=3)).status == 200
    yield Stream(model.send), Stream(local.send)
    model.stop()
    local.stop()


class Steps:
    """Few keys, so that shards have many records of one."""

    def __init__(self, seed: int, streams: tuple[Stream, Stream]) -> None:
        self.random = Random(seed)
        self.streams = streams
        # What each shard has, in its order.
        self.contents: dict[str, list[tuple[str, str]]] = {}
        self.closed: list[str] = []

    def play(self) -> None:
        step = self.random.choice((self.put, self.put, self.put, self.read, self.read, self.refused, self.reshard))
        step()

    def put(self) -> None:
        count = len(self.streams[0].places)
        records = [
            (
                f"record {count + place}",
                self.random.choice(("a", "b", "café", "🪑", "k" * 256, str(place))),
                str(self.random.randint(0, GREATEST_HASH_KEY)) if self.random.random() < 0.2 else None,
            )
            for place in range(self.random.choice((1, 1, 2, 5, 40)))
        ]
        shards = [stream.put(records) for stream in self.streams]
        assert shards[0] == shards[1]
        for (data, key, _), shard in zip(records, shards[0], strict=True):  # type: ignore[call-overload]
            self.contents.setdefault(shard, []).append((data, key))

    def read(self) -> None:
        open_shards = [shard for shard, _, _ in self.streams[0].open_shards()]
        shard = self.random.choice(open_shards + self.closed)
        content = self.contents.get(shard, [])
        kind = self.random.choice(("TRIM_HORIZON", "LATEST", "AT_SEQUENCE_NUMBER", "AFTER_SEQUENCE_NUMBER"))
        start = {"TRIM_HORIZON": 0, "LATEST": len(content)}.get(kind)
        behind = None
        if start is None:
            if not content:
                return
            place = self.random.randrange(len(content))
            behind, start = content[place][0], place + (kind == "AFTER_SEQUENCE_NUMBER")
        limit = self.random.choice((1, 3, 10_000))
        wanted = content[start : start + limit]
        assert self.streams[0].read(shard, kind, behind, limit) == wanted
        # The local AWS deletes a shard that is split or merged; of AWS it can be read until its records are too old
        # (Developer Guide, "Resharding: data routing, data persistence, and shard state after a reshard").
        known = "ResourceNotFoundException" if shard in self.closed else wanted
        assert self.streams[1].read(shard, kind, behind, limit) == known

    def refused(self) -> None:
        records, code = self.random.choice(
            (
                ([("x", "key", None)] * 501, "ValidationException"),
                ([("x", "k" * 257, None)], "ValidationException"),
                ([("x" * (2**20 + 1), "key", None), ("y", "key", None)], "ValidationException"),
            )
        )
        assert [stream.put(records) for stream in self.streams] == [code, code]
        for operation, content in (
            ("PutRecords", {"StreamName": "nobody", "Records": [{"Data": "", "PartitionKey": "k"}]}),
            ("ListShards", {"StreamName": "nobody"}),
            ("DescribeStreamSummary", {"StreamName": "nobody"}),
            (
                "GetShardIterator",
                {"StreamName": "orders", "ShardId": "shardId-000000009999", "ShardIteratorType": "LATEST"},
            ),
        ):
            codes = [stream.ask(operation, **content)[0] for stream in self.streams]
            assert codes == ["ResourceNotFoundException"] * 2

    def reshard(self) -> None:
        shards = sorted(self.streams[0].open_shards(), key=lambda shard: shard[1])
        if self.random.random() < 0.5 or len(shards) == 1:
            shard, start, end = self.random.choice(shards)
            content = {"ShardToSplit": shard, "NewStartingHashKey": str(self.random.randint(start + 1, end))}
            operation, closed = "SplitShard", [shard]
        else:
            place = self.random.randrange(len(shards) - 1)
            closed = [shards[place][0], shards[place + 1][0]]
            operation, content = "MergeShards", {"ShardToMerge": closed[0], "AdjacentShardToMerge": closed[1]}
        codes = [stream.ask(operation, StreamName="orders", **content)[0] for stream in self.streams]
        assert codes == ["", ""]
        self.closed += closed
        assert self.streams[0].open_shards() == self.streams[1].open_shards()


@pytest.mark.parametrize("seed", range(3))
def test_the_model_of_kinesis_answers_as_the_local_aws(streams: tuple[Stream, Stream], seed: int) -> None:
    steps = Steps(seed, streams)
    for _ in range(STEPS):
        steps.play()
    model, local = streams
    assert model.places.keys() == local.places.keys()
    # As AWS's, the model's sequence numbers have 56 digits, and grow to as many here; the local AWS's have 30.
    assert {len(number) for _, number in model.places.values()} == {55, 56}


def test_the_model_refuses_what_the_local_aws_takes(streams: tuple[Stream, Stream]) -> None:
    """By "PutRecords", "SplitShard" and "MergeShards" of the API reference."""
    model, _ = streams
    (first, start, end), _, (third, _, _) = model.open_shards()
    for operation, content, code in (
        ("PutRecords", {"Records": []}, "ValidationException"),
        ("PutRecords", {"Records": [{"Data": "", "PartitionKey": ""}]}, "ValidationException"),
        ("MergeShards", {"ShardToMerge": first, "AdjacentShardToMerge": third}, "InvalidArgumentException"),
        ("SplitShard", {"ShardToSplit": first, "NewStartingHashKey": str(start)}, "InvalidArgumentException"),
        ("SplitShard", {"ShardToSplit": first, "NewStartingHashKey": str(end + 1)}, "InvalidArgumentException"),
    ):
        assert model.ask(operation, StreamName="orders", **content)[0] == code
