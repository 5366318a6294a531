"""`orders report`, `show`, `explain` and `tail`: what the tool tells people of a running stack."""

from __future__ import annotations

import csv
import fcntl
import gzip
import io
import json
import os
import pty
import random
import select
import signal
import struct
import subprocess
import termios
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from owndays import own_days
from pipeline import explanations
from pipeline.observation import StreamReader
from pipeline.oracle import Expectation, expect
from pipeline.rows import Rules
from pipeline.stack import ROOT, Stack
from pipeline.workload import Message, Route, Workload
from support import eventually, run_script, stored_order

TOOL = ROOT / ".build/debug/orders"
CURRENCIES = ("USD", "EUR", "JPY", "KWD")


@pytest.fixture(scope="module", autouse=True)
def built_tool() -> None:
    run_script("orders", "--help", check=True, timeout=900)


def environment(stack: Stack, **more: str) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "ORDERS_LOCAL_"))}
    access = {"AWS_ENDPOINT_URL": stack.endpoint_url, "AWS_REGION": stack.region, "ORDERS_PROJECT": str(ROOT)}
    return kept | stack.credentials | access | more


def run(stack: Stack, *arguments: str, text: str = "", **variables: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [TOOL, *arguments],
        input=text,
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
        env=environment(stack, **variables),
    )


def succeeded(result: subprocess.CompletedProcess[str]) -> str:
    assert result.returncode == 0, result.stderr
    return result.stdout


def publish(stack: Stack, **order: object) -> None:
    stack.client("sns").publish(TopicArn=stack["OrderTopicArn"], Message=json.dumps(order))


def put(stack: Stack, partition_key: str, *bodies: str) -> None:
    records = [{"Data": body.encode(), "PartitionKey": partition_key} for body in bodies]
    assert (
        stack.client("kinesis").put_records(StreamName=stack["OrderStreamName"], Records=records)["FailedRecordCount"]
        == 0
    )


