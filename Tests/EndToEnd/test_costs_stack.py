"""Which stack `orders cost --stack` asks for, and what it says where there is none."""

from __future__ import annotations

import json
import os
import sys
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from pipeline.stack import ROOT

sys.path.insert(0, str(ROOT / "scripts"))
from costs import __main__ as cost


@pytest.fixture(autouse=True)
def nothing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """Neither by the caller's variables nor by the configuration of its AWS CLI."""
    for name in os.environ:
        if name.startswith(("AWS_", "ORDERS_")):
            monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_CONFIG_FILE", os.devnull)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", os.devnull)


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """How the client was made, which knows the stack `orders` alone."""
    made: dict[str, Any] = {}

    def describe_stacks(**names: str) -> dict[str, Any]:
        if names["StackName"] != "orders":
            message = f"Stack with id {names['StackName']} does not exist"
            raise ClientError({"Error": {"Code": "ValidationError", "Message": message}}, "DescribeStacks")
        return {"Stacks": [{"Parameters": [{"ParameterKey": "StreamShards", "ParameterValue": "3"}]}]}

    def client(service: str, **place: str) -> SimpleNamespace:
        made.update(place, service=service)
        meta = SimpleNamespace(region_name=place["region_name"])
        return SimpleNamespace(describe_stacks=describe_stacks, meta=meta)

    monkeypatch.setattr(cost.boto3, "client", client)
    return made


def run(monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.setattr(sys, "argv", ["orders cost", *arguments])
    # This process goes on: it must not end by a pipe that somebody closes.
    monkeypatch.setattr(cost.signal, "signal", lambda *_: None)
    return cost.main()


@pytest.mark.parametrize(("options", "region"), [([], "eu-central-1"), (["--region", "eu-west-1"], "eu-west-1")])
def test_the_region_is_the_option_s_or_the_environment_s(
    monkeypatch: pytest.MonkeyPatch,
    asked: dict[str, Any],
    capsys: pytest.CaptureFixture[str],
    options: list[str],
    region: str,
) -> None:
    monkeypatch.setenv("AWS_REGION", "eu-central-1")
    assert run(monkeypatch, "--stack", "orders", "--json", *options) == 0
    assert asked == {"service": "cloudformation", "region_name": region}
    assert json.loads(capsys.readouterr().out)["parameters"]["StreamShards"] == "3"


def test_a_region_that_is_not_known_is_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "--stack", "orders") == 2
    assert capsys.readouterr().err == "orders: no region is known: give one with --region, or set AWS_REGION\n"


@pytest.mark.usefixtures("asked")
def test_a_stack_that_is_not_there_is_told_with_its_place(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(monkeypatch, "--stack", "other", "--region", "eu-west-1") == 2
    assert capsys.readouterr().err == (
        "orders: there is no stack other at AWS, region eu-west-1: scripts/local start, or scripts/deploy, makes one\n"
    )


@pytest.mark.parametrize("endpoint", ["foo", "http://", "http://[x"])
def test_an_endpoint_that_is_no_url_is_told(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], endpoint: str
) -> None:
    assert run(monkeypatch, "--stack", "orders", "--region", "eu-west-1", "--endpoint-url", endpoint) == 2
    assert capsys.readouterr().err.endswith(": an endpoint is a URL such as http://localhost:4566\n")
