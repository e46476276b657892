"""The gradient of one training step, summed in parts that any number of processes can share."""

from __future__ import annotations

import torch
from torch import Tensor, nn

from gatewright.errors import GatewrightError

from .distributed import World, sum_in_order
from .network import scores, training_mode


def check_parts(parts: int, batch: int, world: World) -> None:
    """Demand that the parts of a batch can be shared.

    Raises:
        GatewrightError: if a part would be empty, or the processes cannot take equally many.
    """
    if parts > batch:
        raise GatewrightError(
            f"A step has {batch} samples, but is cut into {parts} parts, one for each process: start at most {batch} "
            "processes, or choose a larger batch."
        )
    if parts % world.size:
        raise GatewrightError(
            f"The recipe cuts a step into {parts} parts, which {world.size} processes cannot share equally: start a "
            "number of processes that divides it."
        )


def gradients(
    network: nn.Sequential, bits: Tensor, targets: Tensor, parts: int, generator: torch.Generator, world: World
) -> list[Tensor]:
    """Leave the gradient of the mean cross-entropy in ``.grad``, the same bits in every process.

    The batch is cut into ``parts``; each process works on its own, with the noise that all parts of a step share, and
    the gradients are added up in the order of the parts. Float32 sums depend on their order, so another number of
    parts can give other last bits; another number of processes cannot.

    Args:
        network: layers of gates and a GroupSum.
        bits: (batch, inputs), the whole batch.
        targets: labels (batch,) int64, or the probability of each class, (batch, classes) float32.
        parts: a multiple of the number of processes, at most the batch.
        generator: of the noise.
        world: the processes.

    Returns:
        The contributions of this process' parts to the mean loss, () float32 each.
    """
    share = parts // world.size
    mine = slice(world.rank * share, (world.rank + 1) * share)
    chunks = list(zip(bits.tensor_split(parts), targets.tensor_split(parts), strict=True))[mine]
    parameters = [parameter for parameter in network.parameters() if parameter.requires_grad]
    noise = generator.get_state()
    losses: list[Tensor] = []
    found: list[list[Tensor]] = []
    for x, y in chunks:
        generator.set_state(noise)
        weight = len(y) / len(targets)
        loss = weight * nn.functional.cross_entropy(scores(network, x, training_mode(network)), y)
        found.append(list(torch.autograd.grad(loss, parameters)))
        losses.append(loss.detach())
    for parameter, *each in zip(parameters, *found, strict=True):
        parameter.grad = sum_in_order(world, each)
    return losses
