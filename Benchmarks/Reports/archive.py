"""Measures what counting an archived day anew costs, and comparing it with the table."""

import os
import resource
import shutil
import subprocess
import sys
import time
from pathlib import Path

import archive_stack
import tables
from tables import Aim

RATE_LIMIT = 200_000
SECONDS_LIMIT = 30
MEMORY_LIMIT = 200


def run(command, stack, root):
    """What a run of the tool took: wall, user and system seconds, the peak of its memory in MB, and what it said."""
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": os.environ["HOME"],
        "AWS_REGION": "eu-central-1",
        "AWS_ACCESS_KEY_ID": "AKIDEXAMPLE",
        "AWS_SECRET_ACCESS_KEY": "wJalrXUtnFEMI/K7MDENG+bPxRfiCYEXAMPLEKEY",
        "AWS_ENDPOINT_URL": stack.url,
        "ORDERS_PROJECT": str(root),
    }
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    start = time.monotonic()
    done = subprocess.run([str(part) for part in command], env=environment, capture_output=True, text=True)
    wall = time.monotonic() - start
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    if done.returncode:
        sys.exit(f"bench: {' '.join(map(str, command))} failed:\n{done.stdout}{done.stderr}")
    user, system = after.ru_utime - before.ru_utime, after.ru_stime - before.ru_stime
    # The peak of all children so far, of which the tool is the largest.
    return {"seconds": wall, "user": user, "system": system, "mb": after.ru_maxrss / 1024, "said": done.stdout}


def main():
    own = [(name, {"type": Path, "required": True}) for name in ("--tool", "--archiver", "--root", "--work")]
    options = tables.arguments(__doc__, *own)
    report = tables.Report("archive", "Archive", options)
    orders = 100_000 if options.quick else 1_000_000
    folder = options.work / "archive"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    subprocess.run([options.archiver, "--archive", folder, str(orders)], check=True, stdout=subprocess.DEVNULL)
    objects = list(folder.glob("orders/*/*/*.gz"))
    compressed = sum(file.stat().st_size for file in objects)

    stack = archive_stack.Stack()
    runs = {"rebuild": run([options.tool, "rebuild", "--archive", folder, "--into", "rebuilt"], stack, options.root)}
    stack.take_over()
    stack.shards = sorted({file.name.rsplit("-", 1)[0] for file in objects})
    runs["audit"] = run([options.tool, "audit", "--archive", folder, "--without-orders"], stack, options.root)
    if "Everything agrees." not in runs["audit"]["said"]:
        sys.exit(f"bench: the audit found something:\n{runs['audit']['said']}")
    stack.close()
    shutil.rmtree(folder)

    # Each hundredth order is there twice.
    records = orders + orders // 100
    rates = {name: records / measured["user"] for name, measured in runs.items()}
    rows = [
        [
            name,
            f"{rates[name]:,.0f}",
            f"{took['seconds']:.1f}",
            f"{took['user']:.1f}",
            f"{took['system']:.1f}",
            f"{took['mb']:.0f}",
        ]
        for name, took in runs.items()
    ]
    head = ["`orders …`", "records a second of user CPU", "s", "user CPU, s", "system, s", "peak MB"]
    parts = [
        f"A day of {orders:,} orders of one to six products, in {len(objects):,} objects of the archiver's, "
        f"{compressed / 1e6:,.0f} MB, read from a folder. The tool is as `scripts/orders` builds it.",
        tables.markdown(head, rows),
    ]
    aims = [
        Aim("`rebuild`: records a second and core", rates["rebuild"], RATE_LIMIT, "at least"),
        Aim("`rebuild` and `audit`, s", sum(took["seconds"] for took in runs.values()), SECONDS_LIMIT, "at most"),
        Aim("peak MB", max(took["mb"] for took in runs.values()), MEMORY_LIMIT, "at most"),
    ]
    results = {name: {key: took[key] for key in ("seconds", "user", "system", "mb")} for name, took in runs.items()}
    report.finish("\n\n".join(parts), {**results, "orders": orders, "objects": len(objects)}, aims)


if __name__ == "__main__":
    main()
