"""Time and memory of one training step on a GPU: gatewright, torchlogix, and difflogic's CUDA kernels.

    python benchmarks/train_step_gpu.py [--batch 128] [--rounds 3] [--compile] [--shape 6x64000 --shape 12x256000]

As `train_step.py`: every contender trains the same shape of network on the same random bits in a process of its own,
taking turns, and medians over all turns are printed. "graph" is our step as one CUDA graph, "bfloat16" that with
gradient rows of 16 bits. torchlogix and difflogic take part where they are installed; difflogic trains the softmax
mixture, which has no hard choices. Memory is the peak of what PyTorch allocated.

The parts of our step follow, without the graph, and its memory traffic as a share of what a large copy reaches.
"""

from __future__ import annotations

import argparse
import functools
import json
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import train_step
from train_step import CLASSES, INPUTS, TAU

if TYPE_CHECKING:
    from torch import Tensor, nn

OURS = ["gatewright", "gatewright graph", "gatewright graph bfloat16"]


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--shape", action="append", help="layers x gates, for example 6x64000; can be repeated")
    parser.add_argument("--batch", type=int, default=128)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--seconds", type=float, default=3.0, help="of each turn")
    parser.add_argument("--compile", action="store_true", help="time torchlogix under torch.compile as well")
    parser.add_argument("--turn", help=argparse.SUPPRESS)
    options = parser.parse_args()
    import torch

    if not torch.cuda.is_available():
        print(
            "PyTorch sees no GPU: run this benchmark on a machine with one, with a PyTorch built for it.",
            file=sys.stderr,
        )
        sys.exit(2)
    if options.turn:
        print(json.dumps(turn(options, *map(int, options.shape[0].split("x")))))
        return
    print(
        f"{torch.cuda.get_device_name()}, PyTorch {torch.__version__}, batch {options.batch}, {options.rounds} rounds"
    )
    for shape in options.shape or ["6x64000", "12x256000"]:
        compare(shape, options)


def compare(shape: str, options: argparse.Namespace) -> None:
    """All contenders in turn on one shape, and the table."""
    names = [*OURS, "torchlogix", *["torchlogix compiled"] * options.compile, "difflogic"]
    turns: dict[str, list[dict[str, float]]] = {name: [] for name in names}
    for _ in range(options.rounds):
        for name in names:
            found = in_a_process(name, shape, options)
            if found:
                turns[name].append(found)
    medians = {
        name: {key: statistics.median(each[key] for each in found) for key in found[0]}
        for name, found in turns.items()
        if found
    }
    print(f"\n## {shape} gates\n\n| | ms a step | times ours | MiB | times ours |\n|---|---|---|---|---|")
    ours = medians.get(OURS[1], {"ms": float("nan"), "mib": float("nan")})
    for name, each in medians.items():
        ratios = each["ms"] / ours["ms"], each["mib"] / ours["mib"]
        print(f"| {name} | {each['ms']:.3f} | {ratios[0]:.1f} | {each['mib']:.0f} | {ratios[1]:.1f} |")
    for name in OURS[:2]:
        if name in medians:
            each = medians[name]
            print(
                f"\n{name}: {each['gigabytes']:.2f} GB a step at {each['gigabytes'] / each['ms'] * 1e3:.0f} GB/s, "
                f"{1e5 * each['gigabytes'] / each['ms'] / each['copy']:.0f} % of a copy's {each['copy']:.0f} GB/s"
            )
    if OURS[0] in medians:
        parts = ", ".join(f"{part} {medians[OURS[0]][part]:.3f} ms" for part in ("forward", "backward", "update"))
        print(f"{OURS[0]}: {parts}")


def in_a_process(name: str, shape: str, options: argparse.Namespace) -> dict[str, float] | None:
    """One turn of one contender, or None where it is not installed or fails."""
    command = [sys.executable, str(Path(__file__).resolve()), "--turn", name, "--shape", shape]
    command += [f"--{key}={getattr(options, key)}" for key in ("batch", "seconds")]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    if result.returncode:
        print(f"{name}: {(result.stderr.strip().splitlines() or ['it failed'])[-1]}", file=sys.stderr)
        return None
    return dict(json.loads(result.stdout.splitlines()[-1]))


def turn(options: argparse.Namespace, layers: int, width: int) -> dict[str, float]:
    """Steps for some seconds after a warm-up that compiles and records."""
    import torch

    step, parts = contender(options.turn, [width] * layers, options.batch)
    for _ in range(10):
        step()
    torch.cuda.synchronize()
    times: list[float] = []
    started = time.perf_counter()
    while len(times) < 5 or time.perf_counter() - started < options.seconds:
        # Ten at a time, so that the host may run ahead of the device as it does in training.
        at = time.perf_counter()
        for _ in range(10):
            step()
        torch.cuda.synchronize()
        times.append((time.perf_counter() - at) / 10)
    found = {"ms": 1e3 * statistics.median(times), "mib": torch.cuda.max_memory_allocated() / 2**20}
    if options.turn in OURS:
        found |= {"gigabytes": gigabytes(layers, width, options.batch), "copy": copying_speed()}
    if options.turn == OURS[0]:
        found |= durations(parts)
    return found


