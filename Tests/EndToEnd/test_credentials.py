"""Whose keys scripts/orders signs with: those of the AWS CLI's configuration where AWS itself is meant, there only."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from kinesisserver import KinesisServer
from support import run_script

KEY, SECRET, TOKEN = "AKIAPROFILEEXAMPLE00", "c2VjcmV0LW9mLXRoZS1wcm9maWxl", "dG9rZW4tb2YtdGhlLXByb2ZpbGU"


@pytest.fixture(scope="module", autouse=True)
def built_tool() -> None:
    run_script("orders", "--help", check=True, timeout=900)


class Kinesis(KinesisServer):
    """Kinesis, which notes who signed and what anybody on the machine can read meanwhile."""

    def __init__(self) -> None:
        super().__init__()
        self.command_lines: list[bytes] = []

    def take(self, headers: dict[str, str]) -> None:
        super().take(headers)
        for process in Path("/proc").glob("[0-9]*/cmdline"):
            try:
                self.command_lines.append(process.read_bytes())
            except OSError:
                # It has ended.
                continue

    @property
    def signers(self) -> list[tuple[str, str]]:
        """Key and region of each request's signature."""
        found = (
            re.search(r"Credential=([^/]+)/\d+/([^/]+)/", request["Authorization"]).groups()
            for request in self.requests
        )
        return [(key, region) for key, region in found]


@pytest.fixture
def kinesis() -> Iterator[Kinesis]:
    with Kinesis.serving() as server:
        yield server


@pytest.fixture
def own(tmp_path: Path) -> dict[str, str]:
    """The environment of somebody who has set up the AWS CLI, and nothing else of AWS's."""
    (tmp_path / "config").write_text(
        f"""[profile shop]
region = eu-west-3
[profile process]
credential_process = {sys.executable} {tmp_path}/keys.py
[profile broken]
credential_process = {sys.executable} {tmp_path}/broken.py
"""
    )
    (tmp_path / "credentials").write_text(f"[shop]\naws_access_key_id = {KEY}\naws_secret_access_key = {SECRET}\n")
    keys = {"Version": 1, "AccessKeyId": KEY, "SecretAccessKey": SECRET, "SessionToken": TOKEN}
    (tmp_path / "keys.py").write_text(f"print({json.dumps(keys)!r})\n")
    (tmp_path / "broken.py").write_text(f"import sys\nsys.exit({SECRET!r})\n")
    variables = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "ORDERS_LOCAL_"))}
    return variables | {
        "HOME": str(tmp_path),
        "AWS_CONFIG_FILE": str(tmp_path / "config"),
        "AWS_SHARED_CREDENTIALS_FILE": str(tmp_path / "credentials"),
        # A machine at Amazon has keys of its own.
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def send(
    environment: dict[str, str], kinesis: Kinesis, *options: str, host: str = "aws.localhost"
) -> subprocess.CompletedProcess[str]:
    """An order to a server whose name does not say that it is on this machine, as that of AWS itself does not."""
    url = f"http://{host}:{kinesis.server_port}"
    arguments = ("send", "--kinesis", "--stream", "orders", "--endpoint-url", url, *options, "-")
    return run_script("orders", *arguments, env=environment, input='{"orderId":"o-1"}\n', timeout=120)


@pytest.mark.parametrize(
    ("variables", "options", "region"),
    [
        ({"AWS_PROFILE": "shop"}, ["--region", "eu-central-1"], "eu-central-1"),
        ({"AWS_PROFILE": "shop"}, ["--region=eu-central-1"], "eu-central-1"),
        ({"AWS_PROFILE": "shop", "AWS_REGION": "eu-north-1"}, [], "eu-north-1"),
        ({"AWS_PROFILE": "shop", "AWS_DEFAULT_REGION": "eu-north-1"}, [], "eu-north-1"),
        ({"AWS_PROFILE": "shop"}, [], "eu-west-3"),
    ],
)
def test_the_profiles_keys_sign_where_aws_is_meant(
    own: dict[str, str], kinesis: Kinesis, variables: dict[str, str], options: list[str], region: str
) -> None:
    # A token without its keys belongs to nobody.
    result = send(own | variables | {"AWS_SESSION_TOKEN": "of-other-keys"}, kinesis, *options)
    assert result.returncode == 0, result.stderr
    assert kinesis.signers == [(KEY, region)]
    assert "X-Amz-Security-Token" not in {name.title() for name in kinesis.requests[0]}


def test_temporary_keys_come_with_their_token_and_are_nowhere_to_be_read(own: dict[str, str], kinesis: Kinesis) -> None:
    result = send(own | {"AWS_PROFILE": "process"}, kinesis, "--region", "eu-central-1")
    assert result.returncode == 0, result.stderr
    assert kinesis.signers == [(KEY, "eu-central-1")]
    assert {name.lower(): value for name, value in kinesis.requests[0].items()}["x-amz-security-token"] == TOKEN
    read = b"".join(kinesis.command_lines)
    assert b"aws.localhost" in read
    for secret in (SECRET, TOKEN):
        assert secret.encode() not in read
        assert secret not in result.stdout + result.stderr


def test_keys_in_the_environment_win(own: dict[str, str], kinesis: Kinesis) -> None:
    keys = {"AWS_ACCESS_KEY_ID": "AKIAENVIRONMENT00000", "AWS_SECRET_ACCESS_KEY": "x", "AWS_PROFILE": "no-such-profile"}
    result = send(own | keys, kinesis, "--region", "eu-central-1")
    assert result.returncode == 0, result.stderr
    assert kinesis.signers == [("AKIAENVIRONMENT00000", "eu-central-1")]


def test_a_server_on_loopback_gets_none_of_them(own: dict[str, str], kinesis: Kinesis) -> None:
    result = send(own | {"AWS_PROFILE": "shop"}, kinesis, "--region", "eu-central-1", host="127.0.0.1")
    assert result.returncode == 0, result.stderr
    assert kinesis.signers == [("test", "eu-central-1")]


def test_where_there_are_none_the_next_step_is_named(own: dict[str, str], kinesis: Kinesis) -> None:
    result = send(own, kinesis, "--region", "eu-central-1")
    assert result.returncode == 2
    assert "AWS_ACCESS_KEY_ID is not set" in result.stderr
    assert "aws sts get-caller-identity" in result.stderr
    assert kinesis.requests == []


@pytest.mark.parametrize(("profile", "said"), [("absent", "(absent) could not be found"), ("broken", "process")])
def test_a_profile_that_does_not_work_is_named_without_what_its_process_said(
    own: dict[str, str], kinesis: Kinesis, profile: str, said: str
) -> None:
    result = send(own | {"AWS_PROFILE": profile}, kinesis, "--region", "eu-central-1")
    assert result.returncode == 1
    assert said in result.stderr
    assert "aws sts get-caller-identity" in result.stderr
    assert "Traceback" not in result.stderr
    assert SECRET not in result.stdout + result.stderr
    assert kinesis.requests == []


@pytest.mark.parametrize("arguments", [["--help"], ["send", "--help"], ["report", "-h"], ["pattern"]])
def test_what_needs_no_aws_asks_for_no_keys(own: dict[str, str], arguments: list[str]) -> None:
    """A profile that is not there would be complained of."""
    variables = {"AWS_PROFILE": "no-such-profile", "AWS_REGION": "eu-central-1"}
    result = run_script("orders", *arguments, env=own | variables, timeout=120)
    assert "no-such-profile" not in result.stderr
    assert "Traceback" not in result.stderr
