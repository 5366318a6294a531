"""The sample events in events/, given to every function they are for, in each of the ways there are."""

from __future__ import annotations

import json
import os
import subprocess
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from socket import create_connection
from typing import Any

import pytest
from awscommand import AWS

from pipeline.deadletters import envelope_content
from pipeline.exact import Unreadable
from pipeline.spelling import read_order_message
from pipeline.stack import FUNCTIONS, ROOT, Stack
from ports import free_port
from support import eventually, invoke, run_script

# The first word of a sample's name says where the event comes from.
SOURCES = {
    "kinesis": ("AnalyticsAggregator", "OrderArchiver"),
    "sqs": ("OrderWriter",),
    "eventbridge": ("OrderWriter",),
    "pipe": ("NormalOrdersProcessor", "PremiumOrdersProcessor"),
    "stream": ("NormalOrdersProcessor", "PremiumOrdersProcessor"),
    "httpapi": ("OrderIntake",),
}
SAMPLES = [
    (function, path.name)
    for path in sorted((ROOT / "events").glob("*.json"))
    for function in SOURCES.get(path.stem.split("-")[0], ())
]
EMULATOR = ROOT / ".local/bin/aws-lambda-rie"


def sample(name: str) -> Any:
    return json.loads((ROOT / "events" / name).read_bytes())


def expected_failures(function: str, name: str) -> list[dict[str, str]]:
    """SQS messages that can never succeed are reported, so that SQS redrives them; streams put poison aside."""
    if function != "OrderWriter":
        return []

    # EventBridge's event comes alone.
    records = sample(name).get("Records", [])
    return [{"itemIdentifier": record["messageId"]} for record in records if not is_readable(record["body"])]


def assert_answered(function: str, name: str, answer: Any) -> None:
    """A batch by what has to come again, a request by its status."""
    if function == "OrderIntake":
        assert answer["statusCode"] == (207 if "refused" in name else 202), answer
        assert json.loads(answer["body"])["CorrelationId"]
    else:
        assert answer.get("batchItemFailures") == expected_failures(function, name), f"{name}: {answer}"


def is_readable(body: str) -> bool:
    try:
        read_order_message(envelope_content(body).encode())
    except Unreadable:
        return False
    return True


def test_every_sample_has_a_function_and_every_function_has_samples() -> None:
    names = {path.name for path in (ROOT / "events").glob("*.json")}
    assert {name for _, name in SAMPLES} == names
    assert {function for function, _ in SAMPLES} == set(FUNCTIONS)


@pytest.mark.parametrize(("function", "name"), SAMPLES)
def test_a_deployed_function_answers_the_sample(stack: Stack, function: str, name: str) -> None:
    answer, error = invoke(stack, function, sample(name))
    assert error is None, answer
    assert_answered(function, name, answer)


@pytest.mark.parametrize(("function", "name"), dict(SAMPLES).items())
def test_the_aws_command_line_invokes_a_deployed_function(
    stack: Stack, tmp_path: Path, function: str, name: str
) -> None:
    output = tmp_path / "answer.json"
    command = [*AWS, "lambda", "invoke", "--endpoint-url", stack.endpoint_url]
    command += ["--function-name", stack.function_name(function), "--region", stack.region]
    command += ["--payload", f"file://{ROOT / 'events' / name}", output]
    variables = stack.credentials | {
        "PATH": os.environ["PATH"],
        "AWS_CONFIG_FILE": os.devnull,
        "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
    }
    result = subprocess.run(command, env=variables, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
    assert "FunctionError" not in json.loads(result.stdout)
    assert_answered(function, name, json.loads(output.read_text()))


@pytest.mark.usefixtures("stack")
@pytest.mark.parametrize(("function", "name"), SAMPLES)
def test_scripts_invoke_answers_the_sample(function: str, name: str) -> None:
    result = run_script("invoke", function, str(ROOT / "events" / name), check=True)
    assert_answered(function, name, json.loads(result.stdout))


@pytest.mark.skipif(not EMULATOR.exists(), reason="scripts/setup --with-rie installs AWS's emulator")
@pytest.mark.parametrize("function", FUNCTIONS)
def test_awss_own_emulator_runs_the_function_with_its_samples(stack: Stack, function: str) -> None:
    with emulator(stack, function) as url:
        for _, name in [pair for pair in SAMPLES if pair[0] == function]:
            request = urllib.request.Request(url, data=json.dumps(sample(name)).encode(), method="POST")
            with urllib.request.urlopen(request, timeout=30) as response:
                answer = json.loads(response.read())
            assert_answered(function, name, answer)


@contextmanager
def emulator(stack: Stack, function: str) -> Iterator[str]:
    """The function with its deployed configuration under the emulator; its other doors are on loopback, too."""
    name = stack.function_name(function)
    deployed = stack.client("lambda").get_function_configuration(FunctionName=name)["Environment"]["Variables"]
    front, back = free_port(), free_port()
    variables = (
        deployed
        | stack.credentials
        | {
            "PATH": os.environ["PATH"],
            "AWS_ENDPOINT_URL": stack.endpoint_url,
            "AWS_REGION": stack.region,
            "AWS_LAMBDA_FUNCTION_NAME": name,
            "AWS_LAMBDA_FUNCTION_TIMEOUT": "20",
        }
    )
    command = [EMULATOR, "--runtime-interface-emulator-address", f"127.0.0.1:{front}"]
    command += ["--runtime-api-address", f"127.0.0.1:{back}", ROOT / "dist" / function / "bootstrap"]
    process = subprocess.Popen(command, env=variables, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        eventually(lambda: is_listening(front), "the emulator to listen", patience=10)
        yield f"http://127.0.0.1:{front}/2015-03-31/functions/function/invocations"
    finally:
        process.terminate()
        process.wait(timeout=10)


def is_listening(port: int) -> bool:
    try:
        create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True
