"""RuntimeProbe under AWS's own Runtime Interface Emulator, in both of its variants."""

from __future__ import annotations

import base64
import json
import os
import re
import signal
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from socket import create_connection

import pytest

from pipeline.stack import ROOT
from ports import free_port

EMULATOR = ROOT / ".local/bin/aws-lambda-rie"
BOOTSTRAP = ROOT / "dist/RuntimeProbe/bootstrap"

pytestmark = pytest.mark.skipif(
    not (EMULATOR.exists() and BOOTSTRAP.exists()),
    reason="needs scripts/setup --with-rie and scripts/build RuntimeProbe",
)


class Emulator:
    """A running emulator and where to invoke its function."""

    def __init__(self, port: int, log: Path) -> None:
        self.url = f"http://127.0.0.1:{port}/2015-03-31/functions/function/invocations"
        self.log = log

    def invoke(self, event: str, headers: dict[str, str] | None = None) -> tuple[int, bytes]:
        request = urllib.request.Request(self.url, data=event.encode(), headers=headers or {}, method="POST")
        try:
            with urllib.request.urlopen(request, timeout=30) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.read()

    def invoke_when_idle(self, event: str) -> tuple[int, bytes]:
        """As `invoke`, again for as long as no worker waits for an event: the Managed Instances variant refuses what
        it cannot place, and it takes invocations as soon as the first of the workers waits."""
        deadline = time.monotonic() + 20
        while True:
            answer = self.invoke(event)
            if b"Runtime.Unavailable" not in answer[1] or time.monotonic() > deadline:
                return answer
            time.sleep(0.005)


@contextmanager
def emulator(directory: Path, bootstrap: str, prefix: list[str] | None = None, **variables: str) -> Iterator[Emulator]:
    port, api_port = free_port(), free_port()
    # Its defaults listen on every interface.
    command = [
        *(prefix or []),
        str(EMULATOR),
        "--runtime-interface-emulator-address",
        f"127.0.0.1:{port}",
        "--runtime-api-address",
        f"127.0.0.1:{api_port}",
        bootstrap,
    ]
    log = directory / "emulator.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            command, env=os.environ | variables, stdout=output, stderr=output, start_new_session=True
        )
    try:
        deadline = time.monotonic() + 10
        while True:
            try:
                create_connection(("127.0.0.1", port), timeout=1).close()
                break
            except OSError:
                assert process.poll() is None and time.monotonic() < deadline, log.read_text(errors="replace")
                time.sleep(0.02)
        yield Emulator(port, log)
    finally:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()


@pytest.fixture(scope="module")
def probe(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    with emulator(tmp_path_factory.mktemp("rie"), str(BOOTSTRAP)) as running:
        yield running


@pytest.mark.parametrize("event", ['{"a":1}', '"ü\\n"', "x" * 100_000, '"' + "y" * (6 * 1024 * 1024) + '"'])
def test_an_event_comes_back_byte_for_byte(probe: Emulator, event: str) -> None:
    assert probe.invoke(event) == (200, event.encode())


def test_an_error_arrives_with_its_type_and_text(probe: Emulator) -> None:
    status, body = probe.invoke('"fail-before"')
    assert status == 200
    report = json.loads(body)
    assert report["errorType"] == "Function.ProbeFailure"
    assert report["errorMessage"] == 'failed before the answer:\n\ta tab and a "quote"'
    assert probe.invoke('"after"') == (200, b'"after"')


def test_the_context_has_what_the_caller_sent(probe: Emulator) -> None:
    client = json.dumps({"client": {"app_title": "x"}})
    trace = "Root=1-5bef4de7-ad49b0e87f6ef6c87fc2e700;Parent=9a9197af755a6419;Sampled=1"
    headers = {
        "X-Amz-Client-Context": base64.b64encode(client.encode()).decode(),
        "X-Amz-Tenant-Id": "tenant-1",
        "X-Amzn-Trace-Id": trace,
    }
    _, body = probe.invoke('"ctx"', headers)
    context = json.loads(body)
    assert json.loads(context["clientContext"]) == json.loads(client)
    assert context["tenantId"] == "tenant-1", context
    assert context["requestId"]
    assert context["deadlineMs"] > time.time() * 1000


def test_an_empty_response_is_one(probe: Emulator) -> None:
    assert probe.invoke('"none"') == (200, b"")


def test_a_response_that_is_too_large_fails_only_its_invocation(probe: Emulator) -> None:
    _, body = probe.invoke('"big"')
    assert b"Function.ResponseSizeTooLarge" in body
    assert probe.invoke('"after"') == (200, b'"after"')
    assert "Function.ResponseSizeTooLarge" in probe.log.read_text(errors="replace")


def test_a_trap_is_logged_and_the_next_invocation_served_by_a_new_process(tmp_path: Path) -> None:
    with emulator(tmp_path, str(BOOTSTRAP)) as running:
        assert running.invoke('"before"') == (200, b'"before"')
        status, _ = running.invoke('"crash"')
        assert status == 502
        assert '"level":"FATAL"' in running.log.read_text(errors="replace")
        assert running.invoke('"after"') == (200, b'"after"')


def test_managed_instances_serve_invocations_side_by_side(tmp_path: Path) -> None:
    # That variant runs /var/task/bootstrap: given to it in a mount namespace of its own.
    script = 'mount -t tmpfs tmpfs /var && mkdir /var/task && cp "$0" /var/task/bootstrap && exec "$@"'
    prefix = ["unshare", "--mount", "sh", "-c", script, str(BOOTSTRAP)]
    if subprocess.run([*prefix, "true"], capture_output=True, check=False).returncode != 0:
        pytest.skip("this machine allows no mount namespace")
    variables = {"AWS_LAMBDA_MAX_CONCURRENCY": "4"}
    with emulator(tmp_path, "/var/task/bootstrap", prefix, **variables, PROBE_NAP_MS="1000") as running:
        events = [f'"event {number}"' for number in range(4)]
        with ThreadPoolExecutor(4) as pool:
            answers = list(pool.map(running.invoke_when_idle, events))
        assert answers == [(200, event.encode()) for event in events]
        # Each sleeps for a second, and none woke up before the fourth had begun.
        naps = re.findall("going to sleep|woke up", running.log.read_text(errors="replace"))
        assert naps[:4] == ["going to sleep"] * 4
    with emulator(tmp_path, "/var/task/bootstrap", prefix, **variables) as running:
        # Twice as many callers as workers: every event is answered to the one who sent it.
        events = [f'"event {number}"' for number in range(400)]
        with ThreadPoolExecutor(8) as pool:
            answers = list(pool.map(running.invoke_when_idle, events))
        assert answers == [(200, event.encode()) for event in events]
