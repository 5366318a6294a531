"""One local AWS with its stack and its companions, by the directory that its processes, keys and logs are in."""

from __future__ import annotations

import contextlib
import fcntl
import os
import pwd
import shlex
import shutil
import signal
import stat
import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from pathlib import Path

from . import orderapi, stack
from .companions import COMPANIONS
from .console import LocalError, say
from .processes import (
    POLL_SECONDS,
    RecordedProcess,
    last_lines,
    listening_sockets,
    processes_of_files_below,
    run_interruptibly,
    user_of_port,
)
from .stack import ROOT

DEFAULT_DIRECTORY = ROOT / ".local/run"
VENV = ROOT / ".local/venv"
# What the server and its functions write. Under a name of its own, since stop deletes it in whatever directory it is.
SCRATCH = "local-aws-scratch"
SERVER_SECONDS = 60


class Instance:
    """Starts, shows and ends it."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.server = RecordedProcess("server", directory)
        self.companions = [companion.process(directory) for companion in COMPANIONS]
        # Where the server is and the keys of its root, as NAME=value lines; there as soon as it listens.
        self.environment = directory / "environment"

    # Start

    def start(self, port: int | None, parameters: Iterable[str]) -> None:
        if self.server.pid is not None:
            place = f"at {self.endpoint}" if self.environment.exists() else "or about to"
            raise LocalError(f"already running {place}; end it with: {self.command('stop')}")
        if status := run_interruptibly([ROOT / "scripts/setup"]):
            sys.exit(status)
        if Path(sys.prefix).resolve() != VENV.resolve():
            # This is the system's Python, without the packages of the virtual environment, which has just been made.
            python = VENV / "bin/python"
            os.execv(python, [python, "-P", "-m", "localrun", *sys.argv[1:]])
        if port is not None and (user := user_of_port(port)):
            raise LocalError(f"port {port} is in use: {user}. Choose another, or leave out --port to get a free one.")
        architecture = stack.built_architecture()
        self._make_directory()
        with self._start_alone():
            self._start(port, architecture, parameters)

    @contextlib.contextmanager
    def _start_alone(self) -> Iterator[None]:
        """Setting up and building take minutes, in which another may have begun to start the same."""
        with (self.directory / "start.lock").open("w") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                raise LocalError(
                    f"another start of it is under way; wait for it, or end it with: {self.command('stop')}"
                ) from None
            if self.server.pid is not None:
                raise LocalError(f"already running; end it with: {self.command('stop')}")
            yield

    def _start(self, port: int | None, architecture: str, parameters: Iterable[str]) -> None:
        # What an instance left that was killed.
        self.end_all()
        try:
            say("Starting the local AWS …")
            self._start_server(port)
            self._deploy(
                [f"Architecture={architecture}", *(f"{n}={v}" for n, v in stack.PARAMETERS.items()), *parameters]
            )
            self._start_companions()
            self._check_loopback()
            say(f"Running. To end it: {self.command('stop')}")
            self.status()
        except BaseException:
            self.end_all()
            raise

    def _make_directory(self) -> None:
        """Keys, logs and programs lie there: a directory that others can write to would be theirs as well."""
        os.umask(0o077)
        other = "choose another with --run-directory"
        try:
            self.directory.mkdir(parents=True, exist_ok=True)
            found = self.directory.stat()
        except OSError as error:
            raise LocalError(f"{self.directory} cannot be made: {error.strerror}") from error
        if found.st_uid != os.geteuid() or not os.access(self.directory, os.W_OK):
            raise LocalError(f"{self.directory} is not your own: {other}")
        if found.st_mode & (stat.S_IWGRP | stat.S_IWOTH):
            raise LocalError(f"others may write to {self.directory}: {other}, or: chmod go-w {self.directory}")

    def _start_server(self, port: int | None) -> None:
        """The server chooses a free port and makes the keys. Its environment is bare, since functions inherit it."""
        scratch = self.directory / SCRATCH
        scratch.mkdir(exist_ok=True)
        command = [VENV / "bin/python", "-P", "-m", "localaws", "--state", self.environment]
        bare = {"PATH": "/usr/bin:/bin", "HOME": str(scratch), "TMPDIR": str(scratch)}
        self.server.start(
            command if port is None else [*command, "--port", str(port)],
            bare | {"PYTHONPATH": str(ROOT / "scripts")},
        )
        deadline = time.monotonic() + SERVER_SECONDS
        while not self.environment.exists():
            if self.server.pid is None or time.monotonic() >= deadline:
                log = self.server.log
                raise LocalError(f"{last_lines(log, 20)}\nthe local AWS did not start (its log: {log})")
            time.sleep(POLL_SECONDS)
        self._use()

    def _deploy(self, parameters: list[str]) -> None:
        say(f"Deploying cloudformation.yaml as the stack {stack.STACK} …")
        log = self.directory / "deploy.log"
        try:
            with log.open("wb") as file:
                stack.deploy(self.endpoint, parameters, self.directory / "packaged.yaml", file)
        except LocalError as error:
            say("\n".join([last_lines(log, 5), *stack.failed_events(self.endpoint)]))
            logs = f"whole output: {log}, server: {self.server.log}"
            raise LocalError(f"the stack could not be deployed ({logs})") from error

    def _start_companions(self) -> None:
        # Builds the tool, if it has to be built.
        if run_interruptibly([ROOT / "scripts/orders", "--help"], stdout=subprocess.DEVNULL):
            raise LocalError("scripts/orders cannot be built or started")
        stack.disable_kinesis_mappings(self.endpoint)
        for companion in COMPANIONS:
            say(f"Starting {companion.title} …")
            companion.start(self.directory, self.endpoint)

    def _check_loopback(self) -> None:
        """Nothing of ours may be reachable from outside."""
        own = [pid for process in (self.server, *self.companions) if (pid := process.pid)] + self._bootstraps()
        for socket in listening_sockets():
            for pid in own:
                if socket.belongs_to(pid) and not socket.is_loopback:
                    raise LocalError(f"process {pid} listens on {socket.address}, which is not loopback")

    # Status

    def status(self) -> None:
        """Prints where it is and what it has; raises `LocalError` where nothing runs or the stack is not there."""
        self._require_own_directory()
        again = f"Start it with: {self.command('start')}"
        if self.server.pid is None:
            if self.server.file.exists():
                raise LocalError(f"the local AWS has ended unexpectedly; its log: {self.server.log}. {again}")
            raise LocalError(f"the local AWS is not running. {again}")
        if not self.environment.exists():
            raise LocalError(f"the local AWS is still starting; its log: {self.server.log}")
        self._use()
        try:
            outputs = stack.outputs(self.endpoint)
        except LocalError as error:
            raise LocalError(
                f"the local AWS runs at {self.endpoint}, but the stack {stack.STACK} is not deployed there (yet): "
                f"{error} To begin anew: {self.command('stop')}, then start"
            ) from error
        for companion, process in zip(COMPANIONS, self.companions, strict=True):
            if process.file.exists() and process.pid is None:
                say(f"local: {companion.title} ended unexpectedly; the log: {process.log}")
            else:
                outputs |= companion.printed(self.directory)
        outputs = orderapi.outputs(outputs, self.variables(), self.directory)
        names = {"AWS_ENDPOINT_URL": "ENDPOINT_URL", "AWS_REGION": "REGION"}
        found = {names.get(name, name): value for name, value in self.variables().items()}
        print("".join(f"{name}={value}\n" for name, value in (found | outputs).items()), end="", flush=True)

    # Stop

    def stop(self) -> None:
        """Ends whatever runs; raises `LocalError` where something does not end."""
        self._require_own_directory()
        port = int(self.endpoint.rpartition(":")[2]) if self.environment.exists() else None
        self.end_all()
        if left := self._bootstraps():
            raise LocalError(f"these processes could not be ended: {' '.join(map(str, left))}")
        if port is not None and (user := user_of_port(port)):
            raise LocalError(f"port {port} is still in use: {user}")

    def end_all(self) -> None:
        """Readers before what they read from. Bootstraps outlive the server that started them."""
        for process in (*reversed(self.companions), self.server):
            process.end()
        for pid in self._bootstraps():
            # One that has lost its server ends by itself.
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        shutil.rmtree(self.directory / SCRATCH, ignore_errors=True)
        self.environment.unlink(missing_ok=True)
        orderapi.curl_config(self.directory).unlink(missing_ok=True)

    def _bootstraps(self) -> list[int]:
        """The functions' processes: their executables lie below the server's directory."""
        return list(processes_of_files_below(self.directory / SCRATCH))

    def _require_own_directory(self) -> None:
        """What runs for another user is not this one's to see or to end; only root is allowed to."""
        try:
            owner = self.directory.stat().st_uid
        except FileNotFoundError:
            return
        except OSError as error:
            raise LocalError(f"{self.directory} cannot be looked into: {error.strerror}") from error
        if os.geteuid() not in (0, owner):
            raise LocalError(
                f"{self.directory} is not your own: choose another with --run-directory, or run this as {_name(owner)}"
            )

    # Where it is

    def variables(self) -> dict[str, str]:
        return dict(line.split("=", 1) for line in self.environment.read_text().splitlines())

    @property
    def endpoint(self) -> str:
        return self.variables()["AWS_ENDPOINT_URL"]

    def _use(self) -> None:
        """Makes it the AWS of this process and of those that it starts."""
        variables = self.variables()
        os.environ.update(variables, AWS_DEFAULT_REGION=variables["AWS_REGION"])

    def command(self, name: str) -> str:
        """The command line for messages."""
        option = "" if self.directory == DEFAULT_DIRECTORY else f" --run-directory {shlex.quote(str(self.directory))}"
        return f"scripts/local {name}{option}"


def _name(user: int) -> str:
    try:
        return pwd.getpwuid(user).pw_name
    except KeyError:
        return f"user {user}"
