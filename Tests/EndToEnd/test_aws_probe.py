"""`orders doctor --probe` as it talks to AWS itself (see test_aws_redrive.py), and what `--record` keeps of it."""

from __future__ import annotations

import gzip
import json
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from openapi_schema_validator import OAS31Validator
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

from awsmodel.account import ACCOUNT, Account
from awsmodel.cloud import STREAM_SHARD, Cloud, order_change
from awsmodel.health import is_well
from awsmodel.request import Request, ServiceError
from pipeline.stack import ROOT
from support import take_in_record
from test_aws_doctor import ASKED

PROBED = {
    "dynamodb.DeleteItem",
    "dynamodb.Query",
    "kinesis.PutRecords",
    "logs.FilterLogEvents",
    "s3.GetObject",
    "s3.ListObjectsV2",
    "sns.Publish",
    "sqs.ChangeMessageVisibility",
    "sqs.ReceiveMessage",
}
RECORDED = {
    "dynamodb.BatchExecuteStatement",
    "dynamodb.PutItem",
    "dynamodb.UpdateItem",
    "dynamodbstreams.DescribeStream",
    "dynamodbstreams.GetRecords",
    "dynamodbstreams.GetShardIterator",
    "s3.DeleteObject",
    "s3.PutObject",
}
SHARD = "shardId-000000000006"
FIRST, SECOND = (f"49590338271490256608559692538361571095921575989{number}" for number in (136588898, 136588999))
UNTAKEN = "orders-of-others"


