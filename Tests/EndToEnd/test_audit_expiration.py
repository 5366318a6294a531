"""An audit and a rebuild of an archive whose beginning has expired, also while ArchiveExpirationDays was less."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest

from books import DAY, NO_ROW, Books, late_object, sections
from interception import Exchange, Interception
from pastrecords import SHARD, Past, ago

# For how many days a claim lives by the default of StreamRetentionDays, and how far a clock may go ahead by that of
# MaximumClockAheadHours.
CLAIM_DAYS, DAYS_AHEAD = 21, 1

# The day of an object that has expired.
GONE = ago(200)

GAPS = "gaps in shards"
NONE_WHOLE = "No day is compared: none is whole yet."
MISSING = "the archive may no longer have all that came for them"


@pytest.fixture
def past(books: Books) -> Iterator[Past]:
    """An order of 150 days ago, behind what is gone, and one that came 60 and 46 days ago, within a claim's life."""
    past = Past(books, GONE)
    try:
        past.put(ago(150), "past-1")
        past.put(ago(60), "past-2")
        past.put(ago(46), "past-2")
        yield past
    finally:
        past.remove()


def expiring(books: Books, days: int, read: Counter[str] | None = None) -> Interception:
    """The stack as if its ArchiveExpirationDays were that many; how often each of the shard's objects is read."""

    def count(made: Exchange) -> bytes:
        found = re.search(rf"{SHARD}-([0-9]+)", made.path)
        if read is not None and made.method == "GET" and found:
            read[found[1]] += 1
        return made.body

    def describe(made: Exchange) -> bytes:
        parameter = rb"(<ParameterKey>ArchiveExpirationDays</ParameterKey>\s*<ParameterValue>)[0-9]+"
        return re.sub(parameter, rb"\g<1>%d" % days, made.answer)

    return Interception(books.stack, count, describe)


def later(day: str, days: int) -> str:
    return (datetime.fromisoformat(day) + timedelta(days=days)).strftime("%Y-%m-%d")


@pytest.mark.parametrize(
    ("expiration_days", "readings"), [(0, 2), (3650, 2), (70, 1)], ids=["set to 0", "raised", "in force"]
)
def test_days_behind_what_has_expired_are_audited(
    books: Books, past: Past, expiration_days: int, readings: int
) -> None:
    """The repetition's first lies within a claim's life of the reading's beginning, so that it is undecided there.

    The whole archive decides it, unless what would is older than what is kept; what is gone before is no gap of theirs.
    """
    read: Counter[str] = Counter()
    span = ("--from", ago(50), "--to", ago(40), "--without-orders")
    with expiring(books, expiration_days, read) as between:
        found = books.run("audit", *span, endpoint=between.url)
    assert (found.returncode, found.stdout.splitlines()[1:]) == (0, [NO_ROW]), found.stdout + found.stderr
    # The order's repetition counts nowhere.
    assert ", 0 rows; " in found.stdout
    assert sorted(read.values()) == [readings] * 3


def test_what_expired_by_a_lower_age_is_told_with_its_day(books: Books, past: Past) -> None:
    whole = later(GONE, 1 + DAYS_AHEAD)
    with expiring(books, 3650) as between:
        found = books.run("audit", "--without-orders", endpoint=between.url)
        rebuilt = books.run("rebuild", "--dry-run", endpoint=between.url)
    assert found.returncode == 1 and GAPS in sections(found)
    assert found.stdout.splitlines()[1] == f"days before {whole} are left out: {MISSING}"
    auditable = later(GONE, CLAIM_DAYS + DAYS_AHEAD + 3)
    assert (
        f"before the object {past.keys[0]}, of {GONE} or before; deleted, or expired while ArchiveExpirationDays "
        f"was less: days from {auditable} on can be audited by --from\n"
    ) in found.stdout
    # Of the order that came twice one is counted; a rebuild has what there is, and says so.
    assert rebuilt.returncode == 0, rebuilt.stderr
    assert f"\nrecords are missing up to {GONE}; days before {whole} are not whole\n" in rebuilt.stdout
    assert f"  {SHARD}: no object has the records from its beginning, up to " in rebuilt.stdout
    repairable = later(whole, CLAIM_DAYS)
    assert f"\nrows of days before {repairable} may be wrong: " in rebuilt.stdout
    # Those of the order that came twice lie behind a pause as long as a claim lives.
    assert " of later days" not in rebuilt.stdout
    # From the day that the audit names on nothing is missed; from the one before it is.
    for day, gaps in ((auditable, set()), (later(auditable, -1), {GAPS})):
        since = books.run("audit", "--from", day, "--to", day, "--without-orders")
        assert sections(since) == gaps, since.stdout
        assert since.returncode == len(gaps)


def test_days_are_audited_from_the_object_before_them_that_reaches_furthest(books: Books) -> None:
    """Where the one that begins last before them ends inside that one, nothing is missing behind it."""
    first, later = (datetime.now(UTC) - timedelta(days=days) for days in (150, 46))
    with late_object(books, first, later):
        found = books.run("audit", "--from", ago(50), "--to", ago(40), "--without-orders")
    assert (found.returncode, sections(found)) == (0, set()), found.stdout + found.stderr


def test_an_audit_that_compares_no_day_does_not_say_that_everything_agrees(books: Books) -> None:
    with expiring(books, 1) as between:
        found = books.run("audit", endpoint=between.url)
        asked = books.run("audit", "--day", DAY, endpoint=between.url)
    assert (found.returncode, sections(found)) == (1, set()), found.stdout + found.stderr
    lines = found.stdout.splitlines()
    assert ", 0 rows; " in lines[0]
    whole = ago(-DAYS_AHEAD)
    assert lines[1:] == [f"days before {whole} are left out: {MISSING}", NONE_WHOLE]
    assert asked.returncode == 0, asked.stdout
    assert asked.stdout.splitlines()[1:] == [f"days before {whole} are not whole: {MISSING}", "Everything agrees."]
