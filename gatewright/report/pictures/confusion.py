"""Which classes are taken for which."""

from __future__ import annotations

import numpy as np
from markupsafe import Markup

from ..answers import Answers
from ..picture import Picture

MOST_CLASSES = 20
MOST_PAIRS = 15


def confusion(answers: Answers, names: tuple[str, ...]) -> Picture:
    """The confusion matrix; of many classes, the pairs that are confused most."""
    counts = answers.confusion()
    wrong = int(counts.sum() - np.trace(counts))
    caption = f"{wrong:,} of {counts.sum():,} test samples are wrong. "
    off = counts * ~np.eye(len(counts), dtype=bool)
    if len(names) > MOST_CLASSES:
        order = np.argsort(-off, axis=None, kind="stable")[:MOST_PAIRS]
        rows = [(names[i // len(names)], names[i % len(names)], int(off.flat[i])) for i in order if off.flat[i]]
        body = Markup("").join(
            Markup('<tr><th scope="row">{}</th><td class="text">{}</td><td>{:,}</td></tr>').format(*row) for row in rows
        )
        head = Markup('<tr><th>is</th><th class="text">taken for</th><th>samples</th></tr>')
        return Picture(caption + "The pairs that are confused most.", _table(head, body, ""))
    head = Markup("<tr><td></td>{}</tr>").format(
        Markup("").join(Markup('<th scope="col">{}</th>').format(name) for name in names)
    )
    body = Markup("").join(
        Markup('<tr><th scope="row">{}</th>{}</tr>').format(
            name, Markup("").join(_cell(int(count), i == j, int(counts[i].sum())) for j, count in enumerate(counts[i]))
        )
        for i, name in enumerate(names)
    )
    return Picture(caption + "Rows: what they are; columns: what the network says.", _table(head, body, "matrix"))


def _cell(count: int, right: bool, whole: int) -> Markup:
    """A count of a row with so many samples; the colour is full where a tenth of them is taken for another class."""
    if right:
        return Markup('<td class="right">{:,}</td>').format(count)
    if not count:
        return Markup('<td class="none">·</td>')
    return Markup('<td class="wrong" style="--heat:{:.0f}%">{:,}</td>').format(
        8 + 62 * min(1.0, 10 * count / whole), count
    )


def _table(head: Markup, body: Markup, kind: str) -> Markup:
    return Markup('<table class="{}"><thead>{}</thead><tbody>{}</tbody></table>').format(kind, head, body)
