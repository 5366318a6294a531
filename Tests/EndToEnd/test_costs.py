"""The model of cost: its arithmetic against lines computed by hand, that it knows all that is billed, `orders cost`."""

from __future__ import annotations

import copy
import json
import uuid
from typing import Any

import pytest
from costs import report, usage
from costs.cheaper import candidates, proposals
from costs.known import unpriced
from costs.lines import Kind
from costs.stack import Stack
from costs.traffic import shards_for
from costs.workload import HTTP_ENVELOPE_BYTES, SECONDS_A_MONTH, WAYS, Workload, batch_size
from deployment.template import Template

from bills import GB, PARSED, bill, usd
from pipeline.stack import ROOT
from support import run_script

# --- What is billed is known ----------------------------------------------------------------------------------------


def test_every_resource_of_the_template_is_priced_or_known_to_cost_nothing() -> None:
    assert unpriced(PARSED) == []


@pytest.mark.parametrize(
    "added",
    [
        {"Type": "AWS::ElastiCache::CacheCluster", "Properties": {}},
        {"Type": "AWS::DynamoDB::Table", "Properties": {}},
        {"Type": "AWS::Pipes::Pipe", "Properties": {}},
    ],
)
def test_a_resource_that_the_model_does_not_know_is_named(added: dict[str, Any]) -> None:
    document = copy.deepcopy(PARSED.document)
    document["Resources"]["Added"] = added
    assert unpriced(Template(document)) == [f"Added ({added['Type']})"]


def test_a_function_that_the_model_does_not_know_is_named_below_the_bill() -> None:
    document = copy.deepcopy(PARSED.document)
    document["Resources"]["Added"] = copy.deepcopy(document["Resources"]["OrderWriter"])
    template = Template(document)
    assert unpriced(template) == ["Added (AWS::Lambda::Function)"]
    for lines in (report.summary(Stack.of(template, {})), report.text("A", Stack.of(template, {}), Workload(1e6))):
        assert any("Not in it" in line and "Added" in line for line in lines)


# --- Idle -----------------------------------------------------------------------------------------------------------


def test_an_idle_stack_costs_its_stream_its_alarms_and_asking() -> None:
    found = bill(Workload(0))
    alarms = [item["Properties"] for item in PARSED.resources.values() if item["Type"] == "AWS::CloudWatch::Alarm"]
    # CloudWatch bills an alarm by the metrics that it reads.
    metrics = sum(sum("MetricStat" in query for query in item.get("Metrics", [])) or 1 for item in alarms)
    assert metrics == len(alarms) + 3
    assert usd(found, "stream") == pytest.approx(0.04 * 730)
    assert usd(found, "watching", "alarms") == pytest.approx(0.10 * metrics)
    assert usd(found, "watching", "dashboard") == 3.00
    # Five requests at a time, each of 20 s.
    assert usd(found, "order messages") == pytest.approx(5 * 730 * 3600 / 20 * 0.40e-6)
    # Two functions read the stream and two Pipes the table's; each asks KMS every five minutes.
    assert usd(found, "keys") == pytest.approx(4 * 12 * 730 * 3.00e-6)
    assert found.total() == pytest.approx(found.total(Kind.IDLE))


@pytest.mark.parametrize("way", WAYS)
def test_what_is_paid_whether_or_not_orders_come_is_the_same_when_they_come(way: str) -> None:
    few, many = (bill(Workload(orders, way)) for orders in (1e3, 1e6))
    assert few.total(Kind.IDLE) == many.total(Kind.IDLE) == bill(Workload(0)).total()
    # Metrics and data keys go by the time in which orders come.
    assert 0 < few.total(Kind.BUSY) < many.total(Kind.BUSY) == bill(Workload(1e9, way)).total(Kind.BUSY)
    rows = [line for line in report.text("A", Stack.of(PARSED, {}), Workload(1e6, way)) if "for the hours" in line]
    assert [row.split()[-1] for row in rows] == [f"{many.total(Kind.BUSY):.2f}"]


