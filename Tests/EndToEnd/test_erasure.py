"""docs/personal-data.md takes one customer out of the archive, and the books stay whole."""

from __future__ import annotations

import base64
import gzip
import json
import re
import subprocess
from pathlib import Path
from typing import Any

from books import Books, order
from commandpath import path_with_aws
from console.blocks import Block, blocks_of
from pipeline.stack import ROOT
from support import eventually

DAY = "2024-08-09"
PERSON = (b"U-1", b"bob@example.com")


SEARCH, REWRITING = (block for block in blocks_of(ROOT / "docs/personal-data.md") if block.needs_archive)


def run(block: Block, books: Books, folder: Path, key: str = "") -> str:
    """What the block's commands say, on the archive of these books."""
    environment = books.environment() | {"PATH": path_with_aws(folder)}
    environment |= {"AWS_REGION": books.stack.region, "AWS_DEFAULT_REGION": books.stack.region}
    said = ""
    for command in block.commands:
        text = re.sub(r"\bKEY\b", key, re.sub(r"\bARCHIVE\b", books.bucket, command.text))
        text = text.replace("dt=2025-08-27/*", "*")
        result = subprocess.run(
            ["bash", "-c", f"set -o pipefail; {text}"],
            cwd=folder, env=environment, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert result.returncode == 0, f"$ {text}\n{result.stdout}{result.stderr}"
        said += result.stdout
    return said


def records() -> list[tuple[str, bytes]]:
    """The person's records in every form, the first of them first in its object, and somebody else's between them."""

    def of_person(number: int, **more: Any) -> dict[str, Any]:
        made = order(number, day=DAY)
        made["Payload"] |= {"UserId": "U-1"} | more
        return made

    spaced = json.dumps(of_person(700, contact="write to bob@example.com"), indent=1).encode()
    compressed = gzip.compress(json.dumps(of_person(701)).encode())
    short = b'{"customer_id":"U-1","order_id":"A-702","amount":7.50,"currency":"EUR"}'
    other = order(703, day=DAY)
    other["Payload"]["UserId"] = "U-12"
    # Another person's order under an id that one of the person's has used: its digest is compared.
    repeated = of_person(704)
    # Its last member stands in front of a tab.
    tabbed = json.dumps(of_person(705), indent="\t").encode()
    # No order: it has no row, and names that no order has.
    moved = {
        "MessageId": "moved", "Type": "CustomerMovedV1",
        "Payload": {"userId": "U-1", "email": "Bob <Bob@Example.com>", "twin": "abob@example.com"},
    }  # fmt: skip
    return [
        ("U-1", spaced), ("U-1", compressed), ("U-12", json.dumps(other).encode()), ("U-1", short),
        ("U-1", json.dumps(repeated).encode()), ("U-1", json.dumps(repeated | {"CorrelationId": "again"}).encode()),
        ("U-1", tabbed), ("moved", json.dumps(moved).encode()), ("U-1", json.dumps(own_event()).encode()),
    ]  # fmt: skip


def own_event() -> dict[str, Any]:
    """The project's own event, whose partition key stands in it, as one of the person's of the day."""
    [record] = json.loads((ROOT / "events/kinesis-order-event.json").read_text())["Records"]
    text = base64.b64decode(record["kinesis"]["data"]).decode()
    assert text.count('"U-4711"') == 2
    event: dict[str, Any] = json.loads(text.replace("U-4711", "U-1"))
    event["Payload"]["createdUtc"] = f"{DAY}T18:07:59Z"
    return event


def test_a_customer_who_is_erased_as_documented_leaves_the_audit_as_it_was(books: Books, tmp_path: Path) -> None:
    before = set(books.archived())
    books.put_as(records())
    eventually(lambda: books.lines() == books.sent, "the records to be archived")
    books.wait_until_counted(DAY, 6)
    eventually(lambda: books.audit().returncode == 0, "the short record to be counted")
    agreed = books.audit().stdout
    replaced = {key: gzip.decompress(books.body(key)) for key in set(books.archived()) - before}

    found = [path.removeprefix("copy/") for path in run(SEARCH, books, tmp_path).split()]
    assert set(found) == {key for key, text in replaced.items() if b'"U-1"' in text}
    for key in found:
        metadata = books.stack.client("s3").head_object(Bucket=books.bucket, Key=key)["Metadata"]
        run(REWRITING, books, tmp_path, key)
        assert books.stack.client("s3").head_object(Bucket=books.bucket, Key=key)["Metadata"] == metadata

    kept = b"".join(gzip.decompress(books.body(key)) for key in books.archived())
    assert b'"U-12"' in kept and b'"abob@example.com"' in kept
    assert not re.search(rb'"U-1"|\bbob@example', kept, re.IGNORECASE)
    for line in map(json.loads, kept.splitlines()):
        assert not any(word in gzip.decompress(data(line)) for word in PERSON)
    # The orders have their rows, and every line is there.
    assert books.audit().stdout == agreed


def data(line: dict[str, Any]) -> bytes:
    """The bytes that a compressed record came as; of other records nothing, compressed."""
    return base64.b64decode(line["data"]) if "data" in line else gzip.compress(b"")
