"""Servers of the tests' own, which end with the test whatever becomes of it."""

from __future__ import annotations

import contextlib
import socketserver
import threading
from collections.abc import Iterator
from typing import TypeVar

Server = TypeVar("Server", bound=socketserver.BaseServer)


@contextlib.contextmanager
def serving(server: Server) -> Iterator[Server]:
    """Serves as long as the block runs, and closes the server then.

    The thread is a daemon's and ends also where the block fails: Python waits for every other thread before it exits,
    so that one failing test would keep the whole run from ending.
    """
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}, daemon=True)
    with server:
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()
