"""A small workload in which everything meets: few orders, hot rows, repetitions, poison."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from random import Random

from pipeline.awkward import compress
from pipeline.exact import Instant, Number
from pipeline.generator import CURRENCIES, EMAILS, PRODUCTS, TEST_EMAILS, Generator
from pipeline.jsontext import encode
from pipeline.oracle import StreamRecord
from pipeline.sender import packed
from pipeline.workload import Message, Route, TableWrite, Workload

FIRST_ARRIVAL = datetime(2025, 8, 28, 22, 40, tzinfo=UTC)
# Its records come in one shard, as producers' partition keys see to.
SAME_ID = "same MessageId"
# More products than one transaction has actions: such an order is counted in parts.
MANY_PRODUCTS = 105
# Bytes whose base64 is over the 256 KiB of a message.
LARGE_POISON = 200_000


@dataclass(frozen=True)
class Load:
    """What one seed sends. Shards hold their records oldest first."""

    workload: Workload
    shards: list[list[StreamRecord]]
    messages: list[Message]
    writes: list[TableWrite]

    @property
    def stream(self) -> list[StreamRecord]:
        return [record for shard in self.shards for record in shard]


def generate(seed: int, *, producers_repeat: bool) -> Load:
    generator = Generator(seed)
    random = generator.random
    for number in range(random.randint(14, 24)):
        generator.order_event(f"O-{number % 9}", phase=random.choice((0, 1)))
    _add_records(generator)
    if random.random() < 0.1:
        names = [f"product-{number:03}" for number in range(MANY_PRODUCTS)]
        generator.order_event("MANY", ProductIds=names, Quantities=None)
    if producers_repeat:
        for message in random.sample(generator.workload.messages[:12], 3):
            key = random.choice((message.partition_key, "again"))
            generator.again(message.body, Route.KINESIS, phase=0, kind="repeated", partition_key=key)
        _add_conflicts(generator)
    _add_poison(generator)
    _pack(generator)
    records = [message for message in generator.workload.messages if message.route is Route.KINESIS]
    random.shuffle(records)
    _add_messages(generator)
    messages = [message for message in generator.workload.messages if message.route is not Route.KINESIS]
    _add_foreign_items(generator)
    return Load(generator.workload, _spread(random, packed(records)), messages, generator.workload.writes)


def _add_conflicts(generator: Generator) -> None:
    """Orders that were given the id of another one, of which the shard's first counts."""
    for number in range(2):
        identity = generator.identity()
        for amount in ("10", "11", "10.0", "12"):
            generator.order_event(f"SAME-{number}", kind=SAME_ID, message_id=identity, TotalAmount=Number(amount),
                                  Currency="EUR", ProductIds=["mouse"], Quantities=None,
                                  createdUtc="2025-08-27T10:00:00Z")  # fmt: skip


def _add_records(generator: Generator) -> None:
    for number in range(3):
        body = {"customer_id": f"C{number}", "amount": generator.amount(), "order_id": f"O-{number}"}
        generator.kinesis(encode(body), "short", kind="short record")
        body = {"customer_id": f"anonymous-{number}", "amount": str(generator.amount())}
        generator.kinesis(encode(body), "short", kind="short record, no id")
    body = generator.order_event("PRETTY")
    generator.workload.messages.pop()
    generator.kinesis(body.replace(b',"', b',\n  "') + b"\n", "PRETTY", kind="JSON on many lines")
    body = generator.order_event("OTHER-TYPE")
    generator.workload.messages.pop()
    generator.kinesis(body.replace(b"OrderCreatedV1", b"OrderShippedV1"), "OTHER-TYPE", kind="other event type")


