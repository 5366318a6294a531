"""What of a stack would refuse a part of the orders that its bill is for."""

from __future__ import annotations

from itertools import count

from .stack import Stack
from .traffic import Traffic, shard_records, shards_for
from .workload import SECONDS_A_MONTH, Workload

# Of the orders that come: less is not worth a sentence, and less than the model is exact to.
LEAST_SHARE_TOLD = 0.001


def refusals(stack: Stack, workload: Workload) -> list[str]:
    """A sentence for each parameter that lets fewer orders a second in than come on average."""
    traffic, found = Traffic(stack, workload), []
    second = workload.orders_a_month / SECONDS_A_MONTH
    shards = traffic.shards * shard_records(workload.record_bytes)
    # A stream on demand has more shards than that.
    if traffic.shards < shards_for(workload, peak=1) and _is_told(shards, second):
        most, come = _apart(shards, second)
        found.append(
            f"StreamShards={traffic.shards} lets {most} orders a second in, of {come} that come: "
            "the others are refused, though they are in this bill"
        )
    # An order by HTTP is billed as a request of its own.
    requests = float(stack.values.get("ApiRequestsPerSecond", "inf"))
    if workload.way == "http" and _is_told(requests, second):
        most, come = _apart(requests, second)
        found.append(
            f"ApiRequestsPerSecond={requests:.0f} lets {most} requests a second in, of {come} orders that come, one in "
            "each: the others are refused, though they are in this bill; POST /orders/batch takes up to 500 in one"
        )
    return found


def _is_told(most: float, second: float) -> bool:
    return second - most >= LEAST_SHARE_TOLD * second


def _apart(most: float, second: float) -> tuple[str, str]:
    """Both with as few decimal places as tell them apart, which they are."""
    texts = ((f"{most:,.{places}f}", f"{second:,.{places}f}") for places in count())
    return next((first, other) for first, other in texts if first != other)
