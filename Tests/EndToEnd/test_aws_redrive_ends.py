"""How `orders redrive` ends before it is done: by a signal, or where its credentials end."""

from __future__ import annotations

import signal
import subprocess
import threading
from typing import Any

import pytest

from awsmodel.cloud import Cloud, Queue, message
from awsmodel.request import ServiceError
from support import eventually


def started(cloud: Cloud, queue: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        cloud.command("redrive", "--queue", queue), env=cloud.environment, stderr=subprocess.PIPE, text=True
    )


def fill(cloud: Cloud) -> None:
    """A queue of 20 letters, which the tool itself sends back."""
    account = cloud.account
    Queue(account, "OrderTopicDLQ", *(message(f"m-{number}", "{}") for number in range(20)))
    account.rules["sqs.SendMessage"] = lambda _: {"MessageId": "new", "MD5OfMessageBody": "0" * 32}


def test_credentials_that_end_are_said_at_once_and_not_tried_for_each_letter(cloud: Cloud) -> None:
    fill(cloud)
    account = cloud.account

    def ended(_: dict[str, Any]) -> dict[str, Any]:
        raise ServiceError("ExpiredTokenException", "The security token included in the request is expired", 403)

    def delete(_: dict[str, Any]) -> dict[str, Any]:
        account.rules |= dict.fromkeys(["sqs.SendMessage", "sqs.ChangeMessageVisibility"], ended)
        return {}

    account.rules["sqs.DeleteMessage"] = delete
    result = cloud.run("redrive", "--queue", "OrderTopicDLQ")
    assert result.returncode == 1
    first, failure, rest = result.stderr.splitlines()
    assert first.startswith("m-0: moved back to ")
    assert failure.startswith("error: SQS.SendMessage failed: ExpiredTokenException")
    assert "run the command again with valid ones" in failure
    assert rest.startswith("19 messages stay hidden for up to 6 minutes: SQS.ChangeMessageVisibility failed")
    assert len(account.of("sqs.ChangeMessageVisibility")) == 8


@pytest.mark.parametrize("stop", [signal.SIGINT, signal.SIGTERM])
def test_a_stop_hides_nothing(cloud: Cloud, stop: int) -> None:
    fill(cloud)
    account = cloud.account
    is_over = threading.Event()

    def stand(_: dict[str, Any]) -> dict[str, Any]:
        is_over.wait(60)
        return {"MessageId": "new", "MD5OfMessageBody": "0" * 32}

    def delete(_: dict[str, Any]) -> dict[str, Any]:
        account.rules["sqs.SendMessage"] = stand
        return {}

    account.rules["sqs.DeleteMessage"] = delete
    process = started(cloud, "OrderTopicDLQ")
    try:
        eventually(lambda: len(account.of("sqs.SendMessage")) == 2 or process.poll() is not None, "the second letter")
        process.send_signal(stop)
        _, said = process.communicate(timeout=20)
    finally:
        is_over.set()
        process.kill()
    assert account.complaints == [], said
    assert process.returncode == 1, said
    assert said.splitlines()[-1] == "stopped: delivered 1 dead letter, left 19"
    shown = {asked["ReceiptHandle"] for asked in account.of("sqs.ChangeMessageVisibility")}
    assert shown == {f"receipt of m-{number}" for number in range(1, 20)}


def test_a_stop_before_the_queue_is_known_is_no_good_end(cloud: Cloud) -> None:
    is_over = threading.Event()
    asked = threading.Event()

    def stand(_: dict[str, Any]) -> dict[str, Any]:
        asked.set()
        is_over.wait(60)
        return {"Stacks": []}

    cloud.account.rules["cloudformation.DescribeStacks"] = stand
    process = started(cloud, "AnalyticsDLQ")
    try:
        assert asked.wait(30)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=10)
    finally:
        is_over.set()
        process.kill()
    assert (process.returncode, said) == (1, "stopped\n")


def test_a_stop_leaves_sqs_moving_the_messages(cloud: Cloud) -> None:
    account = cloud.account
    task = {"Status": "RUNNING", "ApproximateNumberOfMessagesMoved": 1, "StartedTimestamp": 1_756_318_080_000}

    def listed(_: dict[str, Any]) -> dict[str, Any]:
        return {"Results": [task] if "sqs.StartMessageMoveTask" in account.operations else []}

    account.rules["sqs.ListMessageMoveTasks"] = listed
    account.rules["sqs.StartMessageMoveTask"] = lambda _: {"TaskHandle": "eyJ0YXNrSWQiOiJ4In0="}
    process = started(cloud, "OrderDLQ")
    try:
        eventually(lambda: len(account.of("sqs.ListMessageMoveTasks")) > 1 or process.poll() is not None, "the task")
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=10)
    finally:
        process.kill()
    assert process.returncode == 1, said
    assert said.splitlines()[-2:] == ["SQS goes on moving the messages back", "stopped"]
