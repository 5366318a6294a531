"""A server that answers PutRecords as Kinesis does, for tests of the orders tool."""

from __future__ import annotations

import base64
import contextlib
import http.server
import json
from collections.abc import Iterator
from typing import Any, Self

from serving import serving


class KinesisServer(http.server.ThreadingHTTPServer):
    """One shard, which refuses a record once for each time that `refusals` names its data."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _PutRecords)
        self.stored: list[str] = []
        self.refusals: list[str] = []
        # The headers of each request.
        self.requests: list[dict[str, str]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"

    @classmethod
    @contextlib.contextmanager
    def serving(cls) -> Iterator[Self]:
        with serving(cls()) as server:
            yield server

    def take(self, headers: dict[str, str]) -> None:
        """Notes a request before it is answered."""
        self.requests.append(headers)

    def result(self, data: str) -> dict[str, Any]:
        """What the answer says of one record."""
        if data in self.refusals:
            self.refusals.remove(data)
            code = "ProvisionedThroughputExceededException"
            return {"ErrorCode": code, "ErrorMessage": "Rate exceeded for shard"}
        self.stored.append(data)
        return {"ShardId": "shardId-000000000000", "SequenceNumber": str(len(self.stored))}


class _PutRecords(http.server.BaseHTTPRequestHandler):
    server: KinesisServer

    def do_POST(self) -> None:
        request = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.take(dict(self.headers.items()))
        results = [self.server.result(base64.b64decode(record["Data"]).decode()) for record in request["Records"]]
        body = json.dumps({"FailedRecordCount": 0, "Records": results}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        pass
