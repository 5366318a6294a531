"""Measures the functions' bootstraps against Python's handlers in front of a stub of AWS; prints Markdown tables."""

import base64
import json
import sys
import time
from dataclasses import dataclass, field

import services
import tables
from runtime_api import Function
from tables import Aim

import events

KINESIS = events.kinesis_event(1_000, 600)
SMALL_SHOP = events.kinesis_event(1_000, 600, shop=10)
PIPE = events.pipe_event(100)
ARCHIVED = {"1 MB": events.kinesis_event(750, 600), "5 MB": events.kinesis_event(3_700, 600)}
# CPU seconds of one measurement.
SLICE = 0.3
# Milliseconds after which the services answer where waiting is measured: what DynamoDB takes for small items.
LATENCY = 5
# Invocations of each side by which waiting is measured: a median of fewer is moved by one that the machine disturbed.
WAITING_ROUNDS = 7


@dataclass
class Case:
    """A function and an event for it."""

    name: str
    function: str
    event: bytes
    records: int
    # Python's handler; None: no Python handler does this, and the case has no aims.
    handler: str | None = None
    settings: dict = field(default_factory=dict)

    def start(self, options, stub):
        """The processes of both sides, configured for that stub."""
        settings = services.environment(stub.port, self.function, self.settings)
        sides = {"ours": Function([options.dist / self.function / "bootstrap"], settings)}
        if self.handler:
            sides["python"] = Function(*services.python(options.python, self.handler, settings))
            for side, (command, own) in services.go(options.work, self.function).items():
                sides[side] = Function(command, settings | own)
        return sides


CASES = [
    Case("aggregator, 10 products", "AnalyticsAggregator", SMALL_SHOP, 1_000, "aggregator.handler"),
    Case("aggregator, 1,000 products", "AnalyticsAggregator", KINESIS, 1_000, "aggregator.handler"),
    Case("archiver, 1 MB", "OrderArchiver", ARCHIVED["1 MB"], 750, "archiver.handler"),
    Case("archiver, 5 MB", "OrderArchiver", ARCHIVED["5 MB"], 3_700, "archiver.handler"),
    Case("writer, 10 messages", "OrderWriter", events.sqs_event(10), 10, "writer.handler"),
    Case("writer, 100 messages", "OrderWriter", events.sqs_event(100), 100, "writer.handler"),
    Case("normal processor", "NormalOrdersProcessor", PIPE, 100, "normal.handler"),
    Case("premium processor", "PremiumOrdersProcessor", PIPE, 100, "premium.handler"),
    Case("intake, 1 order", "OrderIntake", events.http_event(), 1, "intake.handler"),
    Case(
        "aggregator, 10 products, shard checkpoint",
        "AnalyticsAggregator",
        SMALL_SHOP,
        1_000,
        settings={"DEDUPLICATION": "shard"},
    ),
]


def check(name, answer):
    answer = json.loads(answer)
    if answer.get("statusCode") == 202:
        return
    if answer["batchItemFailures"]:
        sys.exit(f"bench: {name} reported failures: {answer['batchItemFailures'][:3]}")


def milliseconds(function, event, times):
    """Wall time of an invocation."""
    start = time.monotonic()
    for _ in range(times):
        function.invoke(event)
    return (time.monotonic() - start) * 1000 / times


def measure_speed(case, options, stub, rounds):
    """For each side lists of CPU and wall microseconds per record, its requests per event and its peak memory."""
    sides = case.start(options, stub)
    results = {}
    times = {}
    for side, function in sides.items():
        # Connections are made, caches filled.
        check(case.name, function.invoke(case.event))
        function.invoke(case.event)
        stub.count()
        before = function.cpu()
        function.invoke(case.event)
        times[side] = max(1, round(SLICE / max(1e-4, function.cpu() - before)))
        results[side] = {"cpu_us": [], "wall_us": [], "requests": stub.count()}
    for _ in range(rounds):
        for side, function in sides.items():
            cpu = function.cpu()
            wall = milliseconds(function, case.event, times[side])
            results[side]["cpu_us"].append((function.cpu() - cpu) * 1e6 / times[side] / case.records)
            results[side]["wall_us"].append(wall * 1000 / case.records)
    for side, function in sides.items():
        results[side]["peak_mb"] = function.memory()
        function.close()
    return results


def measure_waiting(case, options, rounds):
    """For each side the milliseconds by which an invocation is longer when every answer takes LATENCY.

    Each is the difference of two single invocations, since one with 5 MB takes Python a second.
    """
    stubs = [services.Stub(options.work / "stub", *extra) for extra in ((), ("--delay", str(LATENCY)))]
    prompt, slow = (case.start(options, stub) for stub in stubs)
    for function in (*prompt.values(), *slow.values()):
        function.invoke(case.event)
    results = {side: [] for side in prompt}
    # The sides take turns, so that they meet the same load.
    for _ in range(rounds):
        for side, taken in results.items():
            early, late = (milliseconds(functions[side], case.event, 1) for functions in (prompt, slow))
            taken.append(late - early)
    for function in (*prompt.values(), *slow.values()):
        function.close()
    for stub in stubs:
        stub.close()
    return results


