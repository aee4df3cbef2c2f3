"""docs/notebook.ipynb runs from top to bottom, and each cell shows what a reader would want to see."""

from __future__ import annotations

import json
import os
import warnings
from pathlib import Path

import pytest

NOTEBOOK = Path(__file__).parents[2] / "docs" / "notebook.ipynb"


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # Jupyter's own, of its event loop and its paths
def test_the_notebook_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("IPYTHONDIR", "JUPYTER_CONFIG_DIR", "JUPYTER_DATA_DIR", "JUPYTER_RUNTIME_DIR"):
        monkeypatch.setenv(name, str(tmp_path / name.lower()))
    monkeypatch.setenv("JUPYTER_PLATFORM_DIRS", "1")
    import nbformat
    from nbclient import NotebookClient

    notebook = nbformat.read(NOTEBOOK, as_version=4)
    assert not any(c.get("outputs") for c in notebook.cells), "kept without outputs: they would grow stale"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        NotebookClient(notebook, timeout=300, resources={"metadata": {"path": str(NOTEBOOK.parent)}}).execute()
    shown = {}
    for cell in notebook.cells:
        if cell.cell_type == "code":
            (output,) = cell.outputs
            assert output.output_type == "execute_result", cell.source
            shown[cell.source] = json.dumps(output.data)
            assert "text/html" in output.data, cell.source
    pages = list(shown.values())
    assert "gemma3:270m" in pages[0]
    assert "SUPPORTED" in pages[3]
    assert "num_thread" in pages[5]
    assert "chimera-report bench" in pages[6] or "cannot answer" in pages[6]
    assert "does not hold" not in pages[-1] and "holds:" in pages[-1]
    assert os.environ["IPYTHONDIR"].startswith(str(tmp_path)), "nothing is written into the user's own folders"
