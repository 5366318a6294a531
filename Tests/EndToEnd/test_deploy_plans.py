"""What scripts/deploy would do, what it refuses, and releases: decisions over values first, then the local AWS."""

from __future__ import annotations

import contextlib
import os
import random
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import pytest
from botocore.exceptions import ClientError
from cfnlint.schema import PROVIDER_SCHEMA_MANAGER

from deployments import TEMPLATE, Shop, outputs_of, project_with
from interception import Exchange, Interception
from inventory import inventory
from pipeline.stack import ROOT
from support import run_script

sys.path.insert(0, str(ROOT / "scripts"))
from deployment import functions, release
from deployment.changeset import CREATE_ONLY, DATA, Change
from deployment.errors import DeploymentError
from deployment.template import Template

PARSED = Template.parse(TEMPLATE)
DEFAULTS = {name: parameter.default or "" for name, parameter in PARSED.parameters.items()}


# --- Changes in words -----------------------------------------------------------------------------------------------


def found(action: str, resource: str, replacement: str | None = None, *causes: tuple[str, str]) -> dict[str, Any]:
    """A change as DescribeChangeSet has it."""
    kind = PARSED.resources[resource]["Type"]
    details = [{"Target": {"Attribute": "Properties", "Name": name, "RequiresRecreation": how}} for name, how in causes]
    more = {"Replacement": replacement} if replacement else {}
    return {
        "Type": "Resource",
        "ResourceChange": {"Action": action, "LogicalResourceId": resource, "ResourceType": kind, "Details": details}
        | more,
    }


@pytest.mark.parametrize(
    ("made", "words", "loses"),
    [
        (found("Add", "OrdersTable"), "OrdersTable (AWS::DynamoDB::Table) is made", False),
        (found("Modify", "OrdersTable", "False", ("SSESpecification", "Never")), "is changed", False),
        (
            found("Modify", "OrdersTable", "True", ("KeySchema", "Always"), ("SSESpecification", "Never")),
            "IS REPLACED by a new one, for the sake of KeySchema; the old one stays in the account",
            True,
        ),
        (
            found("Modify", "OrderStream", "Conditional", ("StreamEncryption", "Conditionally")),
            "OrderStream (AWS::Kinesis::Stream) is changed",
            False,
        ),
        (
            found("Modify", "OrderStream", "Conditional", ("Name", "Conditionally")),
            "MAY BE REPLACED by a new one, by what Name becomes; the old one stays",
            True,
        ),
        (found("Modify", "OrderWriter", "True", ("FunctionName", "Always")), "for the sake of FunctionName", False),
        (found("Remove", "OrderDLQ"), "leaves the stack and stays in the account", True),
        (found("Remove", "OrderQueue"), "OrderQueue (AWS::SQS::Queue) IS DELETED", True),
        (found("Remove", "OrderDLQAlarm"), "OrderDLQAlarm (AWS::CloudWatch::Alarm) IS DELETED", False),
    ],
)
def test_a_change_is_told_in_words(made: dict[str, Any], words: str, loses: bool) -> None:
    told = Change.of(made, PARSED)
    assert words in told.words()
    assert told.loses_data is loses


@pytest.mark.parametrize("kind", sorted(DATA))
def test_what_cannot_be_changed_is_as_the_resource_schemas_have_it(kind: str) -> None:
    schema = PROVIDER_SCHEMA_MANAGER.get_resource_schema("us-east-1", kind).schema
    paths = schema.get("createOnlyProperties", []) + schema.get("conditionalCreateOnlyProperties", [])
    assert {path.removeprefix("/properties/") for path in paths} == CREATE_ONLY[kind]


# --- Functions ------------------------------------------------------------------------------------------------------


def project(folder: Path) -> tuple[Path, Path, Path]:
    """A project with one source, one of the tool, and a zip that is newer than both."""
    source, tool, built = (
        folder / name for name in ("Sources/Orders/A.swift", "Sources/OrdersCommand/B.swift", "dist/F.zip")
    )
    for path in (source, tool, built):
        path.parent.mkdir(parents=True)
        path.touch()
    for path in folder.rglob("*"):
        os.utime(path, (1_000, 1_000))
    os.utime(built, (2_000, 2_000))
    return source, tool, built


def test_a_zip_that_is_older_than_its_sources_is_stale(tmp_path: Path) -> None:
    source, tool, built = project(tmp_path)
    assert functions.stale_functions(tmp_path, [built]) == []
    os.utime(tool, (3_000, 3_000))
    assert functions.stale_functions(tmp_path, [built]) == []
    os.utime(source, (3_000, 3_000))
    assert functions.stale_functions(tmp_path, [built]) == ["F"]
    built.unlink()
    assert functions.stale_functions(tmp_path, [built]) == ["F"]


def test_what_was_edited_during_the_build_is_not_in_it(tmp_path: Path) -> None:
    source, _, built = project(tmp_path)
    stamp = tmp_path / ".build-static/F.stamp"
    stamp.parent.mkdir()
    stamp.touch()
    os.utime(stamp, (1_500, 1_500))
    os.utime(source, (1_600, 1_600))
    assert functions.stale_functions(tmp_path, [built]) == ["F"]


