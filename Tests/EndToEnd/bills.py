"""Bills of the model of cost, for tests: of the template's stack with other parameters, and what their lines say."""

from __future__ import annotations

import sys

from deployments import TEMPLATE
from pipeline.stack import ROOT

sys.path.insert(0, str(ROOT / "scripts"))
from costs.lines import Bill
from costs.model import Model
from costs.stack import Stack
from costs.workload import Workload
from deployment.template import Template

PARSED = Template.parse(TEMPLATE)
GB = 2**30


def stack(**parameters: str) -> Stack:
    return Stack.of(PARSED, parameters)


def bill(workload: Workload, **parameters: str) -> Bill:
    return Model(stack(**parameters), workload).bill()


def usd(found: Bill, part: str, *words: str) -> float:
    """What the lines of a part cost together whose text has one of these words; all of them, if there is none."""
    lines = [line for line in found.lines if line.part == part]
    chosen = [line for line in lines if not words or any(word in line.what for word in words)]
    assert chosen, f"no line of {part} says {words}: {[line.what for line in lines]}"
    return sum(line.usd for line in chosen)
