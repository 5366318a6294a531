"""`orders report`, `show`, `explain` and `tail` as they talk to AWS itself: every request compared with botocore's for
the same call, every answer written by AWS's service models."""

from __future__ import annotations

import gzip
import http.client
import json
import signal
import subprocess
import threading
import time
from typing import Any
from urllib.parse import urlsplit

import pytest

from awsmodel.account import Account
from awsmodel.cloud import SEQUENCE_NUMBERS, STACK_LOOK, STREAM_SHARD, Cloud, message, order_change
from awsmodel.request import ServiceError
from support import eventually

EVENT = {
    "MessageId": "m-1",
    "Type": "OrderCreatedV1",
    "Payload": {"OrderId": "O-1", "TotalAmount": 250.5, "Currency": "EUR", "createdUtc": "2025-08-27T18:08:00Z"},
}
LINE = {
    "format": 1,
    "rules": 1,
    "shardId": "shardId-000000000006",
    "sequenceNumber": "49545115243490985018280067714973144582180062593244200961",
    "arrivedAt": "2025-08-27T18:08:01.5Z",
    "record": EVENT,
    "order": {
        "verdict": "accepted",
        "eventId": "m-1",
        "orderId": "O-1",
        "day": "2025-08-27",
        "currency": "EUR",
        "amount": "250.5",
        "products": [],
    },
}


def figures(_: Account) -> Any:
    """Revenue in two pages, as DynamoDB gives more than a megabyte."""
    first = {"PK": {"S": "REVENUE#2025-08-27"}, "SK": {"S": "EUR"}, "Value": {"N": "250.5"}, "Count": {"N": "1"}}
    second = first | {"SK": {"S": "GBP"}, "Value": {"N": "0.25"}, "Count": {"N": "2"}}
    total = {"PK": {"S": "ORDERS#2025-08-27"}, "SK": {"S": "TOTAL"}, "TotalOrders": {"N": "4"}}

    def query(asked: dict[str, Any]) -> dict[str, Any]:
        partition = asked["ExpressionAttributeValues"][":pk"]["S"]
        if partition == "REVENUE#2025-08-27":
            if "ExclusiveStartKey" in asked:
                return {"Items": [second], "Count": 1, "ScannedCount": 1}
            key = {"PK": first["PK"], "SK": first["SK"]}
            return {"Items": [first], "Count": 1, "ScannedCount": 1, "LastEvaluatedKey": key}
        items = [total | {"SuccessfulOrders": {"N": "3"}}] if partition == "ORDERS#2025-08-27" else []
        return {"Items": items, "Count": len(items), "ScannedCount": len(items)}

    return query


