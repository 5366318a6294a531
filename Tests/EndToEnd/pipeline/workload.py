"""What is sent: messages by SNS, SQS and Kinesis, and items written to the table by somebody else."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum


class Route(StrEnum):
    SNS = "SNS"
    SQS = "SQS (raw)"
    KINESIS = "Kinesis"
    # Its body is the order's id, since the event's is made by the function.
    HTTP = "HTTP"


@dataclass(frozen=True)
class Message:
    """One message as it leaves the sender. The oracle reads `body` only; `kind` is for people."""

    route: Route
    phase: int
    kind: str
    body: bytes
    partition_key: str = "order"
    # Messages of one number, which are of one phase, go as one record of the stream, aggregated.
    aggregate: int | None = None


@dataclass(frozen=True)
class TableWrite:
    """An item put by a program that knows no derived attributes; values as in DynamoDB's API."""

    phase: int
    item: dict[str, dict[str, str]]

    @property
    def order_id(self) -> str:
        return self.item["orderId"]["S"]


@dataclass
class Workload:
    seed: int
    messages: list[Message] = field(default_factory=list)
    writes: list[TableWrite] = field(default_factory=list)

    @property
    def phases(self) -> int:
        return 1 + max([message.phase for message in self.messages] + [write.phase for write in self.writes])

    def phase(self, number: int) -> tuple[list[Message], list[TableWrite]]:
        """What may be sent in any order; a phase starts when the one before has been stored."""
        return (
            [message for message in self.messages if message.phase == number],
            [write for write in self.writes if write.phase == number],
        )

    def kinds(self) -> Counter[tuple[str, str]]:
        counts: Counter[tuple[str, str]] = Counter((message.route, message.kind) for message in self.messages)
        if self.writes:
            counts["DynamoDB", "item written by others"] = len(self.writes)
        return counts
