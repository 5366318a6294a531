"""The Python side of the decode benchmark: python_peer.py json|orjson EVENT…, asked as DecodeBenchmark is.

The least a handler has to do to have its orders; it makes no objects of its own of them.
"""

import importlib
import sys
import time
from base64 import b64decode
from pathlib import Path


def decode(loads, event):
    checksum = 0
    for record in loads(event)["Records"]:
        order = loads(b64decode(record["kinesis"]["data"]))
        checksum += 1_000 + len(order["Payload"]["ProductIds"])
    return checksum


def main():
    loads = importlib.import_module(sys.argv[1]).loads
    events = [Path(path).read_bytes() for path in sys.argv[2:]]
    for line in sys.stdin:
        index, times = map(int, line.split())
        checksum = 0
        start = time.process_time_ns()
        for _ in range(times):
            checksum = decode(loads, events[index])
        print(time.process_time_ns() - start, checksum, flush=True)


if __name__ == "__main__":
    main()