def test_without_swift_a_stale_zip_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    source, _, built = project(tmp_path)
    os.utime(source, (3_000, 3_000))
    monkeypatch.setattr(functions, "ROOT", tmp_path)
    monkeypatch.setenv("PATH", "/nowhere")
    template = Template({"Resources": {"F": {"Type": "AWS::Lambda::Function", "Properties": {"Code": "dist/F.zip"}}}})
    with pytest.raises(DeploymentError, match="older than Sources/, and there is no Swift here"):
        functions.built_architecture(template, tmp_path)
    assert built.exists()


# --- Releases -------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def package(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A release of what is built."""
    path = tmp_path_factory.mktemp("release") / "release.zip"
    release.make(ROOT, path)
    return path


def test_a_release_has_all_that_a_deployment_needs_and_is_the_same_each_time(package: Path, tmp_path: Path) -> None:
    again = tmp_path / "again.zip"
    names = release.make(ROOT, again)
    assert again.read_bytes() == package.read_bytes()
    assert set(names) == {
        "SHA256SUMS", "cloudformation.yaml", "LICENSE", "dist/NOTICES.txt", "dist/sbom.cdx.json", *PARSED.code_files,
    }  # fmt: skip
    template = release.unpack(package, tmp_path / "unpacked")
    assert template.document == PARSED.document
    with zipfile.ZipFile(package) as archive:
        archive.extract("SHA256SUMS", tmp_path / "unpacked")
    # By another program's reckoning.
    subprocess.run(["sha256sum", "--check", "--strict", "--quiet", "SHA256SUMS"], cwd=tmp_path / "unpacked", check=True)


def changed(package: Path, target: Path, **contents: bytes | None) -> Path:
    """The release with some files changed, added, or (None) left out."""
    with zipfile.ZipFile(package) as old, zipfile.ZipFile(target, "w") as new:
        kept = {name: old.read(name) for name in old.namelist()} | contents
        for name, content in kept.items():
            if content is not None:
                new.writestr(name, content)
    return target


@pytest.mark.parametrize(
    ("contents", "said"),
    [
        ({"dist/OrderWriter.zip": b"other"}, "is damaged: dist/OrderWriter.zip"),
        ({"dist/OrderWriter.zip": None}, "is damaged: dist/OrderWriter.zip"),
        ({"../evil": b"x"}, "is damaged: ../evil"),
        ({"SHA256SUMS": None}, "is no release of scripts/package"),
    ],
    ids=["changed", "missing", "more", "without sums"],
)
def test_a_release_that_is_not_as_its_sums_have_it_is_refused(
    package: Path, tmp_path: Path, contents: dict[str, bytes | None], said: str
) -> None:
    with pytest.raises(DeploymentError, match=said.replace(".", r"\.")):
        release.unpack(changed(package, tmp_path / "bad.zip", **contents), tmp_path / "unpacked")
    assert not (tmp_path / "unpacked").exists()


def test_a_name_in_a_release_leads_nowhere_else_even_with_its_sum(package: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(package) as archive:
        sums = archive.read("SHA256SUMS").decode()
    line = "2d711642b726b04401627ca9fbac32f5c8530fb1903cc4db02258717921a4881  ../evil\n"
    bad = changed(package, tmp_path / "bad.zip", **{"../evil": b"x", "SHA256SUMS": (sums + line).encode()})
    with pytest.raises(DeploymentError, match=r"has not what its template wants: \.\./evil"):
        release.unpack(bad, tmp_path / "unpacked")
    assert not (tmp_path / "evil").exists()


@pytest.mark.parametrize("seed", range(40))
def test_a_release_of_which_a_bit_is_wrong_is_refused(package: Path, tmp_path: Path, seed: int) -> None:
    """Within a deflated file zlib tells it in words of its own."""
    with zipfile.ZipFile(package) as archive:
        entry = archive.getinfo("cloudformation.yaml")
    content = bytearray(package.read_bytes())
    place = entry.header_offset + random.Random(seed).randrange(entry.compress_size)
    content[place] ^= 1 << seed % 8
    (tmp_path / "bad.zip").write_bytes(content)
    with contextlib.suppress(DeploymentError):
        # Some bits of a header mean nothing.
        assert release.unpack(tmp_path / "bad.zip", tmp_path / "unpacked").resources == PARSED.resources


def test_a_file_that_is_no_zip_is_refused(tmp_path: Path) -> None:
    (tmp_path / "no.zip").write_text("no")
    with pytest.raises(DeploymentError, match="cannot be read as a release"):
        release.unpack(tmp_path / "no.zip", tmp_path / "unpacked")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (("--tags", "team"), "team is not NAME=VALUE"),
        (("--role-arn", "me"), "me is no role's ARN"),
        (("--read-for", "long"), "--read-for: long is not a number of seconds"),
        (("--release", "/nowhere.zip"), "there is no file /nowhere.zip"),
    ],
)
def test_a_wrong_option_is_bad_use(options: tuple[str, ...], said: str) -> None:
    result = run_script("deploy", "--stack", "orders", "--bucket", "b", *options, timeout=60)
    assert result.returncode == 2
    assert said in result.stderr


