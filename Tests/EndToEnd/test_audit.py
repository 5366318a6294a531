"""orders rebuild and audit: the archive proves the numbers; each thing that is wrong is named, and only that."""

from __future__ import annotations

import gzip
import json
import os
import re
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from decimal import Decimal
from typing import Any

import duckdb
import pytest

from deployments import Shop, outputs_of, remove
from inventory import inventory
from pipeline.observation import plain
from pipeline.stack import ROOT, Stack
from support import eventually, run_script

sys.path.insert(0, str(ROOT / "scripts"))
from deployment.template import Template

DAY = "2024-05-06"
ORDERS = 60


def order(number: int, *, message_id: str | None = None, amount: str = "10.25") -> dict[str, Any]:
    return {
        "MessageId": message_id or str(uuid.uuid4()), "Type": "OrderCreatedV1", "OccurredUtc": f"{DAY}T10:00:00Z",
        "Payload": {
            "OrderId": f"A-{number}", "TotalAmount": float(amount), "Currency": ("EUR", "USD")[number % 2],
            "ProductIds": [f"P{number % 7}", "P-all"], "createdUtc": f"{DAY}T{number % 24:02}:00:00Z",
        },
    }  # fmt: skip


class Books:
    """A stack of its own with some orders in it, counted and archived."""

    def __init__(self, shop: Shop, outputs: dict[str, str]) -> None:
        self.shop = shop
        self.stack = shop.local
        self.outputs = outputs
        self.bucket = outputs["ArchiveBucketName"]
        self.sent = 0

    def send(self, records: list[dict[str, Any] | bytes]) -> None:
        """In one request each, so that there are several objects."""
        kinesis = self.stack.client("kinesis")
        for start in range(0, len(records), 20):
            entries = [
                {"Data": r if isinstance(r, bytes) else json.dumps(r).encode(), "PartitionKey": str(start + n)}
                for n, r in enumerate(records[start : start + 20])
            ]
            answer = kinesis.put_records(StreamName=self.outputs["OrderStreamName"], Records=entries)
            assert answer["FailedRecordCount"] == 0
            self.sent += len(entries)
            eventually(lambda: self.lines() == self.sent, "the records to be archived")

    def archived(self) -> list[str]:
        pages = self.stack.client("s3").get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix="orders/")
        return [item["Key"] for page in pages for item in page.get("Contents", [])]

    def body(self, key: str) -> bytes:
        return bytes(self.stack.client("s3").get_object(Bucket=self.bucket, Key=key)["Body"].read())

    def lines(self) -> int:
        return sum(gzip.decompress(self.body(key)).count(b"\n") for key in self.archived())

    def run(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        own = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        environment = own | self.stack.credentials | {"AWS_ENDPOINT_URL": self.stack.endpoint_url}
        return run_script(
            "orders", *arguments, "--stack", self.shop.name, "--region", self.stack.region, env=environment, timeout=200
        )

    def audit(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return self.run("audit", *arguments)

    def row(self, partition_key: str, sort_key: str, table: str | None = None) -> dict[str, Any]:
        found = self.stack.client("dynamodb").get_item(
            TableName=table or self.outputs["AnalyticsTableName"],
            Key={"PK": {"S": partition_key}, "SK": {"S": sort_key}}, ConsistentRead=True,
        )  # fmt: skip
        return found.get("Item", {})


@pytest.fixture(scope="module")
def books(stack: Stack) -> Iterator[Books]:
    shop = Shop(stack, f"books{os.getpid()}")
    before = inventory(stack)
    stack.client("s3").create_bucket(Bucket=shop.bucket)
    books = Books(shop, outputs_of(shop.deploy(ArchiveWindowSeconds="0", RequireTLS="false")))
    first = order(0)
    records: list[dict[str, Any] | bytes] = [order(number) for number in range(ORDERS)]
    # Beside them a repetition, another order under a used id, an order that cannot be read, and what is none.
    records += [first, first, order(900, message_id=first["MessageId"], amount="99"), b"no JSON"]
    records += [
        order(901) | {"MessageId": "m-901", "Payload": {"createdUtc": f"{DAY}T00:00:00Z"}},
        {"Type": "Heartbeat"},
    ]
    books.send(records)
    eventually(
        lambda: plain(books.row(f"ORDERS#{DAY}", "TOTAL")).get("TotalOrders") == ORDERS + 2, "the orders to be counted"
    )
    yield books
    shop.delete("--force")
    for line in inventory(stack) - before:
        remove(stack, *line.split("  "))


def test_what_was_counted_agrees_with_the_archive(books: Books) -> None:
    for arguments in ([], ["--day", DAY], ["--from", DAY, "--to", DAY]):
        found = books.audit(*arguments)
        assert (found.returncode, found.stdout.splitlines()[-1]) == (0, "Everything agrees."), (
            found.stdout + found.stderr
        )
    assert "1 repetition, 1 other order under a used id" in found.stdout
    # A day of which the archive has nothing.
    assert books.audit("--day", "2001-01-01").returncode == 0


def test_the_archive_rebuilt_is_the_table_row_by_row(books: Books) -> None:
    dynamodb, table = books.stack.client("dynamodb"), f"rebuilt-{os.getpid()}"
    dynamodb.create_table(
        TableName=table, BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "PK", "KeyType": "HASH"}, {"AttributeName": "SK", "KeyType": "RANGE"}],
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("PK", "SK")],
    )  # fmt: skip
    try:
        first = books.run("rebuild", "--into", table, "--with-stream")
        assert first.returncode == 0, first.stderr
        scanned = [dynamodb.scan(TableName=name)["Items"] for name in (table, books.outputs["AnalyticsTableName"])]
        rebuilt, live = (
            {(i["PK"]["S"], i["SK"]["S"]): plain(i) for i in items if not i["PK"]["S"].startswith("EVENT#")}
            for items in scanned
        )
        assert rebuilt == live
        assert f"{len(live)} rows: {len(live)} written, 0 as they were" in first.stdout
        # Run twice, it changes nothing.
        assert f"0 written, {len(live)} as they were" in books.run("rebuild", "--into", table).stdout
    finally:
        dynamodb.delete_table(TableName=table)
    refused = books.run("rebuild", "--into", books.outputs["AnalyticsTableName"])
    assert refused.returncode == 2
    assert "is the table that the stack counts in" in refused.stderr


