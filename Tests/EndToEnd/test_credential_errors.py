"""What scripts/credentials.py says of credentials that cannot be used: what is wrong, and nothing of a key."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from pipeline.stack import ROOT

SECRET = "c2VjcmV0LW9mLWEtcHJvY2Vzcw"
KEYS = {"Version": 1, "AccessKeyId": "AKIAPROCESSEXAMPLE00", "SecretAccessKey": SECRET}
NEUTRAL = "what should give them (a credential_process, a token file, a container's or a machine's own service)"
ROLE = {"AWS_ROLE_ARN": "arn:aws:iam::123456789012:role/somebody"}


def run(folder: Path, profile: str = "", **variables: str) -> subprocess.CompletedProcess[str]:
    """Prints the environment that the program gets, of somebody with that profile."""
    config = folder / "config"
    config.write_text(f"[default]\n{profile}\n")
    own = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "ORDERS_LOCAL_"))}
    own |= {
        "HOME": str(folder),
        "AWS_CONFIG_FILE": str(config),
        "AWS_SHARED_CREDENTIALS_FILE": str(folder / "credentials"),
        "AWS_EC2_METADATA_DISABLED": "true",
    }
    command = [sys.executable, "-B", str(ROOT / "scripts/credentials.py"), "eu-central-1", "/usr/bin/env"]
    return subprocess.run(
        command,
        env=own | variables,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        # Without the terminal of whoever runs the tests, which would be asked for a code.
        start_new_session=True,
    )


def printing(folder: Path, text: str) -> str:
    """A profile whose process prints this."""
    (folder / "printed").write_text(text)
    return f"credential_process = cat {folder}/printed"


def check_refusal(result: subprocess.CompletedProcess[str], said: str) -> None:
    assert result.returncode == 1
    assert f"credentials of yours that cannot be used: {said}" in result.stderr
    assert "aws sts get-caller-identity" in result.stderr
    assert "Traceback" not in result.stderr
    assert SECRET not in result.stdout + result.stderr


def test_keys_that_a_process_prints_are_the_program_s(tmp_path: Path) -> None:
    result = run(tmp_path, printing(tmp_path, json.dumps(KEYS)))
    assert result.returncode == 0, result.stderr
    assert f"AWS_SECRET_ACCESS_KEY={SECRET}" in result.stdout.splitlines()


def test_keys_that_come_too_old_are_said_to_have_ended_by_this_clock(tmp_path: Path) -> None:
    ended = KEYS | {"Expiration": "2020-01-01T00:00:00Z"}
    check_refusal(run(tmp_path, printing(tmp_path, json.dumps(ended))), "the keys have ended, by this machine's clock")


@pytest.mark.parametrize(
    "printed",
    [
        [SECRET],
        KEYS | {"AccessKeyId": 5},
        KEYS | {"SessionToken": [SECRET]},
        KEYS | {"AccessKeyId": "a\0"},
        KEYS | {"AccessKeyId": "a\ud800"},
        KEYS | {"Expiration": 5},
        KEYS | {"Expiration": "2999-01-01"},
        KEYS | {"Expiration": "9" * 32},
    ],
    ids=["a list", "a number", "a token that is none", "a zero", "half a character", "no date", "no zone", "no year"],
)
def test_what_is_printed_in_the_place_of_keys_ends_with_a_message(tmp_path: Path, printed: object) -> None:
    check_refusal(run(tmp_path, printing(tmp_path, json.dumps(printed))), NEUTRAL)


def test_what_is_no_json_is_not_repeated(tmp_path: Path) -> None:
    check_refusal(run(tmp_path, printing(tmp_path, SECRET)), NEUTRAL)


def test_what_a_process_says_is_not_repeated(tmp_path: Path) -> None:
    said = "the profile's credential_process failed"
    check_refusal(run(tmp_path, printing(tmp_path, json.dumps(KEYS | {"Version": SECRET}))), said)
    (tmp_path / "keys.py").write_text(f"import sys\nsys.exit({SECRET!r})\n")
    check_refusal(run(tmp_path, f"credential_process = {sys.executable} {tmp_path}/keys.py"), said)


@pytest.mark.parametrize(
    ("profile", "variables", "said"),
    [
        ("credential_process = /nowhere/keys", {}, "/nowhere/keys: No such file or directory"),
        ("", ROLE | {"AWS_WEB_IDENTITY_TOKEN_FILE": "/nowhere/token"}, "/nowhere/token: No such file or directory"),
        ("", {"AWS_CONTAINER_CREDENTIALS_FULL_URI": "http://example.com/keys"}, NEUTRAL),
        (
            "role_arn = arn:aws:iam::123456789012:role/somebody\ncredential_source = Ec2InstanceMetadata",
            {},
            "Error when retrieving credentials from Ec2InstanceMetadata",
        ),
    ],
    ids=["process", "token file", "host", "machine"],
)
def test_what_does_not_give_keys_is_named(tmp_path: Path, profile: str, variables: dict[str, str], said: str) -> None:
    result = run(tmp_path, profile, **variables)
    check_refusal(result, said)
    assert ("credential_process" in result.stderr) is (said == NEUTRAL)


ASSUMED = "role_arn = arn:aws:iam::123456789012:role/somebody\n"


def test_a_token_that_no_header_can_hold_is_not_repeated(tmp_path: Path) -> None:
    """Python's HTTP client repeats it, and botocore what that says."""
    base = printing(tmp_path, json.dumps(KEYS | {"SessionToken": f"{SECRET}\nx"}))
    profile = f"{ASSUMED}source_profile = base\n[profile base]\n{base}"
    # Nothing listens there: a header that is wrong is refused before anything is sent.
    check_refusal(run(tmp_path, profile, AWS_ENDPOINT_URL_STS="http://127.0.0.1:1"), NEUTRAL)


def test_a_code_that_nobody_can_enter_is_said_to_be_asked_for(tmp_path: Path) -> None:
    (tmp_path / "credentials").write_text(
        f"[base]\naws_access_key_id = AKIAEXAMPLE\naws_secret_access_key = {SECRET}\n"
    )
    profile = ASSUMED + "source_profile = base\nmfa_serial = arn:aws:iam::123456789012:mfa/somebody"
    check_refusal(run(tmp_path, profile), "the profile asks for a code, and there is no terminal")
