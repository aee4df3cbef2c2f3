"""Kinds that strangers' folders showed: what an engineer reads from a header, a cell or a name, the program reads too."""

# ruff: noqa: E501 — a log's lines and a table's rows are not wrapped

from __future__ import annotations

import json
from pathlib import Path

import program
import pytest

from chimera_report.tools.ingest import ingest
from chimera_report.tools.ingest.names import is_model, model_and_mode
from chimera_report.tools.metrics import resolve
from chimera_report.tools.schema import FACTOR, Dataset, Role, is_quantisation


def folder(tmp_path: Path, files: dict[str, str]) -> Dataset:
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return ingest(tmp_path)


def levels(dataset: Dataset, factor: str) -> set[str]:
    column = dataset.table.get(FACTOR + factor)
    return set() if column is None else set(column.dropna())


# --- formats of weights ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("header", ["technique", "precision", "method", "scheme", "weights", "format"])
@pytest.mark.parametrize("cells", [("fp16", "gptq", "awq"), ("fp32", "int8", "int4"), ("bf16", "gguf_q4_k_m", "Q8_0")])
def test_a_column_of_formats_of_weights_is_the_quantisation(
    tmp_path: Path, header: str, cells: tuple[str, ...]
) -> None:
    rows = "\n".join(f"{cell},{batch},{30 + i}" for i, cell in enumerate(cells) for batch in (1, 8))
    found = folder(tmp_path, {"r.csv": f"{header},batch_size,tokens_per_second\n{rows}\n"})
    assert levels(found, "quantisation") == set(cells)
    assert found.role_of("quantisation") is Role.SETTING


def test_a_tag_that_names_a_run_is_no_quantisation_where_a_column_states_the_precision(tmp_path: Path) -> None:
    text = "model,tag,precision,batch,mean_ms\n" + "".join(
        f"resnet,CIFAR_resnet_20251015_16{i:02},{p},{b},{i + 1.5}\n"
        for i, (p, b) in enumerate([("fp32", 1), ("int8", 1), ("fp32", 2), ("int8", 2)])
    )
    assert levels(folder(tmp_path, {"r.csv": text}), "quantisation") == {"fp32", "int8"}


@pytest.mark.parametrize(
    "text", ["awq", "gguf_q4_k_m", "Q4_K_M", "bfloat16", "int8", "w4a16", "4-bit", "gptq-int4", "nf4"]
)
def test_formats_of_weights_are_known(text: str) -> None:
    assert is_quantisation([text])


@pytest.mark.parametrize("text", ["short", "vllm", "batch", "chat", "fast", "base"])
def test_other_words_are_no_format_of_weights(text: str) -> None:
    assert not is_quantisation([text])


# --- repeats in columns ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("sign", ["_", " ", "", "-"])
def test_numbered_columns_of_one_metric_are_its_repeats(tmp_path: Path, sign: str) -> None:
    rows = "".join(f"m{i},{30 + i},{31 + i},{32 + i}\n" for i in range(4))
    head = ",".join(f"decode_tps{sign}{i}" for i in (1, 2, 3))
    found = folder(tmp_path, {"r.csv": f"model,{head}\n{rows}"})
    rates = found.table[found.table["metric"] == "decode_rate"]
    assert len(rates) == 12 and not levels(found, "part")
    assert set(rates["value"][rates["subject"] == "m0"]) == {30.0, 31.0, 32.0}


def test_numbers_that_count_no_repeats_stay_what_they_are(tmp_path: Path) -> None:
    found = folder(tmp_path, {"r.csv": "model,ttft_5,ttft_95\na,1,2\nb,2,3\nc,3,4\n"})
    assert "ttft" not in set(found.table["metric"])


# --- pairs in cells ----------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("mark", [" ", ", ", "; "])
def test_pairs_in_a_cell_are_settings_each(tmp_path: Path, mark: str) -> None:
    configs = [("99", "128", "4"), ("99", "256", "4"), ("99", "512", "2"), ("15", "256", "4"), ("10", "256", "6")]
    text = {
        f"moe{mark}ngl={g}{mark}ubatch={u}{mark}thr={t}": {"decode_tps": 20 + i, "prompt_eval_tps": 90 + i}
        for i, (g, u, t) in enumerate(configs)
    }
    found = folder(tmp_path, {"bench_cfg_results.json": json.dumps(text)})
    assert levels(found, "num_gpu") == {"99", "15", "10"}
    assert levels(found, "n_ubatch") == {"128", "256", "512"}
    assert levels(found, "num_thread") == {"2", "4", "6"}


