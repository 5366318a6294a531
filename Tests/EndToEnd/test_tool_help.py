"""What `orders COMMAND --help` offers and promises is what the command does."""

from __future__ import annotations

import subprocess

import pytest

from pipeline.stack import ROOT
from support import run_script

TOOL = ROOT / ".build/debug/orders"


@pytest.fixture(scope="module", autouse=True)
def built_tool() -> None:
    run_script("orders", "--help", check=True, timeout=900)


def run_tool(*arguments: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [TOOL, *arguments], capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL, timeout=60
    )


def help_of(command: str) -> str:
    """On one line: the tool wraps it."""
    result = run_tool(command, "--help")
    assert result.returncode == 0, result.stderr
    return " ".join(result.stdout.split())


def test_the_help_of_an_audit_names_what_every_run_reads() -> None:
    whole_run, repair = help_of("audit").split("with --repair sqs:GetQueueAttributes of it, and with --yes", 1)
    assert "dynamodb:GetItem and Scan of the Checkpoints table" in whole_run
    # Without --yes, too, a repair has to know whether all letters were seen.
    assert "UpdateItem" not in whole_run
    assert "dynamodb:GetItem and UpdateItem of the Analytics table" in repair
    assert "Alone it says how many rows it would set; with --yes it does so." in repair
    assert "--repeated Let a repair set rows, too, that lack something of a sum in which events count a" in repair


def test_the_help_of_a_rebuild_names_what_the_stream_takes() -> None:
    _, with_stream = help_of("rebuild").split("with --with-stream, ", 1)
    permissions = ("kinesis:ListShards", "GetShardIterator", "GetRecords", "GetItem and Scan of the Checkpoints table")
    for permission in permissions:
        assert permission in with_stream.partition(" USAGE:")[0]


def test_only_a_rebuild_offers_a_work_folder() -> None:
    assert "--work-folder <folder>" in help_of("rebuild")
    assert "--work-folder" not in help_of("audit")
    refused = run_tool("audit", "--work-folder", "work")
    assert refused.returncode == 2
    assert "--work-folder" in refused.stderr


def test_the_help_of_a_probe_and_of_sending_promise_what_is_done() -> None:
    assert "of 0.01, the topic's from a test address;" in help_of("doctor")
    sent = help_of("send")
    assert "checked for being JSON objects, before the first one is sent;" in sent
    assert "what an order must have is checked by the functions." in sent
