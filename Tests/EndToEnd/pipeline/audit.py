"""What the archive says of the counters: `orders audit` finds nothing, and `orders rebuild` gives the live rows."""

from __future__ import annotations

import os
import subprocess

from .comparison import Check
from .explanations import TIMEOUT_SECONDS, TOOL
from .observation import counters, plain
from .stack import Stack

REBUILT_TABLE = "rebuilt-analytics"


def compare(stack: Stack) -> list[Check]:
    """The archive, counted anew by the tool, against the counters and the orders' rows."""
    return [_audit(stack), _rebuild(stack)]


def _audit(stack: Stack) -> Check:
    result = _run(stack, "audit")
    lines = result.stdout.splitlines()
    summary = lines[0].split(";")[0] if lines else ""
    return Check("Audit", summary, [] if result.returncode == 0 else lines[1:] + result.stderr.splitlines()[-3:])


def _rebuild(stack: Stack) -> Check:
    """Into a table of its own, which is deleted afterwards."""
    dynamodb = stack.client("dynamodb")
    dynamodb.create_table(
        TableName=REBUILT_TABLE, BillingMode="PAY_PER_REQUEST",
        KeySchema=[{"AttributeName": "PK", "KeyType": "HASH"}, {"AttributeName": "SK", "KeyType": "RANGE"}],
        AttributeDefinitions=[{"AttributeName": name, "AttributeType": "S"} for name in ("PK", "SK")],
    )  # fmt: skip
    try:
        result = _run(stack, "rebuild", "--into", REBUILT_TABLE)
        rebuilt, live = (_counters(stack, table) for table in (REBUILT_TABLE, stack["AnalyticsTableName"]))
    finally:
        dynamodb.delete_table(TableName=REBUILT_TABLE)
    differences = result.stderr.splitlines()[-3:] if result.returncode else []
    for key in sorted(rebuilt.keys() | live.keys()):
        if rebuilt.get(key) != live.get(key):
            differences.append(f"{key[0]} {key[1]}: rebuilt {rebuilt.get(key)}, live {live.get(key)}")
    return Check("Rebuild", f"{len(rebuilt)} rows", differences)


def _counters(stack: Stack, table: str) -> dict[tuple[str, str], dict[str, object]]:
    pages = stack.client("dynamodb").get_paginator("scan").paginate(TableName=table, ConsistentRead=True)
    return counters(plain(item) for page in pages for item in page["Items"])


def _run(stack: Stack, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | stack.credentials | {"AWS_ENDPOINT_URL": stack.endpoint_url, "NO_COLOR": "1"}
    return subprocess.run(
        [TOOL, *arguments, "--endpoint-url", stack.endpoint_url], env=environment, capture_output=True, text=True,
        check=False, timeout=TIMEOUT_SECONDS,
    )  # fmt: skip
