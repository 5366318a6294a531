"""Who may post orders, and which pages may, where an API asks for tokens or for nothing: by HTTP, on an own stack."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator

import pytest

from deployments import Shop, outputs_of, own_shop
from intake import Bearer, Intake, Unsigned
from pipeline.stack import Stack

PAGE = "https://shop.example"
ORDER = {"TotalAmount": 1}
PASSWORD = "Correct-horse-7-battery"


class UserPool:
    """An issuer of tokens: a user pool of Cognito with one client and two users."""

    def __init__(self, stack: Stack, name: str) -> None:
        self.cognito = stack.client("cognito-idp")
        self.id = self.cognito.create_user_pool(PoolName=name)["UserPool"]["Id"]
        self.issuer = f"https://cognito-idp.{stack.region}.amazonaws.com/{self.id}"
        self.client = self.new_client("shop")
        for user in ("ada", "bob"):
            self.cognito.admin_create_user(UserPoolId=self.id, Username=user)
            self.cognito.admin_set_user_password(UserPoolId=self.id, Username=user, Password=PASSWORD, Permanent=True)

    def new_client(self, name: str) -> str:
        made = self.cognito.create_user_pool_client(
            UserPoolId=self.id, ClientName=name, ExplicitAuthFlows=["ALLOW_ADMIN_USER_PASSWORD_AUTH"]
        )
        return str(made["UserPoolClient"]["ClientId"])

    def token(self, user: str, client: str | None = None, kind: str = "AccessToken") -> str:
        answer = self.cognito.admin_initiate_auth(
            UserPoolId=self.id, ClientId=client or self.client, AuthFlow="ADMIN_USER_PASSWORD_AUTH",
            AuthParameters={"USERNAME": user, "PASSWORD": PASSWORD},
        )  # fmt: skip
        return str(answer["AuthenticationResult"][kind])


@pytest.fixture(scope="module")
def pool(stack: Stack) -> Iterator[UserPool]:
    pool = UserPool(stack, f"callers{os.getpid()}")
    yield pool
    pool.cognito.delete_user_pool(UserPoolId=pool.id)


@pytest.fixture(scope="module")
def shop(stack: Stack, pool: UserPool) -> Iterator[Shop]:
    """Deployed with the pool's tokens and one page; what it leaves is removed."""
    with own_shop(stack, f"callers{os.getpid()}") as shop:
        outputs_of(shop.deploy(ApiJwtIssuer=pool.issuer, ApiJwtAudience=f"{pool.client},orders", ApiCorsOrigins=PAGE))
        yield shop


@pytest.fixture
def intake(shop: Shop, stack: Stack) -> Intake:
    # Where the local AWS serves an API: no name resolves to <id>.execute-api.127.0.0.1.
    described = shop.cloudformation.describe_stacks(StackName=shop.name)["Stacks"][0]["Outputs"]
    endpoint = next(item["OutputValue"] for item in described if item["OutputKey"] == "ApiEndpoint")
    api = endpoint.split("//")[1].partition(".")[0]
    return Intake(stack, endpoint=f"{stack.endpoint_url}/_aws/execute-api/{api}")


def preflight(intake: Intake, origin: str, path: str = "/orders") -> dict[str, str]:
    """What a browser is told before a page's request: the answer's headers about it, in lower case."""
    asked = {
        "Origin": origin,
        "Access-Control-Request-Method": "POST",
        "Access-Control-Request-Headers": "authorization,content-type,idempotency-key",
    }
    answer = intake.request("OPTIONS", path, headers=asked, auth=Unsigned())
    # The local AWS lets other pages in nowhere; API Gateway answers them without these headers.
    assert answer.status_code in (200, 204, 403)
    return {n.lower(): v for n, v in answer.headers.items() if n.lower().startswith("access-control-")}


def test_tokens_of_the_issuer_for_this_audience_let_in(intake: Intake, pool: UserPool) -> None:
    for kind in ("AccessToken", "IdToken"):
        answer = intake.post(ORDER, Bearer(pool.token("ada", kind=kind)), Idempotency_Key="k")
        assert answer.status_code == 202, answer.text
    batch = intake.request(
        "POST", "/orders/batch", json.dumps([ORDER]).encode(), {"Content-Type": "application/json"},
        Bearer(pool.token("ada")),
    )  # fmt: skip
    assert batch.status_code == 202


