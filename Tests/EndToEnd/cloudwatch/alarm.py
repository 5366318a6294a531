"""When an alarm of the template goes off, by its own definition and the rules of CloudWatch's documentation.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarm-evaluation.html
https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
"""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import Any

from . import expression
from .metrics import Measurements, Metric
from .template import number

# CloudWatch looks at more periods than it evaluates, and says of how many more only that in an example they are two.
FURTHER_PERIODS = 2

COMPARISONS: dict[str, Callable[[float, float], bool]] = {
    "GreaterThanThreshold": operator.gt,
    "GreaterThanOrEqualToThreshold": operator.ge,
    "LessThanThreshold": operator.lt,
    "LessThanOrEqualToThreshold": operator.le,
}

Resolve = Callable[[Any], str]


def metrics_of(properties: Mapping[str, Any], resolve: Resolve) -> dict[str, tuple[Metric, str, int]]:
    """The metrics that an alarm reads, by id (none for a plain alarm's), each with statistic and period in minutes."""
    if "Metrics" not in properties:
        return {"": (_metric(properties, resolve), properties["Statistic"], _minutes(properties["Period"]))}
    found = {}
    for query in properties["Metrics"]:
        if stat := query.get("MetricStat"):
            found[query["Id"]] = (_metric(stat["Metric"], resolve), stat["Stat"], _minutes(stat["Period"]))
    return found


def _metric(properties: Mapping[str, Any], resolve: Resolve) -> Metric:
    dimensions = {item["Name"]: resolve(item["Value"]) for item in properties["Dimensions"]}
    return Metric.of(properties["Namespace"], properties["MetricName"], dimensions)


def _minutes(seconds: int) -> int:
    assert seconds % 60 == 0, "services of AWS measure by the minute"
    return seconds // 60


def state(properties: Mapping[str, Any], measurements: Measurements, minute: int, resolve: Resolve) -> str:
    """The state at the end of the period before that minute, for an alarm that was OK."""
    metrics = metrics_of(properties, resolve)
    (period,) = {period for _, _, period in metrics.values()}
    count = properties["EvaluationPeriods"]
    last = minute // period - 1
    looked_at = range(last - count - FURTHER_PERIODS + 1, last + 1)
    inputs = {
        name: {at: value for at, value in measurements.statistic(metric, stat, period).items() if at in looked_at}
        for name, (metric, stat, period) in metrics.items()
    }
    series = inputs[""] if "" in inputs else _result(properties["Metrics"], inputs, looked_at)
    treatment = properties["TreatMissingData"]
    # https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/API_PutMetricAlarm.html: whatever it says.
    if any(metric.namespace == "AWS/DynamoDB" for metric, _, _ in metrics.values()):
        treatment = "ignore"
    return _judge(properties, series, list(looked_at), treatment)


def _result(queries: list[dict[str, Any]], inputs: dict[str, dict[int, float]], periods: range) -> dict[int, float]:
    """The one series that the alarm watches."""
    (watched,) = [query for query in queries if query.get("ReturnData", True)]
    result = expression.evaluate(watched["Expression"], inputs, periods)
    assert isinstance(result, dict), "an alarm needs a time series"
    return result


def _judge(properties: Mapping[str, Any], series: dict[int, float], looked_at: list[int], treatment: str) -> str:
    count = properties["EvaluationPeriods"]
    needed = properties.get("DatapointsToAlarm", count)
    is_breaching = COMPARISONS[properties["ComparisonOperator"]]
    # Real values count before missing ones are made up for.
    points = [is_breaching(series[at], number(properties["Threshold"])) for at in looked_at if at in series][-count:]
    gaps = count - len(points)
    if sum(points) + gaps * (treatment == "breaching") >= needed:
        return "ALARM"
    if not gaps or treatment in ("breaching", "notBreaching"):
        return "OK"
    # What there is says that all is well, or it does not say enough.
    if points and not all(points):
        return "OK"
    if treatment == "ignore":
        return "unchanged"
    return "ALARM" if points else "INSUFFICIENT_DATA"
