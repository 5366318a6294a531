"""Sends a workload with boto3."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from typing import Any

from . import packing
from .stack import Stack
from .workload import Message, Route, TableWrite

# Limits of PutRecords stay far away; small calls spread the records over several batches of the functions.
RECORDS_PER_CALL = 50
# SNS and SQS take at most ten messages a call.
MESSAGES_PER_CALL = 10
SENDERS = 4


def send(stack: Stack, messages: Sequence[Message], writes: Sequence[TableWrite]) -> None:
    """Kinesis records in their order; SNS and SQS from several senders at once, as they have none."""
    kinesis = [message for message in messages if message.route is Route.KINESIS]
    jobs: list[Callable[[], None]] = [lambda: _put_records(stack, kinesis), lambda: _put_items(stack, writes)]
    for route, publish in ((Route.SNS, _publish), (Route.SQS, _send)):
        for group in _groups([message for message in messages if message.route is route], MESSAGES_PER_CALL):
            jobs.append(lambda group=group, publish=publish: publish(stack, group))
    for service in ("kinesis", "dynamodb", "sns", "sqs"):
        stack.client(service)
    with ThreadPoolExecutor(SENDERS) as senders:
        for done in [senders.submit(job) for job in jobs]:
            done.result()


def _groups(items: Iterable[Any], size: int) -> Iterator[list[Any]]:
    iterator = iter(items)
    while group := list(islice(iterator, size)):
        yield group


def _put_records(stack: Stack, messages: Sequence[Message]) -> None:
    for group in _groups(packed(messages), RECORDS_PER_CALL):
        records = [{"Data": data, "PartitionKey": key} for key, data in group]
        answer = stack.client("kinesis").put_records(StreamName=stack["OrderStreamName"], Records=records)
        if answer["FailedRecordCount"]:
            raise RuntimeError(f"PutRecords refused {answer['FailedRecordCount']} of {len(records)} records")


def packed(messages: Sequence[Message]) -> Iterator[tuple[str, bytes]]:
    """The records of the stream, an aggregate where its first message stands."""
    groups: dict[int | None, list[Message]] = {}
    for message in messages:
        groups.setdefault(message.aggregate, []).append(message)
    for message in messages:
        if message.aggregate is None:
            yield message.partition_key, message.body
        elif group := groups.pop(message.aggregate, []):
            yield message.partition_key, packing.aggregate([(part.partition_key, part.body) for part in group])


def _publish(stack: Stack, group: Sequence[Message]) -> None:
    entries = [{"Id": str(index), "Message": message.body.decode()} for index, message in enumerate(group)]
    answer = stack.client("sns").publish_batch(TopicArn=stack["OrderTopicArn"], PublishBatchRequestEntries=entries)
    _refuse_failures(answer)


def _send(stack: Stack, group: Sequence[Message]) -> None:
    entries = [{"Id": str(index), "MessageBody": message.body.decode()} for index, message in enumerate(group)]
    _refuse_failures(stack.client("sqs").send_message_batch(QueueUrl=stack["OrderQueueUrl"], Entries=entries))


def _refuse_failures(answer: dict[str, object]) -> None:
    if answer.get("Failed"):
        raise RuntimeError(f"not every message was taken: {answer['Failed']}")


def _put_items(stack: Stack, writes: Sequence[TableWrite]) -> None:
    for write in writes:
        stack.client("dynamodb").put_item(TableName=stack["OrdersTableName"], Item=write.item)
