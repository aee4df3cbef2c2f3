"""Bytes of a token and bandwidths against figures that are known, and what stands above the ceiling."""

from __future__ import annotations

import json
from pathlib import Path

import program
import pytest
from recorded import shown

from chimera_report.agent.commands.bench import _ceiling
from chimera_report.tools.bench import ceiling, note, outputs
from chimera_report.tools.bench.ceiling import BLOCKS, cache_bytes, cpu_bandwidth, gpu_bandwidth, share, weight_bytes
from chimera_report.tools.bench.compute import compute_share, cpu_peak, gpu_peak, operations, peaks, prompt_weights
from chimera_report.tools.bench.measures import measures
from chimera_report.tools.ingest import ingest
from chimera_report.tools.stats import analyse

H100 = {"bus_bits": 5120, "memory_mhz": 2619}
GEMMA_4B = shown("gpu-show.json")["model_info"]


def tensor(name: str, kind: str, *shape: int) -> dict[str, object]:
    return {"name": name, "type": kind, "shape": list(shape)}


def test_an_h100_reads_3352_gigabytes_a_second() -> None:
    assert gpu_bandwidth(H100) == pytest.approx(3352.3e9, rel=1e-3)  # NVIDIA's data sheet: 3.35 TB/s
    assert gpu_bandwidth({"bus_bits": None, "memory_mhz": 2619}) is None


def test_what_a_token_reads_of_the_weights() -> None:
    tied = [tensor("token_embd.weight", "Q8_0", 640, 262144), tensor("blk.0.attn_k.weight", "Q4_0", 640, 256)]
    assert weight_bytes(tied, {}) == 640 * 262144 * 34 // 32 + 640 * 256 * 18 // 32
    apart = [*tied, tensor("output.weight", "Q4_0", 640, 262144)]  # then of the embeddings only one row is read
    assert weight_bytes(apart, {}) == 640 * 262144 * 18 // 32 + 640 * 256 * 18 // 32
    mixture = [tensor("blk.0.ffn_up_exps.weight", "F16", 64, 64, 8), tensor("blk.0.attn_q.weight", "F32", 64, 64)]
    info = {"general.architecture": "m", "m.expert_count": 8, "m.expert_used_count": 2}
    assert weight_bytes(mixture, info) == 64 * 64 * 2 * 2 + 64 * 64 * 4
    assert weight_bytes([tensor("a.weight", "Q9_9", 64)], {}) is None and weight_bytes([], {}) is None
    assert weight_bytes([tensor("v.blk.0.weight", "F32", 64), tensor("b", "F32", 64)], {}) == 256
    assert all(size > 0 and many > 0 for size, many in BLOCKS.values())


def test_what_a_token_reads_of_the_cache() -> None:
    whole = {"general.architecture": "llama", "llama.block_count": 16, "llama.attention.head_count_kv": 8,
             "llama.attention.head_count": 32, "llama.embedding_length": 2048}  # fmt: skip
    assert cache_bytes(whole, 1000) == 16 * 8 * (64 + 64) * 2 * 1000
    small, large = cache_bytes(GEMMA_4B, 500), cache_bytes(GEMMA_4B, 8000)
    assert small == 34 * 4 * 512 * 2 * 500
    assert large == pytest.approx(
        (34 * 5 / 6 * 1024 + 34 / 6 * 8000) * 4 * 512 * 2
    )  # five of six layers see 1024 tokens
    assert cache_bytes({}, 100) is None


def test_the_share_is_of_the_memory_that_the_model_is_in() -> None:
    memory = {"cpu": {"bytes_s": 10e9, "how": ""}, "gpu": {"bytes_s": 3352e9, "how": ""}}
    model = {"weight_bytes": 250_000_000, "size_bytes": 253_000_000, "header": {}}
    row = {"concurrency": 1, "server": {"prompt_eval_count": 10, "eval_count": 10}, "size_vram": 0}
    assert share(row, 20.0, model, memory) == pytest.approx(0.5)
    assert share(row | {"size_vram": 260_000_000}, 6704.0, model, memory) == pytest.approx(0.5)
    assert share(row | {"size_vram": 100_000_000}, 20.0, model, memory) is None  # partly here, partly there
    assert share(row | {"concurrency": 4}, 20.0, model, memory) is None  # they share the reading
    assert share(row, None, model, memory) is None and share(row, 20.0, model, {}) is None


