"""The processes of scripts/local: recorded, recognised, ended, and waited for until they are ready."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from pipeline.stack import ROOT

sys.path.insert(0, str(ROOT / "scripts"))
from localrun import companions, processes
from localrun.companions import Companion
from localrun.console import LocalError
from localrun.instance import Instance
from localrun.processes import ListeningSocket, RecordedProcess


@pytest.fixture
def process(tmp_path: Path) -> Iterator[RecordedProcess]:
    process = RecordedProcess("test", tmp_path)
    yield process
    process.end()


def test_a_process_is_known_by_its_id_and_start_time(process: RecordedProcess) -> None:
    assert process.pid is None
    process.start(["sleep", "60"], os.environ)
    pid, started = process.file.read_text().split()
    assert process.pid == int(pid)
    # The kernel may give the id to another process later.
    process.file.write_text(f"{pid} {int(started) + 1}\n")
    assert process.pid is None
    process.file.write_text(f"{pid} {started}\n")
    process.end()
    assert process.pid is None and not process.file.exists()


def test_a_process_that_does_not_listen_is_killed_with_its_children(
    process: RecordedProcess, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(processes, "PATIENCE_SECONDS", 0.2)
    child = tmp_path / "child"
    process.start(["bash", "-c", f"trap '' TERM; sleep 60 & echo $! >{child}; wait; wait"], os.environ)
    while not (child.exists() and child.read_text().strip()):
        time.sleep(0.01)
    process.end()
    assert processes.start_time(int(child.read_text())) is None


class Interrupted(Exception):
    pass


def test_an_interruption_of_the_start_waits_until_the_process_is_recorded(
    process: RecordedProcess, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object) -> None:
        raise Interrupted

    class InterruptedStart(subprocess.Popen):
        def __init__(self, *arguments: Any, **options: Any) -> None:
            super().__init__(*arguments, **options)
            # To this thread: another one of the tests' would take a signal that this one blocks.
            signal.pthread_kill(threading.get_ident(), signal.SIGTERM)

    monkeypatch.setattr(subprocess, "Popen", InterruptedStart)
    before = signal.signal(signal.SIGTERM, interrupt)
    try:
        with pytest.raises(Interrupted):
            process.start(["sleep", "60"], os.environ)
    finally:
        signal.signal(signal.SIGTERM, before)
    assert process.pid is not None


def test_a_process_starts_with_the_signals_that_its_parent_takes(process: RecordedProcess) -> None:
    def blocked(status: str) -> str:
        return next(line for line in status.splitlines() if line.startswith("SigBlk:"))

    before = blocked(Path("/proc/thread-self/status").read_text())
    process.start(["cat", "/proc/self/status"], os.environ)
    while process.pid is not None:
        time.sleep(0.01)
    assert blocked(process.log.read_text()) == before == blocked(Path("/proc/thread-self/status").read_text())


def test_an_interruption_ends_what_was_run(tmp_path: Path) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGALRM, interrupt)
    signal.setitimer(signal.ITIMER_REAL, 0.3)
    try:
        with pytest.raises(KeyboardInterrupt):
            processes.run_interruptibly(["bash", "-c", f"echo $$ >{tmp_path}/pid; exec sleep 60"])
    finally:
        signal.signal(signal.SIGALRM, before)
    assert processes.start_time(int((tmp_path / "pid").read_text())) is None


@pytest.mark.parametrize(
    ("address", "is_loopback", "takes_loopback"),
    [
        ("127.0.0.1:80", True, True),
        ("0.0.0.0:80", False, True),
        ("*:80", False, True),
        ("[::]:80", False, True),
        ("192.168.0.2:80", False, False),
    ],
)
def test_only_one_address_is_loopback(address: str, is_loopback: bool, takes_loopback: bool) -> None:
    found = ListeningSocket(address, 'users:(("python",pid=12,fd=3))')
    assert (found.is_loopback, found.takes_loopback, found.port) == (is_loopback, takes_loopback, 80)
    assert found.belongs_to(12) and not found.belongs_to(1)


class TestCompanion:
    """With a tool that says what the test wants."""

    @pytest.fixture
    def folder(self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
        monkeypatch.setattr(companions, "ROOT", tmp_path)
        (tmp_path / "scripts").mkdir()
        yield tmp_path
        RecordedProcess("page", tmp_path).end()

    def tool(self, folder: Path, text: str) -> None:
        (folder / "scripts/orders").write_text(f"#!/bin/sh\n{text}\n")
        (folder / "scripts/orders").chmod(0o755)

    PAGE = Companion("page", "the page", ("page", "--at", "{endpoint}"), keys=("PageUrl",))

    def test_is_ready_when_it_has_printed_its_keys(self, folder: Path) -> None:
        self.tool(
            folder, 'echo "asked: $*"; sleep 0.2; echo PageUrl=http://127.0.0.1:1/?a=b; echo Other=1; exec sleep 60'
        )
        self.PAGE.start(folder, "http://127.0.0.1:4566")
        assert self.PAGE.printed(folder) == {"PageUrl": "http://127.0.0.1:1/?a=b"}
        assert self.PAGE.process(folder).last_lines(9).startswith("asked: page --at http://127.0.0.1:4566")
        assert self.PAGE.process(folder).pid is not None

    def test_that_ends_before_it_is_ready_is_an_error_with_what_it_said(self, folder: Path) -> None:
        self.tool(folder, "echo no port left; exit 1")
        with pytest.raises(LocalError, match=r"(?s)no port left.*the page could not be started"):
            self.PAGE.start(folder, "http://127.0.0.1:4566")

    def test_that_is_never_ready_is_an_error(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(companions, "STARTING_SECONDS", 0.2)
        self.tool(folder, "exec sleep 60")
        with pytest.raises(LocalError, match="the page could not be started"):
            self.PAGE.start(folder, "http://127.0.0.1:4566")

    def test_without_keys_has_to_live_for_a_while(self, folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        monkeypatch.setattr(companions, "PROVING_SECONDS", 0.3)
        silent = Companion("page", "the page", ("page",))
        self.tool(folder, "exec sleep 60")
        silent.start(folder, "")
        RecordedProcess("page", folder).end()
        self.tool(folder, "exit 0")
        with pytest.raises(LocalError):
            silent.start(folder, "")


def test_two_starts_of_one_run_directory_do_not_end_each_other(tmp_path: Path) -> None:
    """Each would first end what it finds there, which is what the other has just begun."""
    with Instance(tmp_path)._start_alone():
        second = Instance(tmp_path)
        with pytest.raises(LocalError, match="another start of it is under way"), second._start_alone():
            pytest.fail("both start")
    with second._start_alone():
        pass


@pytest.mark.parametrize("command", [Instance.status, Instance.stop])
def test_another_users_instance_is_neither_shown_nor_ended(
    command: Callable[[Instance], None], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    left = tmp_path / "server.pid"
    left.write_text("1 1\n")
    owner = tmp_path.stat().st_uid
    monkeypatch.setattr(os, "geteuid", lambda: owner + 1)
    with pytest.raises(LocalError, match=f"^{re.escape(str(tmp_path))} is not your own: .*--run-directory"):
        command(Instance(tmp_path))
    assert left.exists()


@pytest.mark.parametrize("command", [Instance.status, Instance.stop])
def test_a_run_directory_that_is_out_of_reach_is_named(command: Callable[[Instance], None], tmp_path: Path) -> None:
    """As below another user's home; root is stopped by nothing but a file in the way."""
    (tmp_path / "file").write_text("")
    with pytest.raises(LocalError, match="file/run cannot be looked into: "):
        command(Instance(tmp_path / "file/run"))
