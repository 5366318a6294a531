"""Measures starts: to the first next, and to the end of the first invocation with its first signed TLS request.

Most are of files that are in the page cache, where another start has left them; "dropped" is a start whose bootstrap
has to be read first, as on a new machine.
"""

import os
import shutil
import subprocess
import sys
import time

import handlers
import services
import tables
from runtime_api import Function
from tables import Aim

import events

# Function, Python's handler, an event with one record, whether that makes exactly one request: those have the aims of a
# first request.
CASES = [
    ("OrderWriter", "writer.handler", events.sqs_event(1), True),
    ("AnalyticsAggregator", "aggregator.handler", events.kinesis_event(1, 600), True),
    ("PremiumOrdersProcessor", "premium.handler", events.pipe_event(1), True),
    ("OrderIntake", "intake.handler", events.http_event(), True),
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


def openssl(*arguments):
    return subprocess.run(["openssl", *map(str, arguments)], check=True, capture_output=True, text=True).stdout


# RSA of 2048 bits signed with SHA-256 throughout, as AWS shows: Amazon Root CA 1, an Amazon RSA 2048 M0x, and
# the endpoint's own.
ISSUER = "basicConstraints=critical,CA:TRUE\nkeyUsage=critical,keyCertSign,cRLSign\nsubjectKeyIdentifier=hash\n"
SERVER = """basicConstraints=critical,CA:FALSE
keyUsage=critical,digitalSignature,keyEncipherment
extendedKeyUsage=serverAuth,clientAuth
subjectAltName=DNS:localhost,DNS:*.localhost
"""
CHAIN = [
    ("root", "/C=US/O=Stub/CN=Stub Root CA 1", ISSUER),
    ("issuer", "/C=US/O=Stub/CN=Stub RSA 2048 M01", ISSUER),
    ("leaf", "/CN=localhost", SERVER),
]


def certificates(work):
    """A chain of certificates, good for a day: paths of the root, of leaf and intermediate, of the leaf's key."""
    folder = work / "certificates"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    above = None
    for name, subject, extensions in CHAIN:
        key, request, file = (folder / f"{name}.{ending}" for ending in ("key", "csr", "ext"))
        file.write_text(extensions)
        openssl("req", "-new", "-newkey", "rsa:2048", "-nodes", "-subj", subject, "-keyout", key, "-out", request)
        signed = ["-signkey", key]
        if above:
            signed = ["-CA", folder / f"{above}.pem", "-CAkey", folder / f"{above}.key", "-CAcreateserial"]
        signed += ["-sha256", "-days", "1", "-extfile", file]
        openssl("x509", "-req", "-in", request, *signed, "-out", folder / f"{name}.pem")
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


def measure(options, stub, folder, bundle):
    results = {}
    endpoint = {"AWS_ENDPOINT_URL": f"https://localhost:{stub.port}"}
    # Each side believes the same six roots, in the form that is its own.
    ours, theirs = {"LAMBDA_TASK_ROOT": str(folder.absolute())}, {"AWS_CA_BUNDLE": str(bundle.absolute())}
    # Go's library reads a folder of roots besides, unless that is named, too.
    gos = {"SSL_CERT_FILE": str(bundle.absolute()), "SSL_CERT_DIR": "/nonexistent"}
    for function, handler, event, _ in CASES:
        print(f"  {function} …", file=sys.stderr)
        settings = services.environment(stub.port, function, endpoint)
        bootstrap = options.dist / function / "bootstrap"
        python = services.python(options.python, handler, settings | theirs)
        go = services.go(options.work, function)
        samples = {"ours": [], "ours, dropped": [], "python": []}
        samples |= {name: [] for side in go for name in (side, f"{side}, dropped")}
        for _ in range(5 if options.quick else 15):
            samples["ours"].append(start([bootstrap], settings | ours, None, event))
            samples["ours, dropped"].append(start([bootstrap], settings | ours, None, event, dropped=bootstrap))
            samples["python"].append(start(*python, event))
            for side, (command, own) in go.items():
                variables = settings | gos | own
                samples[side].append(start(command, variables, None, event))
                samples[f"{side}, dropped"].append(start(command, variables, None, event, dropped=command[0]))
        results[function] = {
            side: dict(zip(KEYS, map(list, zip(*taken, strict=True)), strict=True)) for side, taken in samples.items()
        }
    return results


def table(results):
    head = ["function", "side", "next: CPU ms", "wall ms", "first answer: CPU ms", "wall ms"]
    rows = []
    for name, sides in results.items():
        for side, samples in sides.items():
            label = side if side.endswith("dropped") else f"{side}, cached"
            rows.append([name, label, *(tables.with_spread(samples[key]) for key in KEYS)])
    return tables.markdown(head, rows, texts=2)


def aims(results, archives):
    for function, _, _, has_aims in CASES:
        if has_aims:
            ours, python = (tables.median(results[function][side]["first_cpu_ms"]) for side in ("ours", "python"))
            yield Aim(f"{function}: CPU ms to the end of the first request", ours, 6, "at most")
            yield Aim(f"{function}: CPU of Python / ours", python / ours, 40, "at least")
    for function, sides in results.items():
        if (go := services.quicker_go(sides, "first_cpu_ms")) is not None:
            ours = tables.median(sides["ours"]["first_cpu_ms"])
            yield Aim(f"{function}: CPU of the quicker Go / ours", go / ours, handlers.GO_LEAST, "at least")
        yield Aim(f"{function}: CPU ms to the first next", tables.median(sides["ours"]["next_cpu_ms"]), 1.6, "at most")
        dropped = tables.median(sides["ours, dropped"]["first_wall_ms"])
        yield Aim(f"{function}: ms to the end of the first request, dropped", dropped, 15, "at most")
    yield Aim("largest zip of a function: MB", max(archives.values()) / 1e6, 4, "at most")


def main():
    options = tables.arguments(__doc__, *services.OPTIONS)
    report = tables.Report("cold", "Cold start", options)
    root, chain, key = certificates(options.work)
    stub = services.Stub(options.work / "stub", "--certificate", chain, "--key", key)
    results = measure(options, stub, *task_root(options.work, options.dist, root))
    stub.close()
    archives = {function: (options.dist / f"{function}.zip").stat().st_size for function, *_ in CASES}
    text = (
        'From the start of the process. "Cached": its files are in the page cache, so that nothing is read from the '
        'disk; Python is measured only so, and aims that do not say "dropped" are for this. "Dropped": the bootstrap '
        "is out of the page cache. The first event has one record. The archiver makes four requests for it and the "
        "normal processor none, so that the aims of 6 ms and of 40 × Python are not for them; Python's normal "
        "processor does without boto3.\n\n"
    )
    report.finish(text + table(results), {"starts": results, "zip_bytes": archives}, aims(results, archives))


if __name__ == "__main__":
    main()
