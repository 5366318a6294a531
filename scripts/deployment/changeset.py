"""A change set: what CloudFormation would do to a stack, in words, and the doing of it."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError, WaiterError

from .clock import Clock
from .console import say
from .errors import DeploymentError
from .stack import Stack
from .template import Template

# Resources that hold what nobody else has, at least for a while.
DATA = {
    "AWS::DynamoDB::Table": "table",
    "AWS::Kinesis::Stream": "stream",
    "AWS::S3::Bucket": "bucket",
    "AWS::SQS::Queue": "queue",
}
# What of them cannot be changed without a new one, by the resource schemas of CloudFormation; a test compares.
CREATE_ONLY = {
    "AWS::DynamoDB::Table": {"ImportSourceSpecification", "KeySchema", "TableName"},
    "AWS::Kinesis::Stream": {"Name"},
    "AWS::S3::Bucket": {"BucketName", "BucketNamePrefix", "BucketNamespace"},
    "AWS::SQS::Queue": {"FifoQueue", "QueueName"},
}
POLL_SECONDS = 3
# An hour, as the AWS CLI waits.
POLLS = 1200
NOTHING_TO_DO = ("The submitted information didn't contain changes", "No updates are to be performed")


@dataclass(frozen=True)
class Change:
    """What would become of one resource."""

    action: str
    resource: str
    kind: str
    # True, False or Conditional, which only the execution decides.
    replacement: str
    # Whether the template leaves it in the account where it is removed or replaced.
    is_kept: bool
    # The properties for whose sake it would be replaced.
    causes: tuple[str, ...] = ()

    @property
    def loses_data(self) -> bool:
        """Whether the stack would work on without what the resource holds."""
        return self.kind in DATA and (self.action == "Remove" or self.replacement in ("True", "Conditional"))

    def words(self) -> str:
        """A line for the operator."""
        kept = "; the old one stays in the account" if self.is_kept else ""
        match self.action, self.replacement:
            case "Add", _:
                text = "is made"
            case "Remove", _:
                text = "leaves the stack and stays in the account" if self.is_kept else "IS DELETED"
            case _, "True":
                text = f"IS REPLACED by a new one, for the sake of {', '.join(self.causes) or 'its properties'}{kept}"
            case _, "Conditional":
                text = f"MAY BE REPLACED by a new one, by what {', '.join(self.causes) or 'a property'} becomes{kept}"
            case _:
                text = "is changed"
        return f"{self.resource} ({self.kind}) {text}"

    @classmethod
    def of(cls, found: dict[str, Any], template: Template) -> Change:
        """A change as DescribeChangeSet has it; `template` is the one that defines the resource: deployed or wanted."""
        resource = found["ResourceChange"]
        targets = [detail.get("Target", {}) for detail in resource.get("Details", [])]
        causes = sorted(
            {target["Name"] for target in targets if "Name" in target and target.get("RequiresRecreation") != "Never"}
        )
        name = resource["LogicalResourceId"]
        policy = "DeletionPolicy" if resource["Action"] == "Remove" else "UpdateReplacePolicy"
        definition = template.resources.get(name, {})
        is_kept = definition.get(policy) in ("Retain", "RetainExceptOnCreate")
        replacement = resource.get("Replacement", "False") if resource["Action"] == "Modify" else "False"
        # CloudFormation leaves it open for many a property that it never replaces a resource for.
        create_only = CREATE_ONLY.get(resource["ResourceType"])
        if replacement == "Conditional" and causes and create_only is not None and create_only.isdisjoint(causes):
            replacement = "False"
        return cls(resource["Action"], name, resource["ResourceType"], replacement, is_kept, tuple(causes))


class ChangeSet:
    """One change set of a stack: made, looked at, and executed or removed."""

    def __init__(self, stack: Stack, is_creation: bool, clock: Clock) -> None:
        self.stack = stack
        self.clock = clock
        self.client = stack.client
        self.is_creation = is_creation
        # A name begins with a letter, and no two of a stack may have the same.
        self.name = f"deploy-{time.time_ns()}"
        self.names = {"StackName": stack.name, "ChangeSetName": self.name}

    def create(
        self, template_url: str, parameters: dict[str, str], template: Template, more: dict[str, Any]
    ) -> list[dict[str, Any]]:
        """The changes; none where there is nothing to do. Parameters that are not given keep their value."""
        kept = [] if self.is_creation else [name for name in self.stack.parameters() if name in template.parameters]
        values = [{"ParameterKey": name, "ParameterValue": value} for name, value in parameters.items()]
        values += [{"ParameterKey": name, "UsePreviousValue": True} for name in kept if name not in parameters]
        self.client.create_change_set(
            **self.names,
            ChangeSetType="CREATE" if self.is_creation else "UPDATE",
            TemplateURL=template_url,
            Parameters=values,
            Capabilities=["CAPABILITY_NAMED_IAM"],
            **more,
        )
        try:
            return self._found()
        except BaseException:
            # Also where somebody interrupts it: nothing else would tell that it is there.
            self._give_up()
            raise

    def _found(self) -> list[dict[str, Any]]:
        """The changes, once CloudFormation has found them; it is removed if there are none."""
        while (described := self.client.describe_change_set(**self.names))["Status"] in (
            "CREATE_PENDING",
            "CREATE_IN_PROGRESS",
        ):
            self.clock.sleep(POLL_SECONDS)
        if described["Status"] == "FAILED":
            reason = described.get("StatusReason", "")
            if reason.startswith(NOTHING_TO_DO):
                self.remove()
                return []
            # Its events go with it.
            details = self._failed_validations(described["ChangeSetId"])
            raise DeploymentError("\n".join([f"CloudFormation refuses the change set: {reason}", *details]))
        changes = described["Changes"]
        while token := described.get("NextToken"):
            described = self.client.describe_change_set(**self.names, NextToken=token)
            changes += described["Changes"]
        return changes

    def _failed_validations(self, change_set: str) -> list[str]:
        """What validations and hooks have found, of which the status reason gives only the names.

        None where the caller may not ask, and where this AWS does not tell.
        """
        lines = []
        try:
            # A botocore without the operation raises a KeyError for it, one without its paginator a BotoCoreError.
            pages = self.client.get_paginator("describe_events").paginate(
                ChangeSetName=change_set, Filters={"FailedEvents": True}
            )
            for event in (event for page in pages for event in page.get("OperationEvents", [])):
                found = event.get("ValidationStatusReason") or event.get("HookStatusReason")
                # A warning has refused nothing.
                if not found or "WARN" in (event.get("ValidationFailureMode"), event.get("HookFailureMode")):
                    continue
                place = f" ({event['ValidationPath']})" if event.get("ValidationPath") else ""
                lines.append(f"  {event.get('LogicalResourceId', self.stack.name)}{place}: {found}")
        except (BotoCoreError, ClientError, KeyError):
            pass
        return lines

    def remove(self) -> None:
        """Leaves nothing of it, nor of the empty stack that CloudFormation makes for the change set of a creation."""
        if not self.is_creation:
            self.client.delete_change_set(**self.names)
        elif self.stack.status == "REVIEW_IN_PROGRESS":
            # Its change sets go with it.
            self.stack.delete()

    def _give_up(self) -> None:
        """Why is told by the caller, even if this fails, too."""
        try:
            self.remove()
        except (BotoCoreError, ClientError, DeploymentError) as error:
            say(f"The change set {self.name} of {self.stack.name} could not be removed: {error}")

    def execute(self) -> bool:
        """Whether it succeeded; waits for the end."""
        self.client.execute_change_set(**self.names)
        waiter = self.client.get_waiter(f"stack_{'create' if self.is_creation else 'update'}_complete")
        try:
            waiter.wait(StackName=self.stack.name, WaiterConfig={"Delay": POLL_SECONDS, "MaxAttempts": POLLS})
        except WaiterError:
            return False
        return True


def upload(s3: Any, bucket: str, key: str, template: Path) -> str:
    """The template's URL: CloudFormation takes 51,200 bytes in a request, and 1 MB from S3."""
    s3.put_object(Bucket=bucket, Key=key, Body=template.read_bytes())
    return f"{s3.meta.endpoint_url}/{bucket}/{key}"
