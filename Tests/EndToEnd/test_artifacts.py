"""The bootstraps as files: static, small, and running where there is nothing else."""

from __future__ import annotations

import http.server
import json
import os
import shutil
import subprocess
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.stack import FUNCTIONS, ROOT, Stack

pytestmark = pytest.mark.usefixtures("stack")


def bootstrap(function: str) -> Path:
    return ROOT / "dist" / function / "bootstrap"


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_bootstrap_is_no_dynamic_executable(function: str) -> None:
    result = subprocess.run(["ldd", bootstrap(function)], capture_output=True, text=True, check=False)
    assert "not a dynamic executable" in result.stdout + result.stderr


@pytest.mark.parametrize("function", FUNCTIONS)
def test_a_zip_holds_the_bootstrap_as_an_executable_at_its_top(function: str) -> None:
    with zipfile.ZipFile(ROOT / "dist" / f"{function}.zip") as archive:
        entry = archive.getinfo("bootstrap")
        assert (entry.external_attr >> 16) & 0o111 == 0o111
        assert archive.read("bootstrap") == bootstrap(function).read_bytes()


class RuntimeAPI(http.server.BaseHTTPRequestHandler):
    """One empty batch, then silence: the least of a Runtime API that a function can run against."""

    protocol_version = "HTTP/1.1"
    answers: list[tuple[str, bytes]]
    answered: threading.Event
    stopped: threading.Event
    events: list[bytes]
    address: str

    def do_GET(self) -> None:
        if not self.events:
            self.stopped.wait()
            self.close_connection = True
            return
        body = self.events.pop()
        self.send_response(200)
        for name, value in {
            "Lambda-Runtime-Aws-Request-Id": "8476a536-e9f4-11e8-9739-2dfe598c3fcd",
            "Lambda-Runtime-Invoked-Function-Arn": "arn:aws:lambda:us-east-1:000000000000:function:test",
            "Lambda-Runtime-Deadline-Ms": "32503680000000",
            "Content-Length": str(len(body)),
        }.items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if "/extension/" in self.path:
            self.send_error(404)
            return
        self.answers.append((self.path, body))
        self.send_response(202)
        self.send_header("Content-Length", "0")
        self.end_headers()
        self.answered.set()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def runtime_api() -> Iterator[type[RuntimeAPI]]:
    """A handler class of this test's own; `answers` fills as the function posts."""

    class Handler(RuntimeAPI):
        answers: list[tuple[str, bytes]] = []  # noqa: RUF012
        answered = threading.Event()
        stopped = threading.Event()
        events: list[bytes] = [b'{"Records":[]}']  # noqa: RUF012

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    Handler.address = f"127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield Handler
    Handler.stopped.set()
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def configuration(stack: Stack, runtime_api: type[RuntimeAPI]) -> dict[str, str]:
    """What Lambda gives the deployed writer, and this test's Runtime API."""
    name = stack.function_name("OrderWriter")
    deployed = stack.client("lambda").get_function_configuration(FunctionName=name)["Environment"]["Variables"]
    return deployed | {
        "AWS_LAMBDA_RUNTIME_API": runtime_api.address,
        "AWS_LAMBDA_FUNCTION_NAME": name,
        "AWS_REGION": stack.region,
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
    }


def test_a_bootstrap_runs_in_an_otherwise_empty_root(
    runtime_api: type[RuntimeAPI], configuration: dict[str, str], tmp_path: Path
) -> None:
    (tmp_path / "proc").mkdir()
    shutil.copy(bootstrap("OrderWriter"), tmp_path / "bootstrap")
    # A mount namespace of its own: the mount ends with the process. As a user, inside a user namespace.
    namespace = ["unshare", "--mount"] if os.geteuid() == 0 else ["unshare", "--mount", "--map-root-user"]
    probe = subprocess.run([*namespace, "mount", "--rbind", "/proc", tmp_path / "proc"], check=False)
    if probe.returncode != 0:
        pytest.skip("this machine allows no mount namespaces")
    script = f'mount --rbind /proc "{tmp_path}/proc" && exec chroot "{tmp_path}" /bootstrap'
    path, body, output = first_post(runtime_api, [*namespace, "sh", "-c", script], configuration)
    assert path.endswith("/response"), f"{body!r} {output}"
    assert json.loads(body) == {"batchItemFailures": []}


def test_a_missing_variable_is_an_init_error_that_names_it(
    runtime_api: type[RuntimeAPI], configuration: dict[str, str]
) -> None:
    del configuration["ORDERS_TABLE"]
    path, body, _ = first_post(runtime_api, [str(bootstrap("OrderWriter"))], configuration)
    assert path.endswith("/runtime/init/error")
    assert "ORDERS_TABLE" in json.loads(body)["errorMessage"]


def first_post(runtime_api: type[RuntimeAPI], command: list[str], variables: dict[str, str]) -> tuple[str, bytes, str]:
    """Path and body of what the process posts first, and everything it wrote."""
    process = subprocess.Popen(
        command,
        env=variables | {"PATH": os.environ["PATH"]},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        answered = runtime_api.answered.wait(timeout=20)
    finally:
        process.kill()
        output, _ = process.communicate()
    assert answered, output
    return (*runtime_api.answers[0], output)


def test_everything_of_the_local_stack_listens_on_loopback_only(stack: Stack) -> None:
    """Servers, bootstraps and the Pipes are children of a run directory below .local."""
    listening = subprocess.run(["ss", "-ltnpH"], capture_output=True, text=True, check=True).stdout.splitlines()
    port = stack.endpoint_url.rpartition(":")[2]
    ours = [line.split() for line in listening if f":{port} " in line or "bootstrap" in line or "orders" in line]
    assert ours
    assert [columns[3] for columns in ours if not columns[3].startswith("127.0.0.1:")] == []
