"""What a report says of small folders as users have them: true, not empty, no more than the data shows."""

from __future__ import annotations

import json
import math
import random
from pathlib import Path

import pytest

from chimera_report.tools.claims import render_text
from chimera_report.tools.schema import Bullets, Finding, Paragraph, Table

from .conftest import made

RATES = [("a:8b", "q4", 80), ("a:8b", "q8", 55), ("b:7b", "q4", 85), ("b:7b", "q8", 62)]


def said(folder: Path, **files: str) -> list[str]:
    """Every title, sentence and table cell of the report on these files, in order."""
    for name, text in files.items():
        (folder / name.replace("_csv", ".csv").replace("_json", ".json")).write_text(text, encoding="utf-8")
    case = made(folder)
    found: list[str] = []
    for block in (b for s in case.outline.sections if s.key not in ("measured", "appendix_methods") for b in s.blocks):
        match block:
            case Paragraph():
                found += [s.text for s in block.sentences]
            case Finding():
                found += [block.title, *(s.text for s in block.sentences)]
            case Bullets():
                found += [s.text for item in block.items for s in item]
            case Table():
                found += [block.title, block.note, *(c for row in block.rows for c in row)]
    return [render_text(t, case.sheet) for t in found]


def drawn(seed: int, value: float, n: int, cv: float = 0.02) -> list[float]:
    draw = random.Random(seed)
    return [round(value * math.exp(draw.gauss(0, cv)), 3) for _ in range(n)]


def test_models_on_machines_of_their_own_are_not_ranked(tmp_path: Path) -> None:
    rows = [f"big,m:7b,{x},{9 / x:.4f}" for x in drawn(1, 100, 10)]
    rows += [f"laptop,m:3b,{x},{9 / x:.4f}" for x in drawn(2, 40, 10)]
    text = said(tmp_path, r_csv="host,model,tok_s,ttft_s\n" + "\n".join(rows))
    assert not [t for t in text if "leads" in t or "ahead" in t or "Beaten" in t or "choice costs" in t]
    assert any("Host changed only together with the model" in t for t in text)


def test_models_on_the_same_machines_are_ranked_at_each(tmp_path: Path) -> None:
    rows = [
        f"{h},{m},{x}"
        for i, (h, m, rate) in enumerate([("a", "m:7b", 50), ("a", "m:3b", 90), ("b", "m:7b", 20), ("b", "m:3b", 40)])
        for x in drawn(i, rate, 10)
    ]
    text = said(tmp_path, r_csv="host,model,tok_s\n" + "\n".join(rows))
    assert not any("only together with" in t for t in text)
    assert any("m:3b" in t and "m:7b" in t and "both comparisons agree" in t for t in text)


def test_ten_records_of_a_condition_are_not_too_few(tmp_path: Path) -> None:
    text = said(tmp_path, r_csv="model,tok_s\n" + "\n".join(f"m:7b,{x}" for x in drawn(1, 100, 10)))
    assert not any("oo few runs" in t or "at least 6" in t for t in text)
    assert any("too few sessions" in t for t in text)
    text = said(tmp_path, r_csv="model,tok_s\n" + "\n".join(f"m:7b,{x}" for x in drawn(1, 100, 4)))
    assert any("too few runs" in t for t in text)


def test_means_beside_their_own_samples_are_no_finding(tmp_path: Path) -> None:
    samples = ", ".join(str(x) for x in drawn(1, 96, 5))
    mean = sum(drawn(1, 96, 5)) / 5
    entry = (
        '{"build_commit": "e5", "model_filename": "q.gguf", "model_type": "qwen2 7B", "n_prompt": 0, "n_gen": 128, '
        f'"avg_ns": {int(128 / mean * 1e9)}, "stddev_ns": 1, "avg_ts": {mean}, "stddev_ts": 1.0, '
        f'"samples_ns": [], "samples_ts": [{samples}]}}'
    )
    text = said(tmp_path, out_json=f"[{entry}]")
    assert any("samples at hand" in t for t in text)
    assert not any("single copy" in t or "1 files" in t or "give again" in t for t in text)


def test_an_order_of_systems_that_turns_round_is_told(tmp_path: Path) -> None:
    rates = [*RATES, ("c:9b", "q4", 30), ("c:9b", "q8", 40)]
    rows = [f"{m},{q},{x}" for i, (m, q, rate) in enumerate(rates) for x in drawn(i, rate, 10)]
    text = said(tmp_path, r_csv="model,quant,tok_s\n" + "\n".join(rows))
    assert "Which quantisation is ahead depends on where it runs: q4 or q8" in text
    assert any("q4 generates 1.36 to 1.45 times as fast as q8 on a:8b and b:7b" in t for t in text)


def test_an_open_comparison_says_under_which_condition(tmp_path: Path) -> None:
    rows = [f"{m},{q},{rate},{x}" for i, (m, q, rate) in enumerate(RATES) for x in drawn(i, 0.2, 8, 0.1)]
    text = said(tmp_path, r_csv="model,quant,tok_s,ttft_s\n" + "\n".join(rows))
    rows = [t for t in text if t in ("quantisation q4", "quantisation q8")]
    assert rows  # of the table of comparisons


