"""`orders doctor` as it talks to AWS itself; see test_aws_redrive.py."""

from __future__ import annotations

import base64
import hashlib
import re
import shutil
import sys
import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from awsmodel.cloud import LOOK, Cloud
from awsmodel.health import account_settings, is_well, lines, maximum
from awsmodel.request import ServiceError
from cloudwatch.template import TEMPLATE, resources
from pipeline.stack import ROOT

sys.path.insert(0, str(ROOT / "scripts"))
from deployment.checks import wanted_concurrency

ASKED = LOOK | {
    "cloudwatch.DescribeAlarms",
    "cloudwatch.GetMetricStatistics",
    "dynamodb.GetItem",
    "kinesis.DescribeLimits",
    "kinesis.DescribeStreamSummary",
    "kinesis.GetRecords",
    "kinesis.GetShardIterator",
    "kinesis.ListShards",
    "lambda.GetAccountSettings",
    "lambda.GetEventSourceMapping",
    "lambda.GetFunctionConfiguration",
    "logs.DescribeLogGroups",
    "pipes.DescribePipe",
    "sqs.GetQueueAttributes",
}


def test_every_request_is_one_that_botocore_would_send(cloud: Cloud) -> None:
    is_well(cloud.account)
    _, found, _ = lines(cloud)
    assert cloud.account.operations == ASKED
    assert "✓ OrderWriterMapping: enabled, No records processed" in found
    assert "✓ NormalOrdersPipe: running" in found
    assert "✓ OrderStream: active" in found
    assert f"✓ alarms: none of {len(resources('AWS::CloudWatch::Alarm'))} is in ALARM" in found
    concurrency = "1000 invocations at a time, 260 for this pipeline, 200 of them ApiBurst, at most 12 within a day"
    assert f"✓ Lambda's concurrency: {concurrency}" in found
    assert "✓ Lambda's code storage: 32 MB of 76800 MB" in found
    assert "✓ Kinesis's limits: 4 of 500 shards, 1 of 50 streams on demand" in found
    asked = cloud.account.of("cloudwatch.GetMetricStatistics")
    # An empty queue has no oldest message.
    assert {metric["MetricName"] for metric in asked} == {"ConcurrentExecutions"}
    assert all(metric["StartTime"] < metric["EndTime"] for metric in asked)


