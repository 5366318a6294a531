"""What the model of cost takes for a function's invocation: its waiting, and bytes of log lines as they are written."""

from __future__ import annotations

import statistics
import subprocess
import sys
from collections.abc import Iterator

import pytest

from deployments import TEMPLATE
from pipeline.stack import ROOT

sys.path.insert(0, str(ROOT / "scripts"))
sys.path.insert(0, str(ROOT / "Benchmarks/Reports"))
import events
import services
from costs import usage
from costs.measured import CASES, Measured
from deployment.template import Template
from runtime_api import Function

PARSED = Template.parse(TEMPLATE)


@pytest.mark.parametrize(
    ("function", "rounds"),
    [
        ("AnalyticsAggregator", 3), ("OrderArchiver", 4), ("OrderWriter", 1),
        ("NormalOrdersProcessor", 0), ("PremiumOrdersProcessor", 1), ("OrderIntake", 1),
    ],
)  # fmt: skip
def test_a_small_batch_waits_for_each_round_of_requests(function: str, rounds: int) -> None:
    measured = Measured.recorded()
    answer = measured.reports["handlers"]["results"]["latency_ms"]
    least = rounds * answer
    # The intake's one order is the whole case, of which some hundredths more were measured.
    assert measured.invocation(function, 1)[1] == pytest.approx(least, rel=0.1, abs=0.01)
    # Of as many records as were measured, the waiting that was measured counts.
    case = measured.reports["handlers"]["results"]["cases"][CASES[function]]
    waiting = max(least, statistics.median(case["ours"]["waiting_ms"]))
    assert measured.invocation(function, case["records"])[1] == pytest.approx(waiting)


def test_an_aggregator_without_claims_waits_for_a_round_less() -> None:
    measured = Measured.recorded()
    waits = [measured.invocation("AnalyticsAggregator", 1, has_claims=has_claims)[1] for has_claims in (True, False)]
    assert waits[0] - waits[1] == measured.reports["handlers"]["results"]["latency_ms"]


# On AWS each invocation has a trace, sampled or not; the benchmarks' Runtime API sends none.
TRACE_MEMBER = len(',"xray_trace_id":"1-5bef4de7-ad49b0e87f6ef6c87fc2e700"')
EVENTS = {
    # One currency, which has one line of metrics.
    "AnalyticsAggregator": lambda: events.kinesis_event(1, 600),
    "OrderArchiver": lambda: events.kinesis_event(10, 600),
    "OrderWriter": lambda: events.sqs_event(10),
    "NormalOrdersProcessor": lambda: events.pipe_event(10),
    "PremiumOrdersProcessor": lambda: events.pipe_event(10),
    "OrderIntake": events.http_event,
}


@pytest.fixture(scope="module")
def stub(tmp_path_factory: pytest.TempPathFactory) -> Iterator[services.Stub]:
    """The benchmarks' stub of AWS."""
    binary = tmp_path_factory.mktemp("stub") / "stub"
    source = ROOT / "Benchmarks/Handlers/stub.c"
    subprocess.run(["clang", "-O1", "-D_GNU_SOURCE", "-o", binary, source, "-lssl", "-lcrypto"], check=True)
    found = services.Stub(binary)
    yield found
    found.close()


def log_bytes(function: str, stub: services.Stub, order_log: str, level: str = "INFO") -> tuple[int, int]:
    """Lines and bytes that a warm function writes for its event."""
    more = {"ORDER_LOG": order_log, "LOG_LEVEL": level, "POWERTOOLS_SERVICE_NAME": "orders"}
    namespace = PARSED.setting(function, "Environment", "Variables").get("POWERTOOLS_METRICS_NAMESPACE")
    more |= {"POWERTOOLS_METRICS_NAMESPACE": namespace} if namespace else {}
    settings = services.environment(stub.port, f"orders-{function}", more)
    process = Function([ROOT / "dist" / function / "bootstrap"], settings)
    process.invoke(EVENTS[function]())
    process.drain_log()
    process.log = b""
    process.invoke(EVENTS[function]())
    process.drain_log()
    lines = process.log.splitlines(keepends=True)
    process.close()
    return len(lines), sum(len(line) + TRACE_MEMBER for line in lines)


@pytest.mark.parametrize("function", EVENTS)
def test_the_model_s_log_lines_are_as_long_as_real_ones(function: str, stub: services.Stub) -> None:
    known, records = usage.LOG_LINES[function], 1 if function in ("OrderIntake", "AnalyticsAggregator") else 10
    _, written = log_bytes(function, stub, "none")
    assert written == pytest.approx(known.batch + known.metrics + records * known.name, rel=0.05)
    _, written = log_bytes(function, stub, "all")
    assert written == pytest.approx(known.batch + known.metrics + records * (known.record + known.name), rel=0.05)
    # Lines of batches and of orders are INFO; those that make metrics have the level that is written.
    _, written = log_bytes(function, stub, "all", "WARN")
    assert written == pytest.approx(known.metrics, rel=0.05)
