"""Each alarm of the template goes off in the situation it is for, and in no other: evaluated as CloudWatch would."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterator
from typing import Any

import pytest

from cloudwatch import alarm, logfilter
from cloudwatch.metrics import FILTERED, OWN_NAMESPACE, Measurements, Metric
from cloudwatch.situations import SITUATIONS, all_is_well, nothing_happens
from cloudwatch.template import TEMPLATE, number, resolve, resources
from pipeline.stack import ROOT

ALARMS = resources("AWS::CloudWatch::Alarm")
END = 60


def state(properties: dict[str, Any], measurements: Measurements) -> str:
    return alarm.state(properties, measurements, END, resolve)


def in_situation(name: str) -> Measurements:
    measurements = all_is_well()
    SITUATIONS[name](measurements)
    return measurements


def test_every_alarm_has_its_situation() -> None:
    assert SITUATIONS.keys() == ALARMS.keys()


@pytest.mark.parametrize("name", ALARMS)
def test_an_alarm_goes_off_in_its_situation(name: str) -> None:
    assert state(ALARMS[name], in_situation(name)) == "ALARM"


@pytest.mark.parametrize("name", ALARMS)
def test_no_other_alarm_goes_off_in_its_situation(name: str) -> None:
    told = {other for other, properties in ALARMS.items() if state(properties, in_situation(name)) == "ALARM"}
    assert told == {name}


@pytest.mark.parametrize("measurements", [all_is_well(), nothing_happens()], ids=["orders", "none"])
def test_no_alarm_goes_off_when_all_is_well(measurements: Measurements) -> None:
    assert {name for name, properties in ALARMS.items() if state(properties, measurements) == "ALARM"} == set()


def misspelt() -> Iterator[tuple[str, str, dict[str, Any]]]:
    """Each alarm with each of its metrics' names a little wrong."""
    for name, properties in ALARMS.items():
        for query in properties.get("Metrics", [properties]):
            metric = query.get("MetricStat", {}).get("Metric", query).get("MetricName")
            if metric is None:
                continue
            changed = copy.deepcopy(properties)
            for other in changed.get("Metrics", [changed]):
                place = other.get("MetricStat", {}).get("Metric", other)
                if place.get("MetricName") == metric:
                    place["MetricName"] = metric + "s"
            yield name, metric, changed


MISSPELT = list(misspelt())


@pytest.mark.parametrize(
    ("name", "metric", "changed"), MISSPELT, ids=[f"{name}-{metric}" for name, metric, _ in MISSPELT]
)
def test_an_alarm_on_a_misspelt_metric_is_found_out(name: str, metric: str, changed: dict[str, Any]) -> None:
    """It is silent in its situation, or goes off when all is well."""
    assert state(changed, in_situation(name)) != "ALARM" or state(changed, all_is_well()) == "ALARM"


@pytest.mark.parametrize("name", ALARMS)
def test_an_alarm_reads_what_aws_emits(name: str) -> None:
    for metric, _, _ in alarm.metrics_of(ALARMS[name], resolve).values():
        assert metric.is_documented, metric


@pytest.mark.parametrize("name", ["AnalyticsAggregatorIdleAlarm", "OrderArchiverIdleAlarm", "OrderWriterIdleAlarm"])
def test_a_function_that_is_not_invoked_is_told_of_by_a_single_order(name: str) -> None:
    measurements = Measurements()
    if name.startswith("OrderWriter"):
        measurements.put("AWS/SQS", "NumberOfMessagesSent", ("QueueName", "OrderQueue"), 1, [40])
    else:
        measurements.put("AWS/Kinesis", "IncomingRecords", ("StreamName", "OrderStream"), 1, [40])
    assert state(ALARMS[name], measurements) == "ALARM"
    # The batch is gathered for up to five minutes, and an invocation is measured late.
    function = name.removesuffix("IdleAlarm")
    measurements.put("AWS/Lambda", "Invocations", ("FunctionName", function), 1, [46])
    assert state(ALARMS[name], measurements) == "OK"


