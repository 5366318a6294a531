"""The archive, read back as a whole: every record exactly once, in order, under the right names, with its verdict."""

from __future__ import annotations

import base64
import json
import re
from collections import Counter
from collections.abc import Iterator
from decimal import Decimal, InvalidOperation

from . import packing
from .exact import Instant, Unreadable, join_lines, parse_json
from .observation import ArchiveObject
from .oracle import ArchivedRecord, Expectation

FORMAT = 1

_KEY = re.compile(r"orders/dt=(\d{4}-\d{2}-\d{2})/hour=(\d{2})/(shardId-\d+)-(\d+)\.ndjson\.gz")
# RFC 1952: flags at 3 (8 would mean that a file name follows), modification time at 4 to 7.
_FLAGS, _TIME = 3, slice(4, 8)
# Arrival times pass through floating-point seconds in the services' own answers.
_TOLERANCE = Decimal("0.001")


def compare(expected: Expectation, objects: list[ArchiveObject]) -> Iterator[str]:
    archived: Counter[str] = Counter()
    for found in objects:
        match = _KEY.fullmatch(found.key)
        if match is None:
            yield f"{found.key} is no archive name"
            continue
        day, hour, shard_id, first = match.groups()
        records = expected.archived.get(shard_id, [])
        start = next((i for i, (record, _) in enumerate(records) if int(record.sequence_number) == int(first)), None)
        if start is None:
            yield f"{found.key} starts with a record that was never sent"
            continue
        content = found.content
        part = records[start : start + content.count(b"\n")]
        archived.update(record.event_id for record, _ in part)
        arrival = part[0][0].arrival.moment
        if (day, hour) != (arrival.strftime("%Y-%m-%d"), arrival.strftime("%H")):
            yield f"{found.key}: its first record arrived at {arrival.isoformat()}"
        yield from _compare_object(found, content, part)
        before = records[start - 1][0].sequence_number if start else "none"
        previous = found.metadata.get("previous-sequence-number", "")
        if previous.lstrip("0") != before.lstrip("0"):
            yield f"{found.key}: previous-sequence-number is {previous}, not {before}"
    for records in expected.archived.values():
        for record, _ in records:
            if archived[record.event_id] != 1:
                yield f"record {record.event_id} is archived {archived[record.event_id]} times"


def _compare_object(found: ArchiveObject, content: bytes, part: list[ArchivedRecord]) -> Iterator[str]:
    if found.compressed[_FLAGS] != 0 or any(found.compressed[_TIME]):
        yield f"{found.key}: its gzip header has a name or a time"
    last = part[-1][0].sequence_number
    if int(found.metadata.get("last-sequence-number", -1)) != int(last):
        yield f"{found.key}: last-sequence-number is {found.metadata.get('last-sequence-number')}, not {last}"
    if found.metadata.get("records") != str(len(part)):
        yield f"{found.key}: records is {found.metadata.get('records')}, it has {len(part)}"
    if found.metadata.get("format") != str(FORMAT):
        yield f"{found.key}: format is {found.metadata.get('format')}, not {FORMAT}"
    if not content.endswith(b"\n"):
        yield f"{found.key} ends within a line"
    for line, wanted in zip(content.split(b"\n"), part, strict=False):
        for difference in _compare_line(line, wanted):
            yield f"{found.key}: {wanted[0].event_id}: {difference}: {line[:400]!r}"


def members(line: bytes) -> dict[str, bytes]:
    """The members of a line as they are written, byte for byte; raises ValueError for what is no such line."""
    text, decoder, found = line.decode(), json.JSONDecoder(), dict[str, bytes]()
    index = 1
    while text[index - 1] != "}":
        name, index = json.decoder.scanstring(text, index + 1)
        _, end = decoder.raw_decode(text, index + 1 + _blanks(text, index + 1))
        end += _blanks(text, end)
        if name in found or text[index] != ":" or text[end] not in ",}":
            raise ValueError(f"no object of distinct members: {name}")
        found[name], index = text[index + 1 : end].encode(), end + 1
    if text[0] != "{" or index != len(text):
        raise ValueError("no object")
    return found


