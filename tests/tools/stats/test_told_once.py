"""What stands in several files counts once, with the reason that belongs to it."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from chimera_report.tools.claims.failures import failures
from chimera_report.tools.ingest import ingest
from chimera_report.tools.stats import prepare, reason_kind

OOM = "CUDA out of memory. Tried to allocate {} GiB. GPU 0 has a total capacity of 7.52 GiB of which {} MiB is free."


def _runs(seed: int, *, gpu: str = "A", bad: tuple[int, ...] = (3, 7)) -> list[dict[str, object]]:
    made: list[dict[str, object]] = []
    for i in range(12):
        row: dict[str, object] = {
            "model": "m-7b",
            "gpu_name": gpu,
            "batch_size": 2 ** (i % 4),
            "seq_len": 512 * (1 + i // 4),
        }
        row |= (
            {"tokens_per_second": None, "status": "error", "error": OOM.format(1 + i, 20 * i)}
            if i in bad
            else {"tokens_per_second": round(80.137 + seed * 1.311 + 7.77 * i, 3), "status": "ok", "error": ""}
        )
        made.append(row)
    return made


def _write(path: Path, rows: list[dict[str, object]]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    names = list(rows[0])
    cells = [[str("" if r.get(n) is None else r[n]) for n in names] for r in rows]
    lines = [",".join(names), *(",".join(f'"{c}"' for c in line) for line in cells)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")


def _two_and_all(place: Path) -> None:
    """Two files, and one that has the rows of both."""
    _write(place / "a.csv", _runs(0, gpu="A"))
    _write(place / "b.csv", _runs(5, gpu="B"))
    _write(place / "combined.csv", _runs(0, gpu="A") + _runs(5, gpu="B"))


def _with_more(place: Path) -> None:
    """A compiled file with a column of its own, and rows that stand nowhere else."""
    rows = [{**r, "source_csv": "a.csv"} for r in _runs(0)]
    rows += [{**r, "source_csv": "old.csv"} for r in _runs(9, gpu="C", bad=())]
    _write(place / "a.csv", _runs(0))
    _write(place / "b.csv", _runs(5, gpu="B"))
    _write(place / "grid.csv", rows + [{**r, "source_csv": "b.csv"} for r in _runs(5, gpu="B")])


def _in_json(place: Path) -> None:
    """The same as JSON, inside of a larger document."""
    _write(place / "a.csv", _runs(0, bad=(1, 3, 5, 7)))
    (place / "all.json").write_text(json.dumps({"runs": _runs(0, bad=(1, 3, 5, 7)) + _runs(4, gpu="D", bad=())}))


def _copy(place: Path) -> None:
    """A folder that was copied."""
    _write(place / "a/runs.csv", _runs(0, bad=(1, 3, 5, 7)))
    shutil.copytree(place / "a", place / "backup")


def _few_digits(place: Path) -> None:
    """A community file with the records of another in their order, of few digits, beside records of another machine."""
    rows = [
        {"model": "m-7b", "prompt": f"p{i}", "decode_tps": None if i % 9 == 4 else round(12.5 + 0.07 * (i * 7 % 23), 2),
         "output_tokens": 40 + 3 * i, "error": "Unable to connect to the remote server" if i % 9 == 4 else ""}
        for i in range(40)
    ]  # fmt: skip
    other = [{**r, "decode_tps": round(61.1 + 0.31 * i, 2), "error": ""} for i, r in enumerate(rows)]
    (place / "results_cpu.json").write_text(json.dumps({"device": "cpu", "records": rows}))
    (place / "community").mkdir()
    both = {"submitter": "x", "runs": {"cpu": {"records": rows}, "gpu": {"records": other}}}
    (place / "community/x.json").write_text(json.dumps(both))


@pytest.mark.parametrize(
    ("write", "many"), [(_two_and_all, 4), (_with_more, 4), (_in_json, 4), (_copy, 4), (_few_digits, 4)]
)
def test_a_failure_that_a_second_file_tells_of_counts_once(write: object, many: int, tmp_path: Path) -> None:
    write(tmp_path)  # type: ignore[operator]
    found = failures(ingest(tmp_path))
    assert found.records == many, found
    assert len(found.reasons) == 1


def test_a_summary_and_the_levels_that_it_sums_up_lose_no_failure_between_them(tmp_path: Path) -> None:
    for gpu, bad in (("H100", {256: 103, 1024: 66}), ("MI300X", {256: 177, 512: 181, 1024: 244})):
        (tmp_path / gpu).mkdir()
        levels = [
            {"concurrency": c, "total_requests_sent": 500 + c, "successful_requests": 500 + c - bad.get(c, 0),
             "failed_requests": bad.get(c, 0), "requests_per_second": 1.2345678 + c / 777,
             "median_ttft_ms": 50.12345 + c / 33 + len(gpu)}
            for c in (1, 64, 256, 512, 1024)
        ]  # fmt: skip
        (tmp_path / gpu / "benchmark_summary.json").write_text(json.dumps({"results": levels}))
        for level in levels:
            (tmp_path / gpu / f"benchmark_concurrency_{level['concurrency']}.json").write_text(json.dumps(level))
    assert failures(ingest(tmp_path)).records == 103 + 66 + 177 + 181 + 244


def test_two_runs_of_the_same_are_no_copies(tmp_path: Path) -> None:
    _write(tmp_path / "run1.csv", _runs(0))
    _write(tmp_path / "run2.csv", _runs(1))
    assert failures(ingest(tmp_path)).records == 4


def test_each_part_has_the_reason_of_its_own_failures(tmp_path: Path) -> None:
    rows = [{**r, "model": m} for m in ("m-7b", "n-7b") for r in _runs(0 if m == "m-7b" else 3, bad=(1, 3, 5, 7, 9))]
    for row in rows:
        if row["model"] == "n-7b" and row["error"] and row["batch_size"] == 2:
            row["error"] = "ImportError"
    rows.append({**rows[0], "tokens_per_second": None, "status": "error", "error": "ImportError"})
    _write(tmp_path / "a.csv", rows)
    parts = {p.level: p for p in failures(ingest(tmp_path)).parts}
    assert (parts["m-7b"].failed, parts["m-7b"].with_reason) == (6, 5)
    assert "out of memory" in parts["m-7b"].reason
    assert parts["n-7b"].with_reason < parts["n-7b"].failed


@pytest.mark.parametrize(
    "same",
    [
        (OOM.format("1.16", "92.5"), OOM.format("9", "2.1"), "CUDA_OOM", "torch.OutOfMemoryError: CUDA out of memory"),
        ("Read timed out after 120 s", "Read timed out after 2 minutes", "Read timed out after 90 seconds"),
        ("HTTP 503: {\"detail\": \"busy\"}", "HTTP 503: {\"detail\": \"queue full\"}"),
        ("Request to http://10.0.0.1:8000/v1 refused", "Request to http://10.0.0.2:8001/v1 refused"),
        ("Server closed the connection. Retry 1 of 3", "Server closed the connection. Retry 2 of 3"),
    ],
)  # fmt: skip
def test_numbers_make_no_reason_of_their_own(same: tuple[str, ...]) -> None:
    assert len({reason_kind(m) for m in same}) == 1, [reason_kind(m) for m in same]


def test_different_reasons_stay_apart() -> None:
    texts = ("ImportError", "CUDA_OOM", "Read timed out after 120 s", "Connection refused", "HTTP 429", "HTTP 503")
    assert len({reason_kind(m) for m in texts[:4]}) == 4


def test_rounds_that_share_their_memory_and_their_tokens_are_no_copies(tmp_path: Path) -> None:
    """A warm server gives the same answer in nearly the same time, and takes the same memory to the byte."""
    for at, (first, whole, rate) in enumerate(((1.554, 2.959, 76.14), (1.579, 2.986, 76.08), (1.604, 3.008, 76.18))):
        told = {"model": "crow:4b", "tokens_generated": 107, "ttft_ms": first * 1000, "total_time_ms": whole * 1000}
        memory = {"memory_before_mb": 19294, "memory_after_mb": 19294}
        (tmp_path / f"round_{at:02d}.json").write_text(json.dumps(told | memory | {"decode_tok_s": rate}))
    assert not prepare(ingest(tmp_path)).columns.numbers["duplicate"].any()
