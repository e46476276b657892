"""A report as a picture: ``python benchmarks/picture_report.py RUN`` writes docs/report.png.

RUN is what ``gatewright demo --model mnist`` has made. The picture holds the head of the page, where the network looks,
one class's circuit and what it answers, side by side. It needs chromium and chromedriver, as the tests do.
"""

from __future__ import annotations

import base64
import io
import shutil
import sys
import tempfile
from pathlib import Path

from PIL import Image
from selenium import webdriver
from selenium.webdriver.chrome.service import Service

from gatewright import flow
from gatewright.run import Run

OUT = Path(__file__).resolve().parents[1] / "docs" / "report.png"
WIDTH = 920
COLUMNS = (
    (("body", "training"), ("input", "circuit")),
    (("circuit", "answers"), ("answers", "time")),
)
"""From which heading to which, in each column."""


def main() -> None:
    page = flow.report(Run(Path(sys.argv[1]))).resolve()
    columns = [_column(pieces) for pieces in _pieces(page)]
    height = min(column.height for column in columns)
    picture = Image.new("RGB", (WIDTH * len(columns), height), "white")
    for number, column in enumerate(columns):
        picture.paste(column, (number * WIDTH, 0))
    picture.quantize(256, method=Image.Quantize.FASTOCTREE, dither=Image.Dither.NONE).save(OUT, optimize=True)
    sys.stderr.write(f"{OUT}, {OUT.stat().st_size:,} bytes\n")


def _pieces(page: Path) -> list[list[Image.Image]]:
    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium") or ""
    with tempfile.TemporaryDirectory() as folder:
        for argument in ("--headless=new", "--no-sandbox", "--disable-dev-shm-usage", f"--user-data-dir={folder}"):
            options.add_argument(argument)
        browser = webdriver.Chrome(options=options, service=Service(shutil.which("chromedriver")))
        try:
            size = {"width": WIDTH, "height": 900, "deviceScaleFactor": 1, "mobile": False}
            browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
            browser.get(page.as_uri())
            browser.execute_script("for (const e of document.querySelectorAll('.zoom')) e.style.maxHeight = '22rem'")
            return [[_shot(browser, *ends) for ends in column] for column in COLUMNS]
        finally:
            browser.quit()


def _shot(browser: webdriver.Chrome, first: str, last: str) -> Image.Image:
    top, bottom = (
        browser.execute_script(
            "const e = document.getElementById(arguments[0]); return e ? e.getBoundingClientRect().top : 0", name
        )
        for name in (first, last)
    )
    clip = {"x": 0, "y": top, "width": WIDTH, "height": bottom - top, "scale": 1}
    shot = browser.execute_cdp_cmd("Page.captureScreenshot", {"captureBeyondViewport": True, "clip": clip})
    return Image.open(io.BytesIO(base64.b64decode(shot["data"])))


def _column(pieces: list[Image.Image]) -> Image.Image:
    column = Image.new("RGB", (WIDTH, sum(piece.height for piece in pieces)), "white")
    below = 0
    for piece in pieces:
        column.paste(piece, (0, below))
        below += piece.height
    return column


if __name__ == "__main__":
    main()
