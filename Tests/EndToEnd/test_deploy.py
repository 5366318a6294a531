"""scripts/deploy against the local AWS: a stack's whole life, and what it does when a creation fails."""

from __future__ import annotations

import contextlib
import json
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode

import pytest

from deployments import TEMPLATE, Shop, long_ago, outputs_of, project_with
from interception import Exchange, Interception
from inventory import LISTERS, PARTS, inventory
from pipeline.stack import ROOT
from support import eventually, run_script

sys.path.insert(0, str(ROOT / "scripts"))
from deployment.template import Template

# Fails in the local AWS, after everything else is made.
BROKEN = """
  Broken:
    Type: Custom::Broken
    DependsOn: [NormalOrdersPipe, PremiumOrdersPipe]
    Properties: { ServiceToken: !Sub "arn:aws:lambda:${AWS::Region}:${AWS::AccountId}:function:none" }
"""
# Matches the premium band of its own threshold only, as a template may have it that was deployed earlier.
EXACT_TEMPLATE = TEMPLATE.replace(
    '{"anything-but":["LE${NormalMinimumAmount}","normal-LE${PremiumMinimumAmount}"]}', '"GT${PremiumMinimumAmount}"'
)
BROKEN_TEMPLATE = TEMPLATE.replace("\nOutputs:\n", f"{BROKEN}\nOutputs:\n")
# Another valid value for every parameter but Architecture, which is that of what was built.
CHANGED = {
    "NormalMinimumAmount": "50.5",
    "PremiumMinimumAmount": "500",
    "TestEmailDomains": "test.com,example.org",
    "ZonelessTimestamps": "refuse",
    "EarliestOrderDate": "2010-01-01",
    "MaximumClockAheadHours": "48",
    "ApiJwtIssuer": "https://login.example.org",
    "ApiJwtAudience": "orders",
    "ApiJwtScopes": "orders/post,orders/all",
    "ApiWithoutAuthorization": "anybody-on-the-internet-may-post-orders",
    "ApiCorsOrigins": "https://shop.example,https://admin.example",
    "ApiRequestsPerSecond": "50",
    "ApiBurst": "60",
    "StreamShards": "4",
    "StreamRetentionDays": "30",
    "Deduplication": "shard",
    "AnalyticsWindowSeconds": "5",
    "ArchiveWindowSeconds": "2",
    "OrderQueueVisibilityTimeout": "90",
    "OrderQueueWindowSeconds": "3",
    "MaximumRetryAttempts": "3",
    "FunctionMemorySize": "512",
    "LogLevel": "DEBUG",
    "OrderLog": "none",
    "LogRetentionDays": "14",
    "Tracing": "Active",
    "AlarmEmail": "ops@example.com",
    "AlarmTopicArn": "arn:aws:sns:us-east-1:000000000000:pager",
    "ArchiveTransitionDays": "30",
    "ArchiveExpirationDays": "400",
    "ArchiveDatabase": "orders_archive",
    "FailedRecordsExpirationDays": "60",
    "KmsKeyArn": "arn:aws:kms:us-east-1:000000000000:key/8a3f1f7e-2a52-4d0c-9a5c-2f6c7b1d0e11",
    "FormerKmsKeyArn": "arn:aws:kms:us-east-1:000000000000:key/0c8d2b4a-6f1e-4c55-8a57-93f0e1d2c3b4",
    "RequireTLS": "true",
}
DEAD_LETTER_QUEUES = ("OrderDLQUrl", "OrderTopicDLQUrl", "NormalPipeDLQUrl", "PremiumPipeDLQUrl", "AnalyticsDLQUrl")


