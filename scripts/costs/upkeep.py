"""What is paid for keeping a stack: watching it, its logs, its keys, and what it stores."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from . import usage
from .lines import Line
from .prices import GB, MILLION
from .traffic import Traffic
from .workload import DAYS_A_MONTH, HOURS_A_MONTH, SECONDS_A_MONTH

PIPES = {"NormalOrdersPipe": "NormalOrdersProcessor", "PremiumOrdersPipe": "PremiumOrdersProcessor"}
# API Gateway's detailed metrics of one route: Count, 4xx, 5xx, DataProcessed, IntegrationLatency and Latency.
ROUTE_METRICS = 6
# Services keep a data key for five minutes, and ask KMS for it again, for each caller that uses a resource.
KEY_REQUESTS_A_MONTH = 12 * HOURS_A_MONTH
# Who uses what is encrypted by KMS: stream, topics and tables with AWS's keys as well. Lambda and Pipes read streams
# all the time; the others come with the orders, producers among them.
KEY_POLLERS = {"OrderStream": 2, "OrdersTable": 2}
KEY_USERS = {
    "OrderStream": ("OrderIntake", "a producer by kinesis"),
    "OrderTopic": ("a producer by sns",),
    "PremiumTopic": ("PremiumOrdersProcessor",),
    "OrdersTable": ("OrderArchiver", "OrderWriter"),
    "AnalyticsTable": ("AnalyticsAggregator",),
    "CheckpointsTable": ("OrderArchiver",),
}
# A claim is kept for as long as a dead letter can be redriven: 14 days (AnalyticsTable.letterRetention).
LETTER_DAYS = 14
# With a key of one's own also these; log groups and the bucket have keys of their own that last longer.
KEY_USERS_OF_OWN_KEY = {"OrderQueue": ("a producer by sns", "OrderWriter"), "ArchiveBucket": ("OrderArchiver",)}


def lines(traffic: Traffic, prices: dict[str, Any]) -> list[Iterator[Line]]:
    return [part(traffic, prices) for part in (watching, logs, keys, storage)]


def metrics_of(alarm: dict[str, Any]) -> int:
    """CloudWatch bills an alarm by the metrics that it reads."""
    return sum("MetricStat" in query for query in alarm.get("Metrics", [])) or 1


def watching(traffic: Traffic, prices: dict[str, Any]) -> Iterator[Line]:
    part, cloudwatch, stack = "watching", prices["cloudwatch"], traffic.stack
    alarms = stack.resources("AWS::CloudWatch::Alarm")
    metrics = sum(metrics_of(alarm["Properties"]) for alarm in alarms.values())
    yield Line.idle(part, f"{len(alarms)} alarms", metrics, "metrics", cloudwatch["alarm_metric_month"], *alarms)
    dashboards = stack.resources("AWS::CloudWatch::Dashboard")
    count = len(dashboards)
    yield Line.idle(part, "the dashboard", count, "dashboard", cloudwatch["dashboard_month"], *dashboards)
    metrics = {
        metric
        for name, metrics in usage.METRICS.items()
        if traffic.records(name) and has_metrics(traffic, name)
        for metric in metrics
    }
    count = len(metrics) + ("Revenue" in metrics) * (usage.CURRENCIES - 1)
    price = cloudwatch["custom_metric_month"]
    yield Line.busy(part, "business numbers while orders come", count, "metrics", price, *usage.METRICS)
    if traffic.records("OrderIntake"):
        price = cloudwatch["custom_metric_month"]
        yield Line.busy(part, "detailed metrics of a route", ROUTE_METRICS, "metrics", price, "OrderApiStage")
    if stack.values["Tracing"] == "Active":
        for name in stack.resources("AWS::Lambda::Function"):
            invocations = traffic.invocations(name)
            # The first of each second, and one in twenty of the others.
            traces = min(invocations, SECONDS_A_MONTH) * 0.95 + invocations * 0.05
            price = prices["xray"]["million_traces"] / MILLION
            yield Line.by_order(part, f"{name}: traces", traces, "traces", price, name)


def has_metrics(traffic: Traffic, function: str) -> bool:
    """Whether the function's log has lines that CloudWatch makes metrics of."""
    return "POWERTOOLS_METRICS_NAMESPACE" in traffic.stack.setting(function, "Environment", "Variables")


