"""The verbs about the Verilog: export, simulate, prove."""

from __future__ import annotations

import dataclasses
import time
from typing import TYPE_CHECKING, Any

from gatewright.errors import GatewrightError
from gatewright.run import Run, write_whole

from . import split
from .say import Say, silent

if TYPE_CHECKING:
    from gatewright.graph.graph import GateGraph
    from gatewright.hdl.pipeline import Pipeline

Values = dict[str, Any]

GOLDEN_SAMPLES = 256
"""Samples that the bench without Python plays, at most: of the test split, or random ones where there is none."""


def export(
    run: Run,
    say: Say = silent,
    *,
    board_name: str | None = None,
    fmax_mhz: float | None = None,
    latency: int | None = None,
    lanes: int | None = None,
    without_encoder: bool = False,
) -> Values:
    """Turn the learned graph into an optimised one and Verilog, and write ``export.json``.

    Args:
        run: the run folder.
        say: told what is going on.
        board_name: the board that the registers are placed for.
        fmax_mhz: clock that they must reach; the board's own, with some headroom, if None and no latency is given.
        latency: most cycles from words to result.
        lanes: bits that are counted in a cycle, of one class after another; 0 for all at once, None for what the
            network allows.
        without_encoder: whether the host encodes, and the hardware takes its bits.

    Raises:
        GatewrightError: if no pipeline keeps to what is asked for.
    """
    import amaranth

    from gatewright.graph.encoded import encoded
    from gatewright.graph.passes.optimise import optimise
    from gatewright.graph.stats import stats
    from gatewright.graph.text import text
    from gatewright.hdl.by_name import write_by_name
    from gatewright.hdl.golden import write_golden
    from gatewright.hdl.verilog import emit
    from gatewright.sim.vectors import random_words

    started = time.monotonic()
    learned = run.load(run.learned)
    trail: list[tuple[str, int]] = []
    say("optimising the graph", None)
    source = encoded(learned) if without_encoder else learned
    network = optimise(source, lambda name, graph: trail.append((name, graph.gates)))
    say("placing the registers", None)
    pipeline = _pipeline(network, board_name, fmax_mhz, latency, lanes)
    say("writing Verilog", None)
    manifest = emit(network, pipeline, run.rtl)
    golden = split.asked(run, network)[:GOLDEN_SAMPLES]
    if not len(golden):
        golden = random_words(network, GOLDEN_SAMPLES)
    files = [*manifest.files, write_by_name(run.rtl), *write_golden(network, golden, run.rtl)]
    run.store(network)
    write_whole(run.path / "network.txt", text(network))
    values = {
        "digest": network.digest,
        "digest_learned": learned.digest,
        "gates_learned": learned.gates,
        "gates": network.gates,
        "depth": stats(network).depth,
        "encoder": not without_encoder,
        "latency_cycles": manifest.latency_cycles,
        "initiation_interval": manifest.initiation_interval,
        "pipeline": dataclasses.asdict(pipeline),
        "passes": [{"name": name, "gates": gates} for name, gates in trail],
        "files": ["network.lgn", "learned.lgn", "network.txt", *(f"rtl/{name}" for name in files)],
        "tools": {"amaranth": amaranth.__version__},
        "seconds": time.monotonic() - started,
    }
    run.write_json("export", values)
    return values


def simulate(
    run: Run, *, simulator: str | None = None, seed: int = 0, waves: bool = False, say: Say = silent
) -> Values:
    """Drive the Verilog with vectors, compare with the reference, and write ``simulate.json``.

    Where the run has no test split, all vectors are corners, random words and ties.
    """
    from gatewright.sim.run import simulate as simulate_rtl
    from gatewright.sim.vectors import vectors

    graph = network(run)
    say("choosing vectors", None)
    chosen = vectors(graph, split.asked(run, graph), seed=seed)
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
        "rtl_digest": result.rtl_digest,
        "passed": result.passed,
        "tools": {result.simulator: result.version},
        "seconds": result.seconds,
    }
    run.write_json("simulate", values)
    return values