def test_a_name_of_one_pair_stays_a_name(tmp_path: Path) -> None:
    found = folder(tmp_path, {"r.csv": "config,tokens_per_second\nnp=1,10\nnp=2,12\nnp=4,15\n"})
    assert levels(found, "config") == {"np=1", "np=2", "np=4"}


# --- models ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "text", ["Foo3.6-27B-Coder-MTP-Q5_K_S.gguf", "some.Q4_K_M.gguf", "acme/Thing-8B-A1B", "gemma3:270m"]
)
def test_names_that_tell_their_parameters_are_models(text: str) -> None:
    assert is_model(text)


@pytest.mark.parametrize("text", ["no-cpu-moe", "run-7", "a100-80gb", "batch_size", "results.json"])
def test_names_of_other_things_are_no_models(text: str) -> None:
    assert not is_model(text)


def test_keys_that_are_models_with_a_mode_are_systems_and_a_setting(tmp_path: Path) -> None:
    assert model_and_mode("Foo-27B.gguf [MTP-n3]") == ("Foo-27B.gguf", "MTP-n3")
    data = {
        f"Foo-{size}B.gguf [{mode}]": {"decode_tps_avg": size / 2 + i, "prompt_tokens": 400}
        for size in (7, 27)
        for i, mode in enumerate(("plain", "draft"))
    }
    data["Foo-70B.gguf [draft]"] = {"error": "server failed"}  # type: ignore[dict-item]
    found = folder(tmp_path, {"bench_results.json": json.dumps(data)})
    assert set(found.table["subject"]) == {"Foo-7B", "Foo-27B", "Foo-70B"}
    assert levels(found, "mode") == {"plain", "draft"} and found.role_of("mode") is Role.SETTING
    assert list(found.table["message"][found.table["status"] == "error"]) == ["server failed"]


@pytest.mark.parametrize("key", ["name", "label", "title", "entry", "id"])
def test_a_column_of_names_that_are_models_is_the_model(tmp_path: Path, key: str) -> None:
    data = [{key: f"Acme-{n}B Q4_K_M", "category": "dense", "decode_tps": 10 * n} for n in (3, 8, 14, 27)]
    found = folder(tmp_path, {"final_results.json": json.dumps(data)})
    assert set(found.table["subject"]) == {f"Acme-{n}B Q4_K_M" for n in (3, 8, 14, 27)}


# --- scores by benchmark -----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("header", "metric"), [("human_eval", "pass_rate"), ("MMLU", "accuracy"), ("GSM8K (%)", "accuracy"), ("livecodebench", "pass_rate"), ("tau2", "pass_rate")])  # fmt: skip
def test_a_column_called_as_a_benchmark_is_the_score_on_it(header: str, metric: str) -> None:
    found = resolve(header)
    assert found is not None and found.metric == metric and found.definition.startswith("on ")


def test_scores_on_two_benchmarks_are_kept_apart(tmp_path: Path) -> None:
    found = folder(tmp_path, {"r.csv": "model,mmlu,gsm8k\na,0.61,0.30\nb,0.71,0.55\n"})
    assert set(found.table["definition"]) == {"on mmlu", "on gsm8k"}


@pytest.mark.parametrize("word", ["mean", "p50", "p90", "stdev", "max"])
def test_a_statistic_in_brackets_is_read(word: str) -> None:
    found = resolve(f"Gen tok/s ({word})")
    assert found is not None and found.stat == {"stdev": "sd"}.get(word, word)


# --- names of files and folders ----------------------------------------------------------------------------------------


def test_a_word_that_some_names_leave_out_sets_their_files_apart(tmp_path: Path) -> None:
    files = {f"bench_llama{end}_c{c}.csv": f"ttft_ms,concurrency\n{10 + i},{c}\n{11 + i},{c}\n{12 + i},{c}\n" for i, end in enumerate(("", "_awq")) for c in (1, 8)}  # fmt: skip
    found = folder(tmp_path, files)
    assert levels(found, "quantisation") == {"awq", "not named"}
    assert len(set(found.table["suite"])) == 1


