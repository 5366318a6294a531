"""A stack of the tests' own with some orders in it, counted and archived: its books are compared with each other."""

from __future__ import annotations

import contextlib
import gzip
import json
import os
import subprocess
import uuid
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from deployments import Shop, outputs_of, own_shop
from pipeline import packing
from pipeline.observation import counters, plain
from pipeline.stack import ROOT, Stack
from support import eventually, run_script

DAY = "2024-05-06"
ORDERS = 60
# What an audit of days says at its end where there was nothing to compare.
NO_ROW = "No row of these days, in the archive or in the table."
# Of the pairs of orders that only a copy of the archive has.
PAIRS_DAY = "2024-05-02"


def order(number: int, *, day: str = DAY, message_id: str | None = None, amount: str = "10.25") -> dict[str, Any]:
    return {
        "MessageId": message_id or str(uuid.uuid4()), "Type": "OrderCreatedV1", "OccurredUtc": f"{day}T10:00:00Z",
        "Payload": {
            "OrderId": f"A-{number}", "TotalAmount": float(amount), "Currency": ("EUR", "USD")[number % 2],
            "ProductIds": [f"P{number % 7}", "P-all"], "createdUtc": f"{day}T{number % 24:02}:00:00Z",
        },
    }  # fmt: skip


class Books:
    """A stack of its own with some orders in it, counted and archived."""

    def __init__(self, shop: Shop, outputs: dict[str, str]) -> None:
        self.shop = shop
        self.stack = shop.local
        self.outputs = outputs
        self.bucket = outputs["ArchiveBucketName"]
        self.sent = 0

    def send(self, records: Sequence[dict[str, Any] | bytes]) -> None:
        """In one request each, so that there are several objects; each part is archived before the next is sent."""
        for start in range(0, len(records), 20):
            self.put(records[start : start + 20])
            eventually(lambda: self.lines() == self.sent, "the records to be archived")

    def put(self, records: Sequence[dict[str, Any] | bytes]) -> None:
        """In one request, and without waiting for anything."""
        self.put_as(
            [
                (str(self.sent + n), record if isinstance(record, bytes) else json.dumps(record).encode())
                for n, record in enumerate(records)
            ]
        )

    def put_as(self, records: Sequence[tuple[str, bytes]]) -> None:
        """The same, with their partition keys; those of an aggregate are archived one by one."""
        entries = [{"PartitionKey": key, "Data": data} for key, data in records]
        answer = self.stack.client("kinesis").put_records(StreamName=self.outputs["OrderStreamName"], Records=entries)
        assert answer["FailedRecordCount"] == 0
        self.sent += sum(1 for key, data in records for _ in packing.parts(key, data))

    def wait_until_counted(self, day: str, orders: int) -> None:
        eventually(
            lambda: plain(self.row(f"ORDERS#{day}", "TOTAL")).get("TotalOrders") == orders, "the orders to be counted"
        )

    def archived(self) -> list[str]:
        pages = self.stack.client("s3").get_paginator("list_objects_v2").paginate(Bucket=self.bucket, Prefix="orders/")
        return [item["Key"] for page in pages for item in page.get("Contents", [])]

    def body(self, key: str) -> bytes:
        return bytes(self.stack.client("s3").get_object(Bucket=self.bucket, Key=key)["Body"].read())

    def lines(self) -> int:
        return sum(gzip.decompress(self.body(key)).count(b"\n") for key in self.archived())

    def environment(self, endpoint: str | None = None) -> dict[str, str]:
        own = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        return own | self.stack.credentials | {"AWS_ENDPOINT_URL": endpoint or self.stack.endpoint_url}

    def arguments(self, *arguments: str) -> list[str]:
        return [*arguments, "--stack", self.shop.name, "--region", self.stack.region]

    def run(self, *arguments: str, endpoint: str | None = None) -> subprocess.CompletedProcess[str]:
        return run_script("orders", *self.arguments(*arguments), env=self.environment(endpoint), timeout=200)

    def audit(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return self.run("audit", *arguments)

    def items(self, table: str) -> list[dict[str, Any]]:
        pages = self.stack.client("dynamodb").get_paginator("scan").paginate(TableName=table, ConsistentRead=True)
        return [item for page in pages for item in page["Items"]]

    def remove(self, output: str, item: dict[str, Any], *keys: str) -> None:
        """Deletes an item of the table that the output names."""
        key = {name: item[name] for name in keys}
        self.stack.client("dynamodb").delete_item(TableName=self.outputs[output], Key=key)

    def counters(self, table: str | None = None) -> dict[tuple[str, str], dict[str, Any]]:
        """The rows' counters of the Analytics table, or of one of its form."""
        return counters(map(plain, self.items(table or self.outputs["AnalyticsTableName"])))

    @contextlib.contextmanager
    def counter_table(self) -> Iterator[str]:
        """An empty table of the Analytics table's form."""
        dynamodb, name = self.stack.client("dynamodb"), f"rebuilt-{uuid.uuid4().hex[:8]}"
        dynamodb.create_table(
            TableName=name, BillingMode="PAY_PER_REQUEST",
            KeySchema=[{"AttributeName": "PK", "KeyType": "HASH"}, {"AttributeName": "SK", "KeyType": "RANGE"}],
            AttributeDefinitions=[{"AttributeName": key, "AttributeType": "S"} for key in ("PK", "SK")],
        )  # fmt: skip
        try:
            yield name
        finally:
            dynamodb.delete_table(TableName=name)

    @contextlib.contextmanager
    def without_archiver(self) -> Iterator[None]:
        """What comes meanwhile is counted, and archived afterwards."""
        try:
            with self.without("OrderArchiverName"):
                yield
        finally:
            eventually(lambda: self.lines() == self.sent, "the records to be archived")

    @contextlib.contextmanager
    def without(self, output: str) -> Iterator[None]:
        """The function that the output names gets what comes meanwhile afterwards."""
        function = self.outputs[output]
        client = self.stack.client("lambda")
        [mapping] = client.list_event_source_mappings(FunctionName=function)["EventSourceMappings"]

        def switch(enabled: bool) -> None:
            client.update_event_source_mapping(UUID=mapping["UUID"], Enabled=enabled)

        switch(False)
        try:
            yield
        finally:
            switch(True)

    def row(self, partition_key: str, sort_key: str, table: str | None = None) -> dict[str, Any]:
        found = self.stack.client("dynamodb").get_item(
            TableName=table or self.outputs["AnalyticsTableName"],
            Key={"PK": {"S": partition_key}, "SK": {"S": sort_key}}, ConsistentRead=True,
        )  # fmt: skip
        return found.get("Item", {})


@pytest.fixture(scope="session")
def books(stack: Stack) -> Iterator[Books]:
    with own_shop(stack, f"books{os.getpid()}") as shop:
        books = Books(shop, outputs_of(shop.deploy(ArchiveWindowSeconds="0", RequireTLS="false")))
        send_first(books)
        yield books


def send_first(books: Books) -> None:
    first = order(0)
    records: list[dict[str, Any] | bytes] = [order(number) for number in range(ORDERS)]
    # Beside them a repetition, another order under a used id, an order that cannot be read, and what is none.
    records += [first, first, order(900, message_id=first["MessageId"], amount="99"), b"no JSON"]
    records += [
        order(901) | {"MessageId": "m-901", "Payload": {"createdUtc": f"{DAY}T00:00:00Z"}},
        {"Type": "Heartbeat"},
    ]
    books.send(records)
    books.wait_until_counted(DAY, ORDERS + 2)


def rewritten(
    books: Books, key: str, change: Callable[[list[bytes]], list[bytes]], *, counts_lines: bool = False
) -> Callable[[], None]:
    """Changes the object's lines, with its metadata as they were, or with their number; gives what undoes it."""
    s3 = books.stack.client("s3")
    found = s3.get_object(Bucket=books.bucket, Key=key)
    body = found["Body"].read()
    lines = change(gzip.decompress(body).splitlines(keepends=True))

    def put(content: bytes, metadata: dict[str, str]) -> None:
        s3.delete_object(Bucket=books.bucket, Key=key)
        s3.put_object(Bucket=books.bucket, Key=key, Body=content, Metadata=metadata, IfNoneMatch="*")

    metadata = found["Metadata"]
    put(gzip.compress(b"".join(lines)), metadata | ({"records": str(len(lines))} if counts_lines else {}))
    return lambda: put(body, metadata)


@contextlib.contextmanager
def late_object(books: Books, first: datetime, later: datetime) -> Iterator[None]:
    """Objects of fifteen records of a shard, none of them an order, whose archiver was behind and lost a checkpoint.

    One has the first ten, of which two arrived later; inside it another has the sixth to the eighth; the third has
    the rest, which arrived an hour later still.
    """
    s3, shard = books.stack.client("s3"), "shardId-000000000067"
    keys: list[str] = []

    def arrival(place: int) -> datetime:
        return first if place <= 8 else later if place <= 10 else later + timedelta(hours=1)

    def number(place: int) -> str:
        # As Kinesis gives it: with the time in it, and the later in the shard the greater.
        return str(2 << 184 | place << 80 | int(arrival(place).timestamp()) << 36 | 1 << 4 | 2)

    try:
        for places, previous in ((range(1, 11), "none"), (range(6, 9), "none"), (range(11, 16), number(10))):
            lines = [
                {
                    "format": 1, "rules": 2, "shardId": shard, "sequenceNumber": number(place), "partitionKey": "late",
                    "arrivedAt": f"{arrival(place):%Y-%m-%dT%H:%M:%SZ}", "record": {"Type": "Heartbeat"},
                    "order": {"verdict": "skipped"},
                }
                for place in places
            ]  # fmt: skip
            keys.append(f"orders/{arrival(places[0]):dt=%Y-%m-%d/hour=%H}/{shard}-{number(places[0])}.ndjson.gz")
            s3.put_object(
                Bucket=books.bucket, Key=keys[-1],
                Body=gzip.compress(b"".join(json.dumps(line).encode() + b"\n" for line in lines)),
                Metadata={
                    "format": "1", "records": str(len(lines)), "last-sequence-number": number(places[-1]),
                    "previous-sequence-number": previous,
                },
            )  # fmt: skip
        yield
    finally:
        for key in keys:
            s3.delete_object(Bucket=books.bucket, Key=key)


def sections(found: subprocess.CompletedProcess[str]) -> set[str]:
    return {line.rstrip(":") for line in found.stdout.splitlines() if line.endswith(":") and not line.startswith(" ")}


def documented_queries(folder: Path) -> list[str]:
    """Of docs/formats.md: for Athena a look, a view, a query of it and one of a month; DuckDB's, of a copy there."""
    text = (ROOT / "docs/formats.md").read_text().partition("## The archive")[2]
    queries = [block.partition("```")[0].rstrip().rstrip(";") for block in text.split("```sql\n")[1:]]
    return [query.replace("orders/*/*/*.ndjson.gz", f"{folder}/orders/*/*/*.ndjson.gz") for query in queries]


def documented_reader(folder: Path) -> str:
    """FROM read_json(…) of that query, which gives the columns of the lines."""
    query = documented_queries(folder)[-1]
    start = query.index("FROM read_json(")
    return query[start : query.index("WHERE", start)]


def write_pairs(folder: Path) -> None:
    """An object with two orders of 10 USD, and behind each another of 12 under its id.

    As texts, the instant of the first pair's other order comes before that of the right one, and so does the number of
    the second pair's.
    """
    shard, places = "shardId-000000000099", [
        ("pair-1", 8, "29.52Z", "10"), ("pair-2", 9, "29.524Z", "10"), ("pair-2", 10, "29.524Z", "12"),
        ("pair-1", 11, "29.525Z", "12"),
    ]  # fmt: skip
    lines = []
    for event, number, seconds, amount in places:
        record = order(2 * number + 1, day=PAIRS_DAY, message_id=event, amount=amount)
        understood = {
            "verdict": "accepted", "eventId": event, "orderId": record["Payload"]["OrderId"], "day": PAIRS_DAY,
            "currency": "USD", "amount": amount, "products": [{"productId": "P-all", "quantity": 1}],
        }  # fmt: skip
        line = {
            "format": 1, "rules": 3, "shardId": shard, "sequenceNumber": str(number), "partitionKey": "pair",
            "arrivedAt": f"{PAIRS_DAY}T18:08:{seconds}", "record": record, "order": understood,
        }  # fmt: skip
        lines.append(json.dumps(line).encode() + b"\n")
    path = folder / f"orders/dt={PAIRS_DAY}/hour=18/{shard}-8.ndjson.gz"
    path.parent.mkdir(parents=True)
    path.write_bytes(gzip.compress(b"".join(lines)))
