"""What `orders cost` says of orders that the stack would refuse, and of a command line that makes no sense."""

from __future__ import annotations

import sys
from math import isfinite

import pytest
from costs import __main__ as cost
from costs import report
from costs.limits import refusals
from costs.workload import (
    MOST_MESSAGES_AN_ORDER,
    MOST_ORDER_BYTES,
    MOST_PRODUCTS,
    MOST_PRODUCTS_AN_ORDER,
    SECONDS_A_MONTH,
    WAYS,
    Workload,
)

from bills import bill, stack
from pipeline.stack import ROOT


@pytest.mark.parametrize(
    ("way", "order_bytes", "a_second", "shards", "refused"),
    [
        ("kinesis", 600, 1_000, "1", False), ("kinesis", 600, 1_002, "1", True), ("kinesis", 600, 1_002, "2", False),
        # Less than one in a thousand.
        ("kinesis", 600, 1_000.9, "1", False),
        # 1,024 KB a second of a shard, to which the intake's envelope counts.
        ("kinesis", 8_000, 132, "1", True), ("kinesis", 8_000, 131, "1", False), ("http", 15_900, 65, "1", True),
        # A stream on demand grows, and the queue takes what comes.
        ("kinesis", 600, 1e5, "0", False), ("sns", 600, 1e5, "1", False),
    ],
)  # fmt: skip
def test_a_stream_with_too_few_shards_is_told(
    way: str, order_bytes: int, a_second: float, shards: str, refused: bool
) -> None:
    found = refusals(stack(StreamShards=shards), Workload(a_second * SECONDS_A_MONTH, way, order_bytes=order_bytes))
    assert [line.partition(" lets ")[0] for line in found] == [f"StreamShards={shards}"] * refused


@pytest.mark.parametrize(
    ("way", "a_second", "most", "refused"),
    [
        ("http", 100, "100", False),
        ("http", 100.09, "100", False),
        ("http", 100.11, "100", True),
        ("http", 101, "100", True),
        ("http", 101, "200", False),
        ("kinesis", 101, "100", False),
    ],
)
def test_an_api_that_lets_too_few_requests_in_is_told(way: str, a_second: float, most: str, refused: bool) -> None:
    found = refusals(stack(ApiRequestsPerSecond=most), Workload(a_second * SECONDS_A_MONTH, way))
    assert [line.partition(" lets ")[0] for line in found] == [f"ApiRequestsPerSecond={most}"] * refused


def test_a_plan_says_which_of_a_day_s_million_the_stack_would_refuse() -> None:
    lines = [line for line in report.summary(stack(ApiRequestsPerSecond="10")) if "refused" in line]
    assert [line.partition(" lets ")[0] for line in lines] == ["  in a day: ApiRequestsPerSecond=10"]
    assert not any("refused" in line for line in report.summary(stack()))


def test_what_is_refused_stands_above_the_bill_and_in_the_object() -> None:
    work = Workload(2e8 * 730 / 24)
    one = stack(StreamShards="1")
    words = (
        "StreamShards=1 lets 1,000 orders a second in, of 2,315 that come: the others are refused, though they are in "
        "this bill"
    )
    lines = report.text("A stack", one, work)
    assert lines.index(words) < next(index for index, line in enumerate(lines) if "USD a month" in line)
    assert report.document("A stack", one, work)["refusals"] == [words]
    assert report.document("A stack", one, Workload(1e6))["refusals"] == []


@pytest.mark.parametrize(
    ("parameter", "work", "words"),
    [
        ("StreamShards", Workload(1.25 * SECONDS_A_MONTH, order_bytes=1 << 20), "1.0 orders a second in, of 1.2 "),
        ("StreamShards", Workload(1_002 * SECONDS_A_MONTH), "1,000 orders a second in, of 1,002 "),
        ("ApiRequestsPerSecond", Workload(1.004 * SECONDS_A_MONTH, "http"), "1.000 requests a second in, of 1.004 "),
        ("ApiRequestsPerSecond", Workload(231 * SECONDS_A_MONTH, "http"), "1 requests a second in, of 231 "),
    ],
)
def test_what_is_let_in_and_what_comes_are_told_apart(parameter: str, work: Workload, words: str) -> None:
    [line] = refusals(stack(**{parameter: "1"}), work)
    assert f"{parameter}=1 lets {words}" in line
    assert ("orders that come, one in each: " in line) == (work.way == "http")
    assert line.endswith("; POST /orders/batch takes up to 500 in one") == (work.way == "http")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (("--products", "0"), "--products must be between 1 and 1000000000"),
        (("--products", "9" * 400), "--products must be"),
        (("--order-bytes", "9" * 400), "--order-bytes must be between 1 and 1048576"),
        (("--order-bytes", "1048577"), "--order-bytes must be"),
        (("--by", "http", "--order-bytes", "262145"), "--order-bytes must be between 1 and 262144"),
        (("--by", "sns", "--order-bytes", "262145"), "--order-bytes must be between 1 and 262144"),
        (("--products", "2", "--products-an-order", "100"), "--products-an-order must be between 1 and 2"),
        (("--products-an-order", "1001", "--products", "5000", "--by", "http"), "must be between 1 and 1000"),
        (("--messages-an-order", "1001"), "--messages-an-order must be between 1 and 1000"),
        (("--stack", ""), "--stack needs a name"),
    ],
)
def test_what_no_orders_are_like_is_refused(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], arguments: tuple[str, ...], words: str
) -> None:
    monkeypatch.setattr(sys, "argv", ["orders cost", *arguments])
    with pytest.raises(SystemExit) as left:
        cost.arguments()
    assert left.value.code == 2
    assert words in capsys.readouterr().err


@pytest.mark.parametrize("way", WAYS)
def test_the_largest_orders_have_a_bill(way: str) -> None:
    work = Workload(
        1e12, way, MOST_ORDER_BYTES[way], MOST_PRODUCTS, MOST_PRODUCTS_AN_ORDER[way], MOST_MESSAGES_AN_ORDER
    )
    assert isfinite(bill(work).total())


def test_the_largest_order_is_the_one_that_the_intake_and_the_counting_take() -> None:
    sources = ROOT / "Sources/Orders"
    intake = (sources / "Intake/PostedOrders.swift").read_text()
    assert f"maximumOrderBytes = {MOST_ORDER_BYTES['http'] // 1024} * 1_024\n" in intake
    assert f"maximumProducts = {MOST_PRODUCTS_AN_ORDER['http']:_}\n" in (sources / "Intake/NewOrder.swift").read_text()
    fields = (sources / "Decoding/RecordFields.swift").read_text()
    assert f"mostProducts: Int {{ {MOST_PRODUCTS_AN_ORDER['kinesis']:_} }}\n" in fields
