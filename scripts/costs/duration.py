"""What Lambda bills for the time of an invocation, from the CPU and the waiting that scripts/bench has measured."""

from __future__ import annotations

from math import ceil

# At 1,769 MB a function has one vCPU, and CPU is in proportion to memory; 128 MB is the least:
# https://docs.aws.amazon.com/lambda/latest/dg/configuration-memory.html
WHOLE_CPU_MB = 1_769
LEAST_MB = 128
# Of the invocations; AWS writes that starts are "typically under 1 %":
# https://aws.amazon.com/blogs/compute/aws-lambda-standardizes-billing-for-init-phase/
COLD_SHARE = 0.01


def cpu_share(memory_mb: float) -> float:
    """The part of a vCPU that comes with the memory; a handler of one thread has no use for more than one."""
    return min(1.0, memory_mb / WHOLE_CPU_MB)


def invocation_ms(memory_mb: float, cpu_ms: float, waiting_ms: float) -> int:
    """Billed milliseconds. Waiting is added whole, though some passes while other requests are prepared."""
    return ceil(cpu_ms / cpu_share(memory_mb) + waiting_ms)


def start_ms(memory_mb: float, until_next_cpu_ms: float, until_answer_cpu_ms: float) -> int:
    """What a start adds. CPU is not rationed during initialization; the first invocation has the function's share."""
    return ceil(until_next_cpu_ms + (until_answer_cpu_ms - until_next_cpu_ms) / cpu_share(memory_mb))


def usd(memory_mb: float, warm_ms: float, cold_ms: float, gb_second: float) -> float:
    """USD of an invocation, with its share of the starts."""
    return (warm_ms + COLD_SHARE * cold_ms) / 1000 * memory_mb / 1024 * gb_second
