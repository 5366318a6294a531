"""Every console block of the documents is run, and says what the document shows.

Not run: what `NOT_RUN` below lists, with the reasons.
"""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

import boto3
import pytest

from commandpath import path_with_aws
from console.blocks import DOCUMENTS, Block, Command, blocks_of, commands_of, difference
from pipeline.stack import ROOT
from support import eventually

# A command by its beginning, and why no test runs it.
NOT_RUN = {
    "scripts/test": "it is what runs this test",
    "E2E_TLS=all": "900 cases take ten minutes; scripts/test runs a part of them that the seed chooses",
}
# The demo takes half a minute once everything is built.
PATIENCE_SECONDS = 240
# test_erasure.py runs those that work on an archive, which it fills.
BLOCKS = [block for path in DOCUMENTS for block in blocks_of(path) if not block.needs_archive]
README = [block for block in BLOCKS if block.document == "README.md"]


def is_run(command: Command) -> bool:
    return not command.text.startswith(tuple(NOT_RUN))


def needs_checkout(block: Block) -> bool:
    """Whether it starts or stops the local AWS, of which a checkout has one."""
    return re.search(r"^scripts/(demo|local st(art|op))", block.text, re.MULTILINE) is not None


def needs_account(block: Block) -> bool:
    """Whether it works on somebody's AWS account."""
    return re.search(r"^(scripts/deploy|aws) ", block.text, re.MULTILINE) is not None


def test_every_block_has_a_command_and_the_readme_has_the_main_ones() -> None:
    assert all(block.commands for block in BLOCKS)
    text = "\n".join(block.text for block in README)
    for command in ("scripts/demo", "scripts/local start", "scripts/invoke", "scripts/orders send", "scripts/deploy"):
        assert command in text
    assert not [block for block in BLOCKS if needs_checkout(block) and needs_account(block)]


