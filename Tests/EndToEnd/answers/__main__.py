"""Compares the functions' AWS client with botocore over as many answers as asked for."""

from __future__ import annotations

import argparse
import itertools
import random
import sys
from collections.abc import Iterator
from random import Random

from .cases import Case, random_case, silences, systematic
from .comparison import TIMEOUT_OF_SILENCE, Report, compare
from .differences import DIFFERENCES

# Of each kind that nothing explains.
SHOWN = 20


def cases(seed: int, count: int) -> Iterator[Case]:
    """Every modelled error, status and body, and then so many that the seed makes."""
    generator = Random(seed)
    return itertools.chain(systematic(), (random_case(generator) for _ in range(count)))


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="scripts/answers", description=__doc__)
    parser.add_argument("--cases", type=int, default=5000, help="random answers, beside the systematic ones")
    parser.add_argument("--seed", type=int, help="of the random ones (default: drawn, and printed)")
    options = parser.parse_args(arguments)
    seed = options.seed if options.seed is not None else random.SystemRandom().randrange(10**9)
    print(f"seed {seed}")
    reports = [compare(cases(seed, options.cases)), compare(silences(), TIMEOUT_OF_SILENCE)]
    for report in reports:
        for complaint in report.unexplained[:SHOWN]:
            print(complaint)
    _summarize(reports)
    return 1 if any(report.unexplained for report in reports) else 0


def _summarize(reports: list[Report]) -> None:
    explained = sum((report.explained for report in reports), start=type(reports[0].explained)())
    print("Differences that are meant:")
    for difference in DIFFERENCES:
        print(f"  {explained[difference.name]:6}  {difference.name}: {difference.reason}")
    total = sum(report.cases for report in reports)
    print(f"{total} answers, {sum(len(report.unexplained) for report in reports)} differences without a reason")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
