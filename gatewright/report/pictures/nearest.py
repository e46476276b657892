"""The test samples that are nearest to a tie."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from markupsafe import Markup
from numpy.typing import NDArray

from gatewright.graph.graph import GateGraph

from .. import image
from ..answers import Answers
from ..picture import Picture
from ..source import Source
from ..units import value

SHOWN = 20
MOST_FEATURES = 8
_ROW = '<tr><th scope="row">{}</th><td class="text {}">{}</td><td class="text">{}</td><td class="text">{}</td>{}</tr>'


def nearest(graph: GateGraph, answers: Answers, source: Source) -> Picture:
    """Those whose highest score is least above the next one: as images, or as a table of features."""
    margins = answers.margins
    order = np.argsort(margins, kind="stable")[:SHOWN]
    ties, wrong = int((margins == 0).sum()), answers.found != answers.labels
    within = int((margins[wrong] <= margins[order[-1]]).sum()) if wrong.any() else 0
    caption = (
        f"The test samples nearest to a tie, with the two highest scores; {ties:,} of {len(margins):,} are ties, which "
        f"the lower class wins. {within:,} of {int(wrong.sum()):,} errors have no larger margin than the last one here."
    )
    shape = image.shape(source.encoder.feature_names)
    levels = source.levels(answers.words[order])
    shown = [_sample(graph, answers, int(index), words) for index, words in zip(order, levels, strict=True)]
    if shape is None:
        return Picture(caption, _table(source, shown))
    brightest = max(1, int(levels.max()))
    images = Markup("").join(_image(sample, shape, brightest) for sample in shown)
    return Picture(caption, Markup('<div class="samples">{}</div>').format(images))


@dataclass(frozen=True)
class _Sample:
    """One sample.

    Attributes:
        index: in the test split.
        true: name of its class, and a cross if the network says another.
        right: whether the network says it.
        said: what the network says, and its score.
        next: the class that comes next, and its score.
        words: (features,) of it, as far as they are known.
    """

    index: int
    true: str
    right: bool
    said: tuple[str, int]
    next: tuple[str, int]
    words: NDArray[Any]


def _sample(graph: GateGraph, answers: Answers, index: int, words: NDArray[Any]) -> _Sample:
    scores, names = answers.scores[index], graph.class_names
    first, second = np.argsort(-scores, kind="stable")[:2]
    right = bool(first == answers.labels[index])
    return _Sample(
        index=index,
        true=names[answers.labels[index]] + ("" if right else " \N{MULTIPLICATION X}"),
        right=right,
        said=(names[first], int(scores[first])),
        next=(names[second], int(scores[second])),
        words=words,
    )


def _image(sample: _Sample, shape: image.Shape, brightest: int) -> Markup:
    pixels = sample.words.reshape(shape) / brightest
    alt = f"Test sample {sample.index}, class {sample.true}."
    return Markup('<figure>{}<figcaption><span class="{}">{}</span><br>{} {}<br>{} {}</figcaption></figure>').format(
        image.grey(pixels[:, :, 0] if shape[2] == 1 else pixels, alt),
        "good" if sample.right else "bad",
        f"is {sample.true}",
        *(text for pair in (sample.said, sample.next) for text in (f"{pair[0]}:", f"{pair[1]:,}")),
    )


def _table(source: Source, samples: list[_Sample]) -> Markup:
    encoder = source.encoder
    bits = np.bincount(encoder.feature, minlength=encoder.features)
    columns = np.sort(np.argsort(-bits, kind="stable")[:MOST_FEATURES]).tolist()
    head = Markup("").join(Markup('<th scope="col">{}</th>').format(encoder.feature_names[c]) for c in columns)
    rows = []
    for sample in samples:
        # The word of a feature is all that is kept of it: its value is at least this.
        cells = Markup("").join(Markup("<td>{}</td>").format(value(encoder, c, int(sample.words[c]))) for c in columns)
        said, after = ("{}: {:,}".format(*pair) for pair in (sample.said, sample.next))
        colour = "good" if sample.right else "bad"
        rows.append(Markup(_ROW).format(sample.index, colour, sample.true, said, after, cells))  # noqa: S704 - constant
    return Markup(
        '<table class="listed"><thead><tr><th>sample</th><th class="text">is</th><th class="text">highest</th>'
        '<th class="text">next</th>{}</tr></thead><tbody>{}</tbody></table>'
    ).format(head, Markup("").join(rows))
