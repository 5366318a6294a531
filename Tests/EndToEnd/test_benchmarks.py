"""The benchmarks' own arithmetic: what AWS bills, when an aim is met, and that a run with gaps is never recorded."""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from xml.etree import ElementTree

import pytest

from deployments import TEMPLATE
from pipeline.stack import ROOT

REPORTS = ROOT / "Benchmarks/Reports"
sys.path.insert(0, str(REPORTS))
sys.path.insert(0, str(ROOT / "scripts"))

import cold  # noqa: E402
import cost  # noqa: E402
import handlers  # noqa: E402
import plots  # noqa: E402
import services  # noqa: E402
import summary  # noqa: E402
import tables  # noqa: E402
from costs.model import Model  # noqa: E402
from costs.stack import Stack  # noqa: E402
from costs.workload import Workload  # noqa: E402
from deployment.template import Template  # noqa: E402
from runtime_api import process_cpu  # noqa: E402


def recording(operation: str, body: bytes | dict[str, Any]) -> bytes:
    content = body if isinstance(body, bytes) else json.dumps(body).encode()
    return f"{operation} {len(content)}\n".encode() + content + b"\n"


def put(characters: int) -> dict[str, Any]:
    """An item whose one attribute has a name of one byte and that many more."""
    return {"Item": {"a": {"S": "x" * characters}}}


@pytest.mark.parametrize(
    ("operation", "body", "units"),
    [
        ("DynamoDB_20120810.PutItem", put(1023), {"dynamodb_write_units": 1}),
        ("DynamoDB_20120810.PutItem", put(1024), {"dynamodb_write_units": 2}),
        (
            "DynamoDB_20120810.BatchExecuteStatement",
            {
                "Statements": [
                    {
                        "Statement": "INSERT INTO \"t\" VALUE {'a':?,'b':?}",
                        "Parameters": [{"S": "x" * size}, {"N": "1"}],
                    }
                    for size in (10, 1024)
                ]
            },
            {"dynamodb_write_units": 3},
        ),
        (
            "DynamoDB_20120810.UpdateItem",
            {
                "Key": {"PK": {"S": "REVENUE#2025-08-27"}, "SK": {"S": "USD"}},
                "ExpressionAttributeNames": {"#0": "Value"},
                "ExpressionAttributeValues": {":0": {"N": "1"}},
            },
            {"dynamodb_write_units": 1},
        ),
        (
            "DynamoDB_20120810.BatchGetItem",
            {"RequestItems": {"t": {"Keys": [{}, {}], "ConsistentRead": True}}},
            {"dynamodb_read_units": 2},
        ),
        (
            "DynamoDB_20120810.BatchExecuteStatement",
            {
                "Statements": [
                    {"Statement": "INSERT INTO \"t\" VALUE {'a':?}", "Parameters": [{"S": "x" * 1023}]},
                    {
                        "Statement": "INSERT INTO \"t\" VALUE {'a':?,'it''s':?}",
                        "Parameters": [{"S": "x" * 1018}, {"N": "1"}],
                    },
                ]
            },
            {"dynamodb_write_units": 3},
        ),
        (
            "DynamoDB_20120810.BatchGetItem",
            {"RequestItems": {"t": {"Keys": [{}, {}, {}], "ConsistentRead": True}}},
            {"dynamodb_read_units": 3},
        ),
        ("DynamoDB_20120810.GetItem", {"ConsistentRead": True}, {"dynamodb_read_units": 1}),
        ("DynamoDB_20120810.GetItem", {}, {"dynamodb_read_units": 0.5}),
        (
            "Kinesis_20131202.PutRecords",
            {"Records": [{"Data": base64.b64encode(b"x" * size).decode()} for size in (1024, 1025)]},
            {"kinesis_kilobytes_in": 3},
        ),
        ("PUT", b"body", {"s3_puts": 1}),
        ("POST", b"Action=PublishBatch&x=1", {"sns_requests": 1}),
        ("POST", b"Action=Publish&Message=" + b"x" * 65_536, {"sns_requests": 2}),
    ],
)
def test_a_request_is_billed_by_its_service_s_unit(
    operation: str, body: bytes | dict[str, Any], units: dict[str, float]
) -> None:
    assert services.billed(recording(operation, body)) == units


