"""What pictures, the page and the PDF add to the report of the corpus: at most two seconds of the processor in all.

`make bench` runs it. Each is made in a fresh process, imports included, as the command makes them.
"""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

PROGRAM = str(Path(sys.executable).parent / "chimera-report")
CORPUS = (Path(__file__).parents[2] / "../shared/corpus/chimera-101").resolve()
REPEATS = 3
MADE = """
import json, sys, time
from pathlib import Path
from chimera_report.agent.publishing import html
from chimera_report.tools.schema import Report
from chimera_report.tools.store import RunFolder

folder = RunFolder(Path(sys.argv[1]))
report = Report.model_validate(folder.read_json("report.json"))
record = folder.read_json("run.json")
took, sizes = {}, {}

def timed(name, make):
    start = time.process_time()
    made = make()
    took[name] = time.process_time() - start
    sizes[name] = len(made)

from chimera_report.tools.render import pdf, pictures
timed("pictures", lambda: "".join(pictures(report).values()))
timed("page", lambda: html(report, record, folder))
timed("pdf", lambda: pdf(report))
print(json.dumps([took, sizes]))
"""


@pytest.fixture(scope="module")
def report(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if not CORPUS.is_dir():
        pytest.skip("the corpus is not beside the project")
    place = tmp_path_factory.mktemp("look")
    done = subprocess.run(
        [PROGRAM, str(CORPUS), "--no-llm", "--quiet"],
        cwd=place,
        capture_output=True,
        text=True,
        timeout=600,
        check=True,
    )
    return (place / done.stdout.strip()).parent


def test_what_the_look_adds(report: Path) -> None:
    runs = []
    for _ in range(REPEATS):
        done = subprocess.run([sys.executable, "-c", MADE, str(report)], capture_output=True, text=True, check=True)
        runs.append(json.loads(done.stdout))
    best, sizes = min(runs, key=lambda r: sum(r[0].values()))
    print("\n" + "; ".join(f"{name} {best[name]:.2f} s, {sizes[name] / 1e6:.2f} MB" for name in best), end="")
    assert sum(best.values()) <= 2.0
    assert sizes["page"] <= 1_500_000