class Belongings:
    """Data in every place of the stack that is to outlive changes and the stack itself."""

    def __init__(self, shop: Shop, outputs: dict[str, str]) -> None:
        self.local = shop.local
        self.outputs = outputs
        self.tables = {
            "OrdersTableName": {"orderId": {"S": "kept"}, "amount": {"N": "1"}},
            "AnalyticsTableName": {"PK": {"S": "REVENUE#2025-08-27"}, "SK": {"S": "USD"}, "Value": {"N": "1"}},
            "CheckpointsTableName": {"checkpoint": {"S": "none"}, "sequenceNumber": {"S": "1"}},
        }

    def put(self) -> None:
        for table, item in self.tables.items():
            self.local.client("dynamodb").put_item(TableName=self.outputs[table], Item=item)
        self.local.client("s3").put_object(Bucket=self.outputs["ArchiveBucketName"], Key="kept", Body=b"kept")
        for queue in DEAD_LETTER_QUEUES:
            self.local.client("sqs").send_message(QueueUrl=self.outputs[queue], MessageBody="kept")

    def assert_items_and_messages_are_there(self) -> None:
        for table, item in self.tables.items():
            items = self.local.client("dynamodb").scan(TableName=self.outputs[table], ConsistentRead=True)["Items"]
            assert item in items, table
        for queue in DEAD_LETTER_QUEUES:
            # Seen, but not hidden from the next look.
            answer = self.local.client("sqs").receive_message(QueueUrl=self.outputs[queue], VisibilityTimeout=0)
            assert [message["Body"] for message in answer.get("Messages", [])] == ["kept"], queue

    def keys(self) -> set[str]:
        bucket = self.outputs["ArchiveBucketName"]
        return {item["Key"] for item in self.local.client("s3").list_objects_v2(Bucket=bucket).get("Contents", [])}

    def order(self, order_id: str) -> dict[str, Any] | None:
        table = self.outputs["OrdersTableName"]
        answer = self.local.client("dynamodb").get_item(TableName=table, Key={"orderId": {"S": order_id}})
        return answer.get("Item")

    def checkpoints(self, function: str) -> list[dict[str, Any]]:
        """The function's checkpoints, of which there is one for each shard that had a record."""
        table = self.outputs["CheckpointsTableName"]
        return [
            item
            for item in self.local.client("dynamodb").scan(TableName=table, ConsistentRead=True)["Items"]
            if item["checkpoint"]["S"].startswith(f"{function}#") and "sequenceNumber" in item
        ]

    @contextlib.contextmanager
    def unread_record(self, function: str) -> Iterator[None]:
        """The stream's record as if the function had not come to it: without its checkpoint."""
        table, dynamodb = self.outputs["CheckpointsTableName"], self.local.client("dynamodb")
        [item] = eventually(lambda: self.checkpoints(function), f"the checkpoint of {function}")
        dynamodb.delete_item(TableName=table, Key={"checkpoint": item["checkpoint"]})
        try:
            yield
        finally:
            dynamodb.put_item(TableName=table, Item=item)

    def publish(self, order_id: str, **members: Any) -> None:
        message = {"orderId": order_id, "timestamp": "2025-08-27T10:00:00Z"} | members
        self.local.client("sns").publish(TopicArn=self.outputs["OrderTopicArn"], Message=json.dumps(message))


def test_every_type_of_the_template_is_in_the_inventory() -> None:
    types = {resource["Type"] for resource in Template.parse(TEMPLATE).resources.values()}
    assert types == set(LISTERS) | PARTS


