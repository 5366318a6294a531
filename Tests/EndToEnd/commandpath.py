"""The AWS CLI of the virtual environment as the command `aws`, for shells that run what the documents show."""

from __future__ import annotations

import os
import shlex
from pathlib import Path

from awscommand import AWS


def path_with_aws(folder: Path) -> str:
    """A PATH whose `aws` is in a folder that is made for it.

    The one that pip has made names its interpreter in its first line, which no kernel finds below a path with a space;
    a shell then says that the command failed, and a loop's condition takes that for its end.
    """
    commands = folder / "commands"
    commands.mkdir(exist_ok=True)
    command = commands / "aws"
    command.write_text(f'#!/bin/sh\nexec {shlex.join(AWS)} "$@"\n')
    command.chmod(0o755)
    return f"{commands}:{os.environ['PATH']}"
