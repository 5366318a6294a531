"""What is said to the user goes to stderr, and errors are sentences; stdout is for KEY=value lines."""

from __future__ import annotations

import sys


class LocalError(Exception):
    """Something the user can act on: exit 1."""

    status = 1


class UsageError(LocalError):
    """A wrong command line: exit 2."""

    status = 2


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