class TestReport:
    def test_each_partition_of_the_day_is_queried_to_its_last_page(self, cloud: Cloud) -> None:
        cloud.account.rules["dynamodb.Query"] = figures(cloud.account)
        result = cloud.run("report", "--day", "2025-08-27", "--format", "json")
        assert result.returncode == 0, result.stderr
        report = json.loads(result.stdout)
        assert report["revenue"] == [
            {"currency": "EUR", "orders": 1, "grossRevenue": "250.5"},
            {"currency": "GBP", "orders": 2, "grossRevenue": "0.25"},
        ]
        assert (report["orders"], report["refused"]) == (4, 1)
        assert cloud.account.operations == STACK_LOOK | {"dynamodb.Query"}

    def test_a_file_has_every_product_and_a_table_says_how_many_more_there_are(self, cloud: Cloud) -> None:
        row = {"PK": {"S": "PRODUCT#2025-08-27"}, "OrderCount": {"N": "1"}, "Units": {"N": "1"}, "Revenue": {"N": "5"}}
        products = [row | {"SK": {"S": f"P-{number}"}} for number in range(12)]
        partitions: list[str] = []

        def query(asked: dict[str, Any]) -> dict[str, Any]:
            partitions.append(asked["ExpressionAttributeValues"][":pk"]["S"])
            items = products if partitions[-1] == "PRODUCT#2025-08-27" else []
            return {"Items": items, "Count": len(items), "ScannedCount": len(items)}

        cloud.account.rules["dynamodb.Query"] = query
        day = ("report", "--day", "2025-08-27")
        assert cloud.run(*day, "--format", "csv").stdout.count(",product,USD,") == len(products)
        report = json.loads(cloud.run(*day, "--format", "json").stdout)
        assert (len(report["products"]), report["omittedProducts"]) == (len(products), 0)
        assert "and 2 more (--top)" in cloud.run(*day).stdout
        partitions.clear()
        report = json.loads(cloud.run(*day, "--format", "json", "--top", "0").stdout)
        assert "PRODUCT#2025-08-27" not in partitions
        assert "omittedProducts" not in report, "they were not read, so nobody knows"

    def test_a_row_that_cannot_be_read_is_a_failure_after_the_report(self, cloud: Cloud) -> None:
        row = {"PK": {"S": "REVENUE#2025-08-27"}, "SK": {"S": "EUR\u202e"}, "Value": {"N": "1"}, "Count": {"N": "1"}}
        cloud.account.rules["dynamodb.Query"] = lambda _: {"Items": [row], "Count": 1, "ScannedCount": 1}
        result = cloud.run("report", "--day", "2025-08-27")
        assert result.returncode == 1
        assert r"left out: REVENUE#2025-08-27 EUR\u{202e}" in result.stderr

    @pytest.mark.parametrize(
        ("operation", "code", "status"),
        [("cloudformation.DescribeStacks", "ExpiredToken", 2), ("dynamodb.Query", "ExpiredTokenException", 1)],
    )
    def test_credentials_that_have_ended_are_told_with_what_to_do(
        self, cloud: Cloud, operation: str, code: str, status: int
    ) -> None:
        def ended(_: dict[str, Any]) -> dict[str, Any]:
            raise ServiceError(code, "The security token included in the request is expired", 400)

        cloud.account.rules[operation] = ended
        result = cloud.run("report")
        assert result.returncode == status
        assert code in result.stderr
        assert "run the command again" in result.stderr

    def test_an_account_that_may_not_read_is_told_so(self, cloud: Cloud) -> None:
        def denied(_: dict[str, Any]) -> dict[str, Any]:
            raise ServiceError("AccessDenied", "User is not authorized to perform: dynamodb:Query", 400)

        cloud.account.rules["dynamodb.Query"] = denied
        result = cloud.run("report")
        assert result.returncode == 1
        assert "dynamodb:Query" in result.stderr


