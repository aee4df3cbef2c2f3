"""Every command that a report recommends is one that this program takes: its own parser reads it."""

from __future__ import annotations

from pathlib import Path

import pytest
from commandline import parse
from program import run

from chimera_report.tools.ingest import ingest
from chimera_report.tools.report import build
from chimera_report.tools.schema import RecommendationClaim
from chimera_report.tools.stats import analyse

from .conftest import write_folder  # type: ignore[import-not-found]

ROOT = Path(__file__).parents[2]
CORPUS = ROOT / "../shared/corpus/chimera-101"


def recommended(folder: Path) -> list[RecommendationClaim]:
    dataset = ingest(folder)
    sheet = build(analyse(dataset), dataset)
    return [c for c in sheet.claims if isinstance(c, RecommendationClaim) and c.verdict == "SUPPORTED"]


@pytest.mark.parametrize("name", ["small", "data", pytest.param("corpus", marks=pytest.mark.corpus)])
def test_the_parser_takes_every_recommended_command(name: str, tmp_path: Path) -> None:
    folder = {"small": write_folder(tmp_path / "a folder"), "data": ROOT / "data", "corpus": CORPUS}[name]
    if not folder.is_dir():
        pytest.skip("the corpus is not beside the project")
    found = recommended(folder)
    assert any(claim.command for claim in found)
    for claim in found:
        if not claim.command:  # nothing to run: a document is corrected by hand, a failure looked into
            assert claim.run is None
            continue
        given = parse(claim.command)
        if "models" in given:
            assert given["models"] and str(given["to"]) == "results"
        else:
            assert given["path"] == folder


def test_the_parser_refuses_what_it_does_not_know() -> None:
    with pytest.raises(Exception, match="No such option"):
        parse("chimera-report bench gemma3:270m --factr num_ctx=1,2")


@pytest.mark.parametrize(
    "options",
    [
        ("--runtime", "embedded"),
        ("--host", "http://127.0.0.1:9"),
        ("--runtime", "openai", "--host", "http://127.0.0.1:9/v1"),
    ],
)
def test_a_report_whose_commands_name_a_server_holds(tmp_path: Path, options: tuple[str, ...]) -> None:
    made = run(str(ROOT / "data"), "--no-llm", "--quiet", "--format", "md", *options, cwd=tmp_path)
    assert made.returncode == 0, made.stderr
    report = tmp_path / made.stdout.strip()
    assert " ".join(options[-2:]) in report.read_text(encoding="utf-8")
    done = run("verify", str(report.parent), "--data", str(ROOT / "data"), cwd=tmp_path)
    assert done.returncode == 0, done.stdout
