"""One run of a workload through a stack: send, wait until everything has arrived, compare."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from .comparison import Check, compare, compare_orders
from .observation import Observation, Observer
from .oracle import Expectation, expect
from .rows import Rules
from .sender import send
from .stack import Stack
from .workload import Workload

POLL_SECONDS = 0.25
# Nothing has moved for so long: what is missing will not come. Longer than a redrive's visibility timeout.
STILL_SECONDS = 15.0
# Everything agrees and has not moved for so long: nothing comes on top.
SETTLED_SECONDS = 1.5
LIMIT_SECONDS = 90.0

Progress = Callable[[str], None]


@dataclass
class Runner:
    """Time is injected so that the waiting itself can be tested."""

    stack: Stack
    observer: Observer
    workload: Workload
    rules: Rules
    clock: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep

    def send_phase(self, phase: int) -> None:
        send(self.stack, *self.workload.phase(phase))

    def wait_for_orders(self, phase: int, report: Progress) -> Observation:
        """Returns when every order is stored as this phase leaves it, since the next one builds on that."""

        def differences(observed: Observation) -> int:
            expected = expect(self.workload, observed.stream, self.rules, through=phase)
            missing = sum(1 for _ in compare_orders(expected, observed, self.rules))
            report(f"{len(observed.orders)} orders, {missing} differences")
            return missing

        return self._wait(differences, settled_seconds=0)

    def wait_for_all(self, report: Progress) -> tuple[Expectation, Observation, list[Check]]:
        def differences(observed: Observation) -> int:
            checks = self.compare(observed)[1]
            open_checks = [check.name for check in checks if check.differences]
            report("waiting for " + ", ".join(open_checks) if open_checks else "everything agrees")
            return len(open_checks)

        observed = self._wait(differences, settled_seconds=SETTLED_SECONDS)
        expected, checks = self.compare(observed)
        return expected, observed, checks

    def compare(self, observed: Observation) -> tuple[Expectation, list[Check]]:
        expected = expect(self.workload, observed.stream, self.rules)
        return expected, compare(expected, observed, self.rules)

    def _wait(self, differences: Callable[[Observation], int], settled_seconds: float) -> Observation:
        started = moved = self.clock()
        last: tuple[object, ...] = ()
        while True:
            observed = self.observer.look()
            now = self.clock()
            if observed.fingerprint() != last:
                last, moved = observed.fingerprint(), now
            patience = STILL_SECONDS if differences(observed) else settled_seconds
            if now - moved >= patience or now - started >= LIMIT_SECONDS:
                return observed
            self.sleep(POLL_SECONDS)
