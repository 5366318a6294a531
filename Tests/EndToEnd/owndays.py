"""Days of orders that are a test's own: the tests share a stack, and compare what a day comes to exactly.

One source for all of them. Days that tests name themselves are outside its range, and so are `ANYBODYS`.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from datetime import date, timedelta

from pipeline.stack import Stack

FIRST = date(2003, 1, 1)
# Exclusive.
END = date(2018, 1, 1)
# For orders that nobody looks for in a day's figures: both days inclusive.
ANYBODYS = (date(2018, 1, 1), date(2019, 12, 31))

_days: Iterator[date] = (FIRST + timedelta(days=number) for number in itertools.count())


def own_days(stack: Stack, count: int) -> list[str]:
    """That many in a row, which no other test has, and in which no earlier session on the same stack has counted."""
    found: list[date] = []
    while len(found) < count:
        day = next(_days)
        assert day < END, f"tests have orders in every day from {FIRST} on: scripts/local stop, for a new stack"
        found = [*found, day] if is_empty(stack, day) else []
    return [day.isoformat() for day in found]


def own_day(stack: Stack) -> str:
    [day] = own_days(stack, 1)
    return day


def is_empty(stack: Stack, day: date) -> bool:
    """Every order that is counted is in its day's total."""
    key = {"PK": {"S": f"ORDERS#{day.isoformat()}"}, "SK": {"S": "TOTAL"}}
    table = stack["AnalyticsTableName"]
    return "Item" not in stack.client("dynamodb").get_item(TableName=table, Key=key, ConsistentRead=True)
