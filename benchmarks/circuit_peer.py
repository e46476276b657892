"""torchlogix's `Circuit` of a network that gatewright trained; runs in the peer's own Python.

    PEER-PYTHON benchmarks/circuit_peer.py NETWORK.npz OUT

`passes.py` and `evaluate.py` write the network, run this, and read OUT/peer.json and the C file beside it. The model
is made of the peer's own layers, with the wiring and the functions of the network. torchlogix 0.2.2 has one f-string
that nests its own kind of quotes, which Python reads from version 3.12 on (PEP 701); on an older one, the text of its
circuit module is read with that string taken out in front, and nothing else changed.
"""

from __future__ import annotations

import importlib.util
import json
import resource
import sys
import time
import types
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import torch

PACKED = 64


def main() -> None:
    source, out = Path(sys.argv[1]), Path(sys.argv[2])
    import_circuit()
    from torchlogix import Circuit

    network = dict(np.load(source))
    model = peer_model(network)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    seconds: dict[str, float] = {}

    def timed(name: str, act: Callable[[], Any]) -> Any:
        started = time.process_time()
        result = act()
        seconds[name] = time.process_time() - started
        return result

    circuit = timed("build", lambda: Circuit.from_model(model, [int(network["inputs"])]))
    built = len(circuit.gates)
    timed("simplify", circuit.simplify)
    verilog = timed("emit Verilog", circuit.get_verilog_code)
    code = timed("emit C", lambda: circuit.get_c_code(pack_bits=PACKED))
    (out / "peer.c").write_text(code)
    (out / "peer.v").write_text(verilog)
    figures = {
        "seconds": seconds,
        "gates_built": built,
        "gates": len(circuit.gates),
        "score_bytes": 1 if "uint8_t   out[" in code else 2,
        "mib": (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) / 1024,
        "python": sys.version.split()[0],
    }
    (out / "peer.json").write_text(json.dumps(figures))


def peer_model(network: dict[str, Any]) -> torch.nn.Module:
    """Layers of the peer with the tables (gates,), operands (gates, 2) and layer ends of the network."""
    from torchlogix.layers import GroupSum, LogicDense

    layers, first, width, start = [], 2, int(network["inputs"]), 0
    for stop in network["ends"].tolist():
        layer = LogicDense(width, stop - start, parametrization="raw")
        layer.connections.indices.copy_(torch.tensor(network["operands"][start:stop].T.astype(np.int64) - first))
        tables = network["tables"][start:stop].astype(np.int64)
        # The peer numbers the sixteen functions with the pattern 0, 0 in the highest bit.
        numbers = sum((tables >> bit & 1) << 3 - bit for bit in range(4))
        layer.weight.data = torch.nn.functional.one_hot(torch.tensor(numbers), 16).float()
        layers.append(layer)
        first = 2 + int(network["inputs"]) + start
        width, start = stop - start, stop
    return torch.nn.Sequential(*layers, GroupSum(int(network["classes"]), 1.0))


def import_circuit() -> None:
    """Import torchlogix, its circuit module included."""
    if sys.version_info >= (3, 12):
        return
    package = importlib.util.find_spec("torchlogix")
    if package is None or package.origin is None:
        sys.exit("Error: torchlogix is not installed in this Python.")
    path = Path(package.origin).parent / "circuit.py"
    text = path.read_text()
    opening, closing, template = '{"" if pack_bits is None else f"""', '}}"""}"""', 'return f"""\\\n// Auto-generated'
    inner = text[text.index(opening) + len(opening) : text.index(closing) + 2]
    assigned = f'packed_bench = "" if pack_bits is None else f"""{inner}"""\n        '
    at = text.rindex(template, 0, text.index(opening))
    text = text[:at] + assigned + text[at:].replace(opening + inner + '"""}"""', '{packed_bench}"""')
    module = types.ModuleType("torchlogix.circuit")
    module.__file__ = str(path)
    sys.modules["torchlogix.circuit"] = module
    exec(compile(text, str(path), "exec"), module.__dict__)  # noqa: S102 - the peer's own module, read differently


if __name__ == "__main__":
    main()
