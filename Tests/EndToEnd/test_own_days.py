"""That a test's own days are: from all others on the stack, and from those of an earlier session on it."""

from __future__ import annotations

import itertools
from datetime import date, timedelta
from typing import Any

import pytest

import owndays


class Counted:
    """A stack with orders in some days."""

    def __init__(self, *days: str) -> None:
        self.keys = {f"ORDERS#{day}" for day in days}

    def __getitem__(self, output: str) -> str:
        return output

    def client(self, _: str) -> Counted:
        return self

    def get_item(self, TableName: str, Key: dict[str, Any], ConsistentRead: bool) -> dict[str, Any]:
        return {"Item": Key} if Key["PK"]["S"] in self.keys else {}


@pytest.fixture(autouse=True)
def anew(monkeypatch: pytest.MonkeyPatch) -> None:
    days = (owndays.FIRST + timedelta(days=number) for number in itertools.count())
    monkeypatch.setattr(owndays, "_days", days)


def test_no_day_is_given_twice() -> None:
    stack: Any = Counted()
    assert [owndays.own_day(stack), *owndays.own_days(stack, 2)] == ["2003-01-01", "2003-01-02", "2003-01-03"]


def test_days_with_orders_are_passed_over_and_days_in_a_row_stay_in_a_row() -> None:
    stack: Any = Counted("2003-01-01", "2003-01-03")
    assert owndays.own_days(stack, 2) == ["2003-01-04", "2003-01-05"]


def test_a_stack_that_is_full_says_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(owndays, "END", date(2003, 1, 2))
    stack: Any = Counted("2003-01-01")
    with pytest.raises(AssertionError, match="scripts/local stop"):
        owndays.own_day(stack)
