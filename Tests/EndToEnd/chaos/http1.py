"""As much of HTTP/1.1 as a proxy and a Runtime API need, with the bytes in hand."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass

# A server closes idle connections after some seconds; one that is about to be closed is not taken.
IDLE_SECONDS = 1.0
MAXIMUM_HEAD = 256 * 1024


@dataclass(frozen=True)
class Message:
    """A request or a response: the first line, header names in lower case, and everything as it came."""

    start: str
    headers: dict[str, str]
    head: bytes
    body: bytes

    @property
    def method(self) -> str:
        return self.start.split(" ", 2)[0]

    @property
    def path(self) -> str:
        return self.start.split(" ", 2)[1]

    @property
    def status(self) -> int:
        return int(self.start.split(" ", 2)[1])

    @property
    def raw(self) -> bytes:
        return self.head + self.body


async def read_message(reader: asyncio.StreamReader, *, bodiless: bool = False) -> Message:
    """Raises `IncompleteReadError` or `ConnectionError` where the other side has gone."""
    head = await reader.readuntil(b"\r\n\r\n")
    lines = head.decode("latin-1").split("\r\n")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines[1:] if line)}
    if bodiless:
        body = b""
    elif headers.get("transfer-encoding", "").lower() == "chunked":
        body = await _read_chunks(reader)
    else:
        body = await reader.readexactly(int(headers.get("content-length", "0")))
    return Message(lines[0], headers, head, body)


async def _read_chunks(reader: asyncio.StreamReader) -> bytes:
    """The chunks with their frames, since they are only passed on."""
    parts = []
    while True:
        line = await reader.readuntil(b"\r\n")
        size = int(line.split(b";")[0], 16)
        parts += [line, await reader.readexactly(size + 2)]
        if size == 0:
            return b"".join(parts)


def response(status: int, body: bytes, content_type: str = "application/json", **headers: str) -> bytes:
    lines = [f"HTTP/1.1 {status} Answer", f"Content-Type: {content_type}", f"Content-Length: {len(body)}"]
    lines += [f"{name.replace('_', '-')}: {value}" for name, value in headers.items()]
    return "\r\n".join(lines).encode() + b"\r\n\r\n" + body


class Upstream:
    """Connections to the local AWS, kept between requests."""

    def __init__(self, host: str, port: int) -> None:
        self.host = host
        self.port = port
        self._idle: list[tuple[float, asyncio.StreamReader, asyncio.StreamWriter]] = []

    async def send(self, request: bytes, *, is_head: bool = False) -> Message:
        reader, writer = await self._connection()
        try:
            writer.write(request)
            answer = await read_message(reader, bodiless=is_head)
        except BaseException:
            writer.close()
            raise
        if answer.headers.get("connection", "").lower() == "close":
            writer.close()
        else:
            self._idle.append((time.monotonic(), reader, writer))
        return answer

    async def _connection(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        while self._idle:
            since, reader, writer = self._idle.pop()
            if time.monotonic() - since < IDLE_SECONDS and not reader.at_eof():
                return reader, writer
            writer.close()
        return await asyncio.open_connection(self.host, self.port, limit=2**23)

    def close(self) -> None:
        for _, _, writer in self._idle:
            writer.close()
        self._idle.clear()