def prove(run: Run, say: Say = silent, *, board_name: str | None = None) -> Values:
    """Prove that graph, Verilog, netlist and bitstream are equal for every input, and write ``prove.json``.

    Args:
        run: the run folder.
        say: told what is going on.
        board_name: the board whose build is proven as well; the Verilog alone, mapped to an iCE40, if None.
    """
    from gatewright import tools
    from gatewright.graph.encoded import encoded
    from gatewright.sim.prove.prove import prove as prove_all

    started = time.monotonic()
    graph, learned = network(run), run.load(run.learned)
    if not run.read_json("export", graph.digest).get("encoder", True):
        learned = encoded(learned)
    result = prove_all(learned, graph, run.rtl, run.proof, progress=say, **_subject(run, graph, board_name))
    values = {
        "digest": graph.digest,
        "board": board_name,
        "steps": [dataclasses.asdict(step) for step in result.steps],
        "proven": result.proven,
        "tools": {name: tools.find(name).version for name in ("yosys", "abc")},
        "seconds": time.monotonic() - started,
    }
    run.write_json("prove", values)
    return values


def network(run: Run) -> GateGraph:
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


def pipeline(run: Run, graph: GateGraph) -> Pipeline:
    """Where the registers of the exported Verilog stand, so that a board gets what was simulated and proven.

    Raises:
        GatewrightError: if the Verilog is absent, damaged, or of another graph.
    """
    from gatewright.hdl.manifest import Manifest

    manifest = Manifest.load(run.rtl)
    if manifest.digest != graph.digest:
        raise GatewrightError(
            f"{run.rtl} is stale: it was made from graph {manifest.digest[:12]}, but the network is "
            f"{graph.digest[:12]}; run `gatewright export {run.path}` again."
        )
    return manifest.pipeline


def _pipeline(
    graph: GateGraph, board_name: str | None, fmax_mhz: float | None, latency: int | None, lanes: int | None
) -> Pipeline:
    """The default if nothing is asked for; else what the plan says, for the board's clock where no other is given."""
    from gatewright.boards import registry
    from gatewright.hdl.pipeline import standard
    from gatewright.hdl.plan import plan

    if board_name is None and fmax_mhz is None and latency is None and lanes is None:
        return standard(graph)
    if lanes is None:
        lanes = standard(graph).lanes
    board = registry.get(board_name or "icebreaker")
    if fmax_mhz is None and latency is None:
        fmax_mhz = board.planned_mhz
    return plan(graph, board.fabric, fmax_mhz=fmax_mhz, latency=latency, lanes=lanes)


def _subject(run: Run, graph: GateGraph, board_name: str | None) -> dict[str, Any]:
    """What the proof is told about a board: its family, and what its build has made."""
    if board_name is None:
        return {}
    from gatewright.boards import registry
    from gatewright.boards.design import NAME
    from gatewright.boards.synthesis import Synthesis
    from gatewright.sim.prove.placed import Board

    board = registry.get(board_name)
    values = run.read_json(f"boards/{board.name}/synthesize", graph.digest)
    exported = pipeline(run, graph)
    if values.get("pipeline") != dataclasses.asdict(exported):
        raise GatewrightError(
            f"What was built for {board.name} is stale: the registers of the export stand elsewhere; "
            f"run `gatewright synthesize {run.path} --board {board.name}` again."
        )
    built, folder = Synthesis.from_dict(values), run.board(board.name)
    family = board.family.name
    # Of this family alone the bitstream is read back; elsewhere the chain ends with the netlist.
    followed = family == "ice40" and built.bitstream
    made = Board(
        netlist=folder / f"{NAME}.json",
        latency=built.latency_cycles,
        interval=built.initiation_interval,
        lanes=exported.lanes,
        family=family,
        placed=folder / f"{NAME}.seed{built.seed}.placed.json" if followed else None,
        bitstream=folder / built.bitstream if followed else None,
    )
    return {"families": (family,), "board": made}
