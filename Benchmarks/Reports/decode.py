"""Measures decoding, all sides in turn, and prints a Markdown table with ratios."""

import subprocess
import sys
from pathlib import Path

import tables
from tables import Aim

import events

PEER = Path(__file__).resolve().parent.parent / "Decode/python_peer.py"
# Records and bytes of an order. The first five are the flatness of a record's cost, the rest the sizes.
CASES = [(1, 600), (10, 600), (100, 600), (1_000, 600), (10_000, 600), (1_000, 400), (1_000, 1_000), (1_000, 8_000)]
# The case that the aims are for.
MAIN = (1_000, 600)
# CPU time of one measurement; short, so that the sides meet the same load.
SLICE = 0.05


class Side:
    """A process that has all events in memory and decodes one when asked."""

    def __init__(self, name, command, files):
        self.name = name
        self.process = subprocess.Popen(
            [*map(str, command), *map(str, files)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def ask(self, case, times):
        """CPU seconds of one time, and the checksum."""
        self.process.stdin.write(f"{case} {times}\n")
        self.process.stdin.flush()
        answer = self.process.stdout.readline().split()
        if len(answer) != 2:
            sys.exit(f"bench: {self.name} ended with status {self.process.wait()}")
        return int(answer[0]) / 1e9 / times, int(answer[1])

    def close(self):
        self.process.stdin.close()
        self.process.wait()


def measure(sides, rounds):
    """CPU microseconds of a record, for each case and side a list of measurements."""
    results = {case: {side.name: [] for side in sides} for case in CASES}
    times = []
    for index, case in enumerate(CASES):
        # The first time also warms up, and says how many make a slice.
        first = {side.name: side.ask(index, 1) for side in sides}
        times.append({name: max(1, round(SLICE / seconds)) for name, (seconds, _) in first.items()})
        if len({checksum for _, checksum in first.values()}) != 1:
            sys.exit(f"bench: the sides disagree on {case}: {first}")
    # The cases take turns as the sides do: a machine whose speed changes would make one dearer than another.
    for number in range(rounds):
        print(f"  round {number + 1} of {rounds} …", file=sys.stderr)
        for index, case in enumerate(CASES):
            for side in sides:
                seconds, _ = side.ask(index, times[index][side.name])
                results[case][side.name].append(seconds * 1e6 / case[0])
    return results


def table(results, names):
    rows = []
    for (records, size), samples in results.items():
        ours = tables.median(samples["ours"])
        row = [f"{records:,} × {size / 1000:g} KB"]
        for name in names:
            value = tables.median(samples[name])
            row.append(f"{value:.2f} ± {tables.spread(samples[name]):.0%}")
            if name != "ours":
                row.append(f"{value / ours:.1f} ×")
        rows.append(row)
    head = ["event"]
    for name in names:
        head += [f"{name}, µs"] if name == "ours" else [f"{name}, µs", "÷ ours"]
    return tables.markdown(head, rows)


def aims(results):
    def cost(case, name):
        return tables.median(results[case][name])

    ours = cost(MAIN, "ours")
    flat = [cost((records, 600), "ours") for records in (10, 100, 1_000, 10_000)]
    yield Aim("CPU µs per order, 1,000 × 0.6 KB", ours, 2.5, "at most")
    yield Aim("CPython json / ours", cost(MAIN, "json") / ours, 4.5, "at least")
    yield Aim("orjson / ours", cost(MAIN, "orjson") / ours, 2.5, "at least")
    # What flat means: the issue gives no number.
    yield Aim("dearest / cheapest record from 10 to 10,000 records", max(flat) / min(flat), 1.25, "at most")


def main():
    own = [(name, {"type": Path, "required": True}) for name in ("--work", "--binary", "--python")]
    options = tables.arguments(__doc__, *own)
    report = tables.Report("decode", "Decode", options)
    files = []
    for records, size in CASES:
        file = options.work / f"kinesis-{records}-{size}.json"
        file.write_bytes(events.kinesis_event(records, size))
        files.append(file)
    commands = {
        "ours": [options.binary, "ours"],
        "JSONDecoder": [options.binary, "foundation"],
        "json": [options.python, PEER, "json"],
        "orjson": [options.python, PEER, "orjson"],
    }
    sides = [Side(name, command, files) for name, command in commands.items()]
    results = measure(sides, 3 if options.quick else 15)
    for side in sides:
        side.close()
    text = "CPU time per record, event bytes to orders, base64 included.\n\n" + table(results, list(commands))
    cases = [{"records": r, "size": s, "cpu_us_per_record": samples} for (r, s), samples in results.items()]
    report.finish(text, cases, aims(results))


if __name__ == "__main__":
    main()
