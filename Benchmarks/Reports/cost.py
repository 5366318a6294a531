"""What a million orders cost at published prices, from what handlers.py and cold.py have measured."""

import sys
from math import ceil
from pathlib import Path

import tables

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "scripts"))

from costs import duration, measured
from costs.prices import GB, MILLION, PRICES, unit_price

# A record of the benchmarks' events; Kinesis counts what comes in by whole KB.
RECORD_BYTES = 600
# What an order meets on its way, with the batches that are nearest to the template's: 1,000 records of Kinesis, 10
# messages of SQS, 100 changes of a Pipe; each order as one record, one message, and one change for either Pipe.
PATHS = {
    "by Kinesis": ("kinesis", ["aggregator, 1,000 products", "archiver, 1 MB"]),
    "by SNS": ("sns", ["writer, 10 messages", "normal processor", "premium processor"]),
}


def intake(source):
    """USD for a million orders that come in."""
    if source == "kinesis":
        return MILLION * ceil(RECORD_BYTES / 1024) * 1024 / GB * PRICES["kinesis"]["gb_in"]
    # A publication each. What SNS sends on to the queue is SQS's request, and in the delivery.
    return PRICES["sns"]["million_requests"]


def delivery(function):
    """USD for what brings a million records to a function."""
    match function:
        case "AnalyticsAggregator" | "OrderArchiver":
            return MILLION * RECORD_BYTES / GB * PRICES["kinesis"]["gb_out"]
        case "OrderIntake":
            return PRICES["apigateway"]["million_requests"]
        case "OrderWriter":
            # SNS sends each message to the queue; Lambda's poller receives ten of them and deletes them.
            return (1 + 2 / 10) * PRICES["sqs"]["million_requests"]
        case _:
            # As if each record were a request of its own; only those that pass the filters cost anything.
            return PRICES["pipes"]["million_requests"]


def requests(billed, records):
    """USD for what the invocations over a million records ask of the services."""
    return sum(unit_price(unit) * amount for unit, amount in billed.items()) * MILLION / records


def least_waiting(side, function, latency):
    """Milliseconds that an invocation waits at least: for its rounds of requests, one after the other."""
    # Python's aggregator keeps no checkpoint.
    has_less = side == "python" and function == "AnalyticsAggregator"
    return (measured.ROUNDS[function] - has_less) * latency


def is_vague(waiting, least):
    """Whether what was measured is noise: it varies by more than its median, though there are requests to wait for."""
    return least > 0 and tables.scatter(waiting) > tables.median(waiting)


def compute(side, records, start, gb_second, least):
    """The memory size in MB, the billed ms of an invocation and of what a start adds, USD for a million records."""
    memory = max(duration.LEAST_MB, ceil(side["peak_mb"]))
    waiting = max(least, tables.median(side["waiting_ms"]))
    warm = duration.invocation_ms(memory, tables.median(side["cpu_us"]) * records / 1000, waiting)
    cold = duration.start_ms(memory, *(tables.median(start[key]) for key in ("next_cpu_ms", "first_cpu_ms")))
    usd = duration.usd(memory, warm, cold, gb_second) * MILLION / records
    vague = is_vague(side["waiting_ms"], least)
    return {"memory_mb": memory, "warm_ms": warm, "is_vague": vague, "cold_ms": cold, "usd": usd}


def row(case, starts, gb_second, latency):
    records = case["records"]
    result = {
        "invocations": PRICES["lambda"]["million_requests"] / records,
        "delivery": delivery(case["function"]),
    }
    for side in ("ours", "python"):
        least = least_waiting(side, case["function"], latency)
        computed = compute(case[side], records, starts[case["function"]][side], gb_second, least)
        asked = requests(case[side]["billed"], records)
        total = computed["usd"] + asked + result["invocations"] + result["delivery"]
        result[side] = {**computed, "requests": asked, "total": total}
    return result


def total(rows, source, names):
    """Both sides of a path: duration, and all of it."""
    result = {"intake": intake(source)}
    for side in ("ours", "python"):
        duration = sum(rows[name][side]["usd"] for name in names)
        result[side] = {"usd": duration, "total": result["intake"] + sum(rows[name][side]["total"] for name in names)}
    return result


def costs(handlers, cold):
    """Everything that the tables and the plot show, in USD per million orders."""
    gb_second = PRICES["lambda"]["gb_second"][handlers["machine"]["architecture"]]
    cases, latency = (handlers["results"][key] for key in ("cases", "latency_ms"))
    starts = cold["results"]["starts"]
    rows = {name: row(case, starts, gb_second, latency) for name, case in cases.items() if "python" in case}
    totals = {f"an order {path}": total(rows, source, names) for path, (source, names) in PATHS.items()}
    return {"gb_second": gb_second, "cold_share": duration.COLD_SHARE, "functions": rows, "orders": totals}


def money(value):
    return f"{value:.4f}" if value < 0.1 else f"{value:.2f}"


def amounts(result):
    """Duration on both sides, the rest, all of it on both sides, and their ratios."""
    ours, python = result["ours"], result["python"]
    rest = [money(side["total"] - side["usd"]) for side in (ours, python)]
    return [
        money(ours["usd"]),
        money(python["usd"]),
        f"{python['usd'] / ours['usd']:.1f} ×",
        rest[0] if rest[0] == rest[1] else " / ".join(rest),
        money(ours["total"]),
        money(python["total"]),
        f"{python['total'] / ours['total']:.2f} ×",
    ]


# Stands behind a billed duration whose waiting could not be measured.
VAGUE = "†"


def cell(side, key):
    mark = f" {VAGUE}" if key == "warm_ms" and side["is_vague"] else ""
    return f"{side[key]:,}{mark}"


def markdown(result):
    head = ["USD per million orders", "Lambda duration: ours", "Python", "ratio", "all else (ours / Python)"]
    head += ["total: ours", "Python", "ratio"]
    rows = [[name, *amounts(item)] for part in ("functions", "orders") for name, item in result[part].items()]
    keys = ("memory_mb", "warm_ms", "cold_ms")
    billed = [
        [name, *(cell(item[side], key) for key in keys for side in ("ours", "python"))]
        for name, item in result["functions"].items()
    ]
    columns = ["billed", "MB: ours", "Python", "ms an event: ours", "Python", "ms a start adds: ours", "Python"]
    is_vague = any(item[side]["is_vague"] for item in result["functions"].values() for side in ("ours", "python"))
    note = [f"{VAGUE} The waiting in it varied by more than its median: take it for a guess."] if is_vague else []
    return "\n\n".join(
        [
            f"Prices of {PRICES['region']}, written down on {PRICES['written_down']} "
            "(`scripts/costs/prices.json`); "
            f"{result['gb_second']:.10f} USD a GB-second; {result['cold_share']:.0%} of the invocations are starts.",
            tables.markdown(head, rows),
            tables.markdown(columns, billed),
            *note,
        ]
    )
