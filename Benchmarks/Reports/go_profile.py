"""Runs Go's handlers, built for profiles, with the events of handlers.py: each writes where its CPU goes."""

import argparse
import signal
import time
from pathlib import Path

import handlers
import services
from runtime_api import Function

SECONDS = 5


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--work", type=Path, required=True)
    parser.add_argument("--profiles", type=Path, required=True)
    options = parser.parse_args()
    stub = services.Stub(options.work / "stub")
    for number, case in enumerate(handlers.CASES):
        name = services.GO_HANDLERS.get(case.function)
        if name is None or case.handler is None:
            continue
        settings = services.environment(stub.port, case.function, case.settings)
        settings["CPU_PROFILE"] = str(options.profiles / f"{number}.pb.gz")
        function = Function([options.work / "go/profiled" / name], settings)
        end = time.monotonic() + SECONDS
        while time.monotonic() < end:
            function.invoke(case.event)
        function.process.send_signal(signal.SIGTERM)
        function.process.wait()
        function.close()
    stub.close()


if __name__ == "__main__":
    main()
