"""`orders doctor` on a stack that is well, and on one in which things were changed by hand."""

from __future__ import annotations

import datetime
import json
import os
import re
import subprocess
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import pytest

from cloudwatch.template import resources
from pipeline.stack import ROOT, Stack
from sharedqueue import receive_all, take_out
from support import run_script, stored_order, take_in_record

TOOL = ROOT / ".build/debug/orders"


@pytest.fixture(scope="module", autouse=True)
def built_tool() -> None:
    run_script("orders", "--help", check=True, timeout=900)


def doctor(stack: Stack, *options: str) -> subprocess.CompletedProcess[str]:
    return run_orders(stack, "doctor", *options)


def run_orders(stack: Stack, *arguments: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "ORDERS_LOCAL_"))}
    access = {"AWS_ENDPOINT_URL": stack.endpoint_url, "AWS_REGION": stack.region, "ORDERS_PROJECT": str(ROOT)}
    environment = kept | stack.credentials | access
    return subprocess.run([TOOL, *arguments], capture_output=True, text=True, check=False, timeout=240, env=environment)


def findings(result: subprocess.CompletedProcess[str]) -> dict[str, tuple[str, str, str]]:
    """Mark, state and advice by what was looked at."""
    found = re.findall(r"^([✓✗-]) ([^:]+): (.*)\n(?:    (.*)\n)?", result.stdout, re.MULTILINE)
    return {subject: (mark, state, advice) for mark, subject, state, advice in found}


@pytest.mark.fresh_stack(1)  # It only looks.
def test_a_stack_that_is_well_is_so_in_every_part(stack: Stack) -> None:
    result = doctor(stack)
    assert result.returncode == 0, result.stdout + result.stderr
    found = findings(result)
    kinds = (
        "AWS::Lambda::Function",
        "AWS::Lambda::EventSourceMapping",
        "AWS::Pipes::Pipe",
        "AWS::SQS::Queue",
        "AWS::DynamoDB::Table",
        "AWS::Kinesis::Stream",
        "AWS::Logs::LogGroup",
    )
    assert found.keys() >= {name for kind in kinds for name in resources(kind)} | {"alarms"}
    # Which the local AWS does not have.
    assert {subject for subject, (mark, _, _) in found.items() if mark == "-"} == {"Kinesis's limits"}
    assert {mark for mark, _, _ in found.values()} == {"✓", "-"}
    assert found["OrderArchiverMapping"][1] == "disabled in the local AWS, since `orders pipes` runs it"
    assert found["OrderWriterMapping"][1].startswith("enabled")
    assert found["OrderWriter"][1] == "active, its code as in dist/"
    assert found["alarms"][1] == f"none of {len(resources('AWS::CloudWatch::Alarm'))} is in ALARM"
    for function in ("OrderArchiver", "AnalyticsAggregator"):
        assert any(subject.startswith(f"{function} in shardId-") for subject in found)
    assert f"{len(found)} parts, all well" in result.stderr


@contextmanager
def changed_memory(stack: Stack, function: str) -> Iterator[None]:
    client, name = stack.client("lambda"), stack.function_name(function)
    before = client.get_function_configuration(FunctionName=name)["MemorySize"]
    client.update_function_configuration(FunctionName=name, MemorySize=before + 64)
    try:
        yield
    finally:
        client.update_function_configuration(FunctionName=name, MemorySize=before)


@contextmanager
def disabled_mapping(stack: Stack, function: str) -> Iterator[None]:
    client = stack.client("lambda")
    [mapping] = client.list_event_source_mappings(FunctionName=stack.function_name(function))["EventSourceMappings"]
    client.update_event_source_mapping(UUID=mapping["UUID"], Enabled=False)
    try:
        yield
    finally:
        client.update_event_source_mapping(UUID=mapping["UUID"], Enabled=True)


@contextmanager
def letter(stack: Stack, output: str) -> Iterator[None]:
    client = stack.client("sqs")
    client.send_message(QueueUrl=stack[output], MessageBody="of orders doctor")
    try:
        yield
    finally:
        messages = receive_all(client, stack[output])
        assert take_out(client, stack[output], messages, lambda message: message["Body"] == "of orders doctor") == 1


@contextmanager
def alarm(stack: Stack, logical_id: str) -> Iterator[None]:
    client = stack.client("cloudwatch")
    # Stacks of other tests have alarms of the same logical ids.
    formation = stack.client("cloudformation")
    found = formation.describe_stack_resource(StackName="orders", LogicalResourceId=logical_id)
    name = found["StackResourceDetail"]["PhysicalResourceId"]
    client.set_alarm_state(AlarmName=name, StateValue="ALARM", StateReason="tried by a test")
    try:
        yield
    finally:
        client.set_alarm_state(AlarmName=name, StateValue="OK", StateReason="tried by a test")


