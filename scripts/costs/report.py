"""A bill for people, and for programs."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict
from itertools import chain
from typing import Any

from .cheaper import LEAST_SHARE, LEAST_USD, Proposal, rounds, tried
from .known import unpriced
from .limits import refusals
from .lines import Bill, Kind, Line
from .model import Model
from .prices import MILLION, PRICES
from .stack import Stack
from .traffic import PIPE_POLL_SECONDS
from .workload import DAYS_A_MONTH, SECONDS_A_MONTH, Workload

BAR = 20
WHAT = 62
WAYS = {"kinesis": "by Kinesis", "http": "by HTTP", "sns": "by SNS"}
# Units of which nobody wants decimal places.
WHOLE_UNITS = ("metrics", "dashboard", "hours")


def quantity(line: Line) -> str:
    """As short as it can be told."""
    if line.unit in WHOLE_UNITS:
        return f"{line.quantity:,.0f} {line.unit}"
    for name, size in (("M ", 1e6), ("k ", 1e3)):
        if line.quantity >= size:
            return f"{line.quantity / size:,.1f} {name}{line.unit}"
    return f"{line.quantity:,.2f} {line.unit}"


def usd(value: float) -> str:
    return f"{value:,.2f}" if value >= 0.005 else "0.00" if value else "–"


def described(workload: Workload) -> str:
    """How many orders there are, and what they are like."""
    day = workload.orders_a_month / DAYS_A_MONTH
    what = f"{workload.orders_a_month:,.0f} orders a month ({day:,.0f} a day) {WAYS[workload.way]}"
    if workload.is_streamed:
        products = workload.products_an_order
        return f"{what}, {workload.order_bytes} bytes each, {products} of {workload.products:,} products in each"
    share = f"{workload.normal_share:.0%} of them normal, {workload.premium_share:.0%} premium"
    return f"{what}, {workload.messages_an_order} messages each, {share}"


def row(what: str, month: float, million: float | None, more: str = "") -> str:
    each = "" if million is None else usd(million)
    return f"{what:<{WHAT}}{usd(month):>12}{each:>10}  {more}".rstrip()


def table(bill: Bill) -> list[str]:
    """Parts with their lines, the dearest first."""
    parts = sorted(bill.parts().items(), key=lambda item: -sum(line.usd for line in item[1]))
    whole = max(bill.total(), 1e-9)
    scale = MILLION / bill.orders_a_month if bill.orders_a_month else None
    rows = [f"{'':<{WHAT}}{'USD a month':>12}{'a million':>10}"]
    for part, lines in parts:
        month = sum(line.usd for line in lines)
        orders = sum(line.usd for line in lines if line.kind is Kind.ORDERS)
        bar = "█" * round(BAR * month / whole)
        rows.append(row(part, month, orders * scale if scale and orders else None, bar))
        for line in sorted(lines, key=lambda line: -line.usd):
            if line.usd < 0.005:
                continue
            share = line.usd * scale if scale and line.kind is Kind.ORDERS else None
            rows.append(row(f"  {line.what}, {quantity(line)}"[: WHAT - 1], line.usd, share))
    return rows


def totals(bill: Bill) -> list[str]:
    rows = ["", row("whether or not orders come", bill.total(Kind.IDLE), None)]
    if bill.orders_a_month:
        rows.append(row("for the hours in which orders come", bill.total(Kind.BUSY), None))
        rows.append(row("by the order", bill.total(Kind.ORDERS), bill.per_million))
        rows.append(row("storage of a month's orders", bill.total(Kind.STORED), None))
        rows.append(row("all", bill.total(), None))
    return rows


def proposed(stack: Stack, workload: Workload) -> list[str]:
    """Cheaper settings, with what they give up."""
    rows, heading = [], "Cheaper, each by itself"
    for number, (found, changed) in enumerate(rounds(stack, workload)):
        rows += ["", heading, ""]
        for proposal in found:
            rows.append(row(f"  {proposal.parameter}={proposal.value}", proposal.saves_usd, None, proposal.gives_up))
        # Of two values for one parameter the reader is told which one counts, here and in the rounds behind.
        if number > 0 or len(found) > 1:
            bill = Model(changed, workload).bill()
            what = f"all, with {taken(found, changed)}"
            rows += ["", row(what, bill.total(), bill.per_million if workload.orders_a_month else None)]
        heading = "Cheaper then, each by itself"
    return rows or [
        "",
        f"No setting that is tried here would save {LEAST_USD:.2f} USD a month and {LEAST_SHARE:.1%} of the bill. "
        "They are of these parameters:",
        ", ".join(tried(stack, workload)),
    ]


def taken(found: list[Proposal], changed: Stack) -> str:
    """What the stack with all of a round's proposals has of them."""
    counts = Counter(proposal.parameter for proposal in found)
    chosen = [f"{name}={changed.values[name]}" for name in sorted(counts) if counts[name] > 1]
    if not chosen:
        return "all of these settings"
    return " and ".join(chosen if len(chosen) == len(counts) else [*chosen, "all of the other settings"])


