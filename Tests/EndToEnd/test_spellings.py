"""The tables of docs/formats.md, against the oracle: what it reads is what producers are promised."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path

import pytest

from pipeline.exact import Instant, Unreadable
from pipeline.rows import Image, Rules
from pipeline.spelling import KinesisReading, Update, read_kinesis, read_order_message

ROOT = Path(__file__).parents[2]
ARRIVAL = Instant.parse("2025-08-27T18:08:00Z")


@dataclass(frozen=True)
class Case:
    path: str
    shape: str
    kind: str
    sent: str
    reading: str

    @property
    def value(self) -> str | None:
        match = re.match("`([^`]*)`", self.reading)
        return match[1] if match else None


def _table(column: str) -> list[list[str]]:
    lines = (ROOT / "docs/formats.md").read_text().splitlines()
    start = next(index for index, line in enumerate(lines) if line.startswith(f"| {column} |")) + 2
    rows = []
    for line in lines[start:]:
        if not line.startswith("| "):
            break
        rows.append(line[2:-2].split(" | "))
    return rows


def _cases() -> list[Case]:
    spellings = [(kind, sent[1:-1], reading) for kind, sent, reading in _table("kind")]
    cases = []
    for path, shape, kind, _ in _table("member"):
        # What is more than its kind: no nil UUID; an instant that nobody counts as zoneless.
        wanted = {"UTC instant": ["instant"], "order id": ["id", "order id"]}.get(kind, [kind])
        cases += [Case(path.strip("`"), shape, kind, sent, reading) for k, sent, reading in spellings if k in wanted]
    return cases


CASES = _cases()


def document(case: Case) -> bytes:
    """JSON is put together from texts, so that a number stays as it is written."""
    name = case.path.split(".")[-1]

    def write(members: dict[str, str], *extra: tuple[str, str]) -> str:
        return "{" + ",".join(f"{json.dumps(key)}:{text}" for key, text in (members | dict(extra)).items()) + "}"

    if case.shape == "short record":
        return write({"customer_id": '"1"', "amount": "5"}, (name, case.sent)).encode()
    if case.shape == "order message":
        return write({"orderId": '"O"', "timestamp": '"2025-08-27T18:08:00Z"'}, (name, case.sent)).encode()
    payload = {"OrderId": '"O"', "TotalAmount": "5"}
    outer: list[tuple[str, str]] = []
    if name == "ProductIds[]":
        payload["ProductIds"] = f"[{case.sent}]"
    elif name == "Quantities":
        payload |= {"ProductIds": '["P"]', "Quantities": case.sent}
    elif name == "Quantities{}":
        payload |= {"ProductIds": '["P"]', "Quantities": f'{{"P":{case.sent}}}'}
    elif case.path.startswith("Payload."):
        payload[name] = case.sent
    else:
        outer = [(name, case.sent)]
    return write({"Type": '"OrderCreatedV1"', "Payload": write(payload)}, *outer).encode()


def test_the_tables_are_there() -> None:
    assert len({case.kind for case in CASES}) >= 14
    assert len(CASES) >= 300


@pytest.mark.parametrize("case", [case for case in CASES if case.shape in ("order event", "short record")])
@pytest.mark.parametrize("is_wrapped", [False, True])
def test_the_oracle_reads_a_record_as_the_table_says(case: Case, is_wrapped: bool) -> None:
    body = document(case)
    if is_wrapped:
        body = b'{"detail-type":"Order","source":"shop","detail":' + body + b"}"
    reading = read_kinesis(body, ARRIVAL)
    if case.reading.startswith("refused"):
        assert reading.is_poison and reading.sale is None
    elif case.reading.startswith("skipped"):
        assert not reading.is_order and not reading.is_poison
    else:
        assert reading.sale is not None
        if case.value is not None or case.reading.startswith("absent"):
            assert same(of_record(case.path, reading), case.value)


def of_record(path: str, reading: KinesisReading) -> object:
    sale = reading.sale
    assert sale is not None
    match path.split(".")[-1]:
        case "MessageId":
            return reading.identity
        case "OrderId" | "order_id":
            return sale.update.order_id
        case "UserId" | "customer_id":
            return sale.update.attributes["userId"]
        case "TotalAmount" | "amount":
            return sale.amount
        case "Currency" | "currency":
            return sale.currency
        case "CorrelationId":
            return sale.update.attributes.get("correlationId")
        case "ProductIds" | "ProductIds[]":
            return next(iter(sale.products), None)
        case "Quantities" | "Quantities{}":
            return Decimal(sale.products["P"])
    return sale.update.at


@pytest.mark.parametrize("case", [case for case in CASES if case.shape == "order message"])
def test_the_oracle_reads_a_message_as_the_table_says(case: Case) -> None:
    if case.reading.startswith("refused"):
        with pytest.raises(Unreadable):
            read_order_message(document(case), ARRIVAL)
        return
    update = read_order_message(document(case), ARRIVAL)
    assert same(of_message(case.path, update), case.value)
    check_decision(case, Image(of_text(update, "status"), Decimal(1500), of_text(update, "customerEmail")))


def of_message(path: str, update: Update) -> object:
    if path == "orderId":
        return update.order_id
    return update.at if path == "timestamp" else update.attributes.get(path)


def of_text(update: Update, name: str) -> str | None:
    value = update.attributes.get(name)
    return None if value is None else str(value)


IMAGES = [case for case in CASES if case.shape == "stream image" and not case.kind.endswith(" id")]


@pytest.mark.parametrize("case", IMAGES)
def test_the_oracle_reads_an_image_as_the_table_says(case: Case) -> None:
    image = Image.of_item({"orderId": {"S": "O"}, case.path: json.loads(case.sent)})
    assert image.is_poison == case.reading.startswith("refused")
    if not image.is_poison:
        value = image.amount if case.kind == "image amount" else image.email if "address" in case.kind else image.status
        assert same(value, case.value)
        check_decision(case, image)


def check_decision(case: Case, image: Image) -> None:
    if "address" in case.kind:
        assert image.is_test(Rules()) == ("a test address" in case.reading)
    if match := re.search("handled as `(.*)`", case.reading):
        assert image.is_status(match[1])


def same(found: object, wanted: str | None) -> bool:
    if wanted is None or found is None:
        return found is None and wanted is None
    if isinstance(found, Instant):
        return found == Instant.parse(wanted)
    return found == Decimal(wanted) if isinstance(found, Decimal) else found == wanted
