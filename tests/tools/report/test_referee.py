"""A sentence says of what it holds: what apart from its words sets its measurements off from others is told."""

from __future__ import annotations

from pathlib import Path

import pytest

from chimera_report.tools.claims import render_text, verify_facts
from chimera_report.tools.ingest import ingest
from chimera_report.tools.report.document import composed, planned
from chimera_report.tools.report.rivalry import like
from chimera_report.tools.schema import FactSheet, Finding, Matched, Outline, Table
from chimera_report.tools.stats import analyse

HEAD = "gpu_name,model,concurrency,output_tok_s\n"


def made(folder: Path) -> tuple[FactSheet, Outline]:
    dataset = ingest(folder)
    return composed(analyse(dataset), dataset, title="t")


def told(folder: Path, *sections: str) -> str:
    sheet, outline = made(folder)
    return " | ".join(
        render_text(t, sheet)
        for s in outline.sections
        if s.key in sections
        for b in s.blocks
        for t in (getattr(b, "title", ""), *(x.text for x in getattr(b, "sentences", ())))
    )


def curve(tags: str, scale: float) -> str:
    """A file of a sweep whose lines begin with the same settings: too many of them for a heading."""
    return "".join(f"{tags},{c},{scale * c / (1 + c / 16):.2f}\n" for c in (1, 2, 4, 8, 16, 32))


@pytest.mark.parametrize(
    ("head", "one", "other"),
    [
        ("gpu_name,kv,flash,threads,batch", "RTX 4090,f16,on,8,512", "RTX 3080,q8,off,4,256"),
        ("device,kv,flash,threads,batch", "cuda,f16,on,8,512", "mps,q8,off,4,256"),
        ("engine,kv,flash,threads,batch", "vllm,f16,on,8,512", "tgi,q8,off,4,256"),
        ("backend,kv,flash,threads,batch", "metal,f16,on,8,512", "cpu,q8,off,4,256"),
        ("hardware,kv,flash,threads,batch", "A100,f16,on,8,512", "L4,q8,off,4,256"),
    ],
)
def test_a_heading_that_leaves_the_settings_out_names_the_machine(
    tmp_path: Path, head: str, one: str, other: str
) -> None:
    rows = curve(one, 90) + curve(other, 50)
    (tmp_path / "a.csv").write_text(f"{head},concurrency,output_tok_s\n{rows}")
    sheet, outline = made(tmp_path)
    titles = [
        render_text(x, sheet)
        for s in outline.sections
        if s.key == "findings"
        for b in s.blocks
        if isinstance(b, Table | Finding)
        for x in (b.title, *(y.text for y in getattr(b, "sentences", ())))
    ]
    curves = [t for t in titles if "It goes" in t or "output throughput grows" in t]
    machines = [x.partition(",")[0] for x in (one, other)]
    assert curves and all("both sweeps" in t or all(m in t for m in machines) for t in curves), titles


