"""The processor of premium orders: those that went from pending to shipped are published, ten in a request."""

import json
import os
from concurrent.futures import ThreadPoolExecutor

from common import client
from rules import is_wanted, minimum, value

SNS = client("sns")
POOL = ThreadPoolExecutor(max_workers=20)
TOPIC = os.environ["PREMIUM_TOPIC_ARN"]
LEAST = minimum("PREMIUM")


def entry(index, record):
    image = record["dynamodb"]["NewImage"]
    message = {
        "orderId": value(image, "orderId"),
        "amount": value(image, "amount"),
        "currency": value(image, "currency"),
        "customerId": value(image, "userId"),
        "eventID": record["eventID"],
        "shippedAt": value(image, "timestamp"),
    }
    attributes = {"eventID": {"DataType": "String", "StringValue": record["eventID"]}}
    return {"Id": str(index), "Message": json.dumps(message), "MessageAttributes": attributes}


def notify(records):
    """Publishes at most ten; gives the event ids of those that SNS did not take."""
    entries = [entry(index, record) for index, record in enumerate(records)]
    answer = SNS.publish_batch(TopicArn=TOPIC, PublishBatchRequestEntries=entries)
    return [records[int(failure["Id"])]["eventID"] for failure in answer.get("Failed", [])]


def handler(event, context):
    wanted = [
        record
        for record in event
        if record["eventName"] == "MODIFY"
        and value(record["dynamodb"].get("OldImage", {}), "status") == "pending"
        and is_wanted(record, ("shipped",), LEAST)
    ]
    batches = [wanted[start : start + 10] for start in range(0, len(wanted), 10)]
    failed = {event_id for refused in POOL.map(notify, batches) for event_id in refused}
    processed = []
    for record in wanted:
        if record["eventID"] not in failed:
            image = record["dynamodb"]["NewImage"]
            processed.append(value(image, "orderId"))
            line = {"level": "INFO", "message": "premium order shipped", "order_id": processed[-1]}
            line |= {"amount": value(image, "amount"), "event_id": record["eventID"]}
            if "correlationId" in image:
                line["correlation_id"] = value(image, "correlationId")
            print(json.dumps(line))
    print(json.dumps({"level": "INFO", "message": "batch done", "read": len(event), "processed": len(processed)}))
    failures = [{"itemIdentifier": event_id} for event_id in sorted(failed)]
    return {"batchItemFailures": failures, "statusCode": 200, "premiumOrdersProcessed": processed}
