"""How the template's resources wait for each other, which outlive it, and what is said of a creation that failed."""

from __future__ import annotations

import datetime
import itertools
import math
import sys
from typing import Any

import pytest
from botocore.exceptions import ClientError

from pipeline.stack import ROOT

sys.path.insert(0, str(ROOT / "scripts"))
from deployment.delete import delete
from deployment.deploy import Deployment, Request
from deployment.errors import DeploymentError
from deployment.stack import Stack, is_role_not_known_yet
from deployment.template import Template

TEXT = (ROOT / "cloudformation.yaml").read_text()
TEMPLATE = Template.parse(TEXT)


def references(value: Any) -> set[str]:
    """Logical ids that a part of the template waits for."""
    found: set[str] = set()
    if isinstance(value, list):
        found = {name for item in value for name in references(item)}
    elif isinstance(value, dict):
        found = {name for item in value.values() for name in references(item)}
        if "Ref" in value:
            found.add(value["Ref"])
        if "Fn::GetAtt" in value:
            found.add(value["Fn::GetAtt"][0])
        if "Fn::Sub" in value:
            text = value["Fn::Sub"] if isinstance(value["Fn::Sub"], str) else value["Fn::Sub"][0]
            found |= {part.partition("}")[0].partition(".")[0] for part in text.split("${")[1:]}
    return found & TEMPLATE.resources.keys()


def waits_for(name: str) -> set[str]:
    """All that is made before a resource."""
    before: set[str] = set()
    new = {name}
    while new:
        resource = TEMPLATE.resources[new.pop()]
        depends = resource.get("DependsOn", [])
        direct = references(resource.get("Properties")) | set([depends] if isinstance(depends, str) else depends)
        new |= direct - before
        before |= direct
    return before


def names_of(kind: str) -> set[str]:
    return {name for name, resource in TEMPLATE.resources.items() if resource["Type"] == kind}


def test_no_role_waits_for_a_function_and_pipes_come_last() -> None:
    for role in names_of("AWS::IAM::Role"):
        assert waits_for(role) & names_of("AWS::Lambda::Function") == set(), role
    for pipe in names_of("AWS::Pipes::Pipe"):
        before = waits_for(pipe)
        assert before >= names_of("AWS::Lambda::EventSourceMapping"), pipe
        assert before >= names_of("AWS::DynamoDB::Table") | names_of("AWS::Kinesis::Stream"), pipe


def test_no_two_parts_of_the_api_are_changed_at_once() -> None:
    """API Gateway answers one of two changes with a conflict; a part that a condition leaves out breaks no chain."""
    parts = {name for name, part in TEMPLATE.resources.items() if part["Type"].startswith("AWS::ApiGatewayV2::")}
    assert len(parts) == 8
    for first, second in itertools.combinations(sorted(parts), 2):
        assert first in waits_for(second) or second in waits_for(first), (first, second)
    for name in parts:
        depends = TEMPLATE.resources[name].get("DependsOn")
        assert depends is None or "Condition" not in TEMPLATE.resources[depends], name


def test_data_outlives_the_stack_but_not_a_creation_that_failed() -> None:
    data = names_of("AWS::DynamoDB::Table") | names_of("AWS::S3::Bucket") | names_of("AWS::S3::BucketPolicy")
    dead_letters = {name for name in names_of("AWS::SQS::Queue") if name.endswith("DLQ")}
    assert len(dead_letters) == 5
    assert TEMPLATE.retained == data | dead_letters
    for name in TEMPLATE.retained:
        resource = TEMPLATE.resources[name]
        assert (resource["DeletionPolicy"], resource["UpdateReplacePolicy"]) == ("RetainExceptOnCreate", "Retain"), name


# --- A creation that failed -----------------------------------------------------------------------------------------


def event(kind: str, reason: str) -> dict[str, Any]:
    return {"ResourceType": kind, "ResourceStatusReason": reason}


EARLY = event(
    "AWS::Pipes::Pipe",
    "Status Reason is Input parameter is invalid from the request due to : Cannot access stream arn:aws:dynamodb:x. "
    "Please ensure the customer role can perform actions on source stream",
)
CANCELLED = event("AWS::Pipes::Pipe", "Resource creation cancelled")
STACK = event("AWS::CloudFormation::Stack", "The following resource(s) failed to create: [NormalOrdersPipe].")


