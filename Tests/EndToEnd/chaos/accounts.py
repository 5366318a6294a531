"""Whether the archive proves the numbers: `orders rebuild` gives what was sent, `orders audit` names what differs."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Iterator
from dataclasses import dataclass

from pipeline.comparison import compare_analytics
from pipeline.observation import Observation
from pipeline.oracle import Expectation
from pipeline.stack import ROOT

from .services import REGION
from .world import World

# Built by scripts/chaos: scripts/orders would build it anew under a run while sources change.
TOOL = ROOT / ".build/debug/orders"
SECONDS = 60.0
LINES_SHOWN = 8


@dataclass(frozen=True)
class Answer:
    code: int
    lines: list[str]
    errors: str


async def differences(world: World, archived: Expectation) -> list[str]:
    """`archived` is what the archive adds up to, and what the table holds."""
    table = await world.create_counter_table()
    rebuilt = await _run(world, "rebuild", "--into", table)
    if rebuilt.code:
        return [f"orders rebuild: exit {rebuilt.code}: {rebuilt.errors}"]
    rows = Observation(analytics=await world.rows(table))
    found = [f"rebuilt: {line}" for line in compare_analytics(archived, rows)]
    await world.services.call("dynamodb", "DeleteTable", TableName=table)
    return found + list(_audited(await _run(world, "audit")))


def _audited(answer: Answer) -> Iterator[str]:
    if answer.code or any(line.endswith(":") for line in answer.lines):
        yield f"orders audit: exit {answer.code}: {answer.lines[:LINES_SHOWN]} {answer.errors}"


async def _run(world: World, command: str, *arguments: str) -> Answer:
    own = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "ORDERS_"))}
    upstream = world.services.upstream
    endpoint = f"http://{upstream.host}:{upstream.port}"
    process = await asyncio.create_subprocess_exec(
        TOOL, command, *arguments, "--stack", world.name, "--endpoint-url", endpoint, "--region", REGION,
        stdin=asyncio.subprocess.DEVNULL, stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
        env=own | {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "ORDERS_PROJECT": str(ROOT)},
    )  # fmt: skip
    try:
        output, errors = await asyncio.wait_for(process.communicate(), SECONDS)
    except TimeoutError:
        process.kill()
        await process.wait()
        return Answer(-1, [], f"not done within {SECONDS} s")
    return Answer(process.returncode or 0, output.decode().splitlines(), errors.decode(errors="replace")[-500:])