def test_of_several_gpus_the_fastest_is_the_ceiling(monkeypatch: pytest.MonkeyPatch) -> None:
    """The layers of a token are read one after the other, wherever they are: none faster than the fastest reads."""
    monkeypatch.setattr(ceiling, "copied", lambda: None)
    slow = {"bus_bits": 128, "memory_mhz": 7000, "cores": 2560, "sm_mhz": 1590, "capability": (7, 5)}
    fast = {**H100, "cores": 16896, "sm_mhz": 1830, "capability": (9, 0)}
    for gpus in ([slow, fast], [fast, slow]):
        assert ceiling.bandwidths(gpus, here=True, limit_s=0.01)["gpu"]["bytes_s"] == pytest.approx(3352.3e9, rel=1e-3)
        assert peaks(gpus, here=True, limit_s=0.01)["gpu"]["ops_s"] == pytest.approx(1979e12, rel=1e-3)
    assert "gpu" not in ceiling.bandwidths([fast, {"bus_bits": None}], here=True, limit_s=0.01)  # one is not known
    assert ceiling.bandwidths([fast], here=False) == {}


def test_this_machines_memory_gives_something() -> None:
    assert 1e8 < cpu_bandwidth(size=1 << 24, repeats=3) < 1e13


def test_a_rate_above_the_ceiling_is_set_aside_and_named(tmp_path: Path) -> None:
    lines = [f"m:1b,{50 + i % 3},{70 + i}" for i in range(6)]
    (tmp_path / "runs.csv").write_text(
        "model,decode_rate,memory_share_pct\n" + "\n".join([*lines, "m:1b,250,340"]) + "\n"
    )
    table = ingest(tmp_path).table
    odd = table[(table["metric"] == "memory_share") & (table["status"] != "ok")]
    assert list(odd["value"]) == [340] and "faster than the memory can be read" in odd["message"].iloc[0]


def test_the_peaks_of_gpus_are_those_of_their_data_sheets() -> None:
    h100 = {"cores": 16896, "sm_mhz": 1830, "capability": [9, 0]}
    assert gpu_peak(h100) == pytest.approx(1979e12, rel=1e-3)  # SXM, dense INT8
    assert gpu_peak({"cores": 2560, "sm_mhz": 1590, "capability": (7, 5)}) == pytest.approx(130e12, rel=1e-2)  # T4
    assert gpu_peak({"cores": 10496, "sm_mhz": 1695, "capability": (8, 6)}) == pytest.approx(284e12, rel=1e-2)  # 3090
    assert gpu_peak({"cores": 21760, "sm_mhz": 2407, "capability": [12, 0]}) is None  # four bits: not known which
    assert gpu_peak({"cores": None, "sm_mhz": 1, "capability": None}) is None


def test_what_a_token_of_a_prompt_is_multiplied_with() -> None:
    tensors = [
        tensor("token_embd.weight", "Q8_0", 640, 262144), tensor("output.weight", "Q8_0", 640, 262144),
        tensor("output_norm.weight", "F32", 640), tensor("blk.0.attn_norm.weight", "F32", 640),
        tensor("blk.0.attn_q.weight", "Q4_0", 640, 1024), tensor("v.blk.0.weight", "F32", 64, 64),
    ]  # fmt: skip
    assert prompt_weights(tensors, {}) == 640 * 1024
    experts = [tensor("blk.0.ffn_up_exps.weight", "MXFP4", 64, 64, 8)]
    info = {"general.architecture": "m", "m.expert_count": 8, "m.expert_used_count": 2}
    assert prompt_weights(experts, info) == 64 * 64 * 2 and prompt_weights([], {}) is None
    header = {
        "general.architecture": "l",
        "l.block_count": 16,
        "l.attention.head_count": 32,
        "l.embedding_length": 2048,
    }
    assert operations({"prompt_weights": 10, "header": {}}, 100) == 20
    assert operations({"prompt_weights": 10, "header": header}, 100) == 20 + 4 * 16 * 32 * 64 * 50
    assert operations({}, 100) is None


def test_the_share_of_the_processor() -> None:
    compute = {"cpu": {"ops_s": 1e12, "how": ""}}
    model = {"prompt_weights": 500_000_000, "size_bytes": 253_000_000, "header": {}}
    row = {"concurrency": 1, "server": {"prompt_eval_count": 10}, "size_vram": 0}
    assert compute_share(row, 200.0, model, compute) == pytest.approx(0.2)
    assert compute_share(row | {"size_vram": 260_000_000}, 200.0, model, compute) is None
    assert compute_share(row, None, model, compute) is None and compute_share(row, 1.0, {}, compute) is None


