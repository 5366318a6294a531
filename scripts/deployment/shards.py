"""Reads shards of a stream behind checkpoints, each to its first record there or to its end.

A read looks only so far, and finds nothing in a stretch without records: where a shard's last record is a day old, or
there never was one, hundreds of reads are empty before MillisBehindLatest says 0. How far one goes is not documented.
So a shard is read on as long as that is above 0, and only the time is bounded. `orders doctor` does the same. Nothing
begins nearer to the end: AT_TIMESTAMP goes by arrivals, which need not rise, and what stands behind a checkpoint may
have come before it was written.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar

from .clock import Clock
from .console import say

# Seconds between two reads of a shard: it gives five reads a second, and each of the two functions takes one of them.
REST = 0.35
# How long shards are read that give nothing, unless --read-for says otherwise.
READ_SECONDS = 120
PROGRESS_SECONDS = 10
# At a time: as many connections as a client of botocore keeps.
REQUESTS = 10

Element = TypeVar("Element")
Value = TypeVar("Value")


@dataclass(eq=False)
class Reading:
    """A shard behind one checkpoint."""

    shard: str
    # Those that have this checkpoint.
    functions: list[str]
    # Of the next read; None once there is nothing more to find out.
    iterator: str | None
    was_read: bool = False
    has_records: bool = False
    # How far the first empty read was from the end, and the last one, in milliseconds.
    first_behind: int | None = None
    behind: int | None = None

    @property
    def is_over(self) -> bool:
        return self.iterator is None

    def take(self, page: dict[str, Any]) -> None:
        """What a read of one record gave."""
        self.was_read = True
        self.has_records = bool(page["Records"])
        self.behind = page.get("MillisBehindLatest")
        if self.first_behind is None:
            self.first_behind = self.behind
        # A closed shard ends without another iterator.
        is_last = self.has_records or self.behind == 0
        self.iterator = None if is_last else page.get("NextShardIterator")


def side_by_side(work: Callable[[Element], Value], elements: Iterable[Element]) -> list[Value]:
    """The results in the elements' order."""
    with ThreadPoolExecutor(REQUESTS) as pool:
        return list(pool.map(work, elements))


def read(kinesis: Any, readings: list[Reading], seconds: float, clock: Clock) -> float:
    """Reads on until there is nothing more to find out, `seconds` at most; says how many it took."""
    start = clock.now()
    told = 0.0
    pending = list(readings)
    while True:
        # Both functions' readings of a shard take turns, since they take their reads from the same five.
        due = list({reading.shard: reading for reading in reversed(pending)}.values())
        pages = side_by_side(lambda reading: kinesis.get_records(ShardIterator=reading.iterator, Limit=1), due)
        for reading, page in zip(due, pages, strict=True):
            reading.take(page)
        pending = [reading for reading in pending if reading not in due] + due
        pending = [reading for reading in pending if not reading.is_over]
        passed = (clock.now() - start).total_seconds()
        if not pending or (passed >= seconds and all(reading.was_read for reading in pending)):
            return passed
        if passed - told >= PROGRESS_SECONDS:
            told = passed
            say(f"Looking for the end of {_count(pending)} shard(s) of OrderStream, {_distance(pending)} …")
        clock.sleep(REST)


def described(unread: list[Reading], seconds: float, passed: float) -> str:
    """What is not known of shards whose end was not reached, and what to do."""
    text = (
        f"the end of {_count(unread)} shard(s) of OrderStream was not reached in {seconds:.0f} s, {_distance(unread)}: "
        "nobody knows whether they hold records that are not archived or counted. --read-for SECONDS looks for longer"
    )
    enough = _enough(unread, passed)
    return text if enough is None else f"{text}, and at this pace {enough} would do"


def _enough(unread: list[Reading], passed: float) -> int | None:
    """Seconds in which all would reach their ends as fast as until now, and some more; None where one does not move."""
    shares = []
    for reading in unread:
        first, last = reading.first_behind, reading.behind
        if not passed or first is None or last is None or last >= first:
            return None
        shares.append(first / (first - last))
    return 60 * math.ceil(1.2 * passed * max(shares) / 60)


def _count(readings: list[Reading]) -> int:
    return len({reading.shard for reading in readings})


def _distance(readings: list[Reading]) -> str:
    """How far from their ends the readings are."""
    seconds = max(reading.behind or 0 for reading in readings) // 1_000
    if seconds >= 2 * 3_600:
        return f"up to {seconds // 3_600} h away"
    return f"up to {seconds // 60} min away" if seconds >= 120 else f"up to {seconds} s away"