class Order:
    """An account that has one order: its row, its record in the archive, its claim, a log line and dead letters."""

    def __init__(self, account: Account) -> None:
        row = {"orderId": {"S": "O-1"}, "status": {"S": "shipped"}, "amount": {"N": "1500"}}
        row["versions"] = {"M": {"status": {"S": "2025-08-27T18:08:00Z"}}}
        row["createdAt"] = {"S": "2025-08-27T18:08:00Z"}
        number = LINE["sequenceNumber"]
        claim = {"PK": {"S": "EVENT#m-1"}, "SK": {"S": "EVENT"}, "format": {"N": "2"}, "stream": {"S": "orders"}}
        claim |= {"shardId": {"S": LINE["shardId"]}, "sequenceNumber": {"S": f"{len(number):03}{number}"}}
        claim["expiresAt"] = {"N": "1800000000"}
        stream = account.physical_id("OrderStream")
        place = f"AnalyticsAggregator#{stream}#{LINE['shardId']}"
        checkpoint = {"checkpoint": {"S": place}, "sequenceNumber": {"S": number.zfill(129)}}
        items = {"O-1": row, "EVENT#m-1": claim, place: checkpoint}
        self.letters = [message("m-9", {"orderId": "O-1", "status": 5})]
        self.prefixes: list[str] = []
        # The order is older than the logs that the template's default keeps.
        account.parameters["LogRetentionDays"] = "2922"

        def get_item(asked: dict[str, Any]) -> dict[str, Any]:
            key = next(asked["Key"][name]["S"] for name in ("orderId", "PK", "checkpoint") if name in asked["Key"])
            return {"Item": items[key]} if key in items else {}

        def objects(asked: dict[str, Any]) -> dict[str, Any]:
            self.prefixes.append(asked["Prefix"])
            found = {"Name": asked["Bucket"], "Prefix": asked["Prefix"]}
            if asked["Prefix"] == "orders/dt=2025-08-27/hour=18/":
                found["Contents"] = [{"Key": asked["Prefix"] + "shardId-000000000006-4.ndjson.gz"}]
            return found

        def events(asked: dict[str, Any]) -> dict[str, Any]:
            if "NormalOrdersProcessor" in asked["logGroupName"]:
                assert asked["filterPattern"] == '"O-1"'
                if "nextToken" not in asked:
                    # A page may be empty although more follows.
                    return {"events": [], "nextToken": "page-2"}
                line = {"level": "INFO", "message": "normal order processed", "order_id": "O-1", "event_id": "e-1"}
                event = {"eventId": "1", "timestamp": 1_756_318_090_000, "message": json.dumps(line)}
                is_asked_for = asked["startTime"] <= event["timestamp"] < asked["endTime"]
                return {"events": [event] if is_asked_for else []}
            if "OrderWriter" in asked["logGroupName"]:
                line = {"level": "ERROR", "message": "order message refused", "message_id": "m-9", "reason": "a status"}
                return {"events": [{"eventId": "2", "timestamp": 1, "message": json.dumps(line)}]}
            raise ServiceError("ResourceNotFoundException", "The specified log group does not exist.", 400)

        def receive(asked: dict[str, Any]) -> dict[str, Any]:
            if asked["QueueUrl"] != account.physical_id("OrderDLQ") or not self.letters:
                return {}
            return {"Messages": [self.letters.pop()]}

        account.rules |= {
            "dynamodb.GetItem": get_item,
            "s3.ListObjectsV2": objects,
            "s3.GetObject": lambda _: {"Body": gzip.compress(json.dumps(LINE).encode() + b"\n"), "ETag": '"1"'},
            "logs.FilterLogEvents": events,
            "kinesis.ListShards": lambda _: {"Shards": []},
            "sqs.ReceiveMessage": receive,
            "sqs.ChangeMessageVisibility": lambda _: {},
        }


