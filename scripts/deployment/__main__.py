"""python -m deployment deploy --stack NAME --bucket BUCKET [--dry-run] [--allow-replacement] [--release FILE]
                            [--tag NAME=VALUE…] [--role-arn ARN] [--read-for SECONDS] [NAME=VALUE…]
python -m deployment delete --stack NAME [--yes] [--force] [--role-arn ARN] [--read-for SECONDS]

Called by scripts/deploy, which has read the command line and set the region and the endpoint in the environment.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
from pathlib import Path

import boto3
import botocore.session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from . import release
from .console import say
from .delete import delete
from .deploy import ROOT, Deployment, Request, given_parameters
from .errors import DeploymentError, UsageError
from .shards import READ_SECONDS
from .template import Template


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="deployment", allow_abbrev=False)
    commands = parser.add_subparsers(dest="command", required=True)
    command = commands.add_parser("deploy")
    command.add_argument("--stack", required=True)
    command.add_argument("--bucket", required=True)
    command.add_argument("--dry-run", action="store_true")
    command.add_argument("--allow-replacement", action="store_true")
    command.add_argument("--release", type=Path)
    command.add_argument("--tag", action="append", default=[])
    command.add_argument("--role-arn")
    command.add_argument("--read-for", type=int, default=READ_SECONDS)
    command.add_argument("parameters", nargs="*")
    command = commands.add_parser("delete")
    command.add_argument("--stack", required=True)
    command.add_argument("--yes", action="store_true")
    command.add_argument("--force", action="store_true")
    command.add_argument("--role-arn")
    command.add_argument("--read-for", type=int, default=READ_SECONDS)
    return parser.parse_args()


def run(options: argparse.Namespace) -> None:
    with tempfile.TemporaryDirectory(prefix="release-") as folder:
        if options.command == "delete":
            # Which parameters there are plays no part.
            run_delete(options, aws_session())
        elif options.release is not None:
            run_deploy(options, Path(folder), Path(folder), release.unpack(options.release, Path(folder)))
        else:
            run_deploy(options, Path(folder), ROOT, Template.parse((ROOT / "cloudformation.yaml").read_text()))


def aws_session() -> boto3.Session:
    core = botocore.session.get_session()
    core.set_default_client_config(Config(retries={"mode": "standard", "max_attempts": 5}))
    session = boto3.Session(botocore_session=core)
    if session.region_name is None:
        raise UsageError("no region is known: give one with --region, or set AWS_REGION")
    return session


def run_delete(options: argparse.Namespace, session: boto3.Session) -> None:
    left = delete(session, options.stack, options.yes, options.force, options.role_arn, options.read_for)
    say("The stack is deleted." + (" What stays costs storage until you delete it:" if left else " Nothing stays."))
    print("".join(f"  {line}\n" for line in left), end="")


def run_deploy(options: argparse.Namespace, scratch: Path, folder: Path, template: Template) -> None:
    # A wrong command line needs no AWS to be told.
    parameters = given_parameters(options.parameters, template)
    request = Request(
        stack=options.stack,
        bucket=options.bucket,
        parameters=parameters,
        folder=folder,
        tags=dict(tag.split("=", 1) for tag in options.tag),
        role_arn=options.role_arn,
        is_dry_run=options.dry_run,
        allows_replacement=options.allow_replacement,
        read_seconds=options.read_for,
        scratch=scratch,
    )
    outputs = Deployment(aws_session(), request, template).run()
    print("".join(f"{name}={value}\n" for name, value in outputs.items()), end="")


def main() -> int:
    try:
        run(arguments())
    except DeploymentError as error:
        say("\n".join(f"deploy: {line}" if not line.startswith(" ") else line for line in str(error).splitlines()))
        if isinstance(error, UsageError):
            say("deploy: see --help")
        return error.status
    except (BotoCoreError, ClientError) as error:
        say(f"deploy: {error}")
        return 1
    return 0


sys.exit(main())
