"""What a row is of: records within other programs' objects, names of folders, a method told file by file, warm-ups,
rows that sum up, means with their n, and the order of a table. Five inputs of each kind, none of them a real folder."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from chimera_report.tools.ingest import ingest
from chimera_report.tools.schema import FACTOR, Dataset, Role


def folder(tmp_path: Path, files: dict[str, Any]) -> Dataset:
    for name, content in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return ingest(tmp_path)


def lines(records: list[Any]) -> str:
    return "\n".join(json.dumps(r) for r in records)


def ok(found: Dataset, metric: str) -> pd.DataFrame:
    table = found.table
    return table[(table["metric"] == metric) & (table["status"] == "ok")]


# --- a known tool's record within another program's object -----------------------------------------------------------


def bench(model: str, gen: int, rate: float) -> dict[str, Any]:
    return {
        "build_commit": "a1b2", "model_filename": f"/m/{model}.gguf", "model_type": "llama 8B Q4_K - Medium",
        "backends": "CUDA", "gpu_info": "X1", "n_prompt": 0 if gen else 512, "n_gen": gen, "avg_ts": rate,
        "stddev_ts": 0.25, "samples_ts": [rate - 0.25, rate, rate + 0.25], "test_time": "2026-01-05T10:00:00Z",
    }  # fmt: skip


NAME = "llama-a-8b"


def served(rate: float) -> dict[str, Any]:
    return {"model_id": "acme/a-7b", "request_throughput": 2.5, "mean_ttft_ms": 120.5, "completed": 50,
            "output_throughput": rate, "total_token_throughput": 3 * rate, "max_concurrency": 4}  # fmt: skip


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("r.jsonl", lines([{"cfg": "a", "fan": "off", "raw": bench(NAME, 128, 51.25)},
                           {"cfg": "b", "fan": "on", "raw": bench(NAME, 128, 47.75)}])),
        ("r.json", [{"cfg": "a", "out": {"stdout": {"json": bench(NAME, 128, 51.25)}}},
                    {"cfg": "b", "out": {"stdout": {"json": bench(NAME, 128, 47.75)}}}]),
        ("r.json", {"host": "h1", "sweep": [{"cfg": "a", "tests": [bench(NAME, 128, 51.25)]},
                                            {"cfg": "b", "tests": [bench(NAME, 128, 47.75)]}]}),
        ("r.json", {"meta": {"who": "me"}, "results": [bench(NAME, 128, 51.25), bench(NAME, 128, 47.75)]}),
        ("r.json", {"a": {"bench": bench(NAME, 128, 51.25)}, "b": {"bench": bench(NAME, 128, 47.75)}}),
    ],
)  # fmt: skip
def test_a_wrapped_record_of_llama_bench_keeps_its_meaning(tmp_path: Path, name: str, content: Any) -> None:
    found = folder(tmp_path, {name: content})
    rates = ok(found, "decode_rate")
    assert set(rates["subject"]) == {"llama 8B Q4_K - Medium"}
    assert sorted(rates[rates["stat"] == "mean"]["value"]) == [47.75, 51.25]
    assert set(rates[rates["stat"] == "mean"]["n"]) == {3}
    assert "stddev_ts" not in set(rates[rates["stat"] == "sample"]["column"])


def test_what_the_wrapper_says_goes_to_the_record_and_its_own_measurements_stay(tmp_path: Path) -> None:
    wrapped = [
        {"start_time": 1767600000000 + i, "end_time": 1767600009000 + i, "opt": "" if i % 2 else "1",
         "tokens_per_sec": 50.25 + i, "avg_power_w": 80.5 + i, "raw": bench(NAME, 128, 50.25 + i)}
        for i in range(8)
    ]  # fmt: skip
    found = folder(tmp_path, {"r.jsonl": lines(wrapped)})
    rates = ok(found, "decode_rate")
    assert set(rates["column"]) == {"avg_ts", "stddev_ts", "samples_ts"}  # what the wrapper repeats is not read twice
    assert set(rates[FACTOR + "opt"]) == {"on", "off"} and found.role_of("opt") is Role.SETTING
    assert sorted(ok(found, "power")["value"]) == [80.5 + i for i in range(8)]
    assert set(ok(found, "power")["subject"]) == {"llama 8B Q4_K - Medium"}
    assert not {"run_time", "e2e_latency"} & set(found.table["metric"])
    assert set(found.table["status"]) == {"ok"}


def test_a_wrapper_without_a_result_is_a_failure_under_its_own_settings(tmp_path: Path) -> None:
    wrapped: list[dict[str, Any]] = []
    for i in range(12):
        gen = (64, 128, 256)[i % 3]
        raw = None if i in (3, 7) else bench(NAME, gen, 50.5 + i)
        wrapped.append({"size": gen, "avg_power_w": 70.5 + i, "tokens_per_sec": raw and raw["avg_ts"], "raw": raw})
    found = folder(tmp_path, {"r.jsonl": lines(wrapped)})
    failed = found.table[found.table["metric"] == "request"]
    assert set(failed["record"]) == {4, 8} and set(failed["message"]) == {"the tool gave no result"}
    assert set(failed["subject"]) == {"llama 8B Q4_K - Medium"}
    assert sorted(failed[FACTOR + "n_gen"]) == ["128", "64"]  # by the wrapper's `size`, which determines it
    assert len(ok(found, "power")) == 10  # what a failed run drew is no result


@pytest.mark.parametrize("outer", ["rtx4090", "acme-box", "run with cache", "b", "prod"])
def test_outer_keys_tell_records_apart(tmp_path: Path, outer: str) -> None:
    found = folder(tmp_path, {"serve.json": {outer: served(210.5), "other": served(99.5)}})
    rates = ok(found, "output_throughput")
    named = [c for c in found.factors if found.table[FACTOR + c].nunique() == 2]
    assert len(rates) == 2 and len(named) == 1
    assert set(rates[FACTOR + named[0]]) == {outer, "other"}


def test_one_word_for_two_files_of_weights_gives_way_to_their_names(tmp_path: Path) -> None:
    found = folder(
        tmp_path,
        {
            "one/r.json": [bench("llama-a-8b-Q4_K_M", 128, 50.25)],
            "two/r.json": [bench("llama-b-8b-Q4_K_M", 128, 40.25)],
            "three/r.json": [{**bench("gamma-8b", 128, 33.25), "model_type": "gpt-oss ?B F16"}],
        },
    )
    assert set(ok(found, "decode_rate")["subject"]) == {"llama-a-8b-Q4_K_M", "llama-b-8b-Q4_K_M", "gamma-8b"}
    assert "model_file" not in found.factors


# --- names of folders -------------------------------------------------------------------------------------------------

SERVED = "model,ttft_ms,tokens_per_second\n{model},{a},{b}\n{model},{c},{d}\n"


def table(model: str, i: int) -> str:
    return SERVED.format(model=model, a=100.5 + i, b=50.25 - i, c=101.5 + i, d=50.5 - i)


@pytest.mark.parametrize(
    ("names", "factor", "levels"),
    [
        (["nvidia_h100/out.csv", "acme_z9/out.csv"], "device", {"nvidia_h100", "acme_z9"}),
        (["lab_a100_80g/x/out.csv", "lab_z5/x/out.csv"], "device", {"lab_a100_80g", "lab_z5"}),
        (["20260101-fast-attn-on/o.csv", "20260102-fast-attn-off/o.csv"], "attn", {"on", "off"}),
        (["01/o.csv", "02/o.csv", "02_new/o.csv"], "variant", {"01, 02", "new"}),
        (["a-vllm-x/o.csv", "b-sglang-x/o.csv"], "backend", {"vllm", "sglang"}),
    ],
)
def test_what_folders_name(tmp_path: Path, names: list[str], factor: str, levels: set[str]) -> None:
    found = folder(tmp_path, {n: table("acme", i) for i, n in enumerate(names)})
    assert set(found.table[FACTOR + factor].dropna()) == levels
    assert len(set(found.table["suite"])) == 1


@pytest.mark.parametrize("model", ["qwen3.6-27b", "llama3.1-8b", "gemma-3-4b", "phi-4-14b", "mistral-7b"])
def test_a_model_in_a_folder_s_name_is_the_system(tmp_path: Path, model: str) -> None:
    cases = [("q4_k_m", "on"), ("q4_k_m", "off"), ("q8_0", "on"), ("q8_0", "off")]
    files = {
        f"2026010{i}-{model}-{q}-x3-mirror-{m}/r.csv": f"ttft_ms,tokens_per_second\n100.{i},20.25\n99.{i},20.5\n"
        for i, (q, m) in enumerate(cases)
    }
    found = folder(tmp_path, files)
    assert set(found.table["subject"]) == {f"{model}-q4_k_m", f"{model}-q8_0"}
    assert set(found.table[FACTOR + "mirror"]) == {"on", "off"} and found.role_of("mirror") is Role.SETTING
    assert FACTOR + "variant" not in found.table


@pytest.mark.parametrize("version", ["v0.3", "v0.2", "v1.5", "v2.1", "v3.0"])
def test_a_version_in_a_model_s_name_is_no_variant(tmp_path: Path, version: str) -> None:
    names = [f"mistralai/Mistral-7B-Instruct-{version}", "Qwen/Qwen2.5-7B-Instruct"]
    files = {
        f"{n.replace('/', '_')}_{way}_speed.json": {"model_name": n, "method": way, "tokens_per_second": 30.5 + i}
        for i, n in enumerate(names)
        for way in ("none", "slim_cache")
    }
    found = folder(tmp_path, files)
    assert FACTOR + "variant" not in found.table
    assert set(found.table["suite"]) == {"speed"}


# --- settings that files state one by one ----------------------------------------------------------------------------


WAYS = ("plain", "slim_cache", "lean_cache")


@pytest.mark.parametrize("name", ["method", "approach", "strategy", "technique", "recipe_kind"])
def test_a_method_that_each_file_states_is_what_was_varied(tmp_path: Path, name: str) -> None:
    files = {
        f"{model}_{way}_{what}.json": {"model": model, name: way, key: 10.5 + i}
        for i, (model, way) in enumerate(
            (m, w) for m in ("a-7b", "b-7b") for w in ("plain", "slim_cache", "lean_cache")
        )
        for what, key in (("speed", "tokens_per_second"), ("ppl", "perplexity"))
    }
    found = folder(tmp_path, files)
    assert set(found.table[FACTOR + name]) == set(WAYS)
    assert set(found.table["suite"]) == {"speed", "ppl"}  # by what was measured, not by method
    assert set(found.table["subject"]) == {"a-7b", "b-7b"}


@pytest.mark.parametrize("flag", ["success", "passed", "succeeded", "is_success", "ok"])
def test_a_wrong_answer_is_an_outcome_and_no_failure(tmp_path: Path, flag: str) -> None:
    files = {f"m{i}_{way}.json": {"model": f"m{i}-7b", "method": way, "response": "It is 42", flag: i != 1}
             for i in range(3) for way in ("a", "b")}  # fmt: skip
    found = folder(tmp_path, files)
    rate = ok(found, "pass_rate")
    assert not (found.table["metric"] == "request").any()
    assert len(rate) == 6 and rate["value"].sum() == 4


def test_a_failed_request_with_times_stays_a_failure(tmp_path: Path) -> None:
    rows = [{"model": "a-7b", "response": "text", "success": i != 2, "latency_s": 1.5 + i} for i in range(4)]
    found = folder(tmp_path, {"requests.jsonl": lines(rows)})
    assert (found.table["metric"] == "request").sum() == 1


@pytest.mark.parametrize(
    "levels", [("Q2_K", "Q8_0"), ("fp16", "int4"), ("bf16", "fp8"), ("awq", "gptq"), ("F16", "Q4_0")]
)
def test_a_variant_that_repeats_the_quantisation_is_the_quantisation(tmp_path: Path, levels: tuple[str, str]) -> None:
    files = {
        f"cliff_{q}.jsonl": lines(
            [{"variant": q, "model": f"Acme-3B-{q}", "decode_tps": 20.5 + i + j} for j in range(3)]
        )
        for i, q in enumerate(levels)
    }
    found = folder(tmp_path, files)
    assert FACTOR + "variant" not in found.table
    assert set(found.table[FACTOR + "quantisation"]) == set(levels)


# --- warm-ups, rows that sum up, means with their n ------------------------------------------------------------------


@pytest.mark.parametrize(
    ("head", "warm", "measured"),
    [
        ("phase", "warmup", "measured"),
        ("is_warmup", "true", "false"),
        ("phase", "warm-up", "run"),
        ("kind", "warm_up", "timed"),
        ("warmup", "1", "0"),
    ],
)
def test_warm_ups_are_left_out_and_told(tmp_path: Path, head: str, warm: str, measured: str) -> None:
    text = f"model,{head},tokens_per_second\n" + "".join(
        f"m:{i},{w},{v}\n" for i in (1, 2) for w, v in ((warm, 9.5), (measured, 20.5), (measured, 21.5))
    )
    found = folder(tmp_path, {"r.csv": text})
    assert sorted(ok(found, "decode_rate")["value"]) == [20.5, 20.5, 21.5, 21.5]
    assert found.sources[0].reason == "2 rows of a warm-up left out"


@pytest.mark.parametrize("label", ["mean", "r3_mean_stdev", "average", "total", "std dev"])
def test_a_row_that_sums_up_the_runs_is_no_run(tmp_path: Path, label: str) -> None:
    text = "engine,run,decode_tok_s\n" + "".join(
        f"{e},{r},{v}\n" for e in ("one", "two") for r, v in (("r1", 20.5), ("r2", 21.5), ("r3", 22.5), (label, 21.5))
    )
    found = folder(tmp_path, {"r.csv": text})
    assert len(ok(found, "decode_rate")) == 6
    assert "sum up the others left out" in found.sources[0].reason


def test_a_mean_without_runs_beside_it_stays_a_mean_of_its_runs(tmp_path: Path) -> None:
    text = "engine,run,decode_tok_s\none,r3_mean_stdev,19.76±0.03\ntwo,r1,17.5\ntwo,r2,17.9\ntwo,r3,18.0\n"
    found = folder(tmp_path, {"r.csv": text})
    rates = ok(found, "decode_rate")
    assert rates[rates["stat"] == "mean"][["value", "n"]].to_numpy().tolist() == [[19.76, 3]]
    assert sorted(rates[rates["stat"] == "sample"]["value"]) == [17.5, 17.9, 18.0]


def test_statistics_in_rows_are_no_sums_of_runs(tmp_path: Path) -> None:
    found = folder(tmp_path, {"r.csv": "model,stat,ttft_ms\na,mean,10.5\na,p99,19.5\nb,mean,11.5\nb,p99,29.5\n"})
    assert len(found.table) == 4


@pytest.mark.parametrize("count", ["n_trials", "repeats", "reps", "num_runs", "n"])
@pytest.mark.parametrize("spread", ["decode_std", "decode_tps_stddev"])
def test_a_value_beside_its_deviation_is_a_mean_of_n(tmp_path: Path, count: str, spread: str) -> None:
    text = f"model,decode_tps,{spread},{count}\na,20.5,0.25,5\nb,30.5,0.5,5\n"
    rates = ok(folder(tmp_path, {"r.csv": text}), "decode_rate")
    assert set(rates["stat"]) == {"mean", "sd"} and set(rates["n"]) == {5}


# --- order ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("head", "cells", "known"),
    [
        ("", [""] * 8, False),
        ("index", [str(i) for i in range(8)], False),
        ("run_id", [str(i) for i in range(8)], True),
        ("run", ["1", "2"] * 4, False),
        ("timestamp", [f"2026-01-05T10:0{i}:00Z" for i in range(8)], True),
    ],
)
def test_a_sorted_table_has_no_order_of_measuring(tmp_path: Path, head: str, cells: list[str], known: bool) -> None:
    levels = [(c, i) for c in ("1", "2", "4", "8") for i in (0, 1)]
    text = f"model,num_gpus,{head or 'remark'},tokens_per_second\n" + "".join(
        f"a,{c},{cells[k]},{20.5 + k}\n" for k, (c, _) in enumerate(levels)
    )
    rates = ok(folder(tmp_path, {"r.csv": text}), "decode_rate")
    assert rates["order"].notna().all() if known else rates["order"].isna().all()


# --- documents: headings that name systems, rows of nothing ---------------------------------------------------------


@pytest.mark.parametrize(
    "names",
    [
        ("hf.co/who/Some-OCR-GGUF:Q4_K_M", "hf.co/who/Other-9B-GGUF:Q4_K_M"),
        ("who/Tiny-Reader-GGUF", "who/Big-Reader-GGUF:UD-Q4_K_XL"),
        ("reader:Q8_0", "writer:iq4_xs"),
        ("alpha 7", "beta 9"),  # by the document's own column of models
        ("huggingface.co/a/b", "crow:9b"),
    ],
)
def test_a_heading_that_names_a_system_is_of_its_table(tmp_path: Path, names: tuple[str, str]) -> None:
    head = "| Case | Seconds | tok/s |\n|---|---:|---:|\n"
    text = "# Bench\n\n| Score | Model |\n|---|---|\n" + "".join(f"| 9.5 | `{n}` |\n" for n in names)
    for i, name in enumerate(names):
        text += f"\n### `{name}`\n\n{head}| one | {1.5 + i} | {110.5 - i} |\n| two | {2.5 + i} | {100.5 - i} |\n"
    rates = ok(folder(tmp_path, {"r.md": text}), "decode_rate")
    assert rates.groupby("subject")["value"].apply(lambda v: sorted(v)).to_dict() == {
        names[0]: [100.5, 110.5],
        names[1]: [99.5, 109.5],
    }


def test_rows_of_nothing_are_failures_and_told_of_a_folder_of_documents(tmp_path: Path) -> None:
    from chimera_report.tools.claims.failures import failures

    head = "| Case | Seconds | tok/s |\n|---|---:|---:|\n"
    text = f"# B\n\n### `crow:9b`\n\n{head}| one | 0.00 | 0.00 |\n| two | 0.00 | 0.00 |\n\n"
    text += f"### `a:4b`\n\n{head}| one | 1.5 | 90.5 |\n| two | 1.75 | 91.5 |\n"
    found = folder(tmp_path, {"r.md": text})
    failed = found.table[found.table["metric"] == "request"]
    assert set(failed["subject"]) == {"crow:9b"} and len(failed) == 2
    item = failures(found)
    assert (item.records, item.tried) == (2, 4)


# --- failures: counted once, and by requests -------------------------------------------------------------------------

SUMMARY = "engine,concurrency,total_requests,successful_requests,failed_requests,ttft_p50_s,tokens_per_second\n"


def test_a_summary_and_its_requests_count_a_failure_once(tmp_path: Path) -> None:
    from chimera_report.tools.claims.failures import failures

    def requests(bad: int) -> str:
        return lines([{"success": i >= bad, "wall_time": 1.5 + i, "output_tokens": 64} for i in range(20)])

    files = {f"raw/one_c{c}_r1.jsonl": requests(bad) for c, bad in ((1, 0), (4, 2), (16, 5))}
    files |= {f"raw/two_c{c}_r1.jsonl": requests(0).replace("64", "65") for c in (1, 4, 16)}
    text = SUMMARY + "".join(f"one,{c},20,{20 - b},{b},0.2{c},{20.5 + c}\n" for c, b in ((1, 0), (4, 2), (16, 5)))
    found = folder(tmp_path, {**files, "results/summary.csv": text + "three,16,10,9,1,0.5,9.5\n"})
    assert failures(found).records == 8  # seven requests, and the one of which no request is here


def test_failed_requests_of_summaries_are_counted_as_requests_and_copies_once(tmp_path: Path) -> None:
    from chimera_report.tools.claims.failures import failures

    text = SUMMARY + "one,1,60,24,36,0.25,20.5\none,2,120,120,0,0.5,30.5\none,4,240,240,0,0.75,40.5\n"
    found = folder(tmp_path, {"run_a/qps.csv": text, "latest.csv": text.replace("20.5", "20.50")})
    item = failures(found)
    assert (item.records, item.tried, item.of_requests) == (36, 420, True)


@pytest.mark.parametrize("column", ["errors_l", "error_text_1", "err_msg", "error_kind", "run_errors"])
def test_a_failed_row_with_a_partial_result_is_no_success(tmp_path: Path, column: str) -> None:
    oom = "CUDA out of memory"
    text = f"model,batch_size,tokens_per_second,{column}\na,1,20.5,ok\na,2,21.5,{oom}\na,4,,{oom}\n"
    found = folder(tmp_path, {"r.csv": text})
    assert ok(found, "decode_rate")["value"].tolist() == [20.5]
    assert (found.table["metric"] == "request").sum() == 2


# --- what a column is by its neighbours ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("heads", "lengths", "tokens", "metric"),
    [
        ("Input Output Length", (256,), 512, "total_throughput"),
        ("input_len,output_len", (256, 64), 320, "total_throughput"),
        ("input_len,output_len", (256, 64), 64, "output_throughput"),
        ("output_length", (128,), 128, "output_throughput"),
        ("isl,osl", (100, 50), 150, "total_throughput"),
    ],
)
def test_a_throughput_without_a_unit_is_what_its_records_work_is(
    tmp_path: Path, heads: str, lengths: tuple[int, ...], tokens: int, metric: str
) -> None:
    text = f"Model,{heads},Batch Size,Latency,Throughput\n"
    for i, batch in enumerate((1, 16, 32, 64)):
        time = 1.5 + i
        text += f"a-7b,{','.join(map(str, lengths))},{batch},{time},{batch * tokens / time:.4f}\n"
    assert len(ok(folder(tmp_path, {"r.csv": text}), metric)) == 4


def test_a_throughput_that_is_not_its_work_stays_without_a_unit(tmp_path: Path) -> None:
    text = "Model,output_length,Batch Size,Latency,Throughput\n" + "".join(
        f"a-7b,128,{b},{1.5 + i},{b * 3.5 + i}\n" for i, b in enumerate((1, 16, 32, 64))
    )
    assert len(ok(folder(tmp_path, {"r.csv": text}), "throughput")) == 4


def test_milliwatts_among_watts_are_set_apart(tmp_path: Path) -> None:
    text = "model,avg_power,tokens_per_second\n" + "".join(
        f"m{i}:7b,{p},{50.5 + i}\n" for i, p in enumerate((484.7, 459.1, 358.4, 712.0, 575408.2, 601000.5))
    )
    found = folder(tmp_path, {"r.csv": text}).table
    power = found[found["metric"] == "power"]
    assert (power["status"] == "set aside").sum() == 2 and power[power["status"] == "ok"]["value"].max() == 712.0
    assert set(power[power["status"] == "set aside"]["message"]) == {
        "about a thousand times the rest of the column, so in another unit"
    }


def test_usage_of_memory_beside_usage_of_the_cpu_is_a_share(tmp_path: Path) -> None:
    text = "model,cpu_usage,gpu_usage,memory_usage,latency_s\na,3.1,95.5,73.3,9.5\nb,2.9,0.5,51.1,5.5\n"
    found = folder(tmp_path, {"r.csv": text})
    assert ok(found, "ram_util")["value"].tolist() == [73.3, 51.1] and not len(ok(found, "ram"))


def test_one_measurement_in_two_units_is_one(tmp_path: Path) -> None:
    text = "model,latency_s,meter__energy_consumed_total_x,energy_usage_J\n" + "".join(
        f"a,{1.5 + i},{(10.5 + 7 * i) / 3.6e6!r},{10.5 + 7 * i}\n" for i in range(10)
    )
    found = folder(tmp_path, {"r.csv": text})
    assert set(found.table["metric"]) == {"e2e_latency", "energy"}


def _answer(model: str, rate: float) -> str:
    said = f'"model":"{model}",' if model else ""
    return f'{{{said}"eval_count":300,"eval_duration":{int(300 / rate * 1e9)},"total_duration":9000000000,"done":true}}'


def test_a_folder_that_spells_the_model_otherwise_is_no_other_model(tmp_path: Path) -> None:
    """And no name is cut where a word of it is not known: two models would become one."""
    for model, rate in (("qwen3.5:35b-a3b", 38), ("qwen3.5:35b-a3b-coding-nvfp4", 70), ("qwen3-coder:30b", 79)):
        place = tmp_path / "results" / model.replace(":", "_")
        place.mkdir(parents=True)
        for run in (1, 2):
            (place / f"run_{run}.json").write_text(_answer(model, rate + run))
        (place / "summary.json").write_text(f'{{"iterations": 2, "eval_tokens_per_sec": {{"mean": {rate + 1.5}}}}}')
    rows = ingest(tmp_path).table
    assert set(rows["subject"]) == {"qwen3.5:35b-a3b", "qwen3.5:35b-a3b-coding-nvfp4", "qwen3-coder:30b"}


SHEET = """## Prompt
```
Tell me about light.
```

