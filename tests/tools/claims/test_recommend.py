from __future__ import annotations

import random
from pathlib import Path

import pytest
from commandline import parse

from chimera_report.tools.ingest import ingest
from chimera_report.tools.report import build
from chimera_report.tools.schema import BenchRun, RecommendationClaim, ReportRun
from chimera_report.tools.statements import again, bench, command, problem, runnable
from chimera_report.tools.stats import analyse


@pytest.mark.parametrize(
    "run",
    [
        ReportRun(target="../data"),
        ReportRun(target="a folder; rm -rf /"),
        BenchRun(models=("gemma3:270m",)),
        BenchRun(models=("gemma3:270m", "gemma3:latest"), factors={"num_ctx": ("1024", "2048")}, runs=10, out="x"),
        BenchRun(models=("hf.co/user/model:Q4_K_M",), runs=30),
    ],
    ids=command,
)
def test_runs_that_the_program_accepts(run: BenchRun | ReportRun) -> None:
    assert problem(run) == ""
    given = parse(command(run))  # as the program's own parser reads the line that a shell makes of it
    if isinstance(run, ReportRun):
        assert given["path"] == Path(run.target)
    else:
        assert given["models"] == list(run.models)
        assert given["runs"] == (str(run.runs) if run.runs else None) and given["to"] == Path(run.out)
        assert (given["factor"] or []) == [f"{name}={','.join(levels)}" for name, levels in run.factors.items()]


@pytest.mark.parametrize(
    "run",
    [
        ReportRun(target=""),
        ReportRun(target="--out"),
        BenchRun(models=()),
        BenchRun(models=("m:1",), runs=0),
        BenchRun(models=("m:1",), factors={"prompt": ("a",)}),
        BenchRun(models=("m:1",), factors={"num_ctx": ("1024;reboot",)}),
        BenchRun(models=("m:1",), factors={"num_ctx": ()}),
        BenchRun(models=("$(reboot)",)),
        BenchRun(models=("m:1; reboot",)),
        BenchRun(models=("m:1",), out="--resume"),
        BenchRun(models=("m:1",), out=""),
    ],
    ids=repr,
)
def test_runs_that_it_does_not(run: BenchRun | ReportRun) -> None:
    assert problem(run) != ""


def test_what_is_not_accepted_is_not_made() -> None:
    assert again("--version") is None
    assert bench(["m:1; reboot"], runs=3) is None
    assert bench(["m:1"], factors={"prompt": ["a"]}, runs=3) is None


@pytest.mark.parametrize(
    ("name", "can"),
    [("gemma3:270m", True), ("llama3.1:8b-instruct-q4_0", True), ("conv", False), ("a b:c", False), ("-x:1", False)],
)
def test_names_that_can_be_models_of_ollama(name: str, can: bool) -> None:
    assert runnable(name) is can


def test_recommendations_follow_from_what_was_found(planted) -> None:
    found = [c for c in planted.sheet.claims if isinstance(c, RecommendationClaim) and c.verdict == "SUPPORTED"]
    claims = {c.id: c for c in planted.sheet.claims}
    assert {c.action for c in found} >= {"prefer", "separate_cold_start", "do_not_tune", "keep_loaded"}
    for claim in found:
        assert all(claims[b].verdict == "SUPPORTED" for b in claim.because)
        assert claim.scope
        assert claim.command == command(claim.run)
    apart = next(c for c in found if c.action == "separate_cold_start")
    assert apart.command.startswith("chimera-report bench ")
    assert "--factor temperature=0.2,0.4,0.8" in apart.command


@pytest.mark.corpus
def test_recommendations_of_the_corpus_name_only_models_that_ollama_can_have(corpus) -> None:
    found = [c for c in corpus.sheet.claims if isinstance(c, RecommendationClaim) and c.command]
    assert found
    for claim in found:
        assert claim.run is not None and problem(claim.run) == ""
        assert " conv " not in claim.command