class Pipeline:
    """What becomes of the orders: rows, an object of the archive, counters and log lines."""

    def __init__(self, account: Account) -> None:
        self.account = account
        self.rows: set[str] = set()
        self.archived: dict[str, str] = {}
        self.objects: set[str] = set()
        account.api = self.post
        account.rules |= {
            "sns.Publish": self.publish,
            "kinesis.PutRecords": self.put_records,
            "dynamodb.GetItem": self.get_item,
            "dynamodb.Query": self.query,
            "dynamodb.DeleteItem": self.delete_item,
            "dynamodb.PutItem": self.refuse,
            "dynamodb.UpdateItem": self.refuse,
            "dynamodb.BatchExecuteStatement": self.refuse_statement,
            "dynamodbstreams.DescribeStream": self.describe_stream,
            "dynamodbstreams.GetShardIterator": lambda _: {"ShardIterator": "latest"},
            "dynamodbstreams.GetRecords": self.get_records,
            "logs.FilterLogEvents": self.filter_log_events,
            "s3.ListObjectsV2": self.list_objects,
            "s3.GetObject": self.get_object,
            "s3.PutObject": self.put_object,
            "s3.DeleteObject": lambda asked: self.objects.discard(asked["Key"]) or {},
            "sqs.GetQueueAttributes": self.get_queue_attributes,
            "sqs.ReceiveMessage": self.receive,
            "sqs.ChangeMessageVisibility": lambda _: {},
        }
        self.letters = [
            {
                "MessageId": "m-1",
                "ReceiptHandle": "r-1",
                "Body": "hello",
                "Attributes": {"SentTimestamp": "1756512000123"},
            }
        ]

    # Entrances

    def publish(self, asked: dict[str, Any]) -> dict[str, Any]:
        assert asked["TopicArn"] == self.account.physical_id("OrderTopic")
        self.rows.add(json.loads(asked["Message"])["orderId"])
        return {"MessageId": "5d6a"}

    def put_records(self, asked: dict[str, Any]) -> dict[str, Any]:
        [record] = asked["Records"]
        self.take(json.loads(record["Data"])["Payload"]["OrderId"], FIRST)
        return {"FailedRecordCount": 0, "Records": [{"ShardId": SHARD, "SequenceNumber": FIRST}]}

    def post(self, request: Request) -> tuple[int, dict[str, Any]]:
        self.take(json.loads(request.body)["OrderId"], SECOND)
        return 202, {"ShardId": SHARD, "SequenceNumber": SECOND}

    def take(self, order: str, number: str) -> None:
        self.rows.add(order)
        self.archived[order] = number

    # Where orders come to

    def get_item(self, asked: dict[str, Any]) -> dict[str, Any]:
        if "checkpoint" in asked["Key"]:
            return {"Item": asked["Key"] | {"sequenceNumber": {"S": SECOND.zfill(56)}}}
        return {"Item": self.row(asked["Key"]["orderId"]["S"])}

    def row(self, order: str) -> dict[str, Any]:
        assert order in self.rows
        return {"orderId": {"S": order}, "customerEmail": {"S": "probe@test.com"}}

    def query(self, _: dict[str, Any]) -> dict[str, Any]:
        key = {"PK": {"S": "REVENUE#2025-08-27"}, "SK": {"S": "XTS"}}
        row = key | {"Value": {"N": "0.02"}, "Count": {"N": str(len(self.archived))}}
        items = [row] if self.archived else []
        return {"Items": items, "Count": len(items), "ScannedCount": len(items)}

    def delete_item(self, asked: dict[str, Any]) -> dict[str, Any]:
        self.rows.remove(asked["Key"]["orderId"]["S"])
        return {}

    def list_objects(self, asked: dict[str, Any]) -> dict[str, Any]:
        # An hour's objects of one shard, or one object by its name.
        assert re.fullmatch(rf"orders/dt=[\d-]+/hour=\d\d/{SHARD}-({FIRST}\.ndjson\.gz)?", asked["Prefix"])
        key = asked["Prefix"] if asked["Prefix"].endswith("gz") else f"{asked['Prefix']}{FIRST}.ndjson.gz"
        return {"Name": asked["Bucket"], "Prefix": asked["Prefix"], "Contents": [{"Key": key, "Size": 1}]} | {
            "KeyCount": 1,
            "MaxKeys": 1000,
            "IsTruncated": False,
        }

    def get_object(self, _: dict[str, Any]) -> dict[str, Any]:
        lines = [
            {"format": 1, "rules": 1, "shardId": SHARD, "sequenceNumber": number, "record": {}}
            | {"order": {"verdict": "accepted", "eventId": order, "orderId": order}}
            for order, number in self.archived.items()
        ]
        body = gzip.compress("".join(json.dumps(line) + "\n" for line in lines).encode())
        return {"Body": body, "ContentLength": len(body), "ETag": '"e"'}

    def filter_log_events(self, asked: dict[str, Any]) -> dict[str, Any]:
        line = {"level": "INFO", "message": "batch done", "correlation_ids": list(self.archived)}
        return {"events": [{"eventId": "1", "timestamp": asked["startTime"], "message": json.dumps(line)}]}

    def get_queue_attributes(self, asked: dict[str, Any]) -> dict[str, Any]:
        waits = asked["QueueUrl"] == self.account.physical_id("AnalyticsDLQ")
        return {"Attributes": {"ApproximateNumberOfMessages": "1" if waits else "0"}}

    def receive(self, _: dict[str, Any]) -> dict[str, Any]:
        return {"Messages": [self.letters.pop()]} if self.letters else {}

    # What --record asks for besides

    def refuse(self, asked: dict[str, Any]) -> dict[str, Any]:
        assert asked["ConditionExpression"] == "attribute_not_exists(orderId)"
        key = asked.get("Key") or {"orderId": asked["Item"]["orderId"]}
        item = self.row(key["orderId"]["S"])
        raise ServiceError("ConditionalCheckFailedException", "The conditional request failed", Item=item)

    def refuse_statement(self, asked: dict[str, Any]) -> dict[str, Any]:
        [statement] = asked["Statements"]
        if statement["Statement"].startswith("UPDATE "):
            item = self.row(statement["Parameters"][2]["S"])
            error = {"Code": "ConditionalCheckFailed", "Message": "The conditional request failed", "Item": item}
        else:
            assert statement["Parameters"][0]["S"] in self.rows
            error = {"Code": "DuplicateItem", "Message": "Duplicate primary key exists in table"}
        return {"Responses": [{"Error": error, "TableName": self.account.physical_id("OrdersTable")}]}

    def describe_stream(self, asked: dict[str, Any]) -> dict[str, Any]:
        shards = [{"ShardId": STREAM_SHARD, "SequenceNumberRange": {"StartingSequenceNumber": "1"}}]
        description = {"StreamArn": asked["StreamArn"], "StreamStatus": "ENABLED", "Shards": shards}
        return {"StreamDescription": description}

    def get_records(self, _: dict[str, Any]) -> dict[str, Any]:
        changes = [order_change(f"{number}") for number in range(101, 102 + len(self.rows))]
        for change, order in zip(changes, [UNTAKEN, *sorted(self.rows)], strict=True):
            change["dynamodb"]["Keys"] = {"orderId": {"S": order}}
            change["dynamodb"]["NewImage"] = {
                "orderId": {"S": order},
                "currency": {"S": "XTS"},
                "timestamp": {"S": "2025-08-27T18:08:00Z"},
            }
        return {"Records": changes, "NextShardIterator": "next"}

    def put_object(self, asked: dict[str, Any]) -> dict[str, Any]:
        assert asked["IfNoneMatch"] == "*" and not asked["Key"].startswith("orders/")
        if asked["Key"] in self.objects:
            message = "At least one of the pre-conditions you specified did not hold"
            raise ServiceError("PreconditionFailed", message, 412)
        self.objects.add(asked["Key"])
        return {"ETag": '"e"'}


