"""Messages in queues: dead letters of the functions, what SQS redrove, notifications."""

from __future__ import annotations

import base64
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from decimal import Decimal, InvalidOperation
from typing import Any

from .observation import Item, Observation
from .oracle import Expectation, StreamRecord

FORMAT = 1

Comparison = Callable[[], Iterable[str]]


def comparisons(expected: Expectation, observed: Observation) -> list[tuple[str, Comparison]]:
    """One comparison for each dead-letter queue."""
    letters = observed.dead_letters
    return [
        ("OrderDLQ", lambda: _compare_order_dlq(expected.order_dead, letters["OrderDLQUrl"])),
        ("AnalyticsDLQ", lambda: _compare_analytics_dlq(expected.analytics_dead, letters["AnalyticsDLQUrl"])),
        ("NormalPipeDLQ", lambda: _compare_pipe_dlq(expected.normal_dead, letters["NormalPipeDLQUrl"])),
        ("PremiumPipeDLQ", lambda: _compare_pipe_dlq(expected.premium_dead, letters["PremiumPipeDLQUrl"])),
    ]


def envelope_content(body: str) -> str:
    """The message itself, out of an SNS envelope or raw."""
    try:
        envelope = json.loads(body)
    except ValueError:
        return body
    is_envelope = isinstance(envelope, dict) and envelope.get("Type") == "Notification"
    return envelope["Message"] if is_envelope else body


def _compare_order_dlq(wanted: Counter[bytes], messages: list[Item]) -> Iterator[str]:
    found = Counter(envelope_content(message["Body"]).encode() for message in messages)
    for body in sorted(wanted.keys() | found.keys()):
        if wanted[body] != found[body]:
            yield f"{body[:80]!r} is there {found[body]} times, not {wanted[body]}"


def _compare_analytics_dlq(wanted_records: dict[str, StreamRecord], messages: list[Item]) -> Iterator[str]:
    wanted = {
        position(record.shard_id, record.sequence_number, record.place): record.data
        for record in wanted_records.values()
    }
    letters = [json.loads(message["Body"]) for message in messages]
    positions = [letter_position(letter) for letter in letters]
    found = Counter(positions)
    for place in sorted(wanted.keys() | found.keys()):
        if found[place] != (1 if place in wanted else 0):
            yield f"{place} is there {found[place]} times: {wanted.get(place)!r:.80}"
    for letter, place in zip(letters, positions, strict=True):
        yield from _compare_letter(letter)
        data = wanted.get(place)
        if data is not None and base64.b64decode(letter.get("record", "")) != data:
            yield f"{place} holds other bytes than were sent"


def letter_position(letter: dict[str, Any]) -> str:
    return position(str(letter.get("shardId")), str(letter.get("sequenceNumber")), letter.get("subSequenceNumber"))


def position(shard_id: str, sequence_number: str, place: int | None) -> str:
    """Sequence numbers are numbers: a local server pads them with zeros, Kinesis does not."""
    return f"{shard_id}:{sequence_number.lstrip('0')}" + ("" if place is None else f":{place}")


def _compare_letter(letter: dict[str, Any]) -> Iterator[str]:
    for name in ("function", "reason", "source", "record"):
        if not isinstance(letter.get(name), str) or not (letter[name] or name == "record"):
            yield f"a dead letter has no {name}: {str(letter)[:120]}"
    if letter.get("format") != FORMAT:
        yield f"a dead letter is of format {letter.get('format')}, not {FORMAT}"


def _compare_pipe_dlq(wanted: Counter[str], messages: list[Item]) -> Iterator[str]:
    letters = [json.loads(message["Body"]) for message in messages]
    found: Counter[str] = Counter()
    for letter in letters:
        if "record" not in letter:
            yield f"the Pipe itself gave up: {str(letter)[:200]}"
            continue
        yield from _compare_letter(letter)
        record = json.loads(base64.b64decode(letter["record"]))
        found[record["dynamodb"]["Keys"]["orderId"]["S"]] += 1
        if record["eventID"] != letter.get("eventID"):
            yield f"a dead letter names event {letter.get('eventID')} and holds {record['eventID']}"
    for order_id in sorted(wanted.keys() | found.keys()):
        if wanted[order_id] != found[order_id]:
            yield f"order {order_id} is there {found[order_id]} times, not {wanted[order_id]}"


def notification(message: Item) -> tuple[dict[str, Any], str | None]:
    """A premium notification out of its SNS envelope, and its attribute `eventID`."""
    envelope = json.loads(message["Body"])
    attribute = envelope.get("MessageAttributes", {}).get("eventID", {}).get("Value")
    return json.loads(envelope["Message"], parse_float=Decimal, parse_int=Decimal), attribute


def number(value: object) -> Decimal | None:
    """An amount, as a number or as a string that holds one."""
    try:
        return Decimal(value) if isinstance(value, (str, Decimal)) else None
    except InvalidOperation:
        return None
