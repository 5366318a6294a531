"""Measures memory: peaks by the size of the event, and growth over many invocations."""

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import handlers
import services
import tables
from runtime_api import Function
from tables import Aim

import events

PEAK_LIMIT = 64
# Lambda's limit is 6 MiB; its events of records are a little smaller.
SIZES = [(1, "1 record"), (750, "1 MB"), (2_250, "3 MB"), (4_600, "6 MB")]
# Bootstraps that are invoked often: an event with one record each (the probe's: an order of 1 KB), and how often.
# A million of each would take a quarter of an hour. Writer and aggregator go through all that an invocation can touch:
# runtime, decoding, HTTP client, signing, logging, an item, an update. The archiver makes four requests an event,
# and the premium processor shares all but its one operation with them: these get a tenth. The slowest come first, so
# that all processors have work to the end.
MILLION = 1_000_000
REPEATED = {
    "AnalyticsAggregator": (events.kinesis_event(1, 600), MILLION),
    "OrderWriter": (events.sqs_event(1), MILLION),
    "OrderArchiver": (events.kinesis_event(1, 600), MILLION // 10),
    "NormalOrdersProcessor": (events.pipe_event(1), MILLION),
    "RuntimeProbe": (events.echoed(1_024), MILLION),
    "PremiumOrdersProcessor": (events.pipe_event(1), MILLION // 10),
}
# After so many everything is there that stays.
EARLY = 10_000


def measure_peaks(options):
    """Peak MB of a process that got one event of each size, by size."""
    peaks = {}
    stub = services.Stub(options.work / "stub")
    for name in ("AnalyticsAggregator", "OrderArchiver"):
        peaks[name] = {}
        settings = services.environment(stub.port, name, {})
        for records, label in SIZES:
            function = Function([options.dist / name / "bootstrap"], settings)
            handlers.check(name, function.invoke(events.kinesis_event(records, 600)))
            peaks[name][label] = function.memory()
            function.close()
    stub.close()
    return peaks


def repeat(options, name, event, invocations):
    """What the driver says of that many invocations of a bootstrap, in front of a stub of its own."""
    stub = services.Stub(options.work / "stub")
    command = [options.work / "driver", "--name", name, "--log", "/dev/null"]
    command += ["--invocations", invocations, "--resident-after", EARLY]
    file = options.work / f"repeated-{name}.json"
    file.write_bytes(event)
    command += ["--event", file, options.dist / name / "bootstrap"]
    settings = services.environment(stub.port, name, {})
    # The driver says on standard error how far it is, and why it gives up.
    done = subprocess.run([str(part) for part in command], env=settings, stdout=subprocess.PIPE, text=True)
    requests = stub.count()
    stub.close()
    if done.returncode:
        raise RuntimeError(f"{name}: the driver ended with status {done.returncode}")
    return {**json.loads(done.stdout), "invocations": invocations, "requests": requests}


def measure_growth(options):
    """Side by side on all processors: what is resident does not depend on how fast it goes."""
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        runs = {
            name: pool.submit(repeat, options, name, event, 2 * EARLY if options.quick else invocations)
            for name, (event, invocations) in REPEATED.items()
        }
        return {name: run.result() for name, run in runs.items()}


def growth_table(growth):
    rows = []
    for name, run in growth.items():
        early, late = run["early_mb"], run["late_mb"]
        counts = [f"{run[key]:,}" for key in ("invocations", "requests")]
        rows.append([name, *counts, f"{early:.2f}", f"{late:.2f}", f"{late - early:+.2f}"])
    head = ["resident MB", "invocations", "requests", f"after {EARLY:,}", "after the last", "growth"]
    return tables.markdown(head, rows)


def aims(peaks, growth):
    for name, sizes in peaks.items():
        yield Aim(f"{name}: peak MB at 6 MB", sizes["6 MB"], PEAK_LIMIT, "at most")
    for name, run in growth.items():
        what = f"{name}: growth in MB from invocation {EARLY:,} to {run['invocations']:,}"
        yield Aim(what, run["late_mb"] - run["early_mb"], 1, "at most")


def main():
    options = tables.arguments(__doc__, *services.OPTIONS)
    report = tables.Report("memory", "Memory", options)
    peaks = measure_peaks(options)
    try:
        growth = measure_growth(options)
    except RuntimeError as error:
        sys.exit(f"bench: {error}")
    labels = [label for _, label in SIZES]
    rows = [[name, *(f"{sizes[label]:.1f}" for label in labels)] for name, sizes in peaks.items()]
    parts = [
        "Peak of a process by the size of its event:",
        tables.markdown(["peak MB", *labels], rows),
        "Resident memory of a process over many invocations with one record each (RuntimeProbe: an order of 1 KB):",
        growth_table(growth),
    ]
    report.finish("\n\n".join(parts), {"peaks": peaks, "growth": growth}, aims(peaks, growth))


if __name__ == "__main__":
    main()
