"""Whether the simulator's model of AWS answers as the local AWS does: the same random requests to both."""

from __future__ import annotations

import json
import re
import subprocess
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from random import Random
from typing import Any

import pytest

from chaos.server import LocalServer
from pipeline.exact import EXACT
from pipeline.stack import ROOT

SIMULATOR = ROOT / "scripts/simulate"
REQUESTS = 400
DYNAMODB = "DynamoDB_20120810."


@dataclass(frozen=True)
class Request:
    service: str
    target: str | None
    method: str
    path: str
    headers: dict[str, str]
    body: str

    def line(self, at: float) -> str:
        return json.dumps(vars(self) | {"at": at})


def by_value(items: object) -> str:
    """Items with their numbers as values: the local AWS keeps the spelling of what an update sets, AWS does not."""

    def number(match: re.Match[str]) -> str:
        return f'"N": "{Decimal(match[1]).normalize(EXACT):f}"'

    return re.sub(r'"N": "([^"]*)"', number, json.dumps(items, sort_keys=True))


@dataclass(frozen=True)
class Answer:
    status: int
    headers: dict[str, str]
    body: str

    def says(self, request: Request) -> tuple[object, ...]:
        """What a client can tell: success and content, or the error's code, with the reasons of a cancellation."""
        if request.service == "archive.s3":
            metadata = {name: value for name, value in self.headers.items() if name.startswith("x-amz-meta-")}
            return (self.status, self.body if request.method == "GET" and self.status == 200 else "", sorted(metadata))
        if request.service == "sns":
            codes = re.findall("<Code>(.*?)</Code>", self.body)
            done = self.body.partition("<Successful>")[2].partition("</Successful>")[0]
            return (self.status, codes, re.findall("<Id>(.*?)</Id>", done))
        content = json.loads(self.body or "{}")
        if self.status == 200:
            outcomes = [statement.get("Error", {}) for statement in content.get("Responses", [])]
            refusals = [(outcome.get("Code"), by_value(outcome.get("Item"))) for outcome in outcomes]
            return (200, by_value(content.get("Item")), content.get("MD5OfMessageBody"), refusals)
        return (self.status, content.get("__type", "").rpartition("#")[2], by_value(content.get("Item")))


