"""Compile what a training step launches, for GPUs that need not be here: a program, run by `test_compile`.

    python -m tests.train.kernels.gpu.ahead cuda:90:32 hip:gfx942:64

The step runs on tensors in main memory, and every launch is compiled instead of executed. So what is compiled is what
is launched, with the types and the constants that it is launched with. Prints one JSON line a kernel.
"""

import json
import re
import sys

import torch
import triton
from triton.backends.compiler import GPUTarget
from triton.compiler import ASTSource
from triton.runtime.jit import JITFunction

from gatewright.train.kernels.gpu.adam import adam
from gatewright.train.kernels.gpu.stack import Layer, Stack

TYPES = {
    torch.float32: "*fp32", torch.bfloat16: "*bf16", torch.float16: "*fp16", torch.int64: "*i64",
    torch.int32: "*i32", torch.int8: "*i8", torch.uint8: "*u8",
}  # fmt: skip


def source(kernel: JITFunction, arguments: tuple, constants: dict) -> ASTSource:
    """A kernel as a launch specialises it: types, constants, ones, multiples of 16, and tensors that begin aligned."""
    values = dict(zip(kernel.arg_names, arguments, strict=False)) | constants
    signature, fixed, aligned = {}, {}, {}
    for index, parameter in enumerate(kernel.params):
        name, value = parameter.name, values[parameter.name]
        special = not parameter.do_not_specialize
        if parameter.is_constexpr or value is None or (special and isinstance(value, int) and value == 1):
            signature[name], fixed[name] = "constexpr", value
        elif isinstance(value, torch.Tensor):
            signature[name], aligned[index,] = TYPES[value.dtype], [["tt.divisibility", 16]]
        elif isinstance(value, float):
            signature[name] = "fp32"
        else:
            signature[name] = "i32"
            if special and value % 16 == 0:
                aligned[index,] = [["tt.divisibility", 16]]
    return ASTSource(kernel, signature, fixed, aligned)


def main(targets: list[GPUTarget]) -> None:
    done = set()

    def run(kernel: JITFunction, *arguments, grid, warmup, **constants) -> None:  # noqa: ARG001
        made = source(kernel, arguments, constants)
        key = kernel.fn.__name__, str(made.signature), str(made.constants)
        if key in done:
            return
        done.add(key)
        for target in targets:
            compiled = triton.compile(made, target=target, options={"enable_fp_fusion": True})
            report = {
                "kernel": kernel.fn.__name__,
                "constants": {name: value for name, value in constants.items() if name.isupper()},
                "target": f"{target.backend}:{target.arch}",
                "bytes": len(compiled.asm["cubin" if target.backend == "cuda" else "hsaco"]),
                "shared": compiled.metadata.shared,
                "conversions": compiled.asm["ttgir"].count("ttg.convert_layout"),
                "double": bool(re.search(r"\.f64|_f64", compiled.asm.get("ptx", ""))),
            }
            sys.stdout.write(json.dumps(report) + "\n")

    JITFunction.run = run
    step()


def step() -> None:
    """Launches with every fan-in, fixed and learned wiring, drawn, given and no noise, and rows of both sizes."""
    for fan_in, k, scale, rows in (
        (2, 1, 1.0, torch.float32), (2, 16, 0.5, torch.bfloat16), (3, 1, 0.0, torch.float32),
        (4, 16, 1.0, torch.float32), (5, 1, 1.0, torch.bfloat16), (6, 3, 0.0, torch.float32),
    ):  # fmt: skip
        layer = Layer(torch.zeros(64, fan_in, k, dtype=torch.int64), 1.0, scale)
        logits = [torch.zeros(64, 16 if fan_in == 2 else 2**fan_in, requires_grad=True)]
        logits += [torch.zeros(64, fan_in, k, requires_grad=True)] * (k > 1)
        x = torch.zeros(128, 64, requires_grad=fan_in == 2)
        with torch.autocast("cpu", rows, enabled=rows is not torch.float32):
            Stack.apply(x, [layer, layer], 2, 0, None, *logits, *logits).sum().backward()
        if fan_in < 4:
            given = [each.detach() for each in logits]
            Stack.apply(x.bool(), [layer], None, 0, given, *logits).sum().backward()
    numbers = [torch.zeros(100) for _ in range(4)]
    for rate in (0.01, torch.ones(())):
        adam(*numbers, torch.ones(()), rate, 0.9, 0.999, 1e-8, 0.0)


if __name__ == "__main__":
    named = [name.split(":") for name in sys.argv[1:]]
    main([GPUTarget(kind, int(arch) if kind == "cuda" else arch, int(warp)) for kind, arch, warp in named])
