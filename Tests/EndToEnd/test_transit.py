"""What scripts/deploy finds in a stack that would be lost with it, from AWS's answers."""

from __future__ import annotations

import datetime
import itertools
import sys
import threading
from collections.abc import Iterator
from typing import Any

import pytest
from botocore.exceptions import ClientError

from pipeline.stack import ROOT

sys.path.insert(0, str(ROOT / "scripts"))
from deployment import delete as deletion
from deployment.clock import Clock
from deployment.errors import DeploymentError
from deployment.shards import READ_SECONDS, REQUESTS, side_by_side
from deployment.transit import in_transit

IDS = {
    name: f"orders-{name}"
    for name in ("OrderQueue", "OrderStream", "CheckpointsTable", "OrderDLQ", "NormalPipeDLQ", "PremiumPipeDLQ")
}
ARCHIVER, AGGREGATOR = "OrderArchiver", "AnalyticsAggregator"
NOT_ARCHIVED = "OrderStream holds records in {} shard(s) that are not archived yet"
NOT_COUNTED = "OrderStream holds records in {} shard(s) that are not counted yet"
MINUTE = 60_000
# Checkpoints have 129 digits; a stream's numbers all have the same, which may begin with zeros, too.
FIRST = 49_600_000_000
DIGITS = 56


class Gone(Exception):
    """What a client raises where there is no such queue or stream."""


class MovedClock(Clock):
    """Moves only while somebody sleeps."""

    def __init__(self) -> None:
        self.time = datetime.datetime(2025, 8, 27, 18, tzinfo=datetime.UTC)

    def now(self) -> datetime.datetime:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.time += datetime.timedelta(seconds=seconds)


class Session:
    """An account that holds these messages by queue, records by shard, and checkpoints by function and shard.

    Behind a checkpoint each read finds nothing for `stretch` milliseconds, as long as it is `idle` milliseconds from
    what comes next: a record, or the end. The end of a closed shard is an answer without another iterator, before its
    distance is 0.
    """

    def __init__(
        self,
        messages: dict[str, int] | None = None,
        shards: list[list[int]] | None = None,
        checkpoints: dict[tuple[str, int], int] | None = None,
        idle: int = 0,
        stretch: int = MINUTE,
        refused: range = range(0),
        failure: str = "ProvisionedThroughputExceededException",
        closed: frozenset[int] = frozenset(),
    ) -> None:
        self.messages = messages or {}
        self.shards = shards or []
        self.checkpoints = {
            f"{function}#{IDS['OrderStream']}#{shard}": str(FIRST + number).zfill(129)
            for (function, shard), number in (checkpoints or {}).items()
        }
        self.idle, self.stretch, self.closed = idle, stretch, closed
        # The numbers of reads of the first shard that fail, and how.
        self.refused, self.failure = refused, failure
        self.clock = MovedClock()
        self.looks: list[str] = []
        # When each shard was read, and behind which checkpoints.
        self.reads: list[tuple[int, datetime.datetime]] = []
        self.positions: list[int] = []
        self.exceptions = self

    QueueDoesNotExist = ResourceNotFoundException = Gone

    def client(self, service: str) -> Session:
        assert service in ("sqs", "kinesis", "dynamodb")
        return self

    def get_queue_attributes(self, QueueUrl: str, AttributeNames: list[str]) -> dict[str, Any]:
        if self.messages.get(QueueUrl.removeprefix("orders-")) == -1:
            raise Gone
        count = self.messages.get(QueueUrl.removeprefix("orders-"), 0)
        # One of them is being looked at, and so is invisible.
        values = [max(count - 1, 0), min(count, 1), 0]
        return {"Attributes": dict(zip(AttributeNames, map(str, values), strict=True))}

    def get_paginator(self, operation: str) -> Session:
        assert operation == "list_shards"
        return self

    def paginate(self, StreamName: str) -> Iterator[dict[str, Any]]:
        assert StreamName == IDS["OrderStream"]
        for shard in range(len(self.shards)):
            yield {
                "Shards": [
                    {"ShardId": str(shard), "SequenceNumberRange": {"StartingSequenceNumber": str(FIRST).zfill(DIGITS)}}
                ]
            }

    def get_shard_iterator(
        self, StreamName: str, ShardId: str, ShardIteratorType: str, StartingSequenceNumber: str | None = None
    ) -> dict[str, str]:
        assert (ShardIteratorType == "TRIM_HORIZON") == (StartingSequenceNumber is None)
        assert StartingSequenceNumber is None or len(StartingSequenceNumber) == DIGITS
        self.looks.append(ShardId)
        after = -1 if StartingSequenceNumber is None else int(StartingSequenceNumber) - FIRST
        return {"ShardIterator": f"{ShardId} {after} {self.idle}"}

    def get_records(self, ShardIterator: str, Limit: int) -> dict[str, Any]:
        shard, after, left = map(int, ShardIterator.split())
        number = sum(1 for earlier, _ in self.reads if earlier == shard)
        self.reads.append((shard, self.clock.now()))
        self.positions.append(after)
        if shard == 0 and number in self.refused:
            raise ClientError({"Error": {"Code": self.failure, "Message": "Rate exceeded"}}, "GetRecords")
        left = max(left - self.stretch, 0)
        behind = [] if left else [{"SequenceNumber": number} for number in self.shards[shard] if number > after]
        found = behind[:Limit]
        if shard in self.closed and not left and not found:
            return {"Records": [], "MillisBehindLatest": self.stretch}
        distance = left + len(behind) - len(found)
        return {"Records": found, "NextShardIterator": f"{shard} {after} {left}", "MillisBehindLatest": distance}

    def get_item(self, TableName: str, Key: dict[str, Any], ConsistentRead: bool) -> dict[str, Any]:
        assert (TableName, ConsistentRead) == (IDS["CheckpointsTable"], True)
        number = self.checkpoints.get(Key["checkpoint"]["S"])
        return {"Item": Key | {"sequenceNumber": {"S": number}}} if number else {}


