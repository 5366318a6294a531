"""Writes answers by the service models, and has botocore read each back before it is sent."""

from __future__ import annotations

import base64
import datetime
import json
import zlib
from typing import Any
from xml.sax.saxutils import escape

from botocore.awsrequest import HeadersDict
from botocore.model import OperationModel, Shape, StructureShape
from botocore.parsers import create_parser

from .call import Call
from .request import Answer, ServiceError


def success(call: Call, result: dict[str, Any]) -> Answer:
    answer = written(call, result)
    understood = read_back(call.model, answer)
    assert understood == result, f"botocore reads {understood}, not {result}"
    return answer


def written(call: Call, result: dict[str, Any]) -> Answer:
    shape = call.model.output_shape
    protocol = call.model.service_model.resolved_protocol
    if protocol == "json":
        return json_answer(call, 200, plain(result, shape) if shape else None)
    if protocol == "query":
        body = f"<{call.operation}Result>{xml_members(result, shape)}</{call.operation}Result>"
        body += "<ResponseMetadata><RequestId>r</RequestId></ResponseMetadata>"
        return Answer(
            200, {"Content-Type": "text/xml"}, f"<{call.operation}Response>{body}</{call.operation}Response>".encode()
        )
    if protocol == "rest-json" and not shape.serialization.get("payload"):
        return Answer(200, {"Content-Type": "application/json"}, json.dumps(plain(result, shape)).encode())
    # The members in headers, and one body: a blob as it is, everything else as XML.
    headers = {}
    for name, member in shape.members.items():
        if member.serialization.get("location") == "header" and name in result:
            headers[member.serialization["name"]] = str(result[name])
    status = result.get("StatusCode", 204 if call.operation == "DeleteObject" else 200)
    blob = shape.serialization.get("payload")
    if blob or shape.name != "ListObjectsV2Output":
        return Answer(status, headers, result.get(blob, b"") if blob else b"")
    root = "ListBucketResult"
    xml = f'<?xml version="1.0"?><{root} xmlns="http://s3.amazonaws.com/doc/2006-03-01/">{xml_members(result, shape)}'
    return Answer(status, {"Content-Type": "application/xml"} | headers, f"{xml}</{root}>".encode())


def failure(call: Call, error: ServiceError) -> Answer:
    """An error, which has to be one of those that the operation's model names, or one that all services share."""
    names = {shape.error_code: shape for shape in call.model.error_shapes}
    common = {
        "InternalError",
        "InternalServerError",
        "InternalFailure",
        "ThrottlingException",
        "ValidationError",
        "AccessDenied",
        # Of the query protocol, and of the others.
        "ExpiredToken",
        "ExpiredTokenException",
        # S3's models name few of its errors:
        # https://docs.aws.amazon.com/AmazonS3/latest/API/ErrorResponses.html
        "PreconditionFailed",
    }
    assert error.code in names or error.code in common, f"{call.operation} has no error {error.code}"
    protocol = call.model.service_model.resolved_protocol
    if protocol == "json":
        kind = names[error.code].name if error.code in names else error.code
        namespace = call.model.service_model.metadata["targetPrefix"].lower()
        members = plain(error.members, names[error.code]) if error.members else {}
        return json_answer(
            call, error.status, {"__type": f"com.amazonaws.{namespace}#{kind}", "message": error.message} | members
        )
    if protocol == "rest-json":
        headers = {"Content-Type": "application/json", "x-amzn-ErrorType": error.code}
        members = plain(error.members, names[error.code]) if error.members else {}
        return Answer(error.status, headers, json.dumps({"message": error.message} | members).encode())
    assert protocol == "query" or call.service == "s3"
    inner = f"<Error><Code>{error.code}</Code><Message>{escape(error.message)}</Message></Error>"
    body = inner if call.service == "s3" else f"<ErrorResponse>{inner}<RequestId>r</RequestId></ErrorResponse>"
    return Answer(error.status, {"Content-Type": "text/xml"}, body.encode())


def json_answer(call: Call, status: int, value: object) -> Answer:
    metadata = call.model.service_model.metadata
    body = json.dumps(value).encode() if value is not None else b""
    headers = {"Content-Type": f"application/x-amz-json-{metadata['jsonVersion']}"}
    if call.service.startswith("dynamodb"):
        headers["x-amz-crc32"] = str(zlib.crc32(body))
    return Answer(status, headers, body)


def plain(value: Any, shape: Shape) -> Any:
    if isinstance(shape, StructureShape):
        return {name: plain(member, shape.members[name]) for name, member in value.items()}
    if shape.type_name == "list":
        return [plain(element, shape.member) for element in value]
    if shape.type_name == "map":
        return {key: plain(element, shape.value) for key, element in value.items()}
    if shape.type_name == "blob":
        return base64.b64encode(value).decode()
    if isinstance(value, datetime.datetime):
        # With a fraction, as the services write it.
        return value.timestamp()
    return value


def xml_members(value: dict[str, Any], shape: StructureShape) -> str:
    return "".join(
        xml(member.serialization.get("name", name), value[name], member)
        for name, member in shape.members.items()
        if name in value
    )


def xml(name: str, value: Any, shape: Shape) -> str:
    if isinstance(shape, StructureShape):
        return f"<{name}>{xml_members(value, shape)}</{name}>"
    if shape.type_name == "list":
        if shape.serialization.get("flattened"):
            return "".join(xml(name, element, shape.member) for element in value)
        elements = "".join(
            xml(shape.member.serialization.get("name", "member"), element, shape.member) for element in value
        )
        return f"<{name}>{elements}</{name}>"
    if isinstance(value, bool):
        value = str(value).lower()
    if isinstance(value, datetime.datetime):
        value = value.isoformat().replace("+00:00", "Z")
    return f"<{name}>{escape(str(value))}</{name}>"


def read_back(model: OperationModel, answer: Answer) -> dict[str, Any]:
    response = {"status_code": answer.status, "headers": HeadersDict(answer.headers)}
    streams = model.has_streaming_output or model.name == "Invoke"
    # A stream's bytes are its reader's, and need not be text.
    response["body"] = b"" if streams and model.output_shape.serialization.get("payload") else answer.body
    parsed = create_parser(model.service_model.resolved_protocol).parse(response, model.output_shape)
    parsed.pop("ResponseMetadata", None)
    # S3 always has a map of the metadata headers.
    if not parsed.get("Metadata", True):
        del parsed["Metadata"]
    if streams and model.output_shape.serialization.get("payload"):
        payload = model.output_shape.serialization["payload"]
        # botocore leaves a stream to its reader.
        parsed[payload] = answer.body
    return parsed
