"""Measures the runtime, all sides in turn: RuntimeProbe, the least C loop that can serve invocations, awslambdaric."""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import tables
from tables import Aim

import events

PEER = Path(__file__).resolve().parent.parent / "Runtime"
# Bytes and invocations of a round, and the most that p50 may be of the floor's where each side has a processor.
SIZES = {"1 KB": (1024, 20_000, 1.25), "256 KB": (262_144, 4_000, 1.5)}
# The most that CPU may be of the floor's, at each size, and its microseconds at 1 KB, where driver and bootstrap share
# one processor: there neither waits for another to wake, which would hide what the runtime does.
PINNED_RATIO = 1.25
PINNED_CPU = 13
ROUNDS = 5
STARTS = 20


def drive(work, command, *options, cpu=None):
    """What the driver says of one run of a bootstrap; `cpu`: the one processor that both have."""
    environment = dict(os.environ, AWS_LAMBDA_LOG_FORMAT="JSON", _HANDLER="python_peer.handler", PYTHONPATH=str(PEER))
    prefix = [] if cpu is None else ["taskset", "--cpu-list", str(cpu)]
    arguments = [*prefix, *(str(part) for part in (work / "driver", *options, *command))]
    done = subprocess.run(arguments, env=environment, capture_output=True, text=True, cwd=PEER)
    if done.returncode:
        sys.exit(f"bench: {' '.join(map(str, command))}: {done.stderr.strip()}")
    return json.loads(done.stdout)


def echo(work, size):
    """The driver's options for an event of that size."""
    file = work / f"echo-{size}.json"
    file.write_bytes(events.echoed(size))
    return ["--echo", "--event", file]


def system_calls(work, command, size):
    """Per warm invocation: the difference between a long and a short run."""
    if not shutil.which("strace"):
        return None
    counts = []
    for invocations in (100, 1100):
        with tempfile.NamedTemporaryFile() as report:
            traced = ["strace", "-f", "-c", "-o", report.name, *command]
            drive(work, traced, *echo(work, size), "--invocations", invocations)
            # Share, seconds, microseconds a call, calls.
            total = re.search(r"^100\.00\s+\S+\s+\d+\s+(\d+)\s.*total$", Path(report.name).read_text(), re.M)
            counts.append(int(total[1]))
    return (counts[1] - counts[0]) / 1000


def measure_starts(work, sides, rounds):
    """For each side lists of microseconds, with the bootstrap in the page cache and out of it."""
    results = {side: {} for side in sides}
    for _ in range(rounds):
        for side, command in sides.items():
            for prefix, options in (("", []), ("dropped_", ["--dropped"])):
                for key, value in drive(work, command, "--invocations", 0, *options).items():
                    results[side].setdefault(prefix + key, []).append(value)
    return results


