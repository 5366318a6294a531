"""What `orders cost` proposes: shards and log lines among others, and what it says where nothing is left to save."""

from __future__ import annotations

import pytest
from costs import cheaper, report
from costs.cheaper import candidates, halves, proposals, rounds, together, tried
from costs.stack import Stack
from costs.workload import SECONDS_A_MONTH, WAYS, Workload
from deployment.checks import check_shards, check_visibility
from deployment.findings import Findings

from bills import bill, stack
from pipeline.stack import ROOT


def saved(found: list[cheaper.Proposal], parameter: str) -> dict[str, float]:
    """USD a month by the value that is proposed."""
    return {proposal.value: proposal.saves_usd for proposal in found if proposal.parameter == parameter}


# --- Shards ---------------------------------------------------------------------------------------------------------


def test_fewer_shards_and_on_demand_are_proposed_where_there_are_too_many() -> None:
    found = proposals(stack(StreamShards="10", StreamRetentionDays="1"), Workload(0))
    assert saved(found, "StreamShards") == pytest.approx({"1": 9 * 0.015 * 730, "0": (10 * 0.015 - 0.04) * 730})
    assert len(found) == 2


def test_as_many_shards_are_proposed_as_take_ten_times_the_orders() -> None:
    work = Workload(150 * SECONDS_A_MONTH)
    assert set(saved(proposals(stack(StreamShards="10"), work), "StreamShards")) >= {"2"}
    # One of them would do on average, and is too little room.
    assert "1" not in saved(proposals(stack(StreamShards="2"), work), "StreamShards")


def test_what_costs_more_is_no_proposal() -> None:
    work = Workload(150 * SECONDS_A_MONTH)
    for value in ("0", "2"):
        assert value in {
            value for name, value, _ in candidates(stack(StreamShards="1"), work) if name == "StreamShards"
        }
        assert bill(work, StreamShards=value).total() > bill(work, StreamShards="1").total()
    assert saved(proposals(stack(StreamShards="1"), work), "StreamShards") == {}


def test_fewer_shards_say_what_is_refused_and_the_steps_of_a_deployed_stream() -> None:
    words = {
        value: words
        for name, value, words in candidates(stack(StreamShards="10"), Workload(1e6))
        if name == "StreamShards"
    }
    assert "more than 1,000 orders a second are refused, now more than 10,000; " in words["1"]
    assert words["1"].endswith("so by 5, 3, 2, 1")
    assert "twice in 24 hours" in words["0"]
    [one] = [words for _, value, words in candidates(stack(StreamShards="2"), Workload(1e6)) if value == "1"][:1]
    assert "step" not in one
    [new] = [words for name, _, words in candidates(stack(), Workload(1e6)) if name == "StreamShards"]
    assert new.endswith("a deployed stream goes to no less than half of its shards in one step")


@pytest.mark.parametrize("shards", [2, 3, 10, 17, 500])
def test_each_step_of_a_stream_is_one_that_a_deployment_takes(shards: int) -> None:
    open_shards, findings = shards, Findings()
    for wanted in halves(shards, 1):
        check_shards({"StreamShards": str(wanted)}, open_shards, findings)
        open_shards = wanted
    assert (open_shards, findings.refusals) == (1, [])


def test_all_settings_have_the_cheaper_one_of_two_for_a_parameter() -> None:
    work, many = Workload(1e6), stack(StreamShards="10")
    found = proposals(many, work)
    assert set(saved(found, "StreamShards")) == {"0", "1"}
    changed = together(many, work, found)
    assert changed.values["StreamShards"] == "1"
    least = min(
        bill(work, **changed.values | {"StreamShards": value}).total() for value in saved(found, "StreamShards")
    )
    document = report.document("A", many, work)
    assert document["monthWithAllCheaper"] == pytest.approx(least)
    assert document["allCheaper"] == {each.parameter: changed.values[each.parameter] for each in found}
    [row] = [line for line in report.text("A", many, work) if line.startswith("all, with")]
    assert row.startswith("all, with StreamShards=1 and all of the other settings ")
    assert float(row[62:74].replace(",", "")) == pytest.approx(least, abs=0.01)


def test_which_of_two_values_counts_is_told_where_nothing_else_is_proposed() -> None:
    work, many = Workload(1e5), stack(StreamShards="20", StreamRetentionDays="1")
    first, *_ = rounds(many, work)
    assert sorted(proposal.value for proposal in first[0]) == ["0", "1"]
    assert {proposal.parameter for proposal in first[0]} == {"StreamShards"}
    lines = report.text("A", many, work)
    row = next(line for line in lines if line.startswith("all, with"))
    assert row[:62].rstrip() == f"all, with StreamShards={first[1].values['StreamShards']}"
    assert float(row[62:74].replace(",", "")) == pytest.approx(bill(work, **first[1].values).total(), abs=0.01)
    assert lines.index(row) < lines.index("Cheaper then, each by itself")


def test_what_saves_something_only_beside_another_setting_is_proposed_behind_it() -> None:
    # Idle and on demand nobody pays for retention.
    work = Workload(0)
    first, then = rounds(stack(), work)
    assert saved(first[0], "StreamRetentionDays") == {}
    assert saved(then[0], "StreamRetentionDays") == pytest.approx({"1": 0.02 * 730})
    document = report.document("A", stack(), work)
    assert [each["parameter"] for each in document["cheaper"]] == ["StreamShards"]
    assert [each["parameter"] for each in document["cheaperThen"]] == ["StreamRetentionDays"]
    assert document["allCheaper"] == {"StreamShards": "1", "StreamRetentionDays": "1"}
    least = bill(work, StreamShards="1", StreamRetentionDays="1").total()
    assert document["monthWithAllCheaper"] == pytest.approx(least)
    lines = report.text("A", stack(), work)
    assert lines.index("Cheaper, each by itself") < lines.index("Cheaper then, each by itself")
    [row] = [line for line in lines if line.startswith("all, with")]
    assert row.startswith("all, with all of these settings ")
    assert float(row[62:74]) == pytest.approx(least, abs=0.01)


