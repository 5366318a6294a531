"""Bad input to the scripts: a clear error, the right exit status, nothing left behind."""

from __future__ import annotations

import contextlib
import json
import os
import re
import resource
import shutil
import signal
import socket
import stat
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from localrun.processes import start_time

from pipeline.stack import FUNCTIONS, ROOT, Stack
from support import eventually, run_script, sqs_event

SCRIPTS = sorted(
    path.name
    for path in (ROOT / "scripts").iterdir()
    if os.access(path, os.X_OK) and path.is_file() and path.suffix == ""
)
# The others pass their arguments on to the command-line tool, which has tests of its own.
SHELL_SCRIPTS = [name for name in SCRIPTS if name not in ("invoke", "orders")]


@pytest.mark.parametrize("script", SCRIPTS)
def test_a_script_explains_itself(script: str) -> None:
    result = run_script(script, "--help", check=True)
    assert re.search(f"^usage: +(scripts/)?{script}", result.stdout, re.IGNORECASE | re.MULTILINE)


@pytest.mark.parametrize(
    "arguments",
    [
        ("bench", "handlers", "--help"),
        ("bench", "all", "--quick", "-h"),
        ("bench", "--check", "--help"),
        ("build", "OrderWriter", "--help"),
        ("chaos", "--seeds", "1", "--help"),
        ("fuzz", "1", "--help"),
        ("local", "status", "--help"),
        ("setup", "--with-rie", "--help"),
        ("simulate", "--seeds", "1", "--help"),
        ("test", "lint", "--help"),
    ],
)
def test_a_script_explains_itself_behind_other_arguments(arguments: tuple[str, ...]) -> None:
    result = run_script(*arguments, check=True)
    assert f"scripts/{arguments[0]}" in result.stdout


def test_the_help_of_the_simulator_has_every_promise_that_can_be_broken() -> None:
    source = (ROOT / "Tests/Simulation/AWS/Weakness.swift").read_text()
    names = re.findall(r'^ {4}case \w+ = "([\w-]+)"$', source, re.MULTILINE)
    assert len(names) >= 10
    listed = run_script("simulate", "--help", check=True).stdout.partition("--weaken W ")[2].partition("\n--")[0]
    assert re.findall(r"[\w-]+", listed.partition("):")[2]) == names


@pytest.mark.parametrize("script", SHELL_SCRIPTS)
def test_an_unknown_option_is_bad_use(script: str) -> None:
    result = run_script(script, "--no-such-option")
    assert result.returncode == 2, result.stderr
    assert "--help" in result.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ("local", "stop", "--run-directory"),
        ("local", "start", "--port"),
        ("local", "start", "--parameter"),
        ("deploy", "--delete", "--stack"),
        ("deploy", "--stack", "orders", "--delete", "--endpoint-url"),
        ("deploy", "--stack", "orders", "--delete", "--region"),
        ("deploy", "--stack", "orders", "--bucket"),
        ("setup", "--curl-source"),
        ("demo", "--seed"),
        ("chaos", "--dist"),
        ("bench", "decode", "--json"),
        ("bench", "all", "--json"),
        ("bench", "shards", "--json"),
    ],
    ids=" ".join,
)
@pytest.mark.parametrize("value", [(), ("",), ("--help",)])
def test_an_option_without_its_value_stops_the_script_at_once(
    arguments: tuple[str, ...], value: tuple[str, ...]
) -> None:
    """An empty run directory would be looked for below /, an empty endpoint would be AWS itself."""
    result = run_script(*arguments, *value)
    assert result.returncode == 2, result.stderr
    assert f"{arguments[-1]} needs a value" in result.stderr


@pytest.mark.parametrize("url", ["ftp://127.0.0.1:4566", "127.0.0.1:4566", "http://"])
def test_an_endpoint_that_is_no_http_is_bad_use(url: str) -> None:
    result = run_script("deploy", "--stack", "orders", "--bucket", "artifacts", "--endpoint-url", url)
    assert result.returncode == 2
    assert "--endpoint-url, or AWS_ENDPOINT_URL, must be an http:// or https:// URL" in result.stderr


def test_the_readers_can_be_fuzzed() -> None:
    """A second is enough to see that the target builds and the committed corpus passes."""
    result = run_script("fuzz", "1", check=True)
    assert "stat::number_of_executed_units" in result.stderr


