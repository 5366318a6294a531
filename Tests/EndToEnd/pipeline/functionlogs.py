"""What a function says about itself: its JSON log lines and Lambda's own REPORT lines."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from .stack import Stack


@dataclass
class FunctionLogs:
    """One reading of a log group."""

    lines: list[dict[str, Any]] = field(default_factory=list)
    texts: list[str] = field(default_factory=list)
    invocations: int = 0
    milliseconds: int = 0

    @classmethod
    def read(cls, stack: Stack, group: str) -> FunctionLogs:
        """Empty for a group that does not exist yet: its function has not run."""
        read = cls()
        logs = stack.client("logs")
        try:
            for page in logs.get_paginator("filter_log_events").paginate(logGroupName=group):
                for event in page["events"]:
                    read._add(event["message"].strip())
        except logs.exceptions.ResourceNotFoundException:
            pass
        return read

    def _add(self, text: str) -> None:
        if text.startswith("REPORT RequestId:"):
            self.invocations += 1
            self.milliseconds += int(float(text.partition("\tDuration: ")[2].partition(" ms")[0] or 0))
        elif text.startswith("{"):
            try:
                self.lines.append(json.loads(text))
            except ValueError:
                self.texts.append(text)
        elif not text.startswith(("START RequestId:", "END RequestId:")):
            self.texts.append(text)

    @property
    def errors(self) -> list[dict[str, Any]]:
        return [line for line in self.lines if line.get("level") in ("ERROR", "FATAL")]

    def totals(self) -> Counter[str]:
        """The batch lines summed: every whole number in a line that says how many records were read."""
        totals: Counter[str] = Counter()
        for line in self.lines:
            if "read" in line:
                numbers = {name: value for name, value in line.items() if type(value) is int}
                totals.update({name: value for name, value in numbers.items() if not name.startswith("function_")})
        return totals

    def processed_orders(self) -> Counter[str]:
        """How many changes of each order were processed; a change that came again counts once."""
        changes = {
            (str(line["order_id"]), line["event_id"])
            for line in self.lines
            if line.get("message") == "normal order processed"
        }
        return Counter(order_id for order_id, _ in changes)
