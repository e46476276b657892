"""The claims of "Mind the Gap" (2025): softmax (DiffLogic), gumbel-soft, gumbel and hard at equal budgets.

    python benchmarks/mind_the_gap.py --small       6 and 12 layers x 1,000 on MNIST, 20 minutes on two cores
    python benchmarks/mind_the_gap.py               6 and 12 layers x 8,000 on MNIST; --plan says how long it takes
    python benchmarks/mind_the_gap.py --cifar10     6 to 12 layers x 256,000 on CIFAR-10, the paper's own

Add --data-dir FOLDER, or set $GATEWRIGHT_DATA. Every run is a JSON file in --out as soon as it is done; the same
command goes on where it stopped. The table is printed, and lies in --out with its plots.

Everything but the method is the paper's for every contender: Adam at a constant 0.01, batch 128, random wiring, noise
of scale 1. The start is the paper's too, N(0, 1) logits; where small networks need another one to leave chance within
the budget, "residual" adds 8 to the logit of "first operand". MNIST's pixels are one bit, above half of the range;
GroupSum's temperature grows with the root of the width. The test split is read once, by the last network of a run.

Gaps are accuracy in training mode minus accuracy of the discrete network, to a noisy hard sample and to the soft
mixture. Unused gates end with more entropy than the 5th percentile of the start; dead ones are constant, or lead
nowhere. Convergence is where the moving average over five evaluations of held-out accuracy comes to stay within 0.5
points of its end; seconds are of the steps alone. The Hessian is that of the mean cross-entropy of the soft mixture on
the first samples of the training split, by all logits over temperature.
"""

from __future__ import annotations

import argparse
import itertools
import json
import sys
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from claims import hessian, plots, table, training

from gatewright.errors import GatewrightError
from gatewright.run import write_whole
from gatewright.train.recipes.recipe import Recipe

STARTS = {"paper": 0.0, "residual": 8.0}
"""What the starts add to the logit of "first operand"."""


@dataclass(frozen=True)
class Study:
    """A table to fill.

    Attributes:
        dataset: name.
        width: gates of a layer.
        depths: numbers of layers.
        starts: of `STARTS`.
        group_tau: of GroupSum.
        steps: of each run.
        evaluate_every: steps.
        taus: of gumbel; the other methods have 1.
        vectors, samples: of the Hessian's trace; 0 leaves it out.
    """

    dataset: str
    width: int
    depths: tuple[int, ...]
    starts: tuple[str, ...]
    group_tau: float
    steps: int
    evaluate_every: int
    taus: tuple[float, ...]
    vectors: int
    samples: int


SMALL = Study("mnist", 1000, (6, 12), ("paper", "residual"), 4.0, 3000, 100, (0.25, 0.5, 1.0, 2.0), 24, 64)
FULL = Study("mnist", 8000, (6, 12), ("paper", "residual"), 10.0, 50_000, 500, (0.1, 0.25, 0.5, 1.0, 2.0), 200, 64)
CIFAR10 = Study("cifar10", 256_000, (6, 8, 10, 12), ("paper",), 100.0, 200_000, 2000, (0.1, 0.25, 0.5, 1.0, 2.0), 0, 0)


