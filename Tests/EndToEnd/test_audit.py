"""orders rebuild and audit: the archive proves the numbers; each thing that is wrong is named, and only that."""

from __future__ import annotations

import base64
import gzip
import json
import re
from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest

from books import DAY, NO_ROW, Books, order, rewritten, sections
from pipeline.observation import plain


def test_what_was_counted_agrees_with_the_archive(books: Books) -> None:
    for arguments in ([], ["--day", DAY], ["--from", DAY, "--to", DAY]):
        found = books.audit(*arguments)
        assert (found.returncode, found.stdout.splitlines()[-1]) == (0, "Everything agrees."), (
            found.stdout + found.stderr
        )
    assert "1 repetition, 1 other order under a used id" in found.stdout
    # A day of which neither has anything proves nothing.
    nothing = books.audit("--day", "2001-01-01")
    assert (nothing.returncode, nothing.stdout.splitlines()[-1]) == (0, NO_ROW)


def test_the_archive_rebuilt_is_the_table_row_by_row(books: Books) -> None:
    with books.counter_table() as table:
        first = books.run("rebuild", "--into", table, "--with-stream")
        assert first.returncode == 0, first.stderr
        live = books.counters()
        assert books.counters(table) == live
        assert f"{len(live)} rows: {len(live)} written, 0 as they were" in first.stdout
        # Run twice, it changes nothing.
        assert f"0 written, {len(live)} as they were" in books.run("rebuild", "--into", table).stdout
    own = books.outputs["AnalyticsTableName"]
    for name in (own, f"arn:aws:dynamodb:{books.stack.region}:000000000000:table/{own}"):
        refused = books.run("rebuild", "--into", name)
        assert refused.returncode == 2
        assert "is the table that the stack counts in" in refused.stderr
    missing = books.run("rebuild", "--into", "no-such-table")
    assert missing.returncode == 2
    assert "there is no table no-such-table" in missing.stderr


def test_a_shard_that_the_stream_lists_no_more_is_counted(books: Books) -> None:
    """One that was split or merged is in the stream's list for its retention, and in the archive for good."""
    day, shard, stream = "2025-08-20", "shardId-000000000077", books.outputs["OrderStreamName"]
    account = "000000000000"
    record = {
        "eventSource": "aws:kinesis", "eventVersion": "1.0", "eventName": "aws:kinesis:record",
        "eventID": f"{shard}:49665143210000000000000000000000000000000000000000000077", "awsRegion": books.stack.region,
        "eventSourceARN": f"arn:aws:kinesis:{books.stack.region}:{account}:stream/{stream}",
        "kinesis": {
            "kinesisSchemaVersion": "1.0", "partitionKey": "77",
            "sequenceNumber": "49665143210000000000000000000000000000000000000000000077",
            "data": base64.b64encode(json.dumps(order(7077, day=day)).encode()).decode(),
            "approximateArrivalTimestamp": 1755687600.5,
        },
    }  # fmt: skip
    before = set(books.archived())
    try:
        for function in ("OrderArchiver", "AnalyticsAggregator"):
            answer = books.stack.client("lambda").invoke(
                FunctionName=f"{books.shop.name}-{function}", Payload=json.dumps({"Records": [record]})
            )
            assert json.loads(answer["Payload"].read()) == {"batchItemFailures": []}
        found = books.audit()
        assert found.stdout.splitlines()[-1] == "Everything agrees.", found.stdout + found.stderr
        assert "not counted yet" not in found.stdout
        # Only the archiver's checkpoint says that there was an object.
        [key] = set(books.archived()) - before
        s3 = books.stack.client("s3")
        kept = s3.get_object(Bucket=books.bucket, Key=key)
        body = kept["Body"].read()
        s3.delete_object(Bucket=books.bucket, Key=key)
        gone = books.audit()
        assert GAPS in sections(gone) and f"  {shard}: no object has the records from its beginning" in gone.stdout
        s3.put_object(Bucket=books.bucket, Key=key, Body=body, Metadata=kept["Metadata"])
        for item in books.items(books.outputs["CheckpointsTableName"]):
            if item["checkpoint"]["S"] == f"AnalyticsAggregator#{stream}#{shard}":
                books.remove("CheckpointsTableName", item, "checkpoint")
        # It will never be delivered: the rows have it, whatever the checkpoint says.
        assert books.audit().stdout.splitlines()[-1] == "Everything agrees."
        # The same, had the aggregator not counted it.
        for item in books.items(books.outputs["AnalyticsTableName"]):
            if day in item["PK"]["S"]:
                books.remove("AnalyticsTableName", item, "PK", "SK")
        lost = books.audit("--repair", "--yes")
        assert lost.returncode == 1 and lost.stdout.count("is not in the table: ") == 4, lost.stdout + lost.stderr
        assert lost.stdout.count("  now ") == 0 and lost.stdout.count(": now ") == 4
        assert books.audit().stdout.splitlines()[-1] == "Everything agrees."
        # A repetition of it asks the rows whether they have it.
        assert "0077" in json.dumps(books.row(f"ORDERS#{day}", "TOTAL"), default=str)
    finally:
        for key in set(books.archived()) - before:
            books.stack.client("s3").delete_object(Bucket=books.bucket, Key=key)
        for table, keys in (("AnalyticsTableName", ("PK", "SK")), ("CheckpointsTableName", ("checkpoint",))):
            for item in books.items(books.outputs[table]):
                if any(text in str(item) for text in (day, shard)):
                    books.remove(table, item, *keys)
        books.remove("OrdersTableName", {"orderId": {"S": "A-7077"}}, "orderId")