# --- What a deployment takes ------------------------------------------------------------------------------------------


DEAR = [
    *(Workload(orders, way) for way in WAYS for orders in (1e5, 1e7)),
    # 727 shards, of which a stack has 500 at most.
    Workload(1e9, "http", order_bytes=200_000, products=1),
]


@pytest.mark.parametrize("visibility", ["11", "15"])
@pytest.mark.parametrize("window", ["0", "1", "300"])
def test_no_proposal_is_refused_by_a_deployment(visibility: str, window: str) -> None:
    now = stack(OrderQueueVisibilityTimeout=visibility, OrderQueueWindowSeconds=window, StreamRetentionDays="365")
    for work in DEAR:
        for found, changed in rounds(now, work):
            for proposal in found:
                assert now.template.parameters[proposal.parameter].problem(proposal.value) is None
            if refused_visibility(now) == []:
                assert refused_visibility(changed) == []


def refused_visibility(found: Stack) -> list[str]:
    findings = Findings()
    check_visibility(found.values, found.template.setting("OrderWriter", "Timeout"), findings)
    return findings.refusals


@pytest.mark.parametrize(
    ("visibility", "window", "is_proposed"),
    [
        ("14", "1", False), ("15", "1", True), ("16", "300", True),
        # Refused as it is, and with what is tried, too.
        ("10", "1", False),
    ],
)  # fmt: skip
def test_a_longer_window_is_proposed_where_a_message_is_hidden_for_long_enough(
    visibility: str, window: str, is_proposed: bool
) -> None:
    now = stack(OrderQueueVisibilityTimeout=visibility, OrderQueueWindowSeconds=window)
    names = {name for name, _, _ in candidates(now, Workload(1e6, "sns"))}
    assert ("OrderQueueWindowSeconds" in names) == is_proposed
    # Others do not depend on it.
    assert "LogLevel" in names


def test_more_shards_than_a_stack_may_have_are_no_proposal() -> None:
    values = {value for name, value, _ in candidates(stack(), DEAR[-1]) if name == "StreamShards"}
    assert values == set()
    assert "StreamShards" in tried(stack(), DEAR[-1])


@pytest.mark.parametrize(("days", "claims"), [("7", 21), ("30", 44), ("365", 379)])
def test_less_retention_says_for_how_long_an_event_counts_once(days: str, claims: int) -> None:
    def gives_up(deduplication: str) -> str:
        now = stack(StreamRetentionDays=days, Deduplication=deduplication)
        [words] = [words for name, _, words in candidates(now, Workload(1e6)) if name == "StreamRetentionDays"]
        return words

    outage = f"an outage of more than a day, not of {days}, loses orders"
    assert gives_up("shard") == outage
    assert gives_up("event") == (
        f"{outage}; an event counts once for 15 days, not {claims}, and audits judge the past by that"
    )


# --- Log lines ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("way", WAYS)
def test_logging_warnings_only_is_proposed_with_who_tells_less_then(way: str) -> None:
    work = Workload(1e6 * 730 / 24, way)
    [proposal] = [each for each in proposals(stack(), work) if each.parameter == "LogLevel"]
    assert proposal.value == "WARN"
    assert proposal.saves_usd == pytest.approx(bill(work).total() - bill(work, LogLevel="WARN").total())
    for words in ("`orders explain`", "`orders tail --logs`", "the dashboard", "a refused request"):
        assert words in proposal.gives_up


@pytest.mark.parametrize("level", ["WARN", "ERROR", "FATAL"])
def test_no_log_level_is_proposed_where_no_line_of_a_batch_is_written(level: str) -> None:
    assert saved(proposals(stack(LogLevel=level), Workload(1e8, "http")), "LogLevel") == {}


# --- Nothing left ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("way", WAYS)
@pytest.mark.parametrize("shards", ["0", "10"])
@pytest.mark.parametrize("orders", [0, 1e6, 1e6 * 730 / 24])
def test_a_stack_with_all_of_them_has_nothing_left_that_is_tried(way: str, shards: str, orders: float) -> None:
    work = Workload(orders, way)
    changed = list(rounds(stack(StreamShards=shards), work))[-1][1]
    assert proposals(changed, work) == []
    lines = report.text("A", changed, work)
    assert not any(line.startswith("Cheaper") for line in lines)
    at = next(index for index, line in enumerate(lines) if line.startswith("No setting that is tried here"))
    assert lines[at].startswith("No setting that is tried here would save 0.05 USD a month and 0.1% of the bill.")
    assert lines[at + 1] == ", ".join(tried(changed, work))


def test_what_is_tried_is_each_parameter_that_has_a_candidate_and_stands_in_the_document() -> None:
    work = Workload(1e6)
    dear = Stack(stack().template, stack().values | {"Architecture": "x86_64", "Tracing": "Active"})
    assert tried(dear, work) == sorted({name for name, _, _ in candidates(dear, work)})
    document = (ROOT / "docs/costs.md").read_text()
    [sentence] = [line for line in document.splitlines() if line.startswith("Tried are ")]
    assert [part for part in sentence.split("`") if part[0].isupper() and part.isalpha() and part != "Tried"] == tried(
        dear, work
    )
