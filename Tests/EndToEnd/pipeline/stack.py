"""The deployed stack: where it is, what it is called, and clients for it."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any

import boto3
from botocore.config import Config

ROOT = Path(__file__).resolve().parents[3]
FUNCTIONS = tuple(sorted(folder.name for folder in (ROOT / "Sources/Functions").iterdir()))


class NotRunning(RuntimeError):
    pass


@dataclass
class Stack:
    """Outputs of the stack by name, and one client for each service."""

    endpoint_url: str
    region: str
    # Of the root, new at each start; not shown where a failing test prints the stack.
    access_key_id: str = field(repr=False)
    secret_access_key: str = field(repr=False)
    outputs: dict[str, str]
    _clients: dict[str, Any] = field(default_factory=dict, repr=False)

    @classmethod
    def running(cls) -> Stack:
        """The stack of `scripts/local start`."""
        status = subprocess.run([ROOT / "scripts/local", "status"], capture_output=True, text=True, check=False)
        values = dict(line.split("=", 1) for line in status.stdout.splitlines() if "=" in line)
        if status.returncode != 0 or "ENDPOINT_URL" not in values:
            raise NotRunning(f"no local stack is running (scripts/local start). {status.stderr.strip()}")
        names = ("ENDPOINT_URL", "REGION", "AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY")
        # Its token is a secret as well, and no output of the stack.
        values.pop("DashboardUrl", None)
        return cls(*(values.pop(name) for name in names), values)

    @property
    def credentials(self) -> dict[str, str]:
        """For a program's environment."""
        return {"AWS_ACCESS_KEY_ID": self.access_key_id, "AWS_SECRET_ACCESS_KEY": self.secret_access_key}

    def __getitem__(self, output: str) -> str:
        return self.outputs[output]

    def client(self, service: str) -> Any:
        """Signs as the local account's root, whatever keys the caller's environment has."""
        if service not in self._clients:
            self._clients[service] = boto3.client(
                service,
                endpoint_url=self.endpoint_url,
                region_name=self.region,
                aws_access_key_id=self.access_key_id,
                aws_secret_access_key=self.secret_access_key,
                config=Config(s3={"addressing_style": "path"}, retries={"max_attempts": 4, "mode": "standard"}),
            )
        return self._clients[service]

    def function_name(self, function: str) -> str:
        return self.outputs[f"{function}Name"]

    @cached_property
    def log_groups(self) -> dict[str, str]:
        """Function → its log group, as deployed."""
        configurations = {
            function: self.client("lambda").get_function_configuration(FunctionName=self.function_name(function))
            for function in FUNCTIONS
        }
        return {
            function: found.get("LoggingConfig", {}).get("LogGroup") or f"/aws/lambda/{self.function_name(function)}"
            for function, found in configurations.items()
        }