def test_an_independent_reader_sums_the_same(books: Books, tmp_path: Any) -> None:
    """DuckDB by the queries of docs/formats.md, of a copy of the archive; the copy is counted anew, too."""
    for key in books.archived():
        path = tmp_path / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(books.body(key))
    view, query, duckdbs_own = documented_queries()
    duckdbs_own = duckdbs_own.replace("orders/*/*/*.ndjson.gz", f"{tmp_path}/orders/*/*/*.ndjson.gz")
    database = duckdb.connect()
    # The table as the template has it; only its name and its columns are used.
    database.execute(f"CREATE VIEW records AS SELECT * {reader_of(duckdbs_own)}")
    database.execute(view)
    for statement in (query, duckdbs_own):
        rows = database.sql(statement).fetchall()
        sums = {(day, currency): (revenue, orders) for day, currency, revenue, orders in rows}
        for currency in ("EUR", "USD"):
            row = plain(books.row(f"REVENUE#{DAY}", currency))
            assert sums[DAY, currency] == (row["Value"], row["Count"])
        assert sum(orders for _, orders in sums.values()) == ORDERS + 1
    copied = books.run("rebuild", "--archive", str(tmp_path), "--dry-run")
    assert f"{ORDERS + 2} events counted, 1 repetition" in copied.stdout, copied.stdout + copied.stderr


def documented_queries() -> list[str]:
    text = (ROOT / "docs/formats.md").read_text().partition("## The archive")[2]
    return [block.partition("```")[0].rstrip().rstrip(";") for block in text.split("```sql\n")[1:]]


def reader_of(query: str) -> str:
    """FROM read_json(…), which gives the columns of the lines."""
    start = query.index("FROM read_json(")
    return query[start : query.index("WHERE", start)]


def test_the_catalogue_has_the_columns_of_the_lines() -> None:
    """The table of the template has what an archived line may have, in small letters, and no other column."""
    table = Template.parse((ROOT / "cloudformation.yaml").read_text()).resources["ArchiveCatalogTable"]
    columns = [column["Name"] for column in table["Properties"]["TableInput"]["StorageDescriptor"]["Columns"]]
    text = (ROOT / "docs/formats.md").read_text().partition("Each line is one record:")[2].partition("`order` is")[0]
    members = re.findall(
        r"`(\w+)`", "".join(line.split("|")[1] for line in text.splitlines() if line.startswith("| `"))
    )
    assert columns == [member.lower() for member in members]


# --- What is wrong is named, and only that ----------------------------------------------------------------------------


def rewritten(books: Books, key: str, change: Callable[[list[bytes]], list[bytes]]) -> Callable[[], None]:
    """Changes the object's lines, with its metadata as they were; gives what undoes it."""
    s3 = books.stack.client("s3")
    found = s3.get_object(Bucket=books.bucket, Key=key)
    body = found["Body"].read()
    lines = change(gzip.decompress(body).splitlines(keepends=True))

    def put(content: bytes) -> None:
        s3.delete_object(Bucket=books.bucket, Key=key)
        s3.put_object(Bucket=books.bucket, Key=key, Body=content, Metadata=found["Metadata"], IfNoneMatch="*")

    put(gzip.compress(b"".join(lines)))
    return lambda: put(body)


