"""How many redriven records the counters of a day take: a full row would take no order any more."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta

import pytest

from books import DAY, Books, order
from sharedqueue import receive_all, take_out


@pytest.mark.parametrize(
    ("is_over", "most", "advice"),
    [(True, 2_000, "would be full with twice as many"), (False, 200, "deliver the rest when the day is over")],
)
def test_a_day_takes_no_more_redriven_records_than_its_rows_have_room_for(
    books: Books, is_over: bool, most: int, advice: str
) -> None:
    day = DAY if is_over else datetime.now(UTC).date().isoformat()
    dynamodb, table = books.stack.client("dynamodb"), books.outputs["AnalyticsTableName"]
    sqs, queue = books.stack.client("sqs"), books.outputs["AnalyticsDLQUrl"]
    body = json.dumps(letter(books, day))
    sent = {sqs.send_message(QueueUrl=queue, MessageBody=body)["MessageId"] for _ in range(2)}
    key = {"PK": {"S": f"ORDERS#{day}"}, "SK": {"S": "TOTAL"}}
    row = books.row(f"ORDERS#{day}", "TOTAL")
    # As `AnalyticsTable.positionAttribute` names them, of which each has a sequence number.
    places = {f"at:01234567:x{number:024x}": {"S": "0" * 56} for number in range(most - 1)}
    dynamodb.put_item(TableName=table, Item=key | row | places)
    try:
        found = books.run("redrive", "--queue", "AnalyticsDLQ", "--dry-run")
        # The last place is for one of them.
        assert found.stderr.count(f"the counters of {day} have places for {most} redriven records") == 1
        assert advice in found.stderr
        assert found.returncode == 1
    finally:
        if row:
            dynamodb.put_item(TableName=table, Item=row)
        else:
            dynamodb.delete_item(TableName=table, Key=key)
    assert "have places for" not in books.run("redrive", "--queue", "AnalyticsDLQ", "--dry-run").stderr
    assert take_out(sqs, queue, receive_all(sqs, queue), lambda message: message["MessageId"] in sent) == 2


def test_a_record_that_is_older_than_claims_are_is_left(books: Books) -> None:
    """The stack keeps records for a week, and a letter is there for two."""
    sqs, queue = books.stack.client("sqs"), books.outputs["AnalyticsDLQUrl"]
    ages = {20: "would deliver", 22: "left in the queue: its record came into the stream more than 21 days ago"}
    sent = {}
    for days in ages:
        arrival = (datetime.now(UTC) - timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%S.000Z")
        body = json.dumps(letter(books, DAY) | {"arrivedAt": arrival})
        sent[sqs.send_message(QueueUrl=queue, MessageBody=body)["MessageId"]] = days
    found = books.run("redrive", "--queue", "AnalyticsDLQ", "--dry-run")
    for message, days in sent.items():
        assert f"{message}: {ages[days]}" in found.stderr
    assert take_out(sqs, queue, receive_all(sqs, queue), lambda message: message["MessageId"] in sent) == 2


def letter(books: Books, day: str) -> dict[str, object]:
    """Of an order of that day, which the rules of now take."""
    stream = books.stack.client("kinesis").describe_stream_summary(StreamName=books.outputs["OrderStreamName"])
    record = json.dumps(order(4, day=day) | {"MessageId": "refused-then"}).encode()
    return {
        "format": 1, "function": "AnalyticsAggregator", "reason": "refused by other rules",
        "source": stream["StreamDescriptionSummary"]["StreamARN"], "shardId": "shardId-000000000000",
        "sequenceNumber": "1", "record": base64.b64encode(record).decode(),
    }  # fmt: skip
