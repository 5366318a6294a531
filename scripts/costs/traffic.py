"""What a workload is to a stack: shards, batches and invocations in a month."""

from __future__ import annotations

from math import ceil, exp

from . import usage
from .stack import Stack
from .workload import SECONDS_A_MONTH, Workload, batch_size

# A stream on demand begins with four shards, and scales to twice of what came in.
ON_DEMAND_SHARDS = 4
# Records a second that a shard of the stream takes, and KB a second:
# https://docs.aws.amazon.com/streams/latest/dev/service-sizes-and-limits.html
SHARD_RECORDS, SHARD_KILOBYTES = 1_000, 1_024
# Lambda asks a shard of a stream for records once a second; a Pipe asks a shard of a table's stream four times.
POLL_SECONDS, PIPE_POLL_SECONDS = 1.0, 0.25
# Lambda gathers five batches of a queue at the same time, more only when messages pile up, and never fewer where the
# mapping has a `MaximumConcurrency`: https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html
QUEUE_POLLERS = 5


class Traffic:
    """One workload on one stack."""

    def __init__(self, stack: Stack, workload: Workload) -> None:
        self.stack, self.workload = stack, workload
        shards = int(stack.setting("OrderStream", "ShardCount") or 0)
        self.is_on_demand = shards == 0
        self.shards = shards or max(ON_DEMAND_SHARDS, 2 * shards_for(workload, peak=1))

    def records(self, function: str) -> float:
        """What a function gets in a month."""
        work = self.workload
        match function:
            case "AnalyticsAggregator" | "OrderArchiver":
                return work.streamed_a_month
            case "OrderWriter":
                return work.messages_a_month
            case "NormalOrdersProcessor":
                return work.normal_changes_a_month
            case "PremiumOrdersProcessor":
                return work.premium_changes_a_month
            case "OrderIntake":
                return work.orders_a_month if work.way == "http" else 0.0
        # Of a function that is not known here nothing is in the bill, which names it (known.py).
        return 0.0

    def batch(self, function: str) -> float:
        """Records of one invocation."""
        records = self.records(function)
        if records == 0:
            return 1.0
        match function:
            case "AnalyticsAggregator" | "OrderArchiver":
                window, most = self._mapping(function)
                most = usage.most_records(self.workload.record_bytes, most)
                return batch_size(records, self.shards, max(window, POLL_SECONDS), most)
            case "OrderWriter":
                window, most = self._mapping(function)
                # Each poller gathers a batch of its own. Without a window a receive returns with the first message.
                return batch_size(records, QUEUE_POLLERS, window, most)
            case "OrderIntake":
                return 1.0
        size = int(self.stack.setting(function.replace("Processor", "Pipe"), *_PIPE_BATCH_SIZE))
        return batch_size(records, 1, PIPE_POLL_SECONDS, size)

    def invocations(self, function: str) -> float:
        """How often a function is invoked in a month."""
        return self.records(function) / self.batch(function)

    def share_in_company(self, function: str) -> float:
        """The part of a function's records that come with others in a batch, where those come at random."""
        others = self.batch(function) - 1
        return 1 - exp(-others) / (1 + others)

    def _mapping(self, function: str) -> tuple[float, int]:
        names = ("MaximumBatchingWindowInSeconds", "BatchSize")
        window, most = (self.stack.setting(f"{function}Mapping", name) for name in names)
        return float(window), int(most)


_PIPE_BATCH_SIZE = ("SourceParameters", "DynamoDBStreamParameters", "BatchSize")


def shard_records(record_bytes: int) -> float:
    """Records of this size that a shard takes in a second, by their number or by their bytes."""
    return min(SHARD_RECORDS, SHARD_KILOBYTES * 1024 / record_bytes)


def shards_for(workload: Workload, peak: float) -> int:
    """Shards that take so many times the average."""
    second = workload.streamed_a_month / SECONDS_A_MONTH * peak
    return max(1, ceil(second / shard_records(workload.record_bytes)))
