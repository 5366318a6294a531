"""`orders redrive` as it talks to AWS itself: real host names over TLS, every request compared with botocore's for the
same call, every answer written by AWS's service models."""

from __future__ import annotations

import base64
import json
from typing import Any

import pytest

from awsmodel.account import STACK, Account
from awsmodel.cloud import (
    LOOK,
    SEQUENCE_NUMBERS,
    STACK_LOOK,
    STREAM_SHARD,
    Cloud,
    Queue,
    invoked,
    message,
    order_change,
)
from awsmodel.request import ServiceError


class TestOrderDLQ:
    """The queue that SQS fills itself: `StartMessageMoveTask`, which the local AWS does not have."""

    STARTED = 1_756_318_080_000

    def task(self, account: Account, *states: dict[str, Any]) -> None:
        """Lists these states, one after the other, once the task is started."""
        left = list(states)

        def listed(_: dict[str, Any]) -> dict[str, Any]:
            if "sqs.StartMessageMoveTask" not in account.operations:
                # The task of another day.
                return {"Results": [self.state(account, "COMPLETED", self.STARTED - 86_400_000, moved=99)]}
            return {"Results": [left.pop(0) if len(left) > 1 else left[0]]}

        account.rules["sqs.ListMessageMoveTasks"] = listed
        account.rules["sqs.StartMessageMoveTask"] = lambda _: {"TaskHandle": "eyJ0YXNrSWQiOiJ4In0="}

    def state(
        self, account: Account, status: str, started: int = STARTED, moved: int = 0, **more: Any
    ) -> dict[str, Any]:
        return {
            "Status": status,
            "SourceArn": account.queue_arn("OrderDLQ"),
            "ApproximateNumberOfMessagesMoved": moved,
            "ApproximateNumberOfMessagesToMove": 5,
            "StartedTimestamp": started,
        } | more

    def test_a_first_move_that_is_not_listed_at_once_is_followed_all_the_same(self, cloud: Cloud) -> None:
        account = cloud.account
        states = [[], [], [self.state(account, "FAILED", moved=1, FailureReason="CouldNotDetermineMessageSource")]]

        def listed(_: dict[str, Any]) -> dict[str, Any]:
            if "sqs.StartMessageMoveTask" not in account.operations:
                return {"Results": []}
            return {"Results": states.pop(0) if len(states) > 1 else states[0]}

        account.rules["sqs.ListMessageMoveTasks"] = listed
        account.rules["sqs.StartMessageMoveTask"] = lambda _: {"TaskHandle": "eyJ0YXNrSWQiOiJ4In0="}
        result = cloud.run("redrive", "--queue", "OrderDLQ")
        assert result.returncode == 1
        assert "the move is FAILED after 1 of about 5 messages" in result.stderr

    def test_the_messages_move_back_and_the_tool_waits_for_the_end(self, cloud: Cloud) -> None:
        account = cloud.account
        # Listed late, as it may be: the first look still shows the task before.
        self.task(
            account,
            self.state(account, "COMPLETED", self.STARTED - 86_400_000, moved=99),
            self.state(account, "RUNNING", moved=2, TaskHandle="eyJ0YXNrSWQiOiJ4In0="),
            self.state(account, "COMPLETED", moved=5),
        )
        result = cloud.run("redrive", "--queue", "OrderDLQ")
        assert result.returncode == 0, result.stderr
        queue = account.physical_id("OrderQueue")
        assert result.stderr.splitlines() == [
            f"SQS is moving the messages back to {queue}",
            f"moved 5 of about 5 messages back to {queue}",
        ]
        assert account.of("sqs.StartMessageMoveTask") == [{"SourceArn": account.queue_arn("OrderDLQ")}]
        assert account.operations == STACK_LOOK | {"sqs.StartMessageMoveTask", "sqs.ListMessageMoveTasks"}

    def test_a_move_that_fails_is_a_failure_with_its_reason(self, cloud: Cloud) -> None:
        reason = "CouldNotDetermineMessageSource"
        self.task(cloud.account, self.state(cloud.account, "FAILED", moved=3, FailureReason=reason))
        result = cloud.run("redrive", "--queue", "OrderDLQ")
        assert result.returncode == 1
        assert f"the move is FAILED after 3 of about 5 messages: {reason}" in result.stderr

    @pytest.mark.parametrize(
        ("code", "status", "message"),
        [
            # As AWS words them.
            (
                "ResourceNotFoundException",
                404,
                "The resource that you specified for the SourceArn parameter doesn't exist.",
            ),
            ("InvalidAddress", 404, "The address https://queue.amazonaws.com/ is not valid for this endpoint."),
            ("AccessDenied", 403, "User is not authorized to perform: sqs:StartMessageMoveTask"),
        ],
    )
    def test_a_refusal_is_passed_on(self, cloud: Cloud, code: str, status: int, message: str) -> None:
        def refuse(_: dict[str, Any]) -> dict[str, Any]:
            raise ServiceError(code, message, status)

        self.task(cloud.account, self.state(cloud.account, "RUNNING"))
        cloud.account.rules["sqs.StartMessageMoveTask"] = refuse
        result = cloud.run("redrive", "--queue", "OrderDLQ")
        assert result.returncode == 1
        assert "SQS did not start to move the messages back" in result.stderr
        assert message in result.stderr and code in result.stderr
        assert "sqs.ReceiveMessage" not in cloud.account.operations

    def test_where_there_is_no_such_task_the_tool_moves_the_messages(self, cloud: Cloud) -> None:
        def unsupported(_: dict[str, Any]) -> dict[str, Any]:
            raise ServiceError("UnsupportedOperation", "The operation is not supported.")

        account = cloud.account
        account.rules["sqs.StartMessageMoveTask"] = unsupported
        account.rules["sqs.ListMessageMoveTasks"] = unsupported
        account.rules["sqs.SendMessage"] = lambda _: {"MessageId": "new", "MD5OfMessageBody": "0" * 32}
        attributes = {"trace": {"StringValue": "t-1", "DataType": "String"}}
        Queue(account, "OrderDLQ", message("m-1", '{"orderId":"1"}') | {"MessageAttributes": attributes})
        result = cloud.run("redrive", "--queue", "OrderDLQ")
        assert result.returncode == 0, result.stderr
        sent = {"QueueUrl": account.physical_id("OrderQueue"), "MessageBody": '{"orderId":"1"}'}
        assert account.of("sqs.SendMessage") == [sent | {"MessageAttributes": attributes}]
        assert [asked["ReceiptHandle"] for asked in account.of("sqs.DeleteMessage")] == ["receipt of m-1"]

    def test_a_dry_run_only_counts(self, cloud: Cloud) -> None:
        counted = {"Attributes": {"ApproximateNumberOfMessages": "7"}}
        cloud.account.rules["sqs.GetQueueAttributes"] = lambda _: counted
        result = cloud.run("redrive", "--queue", "OrderDLQ", "--dry-run")
        assert result.returncode == 0, result.stderr
        assert "would move about 7 messages back" in result.stderr
        assert cloud.account.operations == STACK_LOOK | {"sqs.GetQueueAttributes"}


