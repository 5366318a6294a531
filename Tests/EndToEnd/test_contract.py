"""docs/openapi.yaml is what the deployed API does, by judges that are not ours; and the documentation's examples are
answered as they say."""

from __future__ import annotations

import datetime
import json
import os
import random
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

import hypothesis
import pytest
import schemathesis
import yaml
from hypothesis import strategies
from jsonschema import Draft202012Validator
from openapi_spec_validator import validate
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012
from schemathesis.config import SchemathesisConfig

from intake import Intake, Signature
from owndays import ANYBODYS
from pipeline.stack import ROOT, Stack

CONTRACT = ROOT / "docs/openapi.yaml"
DOCUMENT = yaml.safe_load(CONTRACT.read_text())
# Random requests that schemathesis sends to each operation. With E2E_CONTRACT_EXAMPLES=500 scripts/test sends more,
# and boundary values of everything that the contract has, which are hundreds of requests and minutes.
LONG = os.environ.get("E2E_CONTRACT_EXAMPLES")
EXAMPLES = int(LONG or 20)
SEED = int(os.environ.get("E2E_SEED") or random.SystemRandom().randrange(10**9))
# What schemathesis takes for a refusal, and besides: too large; a batch of which an order is refused.
REFUSALS = [400, 401, 403, 404, 405, 406, 413, 415, 422, 428, 429, 207]


def test_the_contract_is_valid_openapi() -> None:
    assert DOCUMENT["openapi"].startswith("3.1.")
    validate(DOCUMENT)


NIL_UUIDS = ["00000000-0000-0000-0000-000000000000", "{00000000-0000-0000-0000-000000000000}", 32 * "0"]
PADDED_NIL_UUID = f" {NIL_UUIDS[0]} "


@pytest.mark.parametrize("text", [*NIL_UUIDS, *(f'"{text}"' for text in [*NIL_UUIDS, PADDED_NIL_UUID])])
def test_the_contract_has_no_key_that_is_the_nil_uuid(text: str) -> None:
    key = validator(DOCUMENT["components"]["parameters"]["IdempotencyKey"]["schema"])
    assert not key.is_valid(text)
    assert key.is_valid(text.replace("0", "1", 1))


@pytest.mark.parametrize("text", [*NIL_UUIDS, PADDED_NIL_UUID])
def test_the_contract_has_no_order_id_that_is_the_nil_uuid(text: str) -> None:
    order = validator(DOCUMENT["components"]["schemas"]["Order"])
    assert not order.is_valid({"TotalAmount": 1, "OrderId": text})
    assert order.is_valid({"TotalAmount": 1, "UserId": text, "OrderId": text.replace("0", "1")})
    assert order.is_valid({"TotalAmount": 1, "OrderId": None}) and order.is_valid({"TotalAmount": 1, "OrderId": 0})


@pytest.mark.parametrize("text", [" ", "\t\n", ""])
def test_the_contract_has_no_blank_id(text: str) -> None:
    order = validator(DOCUMENT["components"]["schemas"]["Order"])
    for members in {"OrderId": text}, {"UserId": text}, {"ProductIds": [text]}:
        assert not order.is_valid({"TotalAmount": 1, **members})
    assert order.is_valid({"TotalAmount": 1, "OrderId": f"{text}O", "UserId": f"U{text}"})


@pytest.mark.parametrize(
    ("right", "other"),
    [("OrderId", "order_id"), ("UserId", "USER-ID"), ("ProductIds", "product-ids"), ("createdUtc", "created_utc")],
)
def test_the_contract_has_a_name_with_other_separators_only_beside_the_right_one(right: str, other: str) -> None:
    order = validator(DOCUMENT["components"]["schemas"]["Order"])
    values: dict[str, Any] = {"ProductIds": ["P"], "createdUtc": "2025-08-27T18:08:00Z"}
    assert not order.is_valid({"TotalAmount": 1, other: 5})
    assert not order.is_valid({"TotalAmount": 1, other: 5, right: None})
    assert order.is_valid({"TotalAmount": 1, other: 5, right: values.get(right, "A")})
    assert order.is_valid({"TotalAmount": 1, other: None})


