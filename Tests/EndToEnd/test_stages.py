"""The stages of scripts/test, from a copy of it whose commands are stubs: what ends it, and what it counts."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from pathlib import Path

import pytest

from pipeline.stack import ROOT
from support import eventually
from test_scripts import command_lines


@pytest.fixture
def checkout(tmp_path: Path) -> Path:
    """scripts/test in a folder of its own, where nothing has to be set up."""
    (tmp_path / "scripts").mkdir()
    for name in ("lib.sh", "test"):
        shutil.copy(ROOT / "scripts" / name, tmp_path / "scripts")
    (tmp_path / ".local").mkdir()
    (tmp_path / ".local/venv").symlink_to(ROOT / ".local/venv")
    stub(tmp_path, "setup", "")
    return tmp_path


def stub(checkout: Path, name: str, commands: str) -> None:
    script = checkout / "scripts" / name
    script.write_text(f"#!/usr/bin/env bash\n{commands}\n")
    script.chmod(0o755)


def run(checkout: Path, *stages: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [checkout / "scripts/test", *stages], capture_output=True, text=True, check=False, cwd="/", timeout=60
    )


@pytest.mark.parametrize("to_group", [False, True], ids=["process", "group"])
@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_an_interrupted_stage_is_the_last(checkout: Path, number: int, status: int, to_group: bool) -> None:
    """A terminal sends Ctrl-C to the whole group, a service manager its signal to the script alone."""
    marker = checkout / "marker"
    stub(
        checkout,
        "lint",
        f'trap "echo interrupted >>{marker}; sleep 0.3; exit" INT; echo runs >>{marker}; while :; do sleep 0.1; done',
    )
    stub(checkout, "build", f"echo next >>{marker}")
    command = ["env", "--default-signal", str(checkout / "scripts/test"), "lint", "build"]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL, start_new_session=True) as process:
        try:
            eventually(marker.exists, "the stage to run")
            if to_group:
                os.killpg(process.pid, number)
            else:
                process.send_signal(number)
            assert process.wait(timeout=20) == status
        finally:
            process.kill()
    # Once, since what tidies up is not to be interrupted itself; and nothing has come after it.
    assert marker.read_text() == "runs\ninterrupted\n"
    assert [line for line in command_lines() if str(checkout) in line] == []


def test_a_failed_stage_does_not_keep_the_next_one_from_running(checkout: Path) -> None:
    stub(checkout, "lint", "exit 1")
    stub(checkout, "bench", f"touch {checkout}/benched")
    found = run(checkout, "lint", "instructions")
    assert (found.returncode, found.stdout.splitlines()[-1]) == (1, "0 passed, 1 failed")
    assert (checkout / "benched").exists()


def test_a_simulation_that_fails_alike_in_two_processes_has_failed(checkout: Path) -> None:
    stub(checkout, "simulate", '[[ " $* " != *" --hashes "* ]] || { echo 1 same; exit 1; }')
    found = run(checkout, "simulation")
    assert (found.returncode, found.stdout.splitlines()[-1]) == (1, "0 passed, 1 failed")


def test_no_results_of_an_earlier_run_are_counted(checkout: Path) -> None:
    results = checkout / ".local/test"
    results.mkdir()
    (checkout / "Tests/EndToEnd").mkdir(parents=True)
    (results / "end-to-end-rest.xml").write_text(
        '<testsuite tests="7" failures="0" errors="0" skipped="0"><testcase name="a"/></testsuite>'
    )
    # What the stage needs first fails; scripts/test itself calls it without an argument.
    stub(checkout, "setup", "(($# == 0))")
    found = run(checkout, "end-to-end")
    assert (found.returncode, found.stdout.splitlines()[-1]) == (1, "0 passed, 1 failed")
