"""`orders pipes --mappings` as it talks to AWS itself; see test_aws_redrive.py."""

from __future__ import annotations

import base64
import datetime
import json
import re
import signal
import subprocess
import threading
from pathlib import Path
from typing import Any

import pytest

from awsmodel.account import Account
from awsmodel.cloud import LOOK, SEQUENCE_NUMBERS, STACK_LOOK, STREAM_SHARD, Cloud, order_change
from awsmodel.request import ServiceError
from pipeline.stack import ROOT
from support import eventually


def giving_up() -> str:
    """The template with a mapping that puts what is too old into the bucket, as somebody's own may."""
    endless = "      MaximumRecordAgeInSeconds: -1\n"
    destination = "      DestinationConfig: { OnFailure: { Destination: !GetAtt ArchiveBucket.Arn } }\n"
    text = (ROOT / "cloudformation.yaml").read_text()
    return text.replace(endless, "      MaximumRecordAgeInSeconds: 302400\n" + destination, 1)


def permissions(command: str) -> set[str]:
    """What docs/pipes.md names; a service stands before the first of its actions only."""
    text = (ROOT / "docs/pipes.md").read_text()
    [row] = re.findall(rf"^\| `{command}` \| (.*) \|$", text, re.MULTILINE)
    service, named = "", set()
    for given, action in re.findall(r"`(?:(\w+):)?(\w+)`", row):
        service = given or service
        named.add(f"{service}:{action}")
    return named


def needed(operations: set[str]) -> set[str]:
    """The permissions of operations: streams have those of their tables, and one is called otherwise."""
    renamed = {"lambda.Invoke": "lambda.InvokeFunction"}
    return {renamed.get(name, name).replace("dynamodbstreams.", "dynamodb.").replace(".", ":") for name in operations}


