"""Stacks of the tests' own in the session's local AWS, deployed and deleted by scripts/deploy."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from interception import Exchange
from inventory import inventory
from pipeline.stack import ROOT, Stack
from support import run_script

TEMPLATE = (ROOT / "cloudformation.yaml").read_text()


class Shop:
    """A stack of the test's own in the session's local AWS, and the bucket it is deployed from."""

    def __init__(self, stack: Stack, name: str) -> None:
        self.local = stack
        self.name = name
        self.bucket = f"artifacts-of-{name}"
        self.cloudformation = stack.client("cloudformation")

    def environment(self, endpoint: str | None = None) -> dict[str, str]:
        own = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        return (
            own
            | self.local.credentials
            | {
                "AWS_REGION": self.local.region,
                "AWS_ENDPOINT_URL": endpoint or self.local.endpoint_url,
                "AWS_CONFIG_FILE": "/dev/null",
                "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
                "NO_PROXY": "127.0.0.1",
            }
        )

    def deploy(
        self, *options: str, endpoint: str | None = None, project: Path = ROOT, **parameters: str
    ) -> subprocess.CompletedProcess[str]:
        given = [option for item in parameters.items() for option in ("--parameter", "=".join(item))]
        arguments = ("--stack", self.name, "--bucket", self.bucket, *options, *given)
        command = [project / "scripts/deploy", *arguments]
        environment = self.environment(endpoint)
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=False, timeout=300)

    def delete(
        self, *options: str, endpoint: str | None = None, is_refused: bool = False
    ) -> subprocess.CompletedProcess[str]:
        """Looks at the exit status itself: a stack that stays would be in the way of what comes after."""
        environment = self.environment(endpoint)
        found = run_script("deploy", "--stack", self.name, "--delete", *options, env=environment, timeout=300)
        assert found.returncode == (1 if is_refused else 0), found.stdout + found.stderr
        assert (self.status is None) == (not is_refused), found.stderr
        return found

    @property
    def status(self) -> str | None:
        try:
            return self.cloudformation.describe_stacks(StackName=self.name)["Stacks"][0]["StackStatus"]
        except self.cloudformation.exceptions.ClientError:
            return None

    @property
    def parameters(self) -> dict[str, str]:
        stack = self.cloudformation.describe_stacks(StackName=self.name)["Stacks"][0]
        return {item["ParameterKey"]: item["ParameterValue"] for item in stack["Parameters"]}

    def updates(self) -> int:
        """How many have succeeded."""
        pages = self.cloudformation.get_paginator("describe_stack_events").paginate(StackName=self.name)
        events = [event for page in pages for event in page["StackEvents"]]
        return sum(
            (event["LogicalResourceId"], event["ResourceStatus"]) == (self.name, "UPDATE_COMPLETE") for event in events
        )

    def uploads(self) -> set[str]:
        found = self.local.client("s3").list_objects_v2(Bucket=self.bucket).get("Contents", [])
        return {f"s3://{self.bucket}/{item['Key'].rpartition('/')[0]}/" for item in found}


@contextlib.contextmanager
def own_shop(stack: Stack, name: str) -> Iterator[Shop]:
    """Everything that is left of it is removed with it, for the tests that come after."""
    shop = Shop(stack, name)
    before = inventory(stack)
    stack.client("s3").create_bucket(Bucket=shop.bucket)
    try:
        yield shop
    finally:
        if shop.status is not None:
            shop.delete("--yes", "--force")
        for line in inventory(stack) - before:
            # Other shops have come meanwhile, and may stay longer.
            if shop.name in line:
                remove(stack, *line.split("  "))


@pytest.fixture
def shop(stack: Stack, request: pytest.FixtureRequest) -> Iterator[Shop]:
    with own_shop(stack, f"shop{os.getpid()}{abs(hash(request.node.name)) % 1000}") as shop:
        yield shop


def remove(stack: Stack, kind: str, name: str) -> None:
    if kind == "AWS::DynamoDB::Table":
        stack.client("dynamodb").delete_table(TableName=name)
    elif kind == "AWS::SQS::Queue":
        stack.client("sqs").delete_queue(QueueUrl=name)
    elif kind == "AWS::S3::Bucket":
        s3 = stack.client("s3")
        # All pages first: what is listed by pages must not change meanwhile.
        for versions in list(s3.get_paginator("list_object_versions").paginate(Bucket=name)):
            for item in versions.get("Versions", []) + versions.get("DeleteMarkers", []):
                s3.delete_object(Bucket=name, Key=item["Key"], VersionId=item["VersionId"])
        s3.delete_bucket(Bucket=name)


def outputs_of(result: subprocess.CompletedProcess[str]) -> dict[str, str]:
    assert result.returncode == 0, result.stderr
    return dict(line.split("=", 1) for line in result.stdout.splitlines())


def long_ago(made: Exchange) -> bytes:
    """A stack's events as if they were old: the local AWS gives the name of a deleted queue away at once."""
    if b"Action=DescribeStackEvents" not in made.body:
        return made.answer
    return re.sub(rb"<Timestamp>[^<]*", b"<Timestamp>2025-08-27T10:00:00.000Z", made.answer)


def project_with(template: str, folder: Path) -> Path:
    """The project's scripts beside another template."""
    assert template != TEMPLATE
    shutil.copytree(ROOT / "scripts", folder / "scripts", ignore=shutil.ignore_patterns("__pycache__", "setup"))
    # The project's own has been run, and would install into the project's environment from here.
    setup = folder / "scripts/setup"
    setup.write_text("#!/bin/sh\n")
    setup.chmod(0o755)
    (folder / "cloudformation.yaml").write_text(template)
    for name in (".local", "dist", "docs", "Benchmarks"):
        (folder / name).symlink_to(ROOT / name)
    return folder
