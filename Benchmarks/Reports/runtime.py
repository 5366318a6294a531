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

PEER = Path(__file__).resolve().parent.parent / "Runtime"
# Bytes and invocations of a round, and the most that p50 may be of the floor's.
SIZES = {"1 KB": (1024, 20_000, 1.25), "256 KB": (262_144, 4_000, 1.5)}
ROUNDS = 5
STARTS = 20


def drive(work, command, *options):
    """What the driver says of one run of a bootstrap."""
    environment = dict(os.environ, AWS_LAMBDA_LOG_FORMAT="JSON", _HANDLER="python_peer.handler", PYTHONPATH=str(PEER))
    arguments = [str(part) for part in (work / "driver", *options, *command)]
    done = subprocess.run(arguments, env=environment, capture_output=True, text=True, cwd=PEER)
    if done.returncode:
        sys.exit(f"bench: {' '.join(map(str, command))}: {done.stderr.strip()}")
    return json.loads(done.stdout)


def system_calls(work, command, size):
    """Per warm invocation: the difference between a long and a short run."""
    if not shutil.which("strace"):
        return None
    counts = []
    for invocations in (100, 1100):
        with tempfile.NamedTemporaryFile() as report:
            traced = ["strace", "-f", "-c", "-o", report.name, *command]
            drive(work, traced, "--size", size, "--invocations", invocations)
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


def measure_echoes(work, sides, size, invocations):
    """For each side, and each thing that the driver measures, one number a round."""
    results = {side: {} for side in sides}
    # In turn, so that what else the machine does meets all sides alike.
    for _ in range(ROUNDS):
        for side, command in sides.items():
            count = invocations // (4 if side == "awslambdaric" else 1)
            options = ["--size", size, "--invocations", count, "--warmup", count // 20 + 1]
            for key, value in drive(work, command, *options).items():
                results[side].setdefault(key, []).append(value)
    for side, command in sides.items():
        results[side]["system_calls"] = system_calls(work, command, size)
    return results


def echo_table(name, results):
    floor = results["floor"]
    rows = []
    for side, result in results.items():

        def cell(key, measured=result):
            value = tables.median(measured[key])
            return f"{value:,.1f} ± {tables.spread(measured[key]):.0%} ({value / tables.median(floor[key]):.2f})"

        calls = result["system_calls"]
        row = [side, cell("p50_us"), cell("p99_us"), f"{tables.median(result['per_second']):,.0f}", cell("cpu_us")]
        rows.append([*row, "–" if calls is None else f"{calls:.1f}", f"{tables.median(result['peak_mb']):.1f}"])
    return tables.markdown([f"{name} echo", "p50 µs", "p99 µs", "a second", "CPU µs", "system calls", "peak MB"], rows)


def start_table(results):
    keys = ("start_us", "start_cpu_us", "dropped_start_us", "dropped_start_cpu_us")
    rows = [
        [side, *(f"{tables.median(result[key]) / 1000:.2f} ± {tables.spread(result[key]):.0%}" for key in keys)]
        for side, result in results.items()
    ]
    return tables.markdown(["start to the first next, ms", "wall", "CPU", "dropped: wall", "CPU"], rows)


def aims(starts, echoes, archive):
    for name, (_, _, limit) in SIZES.items():
        probe, floor = (tables.median(echoes[name][side]["p50_us"]) for side in ("RuntimeProbe", "floor"))
        yield Aim(f"{name} echo: p50 / floor", probe / floor, limit, "at most")
    one = echoes["1 KB"]
    yield Aim("1 KB echo: system calls", one["RuntimeProbe"]["system_calls"], 6, "at most")
    start = tables.median(starts["RuntimeProbe"]["start_cpu_us"]) / 1000
    yield Aim("start to the first next: CPU ms", start, 2, "at most")
    yield Aim("RuntimeProbe.zip: MB", archive / 1e6, 3.5, "at most")
    ratio = tables.median(one["awslambdaric"]["cpu_us"]) / tables.median(one["RuntimeProbe"]["cpu_us"])
    yield Aim("1 KB echo: CPU of awslambdaric / ours", ratio, 3, "at least")


def main():
    own = [(name, {"type": Path, "required": True}) for name in ("--work", "--probe", "--python")]
    options = tables.arguments(__doc__, *own)
    report = tables.Report("runtime", "Runtime", options)
    sides = {"floor": [options.work / "floor"], "RuntimeProbe": [options.probe / "bootstrap"]}
    sides["awslambdaric"] = [options.python.absolute(), "-m", "awslambdaric", "python_peer.handler"]
    starts = measure_starts(options.work, sides, 3 if options.quick else STARTS)
    echoes = {}
    for name, (size, invocations, _) in SIZES.items():
        print(f"  {name} echo …", file=sys.stderr)
        echoes[name] = measure_echoes(options.work, sides, size, invocations // (10 if options.quick else 1))
    parts = [
        "Echo of an event over plain HTTP, one after the other. In brackets the ratio to the floor, the least C loop "
        'that can serve invocations. "Dropped": the bootstrap is out of the page cache; for awslambdaric that is the '
        "interpreter only.",
        *(echo_table(name, result) for name, result in echoes.items()),
        start_table(starts),
    ]
    zipped = options.probe.with_suffix(".zip").stat().st_size
    results = {"starts": starts, "echoes": echoes, "zip_bytes": zipped}
    report.finish("\n\n".join(parts), results, aims(starts, echoes, zipped))


if __name__ == "__main__":
    main()
