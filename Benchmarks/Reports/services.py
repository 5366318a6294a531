"""The stub of AWS that functions are measured in front of, their configuration for it, and what AWS would bill."""

import base64
import http.client
import json
import os
import re
import subprocess
from math import ceil
from pathlib import Path
from urllib.parse import parse_qs

import tables

PYTHON_HANDLERS = Path(__file__).resolve().parent.parent / "Python"
# Go's peers of the functions, by their names in Benchmarks/Go.
GO_HANDLERS = {
    "AnalyticsAggregator": "aggregator",
    "NormalOrdersProcessor": "normal",
    "OrderArchiver": "archiver",
    "OrderWriter": "writer",
    "PremiumOrdersProcessor": "premium",
}
# How they were built, and what the environment tunes besides. With GOGC=400 Go collects garbage when the heap is five
# times of what is in use instead of twice, which takes less CPU and more memory: https://go.dev/doc/gc-guide#GOGC
# With GOMAXPROCS=1 its code has one processor: invocations come one after the other, and a second processor mostly
# takes CPU for waking and searching for work.
GO_SIDES = {"go": ("plain", {}), "go_tuned": ("tuned", {"GOGC": "400", "GOMAXPROCS": "1"})}
# Functions whose logs have lines that CloudWatch makes metrics of, and the namespace of these; the peers write none.
METRICS_FUNCTIONS = {"AnalyticsAggregator", "NormalOrdersProcessor", "PremiumOrdersProcessor"}
METRICS = {"POWERTOOLS_METRICS_NAMESPACE": "OrderPipeline"}
# What the reports about bootstraps are given.
OPTIONS = [(name, {"type": Path, "required": True}) for name in ("--work", "--dist", "--python")]


def environment(port, function, more):
    """What the template gives a function, every service at the stub."""
    return {
        "PATH": os.environ["PATH"],
        "AWS_REGION": "eu-central-1",
        "AWS_DEFAULT_REGION": "eu-central-1",
        "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
        "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
        "AWS_SESSION_TOKEN": "IQoJb3JpZ2luX2Vj" * 40,
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
        "AWS_LAMBDA_FUNCTION_NAME": function,
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "1024",
        "AWS_LAMBDA_LOG_FORMAT": "JSON",
        "POWERTOOLS_SERVICE_NAME": "orders",
        **(METRICS if function in METRICS_FUNCTIONS else {}),
        "AWS_EC2_METADATA_DISABLED": "true",
        "ORDERS_TABLE": "orders",
        "ANALYTICS_TABLE": "analytics",
        "CHECKPOINTS_TABLE": "checkpoints",
        "ARCHIVE_BUCKET": "archive",
        "DEAD_LETTER_QUEUE_URL": f"http://127.0.0.1:{port}/123456789012/dead-letters",
        "ORDER_STREAM": "orders",
        "PREMIUM_TOPIC_ARN": "arn:aws:sns:eu-central-1:123456789012:premium",
        "NORMAL_MINIMUM_AMOUNT": "100",
        "PREMIUM_MINIMUM_AMOUNT": "1000",
        "TEST_EMAIL_DOMAINS": "test.com",
        "DEDUPLICATION_TTL_DAYS": "15",
        "PYTHONDONTWRITEBYTECODE": "1",
        **more,
    }


def python(interpreter, handler, settings):
    """Command, environment and working directory of a Python handler."""
    command = [interpreter.absolute(), "-m", "awslambdaric", handler]
    return command, {**settings, "_HANDLER": handler}, PYTHON_HANDLERS


def go(work, function):
    """Commands of Go's handlers by side, and their own settings; none where there is no such peer."""
    name = GO_HANDLERS.get(function)
    return {side: ([work / "go" / folder / name], own) for side, (folder, own) in GO_SIDES.items()} if name else {}


def quicker_go(sides, key):
    """The median of Go's quicker side; None where Go has no such peer."""
    medians = [tables.median(sides[side][key]) for side in GO_SIDES if side in sides]
    return min(medians, default=None)


