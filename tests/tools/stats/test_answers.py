"""Rivals whose answers differ in length, or whose runs in their requests, are told; failures that a summary repeats are
counted once."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from chimera_report.tools.ingest import ingest
from chimera_report.tools.schema import Alert
from chimera_report.tools.stats import analyse
from chimera_report.tools.stats.prepared import prepare


def alerts(tmp_path: Path, kind: str, files: dict[str, str]) -> list[Alert]:
    for name, text in files.items():
        (tmp_path / name).write_text(text, encoding="utf-8")
    return [a for a in analyse(ingest(tmp_path)).alerts if a.kind == kind]


def requests(a: str, b: str, tokens: tuple[int, int], head: str) -> str:
    rows = [f"{n},{tokens[i] + j % 2},{0.5 + j / 10}" for i, n in enumerate((a, b)) for j in range(4)]
    return f"{head},output_tokens,e2e_latency_s\n" + "\n".join(rows) + "\n"


@pytest.mark.parametrize(("head", "axis"), [("model", ""), ("provider", ""), ("config", "config"), ("gpu", "gpu")])
def test_answers_of_other_lengths_are_told(tmp_path: Path, head: str, axis: str) -> None:
    (alert,) = alerts(tmp_path, "unequal_answers", {"r.csv": requests("vllm", "managed", (100, 27), head)})
    assert (alert.values["short"], alert.values["long"]) == ("managed", "vllm")
    assert alert.values.get("axis", "") == axis and alert.values["lowest"] == 27.5


@pytest.mark.parametrize("tokens", [(100, 100), (100, 80), (128, 127)])
def test_answers_of_about_one_length_are_not(tmp_path: Path, tokens: tuple[int, int]) -> None:
    assert not alerts(tmp_path, "unequal_answers", {"r.csv": requests("a", "b", tokens, "model")})


def runs(sent: dict[str, tuple[int, ...]], axis: str = "precision", loads: tuple[int, ...] = (2, 8, 32)) -> str:
    rows = [
        f"m,{rival},{load},{n},{round(n * (0.4 + j / 10) / load, 3)},{round(load / (0.4 + j / 10), 3)},{512 + 64 * j}"
        for rival, numbers in sent.items()
        for j, (load, n) in enumerate(zip(loads, numbers, strict=True))
    ]
    return f"model,{axis},concurrency,num_requests,total_time_s,requests_per_second,ttft_ms\n" + "\n".join(rows) + "\n"


@pytest.mark.parametrize(
    ("sent", "axis", "told"),
    [
        ({"fp16": (1024, 1024, 1024), "fp8": (32, 128, 512)}, "precision", ("fp8", "fp16", 32, 1024)),
        ({"a100": (200, 200, 200), "h100": (1000, 1000, 1000)}, "gpu", ("a100", "h100", 200, 1000)),
        ({"off": (20, 80, 320), "on": (40, 160, 640)}, "cache", ("off", "on", 20, 40)),
    ],
)
def test_runs_of_other_numbers_of_requests_are_told(tmp_path: Path, sent, axis: str, told: tuple) -> None:
    (alert,) = alerts(tmp_path, "unequal_requests", {"r.csv": runs(sent, axis)})
    assert tuple(alert.values[name] for name in ("few", "many", "lowest", "highest")) == told
    assert str(alert.values["axis"]).replace("quantisation", "precision") == axis


@pytest.mark.parametrize(
    "sent",
    [
        {"a": (100, 100, 100), "b": (100, 100, 100)},
        {"a": (100, 100, 100), "b": (100, 130, 100)},  # about as many
        {"a": (113, 402, 977), "b": (57, 181, 366)},  # as many as each completed in its time
    ],
)
def test_equal_runs_and_runs_of_a_fixed_time_are_not(tmp_path: Path, sent) -> None:
    assert not alerts(tmp_path, "unequal_requests", {"r.csv": runs(sent)})


def answers(planned: int, given: tuple[int, ...], head: str = "max_tokens") -> str:
    return f"model,{head},output_tokens,e2e_latency_s\n" + "".join(
        f"m{k % 2},{planned},{n},{n / 50 + k / 100}\n" for k, n in enumerate(given)
    )


@pytest.mark.parametrize("head", ["max_tokens", "output_length", "num_predict", "max_new_tokens"])
@pytest.mark.parametrize(("planned", "given"), [(128, (87, 90, 92, 85)), (40, (117, 118, 113, 119))])
def test_answers_of_another_length_than_was_asked_for_are_told(tmp_path: Path, head: str, planned: int, given) -> None:
    (alert,) = alerts(tmp_path, "missed_length", {"r.csv": answers(planned, given, head)})
    assert alert.values["asked"] == planned and min(given) <= alert.values["median"] <= max(given)


@pytest.mark.parametrize(
    ("planned", "given"),
    [
        (128, (128, 128, 127, 128)),
        (128, (120, 122, 119, 125)),
        (128, (1280, 1280, 1279, 1280)),
        (128, (90, 85)),
        (2048, (300, 310, 290, 320)),
    ],
)
def test_answers_of_the_length_sums_and_a_few_are_not(tmp_path: Path, planned: int, given) -> None:
    assert not alerts(tmp_path, "missed_length", {"r.csv": answers(planned, given)})


RAW = "model,ttft_ms,error\na,100,\na,101,\na,,timeout\na,104,\nb,120,\nb,,timeout\nb,,OOM\nb,125,\n"


@pytest.mark.parametrize(
    "names", [("requests.csv", "summary.csv"), ("raw.csv", "results.csv"), ("run_raw.csv", "run_summary.csv")]
)
def test_a_summary_beside_its_requests_counts_no_failure_again(tmp_path: Path, names: tuple[str, str]) -> None:
    summary = "model,mean_ttft_ms,completed,failed\na,101.6667,3,1\nb,122.5,2,2\n"
    found = alerts(tmp_path, "errors", {names[0]: RAW, names[1]: summary})
    assert {a.subject: (a.values["failed"], a.values["records"]) for a in found} == {"a": (1, 4), "b": (2, 4)}


def test_a_summary_of_other_requests_keeps_its_failures(tmp_path: Path) -> None:
    summary = "model,mean_ttft_ms,completed,failed\nc,300,30,10\n"
    found = alerts(tmp_path, "errors", {"requests.csv": RAW, "summary.csv": summary})
    assert {a.subject: a.values["failed"] for a in found} == {"a": 1, "b": 2, "c": 10}


@pytest.mark.parametrize("names", [("a.json", "b.csv"), ("z.json", "b.csv")])
def test_of_two_files_of_the_same_values_the_one_that_names_its_systems_is_kept(
    tmp_path: Path, names: tuple[str, str]
) -> None:
    values = {("m1", "fp32"): 13.2563, ("m1", "int8"): 1.45037, ("m2", "fp32"): 1.97925, ("m2", "int8"): 0.523501}
    summary = {f"{m}_x_{p}": {"mean_ms": v, "p50_ms": v * 0.9917, "p90_ms": v * 1.0313} for (m, p), v in values.items()}
    rows = "".join(
        f"{m},{p},{b},{v * b},{v * b * 0.9917},{v * b * 1.0313}\n" for (m, p), v in values.items() for b in (1, 2)
    )
    (tmp_path / names[0]).write_text(json.dumps({"summary": summary}), encoding="utf-8")
    (tmp_path / names[1]).write_text("model,precision,batch,mean_ms,p50_ms,p90_ms\n" + rows, encoding="utf-8")
    prepared = prepare(ingest(tmp_path))
    rows = prepared.all_rows(prepared.columns.numbers["pooled"])
    assert set(rows.known("source")) == {names[1]}
    assert len(rows.keep(rows.has("stat", "mean"))) == 8  # those of batch 1 too
