"""Deploys the project's template: checks, uploads, creates or updates the stack, says what happened."""

from __future__ import annotations

import json
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import boto3

from . import checks
from .console import say
from .errors import DeploymentError, UsageError
from .stack import EMPTY, Stack, described, is_role_not_known_yet
from .surroundings import survey
from .template import Template

ROOT = Path(__file__).resolve().parents[2]
SCRATCH = ROOT / ".local"


@dataclass(frozen=True)
class Request:
    """What the command line asks for."""

    stack: str
    bucket: str
    parameters: dict[str, str]


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


def built_architecture(template: Template) -> str:
    """Lambda's name for the processor that the functions in dist/ are for; they are built where one is missing."""
    zips = [ROOT / code for code in template.code_files]
    if not all(path.exists() for path in zips):
        result = subprocess.run([ROOT / "scripts/build"], stdout=sys.stderr, check=False)
        if result.returncode != 0:
            raise DeploymentError("the functions could not be built (see above)")
    bootstraps = [path.with_suffix("") / "bootstrap" for path in zips]
    command = [sys.executable, str(ROOT / "scripts/artifact.py"), "architecture", *map(str, bootstraps)]
    result = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    if result.returncode != 0:
        raise DeploymentError("the functions in dist/ cannot be deployed (see above)")
    return result.stdout.strip()


class Deployment:
    """One run of scripts/deploy."""

    def __init__(self, session: boto3.Session, request: Request, template: Template) -> None:
        self.session = session
        self.request = request
        self.template = template
        self.stack = Stack(session.client("cloudformation"), request.stack)

    def run(self) -> dict[str, str]:
        """The stack's outputs."""
        status = self.stack.status
        self._refuse_to_disturb(status)
        self._check()
        architecture = built_architecture(self.template)
        parameters = self.request.parameters | {"Architecture": architecture}
        if status in EMPTY:
            self._remove(f"{EMPTY[status]}, and it holds nothing")
            status = None
        packaged = self._package()
        if status is not None:
            self._update_filters()
        say(f"Deploying {self.stack.name} for {architecture} …")
        if not self._deploy(packaged, parameters, is_creation=status is None):
            self._remove("a Pipe was created before its role was known everywhere, which AWS does not wait for")
            say("Once more …")
            self._deploy(packaged, parameters, is_creation=True, is_last=True)
        return self.stack.outputs()

    def _remove(self, reason: str) -> None:
        say(f"Removing stack {self.stack.name}: {reason}.")
        left = self.stack.kept_resources()
        self.stack.delete()
        if left:
            say("\n".join(["What it made earlier and left is no longer any stack's:", *(f"  {line}" for line in left)]))

    def _update_filters(self) -> None:
        """Readers before writers: what a newer writer writes must pass the Pipes by the time it is written.

        CloudFormation updates the functions before the Pipes, whose filters therefore get an update of their own.
        """
        deployed = self.stack.template()
        newer = deployed.with_filters_of(self.template)
        if newer is None:
            return
        say(f"Updating the Pipes' filters of {self.stack.name} …")
        path = SCRATCH / f"filters-{self.stack.name}.json"
        path.write_text(json.dumps(newer.document))
        self._deploy(path, {}, is_creation=False)

    def _refuse_to_disturb(self, status: str | None) -> None:
        """States that only the operator can lead a stack out of."""
        name = self.stack.name
        if status is None or status in EMPTY:
            return
        if status.endswith("IN_PROGRESS"):
            raise DeploymentError(f"stack {name} is at work ({status}): wait until it is done, and deploy then")
        if status == "UPDATE_ROLLBACK_FAILED":
            raise DeploymentError(
                f"stack {name} could not go back to what it was ({status}): see its events, mend what they name, and "
                f"go on with: aws cloudformation continue-update-rollback --stack-name {name}"
            )
        if status in ("CREATE_FAILED", "ROLLBACK_FAILED", "DELETE_FAILED"):
            raise DeploymentError(
                f"stack {name} is in {status} and may hold something: see its events, and delete it with: "
                f"scripts/deploy --delete --stack {name}"
            )

    def _check(self) -> None:
        previous = self.stack.parameters()
        values = checks.effective_values(self.request.parameters, previous, self.template)
        surroundings = survey(self.session, self.stack, self.request.bucket)
        findings = checks.check(self.template, values, previous, surroundings)
        for warning in findings.warnings:
            say(f"Warning: {warning}")
        if findings.refusals:
            raise DeploymentError("\n".join(findings.refusals))

    def _package(self) -> Path:
        """Uploads the functions; the template then says where they are."""
        packaged = SCRATCH / f"packaged-{self.stack.name}.yaml"
        result = aws(
            "cloudformation", "package", "--template-file", "cloudformation.yaml",
            "--s3-bucket", self.request.bucket, "--s3-prefix", self.stack.name, "--output-template-file", str(packaged),
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        )  # fmt: skip
        if result.returncode != 0:
            say("\n".join(result.stdout.splitlines()[-5:]))
            raise DeploymentError(f"the functions could not be uploaded to {self.request.bucket}")
        return packaged

    def _deploy(self, packaged: Path, parameters: dict[str, str], is_creation: bool, is_last: bool = False) -> bool:
        """False where another try may succeed."""
        since = self.stack.last_event()
        # By S3: a template in the request may have 51,200 bytes, and this one comes near.
        result = aws(
            "cloudformation", "deploy", "--template-file", str(packaged), "--stack-name", self.stack.name,
            "--s3-bucket", self.request.bucket, "--s3-prefix", self.stack.name, "--no-fail-on-empty-changeset",
            "--capabilities", "CAPABILITY_NAMED_IAM",
            *(["--parameter-overrides"] if parameters else []), *[f"{n}={value}" for n, value in parameters.items()],
            stdout=sys.stderr,
        )  # fmt: skip
        if result.returncode == 0:
            return True
        status = self.stack.status
        failures = self.stack.failures(since) if status else []
        if status == "ROLLBACK_COMPLETE" and is_creation and not is_last and is_role_not_known_yet(failures):
            return False
        if failures:
            say(described(failures))
        raise DeploymentError(f"the stack could not be deployed{self._left_behind(status, is_creation)}")

    def _left_behind(self, status: str | None, is_creation: bool) -> str:
        if status == "REVIEW_IN_PROGRESS" and is_creation:
            self.stack.delete()
            return "; nothing was made"
        if status == "ROLLBACK_COMPLETE":
            return ". What was made is removed again. The empty stack is left to look at; the next try removes it"
        if status == "UPDATE_ROLLBACK_COMPLETE":
            return " and is as it was before"
        return f" and is in {status}" if status else ""


def aws(*arguments: str, **options: object) -> subprocess.CompletedProcess[str]:
    """The AWS CLI of the virtual environment, in the project's folder. Its environment says which AWS."""
    command = [str(Path(sys.executable).with_name("aws")), *arguments]
    return subprocess.run(command, cwd=ROOT, check=False, **options)  # type: ignore[call-overload]
