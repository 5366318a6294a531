"""The oracle itself, against results worked out by hand."""

from __future__ import annotations

import gzip
from decimal import Decimal

import pytest

from pipeline import exact, packing
from pipeline.exact import Instant, Number, Unreadable
from pipeline.generator import generate
from pipeline.oracle import AmbiguousWorkload, StreamRecord, expect
from pipeline.rows import Image, Row, Rules, is_normal, is_premium
from pipeline.sender import packed
from pipeline.spelling import Sale, Update, read_kinesis, read_order_message
from pipeline.workload import Message, Route, Workload

ARRIVAL = Instant.parse("2025-08-27T18:08:00.5Z")
RULES = Rules()


def instant(text: str) -> Instant:
    return Instant.parse(f"2025-08-27T{text}Z")


def sale(amount: str, **products: int) -> Sale:
    return Sale(Update("A", ARRIVAL, {}), Decimal(amount), "USD", products)


@pytest.mark.parametrize(
    ("amount", "products", "shares"),
    [
        ("100", {"a": 1, "b": 1, "c": 1}, ["33.34", "33.33", "33.33"]),
        ("0.05", {"a": 1, "b": 2, "c": 3, "d": 1}, ["0.01", "0.02", "0.02", "0"]),
        ("0.000000007", {"a": 1, "b": 4, "c": 1}, ["0.000000002", "0.000000004", "0.000000001"]),
        ("10.001", {"a": 1, "b": 1}, ["5.001", "5"]),
        ("0", {"a": 3}, ["0"]),
    ],
)
def test_a_split_adds_up_and_gives_the_remainder_to_the_first(
    amount: str, products: dict[str, int], shares: list[str]
) -> None:
    assert list(sale(amount, **products).shares().values()) == [Decimal(share) for share in shares]


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("2025-08-27T23:59:59.9999999Z", "2025-08-27"),
        ("2025-08-28T01:30:00+02:00", "2025-08-27"),
        ("2025-08-26T22:30:00-05:30", "2025-08-27"),
        ("1969-12-31T23:59:59.5Z", "1969-12-31"),
    ],
)
def test_a_day_is_the_day_in_utc_and_never_rounded(text: str, day: str) -> None:
    assert Instant.parse(text).day == day


@pytest.mark.parametrize("text", ["yesterday", "2025-02-29T00:00:00Z", "2025-08-27", "2025-08-27T10Z"])
def test_a_malformed_timestamp_is_unreadable(text: str) -> None:
    with pytest.raises(Unreadable):
        Instant.parse(text)


@pytest.mark.parametrize("text", ["-5", "1234567890123456789", "1.0000000001", "twelve", "", "1e400", "01", "+1", ".5"])
def test_an_amount_out_of_range_or_form_is_unreadable(text: str) -> None:
    with pytest.raises(Unreadable):
        exact.amount(text)


@pytest.mark.parametrize("value", [Number("250.00"), "250.00", Number("2.5e2"), Number("2500E-1")])
def test_an_amount_may_be_a_number_or_a_string(value: object) -> None:
    assert exact.amount(value) == 250


@pytest.mark.parametrize(
    ("payload", "is_poison"),
    [
        (b'"currency":"EUR"', True),
        (b'"Currency":null,"CURRENCY":"EUR"', True),
        (b'"Currency":"USD","currency":"EUR"', False),
        (b'"currency":null,"Channel":"web"', False),
        (b'"CreatedUtc":"2025-08-26T18:08:00Z"', True),
        (b'"productIDs":["A"],"ProductIds":[]', False),
        (b'"productIDs":["A"]', True),
        (b'"currency":"EUR","currency":null', False),
        (b'"currency":null,"currency":"EUR"', True),
        (b'"currency":"EUR","CURRENCY":"EUR","currency":null', True),
        (b'"currency":""', True),
        (b'"created_utc":"2025-08-26T18:08:00Z"', True),
        (b'"product-ids":["A"]', True),
        (b'"pro_ductids":["A"],"product__ids":["A"]', False),
        (b'"USER_ID":"U"', True),
        (b'"order_id":5,"user_id":null', False),
        (b'"created_utc":"2025-08-26T18:08:00Z","createdUtc":"2025-08-26T18:08:00Z"', False),
    ],
)
def test_a_name_in_another_spelling_is_refused_where_the_right_one_says_nothing(
    payload: bytes, is_poison: bool
) -> None:
    event = b'{"Type":"OrderCreatedV1","Payload":{"OrderId":"O","TotalAmount":1,' + payload + b"}}"
    assert read_kinesis(event, ARRIVAL).is_poison is is_poison


