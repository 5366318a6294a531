"""The stack in the local AWS: its deployment by the AWS CLI, its outputs, and what runs instead of its mappings."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import IO, Any

from awscommand import AWS

from .console import LocalError
from .processes import run_interruptibly

ROOT = Path(__file__).resolve().parents[2]
STACK = "orders"
TEMPLATE = ROOT / "cloudformation.yaml"
# A low visibility timeout and windows, so that redrives and archive objects take seconds, and messages less.
PARAMETERS = {
    "RequireTLS": "false",
    "OrderQueueVisibilityTimeout": "2",
    "OrderQueueWindowSeconds": "0",
    "ArchiveWindowSeconds": "1",
}
BUCKET = "artifacts"


def parameter_names() -> list[str]:
    """The template's parameters. Read as text, since the command line is checked before any package is installed."""
    section = re.search(r"^Parameters:\n(.*?)^[A-Z]", TEMPLATE.read_text(), re.DOTALL | re.MULTILINE)
    return re.findall(r"^  ([A-Za-z0-9]+):$", section[1] if section else "", re.MULTILINE)


def function_names() -> list[str]:
    return sorted(folder.name for folder in (ROOT / "Sources/Functions").iterdir())


def built_architecture() -> str:
    """Lambda's name for the processor that the functions in dist/ are for; they are built where one is missing."""
    functions = function_names()
    is_built = all((ROOT / "dist" / f"{name}.zip").exists() for name in functions)
    if not is_built and (status := run_interruptibly([ROOT / "scripts/build"])):
        # It has said what is wrong.
        sys.exit(status)
    command = [sys.executable, ROOT / "scripts/artifact.py", "architecture"]
    command += [ROOT / "dist" / name / "bootstrap" for name in functions]
    result = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    if result.returncode:
        sys.exit(result.returncode)
    return result.stdout.strip()


def deploy(endpoint: str, parameters: Iterable[str], packaged: Path, log: IO[bytes]) -> None:
    """Packages and deploys the template as scripts/deploy does; raises `LocalError` with nothing to add to the log."""
    client("s3", endpoint).create_bucket(Bucket=BUCKET)
    cli = [*AWS, "--endpoint-url", endpoint, "cloudformation"]
    package = ["package", "--template-file", TEMPLATE, "--s3-bucket", BUCKET, "--output-template-file", packaged]
    # By S3: a template in the request may have 51,200 bytes.
    deployment = ["deploy", "--template-file", packaged, "--stack-name", STACK, "--s3-bucket", BUCKET]
    deployment += ["--capabilities", "CAPABILITY_NAMED_IAM", "--parameter-overrides", *parameters]
    for command in (package, deployment):
        if run_interruptibly([*cli, *command], stdout=log, stderr=log):
            raise LocalError(f"aws cloudformation {command[0]} failed")


def client(service: str, endpoint: str) -> Any:
    """A client with the keys in the environment."""
    # Not at the head: the command line is checked, and a stack is stopped, without any package.
    import boto3
    from botocore.config import Config

    config = Config(connect_timeout=5, retries={"mode": "standard", "max_attempts": 2}, s3={"addressing_style": "path"})
    return boto3.client(service, endpoint_url=endpoint, config=config)


def outputs(endpoint: str) -> dict[str, str]:
    """Every output of the stack; raises `LocalError` where it is not deployed."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        [stack] = client("cloudformation", endpoint).describe_stacks(StackName=STACK)["Stacks"]
    except (BotoCoreError, ClientError) as error:
        raise LocalError(str(error)) from error
    found = {output["OutputKey"]: output["OutputValue"] for output in stack.get("Outputs", [])}
    if not found:
        raise LocalError(f"it is {stack['StackStatus']}.")
    return found


def failed_events(endpoint: str) -> list[str]:
    """What went wrong in the stack, oldest first: resource, status, reason."""
    from botocore.exceptions import BotoCoreError, ClientError

    try:
        events = client("cloudformation", endpoint).describe_stack_events(StackName=STACK)["StackEvents"]
    except (BotoCoreError, ClientError):
        return []
    return [
        "\t".join(event.get(key, "") for key in ("LogicalResourceId", "ResourceStatus", "ResourceStatusReason"))
        for event in reversed(events)
        if "FAILED" in event["ResourceStatus"]
    ]


def disable_kinesis_mappings(endpoint: str) -> None:
    """The local AWS skips past records that a Kinesis batch reports as failed; `orders pipes` runs these mappings."""
    functions = client("lambda", endpoint)
    for mapping in functions.list_event_source_mappings()["EventSourceMappings"]:
        if ":kinesis:" in mapping["EventSourceArn"]:
            functions.update_event_source_mapping(UUID=mapping["UUID"], Enabled=False)
