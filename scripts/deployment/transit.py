"""What a deletion takes along: orders that are only in the queue or the stream, and the means to redrive letters."""

from __future__ import annotations

import time
from collections import Counter
from typing import Any

import boto3
from botocore.exceptions import ClientError

# What each function of the stream has done with a record up to its checkpoint, whatever Deduplication is. A batch whose
# checkpoint could not be written comes again, so that a function that is done has one at the shard's last record.
DONE = {"OrderArchiver": "archived", "AnalyticsAggregator": "counted"}
# Their messages point into the stream of the Orders table, or hold what one of the stack's functions takes.
PIPE_QUEUES = ("NormalPipeDLQ", "PremiumPipeDLQ")
# A read may find nothing though there is something behind it. Where so many do not come to the end, nobody knows that
# there is nothing.
EMPTY_READS = 20
# Seconds between them: a shard gives five reads a second, to the functions as well.
REST = 0.25


def in_transit(session: boto3.Session, ids: dict[str, str]) -> list[str]:
    """What keeps a stack from being deleted, a line for each; `ids` are the stack's physical ids by logical id."""
    found = []
    if queue := ids.get("OrderQueue"):
        count = _messages(session.client("sqs"), queue)
        if count:
            found.append(f"OrderQueue holds {count} order message(s) that are not stored yet")
    found += records_behind(session, ids)
    for name in PIPE_QUEUES:
        if queue := ids.get(name):
            count = _messages(session.client("sqs"), queue)
            if count:
                found.append(f"{name} holds {count} message(s) that only this stack can redrive")
    return found


def records_behind(session: boto3.Session, ids: dict[str, str]) -> list[str]:
    """What only the stream has, or only it can still give to a function: a line for each function."""
    stream, table = ids.get("OrderStream"), ids.get("CheckpointsTable")
    if stream is None or table is None:
        return []
    waiting = Counter(
        function for shard in _shards(session, stream) for function in _behind(session, stream, table, shard)
    )
    return [
        f"OrderStream holds records in {waiting[function]} shard(s) that are not {done} yet"
        for function, done in DONE.items()
        if waiting[function]
    ]


def _messages(sqs: Any, url: str) -> int:
    """About how many, which is all that SQS says."""
    names = [f"ApproximateNumberOfMessages{kind}" for kind in ("", "NotVisible", "Delayed")]
    try:
        attributes = sqs.get_queue_attributes(QueueUrl=url, AttributeNames=names)["Attributes"]
    except sqs.exceptions.QueueDoesNotExist:
        return 0
    return sum(int(value) for value in attributes.values())


def _shards(session: boto3.Session, stream: str) -> list[dict[str, Any]]:
    kinesis = session.client("kinesis")
    try:
        pages = list(kinesis.get_paginator("list_shards").paginate(StreamName=stream))
    except kinesis.exceptions.ResourceNotFoundException:
        return []
    return [shard for page in pages for shard in page["Shards"]]


def _behind(session: boto3.Session, stream: str, table: str, shard: dict[str, Any]) -> list[str]:
    """The functions behind whose checkpoints the shard holds a record."""
    checkpoints = {
        function: _checkpoint(session, table, f"{function}#{stream}#{shard['ShardId']}") for function in DONE
    }
    # Mostly both are at the shard's last record, which takes one look.
    holds = {number: _has_records(session, stream, shard, number) for number in set(checkpoints.values())}
    return [function for function, number in checkpoints.items() if holds[number]]


def _has_records(session: boto3.Session, stream: str, shard: dict[str, Any], done: int | None) -> bool:
    """Whether the shard holds a record behind the one that was done last, or any where none was."""
    kinesis = session.client("kinesis")
    first = shard["SequenceNumberRange"]["StartingSequenceNumber"]
    position = {"ShardIteratorType": "TRIM_HORIZON"}
    if done is not None:
        # A checkpoint has zeros in front, a stream's numbers have one length.
        number = str(done).zfill(len(first))
        position = {"ShardIteratorType": "AFTER_SEQUENCE_NUMBER", "StartingSequenceNumber": number}
    iterator = kinesis.get_shard_iterator(StreamName=stream, ShardId=shard["ShardId"], **position)["ShardIterator"]
    for _ in range(EMPTY_READS):
        page = kinesis.get_records(ShardIterator=iterator, Limit=1)
        if page["Records"]:
            return True
        iterator = page.get("NextShardIterator")
        if iterator is None or page.get("MillisBehindLatest") == 0:
            return False
        time.sleep(REST)
    # None of them has come to the end.
    return True


def _checkpoint(session: boto3.Session, table: str, key: str) -> int | None:
    dynamodb = session.client("dynamodb")
    try:
        answer = dynamodb.get_item(TableName=table, Key={"checkpoint": {"S": key}}, ConsistentRead=True)
    except ClientError as error:
        if error.response["Error"]["Code"] == "ResourceNotFoundException":
            return None
        raise
    number = answer.get("Item", {}).get("sequenceNumber", {}).get("S")
    return int(number) if number else None
