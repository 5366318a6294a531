"""The demo's text on a terminal: what fits into its columns, and when there are colours."""

from __future__ import annotations

import io
import re

import pytest

from pipeline.screen import BOLD, Screen, shortened, width


class Output(io.StringIO):
    def __init__(self, is_terminal: bool) -> None:
        super().__init__()
        self._is_terminal = is_terminal

    def isatty(self) -> bool:
        return self._is_terminal


@pytest.mark.parametrize(
    ("text", "limit", "expected"),
    [
        ("9 orders", 8, "9 orders"),
        ("9 orders", 7, "9 orde…"),
        ("9 orders", 1, "…"),
        ("9 orders", 0, ""),
        ("9 orders", -47, ""),
        ("", 0, ""),
        # Each of these takes two columns.
        ("三件の注文", 10, "三件の注文"),
        ("三件の注文", 9, "三件の注…"),
        ("三件の注文", 8, "三件の…"),
        ("三件の注文", 1, "…"),
    ],
)
def test_a_text_takes_no_more_than_its_columns(text: str, limit: int, expected: str) -> None:
    assert shortened(text, limit) == expected
    assert width(expected) <= max(0, limit)


@pytest.mark.parametrize(
    ("is_terminal", "variables", "is_written_over", "has_colours"),
    [
        (True, {}, True, True),
        (True, {"NO_COLOR": ""}, True, True),
        (True, {"NO_COLOR": "1"}, True, False),
        (True, {"TERM": "dumb"}, False, False),
        (False, {}, False, False),
    ],
)
def test_colours_and_progress_are_for_terminals_and_no_color_is_about_colours_alone(
    monkeypatch: pytest.MonkeyPatch,
    is_terminal: bool,
    variables: dict[str, str],
    is_written_over: bool,
    has_colours: bool,
) -> None:
    monkeypatch.delenv("NO_COLOR", raising=False)
    monkeypatch.setenv("TERM", "xterm")
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    output = Output(is_terminal)
    screen = Screen(output)
    assert (screen.is_terminal, screen.has_colours) == (is_written_over, has_colours)
    assert (screen.style("9 orders", BOLD) != "9 orders") == has_colours
    with screen.progress("Sending") as progress:
        progress.update("9 orders")
    assert ("\r" in output.getvalue()) == is_written_over


@pytest.mark.parametrize("columns", [10, 20, 55, 56, 80])
def test_a_line_that_is_written_over_does_not_wrap(monkeypatch: pytest.MonkeyPatch, columns: int) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", str(columns))
    output = Output(is_terminal=True)
    with Screen(output).progress("Waiting until every queue is empty and all is stored") as progress:
        progress.update("409 orders, 3 differences")
        shown = output.getvalue()
    text = re.sub(r"\r|\033\[[0-9;]*[Km]", "", shown)
    # In the last column a terminal may already go on to the next line.
    assert text.startswith("  … W") and width(text) < columns, text
