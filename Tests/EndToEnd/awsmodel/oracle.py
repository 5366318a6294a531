"""Compares a request with the one that botocore would send for the same call."""

from __future__ import annotations

import base64
import copy
import hashlib
import json
from functools import cache
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import botocore.session
from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSPreparedRequest, AWSRequest
from botocore.config import Config
from botocore.credentials import Credentials
from botocore.handlers import set_list_objects_encoding_type_url

from . import constraints
from .call import Call
from .request import Request

REGION = "eu-central-1"
ACCESS_KEY = "AKIAIOSFODNN7EXAMPLE"
SECRET_KEY = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
SESSION_TOKEN = "session-token-of-a-role"


class Captured(Exception):
    def __init__(self, request: AWSPreparedRequest) -> None:
        super().__init__("not sent")
        self.request = request


@cache
def client(service: str) -> Any:
    def capture(request: AWSPreparedRequest, **_: object) -> None:
        raise Captured(request)

    made = botocore.session.Session(include_builtin_handlers=True).create_client(
        service,
        region_name=REGION,
        aws_access_key_id=ACCESS_KEY,
        aws_secret_access_key=SECRET_KEY,
        aws_session_token=SESSION_TOKEN,
        config=Config(retries={"total_max_attempts": 1}, ignore_configured_endpoint_urls=True),
    )
    made.meta.events.register("before-send", capture)
    # An addition of botocore's own, for keys that XML cannot hold.
    made.meta.events.unregister("before-parameter-build.s3.ListObjectsV2", set_list_objects_encoding_type_url)
    return made


def reference(call: Call) -> AWSPreparedRequest:
    """What botocore sends: it checks names, types, required members and ranges first, and refuses what is wrong."""
    try:
        # botocore works on what it is given.
        client(call.service)._make_api_call(call.operation, copy.deepcopy(call.parameters))
    except Captured as captured:
        return captured.request
    raise AssertionError(f"botocore sent nothing for {call.operation}")


def check(request: Request, call: Call) -> None:
    """An AssertionError, or botocore's own error, says what AWS would not take."""
    expected = reference(call)
    shape = call.model.input_shape
    wrong = list(constraints.violations(call.parameters, shape)) if shape else []
    assert not wrong, "; ".join(wrong)
    url = urlsplit(expected.url)
    assert request.host == url.netloc
    assert request.method == expected.method
    assert (request.path or "/") == (url.path or "/")
    assert request.query == sorted(parse_qsl(url.query, keep_blank_values=True))
    headers = {name.lower(): text(value) for name, value in expected.headers.items()}
    check_scope(request, headers["authorization"])
    assert request.headers["x-amz-security-token"] == SESSION_TOKEN
    assert request.headers.get("x-amz-target") == headers.get("x-amz-target")
    for name in modelled_headers(call):
        assert request.headers.get(name) == headers.get(name), name
    protocol = call.model.service_model.resolved_protocol
    body = expected.body if isinstance(expected.body, bytes) else text(expected.body or b"").encode()
    if protocol == "json":
        assert request.headers["content-type"] == headers["content-type"]
        assert json.loads(request.body) == json.loads(body)
    elif protocol == "query":
        assert request.headers["content-type"] == headers["content-type"]
        assert sorted(parse_qsl(request.body.decode())) == sorted(parse_qsl(body.decode()))
    elif call.operation == "Invoke":
        assert request.body == body
    elif checksum := request.headers.get("x-amz-checksum-sha256"):
        assert base64.b64decode(checksum) == hashlib.sha256(request.body).digest()
    check_signature(request)


def modelled_headers(call: Call) -> list[str]:
    shape = call.model.input_shape
    located = [member.serialization for member in shape.members.values()]
    return [
        place["name"].lower()
        for place in located
        # botocore adds a checksum of its own choice.
        if place.get("location") == "header" and "checksum" not in place["name"].lower()
    ]


def check_scope(request: Request, authorization: str) -> None:
    _, _, region, service, _ = authorization.split("Credential=", 1)[1].split(",", 1)[0].split("/")
    assert request.scope == (region, service)


def check_signature(request: Request) -> None:
    """Signs the request again with botocore, as the service does with its own means."""
    authorization = request.headers["authorization"]
    signed = authorization.split("SignedHeaders=", 1)[1].split(",", 1)[0].split(";")
    for name in ("host", "x-amz-date", "x-amz-security-token"):
        assert name in signed, f"{name} is not signed"
    region, service = request.scope
    signer = (S3SigV4Auth if service == "s3" else SigV4Auth)(
        Credentials(ACCESS_KEY, SECRET_KEY, SESSION_TOKEN), service, region
    )
    again = AWSRequest(
        method=request.method,
        url=request.url,
        headers={name: request.headers[name] for name in signed},
        data=request.body,
    )
    again.context["timestamp"] = request.headers["x-amz-date"]
    if service == "s3":
        again.context["payload_signing_enabled"] = True
    string = signer.string_to_sign(again, signer.canonical_request(again))
    assert authorization.endswith(f"Signature={signer.signature(string, again)}"), "the signature is wrong"


def text(value: str | bytes) -> str:
    return value.decode() if isinstance(value, bytes) else str(value)
