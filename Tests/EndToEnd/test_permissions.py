"""The local AWS enforces the template's roles: each function has what it needs, and needs what it has."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import boto3
import pytest
from botocore.config import Config
from botocore.exceptions import ClientError

from cloudwatch import logfilter
from intake import Intake
from pipeline.functionlogs import FunctionLogs
from pipeline.stack import FUNCTIONS, Stack
from support import eventually, image, invoke, kinesis_event, sqs_event, stream_record


def role_of(stack: Stack, function: str) -> str:
    configuration = stack.client("lambda").get_function_configuration(FunctionName=stack.function_name(function))
    return configuration["Role"].rpartition("/")[2]


@contextmanager
def without(stack: Stack, function: str, statement_id: str) -> Iterator[None]:
    """Takes one statement out of the function's role for a while."""
    iam, role = stack.client("iam"), role_of(stack, function)
    policy = iam.get_role_policy(RoleName=role, PolicyName=function)["PolicyDocument"]
    kept = [statement for statement in policy["Statement"] if statement["Sid"] != statement_id]
    assert len(kept) == len(policy["Statement"]) - 1, f"{role} has no statement {statement_id}"

    def put(statements: list[Any]) -> None:
        document = json.dumps(policy | {"Statement": statements})
        iam.put_role_policy(RoleName=role, PolicyName=function, PolicyDocument=document)

    put(kept)
    try:
        yield
    finally:
        put(policy["Statement"])


def poison_event(order_id: str, _: str) -> list[dict[str, Any]]:
    """Poison for both processors, which they can only put aside with their permission to send it."""
    amount = {"amount": {"S": "a lot"}}
    old, new = (image(order_id, status, None) | amount for status in ("pending", "shipped"))
    return [stream_record(order_id, "MODIFY", new, old)]


def transition_event(order_id: str, _: str) -> list[dict[str, Any]]:
    """A premium order that ships."""
    old, new = (image(order_id, status, "1500") for status in ("pending", "shipped"))
    return [stream_record(order_id, "MODIFY", new, old)]


def kinesis_order(order_id: str, shard: str) -> dict[str, Any]:
    return kinesis_event([json.dumps({"customer_id": "c", "amount": 1, "order_id": order_id}).encode()], shard)


def sqs_order(order_id: str, _: str) -> dict[str, Any]:
    return sqs_event([json.dumps({"orderId": order_id, "status": "new", "timestamp": "2025-08-27T10:00:00Z"})])


CASES = [
    ("OrderWriter", "MergeOrders", sqs_order, "message-0"),
    ("PremiumOrdersProcessor", "SendDeadLetters", poison_event, None),
    ("PremiumOrdersProcessor", "Notify", transition_event, None),
    ("NormalOrdersProcessor", "SendDeadLetters", poison_event, None),
    ("AnalyticsAggregator", "Count", kinesis_order, "sequence"),
    ("OrderArchiver", "Archive", kinesis_order, "sequence"),
]


@pytest.mark.parametrize(
    ("function", "statement", "make_event", "identifier"), CASES, ids=[f"{case[0]}-{case[1]}" for case in CASES]
)
def test_without_a_permission_the_record_is_reported_and_with_it_succeeds(
    stack: Stack, order_id: str, shard: str, function: str, statement: str, make_event: Any, identifier: str | None
) -> None:
    event = make_event(order_id, shard)
    if identifier == "sequence":
        identifier = event["Records"][0]["kinesis"]["sequenceNumber"]
    with without(stack, function, statement):
        answer, error = invoke(stack, function, event)
        assert error is None
        assert answer["batchItemFailures"] == [{"itemIdentifier": identifier or order_id}]
    answer, error = invoke(stack, function, event)
    assert (answer["batchItemFailures"], error) == ([], None)


def events_not_stored(stack: Stack) -> float:
    """What the template's filter has made of OrderIntake's lines so far."""
    lines = FunctionLogs.read(stack, stack.log_groups["OrderIntake"]).lines
    return sum(value for line in lines for _, value in logfilter.measurements("OrderIntake", line))