@pytest.mark.parametrize(
    ("operation", "answer", "said"),
    [
        ("pipes.DescribePipe", {"CurrentState": "START_FAILED", "StateReason": "no role"}, "START_FAILED: no role"),
        ("lambda.GetEventSourceMapping", {"State": "Enabled", "LastProcessingResult": "PROBLEM: Function call failed"},
         "PROBLEM: Function call failed"),
        ("lambda.GetEventSourceMapping", {"State": "Disabled"}, "Disabled"),
        ("lambda.GetFunctionConfiguration", {"FunctionName": "f", "State": "Failed", "StateReason": "no key"},
         "Failed (no key)"),
        ("lambda.GetFunctionConfiguration", {"FunctionName": "f", "State": "Active", "CodeSha256": "AAAA"},
         "other code than dist/OrderWriter.zip"),
        ("lambda.GetAccountSettings", account_settings(10),
         "10 invocations at a time, 260 for this pipeline, 200 of them ApiBurst"),
        ("kinesis.DescribeLimits", {"ShardLimit": 500, "OpenShardCount": 400, "OnDemandStreamCount": 1,
                                    "OnDemandStreamCountLimit": 50}, "400 of 500 shards"),
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


def deployed_code(cloud: Cloud, content: bytes) -> None:
    """Has Lambda say that each function's code is this."""
    is_well(cloud.account)
    well = cloud.account.rules["lambda.GetFunctionConfiguration"]
    code = base64.b64encode(hashlib.sha256(content).digest()).decode()
    cloud.account.rules["lambda.GetFunctionConfiguration"] = lambda asked: well(asked) | {"CodeSha256": code}


def test_code_of_a_release_is_compared_with_the_folder_it_was_unpacked_in(cloud: Cloud, tmp_path: Path) -> None:
    deployed_code(cloud, b"old")
    _, found, _ = lines(cloud)
    place = found.index("✗ OrderWriter: other code than dist/OrderWriter.zip")
    assert "if it was deployed by --release: docs/deploy.md, going back" in found[place + 1]
    (tmp_path / "dist").mkdir()
    (tmp_path / "dist/OrderWriter.zip").write_bytes(b"old")
    shutil.copy2(ROOT / "cloudformation.yaml", tmp_path)
    cloud.environment["ORDERS_PROJECT"] = str(tmp_path)
    _, found, _ = lines(cloud)
    assert "✓ OrderWriter: active, its code as in dist/" in found


def test_what_is_being_changed_is_waited_for(cloud: Cloud) -> None:
    is_well(cloud.account)
    well = cloud.account.rules["lambda.GetFunctionConfiguration"]
    states = iter(["Pending", "Pending"])
    cloud.account.rules["lambda.GetFunctionConfiguration"] = lambda asked: (
        well(asked) | {"State": next(states, "Active"), "StateReason": ""}
    )
    _, found, _ = lines(cloud)
    functions = resources("AWS::Lambda::Function")
    assert not [line for line in found if "Pending" in line]
    assert len(cloud.account.of("lambda.GetFunctionConfiguration")) == len(functions) + 2


CHANGED = {
    "OrderWriterMapping": {
        "BatchSize": 7,
        "FunctionResponseTypes": [],
        "ScalingConfig": {"MaximumConcurrency": 2},
        "DestinationConfig": {"OnFailure": {"Destination": "arn:aws:sqs:eu-central-1:123456789012:q"}},
    },
    "OrderArchiverMapping": {"FilterCriteria": {"Filters": [{"Pattern": "{}"}]}},
    "NormalOrdersPipe": {
        "TargetParameters": {"LambdaFunctionParameters": {"InvocationType": "FIRE_AND_FORGET"}},
        "LogConfiguration": {"Level": "OFF", "IncludeExecutionData": ["ALL"]},
    },
    "PremiumOrdersPipe": {
        "SourceParameters": {
            "FilterCriteria": {"Filters": [{"Pattern": '{"eventName":["INSERT"],"a":["1","2","3"]}'}]}
        },
        "LogConfiguration": {"Level": "ERROR"},
    },
}
TOLD = {
    "OrderWriterMapping": "BatchSize 7, not 10, no FunctionResponseTypes[0], "
    "ScalingConfig.MaximumConcurrency 2, not 50, DestinationConfig.OnFailure.Destination besides",
    "OrderArchiverMapping": "FilterCriteria.Filters[0].Pattern besides",
    "NormalOrdersPipe": "LogConfiguration.Level OFF, not ERROR, "
    "TargetParameters.LambdaFunctionParameters.InvocationType FIRE_AND_FORGET, not REQUEST_RESPONSE, "
    "LogConfiguration.IncludeExecutionData[0] besides",
    # A pattern is named, and not shown.
    "PremiumOrdersPipe": ", ".join(
        f"no SourceParameters.DynamoDBStreamParameters.{name}"
        for name in ("BatchSize", "DeadLetterConfig.Arn", "MaximumRetryAttempts", "OnPartialBatchItemFailure")
    )
    + ", no SourceParameters.DynamoDBStreamParameters.StartingPosition"
    + ", SourceParameters.FilterCriteria.Filters[0].Pattern",
}


def test_what_is_set_otherwise_than_the_template_has_it_is_told(cloud: Cloud) -> None:
    is_well(cloud.account)
    by_name = {cloud.account.physical_id(name): CHANGED[name] for name in CHANGED}
    for operation, member in (("lambda.GetEventSourceMapping", "UUID"), ("pipes.DescribePipe", "Name")):
        well = cloud.account.rules[operation]
        cloud.account.rules[operation] = lambda asked, well=well, member=member: (
            well(asked) | by_name.get(asked[member], {})
        )
    told = [line for line in lines(cloud)[1] if "set otherwise than the template has it" in line]
    found = dict(re.fullmatch(r"✗ (\w+): set otherwise than the template has it: (.*)", line).groups() for line in told)
    # Several filters are missing besides the changed one.
    assert found.pop("PremiumOrdersPipe").startswith(TOLD["PremiumOrdersPipe"])
    assert found == {name: TOLD[name] for name in found} and len(found) == 3


def test_an_empty_reason_is_none(cloud: Cloud) -> None:
    is_well(cloud.account)
    well = cloud.account.rules["pipes.DescribePipe"]
    cloud.account.rules["pipes.DescribePipe"] = lambda asked: well(asked) | {"StateReason": ""}
    assert "✓ NormalOrdersPipe: running" in lines(cloud)[1]


@pytest.mark.parametrize(("age", "mark"), [(300, "✓"), (301, "✗")])
def test_orders_that_wait_too_long_are_told(cloud: Cloud, age: int, mark: str) -> None:
    is_well(cloud.account)
    url = cloud.account.physical_id("OrderQueue")
    cloud.account.rules["sqs.GetQueueAttributes"] = lambda asked: {
        "Attributes": {"ApproximateNumberOfMessages": "2" if asked["QueueUrl"] == url else "0"}
    }
    cloud.account.rules["cloudwatch.GetMetricStatistics"] = lambda asked: maximum(
        asked, age if asked["Namespace"] == "AWS/SQS" else 12.0
    )
    _, found, _ = lines(cloud)
    assert f"{mark} OrderQueue: 2 messages waiting, 0 in flight, the oldest for {age} s" in found
    [asked] = [asked for asked in cloud.account.of("cloudwatch.GetMetricStatistics") if asked["Namespace"] == "AWS/SQS"]
    assert asked["MetricName"] == "ApproximateAgeOfOldestMessage"
    assert asked["Dimensions"] == [{"Name": "QueueName", "Value": url.rsplit("/", 1)[1]}]


@pytest.mark.parametrize(
    ("behind", "seconds", "told"),
    [
        # A read looks only so far: behind two that find nothing is a record, or the shard's end.
        ([3_600_000, 1_800_000], "60", r"✗ AnalyticsAggregator in shardId-000000000000: 30\d\d s behind"),
        ([3_600_000, 0], "60", "✓ AnalyticsAggregator in shardId-000000000000: has read all there is"),
        # Nobody knows what is behind the last read.
        (
            [3_600_000, 0],
            "0",
            "- AnalyticsAggregator in shardId-000000000000: no record waits as far as was read in 0 s, up to 3600 s "
            "before the shard's end: --read-for looks for longer",
        ),
    ],
)
def test_a_read_that_finds_nothing_is_not_the_end_of_a_shard(
    cloud: Cloud, behind: list[int], seconds: str, told: str
) -> None:
    is_well(cloud.account)

    def records(asked: dict[str, Any]) -> dict[str, Any]:
        place = int(asked["ShardIterator"])
        if place < len(behind):
            return {"Records": [], "MillisBehindLatest": behind[place], "NextShardIterator": str(place + 1)}
        arrival = datetime.fromtimestamp(int(time.time()) - 3_000, UTC)
        record = {"SequenceNumber": "2", "ApproximateArrivalTimestamp": arrival, "Data": b"{}", "PartitionKey": "k"}
        return {"Records": [record], "MillisBehindLatest": 0}

    cloud.account.rules["kinesis.GetShardIterator"] = lambda _: {"ShardIterator": "0"}
    cloud.account.rules["kinesis.GetRecords"] = records
    assert any(re.match(told, line) for line in lines(cloud, "--read-for", seconds)[1])


def test_what_is_not_measured_is_no_failure(cloud: Cloud) -> None:
    is_well(cloud.account)
    cloud.account.rules["cloudwatch.GetMetricStatistics"] = lambda asked: {
        "Label": asked["MetricName"],
        "Datapoints": [],
    }
    _, found, _ = lines(cloud)
    assert "✓ AnalyticsAggregator in shardId-000000000000: has read all there is" in found
    said = "✓ Lambda's concurrency: 1000 invocations at a time, 260 for this pipeline, 200 of them ApiBurst"
    assert said in found


@pytest.mark.parametrize(("burst", "shards"), [("200", 1), ("7", 5)])
def test_invocations_at_a_time_are_reckoned_as_scripts_deploy_does(cloud: Cloud, burst: str, shards: int) -> None:
    is_well(cloud.account)
    cloud.account.parameters["ApiBurst"] = burst
    [shard] = cloud.account.rules["kinesis.ListShards"]({})["Shards"]
    found = [shard | {"ShardId": f"shardId-{number:012d}"} for number in range(shards)]
    cloud.account.rules["kinesis.ListShards"] = lambda _: {"Shards": found}
    writer = TEMPLATE.setting("OrderWriterMapping", "ScalingConfig", "MaximumConcurrency")
    wanted = wanted_concurrency(cloud.account.parameters, writer, shards)
    said = f"1000 invocations at a time, {wanted} for this pipeline, {burst} of them ApiBurst, at most 12"
    assert said in "\n".join(lines(cloud)[1])


def test_a_stack_without_an_api_wants_no_invocations_for_it(cloud: Cloud) -> None:
    is_well(cloud.account)
    del cloud.account.parameters["ApiBurst"]
    assert "1000 invocations at a time, 60 for this pipeline, at most 12" in "\n".join(lines(cloud)[1])


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