def _blanks(text: str, start: int) -> int:
    return len(text[start:]) - len(text[start:].lstrip(" \t"))


def _compare_line(line: bytes, wanted: ArchivedRecord) -> Iterator[str]:
    record, _ = wanted
    try:
        raw = members(line)
        found = json.loads(line)
    except (ValueError, IndexError) as error:
        yield f"no line of an archive ({error})"
        return
    names = {"format", "rules", "shardId", "sequenceNumber", "partitionKey", "arrivedAt", "order"}
    names |= {"subSequenceNumber"} if record.place is not None else set()
    content = _content(record.data)
    if raw.keys() != names | content.keys():
        yield f"its members are {sorted(raw)}, not {sorted(names | content.keys())}"
        return
    if len({name.lower() for name in raw}) != len(raw):
        yield "its names are not distinct without case"
    for name, value in content.items():
        if raw[name] != value:
            yield f"{name} is {raw[name][:80]!r}, not {value[:80]!r}"
    position = (found["shardId"], int(found["sequenceNumber"]), found.get("subSequenceNumber"))
    if position != (record.shard_id, int(record.sequence_number), record.place):
        yield f"its place is {position}"
    if (found["format"], found["partitionKey"]) != (FORMAT, record.partition_key):
        yield f"its format is {found['format']}, its key {found['partitionKey']}, not {record.partition_key}"
    if abs(Instant.parse(found["arrivedAt"]).seconds - record.arrival.seconds) > _TOLERANCE:
        yield f"it arrived at {found['arrivedAt']}"
    yield from _compare_order(found["order"], wanted)


def _content(data: bytes) -> dict[str, bytes]:
    """A JSON text is archived as itself, with the bytes received if those are another's; anything else in base64."""
    encoded = b'"' + base64.b64encode(data) + b'"'
    text = packing.text(data)
    try:
        parse_json(text)
        # Not the bytes, of which Python would take a byte order mark.
        value = json.loads(text.decode(), object_pairs_hook=_refuse_repeated_names)
        # A query engine gives up at half of a surrogate pair, too.
        json.dumps(value, ensure_ascii=False).encode()
    except (Unreadable, ValueError):
        return {"unparsed": encoded}
    content = {"record": join_lines(text)}
    return content if text == data else content | {"data": encoded}


def _refuse_repeated_names(pairs: list[tuple[str, object]]) -> object:
    """A query engine folds names to lower case and gives up at a repeated one."""
    if len({name.lower() for name, _ in pairs}) != len(pairs):
        raise ValueError("a name is there twice")
    return dict(pairs)


def _compare_order(found: dict[str, object], wanted: ArchivedRecord) -> Iterator[str]:
    record, reading = wanted
    verdict = "accepted" if reading.sale else "refused" if reading.is_poison else "skipped"
    if found.get("verdict") != verdict:
        yield f"the verdict is {found.get('verdict')}, not {verdict}"
        return
    expected: dict[str, object] = {"verdict": verdict}
    if verdict != "skipped":
        expected["eventId"] = reading.identity or record.event_id
    if reading.is_order:
        expected["day"] = reading.day
    if verdict == "refused":
        if not found.get("reason"):
            yield "it does not say why it was refused"
        expected["reason"] = found.get("reason")
    if reading.sale:
        sale = reading.sale
        # An id that the pipeline makes is known by its row only.
        expected["orderId"] = sale.update.order_id or found.get("orderId")
        expected["currency"] = sale.currency
        expected["products"] = [{"productId": name, "quantity": count} for name, count in sale.products.items()]
        try:
            if Decimal(str(found.get("amount"))) == sale.amount and isinstance(found.get("amount"), str):
                expected["amount"] = found.get("amount")
        except InvalidOperation:
            pass
        expected.setdefault("amount", str(sale.amount))
    if found != expected:
        yield f"the order is {found}, not {expected}"
