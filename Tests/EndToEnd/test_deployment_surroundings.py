"""What scripts/deploy asks AWS before it deploys, and what it says where AWS answers otherwise than it should."""

from __future__ import annotations

import sys
from typing import Any

import pytest
from botocore.exceptions import ClientError

from pipeline.stack import ROOT

sys.path.insert(0, str(ROOT / "scripts"))
from deployment import checks
from deployment.checks import Surroundings
from deployment.findings import Findings
from deployment.surroundings import survey
from deployment.template import Template

TEMPLATE = Template.parse((ROOT / "cloudformation.yaml").read_text())


def findings(previous: dict[str, str], surroundings: Surroundings) -> Findings:
    return checks.check(TEMPLATE, checks.effective_values({}, previous, TEMPLATE), previous, surroundings)


class Denied:
    """A session of somebody to whom the scan is refused so; all else is answered with nothing."""

    region_name = "eu-west-1"
    # Of the stack, whose resources it stands for too.
    exists = True

    def __init__(self, code: str) -> None:
        self.code = code

    def physical_ids(self) -> dict[str, str]:
        return {"AnalyticsTable": "orders-AnalyticsTable-1"}

    def client(self, service: str) -> Denied:
        return self

    def head_bucket(self, **asked: str) -> dict[str, Any]:
        return {}

    def get_caller_identity(self) -> dict[str, Any]:
        return {"Account": "111122223333"}

    def get_account_settings(self) -> dict[str, Any]:
        return {}

    def scan(self, **asked: Any) -> dict[str, Any]:
        raise ClientError({"Error": {"Code": self.code, "Message": "no"}}, "Scan")


@pytest.mark.parametrize(
    ("code", "previous", "is_warned"),
    [
        ("AccessDeniedException", {"Deduplication": "event"}, True),
        # A version since 1.0 has counted it, so that there is nothing to look for.
        ("AccessDeniedException", {"Deduplication": "event", "AnalyticsWindowSeconds": "1"}, False),
        # Somebody has deleted the table: the deployment will say so.
        ("ResourceNotFoundException", {"Deduplication": "event"}, False),
    ],
)
def test_a_look_that_is_denied_is_said_with_the_permission_that_it_takes(
    code: str, previous: dict[str, str], is_warned: bool
) -> None:
    denied = Denied(code)
    found = findings(previous, survey(denied, denied, "b"))
    assert found.refusals == []
    assert ["dynamodb:Scan" in text for text in found.warnings] == ([True] if is_warned else [])


class Owned(Denied):
    """A session of 111122223333, with a bucket that lets the caller in and is of the account."""

    def __init__(self, owner: str, identity: ClientError | None = None) -> None:
        super().__init__("ResourceNotFoundException")
        self.owner = owner
        self.identity = identity

    def head_bucket(self, **asked: str) -> dict[str, Any]:
        if asked.get("ExpectedBucketOwner", self.owner) != self.owner:
            raise ClientError({"Error": {"Code": "403", "Message": "Forbidden"}}, "HeadBucket")
        return {}

    def get_caller_identity(self) -> dict[str, Any]:
        if self.identity:
            raise self.identity
        return super().get_caller_identity()


EXPIRED = ClientError({"Error": {"Code": "403", "Message": "no"}}, "GetCallerIdentity")


@pytest.mark.parametrize(
    ("session", "is_warned"),
    [(Owned("111122223333"), False), (Owned("444455556666"), True), (Owned("444455556666", EXPIRED), False)],
    ids=["own", "another's", "nobody knows whose"],
)
def test_a_bucket_of_another_account_that_lets_the_caller_in_is_warned_of(session: Owned, is_warned: bool) -> None:
    found = findings({}, survey(session, session, "shared"))
    assert found.refusals == []
    warned = [text for text in found.warnings if "bucket shared is not of this account (111122223333)" in text]
    assert len(warned) == is_warned
