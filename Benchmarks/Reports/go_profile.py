"""Runs Go's handlers, built for profiles, with the events of handlers.py: each writes where its CPU goes.

Their environment is that of the tuned side, which is compiled by these profiles: else they would count garbage
collections that it does not make.
"""

import argparse
import gzip
import signal
import time
from pathlib import Path

import handlers
import services
from runtime_api import Function

SECONDS = 5
# Keys of fields in a profile, number × 8 + wire type: string_table is the sixth, and its texts have their length before
# them. https://github.com/google/pprof/blob/main/proto/profile.proto
VARINT, BYTES, STRING_TABLE = 0, 2, 6 << 3 | 2


def number(data, place):
    """A number of protocol buffers, seven bits a byte, and the place behind it."""
    value = shift = 0
    while True:
        value |= (data[place] & 0x7F) << shift
        place, shift = place + 1, shift + 7
        if data[place - 1] < 0x80:
            return value, place


def trimmed(profile, folder):
    """The profile with the names of that folder's files instead of their paths, which are those of one machine."""
    data = gzip.decompress(profile)
    result = bytearray()
    place = 0
    while place < len(data):
        begin = place
        key, place = number(data, place)
        value, content = number(data, place)
        if key & 7 not in (VARINT, BYTES):
            raise ValueError(f"a profile has no field of wire type {key & 7}")
        place = content if key & 7 == VARINT else content + value
        text = bytes(data[content:place])
        if key == STRING_TABLE and text.startswith(f"{folder}/".encode()):
            name = text.rpartition(b"/")[2]
            # Names of handlers are short: their length is one byte.
            result += bytes((key, len(name))) + name
        else:
            result += data[begin:place]
    return gzip.compress(result, mtime=0)


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--profiles", type=Path, required=True)
    options = parser.parse_args()
    programs = (options.work / "go/profiled").resolve()
    stub = services.Stub(options.work / "stub")
    for case_number, case in enumerate(handlers.CASES):
        name = services.GO_HANDLERS.get(case.function)
        if name is None or case.handler is None:
            continue
        file = options.profiles / f"{case_number}.pb.gz"
        settings = services.environment(stub.port, case.function, case.settings)
        settings |= services.GO_SIDES["go_tuned"][1]
        settings["CPU_PROFILE"] = str(file)
        function = Function([programs / name], settings)
        end = time.monotonic() + SECONDS
        while time.monotonic() < end:
            function.invoke(case.event)
        function.process.send_signal(signal.SIGTERM)
        function.process.wait()
        function.close()
        file.write_bytes(trimmed(file.read_bytes(), programs))
    stub.close()


if __name__ == "__main__":
    main()
