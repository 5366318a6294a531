"""Deploys the project's template: checks, uploads, creates or updates the stack, says what happened."""

from __future__ import annotations

import datetime
import hashlib
import json
import math
import subprocess
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import boto3
from awscommand import AWS
from costs import report
from costs.stack import Stack as PricedStack

from . import checks
from .changeset import DATA, Change, ChangeSet, upload
from .clock import Clock
from .console import say
from .errors import DeploymentError, UsageError
from .functions import ROOT, built_architecture
from .shards import READ_SECONDS
from .stack import EMPTY, Stack, described, is_role_not_known_yet
from .surroundings import survey
from .template import MAXIMUM_FILTERS, Template
from .transit import records_behind

# "If you delete a queue, you must wait at least 60 seconds before creating a queue with the same name":
# https://docs.aws.amazon.com/AWSSimpleQueueService/latest/APIReference/API_CreateQueue.html
DELETED_QUEUE_SECONDS = 60
PROGRESS_SECONDS = 10


@dataclass(frozen=True)
class Request:
    """What the command line asks for."""

    stack: str
    bucket: str
    parameters: dict[str, str]
    # Where cloudformation.yaml and dist/ are: the project, or a release unpacked.
    folder: Path = ROOT
    tags: dict[str, str] = field(default_factory=dict)
    # Whose rights CloudFormation uses; the caller's, if None.
    role_arn: str | None = None
    is_dry_run: bool = False
    # Whether tables, buckets, queues and streams may be replaced.
    allows_replacement: bool = False
    # How long shards of the stream are read in which nothing is found, where its retention becomes shorter.
    read_seconds: float = READ_SECONDS
    # Where what is uploaded is written: a folder of this run's own, since two may run at once.
    scratch: Path = ROOT / ".local"


def given_parameters(arguments: list[str], template: Template) -> dict[str, str]:
    """NAME=VALUE arguments, refused where the template does not have that parameter or not that value."""
    given: dict[str, str] = {}
    for argument in arguments:
        name, _, value = argument.partition("=")
        if given.setdefault(name, value) != value:
            raise UsageError(f"parameter {name} is given twice, as {given[name]!r} and {value!r}")
    # A value of an unknown parameter has no rule to be checked by.
    problems = checks.unknown_parameters(given, template) or checks.bad_values(given, template)
    if problems:
        raise UsageError("\n".join(problems))
    return given


