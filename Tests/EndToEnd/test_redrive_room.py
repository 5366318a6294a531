"""How many redriven records the counters of a day take: a full row would take no order any more."""

from __future__ import annotations

import base64
import json

from books import DAY, Books, order

MOST = 2_000


def test_a_day_whose_rows_have_places_for_two_thousand_takes_no_more(books: Books) -> None:
    dynamodb, table = books.stack.client("dynamodb"), books.outputs["AnalyticsTableName"]
    stream = books.stack.client("kinesis").describe_stream_summary(StreamName=books.outputs["OrderStreamName"])
    record = json.dumps(order(4, day=DAY) | {"MessageId": "refused-then"}).encode()
    letter = {
        "format": 1, "function": "AnalyticsAggregator", "reason": "refused by other rules",
        "source": stream["StreamDescriptionSummary"]["StreamARN"], "shardId": "shardId-000000000000",
        "sequenceNumber": "1", "record": base64.b64encode(record).decode(),
    }  # fmt: skip
    sqs, queue = books.stack.client("sqs"), books.outputs["AnalyticsDLQUrl"]
    sent = [sqs.send_message(QueueUrl=queue, MessageBody=json.dumps(letter))["MessageId"] for _ in range(2)]
    row = books.row(f"ORDERS#{DAY}", "TOTAL")
    # As `AnalyticsTable.positionAttribute` names them, of which each has a sequence number.
    places = {f"at:01234567:x{number:024x}": {"S": "0" * 56} for number in range(MOST - 1)}
    dynamodb.put_item(TableName=table, Item=row | places)
    try:
        found = books.run("redrive", "--queue", "AnalyticsDLQ", "--dry-run")
    finally:
        dynamodb.put_item(TableName=table, Item=row)
    # The last place is for one of them.
    assert found.stderr.count("would deliver") >= 1
    assert found.stderr.count(f"the counters of {DAY} have places for {MOST} redriven records") == 1
    assert found.returncode == 1
    free = books.run("redrive", "--queue", "AnalyticsDLQ", "--dry-run")
    assert "have places for" not in free.stderr
    # Others use the queue, too.
    for _ in range(20):
        for message in sqs.receive_message(QueueUrl=queue, MaxNumberOfMessages=10, VisibilityTimeout=0).get(
            "Messages", []
        ):
            if message["MessageId"] in sent:
                sqs.delete_message(QueueUrl=queue, ReceiptHandle=message["ReceiptHandle"])
                sent.remove(message["MessageId"])
    assert not sent
