"""Tables of documents: levels in their heads, what stands around them, and what says that a run failed."""

# ruff: noqa: E501 — tables and logs are read as they stand

from __future__ import annotations

from pathlib import Path

import pytest

from chimera_report.tools.ingest import ingest
from chimera_report.tools.schema import FACTOR, Dataset

LENGTH = FACTOR + "context_length"


def read(tmp_path: Path, text: str) -> Dataset:
    (tmp_path / "notes.md").write_text(text, encoding="utf-8")
    return ingest(tmp_path)


def stated(found: Dataset, metric: str, *by: str) -> dict[tuple[str, ...], float]:
    """The values of a metric, by the levels of factors."""
    rows = found.table[(found.table["metric"] == metric) & (found.table["status"] == "ok")]
    out = {}
    for _, row in rows.iterrows():
        key = tuple("" if row.get(b) != row.get(b) else str(row.get(b) or "") for b in by)
        assert key not in out, f"two values of {metric} at {key}"
        out[key] = round(float(row["value"]), 6)
    return out


TRUE = {("4k",): 481.5, ("16k",): 497.5}
DECODE = {("4k",): 35.9, ("16k",): 36.1}
LEVELS = {
    "a column each": "| Layout | pp 4k | pp 16k | tg 4k | tg 16k |\n|---|--:|--:|--:|--:|\n"
    "| **two cards** | **481.5** | 497.5 | 35.9 | **36.1** |\n",
    "several in a cell": "| Layout | pp 4k/16k | tg 4k/16k |\n|---|---|---|\n| two cards | 481.5 / 497.5 | **35.9 / 36.1** |\n",
    "with @": "| Layout | pp @ 4k | pp @16k | tg @ 4k | tg @16k |\n|---|---|---|---|---|\n| two | 481.5 | 497.5 | 35.9 | 36.1 |\n",
    "a metric a row": "| Layout | metric | 4k | 16k |\n|---|---|---|---|\n| two cards | pp t/s | 481.5 | 497.5 |\n"
    "|  | tg t/s | 35.9 | 36.1 |\n",
    "units in the heads": "| Layout | Prefill tok/s 4k | Prefill tok/s 16k | Decode tok/s 4k | Decode tok/s 16k |\n"
    "|---|---|---|---|---|\n| two cards | 481.5 | 497.5 | 35.9 | 36.1 |\n",
}  # fmt: skip


@pytest.mark.parametrize("kind", LEVELS)
def test_levels_in_heads_are_conditions(kind: str, tmp_path: Path) -> None:
    found = read(tmp_path, f"# Notes\n\n## Speed\n\n{LEVELS[kind]}")
    assert stated(found, "prefill_rate", LENGTH) == TRUE
    assert stated(found, "decode_rate", LENGTH) == DECODE


CHANGED = {
    "before and after": "| Config | metric | before | after | gain |\n|---|---|---|---|---|\n"
    "| dual | tg t/s | 22.8 | **23.5** | +3.1% |\n| dual | pp t/s | 592 | 613 | +3.5% |\n",
    "names left out": "| Config | metric | before | after | Δ |\n|---|---|---|---|---|\n"
    "| dual | tg | 22.8 | 23.5 | +3.1% |\n|  | pp | 592 | 613 | +3.5% |\n",
    "with lengths": "| Config | metric | before | after |\n|---|---|---|---|\n"
    "| dual | tg @ 16k | 22.8 | 23.5 |\n| dual | pp @ 16k | 592 | 613 |\n",
    "old and new": "| Config | Metric | old | new |\n|---|---|---|---|\n| a | decode tok/s | 22.8 | 23.5 |\n| a | prefill tok/s | 592 | 613 |\n",
    "measured in another order": "| Config | measure | before | after |\n|---|---|---|---|\n"
    "| a | prefill t/s | 592 | 613 |\n| a | decode t/s | 22.8 | 23.5 |\n",
}  # fmt: skip


@pytest.mark.parametrize("kind", CHANGED)
def test_before_and_after_are_two_conditions(kind: str, tmp_path: Path) -> None:
    found = read(tmp_path, f"# Notes\n\n## Speed\n\n{CHANGED[kind]}")
    assert sorted(stated(found, "decode_rate", FACTOR + "revision").values()) == [22.8, 23.5]
    assert sorted(stated(found, "prefill_rate", FACTOR + "revision").values()) == [592, 613]


