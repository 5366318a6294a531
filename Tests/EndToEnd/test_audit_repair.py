"""orders audit --repair: which rows it sets to what the archive adds up to, and which it leaves."""

from __future__ import annotations

import base64
import gzip
import json
from typing import Any

from books import DAY, Books, rewritten, sections

ROWS = "rows differ"
STRICTER = "records that were accepted when they were archived, and are refused by the rules of now"
HIGHER = (
    "since the table has more than the archive adds up to: an order that was counted may be missing from the archive"
)

# `order.reason` of a record that no process could decode.
DEADLY = (
    "order refused (malformed): the function's process died each time the record was decoded at $; correct the "
    "producer and send the order again"
)


def test_a_repair_sets_rows_right_and_says_what_it_changed(books: Books) -> None:
    right = books.counters()
    dynamodb, table = books.stack.client("dynamodb"), books.outputs["AnalyticsTableName"]
    rows = [books.row(f"REVENUE#{DAY}", "EUR"), books.row(f"ORDERS#{DAY}", "TOTAL"), books.row(f"PRODUCT#{DAY}", "P3")]
    stray = rows[2] | {"SK": {"S": "P-none"}}
    dynamodb.put_item(TableName=table, Item=rows[0] | {"Value": {"N": "1"}})
    dynamodb.put_item(TableName=table, Item=rows[1] | {"TotalOrders": {"N": "7"}})
    dynamodb.put_item(TableName=table, Item=stray)
    dynamodb.delete_item(TableName=table, Key={name: rows[2][name] for name in ("PK", "SK")})
    asked = books.audit("--repair")
    assert asked.returncode == 1
    assert (
        f"--repair --yes would set 3 rows to what the archive adds up to, and leave 1:\n  1 row, {HIGHER}"
        in asked.stdout
    )
    assert books.row(f"REVENUE#{DAY}", "EUR")["Value"] == {"N": "1"}
    repaired = books.audit("--repair", "--yes")
    assert repaired.returncode == 1
    for row in rows:
        assert f"  {row['PK']['S']} {row['SK']['S']}: now " in repaired.stdout
        assert books.counters()[row["PK"]["S"], row["SK"]["S"]] == right[row["PK"]["S"], row["SK"]["S"]]
    # The table may be right where it has more.
    assert f"  PRODUCT#{DAY} P-none: not changed, {HIGHER}" in repaired.stdout
    assert books.row(f"PRODUCT#{DAY}", "P-none") == stray
    asked = books.audit("--day", DAY, "--repair", "--lower")
    assert asked.stdout.splitlines()[-1] == "--repair --lower --yes would set 1 row to what the archive adds up to."
    assert books.row(f"PRODUCT#{DAY}", "P-none") == stray
    lowered = books.audit("--day", DAY, "--repair", "--lower", "--yes")
    assert f"  PRODUCT#{DAY} P-none: now nothing" in lowered.stdout
    assert books.audit().returncode == 0


def test_rows_are_lowered_by_a_repair_alone(books: Books) -> None:
    refused = books.audit("--lower")
    assert refused.returncode != 0
    assert "--lower goes with --repair" in refused.stderr


def test_what_was_counted_by_rules_that_are_stricter_now_is_told_and_stays(books: Books) -> None:
    """As if orders of this amount were refused by now."""
    amount = b'"TotalAmount": 10.25'
    key, place, day = next(
        (key, place, line["order"]["day"])
        for key in books.archived()
        for place, text in enumerate(gzip.decompress(books.body(key)).splitlines())
        for line in [json.loads(text)]
        # Of the order A-0 the archive has another record.
        if amount in text and line["order"].get("orderId", "A-0") != "A-0"
    )

    def change(lines: list[bytes]) -> list[bytes]:
        changed = lines[place].replace(amount, b'"TotalAmount": -10.25')
        return [*lines[:place], changed, *lines[place + 1 :]]

    before = books.counters()
    undo = rewritten(books, key, change)
    try:
        found = books.audit("--repair", "--yes")
        assert (found.returncode, sections(found)) == (1, {STRICTER, ROWS, "repaired"})
        assert f"{STRICTER}:\n  {day}: 1 record\n" in found.stdout
        # Its revenue, its day's orders and its two products.
        assert found.stdout.count(f": not changed, {HIGHER}") == 4
        assert books.counters() == before
        # Of other days nothing is told.
        assert sections(books.audit("--day", "2001-01-01")) == set()
    finally:
        undo()
    assert books.audit().returncode == 0


def test_no_row_is_lowered_while_the_archive_has_a_record_that_a_process_died_of(books: Books) -> None:
    """Its letter may have been redriven, by a decoder that reads it."""
    key = max(books.archived(), key=lambda key: len(books.body(key)))

    def unread(line: bytes) -> bytes:
        members = json.loads(line)
        record = json.dumps(members.pop("record")).encode()
        members |= {"unparsed": base64.b64encode(record).decode(), "order": {"reason": DEADLY}}
        return json.dumps(members).encode() + b"\n"

    def is_order(line: bytes) -> bool:
        return json.loads(line).get("order", {}).get("orderId", "").startswith("A-")

    def change(lines: list[bytes]) -> list[bytes]:
        place = next(place for place, line in enumerate(lines) if is_order(line))
        return [*lines[:place], unread(lines[place]), *lines[place + 1 :]]

    before = books.counters()
    undo = rewritten(books, key, change)
    try:
        found = books.audit("--repair", "--yes")
        assert found.returncode == 1
        assert "; 1 record that a process died of" in found.stdout
        assert found.stdout.count("not changed, since a redrive may have counted in it what is in 1 record") >= 3
        assert books.counters() == before
    finally:
        undo()
    assert books.audit().returncode == 0


def test_nothing_is_repaired_by_a_copy_which_may_be_older_than_the_table(books: Books, tmp_path: Any) -> None:
    refused = books.audit("--archive", str(tmp_path), "--repair", "--yes")
    assert refused.returncode != 0
    assert "--repair goes by the bucket" in refused.stderr


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