def test_the_requests_of_an_invocation_add_up() -> None:
    both = recording("DynamoDB_20120810.PutItem", put(1)) + recording("PUT", b"\nwith\nlines\n")
    assert services.billed(both + both) == {"dynamodb_write_units": 2, "s3_puts": 2}


def test_the_requests_that_are_billed_are_not_those_of_a_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    file = tmp_path / "requests"
    file.touch()

    class Process:
        """A function whose first invocation puts a note besides its item."""

        puts = 2

        def invoke(self, event: bytes) -> None:
            with file.open("ab") as recorded:
                recorded.write(recording("DynamoDB_20120810.PutItem", put(1)) * self.puts)
            self.puts = 1

        def close(self) -> None:
            pass

    monkeypatch.setattr(services, "Stub", lambda *_: Process())
    case = SimpleNamespace(event=b"", start=lambda *_: {"ours": Process(), "python": Process()})
    found = handlers.measure_requests(case, SimpleNamespace(work=tmp_path))
    assert found == {side: {"dynamodb_write_units": 1} for side in ("ours", "python")}


def test_an_operation_without_a_price_is_an_error() -> None:
    with pytest.raises(ValueError, match="DeleteItem"):
        services.billed(recording("DynamoDB_20120810.DeleteItem", {}))


@pytest.mark.parametrize(
    ("value", "limit", "kind", "text"),
    [
        (5.0, 5, "at most", "met: it: 5.00, at most 5"),
        (6.0, 5, "at most", "**missed**: it: 6.00, at most 5 (+20%)"),
        (10.0, 10, "at least", "met: it: 10.00, at least 10"),
        (9.0, 10, "at least", "**missed**: it: 9.00, at least 10 (-10%)"),
        (None, 6, "at most", "**missed**: it: not measured, at most 6"),
    ],
)
def test_an_aim_says_by_how_much_it_is_missed(value: float | None, limit: float, kind: str, text: str) -> None:
    assert str(tables.Aim("it", value, limit, kind)) == text


def side(peak_mb: float) -> dict[str, Any]:
    return {"peak_mb": peak_mb, "cpu_us": [20.0], "waiting_ms": [0.0], "billed": {}}


START = {"next_cpu_ms": [2.0], "first_cpu_ms": [6.0]}


def test_the_price_of_cpu_does_not_depend_on_the_memory_it_comes_with() -> None:
    least, double = (cost.compute(side(peak), 1_000, START, 0.00001667, 0) for peak in (20, 256))
    assert (least["memory_mb"], double["memory_mb"]) == (128, 256)
    # 20 ms of a whole CPU: 0.02 × 1,769 ÷ 1,024 GB-seconds an invocation, and a thousand invocations.
    assert least["usd"] == pytest.approx(0.02 * 1_769 / 1_024 * 0.00001667 * 1_000, rel=0.01)
    assert double["usd"] == pytest.approx(least["usd"], rel=0.01)


def test_waiting_is_billed_at_the_whole_memory() -> None:
    waiting = {**side(20), "waiting_ms": [100.0]}
    with_waiting, without = (cost.compute(given, 1_000, START, 1.0, 0)["usd"] for given in (waiting, side(20)))
    assert with_waiting - without == pytest.approx(0.1 * 128 / 1_024 * 1_000, rel=0.02)


def test_an_invocation_waits_for_its_rounds_of_requests_at_least() -> None:
    of_aggregator = [cost.least_waiting(name, "AnalyticsAggregator", 5) for name in ("ours", "python")]
    # Python's keeps no checkpoint.
    assert of_aggregator == [15, 10]
    for function, least in {"OrderArchiver": 20, "OrderWriter": 5, "NormalOrdersProcessor": 0}.items():
        assert [cost.least_waiting(name, function, 5) for name in ("ours", "python")] == [least, least]
    warm = [cost.compute({**side(20), "waiting_ms": [ms]}, 1_000, START, 1.0, 20)["warm_ms"] for ms in (-3, 20, 21)]
    assert [each - warm[0] for each in warm] == [0, 0, 1]


