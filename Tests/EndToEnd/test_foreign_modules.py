"""No script runs the modules of the folder that it is called from, which anybody may have written."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from pipeline.stack import ROOT
from support import run_script

# Python that is told to run a module, or a program that is no file, in bash and in Python.
STARTS = re.compile(r'(?:python\)?",?|\[python,|sys\.executable,) "?(-\w*)(?=[ "])')


@pytest.mark.parametrize("command", ["status", "stop"])
@pytest.mark.parametrize("name", ["shlex", "localrun"])
def test_a_script_takes_no_module_of_the_folder_that_it_is_called_from(command: str, name: str, tmp_path: Path) -> None:
    (tmp_path / f"{name}.py").write_text("raise SystemExit(3)\n")
    result = run_script("local", command, "--run-directory", str(tmp_path / "run"), cwd=tmp_path)
    assert result.returncode == (1 if command == "status" else 0), result.stderr
    assert ("is not running" in result.stderr) is (command == "status")


def test_every_start_of_python_that_names_no_file_leaves_that_folder_out() -> None:
    found = {}
    for path in (ROOT / "scripts").rglob("*"):
        if path.is_file() and (path.suffix == ".py" or path.read_bytes().startswith(b"#!/usr/bin/env bash")):
            for number, line in enumerate(path.read_text().splitlines(), 1):
                # A file's folder is on the path instead, with which -B alone is right.
                if (start := STARTS.search(line)) and start.group(1) != "-B":
                    found[f"{path.relative_to(ROOT)}:{number}"] = start.group(1)
    assert len(found) >= 15
    assert [place for place, option in found.items() if option != "-P"] == []
