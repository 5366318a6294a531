"""What call a request is, by botocore's service models."""

from __future__ import annotations

import base64
import datetime
import json
import re
from dataclasses import dataclass
from functools import cache
from typing import Any
from urllib.parse import parse_qsl, unquote

import botocore.session
from botocore.model import OperationModel, ServiceModel, Shape, StructureShape

from .request import Request

JSON_SERVICES = ("cloudwatch", "dynamodb", "dynamodbstreams", "kinesis", "kms", "logs", "sqs")


@cache
def service_model(name: str) -> ServiceModel:
    return ServiceModel(botocore.session.get_session().get_service_data(name), name)


@dataclass(frozen=True)
class Call:
    service: str
    operation: str
    parameters: dict[str, Any]

    @property
    def model(self) -> OperationModel:
        return service_model(self.service).operation_model(self.operation)


def read(request: Request) -> Call:
    """The call with its parameters; an AssertionError for what no model knows."""
    if target := request.headers.get("x-amz-target"):
        return read_json(request, target)
    _, service = request.scope
    if service in ("cloudformation", "sns"):
        return read_form(service, request)
    if service == "lambda" and request.path.endswith("/invocations"):
        return read_invoke(request)
    if service in ("lambda", "pipes"):
        return read_path(service, request)
    assert service == "s3", f"{request.method} {request.url} is of no service known here"
    return read_s3(request)


def read_json(request: Request, target: str) -> Call:
    prefix, operation = target.rsplit(".", 1)
    service = next(name for name in JSON_SERVICES if service_model(name).metadata["targetPrefix"] == prefix)
    shape = service_model(service).operation_model(operation).input_shape
    body = json.loads(request.body)
    return Call(service, operation, typed(body, shape))


def typed(value: Any, shape: Shape) -> Any:
    """A value of JSON as botocore takes it; what has the wrong type stays as it is, for botocore to refuse."""
    if isinstance(shape, StructureShape) and isinstance(value, dict):
        unknown = value.keys() - shape.members.keys()
        assert not unknown, f"{shape.name} has no {unknown}"
        return {name: typed(member, shape.members[name]) for name, member in value.items()}
    if shape.type_name == "list" and isinstance(value, list):
        return [typed(element, shape.member) for element in value]
    if shape.type_name == "map" and isinstance(value, dict):
        return {key: typed(element, shape.value) for key, element in value.items()}
    if shape.type_name == "blob" and isinstance(value, str):
        return base64.b64decode(value, validate=True)
    if shape.type_name == "timestamp" and isinstance(value, int | float):
        return datetime.datetime.fromtimestamp(value, datetime.UTC)
    return value


def read_form(service: str, request: Request) -> Call:
    fields = dict(parse_qsl(request.body.decode(), keep_blank_values=True, strict_parsing=True))
    operation, version = fields.pop("Action"), fields.pop("Version")
    assert version == service_model(service).api_version
    return Call(service, operation, fields)


def read_invoke(request: Request) -> Call:
    found = re.fullmatch(r"/2015-03-31/functions/([^/]+)/invocations", request.path)
    assert found and request.method == "POST", f"{request.method} {request.target}"
    parameters = {"FunctionName": unquote(found[1]), "Payload": request.body}
    if kind := request.headers.get("x-amz-invocation-type"):
        parameters["InvocationType"] = kind
    return Call("lambda", "Invoke", parameters)


def read_path(service: str, request: Request) -> Call:
    """A call without a body, by the method and the path of some operation."""
    assert not request.body and not request.query
    model = service_model(service)
    for name in model.operation_names:
        http = model.operation_model(name).http
        # botocore writes names in the path as `{FunctionName}`.
        pattern = re.sub(r"\\\{(\w+)\\\}", r"(?P<\1>[^/]+)", re.escape(http["requestUri"]))
        found = re.fullmatch(pattern, request.path)
        if found and http["method"] == request.method:
            return Call(service, name, {key: unquote(value) for key, value in found.groupdict().items()})
    raise AssertionError(f"{service} has no {request.method} {request.path}")


def read_s3(request: Request) -> Call:
    # The bucket is the first label: AWS's own address style.
    bucket = request.host.split(".", 1)[0]
    key = unquote(request.path.removeprefix("/"))
    if not key:
        names = {"prefix": "Prefix", "continuation-token": "ContinuationToken", "list-type": None}
        parameters = {names[name]: value for name, value in request.query if names[name]}
        assert request.method == "GET" and ("list-type", "2") in request.query
        return Call("s3", "ListObjectsV2", {"Bucket": bucket} | parameters)
    parameters = {"Bucket": bucket, "Key": key}
    operation = {"GET": "GetObject", "PUT": "PutObject", "DELETE": "DeleteObject"}[request.method]
    if operation == "PutObject":
        parameters |= {"Body": request.body, "ContentType": request.headers["content-type"]}
        parameters["ChecksumSHA256"] = request.headers["x-amz-checksum-sha256"]
        if condition := request.headers.get("if-none-match"):
            parameters["IfNoneMatch"] = condition
    return Call("s3", operation, parameters)
