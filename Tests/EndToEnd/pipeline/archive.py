"""The archive, read back as a whole: every raw record exactly once, in order, under the right names."""

from __future__ import annotations

import base64
import json
import re
from collections import Counter
from collections.abc import Iterator

from .observation import ArchiveObject
from .oracle import Expectation, StreamRecord

Lines = list[tuple[StreamRecord, bytes | None]]

_KEY = re.compile(r"orders/dt=(\d{4}-\d{2}-\d{2})/hour=(\d{2})/(shardId-\d+)-(\d+)\.ndjson\.gz")
# RFC 1952: flags at 3 (8 would mean that a file name follows), modification time at 4 to 7.
_FLAGS, _TIME = 3, slice(4, 8)


def compare(expected: Expectation, objects: list[ArchiveObject]) -> Iterator[str]:
    archived: Counter[tuple[str, str]] = Counter()
    for found in objects:
        match = _KEY.fullmatch(found.key)
        if match is None:
            yield f"{found.key} is no archive name"
            continue
        day, hour, shard_id, first = match.groups()
        lines = expected.archived_lines.get(shard_id, [])
        start = next((i for i, (record, _) in enumerate(lines) if int(record.sequence_number) == int(first)), None)
        if start is None:
            yield f"{found.key} starts with a record that was never sent"
            continue
        content = found.content
        part = lines[start : start + content.count(b"\n")]
        archived.update((shard_id, record.sequence_number) for record, _ in part)
        arrival = part[0][0].arrival.moment
        if (day, hour) != (arrival.strftime("%Y-%m-%d"), arrival.strftime("%H")):
            yield f"{found.key}: its first record arrived at {arrival.isoformat()}"
        yield from _compare_object(found, content, part)
    for shard_id, lines in expected.archived_lines.items():
        for record, _ in lines:
            count = archived[shard_id, record.sequence_number]
            if count != 1:
                yield f"record {record.event_id} is archived {count} times"


def _compare_object(found: ArchiveObject, content: bytes, part: Lines) -> Iterator[str]:
    if found.compressed[_FLAGS] != 0 or any(found.compressed[_TIME]):
        yield f"{found.key}: its gzip header has a name or a time"
    last = part[-1][0].sequence_number
    if found.last_sequence_number is None or int(found.last_sequence_number) != int(last):
        yield f"{found.key}: last-sequence-number is {found.last_sequence_number}, its last record is {last}"
    if not content.endswith(b"\n"):
        yield f"{found.key} ends within a line"
    for line, (record, wanted) in zip(content.split(b"\n"), part, strict=False):
        if wanted is not None and line != wanted:
            yield f"{found.key}: {record.event_id} is archived as {line[:80]!r}, not {wanted[:80]!r}"
        if wanted is None and _unwrapped(line) != record.data:
            yield f"{found.key}: {record.event_id} is archived as {line[:80]!r}, not as unparsed {record.data[:40]!r}"


def _unwrapped(line: bytes) -> bytes | None:
    try:
        wrapped = json.loads(line)
        return base64.b64decode(wrapped["unparsed"], validate=True) if list(wrapped) == ["unparsed"] else None
    except (ValueError, TypeError, KeyError):
        return None
