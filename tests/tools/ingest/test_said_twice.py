"""A time in two units, hosts beside their number, verdicts, empty levels of failures; scores of sets of questions."""

from __future__ import annotations

from pathlib import Path

import pytest

from chimera_report.tools.ingest import ingest
from chimera_report.tools.schema import FACTOR, Dataset, Role


def read(tmp_path: Path, text: str) -> Dataset:
    (tmp_path / "results.csv").write_text(text)
    return ingest(tmp_path)


UNITS = [
    ("ttft_seconds,ttft_minutes", 60.0, 2),
    ("ttft_ms,ttft_s", 1000.0, 3),
    ("latency_s,latency_ms", 0.001, 0),
    ("e2e_latency_s,e2e_latency_minutes", 60.0, 2),
    ("ttft_us,ttft_ms", 1000.0, 1),
]


@pytest.mark.parametrize(("heads", "per", "digits"), UNITS)
def test_a_time_in_two_units_is_one_value(tmp_path: Path, heads: str, per: float, digits: int) -> None:
    rows = [f"a-{n}b,{t},{round(t / per, digits)}" for n, t in ((1, 38.0), (7, 163.4), (70, 3409.3))]
    table = read(tmp_path, "\n".join([f"model,{heads}", *rows]) + "\n").table
    assert len(table) == 3 and FACTOR + "part" not in table.columns


def test_two_times_that_are_not_one_stay(tmp_path: Path) -> None:
    rows = [f"a-{n}b,{t},{t / 30:.2f}" for n, t in ((1, 38.0), (7, 163.4), (70, 3409.3))]
    assert len(read(tmp_path, "\n".join(["model,ttft_seconds,ttft_minutes", *rows]) + "\n").table) == 6


@pytest.mark.parametrize("sign", ["+", ";", "|", " + ", "&"])
def test_hosts_beside_their_number_are_no_condition(tmp_path: Path, sign: str) -> None:
    names = ("alpha", "beta", "gamma", "delta")
    rows = [
        f"m-7b,{n},{c},{c * 10 / n},{sign.join(names[i : i + n])}" for n in (1, 2, 4) for i in (0, 0) for c in (1, 8)
    ]
    rows += [f"m-7b,1,{c},{c * 10 + 1},beta" for c in (1, 8)]
    found = read(tmp_path, "\n".join(["model,nodes,concurrency,decode_tps,node", *rows]) + "\n")
    assert FACTOR + "node" not in found.table.columns
    assert set(found.table[FACTOR + "nodes"]) == {"1", "2", "4"} and found.role_of("nodes") is Role.SETTING


WORDS = ["oom_614gb_exceeds_512gb", "gpu_timeout", "OOM", "Metal GPU timeout", "out of memory", "crashed"]


@pytest.mark.parametrize("word", WORDS)
def test_a_run_that_a_verdict_says_failed(tmp_path: Path, word: str) -> None:
    text = "model,context_tokens,decode_tps,peak_memory_gb,feasibility\na-7b,1024,20,5,practical\n"
    text += f"a-7b,4096,18,6,batch_only\nb-70b,0,,614,{word}\n"
    found = read(tmp_path, text)
    failed = found.table[found.table["status"] != "ok"]
    assert len(failed) and set(failed["subject"]) == {"b-70b"} and word in set(failed["message"])
    assert "0" not in set(found.table[FACTOR + "context_length"].dropna())
    assert FACTOR + "feasibility" not in found.table.columns


SCORES = [
    ("arc_score,mmlu_score,gsm8k_score", {"arc", "mmlu", "gsm8k"}),
    ("hellaswag_accuracy,winogrande_accuracy", {"hellaswag", "winogrande"}),
    ("MMLU Score,CEval Score", {"mmlu", "ceval"}),
    ("humaneval_pass_rate,mbpp_pass_rate,our_own_pass_rate", {"humaneval", "mbpp", "our_own"}),
    ("truthfulqa_score,arc_challenge_score", {"truthfulqa", "arc_challenge"}),
]


@pytest.mark.parametrize(("heads", "tasks"), SCORES)
def test_sets_of_questions_in_headers_are_tasks(tmp_path: Path, heads: str, tasks: set[str]) -> None:
    n = len(heads.split(","))
    rows = [f"a-7b,{q},{','.join(f'0.{5 + i}{j}' for i in range(n))}" for j, q in enumerate(("fp16", "fp8", "int4"))]
    found = read(tmp_path, "\n".join([f"model,quantization,{heads}", *rows]) + "\n")
    assert FACTOR + "variant" not in found.table.columns
    assert {str(v).lower().replace("-", " ") for v in found.table[FACTOR + "task"]} == tasks
    assert found.role_of("task") is Role.WORKLOAD


ASKED = [
    "requested_backend,reported_backends", "requested_device,actual_device", "expected_provider,provider_used",
    "configured_accelerator,effective_accelerator", "wanted_dtype,dtype_actual",
]  # fmt: skip


@pytest.mark.parametrize("heads", ASKED)
def test_what_was_asked_for_is_no_condition_beside_what_ran(tmp_path: Path, heads: str) -> None:
    ran = [("CPU", "NPU"), ("GPU", "NPU"), ("NPU", "NPU"), ("CPU", "CPU")]
    rows = [f"a-1b,{p},{asked},{real},{10 + i}" for i, (asked, real) in enumerate(ran) for p in ("short", "long")]
    found = read(tmp_path, "\n".join([f"model,prompt,{heads},decode_tps", *rows]) + "\n")
    asked = heads.partition(",")[0]
    assert FACTOR + asked not in found.table.columns
    assert any(set(found.table[c].dropna()) == {"NPU", "CPU"} for c in found.table.columns if c.startswith(FACTOR))


def test_what_was_asked_for_alone_is_a_condition(tmp_path: Path) -> None:
    rows = [f"a-1b,{p},{asked},{10 + i}" for i, asked in enumerate(("CPU", "GPU")) for p in ("short", "long")]
    found = read(tmp_path, "\n".join(["model,prompt,requested_backend,decode_tps", *rows]) + "\n")
    assert set(found.table[FACTOR + "requested_backend"]) == {"CPU", "GPU"}


def test_tokens_that_a_run_came_to_are_no_setting(tmp_path: Path) -> None:
    rows = [
        f"a-1b,{b},{n},{n + 128 * (b > 1)},{b * n},{100 - b}" for b in (1, 2) for n in (1024, 2048, 4096) for _ in "ab"
    ]
    found = read(
        tmp_path, "\n".join(["model,batch_size,seq_len,final_cache_seq_len,tokens_processed,decode_tps", *rows])
    )
    assert not {FACTOR + "final_cache_seq_len", FACTOR + "tokens_processed"} & set(found.table.columns)