@pytest.mark.parametrize("path", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_block_that_begins_with_a_command_is_a_console_block(path: Path) -> None:
    """A block of another kind would not be run."""
    text = re.sub(r"^( *)```console\n.*?^\1```$", "", path.read_text(), flags=re.DOTALL | re.MULTILINE)
    fenced = re.findall(r"^ *```\w*\n(.*?)^ *```$", text, re.DOTALL | re.MULTILINE)
    indented = re.findall(r"(?:^    \S.*\n)+", text, re.MULTILINE)
    assert not [block for block in fenced + indented if re.match(r"\s*(\$ |scripts/|swift |aws )", block)]


def run(block: Block, folder: Path, environment: Mapping[str, str], words: Mapping[str, str] | None = None) -> None:
    """Runs a block's commands and compares; `words` are what stands for the document's placeholders."""
    for command in filter(is_run, block.commands):
        text = command.text
        for word, value in (words or {}).items():
            text = re.sub(rf"\b{word}\b", value, text)
        output, status = typed(text, folder, environment)
        said = f"{block}: $ {text}\n{output}"
        assert status == 0, said
        missing = difference(command.output, output)
        assert missing is None, f"{said}\nshould have said: {missing}"


def typed(text: str, folder: Path, environment: Mapping[str, str]) -> tuple[str, int]:
    """What a command line says on both outputs, and its exit status; all that it started ends with the test."""
    with subprocess.Popen(
        ["bash", "-c", f"set -o pipefail; {text}"],
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        process_group=0,
    ) as process:
        try:
            output, _ = process.communicate(timeout=PATIENCE_SECONDS)
        except BaseException:
            # As Ctrl-C does, at which the scripts tidy up.
            os.killpg(process.pid, signal.SIGINT)
            raise
    return output, process.returncode


def own_environment(folder: Path) -> dict[str, str]:
    """The caller's, without an AWS; with the AWS command line that scripts/setup installs, from this folder."""
    kept = {name: value for name, value in os.environ.items() if not name.startswith("AWS_")}
    return kept | {"PATH": path_with_aws(folder), "AWS_PAGER": "", "NO_PROXY": "127.0.0.1"}


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """This checkout once more, with a local AWS of its own; what has been installed and built is shared."""
    folder = tmp_path_factory.mktemp("checkout")
    shared = {".build", ".build-static", "dist"}
    for path in ROOT.iterdir():
        if path.name in shared:
            (folder / path.name).symlink_to(path)
        elif path.is_dir() and path.name not in (".git", ".local"):
            shutil.copytree(path, folder / path.name, ignore=shutil.ignore_patterns("__pycache__"))
        elif path.is_file() and path.name != ".git":
            shutil.copy2(path, folder / path.name)
    (folder / ".local").mkdir()
    for path in (ROOT / ".local").iterdir():
        # Their time tells whether they have changed since the last build: a link has another.
        if path.name in ("curl", "amazon-roots"):
            shutil.copytree(path, folder / ".local" / path.name)
        elif path.name in ("venv", "bin"):
            (folder / ".local" / path.name).symlink_to(path)
    yield folder
    subprocess.run([folder / "scripts/local", "stop"], check=False, capture_output=True, timeout=60)


@pytest.mark.usefixtures("stack")
def test_blocks_that_start_a_local_aws_do_what_they_show(checkout: Path, tmp_path: Path) -> None:
    """The session's stack has seen to it that everything is built."""
    for block in BLOCKS:
        if needs_checkout(block):
            run(block, checkout, own_environment(tmp_path))
    status = subprocess.run([checkout / "scripts/local", "status"], check=False, capture_output=True, timeout=60)
    assert status.returncode == 1, "the last block leaves it running"


@pytest.mark.usefixtures("stack")
@pytest.mark.parametrize(
    "block", [block for block in BLOCKS if not needs_checkout(block) and not needs_account(block)], ids=str
)
def test_a_block_does_what_it_shows(block: Block, tmp_path: Path) -> None:
    run(block, ROOT, own_environment(tmp_path))


@contextmanager
def account(directory: Path, region: str) -> Iterator[dict[str, str]]:
    """An empty AWS account on loopback, as the environment of its owner's commands."""
    state = directory / "environment"
    command = [sys.executable, "-P", "-m", "localaws", "--state", state]
    bare = {
        "PATH": "/usr/bin:/bin",
        "HOME": str(directory),
        "TMPDIR": str(directory),
        "PYTHONPATH": str(ROOT / "scripts"),
    }
    with (
        (directory / "server.log").open("wb") as log,
        subprocess.Popen(command, env=bare, stdout=log, stderr=log) as server,
    ):
        try:
            eventually(state.exists, "the local AWS")
            found = dict(line.split("=", 1) for line in state.read_text().splitlines())
            yield own_environment(directory) | found | {"AWS_REGION": region, "AWS_DEFAULT_REGION": region}
        finally:
            server.terminate()


def test_blocks_for_an_account_do_what_they_show(tmp_path: Path) -> None:
    """The local AWS stands for the account; the deployment that others need comes first, the deletion last."""
    # What two documents show is run once.
    blocks = list({block.text: block for block in BLOCKS if needs_account(block)}.values())
    deployment = re.search(r"--bucket (\S+) --region (\S+)", "\n".join(block.text for block in blocks))
    assert deployment
    bucket, region = deployment.groups()
    with account(tmp_path, region) as environment:
        client = {
            service: boto3.client(
                service,
                endpoint_url=environment["AWS_ENDPOINT_URL"],
                region_name=region,
                aws_access_key_id=environment["AWS_ACCESS_KEY_ID"],
                aws_secret_access_key=environment["AWS_SECRET_ACCESS_KEY"],
            )
            for service in ("s3", "cloudformation", "dynamodb")
        }
        client["s3"].create_bucket(Bucket=bucket, CreateBucketConfiguration={"LocationConstraint": region})
        words: dict[str, str] = {}
        for block in sorted(blocks, key=lambda block: ("--delete" in block.text, "--bucket" not in block.text)):
            if not words and "--bucket" not in block.text:
                [stack] = client["cloudformation"].describe_stacks(StackName="orders")["Stacks"]
                outputs = {item["OutputKey"]: item["OutputValue"] for item in stack["Outputs"]}
                words = {"TABLE": outputs["OrdersTableName"]}
                # Which some blocks change.
                client["dynamodb"].put_item(TableName=words["TABLE"], Item={"orderId": {"S": "ORD-1"}})
            run(block, ROOT, environment, words)


class TestComparison:
    """The tests above are worth what this comparison is."""

    SHOWN = ("done in 7 s", "[…]", "  ✓ Orders   396 rows", "port http://127.0.0.1:45739")

    def test_takes_what_differs_from_run_to_run(self) -> None:
        said = "done in 12.5 s\n  … 10 s\nother\n  ✓ Orders 396 rows\nport http://127.0.0.1:1"
        assert difference(self.SHOWN, said) is None
        assert difference(["id AKIAZB3LJEBSCDURGQTE"], "id AKIA0000000000000000") is None
        assert difference(["a […] c"], "a b c") is None
        assert difference([], "anything") is None

    @pytest.mark.parametrize(
        "said",
        [
            "",
            "done in s\n  ✓ Orders 396 rows\nport http://127.0.0.1:1",
            "done in 7 s\n  ✓ Orders 395 rows\nport http://127.0.0.1:1",
            "done in 7 s\n  ✓ Orders 396 rows\nmore\nport http://127.0.0.1:1",
            "done in 7 s\n  ✓ Orders 396 rows\nport http://127.0.0.1:1\nmore",
            "more\ndone in 7 s\n  ✓ Orders 396 rows\nport http://127.0.0.1:1",
        ],
    )
    def test_refuses_what_does_not(self, said: str) -> None:
        assert difference(self.SHOWN, said) is not None

    def test_reads_commands_over_lines(self) -> None:
        commands = commands_of("$ a |\n    b\nout\n$ c \\\n    d\n")
        assert [(command.text, command.output) for command in commands] == [
            ("a |\n    b", ["out"]),
            ("c \\\n    d", []),
        ]
