"""Measures starts: to the first next, and to the end of the first invocation, which makes a first signed TLS request.

Or memory: peaks by the size of the event, and growth over many invocations.
"""

import argparse
import json
import os
import shutil
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


def openssl(*arguments):
    return subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True, text=True).stdout


def certificates(work):
    """A chain like those of AWS's endpoints, good for a day: paths of the root, of leaf and intermediate, of the key.

    RSA of 2048 bits signed with SHA-256 throughout: Amazon Root CA 1, an Amazon RSA 2048 M0x, the endpoint's own.
    """
    folder = work / "certificates"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    issuer = "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\nsubjectKeyIdentifier=hash\n"
    server = "basicConstraints=critical,CA:FALSE\nkeyUsage=critical,digitalSignature,keyEncipherment\n"
    server += "extendedKeyUsage=serverAuth,clientAuth\nsubjectAltName=DNS:localhost,DNS:*.localhost\n"
    subjects = {
        "root": "/C=US/O=Stub/CN=Stub Root CA 1",
        "issuer": "/C=US/O=Stub/CN=Stub RSA 2048 M01",
        "leaf": "/CN=localhost",
    }
    above = None
    for name, subject in subjects.items():
        (folder / f"{name}.ext").write_text(server if name == "leaf" else issuer)
        openssl(
            "req",
            "-new",
            "-newkey",
            "rsa:2048",
            "-nodes",
            "-subj",
            subject,
            "-keyout",
            folder / f"{name}.key",
            "-out",
            folder / f"{name}.csr",
        )
        signed = ["-signkey", folder / "root.key"]
        if above:
            signed = ["-CA", folder / f"{above}.pem", "-CAkey", folder / f"{above}.key", "-CAcreateserial"]
        openssl(
            "x509",
            "-req",
            "-in",
            folder / f"{name}.csr",
            *signed,
            "-sha256",
            "-days",
            "1",
            "-extfile",
            folder / f"{name}.ext",
            "-out",
            folder / f"{name}.pem",
        )
        above = name
    chain = folder / "chain.pem"
    chain.write_text("".join((folder / f"{name}.pem").read_text() for name in ("leaf", "issuer")))
    return folder / "root.pem", chain, folder / "leaf.key"


def task_root(work, dist, root):
    """A folder as Lambda unpacks a function's zip, but with the stub's root beside AWS's five; all six in a file."""
    folder = work / "task"
    shutil.rmtree(folder, ignore_errors=True)
    shutil.copytree(dist / "OrderWriter/amazon-roots", folder / "amazon-roots")
    name = openssl("x509", "-noout", "-hash", "-in", root).strip()
    shutil.copy(root, folder / f"amazon-roots/{name}.0")
    bundle = work / "roots.pem"
    bundle.write_text("".join(file.read_text() for file in sorted(folder.glob("amazon-roots/*.0"))))
    return folder, bundle


def cold(options, stub, folder, bundle):
    results = {}
    endpoint = {"AWS_ENDPOINT_URL": f"https://localhost:{stub.port}"}
    # Each side believes the same six roots, in the form that is its own.
    ours, theirs = {"LAMBDA_TASK_ROOT": str(folder.absolute())}, {"AWS_CA_BUNDLE": str(bundle.absolute())}
    for name, function, handler, event in CASES:
        settings = handlers.environment(stub.port, function, endpoint)
        bootstrap = options.dist / function / "bootstrap"
        python = [options.python.absolute(), "-m", "awslambdaric", handler]
        samples = {"ours": [], "ours, dropped": [], "python": []}
        for _ in range(options.rounds):
            samples["ours"].append(start([bootstrap], settings | ours, event))
            samples["ours, dropped"].append(start([bootstrap], settings | ours, event, dropped=bootstrap))
            peer = {**settings, **theirs, "_HANDLER": handler}
            samples["python"].append(start(python, peer, event, cwd=handlers.PYTHON_HANDLERS))
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
        root, chain, key = certificates(options.work)
        stub = handlers.Stub(options.work / "stub", chain, key)
        results = cold(options, stub, *task_root(options.work, options.dist, root))
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
