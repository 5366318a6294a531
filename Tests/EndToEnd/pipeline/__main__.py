"""`python -m pipeline`, run by `scripts/demo`: sends orders to the local stack, shows what came out, compares."""

from __future__ import annotations

import argparse
import sys

from . import audit, explanations, report
from .generator import generate
from .observation import Observation, Observer
from .posting import post_order
from .queues import Listener
from .rows import Rules
from .run import Runner
from .screen import BOLD, GREEN, RED, Screen
from .stack import NotRunning, Stack
from .workload import Route


def main() -> int:
    parser = argparse.ArgumentParser(prog="pipeline", description=__doc__)
    parser.add_argument("--seed", type=int, default=20250827, help="decides every order that is sent")
    arguments = parser.parse_args()
    try:
        stack = Stack.running()
    except NotRunning as error:
        print(f"pipeline: {error}", file=sys.stderr)
        return 1
    listener = Listener.subscribe(stack, stack["PremiumTopicArn"], "premium-listener")
    observer = Observer(stack, listener.url)
    try:
        return run(stack, observer, arguments.seed)
    finally:
        observer.release()
        listener.close()


def run(stack: Stack, observer: Observer, seed: int) -> int:
    screen = Screen()
    before = observer.look()
    if before.orders or before.stream:
        print(
            "pipeline: the stack has orders already; restart it: scripts/local stop, scripts/local start",
            file=sys.stderr,
        )
        return 1
    runner = Runner(stack, observer, generate(seed), Rules())
    with screen.progress("Posting an order by HTTP, and again after its answer was lost"):
        runner.workload.messages.append(post_order(stack, seed))
    for phase in range(runner.workload.phases):
        messages, writes = runner.workload.phase(phase)
        sent = [message for message in messages if message.route is not Route.HTTP]
        with screen.progress(f"Sending {len(sent) + len(writes)} messages by SNS, SQS, Kinesis"):
            runner.send_phase(phase)
        if phase + 1 < runner.workload.phases:
            with screen.progress("Waiting until these orders are stored") as progress:
                runner.wait_for_orders(phase, progress.update)
    with screen.progress("Waiting until every queue and stream is drained") as progress:
        expected, observed, checks = runner.wait_for_all(progress.update)
        progress.note = ""
    # The tool looks into the dead-letter queues too.
    observer.release()
    with screen.progress("Asking orders explain what became of each order"):
        checks.append(explanations.compare(stack, expected, observed))
    with screen.progress("Asking orders audit and orders rebuild whether the archive proves the numbers"):
        checks += audit.compare(stack)
    orders = len(expected.orders) + len(expected.orders_by_customer) + len(expected.foreign_orders)
    report.show_sent(screen, runner.workload, orders)
    show_results(screen, stack, observed)
    report.show_checks(screen, checks)
    failed = sum(len(check.differences) for check in checks)
    screen.line()
    if failed:
        screen.line(screen.style(f"{failed} differences; to look at it: scripts/demo --keep --seed {seed}", BOLD, RED))
        return 1
    screen.line(screen.style(f"{orders} orders in, and everything that came out agrees.", BOLD, GREEN))
    return 0


def show_results(screen: Screen, stack: Stack, observed: Observation) -> None:
    report.show_functions(screen, observed)
    report.show_analytics(screen, observed)
    report.show_orders(screen, observed)
    report.show_archive(screen, observed)
    report.show_queues(screen, stack, observed)


if __name__ == "__main__":
    sys.exit(main())
