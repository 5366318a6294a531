"""The AWS CLI in a checkout whose path has a space, as that of a synchronized folder often has."""

from __future__ import annotations

import subprocess
import venv
from pathlib import Path

import pytest

from pipeline.stack import ROOT

BY_ITSELF = "from awscommand import AWS; subprocess.run([*AWS, 'a b', 'c'], check=True)"
BY_A_SHELL = """
from pathlib import Path
from commandpath import path_with_aws
subprocess.run(["/bin/sh", "-c", "aws 'a b' c"], env={"PATH": path_with_aws(Path.cwd())}, check=True)
"""


@pytest.mark.parametrize("run", [BY_ITSELF, BY_A_SHELL], ids=["by itself", "by a shell"])
def test_the_aws_command_line_runs_below_a_path_with_a_space(tmp_path: Path, run: str) -> None:
    environment = tmp_path / "my clone/.local/venv"
    venv.create(environment, symlinks=True)
    python = environment / "bin/python"
    # As pip installs it.
    script = environment / "bin/aws"
    script.write_text(f"#!{python}\nimport sys\nprint(sys.argv[1:])\n")
    script.chmod(0o755)
    modules = f"{ROOT / 'scripts'}:{ROOT / 'Tests/EndToEnd'}"
    found = subprocess.run(
        [python, "-B", "-c", f"import subprocess\n{run}"],
        cwd=tmp_path,
        env={"PYTHONPATH": modules, "PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert (found.returncode, found.stdout) == (0, "['a b', 'c']\n"), found.stderr