class Stub:
    """The services, and how many requests they got."""

    def __init__(self, binary, *options):
        command = [str(binary), *map(str, options)]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        self.port = int(self.process.stdout.readline())

    def count(self):
        """Requests since the last call."""
        connection = http.client.HTTPConnection("127.0.0.1", self.port)
        connection.request("GET", "/count")
        answer = json.load(connection.getresponse())
        connection.close()
        return answer["requests"]

    def close(self):
        self.process.terminate()
        self.process.wait()
        self.process.stdout.close()


def billed(recording):
    """What AWS bills for recorded requests, as the service's units: how many."""
    units = {}
    while recording:
        head, _, recording = recording.partition(b"\n")
        operation, length = head.decode().split()
        body, recording = recording[: int(length)], recording[int(length) + 1 :]
        for unit, amount in billed_request(operation.rpartition(".")[2], body):
            units[unit] = units.get(unit, 0) + amount
    return units


def billed_request(operation, body):
    """Units of one request: DynamoDB's count by the KB of each item, S3's by the request, SNS's by 64 KB."""
    match operation:
        case "PutItem":
            yield "dynamodb_write_units", write_units(json.loads(body)["Item"])
        case "BatchExecuteStatement":
            for statement in json.loads(body)["Statements"]:
                yield "dynamodb_write_units", write_units(written_item(statement))
        case "UpdateItem":
            yield "dynamodb_write_units", write_units(updated_item(json.loads(body)))
        case "BatchGetItem":
            for request in json.loads(body)["RequestItems"].values():
                for _ in request["Keys"]:
                    yield "dynamodb_read_units", 1 if request.get("ConsistentRead") else 0.5
        case "GetItem":
            # Of an item up to 4 KB.
            yield "dynamodb_read_units", 1 if json.loads(body).get("ConsistentRead") else 0.5
        case "PutRecords":
            # By the bytes of each record, rounded up to a KB.
            for record in json.loads(body)["Records"]:
                yield "kinesis_kilobytes_in", ceil(len(base64.b64decode(record["Data"])) / 1024)
        case "PUT":
            yield "s3_puts", 1
        case "POST":
            action = parse_qs(body.decode())["Action"][0]
            if action not in ("Publish", "PublishBatch"):
                raise ValueError(f"no price is known for {action}")
            yield "sns_requests", ceil(len(body) / 65_536)
        case _:
            raise ValueError(f"no price is known for {operation}")


def updated_item(parameters):
    """The item that an update leaves, as far as its size matters: its key, attributes' names and values."""
    values = parameters["ExpressionAttributeValues"].values()
    names = parameters.get("ExpressionAttributeNames", {}).values()
    return {**parameters["Key"], **{name: {"S": ""} for name in names}, **{str(i): v for i, v in enumerate(values)}}


def written_item(statement):
    """The item that a statement puts or, as far as its size matters, leaves.

    `INSERT INTO "table" VALUE {'name':?,…}`, or `UPDATE "table" SET "n"="n"+? … WHERE "PK"=? … AND "at"<?`, where a
    name comes again in a condition.
    """
    text, values = statement["Statement"], statement["Parameters"]
    if not text.startswith("UPDATE "):
        return dict(zip(re.findall(r"'((?:[^']|'')*)'\s*:\s*\?", text), values, strict=True))
    names = re.findall(r'"((?:[^"]|"")*)"(?:\+\?|=\?|<\?)', text)
    item = {}
    for name, value in zip(names, values, strict=True):
        item.setdefault(name, value)
    return item


def write_units(item):
    return ceil(sum(len(name.encode()) + size(value) for name, value in item.items()) / 1024)


def size(value):
    """Bytes of an attribute's value by DynamoDB's rules; a number takes a byte for two digits and one more."""
    ((kind, content),) = value.items()
    match kind:
        case "S":
            return len(content.encode())
        case "N":
            return ceil(len(content) / 2) + 1
        case "M":
            return 3 + sum(1 + len(name.encode()) + size(item) for name, item in content.items())
        case _:
            raise ValueError(f"no size is known for the type {kind}")
