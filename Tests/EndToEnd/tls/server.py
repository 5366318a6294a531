"""What the TLS servers of tests have in common: what they are told, and a server that is another program."""

from __future__ import annotations

import contextlib
import os
import shutil
import socket
import subprocess
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from pipeline.stack import ROOT
from ports import free_port
from tls.certificates import Files

PATIENCE_SECONDS = 15
# Where scripts/setup --with-tls-servers unpacks what the system does not have.
UNPACKED = ROOT / ".local/tls-servers"
ANSWER = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}"


@dataclass(frozen=True)
class Settings:
    """What a server is told; each server can do most of it."""

    versions: tuple[str, ...] = ("1.2", "1.3")
    # OpenSSL's names; the server's choice if it has none.
    cipher: str = ""
    groups: str = ""
    sessions: str = "tickets"
    asks_for_certificate: bool = False
    alpn: str = ""
    # Bytes of plain text in a record, if fewer than 16 KB.
    record: int = 0
    # Another certificate is shown to whom names no host.
    needs_name: bool = False
    # What the server asks for between request and answer: a command of `openssl s_server`.
    command: str = ""
    # An answer of the certificate's authority (OCSP) comes with it, for whoever asks.
    stapled: bool = False
    # Every connection meets a server that knows no earlier session: as one of many behind an address, or restarted.
    forgetful: bool = False


class NotStartedError(Exception):
    """The server ended at once, with these words."""


class Server:
    """Running between `with` and its end; `resumed` has an entry for each request."""

    name: str
    port: int
    # Whether it can be made to show a certificate that OpenSSL finds too weak at its usual level of security.
    shows_weak_certificates = True

    def __init__(self, files: Files, settings: Settings, folder: Path, other: Files) -> None:
        self.files = files
        self.settings = settings
        self.folder = folder
        # The certificate of another host.
        self.other = other
        self.resumed: list[bool] = []

    @staticmethod
    def can(settings: Settings) -> bool:
        raise NotImplementedError

    def take_resumed(self, count: int) -> list[bool]:
        """Whether each of the last client's requests resumed a session, once there are `count` of them."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while len(self.resumed) < count and time.monotonic() < deadline:
            time.sleep(0.002)
        taken = self.resumed[:]
        self.resumed.clear()
        return taken


class ProcessServer(Server):
    """A server of another program, on a port that was free."""

    def command_line(self) -> list[str]:
        raise NotImplementedError

    def read(self, line: str) -> None:
        """Takes note of what the server prints."""

    def __enter__(self) -> ProcessServer:
        self.port = free_port()
        self.process = subprocess.Popen(
            self.command_line(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            cwd=self.folder,
            env=os.environ | {"LD_LIBRARY_PATH": ":".join(map(str, sorted(UNPACKED.glob("usr/lib/*-linux-gnu"))))},
        )
        self.output: list[str] = []
        self.thread = threading.Thread(target=self.follow, daemon=True)
        self.thread.start()
        try:
            self.wait_until_it_listens()
        except BaseException:
            # What is not entered is not left either.
            self.__exit__()
            raise
        return self

    def wait_until_it_listens(self) -> None:
        deadline = time.monotonic() + PATIENCE_SECONDS
        while True:
            with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", self.port)):
                return
            if self.process.poll() is not None:
                self.thread.join()
                raise NotStartedError("".join(self.output))
            assert time.monotonic() < deadline, "".join(self.output)
            time.sleep(0.005)

    def follow(self) -> None:
        assert self.process.stdout
        for line in self.process.stdout:
            text = line.decode(errors="replace")
            self.output.append(text)
            self.read(text)

    def __exit__(self, *_: object) -> None:
        self.process.kill()
        self.process.wait()
        self.thread.join()
        for stream in (self.process.stdin, self.process.stdout):
            if stream:
                with contextlib.suppress(OSError):
                    stream.close()


def program(name: str) -> str:
    """The path of a server: Debian installs them where not every user's PATH leads."""
    path = os.pathsep.join([str(UNPACKED / "usr/sbin"), os.environ["PATH"], "/usr/sbin"])
    found = shutil.which(name, path=path)
    assert found, f"there is no {name}: scripts/setup --with-tls-servers installs it"
    return found