@pytest.mark.parametrize(
    ("products", "quantities", "is_poison"),
    [
        (b'["P1"]', b'{"p1":3}', True),
        (b'["P1"]', b'{"P1 ":3}', True),
        (b'["P1"]', b'{"P1":null,"p1":3}', True),
        (b'["P1"]', b'{"P1":2,"p1":3}', False),
        (b'["P1","p1"]', b'{"p1":3}', False),
        (b'["P1"]', b'{"p1":null,"P2":0}', False),
    ],
)
def test_a_quantity_under_another_spelling_of_its_product_is_refused(
    products: bytes, quantities: bytes, is_poison: bool
) -> None:
    payload = b'{"OrderId":"O","TotalAmount":1,"ProductIds":' + products + b',"Quantities":' + quantities + b"}"
    assert read_kinesis(b'{"Type":"OrderCreatedV1","Payload":' + payload + b"}", ARRIVAL).is_poison is is_poison


@pytest.mark.parametrize(
    ("members", "is_poison"),
    [
        (b'"message_id":"m"', True),
        (b'"message_id":"n","MessageId":"m"', False),
        (b'"occurred-utc":"2025-08-26T18:08:00Z"', True),
        (b'"orderId":"O"', True),
        (b'"customerId":"2"', False),
    ],
)
def test_a_short_record_has_names_of_two_spellings(members: bytes, is_poison: bool) -> None:
    record = b'{"customer_id":"1","amount":1,' + members + b"}"
    assert read_kinesis(record, ARRIVAL).is_poison is is_poison


@pytest.mark.parametrize(
    ("members", "is_poison"),
    [
        (b'"status":"new","CustomerEmail":""', False),
        (b'"status":"","Status":"shipped"', True),
        (b'"status":" \\t","Status":"\\n"', False),
        (b'"customerEmail":"","customeremail":"a@b.example"', True),
        (b'"itemName":" ","ItemName":"sofa"', True),
        (b'"itemName":"sofa","ItemName":"bed"', False),
        (b'"status":"","Status":5', True),
        (b'"Currency":""', True),
        (b'"item_name":"sofa"', True),
        (b'"order_id":5,"customer_email":" "', False),
    ],
)
def test_a_blank_text_of_a_message_says_nothing_under_whatever_name(members: bytes, is_poison: bool) -> None:
    message = b'{"orderId":"O","timestamp":"2025-08-27T18:08:00Z",' + members + b"}"
    if is_poison:
        with pytest.raises(Unreadable):
            read_order_message(message, ARRIVAL)
    else:
        assert read_order_message(message, ARRIVAL).order_id == "O"


@pytest.mark.parametrize("kind", [b'"web"', b'"OrderCreatedV1"', b'"order.created"', b'""', b'" "', b"5"])
@pytest.mark.parametrize("payload", [b"", b',"Payload":{}', b',"payload":5', b',"payload":null'])
def test_a_short_record_may_have_a_type_unless_that_and_a_payload_make_it_an_event(kind: bytes, payload: bytes) -> None:
    record = b'{"customer_id":"1","amount":1,"type":' + kind + payload + b"}"
    is_event = b"created" in kind.lower() and payload not in (b"", b',"payload":null')
    assert read_kinesis(record, ARRIVAL).is_poison is is_event


@pytest.mark.parametrize(
    ("stored", "amount"), [("28848900.000000004", "28848900.000000004"), ("1500.9999999999998", "1501")]
)
def test_a_stored_number_is_rounded_only_where_it_has_too_many_digits(stored: str, amount: str) -> None:
    assert Image.of_item({"orderId": {"S": "O"}, "amount": {"N": stored}}).amount == Decimal(amount)


@pytest.mark.parametrize(
    ("address", "is_test"),
    [
        ("a@TEST.com", True),
        ("x@sub.test.com", True),
        ('"a@b.com"@test.com', True),
        ("bob@contest.com", False),
        ('"x@test.com"@example.com', False),
        ("x@test.com.example.net", False),
    ],
)
def test_a_test_address_is_known_by_its_last_domain(address: str, is_test: bool) -> None:
    assert RULES.is_test_address(address) is is_test


@pytest.mark.parametrize(
    ("amount", "band", "normal", "premium"),
    [
        ("100", "LE100", False, False),
        ("100.000000001", "normal-LE1000", True, False),
        ("1000.00", "normal-LE1000", True, False),
        ("1000.01", "premium-GT1000", True, True),
    ],
)
def test_thresholds_are_strict(amount: str, band: str, normal: bool, premium: bool) -> None:
    value = Decimal(amount)
    old, new = Image("pending", value, None), Image("shipped", value, None)
    assert RULES.amount_band(value) == band
    assert (is_normal(new, RULES), is_premium(old, new, RULES)) == (normal, premium)


def test_only_pending_to_shipped_is_a_premium_transition() -> None:
    pending, shipped, new = (Image(status, Decimal(1500), None) for status in ("pending", "shipped", "new"))
    assert is_premium(pending, shipped, RULES)
    assert not any(is_premium(old, shipped, RULES) for old in (None, shipped, new))
    assert not is_premium(pending, pending, RULES)


def test_an_attribute_keeps_its_newest_value_whatever_comes_last() -> None:
    newer = Update("A", instant("10:00:00.0000002"), {"status": "shipped"})
    older = Update("A", instant("10:00:00.0000001"), {"status": "pending", "itemName": "sofa"})
    row = Row.merging([newer, older])
    assert row.values == {"status": "shipped", "itemName": "sofa"}
    assert (row.created, row.updated) == (older.at, newer.at)


