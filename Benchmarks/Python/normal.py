"""The processor of normal orders: what a Pipe delivers, decided by status, amount and address."""

import json

from rules import is_wanted, minimum, value

LEAST = minimum("NORMAL")
STATUSES = ("pending", "shipped")


def process(record):
    """What a normal order's processing is, on both sides: its line in the log."""
    image = record["dynamodb"]["NewImage"]
    line = {
        "level": "INFO",
        "message": "normal order processed",
        "order_id": value(image, "orderId"),
        "status": value(image, "status"),
        "amount": value(image, "amount"),
        "event_id": record["eventID"],
    }
    if "correlationId" in image:
        line["correlation_id"] = value(image, "correlationId")
    print(json.dumps(line))


def handler(event, context):
    processed = 0
    for record in event:
        if record["eventName"] in ("INSERT", "MODIFY") and is_wanted(record, STATUSES, LEAST):
            process(record)
            processed += 1
    print(json.dumps({"level": "INFO", "message": "batch done", "read": len(event), "processed": processed}))
    return {"batchItemFailures": [], "statusCode": 200}
