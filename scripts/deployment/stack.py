"""One CloudFormation stack: its state, its events, its removal."""

from __future__ import annotations

import datetime
import re
from typing import Any

from botocore.exceptions import ClientError, WaiterError

from .errors import DeploymentError
from .template import Template

# A creation that was rolled back, or a change set that was never executed: there is nothing in it, and CloudFormation
# can only delete the first.
EMPTY = {
    "ROLLBACK_COMPLETE": "its creation failed and was rolled back",
    "REVIEW_IN_PROGRESS": "it has a change set that was never executed",
}

# A Pipe is created while its role is not known everywhere yet: aws/aws-cdk#31211 and
# hashicorp/terraform-provider-aws#40572.
ROLE_NOT_KNOWN_YET = re.compile("Cannot access stream .*ensure the customer role can perform", re.DOTALL)


class Stack:
    """By its name; asks CloudFormation anew each time."""

    def __init__(self, client: Any, name: str) -> None:
        self.client = client
        self.name = name

    def describe(self) -> dict[str, Any] | None:
        """None where there is no stack of that name."""
        try:
            return self.client.describe_stacks(StackName=self.name)["Stacks"][0]
        except ClientError as error:
            if error.response["Error"]["Code"] == "ValidationError" and "does not exist" in str(error):
                return None
            raise

    @property
    def status(self) -> str | None:
        description = self.describe()
        return description["StackStatus"] if description else None

    @property
    def exists(self) -> bool:
        """Whether it holds anything."""
        return self.status not in (None, *EMPTY)

    def parameters(self) -> dict[str, str]:
        """As they are deployed; none where nothing is."""
        description = self.describe()
        if description is None or description["StackStatus"] in EMPTY:
            return {}
        return {item["ParameterKey"]: item["ParameterValue"] for item in description.get("Parameters", [])}

    def outputs(self) -> dict[str, str]:
        description = self.describe() or {}
        return {item["OutputKey"]: item["OutputValue"] for item in description.get("Outputs", [])}

    def resources(self) -> list[dict[str, Any]]:
        pages = self.client.get_paginator("list_stack_resources").paginate(StackName=self.name)
        return [resource for page in pages for resource in page["StackResourceSummaries"]]

    def physical_ids(self) -> dict[str, str]:
        """By logical id, of what was made."""
        return {
            resource["LogicalResourceId"]: resource["PhysicalResourceId"]
            for resource in self.resources()
            if resource.get("PhysicalResourceId") and resource["ResourceStatus"] != "DELETE_COMPLETE"
        }

    def template(self) -> Template:
        """As it was deployed."""
        body = self.client.get_template(StackName=self.name, TemplateStage="Original")["TemplateBody"]
        # botocore parses what is JSON.
        return Template(body) if isinstance(body, dict) else Template.parse(body)

    def kept_resources(self) -> list[str]:
        """Resources that stay in the account when the stack is deleted, a line each: type and name."""
        resources = [resource for resource in self.resources() if resource.get("PhysicalResourceId")]
        retained = self.template().retained if resources else set()
        return sorted(
            f"{resource['ResourceType']}  {resource['PhysicalResourceId']}"
            for resource in resources
            if resource["ResourceStatus"] == "DELETE_SKIPPED"
            or (resource["LogicalResourceId"] in retained and resource["ResourceStatus"] != "DELETE_COMPLETE")
        )

    def uploads(self) -> list[str]:
        """Where the functions and the template were uploaded to, a line for each folder."""
        template = self.template() if self.resources() else Template({"Resources": {}})
        return [f"uploads  s3://{bucket}/{folder}/" for bucket, folder in sorted(template.uploads)]

    # --- Events -------------------------------------------------------------------------------------------------------

    def last_event(self) -> str | None:
        """The id of the newest one: what comes after it belongs to what is done next."""
        if self.describe() is None:
            return None
        events = self.client.describe_stack_events(StackName=self.name)["StackEvents"]
        return events[0]["EventId"] if events else None

    def failures(self, since: str | None, identifier: str | None = None) -> list[dict[str, Any]]:
        """Failed events after that one, oldest first; a deleted stack is found by its identifier only."""
        failed: list[dict[str, Any]] = []
        pages = self.client.get_paginator("describe_stack_events").paginate(StackName=identifier or self.name)
        for page in pages:
            for event in page["StackEvents"]:
                if event["EventId"] == since:
                    return failed[::-1]
                if event["ResourceStatus"].endswith("FAILED"):
                    failed.append(event)
        return failed[::-1]

    def deletion(self, resource: str) -> datetime.datetime | None:
        """When it was deleted last, as long as the stack itself is there."""
        pages = self.client.get_paginator("describe_stack_events").paginate(StackName=self.name)
        for event in (event for page in pages for event in page["StackEvents"]):
            if (event["LogicalResourceId"], event["ResourceStatus"]) == (resource, "DELETE_COMPLETE"):
                return event["Timestamp"]
        return None

    @property
    def is_protected(self) -> bool:
        return (self.describe() or {}).get("EnableTerminationProtection") is True

    def protect(self, is_protected: bool) -> None:
        """Whether CloudFormation refuses to delete it."""
        self.client.update_termination_protection(StackName=self.name, EnableTerminationProtection=is_protected)

    # --- Deletion -----------------------------------------------------------------------------------------------------

    def delete(self, role_arn: str | None = None) -> None:
        """Waits until it is gone."""
        description = self.describe()
        assert description is not None, "only a stack that is there is deleted"
        identifier = description["StackId"]
        since = self.last_event()
        self.client.delete_stack(StackName=identifier, **({"RoleARN": role_arn} if role_arn else {}))
        try:
            # An hour, as the AWS CLI waits.
            config = {"Delay": 5, "MaxAttempts": 720}
            self.client.get_waiter("stack_delete_complete").wait(StackName=identifier, WaiterConfig=config)
        except WaiterError as error:
            raise DeploymentError(
                f"stack {self.name} could not be deleted:\n{described(self.failures(since, identifier))}\n"
                "Mend what these name, and run the same command again."
            ) from error


def described(events: list[dict[str, Any]]) -> str:
    """A line for each: resource, status, reason."""
    return "\n".join(
        f"  {event['LogicalResourceId']}  {event['ResourceStatus']}  {event.get('ResourceStatusReason', '')}"
        for event in events
    )


def is_role_not_known_yet(failures: list[dict[str, Any]]) -> bool:
    """Whether a creation failed for nothing but a Pipe that came too early.

    Whatever is still being created when it fails is cancelled, and the stack itself fails at the end.
    """
    causes = [
        event
        for event in failures
        if event["ResourceType"] != "AWS::CloudFormation::Stack"
        and "cancelled" not in event.get("ResourceStatusReason", "")
    ]
    return bool(causes) and all(
        event["ResourceType"] == "AWS::Pipes::Pipe" and ROLE_NOT_KNOWN_YET.search(event.get("ResourceStatusReason", ""))
        for event in causes
    )