def test_an_absent_metric_is_named_plainly(tmp_path: Path) -> None:
    text = said(tmp_path, r_csv="model,tok_s\nm:7b,50\n")
    assert any("No value of time to first token" in t for t in text)
    text = said(tmp_path, r_csv="model,ttft_s,load_s,prompt_eval_s\na:1b,2.1,2.0,0.1\na:1b,0.3,0.2,0.1\n")
    assert not any("No value of time to first token" in t for t in text)  # it is there, with the load in it


def test_no_value_is_said_as_that(tmp_path: Path) -> None:
    text = said(tmp_path, r_csv="model,status,tok_s,error\nm:7b,failed,,out of memory\n")
    assert not any("stated value" in t or "documents state" in t for t in text)
    assert "The folder holds 1 file, and 0 values were read." in text


def test_the_step_that_matters_most_comes_first(tmp_path: Path) -> None:
    rows = [f"{p},{r}" for p, r in zip(drawn(1, 350, 35, 0.01) + drawn(2, 250, 25, 0.01),
                                       drawn(3, 70, 35, 0.01) + drawn(4, 54, 25, 0.01), strict=True)]  # fmt: skip
    text = said(tmp_path, r_csv="power_w,tok_s\n" + "\n".join(rows))
    steps = [t for t in text if "to another level at run 36" in t or "From run 36" in t]
    assert "decode rate" in steps[0]
    assert not any("CV of" in t for t in text)  # a step spreads its series: said already


def test_an_outlier_in_one_of_several_systems_is_told_once(tmp_path: Path) -> None:
    rows = [f"{e},{x}" for i, (e, r) in enumerate([("a", 40), ("b", 88), ("c", 80)]) for x in drawn(i, r, 12)]
    rows[20] = "b,8765"
    text = said(tmp_path, r_csv="engine,tok_s\n" + "\n".join(rows))
    (note,) = [t for t in text if "no interval" in t]
    assert note.count("no interval") == 1
    assert not any("n = 12 each would give" in t for t in text)


@pytest.mark.parametrize(
    ("column", "absent"),
    [("energy_j_per_tok", "energy per token"), ("GPU Mem [GiB]", "VRAM"), ("pp t/s", "prefill rate")],
)
def test_a_metric_under_another_name_is_not_called_absent(tmp_path: Path, column: str, absent: str) -> None:
    text = said(tmp_path, r_csv=f"model,tok_s,{column}\nm:7b,50,0.4\nm:7b,51,0.5\n")
    assert not any(f"o file holds the {absent}" in t for t in text)


def test_repeated_aggregates_of_a_sweep_keep_their_own_values(tmp_path: Path) -> None:
    """One file a run, as serving benchmarks write them: one suite, and each row its own latency beside its rate."""
    for level, rate, ttft in ((1, 0.6, 50.0), (16, 8.5, 90.0), (64, 9.0, 1800.0)):
        for again in range(2):
            run = {
                "date": "20250301-100000", "backend": "vllm", "model_id": "meta-llama/Llama-3.1-8B", "num_prompts": 200,
                "max_concurrency": level, "request_rate": "inf", "duration": 200 / rate, "completed": 200,
                "total_input_tokens": 1000, "total_output_tokens": 1000, "request_throughput": rate + again / 10,
                "output_throughput": 100.0, "mean_ttft_ms": ttft + again, "median_ttft_ms": ttft + again,
                "mean_tpot_ms": 12.0, "mean_itl_ms": 12.0,
            }  # fmt: skip
            (tmp_path / f"c{level}-r{again}.json").write_text(json.dumps(run))
    case = made(tmp_path)
    tables = [b for s in case.outline.sections for b in s.blocks if isinstance(b, Table)]
    (results,) = [t for t in tables if "sorted by request rate" in t.title]
    place = [c.title.split(" (")[0] for c in results.columns]
    rate, ttft = place.index("Mean request rate"), place.index("Median TTFT")
    shown = {render_text(r[rate], case.sheet): render_text(r[ttft], case.sheet) for r in results.rows}
    assert {float(k): float(v) for k, v in shown.items()} == {
        0.6: 50, 0.7: 51, 8.5: 90, 8.6: 91, 9.0: 1800, 9.1: 1801
    }  # fmt: skip
    assert not [c for c in case.sheet.claims if "bench meta-llama" in getattr(c, "command", "")]  # no model of Ollama's


def test_one_column_in_two_units_is_told(tmp_path: Path) -> None:
    """The same header over seconds in one file and milliseconds in another: no value is changed, the doubt is said."""
    for name, scale in (("a.csv", 1000), ("b.csv", 1)):
        rows = [f"{m},{x * scale:.4f}" for i, m in enumerate(("m:1b", "m:2b")) for x in drawn(i, 0.2 + i / 5, 8)]
        (tmp_path / name).write_text("model,ttft\n" + "\n".join(rows))
    text = said(tmp_path)
    (told,) = [t for t in text if "as far apart as seconds" in t]
    assert told.startswith("The TTFT of m:")
    assert " s in a.csv and 0." in told
    assert told.endswith(" s in b.csv, as far apart as seconds and milliseconds.")


def test_a_cold_start_puts_no_unit_in_doubt(tmp_path: Path) -> None:
    for name, scale in (("a.csv", 60), ("b.csv", 1)):
        (tmp_path / name).write_text("model,ttft\n" + "\n".join(f"m:1b,{x * scale}" for x in drawn(1, 0.2, 8)))
    assert not [t for t in said(tmp_path) if "in doubt" in t]
