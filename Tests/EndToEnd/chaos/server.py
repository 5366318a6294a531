"""A local AWS for the length of a run: in memory, for this user's programs, without signatures and permissions."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from pipeline.stack import ROOT

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
        server = cls._started(directory)
        if server is None:
            raise RuntimeError(f"the local AWS did not start; its log: {directory / 'server.log'}")
        return server

    @classmethod
    def _started(cls, directory: Path) -> LocalServer | None:
        state = directory / "environment"
        variables = {
            "PATH": "/usr/bin:/bin",
            "HOME": str(directory),
            "TMPDIR": str(directory),
            "PYTHONPATH": str(ROOT / "scripts"),
            "LOG_LEVEL": "ERROR",
        }
        with (directory / "server.log").open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, "-P", "-m", "localaws", "--state", state, "--without-authentication"],
                env=variables, stdin=subprocess.DEVNULL, stdout=log, stderr=log, start_new_session=True,
            )  # fmt: skip
        server = cls("", process, directory)
        try:
            deadline = time.monotonic() + START_SECONDS
            while time.monotonic() < deadline and process.poll() is None:
                if state.exists():
                    found = dict(line.split("=", 1) for line in state.read_text().splitlines())
                    server.endpoint = found["AWS_ENDPOINT_URL"]
                    return server
                time.sleep(0.05)
        except BaseException:
            # In a session of its own, it gets no Ctrl-C from the terminal.
            server.stop()
            raise
        server.stop()
        return None

    def stop(self) -> None:
        """With everything it started."""
        with contextlib.suppress(ProcessLookupError):
            os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
