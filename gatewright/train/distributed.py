"""Several processes that train one network, on one machine or on many, started by ``torchrun``.

Every process holds the whole network, draws the same rows and the same noise from the same generator, and works on
its own parts of the batch. What travels are the gradients of the parts; each process adds them up in the order of the
parts, so that all of them take the same step, bit for bit, and it does not matter which process did which part.
`DistributedDataParallel` leaves the order of its sums to the library underneath, and so cannot promise that.
"""

from __future__ import annotations

import contextlib
import datetime
import hashlib
import os
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, TypeVar

import torch
from torch import Tensor, distributed
from torch.distributed.rendezvous import rendezvous

from gatewright.errors import GatewrightError, SilencedError

if TYPE_CHECKING:
    from torch.distributed.distributed_c10d import Store

T = TypeVar("T")

VARIABLES = ("RANK", "WORLD_SIZE", "MASTER_ADDR", "MASTER_PORT")
"""What tells a process about the others; torchrun sets all four."""
GATHERING = datetime.timedelta(minutes=5)
"""How long the processes wait for each other at the start."""
SILENCE = datetime.timedelta(minutes=30)
"""How long a process waits for an answer of the others."""


@dataclass(frozen=True)
class World:
    """The processes that train one network.

    Attributes:
        rank: number of this process, 0 to size - 1.
        size: how many there are.
    """

    rank: int = 0
    size: int = 1

    @property
    def leader(self) -> bool:
        """Whether this is the process that writes files and tells people."""
        return self.rank == 0


ALONE = World()


