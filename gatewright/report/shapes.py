"""Shapes of an SVG drawing as elements of a tree, so that every text is escaped."""

from __future__ import annotations

from collections.abc import Iterable
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

from markupsafe import Markup


def shape(tag: str, *children: Element, text: str = "", **attributes: float | str) -> Element:
    """An element. ``stroke_width`` stands for ``stroke-width``, and ``class_`` for ``class``."""
    element = Element(tag, {_name(name): _value(value) for name, value in attributes.items()})
    element.text = text or None
    element.extend(children)
    return element


def drawing(width: float, height: float, alt: str, children: Iterable[Element], kind: str) -> Markup:
    """A drawing of ``width`` by ``height`` pixels with the text that is read aloud in its place."""
    root = shape(
        "svg", *children, role="img", aria_label=alt, class_=kind, viewBox=f"0 0 {width:g} {height:g}",
        width=width, height=height,
    )  # fmt: skip
    return Markup(ElementTree.tostring(root, encoding="unicode"))  # noqa: S704 - ElementTree has escaped its texts.


def title(text: str) -> Element:
    """What a browser shows while the pointer rests on the parent."""
    return shape("title", text=text)


def _name(name: str) -> str:
    return name.rstrip("_").replace("_", "-")


def _value(value: float | str) -> str:
    return value if isinstance(value, str) else f"{value:.6g}"
