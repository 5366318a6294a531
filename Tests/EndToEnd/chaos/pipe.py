"""A Pipe on a DynamoDB stream: changes to a function, its failures again, the rest to a dead-letter queue."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

from .environment import Environment, Outcome
from .faults import Counts, Planner

GREATEST_BATCH = 10
# Five retries, as in the template.
MAXIMUM_DELIVERIES = 6

Change = dict[str, Any]


@dataclass
class Pipe:
    environment: Environment
    changes: Sequence[Change]
    random: Random
    planner: Planner
    counts: Counts
    # Event ids of changes that kill their function.
    doomed: frozenset[str] = frozenset()
    # What the Pipe itself gave up, as its notes say: from and to which sequence number.
    notes: list[tuple[str, str]] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    async def run(self) -> None:
        position = 0
        while position < len(self.changes):
            end = min(position + self.random.randint(1, GREATEST_BATCH), len(self.changes))
            await self._handle(list(self.changes[position:end]))
            position = end
            if self.random.random() < 0.1:
                self.counts["rewinds: a batch again although it was done"] += 1
                position = self.random.randint(max(0, position - GREATEST_BATCH), position)

    async def _handle(self, batch: list[Change]) -> None:
        """AUTOMATIC_BISECT: a batch that fails as a whole is halved; splitting does not consume retries."""
        parts = [(batch, 0)]
        while parts:
            batch, attempts = parts.pop()
            is_doomed = any(change["eventID"] in self.doomed for change in batch)
            plan = self.planner.doom() if is_doomed else self.planner.plan(attempts)
            rest = self._failed(await self.environment.invoke(list(batch), plan), batch)
            if not rest:
                continue
            if len(rest) < len(batch):
                self.counts["partial failures"] += 1
            if len(rest) == len(batch) > 1:
                self.counts["bisections"] += 1
                middle = len(rest) // 2
                parts += [(rest[middle:], attempts), (rest[:middle], attempts)]
            elif attempts + 1 < MAXIMUM_DELIVERIES:
                parts.append((rest, attempts + 1))
            else:
                self.counts["batches given up by a Pipe"] += 1
                first, last = (rest[place]["dynamodb"]["SequenceNumber"] for place in (0, -1))
                self.notes.append((first, last))

    def _failed(self, outcome: Outcome, batch: list[Change]) -> list[Change]:
        identifiers = outcome.failed_identifiers
        if identifiers is None:
            return batch
        known = {change["eventID"] for change in batch}
        if unknown := set(identifiers) - known:
            self.complaints.append(f"{outcome.request_id} reported {unknown}, which was not in its batch")
            return batch
        return [change for change in batch if change["eventID"] in identifiers]