@pytest.fixture
def pipeline(cloud: Cloud) -> Pipeline:
    is_well(cloud.account)
    return Pipeline(cloud.account)


def probe_lines(result: subprocess.CompletedProcess[str]) -> list[str]:
    return [line for line in result.stdout.splitlines() if "probe" in line]


def test_every_request_of_a_probe_is_one_that_botocore_would_send(cloud: Cloud, pipeline: Pipeline) -> None:
    result = cloud.run("doctor", "--probe")
    lines = probe_lines(result)
    assert len(lines) == 14 and all(line.startswith("✓") for line in lines), result.stdout + result.stderr
    assert cloud.account.operations == ASKED | PROBED
    # What the archive has stays.
    assert pipeline.rows == set(pipeline.archived)


def test_an_order_whose_answer_was_lost_is_taken_back(cloud: Cloud, pipeline: Pipeline) -> None:
    def publish(asked: dict[str, Any]) -> dict[str, Any]:
        pipeline.publish(asked)
        raise ServiceError("InternalError", "Nobody knows how far it came.", 500)

    cloud.account.rules["sns.Publish"] = publish
    result = cloud.run("doctor", "--probe")
    assert result.returncode == 1
    [failed, row, *_, taken_back] = [line for line in probe_lines(result) if "OrderTopic" in line or "back" in line]
    assert re.match(r"✗ probe by OrderTopic: probe-\w+-topic may have been taken: ", failed)
    assert row.startswith("✓ probe by OrderTopic, Orders table: there")
    assert taken_back.startswith("✓ probes, taken back: the topic's row is deleted, if it came; ")
    assert pipeline.rows == set(pipeline.archived)


def test_of_an_order_that_was_refused_there_is_nothing_to_delete(cloud: Cloud, pipeline: Pipeline) -> None:
    def publish(_: dict[str, Any]) -> dict[str, Any]:
        raise ServiceError("AuthorizationError", "Not authorized to perform: SNS:Publish", 403)

    cloud.account.rules["sns.Publish"] = publish
    result = cloud.run("doctor", "--probe")
    lines = probe_lines(result)
    assert lines[0].startswith("✗ probe by OrderTopic: refused: ")
    assert lines[-1].startswith("✓ probes, taken back: nothing to delete; archived orders stay")
    assert "dynamodb.DeleteItem" not in cloud.account.operations


def test_no_processor_takes_the_orders_of_a_probe_up(cloud: Cloud, pipeline: Pipeline) -> None:
    """By their currency reports leave them out, by their amount and their address the Pipes do."""
    cloud.account.parameters["TestEmailDomains"] = "qa.example,test.com"
    cloud.run("doctor", "--probe")
    [message] = [json.loads(asked["Message"]) for asked in cloud.account.of("sns.Publish")]
    [record] = [json.loads(asked["Records"][0]["Data"])["Payload"] for asked in cloud.account.of("kinesis.PutRecords")]
    posted = json.loads(cloud.account.api_requests[0].body)
    assert (
        [order["Currency"] for order in (record, posted)] == [message["currency"], message["currency"]] == ["XTS"] * 2
    )
    assert message["amount"] == record["TotalAmount"] == posted["TotalAmount"] == 0.01
    assert message["customerEmail"] == "probe@qa.example"
    assert len({message["orderId"], record["OrderId"], posted["OrderId"]}) == 3