@pytest.mark.usefixtures("stack")
class TestInvoke:
    def test_an_event_gives_its_answer_on_stdout_and_logs_on_stderr(self, tmp_path: Path) -> None:
        event = tmp_path / "event.json"
        event.write_text("[]")
        result = run_script("invoke", "PremiumOrdersProcessor", str(event), check=True)
        assert json.loads(result.stdout)["premiumOrdersProcessed"] == []
        assert "REPORT" in result.stderr

    def test_the_users_own_aws_configuration_plays_no_part(self, stack: Stack, tmp_path: Path) -> None:
        """Whoever deploys to AWS has keys, a profile and perhaps a proxy in the environment."""
        event = tmp_path / "event.json"
        event.write_text(json.dumps(sqs_event([json.dumps({"orderId": "A", "timestamp": "2025-08-27T10:00:00Z"})])))
        own = {
            "AWS_ACCESS_KEY_ID": "AKIAIOSFODNN7EXAMPLE",
            "AWS_SECRET_ACCESS_KEY": "wrong",
            "AWS_SESSION_TOKEN": "wrong",
            "AWS_PROFILE": "no-such-profile",
            "AWS_REGION": "eu-north-1",
            "AWS_ENDPOINT_URL_DYNAMODB": "http://127.0.0.1:9",
            "http_proxy": "http://127.0.0.1:9",
        }
        assert stack.endpoint_url in run_script("local", "status", env=os.environ | own, check=True).stdout
        result = run_script("invoke", "OrderWriter", str(event), env=os.environ | own, check=True)
        assert json.loads(result.stdout) == {"batchItemFailures": []}
        order = tmp_path / "order.json"
        order.write_text('{"orderId": "A", "timestamp": "2025-08-27T10:00:00Z"}')
        options = ("--sns", "--endpoint-url", stack.endpoint_url)
        run_script("orders", "send", *options, str(order), env=os.environ | own, check=True)

    def test_a_function_error_is_exit_1(self, tmp_path: Path) -> None:
        event = tmp_path / "event.json"
        event.write_text('"no batch"')
        assert run_script("invoke", "OrderWriter", str(event)).returncode == 1

    def test_an_unknown_function_is_bad_use_and_the_known_ones_are_named(self, tmp_path: Path) -> None:
        event = tmp_path / "event.json"
        event.write_text("{}")
        result = run_script("invoke", "OrderReader", str(event))
        assert result.returncode == 2
        assert "OrderReader" in result.stderr
        assert all(function in result.stderr for function in FUNCTIONS)

    def test_a_missing_event_file_is_named(self) -> None:
        result = run_script("invoke", "OrderWriter", "/no/such/event.json")
        assert result.returncode == 2
        assert "/no/such/event.json" in result.stderr

    def test_an_event_that_is_no_json_is_bad_use(self, tmp_path: Path) -> None:
        event = tmp_path / "event.json"
        event.write_text('{"Records": [}')
        result = run_script("invoke", "OrderWriter", str(event))
        assert result.returncode == 2
        assert "event.json" in result.stderr
        assert "JSON" in result.stderr

    def test_the_running_stack_is_found_without_the_aws_command_line(self, stack: Stack, tmp_path: Path) -> None:
        """Which alone takes most of a second to start. As processor time, which does not depend on what else runs."""
        event = tmp_path / "event.json"
        event.write_text(json.dumps(sqs_event([json.dumps({"orderId": "A", "timestamp": "2025-08-27T10:00:00Z"})])))
        command = [ROOT / "scripts/invoke", "OrderWriter", event]
        # The first one may build the tool. Without the stack's configuration the function does not start.
        first = run_script("invoke", "OrderWriter", str(event), check=True)
        assert json.loads(first.stdout) == {"batchItemFailures": []}
        before = resource.getrusage(resource.RUSAGE_CHILDREN)
        subprocess.run(command, check=True, capture_output=True)
        after = resource.getrusage(resource.RUSAGE_CHILDREN)
        assert after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime < 0.5

    def test_orders_are_sent_to_the_running_stack(self, stack: Stack, tmp_path: Path) -> None:
        order = tmp_path / "order.json"
        order.write_text('{"orderId": "A", "timestamp": "2025-08-27T10:00:00Z"}')
        variables = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
        result = run_script("orders", "send", "--sns", str(order), env=variables, check=True)
        assert "on the local AWS" in result.stderr
        assert stack["OrderTopicArn"] in result.stderr + result.stdout


