"""The trained networks that come with the package, by name.

A folder beside this file holds ``learned.lgn``, the network; ``recipe.toml``, which makes it; ``train.json``, what its
training has measured; and ``model.toml``, the fields of `Options`.
"""

from __future__ import annotations

import dataclasses
import difflib
import json
import tomllib
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from gatewright.errors import GatewrightError
from gatewright.graph.file import loads
from gatewright.graph.graph import GateGraph
from gatewright.run import read_whole

FOLDER = Path(__file__).parent
OPTIONS, NETWORK, RECIPE, TRAINING = "model.toml", "learned.lgn", "recipe.toml", "train.json"
_REMEDY = "install gatewright again"


@dataclass(frozen=True)
class Options:
    """How a network is put on small boards.

    Attributes:
        title: what it is, in a few words.
        lanes: bits that are counted in a cycle, of one class after another; 0 for all at once.
        without_encoder: whether the host encodes, and the hardware takes its bits.
        selftest: whether the design on a board can count and test itself.
        fmax_mhz: clock that the registers must reach, if the board's own, with some headroom, is no faster.
    """

    title: str
    lanes: int = 0
    without_encoder: bool = False
    selftest: bool = True
    fmax_mhz: float = 0.0

    def toml(self) -> str:
        """The text of ``model.toml``."""
        # JSON writes these texts, numbers and truths as TOML does.
        return "".join(
            f"{name} = {json.dumps(value, ensure_ascii=False)}\n" for name, value in dataclasses.asdict(self).items()
        )


@dataclass(frozen=True)
class Model:
    """A trained network.

    Attributes:
        name: of the model.
        graph: the network as it was learned; its provenance names data set, recipe, seed and accuracy.
        recipe: the text of the recipe that makes it.
        training: what its training has measured: the keys of ``train.json``.
        options: how it is put on small boards.
    """

    name: str
    graph: GateGraph
    recipe: str
    training: dict[str, Any]
    options: Options


def names() -> tuple[str, ...]:
    """The models that there are, sorted."""
    return tuple(sorted(path.parent.name for path in FOLDER.glob(f"*/{OPTIONS}")))


def get(name: str) -> Model:
    """The model called ``name``.

    Raises:
        GatewrightError: if there is none, with the nearest name; or its files are damaged or do not belong together.
    """
    known = names()
    if name not in known:
        near = difflib.get_close_matches(name.lower(), known, 1)
        meant = f"did you mean {near[0]}?" if near else f"the models are {', '.join(known) or 'none'}."
        raise GatewrightError(f"There is no model {name!r}: {meant}")
    folder = FOLDER / name
    graph = loads(read_whole(folder / NETWORK, _REMEDY), str(folder / NETWORK))
    texts = {file: read_whole(folder / file, _REMEDY) for file in (RECIPE, TRAINING, OPTIONS)}
    try:
        recipe = texts[RECIPE].decode()
        training = dict(json.loads(texts[TRAINING]))
        options = Options(**tomllib.loads(texts[OPTIONS].decode()))
    except (ValueError, TypeError) as error:
        raise GatewrightError(f"The model in {folder} is damaged ({error}): {_REMEDY}.") from error
    if training.get("digest") != graph.digest:
        raise GatewrightError(f"{folder / TRAINING} tells of another network than {NETWORK}: {_REMEDY}.")
    return Model(name, graph, recipe, training, options)