def found(session: Any, ids: dict[str, str] = IDS) -> list[str]:
    backlog = in_transit(session, ids, clock=session.clock)
    assert backlog.unread == ""
    return list(backlog.waiting)


@pytest.mark.parametrize(
    ("checkpoints", "lines"),
    [
        ({(ARCHIVER, 0): 7, (AGGREGATOR, 0): 7}, []),
        ({(ARCHIVER, 0): 7, (AGGREGATOR, 0): 5}, [NOT_COUNTED.format(1)]),
        ({(ARCHIVER, 0): 5, (AGGREGATOR, 0): 7}, [NOT_ARCHIVED.format(1)]),
        ({(ARCHIVER, 0): 5, (AGGREGATOR, 0): 3}, [NOT_ARCHIVED.format(1), NOT_COUNTED.format(1)]),
        ({(ARCHIVER, 0): 7}, [NOT_COUNTED.format(1)]),
        ({(AGGREGATOR, 0): 7}, [NOT_ARCHIVED.format(1)]),
        ({}, [NOT_ARCHIVED.format(1), NOT_COUNTED.format(1)]),
        # Of another shard.
        ({(ARCHIVER, 1): 7, (AGGREGATOR, 1): 7}, [NOT_ARCHIVED.format(1), NOT_COUNTED.format(1)]),
    ],
)
def test_a_record_is_in_transit_until_both_functions_are_done_with_it(
    checkpoints: dict[tuple[str, int], int], lines: list[str]
) -> None:
    assert found(Session(shards=[[3, 5, 7]], checkpoints=checkpoints)) == lines


@pytest.mark.parametrize(
    ("checkpoints", "looks"),
    [
        ({(ARCHIVER, 0): 7, (AGGREGATOR, 0): 7}, 1),
        ({}, 1),
        ({(ARCHIVER, 0): 7, (AGGREGATOR, 0): 5}, 2),
        ({(ARCHIVER, 0): 7}, 2),
    ],
)
def test_a_shard_is_looked_at_once_where_both_are_at_one_record(
    checkpoints: dict[tuple[str, int], int], looks: int
) -> None:
    session = Session(shards=[[3, 5, 7]], checkpoints=checkpoints)
    found(session)
    assert session.looks == ["0"] * looks


def test_shards_are_counted_for_each_function() -> None:
    checkpoints = {(ARCHIVER, 0): 7, (AGGREGATOR, 0): 3, (ARCHIVER, 1): 9}
    session = Session(shards=[[3, 7], [9], [], [1]], checkpoints=checkpoints)
    assert found(session) == [NOT_ARCHIVED.format(1), NOT_COUNTED.format(3)]


def test_a_shard_whose_records_are_forgotten_holds_nothing() -> None:
    """The stream forgets them by its retention, whatever was done with them."""
    assert found(Session(shards=[[]], checkpoints={(ARCHIVER, 0): 7, (AGGREGATOR, 0): 5})) == []