def test_what_the_records_state_is_not_read_once_more_from_the_name(tmp_path: Path) -> None:
    files = {
        f"{config}_{work}_{c}.json": json.dumps(
            {"cell": {"config": config, "workload": work, "concurrency": c}, "output_tps": 100 + c, "ttft_p50_s": 0.1}
        )
        for config in ("awq", "bf16", "managed")
        for work in ("chat", "summary")
        for c in (1, 50)
    }
    found = folder(tmp_path, files)
    assert levels(found, "config") == {"awq", "bf16", "managed"}
    assert not levels(found, "quantisation")
    assert len(set(found.table["suite"])) == 1


def test_folders_are_split_into_what_differs(tmp_path: Path) -> None:
    files = {
        f"lm_eval_{form}{more}/results_1.csv": f"model,accuracy\nm,{0.5 + i / 100 + j / 1000}\nn,{0.6 + i / 100}\n"
        for i, form in enumerate(("awq", "fp16", "gguf_q4_k_m"))
        for j, more in enumerate(("", "_full"))
    }
    found = folder(tmp_path, files)
    assert levels(found, "quantisation") == {"awq", "fp16", "gguf_q4_k_m"}
    assert levels(found, "variant") == {"full", "not named"}


def test_documents_of_machines_are_told_apart_by_their_folders(tmp_path: Path) -> None:
    table = "| Model | Gen tok/s (mean) | Gen tok/s (stdev) |\n|---|---|---|\n| gemma3:1b | {} | 0.5 |\n| llama3:8b | {} | 0.2 |\n"
    found = folder(
        tmp_path, {f"{m}/bench.md": table.format(90 * i, 20 * i) for i, m in enumerate(("laptop", "server"), 1)}
    )
    assert levels(found, "variant") == {"laptop", "server"}
    assert {"mean", "sd"} == set(found.table["stat"])


# --- shapes ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "pair", [("cached", "uncached"), ("spec", "target_alone"), ("fp32", "int8"), ("eager", "graph")]
)
def test_keys_of_two_ways_are_two_records(tmp_path: Path, pair: tuple[str, str]) -> None:
    data = {"per_batch": {str(b): {"batch_size": b, f"{pair[0]}_tok_s": 100 * b, f"{pair[1]}_tok_s": 90, "speedup": b} for b in (1, 2, 4)}}  # fmt: skip
    found = folder(tmp_path, {"exp.json": json.dumps(data)})
    rates = found.table[found.table["metric"] == "decode_rate"]
    name = FACTOR + ("quantisation" if "int8" in pair else "variant")
    assert set(rates[name]) == set(pair) and len(rates) == 6
    ratios = found.table[found.table["metric"] == "speedup"]
    assert len(ratios) == 3 and ratios[name].isna().all()


@pytest.mark.parametrize(("header", "value"), [("img_s", 505.0), ("images/s", 505.0), ("Images per second", 505.0)])
def test_images_per_second_are_a_rate(tmp_path: Path, header: str, value: float) -> None:
    found = folder(tmp_path, {"r.csv": f"model,{header}\nresnet,{value}\nvgg,{value * 2}\n"})
    assert set(found.table["metric"]) == {"image_rate"}


def test_what_describes_the_machine_measures_nothing(tmp_path: Path) -> None:
    data = {"gpu_info": {"temperature_c": 35.0, "max_sm_clock_mhz": 2040}, "runs": [{"ttft_ms": 5}, {"ttft_ms": 6}]}
    assert set(folder(tmp_path, {"r.json": json.dumps(data)}).table["metric"]) == {"ttft"}


# --- what contradicts itself -------------------------------------------------------------------------------------------


def test_two_measurements_equal_to_the_last_digit_are_set_aside(tmp_path: Path) -> None:
    rows = "".join(f"m{i},{4.5 + i},{4.5 + i},{60 + i}\n" for i in range(4))
    found = folder(tmp_path, {"r.csv": "model,prompt_eval_rate_tps,eval_rate_tps,total_duration_s\n" + rows})
    rates = found.table[found.table["metric"].isin(["decode_rate", "prefill_rate"])]
    assert set(rates["status"]) == {"set aside"} and rates["message"].str.startswith("the same as").all()
    assert set(found.table["status"][found.table["metric"] == "e2e_latency"]) == {"ok"}