class TestOrderTopicDLQ:
    """The queue that SNS fills: `StartMessageMoveTask` takes dead-letter queues of other queues only."""

    def test_the_messages_are_sent_where_the_topic_could_not_put_them(self, cloud: Cloud) -> None:
        account = cloud.account
        account.rules["sqs.SendMessage"] = lambda _: {"MessageId": "new", "MD5OfMessageBody": "0" * 32}
        body = json.dumps({"Type": "Notification", "Message": '{"orderId":"1"}'})
        Queue(account, "OrderTopicDLQ", message("m-1", body))
        result = cloud.run("redrive", "--queue", "OrderTopicDLQ")
        assert result.returncode == 0, result.stderr
        sent = {"QueueUrl": account.physical_id("OrderQueue"), "MessageBody": body}
        assert account.of("sqs.SendMessage") == [sent]
        assert [asked["ReceiptHandle"] for asked in account.of("sqs.DeleteMessage")] == ["receipt of m-1"]
        assert not account.operations & {"sqs.StartMessageMoveTask", "sqs.ListMessageMoveTasks"}

    def test_a_dry_run_only_counts(self, cloud: Cloud) -> None:
        counted = {"Attributes": {"ApproximateNumberOfMessages": "7"}}
        cloud.account.rules["sqs.GetQueueAttributes"] = lambda _: counted
        result = cloud.run("redrive", "--queue", "OrderTopicDLQ", "--dry-run")
        assert "would move about 7 messages back to" in result.stderr
        assert cloud.account.operations == STACK_LOOK | {"sqs.GetQueueAttributes"}


