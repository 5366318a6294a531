"""Whether what is stored, archived and dead-lettered is what was sent."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterable, Iterator, Mapping, Set
from typing import Any

from pipeline import archive
from pipeline.comparison import compare_analytics, compare_checkpoints, compare_orders
from pipeline.deadletters import letter_position, notification, position
from pipeline.exact import Unreadable
from pipeline.observation import Observation
from pipeline.oracle import Expectation, expect_stored
from pipeline.rows import Image, Rules, is_normal, is_premium
from pipeline.spelling import read_order_message
from pipeline.workload import Route, Workload

from .mapping import Delivery
from .orderqueue import OrderQueue
from .pipe import Change, Pipe
from .services import Services
from .workloads import Load
from .world import Snapshot

RULES = Rules()


Letters = Mapping[str, bytes]


def expected(load: Load, *, has_archiver: bool = True, has_writer: bool = True) -> Expectation:
    """Order rows come from the records by way of the archiver and from the messages by way of the writer."""
    messages = [m for m in load.workload.messages if has_writer or m.route is Route.KINESIS]
    workload = Workload(load.workload.seed, messages, load.workload.writes)
    return expect_stored(workload, load.stream if has_archiver else [])


def stored(load: Load, parts: Set[str], observed: Observation) -> Iterator[str]:
    """`parts` names the functions that ran."""
    observed.stream = load.stream
    wanted = expected(load)
    if "aggregator" in parts:
        yield from compare_analytics(wanted, observed)
    if "archiver" in parts:
        yield from archive.compare(wanted, observed.archive)
        yield from compare_checkpoints(wanted, observed)
    rows = expected(load, has_archiver="archiver" in parts, has_writer="writer" in parts)
    yield from compare_orders(rows, observed, RULES)


async def sent_letters(observed: Observation, services: Services) -> Letters:
    """By stream position; a letter that was sent twice is still one record's."""
    found = {}
    for message in observed.dead_letters["analytics-dead"]:
        letter = json.loads(message["Body"])
        if "record" in letter:
            data = base64.b64decode(letter["record"])
        else:
            data, _ = await services.get_object(letter["bucket"], letter["key"])
        found[letter_position(letter)] = data
    return found


def analytics_letters(load: Load, found: Letters) -> Iterator[str]:
    dead = expected(load).analytics_dead.values()
    wanted = {position(record.shard_id, record.sequence_number, record.place): record.data for record in dead}
    for key in sorted(wanted.keys() | found.keys()):
        if wanted.get(key) != found.get(key):
            yield f"dead letter of {key}: {found.get(key)!r:.60}, not {wanted.get(key)!r:.60}"


def order_letters(queue: OrderQueue, bodies: dict[str, bytes]) -> Iterator[str]:
    wanted = {message_id for message_id, body in bodies.items() if not _is_readable(body)}
    for message_id in sorted(wanted ^ queue.dead):
        missing = "is missing from" if message_id in wanted else "does not belong into"
        yield f"{message_id} {missing} the order dead-letter queue: {bodies[message_id]!r:.80}"


def _is_readable(body: bytes) -> bool:
    try:
        read_order_message(body)
    except Unreadable:
        return False
    return True


# What functions say about their work


def tallies(deliveries: Iterable[Delivery], lines: dict[str, list[dict[str, Any]]], load: Load) -> Iterator[str]:
    """A batch that was never delivered before holds no duplicates, whatever happened to its requests."""
    seen: dict[str, int] = {}
    for record in (record for delivered in load.stream for record in delivered.unpack()):
        identity = record.read().identity or record.event_id
        seen[identity] = seen.get(identity, 0) + 1
    for delivery in deliveries:
        done = [line for line in lines.get(delivery.outcome.request_id, []) if line.get("message") == "batch done"]
        parts = [part for record in delivery.records for part in record.unpack()]
        identities = [part.read().identity or part.event_id for part in parts]
        if not delivery.is_first or len(done) != 1 or any(seen[identity] > 1 for identity in identities):
            continue
        if done[0].get("duplicates") != 0:
            yield (
                f"{delivery.outcome.request_id} took {done[0].get('duplicates')} of {len(delivery.records)} records "
                "for duplicates that were never delivered before"
            )