TABLE = "| Layout | pp t/s | tg t/s |\n|---|--:|--:|\n| one card | {a} | {b} |\n| two cards | {c} | {d} |\n\n"
SPEED = [TABLE.format(a=100 + i, b=10 + i, c=200 + i, d=20 + i) for i in range(4)]
AROUND = {
    "models in headings": (
        f"# Notes\n\n## Qwen3-8B\n\n### Results\n\n{SPEED[0]}## Results: gemma3:4b\n\n{SPEED[1]}",
        {"Qwen3-8B", "gemma3:4b"},
    ),
    "blanks in a name": (
        f"# Notes\n\n## DeepSeek V4 Flash MXFP4 (two cards)\n\n### Final\n\n{SPEED[0]}## gpt-oss-120b — the fastest\n\n{SPEED[1]}",
        {"DeepSeek V4 Flash MXFP4", "gpt-oss-120b"},
    ),
    "an item of one section": (
        f"# Notes\n\n## The first rig\n\nModel: `Qwen3-8B`\n\n{SPEED[0]}## Mixtral-8x7B on the second\n\n{SPEED[1]}",
        {"Qwen3-8B", "Mixtral-8x7B"},
    ),
    "a heading that names something else": (
        f"# Notes\n\n## DeepSeek V4 Flash\n\n### Final\n\n{SPEED[0]}### Step-3.7-Flash — what it is for\n\n{SPEED[1]}",
        {"DeepSeek V4 Flash", ""},
    ),
    "two models in one heading": (
        f"# Notes\n\n## Qwen3-8B\n\n{SPEED[0]}### Qwen3-8B against gemma3:4b\n\n{SPEED[1]}",
        {"Qwen3-8B", ""},
    ),
}  # fmt: skip


@pytest.mark.parametrize("kind", AROUND)
def test_a_table_is_of_the_model_that_stands_nearest_above(kind: str, tmp_path: Path) -> None:
    text, truth = AROUND[kind]
    table = read(tmp_path, text).table
    assert {str(s) for s in table["subject"].fillna("")} == truth


def test_rigs_of_one_document_are_no_repeats(tmp_path: Path) -> None:
    text = "# Notes\n\n"
    for i, rig in enumerate(("`halo-win`", "`dual-linux`")):
        text += f"## Results: {rig} — Qwen3-8B\n\n### Final configuration\n\n{SPEED[i]}"
    found = read(tmp_path, text)
    assert len(stated(found, "decode_rate", FACTOR + "section", FACTOR + "layout")) == 4
    assert {s.split(":")[0] for s in found.table[FACTOR + "section"]} == {"halo-win", "dual-linux"}


FAILED = {
    "does not load": "does not load at `-c 131072`",
    "faulted": "*faulted*",
    "a fault": "**HIP fault**",
    "will not load": "will not load",
    "out of memory": "OOM",
}


@pytest.mark.parametrize("kind", FAILED)
def test_a_cell_that_says_why_there_is_no_value_is_a_failure(kind: str, tmp_path: Path) -> None:
    table = f"| Layers | pp 4k | tg 4k |\n|---|---|---|\n| 20 | 312.7 | 30.9 |\n| 17 | — | {FAILED[kind]} |\n"
    found = read(tmp_path, f"# Notes\n\n## Speed\n\n{table}")
    failed = found.table[found.table["status"] == "error"]
    assert [m.strip("*`") for m in failed["message"]] == [FAILED[kind].replace("`", "").strip("*")]
    assert list(stated(found, "decode_rate").values()) == [30.9]


def test_a_default_is_no_fault(tmp_path: Path) -> None:
    table = (
        "| Config | pp t/s | tg t/s |\n|---|---|---|\n| default dual | 312.7 | — |\n| default one | — | 17.5–18.2 |\n"
    )
    assert not (read(tmp_path, f"# Notes\n\n{table}").table["status"] == "error").any()