def catalogue(folder: Path) -> Path:
    """Levels in blocks, too few runs, a difference that is open, three models, a copy."""
    draw = random.Random(3)
    folder.mkdir()

    def write(name: str, head: str, rows: list[str]) -> None:
        (folder / name).write_text("\n".join([head, *rows]) + "\n", encoding="utf-8")

    rate = {False: 50.0, True: 80.0}
    write("blocks.csv", "timestamp,model,num_batch,tokens_s", [
        f"2026-01-01T00:{i:02d}:00,alpha:1b,{512 if i > 11 else 128},{rate[i > 11] * draw.lognormvariate(0, 0.01):.3f}"
        for i in range(24)
    ])  # fmt: skip
    few = [f"{m},{r * draw.lognormvariate(0, 0.02):.3f}" for m, r in (("b:1b", 30), ("c:1b", 45)) for _ in range(4)]
    write("few.csv", "model,tokens_s", few)
    close = [
        f"{m},{t * draw.lognormvariate(0, 0.08):.2f}" for m, t in (("b:1b", 100), ("c:1b", 108)) for _ in range(12)
    ]
    write("close.csv", "model,ttft_ms", close)
    three = [f"{m}:7b,{r * draw.lognormvariate(0, 0.01):.3f}" for m, r in (("x", 90), ("y", 60), ("z", 30))
             for _ in range(12)]  # fmt: skip
    write("three.csv", "model,tokens_s", three)
    write("copy.csv", "model,tokens_s", three)
    return folder


def together(folder: Path) -> Path:
    """Two settings that change together, in random order."""
    draw = random.Random(4)
    folder.mkdir()
    levels = draw.sample([("1024", "2", 50.0), ("4096", "8", 90.0)] * 12, 24)
    rows = [f"alpha:1b,{ctx},{threads},{r * draw.lognormvariate(0, 0.01):.3f}" for ctx, threads, r in levels]
    (folder / "sweep.csv").write_text("\n".join(["model,num_ctx,num_thread,tokens_s", *rows]), encoding="utf-8")
    return folder


def actions(folder: Path) -> dict[str, RecommendationClaim]:
    dataset = ingest(folder)
    sheet = build(analyse(dataset), dataset)
    return {c.action: c for c in sheet.claims if isinstance(c, RecommendationClaim) and c.verdict == "SUPPORTED"}


def test_every_action_of_the_catalogue_follows_from_some_data(planted, tmp_path: Path) -> None:
    """The list of the catalogue, each with its command; `correct_document` is seen in the corpus."""
    made = actions(catalogue(tmp_path / "data"))
    planted_ = {
        c.action for c in planted.sheet.claims if isinstance(c, RecommendationClaim) and c.verdict == "SUPPORTED"
    }
    sample = set(actions(Path(__file__).parents[3] / "data"))
    both = set(actions(together(tmp_path / "together")))
    found = {a.split(":")[0] for a in {*made, *planted_, *sample, *both}}
    assert found >= {
        "prefer", "use_level", "do_not_tune", "settle", "separate_cold_start", "keep_loaded",
    }  # fmt: skip


def test_more_runs_are_as_many_as_the_open_difference_needs(tmp_path: Path) -> None:
    folder = catalogue(tmp_path / "data")
    for name in ("few.csv", "blocks.csv", "three.csv", "copy.csv"):
        (folder / name).unlink()
    dataset = ingest(folder)
    analysis = analyse(dataset)
    (item,) = (c for c in analysis.comparisons if c.suite == "close" and c.outcome == "inconclusive")
    sheet = build(analysis, dataset)
    told = [c.command for c in sheet.claims if isinstance(c, RecommendationClaim) and c.action == "settle"]
    assert item.needed_n is not None and item.needed_n > 12
    assert f"chimera-report bench b:1b c:1b --runs {item.needed_n} --out results" in told
