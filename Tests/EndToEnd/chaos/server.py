"""A local AWS for the length of a run: in memory, on loopback, checking neither signatures nor permissions."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from dataclasses import dataclass
from pathlib import Path

START_SECONDS = 60.0


@dataclass
class LocalServer:
    endpoint: str
    process: subprocess.Popen[bytes]
    directory: Path

    @classmethod
    def start(cls, directory: Path) -> LocalServer:
        shutil.rmtree(directory, ignore_errors=True)
        directory.mkdir(parents=True)
        # A free port can be taken by somebody else before the server listens on it.
        for _ in range(3):
            server = cls._started(directory)
            if server._answers():
                return server
            server.stop()
        raise RuntimeError(f"the local AWS did not start; its log: {directory / 'server.log'}")

    @classmethod
    def _started(cls, directory: Path) -> LocalServer:
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        endpoint = f"http://127.0.0.1:{port}"
        variables = {
            "PATH": "/usr/bin:/bin",
            "HOME": str(directory),
            "TMPDIR": str(directory),
            "BIND_HOST": "127.0.0.1",
            "MINISTACK_HOST": "127.0.0.1",
            "GATEWAY_PORT": str(port),
            "AWS_ENDPOINT_URL": endpoint,
            "MINISTACK_REGION": "us-east-1",
            "AWS_DEFAULT_REGION": "us-east-1",
            "LOG_LEVEL": "ERROR",
        }
        with (directory / "server.log").open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, "-m", "ministack.app"],
                env=variables, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        return cls(endpoint, process, directory)

    def _answers(self) -> bool:
        opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline and self.process.poll() is None:
            with contextlib.suppress(OSError), opener.open(self.endpoint + "/_ministack/health", timeout=2):
                return True
            time.sleep(0.05)
        return False

    def stop(self) -> None:
        """With everything it started."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