def measure_requests(case, options):
    """For each side what an invocation that is no start asks of the services, in the units that AWS bills.

    A process's first one asks for more: which rows there are, and what earlier processes tried.
    """
    results = {}
    file = options.work / "requests"
    stub = services.Stub(options.work / "stub", "--record", str(file))
    for side, function in case.start(options, stub).items():
        function.invoke(case.event)
        begin = file.stat().st_size
        function.invoke(case.event)
        results[side] = services.billed(file.read_bytes()[begin:])
        function.close()
    stub.close()
    return results


def measure(case, options, stub):
    print(f"  {case.name} …", file=sys.stderr)
    results = measure_speed(case, options, stub, 3 if options.quick else 7)
    waiting = measure_waiting(case, options, 1 if options.quick else WAITING_ROUNDS)
    requests = measure_requests(case, options)
    for side in results:
        results[side] |= {"waiting_ms": waiting[side], "billed": requests[side]}
    return {"function": case.function, "records": case.records, "event_bytes": len(case.event), **results}


def speed_table(results):
    rows = []
    for name, result in results.items():
        row = [name]
        for side in ("ours", "python"):
            if side in result:
                measured = result[side]
                row += [tables.with_spread(measured["cpu_us"]), f"{1e6 / tables.median(measured['wall_us']):,.0f}"]
                row += [f"{measured['requests']:,}", f"{measured['peak_mb']:.0f}"]
        if "python" in result:
            ratios = [tables.median(result["python"][key]) / tables.median(result["ours"][key]) for key in TIMES]
            row += [f"{ratio:.1f} ×" for ratio in ratios]
        rows.append(row + [""] * (11 - len(row)))
    head = ["function and event", "CPU, µs a record", "records/s", "requests", "peak MB"]
    head += ["Python: CPU", "records/s", "requests", "peak MB", "CPU ratio", "time ratio"]
    return tables.markdown(head, rows)


# What the peers are to take of our CPU at least.
PYTHON_LEAST = 10
GO_LEAST = 2
# Microseconds of CPU that an order may take whose row is written.
ROW_WRITERS = ("OrderArchiver", "OrderWriter")
ROW_MOST = 40


def go_table(results):
    rows = []
    for name, result in results.items():
        if "go" in result:
            sides = [result[side] for side in ("ours", "go", "go_tuned")]
            ours, *others = (tables.median(side["cpu_us"]) for side in sides)
            cells = [tables.with_spread(side["cpu_us"]) for side in sides]
            ratios = [f"{other / ours:.1f} ×" for other in others]
            rows.append([name, *cells, *ratios, *(f"{side['peak_mb']:.0f}" for side in sides)])
    head = ["function and event", "CPU, µs a record: ours", "Go", "Go, tuned", "Go / ours", "tuned / ours"]
    return tables.markdown([*head, "peak MB: ours", "Go", "Go, tuned"], rows)


TIMES = ("cpu_us", "wall_us")


def archive_rates(results):
    """For each size of batch the bytes of its records, and on each side bytes per second, by CPU and by wall time."""
    rates = {}
    for size, event in ARCHIVED.items():
        records = json.loads(event)["Records"]
        raw = sum(len(base64.b64decode(record["kinesis"]["data"])) for record in records)
        case = results[f"archiver, {size}"]
        rates[size] = {"bytes": raw}
        for side in ("ours", "python"):
            cpu, wall = (tables.median(case[side][key]) * len(records) / 1e6 for key in TIMES)
            rates[size][side] = {"per_cpu_second": raw / cpu, "per_second": raw / wall}
    return rates


def archive_table(rates):
    rows = []
    for size, rate in rates.items():
        cells = [rate[side][key] / 1e6 for key in ("per_second", "per_cpu_second") for side in ("ours", "python")]
        rows.append([f"{size} event", f"{rate['bytes'] / 1e6:.2f}", *(f"{cell:.2f}" for cell in cells)])
    head = ["archiver", "MB of records", "ours, MB/s", "Python, MB/s", "ours, MB per CPU second", "Python"]
    return tables.markdown(head, rows)


def aims(results):
    for case in CASES:
        if case.handler:
            python, ours = (tables.median(results[case.name][side]["cpu_us"]) for side in ("python", "ours"))
            yield Aim(f"{case.name}: CPU of Python / ours", python / ours, PYTHON_LEAST, "at least")
            if case.function in ROW_WRITERS:
                yield Aim(f"{case.name}: CPU µs an order", ours, ROW_MOST, "at most")
            if (go := services.quicker_go(results[case.name], "cpu_us")) is not None:
                yield Aim(f"{case.name}: CPU of the quicker Go / ours", go / ours, GO_LEAST, "at least")


def main():
    options = tables.arguments(__doc__, *services.OPTIONS)
    report = tables.Report("handlers", "Handlers", options)
    stub = services.Stub(options.work / "stub")
    results = {case.name: measure(case, options, stub) for case in CASES}
    stub.close()
    rates = archive_rates(results)
    parts = [
        "Warm invocations over plain HTTP in front of a stub that answers at once; requests are those of one event.",
        speed_table(results),
        "Go on AWS's SDK, in the same run, both with encoding/json/v2, Go 1.27's default; tuned by a profile, "
        "GOAMD64=v3, GOGC=400 and GOMAXPROCS=1:",
        go_table(results),
        "What the archiver stores, in bytes before compression, order rows and checkpoint included:",
        archive_table(rates),
    ]
    report.finish("\n\n".join(parts), {"latency_ms": LATENCY, "cases": results, "archive": rates}, aims(results))


if __name__ == "__main__":
    main()
