"""Whose a sentence is: charts of one system among others, values of nobody, folders in which nothing was measured."""

from __future__ import annotations

from pathlib import Path

from chimera_report.tools.claims import render_text
from chimera_report.tools.ingest import ingest
from chimera_report.tools.report.document import composed
from chimera_report.tools.stats import analyse


def written(folder: Path) -> dict[str, str]:
    dataset = ingest(folder)
    sheet, outline = composed(analyse(dataset), dataset, title="t")
    return {
        s.key: " | ".join(
            render_text(t, sheet)
            for b in s.blocks
            for t in (
                getattr(b, "title", ""),
                *(x.text for x in getattr(b, "sentences", ())),
                *(x.text for item in getattr(b, "items", ()) for x in item),
                *(c.text for row in getattr(b, "rows", ()) for c in row if isinstance(getattr(c, "text", None), str)),
            )
        )
        for s in outline.sections
    }


def test_a_value_of_nobody_is_no_finding_beside_those_of_systems(tmp_path: Path) -> None:
    rows = "".join(
        f"{m},{g},{r}\n" for m, a, b in (("x:1b", 90, 40), ("y:3b", 60, 30)) for g, r in (("L4", b), ("H100", a))
    )
    (tmp_path / "runs.csv").write_text(f"model,device,tok_s\n{rows}", encoding="utf-8")
    (tmp_path / "summary.json").write_text('{"avg_latency_s": 4.1, "total_requests": 1176}', encoding="utf-8")
    told = written(tmp_path)
    assert "4.1 s" not in told["verdict"] and "1176 records" not in " ".join(told.values())


def test_a_folder_of_settings_says_only_that_nothing_was_read(tmp_path: Path) -> None:
    (tmp_path / "README.md").write_text("# How to deploy\n\nRun the two servers and compare them.\n", encoding="utf-8")
    told = written(tmp_path)
    assert "doubts" not in told


def test_the_readmes_of_folders_are_of_these(tmp_path: Path) -> None:
    table = "# {}\n\n| Model | tok/s |\n|---|---|\n| {}:1b | {} |\n| {}:3b | {} |\n"
    for name, values in (("cluster", (1.7, 1.5)), ("", (28.0, 27.0))):
        (tmp_path / name).mkdir(exist_ok=True)
        text = table.format(name or "one", "a", values[0], "b", values[1])
        (tmp_path / name / "README.md").write_text(text, encoding="utf-8")
    assert {str(s) for s in ingest(tmp_path).table["suite"]} == {"README", "cluster"}


def test_bare_tests_of_llama_bench_are_rates(tmp_path: Path) -> None:
    text = "# x\n\n| Model | Size | pp64 | tg16 |\n|---|---|--:|--:|\n| a:27b | 16.7 GB | 16.9 | 2.90 |\n"
    (tmp_path / "README.md").write_text(text, encoding="utf-8")
    table = ingest(tmp_path).table
    assert (
        dict(zip(table["metric"], table["value"], strict=True)).items()
        >= {"prefill_rate": 16.9, "decode_rate": 2.9}.items()
    )


def test_a_memory_that_is_nobodys_is_not_called_the_systems(tmp_path: Path) -> None:
    (tmp_path / "runs.csv").write_text("model,tok_s,Memory_MB\na:1b,40,4819\nb:3b,20,7574\n", encoding="utf-8")
    told = " ".join(written(tmp_path).values())
    assert "GPU memory was read" not in told and "memory in use, of" not in told


def test_an_empty_list_of_exceptions_is_no_file_left_out(tmp_path: Path) -> None:
    (tmp_path / "a_exceptions.csv").write_text("Count,Message,Traceback,Nodes\n", encoding="utf-8")
    (tmp_path / "runs.csv").write_text("model,tok_s\na:1b,40\n", encoding="utf-8")
    assert {s.path: s.status for s in ingest(tmp_path).sources}["a_exceptions.csv"] == "parsed"
