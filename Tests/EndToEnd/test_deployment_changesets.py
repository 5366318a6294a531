"""What is told of a change set that CloudFormation refuses, and what is left of one that is not executed."""

from __future__ import annotations

import datetime
import sys
from types import SimpleNamespace
from typing import Any

import boto3
import pytest
from botocore.exceptions import OperationNotPageableError
from botocore.stub import ANY, Stubber

from pipeline.stack import ROOT

sys.path.insert(0, str(ROOT / "scripts"))
from deployment.changeset import ChangeSet
from deployment.clock import Clock
from deployment.errors import DeploymentError
from deployment.stack import Stack
from deployment.template import Template

TEMPLATE = Template.parse((ROOT / "cloudformation.yaml").read_text())
CHANGE_SET = "arn:aws:cloudformation:eu-central-1:123456789012:changeSet/deploy-1/5d6a"
STACK_ID = "arn:aws:cloudformation:eu-central-1:123456789012:stack/orders/5d6a"
NAMES = {"StackName": "orders", "ChangeSetName": ANY}
VALIDATION = (
    "The following hook(s)/validation failed: [AWS::EarlyValidation::PropertyValidation]. To troubleshoot Early "
    "Validation errors, use the DescribeEvents API for detailed failure information."
)


def validation(resource: str, reason: str, mode: str = "FAIL") -> dict[str, Any]:
    return {
        "EventType": "VALIDATION_ERROR",
        "LogicalResourceId": resource,
        "ValidationFailureMode": mode,
        "ValidationPath": f"/Resources/{resource}/Properties",
        "ValidationStatus": "FAILED",
        "ValidationStatusReason": reason,
    }


def change_set_of(
    status: str, reason: str = "", is_creation: bool = True, clock: Any = None
) -> tuple[ChangeSet, Stubber]:
    """One that CloudFormation describes so, by botocore's own client, which knows what may be asked and answered."""
    client = boto3.client(
        "cloudformation", region_name="eu-central-1", aws_access_key_id="none", aws_secret_access_key="none"
    )
    stubber = Stubber(client)
    if not is_creation:
        stubber.add_response("describe_stacks", stack_in("CREATE_COMPLETE"), {"StackName": "orders"})
    stubber.add_response("create_change_set", {"Id": CHANGE_SET}, NAMES | dict.fromkeys(
        ("ChangeSetType", "TemplateURL", "Parameters", "Capabilities"), ANY
    ))  # fmt: skip
    described = {"ChangeSetId": CHANGE_SET, "Status": status, "StatusReason": reason}
    stubber.add_response("describe_change_set", described, NAMES)
    return ChangeSet(Stack(client, "orders"), is_creation, clock or Clock()), stubber


def refused_change_set(reason: str) -> tuple[ChangeSet, Stubber]:
    return change_set_of("FAILED", reason)


def stack_in(status: str) -> dict[str, Any]:
    made = datetime.datetime(2025, 8, 27, tzinfo=datetime.UTC)
    return {"Stacks": [{"StackName": "orders", "StackId": STACK_ID, "StackStatus": status, "CreationTime": made}]}


def expect_its_empty_stack_to_be_deleted(stubber: Stubber) -> None:
    """That is what CloudFormation has made for the change set, which goes with it."""
    waiting, named = stack_in("REVIEW_IN_PROGRESS"), {"StackName": "orders"}
    for _ in range(3):
        stubber.add_response("describe_stacks", waiting, named)
    stubber.add_response("describe_stack_events", {"StackEvents": []}, named)
    stubber.add_response("delete_stack", {}, {"StackName": STACK_ID})
    stubber.add_client_error("describe_stacks", "ValidationError", expected_params={"StackName": STACK_ID})


def test_what_a_validation_has_found_is_told_before_the_change_set_is_removed() -> None:
    change_set, stubber = refused_change_set(VALIDATION)
    asked = {"ChangeSetName": CHANGE_SET, "Filters": {"FailedEvents": True}}
    first = [validation("OrderDLQ", "Required property [QueueName] not found"), {"EventType": "STACK_EVENT"}]
    hook = {"EventType": "HOOK_INVOCATION_ERROR", "HookFailureMode": "FAIL", "HookStatusReason": "no tags"}
    last = [validation("ArchiveBucket", "The bucket is not empty", "WARN"), hook]
    stubber.add_response("describe_events", {"OperationEvents": first, "NextToken": "more"}, asked)
    stubber.add_response("describe_events", {"OperationEvents": last}, asked | {"NextToken": "more"})
    expect_its_empty_stack_to_be_deleted(stubber)
    with stubber, pytest.raises(DeploymentError) as refusal:
        change_set.create("https://b.s3.amazonaws.com/t", {}, TEMPLATE, {})
    stubber.assert_no_pending_responses()
    assert str(refusal.value).splitlines() == [
        f"CloudFormation refuses the change set: {VALIDATION}",
        "  OrderDLQ (/Resources/OrderDLQ/Properties): Required property [QueueName] not found",
        "  orders: no tags",
    ]


