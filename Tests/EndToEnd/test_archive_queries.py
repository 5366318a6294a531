"""What others read of the archive: the queries of docs/formats.md, and the catalogue of the template."""

from __future__ import annotations

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
    view, query, month, duckdbs_own = documented_queries(tmp_path)
    database = duckdb.connect()
    # Athena's function, which DuckDB has as a cast.
    database.execute("CREATE MACRO from_iso8601_timestamp_nanos(instant) AS instant::TIMESTAMPTZ")
    # The table as the template has it; only its name and its columns are used.
    database.execute(f"CREATE VIEW records AS SELECT * {documented_reader(tmp_path)}")
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


def test_the_catalogue_has_the_columns_of_the_lines() -> None:
    """The table of the template has what an archived line may have, in small letters, and no other column."""
    table = Template.parse((ROOT / "cloudformation.yaml").read_text()).resources["ArchiveCatalogTable"]
    columns = [column["Name"] for column in table["Properties"]["TableInput"]["StorageDescriptor"]["Columns"]]
    text = (ROOT / "docs/formats.md").read_text().partition("Each line is one record:")[2].partition("`order` is")[0]
    members = re.findall(
        r"`(\w+)`", "".join(line.split("|")[1] for line in text.splitlines() if line.startswith("| `"))
    )
    assert columns == [member.lower() for member in members]