def sections(found: subprocess.CompletedProcess[str]) -> set[str]:
    return {line.rstrip(":") for line in found.stdout.splitlines() if line.endswith(":") and not line.startswith(" ")}


ROWS, FAULTS, GAPS = "rows differ", "faults in objects", "gaps in shards"
WITHOUT_ROW = "orders without a row in the Orders table"


def test_a_row_that_was_changed_by_hand_is_named_with_both_values(books: Books) -> None:
    dynamodb, table = books.stack.client("dynamodb"), books.outputs["AnalyticsTableName"]
    before = books.row(f"REVENUE#{DAY}", "EUR")
    right = plain(before)["Value"]
    dynamodb.put_item(TableName=table, Item=before | {"Value": {"N": str(right + Decimal("0.01"))}})
    try:
        found = books.audit()
        assert (found.returncode, sections(found)) == (1, {ROWS})
        assert f"REVENUE#{DAY} EUR Value: archive {right.normalize()}, table {right + Decimal('0.01')}" in found.stdout
        # Of another day nothing is wrong.
        assert books.audit("--day", "2024-05-07").returncode == 0
    finally:
        dynamodb.put_item(TableName=table, Item=before)
    assert books.audit().returncode == 0


def test_a_row_that_is_missing_and_one_too_many_are_named(books: Books) -> None:
    dynamodb, table = books.stack.client("dynamodb"), books.outputs["AnalyticsTableName"]
    row = books.row(f"PRODUCT#{DAY}", "P3")
    dynamodb.delete_item(TableName=table, Key={name: row[name] for name in ("PK", "SK")})
    dynamodb.put_item(TableName=table, Item=row | {"SK": {"S": "P-none"}})
    try:
        found = books.audit()
        assert f"PRODUCT#{DAY} P3 is not in the table" in found.stdout
        assert f"PRODUCT#{DAY} P-none is in the table, and nothing of the archive counts there" in found.stdout
        assert sections(found) == {ROWS}
    finally:
        dynamodb.put_item(TableName=table, Item=row)
        dynamodb.delete_item(TableName=table, Key={"PK": row["PK"], "SK": {"S": "P-none"}})
    assert books.audit().returncode == 0


@pytest.mark.parametrize("place", [0, 1, -1], ids=["first", "second", "last"])
def test_an_object_that_was_deleted_is_a_gap(books: Books, place: int) -> None:
    s3 = books.stack.client("s3")
    key = sorted(books.archived(), key=lambda key: (key.split("/")[-1].rpartition("-")[0], key))[place]
    found = s3.get_object(Bucket=books.bucket, Key=key)
    body = found["Body"].read()
    s3.delete_object(Bucket=books.bucket, Key=key)
    try:
        audit = books.audit()
        assert audit.returncode == 1
        assert GAPS in sections(audit) and FAULTS not in sections(audit)
        assert key.split("/")[-1].rpartition("-")[0] in audit.stdout
    finally:
        s3.put_object(Bucket=books.bucket, Key=key, Body=body, Metadata=found["Metadata"], IfNoneMatch="*")
    assert books.audit().returncode == 0


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda lines: [lines[0], *lines], "does not stand behind the one before it"),
        (lambda lines: lines[:-1], "and was written with"),
        (lambda lines: [b"{}\n", *lines[1:]], "no line of the archive"),
        (lambda lines: [lines[0].replace(b'"rules":1', b'"rules":2'), *lines[1:]], "this version knows 1"),
        (lambda lines: lines[1:], "the first record is"),
    ],
    ids=["doubled", "lost", "damaged", "later", "first lost"],
)  # fmt: skip
def test_a_line_that_is_not_as_it_was_written_is_named(
    books: Books, change: Callable[[list[bytes]], list[bytes]], words: str
) -> None:
    key = max(books.archived(), key=lambda key: len(books.body(key)))
    undo = rewritten(books, key, change)
    try:
        found = books.audit()
        assert found.returncode == 1
        assert FAULTS in sections(found) and GAPS not in sections(found)
        assert f"{key}" in found.stdout and words in found.stdout
    finally:
        undo()
    assert books.audit().returncode == 0


def test_an_amount_that_was_changed_in_the_archive_shows_in_its_rows(books: Books) -> None:
    key = max(books.archived(), key=lambda key: len(books.body(key)))
    undo = rewritten(books, key, lambda lines: [lines[0].replace(b"10.25", b"10.26"), *lines[1:]])
    try:
        found = books.audit()
        assert sections(found) == {ROWS}
        assert "Value: archive" in found.stdout
    finally:
        undo()


