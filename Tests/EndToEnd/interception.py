"""A server between a script and the local AWS that changes a request or an answer here and there.

The local AWS verifies signatures, so that each request is signed anew.
"""

from __future__ import annotations

import http.client
import http.server
import re
import threading
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlsplit

from botocore.auth import S3SigV4Auth, SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from pipeline.stack import Stack


@dataclass(frozen=True)
class Exchange:
    """A request, and what it is answered with once that is known."""

    method: str
    path: str
    body: bytes
    answer: bytes = b""


# Each returns the body to go on with.
Rule = Callable[[Exchange], bytes]

HOP_BY_HOP = {"connection", "content-length", "expect", "keep-alive", "transfer-encoding"}
OF_THE_SIGNATURE = {"authorization", "host", "x-amz-content-sha256", "x-amz-date"}


def signed(stack: Stack, method: str, path: str, headers: dict[str, str], body: bytes) -> dict[str, str]:
    """The headers of the same request to the local AWS itself."""
    scope = re.search(r"Credential=[^/]+/[0-9]+/([^/]+)/([^/]+)/aws4_request", headers["Authorization"])
    assert scope is not None, headers["Authorization"]
    region, service = scope.groups()
    kept = {name: value for name, value in headers.items() if name.lower() not in HOP_BY_HOP | OF_THE_SIGNATURE}
    request = AWSRequest(method, stack.endpoint_url + path, headers=kept, data=body)
    credentials = Credentials(stack.access_key_id, stack.secret_access_key)
    (S3SigV4Auth if service == "s3" else SigV4Auth)(credentials, service, region).add_auth(request)
    return dict(request.headers.items())


class Interception:
    """Runs from `with` to its end; `url` is the endpoint to use instead of the local AWS's."""

    def __init__(
        self, stack: Stack, on_request: Rule = lambda made: made.body, on_answer: Rule = lambda made: made.answer
    ) -> None:
        host = urlsplit(stack.endpoint_url).netloc

        class Handler(http.server.BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def forward(self) -> None:
                length = int(self.headers.get("Content-Length", 0))
                made = Exchange(self.command, self.path, self.rfile.read(length))
                body = on_request(made)
                headers = signed(stack, self.command, self.path, dict(self.headers.items()), body)
                connection = http.client.HTTPConnection(host, timeout=120)
                connection.request(self.command, self.path, body, headers)
                answer = connection.getresponse()
                content = on_answer(Exchange(made.method, made.path, made.body, answer.read()))
                connection.close()
                self.send_response(answer.status)
                for name, value in answer.getheaders():
                    if name.lower() not in HOP_BY_HOP:
                        self.send_header(name, value)
                # A HEAD is answered with the length of what a GET would bring.
                size = answer.headers["Content-Length"] if self.command == "HEAD" else str(len(content))
                if size is not None:
                    self.send_header("Content-Length", size)
                self.end_headers()
                self.wfile.write(content)

            do_DELETE = do_GET = do_HEAD = do_POST = do_PUT = forward

            def log_message(self, *_: object) -> None:
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.url = f"http://127.0.0.1:{self._server.server_port}"

    def __enter__(self) -> Interception:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()
