"""orders replay: archived records into a stream again."""

from __future__ import annotations

import base64
import gzip
import json
import re
import uuid
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from books import DAY, Books, documented_reader, late_object, rewritten
from pipeline.archive import members
from pipeline.generator import generate
from pipeline.observation import plain
from pipeline.sender import packed
from pipeline.stack import Stack
from pipeline.workload import Route
from support import eventually


@pytest.fixture
def empty_stream(stack: Stack) -> Iterator[str]:
    kinesis, name = stack.client("kinesis"), f"replayed-{uuid.uuid4().hex[:8]}"
    kinesis.create_stream(StreamName=name, ShardCount=2)
    eventually(
        lambda: (
            kinesis.describe_stream_summary(StreamName=name)["StreamDescriptionSummary"]["StreamStatus"] == "ACTIVE"
        ),
        "the stream",
    )
    yield name
    kinesis.delete_stream(StreamName=name)


def records_of(stack: Stack, stream: str) -> list[tuple[str, bytes]]:
    """Partition keys and bytes, shard by shard in their order."""
    kinesis, found = stack.client("kinesis"), []
    for shard in kinesis.list_shards(StreamName=stream)["Shards"]:
        place = {"StreamName": stream, "ShardId": shard["ShardId"], "ShardIteratorType": "TRIM_HORIZON"}
        iterator = kinesis.get_shard_iterator(**place)["ShardIterator"]
        while page := kinesis.get_records(ShardIterator=iterator)["Records"]:
            found += [(record["PartitionKey"], record["Data"]) for record in page]
            iterator = kinesis.get_shard_iterator(
                **place | {"ShardIteratorType": "AFTER_SEQUENCE_NUMBER"},
                StartingSequenceNumber=page[-1]["SequenceNumber"],
            )["ShardIterator"]
    return found


def by_key(records: list[tuple[str, bytes]]) -> dict[str, list[bytes]]:
    found: dict[str, list[bytes]] = {}
    for key, data in records:
        found.setdefault(key, []).append(data)
    return found


def test_a_replay_puts_every_record_with_its_key_and_in_its_order(books: Books, empty_stream: str) -> None:
    replayed = books.run("replay", "--from", "1d", "--stream", empty_stream, "--rate", "5000")
    assert replayed.returncode == 0, replayed.stderr
    assert f"put {books.sent} records of" in replayed.stderr
    original = by_key(records_of(books.stack, books.outputs["OrderStreamName"]))
    assert by_key(records_of(books.stack, empty_stream)) == original
    # Nothing came before.
    early = books.run("replay", "--from", "9d", "--to", "8d", "--stream", empty_stream)
    assert "put 0 records of 0 objects" in early.stderr


def test_a_replay_finds_records_in_an_object_of_many_hours(books: Books, empty_stream: str) -> None:
    """An archiver that was stopped makes one object of all that came meanwhile, named after the first record."""
    key = max(books.archived())
    later = (datetime.now(UTC) + timedelta(hours=6)).strftime("%Y-%m-%dT%H:%M:%S.000Z")

    def arrived_later(lines: list[bytes]) -> list[bytes]:
        last = re.sub(rb'"arrivedAt":"[^"]*"', f'"arrivedAt":"{later}"'.encode(), lines[-1])
        return [*lines[:-1], last]

    hours = [(datetime.now(UTC) + timedelta(hours=hours)).strftime("%Y-%m-%dT%H:%M:%SZ") for hours in (5, 7)]
    undo = rewritten(books, key, arrived_later)
    try:
        replayed = books.run("replay", "--from", hours[0], "--to", hours[1], "--stream", empty_stream)
    finally:
        undo()
    assert "put 1 record of 1 object" in replayed.stderr, replayed.stderr
    assert len(records_of(books.stack, empty_stream)) == 1


def test_a_replay_reads_the_object_before_the_span_that_reaches_furthest(books: Books, empty_stream: str) -> None:
    """The one that begins last before the span ends inside that one."""
    first = (datetime.now(UTC) - timedelta(days=20)).replace(hour=10, minute=0, second=0, microsecond=0)
    span = [f"{first + timedelta(hours=hours):%Y-%m-%dT%H:%M:%SZ}" for hours in (3, 5)]
    with late_object(books, first, first + timedelta(hours=3)):
        replayed = books.run("replay", "--from", span[0], "--to", span[1], "--stream", empty_stream)
    assert "put 7 records of 2 objects into" in replayed.stderr, replayed.stderr
    assert len(records_of(books.stack, empty_stream)) == 7


