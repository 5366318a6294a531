"""The price list, and units of it as the rest of the model names them."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

GB = 2**30
MILLION = 1_000_000
PRICES: dict[str, Any] = json.loads((Path(__file__).parent / "prices.json").read_text())


def unit_price(unit: str, prices: dict[str, Any] = PRICES) -> float:
    """USD for one of what a recorded request is billed by, as Benchmarks/Reports/services.py counts it."""
    match unit:
        case "dynamodb_write_units":
            return float(prices["dynamodb"]["million_write_units"] / MILLION)
        case "dynamodb_read_units":
            return float(prices["dynamodb"]["million_read_units"] / MILLION)
        case "kinesis_kilobytes_in":
            return float(1024 / GB * prices["kinesis"]["gb_in"])
        case "s3_puts":
            return float(prices["s3"]["thousand_puts"] / 1000)
        case "sns_requests":
            return float(prices["sns"]["million_requests"] / MILLION)
    raise ValueError(f"no price is known for {unit}")
