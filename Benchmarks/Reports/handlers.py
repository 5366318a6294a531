"""Measures the functions' bootstraps against Python's handlers in front of a stub of AWS; prints a Markdown table."""

import argparse
import json
import os
import subprocess
import sys
import time
import urllib.request
from pathlib import Path

import tables
from runtime_api import Function

import events

PYTHON_HANDLERS = Path(__file__).resolve().parent.parent / "Python"
# Row, function, Python's handler, its event, records in it, more environment, the least ratio of CPU (None: no aim).
KINESIS = events.kinesis_event(1_000, 600)
SMALL_SHOP = events.kinesis_event(1_000, 600, shop=10)
PIPE = events.pipe_event(100)
CASES = [
    ("aggregator, 1,000 records, 10 products", "AnalyticsAggregator", "aggregator.handler", SMALL_SHOP, 1_000, {}, 10),
    ("aggregator, 1,000 records, 1,000 products", "AnalyticsAggregator", "aggregator.handler", KINESIS, 1_000, {}, 10),
    ("archiver, 1 MB", "OrderArchiver", "archiver.handler", events.kinesis_event(750, 600), 750, {}, 3),
    ("archiver, 5 MB", "OrderArchiver", "archiver.handler", events.kinesis_event(3_700, 600), 3_700, {}, 3),
    ("writer, 10 messages", "OrderWriter", "writer.handler", events.sqs_event(10), 10, {}, 8),
    ("writer, 100 messages", "OrderWriter", "writer.handler", events.sqs_event(100), 100, {}, 8),
    ("normal processor, 100 changes", "NormalOrdersProcessor", "processors.normal", PIPE, 100, {}, 10),
    ("premium processor, 100 changes", "PremiumOrdersProcessor", "processors.premium", PIPE, 100, {}, 10),
]
# Ours alone: no Python handler does this.
MORE = {"DEDUPLICATION": "shard"}
SHARD = ("aggregator, 10 products, shard checkpoint", "AnalyticsAggregator", None, SMALL_SHOP, 1_000, MORE, None)
# CPU seconds of one measurement.
SLICE = 0.3


def environment(port, function, more):
    """What the template gives a function, every service at the stub."""
    return {
        "PATH": os.environ["PATH"],
        "AWS_REGION": "eu-central-1",
        "AWS_DEFAULT_REGION": "eu-central-1",
        "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
        "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
        "AWS_SESSION_TOKEN": "IQoJb3JpZ2luX2Vj" * 40,
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port}",
        "AWS_LAMBDA_FUNCTION_NAME": function,
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "1024",
        "AWS_LAMBDA_LOG_FORMAT": "JSON",
        "AWS_EC2_METADATA_DISABLED": "true",
        "ORDERS_TABLE": "orders",
        "ANALYTICS_TABLE": "analytics",
        "CHECKPOINTS_TABLE": "checkpoints",
        "ARCHIVE_BUCKET": "archive",
        "DEAD_LETTER_QUEUE_URL": f"http://127.0.0.1:{port}/123456789012/dead-letters",
        "PREMIUM_TOPIC_ARN": "arn:aws:sns:eu-central-1:123456789012:premium",
        "NORMAL_MINIMUM_AMOUNT": "100",
        "PREMIUM_MINIMUM_AMOUNT": "1000",
        "TEST_EMAIL_DOMAINS": "test.com",
        "DEDUPLICATION_TTL_DAYS": "15",
        "PYTHONDONTWRITEBYTECODE": "1",
        **more,
    }


class Stub:
    """The services, and how many requests they got."""

    def __init__(self, binary, *certificate):
        self.process = subprocess.Popen([binary, *certificate], stdout=subprocess.PIPE, text=True)
        self.port = int(self.process.stdout.readline())

    def count(self):
        """Requests since the last call."""
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/count") as answer:
            return json.load(answer)["requests"]

    def close(self):
        self.process.terminate()
        self.process.wait()


def check(name, answer):
    answer = json.loads(answer)
    if answer["batchItemFailures"]:
        sys.exit(f"bench: {name} reported failures: {answer['batchItemFailures'][:3]}")


def measure(case, sides, stub, rounds):
    """For each side lists of CPU and wall seconds per record, and its requests per event."""
    name, _, _, event, records, _, _ = case
    results = {}
    times = {}
    for side, function in sides.items():
        # Connections are made, caches filled.
        check(name, function.invoke(event))
        function.invoke(event)
        stub.count()
        before = function.cpu()
        function.invoke(event)
        times[side] = max(1, round(SLICE / max(1e-4, function.cpu() - before)))
        results[side] = {"cpu": [], "wall": [], "requests": stub.count()}
    for _ in range(rounds):
        for side, function in sides.items():
            cpu, wall = function.cpu(), time.monotonic()
            for _ in range(times[side]):
                function.invoke(event)
            share = 1e6 / times[side] / records
            results[side]["cpu"].append((function.cpu() - cpu) * share)
            results[side]["wall"].append((time.monotonic() - wall) * share)
    for side, function in sides.items():
        results[side]["memory"] = function.memory()
    return results


def row(name, result, event, records):
    ours = result["ours"]
    cpu = tables.median(ours["cpu"])
    cells = [name, f"{cpu:.1f} ± {tables.spread(ours['cpu']):.0%}", f"{1e6 / tables.median(ours['wall']):,.0f}"]
    cells += [f"{ours['requests']:,}", f"{ours['memory']:.0f}"]
    if "python" not in result:
        return [*cells, "", "", "", "", ""]
    python = result["python"]
    theirs = tables.median(python["cpu"])
    cells += [f"{theirs:.1f} ± {tables.spread(python['cpu']):.0%}", f"{1e6 / tables.median(python['wall']):,.0f}"]
    return [*cells, f"{python['requests']:,}", f"{python['memory']:.0f}", f"{theirs / cpu:.1f} ×"]


def aims(results):
    for name, *_, least in CASES:
        python, ours = (tables.median(results[name][side]["cpu"]) for side in ("python", "ours"))
        yield f"{name}: CPU of Python / ours", python / ours, least, "at least"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--dist", type=Path, required=True)
    parser.add_argument("--python", type=Path, required=True)
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument("--json", type=Path)
    options = parser.parse_args()
    machine = tables.machine()
    stub = Stub(options.work / "stub")
    results = {}
    for case in [*CASES, SHARD]:
        name, function, handler, _, _, more, _ = case
        print(f"  {name} …", file=sys.stderr)
        settings = environment(stub.port, function, more)
        sides = {"ours": Function([options.dist / function / "bootstrap"], settings)}
        if handler:
            command = [options.python.absolute(), "-m", "awslambdaric", handler]
            sides["python"] = Function(command, {**settings, "_HANDLER": handler}, cwd=PYTHON_HANDLERS)
        results[name] = measure(case, sides, stub, options.rounds)
        for side in sides.values():
            side.close()
    stub.close()
    print(f"## Handlers\n\nWarm invocations over plain HTTP in front of a stub. {tables.describe(machine)}.\n")
    head = ["function and event", "CPU, µs a record", "records/s", "requests", "peak MB"]
    head += ["Python: CPU", "records/s", "requests", "peak MB", "CPU ratio"]
    rows = [row(case[0], results[case[0]], case[3], case[4]) for case in [*CASES, SHARD]]
    print(tables.markdown(head, rows) + "\n")
    missed = tables.verdict(aims(results))
    if options.json:
        options.json.write_text(json.dumps({"machine": machine, "handlers": results}, indent=1) + "\n")
    sys.exit(1 if missed else 0)


if __name__ == "__main__":
    main()
