"""What a service may answer: every modelled error, every status, every kind of body, cut anywhere, or nothing."""

from __future__ import annotations

import json
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, replace
from random import Random

from .calls import OPERATIONS, Operation
from .server import Answer

# Names that no operation's model has, but services use: botocore's lists of the standard retry mode, the common errors
# of AWS's API references, S3's error responses, and entries of batches.
COMMON_CODES = [
    *("AccessDenied", "AccessDeniedException", "AuthFailure", "BandwidthLimitExceeded", "EC2ThrottledException"),
    *("ExpiredToken", "ExpiredTokenException", "IncompleteSignature", "InternalError", "InternalFailure"),
    *("InternalServerError", "InvalidAccessKeyId", "InvalidClientTokenId", "InvalidSignatureException"),
    *("KMS.ThrottlingException", "LimitExceededException", "MissingAuthenticationToken", "NoSuchBucket"),
    *("NoSuchUpload", "NotImplemented", "OptInRequired", "OperationAborted", "PriorRequestNotComplete"),
    *("ProvisionedThroughputExceeded", "RequestExpired", "RequestInTheFuture", "RequestLimitExceeded"),
    *("RequestThrottled", "RequestThrottledException", "RequestTimeTooSkewed", "RequestTimeout"),
    *("RequestTimeoutException", "ServiceUnavailable", "SignatureDoesNotMatch", "SlowDown", "Throttled"),
    *("ThrottledException", "Throttling", "ThrottlingError", "ThrottlingException", "TooManyRequestsException"),
    *("UnrecognizedClientException", "ValidationError", "ValidationException"),
]
STATUSES = [
    *(
        200,
        201,
        202,
        204,
        206,
        300,
        301,
        302,
        304,
        307,
        308,
        400,
        401,
        402,
        403,
        404,
        405,
        407,
        408,
        409,
        410,
        412,
        413,
    ),
    *(415, 416, 418, 421, 424, 425, 429, 431, 451, 499, 500, 501, 502, 503, 504, 505, 507, 509, 511, 529, 599),
]
BODIES = ("right", "empty", "error", "foreign error", "html", "text", "null", "list", "object", "half")
HTML = "<html><body><b>Http/1.1 Service Unavailable</b></body></html>"


@dataclass(frozen=True)
class Case:
    operation: Operation
    script: tuple[Answer, ...]
    # What it is about, for the reader of a failure.
    topic: str

    @property
    def first(self) -> Answer:
        return self.script[0]

    def __str__(self) -> str:
        def shown(answer: Answer) -> str:
            text = "silence" if answer.silent else f"{answer.status} {answer.body[:300]!r} {answer.headers}"
            return text if answer.cut is None else f"{text} cut after {answer.cut} bytes"

        return f"{self.operation.name} ({self.topic}): " + "; ".join(shown(answer) for answer in self.script)


def success(operation: Operation) -> Answer:
    return finished(operation, Answer(200, operation.body.encode(), operation.headers))


def finished(operation: Operation, answer: Answer) -> Answer:
    """With the headers that the service sends with everything, and without the body that a status does not have."""
    if answer.status in (204, 304):
        answer = replace(answer, body=b"")
    kind = "text/xml" if operation.is_xml else f"application/x-amz-json-{operation.model.metadata.get('v', '1.0')}"
    headers = {"Content-Type": kind, "x-amzn-RequestId": "R-1"} | answer.headers
    if operation.service.startswith("dynamodb"):
        headers.setdefault("x-amz-crc32", str(zlib.crc32(answer.body)))
    return replace(answer, headers=headers)


def error_body(operation: Operation, code: str, *, protocol: str | None = None) -> str:
    protocol = protocol or operation.protocol
    message = "what the service says"
    if protocol == "query":
        inner = f"<Error><Type>Sender</Type><Code>{code}</Code><Message>{message}</Message></Error>"
        return f"<ErrorResponse>{inner}<RequestId>R-1</RequestId></ErrorResponse>"
    if protocol == "rest-xml":
        return f'<?xml version="1.0"?>\n<Error><Code>{code}</Code><Message>{message}</Message></Error>'
    if protocol == "rest-json":
        return json.dumps({"Type": "User", "Message": message})
    return json.dumps({"__type": f"com.amazonaws.{operation.service}#{code}", "message": message})


