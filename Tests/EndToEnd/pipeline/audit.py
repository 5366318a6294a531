"""What `orders audit` says of the archive and the tables: nothing, where everything went well."""

from __future__ import annotations

import os
import subprocess

from .comparison import Check
from .explanations import TIMEOUT_SECONDS, TOOL
from .stack import Stack


def compare(stack: Stack) -> Check:
    """The archive, counted anew by the tool, against the counters and the orders' rows."""
    environment = os.environ | stack.credentials | {"AWS_ENDPOINT_URL": stack.endpoint_url, "NO_COLOR": "1"}
    result = subprocess.run(
        [TOOL, "audit", "--endpoint-url", stack.endpoint_url], env=environment, capture_output=True, text=True,
        check=False, timeout=TIMEOUT_SECONDS,
    )  # fmt: skip
    lines = result.stdout.splitlines()
    summary = lines[0].split(";")[0] if lines else ""
    return Check("Audit", summary, [] if result.returncode == 0 else lines[1:] + result.stderr.splitlines()[-3:])
