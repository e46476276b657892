"""A trained network that teaches another one: its scores of a sample say more than the label alone."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from gatewright.errors import GatewrightError
from gatewright.graph.graph import GateGraph

from .data import Dataset
from .recipes.recipe import Recipe


@dataclass(frozen=True, eq=False)
class Teacher:
    """A network, and how much it says.

    Attributes:
        graph: the network; its encoder reads the same features.
        weight: part of its opinion in what a sample should be; the rest is the label.
        tau: temperature by which its scores are divided before they become probabilities.
    """

    graph: GateGraph
    weight: float
    tau: float

    @classmethod
    def of(cls, recipe: Recipe, graph: GateGraph | None, dataset: Dataset) -> Teacher | None:
        """The teacher of a recipe, if it has one.

        Raises:
            GatewrightError: if the graph is not the one of the recipe, or reads other features or knows other classes
                than the data has.
        """
        found = "" if graph is None else graph.digest
        if found != recipe.teacher:
            raise GatewrightError(
                f"The recipe's teacher is {recipe.teacher[:12] or 'nobody'}, but the network that was given is "
                f"{found[:12] or 'none'}: name the teacher's run with --teacher, or train from the folder of a run."
            )
        if graph is None:
            return None
        for what, of_graph, of_data in (
            ("features", graph.encoder.feature_names, dataset.feature_names),
            ("classes", graph.class_names, dataset.class_names),
        ):
            if of_graph != of_data:
                raise GatewrightError(
                    f"The teacher knows {len(of_graph)} {what} ({', '.join(of_graph[:3])}, ...), but {dataset.name} "
                    f"has {len(of_data)} ({', '.join(of_data[:3])}, ...): they must be the same, in the same order."
                )
        return cls(graph, recipe.teacher_weight, recipe.teacher_tau)

    def scores(self, x: NDArray[np.generic]) -> NDArray[np.generic]:
        """Scores (samples, classes) of raw features (samples, features), in the fewest bytes that hold them all."""
        return self.graph(self.graph.encoder(x)).astype(np.min_scalar_type(self.graph.max_score))

    def targets(self, scores: NDArray[np.generic], labels: Tensor) -> Tensor:
        """Probability of each class, (samples, classes) float32, from scores of that shape and labels (samples,)."""
        opinion = torch.softmax(torch.from_numpy(scores.astype(np.float32)) / self.tau, dim=1)
        known = torch.nn.functional.one_hot(labels, scores.shape[1])
        return torch.lerp(known.to(opinion.dtype), opinion, self.weight)