@pytest.mark.parametrize(
    ("waiting", "least", "is_vague"),
    [
        ([1560.49, 20.1], 20, True),
        ([10.0, 11.0, 12.0, 11.0, 10.0, 11.0, 900.0], 10, False),
        ([-20.0, 30.0, 5.0, 60.0, -40.0], 10, True),
        ([-1.0, -1.1, -1.2], 10, True),
        # Nothing is asked, so that nothing is waited for.
        ([-1.0, 0.1, 1.0], 0, False),
        ([7.0], 5, False),
    ],
)
def test_waiting_that_varies_by_more_than_its_median_is_marked(
    waiting: list[float], least: float, is_vague: bool
) -> None:
    computed = cost.compute({**side(20), "waiting_ms": waiting}, 1_000, START, 1.0, least)
    assert computed["is_vague"] == is_vague
    assert cost.cell(computed, "warm_ms").endswith("†") == is_vague
    assert not cost.cell(computed, "cold_ms").endswith("†")


def test_a_mark_is_explained_where_there_is_one() -> None:
    recorded = json.loads((ROOT / "docs/benchmarks/results.json").read_text())["cost"]
    items = [item[name] for item in recorded["functions"].values() for name in ("ours", "python")]
    for marked in (items[:1], []):
        for item in items:
            item["is_vague"] = item in marked
        assert cost.markdown(recorded).count("†") == 2 * len(marked)


def test_the_sides_take_turns_at_waiting(monkeypatch: pytest.MonkeyPatch) -> None:
    turns: list[str] = []

    class Process:
        def __init__(self, name: str) -> None:
            self.name = name

        def invoke(self, event: bytes) -> None:
            turns.append(self.name)

        def close(self) -> None:
            pass

    names = iter(("prompt", "slow"))
    monkeypatch.setattr(services, "Stub", lambda *_: Process(next(names)))
    sides = ("ours", "python")
    case = SimpleNamespace(
        event=b"", start=lambda _, stub: {side: Process(f"{side}, {stub.name}") for side in sides}
    )  # fmt: skip
    found = handlers.measure_waiting(case, SimpleNamespace(work=Path()), 3)
    assert {side: len(taken) for side, taken in found.items()} == dict.fromkeys(sides, 3)
    # Behind one invocation of each, by which connections are made.
    assert turns[4:] == ["ours, prompt", "ours, slow", "python, prompt", "python, slow"] * 3


