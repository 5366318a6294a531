"""The processes that run beside the local AWS, for what it does not do itself.

To add one, add it to `COMPANIONS`: `scripts/local start` starts them in this order, waits until each is ready, and ends
all if one is not; `status` prints what they have printed; `stop` ends them in the opposite order.
"""

from __future__ import annotations

import os
import re
import time
from dataclasses import dataclass
from pathlib import Path

from .console import LocalError
from .processes import POLL_SECONDS, RecordedProcess
from .stack import ROOT, STACK

# How long a companion that prints nothing has to run to count as started.
PROVING_SECONDS = 2
# For one that says when it is ready.
STARTING_SECONDS = 30


@dataclass(frozen=True)
class Companion:
    """A command of the tool that runs as long as the local AWS does."""

    # Of its log and its pid file in the run directory.
    name: str
    # What messages call it.
    title: str
    # Arguments of scripts/orders; {endpoint} stands for the local AWS, {directory} for its run directory. It gets that
    # AWS's keys in its environment.
    arguments: tuple[str, ...]
    # KEYs of the lines KEY=value that it prints on standard output as soon as it is ready; `status` prints them, too.
    keys: tuple[str, ...] = ()

    def process(self, directory: Path) -> RecordedProcess:
        return RecordedProcess(self.name, directory)

    def start(self, directory: Path, endpoint: str) -> None:
        """Returns when it is ready; raises `LocalError` if it ends before or takes too long."""
        process = self.process(directory)
        arguments = [argument.format(endpoint=endpoint, directory=directory) for argument in self.arguments]
        process.start([ROOT / "scripts/orders", *arguments], os.environ)
        deadline = time.monotonic() + (STARTING_SECONDS if self.keys else PROVING_SECONDS)
        while not self.keys or len(self.printed(directory)) < len(self.keys):
            if process.pid is None or (self.keys and time.monotonic() >= deadline):
                raise LocalError(
                    f"{process.last_lines(20)}\n{self.title} could not be started (whole output: {process.log})"
                )
            if time.monotonic() >= deadline:
                break
            time.sleep(POLL_SECONDS)

    def printed(self, directory: Path) -> dict[str, str]:
        """What it printed for its keys, as far as it has."""
        try:
            lines = self.process(directory).log.read_text(errors="replace")
        except OSError:
            return {}
        return {key: value for key, value in re.findall(r"^(\w+)=(.*)\n", lines, re.MULTILINE) if key in self.keys}


COMPANIONS = (
    # The local AWS does not deliver Pipes to functions, and Kinesis mappings not as AWS does.
    Companion(
        "pipes",
        "the Pipes",
        ("pipes", "--mappings", "--stack", STACK, "--endpoint-url", "{endpoint}"),
    ),
    Companion(
        "dashboard",
        "the dashboard",
        # The file outlives the stack: a page that is left open goes on after the next start.
        (
            "dashboard",
            "--stack",
            STACK,
            "--endpoint-url",
            "{endpoint}",
            "--address-file",
            "{directory}/dashboard-address",
        ),
        keys=("DashboardUrl",),
    ),
)
