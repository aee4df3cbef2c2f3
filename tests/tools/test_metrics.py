"""The registry is consistent, and headers mean what a performance engineer reads in them."""

from __future__ import annotations

import pytest

from chimera_report.tools.errors import UsageError
from chimera_report.tools.metrics import (
    AXES,
    COLD_SENSITIVE,
    FACTORS,
    MEASURABLE,
    METRIC_WEIGHT,
    METRICS,
    UNITS,
    WANTED,
    normalise,
    read_row,
    resolve,
    resolve_factor,
    unit_factor,
)

MEANS = [
    # header, metric, factor, stat
    ("ttft_s", "ttft", 1, "sample"),
    ("mean_ttft_ms", "ttft", 1e-3, "mean"),
    ("TTFT (s)", "ttft", 1, "sample"),
    ("Latency (µs)", "e2e_latency", 1e-6, "sample"),
    ("Mean TTFT (Time to First Token)", "ttft", 1, "mean"),
    ("Mean TTFT (Time to First Token) (seconds)", "ttft", 1, "mean"),
    ("tokens_s", "decode_rate", 1, "sample"),
    ("Tokens/s", "decode_rate", 1, "sample"),
    ("Tokens per Second", "decode_rate", 1, "sample"),
    ("mean_tokens_s", "decode_rate", 1, "mean"),
    ("median_tokens_s", "decode_rate", 1, "p50"),
    ("Throughput (tok/s)", "decode_rate", 1, "sample"),
    ("eval_s_mean", "eval_time", 1, "mean"),
    ("prompt_eval_s", "prompt_eval_time", 1, "sample"),
    ("load_s", "load_time", 1, "sample"),
    ("totalDurationMs", "e2e_latency", 1e-3, "sample"),
    ("total_generation_time_ms", "e2e_latency", 1e-3, "total"),
    ("Generation Time (ms)", "e2e_latency", 1e-3, "sample"),
    ("p99_itl_ms", "itl", 1e-3, "p99"),
    ("Latency p95 (ms)", "e2e_latency", 1e-3, "p95"),
    ("std_time_ms", "run_time", 1e-3, "sd"),
    ("p50_ms", "run_time", 1e-3, "p50"),
    ("Mean (ms)", "run_time", 1e-3, "mean"),
    ("Compile Time (s)", "compile_time", 1, "sample"),
    ("cpu_percent", "cpu_util", 1, "sample"),
    ("memory_used_gb", "ram", 1024, "sample"),
    ("GPU Memory (GB)", "vram", 1024, "sample"),
    ("Model Size Bytes", "model_size", 2**-20, "sample"),
    ("eval_count", "output_tokens", 1, "sample"),
    ("success_rate", "success_rate", 1, "sample"),
    ("learning_efficiency", "learning_efficiency", 1, "sample"),
    ("Mem (GiB)", "ram", 1024, "sample"),
    ("memory.used [MiB]", "ram", 1, "sample"),
    ("memory used (KiB)", "ram", 2**-10, "sample"),
    ("gpu_mem_gb", "vram", 1024, "sample"),
    ("energy_j_per_tok", "energy_per_token", 1, "sample"),
    ("energy_j", "energy", 1, "sample"),
    ("energy (J)", "energy", 1, "sample"),
    ("Energy [mJ/token]", "energy_per_token", 1e-3, "sample"),
    ("temp_c", "gpu_temperature", 1, "sample"),
    ("temperature.gpu", "gpu_temperature", 1, "sample"),
    ("sm_clock_mhz", "clock_sm", 1, "sample"),
    ("throttled", "throttle", 1, "sample"),
    ("Prompt t/s", "prefill_rate", 1, "sample"),
    ("pp t/s", "prefill_rate", 1, "sample"),
    ("Gen tok/s", "decode_rate", 1, "sample"),
    ("decode [t/s]", "decode_rate", 1, "sample"),
]


@pytest.mark.parametrize(("header", "metric", "factor", "stat"), MEANS)
def test_header(header: str, metric: str, factor: float, stat: str) -> None:
    found = resolve(header)
    assert found is not None
    assert (found.metric, found.stat) == (metric, stat)
    assert found.factor == pytest.approx(factor)


