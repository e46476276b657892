"""A run folder for the pages that begin with one."""

import os

import pytest

from gatewright import flow
from gatewright.run import Run


@pytest.fixture(scope="session")
def digits(tmp_path_factory):
    """Digits, trained for a moment, exported and simulated."""
    run = Run(tmp_path_factory.mktemp("docs") / "runs" / "digits")
    flow.train("digits", run, steps=40)
    flow.export(run)
    flow.simulate(run)
    return run


@pytest.fixture(autouse=True)
def _plain(monkeypatch):
    monkeypatch.setenv("COLUMNS", "160")
    monkeypatch.setattr("gatewright.cli.show.QUIET_SECONDS", float("inf"))
    assert "RANK" not in os.environ
