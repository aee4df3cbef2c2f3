"""Which rate a column is, by the tokens and times of its own records."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from chimera_report.tools.ingest import ingest
from chimera_report.tools.per_time import BOTH_OF_REQUEST, OUTPUT_OF_REQUEST, called, undefined

RUNS = [(812, 128, 400.0, 21.0), (1604, 128, 380.0, 20.5), (3210, 256, 350.0, 18.1), (6410, 256, 310.0, 15.9)]


def read(folder: Path, text: str, name: str = "runs.csv") -> pd.DataFrame:
    (folder / name).write_text(text)
    return ingest(folder).table


def kinds(table: pd.DataFrame) -> dict[str, tuple[str, str]]:
    named = table[["column", "metric", "definition"]].drop_duplicates()
    return {c: (m, d) for c, m, d in named.itertuples(index=False, name=None)}


@pytest.mark.parametrize(
    ("whole", "reading", "writing", "asked", "made", "time"),
    [
        ("Tokens Per Second", "Prompt Per Second", "Predict Per Second", "Prompt", "Predict", "Elapse"),
        ("tok/s", "prompt tok/s", "gen tok/s", "prompt_tokens", "completion_tokens", "latency_s"),
        ("tokens_per_second", "prefill_tps", "decode_tps", "input_tokens", "output_tokens", "elapsed"),
        ("tps", "pp_speed", "tg_speed", "prompt_n", "predicted_n", "e2e_s"),
        ("Speed (tok/s)", "Prefill (tok/s)", "Decode (tok/s)", "Input tokens", "Output tokens", "Total time (s)"),
    ],
)
def test_all_tokens_over_the_whole_time_are_no_speed_of_generation(
    tmp_path: Path, whole: str, reading: str, writing: str, asked: str, made: str, time: str
) -> None:
    rows = []
    for prompt, output, pp, tg in RUNS:
        spent = prompt / pp + output / tg
        rows.append(f"a-7b,{spent:.4f},{(prompt + output) / spent:.4f},{pp},{tg},{prompt},{output}")
    head = f"model,{time},{whole},{reading},{writing},{asked},{made}"
    found = kinds(read(tmp_path, "\n".join([head, *rows]) + "\n"))
    assert found[writing] == ("decode_rate", "")
    assert found[reading] == ("prefill_rate", "")
    assert found[whole] == ("total_throughput", BOTH_OF_REQUEST)


@pytest.mark.parametrize(
    "head",
    [
        "Prompt tok/s,Generation tok/s,Total tok/s",
        "prompt_tps,generation_tps,total_tps",
        "prefill_throughput,decode_throughput,total_token_throughput",
        "prompt_tokens_per_second,output_tokens_per_second,total_tokens_per_second",
        "pp_speed,tg_speed,total tok/s",
    ],
)
def test_rates_that_add_up_are_of_one_time(tmp_path: Path, head: str) -> None:
    rows = [f"a-7b,{c},{p},{g},{p + g:.2f}" for c, p, g in ((1, 22.73, 122.76), (4, 45.1, 180.5), (8, 60.2, 241.4))]
    found = kinds(read(tmp_path, "\n".join([f"model,concurrency,{head}", *rows]) + "\n"))
    first, second, both = head.split(",")
    assert found[first][0] == "input_throughput"
    assert found[second][0] == "output_throughput"
    assert found[both][0] == "total_throughput"


def test_rates_of_two_phases_stay_what_they_are(tmp_path: Path) -> None:
    rows = [f"a-7b,{p},{g},{t}" for p, g, t in ((400.5, 21.1, 97.3), (380.2, 20.4, 91.8), (350.9, 18.2, 85.5))]
    found = kinds(read(tmp_path, "model,prompt tok/s,generation tok/s,total tok/s\n" + "\n".join(rows) + "\n"))
    assert found["prompt tok/s"][0] == "prefill_rate" and found["generation tok/s"][0] == "decode_rate"


@pytest.mark.parametrize("bare", ["tok/s", "tps", "tokens_per_second", "Throughput (tok/s)", "Tokens/s"])
def test_of_two_names_the_one_that_says_more_has_the_metric(tmp_path: Path, bare: str) -> None:
    rows = [f"a-7b,{a},{b}" for a, b in ((80.1, 41.2), (81.0, 41.0), (79.5, 41.5), (61.0, 22.2))]
    found = kinds(read(tmp_path, f"model,{bare},generation tok/s\n" + "\n".join(rows) + "\n"))
    assert found["generation tok/s"] == ("decode_rate", "")
    assert called(*found[bare]).startswith("“")


@pytest.mark.parametrize("bare", ["tok/s", "tps", "tokens_per_second", "tok_s", "Tokens/s"])
def test_a_bare_rate_under_load_keeps_its_own_name(tmp_path: Path, bare: str) -> None:
    rows = [f"a-7b,{c},{v}" for c, v in ((1, 41.2), (4, 40.8), (8, 30.5), (16, 21.7))]
    found = kinds(read(tmp_path, f"model,concurrency,{bare}\n" + "\n".join(rows) + "\n"))
    assert found[bare] == ("decode_rate", undefined(bare))


def test_an_answer_over_its_whole_time_is_its_output_rate(tmp_path: Path) -> None:
    rows = [f"a-7b,{o},{t},{o / t:.3f}" for o, t in ((100, 4.1), (120, 5.2), (90, 3.3), (200, 9.9))]
    found = kinds(read(tmp_path, "model,output_tokens,latency_s,decode_tps\n" + "\n".join(rows) + "\n"))
    assert found["decode_tps"] == ("decode_rate", OUTPUT_OF_REQUEST)


@pytest.mark.parametrize("name", ["C", "cc", "par", "parallel_clients_x", "sessions_open"])
def test_requests_in_flight_are_told_by_littles_law(tmp_path: Path, name: str) -> None:
    rows = [
        f"a-7b,{c},{r},{c * 256 / r:.3f}" for c, r in ((1, 61.3), (8, 382.2), (16, 481.5), (32, 568.1), (64, 721.2))
    ]
    table = read(tmp_path, f"model,{name},tok_s,latency_s\n" + "\n".join(rows) + "\n")
    assert set(table["factor.concurrency"].dropna()) == {"1", "8", "16", "32", "64"}


def test_a_length_that_the_time_grows_with_is_no_number_of_requests(tmp_path: Path) -> None:
    rows = [f"a-7b,{n},{n / 73:.3f},25.0,128" for n in (655, 1453, 3015, 8496) for _ in range(2)]
    table = read(tmp_path, "model,shown,latency_s,gen_tok_s,output_tokens\n" + "\n".join(rows) + "\n")
    assert "factor.concurrency" not in table or table["factor.concurrency"].isna().all()
