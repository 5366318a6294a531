"""Measures what concurrent shards cost each other on hot rows, by number of shards and of lanes; prints a table.

Each shard is a bootstrap of the aggregator under a Runtime API of its own that gets its batches one after the other,
as from a backlog, and what it reports as failed once more, as a mapping does it. At the end every counter must be what
was sent.
"""

import argparse
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

import handlers
import tables
from runtime_api import Function

import events

DYNAMODB = Path(__file__).resolve().parent.parent / "Lanes/dynamodb.py"
SHARDS = LANES = (1, 4, 16)
# What the template's mapping delivers at most.
BATCH = 1_000
# Every transaction touches all rows: 5 products in two currencies, both revenues, the day's total.
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
    """The stub's counters, lanes summed, money in hundredths."""
    sums = collections.Counter()
    for row, attributes in state["rows"].items():
        for name, number in attributes.items():
            is_money = name in ("Value", "Revenue")
            sums[row.split("~")[0], name] += Decimal(number) * (100 if is_money else 1)
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


def measure(options, dynamodb, shards, lanes, mode, load):
    """One cell of the table."""
    dynamodb.request("/reset", b"")
    more = {"AGGREGATE_LANES": str(lanes), "DEDUPLICATION": mode}
    settings = handlers.environment(dynamodb.port, "AnalyticsAggregator", more)
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
        sys.exit(f"bench: {shards} shards on {lanes} lanes counted something else than was sent")
    return {
        "shards": shards,
        "lanes": lanes,
        "mode": mode,
        "seconds": [second for seconds, _ in delivered for second in seconds],
        "failures": sum(failures for _, failures in delivered),
        "total": total,
        **{name: state[name] for name in ("committed", "conflicts", "late")},
    }


def row(result):
    seconds = result["seconds"]
    retries = result["conflicts"] / result["committed"]
    return [
        result["mode"],
        result["shards"],
        result["lanes"],
        f"{result['committed']:,}",
        f"{result['conflicts']:,}",
        f"{retries:.2f}",
        f"{tables.median(seconds) * 1000:,.0f} ± {tables.spread(seconds):.0%}",
        f"{max(seconds) * 1000:,.0f}",
        f"{len(seconds) * BATCH / result['total']:,.0f}",
        result["failures"],
        f"{result['late']['median'] * 1000:.1f}, {result['late']['p99'] * 1000:.1f}",
    ]


def aims(results):
    """A lane of one's own has no conflicts, and sharing one row costs time, not deliveries."""
    yield "invocations that reported a failure", sum(result["failures"] for result in results), 0, "at most"
    own = [result["conflicts"] for result in results if result["lanes"] >= result["shards"]]
    yield "conflicts where no two shards share a lane", sum(own), 0, "at most"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--work", type=Path, help="where other benchmarks build what they need; this one builds nothing"
    )
    parser.add_argument("--dist", type=Path, required=True)
    parser.add_argument("--python", type=Path, required=True, help="one that has orjson, for the stub")
    parser.add_argument("--batches", type=int, default=4, help="of 1,000 records, for each shard")
    parser.add_argument("--latency", type=float, default=10, help="milliseconds that a transaction takes")
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    machine = tables.machine()
    load = [batches(shard, options.batches) for shard in range(max(SHARDS))]
    dynamodb = DynamoDB(options.python, options.latency)
    cells = [(shards, lanes, "event") for shards in SHARDS for lanes in LANES]
    cells += [(max(SHARDS), lanes, "shard") for lanes in LANES]
    results = []
    for shards, lanes, mode in cells:
        print(f"  {shards} shards on {lanes} lanes, {mode} …", file=sys.stderr)
        results.append(measure(options, dynamodb, shards, lanes, mode, load))
    dynamodb.close()
    print(f"## Lanes\n\nTransactions of {options.latency:g} ms. {tables.describe(machine)}.\n")
    head = ["deduplication", "shards", "lanes", "transactions", "conflicts", "retries a transaction", "ms a batch"]
    head += ["slowest", "records/s", "failed invocations", "stub late by, ms: median, p99"]
    print(tables.markdown(head, [row(result) for result in results]) + "\n")
    missed = tables.verdict(aims(results))
    if options.json:
        content = {"machine": machine, "latency": options.latency, "lanes": results}
        options.json.write_text(json.dumps(content, indent=1) + "\n")
    sys.exit(1 if missed else 0)


if __name__ == "__main__":
    main()