class TestOrders:
    def test_an_old_order_is_found_around_its_row_s_own_time(self, cloud: Cloud) -> None:
        order = Order(cloud.account)
        result = cloud.run("show", "O-1", "--json")
        assert result.returncode == 0, result.stderr
        shown = json.loads(result.stdout)
        assert [record["place"] for record in shown["archive"]] == [f"{LINE['shardId']}:{LINE['sequenceNumber']}"]
        assert "orders/dt=2025-08-27/hour=17/" in order.prefixes
        # A day and an hour back from now, and four hours around the row's time.
        assert len(order.prefixes) <= 30
        # What has come since is not archived yet.
        searched = {"dynamodb.GetItem", "s3.ListObjectsV2", "s3.GetObject", "kinesis.ListShards"}
        assert cloud.account.operations == STACK_LOOK | searched

    def test_an_order_is_explained_without_a_third_reader_of_the_stream(self, cloud: Cloud) -> None:
        Order(cloud.account)
        result = cloud.run("explain", "O-1", "--json", "--from", "2025-08-27", "--to", "2025-08-27")
        assert result.returncode == 0, result.stderr
        explanation = json.loads(result.stdout)
        assert (explanation["counted"]["answer"], explanation["counted"]["times"]) == ("yes", 1)
        assert not {name for name in cloud.account.operations if name.startswith("dynamodbstreams")}
        assert "dynamodb.DescribeTable" not in cloud.account.operations
        normal, premium = explanation["pipes"]
        assert [len(pipe["processed"]) for pipe in (normal, premium)] == [1, 0]
        assert [change["isAssumed"] for change in premium["changes"]] == [True]
        assert premium["changes"][0]["isProcessed"] is None
        (letter,) = explanation["deadLetters"]
        assert (letter["queue"], letter["reason"]) == ("OrderDLQ", "a status")
        shown = {asked["VisibilityTimeout"] for asked in cloud.account.of("sqs.ChangeMessageVisibility")}
        assert shown == {0}, "what was looked at is visible again"
        assert "sqs.DeleteMessage" not in cloud.account.operations

    def test_checkpoints_are_read_before_claims(self, cloud: Cloud) -> None:
        """The aggregator writes claims first: no claim of a batch that ends between the two looks is called expired."""
        Order(cloud.account)
        result = cloud.run("explain", "O-1", "--json", "--from", "2025-08-27", "--to", "2025-08-27")
        assert result.returncode == 0, result.stderr
        keys = [asked["Key"] for asked in cloud.account.of("dynamodb.GetItem")]
        claims = [place for place, key in enumerate(keys) if "PK" in key]
        checkpoints = [
            place
            for place, key in enumerate(keys)
            if "checkpoint" in key and key["checkpoint"]["S"].startswith("AnalyticsAggregator#")
        ]
        assert claims and checkpoints
        assert max(checkpoints) < min(claims)

    def test_an_old_order_s_log_lines_are_found_around_its_row_s_own_time(self, cloud: Cloud) -> None:
        Order(cloud.account)
        result = cloud.run("explain", "O-1", "--json")
        assert result.returncode == 0, result.stderr
        explanation = json.loads(result.stdout)
        assert [len(pipe["processed"]) for pipe in explanation["pipes"]] == [1, 0]
        logs = explanation["searched"]["logs"]
        around = {"from": "2025-08-27T18:00:00.000Z", "to": "2025-08-27T20:00:00.000Z"}
        assert (logs["windows"][0], len(logs["windows"]), logs["isCutOff"]) == (around, 2, False)
        text = cloud.run("explain", "O-1").stdout
        assert f"nothing processed from {around['from']} to {around['to']} and from " in text
        assert explanation["searched"]["isComplete"]
        assert "deletedBefore" not in logs

    def test_logs_that_are_deleted_are_not_called_silent(self, cloud: Cloud) -> None:
        Order(cloud.account)
        cloud.account.parameters["LogRetentionDays"] = "30"
        asked = ("explain", "O-1", "--from", "2025-08-27", "--to", "2025-08-27")
        result = cloud.run(*asked, "--json")
        assert result.returncode == 0, result.stderr
        searched = json.loads(result.stdout)["searched"]
        assert searched["logs"]["windows"] == []
        assert not searched["isComplete"]
        assert not cloud.account.of("logs.FilterLogEvents")
        result = cloud.run(*asked)
        assert "its log: cannot tell before " in result.stdout
        assert "the logs are kept 30 days (LogRetentionDays)" in result.stderr
        assert "nothing processed" not in result.stdout

    def test_an_id_that_the_logs_mask_is_found_by_its_change_alone(self, cloud: Cloud) -> None:
        order_id = "450789469000000001"
        Order(cloud.account)
        row = {"orderId": {"S": order_id}, "status": {"S": "pending"}, "amount": {"N": "150"}}
        change = order_change(SEQUENCE_NUMBERS[1])
        change["dynamodb"]["Keys"] = {"orderId": {"S": order_id}}
        change["dynamodb"]["NewImage"] = row
        line = {"level": "INFO", "message": "normal order processed", "order_id": "***0001"}
        lines = [line | {"event_id": change["eventID"]}, line | {"event_id": "another-order-s"}]
        shard = {"ShardId": STREAM_SHARD, "SequenceNumberRange": {"StartingSequenceNumber": SEQUENCE_NUMBERS[0]}}
        description = {"StreamArn": cloud.account.table_stream, "StreamStatus": "ENABLED", "Shards": [shard]}

        def events(asked: dict[str, Any]) -> dict[str, Any]:
            if "NormalOrdersProcessor" not in asked["logGroupName"]:
                return {"events": []}
            return {
                "events": [
                    {"eventId": str(number), "timestamp": asked["startTime"], "message": json.dumps(line)}
                    for number, line in enumerate(lines)
                ]
            }

        cloud.account.rules |= {
            "dynamodb.GetItem": lambda asked: {"Item": row} if "orderId" in asked["Key"] else {},
            "logs.FilterLogEvents": events,
            "dynamodbstreams.DescribeStream": lambda _: {"StreamDescription": description},
            "dynamodbstreams.GetShardIterator": lambda _: {"ShardIterator": "iterator"},
            "dynamodbstreams.GetRecords": lambda _: {"Records": [change]},
        }
        result = cloud.run("explain", order_id)
        assert result.returncode == 0, result.stderr
        assert "its log: cannot tell, since the logs mask this id" in result.stdout
        assert "nothing processed" not in result.stdout and "none that is known of" not in result.stdout
        assert not cloud.account.of("logs.FilterLogEvents"), "no line could be told from another order's"
        result = cloud.run("explain", order_id, "--changes", "--json")
        assert result.returncode == 0, result.stderr
        normal = json.loads(result.stdout)["pipes"][0]
        assert [processed["eventId"] for processed in normal["processed"]] == [change["eventID"]]
        assert normal["isProcessingLogged"]
        patterns = {asked["filterPattern"] for asked in cloud.account.of("logs.FilterLogEvents")}
        assert patterns == {f'"{change["eventID"]}"'}

    def test_a_third_reader_of_the_stream_is_warned_of(self, cloud: Cloud) -> None:
        Order(cloud.account)
        shard = {"ShardId": STREAM_SHARD, "SequenceNumberRange": {"StartingSequenceNumber": SEQUENCE_NUMBERS[0]}}
        description = {"StreamArn": cloud.account.table_stream, "StreamStatus": "ENABLED", "Shards": [shard]}
        change = order_change(SEQUENCE_NUMBERS[1])
        change["dynamodb"]["Keys"] = change["dynamodb"]["NewImage"] = {"orderId": {"S": "O-1"}}
        cloud.account.rules |= {
            "dynamodbstreams.DescribeStream": lambda _: {"StreamDescription": description},
            "dynamodbstreams.GetShardIterator": lambda _: {"ShardIterator": "iterator"},
            "dynamodbstreams.GetRecords": lambda _: {"Records": [change]},
        }
        result = cloud.run("explain", "O-1", "--changes", "--json", "--from", "2025-08-27", "--to", "2025-08-27")
        assert result.returncode == 0, result.stderr
        assert "two readers already, the Pipes" in result.stderr
        normal = json.loads(result.stdout)["pipes"][0]
        assert [change["isAssumed"] for change in normal["changes"]] == [False]

    def test_a_search_that_ends_at_its_limit_says_how_to_go_on(self, cloud: Cloud) -> None:
        Order(cloud.account)
        result = cloud.run("show", "O-1", "--max-objects", "0")
        assert result.returncode == 0
        assert "--max-objects" in result.stderr

    @pytest.mark.parametrize("command", ["show", "explain"])
    def test_a_stream_that_was_read_in_part_is_not_called_unread(self, cloud: Cloud, command: str) -> None:
        """An idle shard takes minutes to its end, which no everyday answer waits for."""
        Order(cloud.account)
        numbers = {"StartingSequenceNumber": "4"}
        keys = {"StartingHashKey": "0", "EndingHashKey": "9"}
        shard = {"ShardId": "shardId-000000000000", "HashKeyRange": keys, "SequenceNumberRange": numbers}
        page = {"Records": [], "MillisBehindLatest": 3_600_000, "NextShardIterator": "next"}
        cloud.account.rules |= {
            "kinesis.ListShards": lambda _: {"Shards": [shard]},
            "kinesis.GetShardIterator": lambda _: {"ShardIterator": "start"},
            "kinesis.GetRecords": lambda _: page,
        }
        result = cloud.run(command, "O-1", "--read-for", "0")
        assert result.returncode == 0, result.stderr
        assert (
            "What is not archived yet was looked at for 0 s, 0 of 1 shard to the end; --read-for SECONDS looks longer."
        ) in result.stderr
        assert "could not be looked at" not in result.stderr
        assert "and at what is not archived yet" not in result.stderr
        assert len(cloud.account.of("kinesis.GetRecords")) == 1


