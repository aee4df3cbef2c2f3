"""What must not be concluded of systems and settings; and what only looks like that."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

Record = dict[str, Any]


def rng(seed: int = 1) -> np.random.Generator:
    return np.random.default_rng(seed)


# --- scores ---


def scored(table: dict[str, list[float]], axis: str = "f_quantisation", **more: Any) -> list[Record]:
    return [
        {axis: level, "f_task": f"t{i}", "m_accuracy": score, "m_decode_rate": 50.0 + i, **more}
        for level, scores in table.items()
        for i, score in enumerate(scores)
    ]


GOOD = {"f16": [0.71, 0.58], "q8_0": [0.7, 0.57], "q4_K_M": [0.67, 0.56]}


@pytest.mark.parametrize(
    ("table", "axis", "level"),
    [
        (GOOD | {"fp8": [0.0, 0.0]}, "f_quantisation", "fp8"),
        (GOOD | {"fp8": [0.005, 0.0]}, "f_quantisation", "fp8"),
        ({"a": [0.5, 0.6], "b": [0.5, 0.5], "c": [0.7, 0.6], "broken": [0.0, 0.0]}, "f_backend", "broken"),
        ({"a": [0.5, 0.6], "b": [0.5, 0.5], "c": [0.7, 0.6], "d": [0.0, 0.0]}, "subject", "d"),
        ({"a": [0.4, 0.6, 0.5], "b": [0.5, 0.5, 0.4], "c": [0.7, 0.6, 0.3], "d": [0.0, 0.0, 0.0]}, "f_config", "d"),
    ],
)
def test_a_level_that_scores_nothing_has_no_speed(found, table: dict[str, list[float]], axis: str, level: str) -> None:
    (alert,) = found("no_score", scored(table, axis))
    assert alert.values["level"] == level and alert.values["speed"] == 50.0 + len(table[level]) - 1


@pytest.mark.parametrize(
    "table",
    [
        GOOD,
        GOOD | {"q2_K": [0.3, 0.2]},  # worse, not nothing
        GOOD | {"q2_K": [0.0, 0.3]},  # on one test alone
        {"f16": [0.7, 0.6], "fp8": [0.0, 0.0]},  # two levels
        {"f16": [0.7, 0.6], "q4": [0.6, 0.6], "fp8": [0.0, 0.0]},
        {k: v[:1] for k, v in GOOD.items()} | {"fp8": [0.0]},  # one condition
        {"f16": [0.01, 0.02], "q8_0": [0.02, 0.01], "q4": [0.01, 0.0], "fp8": [0.0, 0.0]},  # too hard for all
        {"f16": [0.7, 0.1], "q8_0": [0.6, 0.05], "q4": [0.6, 0.04], "fp8": [0.0, 0.0]},  # a hard test among them
        {"f16": [0.0, 0.0], "q8_0": [0.0, 0.0], "q4": [0.0, 0.0], "fp8": [0.0, 0.0]},
        GOOD | {"fp8": [0.0, 0.0], "int8": [0.0, 0.0]},  # not the only one: two that fail are told as scores
    ],
)
def test_a_low_score_is_a_score(found, table: dict[str, list[float]]) -> None:
    assert not found("no_score", scored(table))


def by_bits(scores: dict[str, tuple[float, ...]], **more: Any) -> list[Record]:
    levels = ("f16", "q8_0", "q4_K_M", "q3_K_M", "q2_K")
    return [
        {"f_quantisation": level, "f_task": task, "m_accuracy": value, **more}
        for task, values in scores.items()
        for level, value in zip(levels, values, strict=True)
    ]


FALLS = (0.58, 0.58, 0.57, 0.5, 0.42)


@pytest.mark.parametrize(
    "odd",
    [
        (0.012, 0.012, 0.012, 0.35, 0.34),
        (0.04, 0.05, 0.04, 0.12, 0.14),
        (0.0, 0.0, 0.0, 0.3, 0.25),
        (0.2, 0.2, 0.3, 0.45, 0.41),
        (0.1, 0.05, 0.1, 0.2, 0.3),
    ],
)
def test_fewer_bits_that_score_far_more_are_told(found, odd: tuple[float, ...]) -> None:
    (alert,) = found("score_against_bits", by_bits({"code": odd, "mmlu": FALLS}))
    assert alert.values["condition"] == "task code" and alert.values["lost"] == 1


@pytest.mark.parametrize(
    "scores",
    [
        {"code": FALLS, "mmlu": FALLS},
        {"code": (0.4, 0.4, 0.4, 0.45, 0.44), "mmlu": FALLS},  # a little more
        {"code": (0.012, 0.012, 0.012, 0.35, 0.34)},  # nothing to hold it against
        {"code": (0.01, 0.01, 0.01, 0.03, 0.03), "mmlu": FALLS},  # three points
        {"code": (0.01, 0.01, 0.01, 0.35, 0.34), "mmlu": (0.2, 0.2, 0.2, 0.3, 0.3)},  # more everywhere
        {"code": (0.5, 0.5, 0.5, 0.5, 0.5), "mmlu": FALLS},
        {"code": (0.5, 0.5, 0.1, 0.5, 0.5), "mmlu": FALLS},
        {"code": (0.5, 0.4, 0.3, 0.2, 0.1), "mmlu": FALLS},
        {"code": (0.0, 0.0, 0.0, 0.0, 0.0), "mmlu": FALLS},
        {"code": (0.3, 0.3, 0.9, 0.3, 0.3), "mmlu": FALLS},  # in the middle
    ],
)
def test_scores_that_go_with_the_bits_are_not(found, scores: dict[str, tuple[float, ...]]) -> None:
    assert not found("score_against_bits", by_bits(scores))


# --- sizes in names ---


def sized(rates: dict[str, float], metric: str = "m_decode_rate", **more: Any) -> list[Record]:
    return [{"subject": name, metric: rate, **more} for name, rate in rates.items()]


ORDER = {"q-0.5B": 72.5, "q-1.5B": 61.4, "q-3B": 49.4, "q-7B": 40.0}


@pytest.mark.parametrize(
    ("rates", "small", "large"),
    [
        (ORDER | {"q-7B": 55.0}, "q-3B", "q-7B"),
        (ORDER | {"q-1.5B": 40.0}, "q-1.5B", "q-3B"),
        ({"l:1b": 100.0, "l:3b": 60.0, "l:8b": 70.0, "l:70b": 10.0}, "l:3b", "l:8b"),
        ({"s-135M": 90.0, "s-360M": 60.0, "s-1.7B": 80.0, "s-7B": 20.0}, "s-360M", "s-1.7B"),
        ({"a/x-4b-it": 80.0, "a/x-12b-it": 30.0, "a/x-27b-it": 35.0}, "a/x-12b-it", "a/x-27b-it"),
    ],
)
def test_a_larger_model_that_is_faster_is_odd(found, rates: dict[str, float], small: str, large: str) -> None:
    (alert,) = found("size_order", sized(rates))
    assert (alert.values["small"], alert.values["large"]) == (small, large)


@pytest.mark.parametrize(
    "records",
    [
        sized(ORDER),
        sized({"q-3B": 49.0, "q-7B": 55.0}),  # two sizes
        sized(ORDER | {"q-7B": 50.0}),  # within what runs differ by
        sized({"a-0.5B": 70.0, "b-1.5B": 60.0, "c-3B": 50.0, "d-7B": 55.0}),  # four families
        sized({"q-1B": 20.0, "q-3B": 40.0, "q-7B": 60.0, "q-14B": 80.0}),  # all the other way
        sized(ORDER) + sized({"q-30B-A3B": 90.0}),  # experts
        sized({"q-8x7B": 70.0, "q-7B": 40.0, "q-1B": 90.0, "q-3B": 60.0}),
        [r | {"f_gpu": "A100" if "7B" in r["subject"] else "T4"} for r in sized(ORDER | {"q-7B": 55.0})],
        [r | {"f_provider": "p"} for r in sized(ORDER | {"q-7B": 155.0})],
        sized(ORDER | {"q-7B": 55.0}, "m_accuracy"),
        sized({k: 1 / v for k, v in (ORDER | {"q-7B": 55.0}).items()}, "m_run_time"),  # of how much work nobody says
        sized({"q-7B": 40.0, "q-8B": 50.0, "q-9B": 45.0}),  # nearly one size
    ],
)
def test_other_orders_of_sizes_are_none(found, records: list[Record]) -> None:
    assert not found("size_order", records)


@pytest.mark.parametrize(
    "records",
    [
        [{"subject": n, "m_vram": 18350.0 + i} for i, n in enumerate(("q-0.5B", "q-1.5B", "q-7B"))],
        [{"f_quantisation": n, "m_vram": 39000.0 + i} for i, n in enumerate(("bf16", "q8_0", "q4_K_M"))],
        [{"f_config": n, "m_vram": 39000.0 + i} for i, n in enumerate(("bf16", "awq", "gptq"))],
        [{"subject": n, "m_vram": 20000.0, "f_num_gpus": 2} for n in ("l-1b", "l-3b", "l-8b", "l-70b")],
        [{"subject": n, "m_vram": 70000.0 + 10 * i} for n in ("l-1b", "l-3b", "l-8b") for i in range(4)],
    ],
)
def test_memory_that_is_the_same_for_all_was_reserved(found, records: list[Record]) -> None:
    (alert,) = found("reserved_memory", records)
    assert int(alert.values["names"]) >= 3


@pytest.mark.parametrize(
    "records",
    [
        [{"subject": n, "m_vram": v} for n, v in (("q-0.5B", 1000.0), ("q-1.5B", 3000.0), ("q-7B", 15000.0))],
        [{"subject": n, "m_vram": 18350.0} for n in ("q-0.5B", "q-7B")],
        [{"subject": n, "m_vram": 18350.0} for n in ("a-7B", "b-7B", "c-8B")],  # of one size
        [{"subject": n, "m_vram": 18350.0} for n in ("alpha", "beta", "gamma")],
        [{"f_batch_size": n, "m_vram": 18350.0} for n in (1, 4, 16)],
        [{"f_seed": n, "m_vram": 18350.0} for n in (1, 4, 16)],
        [{"subject": n, "m_ram": 18350.0} for n in ("q-0.5B", "q-1.5B", "q-7B")],
        [{"subject": n, "m_vram": 18350.0 * (1 + i / 20)} for i, n in enumerate(("q-0.5B", "q-1.5B", "q-7B"))],
        [{"subject": n, "m_vram": 0.0} for n in ("q-0.5B", "q-1.5B", "q-7B")],
        [{"f_paragraphs": n, "m_vram": 18350.0} for n in (1, 2, 3, 4)],
    ],
)
def test_other_memory_is_not(found, records: list[Record]) -> None:
    assert not found("reserved_memory", records)


# --- two groups ---


def mixed(
    low: float, high: float, few: int, many: int, spread: float = 0.15, metric: str = "decode_rate"
) -> list[Record]:
    values = np.concatenate([low * np.exp(rng().normal(0, spread, few)), high * np.exp(rng(2).normal(0, spread, many))])
    return [{f"m_{metric}": float(v)} for v in rng(3).permutation(values)]


@pytest.mark.parametrize(
    ("low", "high", "few", "many", "metric"),
    [
        (8.0, 44.0, 31, 69, "decode_rate"),
        (5.0, 20.0, 49, 51, "output_throughput"),
        (0.2, 2.0, 60, 20, "ttft"),
        (1.0, 4.0, 20, 20, "e2e_latency"),
        (0.3, 0.95, 25, 50, "acceptance_rate"),
    ],
)
def test_two_groups_are_told_apart(found, low: float, high: float, few: int, many: int, metric: str) -> None:
    (alert,) = found("two_groups", mixed(low, high, few, many, 0.1, metric))
    assert (alert.values["low"], alert.values["high"]) == (few, many)
    assert alert.values["low_median"] == pytest.approx(low, rel=0.1)


@pytest.mark.parametrize(
    "records",
    [
        mixed(10.0, 10.0, 50, 50),
        mixed(10.0, 20.0, 50, 50),  # not far apart
        mixed(10.0, 40.0, 5, 95),  # a few that are slow
        mixed(10.0, 40.0, 10, 10),  # few in all
        mixed(10.0, 30.0, 50, 50, 0.8),  # no valley
        [{"m_decode_rate": float(v)} for v in np.exp(rng().normal(2, 1.0, 200))],
        [{"m_decode_rate": float(v)} for v in np.exp(rng().uniform(0, 3, 200))],
        [{"m_ttft": float(v)} for v in rng().exponential(1.0, 200)],
        [{"m_ttft": float(v)} for v in rng().pareto(1.5, 200) + 0.1],
        [{"m_ttft": 0.1 * i} for i in range(1, 100)],  # a queue
        [r | {"f_batch_size": 1 if r["m_decode_rate"] < 20 else 8} for r in mixed(8.0, 44.0, 50, 50)],  # known apart
    ],
)
def test_one_group_is_left_alone(found, records: list[Record]) -> None:
    assert not found("two_groups", records)


@pytest.mark.parametrize("shape", ["normal", "exponential", "lognormal", "uniform", "student"])
def test_groups_are_seldom_found_where_there_is_one(shape: str) -> None:
    from chimera_report.tools.stats.two_groups import split

    draw = {
        "normal": lambda r, n: r.normal(50, 12, n).clip(1),
        "exponential": lambda r, n: r.exponential(1.0, n),
        "lognormal": lambda r, n: np.exp(r.normal(0, 1.2, n)),
        "uniform": lambda r, n: r.uniform(1, 50, n),
        "student": lambda r, n: np.exp(r.standard_t(3, n) * 0.5),
    }[shape]
    sizes = (30, 40, 100)
    wrong = sum(split(np.log(draw(rng(seed), sizes[seed % 3]))) is not None for seed in range(600))
    assert wrong <= 6


# --- files that disagree ---


def in_files(a: dict[int, float], b: dict[int, float], metric: str = "decode_rate", **more: Any) -> list[Record]:
    rows = [{"source": "a.csv", "suite": "a", "f_batch_size": n, f"m_{metric}": v} for n, v in a.items()]
    return rows + [{"source": "b.csv", "suite": "b", "f_batch_size": n, f"m_{metric}": v, **more} for n, v in b.items()]


@pytest.mark.parametrize(
    ("a", "b"),
    [
        ({1: 26.5, 4: 56.7, 8: 20.8}, {1: 26.7, 4: 57.0, 8: 73.9}),
        ({1: 26.51, 8: 20.8}, {1: 26.52, 8: 73.9}),
        ({1: 26.5, 4: 56.7, 8: 90.0, 16: 20.8}, {1: 27.5, 4: 57.0, 8: 91.0, 16: 73.9, 32: 5.0}),
        ({1: 10.0, 4: 20.0, 8: 30.0}, {1: 10.1, 4: 19.8, 8: 90.0}),
        ({1: 10.0, 4: 20.0, 8: 90.0}, {1: 10.1, 4: 19.8, 8: 30.0}),
    ],
)
@pytest.mark.parametrize("metric", ["decode_rate", "ttft", "energy_per_token"])
def test_files_that_agree_but_for_one_are_told(found, a: dict[int, float], b: dict[int, float], metric: str) -> None:
    (alert,) = found("files_disagree", in_files(a, b, metric))
    assert set(alert.files) == {"a.csv", "b.csv"} and alert.values["ratio"] > 1.5


@pytest.mark.parametrize(
    "records",
    [
        in_files({1: 26.5, 4: 56.7, 8: 20.8}, {1: 26.7, 4: 57.0, 8: 21.0}),
        in_files({1: 26.5, 4: 56.7, 8: 20.8}, {1: 46.7, 4: 97.0, 8: 73.9}),  # two systems
        in_files({1: 26.5, 4: 56.7, 8: 20.8}, {1: 26.7, 4: 97.0, 8: 73.9}),
        in_files({8: 20.8}, {8: 73.9}),
        in_files({1: 26.5, 8: 20.8}, {1: 28.0, 8: 73.9}),  # one, roughly
        in_files({1: 26.5, 4: 56.7, 8: 20.8}, {1: 26.7, 4: 57.0, 8: 25.0}),
        [
            *in_files({1: 26.5, 4: 56.7, 8: 20.8}, {1: 26.7, 4: 57.0, 8: 73.9}, f_backend="vllm"),
            {"source": "a.csv", "suite": "a", "f_backend": "hf", "m_decode_rate": 5.0},
        ],
        [
            r | {"f_quantisation": "q4" if r["source"] == "a.csv" else "q8"}
            for r in in_files({1: 26.5, 4: 56.7, 8: 20.8}, {1: 26.7, 4: 57.0, 8: 73.9})
        ],
        in_files({1: 26.5, 4: 56.7, 8: 20.8}, {1: 26.7, 4: 57.0, 8: 73.9}, subject="other"),
        in_files({1: 26.5, 4: 56.7, 8: 20.8}, {2: 26.7, 5: 57.0, 9: 73.9}),
        in_files({1: 26.5, 4: 56.7, 8: 20.8}, {1: 26.7, 4: 57.0, 8: 73.9}) * 3,  # repeats
    ],
)
def test_files_of_other_things_are_not(found, records: list[Record]) -> None:
    assert not found("files_disagree", records)


# --- formats without effect ---


def formats(table: dict[str, list[tuple[float, int]]], factor: str = "f_quantisation") -> list[Record]:
    return [
        {factor: level, "f_batch_size": 2**i, "m_decode_rate": rate, "m_output_tokens": tokens}
        for level, cells in table.items()
        for i, (rate, tokens) in enumerate(cells)
    ]


PLAIN = [(26.5, 10926), (56.7, 10977), (129.9, 10850)]
ONE, TWO = [(36.94, 12566), (29.94, 12596), (61.0, 12533)], [(36.93, 12566), (29.95, 12596), (61.1, 12542)]


@pytest.mark.parametrize(
    ("table", "levels"),
    [
        ({"bf16": PLAIN, "int8": ONE, "nf4": TWO}, "int8, nf4"),
        ({"bf16": PLAIN, "int8": ONE[:2], "nf4": TWO[:2]}, "int8, nf4"),
        (
            {"bf16": PLAIN, "fp4": ONE, "int8": TWO, "nf4": [(36.9, 12566), (29.9, 12596), (60.5, 12533)]},
            "fp4, int8, nf4",
        ),
        ({"a16": PLAIN, "awq": ONE, "gptq": TWO, "fp8": [(45.6, 41956), (175.0, 41956), (602.0, 41956)]}, "awq, gptq"),
        (
            {"bf16": PLAIN, "q8_0": ONE, "q4_0": TWO, "q2_K": [(50.0, 13000), (40.0, 13100), (90.0, 13200)]},
            "q4_0, q8_0",
        ),
    ],
)
def test_formats_that_changed_nothing_are_told(found, table, levels: str) -> None:
    (alert,) = found("without_effect", formats(table))
    assert alert.values["levels"] == levels and alert.values["same"] >= 2


FIXED = [(26.5, 256), (56.7, 256), (129.9, 256)]


@pytest.mark.parametrize(
    "records",
    [
        formats({"bf16": PLAIN, "int8": ONE}),
        formats({"bf16": PLAIN, "int8": ONE, "nf4": [(36.93, 12560), (29.95, 12590), (61.1, 12542)]}),  # other answers
        formats({"bf16": PLAIN, "int8": ONE, "nf4": [(50.0, 12566), (45.0, 12596), (80.0, 12533)]}),  # other speeds
        formats(
            {"bf16": FIXED, "int8": [(r * 1.4, 256) for r, _ in FIXED], "nf4": [(r * 1.41, 256) for r, _ in FIXED]}
        ),
        formats({"int8": ONE, "nf4": TWO}),  # nothing shows that answers differ
        formats({"bf16": PLAIN[:1], "int8": ONE[:1], "nf4": TWO[:1]}),  # one condition
        formats({"bf16": PLAIN, "int8": ONE, "nf4": TWO}, "f_num_thread"),  # threads change no answer
        formats({"bf16": PLAIN, "int8": ONE, "nf4": ONE}),  # copies
        formats({"bf16": [(26.5, 20), (56.7, 22)], "int8": [(36.9, 12), (29.9, 12)], "nf4": [(36.8, 12), (29.8, 12)]}),
        [
            {k: v for k, v in r.items() if k != "m_output_tokens"}
            for r in formats({"bf16": PLAIN, "int8": ONE, "nf4": TWO})
        ],
        formats({"bf16": PLAIN, "int8": ONE, "nf4": [(36.9, 12566), (29.9, 12596), (90.0, 12533)]}),  # apart in one
    ],
)
def test_formats_that_differ_are_not(found, records: list[Record]) -> None:
    assert not found("without_effect", records)


def test_tokens_of_a_whole_run_tell_it_too(found) -> None:
    records = formats({"bf16": PLAIN, "int8": ONE, "nf4": TWO})
    records = [r | {"m_output_tokens": {"total": r["m_output_tokens"]}} for r in records]
    (alert,) = found("without_effect", records)
    assert alert.values["levels"] == "int8, nf4"
