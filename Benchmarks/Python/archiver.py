"""Archives a batch as one gzip object, stores its orders, then moves the shard's checkpoint."""

import base64
import gzip
import json
import os
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from decimal import Decimal

from common import client, insert

DYNAMODB = client("dynamodb")
S3 = client("s3")
POOL = ThreadPoolExecutor(max_workers=20)
CHECKPOINTS = os.environ["CHECKPOINTS_TABLE"]
BUCKET = os.environ["ARCHIVE_BUCKET"]


def archived(record):
    """The event of a record, and its line of the archive."""
    kinesis = record["kinesis"]
    data = base64.b64decode(kinesis["data"])
    event = json.loads(data, parse_float=Decimal)
    order = event["Payload"]
    head = {
        "format": 1,
        "rules": 1,
        "shardId": record["eventID"].partition(":")[0],
        "sequenceNumber": kinesis["sequenceNumber"],
        "partitionKey": kinesis["partitionKey"],
        "arrivedAt": datetime.fromtimestamp(kinesis["approximateArrivalTimestamp"], UTC).isoformat(),
    }
    understood = {
        "verdict": "accepted",
        "eventId": event["MessageId"],
        "orderId": order["OrderId"],
        "day": order["createdUtc"][:10],
        "currency": order["Currency"],
        "amount": str(order["TotalAmount"]),
        "products": [
            {"productId": product, "quantity": order["Quantities"].get(product, 1)} for product in order["ProductIds"]
        ],
    }
    line = json.dumps(head)[:-1].encode() + b',"record":' + data + b',"order":' + json.dumps(understood).encode() + b"}"
    return event, line


def order_item(event):
    order = event["Payload"]
    instant = {"S": order["createdUtc"]}
    values = {
        "amount": {"N": str(order["TotalAmount"])},
        "currency": {"S": order["Currency"]},
        "userId": {"S": order["UserId"]},
    }
    if "CorrelationId" in event:
        values["correlationId"] = {"S": event["CorrelationId"]}
    item = values | dict.fromkeys(("timestamp", "createdAt", "updatedAt"), instant)
    item["orderId"] = {"S": order["OrderId"]}
    item["versions"] = {"M": dict.fromkeys(values, instant)}
    amount = order["TotalAmount"]
    item["amountBand"] = {"S": "premium-GT1000" if amount > 1000 else "normal-LE1000" if amount > 100 else "LE100"}
    return item


def store(chunk):
    errors = {error for error in insert(DYNAMODB, [order_item(event) for event in chunk]) if error}
    # An order that is stored already is left as it is.
    if errors - {"DuplicateItem"}:
        raise RuntimeError(f"orders not stored: {sorted(errors)}")


def handler(event, context):
    records = event["Records"]
    first, last = records[0]["kinesis"], records[-1]["kinesis"]
    shard = records[0]["eventID"].partition(":")[0]
    key = {"checkpoint": {"S": f"OrderArchiver#orders#{shard}"}}
    DYNAMODB.get_item(TableName=CHECKPOINTS, Key=key, ConsistentRead=True)
    events, lines = zip(*map(archived, records), strict=True)
    list(POOL.map(store, [events[start : start + 25] for start in range(0, len(events), 25)]))
    arrival = datetime.fromtimestamp(first["approximateArrivalTimestamp"], UTC)
    S3.put_object(
        Bucket=BUCKET,
        Key=f"orders/dt={arrival:%Y-%m-%d}/hour={arrival:%H}/{shard}-{first['sequenceNumber']}.ndjson.gz",
        Body=gzip.compress(b"\n".join(lines) + b"\n", compresslevel=6, mtime=0),
        IfNoneMatch="*",
        Metadata={"last-sequence-number": last["sequenceNumber"], "format": "1"},
    )
    DYNAMODB.put_item(
        TableName=CHECKPOINTS,
        Item={**key, "sequenceNumber": {"S": last["sequenceNumber"].zfill(129)}, "format": {"N": "1"}},
        ConditionExpression="attribute_not_exists(checkpoint)",
    )
    return {"batchItemFailures": []}
