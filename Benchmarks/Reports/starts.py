"""Measures starts: to the first next, and to the end of the first invocation, which makes a first signed TLS request.

Or memory: peaks by the size of the event, and growth over many invocations.
"""

import argparse
import json
import os
import subprocess
import sys
import time
from pathlib import Path

import handlers
import tables
from runtime_api import Function

import events

# Row, function, Python's handler, an event with one record.
CASES = [
    ("OrderWriter", "OrderWriter", "writer.handler", events.sqs_event(1)),
    ("AnalyticsAggregator", "AnalyticsAggregator", "aggregator.handler", events.kinesis_event(1, 600)),
    ("PremiumOrdersProcessor", "PremiumOrdersProcessor", "processors.premium", events.pipe_event(1)),
]
MEMORY_LIMIT = 64
# Lambda's limit is 6 MiB; its events of records are a little smaller.
SIZES = [(1, "1 record"), (750, "1 MB"), (2_250, "3 MB"), (4_600, "6 MB")]


def start(command, settings, event, cwd=None, dropped=None):
    """Milliseconds of CPU and wall to the first next and to the end of the first invocation."""
    if dropped:
        # The kernel forgets the file, as at a start on a new machine.
        descriptor = os.open(dropped, os.O_RDONLY)
        os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
        os.close(descriptor)
    begin = time.monotonic()
    function = Function(command, settings, cwd=cwd)
    sample = {"next_wall": time.monotonic() - begin, "next_cpu": function.cpu()}
    handlers.check(command[0], function.invoke(event))
    sample |= {"first_wall": time.monotonic() - begin, "first_cpu": function.cpu()}
    function.close()
    return {key: value * 1000 for key, value in sample.items()}


def certificate(work):
    """A certificate for localhost and its key, good for a day, beside AWS's five roots as the functions carry them."""
    files = work / "stub.pem", work / "stub.key"
    command = [
        "openssl",
        "req",
        "-x509",
        "-newkey",
        "ec",
        "-pkeyopt",
        "ec_paramgen_curve:P-256",
        "-nodes",
        "-days",
        "1",
    ]
    command += ["-days", "1", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    subprocess.run([*command, "-out", files[0], "-keyout", files[1]], check=True, capture_output=True)
    return files


def cold(options, stub, bundle):
    results = {}
    tls = {"AWS_ENDPOINT_URL": f"https://localhost:{stub.port}", "AWS_CA_BUNDLE": str(bundle.absolute())}
    for name, function, handler, event in CASES:
        settings = handlers.environment(stub.port, function, tls)
        bootstrap = options.dist / function / "bootstrap"
        python = [options.python.absolute(), "-m", "awslambdaric", handler]
        samples = {"ours": [], "ours, dropped": [], "python": []}
        for _ in range(options.rounds):
            samples["ours"].append(start([bootstrap], settings, event))
            samples["ours, dropped"].append(start([bootstrap], settings, event, dropped=bootstrap))
            theirs = {**settings, "_HANDLER": handler}
            samples["python"].append(start(python, theirs, event, cwd=handlers.PYTHON_HANDLERS))
        results[name] = {
            side: {key: [sample[key] for sample in taken] for key in taken[0]} for side, taken in samples.items()
        }
    return results


def memory(options, stub):
    """Peak MB of a process that got one event of each size, by size; resident MB after 1,000 and all invocations."""
    peaks = {}
    for name in ("AnalyticsAggregator", "OrderArchiver"):
        peaks[name] = {}
        for records, label in SIZES:
            function = Function([options.dist / name / "bootstrap"], handlers.environment(stub.port, name, {}))
            event = events.kinesis_event(records, 600)
            handlers.check(name, function.invoke(event))
            peaks[name][label] = function.memory()
            function.close()
    growth = {}
    for name, _, _, event in CASES:
        function = Function([options.dist / name / "bootstrap"], handlers.environment(stub.port, name, {}))
        resident = []
        for number in range(options.invocations):
            function.invoke(event)
            if number + 1 in (options.invocations // 10, options.invocations):
                resident.append(function.memory("VmRSS"))
        growth[name] = resident
        function.close()
    return {"peaks": peaks, "growth": growth, "invocations": options.invocations}


def print_cold(results):
    head = ["function", "side", "next: CPU ms", "wall ms", "first request: CPU ms", "wall ms"]
    rows = []
    for name, sides in results.items():
        for side, samples in sides.items():
            keys = ("next_cpu", "next_wall", "first_cpu", "first_wall")
            rows.append([name, side, *(f"{tables.median(samples[key]):.1f}" for key in keys)])
    print(tables.markdown(head, rows) + "\n")
    for name, sides in results.items():
        ours, python = (tables.median(sides[side]["first_cpu"]) for side in ("ours", "python"))
        yield f"{name}: CPU ms to the end of the first request", ours, 6, "at most"
        yield f"{name}: Python / ours", python / ours, 40, "at least"


def print_memory(results):
    labels = [label for _, label in SIZES]
    rows = [[name, *(f"{peaks[label]:.1f}" for label in labels)] for name, peaks in results["peaks"].items()]
    print(tables.markdown(["peak MB", *labels], rows) + "\n")
    head = ["resident MB", f"after {results['invocations'] // 10:,}", f"after {results['invocations']:,}"]
    print(tables.markdown(head, [[name, *(f"{mb:.2f}" for mb in taken)] for name, taken in results["growth"].items()]))
    print()
    for name, peaks in results["peaks"].items():
        yield f"{name}: peak MB at 6 MB", peaks["6 MB"], MEMORY_LIMIT, "at most"
    for name, (early, late) in results["growth"].items():
        yield f"{name}: growth in MB", late - early, 1, "at most"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("what", choices=["cold", "memory"])
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--dist", type=Path, required=True)
    parser.add_argument("--python", type=Path, required=True)
    parser.add_argument("--rounds", type=int, default=15)
    parser.add_argument("--invocations", type=int, default=1_000_000)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    machine = tables.machine()
    if options.what == "cold":
        chain, key = certificate(options.work)
        stub = handlers.Stub(options.work / "stub", chain, key)
        bundle = options.work / "roots.pem"
        bundle.write_text((options.dist / "OrderWriter/amazon-roots.pem").read_text() + chain.read_text())
        results = cold(options, stub, bundle)
    else:
        stub = handlers.Stub(options.work / "stub")
        results = memory(options, stub)
    stub.close()
    print(f"## {'Cold start' if options.what == 'cold' else 'Memory'}\n\n{tables.describe(machine)}.\n")
    missed = tables.verdict(print_cold(results) if options.what == "cold" else print_memory(results))
    if options.json:
        options.json.write_text(json.dumps({"machine": machine, options.what: results}, indent=1) + "\n")
    sys.exit(1 if missed else 0)


if __name__ == "__main__":
    main()
