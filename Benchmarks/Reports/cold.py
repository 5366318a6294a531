"""Measures starts: to the first next, and to the end of the first invocation with its first signed TLS request."""

import os
import subprocess
import sys
import time

import handlers
import services
import tables
from runtime_api import Function
from tables import Aim

import events

# Function, Python's handler, an event with one record, whether that makes exactly one request: those have the aims.
CASES = [
    ("OrderWriter", "writer.handler", events.sqs_event(1), True),
    ("AnalyticsAggregator", "aggregator.handler", events.kinesis_event(1, 600), True),
    ("PremiumOrdersProcessor", "premium.handler", events.pipe_event(1), True),
    ("OrderArchiver", "archiver.handler", events.kinesis_event(1, 600), False),
    ("NormalOrdersProcessor", "normal.handler", events.pipe_event(1), False),
]
KEYS = ("next_cpu_ms", "next_wall_ms", "first_cpu_ms", "first_wall_ms")


def start(command, settings, cwd, event, dropped=None):
    """Milliseconds of CPU and wall to the first next and to the end of the first invocation, in the order of KEYS."""
    if dropped:
        # The kernel forgets the file, as at a start on a new machine.
        descriptor = os.open(dropped, os.O_RDONLY)
        os.posix_fadvise(descriptor, 0, 0, os.POSIX_FADV_DONTNEED)
        os.close(descriptor)
    begin = time.monotonic()
    function = Function(command, settings, cwd=cwd)
    sample = [function.cpu(), time.monotonic() - begin]
    handlers.check(command[0], function.invoke(event))
    wall = time.monotonic() - begin
    sample += [function.cpu(), wall]
    function.close()
    return [seconds * 1000 for seconds in sample]


def certificate(work):
    """A certificate for localhost and its key, good for a day, beside AWS's five roots as the functions carry them."""
    files = work / "stub.pem", work / "stub.key"
    key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes"]
    name = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"]
    command = ["openssl", "req", "-x509", *key, "-days", "1", *name, "-out", files[0], "-keyout", files[1]]
    subprocess.run(command, check=True, capture_output=True)
    return files


def measure(options, stub, bundle):
    results = {}
    tls = {"AWS_ENDPOINT_URL": f"https://localhost:{stub.port}", "AWS_CA_BUNDLE": str(bundle.absolute())}
    for function, handler, event, _ in CASES:
        print(f"  {function} …", file=sys.stderr)
        settings = services.environment(stub.port, function, tls)
        bootstrap = options.dist / function / "bootstrap"
        python = services.python(options.python, handler, settings)
        samples = {"ours": [], "ours, dropped": [], "python": []}
        for _ in range(5 if options.quick else 15):
            samples["ours"].append(start([bootstrap], settings, None, event))
            samples["ours, dropped"].append(start([bootstrap], settings, None, event, dropped=bootstrap))
            samples["python"].append(start(*python, event))
        results[function] = {
            side: dict(zip(KEYS, map(list, zip(*taken, strict=True)), strict=True)) for side, taken in samples.items()
        }
    return results


def table(results):
    head = ["function", "side", "next: CPU ms", "wall ms", "first answer: CPU ms", "wall ms"]
    rows = []
    for name, sides in results.items():
        for side, samples in sides.items():
            rows.append([name, side, *(tables.with_spread(samples[key]) for key in KEYS)])
    return tables.markdown(head, rows, texts=2)


def aims(results, archives):
    for function, _, _, has_aims in CASES:
        if has_aims:
            ours, python = (tables.median(results[function][side]["first_cpu_ms"]) for side in ("ours", "python"))
            yield Aim(f"{function}: CPU ms to the end of the first request", ours, 6, "at most")
            yield Aim(f"{function}: CPU of Python / ours", python / ours, 40, "at least")
    yield Aim("largest zip of a function: MB", max(archives.values()) / 1e6, 5.5, "at most")


def main():
    options = tables.arguments(__doc__, *services.OPTIONS)
    report = tables.Report("cold", "Cold start", options)
    chain, key = certificate(options.work)
    stub = services.Stub(options.work / "stub", "--certificate", chain, "--key", key)
    bundle = options.work / "roots.pem"
    bundle.write_text((options.dist / "OrderWriter/amazon-roots.pem").read_text() + chain.read_text())
    results = measure(options, stub, bundle)
    stub.close()
    archives = {function: (options.dist / f"{function}.zip").stat().st_size for function, *_ in CASES}
    text = (
        'From the start of the process. "Dropped": the bootstrap is out of the page cache. The first event has one '
        "record. The archiver makes four requests for it and the normal processor none, so that the aims are not for "
        "them; Python's normal processor does without boto3.\n\n"
    )
    report.finish(text + table(results), {"starts": results, "zip_bytes": archives}, aims(results, archives))


if __name__ == "__main__":
    main()
