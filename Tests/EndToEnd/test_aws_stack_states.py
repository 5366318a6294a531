"""What the tool does on a stack in each state that CloudFormation knows."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from awsmodel import call
from awsmodel.account import Account
from awsmodel.cloud import STACK_LOOK, Cloud
from awsmodel.health import is_well, lines

STATES = call.service_model("cloudformation").shape_for("StackStatus").enum
# A creation before it is complete, and a deletion, leave a stack without some of its parts, or without any.
UNUSABLE = {
    "CREATE_IN_PROGRESS",
    "CREATE_FAILED",
    "ROLLBACK_IN_PROGRESS",
    "ROLLBACK_FAILED",
    "ROLLBACK_COMPLETE",
    "REVIEW_IN_PROGRESS",
    "DELETE_IN_PROGRESS",
    "DELETE_FAILED",
    "DELETE_COMPLETE",
}
NOTED = {state for state in STATES if state not in UNUSABLE and not state.endswith("_COMPLETE")}


def in_state(account: Account, state: str) -> None:
    describe = account.rules["cloudformation.DescribeStacks"]

    def described(asked: dict[str, Any]) -> dict[str, Any]:
        [stack] = describe(asked)["Stacks"]
        return {"Stacks": [stack | {"StackStatus": state}]}

    account.rules["cloudformation.DescribeStacks"] = described


@pytest.mark.parametrize("state", STATES)
def test_a_command_works_on_whatever_has_its_parts(cloud: Cloud, state: str) -> None:
    in_state(cloud.account, state)
    cloud.account.rules["dynamodb.Query"] = lambda _: {"Items": [], "Count": 0, "ScannedCount": 0}
    result = cloud.run("report", "--day", "2025-08-27")
    said = f"the stack orders is {state}: "
    if state in UNUSABLE:
        assert result.returncode == 1
        assert result.stderr.startswith(f"error: {said}")
        assert cloud.account.operations == {"cloudformation.DescribeStacks"}
    else:
        assert result.returncode == 0, result.stderr
        assert (said in result.stderr) == (state in NOTED)
        assert cloud.account.operations == STACK_LOOK | {"dynamodb.Query"}
    assert "does not know that state" not in result.stderr


def test_letters_are_redriven_while_an_update_s_way_back_has_failed(cloud: Cloud) -> None:
    in_state(cloud.account, "UPDATE_ROLLBACK_FAILED")
    cloud.account.rules["sqs.GetQueueAttributes"] = lambda _: {"Attributes": {"ApproximateNumberOfMessages": "7"}}
    result = cloud.run("redrive", "--queue", "OrderDLQ", "--dry-run")
    assert result.returncode == 0, result.stderr
    command = "aws cloudformation continue-update-rollback --stack-name orders --region eu-central-1"
    assert command in result.stderr


def test_orders_are_not_sent_to_a_stack_that_is_not_there_yet(cloud: Cloud, tmp_path: Path) -> None:
    in_state(cloud.account, "CREATE_IN_PROGRESS")
    order = tmp_path / "order.json"
    order.write_text('{"orderId":"o-1"}')
    result = cloud.run("send", "--sns", str(order))
    assert result.returncode == 1
    assert "the stack orders is CREATE_IN_PROGRESS: it is being created; wait until that is done" in result.stderr


@pytest.mark.parametrize("state", ["UPDATE_ROLLBACK_FAILED", "UPDATE_FAILED", "UPDATE_IN_PROGRESS"])
def test_doctor_says_that_a_stack_is_not_as_it_was_deployed(cloud: Cloud, state: str) -> None:
    is_well(cloud.account)
    in_state(cloud.account, state)
    status, found, said = lines(cloud)
    assert status == 1
    assert found[0].startswith(f"✗ stack orders: {state}: ")
    assert state not in said, "it is told once"
    assert "✓ OrderStream: active" in found, "the rest is looked at all the same"


def test_doctor_says_that_a_stack_is_deployed(cloud: Cloud) -> None:
    is_well(cloud.account)
    assert lines(cloud)[1][0] == "✓ stack orders: UPDATE_COMPLETE"


def test_what_an_update_s_way_back_has_deleted_is_no_part_of_the_stack(cloud: Cloud) -> None:
    is_well(cloud.account)
    listed = cloud.account.rules["cloudformation.ListStackResources"]

    def resources(asked: dict[str, Any]) -> dict[str, Any]:
        page = listed(asked)
        for summary in page["StackResourceSummaries"]:
            if summary["LogicalResourceId"] == "PremiumOrdersPipe":
                summary["ResourceStatus"] = "DELETE_COMPLETE"
        return page

    cloud.account.rules["cloudformation.ListStackResources"] = resources
    assert not [line for line in lines(cloud)[1] if "PremiumOrdersPipe:" in line]
    asked = [made["Name"] for made in cloud.account.of("pipes.DescribePipe")]
    assert asked == [cloud.account.physical_id("NormalOrdersPipe")]