# --- What is wrong is named, and only that ----------------------------------------------------------------------------


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


@pytest.mark.parametrize("kind", ["REVENUE", "PRODUCT", "ORDERS"])
def test_a_row_of_a_day_that_only_the_table_has_is_named(books: Books, kind: str) -> None:
    dynamodb, table = books.stack.client("dynamodb"), books.outputs["AnalyticsTableName"]
    row = next(item for item in books.items(table) if item["PK"]["S"] == f"{kind}#{DAY}")
    stray = row | {"PK": {"S": f"{kind}#2009-12-31"}}
    dynamodb.put_item(TableName=table, Item=stray)
    try:
        found = books.audit()
        assert (found.returncode, sections(found)) == (1, {ROWS})
        name = f"{kind}#2009-12-31 {row['SK']['S']}"
        assert f"{name} is in the table, and nothing of the archive counts there" in found.stdout
        # Days that are asked for are looked at without the whole table.
        assert books.audit("--day", DAY).returncode == 0
        assert books.audit("--from", "2009-12-31", "--to", "2009-12-31").returncode == 1
    finally:
        dynamodb.delete_item(TableName=table, Key={name: stray[name] for name in ("PK", "SK")})
    assert books.audit().returncode == 0


@pytest.mark.parametrize("place", [0, 1, -1], ids=["first", "second", "last"])
def test_an_object_that_was_deleted_is_a_gap(books: Books, place: int, tmp_path: Any) -> None:
    def shard(key: str) -> str:
        return key.split("/")[-1].rpartition("-")[0]

    s3 = books.stack.client("s3")
    keys = sorted(books.archived(), key=lambda key: (shard(key), key))
    key = keys[place]
    # What is missing there may have expired while ArchiveExpirationDays was less.
    others = [other for other in keys if shard(other) == shard(key)]
    is_beginning = key == others[0]
    # Where nothing of the shard is left, nothing tells whether it has expired.
    is_fault = not is_beginning or len(others) == 1
    found = s3.get_object(Bucket=books.bucket, Key=key)
    body = found["Body"].read()
    s3.delete_object(Bucket=books.bucket, Key=key)
    try:
        for arguments in ([], ["--day", DAY]):
            audit = books.audit(*arguments)
            assert audit.returncode == 1
            assert GAPS in sections(audit) and FAULTS not in sections(audit)
            assert shard(key) in audit.stdout
            # It came today, so that the days that can do without it are still to come.
            assert (": no day can be audited without them before " in audit.stdout) == is_beginning
        work = str(tmp_path / "work")
        for arguments in (
            ["--with-stream"],
            ["--with-stream", "--work-folder", work],
            ["--with-stream", "--work-folder", work],
        ):
            rebuilt = books.run("rebuild", "--dry-run", *arguments)
            if not is_fault:
                assert rebuilt.returncode == 0, rebuilt.stderr
                assert re.search(
                    r"\nrecords are missing up to [-0-9]{10}; days before [-0-9]{10} are not whole\n"
                    rf"  {shard(key)}: no object has the records from its beginning, ",
                    rebuilt.stdout,
                ), rebuilt.stdout
            else:
                assert rebuilt.returncode == 1
                start = "from its beginning" if is_beginning else "behind"
                assert f"no object has the records {start}" in rebuilt.stderr
                assert "1 fault in the archive: the counters are not to be relied on" in rebuilt.stderr
                assert ("records are missing up to" in rebuilt.stdout) == is_beginning
    finally:
        s3.put_object(Bucket=books.bucket, Key=key, Body=body, Metadata=found["Metadata"], IfNoneMatch="*")
    assert books.audit().returncode == 0


