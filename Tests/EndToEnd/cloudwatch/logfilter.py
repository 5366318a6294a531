"""The template's metric filters: what CloudWatch makes of a log line by them, as far as their patterns go.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/logs/FilterAndPatternSyntax.html
"""

from __future__ import annotations

import fnmatch
import re
from collections.abc import Iterator
from typing import Any

from .metrics import Metric
from .template import resolve, resources

FILTERS = resources("AWS::Logs::MetricFilter")

# A member of the line's object against a text, in which asterisks stand for anything, or against a number.
CONDITION = re.compile(r'\$\.(?P<member>\w+) (?:= "(?P<text>[^"\\]+)"|> (?P<number>\d+))')


def measurements(function: str, line: dict[str, Any]) -> Iterator[tuple[Metric, float]]:
    """Each metric that the filters of the function's log make of a line, with its value."""
    for properties in FILTERS.values():
        if resolve(properties["LogGroupName"]) != f"{function}LogGroup" or not _matches(properties, line):
            continue
        for made in properties["MetricTransformations"]:
            dimensions = {item["Key"]: str(line[_member(item["Value"])]) for item in made["Dimensions"]}
            metric = Metric.of(made["MetricNamespace"], made["MetricName"], dimensions)
            yield metric, float(line[_member(made["MetricValue"])])


def members(properties: dict[str, Any]) -> set[str]:
    """The members of the line that the pattern names."""
    return {condition["member"] for condition in _conditions(properties)}


def taken(properties: dict[str, Any]) -> set[str]:
    """The members whose values are the metric's, or a dimension's."""
    return {
        _member(value)
        for made in properties["MetricTransformations"]
        for value in (made["MetricValue"], *(item["Value"] for item in made["Dimensions"]))
    }


def _member(selector: str) -> str:
    assert selector.startswith("$."), selector
    return selector.removeprefix("$.")


def _conditions(properties: dict[str, Any]) -> list[re.Match[str]]:
    text = properties["FilterPattern"]
    inner = re.fullmatch(r"\{ (.+) \}", text)
    assert inner, text
    found = [CONDITION.fullmatch(condition) for condition in inner[1].split(" && ")]
    assert all(found), f"a pattern that is not understood here: {text}"
    return [condition for condition in found if condition]


def _matches(properties: dict[str, Any], line: dict[str, Any]) -> bool:
    return all(_holds(condition, line.get(condition["member"])) for condition in _conditions(properties))


def _holds(condition: re.Match[str], value: object) -> bool:
    if condition["number"]:
        return isinstance(value, int | float) and value > float(condition["number"])
    return isinstance(value, str) and fnmatch.fnmatchcase(value, condition["text"])
