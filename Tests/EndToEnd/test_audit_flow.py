"""An audit while orders flow, with an archiver that is behind, and what only its comparison with the table can find."""

from __future__ import annotations

import contextlib
import gzip
import itertools
import json
import subprocess
import threading
import time
from collections.abc import Callable, Iterator
from decimal import Decimal

from books import Books, order, rewritten, sections
from interception import Exchange, Interception
from pipeline.observation import counters, plain
from support import eventually

DAY = "2024-07-01"
ROWS, GAPS = "rows differ", "gaps in shards"


@contextlib.contextmanager
def flowing(books: Books, day: str) -> Iterator[None]:
    """Ten orders at a time, one batch as soon as the one before is in the stream."""
    stopped = threading.Event()
    failures: list[BaseException] = []

    def send() -> None:
        try:
            for batch in itertools.count():
                books.put([order(10 * batch + number, day=day) for number in range(10)])
                if stopped.wait(0.05):
                    return
        except BaseException as failure:
            failures.append(failure)

    sender = threading.Thread(target=send)
    sender.start()
    try:
        yield
    finally:
        stopped.set()
        sender.join()
    assert not failures, failures


def test_an_audit_while_orders_flow_finds_nothing_but_what_is_wrong(books: Books) -> None:
    books.send([order(number, day=DAY) for number in range(10)])
    with flowing(books, DAY):
        for _ in range(2):
            found = books.audit("--day", DAY)
            assert (found.returncode, found.stdout.splitlines()[-1]) == (0, "Everything agrees."), found.stdout
        # A cent too much is not told from an order that is being counted; an order too much is.
        books.stack.client("dynamodb").update_item(
            TableName=books.outputs["AnalyticsTableName"],
            Key={"PK": {"S": f"REVENUE#{DAY}"}, "SK": {"S": "EUR"}},
            UpdateExpression="ADD #v :v", ExpressionAttributeNames={"#v": "Value"},
            ExpressionAttributeValues={":v": {"N": "1000000"}},
        )  # fmt: skip
        wrong = books.audit("--day", DAY)
        assert (wrong.returncode, sections(wrong)) == (1, {ROWS})
        assert f"REVENUE#{DAY} EUR Value: " in wrong.stdout
    sent = plain(books.row(f"ORDERS#{DAY}", "TOTAL"))
    assert sent["TotalOrders"] > 10
    # At rest it is seen to the cent, and set right.
    day = [order(0, day=DAY)]
    books.send(day)
    assert books.audit("--day", DAY, "--repair", "--lower", "--yes").returncode == 1
    assert books.audit("--day", DAY).stdout.splitlines()[-1] == "Everything agrees."
    row = plain(books.row(f"REVENUE#{DAY}", "EUR"))
    assert row["Value"] == row["Count"] * Decimal("10.25")


def test_an_audit_reads_all_that_the_archiver_is_behind(books: Books) -> None:
    """Many pages of each shard: here each has one record."""
    day, count = "2024-07-02", 90

    def one_by_one(made: Exchange) -> bytes:
        if b'"ShardIterator"' not in made.body:
            return made.body
        return json.dumps(json.loads(made.body) | {"Limit": 1}).encode()

    eventually(lambda: books.lines() == books.sent, "the records to be archived")
    with books.without_archiver():
        books.put([order(number, day=day) for number in range(count)])
        books.wait_until_counted(day, count)
        with Interception(books.stack, one_by_one) as between:
            found = books.run("audit", "--day", day, endpoint=between.url)
            assert (found.returncode, found.stdout.splitlines()[-1]) == (0, "Everything agrees."), found.stdout
            rebuilt = books.run("rebuild", "--dry-run", "--with-stream", endpoint=between.url)
        assert f"{count} behind them in the stream" in rebuilt.stdout
    assert books.audit("--day", day).returncode == 0


def test_a_record_that_was_never_archived_is_named(books: Books) -> None:
    """As if the archiver had left it out: the object says how many lines it has, and the counters know of one more."""
    day = "2024-07-03"
    books.put([order(number, day=day) for number in range(60)])
    books.wait_until_counted(day, 60)
    eventually(lambda: books.lines() == books.sent, "the records to be archived")
    # What an object's name and metadata say are its first and last record.
    key, place, currency = next(
        (key, place, json.loads(lines[place])["order"]["currency"])
        for key in books.archived()
        for lines in [gzip.decompress(books.body(key)).splitlines()]
        for place in range(1, len(lines) - 1)
        if json.loads(lines[place])["order"].get("day") == day
    )
    undo = rewritten(books, key, lambda lines: lines[:place] + lines[place + 1 :], counts_lines=True)
    try:
        found = books.audit("--day", day)
        assert (found.returncode, sections(found)) == (1, {ROWS})
        assert f"ORDERS#{day} TOTAL TotalOrders: archive 59, table 60" in found.stdout
        assert {line.split()[1] for line in found.stdout.splitlines() if f"REVENUE#{day}" in line} == {currency}
        # The difference is all that is left of it.
        before = books.counters()
        left = books.audit("--day", day, "--repair", "--yes")
        assert left.stdout.count(": not changed, since the table has more than the archive adds up to: ") == 4
        assert books.counters() == before
    finally:
        undo()
    assert books.audit("--day", day).returncode == 0


