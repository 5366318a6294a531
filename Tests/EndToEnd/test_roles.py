"""Who may do what: each role of the template with all that it allows, and each policy of a resource.

The tables below are the whole of it, under every combination of the parameters that add to them. Resources stand as
the template names them: `OrderStream.Arn` for `!GetAtt`, `PremiumTopic` for `!Ref`, `${…}` in a text for `!Sub`.
"""

from __future__ import annotations

import itertools
from typing import Any

import pytest

from awsmodel.account import Account
from awsmodel.deployed import Deployed
from cloudwatch.template import TEMPLATE, resources
from pipeline.stack import ROOT

WRITE_LOGS = "logs:CreateLogStream logs:PutLogEvents"
READ_ORDER_STREAM = (
    "kinesis:DescribeStream kinesis:DescribeStreamSummary "
    "kinesis:GetRecords kinesis:GetShardIterator kinesis:ListShards"
)
READ_TABLE_STREAM = "dynamodb:DescribeStream dynamodb:GetRecords dynamodb:GetShardIterator dynamodb:ListStreams"
MERGE_ORDERS = "dynamodb:BatchGetItem dynamodb:GetItem dynamodb:PartiQLInsert dynamodb:PutItem dynamodb:UpdateItem"
COUNT = "dynamodb:BatchGetItem dynamodb:PartiQLInsert dynamodb:PartiQLUpdate dynamodb:UpdateItem"
# By its name, since a role that waited for its function would be younger when its Pipe is made.
FUNCTION = "arn:${AWS::Partition}:lambda:${AWS::Region}:${AWS::AccountId}:function:${AWS::StackName}-"

# For a function or a Pipe, by the statement's Sid: the actions, and the one resource that they are allowed on.
ALLOWED = {
    "OrderIntake": {
        "WriteLogs": (WRITE_LOGS, "OrderIntakeLogGroup.Arn"),
        "PutOrders": ("kinesis:PutRecords", "OrderStream.Arn"),
    },
    "OrderWriter": {
        "WriteLogs": (WRITE_LOGS, "OrderWriterLogGroup.Arn"),
        # Lambda's poller uses the function's role.
        "ReceiveOrders": ("sqs:DeleteMessage sqs:GetQueueAttributes sqs:ReceiveMessage", "OrderQueue.Arn"),
        "MergeOrders": (MERGE_ORDERS, "OrdersTable.Arn"),
    },
    "AnalyticsAggregator": {
        "WriteLogs": (WRITE_LOGS, "AnalyticsAggregatorLogGroup.Arn"),
        "ReadTheStream": (READ_ORDER_STREAM, "OrderStream.Arn"),
        "Count": (COUNT, "AnalyticsTable.Arn"),
        "KeepCheckpoints": ("dynamodb:GetItem dynamodb:PutItem", "CheckpointsTable.Arn"),
        "SendDeadLetters": ("sqs:SendMessage", "AnalyticsDLQ.Arn"),
        "StoreLargeDeadLetters": ("s3:PutObject", "${ArchiveBucket.Arn}/dead-letters/AnalyticsAggregator/*"),
    },
    "OrderArchiver": {
        "WriteLogs": (WRITE_LOGS, "OrderArchiverLogGroup.Arn"),
        "ReadTheStream": (READ_ORDER_STREAM, "OrderStream.Arn"),
        "Archive": ("s3:GetObject s3:PutObject", "${ArchiveBucket.Arn}/orders/*"),
        "MergeOrders": (MERGE_ORDERS, "OrdersTable.Arn"),
        "KeepCheckpoints": ("dynamodb:GetItem dynamodb:PutItem", "CheckpointsTable.Arn"),
    },
    "NormalOrdersPipe": {
        "WriteLogs": (WRITE_LOGS, "NormalOrdersPipeLogGroup.Arn"),
        "ReadTheStream": (READ_TABLE_STREAM, "OrdersTable.StreamArn"),
        "InvokeTheProcessor": ("lambda:InvokeFunction", f"{FUNCTION}NormalOrdersProcessor"),
        "SendDeadLetters": ("sqs:SendMessage", "NormalPipeDLQ.Arn"),
    },
    "NormalOrdersProcessor": {
        "WriteLogs": (WRITE_LOGS, "NormalOrdersProcessorLogGroup.Arn"),
        "SendDeadLetters": ("sqs:SendMessage", "NormalPipeDLQ.Arn"),
        "StoreLargeDeadLetters": ("s3:PutObject", "${ArchiveBucket.Arn}/dead-letters/NormalOrdersProcessor/*"),
    },
    "PremiumOrdersPipe": {
        "WriteLogs": (WRITE_LOGS, "PremiumOrdersPipeLogGroup.Arn"),
        "ReadTheStream": (READ_TABLE_STREAM, "OrdersTable.StreamArn"),
        "InvokeTheProcessor": ("lambda:InvokeFunction", f"{FUNCTION}PremiumOrdersProcessor"),
        "SendDeadLetters": ("sqs:SendMessage", "PremiumPipeDLQ.Arn"),
    },
    "PremiumOrdersProcessor": {
        "WriteLogs": (WRITE_LOGS, "PremiumOrdersProcessorLogGroup.Arn"),
        "SendDeadLetters": ("sqs:SendMessage", "PremiumPipeDLQ.Arn"),
        "StoreLargeDeadLetters": ("s3:PutObject", "${ArchiveBucket.Arn}/dead-letters/PremiumOrdersProcessor/*"),
        "Notify": ("sns:Publish sns:PublishBatch", "PremiumTopic"),
    },
}

