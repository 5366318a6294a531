"""The oracle of test_aws_redrive.py and test_aws_pipes.py can fail."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

import pytest
from botocore.exceptions import BotoCoreError
from botocore.model import OperationNotFoundError

from awsmodel import call, oracle
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
        # Right by the model, and not what was signed.
        lambda request: with_body(request, QueueUrl="q"),
    ],
    ids=[
        "host", "method", "path", "query", "content type", "operation", "target", "date", "missing", "type", "unknown",
        "no list", "signature",
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
