"""Draws what a million orders cost, part by part, before a change of design and after it, from the model of cost.

python cost_parts.py --record FILE   writes the parts as the model has them, to be a "before" later
python cost_parts.py --before FILE --plot SVG
"""

import argparse
import json
import sys
from pathlib import Path

import plots

ROOT = Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "scripts"))

from costs.lines import Kind  # noqa: E402
from costs.model import Model  # noqa: E402
from costs.prices import MILLION, PRICES  # noqa: E402
from costs.stack import Stack  # noqa: E402
from costs.workload import DAYS_A_MONTH, Workload  # noqa: E402
from deployment.template import Template  # noqa: E402

A_DAY = MILLION * DAYS_A_MONTH
WORKLOADS = {
    "by Kinesis, one product of 1,000 each": Workload(A_DAY),
    "by Kinesis, six products of 1,000 each": Workload(A_DAY, products_an_order=6),
    "by HTTP, one product of 1,000 each": Workload(A_DAY, "http"),
    "by SNS, three messages each": Workload(A_DAY, "sns"),
}
PARTS = ["counting", "archive and order rows", "stream", "order messages", "processing", "HTTP", "logs"]


def parts(workload):
    """USD for a million orders by part, of a stack with the template's parameters."""
    stack = Stack.of(Template.parse((ROOT / "cloudformation.yaml").read_text()), {})
    found = {
        part: sum(line.usd for line in lines if line.kind is Kind.ORDERS)
        for part, lines in Model(stack, workload).bill().parts().items()
    }
    return {part: usd * MILLION / workload.orders_a_month for part, usd in found.items() if usd}


def draw(before, after, note):
    """Two stacked bars for each workload."""
    drawing = plots.Drawing("Cost of a million orders, part by part", *note)
    drawing.stacks([(name, before[name], after[name]) for name in before], PARTS, "USD per million orders")
    return drawing.svg()


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--record", type=Path)
    parser.add_argument("--before", type=Path)
    parser.add_argument("--plot", type=Path)
    options = parser.parse_args()
    now = {name: parts(workload) for name, workload in WORKLOADS.items()}
    if options.record:
        options.record.write_text(json.dumps(now, indent=1) + "\n")
    if options.plot:
        note = [
            "A million orders in a day, evenly; without what is paid by the time, and without storage.",
            f"List prices of {PRICES['region']}, {PRICES['written_down']}; the template's parameters.",
        ]
        options.plot.write_text(draw(json.loads(options.before.read_text()), now, note))


if __name__ == "__main__":
    main()
