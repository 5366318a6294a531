"""python -m deployment deploy --stack NAME --bucket BUCKET [NAME=VALUE…]
python -m deployment delete --stack NAME [--force]

Called by scripts/deploy, which has read the command line and set the region and the endpoint in the environment.
"""

from __future__ import annotations

import argparse
import sys

import boto3
import botocore.session
from botocore.config import Config
from botocore.exceptions import BotoCoreError, ClientError

from .console import say
from .delete import delete
from .deploy import ROOT, Deployment, Request, given_parameters
from .errors import DeploymentError, UsageError
from .template import Template


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="deployment", allow_abbrev=False)
    commands = parser.add_subparsers(dest="command", required=True)
    command = commands.add_parser("deploy")
    command.add_argument("--stack", required=True)
    command.add_argument("--bucket", required=True)
    command.add_argument("parameters", nargs="*")
    command = commands.add_parser("delete")
    command.add_argument("--stack", required=True)
    command.add_argument("--force", action="store_true")
    return parser.parse_args()


def run(options: argparse.Namespace) -> None:
    template = Template.parse((ROOT / "cloudformation.yaml").read_text())
    # A wrong command line needs no AWS to be told.
    parameters = given_parameters(options.parameters, template) if options.command == "deploy" else {}
    core = botocore.session.get_session()
    core.set_default_client_config(Config(retries={"mode": "standard", "max_attempts": 5}))
    session = boto3.Session(botocore_session=core)
    if session.region_name is None:
        raise UsageError("no region is known: give one with --region, or set AWS_REGION")
    if options.command == "delete":
        left = delete(session, options.stack, options.force)
        say("The stack is deleted." + (" What stays costs storage until you delete it:" if left else " Nothing stays."))
        print("".join(f"  {line}\n" for line in left), end="")
        return
    request = Request(options.stack, options.bucket, parameters)
    outputs = Deployment(session, request, template).run()
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
