"""What the deployed functions log as metrics is what CloudWatch's specification wants, and the numbers are right."""

from __future__ import annotations

import time
from collections import defaultdict
from typing import Any

import jsonschema
import pytest
from aws_embedded_metrics.exceptions import InvalidDimensionError, InvalidMetricError, InvalidTimestampError

from cloudwatch.embedded import measurements
from cloudwatch.metrics import LOGGED, OWN_NAMESPACE, Metric
from pipeline.functionlogs import FunctionLogs
from pipeline.stack import Stack
from support import eventually, image, invoke, kinesis_event, stream_record


def measured(stack: Stack, function: str) -> dict[Metric, list[float]]:
    """Every value of each metric that the function has logged so far."""
    found: dict[Metric, list[float]] = defaultdict(list)
    for line in FunctionLogs.read(stack, stack.log_groups[function]).lines:
        for metric, value, _ in measurements(line):
            found[metric].append(value)
    return found


def own(stack: Stack, name: str, **dimensions: str) -> Metric:
    # The service is the stack's name, whatever that is here.
    service = stack.client("lambda").get_function_configuration(FunctionName=stack.function_name("OrderWriter"))
    variables = service["Environment"]["Variables"]
    return Metric.of(OWN_NAMESPACE, name, {"service": variables["POWERTOOLS_SERVICE_NAME"]} | dimensions)


def sale(order_id: str, amount: str, currency: str) -> bytes:
    members = f'"Payload":{{"OrderId":"{order_id}","TotalAmount":{amount},"Currency":"{currency}"}}'
    head = f'"MessageId":"{order_id}","OccurredUtc":"2025-08-27T10:00:00Z","Type":"OrderCreatedV1","Version":1'
    return f"{{{head},{members}}}".encode()


def test_the_business_numbers_of_a_batch_are_metrics(stack: Stack, order_id: str, shard: str) -> None:
    before = measured(stack, "AnalyticsAggregator")
    records = [
        sale(f"{order_id}-1", "100.25", "EUR"),
        sale(f"{order_id}-2", "0.50", "EUR"),
        sale(f"{order_id}-2", "0.50", "EUR"),
        sale(f"{order_id}-3", "7", "JPY"),
        # Well-formed, and no currency: the sum of all such is one metric.
        sale(f"{order_id}-4", "1", "QQQ"),
        sale(f"{order_id}-5", "2", "ZZA"),
        b"no JSON",
    ]
    answer, error = invoke(stack, "AnalyticsAggregator", kinesis_event(records, shard))
    assert (answer["batchItemFailures"], error) == ([], None)

    revenue = own(stack, "Revenue", currency="other")
    eventually(lambda: len(measured(stack, "AnalyticsAggregator")[revenue]) > len(before[revenue]), "the metrics")
    after = measured(stack, "AnalyticsAggregator")
    new = {metric: values[len(before[metric]) :] for metric, values in after.items()}
    # Other tests' records may be counted meanwhile, whose lines are among the new ones.
    assert 100.75 in new[own(stack, "Revenue", currency="EUR")]
    assert 7 in new[own(stack, "Revenue", currency="JPY")]
    assert 3 in new[revenue]
    for name, value in (("OrdersCounted", 5), ("Duplicates", 1), ("DeadLetters", 1)):
        assert value in new[own(stack, name)], name
    # The records came in August 2025, by their event.
    assert max(new[own(stack, "NewestRecordAge")]) > 86_400_000
    assert not [metric for metric in new if dict(metric.dimensions).get("currency") in ("QQQ", "ZZA")]


def test_a_notification_and_a_dead_letter_of_a_processor_are_metrics(stack: Stack, order_id: str) -> None:
    function = "PremiumOrdersProcessor"
    before = measured(stack, function)
    poison = image(f"{order_id}-bad", "shipped", None) | {"amount": {"S": "a lot"}}
    changes = [
        stream_record(order_id, "MODIFY", image(order_id, "shipped", "1500"), image(order_id, "pending", "1500")),
        stream_record(f"{order_id}-bad", "MODIFY", poison, image(f"{order_id}-bad", "pending", None), number=2),
    ]
    answer, error = invoke(stack, function, changes)
    assert (answer["batchItemFailures"], error) == ([], None)
    sent, letters = own(stack, "PremiumNotifications"), own(stack, "DeadLetters")
    eventually(lambda: len(measured(stack, function)[sent]) > len(before[sent]), "the metrics")
    after = measured(stack, function)
    assert 1 in after[sent][len(before[sent]) :]
    assert 1 in after[letters][len(before[letters]) :]


def test_every_metric_that_the_functions_are_said_to_log_is_logged(stack: Stack, order_id: str, shard: str) -> None:
    invoke(stack, "AnalyticsAggregator", kinesis_event([sale(order_id, "1", "EUR")], shard))
    change = stream_record(order_id, "MODIFY", image(order_id, "shipped", "1500"), image(order_id, "pending", "1500"))
    for function in ("NormalOrdersProcessor", "PremiumOrdersProcessor"):
        invoke(stack, function, [change])
    wanted = {(name, dimensions) for dimensions, names in LOGGED.items() for name in names}

    def logged() -> set[tuple[str, tuple[str, ...]]]:
        return {
            (metric.name, tuple(name for name, _ in metric.dimensions))
            for function in ("AnalyticsAggregator", "NormalOrdersProcessor", "PremiumOrdersProcessor")
            for metric in measured(stack, function)
        }

    eventually(lambda: logged() >= wanted, "every metric")
    assert logged() == wanted


def line_of(unit: str = "Count", value: object = 1, age: float = 0, service: str = "s") -> Any:
    metric = {"Namespace": "N", "Dimensions": [["service"]], "Metrics": [{"Name": "M", "Unit": unit}]}
    metadata = {"Timestamp": round((time.time() - age) * 1000), "CloudWatchMetrics": [metric]}
    return {"_aws": metadata, "service": service, "M": value}


def test_a_line_that_cloudwatch_takes_is_read() -> None:
    assert list(measurements(line_of(value=2.5))) == [(Metric.of("N", "M", {"service": "s"}), 2.5, "Count")]


@pytest.mark.parametrize(
    ("line", "error"),
    [
        (line_of(unit="Pieces"), jsonschema.ValidationError),
        (line_of() | {"_aws": {"CloudWatchMetrics": []}}, jsonschema.ValidationError),
        (line_of() | {"_aws": {"Timestamp": 1}}, jsonschema.ValidationError),
        (line_of(value="1"), TypeError),
        (line_of(value=float("inf")), InvalidMetricError),
        (line_of(service=" "), InvalidDimensionError),
        (line_of(age=15 * 86_400), InvalidTimestampError),
    ],
    ids=["unit", "no time", "no metrics", "text", "infinite", "empty dimension", "old"],
)
def test_a_line_that_cloudwatch_does_not_take_is_found(line: dict[str, Any], error: type[Exception]) -> None:
    with pytest.raises(error):
        list(measurements(line))