# --- Against the local AWS ------------------------------------------------------------------------------------------


# What the scripts call for a deployment.
TOOLS = ("bash", "cat", "cmp", "cut", "dirname", "env", "id", "mkdir", "readlink", "realpath", "sed", "sleep", "tr")


class Requests:
    """CloudFormation's calls by action, as they pass."""

    def __init__(self) -> None:
        self.made: list[dict[str, str]] = []

    def __call__(self, made: Exchange) -> bytes:
        if b"Action=" in made.body:
            fields = parse_qs(made.body.decode(errors="replace"))
            self.made.append({name: values[0] for name, values in fields.items()})
        return made.body

    def of(self, action: str) -> list[dict[str, str]]:
        return [fields for fields in self.made if fields.get("Action") == action]


def test_a_release_is_planned_deployed_protected_and_deleted_without_swift(
    shop: Shop, package: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = inventory(shop.local)
    # What the scripts call, and no compiler.
    tools = tmp_path / "bin"
    tools.mkdir()
    for name in TOOLS:
        (tools / name).symlink_to(shutil.which(name))
    (tools / "python3").symlink_to(Path(sys.executable).resolve())
    monkeypatch.setenv("PATH", str(tools))

    planned = shop.deploy("--dry-run", "--release", str(package), RequireTLS="false")
    assert planned.returncode == 0, planned.stderr
    assert "OrdersTable (AWS::DynamoDB::Table) is made" in planned.stderr
    assert "While nothing happens:" in planned.stderr and "A million orders by Kinesis:" in planned.stderr
    assert (shop.status, inventory(shop.local)) == (None, before)

    role = "arn:aws:iam::000000000000:role/cloudformation"
    requests = Requests()
    with Interception(shop.local, requests) as between:
        options = ("--release", str(package), "--tags", "team=orders", "--tags", "cost=a b", "--role-arn", role)
        outputs_of(shop.deploy(*options, endpoint=between.url, RequireTLS="false"))
    [made] = requests.of("CreateChangeSet")
    assert made["RoleARN"] == role
    stack = shop.cloudformation.describe_stacks(StackName=shop.name)["Stacks"][0]
    assert {item["Key"]: item["Value"] for item in stack["Tags"]} == {"team": "orders", "cost": "a b"}
    # A slip elsewhere does not delete it.
    assert stack["EnableTerminationProtection"] is True
    with pytest.raises(ClientError, match="TerminationProtection"):
        shop.cloudformation.delete_stack(StackName=shop.name)

    same = shop.deploy("--dry-run", "--release", str(package))
    assert same.returncode == 0, same.stderr
    assert "There is nothing to change." in same.stderr

    # What is stored nowhere else goes along only where that is meant.
    queue = {item["OutputKey"]: item["OutputValue"] for item in stack["Outputs"]}["OrderQueueUrl"]
    shop.local.client("sqs").send_message(QueueUrl=queue, MessageBody="{}", DelaySeconds=900)
    assert "OrderQueue holds 1 order message" in shop.delete("--yes", is_refused=True).stderr
    assert shop.status == "CREATE_COMPLETE"
    with Interception(shop.local, requests) as between:
        shop.delete("--yes", "--force", "--role-arn", role, endpoint=between.url)
    assert [made["RoleARN"] for made in requests.of("DeleteStack")] == [role]


def test_a_replacement_of_data_is_shown_and_refused_unless_it_is_meant(shop: Shop, tmp_path: Path) -> None:
    outputs = outputs_of(shop.deploy(RequireTLS="false"))
    other = project_with(
        TEMPLATE.replace(
            "QueueName: !Sub ${AWS::StackName}-OrderQueue", "QueueName: !Sub ${AWS::StackName}-Orders"
        ).replace("${AWS::StackName}-OrderQueue", "${AWS::StackName}-Orders"),
        tmp_path / "other",
    )
    words = "OrderQueue (AWS::SQS::Queue) IS REPLACED by a new one, for the sake of QueueName; the old one stays"
    for options in (("--dry-run",), ()):
        refused = shop.deploy(*options, project=other)
        assert refused.returncode == 1
        assert words in refused.stderr
        assert "--allow-replacement does it all the same" in refused.stderr
        assert shop.status == "CREATE_COMPLETE"
    replaced = outputs_of(shop.deploy("--allow-replacement", project=other))
    assert replaced["OrderQueueUrl"] != outputs["OrderQueueUrl"]
    assert replaced["OrdersTableName"] == outputs["OrdersTableName"]
    # What is no longer any stack's is not in the way of the tests that follow.
    shop.local.client("sqs").delete_queue(QueueUrl=outputs["OrderQueueUrl"])
