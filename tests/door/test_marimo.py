"""docs/notebook.py runs from top to bottom, and marimo shows each cell as the page of its object."""

from __future__ import annotations

from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

import pytest

import chimera_report as cr

NOTEBOOK = Path(__file__).parents[2] / "docs" / "notebook.py"


@pytest.mark.filterwarnings("ignore::DeprecationWarning")  # marimo's own
def test_the_notebook_runs_in_marimo(results: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("XDG_CONFIG_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME"):
        monkeypatch.setenv(name, str(tmp_path / name.lower()))
    import marimo

    spec = spec_from_file_location("a_marimo_notebook", NOTEBOOK)
    assert spec is not None and spec.loader is not None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    run = cr.load(results)  # in place of the project's own data, whose report takes longer
    outputs, names = module.app.run(defs={"run": run, "cr": cr, "Path": Path})
    shown = [marimo.as_html(output).text for output in (run, *outputs)]
    load, statement, rows, answer, report, verified = shown
    assert "alpha:1b" in load
    assert "SUPPORTED" in statement and "[object" not in statement
    assert "sha256" in rows
    assert "chimera-report bench" in answer or "cannot answer" in answer
    assert "Technical Report: A First Look" in report and "<h2" in report, "the report, and not its repr"
    assert "holds:" in verified and "does not hold" not in verified
    assert names["report"].markdown.startswith("# Technical Report: A First Look")