def test_the_order_by_http_is_one_of_the_contract_signed_for_the_api(cloud: Cloud, pipeline: Pipeline) -> None:
    cloud.run("doctor", "--probe")
    [request] = cloud.account.api_requests
    assert (request.method, request.path, request.query) == ("POST", "/orders", [])
    contract = yaml.safe_load((ROOT / "docs/openapi.yaml").read_text())
    registry = Registry().with_resource("urn:api", Resource(contract, DRAFT202012))
    order = json.loads(request.body)
    OAS31Validator({"$ref": "urn:api#/components/schemas/Order"}, registry=registry).validate(order)
    sent = contract["paths"]["/orders"]["post"]["requestBody"]["content"]
    assert request.headers["content-type"] in sent
    assert request.headers["idempotency-key"] == request.headers["x-correlation-id"] == order["OrderId"]


def test_what_is_recorded_is_asked_for_as_botocore_would(cloud: Cloud, pipeline: Pipeline, tmp_path: Path) -> None:
    result = cloud.run("doctor", "--probe", "--record", str(tmp_path))
    lines = probe_lines(result)
    assert len(lines) == 16 and all(line.startswith("✓") for line in lines), result.stdout + result.stderr
    assert cloud.account.operations == ASKED | PROBED | RECORDED
    assert not pipeline.objects
    names = {re.sub(r"^\d+-", "", file.stem) for file in tmp_path.glob("*-*.json")}
    assert names == cloud.account.operations | {"execute-api.POST"}


def test_a_record_holds_nothing_of_the_account_and_of_others(cloud: Cloud, pipeline: Pipeline, tmp_path: Path) -> None:
    cloud.run("doctor", "--probe", "--record", str(tmp_path))
    files = {file.name: file.read_text() for file in tmp_path.glob("*.json")}
    assert "connections.json" in files
    text = "".join(files.values())
    # AWS's number for examples stands in the place of the account's.
    for detail in (ACCOUNT, UNTAKEN, "probe@test.com", "hello", "correlation_ids"):
        assert detail not in text
    assert ":123456789012:table/" in text
    assert FIRST in text and "ConditionalCheckFailedException" in text and "PreconditionFailed" in text


def test_a_record_tells_what_each_connection_agreed_on(cloud: Cloud, pipeline: Pipeline, tmp_path: Path) -> None:
    cloud.run("doctor", "--probe", "--record", str(tmp_path))
    connections = json.loads((tmp_path / "connections.json").read_text())
    assert {connection["host"] for connection in connections} == {
        request.host for request in cloud.account.requests
    } | {request.host for request in cloud.account.api_requests}
    agreed = {(connection["version"], connection["cipher"], connection["group"]) for connection in connections}
    assert agreed == {("TLSv1.3", "TLS_AES_256_GCM_SHA384", "X25519")}
    assert all("applicationProtocol" not in connection for connection in connections)
    # Python's server sends two tickets, which a later connection shows again.
    new, resumed = ([found for found in connections if found["isResumed"] is flag] for flag in (False, True))
    assert new and resumed
    assert {len(connection["ticketLifetimes"]) for connection in new} == {2}
    certificate = {"issuer": "/CN=test issuer", "key": "ec:prime256v1", "signature": "ecdsa-with-SHA256"}
    assert all(connection["chain"] == [certificate] for connection in new)


def test_what_is_recorded_is_taken_in_by_the_unit_tests(cloud: Cloud, pipeline: Pipeline, tmp_path: Path) -> None:
    """As what somebody with an account puts into Tests/Recorded."""
    cloud.run("doctor", "--probe", "--record", str(tmp_path))
    result = take_in_record(tmp_path)
    assert result.returncode == 0, result.stdout + result.stderr
    # They look at what is there: a number that is none, a refusal without its item.
    [recorded] = list(tmp_path.glob("*-kinesis.PutRecords.json"))
    recorded.write_text(recorded.read_text().replace(FIRST, "49-none"))
    assert take_in_record(tmp_path).returncode != 0
