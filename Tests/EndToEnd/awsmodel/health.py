"""A deployed stack in which everything is well, and what `orders doctor` says of it."""

from __future__ import annotations

from typing import Any

from cloudwatch.template import resources

from . import call
from .account import NOW, Account
from .cloud import Cloud
from .deployed import Deployed


def account_settings(concurrency: int) -> dict[str, Any]:
    return {
        "AccountLimit": {
            "TotalCodeSize": 80_530_636_800,
            "ConcurrentExecutions": concurrency,
            "UnreservedConcurrentExecutions": concurrency,
        },
        "AccountUsage": {"TotalCodeSize": 34_000_000, "FunctionCount": 6},
    }


def maximum(asked: dict[str, Any], value: float) -> dict[str, Any]:
    point = {"Timestamp": NOW, "Maximum": value, "Unit": "None"}
    return {"Label": asked["MetricName"], "Datapoints": [point]}


def output(service: str, operation: str) -> Any:
    return call.service_model(service).operation_model(operation).output_shape


def is_well(account: Account) -> None:
    """Answers of a stack in which everything is as it should be, as far as the template says it in plain words."""
    deployed = Deployed(account)
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
        "lambda.GetEventSourceMapping": lambda asked: (
            deployed.settings(by_name[asked["UUID"]], output("lambda", "GetEventSourceMapping"))
            | {
                "UUID": asked["UUID"],
                "State": "Enabled",
                "LastProcessingResult": "No records processed",
            }
        ),
        "pipes.DescribePipe": lambda asked: (
            deployed.settings(by_name[asked["Name"]], output("pipes", "DescribePipe"))
            | {"Name": asked["Name"], "CurrentState": "RUNNING"}
        ),
        "sqs.GetQueueAttributes": lambda _: {"Attributes": {"ApproximateNumberOfMessages": "0"}},
        "kinesis.DescribeStreamSummary": lambda _: {"StreamDescriptionSummary": summary},
        "kinesis.ListShards": lambda _: {"Shards": [shard]},
        "kinesis.GetShardIterator": lambda _: {"ShardIterator": "start"},
        "kinesis.GetRecords": lambda _: {"Records": [], "MillisBehindLatest": 0},
        "dynamodb.GetItem": lambda _: {},
        "lambda.GetAccountSettings": lambda _: account_settings(1_000),
        "kinesis.DescribeLimits": lambda _: {
            "ShardLimit": 500,
            "OpenShardCount": 4,
            "OnDemandStreamCount": 1,
            "OnDemandStreamCountLimit": 50,
        },
        "cloudwatch.GetMetricStatistics": lambda asked: maximum(asked, 12.0),
        "logs.DescribeLogGroups": lambda asked: {
            "logGroups": [{"logGroupName": asked["logGroupNamePrefix"], "retentionInDays": 30}]
        },
        "cloudwatch.DescribeAlarms": alarms,
    }


def lines(cloud: Cloud, *options: str) -> tuple[int, list[str], str]:
    result = cloud.run("doctor", *options)
    return result.returncode, result.stdout.splitlines(), result.stderr
