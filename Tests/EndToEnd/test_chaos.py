"""The redelivery simulator itself, and what it can count: requests of real bootstraps."""

from __future__ import annotations

import asyncio
import signal
import subprocess
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from random import Random
from typing import Any

import pytest

from chaos.environment import Ending, Environment
from chaos.faults import Counts, Fault, Plan, Planner
from chaos.mapping import kinesis_event
from chaos.scenario import Options, Scenario
from chaos.server import LocalServer
from chaos.workloads import FIRST_ARRIVAL, generate
from pipeline.exact import Instant
from pipeline.generator import Generator
from pipeline.oracle import StreamRecord
from pipeline.stack import ROOT


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LocalServer]:
    server = LocalServer.start(tmp_path_factory.mktemp("chaos") / "server")
    yield server
    server.stop()


def test_a_start_that_is_interrupted_leaves_no_local_aws(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It runs in a session of its own, where Ctrl-C does not reach it, and serves whoever asks."""
    started: list[subprocess.Popen[bytes]] = []

    class Silent(subprocess.Popen[bytes]):
        def __init__(self, _: Any, **options: Any) -> None:
            super().__init__(["sleep", "600"], **options)
            started.append(self)

    def interrupt(_: float) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("chaos.server.subprocess.Popen", Silent)
    monkeypatch.setattr("chaos.server.time.sleep", interrupt)
    with pytest.raises(KeyboardInterrupt):
        LocalServer.start(tmp_path / "server")
    [process] = started
    assert process.returncode == -signal.SIGKILL


def options(server: LocalServer, directory: Path, deduplication: str) -> Options:
    return Options(server.endpoint, ROOT / "dist", directory, deduplication=deduplication)


def thousand_events() -> list[StreamRecord]:
    """Fresh events of one day that touch four rows."""
    generator = Generator(1)
    fields = {"ProductIds": ["mouse", "laptop"], "Currency": "USD", "createdUtc": "2025-08-27T10:00:00Z"}
    bodies = [generator.order_event(f"O-{number}", **fields) for number in range(1000)]
    arrival = Instant.of(FIRST_ARRIVAL + timedelta())
    return [StreamRecord("shardId-000000000000", str(10**55 + n), arrival, body) for n, body in enumerate(bodies)]


@pytest.mark.parametrize("deduplication", ["event", "shard"])
def test_a_thousand_fresh_events_take_few_requests(server: LocalServer, tmp_path: Path, deduplication: str) -> None:
    scenario = Scenario(900_000, options(server, tmp_path, deduplication))
    requests: list[str] = []

    async def run() -> None:
        await scenario.world.create()
        environment = await scenario.environment("AnalyticsAggregator", 0)
        environment.trace = requests.append
        outcome = await environment.invoke(kinesis_event(thousand_events()), Plan(Random(0)))
        observed = await scenario.world.observe()
        await scenario.close()
        assert outcome.ending is Ending.ANSWERED and outcome.failed_identifiers == []
        assert observed.analytics["ORDERS#2025-08-27", "TOTAL"]["SuccessfulOrders"] == 1000

    asyncio.run(run())
    operations = Counter(line.split()[2].rpartition(".")[2] for line in requests if "DynamoDB_" in line)
    # Two products, the revenue and the total are looked for, and made. A new process looks for, and notes, what it
    # tries.
    claims = 40 if deduplication == "event" else 0
    assert operations == {"BatchGetItem": 1, "BatchExecuteStatement": claims + 1, "PutItem": 2, "GetItem": 1}


def test_the_same_seed_sends_and_plans_the_same() -> None:
    first, second = (generate(7, producers_repeat=True) for _ in range(2))
    assert first.stream == second.stream and first.messages == second.messages
    plans = [[plan.fault(place) for place in range(50)] for plan in (plan_of(7), plan_of(7), plan_of(8))]
    assert plans[0] == plans[1] != plans[2]


def plan_of(seed: int) -> Plan:
    planner = Planner(Random(seed))
    return next(plan for plan in (planner.plan(0) for _ in range(100)) if plan.rate == 0.5)


def test_what_failed_often_enough_is_delivered_without_faults() -> None:
    planner = Planner(Random(1))
    for plan in [planner.plan(planner.patience) for _ in range(200)]:
        assert all(plan.fault(place) is Fault.NONE for place in range(20))
        assert not plan.kills_reporting


def fault_of_a_request(server: LocalServer, directory: Path, fault: Fault) -> tuple[Ending, int, Counts]:
    """One event counted with this fault of its claim: the ending, what is stored, what occurred."""
    scenario = Scenario(900_001, options(server, directory, "event"))

    async def run() -> tuple[Ending, int, Counts]:
        await scenario.world.create()
        environment: Environment = await scenario.environment("AnalyticsAggregator", 0)
        plan = Plan(Random(0), deadline=0.6, aimed={"BatchExecuteStatement": fault})
        outcome = await environment.invoke(kinesis_event(thousand_events()[:1]), plan)
        before = len((await scenario.world.observe()).analytics)
        await scenario.close()
        return outcome.ending, before, scenario.counts

    return asyncio.run(run())


@pytest.mark.parametrize("fault", [fault for fault in Fault if fault not in (Fault.NONE, Fault.KILLED_REPORTING)])
def test_a_fault_does_what_it_is_called(server: LocalServer, tmp_path: Path, fault: Fault) -> None:
    ending, rows, counts = fault_of_a_request(server, tmp_path, fault)
    assert counts[fault] == 1
    assert (ending is Ending.KILLED) == (fault.name.startswith("KILLED") or fault is Fault.LATE_KILLED)
    # What is neither answered nor killed away was sent again.
    is_lost = fault in (Fault.KILLED_BEFORE, Fault.LATE, Fault.LATE_KILLED)
    assert (rows == 0) == is_lost


def test_a_late_request_arrives_at_last(server: LocalServer, tmp_path: Path) -> None:
    scenario = Scenario(900_002, options(server, tmp_path, "event"))

    async def run() -> tuple[int, int]:
        await scenario.world.create()
        environment = await scenario.environment("AnalyticsAggregator", 0)
        plan = Plan(Random(0), deadline=0.6, aimed={"BatchExecuteStatement": Fault.LATE_KILLED})
        await environment.invoke(kinesis_event(thousand_events()[:1]), plan)
        before = len((await scenario.world.observe()).analytics)
        await environment.release()
        after = len((await scenario.world.observe()).analytics)
        await scenario.close()
        return before, after

    before, after = asyncio.run(run())
    assert before == 0 < after