def test_a_local_aws_that_is_still_starting_is_named(tmp_path: Path) -> None:
    """From a copy of the script, whose local AWS is this process, which has told nobody yet where it listens."""
    (tmp_path / "scripts").mkdir()
    for name in ("lib.sh", "invoke"):
        shutil.copy(ROOT / "scripts" / name, tmp_path / "scripts")
    run = tmp_path / ".local/run"
    run.mkdir(parents=True)
    (run / "server.pid").write_text(f"{os.getpid()} {start_time(os.getpid())}\n")
    variables = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    command = [tmp_path / "scripts/invoke", "OrderWriter", "event.json"]
    result = subprocess.run(command, env=variables, capture_output=True, text=True, check=False)
    assert (result.returncode, result.stderr) == (
        1, "invoke: the local AWS is still starting: see scripts/local status\n",
    )  # fmt: skip


def command_lines() -> list[str]:
    """Of every process that runs; what anybody on the machine can read."""
    lines = []
    for process in Path("/proc").glob("[0-9]*"):
        with contextlib.suppress(OSError):
            lines.append((process / "cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace"))
    return lines


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143), (signal.SIGHUP, 129)])
def test_an_interrupted_step_leaves_nothing_running(tmp_path: Path, number: int, status: int) -> None:
    """Two steps deep, as when the demo runs the build and the build a compiler."""
    marker = tmp_path / "marker"
    for name, command in (("outer", tmp_path / "inner"), ("inner", "wait_for_ever")):
        script = tmp_path / name
        script.write_text(
            f"""#!/usr/bin/env bash
set -euo pipefail
source "{ROOT}/scripts/lib.sh"
state="{tmp_path}"
wait_for_ever() {{ tail -F "{marker}"; true; }}
step {name} "{command}"
"""
        )
        script.chmod(0o755)

    def running() -> list[str]:
        return [line for line in command_lines() if line.startswith("tail") and str(marker) in line]

    # Bash cannot trap what was ignored when it started, as SIGINT is in a shell's background job: this may be one.
    command = ["env", "--default-signal", str(tmp_path / "outer")]
    with subprocess.Popen(command, stderr=subprocess.DEVNULL) as process:
        try:
            eventually(running, "the inner command to run")
            process.send_signal(number)
            assert process.wait(timeout=20) == status
        finally:
            process.kill()
    eventually(lambda: not running(), "the inner command to end", patience=5)


def test_the_log_of_a_step_is_its_users_alone(tmp_path: Path) -> None:
    """scripts/demo has scripts/local start print keys there; also where an earlier version left a log for all."""
    log = tmp_path / "log/keys.log"
    log.parent.mkdir()
    log.write_text("old")
    log.chmod(0o644)
    script = f"""set -euo pipefail
umask 022
source "{ROOT}/scripts/lib.sh"
state="{tmp_path}"
print_keys() {{ echo secret; touch "{tmp_path}/made"; }}
step keys print_keys
"""
    subprocess.run(["bash", "-c", script], check=True, capture_output=True)
    assert log.read_text() == "secret\n"
    assert stat.S_IMODE(log.stat().st_mode) == 0o600
    # What the command makes is as the user has it.
    assert stat.S_IMODE((tmp_path / "made").stat().st_mode) == 0o644


@pytest.mark.parametrize("script", SCRIPTS)
def test_a_script_works_by_a_link(script: str, tmp_path: Path) -> None:
    link = tmp_path / "link"
    link.symlink_to(ROOT / "scripts" / script)
    result = subprocess.run([link, "--help"], capture_output=True, text=True, check=False, cwd="/")
    assert result.returncode == 0, result.stderr
    assert "usage" in result.stdout.lower()


def test_what_was_built_is_not_built_again() -> None:
    run_script("build", check=True)
    started = time.monotonic()
    result = run_script("build", check=True)
    assert "Nothing has changed" in result.stderr
    assert time.monotonic() - started < 30


