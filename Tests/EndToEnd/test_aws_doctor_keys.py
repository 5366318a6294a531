"""What `orders doctor` says of a stack's own keys, by their state and their policies; see test_aws_doctor.py."""

from __future__ import annotations

import json
from typing import Any

import pytest

import keypolicy
from awsmodel.account import ACCOUNT
from awsmodel.cloud import Cloud
from awsmodel.health import is_well, lines


def has_keys(cloud: Cloud, **keys: tuple[str, list[dict[str, Any]]]) -> dict[str, str]:
    """Gives the stack keys in these parameters, each of a state and of statements; their ARNs."""
    arns = {name: cloud.account.arn("kms", f"key/{name}") for name in keys}
    found = {arns[name]: value for name, value in keys.items()}
    cloud.account.parameters |= arns
    cloud.account.rules |= {
        "kms.DescribeKey": lambda asked: {
            "KeyMetadata": {"KeyId": asked["KeyId"], "KeyState": found[asked["KeyId"]][0]}
        },
        "kms.GetKeyPolicy": lambda asked: {
            "Policy": json.dumps({"Version": "2012-10-17", "Statement": found[asked["KeyId"]][1]})
        },
    }
    return arns


def statement(*services: str, effect: str = "Allow", action: str | list[str] = "kms:*") -> dict[str, Any]:
    return {"Effect": effect, "Principal": {"Service": list(services)}, "Action": action, "Resource": "*"}


LOGS = "logs.eu-central-1.amazonaws.com"
POLICIES_COUNT = {"Effect": "Allow", "Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}, "Action": "kms:*"}


@pytest.mark.parametrize(
    ("state", "statements", "said"),
    [
        ("Enabled", [statement("sns.amazonaws.com", "cloudwatch.amazonaws.com"), statement(LOGS)],
         "✓ KmsKeyArn: enabled"),
        ("Enabled", [statement("sns.amazonaws.com", "cloudwatch.amazonaws.com", LOGS,
                               action=["kms:Decrypt*", "kms:GenerateDataKey*"])], "✓ KmsKeyArn: enabled"),
        ("Enabled", [statement("sns.amazonaws.com", "cloudwatch.amazonaws.com")],
         f"✗ KmsKeyArn: its policy does not let in {LOGS}"),
        ("Enabled", [statement("sns.amazonaws.com", "cloudwatch.amazonaws.com", LOGS, action="kms:Decrypt")],
         "✗ KmsKeyArn: its policy does not let in sns.amazonaws.com, cloudwatch.amazonaws.com"),
        ("Enabled", [statement("sns.amazonaws.com", "cloudwatch.amazonaws.com", LOGS),
                     statement("sns.amazonaws.com", effect="Deny")],
         "✗ KmsKeyArn: its policy does not let in sns.amazonaws.com"),
        ("Enabled", [{}, statement("sns.amazonaws.com", "cloudwatch.amazonaws.com", LOGS),
                     POLICIES_COUNT | {"Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:user/admin"}}],
         "✗ KmsKeyArn: its policy does not let IAM policies of the account count"),
        ("Enabled", [{}, statement("sns.amazonaws.com", "cloudwatch.amazonaws.com", LOGS),
                     POLICIES_COUNT | {"Principal": {"AWS": [f"arn:aws:iam::{ACCOUNT}:role/orders-OrderWriterRole"]}}],
         "✓ KmsKeyArn: enabled"),
        ("Enabled", [{}, statement("sns.amazonaws.com", "cloudwatch.amazonaws.com", LOGS),
                     POLICIES_COUNT | {"Principal": {"AWS": "*"},
                                "Condition": {"StringEquals": {"kms:ViaService": "dynamodb.amazonaws.com"}}}],
         "✗ KmsKeyArn: its policy does not let IAM policies of the account count"),
        ("PendingDeletion", [], "✗ KmsKeyArn: PendingDeletion"),
    ],
)  # fmt: skip
def test_the_key_has_to_be_usable_by_whom_the_stack_needs(
    cloud: Cloud, state: str, statements: list[dict[str, Any]], said: str
) -> None:
    is_well(cloud.account)
    # Without it no policy of a role counts.
    if {} not in statements:
        statements = [POLICIES_COUNT, *statements]
    arns = has_keys(cloud, KmsKeyArn=(state, statements))
    assert [line for line in lines(cloud)[1] if line.startswith(said)]
    assert cloud.account.of("kms.GetKeyPolicy") == [{"KeyId": arns["KmsKeyArn"], "PolicyName": "default"}]