@pytest.mark.parametrize(
    ("document", "words"), [("README.md", "37 USD\na month"), ("docs/deploy.md", "37 USD a month")]
)
def test_the_documents_have_the_price_of_an_idle_stack(document: str, words: str) -> None:
    assert round(bill(Workload(0)).total()) == int(words.partition(" ")[0])
    assert words in (ROOT / document).read_text()


def test_the_readme_has_the_price_of_a_million_orders() -> None:
    words = f"and {bill(Workload(1e6)).total():.0f} with a million orders by Kinesis"
    assert words in (ROOT / "README.md").read_text()


@pytest.mark.parametrize(("days", "hour"), [("1", 0.015), ("7", 0.035)])
def test_shards_cost_by_the_hour_and_more_when_they_remember_longer(days: str, hour: float) -> None:
    found = bill(Workload(0), StreamShards="2", StreamRetentionDays=days)
    assert usd(found, "stream") == pytest.approx(2 * hour * 730)


# --- By the order ---------------------------------------------------------------------------------------------------


def test_a_stream_on_demand_is_paid_by_whole_kilobytes_in_and_by_bytes_out_twice() -> None:
    found = bill(Workload(1e6, order_bytes=1_500))
    assert usd(found, "stream", "put into") == pytest.approx(1e6 * 2 * 1024 / GB * 0.08)
    assert usd(found, "stream", "read from") == pytest.approx(2 * 1e6 * 1_500 / GB * 0.04)
    # A month's orders are there for six days after the first.
    assert usd(found, "stream", "kept") == pytest.approx(1e6 * 1_500 / GB * 6 / (730 / 24) * 0.10)


def test_shards_are_paid_by_25_kilobytes() -> None:
    found = bill(Workload(1e6, order_bytes=30_000), StreamShards="1", StreamRetentionDays="1")
    assert usd(found, "stream", "put into") == pytest.approx(2 * 0.014)


@pytest.mark.parametrize(
    ("deduplication", "orders", "products", "shards", "units"),
    [
        ("event", 1_000, 10, 1, 1_012), ("shard", 1_000, 10, 11, 12), ("event", 1, 1_000, 1, 4),
        # A row has a position of each shard, and is paid by the kilobyte.
        ("event", 1_000, 10, 24, 1_024), ("shard", 1_000, 10, 40, 48),
    ],
)  # fmt: skip
def test_claims_take_a_unit_for_each_event_and_each_row(
    deduplication: str, orders: int, products: int, shards: int, units: float
) -> None:
    assert usage.counting_units(deduplication, orders, products, 1, shards) == pytest.approx(units, rel=0.01)


@pytest.mark.parametrize(
    ("orders", "batches", "products", "rows"),
    # All rows in the first batch; only there, since later batches bring one or two new ones; nearly all in the end.
    [(1_000, 100, 10, 12), (1, 100, 1_000, 3), (10, 1, 1_000, 12), (100, 100, 1_000, 972)],
)
def test_a_process_looks_once_for_each_row_that_comes_with_others(
    orders: int, batches: int, products: int, rows: float
) -> None:
    assert usage.rows_looked_for(orders, batches, products, 1) == pytest.approx(rows, rel=0.01)


def test_looking_for_rows_is_paid_by_half_a_read_unit() -> None:
    # One order in each batch, and a start in a hundred of them: the three rows of the first.
    found = bill(Workload(1e5, products=1_000))
    batches = usd(found, "counting", "invocations") / 0.2e-6
    life = min(100, round(batches / 4 / (730 / 24)))
    assert usd(found, "counting", "does not know") == pytest.approx(batches / life * 3 / 2 * 0.125e-6, rel=0.02)


def test_counting_is_paid_by_the_write_unit() -> None:
    # One order at a time: its claim and its three rows.
    found = bill(Workload(1_000))
    assert usd(found, "counting", "each order once") == pytest.approx(1_000 * 4 * 0.625e-6, rel=0.01)