def text(name: str, stack: Stack, workload: Workload) -> list[str]:
    """The whole report."""
    bill = Model(stack, workload).bill()
    others = {
        key: value for key, value in stack.values.items() if value != (stack.template.parameters[key].default or "")
    }
    settings = ", ".join(f"{key}={value}" for key, value in others.items() if key != "AlarmEmail")
    return [
        f"{name}: {settings or 'the parameters of the template'}",
        described(workload),
        *refusals(stack, workload),
        "",
        *table(bill),
        *totals(bill),
        *proposed(stack, workload),
        "",
        *left_out(stack),
        *notes(),
    ]


def summary(stack: Stack) -> list[str]:
    """What scripts/deploy --dry-run says of it."""
    idle = Model(stack, Workload(0)).bill()
    lines = [f"While nothing happens: {idle.total():.2f} USD a month, that is"]
    lines += [f"  {line.usd:7.2f}  {line.what}" for line in sorted(idle.lines, key=lambda line: -line.usd)]
    for way, words in WAYS.items():
        works = [Workload(orders, way) for orders in (MILLION, MILLION * DAYS_A_MONTH)]
        month, day = (Model(stack, work).bill() for work in works)
        lines += [
            f"A million orders {words}: {month.per_million:.2f} USD if they come in a month, {day.per_million:.2f} in "
            f"a day, besides up to {month.total(Kind.BUSY):.2f} a month by the hours in which any come",
            *(f"  in a day: {refusal}" for refusal in refusals(stack, works[1])),
        ]
    return [
        *lines,
        *left_out(stack),
        f"List prices of {PRICES['region']} of {PRICES['written_down']}; `scripts/orders cost` shows all of it.",
    ]


def left_out(stack: Stack) -> list[str]:
    """What the template has and the model does not know."""
    names = unpriced(stack.template)
    return [f"Not in it, as scripts/costs does not know what they cost: {', '.join(names)}"] if names else []


def notes() -> list[str]:
    """What a reader has to know to trust the numbers."""
    return [
        f"List prices of {PRICES['region']}, {PRICES['written_down']} (scripts/costs/prices.json), without free tiers.",
        "Orders come evenly; those that come in bunches share their batches and cost less. Not in it: transfer,",
        "subscribers, queries, what fails. AWS says that reading a table's stream is free for Lambda, and nothing of a",
        f"Pipe: if it is billed, the two Pipes' polling costs {usd(pipe_polling(1))} a month for each shard of that",
        "stream, idle or not.",
    ]


def pipe_polling(shards: int) -> float:
    """USD a month for the two Pipes' reads of the table's stream, four a second and shard."""
    return 2 * shards * SECONDS_A_MONTH / PIPE_POLL_SECONDS * PRICES["dynamodb"]["million_stream_reads"] / MILLION


def document(name: str, stack: Stack, workload: Workload) -> dict[str, Any]:
    """The same for programs."""
    bill = Model(stack, workload).bill()
    found = list(rounds(stack, workload))
    cheaper = [[asdict(proposal) for proposal in proposals] for proposals, _ in found]
    changed = found[-1][1] if found else stack
    return {
        "stack": name,
        "region": PRICES["region"],
        "pricesWrittenDown": PRICES["written_down"],
        "currency": PRICES["currency"],
        "parameters": {key: value for key, value in stack.values.items() if key != "AlarmEmail"},
        "workload": asdict(workload),
        "refusals": refusals(stack, workload),
        "month": {
            "idle": bill.total(Kind.IDLE),
            "busy": bill.total(Kind.BUSY),
            "orders": bill.total(Kind.ORDERS),
            "stored": bill.total(Kind.STORED),
            "total": bill.total(),
        },
        "perMillionOrders": bill.per_million,
        "lines": [asdict(line) for line in bill.lines],
        "cheaper": cheaper[0] if cheaper else [],
        "cheaperThen": [proposal for proposals in cheaper[1:] for proposal in proposals],
        "allCheaper": {each["parameter"]: changed.values[each["parameter"]] for each in chain(*cheaper)},
        "monthWithAllCheaper": Model(changed, workload).bill().total(),
    }
