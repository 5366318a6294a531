"""What the model of cost bills by the hours in which orders come: metrics, and requests for data keys."""

from __future__ import annotations

from collections import defaultdict
from typing import Any

import pytest
from costs import report, upkeep
from costs.lines import Kind
from costs.workload import WAYS, Workload

from bills import PARSED, bill, stack, usd

OWN_KEY = {"KmsKeyArn": "arn:aws:kms:us-east-1:000000000000:key/1"}
KEY_USD = 12 * 730 * 3.00e-6


def hours(work: Workload, what: str) -> float:
    """Of the metrics that the line is about."""
    lines = bill(work).lines
    return sum(line.quantity for line in lines if (line.part, line.unit) == ("watching", "hours") and what in line.what)


@pytest.mark.parametrize(("orders", "share"), [(30, 30 / 730), (1e6, 1)])
def test_a_metric_is_paid_by_the_hours_in_which_it_has_a_value(orders: float, share: float) -> None:
    found = bill(Workload(orders, "http"))
    assert usd(found, "watching", "6 detailed metrics") == pytest.approx(6 * 0.30 * share)
    assert usd(found, "watching", "5 business numbers") == pytest.approx(5 * 0.30 * share, rel=0.01)


def test_a_metric_of_several_functions_is_one_with_the_hours_of_all() -> None:
    # 500 changes of normal orders and 50 of premium ones: dead letters of both, and notifications.
    work = Workload(500, "sns", normal_share=0.5, premium_share=0.1)
    assert hours(work, "2 business numbers") == pytest.approx(550 + 50, rel=0.01)
    assert hours(Workload(1e6, "sns"), "2 business numbers") == 2 * 730


@pytest.mark.parametrize("way", WAYS)
def test_what_goes_by_the_hour_grows_with_few_orders_and_no_more_with_many(way: str) -> None:
    found = [bill(Workload(orders, way)).total(Kind.BUSY) for orders in (0, 1, 100, 1_000, 1e6, 1e8)]
    assert found[0] == 0 < found[1] < found[2] < found[3] < found[4] == found[5]
    assert found[1] < 0.02


def test_a_plan_says_that_it_goes_by_the_hours() -> None:
    most = bill(Workload(1e6)).total(Kind.BUSY)
    [line] = [line for line in report.summary(stack()) if "by Kinesis" in line]
    assert line.endswith(f"besides up to {most:.2f} a month by the hours in which any come")


@pytest.mark.parametrize(
    ("way", "requests", "of_own_key"),
    [
        # The stream for who puts into it, three tables, of which both functions use the checkpoints; the bucket.
        ("kinesis", 1 + 1 + 1 + 2, 1),
        ("http", 1 + 1 + 1 + 2, 1),
        # Two topics' publishers twice, and a table; of the queue the topic twice, and the writer.
        ("sns", 2 + 2 + 1, 2 + 1),
    ],
)
def test_a_data_key_is_asked_for_by_each_who_uses_it(way: str, requests: int, of_own_key: int) -> None:
    work = Workload(1e6, way)
    assert usd(bill(work), "keys", "while orders come") == pytest.approx(requests * KEY_USD)
    assert usd(bill(work, **OWN_KEY), "keys", "while orders come") == pytest.approx((requests + of_own_key) * KEY_USD)


def test_few_orders_ask_for_a_data_key_each() -> None:
    assert usd(bill(Workload(30)), "keys", "while orders come") == pytest.approx(30 * 5 * 3.00e-6, rel=0.01)


def statements(role: str) -> list[dict[str, Any]]:
    """What a role allows, whatever the parameters are."""
    found = []
    for policy in PARSED.resources[role]["Properties"]["Policies"]:
        for statement in policy["PolicyDocument"]["Statement"]:
            found.append(statement["Fn::If"][1] if "Fn::If" in statement else statement)
    return found


def test_the_functions_that_use_a_resource_s_key_are_those_that_may_use_the_resource() -> None:
    users: dict[str, set[str]] = defaultdict(set)
    for function, resource in PARSED.resources.items():
        if resource["Type"] != "AWS::Lambda::Function":
            continue
        for statement in statements(resource["Properties"]["Role"]["Fn::GetAtt"][0]):
            actions = statement["Action"] if isinstance(statement["Action"], list) else [statement["Action"]]
            services = {action.split(":")[0] for action in actions}
            # Reading a stream is Lambda's, which asks all the time; dead letters come when something fails.
            if services & {"dynamodb", "sns"} or "kinesis:PutRecords" in actions:
                place = statement["Resource"]
                users[place["Ref"] if "Ref" in place else place["Fn::GetAtt"][0]].add(function)
    known = {name: {user for user in found if user in PARSED.resources} for name, found in upkeep.KEY_USERS.items()}
    assert {name: found for name, found in known.items() if found} == users
