"""The stages of scripts/test, from a copy of it whose commands are stubs: what ends it, and what it counts."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
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


def shorten(checkout: Path, wait: str, shorter: str) -> None:
    """Of the copy's waits, one."""
    library = checkout / "scripts/lib.sh"
    text = library.read_text()
    assert text.count(wait) == 1
    library.write_text(text.replace(wait, shorter))


@contextmanager
def running(checkout: Path, lint: str, *signals: str) -> Iterator[subprocess.Popen[bytes]]:
    """scripts/test while the first of two stages runs, as `marker` says; started with signals as `env` sets them."""
    marker = checkout / "marker"
    stub(checkout, "lint", f"exec >>{marker}; {lint}; echo runs; while :; do sleep 0.1; done")
    stub(checkout, "build", f"echo next >>{marker}")
    command = ["env", *(signals or ("--default-signal",)), str(checkout / "scripts/test"), "lint", "build"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, start_new_session=True) as process:
        try:
            eventually(lambda: said(checkout), "the stage to run")
            yield process
        finally:
            process.kill()
    assert [line for line in command_lines() if str(checkout) in line] == []


def said(checkout: Path) -> list[str]:
    marker = checkout / "marker"
    return marker.read_text().split() if marker.exists() else []


# What tidies up at Ctrl-C.
TIDIES = 'trap "echo interrupted; sleep 0.5; echo tidied; exit" INT'
SIGNALS = [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129), (signal.SIGPIPE, 141)]


@pytest.mark.parametrize("to_group", [False, True], ids=["process", "group"])
@pytest.mark.parametrize(("number", "status"), SIGNALS)
def test_an_interrupted_stage_is_the_last(checkout: Path, number: int, status: int, to_group: bool) -> None:
    """A terminal sends Ctrl-C to the whole group, a service manager its signal to the script alone."""
    with running(checkout, TIDIES) as process:
        if to_group:
            os.killpg(process.pid, number)
        else:
            process.send_signal(number)
        assert process.wait(timeout=20) == status
    # Once, since what tidies up is not to be interrupted itself; and nothing has come after it.
    assert said(checkout) == ["runs", "interrupted", "tidied"]


@pytest.mark.parametrize(("number", "status"), SIGNALS)
def test_a_stage_tidies_up_whatever_signals_follow(checkout: Path, number: int, status: int) -> None:
    """Who sees that it does not end at once presses Ctrl-C again, or closes the terminal."""
    with running(checkout, TIDIES) as process:
        os.killpg(process.pid, number)
        eventually(lambda: "interrupted" in said(checkout), "the stage to be interrupted")
        for another, _ in SIGNALS:
            os.killpg(process.pid, another)
        assert process.wait(timeout=20) == status
        assert said(checkout) == ["runs", "interrupted", "tidied"]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_a_stage_that_ignores_interrupts_is_ended(checkout: Path, number: int) -> None:
    """As everything does that another script has started in the background."""
    shorten(checkout, "tidying_seconds=20\n", "tidying_seconds=0\n")
    with running(checkout, 'trap "echo interrupted" INT', "--default-signal", "--ignore-signal=INT") as process:
        process.send_signal(number)
        assert process.wait(timeout=20) == 128 + number
    assert said(checkout) == ["runs"]


def test_a_stage_ends_when_nobody_reads_how_long_it_takes(checkout: Path) -> None:
    """`scripts/test 2>&1 | head` is one way."""
    shorten(checkout, "SECONDS - shown >= 10", "SECONDS - shown >= 1")
    with running(checkout, TIDIES) as process:
        assert process.stderr
        process.stderr.close()
        assert process.wait(timeout=20) == 141
    assert said(checkout) == ["runs", "interrupted", "tidied"]


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
    # What the stage needs first fails, and so does the browser; scripts/test itself calls it without an argument.
    stub(checkout, "setup", "(($# == 0))")
    found = run(checkout, "end-to-end")
    assert (found.returncode, found.stdout.splitlines()[-1]) == (1, "0 passed, 2 failed")