def test_where_there_is_but_one_nothing_is_added(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text(HEAD + curve("RTX 4090,x:1b", 90))
    words = told(tmp_path, "verdict", "findings")
    assert "on gpu_name" not in words and ", in suite" not in words, words


def test_the_scope_is_a_fact_that_is_computed_again(tmp_path: Path) -> None:
    tags = [f"{g},{q},{t},{b}" for g in ("A100", "L4") for q in ("f16", "q8") for t in (8, 4) for b in (1, 2)]
    for name, rate in (("a", 90), ("b", 60)):
        rows = "".join(curve(tag, rate - 3 * i) for i, tag in enumerate(tags))
        (tmp_path / f"{name}.csv").write_text(f"gpu_name,kv,threads,slots,concurrency,output_tok_s\n{rows}")
    dataset = ingest(tmp_path)
    sheet, outline = composed(analyse(dataset), dataset, title="t")
    scopes = [f for f in sheet.facts if f.recipe.function == "claims.scope"]
    assert scopes and not verify_facts(sheet, dataset)
    assert planned(sheet, analyse(dataset), dataset, title="t") == outline


def test_a_comparison_is_scoped_only_where_the_same_two_ran_elsewhere(tmp_path: Path) -> None:
    rows = "".join(
        f"{g},{m},{c},{r * c}\n"
        for g, m, r in (("A100", "x:1b", 9), ("A100", "y:1b", 5), ("L4", "x:1b", 3))
        for c in (1, 4, 16)
    )
    (tmp_path / "a.csv").write_text(HEAD + rows)
    first = told(tmp_path, "findings").split(" | ")
    pairs = [p for p in first if "y:1b" in p and "times" in p]
    assert pairs and not any(p.endswith(", on gpu_name A100") for p in pairs), pairs


@pytest.mark.parametrize(
    ("head", "one", "other"),
    [
        ("model,gpu,threads", "m:1b,A100,8", "m:1b,L4,4"),
        ("model,gpu_name,kv", "m:1b,RTX 4090,f16", "m:1b,RTX 3080,q8"),
        ("model,gpu_model", "m:1b,RTX 4090", "k:1b,RTX 3080"),
        ("model,chip,batch", "m:1b,M3 Ultra,8", "m:1b,M4,4"),
        ("quantization,instance_type", "q4,g5.xlarge", "q8,p4d.24xlarge"),
    ],
)
def test_the_machine_is_read_where_something_else_changed_along_with_it(
    tmp_path: Path, head: str, one: str, other: str
) -> None:
    (tmp_path / "a.csv").write_text(f"{head},concurrency,output_tok_s\n{curve(one, 90)}{curve(other, 50)}")
    assert head.split(",")[1] in ingest(tmp_path).factors


def bench(rows: list[tuple[str, ...]], head: str) -> str:
    return head + "\n" + "\n".join(",".join(r) for r in rows) + "\n"


@pytest.mark.parametrize("column", ["gpu_name", "device", "gpu", "chip", "gpu_model"])
def test_two_machines_are_compared_though_each_has_settings_of_its_own(tmp_path: Path, column: str) -> None:
    rows = [
        (machine, threads, model, str(c), f"{rate * c / size:.1f}")
        for machine, threads, rate in (("RTX 3080", "8", 90.0), ("Apple M4", "4", 18.0))
        for model, size in (("x:1b", 1), ("y:3b", 2.2), ("z:8b", 5.1))
        for c in (1, 2, 4, 8)
    ]
    (tmp_path / "a.csv").write_text(bench(rows, f"{column},threads,model,concurrency,output_tok_s"))
    words = told(tmp_path, "findings")
    assert "RTX 3080" in words and "Apple M4" in words and "num_thread 4" not in words.split(" | ")[0], words


@pytest.mark.parametrize(
    ("names", "pair"),
    [
        (("x 3B Q4_K_M", "x 3B Q8_0", "y 3B Q8_0"), {"x 3B Q4_K_M", "x 3B Q8_0"}),
        (
            ("llama 3B Q5_K - Medium", "phi3 3B Q8_0", "phi3 3B Q5_K - Medium"),
            {"llama 3B Q5_K - Medium", "phi3 3B Q5_K - Medium"},
        ),
        (("a-fp8", "b-bf16", "b-fp8"), {"a-fp8", "b-fp8"}),
        (("m-NVFP4", "m-INT4", "k-INT4"), {"m-NVFP4", "m-INT4"}),
        (("m-4bit", "k-8bit", "k-4bit"), {"m-4bit", "k-4bit"}),
    ],
)
def test_a_model_is_held_against_another_in_the_same_format(names: tuple[str, ...], pair: set[str]) -> None:
    items = [Matched.model_construct(axis="subject", a=names[0], b=n) for n in names[1:]]
    assert [{i.a, i.b} for i in like(items)] == [pair]
    assert like(items[:1]) == items[:1]


def test_what_the_others_reach_at_a_level_is_told_of_all_that_have_it(tmp_path: Path) -> None:
    ends = {"a:1b": 4096, "b:1b": 4096, "c:1b": 16384, "d:1b": 16384}
    rows = [
        (m, str(n), f"{(i + 1) * n / 100:.1f}")
        for i, (m, end) in enumerate(ends.items())
        for n in (512, 1024, 2048, 4096, 8192, 16384)
        if n <= end
    ]
    (tmp_path / "a.csv").write_text(bench(rows, "model,context_length,ttft_ms"))
    for sentence in told(tmp_path, "findings").split(" | "):
        if "context_length 4096 it is" in sentence:
            assert all(m in sentence for m in ends), sentence
        assert "Over the 2 curves" not in sentence


def test_records_too_far_apart_make_no_mean_in_a_table(tmp_path: Path) -> None:
    rows = [(m, str(c), f"{v * c:.1f}") for m, v in (("a:1b", 9.0), ("b:1b", 5.0)) for c in (1, 2, 4, 8)]
    rows += [("a:1b", "8", "20.0"), ("b:1b", "4", "20.5")]
    (tmp_path / "a.csv").write_text(bench(rows, "model,concurrency,output_tok_s"))
    sheet, outline = made(tmp_path)
    tables = [b for x in outline.sections for b in x.blocks if b.type == "table" and b.title.startswith("Output")]
    shown = [render_text(c, sheet) for t in tables for r in t.rows for c in r]
    assert "36.0" in shown and not any("72" in x for x in shown), shown
    assert not any("reaches from 72" in render_text(s.text, sheet) for x in outline.sections for s in x.sentences)


@pytest.mark.parametrize("more", [1, 3])
def test_longer_answers_that_no_file_counts_are_no_slower_system(tmp_path: Path, more: int) -> None:
    rows = [
        (engine, str(c), f"{0.1 * c:.3f}", f"{0.02 * c:.3f}", f"{0.1 * c + n * 0.02 * c:.2f}")
        for engine, n in (("vllm", 400 * more), ("tgi", 380))
        for c in (1, 2, 4, 8)
    ]
    (tmp_path / "a.csv").write_text(bench(rows, "engine,concurrency,ttft_s,tpot_s,e2e_latency_s"))
    words = told(tmp_path, "verdict", "findings")
    assert "as long to answer" not in words or "much longer" in words or more == 1, words


def test_what_is_said_of_several_systems_is_not_told_of_one(tmp_path: Path) -> None:
    rows = [
        (m, q, f"{rate * (1 + i / 200):.2f}")
        for m, q, rate in (
            ("a:8b", "q4", 90),
            ("a:8b", "q8", 60),
            ("b:7b", "q4", 50),
            ("b:7b", "q8", 80),
            ("c:9b", "q4", 30),
            ("c:9b", "q8", 40),
        )
        for i in range(10)
    ]
    (tmp_path / "r.csv").write_text(bench(rows, "model,quant,tok_s"))
    assert "depends on where it runs: q4 or q8 | " in told(tmp_path, "findings")


def test_nobody_takes_the_lead_where_the_other_did_not_run(tmp_path: Path) -> None:
    rows = [(m, str(c), f"{v * c:.1f}") for m, v in (("a:1b", 9.0), ("b:1b", 5.0)) for c in (1, 2, 4)]
    rows += [(m, str(c), f"{v * c:.1f}") for m, v in (("c:1b", 3.0), ("d:1b", 2.0)) for c in (8, 16)]
    (tmp_path / "a.csv").write_text(bench(rows, "model,concurrency,output_tok_s"))
    assert "up to concurrency" not in told(tmp_path, "figures", "findings", "verdict")


def test_who_is_fastest_names_the_machine_where_others_ran_elsewhere(tmp_path: Path) -> None:
    for name, gpu, models in (("left", "A100", ("a:1b", "b:3b", "c:8b")), ("right", "L4", ("d:1b", "e:3b", "f:8b"))):
        rows = [(gpu, m, f"{(90 - 25 * i) * (1 if gpu == 'L4' else 2)}") for i, m in enumerate(models)]
        (tmp_path / f"{name}.csv").write_text(bench(rows, "gpu,model,decode_tok_s"))
    titles = [t for t in told(tmp_path, "findings").split(" | ") if "fastest" in t]
    assert all("A100" in t or "L4" in t or "in suite" in t for t in titles), titles
