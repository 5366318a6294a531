"""Plots as SVG, with nothing but text: readable on light and on dark pages, since they bring their own background."""

from html import escape
from math import ceil, floor, log10

STYLE = """
text { font: 13px system-ui, -apple-system, "Segoe UI", "DejaVu Sans", sans-serif; fill: #1f2933 }
.title { font-size: 16px; font-weight: 600 }
.note { fill: #52606d; font-size: 12px }
.page { fill: #ffffff }
.grid { stroke: #d9dee4; stroke-width: 1 }
.link { stroke: #aab4bf; stroke-width: 3 }
.ours { fill: #d9480f }
.python { fill: #2b6cb0 }
.rest { fill: #aab4bf }
.part0 { fill: #d9480f }
.part1 { fill: #e8a33d }
.part2 { fill: #2b6cb0 }
.part3 { fill: #2f9e6e }
.part4 { fill: #9b59b6 }
.part5 { fill: #8c6d4f }
.part6 { fill: #7b8794 }
@media (prefers-color-scheme: dark) {
  text { fill: #e4e7eb }
  .note { fill: #9aa5b1 }
  .page { fill: #14181d }
  .grid { stroke: #323b45 }
  .link { stroke: #616e7c }
  .ours { fill: #ff8a4c }
  .python { fill: #63a4e8 }
  .rest { fill: #616e7c }
}
"""
WIDTH = 860
# Where the names end, and where the plot ends: behind it stand ratios and sums.
LEFT, RIGHT = 240, 730
# Where names of stacked bars end, with "before" and "after" behind them.
STACKS = 340
# A row of dots, and a pair of bars.
ROW, PAIR = 34, 54


