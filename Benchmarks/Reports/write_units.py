"""Counts the write units by which the aggregator counts 1,000 new orders of one product each, in its real requests.

And the requests of a later batch, once the process knows nearly all rows that there are.
"""

import base64
import json

import cost
import services
import tables
from runtime_api import Function
from tables import Aim

import events

ORDERS = 1_000
# Batches between those and the one whose requests are counted.
BATCHES_BETWEEN = 9
# Products, orders in a batch, the write units before each row was written once for a batch, what DynamoDB is to bill at
# most, and requests of a later batch at most.
WORKLOADS = [(10, 1_000, 2_288, 1_050, 60), (1_000, 1_000, 4_045, 1_700, 60), (10, 10, 3_700, 2_050, 60)]


def event(products, first, count):
    """Orders of one shard from the number `first` on, as Kinesis brings them, each of one product."""
    batch = json.loads(events.kinesis_event(first + count, 600, shop=products))
    batch["Records"] = batch["Records"][first:]
    for record in batch["Records"]:
        order = events.data(record)
        payload = order["Payload"]
        product = payload["ProductIds"][0]
        payload |= {"ProductIds": [product], "Quantities": {product: payload["Quantities"][product]}, "Currency": "USD"}
        record["kinesis"]["data"] = base64.b64encode(events.text(order)).decode()
    return events.text(batch)


def count(options, products, batch):
    """What AWS bills for all orders, in batches of that size, and the requests of a later batch."""
    file = options.work / "requests"
    file.unlink(missing_ok=True)
    stub = services.Stub(options.work / "stub", "--record", str(file))
    name = "AnalyticsAggregator"
    function = Function([options.dist / name / "bootstrap"], services.environment(stub.port, name, {}))
    for first in range(0, ORDERS, batch):
        function.invoke(event(products, first, batch))
    billed = services.billed(file.read_bytes())
    for place in range(BATCHES_BETWEEN + 1):
        stub.count()
        function.invoke(event(products, ORDERS + place * batch, batch))
    requests = stub.count()
    function.close()
    stub.close()
    return billed, requests


def share_of_reads(read_units, saved_write_units):
    """What the reads cost of what the writes that they save would."""
    prices = cost.PRICES["dynamodb"]
    return read_units * prices["million_read_units"] / (saved_write_units * prices["million_write_units"])


def main():
    options = tables.arguments(__doc__, *services.OPTIONS)
    report = tables.Report("cost", "Write units", options)
    results, rows, aims = {}, [], []
    for products, batch, before, most, most_requests in WORKLOADS:
        name = f"{products:,} products, batches of {batch:,}"
        billed, requests = count(options, products, batch)
        writes, reads = billed.get("dynamodb_write_units", 0), billed.get("dynamodb_read_units", 0)
        results[name] = billed | {"requests_of_a_batch": requests}
        rows.append([name, f"{writes:,}", f"{reads:,}", f"{cost.requests(billed, ORDERS):.2f}", f"{requests:,}"])
        aims.append(Aim(f"{name}: write units of {ORDERS:,} orders", writes, most, "at most"))
        aims.append(Aim(f"{name}: requests of a later batch", requests, most_requests, "at most"))
        share = share_of_reads(reads, before - writes)
        aims.append(Aim(f"{name}: USD of reads / of writes saved", share, 0.1, "at most"))
    head = [f"{ORDERS:,} fresh orders of one product each", "write units", "read units", "USD a million orders"]
    head.append("requests of a later batch")
    text = "Of the aggregator's requests, as the stub recorded them; DEDUPLICATION=event."
    report.finish(f"{text}\n\n{tables.markdown(head, rows)}", {"workloads": results}, aims)


if __name__ == "__main__":
    main()
