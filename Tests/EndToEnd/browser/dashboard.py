"""A dashboard of the stack, run by the tests: its process, its address, and the figures that it should show."""

from __future__ import annotations

import json
import os
import subprocess
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any

from pipeline.stack import ROOT, Stack

from .chromium import Page, until

CURRENCIES = ("USD", "EUR", "JPY", "KWD")
START_SECONDS = 20.0
LIVE = "document.querySelector('#live').dataset.state === 'live'"


@dataclass
class Dashboard:
    """`orders dashboard` as a process."""

    stack: Stack
    file: Path
    # Beside the stack's keys.
    variables: dict[str, str] = field(default_factory=dict)
    process: subprocess.Popen[bytes] | None = field(default=None, repr=False)

    def start(self) -> None:
        environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        before = self.file.stat().st_mtime_ns if self.file.exists() else 0
        variables = {"AWS_ENDPOINT_URL": self.stack.endpoint_url, "AWS_REGION": self.stack.region}
        self.process = subprocess.Popen(
            [ROOT / "scripts/orders", "dashboard", "--address-file", self.file],
            env=environment | self.stack.credentials | variables | self.variables,
            stdout=subprocess.DEVNULL,
        )
        until(lambda: self.file.exists() and self.file.stat().st_mtime_ns != before, "the address", START_SECONDS)

    def stop(self) -> int:
        assert self.process
        self.process.terminate()
        return self.process.wait(timeout=10)

    @property
    def url(self) -> str:
        return self.file.read_text().strip().split("=", 1)[1]

    @property
    def port(self) -> int:
        return int(self.url.split(":")[2].split("/")[0])

    @property
    def token(self) -> str:
        return self.url.split("#")[1]


@contextmanager
def running(stack: Stack, folder: Path, **variables: str) -> Iterator[Dashboard]:
    dashboard = Dashboard(stack, folder / "dashboard", variables)
    try:
        dashboard.start()
        yield dashboard
    finally:
        if dashboard.process and dashboard.process.poll() is None:
            dashboard.stop()


def opened(page: Page, dashboard: Dashboard, day: str | None = None, *, locale: str = "en-US") -> Page:
    page.resize(1280, 900)
    page.emulate(locale=locale)
    page.open(dashboard.url)
    page.wait(f"{LIVE} && document.querySelector('#orders-total').dataset.exact", "the page to show today")
    if day:
        choose(page, day)
    return page


def choose(page: Page, day: str) -> None:
    page.evaluate(
        f"{{ const i = document.querySelector('#day'); i.value = '{day}'; i.dispatchEvent(new Event('change')) }}"
    )
    page.wait(f"document.querySelector('#orders-title').innerText.startsWith('Orders on') && {LIVE}", f"the day {day}")


def search(page: Page, text: str) -> None:
    page.evaluate(
        f"{{ const s = document.querySelector('#search'); s.value = '{text}'; s.dispatchEvent(new Event('input')) }}"
    )


def order_event(order_id: str, created: str, amount: str, currency: str, products: dict[str, int]) -> str:
    # Written by hand: a float would not carry every amount.
    payload = {"OrderId": order_id, "UserId": "U1", "Currency": currency, "ProductIds": list(products)}
    payload |= {"Quantities": products, "createdUtc": created}
    text = json.dumps(payload)[:-1] + f', "TotalAmount": {amount}}}'
    head = {"MessageId": str(uuid.uuid4()), "OccurredUtc": created, "Type": "OrderCreatedV1", "Version": 1}
    return json.dumps(head)[:-1] + f', "Payload": {text}}}'


def put(stack: Stack, events: list[str]) -> None:
    records = [{"Data": event.encode(), "PartitionKey": str(number)} for number, event in enumerate(events)]
    for start in range(0, len(records), 500):
        answer = stack.client("kinesis").put_records(
            StreamName=stack["OrderStreamName"], Records=records[start : start + 500]
        )
        assert answer["FailedRecordCount"] == 0


@dataclass
class Figures:
    """A day as the Analytics table has it."""

    total: int = 0
    accepted: int = 0
    revenue: dict[str, tuple[Decimal, int]] = field(default_factory=dict)
    products: dict[tuple[str, str], tuple[int, int, Decimal]] = field(default_factory=dict)

    @classmethod
    def read(cls, stack: Stack, day: str) -> Figures:
        figures = cls()
        for kind in ("ORDERS", "REVENUE", "PRODUCT"):
            pages = (
                stack.client("dynamodb")
                .get_paginator("query")
                .paginate(
                    TableName=stack["AnalyticsTableName"],
                    KeyConditionExpression="PK = :pk",
                    ExpressionAttributeValues={":pk": {"S": f"{kind}#{day}"}},
                    ConsistentRead=True,
                )
            )
            for item in (item for page in pages for item in page["Items"]):
                figures._add(kind, item)
        return figures

    def _add(self, kind: str, item: dict[str, Any]) -> None:
        number = {name: Decimal(value["N"]) for name, value in item.items() if "N" in value}
        key = item["SK"]["S"]
        if kind == "ORDERS":
            self.total += int(number["TotalOrders"])
            self.accepted += int(number["SuccessfulOrders"])
        elif kind == "REVENUE":
            self.revenue[key] = number["Value"], int(number["Count"])
        else:
            product, currency = (key[:-4], key[-3:]) if key[-4:-3] == "#" else (key, "USD")
            self.products[product, currency] = int(number["OrderCount"]), int(number["Units"]), number["Revenue"]


def counted(stack: Stack, day: str, total: int, seconds: float = 30) -> Figures:
    """The day once so many orders are in its total."""
    deadline = time.monotonic() + seconds
    while (figures := Figures.read(stack, day)).total < total:
        assert time.monotonic() < deadline, f"{figures.total} of {total} orders counted in {seconds:.0f} s"
        time.sleep(0.2)
    return figures
