"""What MkDocs is told on top of mkdocs.yml.

Formulas become MathML, which browsers draw without a script. The picture of the flow becomes part of its page, so that
it takes the colours that the reader has chosen. The script that lets the search run from a folder lies beside the
pages; Material has every reader fetch it from a server. The options of the verbs are those of the program.
"""

from __future__ import annotations

import html
import re
from pathlib import Path
from typing import Any

from latex2mathml.converter import convert

_FORMULA = re.compile(r'<(span|div) class="arithmatex">\\[(\[](.*?)\\[)\]]</\1>', re.DOTALL)

_VERBS = "<!-- verbs -->"
_SHIM = "https://unpkg.com/iframe-worker/shim"
_FLOW = re.compile(r'<img [^>]*src="flow\.svg"[^>]*>')


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Write out the help of every verb where a page asks for it."""
    return markdown.replace(_VERBS, _help()) if _VERBS in markdown else markdown


def _help() -> str:
    from typer.main import get_command
    from typer.testing import CliRunner

    from gatewright.cli import app

    verbs = list(get_command(app).commands)  # type: ignore[attr-defined]
    texts = {verb: CliRunner().invoke(app, [verb, "--help"], prog_name="gatewright").stdout for verb in verbs}
    return "\n\n".join(f"### {verb}\n\n```text\n{text}```" for verb, text in texts.items())


def on_page_content(content: str, **_: Any) -> str:
    """Replace each formula in TeX, as pymdownx.arithmatex marks it, and the picture."""
    content = _FORMULA.sub(_mathml, content)
    return _FLOW.sub(lambda _found: Path(__file__).with_name("flow.svg").read_text(), content)


def on_post_build(config: Any) -> None:
    """Let every page read its own copy of the script."""
    site = Path(config["site_dir"])
    for path in site.rglob("*.html"):
        up = "../" * (len(path.relative_to(site).parts) - 1)
        path.write_text(path.read_text().replace(_SHIM, f"{up}iframe-worker.js"))


def _mathml(found: re.Match[str]) -> str:
    display = "block" if found[1] == "div" else "inline"
    return f'<{found[1]} class="formula">{convert(html.unescape(found[2]), display=display)}</{found[1]}>'
