"""The example package of docs/extending.md, built, installed, and seen in report, inspect, ask and verify."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest
from parts import installer

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
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(place / "dist"), str(source)]
    subprocess.run(build, check=True, capture_output=True, timeout=300)
    wheel = next((place / "dist").glob("*.whl"))
    target = ["--no-deps", "--target", str(place / "site"), str(wheel)]
    subprocess.run([*installer(), *target], check=True, capture_output=True, timeout=300)
    return place / "site"


def write(folder: Path) -> Path:
    """Two systems in the format of the package, and a file of it that lacks a value."""
    laps = [
        {"model": name, "ms": ms + i, "num_ctx": ctx, "refused_percent": refused}
        for name, ms, refused in (("alpha:1b", 100, 2), ("beta:7b", 300, 8))
        for ctx in (1024, 4096)
        for i in range(8)
    ]
    folder.mkdir()
    (folder / "laps.json").write_text(json.dumps({"tool": "stopwatch", "laps": laps}))
    (folder / "broken.json").write_text(json.dumps({"tool": "stopwatch", "laps": [{"model": "alpha:1b"}]}))
    return folder


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return write(tmp_path / "data")


# Several commands, one after another in one process that has the package: each ends as it would alone.
EACH = """
import contextlib, io, json, sys
from chimera_report.agent.cli import main
for words in json.loads(sys.argv[1]):
    out, err, code = io.StringIO(), io.StringIO(), 0
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        try:
            main(words)
        except SystemExit as ended:
            code = ended.code or 0
    print(json.dumps([code, out.getvalue(), err.getvalue()]), flush=True)
"""
QUESTIONS = ("how far apart are the systems?", "which model has the lowest refusal rate?")


class Done(NamedTuple):
    code: int
    out: str
    err: str


def run(*commands: tuple[str, ...], site: Path | None, cwd: Path, **env: str) -> list[Done]:
    whole = {**os.environ, **env} | ({"PYTHONPATH": str(site)} if site is not None else {})
    command = [sys.executable, "-P", "-c", EACH, json.dumps(commands)]
    done = subprocess.run(command, cwd=cwd, env=whole, capture_output=True, text=True, timeout=300, check=True)
    return [Done(*json.loads(line)) for line in done.stdout.splitlines()]


@pytest.fixture(scope="module")
def place(installed: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with `data` of the package's format, and in `out/one` the report of it, made with the package."""
    folder = tmp_path_factory.mktemp("place")
    write(folder / "data")
    (made,) = run(("data", "--no-llm", "--quiet", "--out", "out"), site=installed, cwd=folder)
    assert made.code == 0, made.err
    (folder / made.out.strip()).parent.rename(folder / "out" / "one")
    return folder


def test_format_metric_and_statement_are_in_report_ask_and_verify(installed: Path, place: Path) -> None:
    folder = place / "out" / "one"
    report = json.loads((folder / "report.json").read_text())
    sources = {s["path"]: s for s in json.loads((folder / "run.json").read_text())["sources"]}
    assert sources["laps.json"]["format"] == "stopwatch" and sources["laps.json"]["measurements"] == 64
    assert sources["broken.json"]["status"] == "skipped" and "KeyError: 'ms'" in sources["broken.json"]["reason"]
    metrics = {f["metric"] for f in report["sheet"]["facts"]}
    assert {"run_time", "refusal_rate"} <= metrics
    asked = [("ask", str(folder), question, "--no-llm") for question in QUESTIONS]
    answer, worse, verified, seen = run(*asked, ("verify", str(folder)), ("inspect", "data"), site=installed, cwd=place)
    assert answer.code == 0 and "apart" in answer.out and "beta:7b" in answer.out, answer
    assert "alpha:1b" in worse.out and "2" in worse.out, worse
    assert verified.code == 0, verified
    assert "stopwatch" in seen.out and "refusal" in seen.out, seen


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
    words = [("data", "--runtime", name) for name in ("lab", "attic")]
    gone, unknown = run(*words, site=installed, cwd=tmp_path, LAB_SERVER="http://127.0.0.1:9")
    assert gone.code == 3 and "the runtime lab does not answer" in gone.err, gone
    assert unknown.code == 2 and "lab" in unknown.err, unknown


def test_without_the_package_a_claim_of_it_is_named(place: Path) -> None:
    folder = place / "out" / "one"
    report = json.loads((folder / "report.json").read_text())
    assert any(c["kind"] == "range" for c in report["sheet"]["claims"])
    (bare,) = run(("verify", str(folder)), site=None, cwd=place)
    assert bare.code == 2 and "Traceback" not in bare.err, bare


def test_an_extension_that_cannot_be_loaded_is_named_with_its_package(tmp_path: Path, data: Path) -> None:
    site = tmp_path / "site"
    (site / "broken-1.0.dist-info").mkdir(parents=True)
    (site / "broken-1.0.dist-info" / "METADATA").write_text("Metadata-Version: 2.1\nName: broken\nVersion: 1.0\n")
    (site / "broken-1.0.dist-info" / "entry_points.txt").write_text("[chimera_report.statements]\nx = nowhere:X\n")
    (told,) = run(("data", "--no-llm", "--quiet"), site=site, cwd=tmp_path)
    assert told.code == 2 and "of broken cannot be loaded" in told.err and "Traceback" not in told.err
