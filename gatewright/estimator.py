"""A logic gate network as a scikit-learn classifier, and the way from it to hardware.

>>> from gatewright import GateClassifier
>>> classifier = GateClassifier(random_state=0).fit(x_train, y_train)
>>> classifier.score(x_test, y_test)
>>> classifier.prove()
>>> classifier.build("icebreaker", out="runs/mine").fmax_mhz
"""

from __future__ import annotations

import dataclasses
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self, TypedDict, Unpack

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import BaseEstimator, ClassifierMixin
from sklearn.utils import check_random_state, gen_batches
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted, validate_data

from gatewright import flow
from gatewright.errors import GatewrightError
from gatewright.flow import split, table
from gatewright.graph.passes.optimise import optimise
from gatewright.run import Run, read_whole, write_whole

if TYPE_CHECKING:
    from gatewright.boards.synthesis import Synthesis
    from gatewright.graph.graph import GateGraph

_CHUNK = 2**15
_PREFIX = "gatewright-"


class Registers(TypedDict, total=False):
    """Where the registers stand, as `gatewright.flow.export` takes it; by default where they suit 24 MHz."""

    fmax_mhz: float | None
    latency: int | None
    lanes: int | None


class GateClassifier(ClassifierMixin, BaseEstimator):  # type: ignore[misc]  # scikit-learn has no types.
    """Trains a logic gate network on a table of numbers.

    The parameters are fields of `gatewright.train.recipes.recipe.Recipe` of the same name, with defaults for small
    tables. A tenth of the training samples, stratified, is held out: at up to twenty moments of the training it says
    how good the network is, and the best one is kept.

    Args:
        layers: gates of the only layer, or of each; the last number is a multiple of the number of classes. One layer
            of 50 to 300 gates for each class if None.
        fan_in: operands of a gate, 2 to 6.
        candidates: inputs that each operand chooses from, for all layers or for each; 1 for fixed wiring.
        bits: thresholds of each feature, at most.
        thresholds: where they lie, ``"quantile"`` or ``"uniform"``.
        method: ``"gumbel"``, ``"gumbel-soft"``, ``"softmax"`` or ``"hard"``.
        tau: temperature of the choices in training.
        noise_scale: factor on their Gumbel noise.
        group_tau: what scores are divided by before a softmax, in the loss and in `predict_proba`; a third of the
            root of the gates of a class if None.
        learning_rate: of Adam at the start; it falls to 0 along a cosine.
        weight_decay: of Adam.
        batch: samples of a step.
        steps: training steps.
        random_state: seed of every random draw, as everywhere in scikit-learn.

    Attributes:
        classes_: (classes,) the labels, sorted.
        n_features_in_: number of features.
        feature_names_in_: (features,) names of the columns, if all of them are text.
        graph_: the optimised network; what becomes hardware.
        learned_: the network as it was learned, with the same scores.
        recipe_: how it was trained.
        group_tau_: the temperature of the scores.
        asked_: words (samples, features) and class indices (samples,) of training samples, 256 at most, as the encoder
            sees them: what simulation, bench and board are asked.
    """

    def __init__(
        self,
        layers: int | Sequence[int] | None = None,
        *,
        fan_in: int = 4,
        candidates: int | Sequence[int] = 16,
        bits: int = 3,
        thresholds: str = "quantile",
        method: str = "gumbel",
        tau: float = 2.0,
        noise_scale: float = 0.5,
        group_tau: float | None = None,
        learning_rate: float = 0.05,
        weight_decay: float = 0.0,
        batch: int = 64,
        steps: int = 1000,
        random_state: int | np.random.RandomState | None = None,
    ) -> None:
        self.layers = layers
        self.fan_in = fan_in
        self.candidates = candidates
        self.bits = bits
        self.thresholds = thresholds
        self.method = method
        self.tau = tau
        self.noise_scale = noise_scale
        self.group_tau = group_tau
        self.learning_rate = learning_rate
        self.weight_decay = weight_decay
        self.batch = batch
        self.steps = steps
        self.random_state = random_state

    def fit(self, X: ArrayLike, y: ArrayLike) -> Self:
        """Train on samples X (samples, features), finite numbers, and labels y (samples,), numbers or text.

        Raises:
            ValueError: for what cannot be trained on, and for a parameter that is out of range.
        """
        from gatewright.train import loop

        X, y = validate_data(self, X, y)
        check_classification_targets(y)
        self.classes_, index = np.unique(y, return_inverse=True)
        if len(self.classes_) < 2:
            only = str(self.classes_[0])
            raise ValueError(f"The labels hold 1 class, {only!r}: a classifier needs at least two classes.")
        with _as_value_error(), tempfile.TemporaryDirectory(prefix=_PREFIX) as folder:
            names = getattr(self, "feature_names_in_", [f"x{i}" for i in range(self.n_features_in_)])
            data = table.dataset(np.asarray(X), index.astype(np.int64), list(names), list(self.classes_))
            seed = table.plain(self.random_state)
            seed = seed if isinstance(seed, int) else int(check_random_state(seed).randint(2**31))
            self.recipe_ = table.recipe(self.get_params(), seed, data)
            loop.train(self.recipe_, data, run := Run(Path(folder)))
            learned = run.load(run.learned)
            self.asked_ = split.kept(run, learned)
        # What training measured at its end is no accuracy on a test split, since there is none.
        origin = dataclasses.replace(learned.provenance, accuracy=None)
        self.learned_ = dataclasses.replace(learned, provenance=origin)
        self.graph_: GateGraph = optimise(self.learned_)
        self.group_tau_ = self.recipe_.group_tau
        return self

    def predict(self, X: ArrayLike) -> NDArray[Any]:
        """The label (samples,) of each sample: of the classes with the highest score the first."""
        best = self._scores(X).argmax(axis=1)
        return np.asarray(self.classes_[best])

    def predict_proba(self, X: ArrayLike) -> NDArray[np.float64]:
        """Softmax (samples, classes) of the scores divided by ``group_tau_``, which the training loss saw, too.

        Hardware makes scores, and no probabilities.
        """
        scaled = self._scores(X) / self.group_tau_
        powers = np.exp(scaled - scaled.max(axis=1, keepdims=True))
        return np.asarray(powers / powers.sum(axis=1, keepdims=True))

    def decision_function(self, X: ArrayLike) -> NDArray[np.float64]:
        """The scores (samples, classes); of two classes the second's score minus the first's, (samples,)."""
        scores = self._scores(X).astype(np.float64)
        return scores[:, 1] - scores[:, 0] if scores.shape[1] == 2 else scores

    def to_verilog(self, path: str | Path | None = None, **registers: Unpack[Registers]) -> str:
        """The Verilog; with a path, ``classifier.v``, its manifest and a bench are written into that folder as well.

        Raises:
            GatewrightError: if no registers keep to what is asked for, or the folder cannot be written.
        """
        with self._exported(None, None, registers) as run:
            if path is not None:
                for file in sorted(run.rtl.iterdir()):
                    write_whole(Path(path) / file.name, file.read_bytes())
            return read_whole(run.rtl / "classifier.v", "export the network again").decode()

    def simulate(
        self, X: ArrayLike | None = None, *, out: str | Path | None = None, **registers: Unpack[Registers]
    ) -> dict[str, Any]:
        """Simulate the Verilog, and compare every score with the network's.

        Args:
            X: samples (samples, features) to be among the vectors; those of ``asked_`` if None.
            out: the run folder; a temporary one if None.
            registers: where they stand.

        Returns:
            What ``simulate.json`` holds: ``vectors``, ``ties``, ``mismatches``, ``latency_cycles``, ...

        Raises:
            GatewrightError: if a score differs.
        """
        with self._exported(out, None, registers) as run:
            if X is not None:
                words = self.graph_.encoder.words(validate_data(self, X, reset=False))
                split.keep(run, words, self.graph_.scores(words).argmax(axis=1))
            values = flow.simulate(run)
            # The labels of the samples above are the network's own, by which no board may be judged.
            split.keep(run, *self.asked_)
        if not values["passed"]:
            raise GatewrightError(f"The Verilog differs from the network in {values['mismatches']} vectors.")
        return values

    def prove(
        self, board: str | None = None, *, out: str | Path | None = None, **registers: Unpack[Registers]
    ) -> dict[str, Any]:
        """Prove for every input that learned network, optimised network, Verilog and netlist are equal.

        Args:
            board: also prove what `build` makes for it, on iCE40 to the bitstream; it is built if it is not there.
            out: the run folder; a temporary one if None.
            registers: where they stand.

        Returns:
            What ``prove.json`` holds: ``steps``, each with ``left``, ``right``, ``engine`` and ``seconds``, ...

        Raises:
            GatewrightError: if a step does not hold.
        """
        with self._exported(out, board, registers) as run:
            if board is not None:
                flow.synthesize(run, board)
            values = flow.prove(run, board_name=board)
        for step in values["steps"]:
            if not step["equivalent"]:
                raise GatewrightError(f"{step['left']} = {step['right']} is not proven: {step['sentence']}")
        return values

    def build(self, board: str, *, out: str | Path | None = None, **registers: Unpack[Registers]) -> Synthesis:
        """Build the bitstream for a board, with registers for its clock, and try it on simulated pins.

        Args:
            board: its name, as `gatewright boards` lists them.
            out: the run folder; a temporary one if None, with which the bitstream goes.
            registers: where they stand.

        Returns:
            Area by part, ``fmax_mhz``, latency and the rest; ``bitstream`` is its path, ``""`` if none is left.

        Raises:
            GatewrightError: if the network does not fit, is too slow, or the pins answer otherwise than the network.
        """
        from gatewright.boards.synthesis import Synthesis

        with self._exported(out, board, registers) as run:
            built = Synthesis.from_dict(flow.synthesize(run, board))
            stays = out is not None and built.bitstream
            return dataclasses.replace(built, bitstream=str(run.board(built.board) / built.bitstream) if stays else "")

    def _scores(self, X: ArrayLike) -> NDArray[np.int32]:
        """How many nets of each class are 1, (samples, classes)."""
        check_is_fitted(self)
        x: NDArray[Any] = validate_data(self, X, reset=False)
        with _as_value_error():
            return np.concatenate([self.graph_(self.graph_.encoder(x[rows])) for rows in gen_batches(len(x), _CHUNK)])

    @contextmanager
    def _exported(self, out: str | Path | None, board: str | None, registers: Registers) -> Iterator[Run]:
        """A run folder with the network and its Verilog; it goes with the context if no folder is asked for."""
        check_is_fitted(self)
        with ExitStack() as stack:
            run = Run(Path(stack.enter_context(tempfile.TemporaryDirectory(prefix=_PREFIX)) if out is None else out))
            if run.checkpoint.exists():
                raise GatewrightError(f"{run.path} holds a network that was trained there: choose another folder.")
            write_whole(run.recipe, self.recipe_.toml())
            run.store(self.learned_, run.learned)
            split.keep(run, *self.asked_)
            flow.export(run, board_name=board, **registers)
            yield run


@contextmanager
def _as_value_error() -> Iterator[None]:
    """What is wrong with data or parameters is a ValueError, as everywhere in scikit-learn."""
    try:
        yield
    except GatewrightError as error:
        raise ValueError(str(error)) from error
