"""What a deletion takes along: orders that are only in the queue or the stream, and the means to redrive letters."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from typing import Any

import boto3
from botocore.exceptions import ClientError

from .clock import Clock
from .shards import READ_SECONDS, Reading, described, read, side_by_side

# What each function of the stream has done with a record up to its checkpoint, whatever Deduplication is. A batch whose
# checkpoint could not be written comes again, so that a function that is done has one at the shard's last record.
DONE = {"OrderArchiver": "archived", "AnalyticsAggregator": "counted"}
# Their messages point into the stream of the Orders table, or hold what one of the stack's functions takes.
PIPE_QUEUES = ("NormalPipeDLQ", "PremiumPipeDLQ")


@dataclass(frozen=True)
class Backlog:
    """What waits, a line each, and what could not be found out, with what to do."""

    waiting: tuple[str, ...] = ()
    unread: str = ""


def in_transit(
    session: boto3.Session, ids: dict[str, str], seconds: float = READ_SECONDS, clock: Clock | None = None
) -> Backlog:
    """What keeps a stack from being deleted; `ids` are the stack's physical ids by logical id."""
    found = []
    if queue := ids.get("OrderQueue"):
        count = _messages(session.client("sqs"), queue)
        if count:
            found.append(f"OrderQueue holds {count} order message(s) that are not stored yet")
    behind = records_behind(session, ids, seconds, clock)
    found += behind.waiting
    for name in PIPE_QUEUES:
        if queue := ids.get(name):
            count = _messages(session.client("sqs"), queue)
            if count:
                found.append(f"{name} holds {count} message(s) that only this stack can redrive")
    return replace(behind, waiting=tuple(found))


def records_behind(
    session: boto3.Session, ids: dict[str, str], seconds: float = READ_SECONDS, clock: Clock | None = None
) -> Backlog:
    """What only the stream has, or only it can still give to a function: a line for each function.

    Shards in which nothing is found are read for so many seconds, all together.
    """
    stream, table = ids.get("OrderStream"), ids.get("CheckpointsTable")
    if stream is None or table is None:
        return Backlog()
    kinesis, dynamodb = session.client("kinesis"), session.client("dynamodb")
    found = side_by_side(lambda shard: _readings(kinesis, dynamodb, stream, table, shard), _shards(kinesis, stream))
    readings = [reading for of_shard in found for reading in of_shard]
    passed = read(kinesis, readings, seconds, clock or Clock())
    waiting = Counter(function for reading in readings if reading.has_records for function in reading.functions)
    unread = [reading for reading in readings if not reading.is_over]
    return Backlog(
        tuple(
            f"OrderStream holds records in {waiting[function]} shard(s) that are not {done} yet"
            for function, done in DONE.items()
            if waiting[function]
        ),
        described(unread, seconds, passed) if unread else "",
    )


def _messages(sqs: Any, url: str) -> int:
    """About how many, which is all that SQS says."""
    names = [f"ApproximateNumberOfMessages{kind}" for kind in ("", "NotVisible", "Delayed")]
    try:
        attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
    except sqs.exceptions.QueueDoesNotExist:
        return 0
    return sum(int(value) for value in attributes.values())


def _shards(kinesis: Any, stream: str) -> list[dict[str, Any]]:
    try:
        pages = list(kinesis.get_paginator("list_shards").paginate(StreamName=stream))
    except kinesis.exceptions.ResourceNotFoundException:
        return []
    return [shard for page in pages for shard in page["Shards"]]


def _readings(kinesis: Any, dynamodb: Any, stream: str, table: str, shard: dict[str, Any]) -> list[Reading]:
    """One behind each checkpoint that there is: mostly both functions are at the shard's last record."""
    by_checkpoint: dict[int | None, list[str]] = {}
    for function in DONE:
        number = _checkpoint(dynamodb, table, f"{function}#{stream}#{shard['ShardId']}")
        by_checkpoint.setdefault(number, []).append(function)
    return [
        Reading(shard["ShardId"], functions, _iterator(kinesis, stream, shard, number))
        for number, functions in by_checkpoint.items()
    ]


def _iterator(kinesis: Any, stream: str, shard: dict[str, Any], done: int | None) -> str:
    """Behind the record that was done last, or at the shard's oldest one where none was."""
    first = shard["SequenceNumberRange"]["StartingSequenceNumber"]
    position = {"ShardIteratorType": "TRIM_HORIZON"}
    if done is not None:
        # A checkpoint has zeros in front, a stream's numbers have one length.
        number = str(done).zfill(len(first))
        position = {"ShardIteratorType": "AFTER_SEQUENCE_NUMBER", "StartingSequenceNumber": number}
    return kinesis.get_shard_iterator(StreamName=stream, ShardId=shard["ShardId"], **position)["ShardIterator"]


def _checkpoint(dynamodb: Any, table: str, key: str) -> int | None:
    try:
        answer = dynamodb.get_item(TableName=table, Key={"checkpoint": {"S": key}}, ConsistentRead=True)
    except ClientError as error:
        if error.response["Error"]["Code"] == "ResourceNotFoundException":
            return None
        raise
    number = answer.get("Item", {}).get("sequenceNumber", {}).get("S")
    return int(number) if number else None