## Metrics
```
total duration:       7.312711147s
load duration:        21.357131ms
prompt eval count:    18 token(s)
prompt eval duration: 172ms
prompt eval rate:     104.65 tokens/s
eval count:           212 token(s)
eval duration:        7.117s
eval rate:            {rate} tokens/s
```
"""


def test_sheets_that_keep_what_a_tool_printed_are_named_by_model_and_machine(tmp_path: Path) -> None:
    """Numbers that do not count from 0 or 1 are no repeats: `Pi 4` and `Pi 5` are two machines."""
    at = 10.0
    for model in ("phi3_14b", "Qwen2.5_0.5b", "deepseek-r1_1.5b", "deepseek-r1_7b"):
        for machine in ("P40_24gb", "Raspberry Pi 4", "Raspberry Pi 5"):
            at += 1
            (tmp_path / f"{model} {machine}.md").write_text(SHEET.format(rate=at))
    rows = ingest(tmp_path).table
    rows = rows[rows["metric"] == "decode_rate"]
    assert set(rows["subject"]) == {"phi3_14b", "Qwen2.5_0.5b", "deepseek-r1_1.5b", "deepseek-r1_7b"}
    assert set(rows["factor.device"]) == {"P40_24gb", "Raspberry Pi 4", "Raspberry Pi 5"}
    assert set(rows["suite"]) == {"ollama-verbose"} and set(rows["origin"]) == {"measured"}
