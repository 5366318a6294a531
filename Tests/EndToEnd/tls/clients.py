"""The two clients that are compared: curl with the system's OpenSSL, and a static bootstrap with its own."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from bare import posts, runtime_api_server
from pipeline.stack import ROOT
from tls.certificates import openssl

# Requests of a run, each over a connection of its own: all but the first can resume.
REQUESTS = 3
# Of a whole invocation.
PATIENCE_SECONDS = 10
IMPATIENCE_SECONDS = 1.5


@dataclass(frozen=True)
class Outcome:
    """What became of a client's requests, which are all alike: "connected", "untrusted" or "failed"; and its words."""

    what: str
    text: str
    # The codes of the bootstrap's errors.
    errors: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Target:
    url: str
    root: Path
    proxy: str = ""
    # The root of a proxy that speaks TLS.
    proxy_root: Path | None = None


def curl(target: Target, folder: Path) -> Outcome:
    # POST, as the other does; no openssl.cnf of the host for either; connections closed by the server.
    line = ["curl", "-q", "-sS", "--fail-early", "--max-time", "10", "--tlsv1.2", "--http1.1", "--data", "{}"]
    line += ["--cacert", target.root, "--write-out", "%{http_code}"]
    line += ["--proxy", target.proxy] if target.proxy else ["--noproxy", "*"]
    line += ["--proxy-cacert", target.proxy_root] if target.proxy_root else []
    environment = {"OPENSSL_CONF": "/dev/null", "PATH": "/usr/bin:/bin"}
    done = subprocess.run(
        [str(word) for word in [*line, *[target.url] * REQUESTS]],
        capture_output=True,
        text=True,
        env=environment,
        cwd=folder,
    )
    text = f"curl: {done.returncode}: {done.stdout}{done.stderr}"
    if done.returncode == 0:
        return Outcome("connected", text)
    return Outcome("untrusted" if done.returncode == 60 else "failed", text)


def bootstrap(target: Target, folder: Path, expected: str) -> Outcome:
    """OrderWriter stores an order in each of a few invocations; in one alone if that fails, since it tries again."""
    if expected == "connected":
        return invocations(target, folder, REQUESTS, PATIENCE_SECONDS)
    outcome = invocations(target, folder, 1, IMPATIENCE_SECONDS)
    # On a busy machine the time may end within the last attempt, which says nothing of the server: that one has more.
    # Nobody is believed for want of time.
    if outcome.what not in (expected, "untrusted", "connected"):
        outcome = invocations(target, folder, 1, PATIENCE_SECONDS)
    return outcome


def invocations(target: Target, folder: Path, requests: int, seconds: float) -> Outcome:
    task = folder / "task"
    if not task.exists():
        (task / "amazon-roots").mkdir(parents=True)
        for root in filter(None, (target.root, target.proxy_root)):
            shutil.copy(root, task / "amazon-roots" / f"{openssl('x509', '-noout', '-hash', '-in', root)}.0")
    with runtime_api_server() as runtime_api:
        runtime_api.seconds = seconds
        runtime_api.events[:] = [(ROOT / "events/sqs-order-message.json").read_bytes()] * requests
        variables = {
            "AWS_LAMBDA_RUNTIME_API": runtime_api.address,
            "AWS_LAMBDA_FUNCTION_NAME": "OrderWriter",
            "AWS_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
            "AWS_ENDPOINT_URL": target.url,
            "AWS_MAX_ATTEMPTS": "1",
            "ORDERS_TABLE": "orders",
            "NORMAL_MINIMUM_AMOUNT": "100",
            "PREMIUM_MINIMUM_AMOUNT": "1000",
            "LAMBDA_TASK_ROOT": str(task),
        }
        if target.proxy:
            variables["HTTPS_PROXY"] = target.proxy
        answers, output = posts(runtime_api, [str(ROOT / "dist/OrderWriter/bootstrap")], variables, requests)
    failures = [len(json.loads(body)["batchItemFailures"]) for _, body in answers]
    errors = frozenset(re.findall(r"failed: (\w+): ", output))
    if not any(failures):
        return Outcome("connected", output)
    if all(failures) and errors <= {"UntrustedServer"}:
        return Outcome("untrusted", output, errors)
    if all(failures) and errors <= {"ConnectionFailed", "ConnectionLost"}:
        return Outcome("failed", output, errors)
    return Outcome(f"{sum(failures)} of {requests} failed: {sorted(errors)}", output, errors)