@pytest.mark.parametrize(
    ("shards", "lines"), [([[7], [7]], []), ([[7, 9], [7]], [NOT_ARCHIVED.format(1), NOT_COUNTED.format(1)])]
)
def test_a_closed_shard_ends_without_another_iterator(shards: list[list[int]], lines: list[str]) -> None:
    """After a reshard, as long as the stream keeps the closed one's records."""
    checkpoints = {(function, shard): 7 for function in (ARCHIVER, AGGREGATOR) for shard in (0, 1)}
    session = Session(shards=shards, checkpoints=checkpoints, idle=3 * MINUTE, closed=frozenset({0}))
    assert found(session) == lines
    assert sorted(shard for shard, _ in session.reads) == [0, 0, 0, 1, 1, 1]


IDLE = {(ARCHIVER, 0): 7, (AGGREGATOR, 0): 7}
# A day that 1,440 reads of a minute each go through: too long for READ_SECONDS, and not for ten minutes.
DAY = 1_440 * MINUTE


@pytest.mark.parametrize(
    ("checkpoints", "waiting"),
    [(IDLE, ()), ({}, (NOT_ARCHIVED.format(1), NOT_COUNTED.format(1)))],
    ids=["nothing", "a record"],
)
def test_a_shard_is_read_on_as_long_as_its_end_comes_nearer(
    checkpoints: dict[tuple[str, int], int], waiting: tuple[str, ...]
) -> None:
    """However many reads are empty: the last record is a day old."""
    session: Any = Session(shards=[[7]], checkpoints=checkpoints, idle=DAY)
    found = in_transit(session, IDS, 600, session.clock)
    assert (found.waiting, found.unread) == (waiting, "")
    assert len(session.reads) > 1_000


@pytest.mark.parametrize("shards", [[[7]], [[]]], ids=["a record", "none"])
def test_of_an_end_that_is_not_reached_in_time_nothing_else_is_said(shards: list[list[int]]) -> None:
    session: Any = Session(shards=shards, idle=DAY)
    backlog = in_transit(session, IDS, clock=session.clock)
    assert backlog.waiting == ()
    start = f"the end of 1 shard(s) of OrderStream was not reached in {READ_SECONDS} s, up to 18 h away: "
    assert backlog.unread.startswith(start)
    # 504 s are needed, and a fifth more.
    assert backlog.unread.endswith("--read-for SECONDS looks for longer, and at this pace 660 would do")
    assert in_transit(session, IDS, 660, session.clock).unread == ""


def test_a_shard_that_comes_no_nearer_has_no_time_that_would_do() -> None:
    session: Any = Session(shards=[[]], idle=DAY, stretch=0)
    assert in_transit(session, IDS, clock=session.clock).unread.endswith("looks for longer")


@pytest.mark.parametrize("failure", ["ProvisionedThroughputExceededException", "LimitExceededException", "Throttled"])
def test_a_shard_that_refuses_reads_rests_for_longer_and_is_read_on(failure: str) -> None:
    """Others read it, too: the place is kept, and other shards are read as before."""
    session: Any = Session(shards=[[], []], idle=30 * MINUTE, refused=range(10, 14), failure=failure)
    assert in_transit(session, IDS, clock=session.clock).unread == ""
    assert session.looks == ["0", "1"]
    reads = [moment for number, moment in session.reads if number == 0]
    assert len(reads) == 34
    rests = [(second - first).total_seconds() for first, second in itertools.pairwise(reads)][10:14]
    # One second, two and twice four, up to the next look at all shards.
    assert rests == pytest.approx([1.05, 2.1, 4.2, 4.2])
    others = [moment for number, moment in session.reads if number == 1]
    assert {second - first for first, second in itertools.pairwise(others)} == {datetime.timedelta(milliseconds=350)}


def test_a_shard_that_refuses_reads_to_the_end_of_the_time_is_not_known() -> None:
    session: Any = Session(shards=[[]], idle=DAY, refused=range(1, 1_000))
    told = in_transit(session, IDS, 10, session.clock).unread
    assert "The last reads were refused (ProvisionedThroughputExceededException), since others read them, too." in told
    assert session.reads[-1][1] <= session.reads[0][1] + datetime.timedelta(seconds=11)


def test_any_other_failure_of_a_read_ends_the_look() -> None:
    session: Any = Session(shards=[[]], idle=DAY, refused=range(3, 4), failure="AccessDeniedException")
    with pytest.raises(ClientError, match="AccessDenied"):
        in_transit(session, IDS, clock=session.clock)


