"""The examples of docs/ci.md, run as their shells run them, and the page that `--summary` writes."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from chimera_report.agent.summary import append, markdown
from chimera_report.tools.errors import StoreError

from .conftest import write_folder

DOCS = (Path(__file__).parents[2] / "docs" / "ci.md").read_text(encoding="utf-8")


def scripts() -> dict[str, str]:
    """The lines of each example that call the program."""
    found: dict[str, str] = {}
    for name, text in re.findall(r"^## (\w+).*?```yaml\n(.*?)```", DOCS, re.DOTALL | re.MULTILINE):
        read = yaml.safe_load(text)
        lines = (
            [s.get("run", "") for s in read["jobs"]["report"]["steps"]]
            if "jobs" in read
            else read["performance"]["script"]
        )
        (found[name],) = [line for line in lines if "--fail-on" in line]
    return found


def run(script: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    env = {**os.environ, "PATH": path, "GITHUB_STEP_SUMMARY": str(cwd / "summary.md")}
    return subprocess.run(["bash", "-eo", "pipefail", "-c", script], cwd=cwd, env=env, capture_output=True, text=True)


@pytest.mark.parametrize("name", ["GitHub", "GitLab"])
def test_the_example_gates_and_writes_its_page(tmp_path: Path, name: str) -> None:
    script = scripts()[name]
    data = write_folder(tmp_path / "results")
    first = run(script, tmp_path)
    assert first.returncode == 0, first.stderr
    page = (tmp_path / "summary.md").read_text()
    assert page.startswith("## Technical Report: results") and "Verdict" in page
    (tmp_path / "reports").rename(tmp_path / "baseline")
    rates = (data / "rates.csv").read_text()
    (data / "rates.csv").write_text(
        re.sub(r"(beta:3b,\d+,\d+,)2\d\.", r"\g<1>15.", re.sub(r"(beta:3b,\d+,\d+,)1\d\.", r"\g<1>15.", rates))
    )
    second = run(script, tmp_path)
    assert second.returncode == 4, second.stderr
    page = (tmp_path / "summary.md").read_text()
    assert page.count("## Technical Report") >= 2 and "**gate: " in page and "What Changed Since" in page


def test_nothing_of_the_data_becomes_a_mark(tmp_path: Path) -> None:
    told = {
        "title": "<img src=x onerror=alert(1)>",
        "report": "/tmp/[x](javascript:1)/report.md",
        "summary_title": "Executive Summary",
        "summary": ["`a` **b** | c\n# d"],
    }
    page = markdown(told, "gate: 1 regression: <b>")
    assert "\\<img" in page and "\\[x\\]" in page and "- \\`a\\` \\*\\*b\\*\\* \\| c \\# d" in page
    append(tmp_path / "page.md", page)
    append(tmp_path / "page.md", page)
    assert (tmp_path / "page.md").read_text() == 2 * (page + "\n")
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="summary cannot be written"):
        append(tmp_path / "file" / "page.md", page)
