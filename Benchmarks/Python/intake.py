"""Puts the order that is posted to an HTTP API into the stream, each repetition as the same event."""

import base64
import datetime
import json
import os
import re
import uuid
from decimal import Decimal, InvalidOperation

from common import client

KINESIS = client("kinesis")
STREAM = os.environ["ORDER_STREAM"]


def offences(order):
    """What is wrong with an order, by JSON Pointer."""
    try:
        amount = Decimal(str(order["TotalAmount"]))
        if not 0 <= amount < Decimal(10) ** 18 or -amount.as_tuple().exponent > 9:
            yield "/TotalAmount"
    except (KeyError, InvalidOperation):
        yield "/TotalAmount"
    if not re.fullmatch("[A-Za-z]{3}", order.get("Currency", "USD")):
        yield "/Currency"
    for name in ("OrderId", "UserId"):
        if name in order and not 0 < len(str(order[name])) <= 128:
            yield f"/{name}"
    for index, product in enumerate(order.get("ProductIds", [])):
        if not 0 < len(str(product)) <= 128:
            yield f"/ProductIds/{index}"
    for product, quantity in order.get("Quantities", {}).items():
        if not str(quantity).isdigit() or int(quantity) < 1:
            yield f"/Quantities/{product}"
    if "createdUtc" in order:
        try:
            datetime.datetime.fromisoformat(order["createdUtc"][:26].rstrip("Z"))
        except ValueError:
            yield "/createdUtc"


def answer(status, body, content_type="application/json"):
    return {"statusCode": status, "headers": {"content-type": content_type}, "body": json.dumps(body)}


def handler(event, context):
    try:
        body = base64.b64decode(event["body"]).decode() if event["isBase64Encoded"] else event["body"]
        order = json.loads(body, parse_float=Decimal)
    except ValueError:
        return answer(400, {"title": "Bad Request", "status": 400}, "application/problem+json")
    wrong = [{"pointer": pointer} for pointer in offences(order)]
    if wrong:
        return answer(422, {"title": "Unprocessable Content", "errors": wrong}, "application/problem+json")
    key = event["headers"].get("idempotency-key")
    caller = event["requestContext"]["authorizer"]["iam"]["userId"].partition(":")[0]

    def identifier(purpose):
        return str(uuid.uuid5(uuid.NAMESPACE_URL, f"order-intake:{purpose}:{caller}:{key}") if key else uuid.uuid4())

    # The order goes on in its own text: a Decimal would become a binary float in JSON.
    payload = body.strip()
    if "OrderId" not in order:
        order["OrderId"] = identifier("OrderId")
        payload = f'{{"OrderId":{json.dumps(order["OrderId"])},{payload[1:].lstrip()}'
    envelope = {
        "MessageId": identifier("MessageId"),
        "OccurredUtc": datetime.datetime.now(datetime.UTC).isoformat(),
        "Type": "OrderCreatedV1",
        "Version": 1,
        "CorrelationId": identifier("CorrelationId"),
        "PartitionKey": str(order["OrderId"]),
    }
    data = f'{json.dumps(envelope)[:-1]}, "Payload": {payload}}}'
    record = {"Data": data.encode(), "PartitionKey": str(order["OrderId"])}
    stored = KINESIS.put_records(StreamName=STREAM, Records=[record])["Records"][0]
    found = {name: envelope[name] for name in ("MessageId", "CorrelationId")}
    found |= {"OrderId": order["OrderId"], "ShardId": stored["ShardId"], "SequenceNumber": stored["SequenceNumber"]}
    print(json.dumps({"level": "INFO", "message": "order taken", "correlation_id": found["CorrelationId"]}))
    return answer(202, found)
