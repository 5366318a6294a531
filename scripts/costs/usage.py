"""What one batch asks of the services, by the functions' designs.

Write units are checked against what Benchmarks/Reports/services.py counts in the bootstraps' real requests, and bytes
of log lines against lines that they write (Tests/EndToEnd/test_costs_invocations.py).
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil

# The largest event of Lambda: 6 MB, of which a record of Kinesis is base64 and some 600 bytes around it.
EVENT_BYTES = 6_000_000
RECORD_ENVELOPE_BYTES = 600
# Bytes of stored items with DynamoDB's 100 bytes for each: a claim, and an order row of one currency, one status and
# a correlation id.
CLAIM_BYTES = 390
ORDER_ROW_BYTES = 590
# A row of counters, and what it has of each shard: `at:<stream>:<shard>` of 14 to 21 characters and a number of 59.
COUNTER_ROW_BYTES = 130
POSITION_BYTES = 75
# gzip makes a quarter of an archived order, whose line adds what was understood of it.
ARCHIVED_SHARE = 0.35
# The template's rule moves archive objects above this size to Glacier Instant Retrieval.
MOVED_ABOVE_BYTES = 128 * 1024


@dataclass(frozen=True)
class LogLines:
    """Bytes a function writes to its log: a line for each batch, and what `OrderLog` adds to it for each record.

    Lines that CloudWatch makes metrics of come besides, for each batch, and whatever the log level is.
    """

    batch: int
    record: int = 0
    # Of each record in the batch's line: its message's or correlation's id.
    name: int = 0
    metrics: int = 0


LOG_LINES = {
    "AnalyticsAggregator": LogLines(batch=645, metrics=1_224, name=39),
    "OrderArchiver": LogLines(batch=619, name=39),
    "OrderWriter": LogLines(batch=457, name=39),
    "NormalOrdersProcessor": LogLines(batch=532, record=456, metrics=506),
    "PremiumOrdersProcessor": LogLines(batch=533, record=454, metrics=1_031),
    "OrderIntake": LogLines(batch=402, record=163),
}
# Metrics that the lines make, by function; those of one name are one metric, and revenue has one for each currency.
METRICS = {
    "AnalyticsAggregator": ("OrdersCounted", "Duplicates", "DeadLetters", "NewestRecordAge", "Revenue"),
    "NormalOrdersProcessor": ("DeadLetters",),
    "PremiumOrdersProcessor": ("DeadLetters", "PremiumNotifications"),
}
CURRENCIES = 1
# Lambda's own lines for an invocation, in JSON: platform.start and platform.report.
# https://docs.aws.amazon.com/lambda/latest/dg/telemetry-schema-reference.html
PLATFORM_LINES_BYTES = 600
# API Gateway's line for a request, in the template's format.
ACCESS_LINE_BYTES = 420
# CloudWatch keeps logs compressed; AWS's own examples reckon with this share.
STORED_LOG_SHARE = 0.15


# Of rows that a process of AnalyticsAggregator does not know, so many at least are looked for.
FEWEST_ROWS_READ = 3


def most_records(record_bytes: int, batch_size: int) -> int:
    """Records that fit into an event."""
    return max(1, min(batch_size, EVENT_BYTES // (record_bytes * 4 // 3 + RECORD_ENVELOPE_BYTES)))


def counter_rows(orders: float, products: int, products_an_order: int) -> float:
    """Rows that these orders of one currency and one day change: revenue, total, and products drawn at random."""
    drawn = products_an_order * orders
    return 2 + products * (1 - (1 - 1 / products) ** drawn)


def counting_units(deduplication: str, orders: float, products: int, products_an_order: int, shards: int = 1) -> float:
    """DynamoDB's write units for a batch of AnalyticsAggregator's: its checkpoint comes besides.

    A claim for each event, unless its place in the shard alone tells repetitions, and each row once, by the kilobyte: a
    row that is changed from all shards keeps a position of each.
    """
    claims = 0.0 if deduplication == "shard" else orders
    units_a_row = ceil((COUNTER_ROW_BYTES + POSITION_BYTES * shards) / 1024)
    return claims + units_a_row * counter_rows(orders, products, products_an_order)


def rows_looked_for(orders: float, batches: int, products: int, products_an_order: int) -> float:
    """Rows that a process reads in so many batches of one day, since it has not added to them before.

    Fewer than three in a batch are not worth a request, and are updated unseen.
    """
    looked_for, known = 0.0, 0.0
    for number in range(1, batches + 1):
        rows = counter_rows(number * orders, products, products_an_order)
        if rows - known >= FEWEST_ROWS_READ:
            looked_for += rows - known
        known = rows
    return looked_for
