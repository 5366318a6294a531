"""Reads console blocks, and compares what a command said with what the block shows.

    $ scripts/orders send --sns order.json
    sent 1 order to arn:aws:sns:[…]

A command goes on with the next line after a backslash or a pipe. `[…]` stands for what is left out: in a line for any
text, alone on a line for any lines. Times, ports, ids and account numbers differ from run to run and match their like.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from pipeline.stack import ROOT

DOCUMENTS = sorted(
    path
    for path in [*ROOT.glob("*.md"), *ROOT.glob("docs/**/*.md"), ROOT / "Tests/Fuzzing/README.md"]
    # A benchmark writes it.
    if path.name != "results.md"
)
LEFT_OUT = "[…]"
# In the order in which they are tried at each place: what the document shows, and what may stand there.
VOLATILE = (
    (r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z", r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?Z"),
    (r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}", r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}"),
    (r"127\.0\.0\.1:\d+", r"127\.0\.0\.1:\d+"),
    (r"\b[0-9A-Z]{12,}\b", r"[0-9A-Z]{12,}"),
    (r"\b\d+(?:\.\d+)?(?= (?:s|ms|MB|min)\b)", r"\d+(?:\.\d+)?"),
    # Columns are aligned by such values.
    (r"[ \t]+", r"[ \t]+"),
)
# A step that takes long says so every ten seconds.
PROGRESS = re.compile(r"  … \d+ s")


@dataclass
class Command:
    """One command of a block with the lines that it is said to print, on either output."""

    text: str
    output: list[str] = field(default_factory=list)


@dataclass
class Block:
    """One fenced block, by its document and its number there."""

    document: str
    number: int
    commands: list[Command]

    def __str__(self) -> str:
        return f"{self.document}, block {self.number}"

    @property
    def text(self) -> str:
        return "\n".join(command.text for command in self.commands)

    @property
    def needs_archive(self) -> bool:
        """Whether it works on an archive that has what the document looks for."""
        return re.search(r"\bARCHIVE\b", self.text) is not None


def blocks_of(path: Path) -> list[Block]:
    found = re.findall(r"^( *)```console\n(.*?)^\1```$", path.read_text(), re.DOTALL | re.MULTILINE)
    name = str(path.relative_to(ROOT))
    return [Block(name, number, commands_of(textwrap.dedent(text))) for number, (_, text) in enumerate(found, 1)]


def commands_of(text: str) -> list[Command]:
    commands: list[Command] = []
    goes_on = False
    for line in text.splitlines():
        if line.startswith("$ "):
            commands.append(Command(line[2:]))
        elif goes_on:
            commands[-1].text += f"\n{line}"
        else:
            commands[-1].output.append(line)
        goes_on = (line.startswith("$ ") or goes_on) and line.rstrip().endswith(("\\", "|"))
    return commands


def line_pattern(line: str) -> str:
    """A regular expression for a line that the document shows."""
    pattern = ""
    while line:
        for shown, allowed in ((re.escape(LEFT_OUT), ".*"), *VOLATILE):
            # A word boundary is one of the whole line.
            if found := re.match(shown, line):
                pattern, line = pattern + allowed, line[found.end() :]
                break
        else:
            word = re.match(r"[A-Za-z]+|.", line)
            assert word
            pattern, line = pattern + re.escape(word[0]), line[word.end() :]
    return pattern


def difference(shown: Sequence[str], said: str) -> str | None:
    """The first line of the document that the command did not say where it should have; None if it said all."""
    lines = [line for line in said.splitlines() if not PROGRESS.fullmatch(line)]
    position, may_skip = 0, False
    for line in shown:
        if line.strip() == LEFT_OUT:
            may_skip = True
            continue
        candidates = range(position, len(lines)) if may_skip else range(position, min(position + 1, len(lines)))
        pattern = re.compile(line_pattern(line.rstrip()) + r"\s*")
        place = next((number for number in candidates if pattern.fullmatch(lines[number])), None)
        if place is None:
            return line
        position, may_skip = place + 1, False
    if shown and not may_skip and position < len(lines):
        return f"the end, and not {lines[position]!r}"
    return None
