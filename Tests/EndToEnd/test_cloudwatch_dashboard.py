"""The template's dashboard shows every part of the stack, and nothing that nobody measures."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import botocore.session
import pytest

from cloudwatch.metrics import Metric
from cloudwatch.template import TEMPLATE, resolve, resources, substituted

# https://docs.aws.amazon.com/AmazonCloudWatch/latest/APIReference/CloudWatch-Dashboard-Body-Structure.html
COLUMNS = 24
KINDS = {"metric", "text", "alarm", "log"}
STATISTICS = re.compile(r"Sum|Maximum|Minimum|Average|p[0-9]{1,2}(\.[0-9]+)?")

[(TEXT, OWN)] = [
    properties["DashboardBody"]["Fn::Sub"] for properties in resources("AWS::CloudWatch::Dashboard").values()
]
HOSTS = {partition: names["Host"] for partition, names in TEMPLATE.document["Mappings"]["Console"].items()}


def body(partition: str) -> dict[str, Any]:
    """The dashboard in a region of that partition."""
    texts = {}
    for name, value in OWN.items():
        text, more = value["Fn::Sub"]
        assert more == {"Host": {"Fn::FindInMap": ["Console", {"Ref": "AWS::Partition"}, "Host"]}}
        texts[name] = substituted(text, {"Host": HOSTS[partition]})
    return json.loads(substituted(TEXT, texts))


BODY = body("aws")
WIDGETS: list[dict[str, Any]] = BODY["widgets"]


def lines() -> Iterator[tuple[str, Metric, str]]:
    """Title, metric and statistic of each line."""
    for widget in WIDGETS:
        properties = widget["properties"]
        for line in properties.get("metrics", []):
            if "expression" in line[0]:
                yield properties["title"], searched(line[0]["expression"]), properties["stat"]
                continue
            namespace, name, *dimensions = line[:-1]
            found = Metric.of(namespace, name, dict(zip(dimensions[::2], dimensions[1::2], strict=True)))
            yield properties["title"], found, line[-1].get("stat", properties["stat"])


def searched(expression: str) -> Metric:
    """What a search is for; a dimension whose value it leaves open has the value `any`.

    https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/search-expression-syntax.html
    """
    found = re.fullmatch(r"SEARCH\('\{([\w,]+)\} MetricName=\"(\w+)\"((?: \w+=\"\w+\")*)', '(\w+)', 300\)", expression)
    assert found, expression
    namespace, *dimensions = found[1].split(",")
    values = dict(re.findall(r"(\w+)=\"(\w+)\"", found[3]))
    assert values.keys() <= set(dimensions)
    return Metric.of(namespace, found[2], {name: values.get(name, "any") for name in dimensions})


LINES = list(lines())


@pytest.mark.parametrize(("title", "metric", "statistic"), LINES, ids=[f"{line[0]}-{line[1].name}" for line in LINES])
def test_every_line_is_of_a_metric_that_is_measured(title: str, metric: Metric, statistic: str) -> None:
    assert metric.is_documented, metric
    assert STATISTICS.fullmatch(statistic)


def test_a_metric_that_nobody_measures_would_be_found() -> None:
    assert not Metric.of("AWS/Lambda", "Invocation", {"FunctionName": "OrderWriter"}).is_documented
    assert not Metric.of("AWS/Lambda", "Invocations", {"QueueName": "OrderWriter"}).is_documented


@pytest.mark.parametrize(
    ("kind", "dimension"),
    [
        ("AWS::ApiGatewayV2::Api", "ApiId"),
        ("AWS::DynamoDB::Table", "TableName"),
        ("AWS::Kinesis::Stream", "StreamName"),
        ("AWS::Lambda::Function", "FunctionName"),
        ("AWS::Pipes::Pipe", "PipeName"),
        ("AWS::SQS::Queue", "QueueName"),
    ],
)
def test_every_resource_is_on_it(kind: str, dimension: str) -> None:
    shown = {value for _, metric, _ in LINES for name, value in metric.dimensions if name == dimension}
    assert shown == set(resources(kind))


def test_every_alarm_is_on_it() -> None:
    [widget] = [widget for widget in WIDGETS if widget["type"] == "alarm"]
    assert sorted(widget["properties"]["alarms"]) == sorted(resources("AWS::CloudWatch::Alarm"))
    # As many as a widget takes.
    assert len(widget["properties"]["alarms"]) <= 100


def links(widgets: list[dict[str, Any]]) -> list[str]:
    texts = [widget["properties"]["markdown"] for widget in widgets if widget["type"] == "text"]
    return [place for text in texts for place in re.findall(r"\]\(([^)]+)\)", text)]


@pytest.mark.parametrize(
    ("partition", "host"),
    [
        ("aws", "console.aws.amazon.com"),
        ("aws-cn", "console.amazonaws.cn"),
        ("aws-eusc", "console.amazonaws-eusc.eu"),
        ("aws-us-gov", "console.amazonaws-us-gov.com"),
    ],
)
def test_its_links_lead_to_the_console_of_the_partition(partition: str, host: str) -> None:
    begin = f"https://Region.{host}/cloudwatch/home?region=Region#logsV2:log-groups/log-group/"
    found = links(body(partition)["widgets"])
    assert found
    assert [link for link in found if not link.startswith(begin)] == []


def test_every_partition_has_a_console() -> None:
    """CloudFormation takes no template whose map lacks what is looked up in it."""
    assert HOSTS.keys() == set(botocore.session.get_session().get_available_partitions())


def test_its_links_lead_to_every_log_and_to_nothing_else() -> None:
    places = links(WIDGETS)
    # The console takes a name twice encoded, with dollars for percent signs.
    linked = {place.partition("#logsV2:log-groups/log-group/")[2].replace("$252F", "/") for place in places}
    groups = {properties["LogGroupName"]["Fn::Sub"] for properties in resources("AWS::Logs::LogGroup").values()}
    assert linked == {substituted(name, {}) for name in groups}


def test_its_query_reads_the_log_of_every_function() -> None:
    [query] = [widget["properties"]["query"] for widget in WIDGETS if widget["type"] == "log"]
    functions = resources("AWS::Lambda::Function").values()
    groups = {resolve(properties["LoggingConfig"]["LogGroup"]) for properties in functions}
    assert set(re.findall(r"SOURCE '(\w+)'", query)) == groups


def test_no_widget_covers_another_or_sticks_out() -> None:
    covered: set[tuple[int, int]] = set()
    for widget in WIDGETS:
        assert widget["type"] in KINDS
        x, y = widget["x"], widget["y"]
        cells = {(x + right, y + down) for right in range(widget["width"]) for down in range(widget["height"])}
        assert all(0 <= column < COLUMNS for column, _ in cells)
        assert not cells & covered
        covered |= cells
