"""An audit where events count a second time by the parameters of now, and perhaps did not by those of then."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest

from books import DAY, Books, rewritten, sections
from interception import Exchange, Interception
from pastrecords import Past, ago

ROWS, AGAIN = "rows differ", "rows differ by events that came more than once"
LEFT = (
    "not changed, since events of it came more than once, and count a second time by Deduplication and "
    "StreamRetentionDays of now, perhaps not by those of then; --repeated sets it as well"
)
# What is wrong with objects that were read only to tell what comes again.
EARLIER = "faults in objects from before what judges these days"
UNDECIDED = (
    "not changed, since orders of it repeat one another from before objects with faults, so that the archive cannot "
    "tell which of them count"
)
# The rows of an order of `Past`, and what it adds to them.
ADDED = {
    ("REVENUE", "EUR"): {"Value": 10, "Count": 1},
    ("ORDERS", "TOTAL"): {"TotalOrders": 1, "SuccessfulOrders": 1},
    ("PRODUCT", "P1#EUR"): {"OrderCount": 1, "Units": 1, "Revenue": 10},
}


@pytest.fixture
def past(books: Books) -> Iterator[Past]:
    past = Past(books)
    try:
        yield past
    finally:
        past.remove()
        remove_rows(books, *(day for key in past.keys for day in re.findall(r"dt=([-0-9]+)/", key)))


def remove_rows(books: Books, *days: str) -> None:
    for item in books.items(books.outputs["AnalyticsTableName"]):
        if item["PK"]["S"].partition("#")[2] in days:
            books.remove("AnalyticsTableName", item, "PK", "SK")


def put_rows(books: Books, day: str) -> None:
    """As if one such order had been counted."""
    form = {"format": books.row(f"ORDERS#{DAY}", "TOTAL")["format"]}
    for (kind, sort), added in ADDED.items():
        counters = {name: {"N": str(number)} for name, number in added.items()}
        item = {"PK": {"S": f"{kind}#{day}"}, "SK": {"S": sort}} | form | counters
        books.stack.client("dynamodb").put_item(TableName=books.outputs["AnalyticsTableName"], Item=item)


def test_a_row_that_has_an_event_once_which_would_count_twice_now_is_left(books: Books, past: Past) -> None:
    """It came again 24 days later, while claims lived longer than the 21 days of now, say."""
    first, later = ago(65), ago(41)
    for day in (first, later):
        past.put(day, "again-1", createdUtc=f"{first}T09:00:00Z")
    put_rows(books, first)
    span = ("--day", first, "--without-orders")
    before = books.counters()
    found = books.audit(*span)
    assert (found.returncode, sections(found)) == (1, {AGAIN}), found.stdout + found.stderr
    assert ", 1 event counted a second time, " in found.stdout.splitlines()[0]
    note = f"perhaps right: what came again may not have counted until {later}"
    assert f"  REVENUE#{first} EUR Value: archive 20, table 10, {note}\n" in found.stdout
    assert (
        "By the parameters of now (Deduplication=event, claims of 21 days) such events count again. These rows can "
        f"only be right if Deduplication or StreamRetentionDays was changed, and not before {later}, so that "
    ) in found.stdout
    left = books.audit(*span, "--repair", "--lower", "--yes")
    assert left.returncode == 1 and left.stdout.count(LEFT) == len(ADDED), left.stdout + left.stderr
    assert books.counters() == before
    # Where rows are gone they lack more than that, and what they should have is not known better.
    remove_rows(books, first)
    gone = books.audit(*span, "--repair", "--yes")
    assert sections(gone) == {ROWS, "repaired"} and gone.stdout.count(LEFT) == len(ADDED), gone.stdout
    assert books.row(f"ORDERS#{first}", "TOTAL") == {}
    # Who knows that the parameters were always those of now says so.
    asked = books.audit(*span, "--repair", "--repeated")
    assert asked.stdout.splitlines()[-1] == "--repair --repeated --yes would set 3 rows to what the archive adds up to."
    repaired = books.audit(*span, "--repair", "--repeated", "--yes")
    assert f"  REVENUE#{first} EUR: now Value 20, Count 2\n" in repaired.stdout
    assert books.audit(*span).stdout.splitlines()[-1] == "Everything agrees."


def test_a_rebuild_says_how_many_events_count_a_second_time(books: Books, past: Past) -> None:
    for day in (ago(65), ago(41)):
        past.put(day, "again-2")
    rebuilt = books.run("rebuild", "--dry-run")
    assert rebuilt.returncode == 0, rebuilt.stderr
    assert re.search(r"\n[0-9]+ events counted, 1 of them a second time, [0-9]+ repetition", rebuilt.stdout)
    assert (
        "\nby the parameters of now (Deduplication=event, claims of 21 days) events that come again " in rebuilt.stdout
    )


def test_a_repair_reads_as_much_of_the_archive_as_tells_what_comes_again(books: Books, past: Past) -> None:
    """An order without a date counts on the day on which it comes, and may have come long before."""
    first, between, later = ago(70), ago(68), ago(41)
    past.put(first, "again-3")
    past.put(between, "between")
    past.put(later, "again-3")
    span = ("--day", later, "--without-orders")
    # As much as the claims of now need does not have the first record.
    assert sections(books.audit(*span)) == {ROWS}
    repaired = books.audit(*span, "--repair", "--yes")
    assert (repaired.returncode, sections(repaired)) == (1, {AGAIN, "repaired"}), repaired.stdout + repaired.stderr
    assert repaired.stdout.count(LEFT) == len(ADDED)
    assert books.row(f"ORDERS#{later}", "TOTAL") == {}


def damage_first(books: Books, past: Past) -> None:
    rewritten(books, past.keys[0], lambda lines: [b"no line\n" for _ in lines])


def test_a_fault_from_before_the_days_hinders_no_repair_of_them(books: Books, past: Past) -> None:
    damaged, between, day = ago(100), ago(95), ago(60)
    past.put(damaged, "fault-1")
    # The last object before what judges the day may reach into it, and is one that judges.
    past.put(between, "fault-2")
    past.put(day, "fault-3")
    damage_first(books, past)
    span = ("--day", day, "--without-orders")
    assert sections(books.audit(*span)) == {ROWS}
    repaired = books.audit(*span, "--repair", "--yes")
    assert (repaired.returncode, sections(repaired)) == (1, {ROWS, EARLIER, "repaired"}), repaired.stdout
    assert f"  REVENUE#{day} EUR: now Value 10, Count 1\n" in repaired.stdout
    assert books.audit(*span).stdout.splitlines()[-1] == "Everything agrees."
    # Nothing depends on what comes again: so the object is not read at all.
    remove_rows(books, day)
    assert sections(books.audit(*span, "--repair", "--repeated", "--yes")) == {ROWS, "repaired"}
    assert books.audit(*span).returncode == 0
    # Of a day that it judges nothing is repaired.
    judged = books.audit("--day", between, "--without-orders", "--repair", "--yes")
    assert sections(judged) == {ROWS, "faults in objects"}, judged.stdout
    assert "Nothing is repaired: the archive is not whole" in judged.stdout


@pytest.mark.parametrize(("damaged", "reason"), [(90, UNDECIDED), (120, LEFT)])
def test_a_fault_leaves_rows_undecided_whose_orders_repeat_one_another_from_then_on(
    books: Books, past: Past, damaged: int, reason: str
) -> None:
    """The last counts 23 days behind the first, unless the damaged object had the first: then the second does."""
    day = ago(57)
    past.put(ago(damaged), "lost")
    past.put(ago(85), "between")
    for arrival in (ago(80), ago(65), day):
        past.put(arrival, "again-4")
    damage_first(books, past)
    repaired = books.audit("--day", day, "--without-orders", "--repair", "--yes")
    assert sections(repaired) >= {EARLIER, "repaired"}, repaired.stdout + repaired.stderr
    assert repaired.stdout.count(reason) == len(ADDED)
    assert books.row(f"ORDERS#{day}", "TOTAL") == {}


def test_what_claims_have_kept_from_counting_is_not_added_behind_another_deduplication(books: Books) -> None:
    def describe(made: Exchange) -> bytes:
        parameter = rb"(<ParameterKey>Deduplication</ParameterKey>\s*<ParameterValue>)event"
        return re.sub(parameter, rb"\g<1>shard", made.answer)

    before = books.counters()
    with Interception(books.stack, lambda made: made.body, describe) as between:
        span = ("--day", DAY, "--without-orders", "--repair", "--yes")
        found = books.run("audit", *span, endpoint=between.url)
        rebuilt = books.run("rebuild", "--dry-run", endpoint=between.url)
    # A repetition and another order under its id.
    assert (found.returncode, sections(found)) == (1, {AGAIN, "repaired"}), found.stdout + found.stderr
    assert (
        "By the parameters of now (Deduplication=shard, which remembers none) such events count again." in found.stdout
    )
    named = {" ".join(line.split()[:2]) for line in found.stdout.splitlines() if ", table " in line}
    assert f"REVENUE#{DAY} EUR" in named
    assert found.stdout.count(LEFT) == len(named)
    assert books.counters() == before
    assert " of them a second time, 0 repetitions, 0 other orders under a used id" in rebuilt.stdout
    assert books.audit("--day", DAY).returncode == 0


def test_rows_of_repeated_events_are_set_by_a_repair_alone(books: Books) -> None:
    refused = books.audit("--repeated")
    assert refused.returncode != 0
    assert "--repeated goes with --repair" in refused.stderr
