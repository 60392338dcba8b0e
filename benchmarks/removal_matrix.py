"""The whole removal matrix: ``python benchmarks/removal_matrix.py [FP-1.3 ...]``.

Takes every single thing away from the embedded bot and runs every failure point that can do
without it. Prints the cells that fail, and ends with 1 when there are any. Many minutes for all.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Iterator

from measure import ROOT

sys.path.insert(0, str(ROOT))

from pytest_fpharness.model.verdict import Verdict
from pytest_fpharness.runner.runner import Runner
from tests.support.removals import (
    HERE,
    REMOVALS,
    TARGET,
    cases,
    clauses,
    companions_of,
    independent,
    plans,
    says,
    showing,
    without,
)


def main() -> int:
    """Run the rows that are asked for; the exit code."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("fp", nargs="*", help="Take away from these failure points only")
    parser.add_argument("--what", action="append", choices=sorted(REMOVALS), help="These only")
    parser.add_argument("-n", "--processes", type=int, default=2)
    args = parser.parse_args()
    asked = [
        (fp, what)
        for fp, what in cases()
        if (not args.fp or fp in args.fp) and (not args.what or what in args.what)
    ]
    began, failed = time.monotonic(), 0
    for fp, what in asked:
        bad = list(row(fp, what, args.processes))
        failed += len(bad)
        print(f"{fp} without {what}: {len(independent(fp, what))} others, {len(bad)} cells fail")
        print("".join(f"  {line}\n" for line in bad), end="", flush=True)
    took = time.monotonic() - began
    print(f"{len(asked)} removals, {failed} cells fail, {took:.0f} s")
    return 1 if failed else 0


def row(fp: str, what: str, processes: int) -> Iterator[str]:
    """The cells of one removal that are not as they should be."""
    own = without(showing(fp, what), fp, what)
    others = [without(plans()[other][0], fp, what) for other in independent(fp, what)]
    # A runner of its own: a warm process keeps each world until it ends.
    with Runner(TARGET, base=str(HERE), processes=processes) as runner:
        mine = runner.submit(own, companions=companions_of(showing(fp, what), what))
        rest = [runner.submit(plan, companions=False) for plan in others]
        record = mine.result()
        if record.verdict is not Verdict.FAIL or not says(record, clauses(fp, what)):
            yield f"{record.id} {record.verdict.name}, should name it: {record.reasons}"
        for record in (each.result() for each in rest):
            if record.verdict is not Verdict.PASS:
                yield f"{record.id} {record.verdict.name}: {record.reasons}"


if __name__ == "__main__":
    sys.exit(main())