class Deployment:
    """One run of scripts/deploy."""

    def __init__(
        self, session: boto3.Session, request: Request, template: Template, clock: Clock | None = None
    ) -> None:
        self.session = session
        self.request = request
        self.template = template
        self.clock = clock or Clock()
        self.stack = Stack(session.client("cloudformation"), request.stack)

    def run(self) -> dict[str, str]:
        """The stack's outputs; none of a dry run."""
        status = self.stack.status
        self._refuse_to_disturb(status)
        values = self._check()
        architecture = built_architecture(self.template, self.request.folder)
        parameters = self.request.parameters | {"Architecture": architecture}
        if self.request.is_dry_run:
            self._show(status, parameters, values | {"Architecture": architecture})
            return {}
        if status in EMPTY:
            self._remove(f"{EMPTY[status]}, and it holds nothing")
            status = None
        packaged = self._package()
        if status is not None:
            self._widen_filters(packaged, parameters)
        say(f"Deploying {self.stack.name} for {architecture} …")
        if not self._deploy(packaged, parameters, self.template, is_creation=status is None):
            self._remove("a Pipe was created before its role was known everywhere, which AWS does not wait for")
            say("Once more …")
            self._deploy(packaged, parameters, self.template, is_creation=True, is_last=True)
        # A slip in the console, or of another script, is not to delete what holds orders; also where the first
        # deployment was interrupted before this.
        if not self.stack.is_protected:
            self.stack.protect(True)
        return self.stack.outputs()

    def _show(self, status: str | None, parameters: dict[str, str], values: dict[str, str]) -> None:
        """What would be done, and what it costs. The change set is removed again."""
        say("\n".join(report.summary(PricedStack.of(self.template, values))))
        if status in EMPTY:
            say(f"The stack {self.stack.name} would be removed ({EMPTY[status]}) and created anew.")
            return
        is_creation = status is None
        if not is_creation and self._wide() is not None:
            say("The Pipes' filters would be updated first, in an update of their own.")
        changes, change_set = self._change_set(self._package(), parameters, self.template, is_creation)
        if not changes:
            say("There is nothing to change.")
            return
        change_set.remove()
        say("\n".join(["What would be done:", *(f"  {change.words()}" for change in changes)]))
        self._refuse_loss(changes)

    def _change_set(
        self, packaged: Path, parameters: dict[str, str], template: Template, is_creation: bool
    ) -> tuple[list[Change], ChangeSet]:
        """What it would change, and the change set itself, which is there if it changes anything."""
        request = self.request
        key = f"{request.stack}/{packaged.stem}-{hashlib.sha256(packaged.read_bytes()).hexdigest()[:32]}.template"
        url = upload(self.session.client("s3"), request.bucket, key, packaged)
        more: dict[str, Any] = {"RoleARN": request.role_arn} if request.role_arn else {}
        if request.tags:
            more["Tags"] = [{"Key": name, "Value": value} for name, value in request.tags.items()]
        change_set = ChangeSet(self.stack, is_creation, self.clock)
        found = change_set.create(url, parameters, template, more)
        # What leaves the stack is defined in the template that it has.
        deployed = template if is_creation else self.stack.template()
        return [Change.of(item, template if _is_defined(item, template) else deployed) for item in found], change_set

    def _refuse_loss(self, changes: list[Change]) -> None:
        lost = [change for change in changes if change.loses_data]
        if lost and not self.request.allows_replacement:
            lines = [f"{DATA[change.kind]} {change.words()}" for change in lost]
            raise DeploymentError(
                "\n".join(
                    [*lines, "the stack would go on without what they hold; --allow-replacement does it all the same"]
                )
            )

    def _remove(self, reason: str) -> None:
        say(f"Removing stack {self.stack.name}: {reason}.")
        left = self.stack.kept_resources()
        deletion = self.stack.deletion("OrderQueue")
        self.stack.delete()
        if left:
            say("\n".join(["What it made earlier and left is no longer any stack's:", *(f"  {line}" for line in left)]))
        if deletion is not None:
            self._await_queue_name(deletion)

    def _await_queue_name(self, deletion: datetime.datetime) -> None:
        """OrderQueue is the one queue whose name is the same in each stack of this name."""
        age = (self.clock.now() - deletion).total_seconds()
        # No longer than that where the clock of this machine is behind.
        rest = min(DELETED_QUEUE_SECONDS - age, DELETED_QUEUE_SECONDS)
        while rest > 0:
            say(f"Waiting {math.ceil(rest)} s until SQS takes the name of the deleted OrderQueue again …")
            self.clock.sleep(min(rest, PROGRESS_SECONDS))
            rest -= PROGRESS_SECONDS

    def _wide(self) -> Template | None:
        """What is deployed, with Pipes that let through what either version stores; None where they do already."""
        found = self.stack.template().with_filters_beside(self.template)
        if found is None:
            return None
        wide, crowded = found
        if crowded:
            say(
                f"Warning: with the filters of both versions {' and '.join(crowded)} would have more than the "
                f"{MAXIMUM_FILTERS} that AWS takes, and so gets the new ones alone before the functions change. What "
                "only the old ones let through is skipped for good until they have changed, and afterwards if they "
                "cannot: stop the producers meanwhile"
            )
        return wide

    def _widen_filters(self, packaged: Path, parameters: dict[str, str]) -> None:
        """A Pipe skips for good what it does not let through, be it what a newer writer writes or an older one.

        CloudFormation updates the functions before the Pipes. So the Pipes let through what either version stores, by
        an update of their own, until the functions have changed.
        """
        wide = self._wide()
        if wide is None:
            return
        # Looked at before anything changes; behind the Pipes' update the change set would be out of date.
        changes, change_set = self._change_set(packaged, parameters, self.template, is_creation=False)
        if not changes:
            return
        change_set.remove()
        self._refuse_loss(changes)
        say(f"Updating the Pipes' filters of {self.stack.name} …")
        path = self.request.scratch / f"filters-{self.stack.name}.json"
        path.write_text(json.dumps(wide.document))
        self._deploy(path, {}, wide, is_creation=False)

    def _refuse_to_disturb(self, status: str | None) -> None:
        """States that only the operator can lead a stack out of."""
        name, region = self.stack.name, self.session.region_name
        if status is None or status in EMPTY:
            return
        if status.endswith("IN_PROGRESS"):
            raise DeploymentError(f"stack {name} is at work ({status}): wait until it is done, and deploy then")
        if status == "UPDATE_FAILED":
            # CloudFormation would refuse the update once everything is uploaded.
            raise DeploymentError(
                f"stack {name} holds an update that failed and was not taken back ({status}): see its events, mend "
                "what they name, and deploy again once this is through: "
                f"aws cloudformation rollback-stack --stack-name {name} --region {region}"
            )
        if status == "UPDATE_ROLLBACK_FAILED":
            raise DeploymentError(
                f"stack {name} could not go back to what it was ({status}): see its events, mend what they name, and "
                f"go on with: aws cloudformation continue-update-rollback --stack-name {name} --region {region}"
            )
        if status in ("CREATE_FAILED", "ROLLBACK_FAILED", "DELETE_FAILED"):
            raise DeploymentError(
                f"stack {name} is in {status} and may hold something: see its events, and delete it with: "
                f"scripts/deploy --delete --yes --stack {name} --region {region}"
            )

    def _check(self) -> dict[str, str]:
        """The value of each parameter after the deployment."""
        previous = self.stack.parameters()
        values = checks.effective_values(self.request.parameters, previous, self.template)
        surroundings = survey(self.session, self.stack, self.request.bucket)
        if checks.shortens_retention(values, previous):
            ids, seconds = self.stack.physical_ids(), self.request.read_seconds
            found = records_behind(self.session, ids, seconds, self.clock)
            surroundings = replace(surroundings, waiting=found.waiting, unread=found.unread)
        findings = checks.check(self.template, values, previous, surroundings)
        for warning in findings.warnings:
            say(f"Warning: {warning}")
        if findings.refusals:
            raise DeploymentError("\n".join(findings.refusals))
        return values

    def _package(self) -> Path:
        """Uploads the functions; the template then says where they are."""
        packaged = self.request.scratch / f"packaged-{self.stack.name}.yaml"
        result = aws(
            "cloudformation", "package", "--template-file", "cloudformation.yaml",
            "--s3-bucket", self.request.bucket, "--s3-prefix", self.stack.name, "--output-template-file", str(packaged),
            folder=self.request.folder, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip
        if result.returncode != 0:
            say("\n".join(result.stdout.splitlines()[-5:]))
            raise DeploymentError(f"the functions could not be uploaded to {self.request.bucket}")
        return packaged

    def _deploy(
        self,
        packaged: Path,
        parameters: dict[str, str],
        template: Template,
        is_creation: bool,
        is_last: bool = False,
    ) -> bool:
        """False where another try may succeed."""
        since = self.stack.last_event()
        # Asked before the update, which changes the stack's parameters.
        stranded = None if is_creation else checks.stranded_key(parameters, self.stack.parameters())
        changes, change_set = self._change_set(packaged, parameters, template, is_creation)
        if not changes:
            return True
        try:
            self._refuse_loss(changes)
        except DeploymentError:
            change_set.remove()
            raise
        if change_set.execute():
            return True
        status = self.stack.status
        failures = self.stack.failures(since) if status else []
        if status == "ROLLBACK_COMPLETE" and is_creation and not is_last and is_role_not_known_yet(failures):
            return False
        if failures:
            say(described(failures))
        raise DeploymentError(f"the stack could not be deployed{self._left_behind(status, is_creation, stranded)}")

    def _left_behind(self, status: str | None, is_creation: bool, stranded: str | None) -> str:
        if status == "REVIEW_IN_PROGRESS" and is_creation:
            self.stack.delete()
            return "; nothing was made"
        if status == "ROLLBACK_COMPLETE":
            return ". What was made is removed again. The empty stack is left to look at; the next try removes it"
        text = f" and is in {status}" if status else ""
        if status == "UPDATE_ROLLBACK_COMPLETE":
            text = " and is as it was before"
        if stranded and status and status.startswith("UPDATE_ROLLBACK"):
            # CloudFormation refuses every update of a stack whose rollback has failed.
            when = "once the rollback is through, " if status == "UPDATE_ROLLBACK_FAILED" else ""
            text += (
                f"; what came meanwhile may be encrypted with {stranded}, which no function or Pipe may use now: "
                f"{when}deploy with --parameter FormerKmsKeyArn={stranded}, or try again"
            )
        return text


def _is_defined(found: dict[str, Any], template: Template) -> bool:
    return found["ResourceChange"]["LogicalResourceId"] in template.resources


def aws(*arguments: str, folder: Path, **options: object) -> subprocess.CompletedProcess[str]:
    """The AWS CLI of the virtual environment. Its environment says which AWS."""
    return subprocess.run([*AWS, *arguments], cwd=folder, check=False, **options)  # type: ignore[call-overload]