# Processors


def processed(pipe: Pipe, lines: dict[str, list[dict[str, Any]]]) -> Iterator[str]:
    """By the normal processor, which says so in its log."""
    wanted = {change["eventID"] for change in pipe.changes if is_normal(_images(change)[1], RULES)}
    of_all = [line for of_invocation in lines.values() for line in of_invocation]
    found = {line["event_id"] for line in of_all if line.get("message") == "normal order processed"}
    for event in sorted((wanted - pipe.doomed - found) | (found - wanted)):
        yield f"{event} was {'not processed' if event in wanted else 'processed, which it should not be'}"


def pipe_letters(pipe: Pipe, messages: list[dict[str, Any]], *, needs_old: bool) -> Iterator[str]:
    """The function's letters and the notes of its Pipe. `needs_old`: the function looks at items that changed only."""
    name = pipe.environment.name
    images = {change["eventID"]: _images(change) for change in pipe.changes}
    wanted = {event for event, (old, new) in images.items() if new.is_poison and (old is not None or not needs_old)}
    found = {json.loads(message["Body"])["eventID"] for message in messages}
    for event in sorted((wanted - pipe.doomed - found) | (found - wanted)):
        yield f"{name}: the dead letter of {event} is {'missing' if event in wanted else 'there without a reason'}"
    numbers = {change["dynamodb"]["SequenceNumber"] for change in pipe.changes if change["eventID"] in pipe.doomed}
    if {(number, number) for number in numbers} != set(pipe.notes):
        yield f"{name}: its Pipe has given up {pipe.notes}, not {sorted(numbers)}"


def notified(pipe: Pipe, messages: list[dict[str, Any]]) -> Iterator[str]:
    """At least once, and every repetition says the same; what a dying function sent may be there too."""
    images = {change["eventID"]: (change, *_images(change)) for change in pipe.changes}
    wanted = {event for event, (_, old, new) in images.items() if is_premium(old, new, RULES)}
    found: dict[str, set[str]] = {}
    for message in messages:
        content, attribute = notification(message)
        found.setdefault(content["eventID"], set()).add(str(sorted(content.items())))
        order_id = images[content["eventID"]][0]["dynamodb"]["Keys"]["orderId"]["S"]
        if attribute != content["eventID"] or content["orderId"] != order_id:
            yield f"the notification of {content['eventID']} is of {content['orderId']}, not of {order_id}"
    for event in sorted((wanted - pipe.doomed - found.keys()) | (found.keys() - wanted)):
        yield f"the notification of {event} is {'missing' if event in wanted else 'there without a reason'}"
    for event, contents in found.items():
        if len(contents) != 1:
            yield f"notifications of {event} differ: {contents}"


def _images(change: Change) -> tuple[Image | None, Image]:
    content = change["dynamodb"]
    old = content.get("OldImage")
    return None if old is None else Image.of_item(old), Image.of_item(content["NewImage"])


def unchanged(before: Snapshot, after: Snapshot) -> Iterator[str]:
    for table, rows in before.tables.items():
        for row in sorted(set(after.tables[table]) ^ set(rows)):
            yield f"the replay changed {table}: {row[:300]}"
    for key in sorted(before.archive.keys() | after.archive.keys()):
        if before.archive.get(key) != after.archive.get(key):
            yield f"the replay changed {key}"
    if before.changes != after.changes:
        yield f"the replay made {after.changes - before.changes} changes of orders"
    if before.letters != after.letters:
        yield f"the replay sent {after.letters - before.letters} dead letters again"