class TestTail:
    @pytest.mark.parametrize("source", ["--stream", "--changes"])
    def test_only_a_reader_of_the_table_s_stream_is_warned_of(self, cloud: Cloud, source: str) -> None:
        process = subprocess.Popen(
            cloud.command("tail", source),
            env=cloud.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        asked = "dynamodbstreams.DescribeStream" if source == "--changes" else "kinesis.ListShards"
        cloud.account.rules |= {
            "kinesis.ListShards": lambda _: {"Shards": []},
            "dynamodbstreams.DescribeStream": lambda _: {
                "StreamDescription": {"StreamStatus": "ENABLED", "Shards": []}
            },
        }
        deadline = time.monotonic() + 30
        while asked not in cloud.account.operations and time.monotonic() < deadline:
            time.sleep(0.05)
        process.send_signal(signal.SIGINT)
        _, errors = process.communicate(timeout=10)
        assert process.returncode == 0, errors
        assert not cloud.account.complaints
        assert ("two readers already, the Pipes" in errors) is (source == "--changes")


class Silence:
    """A rule that does not answer before it is told to."""

    def __init__(self, answer: dict[str, Any]) -> None:
        self.answer = answer
        self.is_over = threading.Event()

    def __call__(self, _: dict[str, Any]) -> dict[str, Any]:
        self.is_over.wait(90)
        return self.answer


class TestStop:
    """Ctrl-C while nothing answers: a request would wait 30 s for that, and be made again."""

    def started(self, cloud: Cloud, *arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            cloud.command(*arguments),
            env=cloud.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def stop(self, cloud: Cloud, process: subprocess.Popen[str], operation: str, silence: Silence) -> None:
        try:
            eventually(lambda: operation in cloud.account.operations or process.poll() is not None, operation)
            process.send_signal(signal.SIGINT)
            _, errors = process.communicate(timeout=10)
        finally:
            silence.is_over.set()
            process.kill()
        assert process.returncode == 0, errors
        assert "trying again" not in errors

    @pytest.mark.parametrize(
        ("arguments", "operation", "answer"),
        [
            (["tail", "--stream"], "kinesis.ListShards", {"Shards": []}),
            (["tail", "--logs"], "logs.FilterLogEvents", {"events": []}),
            (["tail"], "cloudformation.DescribeStacks", {"Stacks": []}),
            (["pipes"], "cloudformation.DescribeStacks", {"Stacks": []}),
            (["dashboard"], "cloudformation.DescribeStacks", {"Stacks": []}),
        ],
        ids=["stream", "logs", "tail", "pipes", "dashboard"],
    )
    def test_it_ends_a_command_that_waits(
        self, cloud: Cloud, arguments: list[str], operation: str, answer: dict[str, Any]
    ) -> None:
        silence = Silence(answer)
        cloud.account.rules[operation] = silence
        self.stop(cloud, self.started(cloud, *arguments), operation, silence)

    def test_it_ends_a_dashboard_with_an_open_page(self, cloud: Cloud) -> None:
        silence = Silence({"MetricAlarms": [], "CompositeAlarms": []})
        cloud.account.rules["cloudwatch.DescribeAlarms"] = silence
        process = self.started(cloud, "dashboard")
        assert process.stdout
        address = urlsplit(process.stdout.readline().strip().partition("=")[2])
        page = http.client.HTTPConnection("127.0.0.1", address.port or 0, timeout=20)
        page.request("GET", "/events", headers={"Authorization": f"Bearer {address.fragment}"})
        assert page.getresponse().status == 200
        self.stop(cloud, process, "cloudwatch.DescribeAlarms", silence)
        page.close()
