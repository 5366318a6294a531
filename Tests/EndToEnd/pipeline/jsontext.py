"""Writes JSON with numbers exactly as given, which `json.dumps` cannot."""

from __future__ import annotations

import json
from decimal import Decimal

from .exact import Number


def write(value: object, *, escaped: bool = False) -> str:
    """`escaped` writes what is not ASCII as `\\uXXXX`."""

    def text(item: object) -> str:
        return write(item, escaped=escaped)

    match value:
        case dict():
            return "{" + ",".join(f"{text(key)}:{text(item)}" for key, item in value.items()) + "}"
        case list() | tuple():
            return "[" + ",".join(text(item) for item in value) + "]"
        case Number():
            return value.text
        case Decimal():
            return format(value, "f")
        case _:
            # A lone surrogate has no UTF-8.
            has_surrogate = isinstance(value, str) and any("\ud800" <= character <= "\udfff" for character in value)
            return json.dumps(value, ensure_ascii=escaped or has_surrogate)


def encode(value: object, *, escaped: bool = False) -> bytes:
    return write(value, escaped=escaped).encode()
