"""What two documents state is one statement."""

from __future__ import annotations

from pathlib import Path

import pytest

from chimera_report.tools.ingest import ingest

HEAD = "| Concurrency | Output tok/s | p95 TTFT (s) |\n|---:|---:|---:|\n"
ROWS = [(1, 16.2, 0.11), (4, 57.1, 0.31), (8, 93.4, 0.92), (16, 127.8, 1.44)]


def table(rows: list[tuple[int, float, float]]) -> str:
    return HEAD + "".join(f"| {a} | {b} | {c} |\n" for a, b, c in rows)


def sources(tmp_path: Path, **texts: str) -> dict[str, int]:
    for name, text in texts.items():
        (tmp_path / f"{name}.md").write_text(f"# {name}\n\n## Sweep\n\n{text}", encoding="utf-8")
    return {s.path: s.measurements for s in ingest(tmp_path).sources}


def test_a_readme_that_repeats_a_document_is_no_second_measurement(tmp_path: Path) -> None:
    assert sources(tmp_path, README=table(ROWS), results=table(ROWS)) == {"README.md": 0, "results.md": 8}


def test_an_excerpt_gives_way_to_the_whole(tmp_path: Path) -> None:
    assert sources(tmp_path, README=table(ROWS), notes=table(ROWS[1:])) == {"README.md": 8, "notes.md": 0}


def test_the_source_says_so(tmp_path: Path) -> None:
    sources(tmp_path, README=table(ROWS), results=table(ROWS))
    assert "another document states too" in {s.path: s.reason for s in ingest(tmp_path).sources}["README.md"]


@pytest.mark.parametrize("change", [(16, 127.8, 1.45), (16, 128.8, 1.44), (32, 200.1, 9.0)])
def test_documents_that_differ_stay(tmp_path: Path, change: tuple[int, float, float]) -> None:
    found = sources(tmp_path, README=table([*ROWS[:-1], change]), results=table(ROWS))
    assert found == {"README.md": 8, "results.md": 8}


def test_beside_data_each_document_keeps_what_it_says(tmp_path: Path) -> None:
    (tmp_path / "runs.csv").write_text("concurrency,output_tok_s\n1,16.2\n4,57.1\n", encoding="utf-8")
    found = sources(tmp_path, README=table(ROWS), results=table(ROWS))
    assert found["README.md"] == found["results.md"] == 8


def test_two_tables_of_one_document_are_two(tmp_path: Path) -> None:
    assert sources(tmp_path, README=f"{table(ROWS)}\n## Again\n\n{table(ROWS)}") == {"README.md": 16}
