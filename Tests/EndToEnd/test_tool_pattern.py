"""`orders pattern`: which records a Pipe's filter lets through."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path

import pytest

from pipeline.stack import ROOT
from support import run_script

TOOL = ROOT / ".build/debug/orders"
INSERTED = {"eventName": ["INSERT"]}
# The producer's is {"a":1}.
PIPES_KINESIS = {"partitionKey": "1", "data": "eyJhIjoxfQ==", "eventSource": "aws:kinesis"}


@pytest.fixture(scope="module", autouse=True)
def built_tool() -> None:
    run_script("orders", "--help", check=True, timeout=900)


def change(name: str) -> dict[str, object]:
    return {"eventName": name, "eventSource": "aws:dynamodb", "dynamodb": {"Keys": {"orderId": {"S": "o-1"}}}}


def tried(folder: Path, pattern: object, event: object) -> subprocess.CompletedProcess[str]:
    file = folder / "pattern.json"
    file.write_text(json.dumps(pattern))
    command = [TOOL, "pattern", "--pattern", file, "--event", "-"]
    return subprocess.run(command, capture_output=True, text=True, check=False, input=json.dumps(event), timeout=60)


@pytest.mark.parametrize(
    ("pattern", "event", "status", "said"),
    [
        (INSERTED, change("INSERT"), 0, "match\n"),
        ({"eventSource": ["aws:dynamodb"]}, change("INSERT"), 1, "no match\n"),
        (INSERTED, [change("MODIFY"), change("INSERT")], 0, "$[0]: no match\n$[1]: match\n"),
        (INSERTED, {"Records": [change("MODIFY")]}, 1, "$.Records[0]: no match\n"),
        (INSERTED, [], 1, "no match\n"),
        ({"data": {"a": [1]}}, {"Records": [{"kinesis": {"data": "eyJhIjoxfQ=="}}]}, 0, "$.Records[0]: match\n"),
        ({"data": {"a": [1]}, "partitionKey": ["1"]}, [PIPES_KINESIS], 0, "$[0]: match\n"),
        ({"eventSource": ["aws:kinesis"]}, [PIPES_KINESIS], 1, "$[0]: no match\n"),
    ],
    ids=[
        "change",
        "added after filtering",
        "list",
        "Records",
        "empty list",
        "kinesis",
        "kinesis of a Pipe",
        "added to kinesis",
    ],
)
def test_an_event_is_matched_as_a_pipe_matches_it(
    tmp_path: Path, pattern: object, event: object, status: int, said: str
) -> None:
    result = tried(tmp_path, pattern, event)
    assert (result.returncode, result.stdout) == (status, said), result.stderr


@pytest.mark.parametrize(
    ("event", "note"),
    [
        ([], "standard input: a list without records\n"),
        ([{"kinesis": {"data": "aGk="}}], "$[0]: its data is no JSON, which passes no filter\n"),
        ([PIPES_KINESIS | {"data": "aGk="}], "$[0]: its data is no JSON, which passes no filter of data\n"),
    ],
    ids=["empty list", "no JSON", "no JSON of a Pipe"],
)
def test_why_nothing_can_match_is_told(tmp_path: Path, event: object, note: str) -> None:
    result = tried(tmp_path, {"data": {"a": [1]}}, event)
    assert (result.returncode, result.stderr) == (1, note)
