"""How `orders redrive` ends before it is done: by a signal, or where credentials end or functions are not reached."""

from __future__ import annotations

import base64
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
    # Of the 10 that were received.
    assert rest.startswith("9 messages stay hidden for up to 6 minutes: SQS.ChangeMessageVisibility failed")
    assert len(account.of("sqs.ChangeMessageVisibility")) == 8


def fill_with_letters(cloud: Cloud, failure: ServiceError) -> None:
    """A queue of 20 letters, of which the function takes the first; its other invocations fail."""
    account = cloud.account
    record = base64.b64encode(b'{"eventID":"e","eventName":"INSERT","dynamodb":{"SequenceNumber":"1"}}').decode()
    letter = {"format": 1, "function": "NormalOrdersProcessor", "reason": "not JSON", "record": record}
    Queue(account, "NormalPipeDLQ", *(message(f"m-{number}", letter) for number in range(20)))

    def invoke(_: dict[str, Any]) -> dict[str, Any]:
        if len(account.of("lambda.Invoke")) > 1:
            raise failure
        return {"StatusCode": 200, "Payload": b"{}", "ExecutedVersion": "1"}

    account.rules["lambda.Invoke"] = invoke


def shown(cloud: Cloud) -> set[str]:
    return {asked["ReceiptHandle"] for asked in cloud.account.of("sqs.ChangeMessageVisibility")}


def test_credentials_that_end_at_the_function_end_the_run(cloud: Cloud) -> None:
    fill_with_letters(cloud, ServiceError("ExpiredTokenException", "The security token is expired", 403))
    result = cloud.run("redrive", "--queue", "NormalPipeDLQ")
    assert result.returncode == 1
    first, failure = result.stderr.splitlines()
    assert first.startswith("m-0: delivered ")
    assert failure.startswith("error: Lambda.Invoke failed: ExpiredTokenException")
    assert "run the command again with valid ones" in failure
    assert len(cloud.account.of("lambda.Invoke")) == 2
    assert shown(cloud) == {f"receipt of m-{number}" for number in range(1, 10)}


def test_a_function_that_is_throttled_for_two_letters_in_a_row_ends_the_run(cloud: Cloud) -> None:
    fill_with_letters(cloud, ServiceError("TooManyRequestsException", "Rate Exceeded.", 429))
    result = cloud.run("redrive", "--queue", "NormalPipeDLQ")
    assert result.returncode == 1
    first, second, failure = result.stderr.splitlines()
    assert first.startswith("m-0: delivered ")
    assert second.startswith("m-1: left in the queue: Lambda.Invoke failed: TooManyRequestsException")
    assert failure.startswith("error: m-2: Lambda.Invoke failed: TooManyRequestsException")
    assert shown(cloud) == {f"receipt of m-{number}" for number in range(1, 10)}


def test_letters_that_a_complete_run_cannot_make_visible_again_fail_it(cloud: Cloud) -> None:
    def refuse(_: dict[str, Any]) -> dict[str, Any]:
        raise ServiceError("AccessDenied", "User is not authorized to perform: sqs:ChangeMessageVisibility", 403)

    fill_with_letters(cloud, ServiceError("TooManyRequestsException", "Rate Exceeded.", 429))
    cloud.account.rules["sqs.ChangeMessageVisibility"] = refuse
    result = cloud.run("redrive", "--queue", "NormalPipeDLQ", "--dry-run")
    assert result.returncode == 1
    held, summary = result.stderr.splitlines()[-2:]
    assert held.startswith("20 messages stay hidden for up to 6 minutes: SQS.ChangeMessageVisibility failed")
    assert summary == "would deliver 20 dead letters, left 0"


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
    assert said.splitlines()[-1] == "stopped: delivered 1 dead letter, left 9 and what it had not received"
    assert shown(cloud) == {f"receipt of m-{number}" for number in range(1, 10)}


def stopped_while_unanswered(cloud: Cloud, operation: str, queue: str) -> tuple[int, str]:
    """What a redrive comes to that gets Ctrl-C while a request has no answer: exit status and words."""
    is_over = threading.Event()
    asked = threading.Event()

    def stand(_: dict[str, Any]) -> dict[str, Any]:
        asked.set()
        is_over.wait(60)
        return {}

    cloud.account.rules[operation] = stand
    process = started(cloud, queue)
    try:
        assert asked.wait(30)
        process.send_signal(signal.SIGINT)
        _, said = process.communicate(timeout=10)
    finally:
        is_over.set()
        process.kill()
    return process.returncode, said


def test_a_stop_before_the_queue_is_known_is_no_good_end(cloud: Cloud) -> None:
    assert stopped_while_unanswered(cloud, "cloudformation.DescribeStacks", "AnalyticsDLQ") == (1, "stopped\n")


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


def test_a_stop_while_sqs_has_not_answered_says_that_it_may_be_moving_the_messages(cloud: Cloud) -> None:
    cloud.account.rules["sqs.ListMessageMoveTasks"] = lambda _: {"Results": []}
    found = stopped_while_unanswered(cloud, "sqs.StartMessageMoveTask", "OrderDLQ")
    assert found == (1, "SQS may be moving the messages back\nstopped\n")


def test_a_failure_of_sqs_says_that_it_may_be_moving_the_messages(cloud: Cloud) -> None:
    def fail(_: dict[str, Any]) -> dict[str, Any]:
        raise ServiceError("InternalFailure", "x", 500)

    cloud.account.rules["sqs.ListMessageMoveTasks"] = lambda _: {"Results": []}
    cloud.account.rules["sqs.StartMessageMoveTask"] = fail
    result = cloud.run("redrive", "--queue", "OrderDLQ")
    assert result.returncode == 1
    said = "error: SQS may be moving the messages back: SQS.StartMessageMoveTask failed: InternalFailure: x (HTTP 500)"
    assert result.stderr.startswith(said), result.stderr
