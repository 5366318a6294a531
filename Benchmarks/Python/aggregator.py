"""Counts revenue, products and orders per day: markers and summed counters in transactions of at most 100 actions."""

import os
import time
from collections import defaultdict
from decimal import ROUND_DOWN, Decimal

from common import client, order_of

DYNAMODB = client("dynamodb")
TABLE = os.environ["ANALYTICS_TABLE"]
LIFETIME = int(os.environ["DEDUPLICATION_TTL_DAYS"]) * 86_400
CENT = Decimal("0.01")


def rows_of(event):
    """The counters that an event adds to."""
    order = event["Payload"]
    day = order["createdUtc"][:10]
    amount = Decimal(order["TotalAmount"])
    quantities = [(product, order["Quantities"].get(product, 1)) for product in dict.fromkeys(order["ProductIds"])]
    units = sum(quantity for _, quantity in quantities)
    shares = [(amount * quantity / units).quantize(CENT, ROUND_DOWN) for _, quantity in quantities]
    rest = amount - sum(shares)
    currency = order["Currency"]
    yield ("REVENUE#" + day, currency), {"Value": amount, "Count": 1}
    yield ("ORDERS#" + day, "TOTAL"), {"TotalOrders": 1, "SuccessfulOrders": 1}
    for (product, quantity), share in zip(quantities, shares, strict=True):
        extra = min(rest, CENT)
        rest -= extra
        key = product if currency == "USD" else f"{product}#{currency}"
        yield ("PRODUCT#" + day, key), {"OrderCount": 1, "Units": quantity, "Revenue": share + extra}


def marker(event, expiry):
    return {
        "Put": {
            "TableName": TABLE,
            "Item": {"PK": {"S": "EVENT#" + event["MessageId"]}, "SK": {"S": "EVENT"}, "expiresAt": {"N": expiry}},
            "ConditionExpression": "attribute_not_exists(PK)",
        }
    }


def addition(key, counters):
    names = {f"#{index}": name for index, name in enumerate(counters)}
    return {
        "Update": {
            "TableName": TABLE,
            "Key": {"PK": {"S": key[0]}, "SK": {"S": key[1]}},
            "UpdateExpression": "ADD " + ", ".join(f"#{index} :{index}" for index in range(len(counters))),
            "ExpressionAttributeNames": names,
            "ExpressionAttributeValues": {f":{i}": {"N": str(value)} for i, value in enumerate(counters.values())},
        }
    }


def handler(event, context):
    expiry = str(int(time.time()) + LIFETIME)
    markers, sums = [], defaultdict(lambda: defaultdict(Decimal))
    for record in event["Records"]:
        order = order_of(record)
        if order["Type"] != "OrderCreatedV1":
            continue
        rows = list(rows_of(order))
        new = sum(key not in sums for key, _ in rows)
        if len(markers) + 1 + len(sums) + new > 100:
            commit(markers, sums)
            markers, sums = [], defaultdict(lambda: defaultdict(Decimal))
        markers.append(marker(order, expiry))
        for key, counters in rows:
            for name, value in counters.items():
                sums[key][name] += value
    if markers:
        commit(markers, sums)
    return {"batchItemFailures": []}


def commit(markers, sums):
    DYNAMODB.transact_write_items(TransactItems=[*markers, *(addition(key, sums[key]) for key in sorted(sums))])