def test_this_machines_processor_computes_something() -> None:
    plain = cpu_peak(frozenset({"avx2"}), side=128, repeats=3)
    assert plain is not None and 0 < plain < 1e15
    assert cpu_peak(frozenset()) is None


@pytest.mark.parametrize(
    ("name", "says"), [("memory_share_pct", "the memory can be read"), ("compute_share_pct", "compute")]
)
def test_what_stands_above_a_ceiling_is_an_alert_of_the_report(tmp_path: Path, name: str, says: str) -> None:
    lines = [f"m:1b,{50 + i % 3},{70 + i}" for i in range(6)]
    (tmp_path / "runs.csv").write_text(f"model,decode_rate,{name}\n" + "\n".join([*lines, "m:1b,250,340"]) + "\n")
    dataset = ingest(tmp_path)
    (alert,) = (a for a in analyse(dataset).alerts if a.kind == "implausible")
    assert says in str(alert.values["rule"]) and (alert.values["values"], alert.severity) == (1, "warning")


# Folders of bench: what they hold → what their report says of the ceiling.
ONE = [("m:1b", 1, 72.0, 1.0)]
TWO = [("m:1b", 1, 72.0, 1.0), ("n:1b", 1, 40.0, 1.0)]
THREADS = [("m:1b", 1, 30.0, 1.0), ("m:1b", 2, 60.0, 1.0)]


@pytest.mark.parametrize(
    ("groups", "says"),
    [
        (ONE, "reaches 72 % of what the memory allows"),
        (TWO, "Of what the memory allows, decoding reaches 72 % with m:1b and 40 % with n:1b"),
        (THREADS, "reaches 30 % to 60 % of what the memory allows"),
        ([("m:1b", 1, 72.0, 55.0)], "reaches at most 72 % of what the memory allows"),  # measured beside others
        ([("m:1b", 1, 72.0, 1.0), ("n:1b", 1, 40.0, 55.0)], "decoding reaches at most 72 % with m:1b"),
    ],
)
def test_a_report_says_how_close_decoding_comes_to_the_ceiling(
    tmp_path: Path, groups: list[tuple[str, int, float, float]], says: str
) -> None:
    lines = ["model,num_thread,decode_rate,memory_share_pct,ttft_s,other_cpu_util,randomised"]
    for i in range(8):
        for model, threads, share_pct, others in groups:
            lines.append(
                f"{model},{threads},{share_pct / 2 + 0.1 * (i % 3)},{share_pct + 0.1 * (i % 3)},0.2{i},{others},true"
            )
    (tmp_path / "in").mkdir()
    (tmp_path / "in" / "runs.csv").write_text("\n".join(lines) + "\n")
    done = program.run("in", "--no-llm", "--quiet", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    text = (tmp_path / done.stdout.strip()).read_text()
    assert says in text, text[:3000]
    assert text.count("what the memory allows") == 1


@pytest.mark.parametrize(("others", "says"), [(3.0, "decodes at 50 % of"), (80.0, "decodes at most 50 % of")])
def test_a_share_is_an_upper_bound_where_others_were_at_work(tmp_path: Path, others: float, says: str) -> None:
    """What they take of the memory meanwhile makes the ceiling too low; the note and the last lines say so."""
    row = {"phase": "measure", "status": "ok", "model": "m", "options": {"num_ctx": 512}, "done_ns": 2_000_000_000,
           "stamps_ns": [10**9 + 50_000_000 * i for i in range(11)], "loaded": True,
           "server": {"prompt_eval_count": 10, "eval_count": 11, "eval_duration": 500_000_000}}  # fmt: skip
    proof = {"models": [{"name": "m", "weight_bytes": 250_000_000}], "memory": {"cpu": {"bytes_s": 10e9, "how": "x"}},
             "idle": {"cpu_util": others}}  # fmt: skip
    told = outputs.ceiling([(row, measures(row))], proof)
    assert told[0]["median_share"] == pytest.approx(0.5, rel=0.01) and told[0]["at_most"] == (others > 20)
    (tmp_path / "summary.json").write_text(json.dumps({"ceiling": told}))
    (line,) = _ceiling(tmp_path)
    assert says in line
    assert ("upper bounds" in " ".join(note._ceiling(proof, {"ceiling": told}))) == (others > 20)
