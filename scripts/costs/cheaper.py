"""Other parameters that would make a stack cheaper, and what each of them gives up."""

from __future__ import annotations

from dataclasses import dataclass

from . import duration
from .model import Model
from .stack import Stack
from .traffic import shard_records, shards_for
from .workload import Workload

# Less than this a month, and less than this share of the bill, is not worth a decision.
LEAST_USD, LEAST_SHARE = 0.05, 0.001
# How far above their average orders may come in before a shard of the stream refuses them.
PEAK = 10


@dataclass(frozen=True)
class Proposal:
    """One parameter with another value."""

    parameter: str
    value: str
    saves_usd: float
    gives_up: str


def less_memory(stack: Stack) -> str:
    """What the least memory gives up: CPU comes in proportion to memory, waiting does not depend on it."""
    now = stack.values.get("FunctionMemorySize") or duration.LEAST_MB
    times = duration.cpu_share(float(now)) / duration.cpu_share(duration.LEAST_MB)
    return f"the CPU part of an invocation takes {times:.3g} times as long, and waiting as long as before"


def candidates(stack: Stack, workload: Workload) -> list[tuple[str, str, str]]:
    """Parameters, values and what they give up, as far as this workload allows them."""
    days, counters, archive = (
        stack.values.get(name) for name in ("StreamRetentionDays", "AnalyticsWindowSeconds", "ArchiveWindowSeconds")
    )
    found = [
        (
            "Deduplication",
            "shard",
            "an order that its producer or OrderIntake has to send again counts twice; "
            "change it on a drained stream only",
        ),
        ("StreamRetentionDays", "1", f"an outage of more than a day, not of {days}, loses orders"),
        ("AnalyticsWindowSeconds", "60", f"counters are up to 60 s behind, not {counters} s"),
        ("ArchiveWindowSeconds", "300", f"archive and order rows are up to 300 s behind, not {archive} s"),
        # Of a queue with "very low traffic" Lambda may gather messages for 20 s, though its window is shorter:
        # https://docs.aws.amazon.com/lambda/latest/dg/with-sqs.html
        ("OrderQueueWindowSeconds", "5", "an order message waits for others up to 5 s, or up to 20 s when few come"),
        (
            "OrderLog",
            "none",
            "no line tells of a single order; counts of each batch stay, and `orders explain` shows less",
        ),
        ("LogRetentionDays", "7", "logs of more than a week ago are gone"),
        ("Architecture", "arm64", "build on arm64"),
        ("FunctionMemorySize", "128", less_memory(stack)),
        ("Tracing", "PassThrough", "X-Ray shows only what callers trace"),
    ]
    shards = shards_for(workload, PEAK)
    most = int(shards * shard_records(workload.record_bytes))
    if int(stack.values.get("StreamShards", 0)) == 0:
        found.append(
            (
                "StreamShards",
                str(shards),
                f"the stream does not grow by itself: more than {most:,} orders a second are refused",
            )
        )
    return [item for item in found if item[0] in stack.values and stack.values[item[0]] != item[1]]


def proposals(stack: Stack, workload: Workload) -> list[Proposal]:
    """What saves something, the most first; each by itself."""
    now = Model(stack, workload).bill().total()
    found = []
    for parameter, value, gives_up in candidates(stack, workload):
        changed = Stack(stack.template, stack.values | {parameter: value})
        saves = now - Model(changed, workload).bill().total()
        if saves >= max(LEAST_USD, now * LEAST_SHARE):
            found.append(Proposal(parameter, value, saves, gives_up))
    return sorted(found, key=lambda proposal: -proposal.saves_usd)


def together(stack: Stack, workload: Workload, chosen: list[Proposal]) -> Stack:
    """The stack with all of them."""
    return Stack(stack.template, stack.values | {proposal.parameter: proposal.value for proposal in chosen})
