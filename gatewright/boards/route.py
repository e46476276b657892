"""Place and route with nextpnr: one seed or several, of which the fastest is kept.

Where a chip has a grid, nextpnr packs, our own placer places the logic cells, and nextpnr the few others and routes.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from threading import Event, Lock

from gatewright.errors import GatewrightError
from gatewright.run import write_whole
from gatewright.tools import Tool

from .board import Board
from .design import NAME
from .place.grid import Grid
from .place.place import NoPlaceError, place
from .routers import follow

PARALLEL = 2
"""The most processes at a time; each takes a core and up to a gigabyte."""

SECONDS = 900.0
"""How long nextpnr may be no nearer to its end; what it has not routed by then, it does not route at all."""

# What nextpnr says when the cells fit in number, but not in place.
_NO_PLACE = (
    "no bels remaining",
    "unable to place",
    "unable to find legal placement",
    "unable to find a placement",
    "failed to place",
    "placer failed",
)


class NoWireError(NoPlaceError):
    """The nets are not routed in the time that is given for it."""


@dataclass(frozen=True)
class Routed:
    """A design that is placed and routed.

    Attributes:
        name: of its files in the build folder.
        seed: that led to it.
        fmax_mhz: the clock that it reaches.
        target_mhz: the clock that it was to reach.
        seeds: what each seed reached.
    """

    name: str
    seed: int
    fmax_mhz: float
    target_mhz: float
    seeds: Mapping[int, float]


def arguments(board: Board, clock_hz: float) -> tuple[str, ...]:
    """What nextpnr is told whatever the seed; ``{out}`` stands for the name of what it writes."""
    outputs = ("--report", "{out}.report.json", "--write", "{out}.placed.json")
    given = (arg.replace("{name}", NAME) for arg in board.family.route)
    # A missed clock is told from the report, with both numbers, and ends in no status of its own.
    clock = ("--freq", f"{clock_hz / 1e6:.6f}", "--timing-allow-fail")
    return (*board.nextpnr, "--json", f"{NAME}.json", *given, *outputs, *clock)


def route(
    nextpnr: Tool,
    build: Path,
    given: Sequence[str],
    seeds: Sequence[int],
    tell: Callable[[str, float], None],
    grid: Grid | None = None,
    seconds: float = SECONDS,
) -> Routed:
    """Place and route the netlist in a build folder with every seed, and keep the one with the fastest clock.

    Args:
        nextpnr: the program.
        build: the folder, which is all that a WebAssembly tool sees.
        given: see `arguments`.
        seeds: to be tried, at most `PARALLEL` at a time.
        tell: called with what is done and the part of the work that is done by then; never twice at a time, but from
            several threads.
        grid: the logic tiles, if our own placer is to place.
        seconds: how long nextpnr may print nothing, or have as much left to route as before, with one seed.

    Raises:
        NoPlaceError: if no seed finds a place for every cell, and wires for every net.
        GatewrightError: if nextpnr fails in another way.
    """
    results: dict[int, tuple[float, float]] = {}
    failures: list[NoPlaceError] = []
    parts = dict.fromkeys(seeds, 0.0)
    lock, ended = Lock(), Event()
    run = partial(nextpnr.run, cwd=build, ended=ended)

    def step(seed: int, text: str, part: float) -> None:
        if ended.is_set():
            raise InterruptedError
        with lock:
            parts[seed] = part
            tell(text, sum(parts.values()) / len(parts))

    with ThreadPoolExecutor(PARALLEL) as pool:
        try:
            runs = pool.map(lambda seed: _run(run, build, given, seed, grid, partial(step, seed), seconds), seeds)
            for number, (seed, result) in enumerate(zip(seeds, runs, strict=True), 1):
                if isinstance(result, NoPlaceError):
                    failures.append(result)
                else:
                    results[seed] = result
                step(seed, f"placing and routing: {number} of {len(seeds)} seeds", 1.0)
        finally:
            # The pool waits for its threads: those that place end at their next step.
            ended.set()
    if not results:
        raise failures[0]
    best = max(results, key=lambda seed: (results[seed][0], -seed))
    for seed in seeds:
        if seed != best:
            for path in build.glob(f"{_name(seed)}.*"):
                path.unlink()
    fmax, target = results[best]
    return Routed(_name(best), best, fmax, target, {seed: result[0] for seed, result in results.items()})


def timing(report: Path) -> tuple[float, float]:
    """The fastest clock of a design and the clock that is asked for, in MHz, of the domain with the least margin.

    Raises:
        GatewrightError: if the report is absent or says nothing of clocks.
    """
    try:
        clocks = json.loads(report.read_bytes())["fmax"].values()
        pairs = [(float(clock["achieved"]), float(clock["constraint"])) for clock in clocks]
        return min(pairs, key=lambda pair: pair[0] / pair[1])
    except (OSError, ValueError, KeyError, TypeError, AttributeError, ZeroDivisionError) as error:
        raise GatewrightError(
            f"nextpnr's report {report} cannot be read ({error}): use nextpnr 0.6 or newer."
        ) from error


def _name(seed: int) -> str:
    return f"{NAME}.seed{seed}"


def _run(
    run: Callable[..., str],
    build: Path,
    given: Sequence[str],
    seed: int,
    grid: Grid | None,
    step: Callable[[str, float], None],
    seconds: float,
) -> tuple[float, float] | NoPlaceError:
    name = _name(seed)
    arguments = [arg.replace("{out}", name) for arg in given]
    try:
        if grid is not None:
            arguments = _placed(run, build, arguments, seed, grid, step)
        log = build / f"{name}.log"
        heard = follow(lambda text, part: step(text, 0.5 + 0.5 * part))
        run(*arguments, "--seed", str(seed), log=log, timeout=seconds, heard=heard)
    except NoPlaceError as error:
        return error
    except TimeoutError:
        return NoWireError(f"nextpnr has come no nearer to routing {name} in {seconds:,.0f} seconds.")
    except GatewrightError as error:
        if any(text in str(error).lower() for text in _NO_PLACE):
            return NoPlaceError(str(error))
        raise
    return timing(build / f"{name}.report.json")


def _placed(
    run: Callable[..., str],
    build: Path,
    given: Sequence[str],
    seed: int,
    grid: Grid,
    step: Callable[[str, float], None],
) -> list[str]:
    """The arguments that route the netlist with its logic cells placed by us."""
    name = _name(seed)
    packed = f"{name}.packed.json"
    # What a seed writes is named after it; packing writes the netlist alone.
    written = [i for i, arg in enumerate(given) if arg.startswith(f"{name}.")]
    kept = [arg for i, arg in enumerate(given) if i not in written and i + 1 not in written]
    # nextpnr keeps the router in the packed netlist, and does not ask for it again.
    router = ("--router", grid.packing.router)
    run(*kept, "--pack-only", *router, "--write", packed, log=build / f"{name}.pack.log")
    netlist = json.loads((build / packed).read_bytes())
    place(netlist, NAME, grid, seed=seed, tell=lambda part: step("placing", 0.5 * part))
    write_whole(build / packed, json.dumps(netlist))
    step("routing", 0.5)
    return [packed if arg == f"{NAME}.json" else arg for arg in given] + ["--no-pack"]
