"""Orders by HTTP through the local AWS's API to the tables behind the stream, and who may post them."""

from __future__ import annotations

import json
import os
import time
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from intake import Identity, Intake, Unsigned
from lostanswers import ClientsThatLoseAnswers
from owndays import own_day
from pipeline.observation import plain
from pipeline.stack import Stack
from support import PATIENCE_SECONDS, eventually, stored_order

# Posted by clients that lose answers: E2E_INTAKE_ORDERS=10000 scripts/test end-to-end
ORDERS = int(os.environ.get("E2E_INTAKE_ORDERS") or 1000)


@pytest.fixture
def intake(stack: Stack) -> Intake:
    return Intake(stack)


@pytest.fixture
def day(stack: Stack) -> str:
    return own_day(stack)


def counted(stack: Stack, day: str) -> int:
    """Orders of the day that the aggregator has counted."""
    return int(plain(row(stack, f"ORDERS#{day}", "TOTAL")).get("TotalOrders", 0))


def row(stack: Stack, partition_key: str, sort_key: str) -> dict[str, Any]:
    answer = stack.client("dynamodb").get_item(
        TableName=stack["AnalyticsTableName"],
        Key={"PK": {"S": partition_key}, "SK": {"S": sort_key}},
        ConsistentRead=True,
    )
    return answer.get("Item", {})


def wait_for(stack: Stack, expected: dict[tuple[str, str], dict[str, Any]]) -> None:
    """Until these rows hold these values.

    Each row is written on its own, once for a batch: one that is there says nothing of the others.
    """

    def found() -> dict[tuple[str, str], dict[str, Any]]:
        rows = {key: plain(row(stack, *key)) for key in expected}
        return {key: {name: rows[key].get(name) for name in values} for key, values in expected.items()}

    deadline = time.monotonic() + PATIENCE_SECONDS
    while found() != expected and time.monotonic() < deadline:
        time.sleep(0.05)
    assert found() == expected


def dead_letters(stack: Stack) -> int:
    attributes = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
    answer = stack.client("sqs").get_queue_attributes(QueueUrl=stack["AnalyticsDLQUrl"], AttributeNames=attributes)
    return sum(int(number) for number in answer["Attributes"].values())


# --- From the client to the tables ------------------------------------------------------------------------------------


def test_a_posted_order_is_counted_and_stored_once(stack: Stack, intake: Intake, order_id: str, day: str) -> None:
    order = {
        "OrderId": order_id, "UserId": "U-1", "TotalAmount": 30.5, "Currency": "EUR", "ProductIds": ["P-1", "P-2"],
        "Quantities": {"P-2": 2}, "createdUtc": f"{day}T10:00:00Z",
    }  # fmt: skip
    answers = [intake.post(order, Idempotency_Key=order_id) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [202] * 3
    ids = {tuple(answer.json()[name] for name in ("OrderId", "MessageId", "CorrelationId")) for answer in answers}
    assert len(ids) == 1
    # A later order on the same shard: once it is counted, the repetitions have been looked at.
    last = intake.post(order | {"TotalAmount": 1, "Currency": "USD"})
    assert last.status_code == 202
    eventually(lambda: row(stack, f"REVENUE#{day}", "USD"), "the later order to be counted")
    wait_for(
        stack,
        {
            (f"REVENUE#{day}", "EUR"): {"Value": Decimal("30.5")},
            (f"ORDERS#{day}", "TOTAL"): {"TotalOrders": 2},
            (f"PRODUCT#{day}", "P-2#EUR"): {"Units": 2},
        },
    )
    stored = plain(eventually(lambda: stored_order(stack, order_id), "the order to be stored"))
    assert stored["userId"] == "U-1"


def test_another_order_under_the_same_key_is_dead_lettered(
    stack: Stack, intake: Intake, order_id: str, day: str
) -> None:
    before = dead_letters(stack)
    order = {"OrderId": order_id, "TotalAmount": 10, "createdUtc": f"{day}T10:00:00Z"}
    for amount in (10, 20):
        assert intake.post(order | {"TotalAmount": amount}, Idempotency_Key=order_id).status_code == 202
    eventually(lambda: dead_letters(stack) > before, "the other order's dead letter")
    wait_for(stack, {(f"REVENUE#{day}", "USD"): {"Value": 10}})


def test_a_batch_of_500_is_stored_by_one_answer(stack: Stack, intake: Intake, day: str) -> None:
    orders = [{"TotalAmount": "0.01", "createdUtc": f"{day}T00:00:00Z"} for _ in range(500)]
    answer = intake.post_batch(orders, lines=True, X_Correlation_Id="import-1")
    assert answer.status_code == 202
    found = answer.json()
    assert (found["accepted"], found["refused"], found["CorrelationId"]) == (500, 0, "import-1")
    assert len({order["OrderId"] for order in found["orders"]}) == 500
    eventually(lambda: counted(stack, day) == 500, "500 orders to be counted")
    wait_for(stack, {(f"REVENUE#{day}", "USD"): {"Value": 5}})


def test_orders_of_a_batch_are_answered_each_for_itself(intake: Intake) -> None:
    answer = intake.post_batch([{"TotalAmount": 1}, {"TotalAmount": -1, "Currency": "?"}, 5])
    assert answer.status_code == 207
    accepted, invalid, other = answer.json()["orders"]
    assert accepted["status"] == 202
    assert [error["pointer"] for error in invalid["errors"]] == ["/1/TotalAmount", "/1/Currency"]
    assert [error["pointer"] for error in other["errors"]] == ["/2"]


def test_clients_that_lose_half_of_the_answers_post_each_order_once(stack: Stack, day: str, seed: int) -> None:
    """Nothing that was accepted is missing, and nothing counts twice, however often it was posted."""
    clients = ClientsThatLoseAnswers(stack, seed, day)
    posted = clients.post(ORDERS)
    assert clients.lost > ORDERS / 10
    eventually(lambda: counted(stack, day) >= ORDERS, "the orders to be counted", patience=60 + ORDERS / 50)
    expected: dict[tuple[str, str], dict[str, Any]] = {
        (f"REVENUE#{day}", currency): {"Value": amount} for currency, amount in posted.items()
    }
    wait_for(stack, expected | {(f"ORDERS#{day}", "TOTAL"): {"TotalOrders": ORDERS, "SuccessfulOrders": ORDERS}})


# --- What is refused --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("method", "path", "content_type", "body", "status"),
    [
        ("POST", "/orders", "application/json", b"{", 400),
        ("POST", "/orders", "application/json", b'{"TotalAmount":"x"}', 422),
        ("POST", "/orders", "application/json", b'"' + b"x" * 300_000 + b'"', 413),
        ("POST", "/orders", "text/csv", b"1;2", 415),
        ("POST", "/orders", None, b'{"TotalAmount":1}', 415),
        ("POST", "/orders/batch", "application/x-ndjson", b"\n", 422),
        ("GET", "/orders", None, b"", 405),
        ("PUT", "/orders/batch", "application/json", b"[]", 405),
        ("GET", "/", None, b"", 404),
        ("POST", "/orders/1", "application/json", b"{}", 404),
    ],
)
def test_what_cannot_be_taken_is_answered_by_a_problem(
    intake: Intake, method: str, path: str, content_type: str | None, body: bytes, status: int
) -> None:
    answer = intake.request(method, path, body, {"Content-Type": content_type} if content_type else {})
    assert answer.status_code == status
    assert answer.headers["Content-Type"] == "application/problem+json"
    problem = answer.json()
    assert (problem["status"], problem["type"]) == (status, "about:blank")
    assert problem["title"] and problem["detail"] and problem["instance"].startswith("urn:uuid:")
    if status == 405:
        assert answer.headers["Allow"] == "OPTIONS, POST"