def test_an_archive_that_was_deleted_as_a_whole_is_rebuilt_with_faults(books: Books) -> None:
    """No object is left that could tell of the one before it, so that only the archiver's checkpoints do."""
    s3 = books.stack.client("s3")
    keys = books.archived()
    found = {key: s3.get_object(Bucket=books.bucket, Key=key) for key in keys}
    bodies = {key: found[key]["Body"].read() for key in keys}
    shards = {key.split("/")[-1].rpartition("-")[0] for key in keys}
    for key in keys:
        s3.delete_object(Bucket=books.bucket, Key=key)
    try:
        rebuilt = books.run("rebuild", "--dry-run", "--with-stream")
    finally:
        for key in keys:
            s3.put_object(
                Bucket=books.bucket, Key=key, Body=bodies[key], Metadata=found[key]["Metadata"], IfNoneMatch="*"
            )
    assert rebuilt.returncode == 1
    assert rebuilt.stderr.count(": no object has the records from its beginning, ") == len(shards), rebuilt.stderr
    assert books.audit().returncode == 0


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda lines: [lines[0], *lines], "does not stand behind the one before it"),
        (lambda lines: lines[:-1], "and was written with"),
        (lambda lines: [b"{}\n", *lines[1:]], "no line of the archive"),
        (lambda lines: [lines[0].replace(b'"rules":3', b'"rules":4'), *lines[1:]], "this version knows format 1"),
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
        left = books.audit("--repair", "--yes")
        assert left.stdout.splitlines()[-1] == "Rows of other orders that somebody has deleted, and that stay away: 1."
        assert "Item" not in dynamodb.get_item(TableName=table, Key=key)
    finally:
        dynamodb.put_item(TableName=table, Item=item)


def test_an_order_that_was_refused_once_gets_the_row_that_nobody_has_made(books: Books) -> None:
    """Its letter is redriven when the rules are others, and counts; the archiver does not read it again."""
    dynamodb, table = books.stack.client("dynamodb"), books.outputs["OrdersTableName"]
    key = {"orderId": {"S": "A-9"}}
    item = dynamodb.get_item(TableName=table, Key=key)["Item"]
    [place] = [place for place in books.archived() if b'"A-9"' in gzip.decompress(books.body(place))]

    def refused(lines: list[bytes]) -> list[bytes]:
        verdict, then = b'"verdict":"accepted"', b'"verdict":"refused"'
        return [line.replace(verdict, then) if b'"A-9"' in line else line for line in lines]

    undo = rewritten(books, place, refused)
    try:
        dynamodb.delete_item(TableName=table, Key=key)
        words = "of orders that were refused when they were archived: 1"
        assert books.audit("--repair").stdout.splitlines()[-1] == f"Rows that --repair --yes would write {words}."
        assert "Item" not in dynamodb.get_item(TableName=table, Key=key)
        assert books.audit("--repair", "--yes").stdout.splitlines()[-1] == f"Rows written {words}."
        assert dynamodb.get_item(TableName=table, Key=key)["Item"] == item
        assert books.audit().returncode == 0
    finally:
        undo()


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
    # A folder of which something is gone is refused, and counts nothing.
    part = next(file for file in folder.glob("events-*") if file.stat().st_size)
    whole = part.read_bytes()
    part.write_bytes(whole[:-1])
    short = books.run("rebuild", "--dry-run", "--work-folder", str(folder))
    assert (short.returncode, short.stdout) == (2, "")
    assert "is damaged, or not all of it is there" in short.stderr
    part.write_bytes(whole)
    no_folder = books.run("rebuild", "--dry-run", "--work-folder", str(journal))
    assert no_folder.returncode == 2
    assert "no folder can be made there" in no_folder.stderr
    other = books.run("rebuild", "--dry-run", "--work-folder", str(folder), "--archive", str(tmp_path))
    assert other.returncode == 2


def test_a_row_that_differs_says_how_many_dead_letters_are_about_it(books: Books) -> None:
    day = "2024-05-20"
    refused = order(2, day=day)
    refused["Payload"]["TotalAmount"] = "much"
    books.send([order(1, day=day), refused])
    books.wait_until_counted(day, 2)
    dynamodb, table = books.stack.client("dynamodb"), books.outputs["AnalyticsTableName"]
    rows = [books.row(f"ORDERS#{day}", "TOTAL"), books.row(f"REVENUE#{day}", "USD")]
    dynamodb.put_item(TableName=table, Item=rows[0] | {"TotalOrders": {"N": "5"}})
    dynamodb.put_item(TableName=table, Item=rows[1] | {"Count": {"N": "3"}})
    try:
        found = books.audit("--day", day)
        assert found.returncode == 1
        assert f"ORDERS#{day} TOTAL TotalOrders: archive 2, table 5, 1 dead letter about it" in found.stdout
        # A refused order is in no revenue, and so is not what explains it.
        assert f"REVENUE#{day} USD Count: archive 1, table 3\n" in found.stdout
    finally:
        for row in rows:
            dynamodb.put_item(TableName=table, Item=row)
    assert books.audit("--day", day).returncode == 0
