"""The events that the benchmarks send: the same bytes at every run."""

import base64
import json
import random
import uuid


def text(value):
    return json.dumps(value, separators=(",", ":")).encode()


def order_event(generator, size):
    """An order event of `size` bytes: as many products as fit, the rest in the user's id."""
    order = f"ORD-{generator.randrange(10**8):08d}"
    event = {
        "MessageId": str(uuid.UUID(int=generator.getrandbits(128), version=4)),
        "OccurredUtc": f"2025-08-27T{generator.randrange(24):02d}:08:00.6483458Z",
        "Type": "OrderCreatedV1",
        "Version": 1,
        "CorrelationId": str(uuid.UUID(int=generator.getrandbits(128), version=4)),
        "PartitionKey": order,
        "Payload": {
            "OrderId": order,
            "UserId": f"USER-{generator.randrange(10**6):06d}",
            "TotalAmount": generator.randrange(100, 10**6) / 100,
            "Currency": generator.choice(["USD", "USD", "USD", "EUR"]),
            "ProductIds": [],
            "Quantities": {},
            "Channel": "web",
            "Region": "eu-central-1",
            "createdUtc": f"2025-08-27T{generator.randrange(24):02d}:07:59.1234567Z",
        },
    }
    payload = event["Payload"]
    if size < 500:
        # Else there is no room for a product.
        del event["CorrelationId"], payload["Channel"], payload["Region"]
    while True:
        product = f"PROD-{generator.randrange(1000):04d}"
        while product in payload["Quantities"]:
            # An order of 8 KB has more products than the small shop has.
            product = f"PROD-{generator.randrange(10**6):06d}"
        if len(text(event)) + 2 * len(product) + 8 > size:
            break
        payload["ProductIds"].append(product)
        payload["Quantities"][product] = generator.randrange(1, 5)
    payload["UserId"] += "0" * max(0, size - len(text(event)))
    return event


def kinesis_event(records, size, seed=1):
    """One shard's batch, as a Kinesis event source mapping delivers it."""
    generator = random.Random(seed)
    return text({"Records": [kinesis_record(generator, size, index) for index in range(records)]})


def kinesis_record(generator, size, index):
    number = str(49545115243490985018280067714973144582180062593244200961 + index * 2**70)
    order = order_event(generator, size)
    return {
        "kinesis": {
            "kinesisSchemaVersion": "1.0",
            "partitionKey": order["PartitionKey"],
            "sequenceNumber": number,
            "data": base64.b64encode(text(order)).decode(),
            "approximateArrivalTimestamp": 1756318080.648 + index / 1000,
        },
        "eventSource": "aws:kinesis",
        "eventVersion": "1.0",
        "eventID": f"shardId-000000000006:{number}",
        "eventName": "aws:kinesis:record",
        "invokeIdentityArn": "arn:aws:iam::123456789012:role/lambda-role",
        "awsRegion": "eu-central-1",
        "eventSourceARN": "arn:aws:kinesis:eu-central-1:123456789012:stream/orders",
    }
