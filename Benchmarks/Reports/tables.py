"""What the reports share: medians with spread, Markdown tables, the machine and its load, aims, their JSON."""

import argparse
import datetime
import json
import os
import platform
import re
import statistics
import sys
import time
from dataclasses import asdict, dataclass
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
        "architecture": platform.machine(),
        "cores": os.cpu_count(),
        "kernel": platform.release(),
        "load": [round(load, 1) for load in os.getloadavg()],
    }


def describe(info):
    loads = ", ".join(str(load) for load in info["load"])
    return f"{info['date']}; {info['processor']}, {info['cores']} cores, Linux {info['kernel']}; load at start {loads}"


def median(values):
    return statistics.median(values)


def scatter(values):
    """Half the distance between the quartiles; of one value nothing is known."""
    if len(values) < 2:
        return 0.0
    low, _, high = statistics.quantiles(values, n=4)
    return (high - low) / 2


def spread(values):
    """That as a share of the median, where there are enough values for it."""
    return scatter(values) / statistics.median(values) if len(values) > 2 else 0.0


def with_spread(values, digits=1):
    return f"{median(values):,.{digits}f} ± {spread(values):.0%}"


def markdown(head, rows, texts=1):
    """A table whose first columns are text and whose others are numbers."""
    lines = ["| " + " | ".join(head) + " |", "|" + " --- |" * texts + " ---: |" * (len(head) - texts)]
    lines += ["| " + " | ".join(str(cell) for cell in row) + " |" for row in rows]
    return "\n".join(lines)


@dataclass
class Aim:
    """A measured number and its limit. No value: it could not be measured, and so is not met."""

    what: str
    value: float | None
    limit: float
    kind: str  # "at most" or "at least"

    @property
    def is_met(self):
        if self.value is None:
            return False
        return self.value <= self.limit if self.kind == "at most" else self.value >= self.limit

    def __str__(self):
        if self.is_met:
            return f"met: {self.what}: {self.value:.2f}, {self.kind} {self.limit:g}"
        if self.value is None:
            return f"**missed**: {self.what}: not measured, {self.kind} {self.limit:g}"
        share = self.value / self.limit - 1
        return f"**missed**: {self.what}: {self.value:.2f}, {self.kind} {self.limit:g} ({share:+.0%})"


def print_aims(aims):
    print("\n".join(f"- {aim}" for aim in aims))


def arguments(description, *options):
    """The command line of a report: what all take, and its own options as (name, settings)."""
    parser = argparse.ArgumentParser(description=description)
    parser.add_argument("--json", type=Path, help="every measurement, and the aims, go there")
    parser.add_argument("--quick", action="store_true", help="fewer measurements")
    for name, settings in options:
        parser.add_argument(name, **settings)
    return parser.parse_args()


class Report:
    """One benchmark's: begun before it measures, ended with what it has measured."""

    def __init__(self, name, title, options):
        self.name, self.title, self.options = name, title, options
        self.machine = machine()
        self.start = time.monotonic()

    def finish(self, text, results, aims):
        """Prints the report, writes its JSON and ends the process: with 1 if an aim is missed."""
        aims = list(aims)
        print(f"## {self.title}\n\n{text}\n\n{describe(self.machine)}.{' Quick run.' if self.options.quick else ''}\n")
        print_aims(aims)
        if self.options.json:
            document = {
                "benchmark": self.name,
                "machine": self.machine,
                "is_quick": self.options.quick,
                "seconds": round(time.monotonic() - self.start, 1),
                "aims": [{**asdict(aim), "is_met": aim.is_met} for aim in aims],
                "results": results,
            }
            write_json(self.options.json, document)
        sys.exit(0 if all(aim.is_met for aim in aims) else 1)


def rounded(value):
    """Six digits are more than any clock here has."""
    if isinstance(value, float):
        return float(f"{value:.6g}")
    if isinstance(value, dict):
        return {key: rounded(item) for key, item in value.items()}
    return [rounded(item) for item in value] if isinstance(value, list) else value


def write_json(file, document):
    """Indented, with each list of numbers on one line."""
    text = json.dumps(rounded(document), indent=1, ensure_ascii=False)
    text = re.sub(r"\[[\s\d.,e+-]+\]", lambda numbers: f"[{' '.join(numbers[0][1:-1].split())}]", text)
    file.write_text(text + "\n")
