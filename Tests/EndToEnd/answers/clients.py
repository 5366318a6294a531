"""The two clients: botocore in this process, the functions' own in a process that tells what came of each call."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Self
from unittest import mock

import botocore.session
from botocore.config import Config
from botocore.exceptions import (
    ClientError,
    ConnectionClosedError,
    ConnectTimeoutError,
    EndpointConnectionError,
    ReadTimeoutError,
    ResponseStreamingError,
)
from botocore.retries.quota import RetryQuota
from botocore.retries.standard import (
    ModeledRetryableChecker,
    RetryContext,
    ThrottledRetryableChecker,
    ThrottlingErrorDetector,
    TransientRetryableChecker,
)

from pipeline.stack import ROOT

from .calls import Operation
from .server import ScriptedServer

ATTEMPTS = 3
# Our names of what no service said, and how botocore's exceptions are called here.
WITHOUT_ANSWER = {
    "ConnectionLost": "connection",
    "ConnectionFailed": "connection",
    "RequestTimedOut": "timeout",
    "MalformedResponse": "unreadable",
    "ChecksumMismatch": "unreadable",
}


@dataclass(frozen=True)
class Outcome:
    # "success", or the error's code, or what kept the answer from being read.
    code: str
    status: int
    requests: int

    @property
    def is_success(self) -> bool:
        return self.code == "success"


class Botocore:
    """The standard retry mode; waits take no time and retry tokens never run out."""

    def __init__(self, server: ScriptedServer, timeout: float) -> None:
        self._server = server
        self._timeout = timeout
        self._clients: dict[str, Any] = {}

    @contextmanager
    def without_waiting(self) -> Iterator[None]:
        with (
            mock.patch("botocore.endpoint.time.sleep", lambda _: None),
            mock.patch.object(RetryQuota, "acquire", lambda *_: True),
        ):
            yield

    def _client(self, service: str) -> Any:
        if service not in self._clients:
            self._clients[service] = botocore.session.Session().create_client(
                service,
                region_name="eu-central-1",
                endpoint_url=self._server.url,
                aws_access_key_id="AKIDEXAMPLE",
                aws_secret_access_key="secret",
                config=Config(
                    retries={"mode": "standard", "total_max_attempts": ATTEMPTS},
                    connect_timeout=self._timeout,
                    read_timeout=self._timeout,
                    s3={"addressing_style": "path"},
                    request_checksum_calculation="when_required",
                    response_checksum_validation="when_required",
                    parameter_validation=False,
                ),
            )
        return self._clients[service]

    def call(self, operation: Operation) -> Outcome:
        code, status = self._outcome(operation)
        return Outcome(code, status, len(self._server.taken()))

    def _outcome(self, operation: Operation) -> tuple[str, int]:
        # A copy: botocore makes a stream of a body in its place.
        parameters = dict(operation.parameters)
        try:
            result = self._client(operation.service)._make_api_call(operation.api, parameters)
            for member in ("Body", "Payload"):
                # A stream is read by whoever asked for it.
                if hasattr(result.get(member), "read"):
                    result[member].read()
        except ClientError as error:
            described = error.response.get("Error", {})
            code = described.get("QueryErrorCode") or described.get("Code") or ""
            return str(code), int(error.response["ResponseMetadata"].get("HTTPStatusCode", 0))
        except (ReadTimeoutError, ConnectTimeoutError):
            return "timeout", 0
        except (ConnectionClosedError, EndpointConnectionError, ResponseStreamingError):
            return "connection", 0
        except Exception as error:
            # botocore's parsers raise whatever their parts do: KeyError, TypeError, ResponseParserError.
            if "IncompleteRead" in repr(error) or "Connection broken" in repr(error):
                return "connection", 0
            return "unreadable", 0
        return "success", int(result["ResponseMetadata"]["HTTPStatusCode"])


@dataclass(frozen=True)
class Verdict:
    """What botocore thinks of an error by its code and the operation's model alone."""

    retried: bool
    throttling: bool


def botocore_verdict(operation: Operation, code: str) -> Verdict:
    context = RetryContext(
        attempt_number=1,
        operation_model=operation.model,
        parsed_response={"Error": {"Code": code}},
        http_response=mock.Mock(status_code=400, headers={}),
    )
    checkers = (TransientRetryableChecker(), ThrottledRetryableChecker(), ModeledRetryableChecker())
    return Verdict(
        any(checker.is_retryable(context) for checker in checkers),
        ThrottlingErrorDetector(None).is_throttling_error_from_context(context),
    )


@cache
def build_probe() -> Path:
    command = ["swift", "build", "-j", "2", "--package-path", str(ROOT), "--product", "ClientProbe"]
    built = subprocess.run(command, capture_output=True, text=True, check=False)
    assert built.returncode == 0, built.stdout + built.stderr
    return ROOT / ".build" / "debug" / "ClientProbe"


class Probe:
    """The functions' client; its waits take no time either."""

    def __init__(self, server: ScriptedServer, timeout: float) -> None:
        self._server = server
        self._timeout = timeout
        # Nothing of the caller's environment: no proxy, no other region.
        self._process = subprocess.Popen(
            [build_probe()], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env={"PATH": "/usr/bin"}
        )
        # What was said of the last call's error.
        self.last: dict[str, Any] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._process.stdin.close()
        self._process.wait(timeout=10)

    def call(self, operation: Operation) -> Outcome:
        assignment = {
            "operation": operation.name,
            "endpoint": self._server.url,
            "attempts": str(ATTEMPTS),
            "timeoutMilliseconds": int(self._timeout * 1000),
        }
        self._process.stdin.write(json.dumps(assignment) + "\n")
        self._process.stdin.flush()
        line = self._process.stdout.readline()
        assert line, f"the probe died of {operation.name}"
        self.last = json.loads(line)
        requests = len(self._server.taken())
        if self.last["outcome"] == "success":
            return Outcome("success", 200, requests)
        code = self.last["code"]
        return Outcome(WITHOUT_ANSWER.get(code, code), self.last["status"], requests)
