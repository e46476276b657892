"""Adam and AdamW on the training kernels, with the interface and the state of PyTorch's own."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from gatewright.errors import GatewrightError

from .kernels import gpu
from .kernels.cpu import threads
from .kernels.cpu.adam import adam

_WORK_OF_A_THREAD = 2**16
"""Values below which a second thread costs more than it brings."""


class Adam(torch.optim.Optimizer):
    """Adam; AdamW with a weight decay.

    Args:
        parameters: contiguous float32 tensors on the CPU, or on a GPU for which there are kernels.
        lr: learning rate; for parameters on a GPU it can be a tensor there.
        betas: decay of the two moments.
        eps: added to the root of the second moment.
        weight_decay: decoupled from the gradient, as in AdamW.

    Raises:
        GatewrightError: for a parameter of another kind.
    """

    def __init__(
        self,
        parameters: Iterable[Tensor],
        lr: float = 0.01,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(parameters, {"lr": lr, "betas": betas, "eps": eps, "weight_decay": weight_decay})
        for group in self.param_groups:
            for p in group["params"]:
                served = p.device.type == "cpu" or gpu.serves(p.device)
                if p.dtype != torch.float32 or not served or not p.is_contiguous():
                    raise GatewrightError(
                        f"A parameter is {p.dtype} on {p.device}: this Adam takes contiguous float32 tensors on the "
                        "CPU, or on a GPU if Triton is installed; use torch.optim.Adam."
                    )

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> float | None:  # type: ignore[override]
        """Update every parameter that has a gradient."""
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        updates = [
            self._prepared(group, p, p.grad)
            for group in self.param_groups
            for p in group["params"]
            if p.grad is not None
        ]
        # One kernel after the other: each drives what PyTorch needs out of the caches.
        for update in updates:
            update()
        return loss

    def _prepared(self, group: dict[str, Any], p: Tensor, gradient: Tensor) -> Callable[[], None]:
        state = self.state[p]
        if not state:
            state["step"] = torch.tensor(0.0)
            state["exp_avg"], state["exp_avg_sq"] = torch.zeros_like(p), torch.zeros_like(p)
        if gpu.serves(p.device):
            return functools.partial(self._update_on_gpu, group, p, gradient)
        state["step"] += 1
        beta1, beta2 = group["betas"]
        return functools.partial(
            _update,
            _flat(p), _flat(gradient.contiguous()), _flat(state["exp_avg"]), _flat(state["exp_avg_sq"]),
            int(state["step"]), group["lr"], beta1, beta2, group["eps"], group["weight_decay"],
        )  # fmt: skip

    def _update_on_gpu(self, group: dict[str, Any], p: Tensor, gradient: Tensor) -> None:
        from .kernels.gpu.adam import adam as adam_on_gpu

        state = self.state[p]
        # The count lies beside the parameter, so that a graph counts on when it is replayed.
        state["step"] = state["step"].to(p.device)
        state["step"] += 1
        beta1, beta2 = group["betas"]
        adam_on_gpu(
            p, gradient.contiguous(), state["exp_avg"], state["exp_avg_sq"], state["step"],
            group["lr"], beta1, beta2, group["eps"], group["weight_decay"],
        )  # fmt: skip


def _update(values: NDArray[np.float32], *arguments: Any) -> None:
    """`adam`, on as many threads as it is worth."""
    threads.use(len(values), _WORK_OF_A_THREAD)
    adam(values, *arguments)


def _flat(tensor: Tensor) -> NDArray[np.float32]:
    """The numbers of a contiguous tensor on the CPU."""
    result: NDArray[np.float32] = tensor.detach().numpy().reshape(-1)
    return result
