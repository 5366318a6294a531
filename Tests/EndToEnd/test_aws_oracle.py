"""The oracle of test_aws_redrive.py and test_aws_pipes.py can fail."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

import pytest
from botocore.exceptions import BotoCoreError
from botocore.model import OperationNotFoundError

from awsmodel import call, constraints, oracle
from awsmodel.cloud import Cloud
from awsmodel.request import Request


def with_body(request: Request, **members: object) -> Request:
    body = {name: value for name, value in (json.loads(request.body) | members).items() if value is not None}
    return replace(request, body=json.dumps(body).encode())


@pytest.mark.parametrize(
    "damage",
    [
        lambda request: replace(request, host="sqs.us-east-1.amazonaws.com"),
        lambda request: replace(request, method="PUT"),
        lambda request: replace(request, target="/queue"),
        lambda request: replace(request, target="/?Action=x"),
        lambda request: replace(request, headers=request.headers | {"content-type": "application/json"}),
        lambda request: replace(request, headers=request.headers | {"x-amz-target": "AmazonSQS.GetQueueAttribute"}),
        lambda request: replace(request, headers=request.headers | {"x-amz-target": "SQS.GetQueueAttributes"}),
        lambda request: replace(request, headers=request.headers | {"x-amz-date": "20250827T180800Z"}),
        lambda request: with_body(request, QueueUrl=None),
        lambda request: with_body(request, QueueUrl=5),
        lambda request: with_body(request, Queue="q"),
        lambda request: with_body(request, AttributeNames="All"),
        lambda request: with_body(request, AttributeNames=["ApproximateNumberOfOrders"]),
        # Right by the model, and not what was signed.
        lambda request: with_body(request, QueueUrl="q"),
    ],
    ids=[
        "host", "method", "path", "query", "content type", "operation", "target", "date", "missing", "type", "unknown",
        "no list", "no value of the enum", "signature",
    ],
)  # fmt: skip
def test_the_oracle_refuses_what_botocore_would_not_send(cloud: Cloud, damage: Callable[[Request], Request]) -> None:
    cloud.account.rules["sqs.GetQueueAttributes"] = lambda _: {"Attributes": {"ApproximateNumberOfMessages": "7"}}
    cloud.run("redrive", "--queue", "OrderDLQ", "--dry-run")
    request = cloud.account.requests[-1]
    oracle.check(request, call.read(request))
    with pytest.raises((AssertionError, StopIteration, BotoCoreError, OperationNotFoundError)):
        damaged = damage(request)
        oracle.check(damaged, call.read(damaged))


@pytest.mark.parametrize(
    ("service", "operation", "parameters", "wrong"),
    [
        ("pipes", "DescribePipe", {"Name": "a b"}, ".Name: 'a b' does not match [\\.\\-_A-Za-z0-9]+"),
        ("pipes", "DescribePipe", {"Name": "a" * 65}, ".Name: 65 characters, not 1 to 64"),
        ("pipes", "DescribePipe", {}, ".Name is missing"),
        ("kinesis", "PutRecords", {"Records": []}, ".Records: 0 elements, not 1 to 500"),
        ("kinesis", "GetRecords", {"ShardIterator": "i", "Limit": 10_001}, ".Limit: 10001 as a number, not 1 to 10000"),
        ("kinesis", "GetShardIterator", {"StreamName": "s", "ShardId": "s", "ShardIteratorType": "NOW"},
         ".ShardIteratorType: 'NOW' is none of "),
    ],
)  # fmt: skip
def test_what_a_model_forbids_beyond_botocore_s_own_checks_is_found(
    service: str, operation: str, parameters: dict[str, object], wrong: str
) -> None:
    shape = call.service_model(service).operation_model(operation).input_shape
    found = list(constraints.violations(parameters, shape))
    assert len(found) == 1 and found[0].startswith(wrong)