@pytest.mark.parametrize(
    "header",
    ["id", "prompt_index", "timestamp", "anomalies_detected", "total_improvement", "memory_total_gb", "network_sent_mb",
     "pid", "disk_usage_percent", "learning_rate", "count", "mean", "p95", "", "Process ID",
     "device__attribute_clock_rate", "ttft_mb"],
)  # fmt: skip
def test_no_result(header: str) -> None:
    assert resolve(header) is None


def test_temperature_is_a_setting_unless_something_has_it() -> None:
    assert resolve_factor("temperature") == "temperature"
    assert resolve("temperature") is None
    found = resolve("temperature", context="metrics/*/gpu")
    assert found is not None
    assert found.metric == "gpu_temperature"
    assert resolve_factor("temperature", context="metrics/*/gpu") is None


def test_context_of_a_gpu_makes_memory_vram() -> None:
    found = resolve("memory_used_mb", context="gpu")
    assert found is not None
    assert (found.metric, found.factor) == ("vram", 1)


def test_hint_gives_the_unit_that_the_header_lacks() -> None:
    plain, hinted = resolve("TTFT"), resolve("TTFT", unit_hint="ms")
    assert plain is not None
    assert hinted is not None
    assert (plain.factor, plain.explicit) == (1, False)
    assert hinted.factor == pytest.approx(1e-3)
    found = resolve("Mean Throughput", unit_hint="tokens/s")
    assert found is not None
    assert (found.metric, found.stat) == ("decode_rate", "mean")


@pytest.mark.parametrize(
    ("unit", "canonical", "factor"),
    [("ms", "s", 1e-3), ("ns", "s", 1e-9), ("µs", "s", 1e-6), ("sec", "s", 1), ("GB", "MiB", 1024),
     ("%", "share", 0.01), ("tokens/sec", "tokens/s", 1), ("mJ", "J", 1e-3),
     ("kWh", "J", 3.6e6), ("ms", "tokens/s", None),
     ("furlong", "s", None)],
)  # fmt: skip
def test_units(unit: str, canonical: str, factor: float | None) -> None:
    assert unit_factor(unit, canonical) == (None if factor is None else pytest.approx(factor))


def test_aliases_are_normalised_and_name_one_thing() -> None:
    for registry in (METRICS.values(), FACTORS.values()):
        seen: dict[str, str] = {}
        for entry in registry:
            for name in (entry.name, *entry.aliases):
                assert normalise(name) == name
                assert seen.setdefault(name, entry.name) == entry.name
    assert {m.unit for m in METRICS.values()} - {"", "J/token"} <= set(UNITS)


def test_every_metric_resolves_under_each_of_its_names() -> None:
    for entry in METRICS.values():
        for name in (entry.name, *entry.aliases):
            found = resolve(name)
            assert found is not None, name
            assert found.metric == entry.name, name


def test_the_registry_is_one_file_and_its_lists_follow_from_it() -> None:
    assert MEASURABLE[0] == "decode_rate" and set(WANTED) <= set(METRICS)
    assert [m.name for m in METRICS.values() if m.weight > 1 or m.weight < 0] == []
    assert {p for m in METRICS.values() for p in m.parts} <= set(METRICS)
    assert all(len(axis) > 1 for axis in AXES)
    assert "ttft" in COLD_SENSITIVE and "decode_rate" not in COLD_SENSITIVE
    assert list(METRIC_WEIGHT.values()) == sorted(METRIC_WEIGHT.values(), reverse=True)


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"unit": "s"}, "title"),
        ({"title": "x", "unit": "s", "better": "more", "definition": "y"}, "better is 'more'"),
        ({"title": "x", "unit": "s", "better": "lower", "definition": "y", "colour": "red"}, "colour"),
    ],
)
def test_a_row_that_cannot_be_read_is_named(row: dict[str, object], said: str) -> None:
    with pytest.raises(UsageError, match=said) as told:
        read_row("own_metric", row, "my-package")
    assert "my-package" in str(told.value)
