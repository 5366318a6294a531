"""What AWS has and ministack does not: alarms by metric math, and the conditions of a write to S3."""

from __future__ import annotations

from typing import Any

from ministack.core import iam_actions
from ministack.services.cloudformation import provisioners


def take_metric_math_of_templates() -> None:
    """ministack refuses a template whose alarms have `Metrics`: they are kept like the others, which nothing feeds."""
    original = provisioners._cw_metric_alarm_record

    def record(name: str, properties: dict[str, Any]) -> dict[str, Any]:
        queries = properties.get("Metrics")
        if not queries:
            return original(name, properties)
        metric = next(query["MetricStat"]["Metric"] for query in queries if "MetricStat" in query)
        alarm = original(name, {key: value for key, value in properties.items() if key != "Metrics"} | metric)
        # One that evaluates the metric instead of the expression would say something else than is meant.
        for key in ("MetricName", "Namespace", "Statistic", "Period", "Dimensions"):
            alarm.pop(key)
        return alarm | {"Metrics": queries}

    provisioners._cw_metric_alarm_record = record


def know_conditions_of_writes() -> None:
    """`s3:if-none-match` and `s3:ObjectCreationOperation`: a bucket's policy keeps objects from being replaced.

    https://docs.aws.amazon.com/AmazonS3/latest/userguide/conditional-writes-enforce.html
    """
    original = iam_actions._s3_object_context

    def context(action: str, query: dict[str, Any], path: str, headers: dict[str, str]) -> dict[str, Any]:
        found = original(action, query, path, headers)
        if action != "s3:PutObject":
            return found
        # Parts of an upload and its beginning make no object.
        makes_object = "partNumber" not in query and "uploads" not in query
        found["s3:objectcreationoperation"] = str(makes_object).lower()
        condition = {name.lower(): value for name, value in headers.items()}.get("if-none-match")
        return found | ({"s3:if-none-match": condition} if condition else {})

    iam_actions._s3_object_context = context