# --- documents ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("said", ["- Model: `Qwen3.5-397B-A17B-UD-Q4_K_XL`", "- **Model:** Qwen3-Coder-Next UD Q6_K_XL (63.87 GiB)", "Model: acme-8b"])  # fmt: skip
def test_the_one_model_of_a_document_is_that_of_its_tables(tmp_path: Path, said: str) -> None:
    text = f"# Context\n\n## Setup\n\n{said}\n\n## Results\n\n| ctx_size | Latency |\n|---|---|\n| 150000 | 417.9s |\n| 200000 | 636.2s |\n"
    found = folder(tmp_path, {"note.md": text})
    assert len(set(found.table["subject"])) == 1 and next(iter(found.table["subject"])) in said


def test_a_section_called_model_names_the_weights(tmp_path: Path) -> None:
    text = "# Notes\n\n## Model\n- `Acme-M2.5-REAP-8B-00001-of-00007.gguf`\n\n## Results\n\n### Local\n- `tg128`: **26.40 ± 0.01 t/s**\n"
    assert set(folder(tmp_path, {"n.md": text}).table["subject"]) == {"Acme-M2.5-REAP-8B"}


def test_rows_of_one_name_are_told_apart_by_the_next_column(tmp_path: Path) -> None:
    text = "| Backend | Version | tg128 (t/s) |\n|---|---|---|\n| Container | ROCm 7.2 | 32.69 ± 0.1 |\n| Container | AMDVLK | 38.65 ± 0.04 |\n| Host | RADV | 36.80 ± 0.03 |\n"
    assert levels(folder(tmp_path, {"n.md": text}), "backend") == {
        "Container, ROCm 7.2",
        "Container, AMDVLK",
        "Host, RADV",
    }


# --- a server's log ----------------------------------------------------------------------------------------------------

_LOG = """# vllm serve models/Qwen3-0.6B --dtype float16 --enforce-eager --max-model-len 512 --port 8000
INFO 08-19 14:19:45 [api_utils.py:273] non-default args: {'model_tag': 'models/Qwen3-0.6B', 'model': 'models/Qwen3-0.6B', 'dtype': 'float16', 'max_model_len': 512, 'enforce_eager': True, 'max_num_seqs': 32}
INFO 08-19 14:19:52 [loggers.py:310] Engine 000: Avg prompt throughput: 22.0 tokens/s, Avg generation throughput: 18.4 tokens/s, Running: 3 reqs, Waiting: 0 reqs, GPU KV cache usage: 2.2%, Prefix cache hit rate: 0.0%
INFO 08-19 14:20:02 [loggers.py:310] Engine 000: Avg prompt throughput: 204.8 tokens/s, Avg generation throughput: 52.3 tokens/s, Running: 32 reqs, Waiting: 0 reqs, GPU KV cache usage: 14.4%, Prefix cache hit rate: 0.0%
INFO 08-19 14:20:12 [loggers.py:310] Engine 000: Avg prompt throughput: 0.0 tokens/s, Avg generation throughput: 0.0 tokens/s, Running: 0 reqs, Waiting: 0 reqs, GPU KV cache usage: 0.0%, Prefix cache hit rate: 0.0%
"""


def test_a_vllm_servers_log_holds_throughput_without_idle_time(tmp_path: Path) -> None:
    found = folder(tmp_path, {"vllm.log": _LOG})
    rates = found.table[found.table["metric"] == "output_throughput"]
    assert list(rates["value"]) == [18.4, 52.3] and set(rates["subject"]) == {"Qwen3-0.6B"}
    assert levels(found, "dtype") == {"float16"} and levels(found, "max_num_seqs") == {"32"}


