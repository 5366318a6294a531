"""What scripts/deploy knows of keys and of what else is named by an ARN, before it changes anything."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest

from pipeline.stack import ROOT
from updates import BUCKET, UpdatedStack

sys.path.insert(0, str(ROOT / "scripts"))
from deployment import checks
from deployment.checks import Surroundings
from deployment.deploy import Deployment, Request
from deployment.errors import DeploymentError
from deployment.findings import Findings
from deployment.template import Template

TEMPLATE = Template.parse((ROOT / "cloudformation.yaml").read_text())
HERE = Surroundings(region="eu-west-1", bucket="b", bucket_region="eu-west-1")


def findings(given: dict[str, str], previous: dict[str, str] | None = None) -> Findings:
    values = checks.effective_values(given, previous or {}, TEMPLATE)
    return checks.check(TEMPLATE, values, previous or {}, HERE)


KEYS = [f"arn:aws:kms:eu-west-1:123456789012:key/{name}" for name in "abc"]


@pytest.mark.parametrize(
    ("before", "after", "refused", "warned"),
    [
        # The present key and the former one, before and after; None: a version that knew no former one.
        (("", None), (KEYS[0], ""), False, False),
        ((KEYS[0], None), (KEYS[0], ""), False, False),
        ((KEYS[0], None), (KEYS[1], ""), True, False),
        ((KEYS[0], ""), ("", ""), True, False),
        ((KEYS[0], ""), (KEYS[1], KEYS[2]), True, False),
        ((KEYS[0], ""), (KEYS[1], KEYS[0]), False, False),
        ((KEYS[0], ""), ("", KEYS[0]), False, False),
        # The way back, and a third key before the first has had its time.
        ((KEYS[1], KEYS[0]), (KEYS[0], KEYS[1]), False, False),
        # What an update to another key is answered with that was rolled back, and the next try.
        ((KEYS[0], ""), (KEYS[0], KEYS[1]), False, False),
        (("", ""), ("", KEYS[1]), False, False),
        ((KEYS[0], KEYS[1]), (KEYS[1], KEYS[0]), False, False),
        ((KEYS[1], KEYS[0]), (KEYS[2], KEYS[1]), False, True),
        ((KEYS[1], KEYS[0]), (KEYS[1], ""), False, True),
        ((KEYS[1], KEYS[0]), (KEYS[1], KEYS[0]), False, False),
    ],
)
def test_another_key_is_refused_unless_what_the_former_one_encrypted_can_be_read(
    before: tuple[str, str | None], after: tuple[str, str], refused: bool, warned: bool
) -> None:
    names = ("KmsKeyArn", "FormerKmsKeyArn")
    previous = {name: value for name, value in zip(names, before, strict=True) if value is not None}
    found = findings(
        dict(zip(names, after, strict=True)) | {"StreamRetentionDays": "30"},
        previous | {"AnalyticsWindowSeconds": "1", "StreamRetentionDays": "30"},
    )
    held = "the stream's records for 30 days, order messages for 4 and dead letters for 14"
    assert all(f"Give FormerKmsKeyArn={before[0]} as well, leave it for 30 days" in text for text in found.refusals)
    assert [held in text for text in (*found.refusals, *found.warnings)] == [True] * (refused + warned)
    assert (bool(found.refusals), bool(found.warnings)) == (refused, warned)


@pytest.mark.parametrize(
    ("name", "resource"),
    [
        ("KmsKeyArn", "kms:{}:123456789012:key/mrk-5d6a"),
        ("FormerKmsKeyArn", "kms:{}:123456789012:key/5d6a"),
        ("AlarmTopicArn", "sns:{}:123456789012:pager"),
    ],
)
def test_a_key_or_topic_of_another_region_is_refused(name: str, resource: str) -> None:
    assert findings({name: f"arn:aws:{resource.format('eu-west-1')}"}) == Findings()
    [refusal] = findings({name: f"arn:aws:{resource.format('us-east-1')}"}).refusals
    assert refusal.startswith(f"{name} (arn:aws:") and "is in us-east-1, but the stack is for eu-west-1" in refusal


# --- A change that is rolled back -----------------------------------------------------------------------------------


def told_of(given: dict[str, str], before: tuple[str, str], status: str, folder: Path) -> str:
    session: Any = UpdatedStack(TEMPLATE, dict(zip(("KmsKeyArn", "FormerKmsKeyArn"), before, strict=True)))
    session.status = status
    packaged = folder / "packaged.yaml"
    packaged.write_text("{}")
    deployment = Deployment(session, Request(stack="orders", bucket=BUCKET, parameters=given), TEMPLATE)
    with pytest.raises(DeploymentError) as failure:
        deployment._deploy(packaged, given, TEMPLATE, is_creation=False)
    return str(failure.value)


@pytest.mark.parametrize(
    ("given", "before", "is_stranded"),
    [
        ({"KmsKeyArn": KEYS[1], "FormerKmsKeyArn": KEYS[0]}, (KEYS[0], ""), True),
        ({"KmsKeyArn": KEYS[1]}, ("", ""), True),
        # Third in a row.
        ({"KmsKeyArn": KEYS[1], "FormerKmsKeyArn": KEYS[0]}, (KEYS[0], KEYS[2]), True),
        # The way back, to a key that the roles have all the while.
        ({"KmsKeyArn": KEYS[1], "FormerKmsKeyArn": KEYS[0]}, (KEYS[0], KEYS[1]), False),
        # AWS's own keys, and an update that is about something else.
        ({"KmsKeyArn": "", "FormerKmsKeyArn": KEYS[0]}, (KEYS[0], ""), False),
        ({"KmsKeyArn": KEYS[0]}, (KEYS[0], ""), False),
        ({"LogLevel": "DEBUG"}, (KEYS[0], ""), False),
    ],
)
def test_a_key_that_was_rolled_back_is_named_with_how_its_records_are_read(
    given: dict[str, str], before: tuple[str, str], is_stranded: bool, tmp_path: Path
) -> None:
    """Stream and queues had it for some minutes, and no role has it any more."""
    for status, state, when in (
        ("UPDATE_ROLLBACK_COMPLETE", "and is as it was before", ""),
        ("UPDATE_ROLLBACK_FAILED", "and is in UPDATE_ROLLBACK_FAILED", "once the rollback is through, "),
    ):
        more = (
            f"; what came meanwhile may be encrypted with {KEYS[1]}, which no function or Pipe may use now: "
            f"{when}deploy with --parameter FormerKmsKeyArn={KEYS[1]}, or try again"
        )
        told = told_of(given, before, status, tmp_path)
        assert told == f"the stack could not be deployed {state}{more if is_stranded else ''}"