def test_without_its_permission_the_intake_asks_to_come_again(stack: Stack) -> None:
    before = events_not_stored(stack)
    with without(stack, "OrderIntake", "PutOrders"):
        answer = Intake(stack).post({"TotalAmount": 1})
        assert (answer.status_code, answer.headers["Retry-After"]) == (503, "1")
        eventually(lambda: events_not_stored(stack) == before + 1, "the line that the alarm's filter makes a metric of")
    assert Intake(stack).post({"TotalAmount": 1}).status_code == 202


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_role_allows_no_more_than_its_function_needs(stack: Stack, function: str) -> None:
    """No statement grants every action, or more resources than one and its parts; test_roles.py says which."""
    policy = stack.client("iam").get_role_policy(RoleName=role_of(stack, function), PolicyName=function)
    for statement in policy["PolicyDocument"]["Statement"]:
        assert not [action for action in as_list(statement["Action"]) if "*" in action]
        assert not [resource for resource in as_list(statement["Resource"]) if "*" in whole(resource)]


def as_list(value: str | list[str]) -> list[str]:
    return [value] if isinstance(value, str) else value


def whole(resource: str) -> str:
    """The ARN without a `*` for parts: a folder's objects, or a log group's streams, with which its own ARN ends."""
    parts = r"^(arn:aws:s3:::[\w.-]+/(orders|dead-letters/\w+)/|arn:aws:logs:[^*]+:log-group:[^*]+:)\*$"
    return re.sub(parts, r"\1", resource)


@pytest.fixture
def reader(stack: Stack) -> Iterator[tuple[str, str]]:
    """Key and secret of a user who may read the Orders table and nothing else."""
    iam, name = stack.client("iam"), f"reader-{os.getpid()}"
    statement = {"Effect": "Allow", "Action": "dynamodb:Scan", "Resource": table_arn(stack, "OrdersTableName")}
    iam.create_user(UserName=name)
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam.put_user_policy(UserName=name, PolicyName="read", PolicyDocument=document)
    key = iam.create_access_key(UserName=name)["AccessKey"]
    yield key["AccessKeyId"], key["SecretAccessKey"]
    iam.delete_access_key(UserName=name, AccessKeyId=key["AccessKeyId"])
    iam.delete_user_policy(UserName=name, PolicyName="read")
    iam.delete_user(UserName=name)


def table_arn(stack: Stack, output: str) -> str:
    return stack.client("dynamodb").describe_table(TableName=stack[output])["Table"]["TableArn"]


def test_the_local_aws_refuses_what_no_policy_allows_and_what_is_signed_wrongly(
    stack: Stack, reader: tuple[str, str]
) -> None:
    """Without this, every other test of a permission would prove nothing."""
    key, secret = reader
    scan(stack, key, secret, "OrdersTableName")
    with pytest.raises(ClientError, match="AccessDenied"):
        scan(stack, key, secret, "AnalyticsTableName")
    with pytest.raises(ClientError, match="Signature"):
        scan(stack, key, secret + "x", "OrdersTableName")


def scan(stack: Stack, key: str, secret: str, table: str) -> None:
    client = boto3.client(
        "dynamodb",
        endpoint_url=stack.endpoint_url,
        region_name=stack.region,
        aws_access_key_id=key,
        aws_secret_access_key=secret,
    )
    client.scan(TableName=stack[table], Limit=1)


@pytest.fixture
def archivist(stack: Stack) -> Iterator[Any]:
    """S3 by the keys of a user who may write whatever there is in the archive bucket."""
    iam, name = stack.client("iam"), f"archivist-{os.getpid()}"
    resource = f"arn:aws:s3:::{stack['ArchiveBucketName']}/*"
    statement = {"Effect": "Allow", "Action": ["s3:PutObject", "s3:GetObject", "s3:DeleteObject"], "Resource": resource}
    iam.create_user(UserName=name)
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam.put_user_policy(UserName=name, PolicyName="write", PolicyDocument=document)
    key = iam.create_access_key(UserName=name)["AccessKey"]
    yield boto3.client(
        "s3",
        endpoint_url=stack.endpoint_url,
        region_name=stack.region,
        aws_access_key_id=key["AccessKeyId"],
        aws_secret_access_key=key["SecretAccessKey"],
        config=Config(s3={"addressing_style": "path"}),
    )
    iam.delete_access_key(UserName=name, AccessKeyId=key["AccessKeyId"])
    iam.delete_user_policy(UserName=name, PolicyName="write")
    iam.delete_user(UserName=name)


