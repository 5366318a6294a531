"""What a service model demands of values beyond what botocore checks: enums, patterns, greatest lengths and numbers."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from botocore.model import Shape, StructureShape


def violations(value: Any, shape: Shape, path: str = "") -> Iterator[str]:
    """What is wrong with a value of a request, a sentence each."""
    if isinstance(shape, StructureShape):
        for name, member in value.items():
            yield from violations(member, shape.members[name], f"{path}.{name}")
        for name in shape.metadata.get("required", []):
            if name not in value:
                yield f"{path}.{name} is missing"
    elif shape.type_name == "list":
        yield from bounds(len(value), shape, path, "elements")
        for index, element in enumerate(value):
            yield from violations(element, shape.member, f"{path}[{index}]")
    elif shape.type_name == "map":
        yield from bounds(len(value), shape, path, "entries")
        for key, element in value.items():
            yield from violations(key, shape.key, f"{path} key")
            yield from violations(element, shape.value, f"{path}.{key}")
    elif shape.type_name in ("string", "blob"):
        yield from bounds(len(value), shape, path, "characters")
        if isinstance(value, str):
            yield from text(value, shape, path)
    elif shape.type_name in ("integer", "long", "float", "double"):
        yield from bounds(value, shape, path, "as a number")


def bounds(measure: float, shape: Shape, path: str, unit: str) -> Iterator[str]:
    least, most = shape.metadata.get("min"), shape.metadata.get("max")
    if (least is not None and measure < least) or (most is not None and measure > most):
        yield f"{path}: {measure} {unit}, not {least} to {most}"


def text(value: str, shape: Shape, path: str) -> Iterator[str]:
    if shape.enum and value not in shape.enum:
        yield f"{path}: {value!r} is none of {', '.join(shape.enum)}"
    pattern = shape.metadata.get("pattern")
    if pattern and not compiled(pattern).search(value):
        yield f"{path}: {value!r} does not match {pattern}"


@cache
def compiled(pattern: str) -> re.Pattern[str]:
    """Models write for Java's engine; a pattern that Python does not know is an error, so that none is left out."""
    # The whole text has to match, whether the model says so or not.
    return re.compile(f"^(?:{pattern})$", re.DOTALL)