@pytest.mark.parametrize(
    ("failures", "is_early"),
    [
        ([EARLY], True),
        ([EARLY, CANCELLED, STACK], True),
        ([EARLY, EARLY], True),
        ([], False),
        ([CANCELLED], False),
        ([STACK], False),
        ([event("AWS::SQS::Queue", "exists"), EARLY], False),
        ([EARLY, event("AWS::SQS::Queue", "exists")], False),
        ([event("AWS::Pipes::Pipe", "Error occurred while sending message to SQS queue")], False),
        # Lambda's mappings know a similar sentence for another mistake.
        ([event("AWS::Lambda::EventSourceMapping", EARLY["ResourceStatusReason"])], False),
    ],
)
def test_only_a_pipe_that_came_too_early_is_worth_another_try(failures: list[dict[str, Any]], is_early: bool) -> None:
    assert is_role_not_known_yet(failures) is is_early


class Events:
    """A client whose stack had these events, newest first, two in a page."""

    def __init__(self, *events: tuple[str, str]) -> None:
        self.events = [{"EventId": name, "ResourceStatus": status} for name, status in events]

    def get_paginator(self, operation: str) -> Events:
        assert operation == "describe_stack_events"
        return self

    def paginate(self, **asked: str) -> list[dict[str, Any]]:
        assert asked == {"StackName": "orders"}
        return [{"StackEvents": self.events[start : start + 2]} for start in range(0, len(self.events), 2)]


@pytest.mark.parametrize(
    ("since", "expected"), [("e3", ["e4", "e5"]), ("e5", []), ("e1", ["e4", "e5"]), (None, ["e0", "e4", "e5"])]
)
def test_only_failures_of_this_deployment_are_shown_oldest_first(since: str | None, expected: list[str]) -> None:
    client = Events(
        ("e5", "UPDATE_ROLLBACK_FAILED"), ("e4", "CREATE_FAILED"), ("e3", "UPDATE_COMPLETE"),
        ("e2", "CREATE_COMPLETE"), ("e1", "CREATE_COMPLETE"), ("e0", "CREATE_FAILED"),
    )  # fmt: skip
    assert [event["EventId"] for event in Stack(client, "orders").failures(since)] == expected


class Session:
    """Of an account in which the stack has that status, or in which there is none."""

    region_name = "eu-central-1"

    def __init__(self, status: str | None) -> None:
        self.status = status

    def client(self, service: str) -> Session:
        assert service == "cloudformation"
        return self

    def describe_stacks(self, StackName: str) -> dict[str, Any]:
        if self.status is None:
            error = {"Code": "ValidationError", "Message": f"Stack with id {StackName} does not exist"}
            raise ClientError({"Error": error}, "DescribeStacks")
        return {"Stacks": [{"StackStatus": self.status}]}


@pytest.mark.parametrize(
    ("status", "advice"),
    [
        ("UPDATE_FAILED", "aws cloudformation rollback-stack --stack-name orders --region eu-central-1"),
        (
            "UPDATE_ROLLBACK_FAILED",
            "aws cloudformation continue-update-rollback --stack-name orders --region eu-central-1",
        ),
        *(
            (status, "and delete it with: scripts/deploy --delete --yes --stack orders --region eu-central-1")
            for status in ("CREATE_FAILED", "ROLLBACK_FAILED", "DELETE_FAILED")
        ),
    ],
)
def test_the_way_out_of_a_failed_state_can_be_pasted_in_any_shell(status: str, advice: str) -> None:
    """The region that is meant may be another than the shell's."""
    session: Any = Session(status)
    with pytest.raises(DeploymentError) as refusal:
        Deployment(session, Request(stack="orders", bucket="b", parameters={}), TEMPLATE).run()
    assert str(refusal.value).endswith(advice)


@pytest.mark.parametrize("status", ["CREATE_IN_PROGRESS", "UPDATE_IN_PROGRESS", "UPDATE_ROLLBACK_IN_PROGRESS"])
def test_a_stack_that_is_at_work_is_not_deployed(status: str) -> None:
    session: Any = Session(status)
    with pytest.raises(DeploymentError, match=rf"stack orders is at work \({status}\): wait until it is done"):
        Deployment(session, Request(stack="orders", bucket="b", parameters={}), TEMPLATE).run()


