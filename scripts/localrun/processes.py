"""Processes that outlive the command which started them, and what they listen on."""

from __future__ import annotations

import contextlib
import os
import re
import signal
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

POLL_SECONDS = 0.05
# What ends this process on the way: see __main__.py.
INTERRUPTIONS = (signal.SIGHUP, signal.SIGINT, signal.SIGTERM)
# From the request to end until a process is killed.
PATIENCE_SECONDS = 10


def start_time(pid: int) -> str | None:
    """When the process started, in the kernel's ticks; None where it has ended, though nobody may have collected it."""
    try:
        stat = Path(f"/proc/{pid}/stat").read_text()
    except OSError:
        return None
    # The name, in brackets, may hold anything. Behind it come the state, which is Z when the process has ended, and
    # as the 20th field the start time: see proc_pid_stat(5).
    fields = stat.rpartition(")")[2].split()
    return None if fields[0] == "Z" else fields[19]


@dataclass(frozen=True)
class RecordedProcess:
    """A process by the file in the run directory that names it.

    The file has the process id and its start time, since ids are used again. scripts/lib.sh reads it, too.
    """

    name: str
    directory: Path

    @property
    def file(self) -> Path:
        return self.directory / f"{self.name}.pid"

    @property
    def log(self) -> Path:
        return self.directory / f"{self.name}.log"

    @property
    def pid(self) -> int | None:
        """Its id, if it runs."""
        try:
            pid, started = self.file.read_text().split()
        except (OSError, ValueError):
            return None
        return int(pid) if start_time(int(pid)) == started else None

    def start(self, command: Sequence[str | Path], environment: Mapping[str, str]) -> None:
        """Starts it as the leader of a session of its own, with everything that it says in its log."""
        with self.log.open("wb") as log, uninterrupted() as mask:
            process = subprocess.Popen(
                command,
                env=environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                # A process inherits the signals that are blocked. There are no threads here that could hold a lock.
                preexec_fn=lambda: signal.pthread_sigmask(signal.SIG_SETMASK, mask),
            )
            self.file.write_text(f"{process.pid} {start_time(process.pid)}\n")

    def end(self) -> None:
        """Ends it with its group, first by asking, then by force."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        if pid := self.pid:
            signal_group(pid, signal.SIGTERM)
        while pid := self.pid:
            if time.monotonic() >= deadline:
                signal_group(pid, signal.SIGKILL)
            time.sleep(POLL_SECONDS)
        self.file.unlink(missing_ok=True)

    def last_lines(self, count: int) -> str:
        return last_lines(self.log, count)


@contextlib.contextmanager
def uninterrupted() -> Iterator[set[signal.Signals]]:
    """Lets an interruption wait for the end of the block, and gives the signals that were blocked before.

    What is started in the block is recorded before anything can keep this process from it.
    """
    mask = signal.pthread_sigmask(signal.SIG_BLOCK, INTERRUPTIONS)
    try:
        yield mask
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, mask)


def last_lines(file: Path, count: int) -> str:
    try:
        return "\n".join(file.read_text(errors="replace").splitlines()[-count:])
    except OSError:
        return ""


def signal_group(leader: int, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.killpg(leader, number)


def run_interruptibly(
    command: Sequence[str | Path], stdout: IO[bytes] | int | None = None, stderr: IO[bytes] | None = None
) -> int:
    """Runs a command to its end in a process group of its own, which an interruption of this process ends at once."""
    process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=stdout, stderr=stderr, process_group=0)
    try:
        return process.wait()
    except BaseException:
        # As Ctrl-C does, at which the scripts tidy up.
        signal_group(process.pid, signal.SIGINT)
        process.wait()
        raise


def processes_of_files_below(directory: Path) -> Iterator[int]:
    """The processes whose executable lies below the directory."""
    for link in Path("/proc").glob("[0-9]*/exe"):
        with contextlib.suppress(OSError):
            # A deleted file keeps its path, with a note behind it.
            if link.readlink().is_relative_to(directory):
                yield int(link.parent.name)


@dataclass(frozen=True)
class ListeningSocket:
    """Where something listens, and the processes that ss names for it."""

    address: str
    users: str

    @property
    def port(self) -> int:
        return int(self.address.rpartition(":")[2])

    @property
    def is_loopback(self) -> bool:
        return self.address.startswith("127.0.0.1:")

    @property
    def takes_loopback(self) -> bool:
        """Whether nothing else can listen on this port of loopback."""
        return self.address.rpartition(":")[0] in ("127.0.0.1", "0.0.0.0", "*", "[::]", "[::1]")

    def belongs_to(self, pid: int) -> bool:
        return re.search(rf"\bpid={pid},", self.users) is not None

    def __str__(self) -> str:
        return f"{self.address} {self.users}".strip()


def listening_sockets() -> list[ListeningSocket]:
    """Every TCP socket of this machine that listens."""
    found = subprocess.run(["ss", "-ltnpH"], capture_output=True, text=True, check=True)
    rows = (line.split(maxsplit=5) for line in found.stdout.splitlines())
    return [ListeningSocket(row[3], row[5] if len(row) > 5 else "") for row in rows]


def user_of_port(port: int) -> ListeningSocket | None:
    """What listens on this port of loopback, or of every address."""
    return next((socket for socket in listening_sockets() if socket.port == port and socket.takes_loopback), None)