def test_checkpoints_are_paid_by_the_batch_and_the_note_of_attempts_by_the_start() -> None:
    found = bill(Workload(1e6))

    def quantity(part: str, what: str, unit: str) -> float:
        return sum(
            line.quantity
            for line in found.lines
            if (line.part, line.unit) == (part, unit) and line.what.startswith(what)
        )

    for part in ("counting", "archive and order rows"):
        invocations = usd(found, part, "invocations") / 0.2e-6
        # The archiver reads its checkpoint for each batch. The aggregator's is a condition of what it writes.
        reads = invocations if part == "archive and order rows" else 0
        assert quantity(part, "checkpoints", "write units") == pytest.approx(invocations)
        assert quantity(part, "checkpoints", "read units") == pytest.approx(reads)
        for unit in ("write units", "read units"):
            assert quantity(part, "note of attempts", unit) == pytest.approx(invocations * 0.01)


@pytest.mark.parametrize(
    ("a_second", "window", "records"), [(0.0, 60, 1), (1.0, 0, 1), (1.0, 60, 61), (100.0, 60, 1_000)]
)
def test_a_batch_is_the_record_that_opens_the_window_and_those_that_come_in_it(
    a_second: float, window: float, records: float
) -> None:
    assert batch_size(a_second * SECONDS_A_MONTH, 1, window, 1_000) == pytest.approx(records)


def test_a_larger_window_saves_objects_invocations_and_lines() -> None:
    work = Workload(1e6)
    short, long = (bill(work, ArchiveWindowSeconds=seconds) for seconds in ("60", "300"))
    # Four shards, one order in ten seconds on each of them: a batch of 7, and one of 29.5.
    rate = 1e6 / SECONDS_A_MONTH / 4
    objects = [1e6 / (1 + rate * window) * 0.005 / 1000 for window in (60, 300)]
    assert [usd(found, "archive and order rows", "objects") for found in (short, long)] == pytest.approx(objects)
    assert usd(long, "logs") < usd(short, "logs")


@pytest.mark.parametrize(
    ("window", "expires", "moved"),
    # 36 KB an object, and 178; one that expires first is never moved.
    [("60", "0", False), ("300", "0", True), ("300", "90", False), ("300", "91", True)],
)
def test_large_archive_objects_pay_for_their_move_to_glacier(window: str, expires: str, moved: bool) -> None:
    rules = PARSED.setting("ArchiveBucket", "LifecycleConfiguration", "Rules")
    [rule] = [rule for rule in rules if "Transitions" in rule]
    assert int(rule["ObjectSizeGreaterThan"]) == usage.MOVED_ABOVE_BYTES
    found = bill(Workload(1e6 * 730 / 24), ArchiveWindowSeconds=window, ArchiveExpirationDays=expires)
    lines = [line.usd for line in found.lines if "move to Glacier after 90 days" in line.what]
    objects = usd(found, "archive and order rows", "objects") / 0.005
    assert lines == ([pytest.approx(objects * 0.02)] if moved else [])


def test_an_order_by_http_pays_for_the_api_its_lines_and_its_metrics() -> None:
    found = bill(Workload(1e6, "http"))
    assert usd(found, "HTTP", "requests to the API") == pytest.approx(1.00)
    assert usd(found, "logs", "API Gateway") == pytest.approx(1e6 * usage.ACCESS_LINE_BYTES / GB * 0.50)
    assert usd(found, "watching", "detailed") == pytest.approx(6 * 0.30)


