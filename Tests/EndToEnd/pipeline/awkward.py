"""The inputs that break pipelines: ends of days, conflicting messages, and what cannot be read at all."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

from . import packing
from .exact import Number
from .jsontext import encode
from .workload import Route

if TYPE_CHECKING:
    from .generator import Generator


def add_days(generator: Generator) -> None:
    for number, (created, occurred) in enumerate(
        [
            ("2025-08-27T23:59:59.9999999Z", "2025-08-28T00:00:01Z"),
            ("2025-08-28T00:00:00Z", "2025-08-28T00:00:00Z"),
            ("2025-08-28T00:00:00.0000001Z", "2025-08-27T23:59:59Z"),
            ("2025-08-28T01:30:00+02:00", "2025-08-27T23:30:00Z"),
            ("2025-08-26T22:30:00.25-05:30", "2025-08-27T04:00:00.25Z"),
            (None, "2025-08-27T23:59:59.9999999Z"),
            ("2024-02-29T12:00:00Z", "2024-02-29T12:00:00Z"),
            ("2000-01-01T00:00:00Z", "2025-08-27T00:00:00Z"),
        ]
    ):
        order_id = f"DAY-{number}"
        body = generator.order_event(order_id, kind="order event at the end of a day", createdUtc=created)
        event = generator.workload.messages.pop()
        changed = body.replace(_occurred(body), f'"OccurredUtc":"{occurred}"'.encode(), 1)
        generator.kinesis(changed, event.partition_key, kind=event.kind)


def _occurred(body: bytes) -> bytes:
    start = body.index(b'"OccurredUtc":')
    return body[start : body.index(b",", start)]


def add_conflicts(generator: Generator) -> None:
    """Messages of one order that disagree, overtake each other, or come in unusual but valid JSON."""
    overtaken = "2025-08-27T10:00:00Z"
    for number, value in enumerate(("150", "1500")):
        order_id = f"LATE-{number}"
        generator.message(
            order_id, kind="overtaking", status="shipped", amount=Decimal(value), timestamp="2025-08-27T11:00:00Z"
        )
        generator.message(order_id, phase=1, kind="overtaken", status="pending", itemName="sofa", timestamp=overtaken)
    for number in range(4):
        order_id = f"TIE-{number}"
        tie = "2025-08-27T10:00:00.1234567Z"
        generator.message(order_id, kind="same instant", status="a", amount=Number("9.5"), timestamp=tie)
        generator.message(order_id, kind="same instant", status="á", amount=Number("10"), timestamp=tie)
    generator.message("NINE", kind="finest instant", status="x", timestamp="2025-08-27T10:00:00.123456789Z")
    generator.message("NINE", kind="finest instant", status="y", timestamp="2025-08-27T12:00:00.123456788+02:00")
    generator.message("é" * 256, kind="longest id", status="new")
    generator.message("O-strings", kind="amount as string", status="pending", amount="250.50")
    generator.message("O-exponent", kind="amount with exponent", status="pending", amount=Number("2.5e2"))
    generator.message("O-largest", kind="largest amount", status="new", amount=Number("999999999999999999.999999999"))
    generator.message("O-zero", kind="amount zero", status="pending", amount=Number("0"), currency="EUR")
    _add_serializers(generator)
    generator.message("O-unknown", kind="unknown keys", status="new", nested={"orderId": [None, {"amount": True}]})
    _add_unusual_records(generator)


def _add_serializers(generator: Generator) -> None:
    """What ordinary clients write: null for what is not set, instants without zone or seconds, counted ids."""
    generator.message(
        "NULLS", kind="null members", status="pending", amount=Decimal(1500), userId=None, customerEmail=None,
    )  # fmt: skip
    generator.message("NULLS", phase=1, kind="null members", status="shipped", amount=None, currency=None)
    generator.message(
        "BLANKS", kind="blank members", status="pending", amount=Decimal(1500), customerEmail="a@TEST.com"
    )  # fmt: skip
    generator.message("BLANKS", phase=1, kind="blank members", status="shipped", customerEmail="", itemName=" ")
    generator.message("UNTOLD", kind="blank members", status="pending", amount=Decimal(1500), customerEmail=" ")
    generator.message("UNTOLD", phase=1, kind="blank members", status="", quantity=2)
    generator.order_event("PHP", kind="empty arrays of PHP", ProductIds={}, Quantities=[])
    generator.order_event("PHP-1", kind="empty arrays of PHP", ProductIds=["mouse"], Quantities=[])
    generator.order_event("CASES", kind="a name in another case, too", Currency="GBP", currency="EUR", orderid=5)
    generator.message("CASES-1", kind="a name in another case, too", status="new", Status="pending", ORDERID=5)
    generator.message("CASES-2", kind="a blank name in another case", status="new", CustomerEmail="")
    both = {"order-id": 5, "user_id": None}
    generator.order_event("CASES-4", kind="a name in another spelling, too", **both)
    generator.message("CASES-5", kind="a name in another spelling, too", status="new", **both)
    for number, kind in enumerate((b"", b"order.created", b"OrderCreatedV1")):
        body = b'{"customer_id":"cases","amount":5,"order_id":"CASES-3%d","type":"%s"}' % (number, kind)
        generator.kinesis(body, "cases", kind="a short record's type")
    for number, instant in enumerate(
        ["2025-08-27T18:08:00.6483458", "2025-08-27 18:08:00", "2025-08-27T18:08Z", "2025-08-27t18:08:00.5z"]
    ):
        generator.message(f"INSTANT-{number}", kind="spelling of an instant", status="new", timestamp=instant)
        generator.order_event(f"UTC-{number}", kind="spelling of an instant", createdUtc=instant)
    generator.message(450789469, kind="counted ids", status="pending", userId=17)
    generator.order_event(450789470, kind="counted ids", UserId=17, ProductIds=[632910392, "mouse"],
                          Quantities={"632910392": 2})  # fmt: skip
    generator.kinesis(b'{"customer_id":12345,"amount":250.5,"order_id":450789471}', "12345", kind="counted ids")
    generator.message("RESIDUE", kind="binary residue", status="new", amount=Number("19.989999999999998"))
    for number, residue in enumerate(("3.3000000000000003", "28848900.000000004", "12345678.123456789")):
        generator.order_event(f"RESIDUE-{number + 1}", kind="binary residue", TotalAmount=Number(residue))
    generator.message("TEXTS", kind="numbers in strings", amount=" 250.50 ", quantity="2", currency="eur")
    generator.order_event("TEXTS-1", kind="numbers in strings", TotalAmount=" 1500 ", Currency="usd",
                          ProductIds=["mouse"], Quantities={"mouse": " 3 "})  # fmt: skip
    generator.order_event("YEN", kind="minor unit", TotalAmount=Number("100"), Currency="JPY",
                          ProductIds=["mouse", "laptop", "P#7"], Quantities=None)  # fmt: skip
    generator.order_event("DINAR", kind="minor unit", TotalAmount=Number("10"), Currency="KWD",
                          ProductIds=["mouse", "laptop", "P#7"], Quantities=None)  # fmt: skip
    _add_envelopes(generator)
    _add_conflicting_ids(generator)


def _add_envelopes(generator: Generator) -> None:
    """EventBridge's envelope, and UTF-8's byte order mark."""

    def envelope(detail: bytes) -> bytes:
        return b'{"version":"0","id":"e","detail-type":"Order","source":"shop","resources":[],"detail":' + detail + b"}"

    mark = b"\xef\xbb\xbf"
    for number, wrap in enumerate((envelope, mark.__add__)):
        body = generator.order_event(f"WRAPPED-{number}")
        generator.workload.messages.pop()
        generator.kinesis(wrap(body), f"WRAPPED-{number}", kind="wrapped")
        for route in (Route.SNS, Route.SQS):
            body = encode(
                {"orderId": f"WRAPPED-{number}-{route.name}", "timestamp": generator.instant(), "status": "new"}
            )
            generator.again(wrap(body), route, phase=0, kind="wrapped")


def _add_conflicting_ids(generator: Generator) -> None:
    """Orders under the id of another one: the first of a shard counts, a repetition of it in other words is one."""
    identity = generator.identity()
    for number, amount in enumerate(("10", "11", "10.0", '"10"', "12")):
        order = {"TotalAmount": Number(amount), "Currency": "EUR", "ProductIds": ["mouse"], "Quantities": None}
        body = generator.order_event("SAME", message_id=identity, createdUtc="2025-08-27T10:00:00Z", **order)
        generator.workload.messages.pop()
        generator.kinesis(body, "SAME", phase=min(number, 1), kind="same MessageId")


def _add_unusual_records(generator: Generator) -> None:
    generator.order_event("UNLISTED", kind="quantity of an unlisted product", ProductIds=["mouse"],
                          Quantities={"mouse": 2, "ghost": 3})  # fmt: skip
    generator.order_event("TWICE", kind="repeated product", ProductIds=["mouse", "laptop", "mouse"], Quantities=None)
    generator.order_event("SPLIT", kind="split with a remainder", TotalAmount=Number("100.00"), Currency=None,
                          ProductIds=["mouse", "laptop", "P#7"], Quantities=None)  # fmt: skip
    generator.order_event("FINER", kind="split finer than cents", TotalAmount=Number("0.000000007"),
                          ProductIds=["mouse", "laptop", "P#7"], Quantities={"laptop": 4})  # fmt: skip
    generator.order_event("BIG", kind="largest amount", TotalAmount=Number("123456789012345678.123456789"),
                          Currency="CHF")  # fmt: skip
    body = generator.order_event("ANONYMOUS", kind="no MessageId")
    event = generator.workload.messages.pop()
    start = body.index(b'"MessageId":')
    generator.kinesis(body[:start] + body[body.index(b",", start) + 1 :], "ANONYMOUS", kind=event.kind)
    body = generator.order_event("PRETTY", kind="JSON on many lines", ProductIds=["mouse"], Quantities=None)
    generator.workload.messages.pop()
    pretty = body.replace(b'{"', b'{\r\n\t"').replace(b',"', b',\n  "') + b"\n"
    generator.kinesis(pretty, "PRETTY", kind="JSON on many lines")
    repeated = b'{"customer_id":"dup-key","amount":1,"order_id":"LOST","order_id":"KEPT","amount":42.42}'
    generator.kinesis(repeated, "KEPT", kind="repeated key")
    for number, name in enumerate(("OrderShippedV1", "OrderCancelledV1", "Heartbeat", "com.shop.OrderShippedV1")):
        _add_type(generator, f"TYPE-{number}", name, kind="other event type")


def _add_type(generator: Generator, order_id: str, name: str, *, kind: str) -> None:
    body = generator.order_event(order_id)
    generator.workload.messages.pop()
    generator.kinesis(body.replace(b"OrderCreatedV1", name.encode()), order_id, kind=kind)


def add_unreadable_records(generator: Generator) -> None:
    for number, payload in enumerate(
        [
            {"OrderId": Number("17.5")},
            {"OrderId": None},
            {"OrderId": ""},
            {"OrderId": " \t"},
            {"ProductIds": ["mouse", " "]},
            {"TotalAmount": "twelve"},
            {"TotalAmount": Number("-5")},
            {"TotalAmount": None},
            {"TotalAmount": True},
            {"TotalAmount": Number("1234567890123456789")},
            {"TotalAmount": Number("1.0000000001")},
            {"TotalAmount": Number("1e400")},
            {"Quantities": {"mouse": 0}, "ProductIds": ["mouse"]},
            {"Quantities": {"mouse": Number("-1")}, "ProductIds": ["mouse"]},
            {"Quantities": {"mouse": Number("1.5")}, "ProductIds": ["mouse"]},
            {"Quantities": {"Mouse ": 2}, "ProductIds": ["mouse"]},
            {"Currency": ""},
            {"OrderId": "m\ud83d"},
            {"TotalAmount": Number("1.23456789012345678")},
            {"TotalAmount": "1,234.50"},
            {"createdUtc": "0001-01-01T00:00:00Z"},
            {"createdUtc": "9999-12-31T23:59:59Z"},
            {"createdUtc": 1756318080},
            {"Currency": None, "currency": "EUR"},
            {"createdUtc": None, "CreatedUtc": "2025-08-26T18:08:00Z"},
            {"createdUtc": None, "created_utc": "2025-08-26T18:08:00Z"},
            {"ProductIds": {"0": "mouse"}},
            {"ProductIds": ["mouse"], "Quantities": [2]},
            {"OrderId": "00000000000000000000000000000000"},
        ]
    ):
        generator.order_event(f"BAD-{number:02}", kind="unreadable order event", **payload)
    for number, identity in enumerate(
        (17, " ", "00000000-0000-0000-0000-000000000000", "00000000-0000-0000-0000-000000000000")
    ):
        generator.order_event(f"BAD-ID-{number}", kind="unreadable message id", message_id=identity)
    for number, name in enumerate(("OrderCreatedV2", "ordercreatedv1", "OrderCreatedV1 ", "", "shop:OrderCreatedV1")):
        _add_type(generator, f"BAD-TYPE-{number}", name, kind="unreadable event type")
    no_payload = {"MessageId": generator.identity(), "OccurredUtc": "2025-08-27T09:00:00Z", "Type": "OrderCreatedV1"}
    for phase in (0, 0, 1):
        generator.kinesis(encode(no_payload), "BAD-no-payload", phase=phase, kind="unreadable order event")
    for number, body in enumerate(
        [
            b"not JSON at all",
            b'{"MessageId":"cut off',
            b'{"customer_id":"two","amount":1}{"customer_id":"texts","amount":2}',
            b"\xff\xfe\x00binary\n\r\x00",
            b'{"customer_id":"nan","amount":NaN}',
            b'["an","array"]',
            b'{"customer_id":"bad-amount","amount":"lots"}',
            b'{"customer_id":"negative","amount":-0.01}',
            b'{"customer_id":"fraction-as-id","amount":5,"order_id":5.5}',
            b'{"customer_id":"name","amount":5,"order_id":"BAD-name","messageID":"m"}',
            b'{"customer_id":"snake","amount":5,"order_id":"BAD-snake","message_id":"m"}',
            b'{"customer_id":"camel","amount":5,"orderId":"BAD-camel"}',
            b'{"customer_id":"type","amount":5,"order_id":"BAD-type","type":"OrderCreatedV1","payload":{}}',
        ]
    ):
        generator.kinesis(body, f"bad-{number}", kind="unreadable record")


def add_packed_records(generator: Generator) -> None:
    """Compressed records, and several in one, readable or not."""
    for number in range(4):
        body = generator.order_event(f"GZIP-{number}", kind="compressed order event")
        _repack(generator, compress(body))
    generator.kinesis(compress(b'{"customer_id":"gzip","amount":12.5}'), "gzip", kind="compressed short record")
    generator.kinesis(compress(b"not JSON at all"), "gzip", kind="unreadable, compressed")
    generator.kinesis(compress(b"{}")[:-3], "gzip", kind="unreadable, damaged gzip")
    generator.kinesis(compress(b" " * 2_000_000), "gzip", kind="unreadable, gzip bomb")
    for group in range(3):
        for number in range(4 + 3 * group):
            generator.order_event(f"KPL-{group}-{number}", kind="aggregated order event")
            _repack(generator, aggregate=group)
    for number in range(2):
        body = encode({"customer_id": f"kpl-{number}", "amount": generator.amount()})
        generator.kinesis(body, "kpl", kind="aggregated short record")
        _repack(generator, aggregate=0)
    generator.order_event("KPL-gzip", kind="aggregated and compressed")
    _repack(generator, compress(generator.workload.messages[-1].body), aggregate=1)
    for body in (b"not JSON at all", b'{"customer_id":"kpl","amount":-1}', b""):
        generator.kinesis(body, "kpl", kind="unreadable, aggregated")
        _repack(generator, aggregate=2)
    whole = packing.aggregate(
        [("a", b'{"customer_id":"lost","amount":1}'), ("b", b'{"customer_id":"lost","amount":2}')]
    )
    generator.kinesis(whole[:-1] + bytes([whole[-1] ^ 1]), "kpl", kind="unreadable, damaged aggregate")
    generator.kinesis(whole[:30], "kpl", kind="unreadable, damaged aggregate")


def compress(data: bytes) -> bytes:
    return gzip.compress(data, mtime=0)


def _repack(generator: Generator, body: bytes | None = None, *, aggregate: int | None = None) -> None:
    """Changes how the message that was added last is sent."""
    message = generator.workload.messages.pop()
    body = message.body if body is None else body
    generator.workload.messages.append(replace(message, body=body, aggregate=aggregate))


def add_unreadable_messages(generator: Generator) -> None:
    raw: list[Callable[[], bytes]] = [lambda: b"not JSON at all", lambda: b'{"orderId":"cut off', lambda: b'["array"]']
    for number, fields in enumerate(
        [
            {"orderId": Number("1e3")},
            {"orderId": ""},
            {"orderId": " "},
            {"orderId": "x" * 513},
            {"orderId": None},
            {"amount": "abc"},
            {"amount": Number("-1")},
            {"amount": Number("1234567890123456789")},
            {"amount": Number("0.0000000001")},
            {"quantity": 0},
            {"quantity": Number("2.5")},
            {"timestamp": "yesterday"},
            {"timestamp": "2025-02-29T00:00:00Z"},
            {"timestamp": "9999-12-31T23:59:59Z"},
            {"timestamp": "1999-12-31T23:59:59Z"},
            {"timestamp": 1756318080},
            {"orderId": "m\ud83d"},
            {"currency": ""},
            {"status": 5},
            {"status": None, "Status": "shipped"},
            {"itemName": None, "item_name": "sofa"},
            {"orderId": "{00000000-0000-0000-0000-000000000000}"},
        ]
    ):
        body = encode({"orderId": f"BADMSG-{number:02}", "timestamp": generator.instant(), "status": "new"} | fields)
        raw.append(lambda body=body: body)
    for number, make in enumerate(raw):
        route = Route.SQS if number % 4 == 0 else Route.SNS
        generator.again(make(), route, phase=0, kind="unreadable message")