# --- names of models ---------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("/home/me/models/llama-2-7b.Q4_0.gguf", "llama-2-7b.Q4_0"),
        (r"C:\llm\phi-3-mini.gguf", "phi-3-mini"),
        (
            "/x/ollama/models/blobs/sha256-1cd1209c98d8aecd21bb8801acbe72eb5fe672aff44297fe63ef7417fdd370e4",
            "sha256-1cd1209c98d8",
        ),
        ("models/Qwen3-0.6B", "Qwen3-0.6B"),
        ("Qwen/Qwen3-0.6B", "Qwen/Qwen3-0.6B"),
        ("gemma3:270m", "gemma3:270m"),
    ],
)
def test_a_place_on_a_disk_is_no_models_name(tmp_path: Path, name: str, shown: str) -> None:
    found = folder(tmp_path, {"r.json": json.dumps([{"model": name, "ttft_ms": 5}, {"model": name, "ttft_ms": 6}])})
    assert set(found.table["subject"]) == {shown}


@pytest.mark.parametrize("other", ["Qwen3 0.6B", "Qwen/Qwen3-0.6B", "/data/models/qwen3-0.6b-f16.gguf", "qwen3_0.6B", "models/Qwen3-0.6B"])  # fmt: skip
def test_two_files_spellings_of_one_model_are_one_system(tmp_path: Path, other: str) -> None:
    files = {
        f"{e}.csv": f"model,tokens_per_second\n{m},{n}\n{m},{n + 1}\n"
        for e, m, n in (("a", "Qwen3-0.6B", 60), ("b", other, 40))
    }
    assert len(set(folder(tmp_path, files).table["subject"])) == 1


@pytest.mark.parametrize(
    "pair",
    [
        ("Qwen3-0.6B-q4_0", "Qwen3-0.6B-q8_0"),
        ("llama3:8b", "llama3:70b"),
        ("phi-3", "phi-3.5"),
        ("acme-32b", "acme-32b-FP8"),
    ],
)
def test_different_models_stay_different(tmp_path: Path, pair: tuple[str, str]) -> None:
    files = {f"{i}.csv": f"model,tokens_per_second\n{m},{50 + i}\n{m},{51 + i}\n" for i, m in enumerate(pair)}
    assert len(set(folder(tmp_path, files).table["subject"])) == 2


def test_spellings_that_one_file_tells_apart_stay_apart(tmp_path: Path) -> None:
    text = "model,tokens_per_second\nQwen3-0.6B,60\nQwen3-0.6B-awq,80\n"
    assert len(set(folder(tmp_path, {"r.csv": text}).table["subject"])) == 2


# --- what contradicts itself within a record ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("head", "row", "bad"),
    [
        ("ttft_p50_ms,ttft_p99_ms", "120,80", {"p50", "p99"}),
        ("min_ttft_ms,mean_ttft_ms,max_ttft_ms", "90,80,100", {"min", "mean"}),
        ("mean_ttft_ms,max_ttft_ms", "120,100", {"mean", "max"}),
        ("ttft_p90_ms,ttft_p95_ms,ttft_p99_ms", "10,30,20", {"p95", "p99"}),
        ("min_ttft_ms,max_ttft_ms", "5,2", {"min", "max"}),
    ],
)
def test_statistics_in_the_wrong_order_are_set_aside(tmp_path: Path, head: str, row: str, bad: set[str]) -> None:
    good = ",".join(str(10 * (i + 1)) for i in range(head.count(",") + 1))
    table = folder(tmp_path, {"r.csv": f"model,{head}\na,{row}\nb,{good}\nc,{good}\n"}).table
    aside = table[table["status"] == "set aside"]
    assert set(aside["stat"]) == bad and set(aside["subject"]) == {"a"}
    assert aside["message"].str.contains("of the same record").all()


def test_rounded_statistics_in_order_stay(tmp_path: Path) -> None:
    table = folder(tmp_path, {"r.csv": "model,ttft_p50_ms,ttft_p99_ms\na,100.2,100\nb,100,100\n"}).table
    assert set(table["status"]) == {"ok"}


@pytest.mark.parametrize(("rate", "aside"), [("1.1", True), ("60", False), ("75", False), ("20", True)])
def test_a_rate_below_tokens_over_the_whole_time_is_set_aside(tmp_path: Path, rate: str, aside: bool) -> None:
    text = "model,output_tokens,e2e_latency_s,decode_tps\n" + "".join(
        f"m,{100 + i},{(100 + i) / 58},{rate if i == 3 else 61 + i}\n" for i in range(8)
    )
    table = folder(tmp_path, {"r.csv": text}).table
    rates = table[table["metric"] == "decode_rate"]
    assert (rates["status"] == "set aside").sum() == int(aside)


