"""The verbs: one function for each arrow of the flow. Each works on a run folder and writes one JSON file.

Imports stand inside the functions, so that a verb loads only what it needs: ``prove`` never loads torch.
"""

from __future__ import annotations

import dataclasses
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from gatewright.errors import GatewrightError
from gatewright.run import Run, write_whole

from . import ask, split
from .say import Say, silent
from .training import sweep as sweep
from .training import train as train

if TYPE_CHECKING:
    from gatewright.boards.flash import Plan
    from gatewright.graph.graph import GateGraph

Values = dict[str, Any]


def export(run: Run, say: Say = silent) -> Values:
    """Turn the learned graph into an optimised one and Verilog, and write ``export.json``."""
    import amaranth

    from gatewright.graph.passes.optimise import optimise
    from gatewright.graph.stats import stats
    from gatewright.graph.text import text
    from gatewright.hdl.pipeline import Pipeline
    from gatewright.hdl.verilog import emit

    started = time.monotonic()
    learned = run.load(run.learned)
    trail: list[tuple[str, int]] = []
    say("optimising the graph", None)
    network = optimise(learned, lambda name, graph: trail.append((name, graph.gates)))
    say("writing Verilog", None)
    manifest = emit(network, Pipeline(), run.rtl)
    run.store(network)
    write_whole(run.path / "network.txt", text(network))
    values = {
        "digest": network.digest,
        "digest_learned": learned.digest,
        "gates_learned": learned.gates,
        "gates": network.gates,
        "depth": stats(network).depth,
        "latency_cycles": manifest.latency_cycles,
        "initiation_interval": manifest.initiation_interval,
        "passes": [{"name": name, "gates": gates} for name, gates in trail],
        "files": ["network.lgn", "learned.lgn", "network.txt", *(f"rtl/{name}" for name in manifest.files)],
        "tools": {"amaranth": amaranth.__version__},
        "seconds": time.monotonic() - started,
    }
    run.write_json("export", values)
    return values


def simulate(
    run: Run, *, simulator: str | None = None, seed: int = 0, waves: bool = False, say: Say = silent
) -> Values:
    """Drive the Verilog with vectors, compare with the reference, and write ``simulate.json``."""
    from gatewright.sim.run import simulate as simulate_rtl
    from gatewright.sim.vectors import vectors

    graph = _network(run)
    say("choosing vectors", None)
    chosen = vectors(graph, split.kept(run, graph)[0], seed=seed)
    result = simulate_rtl(
        graph, run.rtl, chosen.words, run.sim, simulator=simulator, seed=seed, waves=waves, progress=say
    )
    values = {
        "digest": graph.digest,
        "simulator": f"{result.simulator} {result.version}",
        "vectors": result.vectors,
        "origins": chosen.origins,
        "ties": result.ties,
        "mismatches": result.mismatches,
        "latency_cycles": result.latency_cycles,
        "passed": result.passed,
        "tools": {result.simulator: result.version},
        "seconds": result.seconds,
    }
    run.write_json("simulate", values)
    return values


def prove(run: Run, say: Say = silent) -> Values:
    """Prove that graph, Verilog and netlist are equal for every input, and write ``prove.json``."""
    from gatewright import tools
    from gatewright.sim.prove.prove import prove as prove_all

    started = time.monotonic()
    graph = _network(run)
    result = prove_all(run.load(run.learned), graph, run.rtl, run.proof, progress=say)
    values = {
        "digest": graph.digest,
        "steps": [dataclasses.asdict(step) for step in result.steps],
        "proven": result.proven,
        "tools": {name: tools.find(name).version for name in ("yosys", "abc")},
        "seconds": time.monotonic() - started,
    }
    run.write_json("prove", values)
    return values


def synthesize(run: Run, board_name: str, *, seed: int = 1, samples: int = 16, say: Say = silent) -> Values:
    """Build the bitstream for a board, simulate the board on its pins, and write ``boards/NAME/synthesize.json``.

    Args:
        run: the run folder.
        board_name: of the board.
        seed: of place and route.
        samples: how many test samples the simulated board classifies over its serial line.
        say: told what is going on.
    """
    from gatewright.boards import build, registry

    board = registry.get(board_name)
    graph = _network(run)
    folder = run.board(board.name)
    result = build.synthesize(graph, board, folder, seed=seed, progress=say)
    say("simulating the board on its pins", None)
    words, _ = split.kept(run, graph)
    seen, _ = ask.simulate(graph, board, words[:samples], folder / "pins")
    values = result.as_dict() | {"pins": dataclasses.asdict(seen) | {"passed": seen.passed}}
    run.write_json(f"boards/{board.name}/synthesize", values)
    return values


def flash_plan(run: Run, board_name: str) -> Plan:
    """What would be run to load the bitstream of a board."""
    from gatewright.boards import flash, registry
    from gatewright.boards.synthesis import Synthesis

    board = registry.get(board_name)
    graph = _network(run)
    values = run.read_json(f"boards/{board.name}/synthesize", graph.digest)
    return flash.plan(board, run.board(board.name), Synthesis.from_dict(values), graph.digest)


def classify(
    run: Run,
    source: str | None = None,
    *,
    port: str | None,
    board_name: str,
    samples: int | None = None,
    target: str | None = None,
    data_dir: Path | None = None,
    say: Say = silent,
) -> Values:
    """Let a board classify a test split, compare with the reference, and write ``boards/NAME/classify.json``.

    Args:
        run: the run folder.
        source: a data set, whose test split is sent; the split that training has left if None.
        port: the board's serial port; if None, the board is simulated on its pins.
        board_name: of the board.
        samples: send only the first; all if None, or 16 where simulated.
        target: the column of a CSV file that holds the class.
        data_dir: where named data sets lie.
        say: told what is going on.
    """
    from gatewright.boards import registry

    started = time.monotonic()
    board = registry.get(board_name)
    graph = _network(run)
    if source is None:
        words, labels = split.kept(run, graph)
    else:
        from gatewright.train import data

        words, labels = split.of(data.load(source, target=target, data_dir=data_dir), graph)
    if samples is None and port is None:
        samples = 16
    words, labels = words[:samples], labels[:samples]
    asked = (
        ask.pins(graph, board, words, run.board(board.name) / "pins", say)
        if port is None
        else ask.port(graph, board, words, port, say)
    )
    values = {
        "digest": graph.digest,
        "port": port or "simulated pins",
        "samples": len(words),
        "accuracy": float((asked.labels == labels).mean()),
        "mismatches": asked.mismatches,
        "samples_per_second": len(words) / asked.seconds,
        "retries": asked.retries,
        "tools": asked.tools,
        "seconds": time.monotonic() - started,
    }
    run.write_json(f"boards/{board.name}/classify", values)
    return values


def report(run: Run) -> Path:
    """Write ``report.html`` from what the other verbs have written."""
    from gatewright.report.page import page

    write_whole(run.report, page(run))
    return run.report


def _network(run: Run) -> GateGraph:
    """The optimised graph, after a look at whether it and its export were made from the learned one beside it.

    Raises:
        GatewrightError: if one is absent, damaged or stale.
    """
    graph = run.load()
    exported = run.read_json("export", graph.digest)
    if exported.get("digest_learned") != run.load(run.learned).digest:
        raise GatewrightError(
            f"{run.network} is stale: {run.learned.name} beside it is another network; "
            f"run `gatewright export {run.path}` again."
        )
    return graph