class TestPipes:
    def streams(self, account: Account) -> None:
        """One shard each; a record that the processor refuses, and one of Kinesis that is a month old."""
        description = {
            "StreamArn": account.table_stream,
            "StreamStatus": "ENABLED",
            "Shards": [
                {"ShardId": STREAM_SHARD, "SequenceNumberRange": {"StartingSequenceNumber": SEQUENCE_NUMBERS[0]}}
            ],
        }
        shard = {
            "ShardId": "shardId-000000000000",
            "HashKeyRange": {"StartingHashKey": "0", "EndingHashKey": "1"},
            "SequenceNumberRange": {"StartingSequenceNumber": "1"},
        }
        old = datetime.datetime.now(datetime.UTC).replace(microsecond=0) - datetime.timedelta(days=30)
        record = {
            "SequenceNumber": "49",
            "ApproximateArrivalTimestamp": old,
            "Data": b'{"a":1}',
            "PartitionKey": "p",
        }
        behind = {"MillisBehindLatest": 0}
        account.rules |= {
            "dynamodbstreams.DescribeStream": lambda _: {"StreamDescription": description},
            "dynamodbstreams.GetShardIterator": lambda _: {"ShardIterator": "start"},
            "dynamodbstreams.GetRecords": lambda asked: {
                "Records": [order_change(SEQUENCE_NUMBERS[0])] if asked["ShardIterator"] == "start" else [],
                "NextShardIterator": "end",
            },
            "kinesis.ListShards": lambda _: {"Shards": [shard]},
            "kinesis.GetShardIterator": lambda _: {"ShardIterator": "start"},
            "kinesis.GetRecords": lambda asked: (
                {
                    "Records": [record] if asked["ShardIterator"] == "start" else [],
                    "NextShardIterator": "end",
                }
                | behind
            ),
            "sqs.SendMessage": lambda _: {"MessageId": "m", "MD5OfMessageBody": "0" * 32},
            "s3.PutObject": lambda _: {"ETag": '"e"'},
        }

        def invoke(asked: dict[str, Any]) -> dict[str, Any]:
            payload = b"{}"
            if asked["FunctionName"].endswith("NormalOrdersProcessor"):
                payload = json.dumps(
                    {
                        "batchItemFailures": [
                            {"itemIdentifier": record["eventID"]} for record in json.loads(asked["Payload"])
                        ]
                    }
                ).encode()
            return {"StatusCode": 200, "Payload": payload}

        account.rules["lambda.Invoke"] = invoke

    def run_until(self, cloud: Cloud, operations: set[str], *arguments: str, stop: int = signal.SIGINT) -> str:
        """Runs the Pipes until all of these were called, then stops them; what they said."""
        process = subprocess.Popen(
            cloud.command("pipes", "--mappings", *arguments), env=cloud.environment, stderr=subprocess.PIPE, text=True
        )
        try:
            eventually(
                lambda: (
                    cloud.account.complaints or process.poll() is not None or operations <= cloud.account.operations
                ),
                f"{operations}",
            )
        finally:
            process.send_signal(stop)
            said = process.communicate(timeout=30)[1]
        assert cloud.account.complaints == [], said
        assert operations <= cloud.account.operations, said
        assert process.returncode == 0, said
        return said

    @pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
    def test_what_is_given_up_goes_where_aws_puts_it(self, cloud: Cloud, tmp_path: Path, stop: int) -> None:
        account = cloud.account
        self.streams(account)
        ends = {"sqs.SendMessage", "s3.PutObject"}
        template = tmp_path / "cloudformation.yaml"
        template.write_text(giving_up())
        said = self.run_until(cloud, ends, "--template", str(template), stop=stop)
        reading = {
            f"{service}.{operation}"
            for service, operation in [
                ("dynamodbstreams", "DescribeStream"),
                ("dynamodbstreams", "GetShardIterator"),
                ("dynamodbstreams", "GetRecords"),
                ("kinesis", "ListShards"),
                ("kinesis", "GetShardIterator"),
                ("kinesis", "GetRecords"),
            ]
        }
        assert account.operations == LOOK | reading | ends | {"lambda.Invoke"}
        assert permissions("pipes") == needed(account.operations - STACK_LOOK)
        described = [asked["TableName"] for asked in account.of("dynamodb.DescribeTable")]
        assert described == [account.physical_id("OrdersTable")], "no other table has a stream"
        assert "NormalOrdersPipe: read 1, filtered out 0, delivered 0, retried 5, dead-lettered 1" in said
        assert "PremiumOrdersPipe: read 1, filtered out 1, delivered 0, retried 0, dead-lettered 0" in said
        sent = account.of("sqs.SendMessage")[0]
        assert sent["QueueUrl"] == account.physical_id("NormalPipeDLQ")
        body = json.loads(sent["MessageBody"])
        assert body["context"]["condition"] == "RetryAttemptsExhausted"
        assert body["DDBStreamBatchInfo"]["startSequenceNumber"] == SEQUENCE_NUMBERS[0]
        stored = account.of("s3.PutObject")[0]
        assert stored["Bucket"] == account.physical_id("ArchiveBucket")
        mapping = account.physical_id("AnalyticsAggregatorMapping")
        assert stored["Key"].startswith(f"aws/lambda/{mapping}/shardId-000000000000/")
        failed = json.loads(stored["Body"])
        assert failed["requestContext"]["condition"] == "RecordAgeExceeded"
        assert base64.b64decode(failed["payload"]["Records"][0]["kinesis"]["data"]) == b'{"a":1}'

    @pytest.mark.parametrize("operation", ["dynamodbstreams.GetRecords", "lambda.Invoke"])
    def test_credentials_that_end_end_it(self, cloud: Cloud, operation: str) -> None:
        self.streams(cloud.account)

        def refuse(_: dict[str, Any]) -> dict[str, Any]:
            raise ServiceError("ExpiredTokenException", "The security token included in the request is expired")

        cloud.account.rules[operation] = refuse
        ended = cloud.run("pipes")
        assert ended.returncode == 1, ended.stderr
        assert "the credentials have ended" in ended.stderr.splitlines()[-1]
        assert "sqs.SendMessage" not in cloud.account.operations, "a record was given up"

    def test_why_it_ends_is_said_before_what_is_in_flight_is_finished(self, cloud: Cloud) -> None:
        account = cloud.account
        self.streams(account)
        is_over = threading.Event()

        def refuse(_: dict[str, Any]) -> dict[str, Any]:
            raise ServiceError("ExpiredTokenException", "The security token included in the request is expired")

        def stand(_: dict[str, Any]) -> dict[str, Any]:
            # From now on only the other Pipe reads.
            account.rules["dynamodbstreams.GetRecords"] = refuse
            is_over.wait(20)
            return {"StatusCode": 200, "Payload": b"{}"}

        account.rules["lambda.Invoke"] = stand
        process = subprocess.Popen(cloud.command("pipes"), env=cloud.environment, stderr=subprocess.PIPE, text=True)
        try:
            assert process.stderr is not None
            said = [next(line for line in process.stderr if "; ending: " in line)]
            assert account.complaints == []
            is_in_flight = process.poll() is None
            is_over.set()
            said += process.stderr.readlines()
            assert process.wait(30) == 1
        finally:
            is_over.set()
            process.kill()
        assert is_in_flight
        assert said[0].startswith("PremiumOrdersPipe: ")
        assert said[0].endswith("; ending: what the others have in flight is finished first, its own is cut off\n")
        assert "NormalOrdersPipe: read 1, filtered out 0, delivered 1, retried 0, dead-lettered 0\n" in said
        assert "the credentials have ended" in said[-1]

    def test_a_failure_is_told_once_though_each_answer_has_an_id_of_its_own(self, cloud: Cloud) -> None:
        account = cloud.account
        self.streams(account)
        reads = account.rules["dynamodbstreams.GetRecords"]

        def throttle(asked: dict[str, Any]) -> dict[str, Any]:
            if len(account.of("dynamodbstreams.GetRecords")) <= 18:
                raise ServiceError("LimitExceededException", "too many")
            return reads(asked)

        account.rules["dynamodbstreams.GetRecords"] = throttle
        said = self.run_until(cloud, {"sqs.SendMessage"})
        assert said.count("NormalOrdersPipe: cannot read the stream") == 1, said
        assert said.count("NormalOrdersPipe: reading the stream again") == 1, said

    def test_latest_that_expires_unread_goes_on_from_its_instant(self, cloud: Cloud, tmp_path: Path) -> None:
        account = cloud.account
        self.streams(account)
        template = tmp_path / "cloudformation.yaml"
        template.write_text(giving_up().replace("StartingPosition: TRIM_HORIZON", "StartingPosition: LATEST"))
        last = {"dynamodbstreams.GetRecords": 0, "kinesis.GetRecords": 0}
        began = datetime.datetime.now(datetime.UTC)

        def expiring(operation: str) -> None:
            then = account.rules[operation]

            def rule(asked: dict[str, Any]) -> dict[str, Any]:
                last[operation] += 1
                # The first of each of the two Pipes or mappings.
                if last[operation] <= 2:
                    raise ServiceError("ExpiredIteratorException", "Iterator expired.")
                return then(asked)

            account.rules[operation] = rule

        expiring("dynamodbstreams.GetRecords")
        expiring("kinesis.GetRecords")
        self.run_until(cloud, {"sqs.SendMessage", "s3.PutObject"}, "--template", str(template))
        asked = account.of("kinesis.GetShardIterator")
        assert sorted(made["ShardIteratorType"] for made in asked) == ["AT_TIMESTAMP"] * 2 + ["LATEST"] * 2
        since = began - max(made["Timestamp"] for made in asked if "Timestamp" in made)
        assert datetime.timedelta(minutes=4) < since <= datetime.timedelta(minutes=5, seconds=1)
        kinds = {made["ShardIteratorType"] for made in account.of("dynamodbstreams.GetShardIterator")}
        assert kinds == {"LATEST", "TRIM_HORIZON"}
