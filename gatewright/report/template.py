"""Fills in a page: one file with its style and its script inside, and everything from outside escaped."""

from __future__ import annotations

from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape


def render(name: str, **values: Any) -> str:
    """The page of a template in ``pages``."""
    environment = Environment(
        loader=PackageLoader("gatewright.report", "pages"),
        autoescape=select_autoescape(default=True, default_for_string=True),
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(name).render(**values)
