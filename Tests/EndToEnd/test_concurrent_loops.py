"""A bootstrap as Lambda Managed Instances run it: several loops in one process, each of which reaches AWS."""

from __future__ import annotations

import json
import os
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

import pytest

from pipeline.stack import ROOT

BOOTSTRAP = ROOT / "dist/OrderWriter/bootstrap"

pytestmark = pytest.mark.skipif(not BOOTSTRAP.exists(), reason="needs scripts/build")

LOOPS, EVENTS = 4, 40


class Shared:
    """What the connections know together."""

    def __init__(self) -> None:
        self.lock = threading.Lock()
        self.given = 0
        self.answers: dict[str, bytes] = {}
        self.orders: list[str] = []
        self.ended = threading.Event()
        # No event is given before each loop has asked for one, so that all of them get some.
        self.asked = threading.Barrier(LOOPS)


class Service(BaseHTTPRequestHandler):
    """The Runtime API, and DynamoDB, which takes each order: a thread for each connection."""

    protocol_version = "HTTP/1.1"
    shared: Shared
    is_new = True

    def answer(self, status: int, body: bytes = b"{}", **headers: str) -> None:
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def do_GET(self) -> None:
        if self.is_new:
            self.shared.asked.wait(20)
            self.is_new = False
        with self.shared.lock:
            number = self.shared.given
            self.shared.given += 1
        if number >= EVENTS:
            self.shared.ended.wait(20)
            self.close_connection = True
            return
        body = json.dumps({"orderId": f"L-{number}", "timestamp": "2025-08-27T18:08:00Z", "amount": 1})
        record = {
            "messageId": str(number), "eventSource": "aws:sqs", "body": body,
            "eventSourceARN": "arn:aws:sqs:us-east-1:000000000000:orders",
        }  # fmt: skip
        self.answer(
            200,
            json.dumps({"Records": [record]}).encode(),
            Lambda_Runtime_Aws_Request_Id=str(number),
            Lambda_Runtime_Deadline_Ms="4102444800000",
            Lambda_Runtime_Invoked_Function_Arn="arn:aws:lambda:us-east-1:000000000000:function:f",
        )

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if "X-Amz-Target" in self.headers:
            with self.shared.lock:
                self.shared.orders.append(json.loads(body)["Item"]["orderId"]["S"])
            self.answer(200)
            return
        if not self.path.endswith("/response"):
            self.answer(200)
            return
        with self.shared.lock:
            self.shared.answers[self.path.split("/")[-2]] = body
            if len(self.shared.answers) == EVENTS:
                self.shared.ended.set()
        self.answer(202)

    def log_message(self, *arguments: Any) -> None:
        pass


@contextmanager
def service() -> Iterator[tuple[int, Shared]]:
    shared = Shared()
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("OwnService", (Service,), {"shared": shared}))
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield server.server_port, shared
    finally:
        server.shutdown()
        server.server_close()


def test_every_loop_of_a_process_stores_the_orders_that_it_is_given() -> None:
    with service() as (port, shared):
        variables = {
            "AWS_LAMBDA_RUNTIME_API": f"127.0.0.1:{port}", "AWS_LAMBDA_MAX_CONCURRENCY": str(LOOPS),
            "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}", "AWS_REGION": "us-east-1", "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test", "ORDERS_TABLE": "Orders", "NORMAL_MINIMUM_AMOUNT": "100",
            "PREMIUM_MINIMUM_AMOUNT": "1000", "LAMBDA_TASK_ROOT": "/",
        }  # fmt: skip
        own = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        process = subprocess.Popen([BOOTSTRAP], env=own | variables, stdout=subprocess.PIPE, stderr=subprocess.STDOUT)
        try:
            shared.ended.wait(20)
            assert process.poll() is None, process.communicate()[0].decode()[-2000:]
        finally:
            process.kill()
            process.communicate()
    assert sorted(shared.orders) == sorted(f"L-{number}" for number in range(EVENTS))
    assert {json.loads(answer)["batchItemFailures"] == [] for answer in shared.answers.values()} == {True}