def test_a_stack_that_is_not_there_is_told_with_the_region_that_was_looked_at() -> None:
    session: Any = Session(None)
    with pytest.raises(DeploymentError, match="there is no stack orders in eu-central-1: name its region"):
        delete(session, "orders", is_meant=True, is_forced=False, role_arn=None)


# --- The name of a deleted queue ------------------------------------------------------------------------------------


NOON = datetime.datetime(2025, 8, 27, 12, tzinfo=datetime.UTC)


class StoppedClock:
    """Goes on only while somebody sleeps."""

    def __init__(self) -> None:
        self.time = NOON
        self.slept: list[float] = []

    def now(self) -> datetime.datetime:
        return self.time

    def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.time += datetime.timedelta(seconds=seconds)


class EmptyStack:
    """A stack that is removed, as far as Deployment asks it."""

    name = "orders"

    def __init__(self, deletion: datetime.datetime | None) -> None:
        self.deletions = {"OrderQueue": deletion}

    def kept_resources(self) -> list[str]:
        return []

    def deletion(self, resource: str) -> datetime.datetime | None:
        return self.deletions[resource]

    def delete(self) -> None:
        # Its events are no longer found by its name.
        self.deletions = {}


@pytest.mark.parametrize(
    ("seconds_ago", "slept"),
    [
        (None, []),
        (60, []),
        (3_600, []),
        (59.5, [0.5]),
        (33, [10, 10, 7]),
        (0, [10] * 6),
        # The clock of this machine is behind that of AWS.
        (-300, [10] * 6),
    ],
)
def test_a_stack_is_made_anew_once_sqs_takes_the_name_of_its_queue_again(
    seconds_ago: float | None, slept: list[float], capsys: pytest.CaptureFixture[str]
) -> None:
    clock: Any = StoppedClock()
    session: Any = Session("ROLLBACK_COMPLETE")
    deployment = Deployment(session, Request(stack="orders", bucket="b", parameters={}), TEMPLATE, clock)
    deletion = None if seconds_ago is None else NOON - datetime.timedelta(seconds=seconds_ago)
    stack: Any = EmptyStack(deletion)
    deployment.stack = stack
    deployment._remove("it holds nothing")
    assert clock.slept == slept
    told = [line for line in capsys.readouterr().err.splitlines() if line.startswith("Waiting ")]
    left = [math.ceil(sum(slept[index:])) for index in range(len(slept))]
    assert told == [
        f"Waiting {seconds} s until SQS takes the name of the deleted OrderQueue again …" for seconds in left
    ]


def test_only_order_queue_has_a_name_that_a_new_stack_takes_again() -> None:
    queues = names_of("AWS::SQS::Queue")
    assert {name for name in queues if "QueueName" in TEMPLATE.resources[name]["Properties"]} == {"OrderQueue"}


@pytest.mark.parametrize(
    ("found", "expected"),
    [
        ([("OrderQueue", "DELETE_COMPLETE", 30), ("OrderQueue", "DELETE_IN_PROGRESS", 31)], 30),
        # The latest of two, and of this queue.
        ([("OrderQueue", "DELETE_COMPLETE", 40), ("OrderQueue", "DELETE_COMPLETE", 90)], 40),
        ([("OrderDLQ", "DELETE_COMPLETE", 20), ("OrderQueue", "DELETE_COMPLETE", 40)], 40),
        ([("OrderQueue", "CREATE_COMPLETE", 50), ("OrderDLQ", "DELETE_COMPLETE", 20)], None),
        ([], None),
    ],
)
def test_when_a_queue_was_deleted_is_what_the_stacks_events_say(
    found: list[tuple[str, str, int]], expected: int | None
) -> None:
    client = Events()
    client.events = [
        {"LogicalResourceId": name, "ResourceStatus": status, "Timestamp": NOON - datetime.timedelta(seconds=age)}
        for name, status, age in found
    ]
    when = Stack(client, "orders").deletion("OrderQueue")
    assert when == (None if expected is None else NOON - datetime.timedelta(seconds=expected))
