from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

PATH = Path(__file__).parents[2] / "examples" / "digits.ipynb"


def executed(folder, monkeypatch, *, slow):
    """What the cells print, and the types of what they show; without those that are tagged as slow if not ``slow``."""
    for name in ("IPYTHONDIR", "JUPYTER_RUNTIME_DIR", "JUPYTER_CONFIG_DIR"):
        monkeypatch.setenv(name, str(folder / name))
    # One thread computes the same, and shares the machine.
    monkeypatch.setenv("NUMBA_NUM_THREADS", "1")
    notebook = nbformat.read(PATH, as_version=4)
    notebook.cells = [cell for cell in notebook.cells if slow or "slow" not in cell.metadata.get("tags", ())]
    NotebookClient(notebook, timeout=600, resources={"metadata": {"path": str(folder)}}).execute()
    outputs = [output for cell in notebook.cells for output in cell.get("outputs", ())]
    assert not [output for output in outputs if output.output_type == "error" or output.get("name") == "stderr"]
    text = "".join(output.text for output in outputs if output.output_type == "stream")
    return text, [kind for output in outputs for kind in output.get("data", ())]


def test_the_notebook_runs_from_top_to_bottom(tmp_path, monkeypatch):
    text, shown = executed(tmp_path, monkeypatch, slow=False)
    assert float(text.split("test accuracy ")[1].split("%")[0]) > 90
    assert "wire pixel_" in text
    assert " 0 mismatches, by " in text
    assert text.count(", for every input") == 3
    assert "image/png" in shown


@pytest.mark.slow
def test_the_notebook_builds_a_bitstream(tmp_path, monkeypatch):
    text, shown = executed(tmp_path, monkeypatch, slow=True)
    assert "runs/digits_notebook/boards/icebreaker/" in text
    assert (tmp_path / "runs" / "digits_notebook" / "boards" / "icebreaker" / "synthesize.json").is_file()
    assert shown.count("image/png") == 2


def test_the_notebook_is_kept_without_outputs():
    """Outputs hold times, versions and pictures, which differ from machine to machine and hide what has changed."""
    text = PATH.read_text()
    notebook = nbformat.reads(text, as_version=4)
    nbformat.validate(notebook)
    assert text == nbformat.writes(notebook) + "\n"
    assert set(notebook.metadata) == {"kernelspec", "language_info"}
    assert notebook.metadata.language_info == {"name": "python"}
    assert [cell.id for cell in notebook.cells] == [f"cell-{index:02d}" for index in range(len(notebook.cells))]
    for cell in notebook.cells:
        assert set(cell.metadata) <= {"tags"}
        assert cell.cell_type == "markdown" or (cell.outputs, cell.execution_count) == ([], None)