PIPES = {"NormalOrdersPipe", "PremiumOrdersPipe"}
FUNCTIONS = ALLOWED.keys() - PIPES
# Who reads what the former key encrypted: records, messages, objects. Who only writes has no use for that key.
READERS = {"AnalyticsAggregator", "OrderArchiver", "OrderWriter", *PIPES}

KEY = "arn:aws:kms:eu-central-1:123456789012:key/5d6a"
FORMER_KEY = "arn:aws:kms:eu-central-1:123456789012:key/0c8d"
# What a parameter adds: its value, to whom, and the statement.
ADDED = {
    "KmsKeyArn": (KEY, set(ALLOWED), {"UseTheKey": ("kms:Decrypt kms:GenerateDataKey", KEY)}),
    "FormerKmsKeyArn": (FORMER_KEY, READERS, {"ReadByTheFormerKey": ("kms:Decrypt", FORMER_KEY)}),
    # X-Ray has no resources to name.
    "Tracing": ("Active", FUNCTIONS, {"Trace": ("xray:PutTelemetryRecords xray:PutTraceSegments", "*")}),
}
COMBINATIONS = [added for count in range(len(ADDED) + 1) for added in itertools.combinations(ADDED, count)]

# Who may take a role. A Pipe of another account could have its service take one, hence the condition.
LAMBDA = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
PIPES_OF_THE_ACCOUNT = {
    "Effect": "Allow",
    "Principal": {"Service": "pipes.amazonaws.com"},
    "Action": "sts:AssumeRole",
    "Condition": {"StringEquals": {"aws:SourceAccount": "AWS::AccountId"}},
}

REFUSE_TO_REPLACE = {
    "Sid": "RefuseToReplaceWhatIsArchived",
    "Effect": "Deny",
    "Principal": "*",
    "Action": "s3:PutObject",
    "Resource": "${ArchiveBucket.Arn}/orders/*",
    "Condition": {"Null": {"s3:if-none-match": "true"}, "Bool": {"s3:ObjectCreationOperation": "true"}},
}
REFUSE_PLAIN_HTTP = {
    "Sid": "RefusePlainHTTP",
    "Effect": "Deny",
    "Principal": "*",
    "Action": "s3:*",
    "Resource": ["ArchiveBucket.Arn", "${ArchiveBucket.Arn}/*"],
    "Condition": {"Bool": {"aws:SecureTransport": "false"}},
}


def from_the_topic(sid: str, queue: str) -> dict[str, Any]:
    """SNS may put messages of OrderTopic into the queue, and of no other topic, whosever it is."""
    return {
        "Sid": sid,
        "Effect": "Allow",
        "Principal": {"Service": "sns.amazonaws.com"},
        "Action": "sqs:SendMessage",
        "Resource": f"{queue}.Arn",
        "Condition": {"ArnEquals": {"aws:SourceArn": "OrderTopic"}},
    }


# Who may use the other queues is decided by policies of the account's identities alone.
QUEUE_POLICIES = {
    "OrderQueue": from_the_topic("OrdersFromTheTopic", "OrderQueue"),
    "OrderTopicDLQ": from_the_topic("UndeliveredOrdersFromTheTopic", "OrderTopicDLQ"),
}


class ByName(Deployed):
    """Calls resources by their names in the template, so that `!Ref` and `!GetAtt` stay different."""

    def reference(self, name: str) -> Any:
        return super().reference(name) if name in self.account.parameters else name

    def arn(self, name: str) -> str:
        return f"{name}.Arn"


def properties(kind: str, **parameters: str) -> dict[str, dict[str, Any]]:
    """By logical id, with these parameters and the defaults."""
    account = Account(ROOT / "cloudformation.yaml")
    account.parameters |= parameters
    deployed = ByName(account)
    return {name: deployed.resolve(value) for name, value in resources(kind).items()}


