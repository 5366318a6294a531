"""The whole pipeline at once: hundreds of orders in, everything that comes out compared with the oracle."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from pipeline.generator import generate
from pipeline.observation import Observer
from pipeline.queues import QueueView
from pipeline.rows import Rules
from pipeline.run import Runner
from pipeline.stack import Stack


@pytest.fixture
def observer(stack: Stack, premium_notifications: QueueView) -> Iterator[Observer]:
    observer = Observer(stack, premium_notifications.url)
    yield observer
    observer.release()


@pytest.mark.fresh_stack(2)
def test_what_comes_out_agrees_with_what_was_sent(stack: Stack, observer: Observer, seed: int) -> None:
    if observer.look().stream:
        # No skip, since the last line of scripts/test counts failures only.
        pytest.fail("the stack that runs has orders already; scripts/local stop gives a fresh one")
    runner = Runner(stack, observer, generate(seed), Rules())
    for phase in range(runner.workload.phases):
        runner.send_phase(phase)
        if phase + 1 < runner.workload.phases:
            runner.wait_for_orders(phase, lambda _: None)
    _, _, checks = runner.wait_for_all(lambda _: None)
    differences = [f"{check.name}: {difference}" for check in checks for difference in check.differences]
    assert not differences, f"seed {seed}:\n" + "\n".join(differences[:50])
