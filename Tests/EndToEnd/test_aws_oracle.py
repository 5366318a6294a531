"""The oracle of test_aws_redrive.py and test_aws_pipes.py can fail."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

import pytest
from botocore.awsrequest import HeadersDict
from botocore.exceptions import BotoCoreError
from botocore.model import OperationNotFoundError
from botocore.parsers import create_parser

from awsmodel import answers, call, constraints, oracle
from awsmodel.account import Account
from awsmodel.cloud import Cloud
from awsmodel.request import Request, ServiceError
from pipeline.stack import ROOT


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


@pytest.mark.parametrize(
    ("service", "operation", "code"),
    [
        ("sqs", "SendMessage", "ExpiredTokenException"),
        ("lambda", "Invoke", "ExpiredTokenException"),
        ("lambda", "Invoke", "TooManyRequestsException"),
        ("pipes", "DescribePipe", "NotFoundException"),
        ("sns", "Publish", "ExpiredToken"),
        ("s3", "GetObject", "NoSuchKey"),
    ],
)
def test_an_error_is_written_as_botocore_reads_it(service: str, operation: str, code: str) -> None:
    made = call.Call(service, operation, {})
    answer = answers.failure(made, ServiceError(code, "a < b", 403))
    response = {"status_code": answer.status, "headers": HeadersDict(answer.headers), "body": answer.body}
    protocol = made.model.service_model.resolved_protocol
    read = create_parser(protocol).parse(response, made.model.output_shape)
    assert (read["Error"]["Code"], read["Error"]["Message"]) == (code, "a < b")


def test_an_error_that_no_model_names_is_a_complaint(monkeypatch: pytest.MonkeyPatch) -> None:
    account = Account(ROOT / "cloudformation.yaml")

    def refuse(_: dict[str, object]) -> dict[str, object]:
        raise ServiceError("NoSuchCodeException", "m")

    account.rules["lambda.Invoke"] = refuse
    monkeypatch.setattr(call, "read", lambda _: call.Call("lambda", "Invoke", {}))
    monkeypatch.setattr(oracle, "check", lambda request, made: None)
    answer = account.answer(Request("lambda.eu-central-1.amazonaws.com", "POST", "/", {}, b""))
    assert answer.status == 400
    assert account.complaints == ["lambda.Invoke: AssertionError: Invoke has no error NoSuchCodeException"]
