"""Measures what filtering one record costs with the template's patterns, and the memory of a long stream."""

import json
import subprocess
import sys
from pathlib import Path

import tables
from tables import Aim

import events

FILTER_LIMIT = 5
GROWTH_LIMIT = 8


def main():
    own = [(name, {"type": Path, "required": True}) for name in ("--binary", "--patterns", "--work")]
    options = tables.arguments(__doc__, *own)
    report = tables.Report("pipes", "Pipes", options)
    length = 100_000 if options.quick else 1_000_000
    records = options.work / "records.json"
    records.write_bytes(events.table_changes(200))
    with options.patterns.open() as patterns:
        command = [options.binary, records, str(length)]
        done = subprocess.run(command, stdin=patterns, stdout=subprocess.PIPE, text=True)
    if done.returncode:
        sys.exit(f"bench: PipesBenchmark ended with status {done.returncode}")
    results = json.loads(done.stdout)
    stream = results["stream"]
    rows = [
        [f"{index + 1}", f"{pipe['filter_us']:.2f}", f"{pipe['decode_and_filter_us']:.2f}"]
        for index, pipe in enumerate(results["pipes"])
    ]
    head = [
        "Pipe of the template",
        "filtering, CPU µs a record",
        f"decoding {results['record_bytes']:,} bytes, too",
    ]
    parts = [
        "`orders pipes`: the best of ten rounds.",
        tables.markdown(head, rows),
        f"A stream of {length:,} records: {stream['records_per_second']:,.0f} records a second; peak memory "
        f"{stream['half_mb']:.1f} MB at half, {stream['end_mb']:.1f} MB at the end.",
    ]
    costs = [Aim(f"Pipe {row[0]}: filtering, CPU µs a record", float(row[1]), FILTER_LIMIT, "at most") for row in rows]
    growth = Aim("MB that the second half adds", stream["end_mb"] - stream["half_mb"], GROWTH_LIMIT, "at most")
    report.finish("\n\n".join(parts), {**results, "stream_length": length}, [*costs, growth])


if __name__ == "__main__":
    main()