class TestLocal:
    """With a run directory of its own, beside the session's stack."""

    @pytest.fixture
    def run_directory(self, tmp_path: Path) -> Iterator[Path]:
        yield tmp_path / "run"
        run_script("local", "stop", "--run-directory", str(tmp_path / "run"), timeout=60)

    def test_a_port_in_use_is_named(self, run_directory: Path) -> None:
        with socket.socket() as taken:
            taken.bind(("127.0.0.1", 0))
            taken.listen()
            port = str(taken.getsockname()[1])
            result = run_script("local", "start", "--port", port, "--run-directory", str(run_directory), timeout=120)
        assert result.returncode == 1
        assert f"port {port} is in use" in result.stderr
        assert run_script("local", "status", "--run-directory", str(run_directory)).returncode == 1

    def test_a_stack_that_cannot_be_deployed_says_why_and_leaves_nothing_running(
        self, run_directory: Path, stack: Stack
    ) -> None:
        options = ("--parameter", "StreamRetentionDays=2", "--run-directory", str(run_directory))
        result = run_script("local", "start", *options, timeout=300)
        assert result.returncode == 1
        assert "could not be deployed" in result.stderr
        assert "StreamRetentionDays" in result.stderr
        assert [line for line in command_lines() if str(run_directory) in line] == []
        # The session's own stack is another one and goes on.
        assert Stack.running().endpoint_url == stack.endpoint_url

    def test_status_without_a_stack_is_exit_1_and_says_how_to_start_one(self, run_directory: Path) -> None:
        result = run_script("local", "status", "--run-directory", str(run_directory))
        assert result.returncode == 1
        assert "scripts/local start" in result.stderr

    def test_a_start_that_is_told_to_end_leaves_nothing_running(self, run_directory: Path) -> None:
        command = ["env", "--default-signal", ROOT / "scripts/local", "start", "--run-directory", run_directory]
        with subprocess.Popen(command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True) as process:
            try:
                assert process.stderr
                said = iter(process.stderr.readline, "")
                assert any("Deploying cloudformation.yaml" in line for line in said)
                status = run_script("local", "status", "--run-directory", str(run_directory))
                assert status.returncode == 1
                assert "is not deployed there (yet)" in status.stderr
                process.terminate()
                assert process.wait(timeout=20) == 143
            finally:
                process.kill()
        assert [line for line in command_lines() if str(run_directory) in line] == []
        assert not (run_directory / "environment").exists()

    def test_an_unknown_parameter_is_refused_before_anything_starts(self, run_directory: Path) -> None:
        options = ("--parameter", "PremiumMinimum=5", "--run-directory", str(run_directory))
        result = run_script("local", "start", *options)
        assert result.returncode == 2
        assert "no parameter PremiumMinimum" in result.stderr
        assert "PremiumMinimumAmount" in result.stderr
        assert not run_directory.exists()

    def test_a_run_directory_that_others_may_write_to_is_refused(self, run_directory: Path) -> None:
        run_directory.mkdir()
        run_directory.chmod(0o777)
        result = run_script("local", "start", "--run-directory", str(run_directory), timeout=300)
        assert result.returncode == 1
        assert "others may write" in result.stderr

    def test_a_second_start_is_refused(self, stack: Stack) -> None:
        result = run_script("local", "start", timeout=60)
        assert result.returncode == 1
        assert "already running" in result.stderr
        assert Stack.running().endpoint_url == stack.endpoint_url


def test_the_demo_does_not_touch_a_stack_that_runs(stack: Stack) -> None:
    result = run_script("demo", timeout=60)
    assert result.returncode == 1
    assert "scripts/local stop" in result.stderr
    assert Stack.running().endpoint_url == stack.endpoint_url


def test_an_unknown_function_is_not_built() -> None:
    result = run_script("build", "OrderReader")
    assert result.returncode == 2
    assert "OrderReader" in result.stderr


def test_a_help_text_that_cannot_be_written_starts_nothing() -> None:
    # What is asked beside it would delete a stack.
    command = [ROOT / "scripts/deploy", "--delete", "--stack", "orders", "--help"]
    with Path("/dev/full").open("w") as full:
        result = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, check=False)
    assert result.returncode != 0
    assert len(result.stderr.splitlines()) == 1 and "No space left" in result.stderr
    for script in (ROOT / "scripts").iterdir():
        if script.is_file():
            assert not re.search(r'show_help "\$0" &&', script.read_text()), script


def test_the_commands_of_the_readme_exist() -> None:
    text = (ROOT / "README.md").read_text()
    commands = set(re.findall(r"\bscripts/([a-z][a-z-]*)(?![a-z-]|\.\w)", text))
    assert commands
    assert sorted(commands - set(SCRIPTS)) == []
    events = set(re.findall(r"\bevents/[\w./-]+\.json\b", text))
    assert [event for event in events if not (ROOT / event).exists()] == []