def test_a_stack_loses_no_data_from_a_failed_creation_to_its_deletion(shop: Shop, tmp_path: Path) -> None:
    before = inventory(shop.local)

    # A creation that fails at its end leaves nothing but an empty stack and the uploads.
    failed = shop.deploy(project=project_with(BROKEN_TEMPLATE, tmp_path / "broken"))
    assert failed.returncode == 1
    assert re.search(r"Broken +CREATE_FAILED +Custom resource", failed.stderr)
    assert "What was made is removed again" in failed.stderr
    assert shop.status == "ROLLBACK_COMPLETE"
    assert inventory(shop.local) == before

    # It is repaired by deploying again.
    older = project_with(EXACT_TEMPLATE, tmp_path / "older")
    with Interception(shop.local, on_answer=long_ago) as between:
        repaired = shop.deploy(endpoint=between.url, project=older, RequireTLS="false", ArchiveWindowSeconds="1")
    assert f"Removing stack {shop.name}" in repaired.stderr
    assert "Broken" not in repaired.stderr
    outputs = outputs_of(repaired)
    belongings = Belongings(shop, outputs)
    belongings.put()
    belongings.publish("early", amount=700)
    kinesis = shop.local.client("kinesis")
    record = json.dumps({"customer_id": "c", "amount": 1, "order_id": "streamed"}).encode()
    kinesis.put_record(StreamName=outputs["OrderStreamName"], Data=record, PartitionKey="c")
    eventually(lambda: belongings.order("early"), "the order to be stored")
    eventually(lambda: belongings.order("streamed"), "the record to be archived and its order stored")
    keys = eventually(lambda: len(found := belongings.keys()) == 2 and found, "the archive object")

    # Every parameter is changed.
    assert set(CHANGED) == set(Template.parse(TEMPLATE).parameters) - {"Architecture"}
    initial = shop.parameters
    assert not [name for name, value in CHANGED.items() if initial[name] == value]
    changed = shop.deploy(**CHANGED)
    assert outputs_of(changed) == outputs
    assert shop.parameters == initial | CHANGED
    assert "Warning: Deduplication changes from event to shard" in changed.stderr
    # The Pipes let through what either version stores before a function writes another band, in an update of their own.
    assert "Updating the Pipes' filters" in changed.stderr
    assert shop.updates() == 2
    belongings.assert_items_and_messages_are_there()
    belongings.publish("late", amount=700)
    assert eventually(lambda: belongings.order("late"), "an order to be stored")["amountBand"] == {"S": "premium-GT500"}
    assert belongings.order("early")["amountBand"] == {"S": "normal-LE1000"}

    # Orders that are nowhere else, or are not counted, keep the stack from being deleted.
    sqs = shop.local.client("sqs")
    sqs.send_message(QueueUrl=outputs["OrderQueueUrl"], MessageBody="{}", DelaySeconds=900)
    refused = shop.delete("--yes", is_refused=True)
    assert "OrderQueue holds 1 order message" in refused.stderr
    assert shop.status == "UPDATE_COMPLETE"
    sqs.purge_queue(QueueUrl=outputs["OrderQueueUrl"])
    for function, done in (("OrderArchiver", "archived"), ("AnalyticsAggregator", "counted")):
        with belongings.unread_record(function):
            refused = shop.delete("--yes", is_refused=True)
            assert f"OrderStream holds records in 1 shard(s) that are not {done} yet" in refused.stderr
            assert shop.status == "UPDATE_COMPLETE"
    # Once all is taken in, only the letters do that are kept on purpose.
    refused = shop.delete("--yes", is_refused=True)
    holding = re.findall(r"\b(\w+) holds \d+ message\(s\) that only this stack can redrive", refused.stderr)
    assert holding == ["NormalPipeDLQ", "PremiumPipeDLQ"]
    assert "OrderQueue" not in refused.stderr and "OrderStream" not in refused.stderr
    assert shop.status == "UPDATE_COMPLETE"

    # It is asked whether it is meant, and what stays of it is named, and still holds what was put there.
    asked = shop.delete("--force", is_refused=True)
    assert "nothing is deleted: repeat it with --yes" in asked.stderr
    assert shop.status == "UPDATE_COMPLETE"
    deleted = shop.delete("--yes", "--force")
    named = {line.removeprefix("  ") for line in deleted.stdout.splitlines()}
    uploads = {line for line in named if line.startswith("uploads")}
    assert inventory(shop.local) - before == named - uploads
    assert {f"uploads  {folder}" for folder in shop.uploads()} == uploads
    assert all(f"  {line}" in asked.stderr for line in named)
    belongings.assert_items_and_messages_are_there()
    assert {"early", "late", "streamed"} <= {
        item["orderId"]["S"]
        for item in shop.local.client("dynamodb").scan(TableName=outputs["OrdersTableName"])["Items"]
    }
    assert belongings.keys() >= keys


class PipeComesTooEarly:
    """AWS's answers where a Pipe's role is not known yet at the first creation, in an account of small limits."""

    # As users of CloudFormation have reported it: aws/aws-cdk#31211.
    SENTENCE = (
        "Resource handler returned message: \"Resource of type 'AWS::Pipes::Pipe' with identifier 'Pipe3-9gTK3fUJ68Zz' "
        "did not stabilize. Status Reason is Input parameter is invalid from the request due to : Cannot access stream "
        "arn:aws:dynamodb:us-west-2:000000000000:table/T/stream/2024-08-24T00:57:57.268. "
        'Please ensure the customer role can perform actions on source stream"'
    )

    def __init__(self, shop: Shop) -> None:
        self.shop = shop
        self.creations = 0

    def on_request(self, made: Exchange) -> bytes:
        if b"Action=CreateChangeSet" not in made.body:
            return made.body
        self.creations += 1
        if self.creations > 1:
            return made.body
        fields = {name: values[0] for name, values in parse_qs(made.body.decode(), keep_blank_values=True).items()}
        s3, key = self.shop.local.client("s3"), fields["TemplateURL"].partition(f"/{self.shop.bucket}/")[2]
        uploaded = s3.get_object(Bucket=self.shop.bucket, Key=key)["Body"].read().decode()
        broken = uploaded.replace("\nOutputs:\n", f"{BROKEN}\nOutputs:\n")
        assert broken != uploaded
        s3.put_object(Bucket=self.shop.bucket, Key=f"{key}.broken", Body=broken.encode())
        return urlencode(fields | {"TemplateURL": f"{fields['TemplateURL']}.broken"}).encode()

    def on_answer(self, made: Exchange) -> bytes:
        if "account-settings" in made.path:
            settings = json.loads(made.answer)
            settings["AccountLimit"] |= {"ConcurrentExecutions": 20, "UnreservedConcurrentExecutions": 10}
            return json.dumps(settings).encode()
        if b"Action=DescribeStackEvents" in made.body:
            answer = long_ago(made).decode().replace("Custom::Broken", "AWS::Pipes::Pipe")
            return re.sub("Custom resource ServiceToken[^<]*", self.SENTENCE, answer).encode()
        return made.answer


