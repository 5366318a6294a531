"""CPU and waiting of an invocation, and of a start, as the last recorded run of scripts/bench has them."""

from __future__ import annotations

import json
import statistics
from dataclasses import dataclass
from pathlib import Path
from typing import Any

RESULTS = Path(__file__).resolve().parents[2] / "docs/benchmarks/results.json"
# The measured event that is nearest to what the function gets.
CASES = {
    "AnalyticsAggregator": "aggregator, 1,000 products",
    "OrderArchiver": "archiver, 1 MB",
    "OrderWriter": "writer, 10 messages",
    "NormalOrdersProcessor": "normal processor",
    "PremiumOrdersProcessor": "premium processor",
    "OrderIntake": "intake, 1 order",
}
# Rounds of requests that an invocation waits for one after the other, however few records it has. Aggregator: claims,
# rows, checkpoint. Archiver: its checkpoint, order rows, the object, the checkpoint again.
ROUNDS = {
    "AnalyticsAggregator": 3,
    "OrderArchiver": 4,
    "OrderWriter": 1,
    "NormalOrdersProcessor": 0,
    "PremiumOrdersProcessor": 1,
    "OrderIntake": 1,
}
# What an invocation takes that has little to do, in ms of CPU: reading it, answering it, the line in the log.
LEAST_CPU_MS = 0.15


@dataclass(frozen=True)
class Measured:
    """A run of the benchmarks."""

    reports: dict[str, Any]

    @classmethod
    def recorded(cls) -> Measured:
        return cls(json.loads(RESULTS.read_text())["reports"])

    def invocation(
        self, function: str, records: float, *, has_claims: bool = True
    ) -> tuple[float, float, float, float]:
        """Milliseconds: CPU and waiting of an invocation with so many records; a start's CPU until next and answer.

        Without claims the aggregator has a round less.
        """
        handlers, cold = self.reports["handlers"]["results"], self.reports["cold"]["results"]
        # A run that is older than a function has nothing of it: the writer asks about as much for a record.
        case = handlers["cases"].get(CASES[function]) or handlers["cases"][CASES["OrderWriter"]]
        start = (cold["starts"].get(function) or cold["starts"]["OrderWriter"])["ours"]
        ours = case["ours"]
        cpu = LEAST_CPU_MS + statistics.median(ours["cpu_us"]) * records / 1000
        waiting = max(0.0, statistics.median(ours["waiting_ms"])) * records / case["records"]
        rounds = ROUNDS[function] - (function == "AnalyticsAggregator" and not has_claims)
        waiting = max(waiting, rounds * float(handlers["latency_ms"]))
        return cpu, waiting, statistics.median(start["next_cpu_ms"]), statistics.median(start["first_cpu_ms"])