# --- Who may post -----------------------------------------------------------------------------------------------------


@pytest.fixture
def identities(stack: Stack) -> Iterator[dict[str, Identity]]:
    """Somebody who may post orders to this API, and somebody who may call another one."""
    iam, made = stack.client("iam"), {}
    api = stack["ApiEndpoint"].rpartition("/")[2]
    for name, resource in (("clerk", f"{api}/*/POST/orders"), ("guest", "another/*/POST/orders")):
        user = f"{name}-{os.getpid()}"
        arn = f"arn:aws:execute-api:{stack.region}:*:{resource}"
        statement = {"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": arn}
        iam.create_user(UserName=user)
        document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        iam.put_user_policy(UserName=user, PolicyName="post", PolicyDocument=document)
        key = iam.create_access_key(UserName=user)["AccessKey"]
        made[name] = Identity(key["AccessKeyId"], key["SecretAccessKey"])
    yield made
    for name, identity in made.items():
        user = f"{name}-{os.getpid()}"
        iam.delete_access_key(UserName=user, AccessKeyId=identity.access_key_id)
        iam.delete_user_policy(UserName=user, PolicyName="post")
        iam.delete_user(UserName=user)


def test_only_who_is_allowed_to_may_post(stack: Stack, identities: dict[str, Identity]) -> None:
    clerk = identities["clerk"]
    assert Intake(stack, clerk).post({"TotalAmount": 1}).status_code == 202
    wrong = Identity(clerk.access_key_id, clerk.secret_access_key + "x")
    for identity in (identities["guest"], wrong):
        answer = Intake(stack, identity).post({"TotalAmount": 1})
        assert answer.status_code == 403
        # The local AWS says more than API Gateway does.
        assert "message" in answer.json()
    # The clerk's policy names one route.
    assert Intake(stack, clerk).post_batch([{"TotalAmount": 1}]).status_code == 403
    unsigned = Intake(stack).request("POST", "/orders", b"{}", {"Content-Type": "application/json"}, Unsigned())
    assert (unsigned.status_code, set(unsigned.json())) == (403, {"message"})


def test_a_key_is_its_callers_own_in_all_sessions_of_a_role(stack: Stack) -> None:
    iam, name = stack.client("iam"), f"shop-{os.getpid()}"
    trust = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}
    allow = {"Effect": "Allow", "Action": "execute-api:Invoke", "Resource": "*"}
    document = {"Version": "2012-10-17", "Statement": [trust]}
    arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(document))["Role"]["Arn"]
    try:
        policy = json.dumps({"Version": "2012-10-17", "Statement": [allow]})
        iam.put_role_policy(RoleName=name, PolicyName="post", PolicyDocument=policy)
        ids = []
        for session in ("monday", "tuesday"):
            found = stack.client("sts").assume_role(RoleArn=arn, RoleSessionName=session)["Credentials"]
            identity = Identity(found["AccessKeyId"], found["SecretAccessKey"], found["SessionToken"])
            ids.append(Intake(stack, identity).post({"TotalAmount": 1}, Idempotency_Key="k").json()["MessageId"])
        assert ids[0] == ids[1]
        assert Intake(stack).post({"TotalAmount": 1}, Idempotency_Key="k").json()["MessageId"] != ids[0]
    finally:
        iam.delete_role_policy(RoleName=name, PolicyName="post")
        iam.delete_role(RoleName=name)
