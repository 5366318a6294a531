"""What a stack costs by list prices: while nothing happens, and for a million orders."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from .template import Template

HOURS = 730
# Lambda polls a queue that is empty by 5 requests at a time, each of which waits for 20 s:
# https://docs.aws.amazon.com/lambda/latest/dg/services-sqs-scaling.html
EMPTY_QUEUE_REQUESTS_A_MONTH = 5 * 3600 / 20 * HOURS


def idle(template: Template, values: dict[str, str], prices: dict[str, Any]) -> dict[str, float]:
    """USD a month, by what it is for. Storage comes on top, by the GB; a key of one's own costs 1 USD."""
    kinesis, shards = prices["kinesis"], int(values["StreamShards"])
    if shards == 0:
        stream = {"the stream, on demand": kinesis["stream_hour"] * HOURS}
    else:
        hour = kinesis["shard_hour"]
        if int(values["StreamRetentionDays"]) > 1:
            hour += kinesis["extended_retention_shard_hour"]
        stream = {f"{shards} shard(s) of the stream": hour * HOURS * shards}
    kinds = [resource["Type"] for resource in template.resources.values()]
    metrics = sum(
        len([query for query in resource["Properties"].get("Metrics", [{"MetricStat": {}}]) if "MetricStat" in query])
        for resource in template.resources.values()
        if resource["Type"] == "AWS::CloudWatch::Alarm"
    )
    cloudwatch = prices["cloudwatch"]
    return stream | {
        f"{kinds.count('AWS::CloudWatch::Alarm')} alarms": metrics * cloudwatch["alarm_metric_month"],
        "the dashboard": kinds.count("AWS::CloudWatch::Dashboard") * cloudwatch["dashboard_month"],
        "asking the empty queue": EMPTY_QUEUE_REQUESTS_A_MONTH * prices["sqs"]["million_requests"] / 1_000_000,
    }


def words(root: Path, template: Template, values: dict[str, str]) -> list[str]:
    """Lines for the operator."""
    prices = json.loads((root / "Benchmarks/Reports/prices.json").read_text())
    measured = json.loads((root / "docs/benchmarks/results.json").read_text())["cost"]["orders"]
    parts = idle(template, values, prices)
    orders = [f"{row['ours']['total']:.2f} USD {name.removeprefix('an order ')}" for name, row in measured.items()]
    return [
        f"While nothing happens: {sum(parts.values()):.2f} USD a month, that is",
        *(f"  {amount:7.2f}  {name}" for name, amount in parts.items()),
        f"For a million orders: {', '.join(orders)} (docs/benchmarks.md).",
        f"List prices of {prices['region']} of {prices['written_down']}, without free tiers, storage and logs.",
    ]
