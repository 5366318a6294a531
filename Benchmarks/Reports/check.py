"""Counts the instructions of decoding and of an invocation of each handler, and compares them with what is committed.

Instructions, unlike time, are the same on an idle and on a busy machine. Each number is half the difference between
three times and once, so that starting the process is in none of them.
"""

import argparse
import json
import os
import platform
import re
import subprocess
import sys
from pathlib import Path

import events

THRESHOLDS = Path(__file__).resolve().parent.parent / "thresholds.json"
# What a number may differ from the committed one, either way: a gain is committed, too, so that it is not lost again.
TOLERANCE = 0.05
# Name: the program and what it is given; the event stands last but one in its arguments or last.
CASES = {
    "decode, 1,000 records of 0.6 KB": ("decode", events.kinesis_event(1_000, 600)),
    "AnalyticsAggregator, 100 records, event claims": ("AnalyticsAggregator", events.kinesis_event(100, 600)),
    "AnalyticsAggregator, 100 records, positions alone": ("AnalyticsAggregator-shard", events.kinesis_event(100, 600)),
    "OrderArchiver, 100 records": ("OrderArchiver", events.kinesis_event(100, 600)),
    "OrderIntake, 1 order": ("OrderIntake", events.http_event()),
    "OrderWriter, 10 messages": ("OrderWriter", events.sqs_event(10)),
    "NormalOrdersProcessor, 100 changes": ("NormalOrdersProcessor", events.pipe_event(100)),
    "PremiumOrdersProcessor, 10 changes": ("PremiumOrdersProcessor", events.pipe_event(10)),
}


def instructions(command):
    # Else each process hashes with a seed of its own and fills its dictionaries in an order of its own.
    environment = {"PATH": os.environ["PATH"], "SWIFT_DETERMINISTIC_HASHING": "1"}
    tool = ["valgrind", "--tool=callgrind", "--callgrind-out-file=/dev/null"]
    done = subprocess.run([*tool, *map(str, command)], env=environment, capture_output=True, text=True)
    total = re.search(r"Collected : (\d+)", done.stderr)
    if done.returncode or not total:
        sys.exit(f"bench: {' '.join(map(str, command))} failed:\n{done.stdout}{done.stderr}")
    if '"itemIdentifier"' in done.stdout or '"statusCode":4' in done.stdout or '"statusCode":5' in done.stdout:
        sys.exit(f"bench: {command[1]} did not take what it was given: {done.stdout}")
    return int(total[1])


def count(binaries, work, target, event):
    file = work / "check.json"
    file.write_bytes(event)

    def command(times):
        if target == "decode":
            return [binaries / "DecodeBenchmark", "ours", "--once", times, file]
        return [binaries / "InvocationBenchmark", target, file, times]

    return (instructions(command(3)) - instructions(command(1))) // 2


def compiler():
    version = subprocess.run(["swift", "--version"], capture_output=True, text=True).stdout
    return re.search(r"Swift version (\S+)", version)[1]


def is_off(before, value):
    """Whether a number is another than the committed one, or there is none."""
    return before is None or abs(value / before - 1) > TOLERANCE


def updated(before, counted, named=()):
    """The numbers to commit: of cases that are off or named. Others stay: small rises add up until they show."""
    return {
        name: value if name in named or is_off(before.get(name), value) else before[name]
        for name, value in counted.items()
    }


def changes(before, after):
    """A line for each number that is written anew."""
    for name, value in after.items():
        if name not in before:
            yield f"new    {name}: {value:,} instructions"
        elif value != before[name]:
            word = "RISE  " if value > before[name] else "gain  "
            yield f"{word} {name}: {before[name]:,} to {value:,} instructions ({value / before[name] - 1:+.2%})"
    yield from (f"gone   {name}" for name in before if name not in after)


def compare(before, counted, *, is_comparable):
    """A line for each case, and how many fail: cases that are off, and those that only one side has, on any machine."""
    lines, failed = [], 0
    for name, value in counted.items():
        is_failed = name not in before or (is_comparable and is_off(before[name], value))
        change = f"{value / before[name] - 1:+.2%}" if name in before else "not committed yet"
        lines.append(f"{'FAILED' if is_failed else 'ok    '} {name}: {value:,} instructions ({change})")
        failed += is_failed
    gone = [name for name in before if name not in counted]
    lines += [f"FAILED {name}: committed, but no case of this check" for name in gone]
    return lines, failed + len(gone)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--binaries", type=Path, required=True)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--update", nargs="*", metavar="CASE", help="commit to what is counted now: see scripts/bench")
    options = parser.parse_args()
    if unknown := set(options.update or ()) - CASES.keys():
        parser.error(f"there is no case {', '.join(map(repr, unknown))}; there are: {'; '.join(CASES)}")
    here = {"swift": compiler(), "architecture": platform.machine()}
    counted = {name: count(options.binaries, options.work, *case) for name, case in CASES.items()}
    committed = json.loads(THRESHOLDS.read_text())
    is_comparable = {key: committed[key] for key in here} == here
    before = committed["instructions"]
    if options.update is not None:
        # Numbers of another compiler or architecture are no measure for these.
        after = updated(before, counted, options.update) if is_comparable else counted
        THRESHOLDS.write_text(json.dumps({**here, "instructions": after}, indent=4) + "\n")
        print("\n".join(changes(before, after)) or "No case is off: nothing is written anew.")
        before, is_comparable = after, True
    lines, failed = compare(before, counted, is_comparable=is_comparable)
    print("\n".join(lines))
    if not is_comparable:
        print(f"Only shown: the committed numbers are of Swift {committed['swift']}, {committed['architecture']}.")
    if failed:
        print("If the change is meant, commit the numbers that scripts/bench --check --update writes.")
    sys.exit(1 if failed else 0)


if __name__ == "__main__":
    main()
