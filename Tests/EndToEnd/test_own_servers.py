"""What the tests serve ends with the test, whatever that comes to: pytest itself does not end before."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pytest

import tls.server
from bare import runtime_api_server
from kinesisserver import KinesisServer
from test_emptying import bucket
from tls.server import ProcessServer, Settings

SERVERS: dict[str, Callable[[], AbstractContextManager[Any]]] = {
    "runtime API": runtime_api_server,
    "Kinesis": KinesisServer.serving,
    "S3": lambda: bucket([], set()),
}


@pytest.mark.parametrize("serve", SERVERS.values(), ids=SERVERS)
def test_a_server_ends_with_a_test_that_fails(serve: Callable[[], AbstractContextManager[Any]]) -> None:
    before = set(threading.enumerate())
    with pytest.raises(ZeroDivisionError), serve():
        raise ZeroDivisionError
    assert set(threading.enumerate()) - before == set()


class DeafServer(ProcessServer):
    """A program that never listens."""

    def command_line(self) -> list[str]:
        return ["sleep", "600"]


def test_a_program_that_does_not_listen_is_ended(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tls.server, "PATIENCE_SECONDS", 0)
    before = set(threading.enumerate())
    # No certificate plays a part.
    files: Any = None
    server = DeafServer(files, Settings(), tmp_path, files)
    with pytest.raises(AssertionError):
        server.__enter__()
    assert server.process.returncode is not None
    assert set(threading.enumerate()) - before == set()
