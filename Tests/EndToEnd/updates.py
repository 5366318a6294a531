"""AWS as far as an update of one stack asks it, for tests of what scripts/deploy does in which order."""

from __future__ import annotations

import json
import sys
from types import SimpleNamespace
from typing import Any

from botocore.exceptions import WaiterError

from pipeline.stack import ROOT

sys.path.insert(0, str(ROOT / "scripts"))
from deployment.template import Template

BUCKET = "artifacts"
MODIFIED = {"Action": "Modify", "LogicalResourceId": "OrderStream", "ResourceType": "AWS::Kinesis::Stream"}


class UpdatedStack:
    """A session and each of its clients. `done` has in its order what became of each change set, and its template."""

    region_name = "eu-west-1"
    meta = SimpleNamespace(endpoint_url="https://s3.eu-west-1.amazonaws.com")

    def __init__(self, deployed: Template, parameters: dict[str, str] | None = None) -> None:
        self.deployed = deployed
        self.parameters = parameters or {}
        # What the next update ends in.
        self.status = "UPDATE_COMPLETE"
        # What a change set would do; nothing at all, if empty.
        self.changes = [MODIFIED]
        self.done: list[tuple[str, Template]] = []
        self._uploads: dict[str, bytes] = {}
        self._open: dict[str, Template] = {}

    def client(self, service: str) -> UpdatedStack:
        assert service in ("cloudformation", "s3")
        return self

    def describe_stacks(self, StackName: str) -> dict[str, Any]:
        found = [{"ParameterKey": name, "ParameterValue": value} for name, value in self.parameters.items()]
        return {"Stacks": [{"StackName": StackName, "StackStatus": self.status, "Parameters": found}]}

    def describe_stack_events(self, StackName: str) -> dict[str, Any]:
        return {"StackEvents": [{"EventId": f"last of {StackName}", "ResourceStatus": "UPDATE_COMPLETE"}]}

    def get_paginator(self, operation: str) -> SimpleNamespace:
        return SimpleNamespace(paginate=lambda **asked: [getattr(self, operation)(**asked)])

    def get_template(self, **_: str) -> dict[str, Any]:
        return {"TemplateBody": self.deployed.document}

    def put_object(self, Bucket: str, Key: str, Body: bytes) -> None:
        assert Bucket == BUCKET
        self._uploads[Key] = Body

    def create_change_set(self, ChangeSetName: str, TemplateURL: str, **_: Any) -> None:
        key = TemplateURL.removeprefix(f"{self.meta.endpoint_url}/{BUCKET}/")
        self._open[ChangeSetName] = Template(json.loads(self._uploads[key]))

    def describe_change_set(self, ChangeSetName: str, **_: str) -> dict[str, Any]:
        assert ChangeSetName in self._open
        if not self.changes:
            return {"Status": "FAILED", "StatusReason": "No updates are to be performed.", "ChangeSetId": "arn"}
        return {"Status": "CREATE_COMPLETE", "Changes": [{"ResourceChange": change} for change in self.changes]}

    def delete_change_set(self, ChangeSetName: str, **_: str) -> None:
        self.done.append(("removed", self._open.pop(ChangeSetName)))

    def execute_change_set(self, ChangeSetName: str, **_: str) -> None:
        template = self._open.pop(ChangeSetName)
        self.done.append(("executed", template))
        if self.status == "UPDATE_COMPLETE":
            self.deployed = template

    def get_waiter(self, name: str) -> UpdatedStack:
        assert name == "stack_update_complete"
        return self

    def wait(self, **_: Any) -> None:
        if self.status != "UPDATE_COMPLETE":
            raise WaiterError("stack_update_complete", "it was rolled back", {})
