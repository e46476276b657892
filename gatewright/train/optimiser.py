"""Adam and AdamW on the training kernels, with the interface and the state of PyTorch's own."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor

from gatewright.errors import GatewrightError

from .kernels.cpu import threads
from .kernels.cpu.adam import adam

_WORK_OF_A_THREAD = 2**18
"""Values below which a second thread costs more than it brings."""


class Adam(torch.optim.Optimizer):
    """Adam; AdamW with a weight decay.

    Args:
        parameters: float32 tensors on the CPU.
        lr: learning rate.
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
                if p.dtype != torch.float32 or p.device.type != "cpu" or not p.is_contiguous():
                    raise GatewrightError(
                        f"A parameter is {p.dtype} on {p.device}: this Adam takes contiguous float32 tensors on the "
                        "CPU; use torch.optim.Adam."
                    )

    @torch.no_grad()
    def step(self, closure: Callable[[], float] | None = None) -> float | None:  # type: ignore[override]
        """Update every parameter that has a gradient."""
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        for group in self.param_groups:
            for p in group["params"]:
                if p.grad is not None:
                    self._update(group, p, p.grad)
        return loss

    def _update(self, group: dict[str, Any], p: Tensor, gradient: Tensor) -> None:
        state = self.state[p]
        if not state:
            state["step"] = torch.tensor(0.0)
            state["exp_avg"], state["exp_avg_sq"] = torch.zeros_like(p), torch.zeros_like(p)
        state["step"] += 1
        threads.use(p.numel(), _WORK_OF_A_THREAD)
        adam(
            *(tensor.detach().contiguous().view(-1).numpy() for tensor in (p, gradient)),
            *(state[name].view(-1).numpy() for name in ("exp_avg", "exp_avg_sq")),
            int(state["step"]), group["lr"], *group["betas"], group["eps"], group["weight_decay"],
        )  # fmt: skip
