"""Metric math, as much of it as the template uses.

https://docs.aws.amazon.com/AmazonCloudWatch/latest/monitoring/using-metric-math.html
"""

from __future__ import annotations

import ast
import operator
import re
from collections.abc import Callable
from typing import Any

Series = dict[int, float]
Value = float | Series

# The words of metric math are in capitals, as Python's are not.
OPERATORS: dict[type, Callable[[float, float], float]] = {
    ast.Add: operator.add,
    ast.Sub: operator.sub,
    ast.Mult: operator.mul,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
}


def evaluate(text: str, inputs: dict[str, Series], periods: range) -> Value:
    """The expression's value; the ids of queries begin with a small letter."""
    tree = ast.parse(re.sub(r"\b(AND|OR)\b", lambda found: found[0].lower(), text), mode="eval")
    return _Evaluation(inputs, periods).value(tree.body)


class _Evaluation:
    def __init__(self, inputs: dict[str, Series], periods: range) -> None:
        self.inputs = inputs
        self.periods = periods

    def value(self, node: ast.expr) -> Value:
        match node:
            case ast.Constant(value=number):
                return float(number)
            case ast.Name(id=name):
                return self.inputs[name]
            case ast.BinOp(left=left, op=symbol, right=right):
                return self._each(OPERATORS[type(symbol)], self.value(left), self.value(right))
            case ast.Compare(left=left, ops=[symbol], comparators=[right]):
                return self._each(OPERATORS[type(symbol)], self.value(left), self.value(right))
            case ast.BoolOp(op=symbol, values=[left, right]):
                combine = min if isinstance(symbol, ast.And) else max
                return self._each(combine, self.value(left), self.value(right))
            case ast.Call(func=ast.Name(id=name), args=arguments):
                return getattr(self, f"_{name.lower()}")(*map(self.value, arguments))
        raise ValueError(f"metric math: {ast.unparse(node)}")

    def _each(self, combine: Callable[[Any, Any], Any], left: Value, right: Value) -> Value:
        """By period, where both have a value: what is missing in one is missing in the result."""
        if not isinstance(left, dict) and not isinstance(right, dict):
            return float(combine(left, right))
        periods = [at for at in self.periods if all(at in side for side in (left, right) if isinstance(side, dict))]
        return {at: float(combine(_at(left, at), _at(right, at))) for at in periods}

    def _fill(self, series: Series, value: float) -> Series:
        return {at: series.get(at, value) for at in self.periods}

    def _running_sum(self, series: Series) -> Series:
        total, sums = 0.0, {}
        for at in sorted(series):
            total += series[at]
            sums[at] = total
        return sums

    def _if(self, condition: Series, then: Value, otherwise: Value) -> Series:
        return {at: _at(then if holds else otherwise, at) for at, holds in condition.items()}


def _at(value: Value, period: int) -> float:
    return value[period] if isinstance(value, dict) else value
