"""The whole pipeline at once: hundreds of orders in, everything that comes out compared with the oracle."""

from __future__ import annotations

import pytest

from pipeline.generator import generate
from pipeline.observation import Observer
from pipeline.queues import Listener
from pipeline.rows import Rules
from pipeline.run import Runner
from pipeline.stack import Stack


@pytest.mark.fresh_stack
def test_what_comes_out_agrees_with_what_was_sent(stack: Stack, seed: int) -> None:
    listener = Listener.subscribe(stack, stack["PremiumTopicArn"], "premium-agreement")
    observer = Observer(stack, listener.url)
    if observer.look().stream:
        pytest.skip("the stack that runs has orders already; scripts/local stop gives a fresh one")
    runner = Runner(stack, observer, generate(seed), Rules())
    for phase in range(runner.workload.phases):
        runner.send_phase(phase)
        if phase + 1 < runner.workload.phases:
            runner.wait_for_orders(phase, lambda _: None)
    _, _, checks = runner.wait_for_all(lambda _: None)
    observer.release()
    listener.close()
    differences = [f"{check.name}: {difference}" for check in checks for difference in check.differences]
    assert not differences, f"seed {seed}:\n" + "\n".join(differences[:50])
