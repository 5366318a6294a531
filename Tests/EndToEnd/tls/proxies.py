"""A proxy that connects its clients with a server of the test, whatever host they ask for, and can speak TLS itself."""

from __future__ import annotations

import contextlib
import select
import socket
import socketserver
import ssl
import threading
from typing import Any

from tls.certificates import Files


class Tunnel(socketserver.BaseRequestHandler):
    server: ConnectProxy

    def handle(self) -> None:
        self.request.settimeout(10)
        client = self.request
        with contextlib.suppress(OSError):
            if self.server.context:
                client = self.server.context.wrap_socket(client, server_side=True)
            head = b""
            while b"\r\n\r\n" not in head:
                block = client.recv(4096)
                if not block:
                    return
                head += block
            assert head.startswith(b"CONNECT "), head
            with socket.create_connection(("127.0.0.1", self.server.target)) as upstream:
                client.sendall(b"HTTP/1.1 200 Connection established\r\n\r\n")
                self.relay(client, upstream)
        client.close()

    @staticmethod
    def relay(client: Any, upstream: socket.socket) -> None:
        other = {client: upstream, upstream: client}
        while True:
            # What TLS has decrypted already makes no socket readable.
            waiting = [client] if getattr(client, "pending", int)() else select.select(list(other), [], [], 10)[0]
            if not waiting:
                return
            for source in waiting:
                block = source.recv(65536)
                if not block:
                    return
                other[source].sendall(block)


class ConnectProxy(socketserver.ThreadingTCPServer):
    daemon_threads = True

    def __init__(self, kind: str, files: Files, target: int) -> None:
        super().__init__(("127.0.0.1", 0), Tunnel)
        self.target = target
        self.context = None
        if kind == "https":
            self.context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            self.context.load_cert_chain(files.bundle)
        self.url = f"{kind}://localhost:{self.server_address[1]}"
        self.thread = threading.Thread(target=self.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)

    def __enter__(self) -> ConnectProxy:
        self.thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.shutdown()
        self.server_close()
        self.thread.join()

    def handle_error(self, *_: object) -> None:
        """A client that refuses what it is shown is what some cases are about."""