GIVEN = {
    "batteries": "| Battery | Energy (Wh) | tg t/s |\n|---|---|---|\n| 19Wh battery | 19.0 | 1 |\n| 60Wh battery | 60.0 | 2 |\n"
    "| 80Wh battery | 80.0 | 3 |\n",
    "power limits": "| Limit | Power (W) | tg t/s |\n|---|---|---|\n| 300 W | 300 | 1 |\n| 400 W | 400 | 2 |\n| 600 W cap | 600 | 3 |\n",
    "sizes": "| Model | Energy (J) | tg t/s |\n|---|---|---|\n| a 7 J | 7 | 1 |\n| a 8 J | 8 | 2 |\n| a 9 J | 9 | 3 |\n",
}  # fmt: skip


@pytest.mark.parametrize("kind", GIVEN)
def test_what_the_name_of_a_row_holds_was_not_measured(kind: str, tmp_path: Path) -> None:
    found = read(tmp_path, f"# Notes\n\n## Qwen3-8B\n\n{GIVEN[kind]}")
    assert not set(found.table["metric"]) & {"energy", "power"}
    assert sorted(stated(found, "decode_rate", "where").values()) == [1, 2, 3]


def test_tokens_are_no_rates(tmp_path: Path) -> None:
    table = "| threads | pp | tg | t/s |\n|---|---|---|---|\n| 2 | 1024 | 256 | 11.5 |\n| 4 | 1024 | 256 | 19.5 |\n"
    found = read(tmp_path, f"# Notes\n\n## Qwen3-8B\n\n{table}")
    assert sorted(stated(found, "decode_rate", "where").values()) == [11.5, 19.5]
    assert not stated(found, "prefill_rate", "where")


def test_the_statistic_and_the_unit_of_a_cell_stand_together(tmp_path: Path) -> None:
    table = "| Provider | Rounds | TTFT (median) | 总耗时 (median) |\n|---|---|---|---|\n| a | 9 | 204ms | 1293ms |\n| b | 9 | 87ms | 1795ms |\n"
    table_ = read(tmp_path, f"# Notes\n\n## Qwen3-8B\n\n{table}").table
    assert {(m, s, int(n)) for m, s, n in zip(table_["metric"], table_["stat"], table_["n"], strict=True)} == {
        ("ttft", "p50", 9),
        ("e2e_latency", "p50", 9),
    }


def test_columns_of_times_are_no_systems(tmp_path: Path) -> None:
    table = "| Scenario | Backend | Prefill | Gen tok/s | Total |\n|---|---|--:|--:|--:|\n| writing | A | 13.4s | 58.8 | 38.5s |\n"
    table += "|  | B | 1.9s | 62.6 | 25.2s |\n| code | A | 31.3s | 56.9 | 41.0s |\n|  | B | 11.4s | 59.8 | 20.3s |\n"
    found = read(tmp_path, f"# Qwen3-8B\n\n{table}")
    by = (FACTOR + "backend", FACTOR + "workload")
    assert stated(found, "decode_rate", *by) == {
        ("A", "writing"): 58.8, ("B", "writing"): 62.6, ("A", "code"): 56.9, ("B", "code"): 59.8,
    }  # fmt: skip
    assert stated(found, "prompt_eval_time", *by)["B", "code"] == 11.4
    assert not stated(found, "run_time", "where")


SIDES = {
    "drivers": "| Model | Metric | RADV | AMDVLK | Winner |\n|---|---|--:|--:|---|\n| Qwen3-8B | pp512 | **1,061** | 306 | RADV (+247%) |\n"
    "| Qwen3-8B | tg128 | 47.2 | 47.4 | Tie |\n",
    "us and others": "| Model | Metric | Us | kyuz0 Best | Δ |\n|---|---|--:|--:|---|\n| Qwen3-8B | pp512 | 1,061 | 306 | +247% |\n"
    "| Qwen3-8B | tg128 | 47.2 | 47.4 | 0% |\n",
    "two heads in one": "| Context | one card pp | two cards pp | one card tg | two cards tg |\n|---|--:|--:|--:|--:|\n"
    "| 4 096 | 1061 | 306 | 47.2 | 47.4 |\n",
}  # fmt: skip


@pytest.mark.parametrize("kind", SIDES)
def test_sides_that_rows_or_heads_compare_are_told_apart(kind: str, tmp_path: Path) -> None:
    found = read(tmp_path, f"# Notes\n\n## Qwen3-8B\n\n{SIDES[kind]}")
    assert sorted(stated(found, "decode_rate", FACTOR + "variant").values()) == [47.2, 47.4]
    assert sorted(stated(found, "prefill_rate", FACTOR + "variant").values()) == [306, 1061]
    assert "run_time" not in set(found.table["metric"])