class Model:
    def __init__(self) -> None:
        self.process = subprocess.Popen(
            [SIMULATOR, "--answer-lines"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.started = time.monotonic()

    def send(self, request: Request) -> Answer:
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.write(request.line(time.monotonic() - self.started) + "\n")
        self.process.stdin.flush()
        return Answer(**json.loads(self.process.stdout.readline()))

    def stop(self) -> None:
        assert self.process.stdin is not None
        self.process.stdin.close()
        self.process.wait()


class Local:
    def __init__(self, directory: Path) -> None:
        self.server = LocalServer.start(directory)
        tables = {"Analytics": ("PK", "SK"), "Orders": ("orderId",)}
        for name, keys in tables.items():
            table = {
                "TableName": name,
                "KeySchema": [
                    {"AttributeName": key, "KeyType": kind} for key, kind in zip(keys, ("HASH", "RANGE"), strict=False)
                ],
                "AttributeDefinitions": [{"AttributeName": key, "AttributeType": "S"} for key in keys],
                "BillingMode": "PAY_PER_REQUEST",
            }
            if name == "Orders":
                table["StreamSpecification"] = {"StreamEnabled": True, "StreamViewType": "NEW_AND_OLD_IMAGES"}
            assert self.send(dynamodb("CreateTable", table)).status == 200
        assert self.send(s3("PUT", "")).status == 200
        assert self.send(sqs("CreateQueue", {"QueueName": "letters"})).status == 200
        assert self.send(sns(Action="CreateTopic", Name="premium")).status == 200

    def send(self, request: Request) -> Answer:
        path = f"/archive{request.path}" if request.service == "archive.s3" else request.path
        name = request.service.rpartition(".")[2]
        scope = f"AWS4-HMAC-SHA256 Credential=test/20250828/us-east-1/{name}/aws4_request"
        headers = dict(request.headers) | {"Authorization": f"{scope}, SignedHeaders=host, Signature=0"}
        if request.target:
            headers |= {"X-Amz-Target": request.target, "Content-Type": "application/x-amz-json-1.0"}
        sent = urllib.request.Request(
            self.server.endpoint + path, data=request.body.encode(), headers=headers, method=request.method
        )
        try:
            with urllib.request.urlopen(sent, timeout=20) as answer:
                return _answer(answer.status, answer)
        except urllib.error.HTTPError as error:
            return _answer(error.code, error)

    def stop(self) -> None:
        self.server.stop()


def _answer(status: int, answer: Any) -> Answer:
    return Answer(status, {name.lower(): value for name, value in answer.headers.items()}, answer.read().decode())


def dynamodb(operation: str, content: dict[str, object]) -> Request:
    return Request("dynamodb", DYNAMODB + operation, "POST", "/", {}, json.dumps(content))


def s3(method: str, path: str, body: str = "", **headers: str) -> Request:
    return Request(
        "archive.s3", None, method, path, {name.replace("_", "-"): text for name, text in headers.items()}, body
    )


def sqs(operation: str, content: dict[str, object]) -> Request:
    return Request("sqs", f"AmazonSQS.{operation}", "POST", "/", {}, json.dumps(content))


def sns(**fields: str) -> Request:
    headers = {"Content-Type": "application/x-www-form-urlencoded"}
    return Request("sns", None, "POST", "/", headers, urllib.parse.urlencode({"Version": "2010-03-31"} | fields))


class Requests:
    """Few keys and attributes, so that conditions hold and fail."""

    def __init__(self, seed: int) -> None:
        self.random = Random(seed)
        self.sent: list[Request] = []

    def next(self) -> Request:
        choose = self.random.random()
        if choose < 0.12 and self.sent:
            return self.random.choice(self.sent[-6:])
        if choose < 0.3:
            request = dynamodb("GetItem", {"TableName": "Analytics", "Key": self._key(), "ConsistentRead": True})
        elif choose < 0.4:
            request = dynamodb("BatchExecuteStatement", {"Statements": self._statements()})
        elif choose < 0.8:
            kind = self.random.choice(("Put", "Put", "Update", "Update", "Delete"))
            request = dynamodb(kind + "Item", self._write(kind, self._key()))
        elif choose < 0.92:
            request = self._object()
        else:
            request = self.random.choice((self._message, self._notifications))()
        self.sent.append(request)
        return request

    def _key(self) -> dict[str, object]:
        if self.random.random() < 0.02:
            return {"PK": {"S": ""}, "SK": {"S": "x"}}
        return {"PK": {"S": self.random.choice("AB")}, "SK": {"S": self.random.choice("xy")}}

    def _number(self) -> str:
        return self.random.choice(("0", "1", "1.50", "0.000000001", "12.5e3", "-3", "9"))

    def _value(self, name: str, end: str = ".5") -> dict[str, object]:
        if self.random.random() < 0.3:
            return {"S": self.random.choice(("a", "b", "é"))}
        if name == "n":
            return {"N": self._number()}
        # Nothing is added to these: the local AWS rounds sums to 28 digits, where AWS keeps 38 and refuses more.
        nines = "9" * self.random.choice((1, 29, 38))
        return {"N": self.random.choice((self._number(), nines, nines + end))}

    def _write(self, kind: str, key: dict[str, object]) -> dict[str, object]:
        names: dict[str, str] = {}
        values: dict[str, object] = {}
        write: dict[str, object] = {"TableName": "Analytics"}
        if kind == "Put":
            write["Item"] = key | {name: self._value(name) for name in "ns" if self.random.random() < 0.6}
        else:
            write["Key"] = key
        if kind == "Update":
            names["#n"], values[":n"] = "n", {"N": self._number()}
            write["UpdateExpression"] = self.random.choice(("ADD #n :n", "SET #n = :n", "REMOVE s SET #n = :n"))
        if self.random.random() < 0.6:
            write["ConditionExpression"] = self._condition(names, values)
            if self.random.random() < 0.5:
                write["ReturnValuesOnConditionCheckFailure"] = "ALL_OLD"
        if names:
            write["ExpressionAttributeNames"] = names
        if values:
            write["ExpressionAttributeValues"] = values
        return write

    def _parameter(self, name: str) -> dict[str, object]:
        """Never of too many digits: whether that or a failed condition is told of first is nobody's promise."""
        return self._value(name, end="")

    def _statements(self) -> list[dict[str, object]]:
        keys = [{"PK": {"S": pk}, "SK": {"S": sk}} for pk in "AB" for sk in "xy"]
        statements: list[dict[str, object]] = []
        for key in self.random.sample(keys, self.random.randint(1, 4)):
            if self.random.random() < 0.3:
                parameters = [*key.values(), {"N": self._number()}]
                text = "INSERT INTO \"Analytics\" VALUE {'PK':?,'SK':?,'n':?}"
                statements.append({"Statement": text, "Parameters": parameters})
                continue
            values: list[object] = [{"N": self._number()}]
            text = 'UPDATE "Analytics" SET "n"="n"+?'
            if self.random.random() < 0.5:
                text, values = text + ' SET "s"=?', [*values, self._parameter("s")]
            text, values = text + ' WHERE "PK"=? AND "SK"=?', [*values, *key.values()]
            for name, comparison in (("n", "="), ("s", "="), ("n", "<"), ("s", "<")):
                if self.random.random() < 0.2:
                    text, values = f'{text} AND "{name}"{comparison}?', [*values, self._parameter(name)]
            statement: dict[str, object] = {"Statement": text, "Parameters": values}
            if self.random.random() < 0.5:
                statement["ReturnValuesOnConditionCheckFailure"] = "ALL_OLD"
            statements.append(statement)
        return statements

    def _condition(self, names: dict[str, str], values: dict[str, object]) -> str:
        presence = ("attribute_not_exists(PK)", "attribute_exists(PK)", "attribute_not_exists(#a)")
        comparisons = ("#a = :a", "attribute_not_exists(#a) OR #a = :a", "#a <> :a", "#a < :a")
        term = self.random.choice(presence + comparisons)
        if "#a" in term:
            names["#a"] = self.random.choice("ns")
        if ":a" in term:
            values[":a"] = self._value(names["#a"])
        return term

    def _message(self) -> Request:
        queue = self.random.choice(("letters", "letters", "letters", "nobody"))
        body = self.random.choice(("a", "hé", "🪑", "", "a\u0000", "\ufffe", "x" * 2**20 + "x", "\t\n\r"))
        url = f"https://sqs.us-east-1.amazonaws.com/000000000000/{queue}"
        return sqs("SendMessage", {"QueueUrl": url, "MessageBody": body})

    def _notifications(self) -> Request:
        fields = {"Action": "PublishBatch", "TopicArn": "arn:aws:sns:us-east-1:000000000000:premium"}
        if self.random.random() < 0.1:
            fields["TopicArn"] += "x"
        for number in range(1, 1 + self.random.choice((0, 1, 1, 2, 3, 10, 11))):
            entry = f"PublishBatchRequestEntries.member.{number}."
            fields[entry + "Id"] = self.random.choice((f"id-{number}", f"id-{number}", f"id-{number}", "same", "a b"))
            fields[entry + "Message"] = self.random.choice(("m", "é", "m", "m", "m" * 100_000, ""))
            if self.random.random() < 0.3:
                attribute = entry + "MessageAttributes.entry.1."
                fields[attribute + "Name"] = "eventID"
                fields[attribute + "Value.DataType"] = "String"
                fields[attribute + "Value.StringValue"] = f"event-{number}"
        return sns(**fields)

    def _object(self) -> Request:
        path = "/" + self.random.choice(("orders/a", "orders/b"))
        method = self.random.choice(("PUT", "PUT", "GET", "HEAD"))
        if method != "PUT":
            return s3(method, path)
        headers = {"If_None_Match": "*"} if self.random.random() < 0.7 else {}
        return s3(
            method, path, f"body {self.random.randrange(9)}", x_amz_meta_last=str(self.random.randrange(9)), **headers
        )


def is_known(request: Request, said: tuple[object, ...], wanted: tuple[object, ...]) -> bool:
    """Where the local AWS is wrong, by AWS's documents.

    It has no code of its own for a batch without entries, and publishes what is empty, too long, or has an id with a
    blank (SNS, "PublishBatch", errors).
    """
    refused = (["EmptyBatchRequest"], ["BatchRequestTooLong"], ["InvalidBatchEntryId"], ["InvalidParameter"])
    # Of two reasons to refuse a batch, which is named is nobody's promise.
    others = ([], ["InvalidParameterException"], ["BatchEntryIdsNotDistinct"])
    return request.service == "sns" and said[1] in refused and wanted[1] in others


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Model, Local]]:
    # Builds the simulator, if its sources are newer.
    subprocess.run([SIMULATOR, "--seeds", "1", "--first-seed", "1"], check=True, capture_output=True)
    model, local = Model(), Local(tmp_path_factory.mktemp("simulation") / "server")
    yield model, local
    model.stop()
    local.stop()


