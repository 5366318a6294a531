"""What the documents say of files, tests, modules and parameters is so."""

from __future__ import annotations

import functools
import json
import re
import subprocess
import sys
from pathlib import Path

import pytest

from console.blocks import DOCUMENTS
from pipeline.stack import FUNCTIONS, ROOT

sys.path.insert(0, str(ROOT / "scripts"))
from deployment.template import Template

TOP = {"Sources", "Tests", "Benchmarks", "scripts", "docs", "events", ".github", ".ci"}
TEMPLATE = Template.parse((ROOT / "cloudformation.yaml").read_text())


def prose(path: Path) -> str:
    """The document without its code blocks."""
    return re.sub(r"^ *```.*?^ *```$", "", path.read_text(), flags=re.DOTALL | re.MULTILINE)


def anchors(path: Path) -> set[str]:
    """As GitHub makes them of headings."""
    headings = re.findall(r"^#+ (.*)$", prose(path), re.MULTILINE)
    plain = (re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", heading).lower() for heading in headings)
    return {re.sub(r"[^\w\- ]", "", heading).replace(" ", "-") for heading in plain}


def rows(document: str, heading: str) -> list[list[str]]:
    """The cells of the first table below a heading, without its head."""
    text = f"\n{(ROOT / document).read_text()}".partition(f"\n{heading}\n")[2]
    table = re.search(r"(?:^\|.*\n)+", text, re.MULTILINE)
    assert table, f"{document}: no table below {heading}"
    lines = table[0].splitlines()[2:]
    return [[cell.strip() for cell in re.split(r"(?<!\\)\|", line)[1:-1]] for line in lines]


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_link_leads_somewhere(document: Path) -> None:
    for target in re.findall(r"\]\(([^)\s]+)\)", prose(document)):
        if target.startswith(("http://", "https://")):
            continue
        name, _, anchor = target.partition("#")
        file = (document.parent / name).resolve() if name else document
        assert file.exists(), target
        assert not anchor or anchor in anchors(file), target


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_file_that_is_named_exists(document: Path) -> None:
    for code in re.findall(r"`([^`\n]+)`", prose(document)):
        path = code.partition(" ")[0]
        # What stands for many, and the example of a function that is to be added, are no files.
        if path.partition("/")[0] not in TOP or "/" not in path or re.search(r"[<>…*{\[|]|OrderCounter|NAME", path):
            continue
        assert (ROOT / path).exists(), f"{document.name} names {path}"


@functools.cache
def names_of_sources() -> set[str]:
    return {path.name for top in ("Sources", "Tests", "Benchmarks") for path in (ROOT / top).rglob("*.swift")}


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(ROOT)))
def test_every_source_that_is_named_without_its_folder_exists(document: Path) -> None:
    named = set(re.findall(r"`([\w+]+\.swift)`", prose(document))) - {"Package.swift", "Type+topic.swift"}
    assert named <= names_of_sources(), f"{document.name} names {sorted(named - names_of_sources())}"


@functools.cache
def names_of_tests() -> set[str]:
    """What the Swift tests are called, and their suites."""
    names = set()
    for path in (ROOT / "Tests").rglob("*.swift"):
        text = path.read_text()
        names |= set(re.findall(r"\bfunc `([^`]+)`", text)) | set(re.findall(r"\bstruct (\w+)", text))
    return names


def test_every_test_that_the_fault_table_names_exists() -> None:
    table = rows("docs/runtime.md", "## What happens under faults")
    assert len(table) > 20
    for *_, tests in table:
        named = re.findall(r"`([^`]+)`", tests)
        assert named
        assert set(named) <= names_of_tests()


def test_the_reference_has_every_parameter_with_its_default() -> None:
    table = {
        name.strip("`"): default.strip("`")
        for name, default, _ in rows("docs/reference.md", "## Parameters of the template")
    }
    defaults = {name: parameter.default or "none" for name, parameter in TEMPLATE.parameters.items()}
    assert table == defaults


def test_the_reference_has_every_output() -> None:
    text = (ROOT / "docs/reference.md").read_text()
    section = text.partition("## Outputs of the stack")[2].partition("\n## ")[0]
    named = set(re.findall(r"`(\w+)`", section)) | {f"{function}Name" for function in FUNCTIONS}
    assert named == set(TEMPLATE.document["Outputs"])


def test_the_reference_has_every_variable_that_the_template_sets() -> None:
    named = {
        name
        for row in rows("docs/reference.md", "## Variables of the functions")
        for name in re.findall(r"`(\w+)`", row[0])
    }
    functions = [value for value in TEMPLATE.resources.values() if value["Type"] == "AWS::Lambda::Function"]
    given = {name for function in functions for name in function["Properties"]["Environment"]["Variables"]}
    assert given <= named


def test_the_readme_has_a_row_for_every_function() -> None:
    table = [row[0].strip("`") for row in rows("README.md", "# Order event pipeline for AWS Lambda, in Swift")]
    assert sorted(table) == list(FUNCTIONS)


