"""The processor of normal orders: what a Pipe delivers, decided by status, amount and address."""

import json

from rules import is_wanted, minimum, value

LEAST = minimum("NORMAL")
STATUSES = ("pending", "shipped")


def handler(event, context):
    wanted = [
        value(record["dynamodb"]["NewImage"], "orderId")
        for record in event
        if record["eventName"] in ("INSERT", "MODIFY") and is_wanted(record, STATUSES, LEAST)
    ]
    print(json.dumps({"level": "INFO", "message": "batch done", "read": len(event), "processed": len(wanted)}))
    return {"batchItemFailures": [], "statusCode": 200}
