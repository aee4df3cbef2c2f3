"""What `koboldcpp --benchmark` writes, in its file and on the console."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from chimera_report.tools.ingest import ingest

HEAD = (
    "Timestamp,Backend,Layers,Model,MaxCtx,GenAmount,ProcessingTime,ProcessingSpeed,"
    "GenerationTime,GenerationSpeed,TotalTime,Output,Flags"
)
FLAGS = "{'model': ['Acme-8B-Q4_K_M.gguf'], 'threads': 7, 'batchsize': 512, 'flashattention': True, 'prompt': ''}"


def row(layers: int, pp: float, tg: float, *, model: str = "Acme-8B-Q4_K_M", flags: str = FLAGS) -> str:
    times = (f"{3996 / pp:.2f}", f"{pp:.2f}", f"{100 / tg:.2f}", f"{tg:.2f}", f"{3996 / pp + 100 / tg:.2f}")
    stamp = f"2026-03-01 10:{layers:02d}:00.123456+00:00"
    return f'{stamp},koboldcpp_cublas.dll,{layers},{model},4096,100,{",".join(times)}, 1 1 1 1,"{flags}"'


def read(place: Path, text: str, name: str = "bench.csv") -> pd.DataFrame:
    (place / name).write_text(text, encoding="utf-8")
    return ingest(place).table


def told(rows: pd.DataFrame, metric: str, layers: str) -> list[float]:
    return list(rows[(rows["metric"] == metric) & (rows["factor.num_gpu"] == layers)]["value"])


def test_a_row_is_a_run_with_its_settings(tmp_path: Path) -> None:
    rows = read(tmp_path, "\n".join([HEAD, row(10, 400, 12.5), row(33, 1600, 50)]))
    assert set(rows["subject"]) == {"Acme-8B-Q4_K_M"}
    assert told(rows, "prefill_rate", "33") == [1600] and told(rows, "decode_rate", "10") == [12.5]
    assert told(rows, "prompt_tokens", "33") == [3996] and told(rows, "output_tokens", "33") == [100]
    assert told(rows, "eval_time", "33") == [2.0]
    first = rows.iloc[0]
    assert (first["factor.num_ctx"], first["factor.num_thread"], first["factor.num_batch"]) == ("4096", "7", "512")
    assert first["factor.backend"] == "koboldcpp_cublas" and str(first["where"]) == "line 2"
    assert str(first["started"]).startswith("2026-03-01 10:10:00")


def test_the_counts_of_an_own_prompt_are_not_those_of_what_ran(tmp_path: Path) -> None:
    own = FLAGS.replace("'prompt': ''", "'prompt': 'Tell me, please'")
    rows = read(tmp_path, "\n".join([HEAD, row(10, 400, 12.5, flags=own)]))
    assert set(rows["metric"]) == {"prefill_rate", "decode_rate"}


@pytest.mark.parametrize(
    ("damage", "rates"),
    [
        (lambda text: text.replace(" 1 1 1 1", " a,b\nc", 1), [12.5, 50]),
        (lambda text: text.replace("\n", "\r\n"), [12.5, 50]),
        (lambda text: "\ufeff" + text, [12.5, 50]),
        (lambda text: text[: text.rindex(",50.00,")], [12.5]),
        (lambda text: text.replace("12.50", "inf"), [50]),
    ],
)
def test_what_is_damaged_takes_nothing_else_with_it(tmp_path: Path, damage: object, rates: list[float]) -> None:
    rows = read(tmp_path, damage("\n".join([HEAD, row(10, 400, 12.5), row(33, 1600, 50)])))  # type: ignore[operator]
    found = rows[rows["metric"] == "decode_rate"]["value"].dropna()
    assert list(found) == rates


BLOCK = """Processing Prompt [BLAS] (3996 / 3996 tokens)

Benchmark Completed - v1.87 Results:
======
Flags: {flags}
Timestamp: 2026-03-01 10:00:00.123456+00:00
Backend: koboldcpp_default.so
Layers: {layers}
Model: Acme-8B-Q4_K_M
MaxCtx: 4096
GenAmount: 100
-----
ProcessingTime: 2.498s
ProcessingSpeed: 1599.68T/s
GenerationTime: 2.000s
GenerationSpeed: {rate}T/s
TotalTime: 4.498s
Output:  1 1 1 1
-----
Server was not started, main function complete. Idling.
"""


@pytest.mark.parametrize("name", ["bench.log", "bench.txt", "notes.md"])
def test_the_blocks_of_a_log(tmp_path: Path, name: str) -> None:
    blocks = [BLOCK.format(flags=FLAGS, layers=n, rate=rate) for n, rate in ((0, "8.25"), (33, "50.00"))]
    rows = read(tmp_path, "\n".join(blocks), name)
    assert told(rows, "decode_rate", "0") == [8.25] and told(rows, "decode_rate", "33") == [50]
    assert told(rows, "eval_time", "33") == [2.0] and set(rows["subject"]) == {"Acme-8B-Q4_K_M"}
    assert set(rows["factor.flash_attention"]) == {"True"}
    assert len(rows) == 12, "what was read as a block is not read again as a text"