def test_an_order_without_a_row_is_named(books: Books) -> None:
    dynamodb, table = books.stack.client("dynamodb"), books.outputs["OrdersTableName"]
    key = {"orderId": {"S": "A-7"}}
    item = dynamodb.get_item(TableName=table, Key=key)["Item"]
    dynamodb.delete_item(TableName=table, Key=key)
    try:
        found = books.audit()
        assert (found.returncode, sections(found)) == (1, {WITHOUT_ROW})
        assert "A-7" not in found.stdout and "line" in found.stdout
        assert books.audit("--without-orders").returncode == 0
    finally:
        dynamodb.put_item(TableName=table, Item=item)


def test_a_repair_sets_rows_right_and_says_what_it_changed(books: Books) -> None:
    dynamodb, table = books.stack.client("dynamodb"), books.outputs["AnalyticsTableName"]
    rows = [books.row(f"REVENUE#{DAY}", "EUR"), books.row(f"ORDERS#{DAY}", "TOTAL"), books.row(f"PRODUCT#{DAY}", "P3")]
    dynamodb.put_item(TableName=table, Item=rows[0] | {"Value": {"N": "1"}})
    dynamodb.put_item(TableName=table, Item=rows[1] | {"TotalOrders": {"N": "7"}})
    dynamodb.put_item(TableName=table, Item=rows[2] | {"SK": {"S": "P-none"}})
    dynamodb.delete_item(TableName=table, Key={name: rows[2][name] for name in ("PK", "SK")})
    asked = books.audit("--repair")
    assert asked.returncode == 1
    assert "--repair --yes would set 4 rows" in asked.stdout
    assert books.row(f"REVENUE#{DAY}", "EUR")["Value"] == {"N": "1"}
    repaired = books.audit("--repair", "--yes")
    assert repaired.returncode == 1
    for row in rows:
        assert f"  {row['PK']['S']} {row['SK']['S']}: now " in repaired.stdout
        assert plain(books.row(row["PK"]["S"], row["SK"]["S"])) == plain(row)
    assert f"  PRODUCT#{DAY} P-none: now nothing" in repaired.stdout
    assert books.audit().returncode == 0


def test_nothing_is_repaired_by_an_archive_that_is_not_whole(books: Books) -> None:
    key = max(books.archived(), key=lambda key: len(books.body(key)))
    undo = rewritten(books, key, lambda lines: lines[:-1])
    try:
        found = books.audit("--repair", "--yes")
        assert found.returncode == 1
        assert "Nothing is repaired: the archive is not whole" in found.stdout
    finally:
        undo()
    assert books.audit().returncode == 0


def test_a_run_that_goes_on_tells_again_what_the_one_before_found(books: Books, tmp_path: Any) -> None:
    key = max(books.archived(), key=lambda key: len(books.body(key)))
    undo = rewritten(books, key, lambda lines: [lines[0], *lines])
    try:
        for _ in range(2):
            found = books.run("rebuild", "--dry-run", "--work-folder", str(tmp_path / "work"))
            assert found.returncode == 1
            assert "does not stand behind the one before it" in found.stderr
    finally:
        undo()


def test_a_run_that_ended_in_the_middle_goes_on(books: Books, tmp_path: Any) -> None:
    folder = tmp_path / "work"
    first = books.run("rebuild", "--dry-run", "--work-folder", str(folder))
    assert first.returncode == 0, first.stderr
    journal = folder / "journal.ndjson"
    lines = journal.read_bytes().splitlines(keepends=True)
    # As if it had ended while it noted the objects: what it wrote is cut off, and read again.
    journal.write_bytes(lines[0] + lines[1][: len(lines[1]) // 2])
    again = books.run("rebuild", "--dry-run", "--work-folder", str(folder))
    assert again.stdout.splitlines()[1:] == first.stdout.splitlines()[1:]
    third = books.run("rebuild", "--dry-run", "--work-folder", str(folder))
    assert third.stdout.splitlines()[1:] == first.stdout.splitlines()[1:]
    assert (folder.stat().st_mode & 0o777, journal.stat().st_mode & 0o777) == (0o700, 0o600)
    other = books.run("rebuild", "--dry-run", "--work-folder", str(folder), "--archive", str(tmp_path))
    assert other.returncode == 2


# --- Into a stream again ----------------------------------------------------------------------------------------------


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
    other = books.run(*[argument if argument != "2100-01-01" else "2099-01-01" for argument in arguments])
    assert other.returncode == 2
    assert "is of another replay" in other.stderr


def test_a_replay_into_the_pipeline_itself_is_refused_unless_it_is_meant(books: Books) -> None:
    own = books.outputs["OrderStreamName"]
    refused = books.run("replay", "--from", "1d", "--stream", own)
    assert refused.returncode == 2
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