def error(operation: Operation, code: str, status: int) -> Answer:
    headers = {"x-amzn-ErrorType": code} if operation.protocol == "rest-json" else {}
    return finished(operation, Answer(status, error_body(operation, code).encode(), headers))


def body(operation: Operation, kind: str) -> bytes:
    match kind:
        case "right":
            text = operation.body
        case "empty":
            text = ""
        case "error":
            text = error_body(operation, "InternalError")
        case "foreign error":
            text = error_body(operation, "InternalError", protocol="json" if operation.is_xml else "rest-xml")
        case "html":
            text = HTML
        case "null":
            text = "null"
        case "list":
            text = "[]"
        case "object":
            text = "{}"
        case "half":
            text = operation.body[: len(operation.body) // 2]
        case _:
            text = "gateway says no"
    return text.encode()


def modelled_errors(operation: Operation) -> Iterator[tuple[str, int]]:
    for shape in operation.model.error_shapes:
        described = shape.metadata.get("error", {})
        yield described.get("code") or shape.name, described.get("httpStatusCode", 400)


def systematic() -> Iterator[Case]:
    """What has to be there in every run."""
    for operation in OPERATIONS:
        right = success(operation)
        yield Case(operation, (right,), "success")
        for code, status in modelled_errors(operation):
            yield Case(operation, (error(operation, code, status),), "modelled error")
            yield Case(operation, (error(operation, code, status), right), "modelled error, then success")
            yield Case(operation, (error(operation, code, 500), right), "modelled error with 500, then success")
        for kind in BODIES[1:]:
            yield Case(operation, (finished(operation, Answer(200, body(operation, kind))),), f"200, {kind}")
        yield Case(operation, (error(operation, "InternalError", 200),), "error document in a success")
    # Every name with each protocol, every status and body with some operation.
    one_of_each = [next(o for o in OPERATIONS if o.protocol == p) for p in ("json", "query", "rest-xml", "rest-json")]
    for code in COMMON_CODES:
        for operation in one_of_each:
            yield Case(operation, (error(operation, code, 400), success(operation)), "common error")
    for number, status in enumerate(STATUSES):
        for kind in BODIES:
            operation = OPERATIONS[number % len(OPERATIONS)]
            yield Case(operation, (finished(operation, Answer(status, body(operation, kind))),), f"{status}, {kind}")
            number += 1


def random_case(random: Random) -> Case:
    operation = random.choice(OPERATIONS)
    script = [random_answer(operation, random) for _ in range(random.choice((1, 1, 2, 3)))]
    if random.random() < 0.5:
        script.append(success(operation))
    return Case(operation, tuple(script), "random")


def random_answer(operation: Operation, random: Random) -> Answer:
    kind = random.choice(("error", "status", "cut", "damaged", "success"))
    if kind == "success":
        return success(operation)
    if kind == "error":
        codes = [*modelled_errors(operation), *((code, 400) for code in COMMON_CODES)]
        code, status = random.choice(codes)
        return error(operation, code, random.choice((status, status, 400, 403, 500, 503)))
    if kind == "status":
        return finished(operation, Answer(random.choice(STATUSES), body(operation, random.choice(BODIES))))
    right = success(operation) if random.random() < 0.7 else error(operation, "InternalError", 500)
    if kind == "cut":
        return replace(right, cut=random.randrange(len(right.serialized(without_body=False)) + 1))
    return replace(right, body=damaged(right.body, random))


def damaged(text: bytes, random: Random) -> bytes:
    """One byte more, less, or other than it should be."""
    if not text:
        return bytes([random.randrange(32, 127)])
    place = random.randrange(len(text))
    change = random.choice((b"", bytes([random.randrange(32, 127)]), text[place : place + 1] * 2))
    return text[:place] + change + text[place + 1 :]


def silences() -> Iterator[Case]:
    """Costs as much time as an attempt may take, so there are few."""
    for name in ("dynamodb.PutItem", "s3.PutObject", "sns.PublishBatch", "sqs.SendMessage"):
        operation = next(o for o in OPERATIONS if o.name == name)
        yield Case(operation, (Answer(silent=True), success(operation)), "silence, then success")