# --- What it allows and what it does not ------------------------------------------------------------------------------

# The instants that may be posted move with the clock, for which JSON Schema has no words. In days that no test counts.
schemathesis.openapi.format(
    "date-time",
    strategies.datetimes(*(datetime.datetime.combine(day, datetime.time()) for day in ANYBODYS)).map(
        lambda time: time.isoformat() + "Z"
    ),
)


def ndjson(value: Any) -> bytes:
    elements = value if isinstance(value, list) else [value]
    return "".join(json.dumps(element) + "\n" for element in elements).encode()


@schemathesis.serializer("application/x-ndjson")
def lines(_: schemathesis.SerializationContext, value: Any) -> bytes:
    return ndjson(value)


@schemathesis.hook
def map_body(_: schemathesis.HookContext, body: Any) -> Any:
    """What JSON Schema has no words for that validators of floating point understand: to it 17.0 is an integer, and it
    cannot count an amount's fraction digits."""
    if isinstance(body, list):
        return [map_body(_, element) for element in body]
    if not isinstance(body, dict):
        return body
    mapped = dict(body)
    if isinstance(mapped.get("TotalAmount"), float):
        mapped["TotalAmount"] = round(mapped["TotalAmount"], 6)
    for name in ("OrderId", "UserId"):
        if name in mapped:
            mapped[name] = without_fraction(mapped[name])
    if isinstance(mapped.get("ProductIds"), list):
        mapped["ProductIds"] = [without_fraction(product) for product in mapped["ProductIds"]]
    return mapped


def without_fraction(value: Any) -> Any:
    return int(value) if isinstance(value, float) and value.is_integer() else value


def contract(with_boundaries: bool) -> Any:
    configuration = {
        "phases": {"coverage": {"enabled": with_boundaries}},
        "checks": {"negative_data_rejection": {"expected-statuses": REFUSALS}},
    }
    return schemathesis.openapi.from_path(CONTRACT, config=SchemathesisConfig.from_dict(configuration))


single = contract(with_boundaries=LONG is not None).include(path="/orders")
batch = contract(with_boundaries=False).include(path="/orders/batch")


@schemathesis.check
def a_207_refuses_something(
    _: schemathesis.CheckContext, response: schemathesis.Response, __: schemathesis.Case
) -> None:
    if response.status_code == 207:
        answer = response.json()
        assert answer["accepted"] > 0 and answer["refused"] > 0


def bounded(count: int) -> Callable[[Any], Any]:
    """Not shrunk, since a request that is wrong says so itself."""
    settings = hypothesis.settings(
        max_examples=count, deadline=None, database=None,
        phases=[hypothesis.Phase.explicit, hypothesis.Phase.generate],
        suppress_health_check=list(hypothesis.HealthCheck),
    )  # fmt: skip
    return lambda test: hypothesis.seed(SEED)(settings(test))


@single.parametrize()
@bounded(EXAMPLES)
def test_schemathesis_finds_no_difference_for_an_order(case: schemathesis.Case, stack: Stack) -> None:
    print(f"E2E_SEED={SEED}")
    case.call_and_validate(base_url=stack["ApiEndpoint"], auth=Signature(stack))


@batch.parametrize()
@bounded(EXAMPLES)
def test_schemathesis_finds_no_difference_for_a_batch(case: schemathesis.Case, stack: Stack) -> None:
    print(f"E2E_SEED={SEED}")
    case.call_and_validate(base_url=stack["ApiEndpoint"], auth=Signature(stack))


# --- Examples ---------------------------------------------------------------------------------------------------------