def test_what_is_archived_cannot_be_replaced_by_whoever_may_write(stack: Stack, archivist: Any) -> None:
    place = {"Bucket": stack["ArchiveBucketName"], "Key": f"orders/{os.getpid()}"}
    with pytest.raises(ClientError, match="AccessDenied"):
        archivist.put_object(**place, Body=b"without the header")
    archivist.put_object(**place, Body=b"first", IfNoneMatch="*")
    with pytest.raises(ClientError, match="PreconditionFailed"):
        archivist.put_object(**place, Body=b"second", IfNoneMatch="*")
    with pytest.raises(ClientError, match="AccessDenied"):
        archivist.put_object(**place, Body=b"third")
    assert archivist.get_object(**place)["Body"].read() == b"first"
    # Elsewhere in the bucket, and after a deletion.
    archivist.put_object(Bucket=place["Bucket"], Key=f"dead-letters/{os.getpid()}", Body=b"as ever")
    archivist.delete_object(**place)
    archivist.put_object(**place, Body=b"anew", IfNoneMatch="*")
    archivist.delete_object(**place)


def test_an_upload_in_parts_replaces_nothing_either(stack: Stack, archivist: Any) -> None:
    place = {"Bucket": stack["ArchiveBucketName"], "Key": f"orders/parts-{os.getpid()}"}
    upload = archivist.create_multipart_upload(**place)["UploadId"]
    part = archivist.upload_part(**place, UploadId=upload, PartNumber=1, Body=b"part")
    parts = {"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]}
    with pytest.raises(ClientError, match="AccessDenied"):
        archivist.complete_multipart_upload(**place, UploadId=upload, MultipartUpload=parts)
    archivist.complete_multipart_upload(**place, UploadId=upload, MultipartUpload=parts, IfNoneMatch="*")
    archivist.delete_object(**place)


def test_a_batch_of_statements_needs_what_its_statements_need(stack: Stack) -> None:
    """As on AWS: `BatchExecuteStatement` is no action of its own; a policy allows insertions into one table alone."""
    iam = stack.client("iam")
    user = f"inserter-{os.getpid()}"
    table, other = stack["AnalyticsTableName"], stack["OrdersTableName"]
    arn = stack.client("dynamodb").describe_table(TableName=table)["Table"]["TableArn"]
    statement = {"Effect": "Allow", "Action": "dynamodb:PartiQLInsert", "Resource": arn}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam.create_user(UserName=user)
    iam.put_user_policy(UserName=user, PolicyName="insert", PolicyDocument=policy)
    key = iam.create_access_key(UserName=user)["AccessKey"]
    client = boto3.client(
        "dynamodb",
        region_name=stack.region,
        endpoint_url=stack.endpoint_url,
        aws_access_key_id=key["AccessKeyId"],
        aws_secret_access_key=key["SecretAccessKey"],
        config=Config(retries={"total_max_attempts": 1}),
    )

    def run(*statements: str) -> str:
        try:
            client.batch_execute_statement(Statements=[{"Statement": text} for text in statements])
        except ClientError as error:
            return error.response["Error"]["Code"]
        return "allowed"

    insert = f"INSERT INTO \"{table}\" VALUE {{'PK':'inserter','SK':'{os.getpid()}'}}"
    assert run(insert) == "allowed"
    for refused in (
        f"INSERT INTO \"{other}\" VALUE {{'orderId':'inserter'}}",
        f"DELETE FROM \"{table}\" WHERE PK='inserter' AND SK='{os.getpid()}'",
        f"UPDATE \"{table}\" SET a=1 WHERE PK='inserter' AND SK='{os.getpid()}'",
        f"SELECT * FROM \"{table}\" WHERE PK='inserter' AND SK='{os.getpid()}'",
        "no statement",
    ):
        assert run(insert, refused) == "AccessDeniedException", refused
