"""docs/personal-data.md takes one customer out of the archive, and the books stay whole."""

from __future__ import annotations

import base64
import gzip
import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from books import Books, order
from commandpath import path_with_aws
from console.blocks import Block, blocks_of
from pipeline.stack import ROOT
from support import eventually

DAY = "2024-08-09"
PERSON = (b"U-1", b"bob@example.com")
# In a decoded text, with no character of a longer address on either side, be it one that is not of ASCII.
ADDRESS = re.compile(r"(?<![\w.!#$%&'*+/=?^`{|}~-])bob@example\.com(?!-|\.?\w)", re.IGNORECASE)
TWINS = ("abob@example.com", "bob@example.com.au", "bob@example.community")

BLOCKS = blocks_of(ROOT / "docs/personal-data.md")
SEARCH, REWRITING, LAST_SEARCH = (block for block in BLOCKS if block.needs_archive)


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
    # As Go and .NET write it by default.
    escaped = json.dumps(of_person(706, contact="write to\nbob@example.com", sender="Bob <bob@example.com>"))
    escaped = escaped.replace("<", r"\u003c").replace(">", r"\u003E")
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
        "Payload": {"userId": "U-1", "email": "Bob <Bob@Example.com>", "twins": TWINS},
    }  # fmt: skip
    return [
        ("U-1", spaced), ("U-1", compressed), ("U-12", json.dumps(other).encode()), ("U-1", short),
        ("U-1", json.dumps(repeated).encode()), ("U-1", json.dumps(repeated | {"CorrelationId": "again"}).encode()),
        ("U-1", tabbed), ("U-1", escaped.encode()), ("moved", json.dumps(moved).encode()),
        ("U-1", json.dumps(own_event()).encode()),
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
    books.wait_until_counted(DAY, 7)
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
    assert b'"U-12"' in kept and all(f'"{twin}"'.encode() in kept for twin in TWINS)
    assert b'"U-1"' not in kept
    said = run(LAST_SEARCH, books, tmp_path).splitlines()
    assert said and all(any(twin in line for twin in TWINS) for line in said)
    for line in map(json.loads, kept.splitlines()):
        assert not any(ADDRESS.search(text) for text in texts(line))
        assert not any(word in gzip.decompress(data(line)) for word in PERSON)
    # The orders have their rows, and every line is there.
    assert books.audit().stdout == agreed


def texts(value: Any) -> Iterator[str]:
    """Every text in a decoded line, names too."""
    match value:
        case str():
            yield value
        case dict():
            yield from (text for pair in value.items() for part in pair for text in texts(part))
        case list():
            yield from (text for part in value for text in texts(part))


def data(line: dict[str, Any]) -> bytes:
    """The bytes that a compressed record came as; of other records nothing, compressed."""
    return base64.b64decode(line["data"]) if "data" in line else gzip.compress(b"")


def rewritten(lines: list[str], folder: Path, address: str = r"bob@example\.com") -> list[str]:
    """What the document's rewriting makes of an object with these lines."""
    [command] = [command.text for command in REWRITING.commands if "sed -E" in command.text]
    assert command.count(r"bob@example\.com") == 1
    (folder / "old.gz").write_bytes(gzip.compress("".join(f"{line}\n" for line in lines).encode()))
    command = command.replace(r"bob@example\.com", address)
    subprocess.run(["bash", "-c", f"set -o pipefail; {command}"], cwd=folder, check=True)
    return gzip.decompress((folder / "new.gz").read_bytes()).decode().splitlines()


@pytest.mark.parametrize(
    "text",
    [
        "bob@example.com", "Bob <Bob@Example.COM>", "bob@example.com,bob@example.com;bob@example.com bob@example.com",
        "(bob@example.com)", "[bob@example.com]", "mailto:bob@example.com", "see bob@example.com. And",
        # Escapes of Go and of .NET, of line breaks, and of a JSON text in a text.
        r"Bob \u003cbob@example.com\u003e", r"\u0022Bob\u0022 \u003Cbob@example.com\u003E", r"to\nbob@example.com\r\n",
        r"to\tbob@example.com.\n", r"{\"mail\":\"bob@example.com\"}", "bob@example.com.",
        r"a\u0020bob@example.com\u002cbob@example.com\u003b",
        r"path\\\nbob@example.com\\",
    ],
)  # fmt: skip
def test_a_persons_address_is_replaced_whatever_escapes_stand_around(text: str, tmp_path: Path) -> None:
    line = f'{{"record":{{"note":"{text}","place":"here"}}}}'
    expected = re.sub(r"bob@example\.com", "erased", line, flags=re.IGNORECASE)
    assert rewritten([line], tmp_path) == [expected]
    json.loads(expected)


@pytest.mark.parametrize(
    "text",
    [
        *TWINS, "x.bob@example.com", "bob@example.com-x.org", "o'bob@example.com", "r&bob@example.com",
        "ébob@example.com", "bob@example.com.рф", r"bob@example.com.\u0440\u0444", r"\u00e9bob@example.com",
        # A plus of .NET; an escape that is not the address's first letter; a backslash, and the letter behind it.
        r"a\u002Bbob@example.com", r"a\u0027bob@example.com", r"\bob@example.com", r"to\\nbob@example.com",
        r"to\\bob@example.com", "bob@examplexcom",
    ],
)  # fmt: skip
def test_another_customers_line_stays_as_it_is(text: str, tmp_path: Path) -> None:
    """Its data, too, though it may say what stands in place of an address."""
    line = f'{{"record":{{"note":"{text}","state":"erased"}},"data":"H4sI","order":{{"customer":"U-12"}}}}'
    assert rewritten([line], tmp_path) == [line]


def test_data_goes_with_a_persons_id_or_address_only(tmp_path: Path) -> None:
    end = ',"data":"H4sI","order":{"amount":1}}'
    persons, kept = ['{"userId":"U-1"', '{"to":"bob@example.com"'], ['{"userId":"U-12"', '{"state":"erased"']
    lines = rewritten([f"{start}{end}" for start in (*persons, *kept)], tmp_path)
    assert lines == [
        '{"userId":"erased","order":{"amount":1}}', '{"to":"erased","order":{"amount":1}}',
        *(f"{start}{end}" for start in kept),
    ]  # fmt: skip


def test_a_plus_is_looked_for_as_an_escape_as_well(tmp_path: Path) -> None:
    [way] = re.findall(r"A `\+` in the address is `([^`]*)`", (ROOT / "docs/personal-data.md").read_text())
    lines = ['{"to":"bob+shop@example.com"}', r'{"to":"bob\u002Bshop@example.com"}']
    assert rewritten(lines, tmp_path, f"bob{way}shop@example\\.com") == ['{"to":"erased"}'] * 2


def test_the_last_search_shows_whole_what_looks_like_the_persons(tmp_path: Path) -> None:
    """An address next to another one, too."""
    [command] = [command.text for command in LAST_SEARCH.commands if command.text.startswith("find ")]
    (tmp_path / "copy").mkdir()
    lines = ["abob@example.com'bob@example.com'", "bob@example.com.au", '"id": U-1,"key":U-1}']
    (tmp_path / "copy/a.gz").write_bytes(gzip.compress("\n".join(lines).encode()))
    said = subprocess.run(["bash", "-c", command], cwd=tmp_path, capture_output=True, text=True, check=True).stdout
    shown = [line.removeprefix("copy/a.gz:") for line in said.splitlines()]
    assert shown == ["abob@example.com'bob@example.com", "bob@example.com.au", '"id": U-1,"key":U-1}']


def test_the_orders_are_shown_with_all_that_they_were_found_by() -> None:
    """Another customer's address may contain the person's, and only who sees it leaves the row out."""
    [scan] = [command.text for block in BLOCKS for command in block.commands if "dynamodb scan" in command.text]
    [condition, projection, query] = (
        re.findall(rf"--{option} '([^']*)'", scan)[0]
        for option in ("filter-expression", "projection-expression", "query")
    )
    names = set(re.findall(r"customerEmail|userId", condition))
    assert len(names) == condition.count(":")
    assert names < set(projection.split(", "))
    assert {f"{name}.S" for name in names} < set(query.removeprefix("Items[].[").removesuffix("]").split(", "))
