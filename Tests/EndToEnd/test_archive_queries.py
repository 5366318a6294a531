"""What others read of the archive: the queries of docs/formats.md, and the catalogue of the template."""

from __future__ import annotations

import gzip
import json
import re
import sys
from datetime import UTC, date, datetime, timedelta
from typing import Any

import duckdb

from books import DAY, ORDERS, PAIRS_DAY, Books, documented_queries, documented_reader, write_pairs
from pipeline.observation import plain
from pipeline.stack import ROOT

sys.path.insert(0, str(ROOT / "scripts"))
from deployment.template import Template

# The claims' lifetime, a day by which clocks may go ahead, and two in which an object goes on.
DAYS_BEFORE = 21 + 1 + 2


def of_may(query: str, *, until: str) -> str:
    """The documented query of a month, of May 2024 as it arrived until that day."""
    named = re.findall(r"'(\d{4}-\d\d-\d\d)'", query)
    since, _, first, last = map(date.fromisoformat, named)
    assert since == first - timedelta(days=DAYS_BEFORE)
    assert (first.day, (last + timedelta(days=1)).day) == (1, 1)
    may = date(2024, 5, 1)
    wanted = [(may - timedelta(days=DAYS_BEFORE)).isoformat(), until, may.isoformat(), "2024-05-31"]
    for day, other in zip(named, wanted, strict=True):
        query = query.replace(f"'{day}'", f"'{other}'")
    return query


def test_an_independent_reader_sums_the_same(books: Books, tmp_path: Any) -> None:
    """DuckDB by the queries of docs/formats.md, of a copy of the archive; the copy is counted anew, too."""
    for key in books.archived():
        path = tmp_path / key
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(books.body(key))
    write_pairs(tmp_path)
    look, view, query, month, duckdbs_own = documented_queries(tmp_path)
    database = duckdb.connect()
    # Athena's function, which DuckDB has as a cast.
    database.execute("CREATE MACRO from_iso8601_timestamp_nanos(instant) AS instant::TIMESTAMPTZ")
    # The table for sums as the template has it; only its name and its columns are used.
    database.execute(f"CREATE VIEW understood AS SELECT * EXCLUDE (record) {documented_reader(tmp_path)}")
    assert database.sql(look.replace("2025-08-27", PAIRS_DAY)).fetchall() == [(4, 4, 4)]
    database.execute(view)
    tomorrow = (datetime.now(UTC) + timedelta(days=1)).date().isoformat()
    for statement in (query, of_may(month, until=tomorrow), duckdbs_own):
        rows = database.sql(statement).fetchall()
        sums = {(day, currency): (revenue, orders) for day, currency, revenue, orders in rows}
        for currency in ("EUR", "USD"):
            row = plain(books.row(f"REVENUE#{DAY}", currency))
            assert sums[DAY, currency] == (row["Value"], row["Count"])
        assert sum(orders for (day, _), (_, orders) in sums.items() if day == DAY) == ORDERS + 1
        assert {key: value for key, value in sums.items() if key[0] == PAIRS_DAY} == {(PAIRS_DAY, "USD"): (20, 2)}
    # Of what arrived behind its last day, as all orders but the pairs did, the query of a month reads nothing.
    assert database.sql(of_may(month, until="2024-05-31")).fetchall() == [(PAIRS_DAY, "USD", 20, 2)]
    copied = books.run("rebuild", "--archive", str(tmp_path), "--dry-run")
    words = f"{ORDERS + 4} events counted, 1 repetition, 3 other orders under a used id"
    assert words in copied.stdout, copied.stdout + copied.stderr


def table(name: str) -> dict[str, Any]:
    """A table of the template's catalogue."""
    resource = Template.parse((ROOT / "cloudformation.yaml").read_text()).resources[name]
    found: dict[str, Any] = resource["Properties"]["TableInput"]
    return found


def columns(name: str) -> dict[str, str]:
    """Its columns' types."""
    found = {column["Name"]: column["Type"] for column in table(name)["StorageDescriptor"]["Columns"]}
    return {name: kind if isinstance(kind, str) else ",".join(kind["Fn::Join"][1]) for name, kind in found.items()}


