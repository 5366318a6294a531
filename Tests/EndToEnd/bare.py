"""A bootstrap as a process, with a Runtime API of the test's own: no stack, no emulator."""

from __future__ import annotations

import contextlib
import http.server
import os
import subprocess
import threading
import time
from collections.abc import Iterator

from serving import serving


class RuntimeAPI(http.server.BaseHTTPRequestHandler):
    """One empty batch, then silence: the least of a Runtime API that a function can run against."""

    protocol_version = "HTTP/1.1"
    answers: list[tuple[str, bytes]]
    answered: threading.Event
    stopped: threading.Event
    events: list[bytes]
    address: str
    # From the event to the invocation's deadline; a function may try until shortly before that.
    seconds: float = 10**9
    deadline: float = float("inf")
    # Of each answer, how many seconds of its invocation were left.
    left: list[float]

    def do_GET(self) -> None:
        if not self.events:
            self.stopped.wait()
            self.close_connection = True
            return
        body = self.events.pop()
        type(self).deadline = time.time() + self.seconds
        self.send_response(200)
        for name, value in {
            "Lambda-Runtime-Aws-Request-Id": "8476a536-e9f4-11e8-9739-2dfe598c3fcd",
            "Lambda-Runtime-Invoked-Function-Arn": "arn:aws:lambda:us-east-1:000000000000:function:test",
            "Lambda-Runtime-Deadline-Ms": str(int(self.deadline * 1000)),
            "Content-Length": str(len(body)),
        }.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if "/extension/" in self.path:
            self.send_error(404)
            return
        self.left.append(self.deadline - time.time())
        self.answers.append((self.path, body))
        self.send_response(202)
        self.send_header("Content-Length", "0")
        self.end_headers()
        self.answered.set()

    def log_message(self, *_: object) -> None:
        pass


@contextlib.contextmanager
def runtime_api_server() -> Iterator[type[RuntimeAPI]]:
    """A handler class of the caller's own; `answers` fills as the function posts."""

    class Handler(RuntimeAPI):
        answers: list[tuple[str, bytes]] = []  # noqa: RUF012
        left: list[float] = []  # noqa: RUF012
        answered = threading.Event()
        stopped = threading.Event()
        events: list[bytes] = [b'{"Records":[]}']  # noqa: RUF012

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    Handler.address = f"127.0.0.1:{server.server_port}"
    with serving(server):
        try:
            yield Handler
        finally:
            Handler.stopped.set()


def first_post(runtime_api: type[RuntimeAPI], command: list[str], variables: dict[str, str]) -> tuple[str, bytes, str]:
    """Path and body of what the process posts first, and everything it wrote."""
    answers, output = posts(runtime_api, command, variables, 1)
    return (*answers[0], output)


def posts(
    runtime_api: type[RuntimeAPI], command: list[str], variables: dict[str, str], count: int
) -> tuple[list[tuple[str, bytes]], str]:
    """Path and body of the first `count` things that the process posts, and everything it wrote."""
    process = subprocess.Popen(
        command,
        env=variables | {"PATH": os.environ["PATH"]},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    deadline = time.monotonic() + 20
    try:
        while len(runtime_api.answers) < count and runtime_api.answered.wait(deadline - time.monotonic()):
            runtime_api.answered.clear()
    finally:
        process.kill()
        output, _ = process.communicate()
    assert len(runtime_api.answers) >= count, output
    return runtime_api.answers[:count], output