def _add_poison(generator: Generator) -> None:
    random = generator.random
    makers: list[Callable[[], object]] = [
        lambda: generator.order_event("BAD", TotalAmount="twelve"),
        lambda: generator.order_event("BAD", OrderId=Number("1.5")),
        lambda: generator.order_event("BAD", Currency=""),
        lambda: generator.order_event("BAD", createdUtc="0001-01-01T00:00:00Z"),
        lambda: generator.kinesis(b"not JSON at all", "bad", kind="unreadable record"),
        lambda: generator.kinesis(b"\xff\xfe\x00binary\n\r\x00", "bad", kind="unreadable record"),
        lambda: generator.kinesis(b'{"customer_id":"n","amount":-0.01}', "bad", kind="unreadable record"),
    ]
    for make in random.sample(makers, 3):
        make()
    if random.random() < 0.08:
        generator.kinesis(b"\xff" * LARGE_POISON, "bad", kind="unreadable record, large")


def _pack(generator: Generator) -> None:
    """Some records compressed, some in one record of the stream together, poison included."""
    random, messages = generator.random, generator.workload.messages
    for place in random.sample(range(len(messages)), 3):
        messages[place] = replace(messages[place], body=compress(messages[place].body))
    for number in range(random.choice((0, 1, 2))):
        free = [n for n, message in enumerate(messages) if message.aggregate is None and message.kind != SAME_ID]
        for place in random.sample(free, random.randint(2, 8)):
            if len(messages[place].body) < LARGE_POISON // 10:
                messages[place] = replace(messages[place], aggregate=number)


def _add_messages(generator: Generator) -> None:
    random = generator.random
    route = (Route.SNS, Route.SQS)
    tie = "2025-08-27T10:00:00.1234567Z"
    for number in range(16):
        attributes: dict[str, object] = {
            "status": random.choice(("new", "pending", "shipped", "cancelled")),
            "amount": generator.amount(),
            "currency": random.choice(CURRENCIES),
            "userId": f"user-{random.randrange(9)}",
            "customerEmail": random.choice(EMAILS + TEST_EMAILS),
            "itemName": random.choice(PRODUCTS),
            "quantity": random.randint(1, 5),
        }
        chosen = dict(random.sample(list(attributes.items()), random.randint(1, len(attributes))))
        if number % 5 == 0:
            chosen["timestamp"] = tie
        body = generator.message(f"O-{random.randrange(6)}", route=random.choice(route), **chosen)
        if number % 6 == 0:
            generator.again(body, random.choice(route), phase=0, kind="repeated")
    for number, status in enumerate(("pending", "shipped")):
        generator.message(
            "SHIPS", phase=number, status=status, amount=Number("1500"), timestamp=f"2025-08-27T1{number}:00:00Z"
        )
    bad = [b"not JSON at all", b'{"orderId":"","timestamp":"2025-08-27T10:00:00Z"}', b'{"orderId":"X","amount":"abc"}']
    for body in random.sample(bad, 2):
        generator.again(body, random.choice(route), phase=0, kind="unreadable message")


def _add_foreign_items(generator: Generator) -> None:
    for number, amount in enumerate(("100", "1500")):
        for phase, status in enumerate(("pending", "shipped")):
            item = {"orderId": {"S": f"OTHER-{number}"}, "status": {"S": status}, "amount": {"N": amount}}
            generator.workload.writes.append(TableWrite(phase, item))
    for phase, status in enumerate(("pending", "shipped")):
        item = {"orderId": {"S": "OTHER-poison"}, "status": {"S": status}, "amount": {"S": "a lot"}}
        generator.workload.writes.append(TableWrite(phase, item))


def _spread(random: Random, records: Iterable[tuple[str, bytes]]) -> list[list[StreamRecord]]:
    """Over two or three shards. Sequence numbers grow by a digit on the way, arrivals pass hours."""
    shards: list[list[StreamRecord]] = [[] for _ in range(random.choice((2, 3)))]
    numbers = [10**55 - random.randint(1, 20) for _ in shards]
    for count, (partition_key, data) in enumerate(records):
        place = 0 if partition_key.startswith("SAME-") else random.randrange(len(shards))
        numbers[place] += random.randint(1, 3)
        arrival = Instant.of(FIRST_ARRIVAL + timedelta(seconds=90 * count, milliseconds=random.randrange(1000)))
        record = StreamRecord(f"shardId-{place:012}", str(numbers[place]), arrival, data, partition_key)
        shards[place].append(record)
    return [shard for shard in shards if shard]