def test_an_order_by_http_is_in_the_stream_with_what_the_intake_puts_around_it() -> None:
    text = {"MessageId": str(uuid.UUID(int=1)), "OccurredUtc": "2025-08-27T18:08:00.123456Z", "Type": "OrderCreatedV1"}
    text |= {"Version": 1, "CorrelationId": str(uuid.UUID(int=2)), "PartitionKey": str(uuid.UUID(int=3)), "Payload": {}}
    envelope = len(json.dumps(text, separators=(",", ":"))) - len("{}")
    assert envelope == pytest.approx(HTTP_ENVELOPE_BYTES, rel=0.05)
    # Two KB come into the stream, though one was posted.
    work = Workload(1e6, "http", order_bytes=1_000)
    found, plain = bill(work), bill(Workload(1e6, order_bytes=1_000 + HTTP_ENVELOPE_BYTES))
    assert usd(found, "stream", "put into") == pytest.approx(1e6 * 2 * 1024 / GB * 0.08)
    assert usd(found, "stream") == pytest.approx(usd(plain, "stream"))
    assert usd(found, "storage", "archive") == pytest.approx(usd(plain, "storage", "archive"))
    # A shard's 1,024 KB are 838 records of 1,250 bytes.
    assert [shards_for(Workload(rate * SECONDS_A_MONTH, "http", order_bytes=1_000), 1) for rate in (838, 839)] == [1, 2]
    [words] = [words for name, _, words in candidates(Stack.of(PARSED, {}), work) if name == "StreamShards"]
    assert "more than 838 orders a second" in words


def test_the_time_of_an_invocation_is_paid_by_its_memory() -> None:
    small, large = (bill(Workload(1e9), FunctionMemorySize=size) for size in ("1769", "3538"))
    # CPU is whole in both, so that time is the same and its price double.
    ratio = usd(large, "archive and order rows", "time") / usd(small, "archive and order rows", "time")
    assert ratio == pytest.approx(2.0, rel=0.01)


@pytest.mark.parametrize(("size", "times"), [("256", "2"), ("512", "4"), ("3008", "13.8"), ("129", "1.01")])
def test_the_least_memory_stretches_cpu_by_what_there_is_now(size: str, times: str) -> None:
    stack = Stack.of(PARSED, {"FunctionMemorySize": size})
    [words] = [words for name, _, words in candidates(stack, Workload(1e6)) if name == "FunctionMemorySize"]
    assert words == f"the CPU part of an invocation takes {times} times as long, and waiting as long as before"


def test_arm_is_a_fifth_cheaper() -> None:
    arm, intel = (bill(Workload(1e9), Architecture=name) for name in ("arm64", "x86_64"))
    assert usd(arm, "counting", "time") / usd(intel, "counting", "time") == pytest.approx(0.8, rel=0.01)


def test_logs_cost_when_they_come_in_and_while_they_are_kept() -> None:
    found = bill(Workload(1e6), LogRetentionDays="365")
    written = sum(line.quantity for line in found.lines if line.part == "logs")
    assert usd(found, "logs") == pytest.approx(written * 0.50)
    kept = written * usage.STORED_LOG_SHARE * 365 / (730 / 24) * 0.03
    assert usd(found, "storage", "logs") == pytest.approx(kept)


def test_claims_are_kept_for_the_retention_twice_and_four_weeks() -> None:
    found = bill(Workload(1e9))
    gb = 1e9 * usage.CLAIM_BYTES / GB * 42 / (730 / 24)
    assert usd(found, "storage", "claims") == pytest.approx(gb * (0.25 + 0.20))
    assert not [line for line in bill(Workload(1e9), Deduplication="shard").lines if "claims" in line.what]


def test_traces_are_paid() -> None:
    traced = bill(Workload(1e6, "sns", messages_an_order=1), Tracing="Active", OrderQueueWindowSeconds="0")
    assert usd(traced, "watching", "OrderWriter: traces") == pytest.approx(5.00)


# --- Proposals and reports ------------------------------------------------------------------------------------------


def test_a_proposal_saves_what_it_says_and_says_what_it_gives_up() -> None:
    work = Workload(30e6)
    stack = Stack.of(PARSED, {})
    found = proposals(stack, work)
    assert {"Deduplication", "StreamShards"} <= {proposal.parameter for proposal in found}
    for proposal in found:
        changed = bill(work, **{proposal.parameter: proposal.value})
        assert proposal.saves_usd == pytest.approx(bill(work).total() - changed.total())
        assert proposal.gives_up
        assert PARSED.parameters[proposal.parameter].problem(proposal.value) is None


