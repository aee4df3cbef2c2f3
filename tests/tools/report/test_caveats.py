"""What a reader has to know beside the numbers: what was held, what changes with the systems, what nobody measured."""

from __future__ import annotations

from pathlib import Path

import pytest

from chimera_report.tools.claims import render_text
from chimera_report.tools.ingest import ingest
from chimera_report.tools.report import composed
from chimera_report.tools.schema import Table
from chimera_report.tools.stats import analyse


def report(tmp_path: Path, text: str) -> dict[str, str]:
    """The text of each section, tables cell by cell."""
    (tmp_path / "r.csv").write_text(text, encoding="utf-8")
    dataset = ingest(tmp_path)
    sheet, outline = composed(analyse(dataset), dataset, title="t")
    made = {}
    for section in outline.sections:
        parts = [s.text for s in section.sentences]
        for table in (b for b in section.blocks if isinstance(b, Table)):
            parts += [table.title, *(" | ".join(r) for r in table.rows), table.note]
        made[section.key] = "\n".join(render_text("x" + p, sheet)[1:] for p in parts)
    return made


@pytest.mark.parametrize(
    ("head", "rows"),
    [
        ("model,quant,tokens_per_s", ["m,Q4_K_M,60", "m,Q8_0,40", "m,F16,20"]),
        ("model,dtype,tokens_per_s", ["m,fp16,60", "m,int8,90"]),
        ("model,kv_cache_dtype,throughput_tok_s", ["m,fp16,60", "m,fp8,90"]),
        ("model,tokens_per_s", ["small,90", "large,30"]),
        ("model,quantization,ttft_ms", ["m,awq,20", "m,gptq,30"]),
    ],
)
def test_speed_alone_says_nothing_of_quality(tmp_path: Path, head: str, rows: list[str]) -> None:
    said = report(tmp_path, "\n".join([head, *rows]) + "\n")["limits"]
    assert "No score of the answers" in said
    scored = "\n".join([head + ",accuracy", *(f"{r},0.{5 + i}" for i, r in enumerate(rows))]) + "\n"
    assert "No score of the answers" not in report(tmp_path, scored)["limits"]


def test_one_model_in_one_format_is_not_told_of_quality(tmp_path: Path) -> None:
    text = "model,concurrency,tokens_per_s\nm,1,50\nm,8,40\nm,32,20\n"
    assert "No score of the answers" not in report(tmp_path, text)["limits"]


@pytest.mark.parametrize(
    ("statuses", "none"), [(("ok", "ok", "ok"), True), (("DONE", "DONE", "DONE"), True), (("ok", "error", "ok"), False)]
)
def test_that_nothing_failed_is_said_where_the_files_say_how_records_ended(
    tmp_path: Path, statuses: tuple[str, ...], none: bool
) -> None:
    rows = [f"m,{i},{50 + i},{s}" for i, s in enumerate(statuses)]
    said = report(tmp_path, "\n".join(["model,run,tokens_per_s,status", *rows]) + "\n")["measured"]
    assert ("every record that says how it ended succeeded" in said) is none


def test_without_a_status_nothing_is_said_of_failures(tmp_path: Path) -> None:
    assert "Failures" not in report(tmp_path, "model,run,tokens_per_s\nm,1,50\nm,2,51\n")["measured"]


def test_what_was_the_same_in_all_records(tmp_path: Path) -> None:
    text = "model,backend,tensor_parallel,concurrency,tokens_per_s\nm,vllm,2,1,50\nm,vllm,2,8,40\nm,vllm,2,32,20\n"
    said = report(tmp_path, text)["measured"]
    assert "The same in all | backend vllm; tensor_parallel 2" in said


def test_systems_with_a_setting_of_their_own_stand_in_no_table(tmp_path: Path) -> None:
    text = "model,quantisation,concurrency,tokens_per_s\n" + "".join(
        f"{m},{q},{c},{v / c}\n"
        for m, q, v in (("a", "fp8", 90), ("b", "int8", 60), ("c", "bf16", 30))
        for c in (1, 4, 8)
    )
    assert "by concurrency" not in report(tmp_path, text).get("figures", "")