class TestReport:
    """Two days that nothing else on the stack has orders of."""

    @pytest.fixture(scope="class")
    def days(self, stack: Stack) -> tuple[str, str]:
        first, second = own_days(stack, 2)
        return first, second

    @pytest.fixture(scope="class")
    def expected(self, stack: Stack, seed: int, days: tuple[str, str]) -> Expectation:
        chance, key = random.Random(seed), f"report-{days[0]}-{os.getpid()}"
        bodies = [self.order(chance, key, number, days) for number in range(150)]
        # The same again, another one under its id, and one that cannot be read.
        bodies += [bodies[0], bodies[1].replace('"TotalAmount":', '"TotalAmount":1')]
        bodies.append(bodies[2].replace('"TotalAmount":', '"TotalAmount":-').replace(f"{key}-m2", f"{key}-refused"))
        put(stack, key, *bodies)
        messages = [Message(Route.KINESIS, 0, "report", body.encode(), key) for body in bodies]
        stream = [record for record in StreamReader(stack).refresh() if record.partition_key == key]
        assert len(stream) == len(bodies)
        expected = expect(Workload(seed, messages), stream, Rules())
        total = sum(
            row["TotalOrders"] for (partition, _), row in expected.analytics.items() if partition.startswith("ORD")
        )
        # Each row is written on its own: the totals of the days say nothing of the others.
        products = sum(row["OrderCount"] for row in self.products(expected).values())

        def counted() -> bool:
            report = self.report(stack, days, "--top", "1000")
            revenue = sum(row["orders"] for entry in report["days"] for row in entry["revenue"])
            return (report["orders"], revenue, sum(row["orders"] for row in report["products"])) == (
                total, total - report["refused"], products,
            )  # fmt: skip

        eventually(counted, "all orders to be counted")
        return expected

    def order(self, chance: random.Random, key: str, number: int, days: tuple[str, str]) -> str:
        products = [f"=SUM(A{n})" if n == 3 else f'P{n},"{n}"' for n in chance.sample(range(12), chance.randint(0, 4))]
        payload = {
            "OrderId": f"{key}-{number}",
            "TotalAmount": 0,
            "Currency": chance.choice(CURRENCIES),
            "ProductIds": products,
            "Quantities": {product: chance.randint(1, 5) for product in products},
            "createdUtc": f"{chance.choice(days)}T{chance.randrange(24):02}:00:00Z",
        }
        amount = f"{chance.randrange(10**12)}.{chance.randrange(10**9):09}"
        event = {"MessageId": f"{key}-m{number}", "Type": "OrderCreatedV1", "Version": 1, "Payload": payload}
        return json.dumps(event, separators=(",", ":")).replace('"TotalAmount":0', f'"TotalAmount":{amount}')

    def report(self, stack: Stack, days: tuple[str, str], *arguments: str) -> dict[str, Any]:
        span = ("--from", days[0], "--to", days[1])
        return json.loads(succeeded(run(stack, "report", *span, "--format", "json", *arguments)))

    def products(self, expected: Expectation) -> dict[tuple[str, str], dict[str, Decimal]]:
        sums: dict[tuple[str, str], dict[str, Decimal]] = {}
        for (partition, sort), row in expected.analytics.items():
            if partition.startswith("PRODUCT#"):
                product, _, currency = sort.rpartition("#") if sort[-4:-3] == "#" else (sort, "", "USD")
                into = sums.setdefault((product, currency), Counter())
                for name, value in row.items():
                    into[name] = into.get(name, Decimal(0)) + value
        return sums

    def test_every_figure_is_what_was_sent(self, stack: Stack, expected: Expectation, days: tuple[str, str]) -> None:
        report = self.report(stack, days, "--top", "1000")
        assert [entry["day"] for entry in report["days"]] == list(days)
        for entry in report["days"]:
            totals = expected.analytics["ORDERS#" + entry["day"], "TOTAL"]
            assert (entry["orders"], entry["accepted"]) == (totals["TotalOrders"], totals["SuccessfulOrders"])
            revenue = {row["currency"]: (Decimal(row["grossRevenue"]), row["orders"]) for row in entry["revenue"]}
            wanted = {
                sort: (row["Value"], row["Count"])
                for (partition, sort), row in expected.analytics.items()
                if partition == "REVENUE#" + entry["day"]
            }
            assert revenue == wanted
        found = {
            (row["product"], row["currency"]): {
                "OrderCount": row["orders"],
                "Units": Decimal(row["units"]),
                "Revenue": Decimal(row["grossRevenue"]),
            }
            for row in report["products"]
        }
        assert found == self.products(expected)
        assert report["refused"] == 1
        assert report["omittedProducts"] == 0

    def test_the_best_products_of_each_currency_come_first(
        self, stack: Stack, expected: Expectation, days: tuple[str, str]
    ) -> None:
        report = self.report(stack, days, "--top", "2")
        by_currency: dict[str, list[tuple[Decimal, str]]] = {}
        for (product, currency), row in self.products(expected).items():
            by_currency.setdefault(currency, []).append((-row["Revenue"], product))
        for currency, products in by_currency.items():
            found = [row["product"] for row in report["products"] if row["currency"] == currency]
            assert found == [product for _, product in sorted(products)[:2]]

    def test_a_spreadsheet_gets_the_same_figures_and_no_formula(
        self, stack: Stack, expected: Expectation, days: tuple[str, str]
    ) -> None:
        text = succeeded(run(stack, "report", "--from", days[0], "--to", days[1], "--top", "1000", "--format", "csv"))
        rows = list(csv.DictReader(io.StringIO(text, newline="")))
        revenue = sum(Decimal(row["gross_revenue"]) for row in rows if row["measure"] == "revenue")
        products = sum(Decimal(row["gross_revenue"]) for row in rows if row["measure"] == "product")
        assert revenue == sum(
            row["Value"] for (key, _), row in expected.analytics.items() if key.startswith("REVENUE#")
        )
        assert products == sum(row["Revenue"] for row in self.products(expected).values())
        names = {row["product"] for row in rows if row["measure"] == "product"}
        assert not any(name.startswith("=") for name in names)
        assert {name.removeprefix("'") for name in names} == {product for product, _ in self.products(expected)}

    @pytest.mark.parametrize("columns", [50, 80, 132])
    def test_a_table_fits_the_terminal(
        self, stack: Stack, expected: Expectation, days: tuple[str, str], columns: int
    ) -> None:
        result = run(stack, "report", "--day", days[0], COLUMNS=str(columns))
        lines = succeeded(result).splitlines()
        # Five columns of which none may be cut need more than the narrowest terminal.
        numbers = max(len(line) for line in lines if line[:1].isdigit() or line.startswith(CURRENCIES))
        assert max(map(len, lines)) <= max(columns, numbers, 68)
        assert "Revenue is gross" in " ".join(lines)
        assert "\x1b" not in result.stdout

    def test_a_day_that_is_none_is_bad_use(self, stack: Stack) -> None:
        for arguments in (
            ["--day", "2025-02-29"],
            ["--from", "2025-02-02", "--to", "2025-02-01"],
            ["--to", "2025-02-02"],
        ):
            assert run(stack, "report", *arguments).returncode == 2


