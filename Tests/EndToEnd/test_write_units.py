"""What the report on write units takes a single write for, and what the local AWS says that it took."""

from __future__ import annotations

import json
import sys
from typing import Any

from bare import posts, runtime_api_server
from interception import Exchange, Interception
from pipeline.stack import ROOT, Stack
from support import kinesis_event

sys.path.insert(0, str(ROOT / "Benchmarks" / "Reports"))

import services


def order(number: int) -> bytes:
    # A long name makes rows of more than one unit.
    product = "p" * 200 if number % 2 else f"p{number % 40}"
    payload = {"OrderId": f"O-{number}", "UserId": "U", "TotalAmount": 1.25, "ProductIds": [product]} | {
        "Quantities": {product: 1},
        "createdUtc": "2025-08-27T18:08:00Z",
    }
    return json.dumps({"MessageId": f"units-{number}", "Type": "OrderCreatedV1", "Payload": payload}).encode()


def test_single_writes_take_the_units_that_the_local_aws_says(stack: Stack) -> None:
    dynamodb = stack.client("dynamodb")
    tables = {"units-analytics": ("PK", "SK"), "units-checkpoints": ("checkpoint",)}
    for name, keys in tables.items():
        dynamodb.create_table(
            TableName=name,
            KeySchema=[
                {"AttributeName": key, "KeyType": kind} for key, kind in zip(keys, ("HASH", "RANGE"), strict=False)
            ],
            AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in keys],
            BillingMode="PAY_PER_REQUEST",
        )
    units: list[tuple[str, float, float]] = []

    def ask(made: Exchange) -> bytes:
        body = json.loads(made.body)
        is_single = "UpdateExpression" in body or "Item" in body
        return json.dumps(body | {"ReturnConsumedCapacity": "TOTAL"}).encode() if is_single else made.body

    def note(made: Exchange) -> bytes:
        answer: dict[str, Any] = json.loads(made.answer)
        if "ConsumedCapacity" in answer:
            operation = "UpdateItem" if b'"UpdateExpression"' in made.body else "PutItem"
            [(_, reported)] = services.billed_request(operation, made.body)
            units.append((operation, reported, answer["ConsumedCapacity"]["CapacityUnits"]))
        return made.answer

    try:
        with Interception(stack, ask, note) as between, runtime_api_server() as runtime_api:
            # Rows that another shard has made are updated one by one.
            runtime_api.events[:] = [
                json.dumps(kinesis_event([order(n) for n in numbers], shard)).encode()
                for shard, numbers in (("shardId-7", range(40)), ("shardId-8", range(40, 80)))
            ]
            variables = stack.credentials | {
                "AWS_LAMBDA_RUNTIME_API": runtime_api.address,
                "AWS_LAMBDA_FUNCTION_NAME": "AnalyticsAggregator",
                "AWS_REGION": stack.region,
                "AWS_ENDPOINT_URL": between.url,
                "ANALYTICS_TABLE": "units-analytics",
                "CHECKPOINTS_TABLE": "units-checkpoints",
                "ARCHIVE_BUCKET": "none",
                "DEAD_LETTER_QUEUE_URL": f"{between.url}/000000000000/none",
                "DEDUPLICATION_TTL_DAYS": "15",
            }
            answers, output = posts(runtime_api, [str(ROOT / "dist/AnalyticsAggregator/bootstrap")], variables, 2)
        assert [json.loads(answer) for _, answer in answers] == [{"batchItemFailures": []}] * 2, output
    finally:
        for name in tables:
            dynamodb.delete_table(TableName=name)
    assert {operation for operation, _, _ in units} == {"PutItem", "UpdateItem"}
    # Twenty products, the long one, a day's revenue and orders; the note of what is tried, and two checkpoints.
    assert len(units) == 23 + 1 + 2
    assert [reported for _, reported, _ in units] == [consumed for _, _, consumed in units]
