"""Orders that have come in and are stored nowhere but in the queue and the stream, which a deletion takes along."""

from __future__ import annotations

from typing import Any

import boto3
from botocore.exceptions import ClientError

# A read may find nothing though there is something behind it; after that many, a shard counts as read to its end.
EMPTY_READS = 20


def in_transit(session: boto3.Session, ids: dict[str, str]) -> list[str]:
    """What would be lost, a line for each; `ids` are the stack's physical ids by logical id."""
    found = []
    if queue := ids.get("OrderQueue"):
        count = _messages(session.client("sqs"), queue)
        if count:
            found.append(f"OrderQueue holds {count} order message(s) that are not stored yet")
    if (stream := ids.get("OrderStream")) and (table := ids.get("CheckpointsTable")):
        count = sum(_has_records(session, stream, table, shard) for shard in _shards(session, stream))
        if count:
            found.append(f"OrderStream holds records in {count} shard(s) that are not archived yet")
    return found


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


def _has_records(session: boto3.Session, stream: str, table: str, shard: dict[str, Any]) -> bool:
    """Whether the shard holds a record behind the archiver's checkpoint."""
    kinesis = session.client("kinesis")
    first = shard["SequenceNumberRange"]["StartingSequenceNumber"]
    done = _checkpoint(session, table, f"OrderArchiver#{stream}#{shard['ShardId']}")
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
    return False


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
