"""`orders doctor` as it talks to AWS itself; see test_aws_redrive.py."""

from __future__ import annotations

from typing import Any

import pytest

from awsmodel.account import NOW, Account
from awsmodel.cloud import LOOK, Cloud
from awsmodel.request import ServiceError
from cloudwatch.template import resources

ASKED = LOOK | {
    "cloudwatch.DescribeAlarms",
    "dynamodb.GetItem",
    "kinesis.DescribeStreamSummary",
    "kinesis.GetRecords",
    "kinesis.GetShardIterator",
    "kinesis.ListShards",
    "lambda.GetEventSourceMapping",
    "lambda.GetFunctionConfiguration",
    "logs.DescribeLogGroups",
    "pipes.DescribePipe",
    "sqs.GetQueueAttributes",
}


def is_well(account: Account) -> None:
    """Answers of a stack in which everything is as it should be, as far as the template says it in plain words."""
    by_name = {account.physical_id(name): name for name in account.types}
    summary = {
        "StreamName": account.physical_id("OrderStream"),
        "StreamARN": account.arn("kinesis", f"stream/{account.physical_id('OrderStream')}"),
        "StreamStatus": "ACTIVE",
        "RetentionPeriodHours": 168,
        "StreamCreationTimestamp": NOW,
        "EnhancedMonitoring": [],
        "OpenShardCount": 1,
    }
    shard = {
        "ShardId": "shardId-000000000000",
        "HashKeyRange": {"StartingHashKey": "0", "EndingHashKey": "1"},
        "SequenceNumberRange": {"StartingSequenceNumber": "1"},
    }

    def alarms(asked: dict[str, Any]) -> dict[str, Any]:
        return {"MetricAlarms": [{"AlarmName": name, "StateValue": "OK"} for name in asked["AlarmNames"]]}

    account.rules |= {
        "lambda.GetFunctionConfiguration": lambda asked: {
            "FunctionName": asked["FunctionName"],
            "State": "Active",
            "LastUpdateStatus": "Successful",
            "Timeout": resources("AWS::Lambda::Function")[by_name[asked["FunctionName"]]]["Timeout"],
            "MemorySize": 256,
        },
        "lambda.GetEventSourceMapping": lambda asked: {
            "UUID": asked["UUID"],
            "State": "Enabled",
            "LastProcessingResult": "No records processed",
        },
        "pipes.DescribePipe": lambda asked: {"Name": asked["Name"], "CurrentState": "RUNNING"},
        "sqs.GetQueueAttributes": lambda _: {"Attributes": {"ApproximateNumberOfMessages": "0"}},
        "kinesis.DescribeStreamSummary": lambda _: {"StreamDescriptionSummary": summary},
        "kinesis.ListShards": lambda _: {"Shards": [shard]},
        "kinesis.GetShardIterator": lambda _: {"ShardIterator": "start"},
        "kinesis.GetRecords": lambda _: {"Records": [], "MillisBehindLatest": 0},
        "dynamodb.GetItem": lambda _: {},
        "logs.DescribeLogGroups": lambda asked: {
            "logGroups": [{"logGroupName": asked["logGroupNamePrefix"], "retentionInDays": 30}]
        },
        "cloudwatch.DescribeAlarms": alarms,
    }


def lines(cloud: Cloud) -> tuple[int, list[str], str]:
    result = cloud.run("doctor")
    return result.returncode, result.stdout.splitlines(), result.stderr


def test_every_request_is_one_that_botocore_would_send(cloud: Cloud) -> None:
    is_well(cloud.account)
    _, found, _ = lines(cloud)
    assert cloud.account.operations == ASKED
    assert "✓ OrderWriterMapping: enabled, No records processed" in found
    assert "✓ NormalOrdersPipe: running" in found
    assert "✓ OrderStream: active" in found
    assert f"✓ alarms: none of {len(resources('AWS::CloudWatch::Alarm'))} is in ALARM" in found


@pytest.mark.parametrize(
    ("operation", "answer", "said"),
    [
        ("pipes.DescribePipe", {"CurrentState": "START_FAILED", "StateReason": "no role"}, "START_FAILED: no role"),
        ("lambda.GetEventSourceMapping", {"State": "Enabled", "LastProcessingResult": "PROBLEM: Function call failed"},
         "PROBLEM: Function call failed"),
        ("lambda.GetEventSourceMapping", {"State": "Disabled"}, "Disabled"),
        ("lambda.GetFunctionConfiguration", {"FunctionName": "f", "State": "Failed", "StateReason": "no key"},
         "Failed (no key)"),
        ("sqs.GetQueueAttributes", {"Attributes": {"ApproximateNumberOfMessages": "3"}}, "3 messages waiting"),
        ("logs.DescribeLogGroups", {"logGroups": []}, "does not exist"),
        ("cloudwatch.DescribeAlarms", {"MetricAlarms": []}, "does not exist"),
    ],
)  # fmt: skip
def test_what_aws_says_of_something_ill_is_told(
    cloud: Cloud, operation: str, answer: dict[str, Any], said: str
) -> None:
    is_well(cloud.account)
    cloud.account.rules[operation] = lambda _: answer
    status, found, _ = lines(cloud)
    assert status == 1
    assert [line for line in found if line.startswith("✗") and said in line]


def test_a_permission_that_is_missing_leaves_the_other_parts_to_be_looked_at(cloud: Cloud) -> None:
    is_well(cloud.account)

    def refuse(_: dict[str, Any]) -> dict[str, Any]:
        raise ServiceError("AccessDenied", "not authorized to perform: sqs:GetQueueAttributes", 403)

    cloud.account.rules["sqs.GetQueueAttributes"] = refuse
    status, found, _ = lines(cloud)
    assert status == 1
    refused = [line for line in found if "cannot be looked at" in line]
    assert len(refused) == len(resources("AWS::SQS::Queue"))
    assert "✓ OrderStream: active" in found