@contextlib.contextmanager
def join() -> Iterator[World]:
    """The world that the environment describes, for as long as the context lasts; `ALONE` if it describes none.

    When it ends with an error or an interrupt, one of the processes passes that on, and the others end silently.

    Raises:
        GatewrightError: if the environment is incomplete, or the others cannot be reached.
        SilencedError: if another process tells what happened.
    """
    world = described(dict(os.environ))
    if world.size == 1:
        yield world
        return
    local = int(os.environ.get("LOCAL_WORLD_SIZE", "1"))
    # The processes of a machine share its cores. Numba reads this when it is imported.
    os.environ.setdefault("NUMBA_NUM_THREADS", str(max(1, len(os.sched_getaffinity(0)) // local)))
    backend = "gloo"
    if torch.cuda.is_available():
        torch.cuda.set_device(int(os.environ.get("LOCAL_RANK", "0")) % torch.cuda.device_count())
        backend = "cpu:gloo,cuda:nccl"
    store = _meet(world, backend)
    try:
        yield world
        # Who leaves first must not take the store away from the others.
        with _talking():
            distributed.barrier()
    except (GatewrightError, KeyboardInterrupt) as error:
        if _first(store):
            raise
        raise SilencedError("Another process says why.") from error
    finally:
        distributed.destroy_process_group()


def described(environment: dict[str, str]) -> World:
    """The world that the variables of torchrun describe.

    Raises:
        GatewrightError: if one is absent or no number.
    """
    if environment.get("WORLD_SIZE", "1") == "1":
        return ALONE
    missing = [name for name in VARIABLES if not environment.get(name)]
    if missing:
        raise GatewrightError(
            f"WORLD_SIZE is {environment['WORLD_SIZE']}, but {missing[0]} is not set: start the processes with "
            "`torchrun --nproc-per-node N -m gatewright train ...`, which sets it, or unset WORLD_SIZE."
        )
    given = {name: environment[name] for name in ("RANK", "WORLD_SIZE", "MASTER_PORT")}
    for name, value in given.items():
        if not value.isdecimal():
            raise GatewrightError(f"{name} is {value!r}: it must be a whole number, as torchrun sets it.")
    world = World(int(given["RANK"]), int(given["WORLD_SIZE"]))
    if world.rank >= world.size:
        raise GatewrightError(f"RANK is {world.rank}, but WORLD_SIZE {world.size}: ranks run from 0 to one below it.")
    return world


def sum_in_order(world: World, mine: list[Tensor]) -> Tensor:
    """The sum over the parts of all processes, added up in their order: those of rank 0 first.

    Args:
        world: the processes; each brings the same number of parts.
        mine: at least one tensor; all have the same shape.
    """
    total, *rest = gather(world, mine)
    for part in rest:
        total = total + part
    return total


def gather(world: World, mine: list[Tensor]) -> list[Tensor]:
    """The tensors of all processes, those of rank 0 first; each brings the same number of the same shape."""
    if world.size == 1:
        return mine
    sent = torch.stack(mine)
    received = [torch.empty_like(sent) for _ in range(world.size)]
    with _talking():
        distributed.all_gather(received, sent)
    return [part for parts in received for part in parts]


def spread(world: World, data: bytes) -> bytes:
    """What the leader has, everywhere; ``data`` of the others is ignored."""
    if world.size == 1:
        return data
    length = torch.tensor([len(data)])
    with _talking():
        distributed.broadcast(length, 0)
        content = torch.empty(int(length), dtype=torch.uint8)
        if world.leader and data:
            content.copy_(torch.frombuffer(bytearray(data), dtype=torch.uint8))
        if len(content):
            distributed.broadcast(content, 0)
    return content.numpy().tobytes()


def together(world: World, work: Callable[[], T]) -> T:
    """The result of ``work`` in each process, once all have done it.

    Raises:
        GatewrightError: in every process, if one fails with it.
    """
    if world.size == 1:
        return work()
    failure = ""
    try:
        result = work()
    except GatewrightError as error:
        failure = str(error) or "It failed."
    said = [b""] * world.size
    lengths = gather(world, [torch.tensor([len(failure.encode())])])
    longest = max(int(length) for length in lengths)
    if longest:
        padded = torch.zeros(longest, dtype=torch.uint8)
        padded[: len(failure.encode())] = torch.tensor(list(failure.encode()), dtype=torch.uint8)
        said = [text.numpy().tobytes().rstrip(b"\0") for text in gather(world, [padded])]
    for rank, text in enumerate(said):
        if text:
            raise GatewrightError(text.decode() if rank == 0 else f"Process {rank} says: {text.decode()}")
    return result


def agree(world: World, what: str, content: Any) -> None:
    """Demand that all processes hold the same ``content``, a value with a faithful `repr` or a list of tensors.

    Raises:
        GatewrightError: in every process, if they do not.
    """
    if world.size == 1:
        return
    state = hashlib.sha256()
    if isinstance(content, list):
        for tensor in content:
            state.update(tensor.detach().cpu().contiguous().numpy().data)
    else:
        state.update(repr(content).encode())
    digests = gather(world, [torch.tensor(list(state.digest()), dtype=torch.uint8)])
    for rank, digest in enumerate(digests):
        if not torch.equal(digest, digests[0]):
            raise GatewrightError(
                f"Process {rank} has {what} unlike that of process 0: run the same command, on the same data, with "
                "the same versions, on machines of the same kind."
            )


def _meet(world: World, backend: str) -> Store:
    """Wait for the others, in a thread, so that Ctrl-C is not kept waiting."""
    # Whatever imports this later, as torch._dynamo does, makes the group a default argument of its functions:
    # it would live on until the interpreter is gone, and its threads would then abort the process.
    import torch.distributed.nn  # noqa: F401

    met: list[Store] = []
    failed: list[BaseException] = []

    def wait() -> None:
        try:
            store, _, _ = next(rendezvous("env://", timeout=GATHERING))
            distributed.init_process_group(
                backend, store=store, rank=world.rank, world_size=world.size, timeout=SILENCE
            )
            met.append(store)
        except (RuntimeError, ValueError) as error:
            failed.append(error)

    thread = threading.Thread(target=wait, daemon=True)
    thread.start()
    thread.join()
    if not met:
        place = f"{os.environ['MASTER_ADDR']}:{os.environ['MASTER_PORT']}"
        raise GatewrightError(
            f"The {world.size} processes did not meet at {place} ({_line(failed[0])}): start all of them within "
            f"{GATHERING.seconds // 60} minutes, with the same MASTER_ADDR and MASTER_PORT."
        ) from failed[0]
    return met[0]


@contextlib.contextmanager
def _talking() -> Iterator[None]:
    try:
        yield
    except RuntimeError as error:
        raise GatewrightError(
            f"Another process of this training is gone ({_line(error)}): nothing is lost up to the last evaluation; "
            "run the same command with --resume."
        ) from error


def _first(store: Store) -> bool:
    """Whether no other process has spoken; where they cannot be asked, each speaks for itself."""
    try:
        return bool(store.add("gatewright/spoken", 1) == 1)
    except RuntimeError:
        return True


def _line(error: BaseException) -> str:
    """The first line of an error, without its place in the library's source."""
    return str(error).splitlines()[0].rpartition("] ")[2][:100].rstrip(". ") if str(error) else type(error).__name__
