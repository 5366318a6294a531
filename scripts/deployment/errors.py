"""What ends a deployment with a sentence instead of a traceback."""

from __future__ import annotations


class DeploymentError(Exception):
    """Something the user can act on: exit 1."""

    status = 1


class UsageError(DeploymentError):
    """A wrong command line: exit 2."""

    status = 2
