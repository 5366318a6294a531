"""CloudWatch's embedded metric format: what CloudWatch makes of a log line, by AWS's schema and AWS's own library.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/CloudWatch_Embedded_Metric_Format_Specification.html
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import jsonschema
from aws_embedded_metrics.logger.metrics_context import MetricsContext
from aws_embedded_metrics.serializers.log_serializer import LogSerializer

from .metrics import Metric

# As the specification's page publishes it. Its identifiers are those of draft 7 of JSON Schema.
SCHEMA = json.loads((Path(__file__).parent / "embedded-metric-format.schema.json").read_text())


def measurements(line: dict[str, Any]) -> Iterator[tuple[Metric, float, str]]:
    """Each metric that CloudWatch makes of a log line, with its value and its unit; none of a line without any."""
    if "_aws" not in line:
        return
    jsonschema.Draft7Validator(SCHEMA).validate(line)
    for directive in line["_aws"]["CloudWatchMetrics"]:
        written = _written_by_aws(line, directive)
        # Every member that the library writes stands in the line, with the same value; the line has others besides.
        assert written == {name: line.get(name) for name in written}
        for names in directive["Dimensions"]:
            dimensions = {name: line[name] for name in names}
            for definition in directive["Metrics"]:
                name = definition["Name"]
                yield Metric.of(directive["Namespace"], name, dimensions), line[name], definition["Unit"]


def _written_by_aws(line: dict[str, Any], directive: dict[str, Any]) -> dict[str, Any]:
    """The line that AWS's library makes of the same metrics; what CloudWatch refuses, it refuses."""
    context = MetricsContext(namespace=directive["Namespace"])
    # The library's limits on a time are CloudWatch's: at most 14 days ago, at most 2 hours ahead.
    context.set_timestamp(datetime.fromtimestamp(line["_aws"]["Timestamp"] / 1000, UTC))
    context.set_dimensions([{name: line[name] for name in names} for names in directive["Dimensions"]])
    for definition in directive["Metrics"]:
        context.put_metric(definition["Name"], line[definition["Name"]], definition["Unit"])
    [written] = LogSerializer.serialize(context)
    return json.loads(written)
