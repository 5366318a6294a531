"""Answers of services that refuse, as they spell them."""

from __future__ import annotations

import json
from random import Random

from .faults import Fault
from .http1 import Message, response

_SQS = "com.amazonaws.sqs#"
_DYNAMODB = "com.amazonaws.dynamodb.v20120810#"
_JSON = "application/x-amz-json-1.0"


def operation(request: Message) -> str:
    """`DynamoDB_20120810.PutItem`, `AmazonSQS.SendMessage`, `S3.PUT`, `SNS`."""
    if target := request.headers.get("x-amz-target"):
        return target
    if b"Action=" in request.body[:4096] and request.method == "POST":
        return "SNS"
    return f"S3.{request.method}"


def point(request: Message) -> str:
    """What a plan can aim at: `BatchExecuteStatement`, `PutItem checkpoints`, `S3.PUT`, `SendMessage`, `SNS`."""
    name = operation(request)
    short = name if name.startswith("S3") else name.rpartition(".")[2]
    if short not in ("PutItem", "UpdateItem", "GetItem"):
        return short
    table = str(json.loads(request.body).get("TableName", ""))
    return f"{short} {table.rpartition('-')[2]}"


def refusal(request: Message, fault: Fault, random: Random) -> bytes | None:
    """None where the fault cannot happen to this request."""
    name = operation(request)
    if name.startswith("DynamoDB"):
        return _dynamodb(request, name.rpartition(".")[2], fault, random)
    if name.startswith("S3"):
        return _s3(request, fault)
    if name == "SNS":
        return _sns(fault)
    return _sqs(fault)


def _dynamodb(request: Message, name: str, fault: Fault, random: Random) -> bytes | None:
    if fault in (Fault.ERROR, Fault.ERROR_AFTER):
        return _json(500, _DYNAMODB + "InternalServerError", "The request failed on our side.")
    if name == "BatchExecuteStatement" and (fault is Fault.CONFLICT or random.random() < 0.5):
        code = "TransactionConflict"
        if fault is Fault.THROTTLED:
            code = random.choice(("ThrottlingError", "ProvisionedThroughputExceeded"))
        return _statements(len(json.loads(request.body)["Statements"]), code)
    if fault is Fault.CONFLICT:
        if name not in ("PutItem", "UpdateItem"):
            return None
        return _json(400, _DYNAMODB + "TransactionConflictException", "Transaction is ongoing for the item")
    code = random.choice(("ProvisionedThroughputExceededException", "ThrottlingException", "RequestLimitExceeded"))
    return _json(400, (_DYNAMODB if code[0] != "T" else "com.amazon.coral.availability#") + code, "Slow down.")


def _statements(count: int, code: str) -> bytes:
    """An answer to a batch of which no statement was executed."""
    refused = {"Error": {"Code": code, "Message": "Another one is at it."}, "TableName": "any"}
    return response(200, json.dumps({"Responses": [refused] * count}).encode(), _JSON)


def _s3(request: Message, fault: Fault) -> bytes | None:
    status, code = 503, "SlowDown"
    if fault in (Fault.ERROR, Fault.ERROR_AFTER):
        status, code = 500, "InternalError"
    elif fault is Fault.CONFLICT:
        if request.method != "PUT":
            return None
        status, code = 409, "ConditionalRequestConflict"
    body = f'<?xml version="1.0" encoding="UTF-8"?><Error><Code>{code}</Code><Message>Again.</Message></Error>'
    if request.method == "HEAD":
        return f"HTTP/1.1 {status} Answer\r\nContent-Length: 0\r\n\r\n".encode()
    return response(status, body.encode(), "application/xml")


def _sns(fault: Fault) -> bytes | None:
    if fault is Fault.CONFLICT:
        return None
    status, code = (400, "Throttling") if fault is Fault.THROTTLED else (500, "InternalError")
    return response(status, f"<ErrorResponse><Error><Code>{code}</Code></Error></ErrorResponse>".encode(), "text/xml")


def _sqs(fault: Fault) -> bytes | None:
    if fault is Fault.CONFLICT:
        return None
    if fault is Fault.THROTTLED:
        return _json(400, _SQS + "RequestThrottled", "Slow down.")
    return _json(500, _SQS + "InternalFailure", "The request failed on our side.")


def _json(status: int, kind: str, message: str) -> bytes:
    return response(status, json.dumps({"__type": kind, "message": message}).encode(), _JSON)