@pytest.mark.parametrize(("is_quick", "rounds"), [(False, 7), (True, 1)])
def test_waiting_is_a_median_of_many_invocations(is_quick: bool, rounds: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(handlers, "measure_speed", lambda *_: {"ours": {}})
    monkeypatch.setattr(handlers, "measure_requests", lambda *_: {"ours": {}})
    monkeypatch.setattr(handlers, "measure_waiting", lambda _, __, asked: {"ours": [0.0] * asked})
    case = SimpleNamespace(name="", function="", records=1, event=b"")
    measured = handlers.measure(case, SimpleNamespace(quick=is_quick), None)
    assert len(measured["ours"]["waiting_ms"]) == rounds


def test_a_message_is_sent_to_the_queue_by_itself_and_received_and_deleted_with_nine_others() -> None:
    sqs = Model(Stack.of(Template.parse(TEMPLATE), {}), Workload(1e9, "sns", messages_an_order=1)).bill()
    lines = [line for line in sqs.lines if line.part == "order messages" and line.resources == ("OrderQueue",)]
    assert cost.delivery("OrderWriter") == pytest.approx(1.2 * 0.40)
    # The model of a whole stack bills the same, once ten messages come together.
    assert cost.delivery("OrderWriter") == pytest.approx(sum(line.usd for line in lines) / 1_000)


BUSY_THREAD = """
import threading, time

def work():
    while time.thread_time() < 0.3:
        pass

thread = threading.Thread(target=work)
thread.start()
thread.join()
print("ended", flush=True)
input()
"""


def test_the_cpu_of_a_process_has_that_of_threads_that_have_ended() -> None:
    with subprocess.Popen(
        [sys.executable, "-c", BUSY_THREAD], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as child:
        assert child.stdin and child.stdout
        assert child.stdout.readline() == "ended\n"
        assert process_cpu(child.pid) >= 0.3
        child.stdin.write("\n")


def report(value: float) -> dict[str, Any]:
    aim = {"what": "it", "value": value, "limit": 5, "kind": "at most"}
    machine = {"date": "", "processor": "", "architecture": "x86_64", "cores": 2, "kernel": "", "load": [0.1]}
    return {"benchmark": "a", "machine": machine, "is_quick": True, "seconds": 1, "aims": [aim], "results": {}}


@pytest.mark.parametrize(("go", "tuned", "quicker"), [(4.0, 3.0, 3.0), (3.0, 4.0, 3.0)])
def test_go_is_judged_by_its_quicker_side(go: float, tuned: float, quicker: float) -> None:
    # Of each side the median counts, not the best slice.
    sides = {"ours": {"cpu_us": [1.0]}, "go": {"cpu_us": [1.0, go, 9.0]}, "go_tuned": {"cpu_us": [1.0, tuned, 9.0]}}
    assert services.quicker_go(sides, "cpu_us") == quicker
    assert services.quicker_go({"ours": sides["ours"]}, "cpu_us") is None


def test_only_tuned_go_collects_garbage_more_rarely_and_has_one_processor() -> None:
    commands = services.go(Path("work"), "OrderWriter")
    tuned = {"GOGC": "400", "GOMAXPROCS": "1"}
    assert {side: own for side, (_, own) in commands.items()} == {"go": {}, "go_tuned": tuned}
    # The page names what the settings are.
    page = (ROOT / "docs/benchmarks.md").read_text()
    assert {name: f"`{name}={value}" in page for name, value in tuned.items()} == dict.fromkeys(tuned, True)
    assert services.go(Path("work"), "OrderIntake") == {}


def test_functions_are_measured_with_the_metrics_that_the_template_lets_them_write() -> None:
    template, name = Template.parse(TEMPLATE), "POWERTOOLS_METRICS_NAMESPACE"
    functions = [key for key, resource in template.resources.items() if resource["Type"] == "AWS::Lambda::Function"]
    assert len(functions) == 6
    for function in functions:
        variables = template.setting(function, "Environment", "Variables")
        assert services.environment(1, function, {}).get(name) == variables.get(name)


def test_what_is_recorded_is_judged_and_priced_by_the_rules_that_are_there() -> None:
    recorded = json.loads((ROOT / "docs/benchmarks/results.json").read_text())
    of_handlers, of_starts = (recorded["reports"][name] for name in ("handlers", "cold"))
    judged = {
        "handlers": handlers.aims(of_handlers["results"]["cases"]),
        "cold": cold.aims(of_starts["results"]["starts"], of_starts["results"]["zip_bytes"]),
    }
    for name, aims in judged.items():
        kept = [(aim["what"], aim["limit"], aim["value"]) for aim in recorded["reports"][name]["aims"]]
        assert kept == [(aim.what, aim.limit, pytest.approx(aim.value, rel=1e-5)) for aim in aims]
    assert recorded["cost"] == tables.rounded(cost.costs(of_handlers, of_starts))
    page = (ROOT / "docs/benchmarks/results.md").read_text()
    assert summary.aim_table(recorded["reports"], []) in page
    assert cost.markdown(recorded["cost"]) in page


def summarize(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, str(REPORTS / "summary.py"), "--results", str(folder), *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.parametrize(("value", "status", "last"), [(5, 0, "1 of 1 aims are met."), (6, 1, "0 of 1 aims are met.")])
def test_the_summary_fails_with_a_missed_aim(tmp_path: Path, value: float, status: int, last: str) -> None:
    (tmp_path / "a.json").write_text(json.dumps(report(value)))
    result = summarize(tmp_path, "a")
    assert (result.returncode, result.stdout.splitlines()[-1]) == (status, last), result.stderr


def test_a_benchmark_that_did_not_run_is_named_and_nothing_is_recorded(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(json.dumps(report(5)))
    assert "b did not run." in summarize(tmp_path, "a", "b").stdout
    result = summarize(tmp_path, "--record", str(tmp_path / "docs"), "a", "b")
    assert result.returncode == 1
    assert "nothing recorded" in result.stderr
    assert not (tmp_path / "docs").exists()


def test_plots_are_xml_whatever_the_names_are() -> None:
    rows = [("a < b & c", 30_000.0, 2_500.0), ("d", 100.0, 100.0)]
    texts = [
        element.text
        for svg in (plots.speeds(rows, "note"), plots.bills(rows, [("e", (0.1, 9.6), (0.2, 9.7))], "note"))
        for element in ElementTree.fromstring(svg).iter("{http://www.w3.org/2000/svg}text")
    ]
    assert texts.count("a < b & c") == 2
    assert texts.count("12.0 ×") == 2