def durations(parts: dict[str, Callable[[], None]]) -> dict[str, float]:
    """Milliseconds of each part, in order, by the clock of the device."""
    import torch

    found: dict[str, list[float]] = {part: [] for part in parts}
    for _ in range(50):
        marks = [torch.cuda.Event(enable_timing=True) for _ in range(len(parts) + 1)]
        marks[0].record()
        for mark, run in zip(marks[1:], parts.values(), strict=True):
            run()
            mark.record()
        torch.cuda.synchronize()
        for part, first, last in zip(parts, marks, marks[1:], strict=False):
            found[part].append(first.elapsed_time(last))
    return {part: statistics.median(each) for part, each in found.items()}


def gigabytes(layers: int, width: int, batch: int) -> float:
    """What a step of ours reads and writes in float32, if nothing is found in a cache."""
    words = 4 * -(-batch // 32)
    # Logits are read to choose and to go back, which writes gradients; Adam reads four arrays and writes three.
    gate = (2 + 1 + 7) * 64
    # Tables are written and read twice, both operands read three times; an output is written, and read for each.
    gate += 3 * 8 + 3 * 8 + 7 * words
    # Where outputs rise and fall: written for two operands, and read by two readers of each net, with their indices.
    between = 2 * 4 * words + 4 * 4
    # A row is written once, and read by two readers, of whose functions four in sixteen ignore an operand.
    between += 4 * batch * (1 + 2 * 0.75)
    return (layers * gate + (layers - 1) * between) * width / 1e9


def copying_speed() -> float:
    """Gigabytes read and written a second by a copy of 1 GiB."""
    import torch

    source = torch.ones(2**28, device="cuda")
    target = torch.empty_like(source)
    parts = {"copy": functools.partial(target.copy_, source)}
    return 2 * 4 * source.numel() / 1e6 / durations(parts)["copy"]


def contender(name: str, widths: list[int], batch: int) -> tuple[Callable[[], object], dict[str, Callable[[], None]]]:
    """A step, and its parts."""
    import torch

    torch.manual_seed(0)
    bits = torch.randint(2, (batch, INPUTS), dtype=torch.uint8, device="cuda")
    labels = torch.randint(CLASSES, (batch,), device="cuda")
    if name in OURS:
        from gatewright.train.optimiser import Adam as Optimiser

        run, parameters = gatewright(widths)
        x = bits
    else:
        from torch.optim import Adam as Optimiser

        network = difflogic(widths) if name == "difflogic" else train_step.torchlogix(widths, "cuda")
        run, parameters = torch.compile(network) if name.endswith("compiled") else network, list(network.parameters())
        x = bits.float()
    optimiser = Optimiser(parameters, lr=0.01)
    held: dict[str, Tensor] = {}
    rows = torch.bfloat16 if name.endswith("bfloat16") else torch.float32

    def forward() -> None:
        held.clear()
        optimiser.zero_grad()
        with torch.autocast("cuda", rows, enabled=rows is not torch.float32):
            held["loss"] = torch.nn.functional.cross_entropy(run(x), labels)

    def backward() -> None:
        held["loss"].backward()

    parts = {"forward": forward, "backward": backward, "update": optimiser.step}

    def step(*_inputs: Tensor) -> Tensor:
        for part in parts.values():
            part()
        return held.pop("loss").detach()

    if "graph" in name:
        from gatewright.train.kernels.gpu.replay import Replay

        return functools.partial(Replay(step), bits, labels), parts
    return step, parts


def gatewright(widths: list[int]) -> tuple[Callable[[Tensor], Tensor], list[Tensor]]:
    """Our network, from random logits: a residual start would let most rows be skipped."""
    import torch

    from gatewright.train.layers import GroupSum, GumbelGates
    from gatewright.train.method import Mode
    from gatewright.train.network import scores

    sizes = zip([INPUTS, *widths[:-1]], widths, strict=True)
    network = torch.nn.Sequential(*(GumbelGates(a, b, init_scale=1.0) for a, b in sizes), GroupSum(CLASSES, TAU))
    network.cuda()
    return functools.partial(scores, network, mode=Mode.SAMPLE), list(network.parameters())


def difflogic(widths: list[int]) -> nn.Module:
    """The original's layers on its own CUDA kernels."""
    from difflogic import GroupSum, LogicLayer
    from torch import nn

    sizes = zip([INPUTS, *widths[:-1]], widths, strict=True)
    layers = (LogicLayer(a, b, device="cuda", implementation="cuda") for a, b in sizes)
    return nn.Sequential(*layers, GroupSum(CLASSES, TAU, device="cuda")).cuda()


if __name__ == "__main__":
    main()
