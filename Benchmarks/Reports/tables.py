"""What the reports share: medians with spread, Markdown tables, the machine and its load."""

import datetime
import os
import platform
import statistics
from pathlib import Path


def machine():
    """What the numbers depend on; the load says how far to trust times at all."""
    processor = platform.machine()
    for line in Path("/proc/cpuinfo").read_text().splitlines():
        if line.startswith("model name"):
            processor = line.split(":", 1)[1].strip()
            break
    return {
        "date": datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%d %H:%M UTC"),
        "processor": processor,
        "cores": os.cpu_count(),
        "kernel": platform.release(),
        "load": [round(load, 1) for load in os.getloadavg()],
    }


def describe(info):
    loads = ", ".join(str(load) for load in info["load"])
    return f"{info['date']}; {info['processor']}, {info['cores']} cores, Linux {info['kernel']}; load at start {loads}"


def median(values):
    return statistics.median(values)


def spread(values):
    """Half the distance between the quartiles, as a share of the median."""
    if len(values) < 3:
        return 0.0
    low, _, high = statistics.quantiles(values, n=4)
    return (high - low) / 2 / statistics.median(values)


def markdown(head, rows):
    """A table whose first column is text and whose others are numbers."""
    lines = ["| " + " | ".join(head) + " |", "| --- |" + " ---: |" * (len(head) - 1)]
    lines += ["| " + " | ".join(str(cell) for cell in row) + " |" for row in rows]
    return "\n".join(lines)


def verdict(aims):
    """A line for each aim, (what, value, limit, "at most" or "at least"); the number of those missed."""
    missed = 0
    for what, value, limit, kind in aims:
        is_met = value <= limit if kind == "at most" else value >= limit
        missed += not is_met
        print(f"- {'met' if is_met else '**missed**'}: {what}: {value:.2f}, {kind} {limit}")
    return missed