# --- tables under headings of their own --------------------------------------------------------------------------------

_TABLE = """
{heading}
ggml_vulkan: 0 = AMD Radeon RX 7900 XTX (RADV NAVI31) (radv) | uma: 0 | fp16: 1 | matrix cores: {cores}
| model         |     size | params | backend | ngl | fa |  test |             t/s |
| ------------- | -------: | -----: | ------- | --: | -: | ----: | --------------: |
| llama 7B Q4_0 | 3.56 GiB | 6.74 B | Vulkan  | 100 |  1 | pp512 | {pp} ± 2.27 |
| llama 7B Q4_0 | 3.56 GiB | 6.74 B | Vulkan  | 100 |  1 | tg128 | {tg} ± 0.27 |

build: 34ce48d97 (7356)
"""


@pytest.mark.parametrize("form", ["### {} ###", "## {}", "=== {} ===", "**{}**", "### {} (pciBus 6, display) ###"])
def test_tables_under_headings_are_configurations(tmp_path: Path, form: str) -> None:
    text = "".join(
        _TABLE.format(heading=form.format(name), cores="none", pp=490 + i, tg=90.5 + i)
        for i, name in enumerate(("GPU 0 ONLY", "GPU 1 ONLY", "DUAL GPU"))
    )
    found = folder(tmp_path, {"bench.txt": text})
    assert levels(found, "configuration") == {"GPU 0 ONLY", "GPU 1 ONLY", "DUAL GPU"}
    assert found.role_of("configuration") is Role.SETTING


def test_one_heading_over_all_tables_is_no_configuration(tmp_path: Path) -> None:
    text = _TABLE.format(heading="## Results", cores="none", pp=490, tg=90.5)
    text += _TABLE.format(heading="## Results", cores="KHR_coopmat", pp=3200, tg=150.5)
    found = folder(tmp_path, {"bench.txt": text})
    assert not levels(found, "configuration") and levels(found, "matrix_cores") == {"none", "KHR_coopmat"}


@pytest.mark.parametrize(
    ("header", "metric"),
    [
        ("pp4096_tps", "prefill_rate"),
        ("tg128_tps", "decode_rate"),
        ("tg128_stddev_tps", "decode_rate"),
        ("prompt_ms", "prompt_eval_time"),
        ("predicted_ms", "eval_time"),
        ("predicted_tps", "decode_rate"),
        ("predicted_per_second", "decode_rate"),
        ("predicted_n", "output_tokens"),
        ("prefill_ms", "prompt_eval_time"),
    ],
)
def test_reading_and_writing_are_two_metrics_in_columns_side_by_side(header: str, metric: str) -> None:
    found = resolve(header)
    assert found is not None and found.metric == metric


def test_a_small_deviation_that_is_written_as_nothing_is_no_placeholder(tmp_path: Path) -> None:
    lines = ["model,tg128_tps,tg128_stddev_tps"]
    lines += [
        f"m{i}:7b,{value},{sd}" for i, (value, sd) in enumerate(((44.0, 0.0), (43.2, 0.1), (291.0, 0.5), (30.5, 0.1)))
    ]
    (tmp_path / "fit.csv").write_text("\n".join(lines) + "\n")
    table = ingest(tmp_path).table
    values = table[table["stat"] != "sd"]
    assert set(values["status"]) == {"ok"} and len(values) == 4


def test_a_report_of_unknown_metrics_and_several_systems_passes_its_own_lint(tmp_path: Path) -> None:
    lines = ["model,length,run,codecarbon_energy_consumed,energy_usage_j,cpu_usage,memory_usage,run_time_s"]
    for m, base in (("a:2b", 5.0), ("b:7b", 9.0)):
        for length in (100, 500):
            for i in range(12):
                e = base * length / 100 * (1 + 0.03 * (i % 4))
                lines.append(f"{m},{length},{i},{e / 3.6e6:.3e},{e:.3f},{20 + i % 3},{60 + i % 5},{e / 2:.3f}")
    (tmp_path / "run_table.csv").write_text("\n".join(lines) + "\n")
    done = program.run(".", "--no-llm", "--out", "reports", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