def statements(document: dict[str, Any]) -> list[dict[str, Any]]:
    assert document.keys() == {"Version", "Statement"} and document["Version"] == "2012-10-17"
    return document["Statement"]


def in_order(statement: dict[str, Any]) -> dict[str, Any]:
    """One action may stand alone or in a list."""
    actions = statement["Action"]
    return statement | {"Action": [actions] if isinstance(actions, str) else sorted(actions)}


def allowing(sid: str, actions: str, resource: str) -> dict[str, Any]:
    return {"Sid": sid, "Effect": "Allow", "Action": actions.split(), "Resource": resource}


@pytest.mark.parametrize("added", COMBINATIONS, ids=lambda added: "+".join(added) or "defaults")
def test_a_role_allows_what_the_table_says_and_nothing_else(added: tuple[str, ...]) -> None:
    found = properties("AWS::IAM::Role", **{name: ADDED[name][0] for name in added})
    assert found.keys() == {f"{name}Role" for name in ALLOWED}
    for name, allowed in ALLOWED.items():
        for _, receivers, statement in (ADDED[parameter] for parameter in added):
            if name in receivers:
                allowed = allowed | statement
        # A managed policy or a second one would allow more.
        role = found[f"{name}Role"]
        assert role.keys() == {"AssumeRolePolicyDocument", "Policies"}, name
        [policy] = role["Policies"]
        written = {statement["Sid"]: in_order(statement) for statement in statements(policy["PolicyDocument"])}
        assert written == {sid: allowing(sid, *what) for sid, what in allowed.items()}, name
        assert len(written) == len(statements(policy["PolicyDocument"])), f"{name}: a Sid is there twice"


def test_a_role_is_taken_by_its_service_only_and_used_where_its_name_says() -> None:
    roles = properties("AWS::IAM::Role")
    for name in ALLOWED:
        trusted = statements(roles[f"{name}Role"]["AssumeRolePolicyDocument"])
        assert trusted == [PIPES_OF_THE_ACCOUNT if name in PIPES else LAMBDA], name
    functions, pipes = properties("AWS::Lambda::Function"), properties("AWS::Pipes::Pipe")
    assert {name: value["Role"] for name, value in functions.items()} == {name: f"{name}Role.Arn" for name in FUNCTIONS}
    assert {name: value["RoleArn"] for name, value in pipes.items()} == {name: f"{name}Role.Arn" for name in PIPES}


def test_no_resource_of_another_kind_allows_anything() -> None:
    """What stands in this file is all there is to review."""
    kinds = {resource["Type"] for resource in TEMPLATE.resources.values()}
    assert {kind for kind in kinds if "::IAM::" in kind or kind.endswith(("Policy", "Permission"))} == {
        "AWS::IAM::Role",
        "AWS::Lambda::Permission",
        "AWS::S3::BucketPolicy",
        "AWS::SQS::QueuePolicy",
    }
    # Tables and their streams may have policies among their properties.
    assert not [name for name, resource in TEMPLATE.resources.items() if "ResourcePolicy" in str(resource)]


@pytest.mark.parametrize(
    ("required", "denied"),
    [("true", [REFUSE_TO_REPLACE, REFUSE_PLAIN_HTTP]), ("false", [REFUSE_TO_REPLACE])],
)
def test_the_bucket_refuses_to_replace_and_refuses_plain_http_where_tls_is_required(
    required: str, denied: list[dict[str, Any]]
) -> None:
    [policy] = properties("AWS::S3::BucketPolicy", RequireTLS=required).values()
    assert policy["Bucket"] == "ArchiveBucket"
    assert statements(policy["PolicyDocument"]) == denied
    assert TEMPLATE.parameters["RequireTLS"].default == "true"


def test_a_queue_takes_messages_of_its_topic_only() -> None:
    written = {}
    for policy in properties("AWS::SQS::QueuePolicy").values():
        [queue], [statement] = policy["Queues"], statements(policy["PolicyDocument"])
        written[queue] = statement
    assert written == QUEUE_POLICIES


def test_the_intake_is_invoked_by_its_api_only() -> None:
    assert list(properties("AWS::Lambda::Permission").values()) == [
        {
            "FunctionName": "OrderIntake",
            "Action": "lambda:InvokeFunction",
            "Principal": "apigateway.amazonaws.com",
            "SourceArn": "arn:${AWS::Partition}:execute-api:${AWS::Region}:${AWS::AccountId}:OrderApi/*",
        }
    ]
