"""The pages in a real browser: nothing is fetched, nothing is complained of, and everything fits a phone and paper."""

import base64
import json
from itertools import combinations

import numpy as np
import pytest

from gatewright.report.answers import answer
from gatewright.report.compare import compare
from gatewright.report.compare import page as comparison
from gatewright.report.page import page
from tests.report.runs import complete, network, words

WIDTHS = {390: "phone", 1280: "desk"}


@pytest.fixture(scope="module")
def pages(told, tmp_path_factory):
    """The report of pixels, that of a table, and a comparison, as addresses."""
    folder = tmp_path_factory.mktemp("pages")
    names = [f"a feature with quite a long name {i}" for i in range(12)]
    table = complete(
        folder / "table", network(1, names=names, layers=4, width=40), dataset="a-long-name-of-a-table.csv"
    )
    graph = table.load()
    samples = words(graph, 40)
    answers = answer(graph, samples, graph.scores(samples).argmax(axis=1))
    made = {"pixels": told[1], "table": page(table, answers, initial=graph)}
    pixels = complete(folder / "classes", network(2, classes=10, width=60))
    graph = pixels.load()
    samples = words(graph, 200)
    made["classes"] = page(pixels, answer(graph, samples, np.arange(200) % 10), initial=graph)
    made["compare"] = comparison(compare([told[0].path, table.path]))
    addresses = {}
    for name, html in made.items():
        (folder / f"{name}.html").write_text(html)
        addresses[name] = (folder / f"{name}.html").as_uri()
    return addresses


def show(browser, address, width=1280, scheme="light"):
    size = {"width": width, "height": 900, "deviceScaleFactor": 1, "mobile": width < 600}
    browser.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)
    media = {"media": "", "features": [{"name": "prefers-color-scheme", "value": scheme}]}
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", media)
    for log in ("browser", "performance"):
        browser.get_log(log)
    browser.get(address)


def fetched(browser):
    """The addresses that the page asked for."""
    events = [json.loads(entry["message"])["message"] for entry in browser.get_log("performance")]
    return [event["params"]["request"]["url"] for event in events if event["method"] == "Network.requestWillBeSent"]


@pytest.mark.parametrize("name", ["pixels", "table", "compare"])
def test_nothing_is_fetched_and_nothing_is_complained_of(browser, pages, name):
    show(browser, pages[name])
    assert {address for address in fetched(browser) if not address.startswith("data:")} == {pages[name]}
    assert browser.get_log("browser") == []


@pytest.mark.parametrize("width", WIDTHS, ids=WIDTHS.values())
@pytest.mark.parametrize("name", ["pixels", "table", "compare"])
def test_the_page_never_scrolls_sideways(browser, pages, name, width):
    show(browser, pages[name], width)
    assert browser.execute_script("return innerWidth") == width
    assert browser.execute_script("return document.documentElement.scrollWidth") <= width
    # What is wider than the page scrolls in a box of its own.
    loose = browser.execute_script(
        "return [...document.body.querySelectorAll('*')].filter(e => !e.closest('.wide, .zoom, svg')"
        " && e.getBoundingClientRect().right > innerWidth + 1).map(e => e.outerHTML.slice(0, 80))"
    )
    assert loose == []


