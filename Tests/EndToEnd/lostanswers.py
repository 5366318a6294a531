"""Clients on a bad line: half of the answers to their orders are lost on the way, and they send again what they do not
know to have arrived."""

from __future__ import annotations

import random
import threading
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from decimal import Decimal
from typing import Any

import requests

from intake import Intake
from pipeline.stack import Stack

CLIENTS = 16
LOSS = 0.5
# An order that is lost each time has a chance of one in a million.
ATTEMPTS = 20
CURRENCIES = ("EUR", "USD", "JPY")
BATCH = 25


class ClientsThatLoseAnswers:
    """Post orders of one day, a third of the requests single orders, the others batches."""

    def __init__(self, stack: Stack, seed: int, day: str) -> None:
        self.stack = stack
        self.seed = seed
        self.day = day
        # Answers that their client never saw.
        self.lost = 0
        self._lock = threading.Lock()

    def post(self, count: int) -> dict[str, Decimal]:
        """What the orders sum up to, by currency, once the clients know that each of them is in the stream."""
        requests_of_orders = list(self._cut(count))
        with ThreadPoolExecutor(CLIENTS) as pool:
            sums = pool.map(self._client, range(CLIENTS), [requests_of_orders[n::CLIENTS] for n in range(CLIENTS)])
        total: Counter[str] = Counter()
        for part in sums:
            for currency, amount in part.items():
                total[currency] += amount  # type: ignore[assignment]
        return dict(total)  # type: ignore[arg-type]

    def _cut(self, count: int) -> Iterator[list[dict[str, Any]]]:
        """Orders by request; without an id, so that it is the intake that has to give each the same one again."""
        chance = random.Random(self.seed)
        left = count
        while left:
            size = min(left, 1 if chance.random() < 0.9 else BATCH)
            left -= size
            yield [self._order(chance) for _ in range(size)]

    def _order(self, chance: random.Random) -> dict[str, Any]:
        amount = Decimal(chance.randrange(1, 10**6)).scaleb(-2)
        return {
            "TotalAmount": str(amount), "Currency": chance.choice(CURRENCIES), "ProductIds": ["P-1"],
            "createdUtc": f"{self.day}T{chance.randrange(24):02}:00:00Z",
        }  # fmt: skip

    def _client(self, number: int, batches: list[list[dict[str, Any]]]) -> dict[str, Decimal]:
        chance = random.Random(f"{self.seed}-{number}")
        intake = Intake(self.stack)
        sums: dict[str, Decimal] = {}
        for index, orders in enumerate(batches):
            self._post_until_known(intake, chance, orders, f"{self.day}-{self.seed}-{number}-{index}")
            for order in orders:
                currency = order["Currency"]
                sums[currency] = sums.get(currency, Decimal()) + Decimal(order["TotalAmount"])
        return sums

    def _post_until_known(self, intake: Intake, chance: random.Random, orders: list[Any], key: str) -> None:
        for _ in range(ATTEMPTS):
            if len(orders) == 1:
                answer = intake.post(orders[0], Idempotency_Key=key)
            else:
                answer = intake.post_batch(orders, lines=chance.random() < 0.5, Idempotency_Key=key)
            # The line breaks when the answer is on its way, after everything was done; whatever it was.
            if chance.random() < LOSS:
                with self._lock:
                    self.lost += 1
                intake = Intake(self.stack) if chance.random() < 0.1 else intake
                continue
            if answer.status_code == requests.codes.accepted:
                return
            assert answer.status_code in (207, 429, 503), (answer.status_code, answer.text[:500])
        raise AssertionError(f"{key} was lost {ATTEMPTS} times")
