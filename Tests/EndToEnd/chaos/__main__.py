"""`scripts/chaos`: plays seeds side by side and says which ones fail."""

from __future__ import annotations

import argparse
import asyncio
import multiprocessing
import random
import shutil
import signal
import sys
import time
import xml.etree.ElementTree as ElementTree
from collections.abc import Sequence
from concurrent.futures import FIRST_COMPLETED, ProcessPoolExecutor, wait
from pathlib import Path

from localaws import peers

from .faults import Counts, Fault
from .scenario import PARTS, Options, Result, play
from .server import LocalServer

PROGRESS_SECONDS = 10.0
DIFFERENCES_SHOWN = 12

_endpoint = ""


def main(arguments: Sequence[str]) -> int:
    options = _parse(arguments)
    first = options.first_seed if options.first_seed is not None else random.SystemRandom().randrange(10**6)
    seeds = range(first, first + options.seeds)
    print(f"Seeds {first} to {seeds[-1]}; one of them again: scripts/chaos --seeds 1 --first-seed SEED --verbose")
    directory = Path(options.directory)
    shutil.rmtree(directory, ignore_errors=True)
    directory.mkdir(parents=True)
    jobs = min(options.jobs, options.seeds)
    servers: list[LocalServer] = []
    started = time.monotonic()
    try:
        servers += (LocalServer.start(directory / f"server-{number}") for number in range(jobs))
        results, counts = _play_all(seeds, options, [server.endpoint for server in servers])
    finally:
        for server in servers:
            server.stop()
    failed = [seed for seed, differences in results.items() if differences]
    if options.junitxml:
        _write_junit(options.junitxml, results)
    if not failed and not options.verbose:
        shutil.rmtree(directory)
    _report(counts, time.monotonic() - started, options.seeds)
    if failed:
        print(f"Logs of their functions: {directory}")
        print("Failed seeds:", " ".join(map(str, sorted(failed))))
    print(f"{options.seeds - len(failed)} passed, {len(failed)} failed", flush=True)
    return 1 if failed else 0


def _parse(arguments: Sequence[str]) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/chaos", allow_abbrev=False)
    parser.add_argument("--seeds", type=_positive, default=50)
    parser.add_argument("--first-seed", type=int)
    parser.add_argument("--deduplication", choices=("event", "shard"))
    parser.add_argument("--only", choices=PARTS, action="append")
    parser.add_argument("--jobs", type=_positive, default=2)
    parser.add_argument("--junitxml", type=Path)
    parser.add_argument("--verbose", action="store_true")
    parser.add_argument("--dist", type=Path, required=True)
    parser.add_argument("--directory", required=True)
    return parser.parse_args(arguments)


def _positive(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text} is not a whole number of at least 1")
    return int(text)


def _play_all(seeds: range, options: argparse.Namespace, endpoints: list[str]) -> tuple[dict[int, list[str]], Counts]:
    results: dict[int, list[str]] = {}
    counts = Counts()
    queue: multiprocessing.Queue[str] = multiprocessing.Queue()
    for endpoint in endpoints:
        queue.put(endpoint)
    shown = started = time.monotonic()
    workers = ProcessPoolExecutor(len(endpoints), initializer=_take_endpoint, initargs=(queue,))
    try:
        pending = {workers.submit(_play, seed, options) for seed in seeds}
        while pending:
            done, pending = wait(pending, timeout=PROGRESS_SECONDS, return_when=FIRST_COMPLETED)
            for future in done:
                result = future.result()
                results[result.seed] = result.differences
                counts.update(result.counts)
                _show(result)
            if time.monotonic() - shown >= PROGRESS_SECONDS:
                shown = time.monotonic()
                failed = sum(1 for differences in results.values() if differences)
                pace = (shown - started) / max(1, len(results))
                print(f"{len(results)} of {len(seeds)} seeds, {failed} failed, {pace:.2f} s each", flush=True)
    finally:
        # An interrupted run begins no further seed.
        workers.shutdown(cancel_futures=True)
    return results, counts


def _take_endpoint(queue: multiprocessing.Queue[str]) -> None:
    global _endpoint
    # What is served here are the functions' Runtime APIs.
    peers.accept_only_own_user()
    _endpoint = queue.get()


def _play(seed: int, options: argparse.Namespace) -> Result:
    parts = frozenset(options.only or PARTS)
    return asyncio.run(
        play(
            seed,
            Options(
                endpoint=_endpoint,
                dist=options.dist,
                directory=Path(options.directory),
                parts=parts,
                deduplication=options.deduplication,
                verbose=options.verbose,
            ),
        )
    )


def _show(result: Result) -> None:
    for line in result.trace:
        print(f"  {line}")
    if not result.differences:
        return
    print(f"Seed {result.seed} failed:")
    for difference in result.differences[:DIFFERENCES_SHOWN]:
        print(f"  {difference}")
    if len(result.differences) > DIFFERENCES_SHOWN:
        print(f"  … and {len(result.differences) - DIFFERENCES_SHOWN} more")
    sys.stdout.flush()


def _write_junit(file: Path, results: dict[int, list[str]]) -> None:
    failures = sum(1 for differences in results.values() if differences)
    suite = ElementTree.Element("testsuite", name="chaos", tests=str(len(results)), failures=str(failures))
    for seed, differences in sorted(results.items()):
        case = ElementTree.SubElement(suite, "testcase", classname="chaos", name=f"seed {seed}")
        if differences:
            ElementTree.SubElement(case, "failure", message=differences[0]).text = "\n".join(differences)
    ElementTree.ElementTree(suite).write(file, encoding="utf-8")


def _report(counts: Counts, seconds: float, seeds: int) -> None:
    faults = [str(fault) for fault in Fault if fault is not Fault.NONE]
    print("Faults:")
    for name in faults:
        print(f"  {counts[name]:7}  {name}")
    print("What came of it:")
    for name in sorted(counts.keys() - set(faults)):
        print(f"  {counts[name]:7}  {name}")
    print(f"{seeds} seeds in {seconds:.0f} s")


if __name__ == "__main__":
    # As an interrupt: the servers are stopped on the way out.
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))
    sys.exit(main(sys.argv[1:]))
