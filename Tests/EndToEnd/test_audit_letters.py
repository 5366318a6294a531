"""orders audit --repair beside dead letters of the aggregator: a redrive may still add their orders to rows."""

from __future__ import annotations

import base64
import json
import re
from datetime import UTC, datetime, timedelta

from books import DAY, Books, order
from sharedqueue import receive_all, take_out

LETTER = {
    "format": 1, "function": "AnalyticsAggregator", "reason": "refused by other rules",
    "source": "arn:aws:kinesis:us-east-1:000000000000:stream/orders", "shardId": "shardId-000000000000",
    "sequenceNumber": "1",
}  # fmt: skip
# Of an order that the rules of now take.
RECORD = base64.b64encode(json.dumps(order(4, day=DAY) | {"MessageId": "refused-then"}).encode()).decode()


def test_no_row_is_repaired_that_a_redrive_would_still_add_to(books: Books) -> None:
    """The archive's sums have the letter's order, so that the row would have it twice."""
    dynamodb, table = books.stack.client("dynamodb"), books.outputs["AnalyticsTableName"]
    right = books.row(f"REVENUE#{DAY}", "EUR")
    other = books.row(f"PRODUCT#{DAY}", "P3")
    sqs, queue = books.stack.client("sqs"), books.outputs["AnalyticsDLQUrl"]
    sent = sqs.send_message(QueueUrl=queue, MessageBody=json.dumps(LETTER | {"record": RECORD}))["MessageId"]
    dynamodb.put_item(TableName=table, Item=right | {"Value": {"N": "1"}})
    dynamodb.put_item(TableName=table, Item=other | {"SK": {"S": "P-none"}})
    found = books.audit("--repair", "--lower", "--yes")
    assert f"REVENUE#{DAY} EUR Value: " in found.stdout
    # Others in the queue hold another order under a used id, which stays refused.
    assert re.search(r" dead letters? about it, 1 of which a redrive would count\n", found.stdout)
    assert f"  REVENUE#{DAY} EUR: not changed, since a redrive would add 1 dead letter to it once more" in found.stdout
    assert books.row(f"REVENUE#{DAY}", "EUR")["Value"] == {"N": "1"}
    # Which is no reason to leave other rows as they are.
    assert f"  PRODUCT#{DAY} P-none: now nothing" in found.stdout
    # While somebody redrives, the letters are hidden.
    hidden = receive_all(sqs, queue)
    for arguments in (("--repair",), ("--repair", "--yes")):
        refused = books.audit(*arguments).stdout
        assert "Nothing is repaired: AnalyticsDLQ has dead letters that cannot be looked at now" in refused
    assert take_out(sqs, queue, hidden, lambda message: message["MessageId"] == sent) == 1
    assert f"  REVENUE#{DAY} EUR: now " in books.audit("--repair", "--yes").stdout
    assert books.row(f"REVENUE#{DAY}", "EUR")["Value"] == right["Value"]
    assert books.audit().returncode == 0


def test_a_row_is_repaired_although_a_letter_is_about_it_that_no_redrive_takes(books: Books) -> None:
    """Its record is older than claims are, so that the archive alone can count its order."""
    dynamodb, table = books.stack.client("dynamodb"), books.outputs["AnalyticsTableName"]
    right = books.row(f"REVENUE#{DAY}", "EUR")
    sqs, queue = books.stack.client("sqs"), books.outputs["AnalyticsDLQUrl"]
    arrival = (datetime.now(UTC) - timedelta(days=22)).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    letter = LETTER | {"record": RECORD, "arrivedAt": arrival}
    sent = sqs.send_message(QueueUrl=queue, MessageBody=json.dumps(letter))["MessageId"]
    dynamodb.put_item(TableName=table, Item=right | {"Value": {"N": "1"}})
    try:
        found = books.audit("--repair", "--yes")
        assert re.search(rf"REVENUE#{DAY} EUR Value: .* dead letters? about it\n", found.stdout)
        assert "of which a redrive would count" not in found.stdout
        assert f"  REVENUE#{DAY} EUR: now " in found.stdout
        assert books.row(f"REVENUE#{DAY}", "EUR")["Value"] == right["Value"]
    finally:
        taken = take_out(sqs, queue, receive_all(sqs, queue), lambda message: message["MessageId"] == sent)
    assert taken == 1
    assert books.audit().returncode == 0


def test_no_row_is_repaired_while_it_is_not_known_what_a_letter_holds(books: Books) -> None:
    """A redrive may still add its order to any row."""
    dynamodb, table = books.stack.client("dynamodb"), books.outputs["AnalyticsTableName"]
    right = books.row(f"REVENUE#{DAY}", "EUR")
    sqs, queue = books.stack.client("sqs"), books.outputs["AnalyticsDLQUrl"]
    # An object that is missing from a bucket that exists is gone, so that no redrive reads it either.
    bucket, key = "no-such-bucket", "dead-letters/AnalyticsAggregator/1"
    letter = LETTER | {"bucket": bucket, "key": key}
    sent = sqs.send_message(QueueUrl=queue, MessageBody=json.dumps(letter))["MessageId"]
    dynamodb.put_item(TableName=table, Item=right | {"Value": {"N": "1"}})
    try:
        for arguments in (("--repair",), ("--repair", "--yes")):
            refused = books.audit(*arguments)
            assert refused.returncode == 1
            assert "Nothing is repaired: what these dead letters hold is not known" in refused.stdout
            assert f"\n  s3://{bucket}/{key}: " in refused.stdout
        assert books.row(f"REVENUE#{DAY}", "EUR")["Value"] == {"N": "1"}
    finally:
        taken = take_out(sqs, queue, receive_all(sqs, queue), lambda message: message["MessageId"] == sent)
    assert taken == 1
    assert f"  REVENUE#{DAY} EUR: now " in books.audit("--repair", "--yes").stdout
    assert books.row(f"REVENUE#{DAY}", "EUR")["Value"] == right["Value"]
    assert books.audit().returncode == 0