def test_at_one_instant_the_greater_number_and_the_greater_text_win() -> None:
    one = Update("A", ARRIVAL, {"amount": Decimal("9.5"), "status": "á"})
    two = Update("A", ARRIVAL, {"amount": Decimal("10"), "status": "a"})
    wanted = {"amount": Decimal("10"), "status": "á"}
    assert Row.merging([one, two]).values == Row.merging([two, one]).values == wanted


def test_an_order_that_cannot_be_read_counts_as_one_of_its_day_only() -> None:
    body = b'{"Type":"OrderCreatedV1","MessageId":"m","OccurredUtc":"2025-01-02T00:00:00Z","Payload":{"OrderId":7}}'
    records = [StreamRecord("shardId-0", "1", ARRIVAL, body), StreamRecord("shardId-0", "2", ARRIVAL, b"no JSON")]
    expected = expect(workload(body, b"no JSON"), records, RULES)
    assert expected.analytics == {("ORDERS#2025-01-02", "TOTAL"): {"TotalOrders": 1, "SuccessfulOrders": 0}}
    assert {name: record.data for name, record in expected.analytics_dead.items()} == {
        "shardId-0:1": body,
        "shardId-0:2": b"no JSON",
    }
    assert expected.orders == {}


def test_an_unreadable_order_that_is_repeated_counts_once_and_is_dead_lettered_each_time() -> None:
    body = b'{"Type":"OrderCreatedV1","MessageId":"m","OccurredUtc":"2025-01-02T00:00:00Z"}'
    records = [StreamRecord("shardId-0", str(number), ARRIVAL, body) for number in (1, 2)]
    expected = expect(workload(body, body), records, RULES)
    assert expected.analytics["ORDERS#2025-01-02", "TOTAL"]["TotalOrders"] == 1
    assert len(expected.analytics_dead) == 2


def test_a_repeated_event_counts_once_and_is_archived_twice() -> None:
    body = b'{"Type":"OrderCreatedV1","MessageId":"m","Payload":{"OrderId":"A","TotalAmount":2.50}}'
    records = [StreamRecord("shardId-0", str(number), ARRIVAL, body) for number in (1, 2)]
    expected = expect(workload(body, body), records, RULES)
    assert expected.analytics["REVENUE#2025-08-27", "USD"] == {"Value": Decimal("2.5"), "Count": 1}
    assert len(expected.archived["shardId-0"]) == 2


def test_records_of_an_aggregate_are_known_by_their_place_in_it() -> None:
    short = b'{"customer_id":"C%d","amount":1}'
    whole = packing.aggregate([("a", short % 1), ("b", b"no JSON"), ("a", packing_of(short % 2))])
    expected = expect(
        workload(short % 1, packing_of(short % 2)), [StreamRecord("shardId-0", "7", ARRIVAL, whole)], RULES
    )
    assert expected.claims == set()
    assert [record.data for record in expected.analytics_dead.values()] == [b"no JSON"]
    assert [record.partition_key for record, _ in expected.archived["shardId-0"]] == ["a", "b", "a"]
    assert sorted(expected.orders_by_customer) == ["C1", "C2"]


def packing_of(data: bytes) -> bytes:
    return gzip.compress(data, mtime=0)


def workload(*bodies: bytes) -> Workload:
    return Workload(0, [Message(Route.KINESIS, 0, "test", body) for body in bodies])


def test_a_workload_whose_outcome_depends_on_delivery_is_refused() -> None:
    texts = [b'{"orderId":"A","status":"%s","amount":1500,"timestamp":"2025-01-0%dT00:00:00Z"}' % pair
             for pair in ((b"pending", 1), (b"shipped", 2))]  # fmt: skip
    with pytest.raises(AmbiguousWorkload):
        expect(Workload(0, [Message(Route.SNS, 0, "test", text) for text in texts]), [], RULES)


def test_the_generator_says_what_its_kinds_promise(seed: int) -> None:
    """Kinds are for people, the oracle reads bytes: here they check each other."""
    for message in generate(seed).messages:
        if message.route is Route.KINESIS:
            is_poison = read_kinesis(packing.text(message.body), ARRIVAL).is_poison
        else:
            try:
                read_order_message(message.body)
                is_poison = False
            except Unreadable:
                is_poison = True
        assert is_poison == ("unreadable" in message.kind), message


def test_the_same_seed_gives_the_same_workload(seed: int) -> None:
    assert generate(seed) == generate(seed)
    assert generate(seed) != generate(seed + 1)


def test_a_workload_has_at_least_300_orders_and_one_outcome(seed: int) -> None:
    workload = generate(seed)
    sent = [message for message in workload.messages if message.route is Route.KINESIS]
    stream = [StreamRecord("shardId-0", str(n), ARRIVAL, data, key) for n, (key, data) in enumerate(packed(sent))]
    expected = expect(workload, stream, RULES)
    assert len(expected.orders) + len(expected.orders_by_customer) + len(expected.foreign_orders) >= 300
