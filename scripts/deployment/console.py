"""What is said to the user goes to stderr; stdout is for outputs."""

from __future__ import annotations

import sys


def say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)
