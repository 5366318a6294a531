"""What `orders explain` says of every order, compared with what happened to it."""

from __future__ import annotations

import json
import os
import subprocess
from collections import Counter
from collections.abc import Iterable, Iterator
from typing import Any
from uuid import UUID

from . import exact, packing
from .comparison import Check
from .deadletters import envelope_content
from .observation import Observation
from .oracle import Expectation
from .stack import ROOT, Stack

TOOL = ROOT / "scripts/orders"
PIPES = {"NormalOrdersPipe": "normal", "PremiumOrdersPipe": "premium"}
TIMEOUT_SECONDS = 300

Explanation = dict[str, Any]


def compare(stack: Stack, expected: Expectation, observed: Observation) -> Check:
    """One process of the tool explains them all; dead-letter queues must be visible to it."""
    customers = _orders_of_customers(expected, observed)
    ids = sorted({*expected.orders, *expected.foreign_orders, *customers, *_refused_ids(expected)})
    explanations = explain(stack, ids)
    differences: list[str] = []
    for order_id in ids:
        differences += _differences(order_id, explanations.get(order_id), expected, customers.get(order_id))
    return Check("Explanations", f"{len(ids)} orders", differences)


def explain(stack: Stack, ids: Iterable[str]) -> dict[str, Explanation]:
    """An id with a line break in it cannot stand on a line of its own."""
    ids = list(ids)
    lines = [order_id for order_id in ids if "\n" not in order_id and "\r" not in order_id]
    found = _run(stack, [], "\n".join(lines)) if lines else {}
    broken = [order_id for order_id in ids if order_id not in set(lines)]
    return found | (_run(stack, ["--", *broken], "") if broken else {})


def _run(stack: Stack, arguments: list[str], text: str) -> dict[str, Explanation]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    environment |= stack.credentials | {"AWS_REGION": stack.region, "AWS_ENDPOINT_URL": stack.endpoint_url}
    result = subprocess.run(
        [TOOL, "explain", "--json", "--from", "1d", *arguments],
        input=text.encode(),
        capture_output=True,
        env=environment,
        timeout=TIMEOUT_SECONDS,
        check=False,
    )
    # 1: one of them is found nowhere, which the comparison says better.
    if result.returncode not in (0, 1):
        raise RuntimeError(f"orders explain: exit {result.returncode}: {result.stderr.decode(errors='replace')}")
    explanations = [json.loads(line) for line in result.stdout.split(b"\n") if line]
    return {explanation["orderId"]: explanation for explanation in explanations}


def _differences(
    order_id: str, found: Explanation | None, expected: Expectation, customer: str | None
) -> Iterator[str]:
    if found is None or not found["isFound"]:
        yield f"order {order_id!r} is not explained"
        return
    if not found["searched"]["isComplete"]:
        yield f"order {order_id!r}: the search was not complete"
    key = (order_id, "") if customer is None else (None, customer)
    wanted = {
        "counted": expected.counted[key],
        "normal": expected.normal[order_id],
        "premium": int(order_id in expected.premium),
        "NormalPipeDLQ": expected.normal_dead[order_id],
        "PremiumPipeDLQ": expected.premium_dead[order_id],
        "AnalyticsDLQ": sum(order_id == refused for refused in _ids_of_records(expected)),
        "OrderDLQ": sum(
            count
            for body, count in expected.order_dead.items()
            if _order_id(envelope_content(body.decode())) == order_id
        ),
    }
    said = Counter(finding["queue"] for finding in found["deadLetters"])
    values = {"counted": found["counted"]["times"]} | {queue: said[queue] for queue in wanted if queue.endswith("DLQ")}
    for pipe in found["pipes"]:
        name = PIPES[pipe["pipe"]]
        values[name] = sum(change["isProcessed"] is True for change in pipe["changes"])
        logged = len(pipe["processed"])
        if logged != values[name]:
            yield f"order {order_id!r}: {pipe['pipe']} is explained {values[name]} times and logged {logged} times"
        poison = sum(change["isPoison"] for change in pipe["changes"])
        if poison != said[f"{pipe['pipe'].removesuffix('OrdersPipe')}PipeDLQ"]:
            yield f"order {order_id!r}: {pipe['pipe']} is explained to dead-letter {poison} changes"
    for name, value in wanted.items():
        if values[name] != value:
            yield f"order {order_id!r}: {name} is explained {values[name]} times, not {value}"


def _orders_of_customers(expected: Expectation, observed: Observation) -> dict[str, str]:
    """The ids that the pipeline made for orders that came without one, each with its customer."""
    found = {}
    for order_id, item in observed.orders.items():
        customer = str(item.get("userId"))
        if customer in expected.orders_by_customer and order_id not in expected.orders and _is_name_based(order_id):
            found[order_id] = customer
    return found


def _is_name_based(order_id: str) -> bool:
    try:
        return UUID(order_id).version == 5
    except ValueError:
        return False


def _refused_ids(expected: Expectation) -> set[str]:
    """Of those that are dead letters and say an id, whether or not anything is stored of the order."""
    messages = [_order_id(envelope_content(body.decode(errors="replace"))) for body in expected.order_dead]
    return {order_id for order_id in [*messages, *_ids_of_records(expected)] if order_id is not None}


def _ids_of_records(expected: Expectation) -> list[str | None]:
    return [
        _order_id(packing.text(record.data).decode(errors="replace")) for record in expected.analytics_dead.values()
    ]


def _is_text(order_id: str) -> bool:
    return not any("\ud800" <= character <= "\udfff" for character in order_id)


def _order_id(text: str) -> str | None:
    """The id that a message or a record says, in whichever spelling, if it can be read at all."""
    try:
        value = json.loads(text.removeprefix("\ufeff"))
    except (ValueError, RecursionError):
        return None
    while isinstance(value, dict) and isinstance(value.get("detail"), dict):
        value = value["detail"]
    if isinstance(value, dict) and isinstance(value.get("Payload"), dict):
        value = value["Payload"]
    for name in ("OrderId", "orderId", "order_id"):
        order_id = value.get(name) if isinstance(value, dict) else None
        if isinstance(order_id, str):
            # What is no id cannot be asked for: half of a surrogate pair, nothing but white space, or too much.
            is_id = order_id.strip(exact.WHITE_SPACE) and len(order_id.encode(errors="surrogatepass")) <= 512
            return order_id if is_id and _is_text(order_id) else None
        if isinstance(order_id, int) and not isinstance(order_id, bool) and order_id >= 0:
            return str(order_id)
    return None
