"""What was varied between a folder's files, what their records are of, and in which unit: five variants of each."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from chimera_report.tools.ingest import ingest
from chimera_report.tools.schema import FACTOR, Dataset


def folder(tmp_path: Path, files: dict[str, Any]) -> Dataset:
    for name, content in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    return ingest(tmp_path)


def varied(found: Dataset) -> dict[str, set[str]]:
    """The factors that have several levels, or are told of a part of the records only."""
    table = found.table
    out = {c.removeprefix(FACTOR): set(table[c].dropna()) for c in table.columns if c.startswith(FACTOR)}
    return {k: v for k, v in out.items() if len(v) > 1}


def suites(found: Dataset) -> set[str]:
    return set(found.table["suite"])


def rows(name: str, level: object, rate: float) -> str:
    head = f"sample,{name},tokens_per_second,latency_s\n"
    return head + "".join(f"{i},{level},{rate + i / 7:.3f},{90 / rate + i / 9:.3f}\n" for i in range(6))


# --- a number or a switch that is one in each file -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "levels", "stem"),
    [
        ("draft_steps", (5, 50, 512), "speculation_draft_steps_{}"),
        ("lookahead", (2, 4, 8), "run_lookahead{}"),
        ("window", (128, 1024, 4096), "w-{}"),
        ("use_graphs", ("true", "false"), "graphs_{}"),
        ("beam_width", (1, 3, 7), "beams{}"),
    ],
)
def test_a_number_that_each_file_has_of_its_own_is_what_was_varied(
    tmp_path: Path, name: str, levels: tuple[object, ...], stem: str
) -> None:
    found = folder(tmp_path, {f"{stem.format(v)}.csv": rows(name, v, 20.5 + 9 * k) for k, v in enumerate(levels)})
    assert varied(found)[name] == {str(v) for v in levels}
    assert len(suites(found)) == 1


@pytest.mark.parametrize("above", ["config", "settings", "engine_args", "options", "hyperparameters"])
def test_so_is_a_number_among_what_was_configured(tmp_path: Path, above: str) -> None:
    files = {
        f"night_{k}.json": {above: {"n_ahead": n, "seed": 7}, "model": "a:7b", "tokens_per_second": 30.25 + 7 * k}
        for k, n in enumerate((2, 4, 8, 16))
    }
    assert varied(folder(tmp_path, files))["n_ahead"] == {"2", "4", "8", "16"}


@pytest.mark.parametrize("name", ["total_samples", "sample_id", "peak_gb", "wall_clock_elapsed", "num_correct"])
def test_a_number_that_came_out_of_each_file_is_none(tmp_path: Path, name: str) -> None:
    files = {f"night_{k}.csv": rows(name, n, 20.5 + 9 * k) for k, n in enumerate((97, 131, 113))}
    assert name not in varied(folder(tmp_path, files))


# --- the unit of one key ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("latency", "ttft"),
    [
        ("latency", "ttft"),
        ("mean_latency", "mean_ttft"),
        ("response_time", "time_to_first_token"),
        ("avg_e2e_latency", "avg_ttft"),
        ("median_latency", "median_ttft"),
    ],
)
def test_what_a_key_is_in_one_file_it_is_in_all(tmp_path: Path, latency: str, ttft: str) -> None:
    times = {"a:1b": (310, 53), "b:7b": (1944, 511), "c:70b": (27530, 24950), "d:3b": (472, 230)}
    files = {f"{m[0]}.json": {"model": m, latency: t, ttft: f, "runs": 1} for m, (t, f) in times.items()}
    table = folder(tmp_path, files).table
    assert sorted(table[table["metric"] == "e2e_latency"]["value"].round(4)) == [0.31, 0.472, 1.944, 27.53]
    assert sorted(table[table["metric"] == "ttft"]["value"].round(4)) == [0.053, 0.23, 0.511, 24.95]


@pytest.mark.parametrize("slow", [0.31, 4.72, 19.44, 31.5, 58.0])
def test_times_that_can_be_seconds_stay_seconds(tmp_path: Path, slow: float) -> None:
    files = {f"{m}.json": {"model": f"{m}:7b", "latency": t} for m, t in (("a", 0.52), ("b", 2.25), ("c", slow))}
    table = folder(tmp_path, files).table
    assert sorted(table["value"]) == sorted([0.52, 2.25, slow])


@pytest.mark.parametrize(
    ("tokens", "rate"),
    [
        ({"tokens": {"avgCompletion": 130.2}}, {"tokens_per_second": 258.2}),
        ({"usage": {"completion": 130}}, {"tok_per_s": 210.5}),
        ({"output_tokens": 130}, {"decode_tps": 240.5}),
        ({"token_usage": {"output": 130}}, {"generation_rate": 300.5}),
        ({"completion_tokens": 130}, {"tokens_per_second": 400.5}),
    ],
)
def test_the_own_tokens_and_rate_of_a_record_tell_milliseconds(
    tmp_path: Path, tokens: dict[str, Any], rate: dict[str, Any]
) -> None:
    table = folder(
        tmp_path, {"r.json": [{"model": "a:7b", "latency": 440 + k, **tokens, **rate} for k in range(3)]}
    ).table
    assert table[table["metric"] == "e2e_latency"]["value"].max() == pytest.approx(0.442)
    assert set(table[table["metric"] == "output_tokens"]["value"].round()) == {130}


# --- labels that only join what is known -----------------------------------------------------------------------------

PARTS = [("openai", "gpt-4.1-mini"), ("groq", "llama-3.1-8b-instant"), ("qwen", "qwen3-max")]


@pytest.mark.parametrize("sign", [":", "/", "|", " - ", "__"])
def test_a_label_of_provider_model_and_mode_is_no_setting(tmp_path: Path, sign: str) -> None:
    files = {
        f"{p}_{m}_{s}.json": {
            "config": {"streaming": s},
            "results": {
                sign.join((p, m, ("static", "streaming")[s])): {"provider": p, "model": m, "latency_ms": 510 + 90 * k}
            },
        }
        for k, (p, m) in enumerate(PARTS)
        for s in (False, True)
    }  # fmt: skip
    found = folder(tmp_path, files)
    assert varied(found) == {"provider": {p for p, _ in PARTS}, "streaming": {"false", "true"}}
    assert len(suites(found)) == 1


@pytest.mark.parametrize("ways", [("cold", "warm"), ("tools", "plain"), ("json", "text"), ("v1", "v2"), ("eu", "us")])
def test_what_more_a_label_says_stays_as_what_was_varied(tmp_path: Path, ways: tuple[str, str]) -> None:
    content = {
        "results": {
            f"{p}:{m}:{way}": {"provider": p, "model": m, "latency_ms": 510.5 + 90 * k + 7 * j, "ttft_ms": 80.5 + k + j}
            for k, (p, m) in enumerate(PARTS)
            for j, way in enumerate(ways)
        }
    }
    found = varied(folder(tmp_path, {"r.json": content}))
    assert set(ways) in found.values()
    assert not any(":" in level for levels in found.values() for level in levels)


# --- a word of files' names that is the model ------------------------------------------------------------------------

MODELS = {
    "opus": "hesa/Qwen3.6-35B-Claude-Opus-Distilled-GGUF", "katdev": "bart/Kwaipilot_KAT-Dev-GGUF",
    "northmini": "un/North-Mini-Code-1.0-GGUF", "gemma": "un/gemma-4-26B-it-GGUF",
}  # fmt: skip


@pytest.mark.parametrize("stem", ["probe__{}__{}", "{}-{}-speed", "bench_{}_{}", "r_{1}_{0}", "{}.{}"])
def test_files_called_after_their_models_are_one_benchmark(tmp_path: Path, stem: str) -> None:
    files = {
        f"{stem.format(short, q)}.json": {"model": name, "points": [
            {"target_tokens": t, "decode_tps": 60.5 + 3 * k - t / 900, "ttft_ms": 150.5 + t / 7}
            for t in (2000, 8000, 24000)
        ]}
        for k, (short, name) in enumerate(MODELS.items())
        for q in ("q4", "q5")
    }  # fmt: skip
    found = folder(tmp_path, files)
    assert len(suites(found)) == 1
    assert varied(found)["quantisation"] == {"q4", "q5"}


@pytest.mark.parametrize(
    "ways", [("baseline", "tuned"), ("before", "after"), ("eager", "compiled"), ("on", "off"), ("old", "new")]
)
def test_a_word_that_says_how_is_no_model(tmp_path: Path, ways: tuple[str, str]) -> None:
    files = {
        f"probe_{way}.json": {"model": name, "decode_tps": 60.5 + k, "ttft_ms": 150.5 + k}
        for k, (way, name) in enumerate(zip(ways, ("acme-7b", "kilo-8b"), strict=True))
    }
    found = folder(tmp_path, files)
    assert len(suites(found)) == 2 or any(set(ways) <= v for v in varied(found).values())


# --- what lies in the object above -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "name", ["target_tokens", "prompt_length", "input_size_tokens", "context_target", "n_threads_used"]
)
def test_samples_are_of_the_point_that_they_lie_in(tmp_path: Path, name: str) -> None:
    points = [
        {name: n, "samples": [{"decode_tps": 50.5 - n / 900 + i / 7, "ttft_ms": 90.5 + n / 9 + i} for i in range(3)]}
        for n in (2000, 8000, 24000)
    ]
    found = folder(tmp_path, {f"{m}.json": {"model": f"{m}-7b", "points": points} for m in ("acme", "kilo")})
    table = found.table
    assert table[table["metric"] == "decode_rate"][[c for c in table if str(c).startswith(FACTOR)]].nunique().max() == 3


# --- a load or a length under a name of its own --------------------------------------------------------------------


def gone_through(name: str, levels: tuple[int, ...]) -> str:
    head = f"model_name,{name},decode_tps\n"
    return head + "".join(f"{m},{v},{r - v / 9:.2f}\n" for m, r in (("ember-7b", 55), ("flint-9b", 41)) for v in levels)


@pytest.mark.parametrize(
    ("name", "levels"),
    [
        ("context_k", (0, 1, 10, 20, 128)),
        ("ctx_tok_k", (4, 8, 16)),
        ("depth_pages", (0, 2, 4, 8)),
        ("batch_rows", (1, 5, 25)),
        ("input_kb", (1, 32, 64, 128)),
    ],
)
def test_a_load_or_length_of_another_name_is_a_condition(tmp_path: Path, name: str, levels: tuple[int, ...]) -> None:
    assert varied(folder(tmp_path, {"r.csv": gone_through(name, levels)}))[name] == {str(v) for v in levels}


@pytest.mark.parametrize(
    ("name", "levels"),
    [
        ("input_latency", (4, 8, 16)),
        ("prompt_tokens_processed", (17, 31, 45)),
        ("context_peak", (900, 1800, 2700)),
        ("batch_failed", (0, 1, 2)),
        ("batch_errors", (0, 3, 9)),
    ],
)
def test_a_result_beside_it_is_none(tmp_path: Path, name: str, levels: tuple[int, ...]) -> None:
    assert name not in varied(folder(tmp_path, {"r.csv": gone_through(name, levels)}))


@pytest.mark.parametrize(
    ("cell", "seconds"),
    [("19m18s", 1158), ("1h 02m", 3720), ("2 min 5.4 s", 125.4), ("1h2m3s", 3723), ("0m07.25s", 7.25)],
)
def test_a_duration_of_several_units_is_seconds(tmp_path: Path, cell: str, seconds: float) -> None:
    found = folder(tmp_path, {"r.csv": f"model_name,elapsed,decode_tps\nember-7b,26s,54.1\nflint-9b,{cell},12.5\n"})
    assert seconds in found.table[found.table["metric"] == "run_time"]["value"].tolist()
