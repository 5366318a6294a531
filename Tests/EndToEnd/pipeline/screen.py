"""Text for people: aligned tables and progress, in colour on a terminal and plain elsewhere."""

from __future__ import annotations

import os
import shutil
import sys
import time
import unicodedata
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TextIO

BOLD, DIM, RED, GREEN, CYAN = "1", "2", "31", "32", "36"


@dataclass
class Screen:
    stream: TextIO = field(default_factory=lambda: sys.stdout)
    started: float = field(default_factory=time.monotonic)

    @property
    def is_terminal(self) -> bool:
        """Whether a line can be written over."""
        return self.stream.isatty() and os.environ.get("TERM") != "dumb"

    @property
    def has_colours(self) -> bool:
        # An empty NO_COLOR turns nothing off: no-color.org.
        return self.is_terminal and not os.environ.get("NO_COLOR")

    def style(self, text: str, *codes: str) -> str:
        return f"\033[{';'.join(codes)}m{text}\033[0m" if self.has_colours and codes else text

    def line(self, text: str = "") -> None:
        print(text, file=self.stream, flush=True)

    def heading(self, text: str, note: str = "") -> None:
        self.line()
        self.line(self.style(text, BOLD, CYAN) + (self.style(f"  {note}", DIM) if note else ""))

    @contextmanager
    def progress(self, text: str) -> Iterator[Progress]:
        """One step: shown while it runs on a terminal, and with its time when it is done."""
        progress = Progress(self, text)
        try:
            yield progress
        except BaseException:
            progress.finish(failed=True)
            raise
        progress.finish()

    def table(self, header: Sequence[str], rows: Sequence[Sequence[object]], numbers: Sequence[int] = ()) -> None:
        """`numbers` are the columns that are aligned to the right."""
        cells = [[str(cell) for cell in row] for row in rows]
        widths = [max(width(line[column]) for line in [list(header), *cells]) for column in range(len(header))]
        self.line("  " + self.style(_aligned(header, widths, numbers), DIM))
        for row in cells:
            self.line("  " + _aligned(row, widths, numbers))


@dataclass
class Progress:
    screen: Screen
    text: str
    note: str = ""
    started: float = field(default_factory=time.monotonic)

    def update(self, note: str) -> None:
        self.note = note
        if self.screen.is_terminal:
            # A line that wraps could not be overwritten.
            room = shutil.get_terminal_size().columns - 8
            text = shortened(self.text, room)
            note = self.screen.style(shortened(note, room - width(text)), DIM)
            print(f"\r\033[K  … {text}  {note}", end="", file=self.screen.stream, flush=True)

    def finish(self, failed: bool = False) -> None:
        screen = self.screen
        if screen.is_terminal:
            print("\r\033[K", end="", file=screen.stream)
        mark = screen.style("✗", RED) if failed else screen.style("✓", GREEN)
        text = self.text + (f"  {self.note}" if self.note else "")
        screen.line(f"  {mark} {text:<64} {screen.style(f'{time.monotonic() - self.started:6.1f} s', DIM)}")


def width(text: str) -> int:
    """Columns on a terminal: wide characters take two, combining ones none."""
    return sum(
        0 if unicodedata.combining(character) else 2 if unicodedata.east_asian_width(character) in "WF" else 1
        for character in text
    )


def shortened(text: str, limit: int) -> str:
    """The text in so many columns at most."""
    if width(text) <= limit:
        return text
    if limit < 1:
        return ""
    while width(text) >= limit:
        text = text[:-1]
    return text + "…"


def _aligned(cells: Sequence[str], widths: Sequence[int], numbers: Sequence[int]) -> str:
    padded = []
    for column, cell in enumerate(cells):
        space = " " * (widths[column] - width(cell))
        padded.append(space + cell if column in numbers else cell + space)
    return "   ".join(padded).rstrip()
