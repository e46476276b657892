"""A training step as one CUDA graph: its launches are recorded once, and from then on repeated by one call."""

from __future__ import annotations

from collections.abc import Callable

import torch
from torch import Tensor

_PLAIN = 3
"""Calls before the recording: they compile the kernels and allocate what stays."""


class Replay:
    """``replay(*inputs)`` is ``step(*inputs)``, without the cost of its launches from the fourth call on.

    Whatever the step reads that is not an input must stay where it is in memory, and change in place: parameters, the
    state of the optimiser, and a learning rate that is a tensor on the GPU (``group["lr"].fill_(rate)``). A number that
    it takes from Python, say a temperature, stays what it was at the recording; make another `Replay` to change it.
    Noise is drawn anew in every replay, by PyTorch's generator of the GPU. On any other device, and for every call
    before the recording, the step is simply run.

    Args:
        step: from tensors on the GPU to a tensor, say the detached loss; clears the gradients, goes back, and updates.
            It must not look at a value on the host (no ``item``, no ``print``), nor leave a graph of autograd behind.
    """

    def __init__(self, step: Callable[..., Tensor]) -> None:
        self._step = step
        self._calls = 0
        self._graph: torch.cuda.CUDAGraph | None = None
        self._inputs: list[Tensor] = []
        self._result: Tensor | None = None

    def __call__(self, *inputs: Tensor) -> Tensor:
        """One step. The inputs of every call have the shapes and types of the first; the result is overwritten."""
        if inputs[0].device.type != "cuda":
            return self._step(*inputs)
        self._calls += 1
        if self._calls <= _PLAIN:
            return self._plainly(*inputs)
        if self._graph is None:
            self._record(*inputs)
        for held, given in zip(self._inputs, inputs, strict=True):
            held.copy_(given)
        assert self._graph is not None and self._result is not None  # noqa: S101, PT018 - for the type checker
        self._graph.replay()
        return self._result

    def _plainly(self, *inputs: Tensor) -> Tensor:
        """On a stream of its own, as PyTorch asks for before a recording."""
        here, beside = torch.cuda.current_stream(), torch.cuda.Stream()  # type: ignore[no-untyped-call]
        beside.wait_stream(here)
        with torch.cuda.stream(beside):
            result = self._step(*inputs)
        here.wait_stream(beside)
        return result

    def _record(self, *inputs: Tensor) -> None:
        """Nothing is computed while the launches are recorded."""
        self._inputs = [given.clone() for given in inputs]
        graph = torch.cuda.CUDAGraph()
        with torch.cuda.graph(graph):
            self._result = self._step(*self._inputs)
        self._graph = graph
