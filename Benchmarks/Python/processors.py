"""The two order processors: what a Pipe delivers, decided by status, amount and address; premium ones notify."""

import json
import os
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal

from common import client, is_test_address, minimum

SNS = client("sns")
POOL = ThreadPoolExecutor(max_workers=16)


def value(image, name):
    return next(iter(image[name].values())) if name in image else None


def is_wanted(record, statuses, least):
    image = record["dynamodb"].get("NewImage", {})
    status, amount = value(image, "status"), value(image, "amount")
    return (
        status in statuses
        and amount is not None
        and Decimal(amount) > least
        and not is_test_address(value(image, "customerEmail") or "")
    )


def normal(event, context):
    wanted = [
        value(record["dynamodb"]["NewImage"], "orderId")
        for record in event
        if record["eventName"] in ("INSERT", "MODIFY") and is_wanted(record, ("pending", "shipped"), minimum("NORMAL"))
    ]
    print(json.dumps({"level": "INFO", "message": "batch done", "read": len(event), "processed": len(wanted)}))
    return {"batchItemFailures": [], "statusCode": 200}


def notify(record):
    image = record["dynamodb"]["NewImage"]
    message = {
        "orderId": value(image, "orderId"),
        "amount": value(image, "amount"),
        "currency": value(image, "currency"),
        "customerId": value(image, "userId"),
        "eventID": record["eventID"],
        "shippedAt": value(image, "timestamp"),
    }
    SNS.publish(
        TopicArn=os.environ["PREMIUM_TOPIC_ARN"],
        Message=json.dumps(message),
        MessageAttributes={"eventID": {"DataType": "String", "StringValue": record["eventID"]}},
    )
    return message["orderId"]


def premium(event, context):
    wanted = [
        record
        for record in event
        if record["eventName"] == "MODIFY"
        and value(record["dynamodb"].get("OldImage", {}), "status") == "pending"
        and is_wanted(record, ("shipped",), minimum("PREMIUM"))
    ]
    processed = list(POOL.map(notify, wanted))
    return {"batchItemFailures": [], "statusCode": 200, "premiumOrdersProcessed": processed}