@pytest.mark.parametrize("checkpoints", [IDLE, {(ARCHIVER, 0): 7}], ids=["one look", "two looks"])
def test_shards_are_read_side_by_side_and_each_leaves_reads_to_its_functions(
    checkpoints: dict[tuple[str, int], int],
) -> None:
    """A shard gives five reads a second, of which each of the two functions takes one."""
    session: Any = Session(shards=[[], [], [], []], checkpoints=checkpoints, idle=60 * MINUTE)
    start = session.clock.now()
    assert in_transit(session, IDS, clock=session.clock).unread == ""
    assert (session.clock.now() - start).total_seconds() < 60
    for shard in range(4):
        reads = [moment for number, moment in session.reads if number == shard]
        for second in range(30):
            begin = start + datetime.timedelta(seconds=second)
            assert sum(begin <= moment < begin + datetime.timedelta(seconds=1) for moment in reads) <= 3


TWO = {(ARCHIVER, 0): 7, (AGGREGATOR, 0): 5}


def test_both_checkpoints_of_a_shard_are_looked_behind_however_short_the_time_is() -> None:
    session: Any = Session(shards=[[3, 5, 7]], checkpoints=TWO)
    backlog = in_transit(session, IDS, 0, session.clock)
    assert (backlog.waiting, backlog.unread) == ((NOT_COUNTED.format(1),), "")


def test_both_checkpoints_of_a_shard_take_turns() -> None:
    session: Any = Session(shards=[[]], checkpoints=TWO, idle=10 * MINUTE)
    in_transit(session, IDS, clock=session.clock)
    assert session.positions == [7, 5] * 10


def test_shards_are_not_waited_for_one_after_the_other() -> None:
    """Each request is answered only once all have been sent."""

    class Meeting(Session):
        barrier = threading.Barrier(REQUESTS, timeout=10)

        def get_shard_iterator(self, *arguments: Any, **more: Any) -> dict[str, str]:
            self.barrier.wait()
            return super().get_shard_iterator(*arguments, **more)

        def get_records(self, *arguments: Any, **more: Any) -> dict[str, Any]:
            self.barrier.wait()
            return super().get_records(*arguments, **more)

    assert found(Meeting(shards=[[]] * REQUESTS)) == []


def test_what_is_done_side_by_side_keeps_its_order() -> None:
    is_second_done = threading.Event()

    def work(element: str) -> str:
        if element == "first":
            assert is_second_done.wait(10)
        else:
            is_second_done.set()
        return element

    assert side_by_side(work, ["first", "second"]) == ["first", "second"]


def test_whoever_waits_is_told_how_far_it_is(capsys: pytest.CaptureFixture[str]) -> None:
    session: Any = Session(shards=[[], []], idle=DAY)
    in_transit(session, IDS, 25, session.clock)
    told = capsys.readouterr().err.splitlines()
    assert [line.partition(",")[0] for line in told] == ["Looking for the end of 2 shard(s) of OrderStream"] * 2
    assert all(line.endswith("h away …") for line in told)


@pytest.mark.parametrize(
    ("queue", "line"),
    [
        ("OrderQueue", "OrderQueue holds 3 order message(s) that are not stored yet"),
        ("NormalPipeDLQ", "NormalPipeDLQ holds 3 message(s) that only this stack can redrive"),
        ("PremiumPipeDLQ", "PremiumPipeDLQ holds 3 message(s) that only this stack can redrive"),
    ],
)
def test_messages_that_only_the_stack_can_deliver_are_in_transit(queue: str, line: str) -> None:
    assert found(Session(messages={queue: 3})) == [line]


def test_messages_that_stay_as_they_are_are_not_in_transit() -> None:
    assert found(Session(messages={"OrderDLQ": 3})) == []


def test_what_is_not_there_holds_nothing() -> None:
    """A creation that failed has left some of it, and a person may have deleted the rest."""
    assert found(Session(messages=dict.fromkeys(("OrderQueue", "NormalPipeDLQ"), -1))) == []
    assert found(Session(messages={"OrderQueue": 3}, shards=[[3]]), ids={}) == []


def test_a_table_that_is_gone_says_nothing_of_what_was_done() -> None:
    class WithoutTable(Session):
        def get_item(self, TableName: str, Key: dict[str, Any], ConsistentRead: bool) -> dict[str, Any]:
            raise ClientError({"Error": {"Code": "ResourceNotFoundException", "Message": "no table"}}, "GetItem")

    assert found(WithoutTable(shards=[[3]])) == [NOT_ARCHIVED.format(1), NOT_COUNTED.format(1)]


class Deletable:
    """A stack that notes that it was deleted."""

    name = "orders"
    status = "UPDATE_COMPLETE"
    exists = True
    is_protected = True
    deletions = 0

    def __init__(self, *_: Any) -> None:
        pass

    def physical_ids(self) -> dict[str, str]:
        return IDS

    def kept_resources(self) -> list[str]:
        return []

    uploads = kept_resources

    def protect(self, _: bool) -> None:
        pass

    def delete(self, _: str | None) -> None:
        type(self).deletions += 1


