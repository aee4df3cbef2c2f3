"""The tables of measured values, and the sentences before them: each holds of the cells that it names."""

from __future__ import annotations

from pathlib import Path

import pytest

from chimera_report.tools.claims import render_text
from chimera_report.tools.ingest import ingest
from chimera_report.tools.report import composed
from chimera_report.tools.schema import Plan, Section, Table
from chimera_report.tools.stats import analyse


def section(tmp_path: Path, files: dict[str, str], plan: Plan | None = None) -> tuple[str, list[Table]]:
    """What the section says, and its tables with the numbers in."""
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    dataset = ingest(tmp_path)
    sheet, outline = composed(analyse(dataset), dataset, title="t", plan=plan)
    made: list[Section] = [s for s in outline.sections if s.key == "figures"]
    if not made:
        return "", []
    told = " ".join(render_text(s.text, sheet) for s in made[0].sentences)

    def fill(text: str) -> str:
        return render_text("x" + text, sheet)[1:]

    tables = [
        b.model_copy(
            update={
                "title": fill(b.title),
                "note": fill(b.note),
                "columns": tuple(c.model_copy(update={"title": fill(c.title)}) for c in b.columns),
                "rows": tuple(tuple(map(fill, r)) for r in b.rows),
            }
        )
        for b in made[0].blocks
        if isinstance(b, Table)
    ]
    return told, tables


def load(engines: dict[str, tuple[float, ...]], levels: tuple[int, ...] = (1, 4, 16, 64)) -> str:
    head = "engine,concurrency,output_tokens_per_s\n"
    return head + "".join(f"{e},{c},{v}\n" for e, vs in engines.items() for c, v in zip(levels, vs, strict=True))


def test_a_curve_for_each_system_with_both_ends_and_where_they_cross(tmp_path: Path) -> None:
    told, (table,) = section(tmp_path, {"r.csv": load({"alpha": (47, 90, 150, 189), "beta": (17, 60, 400, 832)})})
    assert "that of backend alpha up to concurrency 4, and that of backend beta from 16 on" in told
    assert [c.title for c in table.columns] == ["Settings", "1", "4", "16", "64"]
    assert table.rows[0] == ("backend beta", "17.0", "60.0", "400", "832")


def test_one_that_leads_everywhere(tmp_path: Path) -> None:
    told, _ = section(tmp_path, {"r.csv": load({"alpha": (47, 90, 150, 189), "beta": (60, 120, 400, 832)})})
    assert "At all 4 levels of concurrency the output throughput of backend beta is the highest." in told


def test_a_plateau_that_all_reach_at_one_load(tmp_path: Path) -> None:
    told, _ = section(tmp_path, {"r.csv": load({"alpha": (50, 90, 180, 181), "beta": (60, 120, 400, 405)})})
    assert "Beyond concurrency 16 none of them gains more than 5 %." in told


def test_plateaus_at_different_loads(tmp_path: Path) -> None:
    told, _ = section(tmp_path, {"r.csv": load({"alpha": (50, 178, 180, 181), "beta": (60, 120, 400, 800)})})
    assert "The output throughput reaches all but 5 % of its most at concurrency 4 for backend alpha." in told


def test_what_a_format_costs_in_quality(tmp_path: Path) -> None:
    text = "model,method,perplexity\n" + "".join(
        f"{m},{q},{v}\n"
        for m, values in (("qwen", (6.5, 14596, 233)), ("mistral", (4.9, 5.2, 4.95)), ("llama", (5.6, 6.8, 5.7)))
        for q, v in zip(("fp16", "turbo", "rotor"), values, strict=True)
    )
    told, (table,) = section(tmp_path, {"r.csv": text})
    assert not told and len(table.rows) == 3


def test_metrics_of_the_same_systems_stand_beside_each_other(tmp_path: Path) -> None:
    text = (
        "model,tokens_per_s,vram_gib,joules_per_token,accuracy\na,120,4,0.5,0.61\nb,60,8,1.1,0.74\nc,30,16,2.5,0.79\n"
    )
    told, tables = section(tmp_path, {"r.csv": text})
    heads = [c.title for c in tables[0].columns]
    assert len(tables) == 1 and len(heads) == 5, heads
    assert "Energy per token (J/token)" in heads and "Accuracy (%)" in heads
    assert not told


