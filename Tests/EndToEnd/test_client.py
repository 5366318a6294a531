"""The functions' own AWS client, every operation once, against a server that checks signatures and meanings."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from pipeline.stack import ROOT, Stack


def test_every_operation_of_the_client_works_on_the_local_aws(stack: Stack) -> None:
    """Swift tests that are skipped in the unit stage, since nothing runs there that they could talk to."""
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    command = ["swift", "test", "-j", "2", "--package-path", ROOT, "--filter", "LiveServiceTests"]
    result = subprocess.run(
        command,
        env=os.environ | stack.credentials | {"LIVE_AWS_ENDPOINT_URL": stack.endpoint_url, "PATH": path},
        capture_output=True,
        text=True,
        check=False,
    )
    output = result.stdout + result.stderr
    assert result.returncode == 0, output
    assert '✔ Test "DynamoDB stores reads and refuses" passed' in output
    # Without an endpoint the suite skips itself, and says that it passed.
    assert "skipped" not in output