@pytest.mark.parametrize("seed", range(4))
def test_the_model_answers_as_the_local_aws(both: tuple[Model, Local], seed: int) -> None:
    model, local = both
    differences = []
    requests = Requests(seed)
    for number in range(REQUESTS):
        request = requests.next()
        said, wanted = model.send(request).says(request), local.send(request).says(request)
        if said != wanted and not is_known(request, said, wanted):
            differences.append(f"seed {seed}, request {number}: {request.target or request.method} {request.body}\n"
                               f"  the model: {said}\n  the local AWS: {wanted}")  # fmt: skip
    assert not differences, "\n".join(differences[:10])


def test_a_wrong_command_line_is_exit_2() -> None:
    for arguments in (
        ["--seeds", "x"],
        ["--seeds", "1", "--replay", "/nowhere"],
        ["--replay", "/nowhere"],
        ["--function", "X"],
        ["--seeds", "0", "--first-seed", "0"],
        ["--seeds", "2", "--first-seed", str(2**64 - 1)],
        ["--first-seed", str(2**64 - 1)],
        ["--seeds", str(2**64 - 1)],
        ["--scenario", "reshard", "--seeds", "1"],
        ["--scenario", "reshard", "--weaken", "new-rows"],
        ["--scenario", "reshard", "--function", "OrderWriter"],
    ):
        answer = subprocess.run([SIMULATOR, *arguments], capture_output=True, text=True)
        assert (answer.returncode, answer.stdout) == (2, ""), arguments


def test_a_script_that_passes_although_not_all_of_it_happened_is_exit_2(tmp_path: Path) -> None:
    script = tmp_path / "seed-1.script"
    lines = [
        "seed 1",
        "functions AnalyticsAggregator",
        "record 4",
        "fault AnalyticsAggregator redrive 1, delivery 0: dead letters are delivered again",
    ]
    never = "fault AnalyticsAggregator shard 0, delivery 4000: a new environment"
    answers = []
    for content in (lines, [*lines, never]):
        script.write_text("\n".join(content))
        answers.append(subprocess.run([SIMULATOR, "--replay", script], capture_output=True, text=True))
    assert [answer.returncode for answer in answers] == [0, 2]
    assert answers[0].stdout.splitlines()[-1] == "passed"
    assert answers[1].stdout.splitlines()[-2:] == [
        f"! did not happen: {never}",
        "passed, but not all of the script happened",
    ]