class Account(Session):
    region_name = "eu-central-1"

    def client(self, service: str) -> Session:
        return self


@pytest.mark.parametrize(
    ("held", "line"),
    [
        ({"shards": [[3]], "checkpoints": {(ARCHIVER, 0): 3}}, NOT_COUNTED.format(1)),
        ({"messages": {"PremiumPipeDLQ": 1}}, "PremiumPipeDLQ holds 1 message(s) that only this stack can redrive"),
    ],
    ids=["records", "letters"],
)
def test_a_stack_that_holds_something_is_deleted_by_force_only(
    monkeypatch: pytest.MonkeyPatch, held: dict[str, Any], line: str
) -> None:
    monkeypatch.setattr(deletion, "Stack", Deletable)
    monkeypatch.setattr(Deletable, "deletions", 0)
    session: Any = Account(**held)
    with pytest.raises(DeploymentError) as refusal:
        deletion.delete(session, "orders", is_meant=True, is_forced=False, role_arn=None)
    first, advice = str(refusal.value).splitlines()
    assert first == line
    assert "--force deletes it all the same" in advice
    assert Deletable.deletions == 0
    deletion.delete(session, "orders", is_meant=True, is_forced=True, role_arn=None)
    assert Deletable.deletions == 1


def test_a_stack_of_which_nobody_knows_what_it_holds_is_deleted_by_force_or_patience(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(deletion, "Stack", Deletable)
    monkeypatch.setattr(Deletable, "deletions", 0)
    session: Any = Account(shards=[[7]], checkpoints=IDLE, idle=DAY)

    def delete(seconds: float) -> None:
        deletion.delete(session, "orders", True, False, None, seconds, session.clock)

    with pytest.raises(DeploymentError) as refusal:
        delete(60)
    assert str(refusal.value).splitlines() == [
        "the end of 1 shard(s) of OrderStream was not reached in 60 s, up to 21 h away: nobody knows whether they hold "
        "records that are not archived or counted. --read-for SECONDS looks for longer, and at this pace 660 would do",
        "--force deletes it all the same",
    ]
    assert Deletable.deletions == 0
    delete(660)
    assert Deletable.deletions == 1


@pytest.mark.parametrize("status", ["CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS", "DELETE_IN_PROGRESS"])
def test_a_stack_that_is_at_work_is_not_even_deleted_by_force(monkeypatch: pytest.MonkeyPatch, status: str) -> None:
    """Somebody is just creating, updating or deleting it."""
    asked: list[bool] = []

    class AtWork(Deletable):
        def protect(self, is_protected: bool) -> None:
            asked.append(is_protected)

    monkeypatch.setattr(deletion, "Stack", AtWork)
    monkeypatch.setattr(AtWork, "status", status)
    monkeypatch.setattr(AtWork, "deletions", 0)
    session: Any = Account()
    with pytest.raises(DeploymentError, match=rf"stack orders is at work \({status}\): wait until it is done"):
        deletion.delete(session, "orders", is_meant=True, is_forced=True, role_arn=None)
    assert (asked, AtWork.deletions) == ([], 0)


@pytest.mark.parametrize(
    ("was_protected", "status", "protections"),
    [
        (True, "DELETE_FAILED", [False, True]),
        # DeleteStack itself was refused.
        (True, "UPDATE_COMPLETE", [False, True]),
        # Whoever no longer waits has started it.
        (True, "DELETE_IN_PROGRESS", [False]),
        (False, "DELETE_FAILED", [False]),
    ],
)
def test_a_stack_that_is_not_deleted_is_protected_again(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], was_protected: bool, status: str,
    protections: list[bool],
) -> None:  # fmt: skip
    asked: list[bool] = []

    class Undeletable(Deletable):
        is_protected = was_protected

        def protect(self, is_protected: bool) -> None:
            asked.append(is_protected)

        def delete(self, _: str | None) -> None:
            monkeypatch.setattr(Undeletable, "status", status)
            raise DeploymentError("a bucket is not empty")

    monkeypatch.setattr(deletion, "Stack", Undeletable)
    session: Any = Account()
    with pytest.raises(DeploymentError, match="a bucket is not empty"):
        deletion.delete(session, "orders", is_meant=True, is_forced=True, role_arn=None)
    assert asked == protections
    assert ("orders is protected from deletion again." in capsys.readouterr().err) == (protections[-1])