class TestOrders:
    @pytest.fixture
    def shipped(self, stack: Stack, order_id: str) -> str:
        """A premium order that was pending first; its customer's address must not be shown."""
        publish(
            stack,
            orderId=order_id,
            timestamp="2025-08-27T18:00:00.5Z",
            status="pending",
            amount=1500,
            currency="EUR",
            customerEmail="bob@example.com",
        )
        eventually(lambda: stored_order(stack, order_id), "the pending order")
        publish(stack, orderId=order_id, timestamp="2025-08-27T18:08:00Z", status="shipped")
        eventually(lambda: (stored_order(stack, order_id) or {}).get("status") == {"S": "shipped"}, "the shipped order")
        return order_id

    def test_a_row_is_shown_with_where_each_attribute_came_from(self, stack: Stack, shipped: str) -> None:
        lines = succeeded(run(stack, "show", shipped)).splitlines()
        values = {line.split()[0]: line.split()[1:] for line in lines if line.strip()}
        assert values["status"] == ["shipped", "2025-08-27T18:08:00Z"]
        assert values["amount"] == ["1500", "2025-08-27T18:00:00.5Z"]
        assert values["customerEmail"] == ["***@example.com", "2025-08-27T18:00:00.5Z"]
        shown = json.loads(succeeded(run(stack, "show", "--json", shipped)))
        assert shown["row"] == stored_order(stack, shipped)

    def test_an_order_s_record_is_found_in_the_archive(self, stack: Stack, order_id: str) -> None:
        body = json.dumps({"customer_id": "1", "amount": 7.5, "order_id": order_id})
        put(stack, order_id, body)

        def place() -> dict[str, Any] | None:
            found = json.loads(succeeded(run(stack, "show", "--json", order_id)) or "{}")
            return next(iter(found["archive"]), None)

        eventually(lambda: stored_order(stack, order_id), "the order")
        found = eventually(place, "the archived order")
        lines = archived(stack, found["bucket"], found["key"]).splitlines()
        line = json.loads(lines[found["line"] - 1])
        assert line["record"]["order_id"] == order_id
        assert found["place"] == f"{line['shardId']}:{line['sequenceNumber']}"

    def test_a_shipped_premium_order_is_explained(self, stack: Stack, shipped: str) -> None:
        def explained() -> dict[str, Any] | None:
            explanation = explanations.explain(stack, [shipped])[shipped]
            return explanation if explanation["pipes"][1]["processed"] else None

        normal, premium = eventually(explained, "the notification")["pipes"]
        assert [change["isProcessed"] for change in normal["changes"]] == [True, True]
        assert [change["isProcessed"] for change in premium["changes"]] == [False, True]
        pending = premium["changes"][0]
        unmet = {clause["field"]: clause for clause in pending["filters"][0]["clauses"] if not clause["isMet"]}
        assert unmet["eventName"]["found"] == ['"INSERT"']
        assert unmet["eventName"]["wanted"] == '["MODIFY"]'
        amount = next(condition for condition in pending["rule"] if condition["condition"] == "amount")
        assert (amount["value"], amount["needed"], amount["isMet"]) == ("1500", "more than 1000", True)
        text = succeeded(run(stack, "explain", shipped))
        assert "bob" not in text
        assert "***@example.com" in text

    def test_a_refused_order_is_explained_by_its_reason(self, stack: Stack, order_id: str) -> None:
        put(stack, order_id, json.dumps({"customer_id": "1", "amount": "1,5", "order_id": order_id}))
        publish(stack, orderId=f"{order_id}-sns", timestamp="2025-08-27T18:00:00Z", status=5)

        def explained() -> list[dict[str, Any]] | None:
            found = explanations.explain(stack, [order_id, f"{order_id}-sns"])
            both = [found[order_id], found[f"{order_id}-sns"]]
            return both if all(explanation["deadLetters"] for explanation in both) else None

        record, message = eventually(explained, "both dead letters")
        assert [entry["outcome"] for entry in record["counted"]["records"]] == ["refused"]
        assert (record["counted"]["answer"], message["counted"]["answer"]) == ("no", "noRecord")
        assert "thousands separators" in record["deadLetters"][0]["reason"]
        assert message["deadLetters"][0]["queue"] == "OrderDLQ"
        assert "expected a string" in message["deadLetters"][0]["reason"]
        # A look takes nothing away.
        assert explanations.explain(stack, [order_id])[order_id]["deadLetters"]

    def test_an_order_that_is_nowhere_is_a_failure_that_says_where_was_looked(self, stack: Stack) -> None:
        for command in ("show", "explain"):
            result = run(stack, command, "no-such-order\u202e")
            assert result.returncode == 1
            assert stack["OrdersTableName"] in result.stderr
            assert "--from" in result.stderr
            assert "\u202e" not in result.stderr
            assert result.stdout == ""
        assert run(stack, "explain", "--from", "yesterday", "x").returncode == 2
        assert run(stack, "show", text="\n").returncode == 2


