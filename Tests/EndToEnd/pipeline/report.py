"""The demo's tables: what was sent, what each function did, what is stored now."""

from __future__ import annotations

import json
from collections import Counter
from decimal import Decimal

from .comparison import Check
from .observation import DEAD_LETTER_QUEUES, Item, Observation
from .queues import waiting
from .screen import DIM, GREEN, RED, Screen, shortened
from .stack import Stack
from .workload import Workload

# Of each kind of row, as many as one screen has room for.
SAMPLES = 8


def show_sent(screen: Screen, workload: Workload, orders: int) -> None:
    by_route: dict[str, Counter[str]] = {}
    for (route, kind), count in workload.kinds().items():
        by_route.setdefault(route, Counter())[kind] += count
    total = sum(sum(kinds.values()) for kinds in by_route.values())
    screen.heading("Sent", f"{orders} orders in {total} messages, seed {workload.seed}")
    rows = []
    for route, kinds in sorted(by_route.items()):
        text = ", ".join(f"{count} {kind}" for kind, count in kinds.most_common(6))
        more = len(kinds) - 6
        rows.append((route, sum(kinds.values()), shortened(text, 96) + (f" + {more} kinds" if more > 0 else "")))
    screen.table(("by", "messages", "among them"), rows, numbers=(1,))


def show_functions(screen: Screen, observed: Observation) -> None:
    screen.heading("What each function did", "records, from its own batch log lines")
    rows = []
    for function, logs in observed.logs.items():
        mean = f"{logs.milliseconds / logs.invocations:.0f} ms" if logs.invocations else "–"
        did = [f"{count} {name.replace('_', '-')}" for name, count in logs.totals().items() if count]
        rows.append((function, logs.invocations, mean, ", ".join(did) or "nothing"))
    screen.table(("function", "invocations", "mean", "records"), rows, numbers=(1, 2))


def show_analytics(screen: Screen, observed: Observation) -> None:
    rows = {key: row for key, row in observed.analytics.items() if not key[0].startswith("EVENT#")}
    claims = len(observed.analytics) - len(rows)
    screen.heading("Analytics", f"{len(rows)} rows, {claims} event claims")
    for title, names in (("ORDERS#", ("TotalOrders", "SuccessfulOrders")), ("REVENUE#", ("Count", "Value"))):
        chosen = sorted((key, row) for key, row in rows.items() if key[0].startswith(title))
        _show_rows(screen, chosen, names, 20)
        screen.line()
    products = sorted(
        ((key, row) for key, row in rows.items() if key[0].startswith("PRODUCT#")),
        key=lambda entry: (-entry[1].get("OrderCount", 0), entry[0]),
    )
    _show_rows(screen, products, ("OrderCount", "Units", "Revenue"), SAMPLES)


def _show_rows(screen: Screen, rows: list[tuple[tuple[str, str], Item]], names: tuple[str, ...], limit: int) -> None:
    table = [(*key, *(_amount(row.get(name, 0)) for name in names)) for key, row in rows[:limit]]
    screen.table(("PK", "SK", *names), table, numbers=range(2, 2 + len(names)))
    _show_rest(screen, len(rows) - limit)


def _show_rest(screen: Screen, rest: int) -> None:
    if rest > 0:
        screen.line(screen.style(f"  and {rest} more", DIM))


def _amount(value: object) -> str:
    return f"{value:,f}" if isinstance(value, Decimal) else str(value)


def show_orders(screen: Screen, observed: Observation) -> None:
    screen.heading("Orders", f"{len(observed.orders)} rows")
    chosen = [
        observed.orders[order_id] for prefix in ("T-", "K-", "O-", "PART-") for order_id in _first(observed, prefix)
    ]
    names = ("orderId", "status", "amount", "currency", "amountBand", "emailDomain", "userId", "updatedAt")
    screen.table(names, [[_cell(item.get(name)) for name in names] for item in chosen], numbers=(2,))
    _show_rest(screen, len(observed.orders) - len(chosen))


def _first(observed: Observation, prefix: str, count: int = 3) -> list[str]:
    matching = sorted(order_id for order_id in observed.orders if order_id.startswith(prefix))
    return matching[-count:]


def _cell(value: object) -> str:
    return "·" if value is None else shortened(_amount(value), 32)


def show_archive(screen: Screen, observed: Observation) -> None:
    size = sum(len(item.compressed) for item in observed.archive)
    lines = sum(item.content.count(b"\n") for item in observed.archive)
    screen.heading("Archive", f"{lines} records in {len(observed.archive)} objects, {size:,} bytes")
    rows = [
        (item.key, item.content.count(b"\n"), len(item.content), len(item.compressed))
        for item in observed.archive[:SAMPLES]
    ]
    screen.table(("key", "records", "bytes", "gzip"), rows, numbers=(1, 2, 3))
    _show_rest(screen, len(observed.archive) - SAMPLES)


def show_queues(screen: Screen, stack: Stack, observed: Observation) -> None:
    screen.heading("Queues")
    rows: list[tuple[str, int, str]] = [("OrderQueue", sum(waiting(stack, stack["OrderQueueUrl"])), "")]
    for name in DEAD_LETTER_QUEUES:
        messages = observed.dead_letters[name]
        sample = shortened(messages[0]["Body"], 88) if messages else ""
        rows.append((name.removesuffix("Url"), len(messages), sample))
    premium = shortened(_premium_sample(observed), 88)
    rows.append(("PremiumTopic, subscribed", len(observed.notifications), premium))
    screen.table(("queue", "messages", "for example"), rows, numbers=(1,))


def _premium_sample(observed: Observation) -> str:
    return json.loads(observed.notifications[0]["Body"])["Message"] if observed.notifications else ""


def show_checks(screen: Screen, checks: list[Check], limit: int = 12) -> None:
    screen.heading("Compared with what was sent", "computed independently, in exact decimals")
    for check in checks:
        if not check.differences:
            screen.line(f"  {screen.style('✓', GREEN)} {check.name:<22} {check.size}")
            continue
        screen.line(f"  {screen.style('✗', RED)} {check.name:<22} {len(check.differences)} differences")
        for difference in check.differences[:limit]:
            screen.line(f"      {difference}")
        if len(check.differences) > limit:
            screen.line(screen.style(f"      and {len(check.differences) - limit} more", DIM))
