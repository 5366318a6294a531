"""Stores the orders of SQS messages, 25 conditional puts in a request."""

import json
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

from common import client, insert

DYNAMODB = client("dynamodb")
POOL = ThreadPoolExecutor(max_workers=20)


def order_item(record):
    body = json.loads(record["body"])
    order = json.loads(body["Message"] if "Message" in body else record["body"], parse_float=Decimal)
    instant = order["timestamp"]
    names = ("status", "amount", "currency", "userId", "customerEmail", "itemName", "quantity", "correlationId")
    item = {name: {"N" if name in ("amount", "quantity") else "S": str(order[name])} for name in names if name in order}
    item |= {name: {"S": instant} for name in ("timestamp", "createdAt", "updatedAt")}
    item["orderId"] = {"S": order["orderId"]}
    item["versions"] = {"M": {name: {"S": instant} for name in names if name in order}}
    amount = order.get("amount")
    if amount is not None:
        item["amountBand"] = {"S": "premium-GT1000" if amount > 1000 else "normal-LE1000" if amount > 100 else "LE100"}
    if "customerEmail" in order:
        item["emailDomain"] = {"S": order["customerEmail"].rpartition("@")[2].lower()}
    return item


def decoded(record):
    try:
        return order_item(record)
    except Exception as error:
        print(json.dumps({"level": "ERROR", "message": "order message refused", "reason": type(error).__name__}))
        return None


def attempt(chunk):
    """The messages of a chunk that have to come again."""
    try:
        errors = insert(DYNAMODB, [item for _, item in chunk])
    except Exception as error:
        errors = [type(error).__name__] * len(chunk)
    failed = [record for (record, _), error in zip(chunk, errors, strict=True) if error]
    if failed:
        print(
            json.dumps({"level": "ERROR", "message": "orders not stored", "reason": sorted(set(filter(None, errors)))})
        )
    return [{"itemIdentifier": record["messageId"]} for record in failed]


def handler(event, context):
    items = [(record, decoded(record)) for record in event["Records"]]
    failures = [{"itemIdentifier": record["messageId"]} for record, item in items if item is None]
    orders = [(record, item) for record, item in items if item is not None]
    chunks = [orders[start : start + 25] for start in range(0, len(orders), 25)]
    return {"batchItemFailures": failures + [failure for failed in POOL.map(attempt, chunks) for failure in failed]}