@pytest.mark.parametrize("name", ["AnalyticsAggregatorExpiryAlarm", "OrderArchiverExpiryAlarm"])
@pytest.mark.parametrize("days", TEMPLATE.parameters["StreamRetentionDays"].definition["AllowedValues"])
def test_an_age_is_told_of_when_half_of_the_retention_is_over(name: str, days: int) -> None:
    assert number(ALARMS[name]["Threshold"], StreamRetentionDays=str(days)) == days * 86_400_000 / 2


@pytest.mark.parametrize("table", ["OrdersTable", "AnalyticsTable", "CheckpointsTable"])
def test_a_table_is_well_again_after_its_last_throttled_write(table: str) -> None:
    """An alarm on AWS/DynamoDB stays as it is while nothing is measured, as when no write is throttled any more."""
    measurements = all_is_well()
    measurements.put("AWS/DynamoDB", "WriteThrottleEvents", ("TableName", table), 9, range(30, 40))
    properties = ALARMS[f"{table}ThrottlesAlarm"]
    assert alarm.state(properties, measurements, 40, resolve) == "ALARM"
    assert state(properties, measurements) == "OK"
    plain = {key: value for key, value in properties.items() if key != "Metrics"}
    plain |= properties["Metrics"][1]["MetricStat"]["Metric"] | {"Statistic": "Sum", "Period": 300}
    assert state(plain, measurements) == "unchanged"


# As OrderIntake writes it where it puts one order of a batch and not the others.
NOT_STORED = {
    "level": "ERROR", "message": "events not stored", "timestamp": "2025-08-27T18:08:00.648Z", "service": "StackName",
    "function_name": "StackName-OrderIntake", "reason": "InternalFailure", "events": 2, "requests": 3,
}  # fmt: skip


def test_orders_that_are_not_stored_are_measured_by_the_metric_that_the_alarm_reads() -> None:
    [(metric, _, _)] = alarm.metrics_of(ALARMS["OrderIntakeNotStoredAlarm"], resolve).values()
    assert list(logfilter.measurements("OrderIntake", NOT_STORED)) == [(metric, 2)]


@pytest.mark.parametrize(
    ("function", "changed"),
    [
        # The stream was only full.
        ("OrderIntake", {"level": "WARN"}),
        ("OrderIntake", {"level": "INFO", "message": "orders taken"}),
        ("OrderIntake", {"message": "Events not stored"}),
        ("OrderWriter", {}),
    ],
    ids=["throttled", "taken", "another message", "another function"],
)
def test_no_other_line_is_measured(function: str, changed: dict[str, Any]) -> None:
    assert list(logfilter.measurements(function, NOT_STORED | changed)) == []


def test_the_line_is_the_one_that_orderintake_writes() -> None:
    source = (ROOT / "Sources/OrderFunctions/OrderIntake/EventStream.swift").read_text()
    assert re.findall(r'logger\.(\w+)\("events not stored", fields\)', source) == ["error", "warn"]
    [fields] = re.findall(r"let fields: KeyValuePairs<String, LogValue> = \[(.*?)\n +\]", source, re.DOTALL)
    assert dict(re.findall(r'"(\w+)": \.(\w+)\(', fields)) == {
        "reason": "string", "events": "integer", "requests": "integer",
    }  # fmt: skip


@pytest.mark.parametrize("name", logfilter.FILTERS)
def test_a_filter_makes_a_metric_that_cloudwatch_takes(name: str) -> None:
    """Values come from members that the pattern names, and one with dimensions has no default value."""
    properties = logfilter.FILTERS[name]
    assert logfilter.taken(properties) <= logfilter.members(properties)
    assert all("DefaultValue" not in made for made in properties["MetricTransformations"])
    # A pattern that is not of this group's lines would go unnoticed; the service is the stack's name.
    function = resolve(properties["LogGroupName"]).removesuffix("LogGroup")
    variables = resources("AWS::Lambda::Function")[function]["Environment"]["Variables"]
    assert resolve(variables["POWERTOOLS_SERVICE_NAME"]) == "StackName"


