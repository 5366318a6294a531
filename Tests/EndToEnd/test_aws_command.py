"""The AWS CLI in a checkout whose path has a space, as that of a synchronized folder often has."""

from __future__ import annotations

import subprocess
import venv
from pathlib import Path

from pipeline.stack import ROOT


def test_the_aws_command_line_runs_below_a_path_with_a_space(tmp_path: Path) -> None:
    environment = tmp_path / "my clone/.local/venv"
    venv.create(environment, symlinks=True)
    python = environment / "bin/python"
    # As pip installs it.
    script = environment / "bin/aws"
    script.write_text(f"#!{python}\nimport sys\nprint(sys.argv[1:])\n")
    script.chmod(0o755)
    run = "import subprocess; from awscommand import AWS; subprocess.run([*AWS, 'a b', 'c'], check=True)"
    found = subprocess.run(
        [python, "-c", run], env={"PYTHONPATH": str(ROOT / "scripts")}, capture_output=True, text=True, check=False
    )
    assert (found.returncode, found.stdout) == (0, "['a b', 'c']\n"), found.stderr