def test_a_pipe_that_came_before_its_role_was_known_gets_a_second_try(shop: Shop) -> None:
    """Beside it, the leavings of a change set that was never executed, and a small account."""
    shop.cloudformation.create_change_set(
        StackName=shop.name, ChangeSetName="unexecuted", ChangeSetType="CREATE",
        TemplateBody=json.dumps({"Resources": {"Topic": {"Type": "AWS::SNS::Topic"}}}),
    )  # fmt: skip
    eventually(lambda: shop.status == "REVIEW_IN_PROGRESS", "the stack to wait for its change set")
    script = PipeComesTooEarly(shop)
    with Interception(shop.local, script.on_request, script.on_answer) as between:
        result = shop.deploy(endpoint=between.url)
    assert outputs_of(result)
    assert shop.status == "CREATE_COMPLETE"
    assert script.creations == 2
    said = [
        "it has a change set that was never executed, and it holds nothing",
        "a Pipe was created before its role was known everywhere",
        "Once more",
    ]
    assert [text for text in said if text not in result.stderr] == []
    assert "runs 10 invocations at a time" in result.stderr
    assert "(of 20 in all)" in result.stderr


def test_what_cannot_work_is_refused_before_anything_changes(shop: Shop) -> None:
    before = inventory(shop.local)
    result = shop.deploy(
        "--region", "il-central-1", NormalMinimumAmount="1000.0000001", OrderQueueVisibilityTimeout="9"
    )  # fmt: skip
    assert result.returncode == 1
    said = [
        "PremiumMinimumAmount (1000) must be greater than NormalMinimumAmount (1000.0000001)",
        "OrderQueueVisibilityTimeout (9 s) is below 11 s, OrderWriter's timeout of 10 s and",
        f"bucket {shop.bucket} is in {shop.local.region}",
        "EventBridge Pipes are not offered in il-central-1",
    ]
    assert [text for text in said if text not in result.stderr] == []
    assert shop.status is None
    assert inventory(shop.local) == before
    assert shop.uploads() == set()


@pytest.mark.parametrize(
    ("parameters", "said"),
    [
        ({"NormalMinimunAmount": "3"}, "there is no parameter NormalMinimunAmount; did you mean NormalMinimumAmount?"),
        ({"LogLevel": "LOUD"}, "LogLevel: 'LOUD' is not one of TRACE, DEBUG"),
    ],
    ids=["name", "value"],
)
def test_a_parameter_that_the_template_does_not_have_is_bad_use(parameters: dict[str, str], said: str) -> None:
    """Before AWS is asked: nothing listens there."""
    given = [option for item in parameters.items() for option in ("--parameter", "=".join(item))]
    options = ("--region", "eu-west-1", "--endpoint-url", "http://127.0.0.1:9")
    result = run_script("deploy", "--stack", "shop", "--bucket", "b", *options, *given, timeout=60)
    assert result.returncode == 2
    assert said in result.stderr


def test_a_bucket_that_does_not_exist_is_told_with_how_to_make_it(shop: Shop) -> None:
    shop.local.client("s3").delete_bucket(Bucket=shop.bucket)
    result = shop.deploy()
    shop.local.client("s3").create_bucket(Bucket=shop.bucket)
    assert result.returncode == 1
    assert f"aws s3 mb s3://{shop.bucket} --region {shop.local.region}" in result.stderr