@pytest.mark.parametrize("statements", [
    ["PoliciesOfTheAccount", "Tables", "TopicsToQueuesAndAlarmsToTopics", "Logs"],
    # As it is while a key is changed.
    ["PoliciesOfTheAccount", "Tables", "TopicsToQueuesAndAlarmsToTopics", "Logs", "RolesOfTheStack"],
])  # fmt: skip
def test_the_documented_policy_is_one_that_the_stack_can_use(cloud: Cloud, statements: list[str]) -> None:
    is_well(cloud.account)
    documented = keypolicy.documented(ACCOUNT=ACCOUNT, PARTITION="aws", REGION="eu-central-1", STACK="orders")
    assert documented.keys() >= {*statements}
    has_keys(cloud, KmsKeyArn=("Enabled", [documented[name] for name in statements]))
    assert "✓ KmsKeyArn: enabled, and its policy lets in SNS, CloudWatch and its logs" in lines(cloud)[1]


PRESENT = [POLICIES_COUNT, statement("sns.amazonaws.com", "cloudwatch.amazonaws.com", LOGS)]


@pytest.mark.parametrize(
    ("state", "statements", "said"),
    [
        # It is only read with, and by no service in its own name.
        ("Enabled", [POLICIES_COUNT], "✓ FormerKmsKeyArn: enabled, and its policy lets functions and Pipes read"),
        ("Enabled", [POLICIES_COUNT | {"Action": "kms:Decrypt"}], "✓ FormerKmsKeyArn: enabled"),
        ("Enabled", [POLICIES_COUNT | {"Action": "kms:GenerateDataKey"}],
         "✗ FormerKmsKeyArn: its policy does not let IAM policies of the account count"),
        ("Enabled", [POLICIES_COUNT, POLICIES_COUNT | {"Effect": "Deny", "Action": "kms:Decrypt"}],
         "✗ FormerKmsKeyArn: its policy does not let IAM policies of the account count"),
        ("Disabled", [POLICIES_COUNT], "✗ FormerKmsKeyArn: Disabled"),
        ("PendingDeletion", [POLICIES_COUNT], "✗ FormerKmsKeyArn: PendingDeletion"),
    ],
)  # fmt: skip
def test_the_former_key_has_to_be_one_that_can_be_read_with(
    cloud: Cloud, state: str, statements: list[dict[str, Any]], said: str
) -> None:
    is_well(cloud.account)
    arns = has_keys(cloud, KmsKeyArn=("Enabled", PRESENT), FormerKmsKeyArn=(state, statements))
    _, found, _ = lines(cloud)
    assert len([line for line in found if line.startswith(said)]) == 1
    assert [line for line in found if line.startswith("✓ KmsKeyArn: enabled")]
    assert [asked["KeyId"] for asked in cloud.account.of("kms.DescribeKey")] == list(arns.values())


def test_a_former_key_is_looked_at_where_aws_s_own_are_used_now(cloud: Cloud) -> None:
    is_well(cloud.account)
    has_keys(cloud, FormerKmsKeyArn=("PendingDeletion", [POLICIES_COUNT]))
    told = "\n".join(lines(cloud)[1])
    advice = "nothing that it encrypted can be read: aws kms enable-key, or cancel-key-deletion"
    assert f"✗ FormerKmsKeyArn: PendingDeletion\n    {advice}" in told
    assert " KmsKeyArn:" not in told
