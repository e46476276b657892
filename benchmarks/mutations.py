"""Random faults in graph, Verilog, netlist and bitstream, and whether the proof catches them.

    python benchmarks/mutations.py [--each 30] [--seed 0]

A fault is seen if a simulation (for graphs: every input) shows a wrong output. One that is not caught must be proven
equal by another engine; otherwise it is missed. The network is the small one of the tests, on an iCE40 UP5K, and the
code is that of the tests, so the folder of the repository must be importable.
"""

from __future__ import annotations

import argparse
import platform
import sys
import tempfile
import time
from pathlib import Path

from benchmarks.demo import processor
from tests.sim.prove.faults import KINDS, Outcome, campaign


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--each", type=int, default=30, help="faults of each kind")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    started = time.monotonic()
    outcomes = []
    with tempfile.TemporaryDirectory() as folder:
        for outcome in campaign(Path(folder), arguments.seed, (arguments.each,) * len(KINDS)):
            outcomes.append(outcome)
            print(f"\r{len(outcomes)} of {arguments.each * len(KINDS)}", end="", file=sys.stderr, flush=True)
    print(f"\r{processor()}, Python {platform.python_version()}, seed {arguments.seed}, "
          f"{time.monotonic() - started:.0f} s\n")  # fmt: skip
    print("| fault | faults | caught | of these seen in simulation | not caught, proven equal | missed |")
    print("|---|---|---|---|---|---|")
    for kind in (*KINDS, "all"):
        print(row(kind, [outcome for outcome in outcomes if kind in (outcome.kind, "all")]))
    for outcome in outcomes:
        if outcome.missed:
            print(f"missed: {outcome}")
    sys.exit(any(outcome.missed for outcome in outcomes))


def row(kind: str, outcomes: list[Outcome]) -> str:
    caught = [outcome for outcome in outcomes if outcome.caught]
    seen = [outcome for outcome in caught if outcome.seen]
    simulated = any(outcome.seen is not None for outcome in outcomes)
    equal = [outcome for outcome in outcomes if not outcome.caught and outcome.equal]
    missed = [outcome for outcome in outcomes if outcome.missed]
    seen_text = str(len(seen)) if simulated else "not simulated"
    return f"| {kind} | {len(outcomes)} | {len(caught)} | {seen_text} | {len(equal)} | {len(missed)} |"


if __name__ == "__main__":
    main()