RECORDS, UNDERSTOOD = "ArchiveCatalogTable", "ArchiveCatalogUnderstoodTable"


def test_the_catalogue_has_the_columns_of_the_lines() -> None:
    """The table of the template has what an archived line may have, in small letters, and no other column."""
    text = (ROOT / "docs/formats.md").read_text().partition("Each line is one record:")[2].partition("`order` is")[0]
    members = re.findall(
        r"`(\w+)`", "".join(line.split("|")[1] for line in text.splitlines() if line.startswith("| `"))
    )
    assert list(columns(RECORDS)) == [member.lower() for member in members]


def test_the_table_for_sums_is_that_of_records_by_another_serde_and_without_them() -> None:
    """The SerDe of `records` may give more rows or fewer than there are, as AWS says of it."""
    records, understood = table(RECORDS), table(UNDERSTOOD)
    assert columns(UNDERSTOOD) == {name: kind for name, kind in columns(RECORDS).items() if name != "record"}
    own = {"Name", "Description", "StorageDescriptor"}
    assert [(name, records[name]) for name in records if name not in own] == [
        (name, understood[name]) for name in understood if name not in own
    ]
    assert (records["Name"], understood["Name"]) == ("records", "understood")
    stored = [
        {name: value for name, value in found["StorageDescriptor"].items() if name not in ("Columns", "SerdeInfo")}
        for found in (records, understood)
    ]
    assert stored[0] == stored[1]
    serdes = [found["StorageDescriptor"]["SerdeInfo"]["SerializationLibrary"] for found in (records, understood)]
    assert serdes == ["org.openx.data.jsonserde.JsonSerDe", "org.apache.hive.hcatalog.data.JsonSerDe"]


def test_sums_are_of_the_table_for_sums(tmp_path: Any) -> None:
    *athenas, duckdbs_own = documented_queries(tmp_path)
    read = [found for query in athenas for found in re.findall(r"FROM (\w+)", query)]
    assert read == ["understood", "understood", "orders", "understood"]
    assert "FROM read_json(" in duckdbs_own


def is_read(kind: str, value: Any) -> bool:
    """Whether the Hive JSON SerDe reads the value as one of the type.

    As Trino's JsonDeserializer has it: a scalar is none of an object or of an array, and members without a column are
    passed over.
    """
    name, _, inner = kind.partition("<")
    inner = inner.removesuffix(">")
    match name:
        case _ if value is None:
            return True
        case "string":
            return not isinstance(value, dict | list)
        case "int" | "bigint":
            return type(value) is int and abs(value) < (2**31 if name == "int" else 2**63)
        case "array":
            return isinstance(value, list) and all(is_read(inner, element) for element in value)
        case "struct":
            # Up to the next comma outside of angle brackets; an array of structs is the only type that has any.
            fields = dict(re.findall(r"(\w+):(\w+(?:<.*>)?)", inner))
            return isinstance(value, dict) and all(
                is_read(fields[member.lower()], inside) for member, inside in value.items() if member.lower() in fields
            )
    raise AssertionError(kind)


def test_every_line_has_the_types_of_the_table_for_sums(books: Books) -> None:
    types = columns(UNDERSTOOD)
    for key in books.archived():
        for line in map(json.loads, gzip.decompress(books.body(key)).splitlines()):
            assert {name.lower() for name in line} - set(types) <= {"record"}
            for name, value in line.items():
                assert name == "record" or is_read(types[name.lower()], value), (key, name)


def test_what_the_serde_does_not_read_is_told() -> None:
    """The test above is worth what this is."""
    order = columns(UNDERSTOOD)["order"]
    assert is_read(order, {"verdict": "accepted", "products": [{"productId": "P", "quantity": 2}], "other": {}})
    for wrong in ("accepted", {"day": {}}, {"products": {}}, {"products": [{"quantity": 1.5}]}, {"products": ["P"]}):
        assert not is_read(order, wrong)
    assert not is_read(columns(RECORDS)["record"], {"MessageId": "1"})
    assert is_read("int", 7) and not is_read("int", 2**31) and not is_read("int", "7")
