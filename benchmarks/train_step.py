"""Time and memory of one training step: gatewright in either precision, plain PyTorch, and torchlogix if installed.

    python benchmarks/train_step.py [--width 8000] [--layers 6] [--batch 128] [--rounds 3] [--compile]

Every contender trains the same shape of network on the same random bits in a process of its own, taking turns, and
the medians over all turns are printed; memory is the peak of the process beyond what it held when everything was
imported. ``--compile`` times torchlogix under ``torch.compile`` as well; that takes minutes. torchlogix is looked for
in this Python, or in the one that ``--peer-python`` names.

The parts of our step follow, and the time that its memory traffic alone would take: everything that has to be read or
written, once, at the speed at which this machine copies large arrays.
"""

from __future__ import annotations

import argparse
import functools
import json
import resource
import statistics
import subprocess
import sys
import time
import types
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor, nn

INPUTS, CLASSES, TAU = 784, 10, 30.0


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--width", type=int, default=8000)
    parser.add_argument("--layers", type=int, default=6)
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=5.0, help="of each turn")
    parser.add_argument("--compile", action="store_true")
    parser.add_argument("--peer-python", default=sys.executable)
    parser.add_argument("--turn", help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.turn:
        print(json.dumps(turn(options)))
        return
    parts = in_a_process("parts", options)
    names = ["gatewright", "gatewright, mixed", "plain torch", "torchlogix"] + ["torchlogix compiled"] * options.compile
    turns: dict[str, list[dict[str, float]]] = {name: [] for name in names}
    for _ in range(options.rounds):
        for name in names:
            found = in_a_process(name, options)
            if found:
                turns[name].append(found)
    report(options, {name: found for name, found in turns.items() if found})
    if parts:
        report_parts(parts)


def in_a_process(name: str, options: argparse.Namespace) -> dict[str, float] | None:
    """One turn of one contender, or None where it is not installed."""
    python = options.peer_python if name.startswith("torchlogix") else sys.executable
    shape = [f"--{key}={getattr(options, key)}" for key in ("width", "layers", "batch", "seconds")]
    command = [python, str(Path(__file__).resolve()), "--turn", name, *shape]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode:
        print(f"{name}: {(result.stderr.strip().splitlines() or ['it failed'])[-1]}", file=sys.stderr)
        return None
    return dict(json.loads(result.stdout.splitlines()[-1]))


def turn(options: argparse.Namespace) -> dict[str, float]:
    """Steps for some seconds after a warm-up, and the peak of the process's memory beyond its imports."""
    if options.turn == "parts":
        return parts_of_a_step(options)
    make_step(options.turn, argparse.Namespace(**vars(options) | {"width": 100 * CLASSES, "layers": 2}))()
    before = memory()
    step = make_step(options.turn, options)
    for _ in range(3):
        step()
    times: list[float] = []
    started = time.perf_counter()
    while len(times) < 3 or time.perf_counter() - started < options.seconds:
        at = time.perf_counter()
        step()
        times.append(time.perf_counter() - at)
    return {"median": statistics.median(times), "steps": len(times), "mib": memory() - before}


def memory() -> float:
    """Peak resident memory of this process in MiB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


PARTS = {
    "choice.sample": "noise and sampling",
    "circuit.pack": "forward pass",
    "circuit.evaluate": "forward pass",
    "circuit.count": "forward pass",
    "gradient.start": "sums and gather",
    "gradient.gather": "sums and gather",
    "choice.function_gradient": "gradient of the logits",
    "optimiser.adam": "Adam",
}
"""Our kernels, and the part of a step that each belongs to."""


def parts_of_a_step(options: argparse.Namespace) -> dict[str, float]:
    """Milliseconds of each part of our step, of the whole, and of its memory traffic at copying speed."""
    from gatewright.train import optimiser
    from gatewright.train.kernels.cpu import choice, circuit, gradient

    modules = {"choice": choice, "circuit": circuit, "gradient": gradient, "optimiser": optimiser}
    spent = dict.fromkeys(PARTS.values(), 0.0)
    for name, part in PARTS.items():
        module, _, kernel = name.partition(".")
        setattr(modules[module], kernel, timed(getattr(modules[module], kernel), spent, part))
    step = make_step("gatewright", options)
    for _ in range(3):
        step()
    found: list[dict[str, float]] = []
    started = time.perf_counter()
    while len(found) < 5 or time.perf_counter() - started < options.seconds:
        spent.update(dict.fromkeys(spent, 0.0))
        at = time.perf_counter()
        step()
        whole = time.perf_counter() - at
        found.append({**spent, "autograd, loss and calls": whole - sum(spent.values()), "whole step": whole})
    medians = {name: 1e3 * statistics.median(each[name] for each in found) for name in found[0]}
    return {**medians, "memory traffic at copying speed": 1e3 * bytes_moved(options) / copying_speed()}


def timed(kernel: Callable[..., None], spent: dict[str, float], part: str) -> Callable[..., None]:
    def run(*arguments: object) -> None:
        at = time.perf_counter()
        kernel(*arguments)
        spent[part] += time.perf_counter() - at

    return run


def bytes_moved(options: argparse.Namespace) -> int:
    """What a step has to read or write, once: parameters and what belongs to each, and the gradient rows."""
    parameters = 16 * options.width * options.layers
    # Read logits, write noisy ones; read them, write gradients; Adam reads four arrays and writes three.
    of_parameters = (2 + 2 + 7) * 4 * parameters
    of_rows = 2 * 4 * options.batch * options.width * (options.layers - 1)
    return of_parameters + of_rows


def copying_speed() -> float:
    """Bytes read and written a second by a copy of 256 MiB, the best of five."""
    import torch

    source = torch.ones(2**26)
    target = torch.empty_like(source)
    best = 0.0
    for _ in range(5):
        at = time.perf_counter()
        target.copy_(source)
        best = max(best, 2 * 4 * source.numel() / (time.perf_counter() - at))
    return best


def make_step(name: str, options: argparse.Namespace) -> Callable[[], None]:
    import torch
    from torch import nn

    torch.manual_seed(0)
    bits = torch.randint(2, (options.batch, INPUTS), dtype=torch.uint8)
    labels = torch.randint(CLASSES, (options.batch,))
    widths = [options.width] * options.layers
    if name.startswith("torchlogix"):
        network: nn.Module = torchlogix(widths)
        run = torch.compile(network) if name.endswith("compiled") else network
        x = bits.float()
    else:
        from gatewright.train.method import Mode
        from gatewright.train.network import build, scores
        from gatewright.train.recipes.recipe import Recipe

        # Random logits: a residual start would let most operands be skipped.
        start = {"noise_scale": 1.0, "init_scale": 1.0, "residual": 0.0}
        precision = "mixed" if name.endswith("mixed") else "float32"
        recipe = Recipe("step", "bits", tuple(widths), precision=precision, group_tau=TAU, **start)
        network = build(recipe, INPUTS, CLASSES, torch.Generator().manual_seed(0))
        x = bits
        if name.startswith("gatewright"):
            run = functools.partial(scores, network, mode=Mode.SAMPLE)
        else:
            run, x = plain(network), bits.float()
    if name.startswith("gatewright"):
        from gatewright.train.optimiser import Adam as Optimiser
    else:
        from torch.optim import Adam as Optimiser
    optimiser = Optimiser(network.parameters(), lr=0.01)

    def step() -> None:
        optimiser.zero_grad()
        nn.functional.cross_entropy(run(x), labels).backward()
        optimiser.step()

    return step


def plain(network: nn.Sequential) -> Callable[[Tensor], Tensor]:
    """The reference kernel: autograd through the relaxations."""
    import torch

    from gatewright.train.kernels import reference

    def run(x: Tensor) -> Tensor:
        for layer in network[:-1]:
            noise = -torch.empty_like(layer.logits).exponential_().log_()
            x = reference.gates(x, layer.candidates, layer.logits, noise, layer.tau)
        return network[-1](x)

    return run


def torchlogix(widths: list[int], device: str = "cpu") -> nn.Module:
    """The peer's layers in its hard Gumbel mode."""
    # Its circuit module needs a newer Python, and training does not need it.
    stub = types.ModuleType("torchlogix.circuit")
    stub.Circuit = object
    sys.modules["torchlogix.circuit"] = stub
    from torch import nn
    from torchlogix.layers import GroupSum, LogicDense

    kind = {"parametrization": "raw", "parametrization_kwargs": {"forward_sampling": "gumbel_hard"}, "device": device}
    sizes = zip([INPUTS, *widths[:-1]], widths, strict=True)
    return nn.Sequential(*(LogicDense(a, b, **kind) for a, b in sizes), GroupSum(CLASSES, TAU)).to(device)


def report(options: argparse.Namespace, turns: dict[str, list[dict[str, float]]]) -> None:
    ours = statistics.median(t["median"] for t in turns["gatewright"])
    least = statistics.median(t["mib"] for t in turns["gatewright"])
    print(f"{options.layers} x {options.width} gates, batch {options.batch}, {options.rounds} rounds\n")
    print("| | ms a step | times ours | MiB beyond imports | times ours |\n|---|---|---|---|---|")
    for name, found in turns.items():
        median, mib = (statistics.median(t[key] for t in found) for key in ("median", "mib"))
        print(f"| {name} | {1e3 * median:.1f} | {median / ours:.1f} | {mib:.0f} | {mib / least:.1f} |")


def report_parts(parts: dict[str, float]) -> None:
    print("\n| part of our step | ms | of the whole |\n|---|---|---|")
    for name, ms in parts.items():
        print(f"| {name} | {ms:.2f} | {100 * ms / parts['whole step']:.0f} % |")


if __name__ == "__main__":
    main()
