"""What of a stack would refuse a part of the orders that its bill is for."""

from __future__ import annotations

from .stack import Stack
from .traffic import Traffic, shard_records, shards_for
from .workload import SECONDS_A_MONTH, Workload


def refusals(stack: Stack, workload: Workload) -> list[str]:
    """A sentence for each parameter that lets fewer orders a second in than come on average."""
    traffic, found = Traffic(stack, workload), []
    second = workload.orders_a_month / SECONDS_A_MONTH
    # A stream on demand has more shards than that.
    if traffic.shards < shards_for(workload, peak=1):
        most = traffic.shards * shard_records(workload.record_bytes)
        found.append(_sentence(f"StreamShards={traffic.shards}", most, second))
    # An order by HTTP is billed as a request of its own.
    requests = float(stack.values.get("ApiRequestsPerSecond", "inf"))
    if workload.way == "http" and second > requests:
        found.append(_sentence(f"ApiRequestsPerSecond={requests:.0f}", requests, second))
    return found


def _sentence(setting: str, most: float, second: float) -> str:
    return (
        f"{setting} lets {most:,.0f} orders a second in, of {second:,.0f} that come: "
        "the others are refused, though they are in this bill"
    )