@pytest.mark.parametrize(("order_bytes", "most"), [(600, "1,000"), (8_000, "131")])
def test_fixed_shards_refuse_what_is_above_their_records_or_their_bytes(order_bytes: int, most: str) -> None:
    work = Workload(1e6, order_bytes=order_bytes)
    [words] = [words for name, _, words in candidates(Stack.of(PARSED, {}), work) if name == "StreamShards"]
    assert f"more than {most} orders a second are refused" in words


def test_a_longer_window_is_compared_with_the_one_there_is() -> None:
    stack = Stack.of(PARSED, {"AnalyticsWindowSeconds": "30", "ArchiveWindowSeconds": "45"})
    words = {name: words for name, _, words in candidates(stack, Workload(1e6))}
    assert words["AnalyticsWindowSeconds"] == "counters are up to 60 s behind, not 30 s"
    assert words["ArchiveWindowSeconds"] == "archive and order rows are up to 300 s behind, not 45 s"


def test_counting_without_claims_says_who_may_send_again_and_when_to_change_it() -> None:
    [words] = [words for name, _, words in candidates(Stack.of(PARSED, {}), Workload(1e6)) if name == "Deduplication"]
    assert "its producer or OrderIntake" in words and words.endswith("on a drained stream only")


def test_as_many_shards_are_asked_for_as_take_the_orders() -> None:
    # 1,000 records, or 1,024 KB.
    assert [shards_for(Workload(rate * SECONDS_A_MONTH, order_bytes=1_000), 1) for rate in (1_000, 1_001)] == [1, 2]
    assert [shards_for(Workload(rate * SECONDS_A_MONTH, order_bytes=8_000), 1) for rate in (131, 132)] == [1, 2]


def test_a_quantity_is_told_in_its_unit() -> None:
    lines = [line for way in WAYS for line in bill(Workload(1e6, way), StreamShards="2").lines]
    # A unit that no line has would be a slip.
    assert set(report.WHOLE_UNITS) <= {line.unit for line in lines}
    [dashboard] = [line for line in bill(Workload(0)).lines if line.what == "the dashboard"]
    assert report.quantity(dashboard) == "1 dashboard"


def test_the_report_adds_up() -> None:
    lines = report.text("A stack", Stack.of(PARSED, {}), Workload(30e6))
    whole = bill(Workload(30e6)).total()
    last = next(index for index, line in enumerate(lines) if line.startswith("all "))
    assert float(lines[last][62:74].replace(",", "")) == pytest.approx(whole, abs=0.01)
    names = set(bill(Workload(30e6)).parts())
    shown = {line[:62].strip(): float(line[62:74].replace(",", "")) for line in lines if line[:62].strip() in names}
    assert set(shown) == names
    assert sum(shown.values()) == pytest.approx(whole, abs=0.005 * len(names))


def test_orders_cost_prints_the_model_s_bill() -> None:
    result = run_script(
        "orders",
        "cost",
        "--json",
        "--orders",
        "1000000",
        "--a-day",
        "--by",
        "sns",
        "--parameter",
        "StreamShards=2",
        check=True,
    )
    document = json.loads(result.stdout)
    expected = bill(Workload(1e6 * 730 / 24, "sns"), StreamShards="2")
    assert document["month"]["total"] == pytest.approx(expected.total())
    for kind in Kind:
        assert document["month"][kind] == pytest.approx(expected.total(kind))
    assert document["parameters"]["StreamShards"] == "2"
    assert [line["what"] for line in document["lines"]] == [line.what for line in expected.lines]


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--parameter", "StreamShard=1"), "StreamShards"),
        (("--parameter", "StreamShards=1000"), "not between 0 and 500"),
        (("--parameter", "StreamShards"), "not NAME=VALUE"),
        (("--products", "0"), "--products must be"),
        (("--by", "mail"), "'mail'"),
    ],
)
def test_a_wrong_command_line_is_told(arguments: tuple[str, ...], words: str) -> None:
    result = run_script("orders", "cost", *arguments)
    assert result.returncode in (2, 64)
    assert words in result.stderr
