"""What goes wrong, and when: everything is drawn from the seed, request by request."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum
from random import Random


class Fault(StrEnum):
    """What the proxy does with one request."""

    NONE = "none"
    DROPPED_BEFORE = "dropped before sending"
    DROPPED_AFTER = "dropped after commit"
    ERROR = "500, not applied"
    ERROR_AFTER = "500, applied"
    THROTTLED = "throttled"
    CONFLICT = "transaction conflict"
    TRUNCATED = "truncated answer"
    LATE = "delayed past the deadline"
    LATE_KILLED = "delayed past the end of a killed function"
    KILLED_BEFORE = "SIGKILL before sending"
    KILLED_AFTER = "SIGKILL after commit"
    KILLED_ANSWERED = "SIGKILL after the answer"
    KILLED_REPORTING = "SIGKILL before the report"


# Weights where any fault may come. A throttled request waits longest, so that it is rarer.
_WEIGHTS = {
    Fault.DROPPED_BEFORE: 4,
    Fault.DROPPED_AFTER: 5,
    Fault.ERROR: 3,
    Fault.ERROR_AFTER: 3,
    Fault.THROTTLED: 3,
    Fault.CONFLICT: 7,
    Fault.TRUNCATED: 4,
    Fault.LATE: 2,
    Fault.LATE_KILLED: 3,
    Fault.KILLED_BEFORE: 2,
    Fault.KILLED_AFTER: 3,
    Fault.KILLED_ANSWERED: 2,
}
_OUTAGES = (Fault.DROPPED_BEFORE, Fault.ERROR, Fault.THROTTLED, Fault.CONFLICT)
_AMBIGUOUS = (Fault.DROPPED_AFTER, Fault.ERROR_AFTER, Fault.TRUNCATED)
# Late requests find the most mistakes, and only where much comes together.
_DEADLY = (Fault.KILLED_BEFORE, Fault.KILLED_AFTER, Fault.KILLED_ANSWERED, Fault.LATE, *[Fault.LATE_KILLED] * 4)

# By function.
DECISIVE = {
    "AnalyticsAggregator": (
        "BatchExecuteStatement",
        "UpdateItem analytics",
        "UpdateItem analytics",
        "PutItem checkpoints",
        "SendMessage",
    ),
    "NormalOrdersProcessor": ("SendMessage",),
    "OrderArchiver": ("S3.PUT", "S3.PUT", "PutItem checkpoints", "PutItem orders", "UpdateItem orders"),
    "OrderWriter": ("PutItem orders", "UpdateItem orders", "UpdateItem orders"),
    "PremiumOrdersProcessor": ("SNS", "SNS", "SendMessage"),
}

# Seconds. A short deadline leaves little but the margin, a calm one is never meant to come.
SHORT, MEDIUM, CALM = 0.45, 1.2, 30.0


@dataclass
class Plan:
    """The faults of one invocation."""

    random: Random
    deadline: float = CALM
    rate: float = 0.0
    kinds: dict[Fault, int] = field(default_factory=dict)
    # Places of requests that have a fault of their own, whatever the rate.
    fixed: dict[int, Fault] = field(default_factory=dict)
    # A fault of the first request of this kind (`refusals.point`).
    aimed: dict[str, Fault] = field(default_factory=dict)
    kills_reporting: bool = False

    def fault(self, request: int, point: str = "") -> Fault:
        if point in self.aimed:
            return self.aimed.pop(point)
        if request in self.fixed:
            return self.fixed[request]
        # Two draws for every request, so that one decision does not move the next.
        hit, choice = self.random.random(), self.random.random()
        if hit >= self.rate:
            return Fault.NONE
        return Random(choice).choices(list(self.kinds), list(self.kinds.values()))[0]


@dataclass
class Planner:
    """Plans the invocations of one environment."""

    random: Random
    # Kinds of requests that decide: what makes a batch count once, and what it changes.
    decisive: tuple[str, ...] = ()
    # Deliveries of one batch that may be disturbed; the next is calm, so that everything ends.
    patience: int = 3
    is_calm: bool = False

    def plan(self, attempt: int) -> Plan:
        own = Random(self.random.getrandbits(64))
        style = own.random()
        if self.is_calm or attempt >= self.patience or style < 0.25:
            return Plan(own)
        kills_reporting = own.random() < 0.1
        if style < 0.55:
            deadline = own.choice((SHORT, MEDIUM, MEDIUM))
            return Plan(own, deadline, own.choice((0.15, 0.3, 0.5)), _WEIGHTS, kills_reporting=kills_reporting)
        if style < 0.61:
            return Plan(own, SHORT, 1.0, {own.choice(_OUTAGES): 1})
        # Where the function lives on, it must find out what happened.
        deadline, kind = (MEDIUM, own.choice(_AMBIGUOUS)) if style < 0.75 else (SHORT, own.choice(_DEADLY))
        plan = Plan(own, deadline, kills_reporting=kills_reporting and style >= 0.75)
        if self.decisive and own.random() < 0.6:
            plan.aimed = {own.choice(self.decisive): kind}
        else:
            plan.fixed = {own.choice((0, 0, 1, 1, 2, 3, 4, 6, 9)): kind}
        return plan

    def doom(self) -> Plan:
        """A function that dies of this batch, each time at another point."""
        own = Random(self.random.getrandbits(64))
        fixed = {own.randrange(3): own.choice((Fault.KILLED_BEFORE, Fault.KILLED_AFTER, Fault.KILLED_ANSWERED))}
        return Plan(own, CALM, fixed=fixed, kills_reporting=True)


class Counts(Counter[str]):
    """How often everything occurred."""
