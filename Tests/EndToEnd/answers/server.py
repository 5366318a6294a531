"""A server that answers from a script, byte by byte as it is told, and keeps the requests."""

from __future__ import annotations

import contextlib
import http
import socket
import threading
import zlib
from dataclasses import dataclass, field
from typing import Self

# How long a server that does not answer waits for its client to go away.
PATIENCE = 20


@dataclass(frozen=True)
class Answer:
    status: int = 200
    body: bytes = b""
    headers: dict[str, str] = field(default_factory=dict)
    # Bytes of the whole answer, head included, after which the connection ends; None for all of it.
    cut: int | None = None
    # Never answers.
    silent: bool = False

    def serialized(self, *, without_body: bool) -> bytes:
        head = [f"HTTP/1.1 {self.status} {http.client.responses.get(self.status, 'Unnamed')}"]
        headers = {"Content-Length": str(len(self.body))} | self.headers
        head += [f"{name}: {value}" for name, value in headers.items()]
        body = b"" if without_body else self.body
        if self.status == 204:
            head = [line for line in head if not line.startswith("Content-Length")]
        return "\r\n".join(head).encode("latin-1") + b"\r\n\r\n" + body

    @property
    def has_wrong_checksum(self) -> bool:
        expected = self.headers.get("x-amz-crc32")
        return expected is not None and expected != str(zlib.crc32(self.body))


@dataclass(frozen=True)
class Request:
    method: str
    target: str
    # Names in lower case.
    headers: dict[str, str]
    body: bytes


class ScriptedServer:
    """One script at a time: the n-th request gets the n-th answer, each further one the last."""

    def __init__(self) -> None:
        self._listener = socket.create_server(("127.0.0.1", 0), backlog=64)
        self._lock = threading.Lock()
        self._script: list[Answer] = []
        self._requests: list[Request] = []
        self._accepting = threading.Thread(target=self._accept, daemon=True)
        self._accepting.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        # A socket that is only closed goes on listening until its `accept` has taken one more connection.
        self._listener.shutdown(socket.SHUT_RDWR)
        self._accepting.join()
        self._listener.close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._listener.getsockname()[1]}"

    def load(self, script: list[Answer]) -> None:
        with self._lock:
            self._script = script
            self._requests = []

    def taken(self) -> list[Request]:
        with self._lock:
            return list(self._requests)

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listener.accept()
            except ConnectionAbortedError:
                continue
            except OSError:
                return
            connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            threading.Thread(target=self._serve, args=(connection,), daemon=True).start()

    def _serve(self, connection: socket.socket) -> None:
        # A client that goes away while it is answered is part of the game.
        with contextlib.suppress(OSError), connection:
            reader = connection.makefile("rb")
            while request := self._read(connection, reader):
                with self._lock:
                    self._requests.append(request)
                    answer = self._script[min(len(self._requests), len(self._script)) - 1]
                if answer.silent:
                    connection.settimeout(PATIENCE)
                    connection.recv(1)
                    return
                sent = answer.serialized(without_body=request.method == "HEAD")
                connection.sendall(sent[: answer.cut])
                if answer.cut is not None and answer.cut < len(sent):
                    return

    def _read(self, connection: socket.socket, reader: socket.SocketIO) -> Request | None:
        first = reader.readline()
        if not first:
            return None
        method, target, _ = first.decode("latin-1").split(" ", 2)
        headers = {}
        while (line := reader.readline().decode("latin-1").strip()) != "":
            name, _, value = line.partition(":")
            headers[name.lower()] = value.strip()
        if headers.get("expect", "").lower() == "100-continue":
            connection.sendall(b"HTTP/1.1 100 Continue\r\n\r\n")
        return Request(method, target, headers, reader.read(int(headers.get("content-length", "0"))))