def test_a_batch_that_was_never_archived_is_a_gap(books: Books) -> None:
    """As if the archiver's checkpoint had moved past it."""
    day = "2024-07-04"
    dynamodb, table = books.stack.client("dynamodb"), books.outputs["CheckpointsTableName"]
    # The archive knows the day.
    books.send([order(number, day=day) for number in range(5)])
    with books.without_archiver():
        books.put([order(number, day=day) for number in range(5, 10)])
        books.wait_until_counted(day, 10)
        archiver = [item for item in books.items(table) if item["checkpoint"]["S"].startswith("OrderArchiver#")]
        before = [item for item in archiver if "sequenceNumber" in item]
        try:
            for item in before:
                number = str(int(item["sequenceNumber"]["S"]) + 10**16).zfill(len(item["sequenceNumber"]["S"]))
                dynamodb.put_item(TableName=table, Item=item | {"sequenceNumber": {"S": number}})
            found = books.audit()
            assert found.returncode == 1
            assert GAPS in sections(found) and ROWS in sections(found)
            assert "up to the archiver's checkpoint" in found.stdout
            assert f"ORDERS#{day} TOTAL TotalOrders: archive 5, table 10" in found.stdout
        finally:
            for item in before:
                dynamodb.put_item(TableName=table, Item=item)
    assert books.audit().returncode == 0


# For how long a record that is not counted yet may still be: the stream's retention by default, and an hour.
DELIVERABLE = 7 * 86_400 + 3_600
OVERDUE = "1 event of over a quarter of an hour ago not counted yet: orders doctor says whether "


@contextlib.contextmanager
def uncounted(books: Books, day: str) -> Iterator[Callable[[int], subprocess.CompletedProcess[str]]]:
    """An audit of the day, whose only order is in the stream alone, as if it had come so many seconds ago."""

    def audit(age: int) -> subprocess.CompletedProcess[str]:
        def aged(made: Exchange) -> bytes:
            if b'"ApproximateArrivalTimestamp"' not in made.answer:
                return made.answer
            page = json.loads(made.answer)
            for record in page["Records"]:
                record["ApproximateArrivalTimestamp"] = round(time.time() - age, 3)
            return json.dumps(page).encode()

        with Interception(books.stack, on_answer=aged) as between:
            return books.run("audit", "--day", day, endpoint=between.url)

    eventually(lambda: books.lines() == books.sent, "the records to be archived")
    # Nor is anything else behind the aggregator.
    eventually(lambda: "not counted yet" not in books.audit("--day", day).stdout, "the records to be counted")
    with books.without_archiver(), books.without("AnalyticsAggregatorName"):
        books.put([order(0, day=day)])
        yield audit
    books.wait_until_counted(day, 1)
    assert books.audit("--day", day).returncode == 0


def test_what_the_stream_has_forgotten_uncounted_is_missed(books: Books) -> None:
    """Though its shard is still there: nobody delivers it any more, so that a repair is to count it."""
    day = "2024-07-06"
    with uncounted(books, day) as audit:
        # The aggregator may still get it, so that it is left to it, however far behind it is.
        waiting = audit(DELIVERABLE - 600)
        assert (waiting.returncode, sections(waiting)) == (1, set()), waiting.stdout
        assert "1 event not counted yet" in waiting.stdout.splitlines()[0] and OVERDUE in waiting.stdout
        lost = audit(DELIVERABLE + 60)
        assert (lost.returncode, sections(lost)) == (1, {ROWS}), lost.stdout
        assert f"ORDERS#{day} TOTAL is not in the table" in lost.stdout
        assert "not counted yet" not in lost.stdout


def test_an_aggregator_that_is_far_behind_makes_an_audit_fail(books: Books) -> None:
    with uncounted(books, "2024-07-07") as audit:
        behind = audit(14 * 60)
        assert (behind.returncode, behind.stdout.splitlines()[-1]) == (0, "Everything agrees."), behind.stdout
        assert "1 event not counted yet" in behind.stdout.splitlines()[0] and OVERDUE not in behind.stdout
        stopped = audit(16 * 60)
        assert (stopped.returncode, sections(stopped)) == (1, set()), stopped.stdout
        assert OVERDUE in stopped.stdout and "Everything agrees." not in stopped.stdout


def test_rows_of_zeros_and_missing_ones_are_repaired(books: Books) -> None:
    day = "2024-07-05"
    document = order(1, day=day)
    document["Payload"]["ProductIds"] = ["P", "P~0"]
    books.send([document])
    books.wait_until_counted(day, 1)
    right = [books.row(f"PRODUCT#{day}", product) for product in ("P", "P~0")]
    dynamodb, table = books.stack.client("dynamodb"), books.outputs["AnalyticsTableName"]
    # A row of zeros is as good as none, and one that is missing is made.
    for rows in (
        [row | {"Units": {"N": "7"}} for row in right],
        [row | {"Units": {"N": "0"}, "OrderCount": {"N": "0"}, "Revenue": {"N": "0"}} for row in right],
        [],
    ):
        for row in right:
            dynamodb.delete_item(TableName=table, Key={name: row[name] for name in ("PK", "SK")})
        for row in rows:
            dynamodb.put_item(TableName=table, Item=row)
        # Of the first ones the table has more.
        repaired = books.audit("--day", day, "--repair", "--lower", "--yes")
        assert repaired.returncode == 1
        for row in right:
            assert f"  PRODUCT#{day} {row['SK']['S']}: now OrderCount 1, Units 1" in repaired.stdout
            name = f"PRODUCT#{day}", row["SK"]["S"]
            assert books.counters()[name] == counters([plain(row)])[name]
            # What was counted before the repair is not added again by whoever comes late.
            assert any(attribute.startswith("at:") for attribute in books.row(*name))
        assert books.audit("--day", day).returncode == 0
