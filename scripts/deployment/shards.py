"""Reads shards of a stream behind checkpoints, each to its first record there or to its end.

A read looks only so far, and finds nothing in a stretch without records: where a shard's last record is a day old, or
there never was one, hundreds of reads are empty before MillisBehindLatest says 0. How far one goes is not documented.
So a shard is read on as long as that is above 0, and only the time is bounded. `orders doctor` does the same. Nothing
begins nearer to the end: AT_TIMESTAMP goes by arrivals, which need not rise, and what stands behind a checkpoint may
have come before it was written. A read that is refused, since others read the shard as well, ends nothing either: the
shard rests for longer.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, TypeVar

from botocore.exceptions import ClientError

from .clock import Clock
from .console import say

# Seconds between two reads of a shard: it gives five reads a second, and each of the two functions takes one of them.
REST = 0.35
# Of a shard behind a read that it refused, twice as many behind each more in a row, up to the last.
FIRST_REST, LONGEST_REST = 1.0, 4.0
THROTTLING = {"ProvisionedThroughputExceededException", "LimitExceededException", "RequestLimitExceeded"}
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
    # Why the last read was refused; empty where it was answered.
    refusal: str = ""

    @property
    def is_over(self) -> bool:
        return self.iterator is None

    def take(self, page: dict[str, Any]) -> None:
        """What a read of one record gave."""
        self.was_read = True
        self.refusal = ""
        self.has_records = bool(page["Records"])
        self.behind = page.get("MillisBehindLatest")
        if self.first_behind is None:
            self.first_behind = self.behind
        # A closed shard ends without another iterator.
        is_last = self.has_records or self.behind == 0
        self.iterator = None if is_last else page.get("NextShardIterator")


class Rests:
    """Until when shards are left alone that have refused reads."""

    def __init__(self) -> None:
        self.ends: dict[str, tuple[float, float]] = {}

    def has(self, shard: str, now: float) -> bool:
        end, _ = self.ends.get(shard, (now, 0))
        return now < end

    def note(self, reading: Reading, now: float) -> None:
        if not reading.refusal:
            self.ends.pop(reading.shard, None)
            return
        _, rest = self.ends.get(reading.shard, (0, FIRST_REST))
        self.ends[reading.shard] = (now + rest, min(2 * rest, LONGEST_REST))


def side_by_side(work: Callable[[Element], Value], elements: Iterable[Element]) -> list[Value]:
    """The results in the elements' order."""
    with ThreadPoolExecutor(REQUESTS) as pool:
        return list(pool.map(work, elements))


def read(kinesis: Any, readings: list[Reading], seconds: float, clock: Clock) -> float:
    """Reads on until there is nothing more to find out, `seconds` at most; says how many it took."""
    start = clock.now()
    told = passed = 0.0
    pending, rests = list(readings), Rests()
    while True:
        # Both functions' readings of a shard take turns, since they take their reads from the same five.
        due = list({reading.shard: reading for reading in reversed(pending)}.values())
        due = [reading for reading in due if not rests.has(reading.shard, passed)]
        side_by_side(lambda reading: _read_on(kinesis, reading), due)
        passed = (clock.now() - start).total_seconds()
        for reading in due:
            rests.note(reading, passed)
        pending = [reading for reading in pending if reading not in due] + due
        pending = [reading for reading in pending if not reading.is_over]
        if not pending or (passed >= seconds and all(reading.was_read for reading in pending)):
            return passed
        if passed - told >= PROGRESS_SECONDS:
            told = passed
            say(f"Looking for the end of {_count(pending)} shard(s) of OrderStream, {_distance(pending)} …")
        clock.sleep(REST)
        passed = (clock.now() - start).total_seconds()


def _read_on(kinesis: Any, reading: Reading) -> None:
    """One read, from where the one before it ended; what is refused for now keeps its place."""
    try:
        reading.take(kinesis.get_records(ShardIterator=reading.iterator, Limit=1))
    except ClientError as error:
        code = error.response["Error"]["Code"]
        if code not in THROTTLING and "Throttl" not in code:
            raise
        reading.was_read, reading.refusal = True, code


def described(unread: list[Reading], seconds: float, passed: float) -> str:
    """What is not known of shards whose end was not reached, and what to do."""
    text = (
        f"the end of {_count(unread)} shard(s) of OrderStream was not reached in {seconds:.0f} s, {_distance(unread)}: "
        f"nobody knows whether they hold records that are not archived or counted. {_refusals(unread)}--read-for "
        "SECONDS looks for longer"
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


def _refusals(unread: list[Reading]) -> str:
    codes = sorted({reading.refusal for reading in unread if reading.refusal})
    return f"The last reads were refused ({', '.join(codes)}), since others read them, too. " if codes else ""


def _count(readings: list[Reading]) -> int:
    return len({reading.shard for reading in readings})


def _distance(readings: list[Reading]) -> str:
    """How far from their ends the readings are."""
    seconds = max(reading.behind or 0 for reading in readings) // 1_000
    if seconds >= 2 * 3_600:
        return f"up to {seconds // 3_600} h away"
    return f"up to {seconds // 60} min away" if seconds >= 120 else f"up to {seconds} s away"