def test_what_formats_md_adds_to_the_template_fits_into_it(tmp_path: Path) -> None:
    section = (ROOT / "docs/formats.md").read_text().partition("\n## A rule of EventBridge\n")[2].partition("\n# ")[0]
    [added] = re.findall(r"^```yaml\n(.*?)^```$", section, re.DOTALL | re.MULTILINE)
    text = (ROOT / "cloudformation.yaml").read_text()
    assert text.count("\nResources:\n") == 1
    template = tmp_path / "template.yaml"
    template.write_text(text.replace("\nResources:\n", f"\nResources:\n{added}"))
    added_names = Template.parse(template.read_text()).resources.keys() - TEMPLATE.resources.keys()
    assert len(added_names) == 5
    lint = subprocess.run(
        [Path(sys.executable).with_name("cfn-lint"), template, "--regions", "eu-central-1"],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert (lint.returncode, lint.stdout) == (0, "")


def test_a_notification_that_is_published_by_hand_has_the_members_of_the_processors() -> None:
    text = " ".join((ROOT / "docs/operate.md").read_text().split())
    [by_hand, attributes] = re.findall(r"aws sns publish .*? --message '(.*?)' --message-attributes '(.*?)'", text)[0]
    [shape] = re.findall(r"`PremiumTopic` gets `(\{.*?\})`", (ROOT / "docs/formats.md").read_text())
    notifier = (ROOT / "Sources/OrderFunctions/PremiumOrders/PremiumNotifier.swift").read_text()
    members = re.findall(r'writer\.(?:member|key)\("(\w+)"', notifier)
    notification = json.loads(by_hand)
    assert list(notification) == members == re.findall(r'"(\w+)"', shape)
    assert {name for name, value in notification.items() if not isinstance(value, str)} == {"amount"}
    assert json.loads(attributes)["eventID"]["StringValue"] == notification["eventID"]


def number(cell: str) -> float:
    """A cell of the results without its spread: `217.6 ± 14%` or `12.5 ×`."""
    return float(cell.split()[0].replace(",", ""))


def test_the_readmes_figures_are_those_of_the_recorded_run() -> None:
    readme = " ".join((ROOT / "README.md").read_text().split())
    results = "docs/benchmarks/results.md"
    counting = next(row for row in rows(results, "## Handlers") if row[0] == "aggregator, 10 products")
    # CPU a record: ours, Python's and the ratio.
    assert counted(readme, "µs of CPU to count an event against") == [number(counting[n]) for n in (1, 5, 9)]
    first_answer = {row[1]: number(row[4]) for row in rows(results, "## Cold start") if row[0] == "OrderWriter"}
    start = "from the start of OrderWriter, its file in the page cache, to its first answer"
    aims = {row[1]: number(row[3]) for row in rows(results, "## Aims")}
    ratio = round(aims["OrderWriter: CPU of Python / ours"], 1)
    cached = [first_answer[f"{side}, cached"] for side in ("ours", "python")]
    assert counted(readme, f"ms of CPU {start} against") == [*cached, ratio]
    [zips] = re.findall(r"zips of ([\d.]+) MB at most", readme)
    assert float(zips) == round(aims["largest zip of a function: MB"], 1)
    architecture = (ROOT / "docs/architecture.md").read_text()
    [decoding] = re.findall(r"an order of 600 bytes takes ([\d.]+) µs", architecture)
    assert float(decoding) == pytest.approx(aims["CPU µs per order, 1,000 × 0.6 KB"], abs=0.06)


def counted(text: str, words: str) -> list[float]:
    """Ours, Python's and the ratio, as the text has them before and behind the words."""
    [found] = re.findall(rf"([\d.]+) {words} ([\d.]+)[^(]*\(([\d.]+) ×\)", text)
    return [float(value) for value in found]


@functools.cache
def manifest() -> dict[str, set[str]]:
    """Every target with the targets and products it depends on, as SwiftPM reads Package.swift."""
    command = ["swift", "package", "--package-path", ROOT, "dump-package"]
    found = subprocess.run(command, capture_output=True, text=True, check=True)
    return {
        target["name"]: {next(iter(item.values()))[0] for item in target["dependencies"]}
        for target in json.loads(found.stdout)["targets"]
        if target["type"] in ("regular", "executable", "system")
    }


def test_the_architecture_has_every_module_with_what_it_may_import() -> None:
    table = {
        module: set(re.findall(r"`(\w+)`", imports))
        for names, imports, _ in rows("docs/architecture.md", "## Modules")
        for module in re.findall(r"`(\w+)`", names)
    }
    found = {name: needs for name, needs in manifest().items() if name not in FUNCTIONS}
    libraries = {name for name, needs in found.items() if (ROOT / "Sources" / name).is_dir()}
    assert table == {name: found[name] for name in libraries}


def test_the_drawing_of_the_modules_has_the_same_arrows() -> None:
    drawing = re.search(r"```mermaid\n(.*?)```", (ROOT / "docs/architecture.md").read_text(), re.DOTALL)
    assert drawing
    arrows = {(source, target) for source, target in re.findall(r"^ *(\w+) --> (\w+)$", drawing[1], re.MULTILINE)}
    modules = {name for name in manifest() if (ROOT / "Sources" / name).is_dir()}
    assert arrows == {(name, needed) for name in modules for needed in manifest()[name] & modules}


@pytest.mark.parametrize("heading", ["## The way of a Kinesis record", "## The way of an order sent by SNS"])
def test_a_way_through_the_files_passes_each_file_once(heading: str) -> None:
    """That the files exist is tested above."""
    text = (ROOT / "docs/architecture.md").read_text().partition(f"\n{heading}\n")[2].partition("\n## ")[0]
    files = re.findall(r"`(Sources/[^`]+\.swift)`", text)
    assert len(files) > 10
    assert len(files) == len(set(files))
