"""Measures what concurrent shards cost each other on hot rows, by number of shards; prints a table.

Each shard is a bootstrap of the aggregator under a Runtime API of its own that gets its batches one after the other,
as from a backlog, and what it reports as failed once more, as a mapping does it. At the end every counter must be what
was sent.
"""

import collections
import concurrent.futures
import json
import random
import subprocess
import sys
import time
import urllib.request
from decimal import Decimal
from pathlib import Path

import services
import tables
from runtime_api import Function
from tables import Aim

import events

DYNAMODB = Path(__file__).resolve().parent.parent / "Shards/dynamodb.py"
SHARDS = (1, 4, 16)
# What the template's mapping delivers at most.
BATCH = 1_000
# Every batch touches all rows: 5 products in two currencies, both revenues, the day's total.
PRODUCTS = 5


class DynamoDB:
    """The stub, and what happened on it since its last reset."""

    def __init__(self, python, latency):
        command = [python.absolute(), DYNAMODB, "--latency", str(latency)]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        self.port = int(self.process.stdout.readline())

    def request(self, path, body=None):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", data=body) as answer:
            return json.load(answer)

    def close(self):
        self.process.terminate()
        self.process.wait()


def batches(shard, count):
    """A shard's batches, and what they add to the counters by row and attribute."""
    generator = random.Random(shard + 1)
    sums = collections.Counter()
    made = []
    for batch in range(count):
        records = []
        for index in range(batch * BATCH, (batch + 1) * BATCH):
            record = events.kinesis_record(generator, 600, PRODUCTS, index)
            record["eventID"] = f"shardId-{shard:012d}:{record['kinesis']['sequenceNumber']}"
            records.append(record)
            add_order(sums, events.data(record)["Payload"])
        made.append(records)
    return made, sums


def add_order(sums, payload):
    day = payload["createdUtc"][:10]
    amount = round(Decimal(str(payload["TotalAmount"])) * 100)
    currency = payload["Currency"]
    sums[f"ORDERS#{day}|TOTAL", "TotalOrders"] += 1
    sums[f"ORDERS#{day}|TOTAL", "SuccessfulOrders"] += 1
    sums[f"REVENUE#{day}|{currency}", "Count"] += 1
    sums[f"REVENUE#{day}|{currency}", "Value"] += amount
    quantities = [payload["Quantities"][product] for product in payload["ProductIds"]]
    shares = [amount * quantity // sum(quantities) for quantity in quantities]
    for index in range(amount - sum(shares)):
        shares[index] += 1
    for product, quantity, share in zip(payload["ProductIds"], quantities, shares, strict=True):
        row = f"PRODUCT#{day}|{product}" + ("" if currency == "USD" else f"#{currency}")
        sums[row, "OrderCount"] += 1
        sums[row, "Units"] += quantity
        sums[row, "Revenue"] += share


def counted(state):
    """The stub's counters, money in hundredths."""
    sums = collections.Counter()
    for row, attributes in state["rows"].items():
        for name, number in attributes.items():
            is_money = name in ("Value", "Revenue")
            sums[row, name] += Decimal(number) * (100 if is_money else 1)
    return sums


def deliver(function, shard_batches):
    """Seconds of each batch until all of it was counted, and the number of invocations that reported a failure."""
    seconds = []
    failures = 0
    for records in shard_batches:
        begin = time.monotonic()
        rest = records
        while rest:
            answer = json.loads(function.invoke(events.text({"Records": rest})))
            failed = [failure["itemIdentifier"] for failure in answer["batchItemFailures"]]
            if not failed:
                break
            failures += 1
            numbers = [record["kinesis"]["sequenceNumber"] for record in rest]
            rest = rest[numbers.index(failed[0]) :]
        seconds.append(time.monotonic() - begin)
    return seconds, failures


def measure(options, dynamodb, shards, mode, load):
    """One cell of the table."""
    dynamodb.request("/reset", b"")
    more = {"DEDUPLICATION": mode}
    settings = services.environment(dynamodb.port, "AnalyticsAggregator", more)
    functions = [Function([options.dist / "AnalyticsAggregator/bootstrap"], settings) for _ in range(shards)]
    begin = time.monotonic()
    with concurrent.futures.ThreadPoolExecutor(shards) as pool:
        delivered = list(pool.map(deliver, functions, [made for made, _ in load[:shards]]))
    total = time.monotonic() - begin
    for function in functions:
        function.close()
    state = dynamodb.request("/state")
    expected = sum((sums for _, sums in load[:shards]), collections.Counter())
    if counted(state) != expected:
        sys.exit(f"bench: {shards} shards counted something else than was sent")
    return {
        "shards": shards,
        "mode": mode,
        "seconds": [second for seconds, _ in delivered for second in seconds],
        "failures": sum(failures for _, failures in delivered),
        "total": total,
        **{name: state[name] for name in ("updates", "refusals", "statements", "queued", "late")},
    }


def row(result):
    seconds = result["seconds"]
    return [
        result["mode"],
        result["shards"],
        f"{result['updates']:,}",
        f"{result['refusals']:,}",
        f"{result['queued'] * 1000:.1f}",
        f"{tables.median(seconds) * 1000:,.0f} ± {tables.spread(seconds):.0%}",
        f"{max(seconds) * 1000:,.0f}",
        f"{len(seconds) * BATCH / result['total']:,.0f}",
        result["failures"],
        f"{result['late']['median'] * 1000:.1f}, {result['late']['p99'] * 1000:.1f}",
    ]


def aims(results):
    """Shards on one row wait for it a little, and nothing fails or is sent again."""
    yield Aim("invocations that reported a failure", sum(result["failures"] for result in results), 0, "at most")
    yield Aim("updates that were refused", sum(result["refusals"] for result in results), 0, "at most")


def main():
    options = tables.arguments(
        __doc__,
        *services.OPTIONS,
        ("--batches", {"type": int, "help": "of 1,000 records, for each shard; 4, or 1 with --quick"}),
        ("--latency", {"type": float, "default": 10, "help": "milliseconds that a write takes"}),
    )
    report = tables.Report("shards", "Shards", options)
    count = options.batches or (1 if options.quick else 4)
    load = [batches(shard, count) for shard in range(max(SHARDS))]
    dynamodb = DynamoDB(options.python, options.latency)
    results = []
    for shards, mode in [(shards, mode) for mode in ("event", "shard") for shards in SHARDS]:
        print(f"  {shards} shards, {mode} …", file=sys.stderr)
        results.append(measure(options, dynamodb, shards, mode, load))
    dynamodb.close()
    head = ["deduplication", "shards", "updates of rows", "refused", "ms queued at most", "ms a batch"]
    head += ["slowest", "records/s", "failed invocations", "stub late by, ms: median, p99"]
    text = (
        f"One aggregator for each shard, all at once on the same rows; writes of {options.latency:g} ms.\n\n"
        + tables.markdown(head, [row(result) for result in results])
    )
    report.finish(text, {"latency_ms": options.latency, "cells": results}, aims(results))


if __name__ == "__main__":
    main()