class Drawing:
    """Shapes from the top down; their class says their colour."""

    def __init__(self, title, *notes):
        self.parts = []
        self.y = 36
        self.text(24, self.y, title, "title")
        for note in notes:
            self.y += 20
            self.text(24, self.y, note, "note")

    def text(self, x, y, words, kind="", anchor="start"):
        self.parts.append(f'<text x="{x:.1f}" y="{y:.1f}" class="{kind}" text-anchor="{anchor}">{escape(words)}</text>')

    def line(self, x1, y1, x2, y2, kind):
        self.parts.append(f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" class="{kind}"/>')

    def dot(self, x, y, kind):
        self.parts.append(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="7" class="{kind}"/>')

    def bar(self, x1, x2, y, height, kind):
        width = max(0, x2 - x1)
        self.parts.append(f'<rect x="{x1:.1f}" y="{y:.1f}" width="{width:.1f}" height="{height}" class="{kind}"/>')

    def legend(self, entries):
        """Begins a panel."""
        self.y += 38
        x = LEFT
        for kind, words in entries:
            self.bar(x, x + 12, self.y - 10, 12, kind)
            self.text(x + 18, self.y, words, "note")
            x += 44 + 6.6 * len(words)
        self.y += 16

    def axis(self, ticks, place, height, label):
        """Grid and numbers of a panel whose rows take that height."""
        bottom = self.y + height
        for value, words in ticks:
            self.line(place(value), self.y, place(value), bottom, "grid")
            self.text(place(value), bottom + 18, words, "note", "middle")
        self.text((LEFT + RIGHT) / 2, bottom + 40, label, "note", "middle")

    def dots(self, rows, label):
        """A panel of pairs on a logarithmic axis, where equal ratios look equal; rows are (name, ours, Python's)."""
        low = log10(min(min(row[1:]) for row in rows)) - 0.15
        high = log10(max(max(row[1:]) for row in rows)) + 0.15

        def place(value):
            return LEFT + (log10(value) - low) / (high - low) * (RIGHT - LEFT)

        self.legend([("ours", "this project"), ("python", "Python with boto3")])
        marks = [factor * 10.0**power for power in range(floor(low), ceil(high)) for factor in (1, 3)]
        ticks = [(mark, f"{mark:,.{max(0, -floor(log10(mark)))}f}") for mark in marks if low <= log10(mark) <= high]
        self.axis(ticks, place, ROW * len(rows), label)
        for index, (name, ours, python) in enumerate(rows):
            y = self.y + ROW * (index + 0.5)
            self.text(LEFT - 16, y + 5, name, anchor="end")
            self.line(place(python), y, place(ours), y, "link")
            self.dot(place(python), y, "python")
            self.dot(place(ours), y, "ours")
            self.text(RIGHT + 16, y + 5, f"{max(ours / python, python / ours):.1f} ×")
        self.y += ROW * len(rows) + 46

    def bars(self, rows, label):
        """A panel of pairs of bars; rows are (name, ours, Python's), each of the two (coloured part, whole)."""
        most = max(whole for _, *sides in rows for _, whole in sides)
        step = step_of(most)
        end = ceil(most / step) * step

        def place(value):
            return LEFT + value / end * (RIGHT - LEFT)

        self.legend([("rest", "all else"), ("ours", "Lambda duration: this project"), ("python", "Python")])
        digits = 0 if step >= 1 else 1
        ticks = [(step * index, f"{step * index:.{digits}f}") for index in range(round(end / step) + 1)]
        self.axis(ticks, place, PAIR * len(rows), label)
        for index, (name, *sides) in enumerate(rows):
            y = self.y + PAIR * index + 8
            self.text(LEFT - 16, y + 24, name, anchor="end")
            for offset, kind, (part, whole) in zip((0, 20), ("ours", "python"), sides, strict=True):
                self.bar(place(0), place(whole - part), y + offset, 17, "rest")
                self.bar(place(whole - part), place(whole), y + offset, 17, kind)
                self.text(max(place(whole), LEFT) + 8, y + offset + 13, f"{whole:.2f}", "note")
        self.y += PAIR * len(rows) + 46

    def stacks(self, rows, parts, label):
        """A panel of pairs of stacked bars; rows are (name, before, after), each of the two USD by part."""
        kinds = {part: f"part{index}" for index, part in enumerate(parts)}
        unknown = {part for _, *sides in rows for side in sides for part in side} - set(parts)
        if unknown:
            raise ValueError(f"these parts have no colour: {sorted(unknown)}")
        most = max(sum(side.values()) for _, *sides in rows for side in sides)
        step = step_of(most)
        end = ceil(most / step) * step

        def place(value):
            return STACKS + value / end * (RIGHT - STACKS)

        self.y += 32
        x = 24
        for part, kind in kinds.items():
            self.bar(x, x + 12, self.y - 10, 12, kind)
            self.text(x + 18, self.y, part, "note")
            x += 38 + 6.4 * len(part)
        self.y += 16
        ticks = [(step * index, f"{step * index:.{0 if step >= 1 else 1}f}") for index in range(round(end / step) + 1)]
        self.axis(ticks, place, PAIR * len(rows), label)
        for index, (name, *sides) in enumerate(rows):
            y = self.y + PAIR * index + 8
            self.text(STACKS - 64, y + 24, name, anchor="end")
            for offset, words, side in zip((0, 20), ("before", "after"), sides, strict=True):
                self.text(STACKS - 8, y + offset + 13, words, "note", "end")
                start = 0
                for part in parts:
                    self.bar(place(start), place(start + side.get(part, 0)), y + offset, 17, kinds[part])
                    start += side.get(part, 0)
                self.text(place(start) + 8, y + offset + 13, f"{start:.2f}", "note")
        self.y += PAIR * len(rows) + 46

    def svg(self):
        height = self.y + 18
        return "\n".join(
            [
                f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img">',
                f"<style>{STYLE}</style>",
                f'<rect class="page" width="{WIDTH}" height="{height}" rx="8"/>',
                *self.parts,
                "</svg>\n",
            ]
        )


def step_of(most):
    """A round distance of ticks, so that there are four to eight of them."""
    power = 10 ** floor(log10(most))
    return next(power * factor for factor in (0.1, 0.2, 0.5, 1, 2) if most / (power * factor) <= 8)


def speeds(rows, note):
    """Records per second: rows are (name, ours, Python's)."""
    drawing = Drawing("Records per second of one instance of a function", note)
    drawing.dots(rows, "records per second, logarithmic")
    return drawing.svg()


def bills(functions, orders, *notes):
    """USD: what differs, (function, ours, Python's), and what is paid, (path, (duration, all) of ours, of Python's)."""
    drawing = Drawing("Cost of a million orders", *notes)
    drawing.dots(functions, "Lambda duration, USD per million records, logarithmic")
    drawing.bars(orders, "everything an order meets on its way, USD per million orders")
    return drawing.svg()