def test_the_filters_make_the_metrics_that_alarms_may_read() -> None:
    made = [item for properties in logfilter.FILTERS.values() for item in properties["MetricTransformations"]]
    assert {item["MetricName"] for item in made} == FILTERED
    assert all(Metric.of(OWN_NAMESPACE, name, {"service": "StackName"}).is_documented for name in FILTERED)


@pytest.mark.parametrize("name", ALARMS)
def test_an_alarm_says_so_when_it_is_over_to_whom_it_told_it(name: str) -> None:
    receivers = [
        {"Fn::If": ["HasAlarmEmail", {"Ref": "AlarmTopic"}, {"Ref": "AWS::NoValue"}]},
        {"Fn::If": ["HasAlarmTopicArn", {"Ref": "AlarmTopicArn"}, {"Ref": "AWS::NoValue"}]},
    ]
    assert ALARMS[name]["AlarmActions"] == ALARMS[name]["OKActions"] == receivers


def test_the_runbook_has_every_alarm() -> None:
    text = (ROOT / "docs/operate.md").read_text().partition("\n## Alarms\n")[2].partition("\n## ")[0]
    named = [name for row in re.findall(r"^\| (`.*?) \|", text, re.MULTILINE) for name in re.findall(r"`(\w+)`", row)]
    assert sorted(named) == sorted(ALARMS)


# The documentation's own examples: three datapoints to alarm out of three, and two out of three, of five looked at.
# https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/alarms-and-missing-data.html
EXAMPLES = [
    (3, "0-X-X", "OK", "OK", "OK", "OK"),
    (3, "----0", "OK", "OK", "OK", "OK"),
    (3, "-----", "INSUFFICIENT_DATA", "unchanged", "ALARM", "OK"),
    (3, "0XX-X", "ALARM", "ALARM", "ALARM", "ALARM"),
    (3, "--X--", "ALARM", "unchanged", "ALARM", "OK"),
    (2, "0-X-X", "ALARM", "ALARM", "ALARM", "ALARM"),
    (2, "00X0X", "ALARM", "ALARM", "ALARM", "ALARM"),
    (2, "0-X--", "OK", "OK", "ALARM", "OK"),
    (2, "----0", "OK", "OK", "ALARM", "OK"),
    (2, "---X-", "ALARM", "unchanged", "ALARM", "OK"),
]


@pytest.mark.parametrize("example", EXAMPLES, ids=[f"{example[0]}-{example[1]}" for example in EXAMPLES])
@pytest.mark.parametrize("column", [0, 1, 2, 3], ids=["missing", "ignore", "breaching", "notBreaching"])
def test_missing_data_counts_as_the_documentation_has_it(example: tuple[Any, ...], column: int) -> None:
    needed, values, *states = example
    measurements = Measurements()
    for minute, value in enumerate(values):
        if value != "-":
            measurements.put("AWS/SQS", "NumberOfMessagesSent", ("QueueName", "q"), float(value == "X"), [minute])
    properties = {
        "Namespace": "AWS/SQS",
        "MetricName": "NumberOfMessagesSent",
        "Dimensions": [{"Name": "QueueName", "Value": "q"}],
        "Statistic": "Sum",
        "Period": 60,
        "EvaluationPeriods": 3,
        "DatapointsToAlarm": needed,
        "Threshold": 0,
        "ComparisonOperator": "GreaterThanThreshold",
        "TreatMissingData": ("missing", "ignore", "breaching", "notBreaching")[column],
    }
    assert alarm.state(properties, measurements, 5, str) == states[column]