@dataclass(frozen=True)
class Setting:
    """One run of a study."""

    start: str
    recipe: Recipe

    @property
    def name(self) -> str:
        """Of its file."""
        r = self.recipe
        shape = f"{len(r.layers)}x{r.layers[0]}"
        return f"{r.dataset}-{shape}-{self.start}-{r.method}-tau{r.tau:g}-seed{r.seed}.json"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    size = parser.add_mutually_exclusive_group()
    size.add_argument("--small", action="store_true")
    size.add_argument("--cifar10", action="store_true")
    parser.add_argument(
        "--plan", action="store_true", help="measure a few steps of each kind; print what all would take"
    )
    parser.add_argument("--data-dir", type=Path)
    parser.add_argument("--out", type=Path, help="folder; runs/mind_the_gap and the size, unless named")
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("--steps", type=int, help="of each run, to try things out")
    parser.add_argument("--only", default="", help="runs whose name holds this, such as 12x8000-paper-gumbel-tau1")
    options = parser.parse_args()
    study = SMALL if options.small else CIFAR10 if options.cifar10 else FULL
    label = "small" if options.small else study.dataset
    if options.steps:
        study = replace(
            study, steps=options.steps, evaluate_every=max(1, min(study.evaluate_every, options.steps // 10))
        )
    try:
        data = training.load(study.dataset, options.data_dir)
        if options.plan:
            print(plan(study, data, settings(study, options.seeds, options.only)))
            return
        out = options.out or Path("runs/mind_the_gap") / label
        results = run(study, data, settings(study, options.seeds, options.only), out)
        text = table.markdown(results)
        write_whole(out / "table.md", text)
        plots.draw(results, out)
    except GatewrightError as error:
        sys.exit(f"Error: {error}")
    print(text)


def settings(study: Study, seeds: int, only: str = "") -> list[Setting]:
    """All runs, seed by seed; gumbel at every temperature with the last start and the most layers.

    Raises:
        GatewrightError: if no name holds ``only``.
    """
    found = []
    for seed in range(seeds):
        for start in study.starts:
            for depth in study.depths:
                varied = start == study.starts[-1] and depth == study.depths[-1]
                for method in table.METHODS:
                    for tau in study.taus if method == "gumbel" and varied else (1.0,):
                        found.append(Setting(start, _recipe(study, start, depth, method, tau, seed)))
    chosen = [setting for setting in found if only in setting.name]
    if not chosen:
        raise GatewrightError(f"No run has {only!r} in its name: try a part of {found[0].name}.")
    return chosen


def _recipe(study: Study, start: str, depth: int, method: str, tau: float, seed: int) -> Recipe:
    return Recipe(
        name="mind-the-gap",
        dataset=study.dataset,
        layers=(study.width,) * depth,
        method=method,
        tau=tau,
        noise_scale=1.0,
        group_tau=study.group_tau,
        init_scale=1.0,
        residual=STARTS[start],
        learning_rate=0.01,
        batch=128,
        steps=study.steps,
        evaluate_every=study.evaluate_every,
        seed=seed,
    )


def run(study: Study, data: training.Bits, everything: list[Setting], out: Path) -> list[dict[str, Any]]:
    """The results of all these settings; what ``out`` holds already is not done again.

    Raises:
        GatewrightError: if ``out`` holds a run of another recipe, or cannot be written.
    """
    results = []
    for number, setting in enumerate(everything, 1):
        path = out / setting.name
        found = _known(path, setting)
        if found is None:
            print(f"{number}/{len(everything)} {setting.name}", file=sys.stderr, flush=True)
            found = _result(study, setting, data)
            write_whole(path, json.dumps(found, indent=1) + "\n")
        results.append(found)
    return results


def _known(path: Path, setting: Setting) -> dict[str, Any] | None:
    if not path.exists():
        return None
    try:
        found = dict(json.loads(path.read_text()))
        same = found["recipe"] == json.loads(json.dumps(asdict(setting.recipe)))
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise GatewrightError(f"{path} is damaged ({error!r}): remove it, and start again.") from error
    if not same:
        raise GatewrightError(f"{path} is a run of another recipe: choose another --out.")
    return found


def _result(study: Study, setting: Setting, data: training.Bits) -> dict[str, Any]:
    trained = training.train(setting.recipe, data)
    trace = trace_error = None
    if study.vectors:
        x, labels = (part[: study.samples] for part in data.fit)
        trace, trace_error = hessian.trace(trained.network, data.bits(x), labels, study.vectors, setting.recipe.seed)
    values = training.measure(trained, data) | {"trace": trace, "trace_error": trace_error}
    return {"start": setting.start, "recipe": asdict(setting.recipe), **values, "curve": trained.curve}


def plan(study: Study, data: training.Bits, everything: list[Setting]) -> str:
    """Milliseconds a step for each kind of run, measured over a few steps, and the hours that all of them take."""
    kinds: dict[tuple[int, str], list[Setting]] = {}
    for setting in everything:
        kinds.setdefault((len(setting.recipe.layers), setting.recipe.method), []).append(setting)
    lines, total = ["| layers | method | ms a step | runs | hours |", "|---|---|---|---|---|"], 0.0
    for (depth, method), alike in kinds.items():
        seconds = _seconds_a_step(alike[0].recipe, data)
        hours = len(alike) * study.steps * seconds / 3600
        total += hours
        lines.append(f"| {depth} | {method} | {1e3 * seconds:.1f} | {len(alike)} | {hours:.2f} |")
    runs = f"{len(everything)} runs of {study.steps:,} steps"
    lines.append(f"\n{runs}: {total:.1f} hours, evaluations and Hessians left out.")
    return "\n".join(lines)


def _seconds_a_step(recipe: Recipe, data: training.Bits) -> float:
    """The least of five steps."""
    few = replace(recipe, steps=5, evaluate_every=1)
    nothing = (data.held_out[0][:0], data.held_out[1][:0])
    ends = [0.0, *(line["seconds"] for line in training.train(few, replace(data, held_out=nothing)).curve)]
    return min(after - before for before, after in itertools.pairwise(ends))


if __name__ == "__main__":
    main()
