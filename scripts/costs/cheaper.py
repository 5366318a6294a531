"""Other parameters that would make a stack cheaper, and what each of them gives up."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import product

from deployment.checks import check_visibility
from deployment.findings import Findings

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


def halves(shards: int, wanted: int) -> list[int]:
    """The steps in which Kinesis takes a stream down: to no less than half of its shards in each."""
    steps = []
    while shards > wanted:
        shards = max(wanted, (shards + 1) // 2)
        steps.append(shards)
    return steps


def shard_settings(stack: Stack, workload: Workload) -> list[tuple[str, str, str]]:
    """As many shards as the orders need, and for a stream that has shards of its own, on demand."""
    now, wanted = int(stack.values.get("StreamShards", 0)), shards_for(workload, PEAK)
    most, most_now = (int(shards * shard_records(workload.record_bytes)) for shards in (wanted, now))
    half = "a deployed stream goes to no less than half of its shards in one step"
    if now == 0:
        words = f"the stream does not grow by itself: more than {most:,} orders a second are refused; {half}"
        return [("StreamShards", str(wanted), words)]
    steps = halves(now, wanted)
    by = f"; {half}, so by {', '.join(map(str, steps))}" if len(steps) > 1 else ""
    # https://docs.aws.amazon.com/streams/latest/dev/how-do-i-size-a-stream.html
    on_demand = (
        "twice of the most that came in 30 days is taken, and more may be refused until the stream has grown; "
        "AWS lets a stream go on demand, or back, twice in 24 hours"
    )
    fewer = f"more than {most:,} orders a second are refused, now more than {most_now:,}{by}"
    return [("StreamShards", str(wanted), fewer), ("StreamShards", "0", on_demand)]


def less_retention(stack: Stack, days: str) -> str:
    """What a stream that keeps records for so many days only gives up: claims are kept by its retention, too."""
    words = f"an outage of more than a day, not of {stack.values.get('StreamRetentionDays')}, loses orders"
    if stack.values.get("Deduplication") != "event":
        return words
    now, then = (
        changed.setting("AnalyticsAggregator", "Environment", "Variables", "DEDUPLICATION_TTL_DAYS")
        for changed in (stack, changed_to(stack, "StreamRetentionDays", days))
    )
    return f"{words}; an event counts once for {then} days, not {now}, and audits judge the past by that"


def settings(stack: Stack, workload: Workload) -> list[tuple[str, str, str]]:
    """Parameters, values and what they give up, whether or not the stack has them already."""
    counters, archive = (stack.values.get(name) for name in ("AnalyticsWindowSeconds", "ArchiveWindowSeconds"))
    return [
        *shard_settings(stack, workload),
        (
            "Deduplication",
            "shard",
            "an order that its producer or OrderIntake has to send again counts twice; "
            "change it on a drained stream only",
        ),
        ("StreamRetentionDays", "1", less_retention(stack, "1")),
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
        # What a function's lines of the level INFO are, and who reads them: docs/operate.md, "Log lines".
        (
            "LogLevel",
            "WARN",
            "no line of a batch, an order or a refused request: `orders explain` cannot tell what a processor did, "
            "`orders tail --logs` shows warnings, errors and metrics, the dashboard no orders a minute, no functions' "
            "records and no notifications",
        ),
        ("LogRetentionDays", "7", "logs of more than a week ago are gone"),
        ("Architecture", "arm64", "build on arm64"),
        ("FunctionMemorySize", "128", less_memory(stack)),
        ("Tracing", "PassThrough", "X-Ray shows only what callers trace"),
    ]


def changed_to(stack: Stack, parameter: str, value: str) -> Stack:
    return Stack(stack.template, stack.values | {parameter: value})


def is_deployable(stack: Stack, parameter: str, value: str) -> bool:
    """Whether scripts/deploy takes the value, and beside it what it takes now."""
    if stack.template.parameters[parameter].problem(value):
        return False
    now, then = Findings(), Findings()
    for each, findings in ((stack, now), (changed_to(stack, parameter, value), then)):
        check_visibility(each.values, each.setting("OrderWriter", "Timeout"), findings)
    return set(then.refusals) <= set(now.refusals)


def candidates(stack: Stack, workload: Workload) -> list[tuple[str, str, str]]:
    """Those that the stack does not have yet and could have, as far as this workload allows them."""
    return [
        (name, value, gives_up)
        for name, value, gives_up in settings(stack, workload)
        if name in stack.values and stack.values[name] != value and is_deployable(stack, name, value)
    ]


def tried(stack: Stack, workload: Workload) -> list[str]:
    """The parameters of which a cheaper value is looked for."""
    return sorted({name for name, _, _ in settings(stack, workload) if name in stack.values})


def proposals(stack: Stack, workload: Workload) -> list[Proposal]:
    """What saves something, the most first; each by itself."""
    now = Model(stack, workload).bill().total()
    found = []
    for parameter, value, gives_up in candidates(stack, workload):
        saves = now - Model(changed_to(stack, parameter, value), workload).bill().total()
        if saves >= max(LEAST_USD, now * LEAST_SHARE):
            found.append(Proposal(parameter, value, saves, gives_up))
    return sorted(found, key=lambda proposal: -proposal.saves_usd)


def together(stack: Stack, workload: Workload, chosen: list[Proposal]) -> Stack:
    """The stack with all of them; of two for one parameter with the one that makes all of it cheaper."""
    names = list(dict.fromkeys(proposal.parameter for proposal in chosen))
    ways = product(*([each.value for each in chosen if each.parameter == name] for name in names))
    stacks = [Stack(stack.template, stack.values | dict(zip(names, way, strict=True))) for way in ways]
    return min(stacks, key=lambda changed: Model(changed, workload).bill().total())


def rounds(stack: Stack, workload: Workload) -> Iterator[tuple[list[Proposal], Stack]]:
    """Proposals, and the stack with all of them and of the rounds before.

    A setting may save something only beside another one: retention is paid by the shard's hour, or by what is kept.
    """
    taken: set[str] = set()
    found = proposals(stack, workload)
    while found:
        stack = together(stack, workload, found)
        yield found, stack
        taken.update(proposal.parameter for proposal in found)
        found = [proposal for proposal in proposals(stack, workload) if proposal.parameter not in taken]
