"""CONTRIBUTING's "To add a function", followed step by step in a copy: the function is built and answers an event."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipeline.stack import ROOT
from support import run_script

NEW, MODEL = "OrderCounter", "OrderWriter"
# A copy with the same path shares the builds of this one: the kernel lays it over the checkout, for one process only.
OVERLAY = """
    mount -t overlay overlay -o "lowerdir=$1,upperdir=$2/upper,workdir=$2/work" "$1" && cd "$1" && shift 2 && exec "$@"
"""


class Copy:
    """This checkout, in which a command may change everything and changes nothing."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.files = folder / "upper"
        for name in ("upper", "work"):
            (folder / name).mkdir()
        namespace = ["unshare", "--mount"] if os.geteuid() == 0 else ["unshare", "--mount", "--map-root-user"]
        self.prefix: list[str | Path] = [*namespace, "bash", "-c", OVERLAY, "overlay", ROOT, folder]
        self.root = ROOT
        if self.run("true").returncode != 0:
            # Containers may not mount anything. A copy elsewhere compiles everything once more: a minute or two.
            self.prefix, self.root = [], self.files
            self.copy_everything()

    def copy_everything(self) -> None:
        left_out = shutil.ignore_patterns(".git", ".build*", ".local", "dist", "__pycache__")
        shutil.copytree(ROOT, self.files, ignore=left_out, dirs_exist_ok=True)
        # The packages that have been fetched.
        for name in ("checkouts", "repositories"):
            shutil.copytree(ROOT / ".build" / name, self.files / ".build" / name)
        shutil.copy2(ROOT / ".build/workspace-state.json", self.files / ".build")

    def write(self, name: str, text: str) -> None:
        (self.files / name).parent.mkdir(parents=True, exist_ok=True)
        (self.files / name).write_text(text)

    def edit(self, name: str, old: str, new: str) -> None:
        text = (ROOT / name).read_text()
        assert text.count(old) == 1, f"{name}: {old}"
        self.write(name, text.replace(old, new))

    def run(self, *command: str | Path) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [*self.prefix, *command], cwd=self.root, capture_output=True, text=True, check=False, timeout=900
        )


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Copy]:
    # Not below the checkout, which must not hold the layer that is laid over it.
    folder = tmp_path_factory.mktemp("copy")
    yield Copy(folder)
    shutil.rmtree(folder, ignore_errors=True)


def steps() -> list[str]:
    section = (ROOT / "CONTRIBUTING.md").read_text().partition("\n## To add a function\n")[2]
    return re.findall(r"^\d\. .*?(?=^\d\. |^`scripts)", section, re.DOTALL | re.MULTILINE)


def code_of(step: str) -> str:
    found = re.search(r"^ *```swift\n(.*?)^ *```$", step, re.DOTALL | re.MULTILINE)
    assert found
    return textwrap.dedent(found[1])


def sections_of(template: str, name: str) -> str:
    """The blocks of the template that begin with the name, as they stand there."""
    return "".join(re.findall(rf"^  {name}\w*:\n(?:(?:    .*)?\n)+", template, re.MULTILINE))


def follow(copy: Copy) -> None:
    """What a developer types, with the texts of the steps themselves."""
    handler, bootstrap, manifest, template, event, tests = steps()
    for step in (handler, bootstrap):
        path = re.match(r"\d\. `([^`]+)`", step)
        assert path
        copy.write(path[1], code_of(step))
    assert "`Package.swift`" in manifest
    listed = re.findall(r'^    "(\w+)",$', (ROOT / "Package.swift").read_text(), re.MULTILINE)
    following = next(name for name in listed if name > NEW)
    copy.edit("Package.swift", f'    "{following}",\n', f'    "{NEW}",\n    "{following}",\n')
    assert "`cloudformation.yaml`" in template
    text = (ROOT / "cloudformation.yaml").read_text()
    resources, outputs = text.split("\nOutputs:\n")
    # One queue has one reader: the mapping stays the model's.
    new = re.sub(rf"^  {MODEL}Mapping:\n(?:(?:    .*)?\n)+", "", sections_of(resources, MODEL), flags=re.MULTILINE)
    output = sections_of(outputs, f"{MODEL}Name")
    added = (
        f"{resources}\n{new.replace(MODEL, NEW)}\nOutputs:\n{outputs.rstrip()}\n{output.replace(MODEL, NEW).rstrip()}\n"
    )
    copy.write("cloudformation.yaml", added)
    assert "`SOURCES`" in event
    copy.edit("Tests/EndToEnd/test_samples.py", f'"sqs": ("{MODEL}",)', f'"sqs": ("{MODEL}", "{NEW}")')
    assert "README's table" in tests


def test_the_function_is_complete_by_the_tests_that_say_what_is_missing(copy: Copy) -> None:
    assert len(steps()) == 6
    copy.write(f"Sources/Functions/{NEW}/main.swift", "")
    pytest_options = ("-q", "-p", "no:cacheprovider", "--rootdir", "Tests/EndToEnd")
    check = (sys.executable, "-B", "-m", "pytest", *pytest_options, "Tests/EndToEnd/test_functions_list.py")
    before = copy.run(*check)
    assert before.returncode == 1 and "failed" in before.stdout
    follow(copy)
    after = copy.run(*check)
    assert after.returncode == 0, after.stdout + after.stderr


def test_the_function_is_built_and_answers(copy: Copy) -> None:
    follow(copy)
    # The tool has been built in the checkout by then, or is built by this.
    run_script("orders", "--help", check=True)
    built = copy.run("swift", "build", "--product", NEW)
    assert built.returncode == 0, built.stdout + built.stderr
    tool = [ROOT / ".build/debug/orders", "invoke", NEW, "events/sqs-order-message.json"]
    variables = {
        "ORDERS_PROJECT": copy.root,
        "AWS_REGION": "eu-west-1",
        "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
        "AWS_SECRET_ACCESS_KEY": "example",
    }
    settings = [f"{name}={value}" for name, value in variables.items()]
    answered = copy.run("env", *settings, *tool, "--bootstrap", copy.root / f".build/debug/{NEW}")
    assert answered.returncode == 0, answered.stderr
    assert json.loads(answered.stdout) == {"batchItemFailures": []}
    assert '"message":"batch done"' in answered.stderr
    assert not (ROOT / f"Sources/Functions/{NEW}").exists()


def test_a_checkout_that_is_reached_by_a_link_is_the_same_one(copy: Copy) -> None:
    """Compiled modules hold absolute paths: built by two of them, the same module would be there twice."""
    run_script("orders", "--help", check=True)
    link = copy.folder / "link"
    link.symlink_to(copy.root)
    # A change in the lowest module, so that each build has something to compile.
    change = f"echo '// changed' >>{link}/Sources/Platform/Environment.swift"
    for build in (
        f"{link}/scripts/orders --help",
        f"{copy.root}/scripts/orders --help",
        f"cd {link} && swift build --product orders",
    ):
        built = copy.run("bash", "-c", f"{change} && {build}")
        assert built.returncode == 0, built.stdout + built.stderr