def test_a_table_that_would_leave_lines_out_is_none(tmp_path: Path) -> None:
    text = "model,quantisation,offload,tokens_per_s\n" + "".join(
        f"{m},q{q},{o},{100 * k + q + 10 * o}\n"
        for m, k in (("a", 3), ("b", 2), ("c", 1))
        for q in range(9)
        for o in range(2)
    )
    told, (table,) = section(tmp_path, {"r.csv": text})  # what was measured, and each system at its best alone
    assert "With quantisation q8 and offload 1" in told and "318 tokens/s for a" in told
    assert [r[0] for r in table.rows] == ["a", "b", "c"] and "Of 54 conditions" in table.note


def test_records_of_one_setting_far_apart_are_in_no_table(tmp_path: Path) -> None:
    text = "model,batch_size,tokens_per_s\n" + "".join(
        f"{m},{b},{b * k * v}\n"
        for m, k in (("a", 1), ("b", 2))
        for b in (1, 2, 4, 8)
        for v in (64, 67, 71, 31, 34, 36)
    )
    assert section(tmp_path, {"r.csv": text}) == ("", [])


@pytest.mark.parametrize("plan", [Plan(audience="manager"), Plan(length="short")])
def test_a_short_report_has_no_tables_of_values(tmp_path: Path, plan: Plan) -> None:
    assert section(tmp_path, {"r.csv": load({"a": (1, 2, 3, 4), "b": (2, 4, 6, 8)})}, plan) == ("", [])


def swept(values: dict[tuple[str, str], float], spread: float = 0.002) -> str:
    """Three repeats of each combination of two settings, apart by `spread`."""
    head = "model,num_gpu,num_ctx,run,tokens_per_s\n"
    return head + "".join(f"m,{g},{c},{r},{v * (1 + spread * r)}\n" for (g, c), v in values.items() for r in (-1, 0, 1))


@pytest.mark.parametrize(
    ("values", "spread"),
    [
        ({(g, c): 78.0 for g in ("60", "80", "999") for c in ("1024", "2048", "4096")}, 0.002),
        ({(g, c): 78.4 - int(c) / 4096 for g in ("60", "80") for c in ("1024", "2048", "4096", "8192")}, 0.002),
        ({(g, c): 70.0 + 2 * (g == "80") for g in ("60", "80") for c in ("1024", "2048", "4096", "8192")}, 0.001),
        ({(g, c): 50.0 + 4 * (c == "4096") for g in ("1", "2") for c in ("1024", "2048", "4096", "8192")}, 0.15),
        ({(g, c): 20.0 + 0.1 * (g == "60") for g in ("60", "80", "99", "120") for c in ("1", "2")}, 0.0),
    ],
)  # fmt: skip
def test_what_nothing_moves_has_no_table_and_no_sentence(
    tmp_path: Path, values: dict[tuple[str, str], float], spread: float
) -> None:
    """All cells within 5 %, or within what repeats of one of them differ by."""
    assert section(tmp_path, {"r.csv": swept(values, spread)}) == ("", [])


def test_no_more_than_three_tables(tmp_path: Path) -> None:
    metrics = ("tokens_per_s", "ttft_ms", "prefill_tps", "accuracy", "perplexity", "energy_j", "vram_gib")
    text = f"model,method,concurrency,{','.join(metrics)}\n" + "".join(
        f"m{m},{q},{c},{','.join(str((1 + m) * (2 + i) * (k + 1) / c) for i in range(len(metrics)))}\n"
        for m in range(3)
        for k, q in enumerate(("x", "y"))
        for c in (1, 4)
    )
    _, tables = section(tmp_path, {"r.csv": text})
    assert 1 <= len(tables) <= 3


def test_a_rate_of_another_definition_gives_way_to_the_usual_one(tmp_path: Path) -> None:
    """Tokens over the whole latency are no generation speed, where the file has a throughput of the usual kind."""
    text = "model,output_tokens,e2e_latency_s,output_tokens_per_s\n" + "".join(
        f"{m},{n},{t},{r}\n" for m, n, t, r in (("a", 3650, 62, 282), ("b", 3900, 76, 202), ("c", 8135, 1288, 6.3))
    )
    told, _ = section(tmp_path, {"r.csv": text})
    assert "generation speed" not in told