def examples() -> list[Any]:
    found = []
    for path, item in DOCUMENT["paths"].items():
        for content_type, content in item["post"]["requestBody"]["content"].items():
            for name, example in content["examples"].items():
                found.append(pytest.param(path, content_type, example["value"], id=f"{path} {name}"))
    return found


def validator(schema: Any) -> Draft202012Validator:
    resource = Resource.from_contents(DOCUMENT, default_specification=DRAFT202012)
    registry = Registry().with_resource("urn:contract", resource)
    text = json.dumps(schema).replace('"#/', '"urn:contract#/')
    return Draft202012Validator(json.loads(text), registry=registry, format_checker=Draft202012Validator.FORMAT_CHECKER)


@pytest.mark.parametrize(("path", "content_type", "value"), examples())
def test_an_example_of_the_contract_is_taken(stack: Stack, path: str, content_type: str, value: Any) -> None:
    body = ndjson(value) if content_type == "application/x-ndjson" else json.dumps(value).encode()
    answer = Intake(stack).request("POST", path, body, {"Content-Type": content_type})
    assert answer.status_code == 202, answer.text
    validator(DOCUMENT["paths"][path]["post"]["requestBody"]["content"][content_type]["schema"]).validate(value)
    response = DOCUMENT["paths"][path]["post"]["responses"]["202"]
    validator(response["content"]["application/json"]["schema"]).validate(answer.json())


def requests_of_editors() -> list[Any]:
    """The requests of docs/requests.http: name, expected status, method, path, headers, body."""
    found = []
    for block in (ROOT / "docs/requests.http").read_text().split("### ")[1:]:
        title, _, request = block.partition("\n")
        name, _, status = title.rpartition(": ")
        head, _, body = request.partition("\n\n")
        first, *headers = head.splitlines()
        method, _, url = first.partition(" ")
        pairs = dict(header.split(": ", 1) for header in headers)
        assert re.fullmatch(
            r"AWS \{\{accessKeyId\}\} \{\{secretAccessKey\}\} region:\{\{region\}\} service:execute-api",
            pairs.pop("Authorization"),
        )
        found.append(pytest.param(int(status), method, url, pairs, body.rstrip("\n") + "\n" * bool(body), id=name))
    return found


def requests_of_postman() -> list[Any]:
    """The same of the Postman collection, whose tests say what is expected."""
    collection = json.loads((ROOT / "docs/orders.postman_collection.json").read_text())
    found = []
    for item in collection["item"]:
        request = item["request"]
        script = "\n".join(item["event"][0]["script"]["exec"])
        status = re.search(r"pm\.response\.to\.have\.status\((\d+)\)", script)
        assert status, item["name"]
        headers = {header["key"]: header["value"] for header in request["header"]}
        body = request.get("body", {"raw": ""})["raw"]
        assert request["url"]["raw"] == "/".join([*request["url"]["host"], *request["url"]["path"]])
        found.append(
            pytest.param(int(status[1]), request["method"], request["url"]["raw"], headers, body, id=item["name"])
        )
    return found


@pytest.mark.parametrize("read", [requests_of_editors, requests_of_postman])
def test_each_collection_has_requests(read: Callable[[], list[Any]]) -> None:
    assert len(read()) >= 6


@pytest.mark.parametrize(
    ("status", "method", "url", "headers", "body"), [*requests_of_editors(), *requests_of_postman()]
)
def test_a_request_of_a_collection_is_answered_as_it_says(
    stack: Stack, status: int, method: str, url: str, headers: dict[str, str], body: str
) -> None:
    path = url.removeprefix("{{endpoint}}")
    assert path != url
    answer = Intake(stack).request(method, path, body.encode(), headers)
    assert answer.status_code == status, answer.text


def test_the_collections_hold_no_keys() -> None:
    for path in (ROOT / "docs").glob("*.http"), (ROOT / "docs").glob("*.postman_collection.json"):
        for file in path:
            assert not re.search(r"AKIA|ASIA", Path(file).read_text())
