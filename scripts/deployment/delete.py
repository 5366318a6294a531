"""Deletes the stack, and says what stays."""

from __future__ import annotations

import boto3
from botocore.exceptions import BotoCoreError, ClientError

from .clock import Clock
from .console import say
from .errors import DeploymentError
from .shards import READ_SECONDS
from .stack import EMPTY, Stack
from .transit import Backlog, in_transit


def delete(
    session: boto3.Session,
    name: str,
    is_meant: bool,
    is_forced: bool,
    role_arn: str | None,
    read_seconds: float = READ_SECONDS,
    clock: Clock | None = None,
) -> list[str]:
    """What stays, a line each: type and name. Shards in which nothing is found are read for `read_seconds`."""
    stack = Stack(session.client("cloudformation"), name)
    status = stack.status
    if status is None:
        raise DeploymentError(f"there is no stack {name} in {session.region_name}: name its region with --region")
    if status.endswith("IN_PROGRESS") and status != "REVIEW_IN_PROGRESS":
        raise DeploymentError(f"stack {name} is at work ({status}): wait until it is done, and delete it then")
    if not is_forced:
        refuse_loss(in_transit(session, stack.physical_ids(), read_seconds, clock))
    left = stack.kept_resources() + stack.uploads()
    if not is_meant:
        count = len(stack.physical_ids())
        stays = ["; these stay:", *(f"  {line}" for line in left)] if left else ["."]
        say("\n".join([f"{name} has {count} resources, which would be deleted{stays[0]}", *stays[1:]]))
        raise DeploymentError("nothing is deleted: repeat it with --yes")
    say(f"Deleting {name} …")
    if status in EMPTY:
        stack.delete(role_arn)
        return left
    was_protected = stack.is_protected
    stack.protect(False)
    try:
        stack.delete(role_arn)
    except BaseException:
        if was_protected:
            protect_again(stack)
        raise
    return left


def refuse_loss(lost: Backlog) -> None:
    """Where something is left to do that only the stack can do, or nobody knows whether there is."""
    lines = [*lost.waiting, *([lost.unread] if lost.unread else [])]
    if not lines:
        return
    advice = "--force deletes it all the same"
    if lost.waiting:
        advice = (
            "stop the producers, wait until the functions have taken in what is there, redrive or purge letters of "
            f"Pipes (docs/operate.md), and delete the stack then; {advice}"
        )
    raise DeploymentError("\n".join([*lines, advice]))


def protect_again(stack: Stack) -> None:
    """A stack that could not be deleted. That it could not, and why, is told by the caller, even if this fails, too."""
    try:
        # CloudFormation protects none that it is deleting.
        if stack.exists and stack.status != "DELETE_IN_PROGRESS":
            stack.protect(True)
            say(f"{stack.name} is protected from deletion again.")
    except (BotoCoreError, ClientError) as error:
        say(f"{stack.name} is no longer protected from deletion, and cannot be protected again: {error}")
