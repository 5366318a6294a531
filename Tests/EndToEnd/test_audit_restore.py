"""After a restore: an older table beside a stream and an archive that went on, set right by docs/audit.md."""

from __future__ import annotations

import signal
import subprocess
import sys
import textwrap
from typing import Any

import pytest

from books import Books, order, rewritten
from interception import Exchange, Interception
from pipeline.stack import ROOT

DAYS = ("2024-06-01", "2024-06-02")


def documented_script() -> str:
    """restore.py of docs/audit.md."""
    text = (ROOT / "docs/audit.md").read_text()
    return textwrap.dedent(text.partition("   ```python\n")[2].partition("   ```")[0])


def restore(books: Books, items: list[dict[str, Any]], *, keeps_claims: bool) -> None:
    """Every item of then, of a restored table; without the claims of since then, if they are lost as well."""
    dynamodb, name = books.stack.client("dynamodb"), books.outputs["AnalyticsTableName"]
    with books.counter_table() as restored:
        for item in items:
            dynamodb.put_item(TableName=restored, Item=item)
        command = [sys.executable, "-c", documented_script(), restored, name]
        environment = books.environment() | {"AWS_DEFAULT_REGION": books.stack.region}
        subprocess.run(command, env=environment, check=True, timeout=200)
    if keeps_claims:
        return
    kept = {(item["PK"]["S"], item["SK"]["S"]) for item in items}
    for item in books.items(name):
        if (item["PK"]["S"], item["SK"]["S"]) not in kept:
            dynamodb.delete_item(TableName=name, Key={key: item[key] for key in ("PK", "SK")})


def named(lines: str) -> set[tuple[str, str]]:
    """The rows that an audit names."""
    found = [line.split() for line in lines.splitlines() if line.startswith("  ")]
    return {(partition, sort.rstrip(":")) for partition, sort, *_ in found}


@pytest.mark.parametrize("keeps_claims", [True, False])
def test_a_restored_table_is_set_right_by_audit_and_repair(books: Books, keeps_claims: bool) -> None:
    day = DAYS[keeps_claims]
    books.send([order(number, day=day) for number in range(20)])
    books.wait_until_counted(day, 20)
    then = books.items(books.outputs["AnalyticsTableName"])
    before = books.counters()
    later = [order(number, day=day) for number in range(20, 30)]
    books.send(later)
    books.wait_until_counted(day, 30)
    right = books.counters()
    restore(books, then, keeps_claims=keeps_claims)
    assert books.counters() == before

    found = books.audit()
    assert found.returncode == 1
    assert named(found.stdout) == {key for key in right if right[key] != before.get(key)}
    repaired = books.audit("--repair", "--yes")
    assert named(repaired.stdout) == named(found.stdout)
    assert books.audit().stdout.splitlines()[-1] == "Everything agrees."
    assert books.counters() == right

    # Where its claim has gone, the producer's repetition counts again.
    books.send(later[:1])
    if keeps_claims:
        books.send([order(30, day=day)])
        books.wait_until_counted(day, 31)
        assert books.audit().stdout.splitlines()[-1] == "Everything agrees."
        return
    books.wait_until_counted(day, 31)
    twice = books.audit()
    assert twice.returncode == 1
    assert f"ORDERS#{day} TOTAL TotalOrders: archive 30, table 31" in twice.stdout
    # A table that has more may be right, so that nothing is lowered unless somebody says so.
    left = books.audit("--repair", "--yes")
    assert f"  ORDERS#{day} TOTAL: not changed, since the table has more than the archive adds up to" in left.stdout
    assert books.audit("--day", day, "--repair", "--lower", "--yes").returncode == 1
    assert books.audit().returncode == 0
    assert books.counters() == right


def test_a_restored_table_is_set_right_by_a_rebuild_into_a_new_one(books: Books) -> None:
    right = books.counters()
    dynamodb = books.stack.client("dynamodb")
    with books.counter_table() as table:
        # An older state of some rows.
        sold = [
            item
            for item in books.items(books.outputs["AnalyticsTableName"])
            if item.get("Units", {"N": "0"})["N"] != "0"
        ]
        for item in sold[:5]:
            dynamodb.put_item(TableName=table, Item=item | {"Units": {"N": "1"}})
        assert books.run("rebuild", "--into", table).returncode == 0
        # Rows of zeros, which a repair leaves, are no rows of the archive.
        assert books.counters(table) == {key: row for key, row in right.items() if any(numbers(row))}


def test_a_rebuild_of_an_archive_that_is_not_whole_writes_nothing(books: Books) -> None:
    key = max(books.archived(), key=lambda key: len(books.body(key)))
    undo = rewritten(books, key, lambda lines: lines[:-1])
    try:
        with books.counter_table() as table:
            rebuilt = books.run("rebuild", "--into", table)
            assert rebuilt.returncode == 1
            assert "1 fault in the archive: the counters are not to be relied on" in rebuilt.stderr
            assert " rows, not written" in rebuilt.stdout
            assert books.items(table) == []
    finally:
        undo()


def numbers(row: dict[str, Any]) -> list[Any]:
    return [value for name, value in row.items() if name not in ("PK", "SK", "format") and value]


def test_a_rebuild_that_was_killed_while_it_wrote_goes_on_where_it_was(books: Books) -> None:
    """Killed at its 20th row, of which 16 at a time are under way."""
    processes: list[subprocess.Popen[bytes]] = []
    puts = 0

    def kill(made: Exchange) -> bytes:
        nonlocal puts
        if made.body.startswith(b'{"TableName":"rebuilt-') and b'"Item"' in made.body:
            puts += 1
            if puts == 20:
                processes[0].send_signal(signal.SIGKILL)
        return made.body

    with books.counter_table() as table:
        with Interception(books.stack, kill) as between:
            command = [ROOT / "scripts/orders", *books.arguments("rebuild", "--into", table)]
            processes.append(
                subprocess.Popen(
                    command, env=books.environment(between.url), stdout=subprocess.PIPE, stderr=subprocess.PIPE
                )
            )
            processes[0].communicate(timeout=120)
        assert processes[0].returncode == -signal.SIGKILL
        written = len(books.counters(table))
        second = books.run("rebuild", "--into", table)
        rows = len(books.counters(table))
        assert 16 <= written < rows
        assert f"{rows} rows: {rows - written} written, {written} as they were" in second.stdout
        assert f"{rows} rows: 0 written, {rows} as they were" in books.run("rebuild", "--into", table).stdout