@contextmanager
def shorter_log(stack: Stack, function: str) -> Iterator[None]:
    client, group = stack.client("logs"), stack.log_groups[function]
    [found] = client.describe_log_groups(logGroupNamePrefix=group)["logGroups"]
    client.put_retention_policy(logGroupName=group, retentionInDays=1)
    try:
        yield
    finally:
        client.put_retention_policy(logGroupName=group, retentionInDays=found["retentionInDays"])


def test_what_is_not_well_is_told_with_what_to_do(stack: Stack) -> None:
    before = findings(doctor(stack))
    with ExitStack() as changes:
        changes.enter_context(changed_memory(stack, "OrderWriter"))
        changes.enter_context(disabled_mapping(stack, "OrderWriter"))
        changes.enter_context(letter(stack, "OrderTopicDLQUrl"))
        changes.enter_context(alarm(stack, "PremiumTopicFailuresAlarm"))
        changes.enter_context(shorter_log(stack, "OrderArchiver"))
        result = doctor(stack)
    assert result.returncode == 1
    told = {subject: found for subject, found in findings(result).items() if found[0] == "✗"}
    # Letters of other tests may lie in other queues.
    new = {subject: found for subject, found in told.items() if before.get(subject, ("✓",))[0] == "✓"}
    assert new.keys() == {
        "OrderWriter",
        "OrderWriterMapping",
        "OrderTopicDLQ",
        "PremiumTopicFailuresAlarm",
        "OrderArchiverLogGroup",
    }
    assert new["OrderWriter"][1] == "set otherwise than the template has it: memory 320 MB, not 256"
    assert new["OrderWriterMapping"][1] == "Disabled"
    assert "aws lambda update-event-source-mapping --uuid" in new["OrderWriterMapping"][2]
    assert new["OrderTopicDLQ"][1].startswith("1 message waiting")
    assert "orders redrive --queue OrderTopicDLQ" in new["OrderTopicDLQ"][2]
    assert new["PremiumTopicFailuresAlarm"][1] == "in ALARM: tried by a test"
    assert new["OrderArchiverLogGroup"][1] == "keeps lines 1 day, not 30 days"
    assert f"{len(told)} of {len(findings(result))} parts not well" in result.stderr
    after = {subject: found[0] for subject, found in findings(doctor(stack)).items()}
    assert {subject: found[0] for subject, found in before.items()} == after


def test_a_probe_comes_to_every_place_and_is_taken_back(stack: Stack, tmp_path: Path) -> None:
    before = counted_tests(stack)
    result = doctor(stack, "--probe", "--record", str(tmp_path))
    found = {subject: (mark, state) for subject, (mark, state, _) in findings(result).items() if "probe" in subject}
    # Letters of other tests may lie in other queues; the probe's own are none of them.
    assert {mark for mark, _ in found.values()} == {"✓"}, result.stdout + result.stderr
    assert found.keys() == {
        *(f"probe by {entrance}" for entrance in ("OrderTopic", "OrderStream", "OrderApi")),
        *(f"probe by {entrance}, Orders table" for entrance in ("OrderTopic", "OrderStream", "OrderApi")),
        *(f"probe by {entrance}, archive" for entrance in ("OrderStream", "OrderApi")),
        *(f"probe by {entrance}, log of OrderArchiver" for entrance in ("OrderStream", "OrderApi")),
        "probe by OrderTopic, log of OrderWriter",
        "probes, changes of the Orders table",
        "probes, conditions that fail",
        "probes, counted",
        "probes, dead letters",
        "probes, taken back",
    }
    sent = [state.split(" ")[0] for subject, (_, state) in found.items() if re.fullmatch(r"probe by \w+", subject)]
    assert len(set(sent)) == 3
    # Of an order that is archived an audit would miss the row.
    kept = [order for order in sent if stored_order(stack, order) is not None]
    assert sorted(kept) == sorted(order for order in sent if not order.endswith("-topic"))
    # What cannot be taken back is in a currency of its own, and in no report.
    assert counted_tests(stack) >= before + 2
    report = run_orders(stack, "report", "--format", "json")
    assert "XTS" not in report.stdout
    assert json.loads(report.stdout) is not None
    # What was recorded is what the unit tests would take in, as from AWS.
    taken = take_in_record(tmp_path)
    assert taken.returncode == 0, taken.stdout + taken.stderr


def counted_tests(stack: Stack) -> int:
    """How many orders in the currency for tests are counted today."""
    day = datetime.datetime.now(datetime.UTC).date().isoformat()
    key = {"PK": {"S": f"REVENUE#{day}"}, "SK": {"S": "XTS"}}
    table = stack["AnalyticsTableName"]
    item = stack.client("dynamodb").get_item(TableName=table, Key=key, ConsistentRead=True).get("Item")
    return int(item["Count"]["N"]) if item else 0


def test_a_stack_that_is_not_there_is_bad_use(stack: Stack) -> None:
    result = doctor(stack, "--stack", "nowhere")
    assert result.returncode == 2
    assert "there is no stack nowhere" in result.stderr
