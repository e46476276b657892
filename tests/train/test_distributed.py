"""Processes that really run beside each other on this machine, and meet at a port of their own."""

import dataclasses
import os
import socket
import subprocess
import sys

import pytest

from gatewright.errors import GatewrightError
from gatewright.run import Run
from gatewright.train import progress
from gatewright.train.distributed import ALONE, World, described
from gatewright.train.loop import train
from tests.train.test_loop import RECIPE, StopError, pictures, stopping, toy, weights
from tests.train.test_teacher import one_gate

LIMIT = 150
"""Seconds after which processes that wait for each other are killed."""
SHARED = dataclasses.replace(RECIPE, parts=4, batch=18, steps=30)
SCRIPT = """
import os, sys
from pathlib import Path
from gatewright.errors import GatewrightError, SilencedError
from gatewright.run import Run
from gatewright.train import distributed
try:
    with distributed.join() as world:
        from gatewright.train import loop
        from tests.train.test_distributed import SHARED, pictures, toy
        recipe, dataset, teacher, steps = SHARED, toy(), None, 0
        exec(sys.argv[2])
        path = Path(sys.argv[1]) if world.leader else Path("/nowhere")
        resume = "resume" in sys.argv
        print(loop.train(recipe, dataset, Run(path), resume=resume, teacher=teacher, world=world)["digest"])
    threads = [path.read_text().strip() for path in Path("/proc/self/task").glob("*/comm")]
    left = [name for name in threads if "gloo" in name or "store" in name]
    if left:
        sys.exit(f"These threads outlive the processes' group: {left}")
except SilencedError:
    sys.exit(1)
except GatewrightError as error:
    sys.exit(f"gatewright: {error}")
"""
MOVED = """
from tests.train.test_distributed import moved
recipe, dataset, teacher = moved()
"""
DIES = """
def dies(*arguments):
    global steps
    steps += 1
    if world.rank == 1 and steps == 15:
        os._exit(9)
    return gradients(*arguments)
gradients, loop.gradients = loop.gradients, dies
"""


def free_port():
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return found.getsockname()[1]


def together(run, change="", *arguments, size=2):
    """Status, output and errors of each process."""
    common = os.environ | {
        "WORLD_SIZE": str(size),
        "LOCAL_WORLD_SIZE": str(size),
        "MASTER_ADDR": "127.0.0.1",
        "MASTER_PORT": str(free_port()),
        "OMP_NUM_THREADS": "1",
    }
    command = [sys.executable, "-X", "faulthandler", "-W", "error", "-c", SCRIPT, str(run.path), change, *arguments]
    started = [
        subprocess.Popen(
            command, env=common | {"RANK": str(rank)}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        for rank in range(size)
    ]
    try:
        said = [process.communicate(timeout=LIMIT) for process in started]
    finally:
        for process in started:
            process.kill()
    return [(process.returncode, *texts) for process, texts in zip(started, said, strict=True)]


def moved():
    """Images that move, and a network that says something of each."""
    teacher = one_gate(pictures())
    return dataclasses.replace(SHARED, shift=1, rotation=10.0, teacher=teacher.digest), pictures(), teacher


def numbers(run):
    """What the metrics say, but for the time it took."""
    timed = {"seconds", "seconds_left", "gates_per_second"}
    return [{key: line[key] for key in line.keys() - timed} for line in progress.read(run.metrics)]


@pytest.mark.timeout(2 * LIMIT)
def test_two_processes_give_the_bits_of_one_and_go_on_with_what_one_began(tmp_path):
    whole, shared = Run(tmp_path / "whole"), Run(tmp_path / "shared")
    digest = train(SHARED, toy(), whole)["digest"]
    assert together(shared) == [(0, f"{digest}\n", "")] * 2
    assert weights(shared) == weights(whole)
    assert numbers(shared) == numbers(whole)
    assert shared.learned.read_bytes() == whole.learned.read_bytes()

    begun = Run(tmp_path / "begun")
    with pytest.raises(StopError):
        train(SHARED, toy(), begun, progress=stopping(20))
    assert together(begun, "", "resume") == [(0, f"{digest}\n", "")] * 2
    assert weights(begun) == weights(whole)


@pytest.mark.timeout(2 * LIMIT)
def test_two_processes_move_the_same_images_as_one_and_hear_the_same_teacher(tmp_path):
    whole, begun = Run(tmp_path / "whole"), Run(tmp_path / "begun")
    recipe, dataset, teacher = moved()
    digest = train(recipe, dataset, whole, teacher=teacher)["digest"]
    with pytest.raises(StopError):
        train(recipe, dataset, begun, teacher=teacher, progress=stopping(10))
    assert together(begun, MOVED, "resume") == [(0, f"{digest}\n", "")] * 2
    assert weights(begun) == weights(whole)
    assert numbers(begun) == numbers(whole)


@pytest.mark.timeout(2 * LIMIT)
def test_a_process_that_dies_ends_the_others_and_nothing_is_lost(tmp_path):
    run = Run(tmp_path)
    (status, _, said), (died, _, silent) = together(run, DIES)
    assert (status, died, silent) == (1, 9, "")
    assert said.startswith("gatewright: Another process of this training is gone (")
    assert said.endswith("run the same command with --resume.\n")
    assert said.count("\n") == 1
    whole = Run(tmp_path / "whole")
    assert train(SHARED, toy(), run, resume=True)["digest"] == train(SHARED, toy(), whole)["digest"]


@pytest.mark.timeout(2 * LIMIT)
@pytest.mark.parametrize(
    ("change", "sentence"),
    [
        ("if world.rank: dataset = toy(seed=1)", "Process 1 has a recipe or data unlike that of process 0"),
        (
            "import dataclasses; recipe = dataclasses.replace(recipe, batch=3)",
            "A step has 3 samples, but is cut into 4 parts, one for each process",
        ),
        (
            "def fails(*_): raise GatewrightError('No.')\nif world.rank: loop.prepare = fails",
            "gatewright: Process 1 says: No.",
        ),
    ],
)
def test_processes_that_cannot_work_together_end_with_one_sentence(tmp_path, change, sentence):
    results = together(Run(tmp_path), change)
    assert [status for status, _, _ in results] == [1, 1]
    assert sum(bool(said) for _, _, said in results) in (1, 2)
    for said in (said for _, _, said in results if said):
        assert sentence in said
        assert said.count("\n") == 1


def test_what_torchrun_sets_describes_the_world():
    whole = {"RANK": "1", "WORLD_SIZE": "2", "MASTER_ADDR": "localhost", "MASTER_PORT": "29500"}
    assert described(whole) == World(1, 2)
    assert not described(whole).leader
    assert described({}) == described(whole | {"WORLD_SIZE": "1"}) == ALONE
    for name in ("RANK", "MASTER_ADDR", "MASTER_PORT"):
        with pytest.raises(GatewrightError, match=f"WORLD_SIZE is 2, but {name} is not set: start the processes with"):
            described({key: value for key, value in whole.items() if key != name})
    for name in ("RANK", "WORLD_SIZE", "MASTER_PORT"):
        with pytest.raises(GatewrightError, match=f"{name} is 'x': it must be a whole number"):
            described(whole | {name: "x"})
    with pytest.raises(GatewrightError, match="RANK is 2, but WORLD_SIZE 2"):
        described(whole | {"RANK": "2"})
