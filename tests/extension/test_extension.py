"""The example package of docs/extending.md, built, installed, and seen in report, inspect, ask and verify."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow
PACKAGE = Path(__file__).parent / "package"
ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def installed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the package as pip installs it, for PYTHONPATH: the environment of the tests stays as it is."""
    place = tmp_path_factory.mktemp("extension")
    source = place / "source"
    for path in PACKAGE.rglob("*"):
        if path.is_file() and path.suffix in (".py", ".toml"):
            target = source / path.relative_to(PACKAGE)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_bytes(path.read_bytes())
    build = [sys.executable, "-m", "build", "--wheel", "--outdir", str(place / "dist"), str(source)]
    subprocess.run(build, check=True, capture_output=True, timeout=300)
    wheel = next((place / "dist").glob("*.whl"))
    pip = [sys.executable, "-m", "pip", "install", "--quiet", "--no-deps", "--target", str(place / "site"), str(wheel)]
    if subprocess.run([sys.executable, "-m", "pip", "--version"], capture_output=True, check=False).returncode:
        pip = ["uv", "pip", "install", "--quiet", "--no-deps", "--target", str(place / "site"), str(wheel)]
    subprocess.run(pip, check=True, capture_output=True, timeout=300)
    return place / "site"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    laps = [
        {"model": name, "ms": ms + i, "num_ctx": ctx, "refused_percent": refused}
        for name, ms, refused in (("alpha:1b", 100, 2), ("beta:7b", 300, 8))
        for ctx in (1024, 4096)
        for i in range(8)
    ]
    folder = tmp_path / "data"
    folder.mkdir()
    (folder / "laps.json").write_text(json.dumps({"tool": "stopwatch", "laps": laps}))
    (folder / "broken.json").write_text(json.dumps({"tool": "stopwatch", "laps": [{"model": "alpha:1b"}]}))
    return folder


def run(*words: str, site: Path | None, cwd: Path, **env: str) -> subprocess.CompletedProcess[str]:
    whole = {**os.environ, **env} | ({"PYTHONPATH": str(site)} if site is not None else {})
    program = str(Path(sys.executable).with_name("chimera-report"))
    return subprocess.run(
        [program, *words], cwd=cwd, env=whole, capture_output=True, text=True, timeout=300, check=False
    )


def test_format_metric_and_statement_are_in_report_ask_and_verify(installed: Path, data: Path, tmp_path: Path) -> None:
    made = run("data", "--no-llm", "--quiet", site=installed, cwd=tmp_path)
    assert made.returncode == 0, made.stderr
    folder = (tmp_path / made.stdout.strip()).parent
    report = json.loads((folder / "report.json").read_text())
    sources = {s["path"]: s for s in json.loads((folder / "run.json").read_text())["sources"]}
    assert sources["laps.json"]["format"] == "stopwatch" and sources["laps.json"]["measurements"] == 64
    assert sources["broken.json"]["status"] == "skipped" and "KeyError: 'ms'" in sources["broken.json"]["reason"]
    metrics = {f["metric"] for f in report["sheet"]["facts"]}
    assert {"run_time", "refusal_rate"} <= metrics
    answer = run("ask", str(folder), "how far apart are the systems?", "--no-llm", site=installed, cwd=tmp_path)
    assert answer.returncode == 0 and "apart" in answer.stdout and "beta:7b" in answer.stdout, answer.stdout
    worse = run(
        "ask", str(folder), "which model has the lowest refusal rate?", "--no-llm", site=installed, cwd=tmp_path
    )
    assert "alpha:1b" in worse.stdout and "2" in worse.stdout, worse.stdout
    assert run("verify", str(folder), site=installed, cwd=tmp_path).returncode == 0
    seen = run("inspect", "data", site=installed, cwd=tmp_path)
    assert "stopwatch" in seen.stdout and "refusal" in seen.stdout, seen.stdout


def test_a_statement_of_the_package_is_built_and_checked(installed: Path, data: Path) -> None:
    code = f"""
import chimera_report as cr
run = cr.load({str(data)!r})
told = [s for s in run.statements if s.claim.kind == "range"]
assert told and "a factor of" in told[0].text, run.statements
assert told[0].verdict == "SUPPORTED" and len(told[0].evidence)
from chimera_report.tools.claims import check, verify_facts
swapped = told[0].claim.model_copy(update={{"most": told[0].claim.least, "least": told[0].claim.most}})
assert check(swapped, told[0].sheet, run.analysis).verdict == "REFUTED"
assert verify_facts(told[0].sheet, run.dataset) == []
readings = run.readings
assert len(run.sources[run.sources["format"] == "stopwatch"]) == 2
"""
    env = {**os.environ, "PYTHONPATH": str(installed)}
    done = subprocess.run(
        [sys.executable, "-c", code], env=env, capture_output=True, text=True, check=False, timeout=300
    )
    assert done.returncode == 0, done.stderr


def test_a_runtime_of_the_package_is_opened(installed: Path, data: Path, tmp_path: Path) -> None:
    gone = run("data", "--runtime", "lab", site=installed, cwd=tmp_path, LAB_SERVER="http://127.0.0.1:9")
    assert gone.returncode == 3 and "the runtime lab does not answer" in gone.stderr, gone.stderr
    unknown = run("data", "--runtime", "attic", site=installed, cwd=tmp_path)
    assert unknown.returncode == 2 and "lab" in unknown.stderr, unknown.stderr


def test_without_the_package_a_claim_of_it_is_named(installed: Path, data: Path, tmp_path: Path) -> None:
    made = run("data", "--no-llm", "--quiet", site=installed, cwd=tmp_path)
    folder = (tmp_path / made.stdout.strip()).parent
    report = json.loads((folder / "report.json").read_text())
    assert any(c["kind"] == "range" for c in report["sheet"]["claims"])
    bare = run("verify", str(folder), site=None, cwd=tmp_path)
    assert bare.returncode == 2 and "Traceback" not in bare.stderr, bare.stderr


def test_an_extension_that_cannot_be_loaded_is_named_with_its_package(tmp_path: Path, data: Path) -> None:
    site = tmp_path / "site"
    (site / "broken-1.0.dist-info").mkdir(parents=True)
    (site / "broken-1.0.dist-info" / "METADATA").write_text("Metadata-Version: 2.1\nName: broken\nVersion: 1.0\n")
    (site / "broken-1.0.dist-info" / "entry_points.txt").write_text("[chimera_report.statements]\nx = nowhere:X\n")
    told = run("data", "--no-llm", "--quiet", site=site, cwd=tmp_path)
    assert told.returncode == 2 and "of broken cannot be loaded" in told.stderr and "Traceback" not in told.stderr