def test_without_the_permission_a_refusal_is_told_as_far_as_it_is_known() -> None:
    change_set, stubber = refused_change_set(VALIDATION)
    stubber.add_client_error("describe_events", "AccessDenied", http_status_code=403)
    expect_its_empty_stack_to_be_deleted(stubber)
    with stubber, pytest.raises(DeploymentError) as refusal:
        change_set.create("https://b.s3.amazonaws.com/t", {}, TEMPLATE, {})
    stubber.assert_no_pending_responses()
    assert str(refusal.value) == f"CloudFormation refuses the change set: {VALIDATION}"


@pytest.mark.parametrize(
    "error", [OperationNotPageableError(operation_name="describe_events"), KeyError("describe_events")]
)
def test_a_botocore_that_cannot_ask_for_validations_loses_neither_the_reason_nor_leaves_the_change_set(
    monkeypatch: pytest.MonkeyPatch, error: Exception
) -> None:
    change_set, stubber = refused_change_set(VALIDATION)

    def get_paginator(_: str) -> None:
        raise error

    monkeypatch.setattr(change_set.client, "get_paginator", get_paginator)
    expect_its_empty_stack_to_be_deleted(stubber)
    with stubber, pytest.raises(DeploymentError) as refusal:
        change_set.create("https://b.s3.amazonaws.com/t", {}, TEMPLATE, {})
    stubber.assert_no_pending_responses()
    assert str(refusal.value) == f"CloudFormation refuses the change set: {VALIDATION}"


def test_a_change_set_without_changes_is_no_refusal() -> None:
    change_set, stubber = refused_change_set("No updates are to be performed.")
    expect_its_empty_stack_to_be_deleted(stubber)
    with stubber:
        assert change_set.create("https://b.s3.amazonaws.com/t", {}, TEMPLATE, {}) == []
    stubber.assert_no_pending_responses()


def test_the_change_set_of_an_update_goes_without_the_stack() -> None:
    change_set, stubber = change_set_of("FAILED", "No updates are to be performed.", is_creation=False)
    stubber.add_response("delete_change_set", {}, NAMES)
    with stubber:
        assert change_set.create("https://b.s3.amazonaws.com/t", {}, TEMPLATE, {}) == []
    stubber.assert_no_pending_responses()


def test_a_creation_that_has_begun_is_not_deleted_with_its_change_set() -> None:
    change_set, stubber = refused_change_set("No updates are to be performed.")
    stubber.add_response("describe_stacks", stack_in("CREATE_IN_PROGRESS"), {"StackName": "orders"})
    with stubber:
        change_set.create("https://b.s3.amazonaws.com/t", {}, TEMPLATE, {})
    stubber.assert_no_pending_responses()


def test_somebody_who_interrupts_a_creation_leaves_no_stack_behind() -> None:
    def interrupted(_: float) -> None:
        raise KeyboardInterrupt

    change_set, stubber = change_set_of("CREATE_IN_PROGRESS", clock=SimpleNamespace(sleep=interrupted))
    expect_its_empty_stack_to_be_deleted(stubber)
    with stubber, pytest.raises(KeyboardInterrupt):
        change_set.create("https://b.s3.amazonaws.com/t", {}, TEMPLATE, {})
    stubber.assert_no_pending_responses()


def test_why_a_creation_is_refused_is_told_even_where_nobody_may_delete_its_stack(
    capsys: pytest.CaptureFixture[str],
) -> None:
    change_set, stubber = refused_change_set(VALIDATION)
    stubber.add_client_error("describe_events", "AccessDenied", http_status_code=403)
    stubber.add_client_error("describe_stacks", "AccessDenied", http_status_code=403)
    with stubber, pytest.raises(DeploymentError, match="CloudFormation refuses the change set"):
        change_set.create("https://b.s3.amazonaws.com/t", {}, TEMPLATE, {})
    assert "of orders could not be removed: An error occurred (AccessDenied)" in capsys.readouterr().err
