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
# Services keep a data key for five minutes, and ask KMS for it again when it is used after that, for each caller.
KEY_PERIODS_A_MONTH = 12 * HOURS_A_MONTH
# Who uses what is encrypted by KMS: stream, topics and tables with AWS's keys as well. Lambda and Pipes read streams
# all the time.
KEY_POLLERS = {"OrderStream": 2, "OrdersTable": 2}
# The others come with the orders, one producer among them, each with the requests to KMS in five minutes of its use. A
# stream and a table ask once; of tables AWS says so on the page below, and elsewhere that they ask after five minutes
# without use. For who publishes to a topic, or sends to a queue, a key is made and then decrypted, which is two.
# https://docs.aws.amazon.com/streams/latest/dev/costs-performance.html
# https://docs.aws.amazon.com/amazondynamodb/latest/developerguide/encryption.howitworks.html
# https://docs.aws.amazon.com/sns/latest/dg/sns-key-management.html
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/SQSDeveloperGuide/sqs-key-management.html
KINESIS_PRODUCER, SNS_PRODUCER = "a producer by Kinesis", "a producer by SNS"
KEY_USERS = {
    "OrderStream": {"OrderIntake": 1, KINESIS_PRODUCER: 1},
    "OrderTopic": {SNS_PRODUCER: 2},
    "PremiumTopic": {"PremiumOrdersProcessor": 2},
    "OrdersTable": {"OrderArchiver": 1, "OrderWriter": 1},
    "AnalyticsTable": {"AnalyticsAggregator": 1},
    "CheckpointsTable": {"AnalyticsAggregator": 1, "OrderArchiver": 1},
}
# With a key of one's own these also; it is the topic that sends to the queue. The bucket's key serves "a limited time
# period" of which AWS does not say how long it is: five minutes are taken. How often a log group asks AWS does not say
# either: that is not counted. https://docs.aws.amazon.com/AmazonS3/latest/userguide/bucket-key.html
KEY_USERS_OF_OWN_KEY = {"OrderQueue": {SNS_PRODUCER: 2, "OrderWriter": 1}, "ArchiveBucket": {"OrderArchiver": 1}}
# A claim is kept for as long as a dead letter can be redriven: 14 days (AnalyticsTable.letterRetention).
LETTER_DAYS = 14


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
    metrics = business_hours(traffic)
    # A custom metric is billed by the hours in which it has a value: https://aws.amazon.com/cloudwatch/pricing/
    price = cloudwatch["custom_metric_month"] / HOURS_A_MONTH
    what = f"{len(metrics)} business numbers, by the hour"
    yield Line.busy(part, what, sum(metrics), "hours", price, *usage.METRICS)
    hours = ROUTE_METRICS * hours_of(traffic.invocations("OrderIntake"))
    what = f"{ROUTE_METRICS} detailed metrics of a route, by the hour"
    yield Line.busy(part, what, hours, "hours", price, "OrderApiStage")
    if stack.values["Tracing"] == "Active":
        for name in stack.resources("AWS::Lambda::Function"):
            invocations = traffic.invocations(name)
            # The first of each second, and one in twenty of the others.
            traces = min(invocations, SECONDS_A_MONTH) * 0.95 + invocations * 0.05
            price = prices["xray"]["million_traces"] / MILLION
            yield Line.by_order(part, f"{name}: traces", traces, "traces", price, name)


def business_hours(traffic: Traffic) -> list[float]:
    """The hours of a month in which each metric that functions' lines make has a value."""
    values: dict[str, float] = {}
    for name, metrics in usage.METRICS.items():
        if traffic.records(name) and has_metrics(traffic, name):
            for metric in metrics:
                values[metric] = values.get(metric, 0.0) + traffic.invocations(name)
    hours: list[float] = []
    for metric, times in values.items():
        hours += [hours_of(times)] * (usage.CURRENCIES if metric == "Revenue" else 1)
    return hours


def hours_of(times: float) -> float:
    """The hours of a month in which something happens that comes so many times, evenly."""
    return min(times, HOURS_A_MONTH)


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
    polling = sum(KEY_POLLERS.values()) * KEY_PERIODS_A_MONTH
    yield Line.idle(part, "data keys for who reads streams", polling, "requests", price, *KEY_POLLERS)
    users = KEY_USERS | (KEY_USERS_OF_OWN_KEY if traffic.stack.values["KmsKeyArn"] else {})
    asking = sum(
        requests * min(uses(traffic, user), KEY_PERIODS_A_MONTH)
        for callers in users.values()
        for user, requests in callers.items()
    )
    yield Line.busy(part, "data keys while orders come", asking, "requests", price, *users)


def uses(traffic: Traffic, user: str) -> float:
    """How often in a month somebody uses what he has a data key for, evenly."""
    if user == KINESIS_PRODUCER:
        return traffic.workload.streamed_a_month if traffic.workload.way == "kinesis" else 0.0
    if user == SNS_PRODUCER:
        return traffic.workload.messages_a_month
    return traffic.invocations(user)


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