def test_a_speed_before_a_fault_is_no_result(tmp_path: Path) -> None:
    table = "| Layout | tg t/s | Stability |\n|---|--:|---|\n| one | 29.3 | OK (256k verified) |\n| two | 57.0 | **HIP fault** at 43k |\n"
    found = read(tmp_path, f"# Notes\n\n## Qwen3-8B\n\n{table}")
    assert list(stated(found, "decode_rate").values()) == [29.3]
    assert [m for m in found.table["message"] if m] == ["HIP fault at 43k"]


def test_a_number_with_a_note_is_none_to_compare(tmp_path: Path) -> None:
    table = "| Layout | tg t/s |\n|---|--:|\n| one | 29.3 |\n| two | 17.7* |\n\n\\* the first request compiles\n"
    assert list(stated(read(tmp_path, f"# Notes\n\n## Qwen3-8B\n\n{table}"), "decode_rate").values()) == [29.3]


def test_billions_of_parameters_are_no_bytes(tmp_path: Path) -> None:
    table = "| Model size | tg t/s |\n|---|--:|\n| 70B (Q4) | 5.1 |\n| 8B (Q4) | 40.2 |\n"
    found = read(tmp_path, f"# Notes\n\n## Speed\n\n{table}")
    assert "model_size" not in set(found.table["metric"])


def test_tables_that_were_not_read_are_counted(tmp_path: Path) -> None:
    odd = "| Component | Foo |\n|---|--:|\n| a | 12 |\n| b | 13 |\n\n"
    found = read(tmp_path, f"# Notes\n\n## Qwen3-8B\n\n{odd}{odd}{SPEED[0]}")
    assert found.sources[0].reason == "2 tables with numbers were not read, such as table 1 (Component | Foo)"


def test_rows_of_one_metric_are_tests_of_their_own(tmp_path: Path) -> None:
    table = "| Test | DGX | STXH |\n|---|--:|--:|\n| pp512 | 1689.5 | 729.1 |\n| pp2048 | 1733.4 | 562.2 |\n| tg128 | 52.9 | 50.1 |\n"
    found = read(tmp_path, f"# Notes\n\n## gpt-oss-120b\n\n{table}")
    assert len(stated(found, "prefill_rate", FACTOR + "case", FACTOR + "test")) == 4


def test_rows_of_metrics_below_several_headings_are_several_conditions(tmp_path: Path) -> None:
    text = "# Notes\n\n"
    for i, name in enumerate(("Vulkan driver A", "[Tuned build](https://example.com/x)", "Stock build")):
        text += f"## {name}\n\n| Test | DGX | STXH |\n|---|--:|--:|\n| pp2048 | 1689.5 | {700 + i}.5 |\n| pp512 | 1733.4 | {560 + i}.5 |\n\n"
    found = read(tmp_path, text)
    by = (FACTOR + "case", FACTOR + "test", FACTOR + "section")
    assert stated(found, "prefill_rate", *by)["STXH", "pp2048", "Tuned build"] == 701.5


@pytest.mark.parametrize(
    ("title", "said", "system"),
    [
        ("Gemma3 deep dive", "served as gemma3:latest.", "gemma3:latest"),
        ("Results of Qwen3", "`qwen3:latest` was loaded", "qwen3:latest"),
        ("Gemma3 deep dive", "gemma3:1b and gemma3:4b were served.", ""),  # of a family there are several
        ("Gemma3 against Llama3", "served as gemma3:latest.", ""),
        ("Gemma3 deep dive", "served as qwen3:latest.", ""),
    ],
)
def test_a_bare_name_is_the_latest_where_the_document_gives_that_tag(
    tmp_path: Path, title: str, said: str, system: str
) -> None:
    text = f"# {title}\n\n{said}\n\n## Sweep\n\n| num_ctx | tok/s |\n|---|---|\n| 1024 | 20.5 |\n| 4096 | 19.5 |\n"
    (tmp_path / "notes.md").write_text(text)
    assert set(ingest(tmp_path).table["subject"]) == {system}
