"""Stores the orders of SQS messages, each with one conditional put."""

import json
import os
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

from common import client

DYNAMODB = client("dynamodb")
POOL = ThreadPoolExecutor(max_workers=16)
TABLE = os.environ["ORDERS_TABLE"]


def store(record):
    body = json.loads(record["body"])
    order = json.loads(body["Message"] if "Message" in body else record["body"], parse_float=Decimal)
    instant = order["timestamp"]
    names = ("status", "amount", "currency", "userId", "customerEmail", "itemName", "quantity")
    item = {name: {"N" if name in ("amount", "quantity") else "S": str(order[name])} for name in names if name in order}
    item |= {name: {"S": instant} for name in ("timestamp", "createdAt", "updatedAt")}
    item["orderId"] = {"S": order["orderId"]}
    item["versions"] = {"M": {name: {"S": instant} for name in names if name in order}}
    amount = order.get("amount")
    if amount is not None:
        item["amountBand"] = {"S": "premium-GT1000" if amount > 1000 else "normal-LE1000" if amount > 100 else "LE100"}
    if "customerEmail" in order:
        item["emailDomain"] = {"S": order["customerEmail"].rpartition("@")[2].lower()}
    DYNAMODB.put_item(
        TableName=TABLE,
        Item=item,
        ConditionExpression="attribute_not_exists(orderId)",
        ReturnValuesOnConditionCheckFailure="ALL_OLD",
    )


def attempt(record):
    try:
        store(record)
    except Exception as error:
        print(json.dumps({"level": "ERROR", "message": "order not stored", "reason": type(error).__name__}))
        return {"itemIdentifier": record["messageId"]}
    return None


def handler(event, context):
    return {"batchItemFailures": [failure for failure in POOL.map(attempt, event["Records"]) if failure]}
