"""An HTTPS proxy on loopback that is every AWS host at once, with certificates of its own issuer.

A program whose environment names it as HTTPS_PROXY, and the issuer as AWS_CA_BUNDLE, works as it does with AWS: real
host names, TLS, no endpoint override.
"""

from __future__ import annotations

import contextlib
import itertools
import socket
import socketserver
import ssl
import subprocess
import threading
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from .request import Answer, Request

Handler = Callable[[Request], Answer]
# AWS gives each answer an id of its own.
REQUEST_NUMBERS = itertools.count(1)


def make_certificates(folder: Path, hosts: list[str]) -> tuple[Path, Path, Path]:
    """The issuer's certificate, and a certificate with its key for all hosts."""
    root, root_key = folder / "root.pem", folder / "root.key"
    leaf, leaf_key, request, names = (folder / name for name in ("leaf.pem", "leaf.key", "leaf.csr", "names"))
    new_key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout"]

    def openssl(*arguments: str | Path) -> None:
        subprocess.run(["openssl", *arguments], check=True, capture_output=True)

    openssl("req", "-x509", "-days", "2", "-subj", "/CN=test issuer", "-out", root, *new_key, root_key)
    openssl("req", "-new", "-subj", "/CN=amazonaws.com", "-out", request, *new_key, leaf_key)
    names.write_text("subjectAltName=" + ",".join(f"DNS:{host}" for host in hosts))
    openssl("x509", "-req", "-days", "2", "-in", request, "-CA", root, "-CAkey", root_key, "-CAcreateserial",
            "-extfile", names, "-out", leaf)  # fmt: skip
    return root, leaf, leaf_key


class Proxy:
    """Runs from `with` to its end; `url` is for HTTPS_PROXY."""

    def __init__(self, handler: Handler, certificate: Path, key: Path) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(certificate, key)

        class Connection(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                # The client ends its connection when it likes.
                with contextlib.suppress(OSError):
                    self.serve()

            def serve(self) -> None:
                method, target, _ = read_head(self.rfile) or ("", "", {})
                assert method == "CONNECT", f"{method} {target} came without TLS"
                host, port = target.rsplit(":", 1)
                assert port == "443"
                self.connection.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
                with context.wrap_socket(self.connection, server_side=True) as secure, secure.makefile("rb") as stream:
                    while head := read_head(stream):
                        method, target, headers = head
                        assert headers["host"] == host
                        body = stream.read(int(headers.get("content-length", 0)))
                        answer = handler(Request(host, method, target, headers, body))
                        secure.sendall(encode(answer, has_body=method != "HEAD"))

        class Server(socketserver.ThreadingTCPServer):
            daemon_threads = True

        self._server = Server(("127.0.0.1", 0), Connection)
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    def __enter__(self) -> Proxy:
        threading.Thread(target=self._server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._server.server_close()


def read_head(stream: BinaryIO | socket.SocketIO) -> tuple[str, str, dict[str, str]] | None:
    line = stream.readline()
    if not line:
        return None
    method, target, _ = line.decode("latin-1").split(" ", 2)
    headers: dict[str, str] = {}
    while line := stream.readline().strip():
        name, value = line.decode("latin-1").split(":", 1)
        headers[name.lower()] = value.strip()
    return method, target, headers


def encode(answer: Answer, has_body: bool) -> bytes:
    own = {"Content-Length": str(len(answer.body)), "x-amzn-RequestId": f"request-{next(REQUEST_NUMBERS)}"}
    headers = own | answer.headers
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"HTTP/1.1 {answer.status} X\r\n{head}\r\n".encode("latin-1") + (answer.body if has_body else b"")
