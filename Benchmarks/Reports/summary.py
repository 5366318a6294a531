"""Puts what scripts/bench all has measured together: cost, every aim, and with --record documents and plots."""

import argparse
import json
import sys
from pathlib import Path

import cost
import plots
import tables
from tables import Aim


def read(folder, names):
    """The reports that are there, by name."""
    files = {name: folder / f"{name}.json" for name in names}
    return {name: json.loads(file.read_text()) for name, file in files.items() if file.exists()}


def aims_of(report):
    return [Aim(aim["what"], aim["value"], aim["limit"], aim["kind"]) for aim in report["aims"]]


def aim_table(reports, absent):
    rows = []
    for name, report in reports.items():
        for aim in aims_of(report):
            value = "not measured" if aim.value is None else f"{aim.value:.2f}"
            off = "" if aim.is_met or aim.value is None else f" by {abs(aim.value / aim.limit - 1):.0%}"
            verdict = "met" if aim.is_met else f"**missed**{off}"
            rows.append([name, aim.what, verdict, value, f"{aim.kind} {aim.limit:g}"])
    rows += [[name, "did not run to its end", "**missed**", "", ""] for name in absent]
    return tables.markdown(["benchmark", "aim", "", "measured", "limit"], rows, texts=3)


def plot(reports, costs, target):
    """Writes the plots; gives their names, and what they show."""
    handlers = reports["handlers"]
    note = tables.describe(handlers["machine"])
    cases = handlers["results"]["cases"].items()
    rows = [
        (name, *(1e6 / tables.median(case[side]["wall_us"]) for side in ("ours", "python")))
        for name, case in cases
        if "python" in case
    ]
    (target / "records-per-second.svg").write_text(plots.speeds(rows, note))
    functions = [(name, item["ours"]["usd"], item["python"]["usd"]) for name, item in costs["functions"].items()]
    orders = [
        (name, *((item[side]["usd"], item[side]["total"]) for side in ("ours", "python")))
        for name, item in costs["orders"].items()
    ]
    prices = f"List prices of {cost.PRICES['region']}, written down on {cost.PRICES['written_down']}."
    (target / "cost-per-million-orders.svg").write_text(plots.bills(functions, orders, prices, note))
    return {
        "records-per-second.svg": "Records per second of each function, ours and Python's",
        "cost-per-million-orders.svg": "Cost of a million orders, ours and Python's",
    }


def document(folder, reports, priced, table, images):
    """The recorded results as one Markdown page."""
    first = next(iter(reports.values()))
    is_quick = any(report["is_quick"] for report in reports.values())
    command = f"scripts/bench all{' --quick' if is_quick else ''} --record"
    seconds = sum(report["seconds"] for report in reports.values())
    parts = [
        "# Results of the benchmarks",
        f"Written by `{command}`, which measured for {seconds / 60:.0f} minutes; begun "
        f"{tables.describe(first['machine'])}. Every measurement is in [results.json](results.json); what is measured, "
        "and how to read it, is in [../benchmarks.md](../benchmarks.md).",
        *(f"![{words}]({image})" for image, words in images.items()),
        "## Aims",
        table,
        "Why one is missed, with profiles: [../benchmarks.md](../benchmarks.md#why-an-aim-is-missed).",
        *((folder / f"{name}.md").read_text().strip() for name in reports),
        *priced,
    ]
    return "\n\n".join(parts) + "\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--results", type=Path, required=True, help="where NAME.json and NAME.md are")
    parser.add_argument("--json", type=Path)
    parser.add_argument("--record", type=Path)
    parser.add_argument("benchmarks", nargs="+")
    options = parser.parse_args()
    reports = read(options.results, options.benchmarks)
    absent = [name for name in options.benchmarks if name not in reports]
    costs, priced = None, []
    if "handlers" in reports and "cold" in reports:
        # As they are recorded, so that the page shows what its JSON has.
        costs = tables.rounded(cost.costs(reports["handlers"], reports["cold"]))
        priced = ["## Cost", cost.markdown(costs)]
        print("\n\n".join(priced) + "\n")
    table = aim_table(reports, absent)
    print(f"## Aims\n\n{table}\n")
    whole = {"reports": reports, "cost": costs, "prices": cost.PRICES}
    if options.json:
        tables.write_json(options.json, whole)
    missed = sum(not aim.is_met for report in reports.values() for aim in aims_of(report))
    if options.record:
        # Half a run is no result to commit.
        if absent:
            sys.exit(f"bench: nothing recorded, since these did not run to their end: {', '.join(absent)}")
        options.record.mkdir(parents=True, exist_ok=True)
        images = plot(reports, costs, options.record)
        page = document(options.results, reports, priced, table, images)
        (options.record / "results.md").write_text(page)
        tables.write_json(options.record / "results.json", whole)
        print(f"Written to {options.record}.", file=sys.stderr)
    total = sum(len(report["aims"]) for report in reports.values())
    print(f"{total - missed} of {total} aims are met." + "".join(f" {name} did not run." for name in absent))
    sys.exit(1 if missed or absent else 0)


if __name__ == "__main__":
    main()