def letter(**members: object) -> dict[str, object]:
    return {"format": 1, "function": "AnalyticsAggregator", "reason": "not JSON"} | members


class TestLetters:
    def queue(self, cloud: Cloud) -> dict[str, str]:
        bucket = cloud.account.physical_id("ArchiveBucket")
        place = {
            "source": cloud.account.arn("kinesis", f"stream/{STACK}-OrderStream-X1Y2"),
            "shardId": "shardId-000000000001",
            "sequenceNumber": SEQUENCE_NUMBERS[0],
        }
        Queue(
            cloud.account,
            "AnalyticsDLQ",
            message("held", letter(**place, record=base64.b64encode(b'{"a":1}').decode())),
            message("stored", letter(**place, bucket=bucket, key="dead-letters/A/é =+&%7E/1")),
            message("gone", letter(**place, bucket=bucket, key="dead-letters/gone")),
            message("foreign", "hello"),
            message("later", letter(**place, record="e30=", format=2)),
        )

        def get(asked: dict[str, Any]) -> dict[str, Any]:
            if asked["Key"].endswith("gone"):
                raise ServiceError("NoSuchKey", "The specified key does not exist.", 404)
            return {"Body": b'{"stored":1}', "ContentLength": 12, "ETag": '"e"'}

        cloud.account.rules["s3.GetObject"] = get
        return place

    def test_records_go_to_their_function_and_the_rest_stays(self, cloud: Cloud) -> None:
        self.queue(cloud)
        account = cloud.account
        invoked(account, b'{"batchItemFailures":[]}')
        result = cloud.run("redrive", "--queue", "AnalyticsDLQ")
        assert result.returncode == 1, result.stderr
        assert "its record s3://" in result.stderr and "is gone" in result.stderr
        assert "foreign: left in the queue: it is no JSON object" in result.stderr
        assert "later: left in the queue: it is of format 2" in result.stderr
        assert result.stderr.splitlines()[-1] == "delivered 2 dead letters, left 3"
        calls = account.of("lambda.Invoke")
        function = account.arn("lambda", "function:orders-AnalyticsAggregator")
        assert [made["FunctionName"] for made in calls] == [function] * 2
        data = [json.loads(made["Payload"])["Records"][0]["kinesis"]["data"] for made in calls]
        assert [base64.b64decode(text) for text in data] == [b'{"a":1}', b'{"stored":1}']
        deleted = [asked["ReceiptHandle"] for asked in account.of("sqs.DeleteMessage")]
        shown = {
            asked["ReceiptHandle"]: asked["VisibilityTimeout"] for asked in account.of("sqs.ChangeMessageVisibility")
        }
        assert deleted == ["receipt of held", "receipt of stored"]
        assert shown == {"receipt of gone": 0, "receipt of foreign": 0, "receipt of later": 0}
        # Until then nobody else delivers them, and no repair takes them for letters that nobody redrives.
        assert {asked["VisibilityTimeout"] for asked in account.of("sqs.ReceiveMessage")} == {360}

    def test_a_function_that_fails_keeps_its_letter(self, cloud: Cloud) -> None:
        self.queue(cloud)
        invoked(cloud.account, b'{"errorType":"Boom","errorMessage":"m"}', FunctionError="Unhandled")
        result = cloud.run("redrive", "--queue", "AnalyticsDLQ")
        assert result.returncode == 1
        assert "held: left in the queue: the function failed: Boom" in result.stderr
        assert cloud.account.of("sqs.DeleteMessage") == []
        assert len(cloud.account.of("sqs.ChangeMessageVisibility")) == 5

    @pytest.mark.parametrize("refusal", [("NoSuchKey", 404, "is gone"), ("AccessDenied", 403, "cannot be read: ")])
    def test_nothing_that_a_letter_or_a_function_says_is_obeyed_by_the_terminal(
        self, cloud: Cloud, refusal: tuple[str, int, str]
    ) -> None:
        """Whoever may send to the queue would else write what they like on the terminal of who redrives."""
        code, status, said = refusal
        place = self.queue(cloud)
        bucket = cloud.account.physical_id("ArchiveBucket")
        key = "dead-letters/\x1b]0;x\x07\x1b[2J\nm-9: delivered"
        Queue(
            cloud.account,
            "AnalyticsDLQ",
            message("stored", letter(**place, bucket=bucket, key=key)),
            message("held", letter(**place, record=base64.b64encode(b'{"a":1}').decode())),
        )

        def get(_: dict[str, Any]) -> dict[str, Any]:
            raise ServiceError(code, "no", status)

        cloud.account.rules["s3.GetObject"] = get
        invoked(cloud.account, b'{"errorType":"Boom\\u001b[1A\\nm-9: delivered"}', FunctionError="Unhandled")
        result = cloud.run("redrive", "--queue", "AnalyticsDLQ")
        assert result.returncode == 1
        assert "\x1b" not in result.stderr and "\x07" not in result.stderr
        stored, held, last = result.stderr.splitlines()
        shown = key.replace("\x1b", "\\u{1b}").replace("\x07", "\\u{7}").replace("\n", "\\u{a}")
        assert stored.startswith(f"stored: left in the queue: its record s3://{bucket}/{shown} {said}")
        assert held == "held: left in the queue: the function failed: Boom\\u{1b}[1A"
        assert last == "delivered 0 dead letters, left 2"

    def test_a_dry_run_delivers_and_deletes_nothing(self, cloud: Cloud) -> None:
        self.queue(cloud)
        result = cloud.run("redrive", "--queue", "AnalyticsDLQ", "--dry-run")
        assert result.returncode == 1
        assert "would deliver 2 dead letters, left 3" in result.stderr
        unwanted = {"lambda.Invoke", "sqs.DeleteMessage", "sqs.SendMessage", "dynamodb.DescribeTable"}
        assert not cloud.account.operations & unwanted

    def test_an_empty_queue_is_no_failure(self, cloud: Cloud) -> None:
        Queue(cloud.account, "AnalyticsDLQ")
        result = cloud.run("redrive", "--queue", "AnalyticsDLQ")
        assert (result.returncode, result.stderr) == (0, "nothing to redrive: AnalyticsDLQ is empty\n")

    @pytest.mark.parametrize(("hidden", "said"), [(1, "about 1 message is"), (40, "about 40 messages are")])
    def test_letters_that_nobody_can_receive_yet_are_told_from_none(self, cloud: Cloud, hidden: int, said: str) -> None:
        Queue(cloud.account, "AnalyticsDLQ", hidden=hidden)
        result = cloud.run("redrive", "--queue", "AnalyticsDLQ")
        assert result.returncode == 1
        assert f"nothing can be received from AnalyticsDLQ: {said} hidden" in result.stderr
        assert "for up to 6 minutes: run it again" in result.stderr

    @pytest.mark.parametrize(("hidden", "is_noted"), [(3, False), (40, True)])
    def test_hidden_letters_are_noted_if_they_are_more_than_the_run_received(
        self, cloud: Cloud, hidden: int, is_noted: bool
    ) -> None:
        """For a while SQS counts what was received as hidden, though it is deleted: no reason to call it a failure."""
        account = cloud.account
        account.rules["sqs.SendMessage"] = lambda _: {"MessageId": "new", "MD5OfMessageBody": "0" * 32}
        Queue(account, "OrderTopicDLQ", *(message(f"m-{number}", "{}") for number in range(3)), hidden=hidden)
        result = cloud.run("redrive", "--queue", "OrderTopicDLQ")
        assert result.returncode == 0, result.stderr
        said = ["delivered 3 dead letters, left 0"]
        if is_noted:
            said.append(
                "about 40 messages are hidden or delayed, perhaps by an earlier run, for up to 6 minutes: "
                "run it again then"
            )
        assert result.stderr.splitlines()[3:] == said

    def test_a_queue_whose_counts_may_not_be_read_is_redriven_all_the_same(self, cloud: Cloud) -> None:
        self.queue(cloud)
        invoked(cloud.account)

        def refuse(_: dict[str, Any]) -> dict[str, Any]:
            raise ServiceError("AccessDenied", "User is not authorized to perform: sqs:GetQueueAttributes", 403)

        cloud.account.rules["sqs.GetQueueAttributes"] = refuse
        result = cloud.run("redrive", "--queue", "AnalyticsDLQ")
        assert result.stderr.splitlines()[-1] == "delivered 2 dead letters, left 3"