def luminance(colour):
    channels = [float(part) / 255 for part in colour.split("(")[1].rstrip(")").split(",")[:3]]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one, other):
    """As the guidelines for accessible pages define it, 1 to 21."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("name", ["pixels", "compare"])
def test_every_text_can_be_read_on_light_and_dark_paper(browser, pages, name, scheme):
    show(browser, pages[name], scheme=scheme)
    paper = browser.execute_script("return getComputedStyle(document.body).backgroundColor")
    assert (luminance(paper) > 0.5) == (scheme == "light")
    inks = browser.execute_script(
        "return [...document.body.querySelectorAll('*')].filter(e => [...e.childNodes].some(n => n.nodeType == 3"
        " && n.data.trim()) && !e.matches('script, .none, title')).map(e => { const s = getComputedStyle(e);"
        " return e instanceof SVGElement ? s.fill : s.color; })"
    )
    assert len(inks) > 50
    worst = min(set(inks), key=lambda ink: contrast(ink, paper))
    # 4.5 is what the guidelines ask of text of this size; 3 of large text and of marks.
    assert contrast(worst, paper) >= (4.5 if name == "compare" else 3.0), worst


@pytest.mark.parametrize("width", WIDTHS, ids=WIDTHS.values())
@pytest.mark.parametrize("name", ["pixels", "table", "compare"])
def test_no_text_of_a_plot_covers_another(browser, pages, name, width):
    """The two runs that are compared stand at the same point."""
    show(browser, pages[name], width)
    plots = browser.execute_script(
        "return [...document.querySelectorAll('svg.plot')].map(plot => [...plot.querySelectorAll('text')].map(e => {"
        " const r = e.getBoundingClientRect(); return [r.left, r.top, r.right, r.bottom, e.textContent]; }))"
    )
    assert sum(map(len, plots)) > 8
    for one, other in (pair for plot in plots for pair in combinations(plot, 2)):
        # A line of text is a little higher than its letters.
        apart = one[2] <= other[0] or other[2] <= one[0] or one[3] <= other[1] + 3 or other[3] <= one[1] + 3
        assert apart, (one[4], other[4])


def test_a_drawing_grows_and_shrinks_in_its_box(browser, pages):
    show(browser, pages["table"], 390)
    sizes = browser.execute_script(
        "const svg = document.querySelector('.zoom svg'), at = () => svg.getBoundingClientRect().width;"
        "const press = n => document.querySelectorAll('.buttons button')[n].click();"
        "const found = [at()]; for (const n of [0, 0, 1, 2, 3]) { press(n); found.push(at()); } return found;"
    )
    first, larger, largest, smaller, fit, full = sizes
    assert fit <= first < larger < largest
    assert smaller == pytest.approx(larger)
    assert fit <= 390
    assert full == pytest.approx(
        browser.execute_script("return document.querySelector('.zoom svg').viewBox.baseVal.width")
    )
    assert browser.execute_script("return document.documentElement.scrollWidth") <= 390


@pytest.mark.parametrize("scripts", [True, False])
def test_any_class_can_be_drawn(browser, pages, scripts):
    browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": not scripts})
    try:
        show(browser, pages["table"], 390)
        names = browser.find_elements("css selector", ".tabs label")
        drawings = browser.find_elements("css selector", ".tab svg")
        assert len(names) == len(drawings) == 2
        for index in (1, 0):
            names[index].click()
            assert [drawing.is_displayed() for drawing in drawings] == [index == other for other in range(2)]
            assert drawings[index].size["width"] > 200
            assert f"class {names[index].text}." in drawings[index].accessible_name
    finally:
        browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})


@pytest.mark.parametrize("width", [390, 920, 1280])
def test_a_matrix_of_ten_classes_is_seen_whole(browser, pages, width):
    show(browser, pages["classes"], width)
    box = browser.find_element("css selector", ".wide:has(.matrix)")
    assert box.get_property("scrollWidth") <= box.get_property("clientWidth")


def test_a_table_of_words_is_paragraphs_on_a_phone(browser, pages):
    for width in WIDTHS:
        show(browser, pages["pixels"], width)
        wide = browser.execute_script(
            "return [...document.querySelectorAll('table.rows')].map(e => e.scrollWidth > e.parentNode.clientWidth)"
        )
        assert wide == [False, False]
        assert browser.find_element("css selector", ".rows thead").is_displayed() == (width > 600)


def test_the_page_can_be_read_without_a_script(browser, pages):
    browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": True})
    try:
        show(browser, pages["table"], 390)
        assert browser.find_elements("css selector", ".buttons") == []
        width = browser.find_element("css selector", ".zoom svg").size["width"]
        assert width > browser.find_element("css selector", ".zoom").size["width"]
        assert browser.find_element("css selector", "footer").is_displayed()
    finally:
        browser.execute_cdp_cmd("Emulation.setScriptExecutionDisabled", {"value": False})


@pytest.mark.parametrize("name", ["pixels", "compare"])
def test_paper_shows_all_of_it(browser, pages, name):
    show(browser, pages[name], 700, "dark")
    browser.execute_cdp_cmd("Emulation.setEmulatedMedia", {"media": "print"})
    paper = browser.execute_script(
        "return getComputedStyle(document.documentElement).getPropertyValue('--paper').trim()"
    )
    assert paper == "#fff"
    hidden = browser.execute_script(
        "return [...document.querySelectorAll('.wide, .zoom')].filter(e => e.scrollWidth > innerWidth).length"
    )
    assert hidden == 0
    pdf = base64.b64decode(
        browser.execute_cdp_cmd("Page.printToPDF", {"paperWidth": 8.27, "paperHeight": 11.69})["data"]
    )
    assert pdf.startswith(b"%PDF")
    assert len(pdf) > 20_000