def test_what_an_object_has_of_another_counts_and_is_replayed_once(books: Books, empty_stream: str) -> None:
    """A batch that came again without its first records, which had left the stream, after its object was written."""
    s3 = books.stack.client("s3")
    key = max(books.archived(), key=lambda key: gzip.decompress(books.body(key)).count(b"\n"))
    metadata = s3.head_object(Bucket=books.bucket, Key=key)["Metadata"]
    lines = gzip.decompress(books.body(key)).splitlines(keepends=True)
    rest = lines[len(lines) // 2 :]
    first, events = json.loads(rest[0]), sum("day" in json.loads(line)["order"] for line in rest)
    assert events > 1
    hour = f"orders/dt={first['arrivedAt'][:10]}/hour={first['arrivedAt'][11:13]}"
    inner = f"{hour}/{first['shardId']}-{first['sequenceNumber'].lstrip('0')}.ndjson.gz"
    s3.put_object(
        Bucket=books.bucket, Key=inner, Body=gzip.compress(b"".join(rest)), IfNoneMatch="*",
        Metadata=metadata | {"records": str(len(rest))},
    )  # fmt: skip
    try:
        found = books.audit()
        with books.counter_table() as table:
            rebuilt = books.run("rebuild", "--into", table)
            # A rebuilt table has no rows that say nothing, which a repair leaves where there is nothing to count.
            shown = {key: row for key, row in books.counters().items() if row.get("OrderCount") != 0}
            assert books.counters(table) == shown
        replayed = books.run("replay", "--from", "1d", "--stream", empty_stream, "--rate", "5000")
    finally:
        s3.delete_object(Bucket=books.bucket, Key=inner)
    assert found.returncode == 0, found.stdout
    assert f"records of another object, counted once:\n  {inner}: {events} events\n" in found.stdout
    assert rebuilt.returncode == 0, rebuilt.stderr
    assert f"records of another object, counted once: {inner}: {events} events" in rebuilt.stdout
    assert f"put {books.sent} records of" in replayed.stderr, replayed.stderr
    assert f"; {len(rest)} stand in two objects, and went once" in replayed.stderr
    assert by_key(records_of(books.stack, empty_stream)) == by_key(
        records_of(books.stack, books.outputs["OrderStreamName"])
    )


def test_a_replay_goes_on_behind_what_it_noted(books: Books, empty_stream: str, tmp_path: Any) -> None:
    state = tmp_path / "state"
    arguments = ["replay", "--from", "1d", "--to", "2100-01-01", "--stream", empty_stream, "--state", str(state)]
    # The start moves with the clock, so that another day's is another replay: it has to be given as an instant.
    arguments[2] = "2020-01-01"
    first = books.run(*arguments)
    assert f"put {books.sent} records" in first.stderr, first.stderr
    assert "put 0 records of 0 objects" in books.run(*arguments).stderr
    noted = json.loads(state.read_text())
    objects = sorted(books.archived(), key=lambda key: (key.rpartition("/")[0], key.rpartition("-")[0], key))
    state.write_text(json.dumps(noted | {"last": objects[0]}))
    lines = gzip.decompress(books.body(objects[0])).count(b"\n")
    assert f"put {books.sent - lines} records" in books.run(*arguments).stderr
    state.write_text(json.dumps(noted | {"last": objects[0].replace("shardId-", "shardId-9")}))
    gone = books.run(*arguments)
    assert gone.returncode == 1
    assert "is not in the archive any more: go on by a --from behind its hour" in gone.stderr
    other = books.run(*[argument if argument != "2100-01-01" else "2099-01-01" for argument in arguments])
    assert other.returncode == 2
    assert "is of another replay" in other.stderr


def test_a_replay_into_the_pipeline_itself_is_refused_unless_it_is_meant(books: Books) -> None:
    own = books.outputs["OrderStreamName"]
    refused = books.run("replay", "--from", "1d", "--stream", own)
    assert refused.returncode == 2
    # Also where the archive has nothing of the span.
    missing = books.run("replay", "--from", "2001-01-01", "--to", "2001-01-01", "--stream", "no-such-stream")
    assert missing.returncode == 2
    assert "there is no stream no-such-stream" in missing.stderr
    assert re.search(r"within the last \d+ days does not count again", refused.stderr)
    before = plain(books.row(f"ORDERS#{DAY}", "TOTAL"))
    meant = books.run("replay", "--from", "1d", "--stream", own, "--into-the-pipeline")
    assert meant.returncode == 0, meant.stderr
    sent, books.sent = books.sent, 2 * books.sent
    eventually(lambda: books.lines() == books.sent, "the repetitions to be archived")
    # Each has a MessageId but three: what is no order at all, and a Heartbeat.
    assert plain(books.row(f"ORDERS#{DAY}", "TOTAL")) == before
    found = books.audit()
    assert found.returncode == 0, found.stdout
    assert f"{sent - 3 + 1} repetitions" in found.stdout


# --- Three readers ----------------------------------------------------------------------------------------------------

COLUMNS = (
    "format, rules, shardId, sequenceNumber, subSequenceNumber, partitionKey, arrivedAt, "
    "record, unparsed, data, envelope"
)
Place = tuple[str, str, int | None]


def test_every_reader_agrees_on_every_archived_record(
    books: Books, empty_stream: str, tmp_path: Path, seed: int
) -> None:
    """Python's gzip and json over boto3, DuckDB, and the tool, which puts each record into a stream again."""
    odd = [message for message in generate(seed).messages if message.route is Route.KINESIS]
    records = list(packed(odd))
    for start in range(0, len(records), 100):
        books.put_as(records[start : start + 100])
    eventually(lambda: books.lines() == books.sent, "the records to be archived")
    lines = read_by_boto3(books)
    kinds = Counter(name for line in lines.values() for name in ("record", "unparsed", "data") if name in line)
    assert len(lines) == books.sent and all(kinds[name] > 0 for name in ("record", "unparsed", "data"))
    assert any(place[2] is not None for place in lines)

    by_duckdb = read_by_duckdb(books, tmp_path)
    assert disagreements(lines, by_duckdb) == set()

    replayed = books.run("replay", "--from", "1d", "--stream", empty_stream, "--rate", "100000")
    assert f"put {len(lines)} records" in replayed.stderr, replayed.stderr
    sent = records_of(books.stack, empty_stream)
    assert puts(lines) == sorted(sent)

    # One attribute that is another is found, whichever it is, and where it is.
    seen: set[str] = set()
    for place, line in lines.items():
        for name, broken in broken_lines(line):
            if name in seen:
                continue
            seen.add(name)
            assert disagreements(lines | {place: broken}, by_duckdb) == {place}, name
            if name in ("partitionKey", "record", "unparsed", "data") and not (name == "record" and "data" in line):
                assert puts(lines | {place: broken}) != sorted(sent), name
    whole = {name.strip() for name in COLUMNS.split(",")} - {"envelope"}
    assert seen == whole | {
        f"order.{name}" for name in ("verdict", "reason", "eventId", "orderId", "day", "currency", "amount", "products")
    }
    lost = next(iter(lines))
    assert disagreements({place: line for place, line in lines.items() if place != lost}, by_duckdb) == {lost}


def broken_lines(line: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The line with one attribute changed, for each that it has, and that attribute's name."""

    def other(value: Any) -> Any:
        # A text that is base64 and, in quotes, JSON.
        return value + 1 if isinstance(value, int) else [*value, {}] if isinstance(value, list) else "b3RoZXI="

    for name, value in line.items():
        if name == "order":
            for member, inner in value.items():
                yield f"order.{member}", line | {"order": value | {member: other(inner)}}
        else:
            yield name, line | {name: '"b3RoZXI="' if name == "record" else other(value)}


def puts(lines: dict[Place, dict[str, Any]]) -> list[tuple[str, bytes]]:
    """Partition keys and bytes that a replay of the lines has to send, sorted."""
    return sorted((line["partitionKey"], payload(line)) for line in lines.values())


def disagreements(lines: dict[Place, dict[str, Any]], by_duckdb: dict[Place, dict[str, Any]]) -> set[Place]:
    """Where the two readers read something else."""
    names = [name.strip() for name in COLUMNS.split(",")] + ["order"]

    def differ(line: dict[str, Any], found: dict[str, Any]) -> bool:
        return not same_text(found["record"], line.get("record")) or any(
            found[name] != line.get(name) for name in names if name != "record"
        )

    return {
        place for place in lines.keys() | by_duckdb.keys()
        if place not in lines or place not in by_duckdb or differ(lines[place], by_duckdb[place])
    }  # fmt: skip


def payload(line: dict[str, Any]) -> bytes:
    """By docs/formats.md: what a replay has to send."""
    received = line.get("data") or line.get("unparsed")
    return base64.b64decode(received) if received is not None else line["record"].encode()


def read_by_boto3(books: Books) -> dict[Place, dict[str, Any]]:
    """Each line by its place, `record` as the text that stands there."""
    lines: dict[Place, dict[str, Any]] = {}
    for key in books.archived():
        for text in gzip.decompress(books.body(key)).splitlines():
            line = json.loads(text)
            if "record" in line:
                line["record"] = members(text)["record"].decode()
            lines[line["shardId"], line["sequenceNumber"], line.get("subSequenceNumber")] = line
    return lines


def read_by_duckdb(books: Books, folder: Path) -> dict[Place, dict[str, Any]]:
    for key in books.archived():
        (folder / key).parent.mkdir(parents=True, exist_ok=True)
        (folder / key).write_bytes(books.body(key))
    rows = duckdb.connect().sql(f'SELECT {COLUMNS}, CAST("order" AS JSON) {documented_reader(folder)}').fetchall()
    names = [name.strip() for name in COLUMNS.split(",")]
    found: dict[Place, dict[str, Any]] = {}
    for *values, order in rows:
        line = dict(zip(names, values, strict=True))
        line["order"] = {name: value for name, value in json.loads(order).items() if value is not None}
        found[line["shardId"], line["sequenceNumber"], line["subSequenceNumber"]] = line
    return found


def same_text(found: str | None, wanted: str | None) -> bool:
    """DuckDB reads a JSON text's numbers as doubles, and writes them and escapes in its own spelling."""
    if found is None or wanted is None:
        return found == wanted
    return found == wanted or json.loads(found) == json.loads(wanted)