def test_a_key_is_its_users_own(intake: Intake, pool: UserPool) -> None:
    ids = [
        intake.post(ORDER, Bearer(pool.token(user)), Idempotency_Key="the-same").json()["MessageId"]
        for user in ("ada", "ada", "bob")
    ]
    assert ids[0] == ids[1] != ids[2]


def test_who_has_no_right_token_is_not_let_in(stack: Stack, intake: Intake, pool: UserPool) -> None:
    token = pool.token("ada")
    head, claims, signature = token.split(".")
    forged = ".".join((head, claims, signature[:-8] + ("A" * 8 if signature[-8:] != "A" * 8 else "B" * 8)))
    stranger = UserPool(stack, f"strangers{os.getpid()}")
    try:
        others = [
            Unsigned(),
            Bearer(""),
            Bearer("none"),
            Bearer(forged),
            Bearer(f"{head}.{claims}."),
            Bearer(stranger.token("ada")),
            Bearer(pool.token("ada", client=pool.new_client("another"))),
            # A signature that would do on a route of AWS_IAM.
            intake.signature,
        ]
        for auth in others:
            answer = intake.post(ORDER, auth)
            assert answer.status_code == 401, (auth, answer.text)
            assert "MessageId" not in answer.text
    finally:
        stranger.cognito.delete_user_pool(UserPoolId=stranger.id)


def test_where_scopes_are_named_a_token_needs_one_of_them(shop: Shop, intake: Intake, pool: UserPool) -> None:
    """Cognito's access tokens of its own API have this scope; ID tokens have none."""
    batch, other = ("POST", "/orders/batch", json.dumps([ORDER]).encode()), ("GET", "/orders", b"")
    headers = {"Content-Type": "application/json"}
    outputs_of(shop.deploy(ApiJwtScopes="orders/post,aws.cognito.signin.user.admin"))
    try:
        for kind, statuses in (("AccessToken", [202, 202, 405]), ("IdToken", [403, 403, 403])):
            token = Bearer(pool.token("ada", kind=kind))
            answers = [intake.post(ORDER, token), *(intake.request(*asked, headers, token) for asked in (batch, other))]
            assert [answer.status_code for answer in answers] == statuses, kind
    finally:
        outputs_of(shop.deploy(ApiJwtScopes=""))
    assert intake.post(ORDER, Bearer(pool.token("ada", kind="IdToken"))).status_code == 202


def test_a_page_of_an_allowed_origin_may_post_and_read_the_answer(intake: Intake, pool: UserPool) -> None:
    for path in ("/orders", "/orders/batch"):
        allowed = preflight(intake, PAGE, path)
        assert allowed["access-control-allow-origin"] == PAGE
        assert "POST" in allowed["access-control-allow-methods"]
        assert {"authorization", "content-type", "idempotency-key"} <= {
            name.strip() for name in allowed["access-control-allow-headers"].lower().split(",")
        }
    answer = intake.post(ORDER, Bearer(pool.token("ada")), Origin=PAGE)
    assert answer.status_code == 202
    assert answer.headers["Access-Control-Allow-Origin"] == PAGE
    assert "x-correlation-id" in answer.headers["Access-Control-Expose-Headers"].lower()


@pytest.mark.parametrize(
    "origin", ["https://shop.example.evil", "http://shop.example", "null", "https://other.example"]
)
def test_other_pages_are_told_nothing(intake: Intake, origin: str) -> None:
    assert "access-control-allow-origin" not in preflight(intake, origin)


def test_an_open_api_takes_orders_of_anybody_once_that_is_said_in_full(shop: Shop, intake: Intake) -> None:
    refused = shop.deploy(ApiWithoutAuthorization="yes")
    assert refused.returncode != 0
    assert "anybody-on-the-internet-may-post-orders" in refused.stderr
    opened = {"ApiJwtIssuer": "", "ApiJwtAudience": ""}
    outputs_of(shop.deploy(**opened, ApiWithoutAuthorization="anybody-on-the-internet-may-post-orders"))
    first, again = (intake.post(ORDER, Unsigned(), Idempotency_Key="k") for _ in range(2))
    assert (first.status_code, again.status_code) == (202, 202)
    assert first.json()["MessageId"] == again.json()["MessageId"]
    assert preflight(intake, PAGE)["access-control-allow-origin"] == PAGE
