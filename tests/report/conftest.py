import shutil

import pytest

from gatewright import flow
from tests.report.runs import complete


@pytest.fixture
def run(tmp_path):
    return complete(tmp_path)


@pytest.fixture(scope="session")
def told(tmp_path_factory):
    """A run that every verb has been through, which nobody changes, and its page."""
    run = complete(tmp_path_factory.mktemp("told"))
    return run, flow.report(run).read_text()


@pytest.fixture(scope="session")
def browser(tmp_path_factory):
    """A real browser without a window; it tells what a page has written to its console, and what it has fetched."""
    from selenium import webdriver
    from selenium.webdriver.chrome.service import Service

    chromium, driver = shutil.which("chromium"), shutil.which("chromedriver")
    if chromium is None or driver is None:
        pytest.fail("The pages are looked at in a browser: install chromium and chromium-driver.")
    options = webdriver.ChromeOptions()
    options.binary_location = chromium
    for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage"):
        options.add_argument(argument)
    options.add_argument(f"--user-data-dir={tmp_path_factory.mktemp('browser')}")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL", "performance": "ALL"})
    opened = webdriver.Chrome(options=options, service=Service(driver))
    yield opened
    opened.quit()