def logs(traffic: Traffic, prices: dict[str, Any]) -> Iterator[Line]:
    for group, (whose, written) in log_bytes(traffic).items():
        yield Line.by_order("logs", f"{whose} lines", written / GB, "GB", prices["cloudwatch"]["log_gb"], group)


def log_bytes(traffic: Traffic) -> dict[str, tuple[str, float]]:
    """What is written in a month, by log group."""
    is_logged = traffic.stack.values["LogLevel"] in ("TRACE", "DEBUG", "INFO")
    has_order_lines = traffic.stack.values["OrderLog"] == "all"
    groups = {"OrderApiLogGroup": ("API Gateway's", traffic.records("OrderIntake") * usage.ACCESS_LINE_BYTES)}
    for name in traffic.stack.resources("AWS::Lambda::Function"):
        invocations = traffic.invocations(name)
        if not invocations:
            continue
        own = usage.LOG_LINES[name]
        written = invocations * usage.PLATFORM_LINES_BYTES
        if is_logged:
            written += invocations * own.batch + traffic.records(name) * own.name
            written += traffic.records(name) * own.record if has_order_lines else 0.0
        if has_metrics(traffic, name):
            written += invocations * own.metrics
        groups[f"{name}LogGroup"] = (f"{name}'s", written)
    return groups


def keys(traffic: Traffic, prices: dict[str, Any]) -> Iterator[Line]:
    part, price = "keys", prices["kms"]["million_requests"] / MILLION
    polling = sum(KEY_POLLERS.values()) * KEY_REQUESTS_A_MONTH
    yield Line.idle(part, "data keys for who reads streams", polling, "requests", price, *KEY_POLLERS)
    if traffic.workload.orders_a_month:
        users = KEY_USERS | (KEY_USERS_OF_OWN_KEY if traffic.stack.values["KmsKeyArn"] else {})
        busy = {name for name in traffic.stack.resources("AWS::Lambda::Function") if traffic.records(name) > 0}
        busy.add(f"a producer by {traffic.workload.way}")
        asking = sum(len(busy.intersection(callers)) for callers in users.values()) * KEY_REQUESTS_A_MONTH
        yield Line.busy(part, "data keys while orders come", asking, "requests", price, *users)


def storage(traffic: Traffic, prices: dict[str, Any]) -> Iterator[Line]:
    part, work, stack = "storage", traffic.workload, traffic.stack
    table = prices["dynamodb"]["gb_month"] + prices["dynamodb"]["backup_gb_month"]
    rows = work.orders_a_month * usage.ORDER_ROW_BYTES / GB
    yield Line.stored(part, "order rows with backups, in each month", rows, "GB", table, "OrdersTable")
    if stack.values["Deduplication"] != "shard":
        names = ("DEDUPLICATION_TTL_DAYS", "STREAM_RETENTION_DAYS")
        days = sum(float(stack.setting("AnalyticsAggregator", "Environment", "Variables", name)) for name in names)
        days += LETTER_DAYS
        claims = work.streamed_a_month * usage.CLAIM_BYTES / GB * days / DAYS_A_MONTH
        what = f"claims with backups, {days:.0f} days"
        yield Line.stored(part, what, claims, "GB", table, "AnalyticsTable")
    archive = work.streamed_a_month * work.record_bytes * usage.ARCHIVED_SHARE / GB
    price = prices["s3"]["gb_month"]
    yield Line.stored(part, "the archive, in each month", archive, "GB", price, "ArchiveBucket")
    days, groups = int(stack.values["LogRetentionDays"]), log_bytes(traffic)
    kept = sum(size for _, size in groups.values()) / GB * usage.STORED_LOG_SHARE * days / DAYS_A_MONTH
    price = prices["cloudwatch"]["log_gb_month"]
    yield Line.stored(part, f"logs, {days} days", kept, "GB", price, *groups)
