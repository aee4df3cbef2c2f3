"""A bare rate of tokens beside a batch: of the prompt that was read, or of all tokens over the whole time."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from chimera_report.tools.ingest import ingest

SIZES = [(b, n, t) for b, n, t in ((1, 1024, 0.5), (4, 1024, 1.6), (1, 4096, 2.1), (4, 4096, 9.7), (8, 4096, 21.3))]


def rates(tmp_path: Path, head: str, rows: list[str]) -> pd.DataFrame:
    (tmp_path / "grid.csv").write_text("\n".join([head, *rows]) + "\n")
    table = ingest(tmp_path).table
    return table[table["metric"].isin(["decode_rate", "prefill_rate", "output_throughput", "throughput"])]


HEADS = [
    "model,batch_size,seq_len,elapsed_sec,throughput_tokens_per_sec",
    "model,batch,sequence_length,latency_s,tokens_per_second",
    "model,bs,prompt_len,latency_s,tok_s",
    "model,batch_size,input_len,elapsed_s,tps",
    "model,batch_size,context_length,duration_s,tokens_per_sec",
]


@pytest.mark.parametrize("head", HEADS)
def test_chunks_of_a_prompt_are_read_and_not_generated(tmp_path: Path, head: str) -> None:
    found = rates(tmp_path, head, [f"a-1b,{b},{n},{t},{b * n / t:.4f}" for b, n, t in SIZES])
    assert set(found["metric"]) == {"prefill_rate"} and len(found) == 5


@pytest.mark.parametrize("made", ["max_new_tokens", "new_tokens", "generated_tokens", "n_gen", "osl"])
def test_all_tokens_of_a_batch_over_the_whole_time(tmp_path: Path, made: str) -> None:
    head = f"model,batch_size,seq_len,{made},latency_ms,tokens_per_sec"
    found = rates(tmp_path, head, [f"a-1b,{b},{n},64,{t * 1000},{b * 64 / t:.4f}" for b, n, t in SIZES])
    assert set(found["metric"]) == {"output_throughput"}
    assert all("prompt included" in d for d in found["definition"])


def test_single_requests_stay_a_rate_that_holds_the_prompt(tmp_path: Path) -> None:
    rows = [f"a-1b,1,{n},64,{t},{64 / t:.4f}" for _, n, t in SIZES]
    found = rates(tmp_path, "model,batch_size,seq_len,max_new_tokens,latency_s,tokens_per_sec", rows)
    assert set(found["metric"]) == {"decode_rate"}
    assert set(found["definition"]) == {"output tokens / end-to-end latency"}


def test_other_rates_stay_what_they_are(tmp_path: Path) -> None:
    rows = [f"a-1b,{b},{n},{t},{33 + b}" for b, n, t in SIZES]
    found = rates(tmp_path, "model,batch_size,seq_len,latency_s,tokens_per_sec", rows)
    assert set(found["metric"]) == {"decode_rate"} and not any("included" in d for d in found["definition"])