class TestPipeLetters:
    def queue(self, cloud: Cloud, stream: str | None = None) -> None:
        info = {
            "shardId": STREAM_SHARD,
            "startSequenceNumber": SEQUENCE_NUMBERS[0],
            "endSequenceNumber": SEQUENCE_NUMBERS[-1],
            "approximateArrivalOfFirstRecord": "2025-08-27T18:08:00Z",
            "approximateArrivalOfLastRecord": "2025-08-27T18:08:01Z",
            "batchSize": 3,
            "streamArn": stream or cloud.account.table_stream,
        }
        body = {"context": {}, "version": "1.0", "timestamp": "2025-08-27T18:08:09Z", "DDBStreamBatchInfo": info}
        Queue(cloud.account, "NormalPipeDLQ", message("pointer", body))
        cloud.account.rules["dynamodbstreams.GetShardIterator"] = lambda _: {"ShardIterator": "i-1"}

    def test_records_are_fetched_from_the_stream_and_delivered(self, cloud: Cloud) -> None:
        self.queue(cloud)
        account = cloud.account
        records = [order_change(number) for number in SEQUENCE_NUMBERS]
        account.rules["dynamodbstreams.GetRecords"] = lambda _: {"Records": records, "NextShardIterator": "i-2"}
        invoked(account)
        result = cloud.run("redrive", "--pipe", "NormalOrdersPipe")
        assert result.returncode == 0, result.stderr
        asked = account.of("dynamodbstreams.GetShardIterator")[0]
        assert (asked["ShardIteratorType"], asked["SequenceNumber"]) == ("AT_SEQUENCE_NUMBER", SEQUENCE_NUMBERS[0])
        payload = json.loads(account.of("lambda.Invoke")[0]["Payload"])
        assert [record["eventID"] for record in payload] == [f"event-{number}" for number in SEQUENCE_NUMBERS]
        assert {record["eventSourceARN"] for record in payload} == {account.table_stream}
        assert len(account.of("sqs.DeleteMessage")) == 1

    @pytest.mark.parametrize("table", ["other", None], ids=["another table", "an earlier stream"])
    def test_a_letter_of_another_stream_is_not_followed(self, cloud: Cloud, table: str | None) -> None:
        """Whoever may write to the queue would choose what is read with the operator's rights, and taken for orders."""
        account = cloud.account
        stream = account.arn("dynamodb", f"table/{table or account.physical_id('OrdersTable')}/stream/2025-01-01")
        self.queue(cloud, stream)
        records = [order_change(number) for number in SEQUENCE_NUMBERS]
        account.rules["dynamodbstreams.GetRecords"] = lambda _: {"Records": records, "NextShardIterator": "i-2"}
        invoked(account)
        result = cloud.run("redrive", "--pipe", "NormalOrdersPipe")
        assert result.returncode == 1
        # A long name is cut.
        assert f'pointer: left in the queue: its stream "{stream[:80]}' in result.stderr
        assert "is not the Pipe's any more" in result.stderr
        assert not any(operation.startswith("dynamodbstreams.") for operation in account.operations)
        assert not account.operations & {"lambda.Invoke", "sqs.DeleteMessage"}

    def test_records_that_have_left_the_stream_are_reported_and_stay(self, cloud: Cloud) -> None:
        self.queue(cloud)

        def trimmed(_: dict[str, Any]) -> dict[str, Any]:
            raise ServiceError("TrimmedDataAccessException", "The record was trimmed.")

        cloud.account.rules["dynamodbstreams.GetShardIterator"] = trimmed
        result = cloud.run("redrive", "--pipe", "NormalOrdersPipe")
        assert result.returncode == 1
        assert "of its batch of 3 records the stream" in result.stderr
        assert cloud.account.of("sqs.DeleteMessage") == []

    @pytest.mark.parametrize("option", [[], ["--dry-run"]], ids=["real", "dry"])
    def test_what_the_stream_still_has_of_a_batch_is_delivered_and_its_letter_stays(
        self, cloud: Cloud, option: list[str]
    ) -> None:
        self.queue(cloud)
        account = cloud.account

        def iterator(asked: dict[str, Any]) -> dict[str, Any]:
            if asked["ShardIteratorType"] != "TRIM_HORIZON":
                raise ServiceError("TrimmedDataAccessException", "The record was trimmed.")
            return {"ShardIterator": "oldest"}

        records = [order_change(number) for number in SEQUENCE_NUMBERS[1:]]
        account.rules["dynamodbstreams.GetShardIterator"] = iterator
        account.rules["dynamodbstreams.GetRecords"] = lambda _: {"Records": records, "NextShardIterator": "next"}
        invoked(account)
        result = cloud.run("redrive", "--pipe", "NormalOrdersPipe", *option)
        assert result.returncode == 1
        verb = "would deliver" if option else "delivered"
        assert f"pointer: left in the queue: {verb} 2 records of {STREAM_SHARD}" in result.stderr
        assert "at least 1 of its batch of 3 records left the stream before" in result.stderr
        events = [event["eventID"] for call in account.of("lambda.Invoke") for event in json.loads(call["Payload"])]
        assert events == ([] if option else [f"event-{number}" for number in SEQUENCE_NUMBERS[1:]])
        assert account.of("sqs.DeleteMessage") == []


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--queue", "OrderQueue"), "OrderQueue is no dead-letter queue: a function reads it"),
        (("--queue", "orders-OrderQueue-X1Y2"), "is no dead-letter queue"),
        (("--queue", "Nowhere"), "no queue Nowhere: there are AnalyticsDLQ, NormalPipeDLQ, OrderDLQ, OrderQueue, "),
        (("--queue", ""), "no queue : there are"),
        (("--pipe", "Nowhere"), "no Pipe Nowhere: there are NormalOrdersPipe, PremiumOrdersPipe"),
    ],
)
def test_a_wrong_name_touches_no_message(cloud: Cloud, arguments: tuple[str, ...], message: str) -> None:
    """Not even by looking: a live message that is received too often goes to the dead-letter queue."""
    result = cloud.run("redrive", *arguments)
    assert result.returncode == 2
    assert message in result.stderr
    # Only a Pipe's letters need the table's stream, and so the permission to ask for it.
    assert cloud.account.operations == (LOOK if "--pipe" in arguments else STACK_LOOK)


def test_a_stack_that_is_not_there_is_bad_use(cloud: Cloud) -> None:
    result = cloud.run("redrive", "--queue", "AnalyticsDLQ", "--stack", "other")
    assert result.returncode == 2
    assert "there is no stack other at AWS, region eu-central-1" in result.stderr