def archived(stack: Stack, bucket: str, key: str) -> str:
    return gzip.decompress(stack.client("s3").get_object(Bucket=bucket, Key=key)["Body"].read()).decode()


class TestTail:
    @contextmanager
    def tail(self, stack: Stack, *arguments: str) -> Iterator[subprocess.Popen[str]]:
        process = subprocess.Popen(
            [TOOL, "tail", *arguments],
            env=environment(stack),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        try:
            yield process
        finally:
            process.kill()
            process.wait()

    def lines(
        self, process: subprocess.Popen[str], enough: Callable[[list[str]], bool], patience: float = 60
    ) -> list[str]:
        assert process.stdout is not None
        found: list[str] = []
        deadline = time.monotonic() + patience
        while not enough(found):
            ready, _, _ = select.select([process.stdout], [], [], max(0, deadline - time.monotonic()))
            assert ready, f"only these lines in {patience} s: {found}"
            found.append(process.stdout.readline())
        return found

    def test_all_four_sources_are_followed_and_ctrl_c_ends_it(self, stack: Stack, order_id: str) -> None:
        sources = ("--stream", "--changes", "--logs", "--dead-letters")
        with self.tail(stack, *sources, "--json", "--order", order_id, "--since", "1m") as process:
            put(stack, order_id, json.dumps({"customer_id": "1", "amount": 7.5, "order_id": order_id}))
            put(stack, order_id, json.dumps({"customer_id": "1", "amount": -7.5, "order_id": order_id}))
            publish(stack, orderId=order_id, timestamp="2025-08-27T18:00:00Z", status="shipped", amount=150)
            wanted = {"stream", "changes", "logs", "deadLetters"}
            found = self.lines(process, lambda lines: {json.loads(line)["source"] for line in lines} == wanted)
            process.send_signal(signal.SIGINT)
            assert process.wait(timeout=10) == 0
        records = [json.loads(line)["record"] for line in found if '"source":"stream"' in line]
        assert {record["order"]["verdict"] for record in records} <= {"accepted", "refused"}
        # A line is the order's by its id, or by another id that a record, a change or a letter of the order has.
        others = "".join(line for line in found if '"source":"logs"' not in line)
        names = ("event_id", "message_id", "correlation_id", "sequence_number")
        for line in (json.loads(line)["line"] for line in found if '"source":"logs"' in line):
            assert order_id in json.dumps(line) or any(line[name] in others for name in names if line.get(name)), line

    def test_lines_have_colours_on_a_terminal_only(self, stack: Stack, order_id: str) -> None:
        put(stack, order_id, json.dumps({"customer_id": "bob@example.com", "amount": 7.5, "order_id": order_id}))
        for variables, has_colours in (({}, True), ({"NO_COLOR": "1"}, False)):
            main, terminal = pty.openpty()
            fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 40, 200, 0, 0))
            process = subprocess.Popen(
                [TOOL, "tail", "--stream", "--order", order_id, "--since", "10m"],
                env=environment(stack, TERM="xterm", **variables),
                stdin=terminal,
                stdout=terminal,
                stderr=subprocess.DEVNULL,
            )
            os.close(terminal)
            try:
                text = ""
                while order_id not in text:
                    ready, _, _ = select.select([main], [], [], 60)
                    assert ready, text
                    text += os.read(main, 65_536).decode()
                process.send_signal(signal.SIGTERM)
                assert process.wait(timeout=10) == 0
            finally:
                process.kill()
                os.close(main)
            assert ("\x1b[" in text) is has_colours

    def test_a_reader_that_goes_away_ends_it_quietly(self, stack: Stack, order_id: str) -> None:
        put(stack, order_id, json.dumps({"customer_id": "1", "amount": 7.5, "order_id": order_id}))
        with self.tail(stack, "--stream", "--since", "10m") as process:
            self.lines(process, lambda lines: len(lines) > 0)
            assert process.stdout is not None
            process.stdout.close()
            put(stack, order_id, json.dumps({"customer_id": "1", "amount": 8.5, "order_id": order_id}))
            assert process.wait(timeout=30) == -signal.SIGPIPE


def test_help_names_each_command(tmp_path: Path) -> None:
    text = subprocess.run([TOOL, "--help"], capture_output=True, text=True, check=True, cwd=tmp_path).stdout
    for command in ("report", "show", "explain", "tail"):
        assert command in text


def test_the_help_of_show_promises_no_logs(tmp_path: Path) -> None:
    text = subprocess.run([TOOL, "show", "--help"], capture_output=True, text=True, check=True, cwd=tmp_path).stdout
    assert " ".join(text.split()).count("Search the archive (explain: and the logs)") == 2