def measure_echoes(work, sides, size, invocations, cpu=None):
    """For each side, and each thing that the driver measures, one number a round."""
    results = {side: {} for side in sides}
    # In turn, so that what else the machine does meets all sides alike.
    for _ in range(ROUNDS):
        for side, command in sides.items():
            count = invocations // (4 if side == "awslambdaric" else 1)
            options = [*echo(work, size), "--invocations", count, "--warmup", count // 20 + 1]
            for key, value in drive(work, command, *options, cpu=cpu).items():
                results[side].setdefault(key, []).append(value)
    return results


def echo_table(name, results, system_calls=None):
    floor = results["floor"]
    rows = []
    for side, result in results.items():

        def cell(key, measured=result):
            value = tables.median(measured[key])
            return f"{value:,.1f} ± {tables.spread(measured[key]):.0%} ({value / tables.median(floor[key]):.2f})"

        row = [side, cell("p50_us"), cell("p99_us"), f"{tables.median(result['per_second']):,.0f}", cell("cpu_us")]
        if system_calls:
            calls = system_calls[side]
            row += ["–" if calls is None else f"{calls:.1f}", f"{tables.median(result['peak_mb']):.1f}"]
        rows.append(row)
    head = [name, "p50 µs", "p99 µs", "a second", "CPU µs", *(["system calls", "peak MB"] if system_calls else [])]
    return tables.markdown(head, rows)


def start_table(results):
    keys = ("start_us", "start_cpu_us", "dropped_start_us", "dropped_start_cpu_us")
    rows = [
        [side, *(f"{tables.median(result[key]) / 1000:.2f} ± {tables.spread(result[key]):.0%}" for key in keys)]
        for side, result in results.items()
    ]
    return tables.markdown(["start to the first next, ms", "wall", "CPU", "dropped: wall", "CPU"], rows)


def aims(starts, echoes, pinned, calls, archive):
    def ratio(results, key):
        return tables.median(results["RuntimeProbe"][key]) / tables.median(results["floor"][key])

    for name, (_, _, limit) in SIZES.items():
        yield Aim(f"{name} echo: p50 / floor", ratio(echoes[name], "p50_us"), limit, "at most")
    for name, results in pinned.items():
        yield Aim(f"{name} echo on one processor: CPU / floor", ratio(results, "cpu_us"), PINNED_RATIO, "at most")
    cpu = tables.median(pinned["1 KB"]["RuntimeProbe"]["cpu_us"])
    yield Aim("1 KB echo on one processor: CPU µs", cpu, PINNED_CPU, "at most")
    yield Aim("1 KB echo: system calls", calls["1 KB"]["RuntimeProbe"], 6, "at most")
    start = tables.median(starts["RuntimeProbe"]["start_cpu_us"]) / 1000
    yield Aim("start to the first next: CPU ms", start, 2, "at most")
    yield Aim("RuntimeProbe.zip: MB", archive / 1e6, 3.5, "at most")
    one = echoes["1 KB"]
    python = tables.median(one["awslambdaric"]["cpu_us"]) / tables.median(one["RuntimeProbe"]["cpu_us"])
    yield Aim("1 KB echo: CPU of awslambdaric / ours", python, 3, "at least")


def main():
    own = [(name, {"type": Path, "required": True}) for name in ("--work", "--probe", "--python")]
    options = tables.arguments(__doc__, *own)
    report = tables.Report("runtime", "Runtime", options)
    work = options.work
    sides = {"floor": [work / "floor"], "RuntimeProbe": [options.probe / "bootstrap"]}
    sides["awslambdaric"] = [options.python.absolute(), "-m", "awslambdaric", "python_peer.handler"]
    starts = measure_starts(work, sides, 3 if options.quick else STARTS)
    # The last one: interrupts mostly go to the first.
    cpu = max(os.sched_getaffinity(0))
    echoes, pinned, calls = {}, {}, {}
    for name, (size, invocations, _) in SIZES.items():
        print(f"  {name} echo …", file=sys.stderr)
        count = invocations // (10 if options.quick else 1)
        echoes[name] = measure_echoes(work, sides, size, count)
        pinned[name] = measure_echoes(work, sides, size, count, cpu)
        calls[name] = {side: system_calls(work, command, size) for side, command in sides.items()}
    parts = [
        "Echo of orders as JSON over plain HTTP, one after the other. In brackets the ratio to the floor, the least C "
        'loop that can serve invocations. "One processor": the driver and the bootstrap share it. "Dropped": the '
        "bootstrap is out of the page cache; for awslambdaric that is the interpreter only.",
        *(echo_table(f"{name} echo", result, calls[name]) for name, result in echoes.items()),
        *(echo_table(f"{name} echo, one processor", result) for name, result in pinned.items()),
        start_table(starts),
    ]
    zipped = options.probe.with_suffix(".zip").stat().st_size
    results = {"starts": starts, "echoes": echoes, "pinned": pinned, "system_calls": calls, "zip_bytes": zipped}
    report.finish("\n\n".join(parts), results, aims(starts, echoes, pinned, calls, zipped))


if __name__ == "__main__":
    main()
