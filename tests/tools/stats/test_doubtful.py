"""What must not be concluded from times and answers; and what only looks like that."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from chimera_report.tools.stats.prepared import prepare

Record = dict[str, Any]


# --- a time that is a constant share of another ---


def shares(
    share: float, wholes: list[float], part: str = "prompt_eval_time", whole: str = "e2e_latency", digits: int = 4
) -> list[Record]:
    return [
        {f"m_{part}": {"mean": round(share * w, digits)}, f"m_{whole}": {"mean": round(w, 3)}, "f_model": i}
        for i, w in enumerate(wholes)
    ]


WHOLES = [1.161, 1.751, 0.616, 4.116, 2.004, 3.337]


@pytest.mark.parametrize(
    ("part", "whole", "share"),
    [
        ("prompt_eval_time", "e2e_latency", 0.2),
        ("ttft", "e2e_latency", 0.1),
        ("eval_time", "e2e_latency", 0.8),
        ("ttft", "run_time", 0.05),
        ("queue_time", "run_time", 0.3),
    ],
)
def test_a_constant_share_was_computed(found, part: str, whole: str, share: float) -> None:
    (alert,) = found("constant_share", shares(share, WHOLES, part, whole))
    assert alert.metric == part and alert.values["whole"] == whole
    assert alert.values["share"] == pytest.approx(share, rel=1e-3) and alert.values["records"] == 6


@pytest.mark.parametrize(
    "records",
    [
        shares(0.2, WHOLES[:4]),  # too few
        shares(0.2, [1.0, 1.01, 1.02, 1.03, 1.04, 1.05]),  # the same work each time
        shares(0.2, [1.161] * 6),
        shares(1.0, WHOLES),  # two names of one time
        [
            {"m_ttft": {"mean": 0.2 * w * f}, "m_e2e_latency": {"mean": w}}
            for w, f in zip(WHOLES, [1, 1.02, 0.98, 1, 1.01, 0.99], strict=True)
        ],
        [{"m_ttft": 0.2 * w + 0.01, "m_e2e_latency": w} for w in WHOLES],
        [{"m_ttft": 0.0, "m_e2e_latency": w} for w in WHOLES],
        [{"m_power": 0.2 * w, "m_e2e_latency": w} for w in WHOLES],  # no time
        [{"m_ttft": 0.2 * w} for w in WHOLES],
        [{"m_ttft": 0.1234 * w * (1 + 1e-4 * i), "m_e2e_latency": w} for i, w in enumerate(WHOLES)],
        [{"m_ttft": 0.2 * w, "source": "a.csv"} for w in WHOLES] + [{"m_e2e_latency": w} for w in WHOLES],
    ],
)
def test_other_shares_were_measured(found, records: list[Record]) -> None:
    assert not found("constant_share", records)


# --- rates that were offered and not completed ---


def served(
    rates: dict[str, float], capacity: float, n: int = 200, *, latency: float = 0.2, **more: Any
) -> list[Record]:
    records = []
    for level, rate in rates.items():
        done = min(rate, capacity)
        lasted = n / done + latency
        wait = max(latency, (lasted - (n / rate if np.isfinite(rate) else 0)) / 2)
        records.append(
            {
                "f_request_rate": level,
                "f_num_prompts": n,
                "stat": "mean",
                "n": n,
                "m_request_rate": {"mean": n / lasted},
                "m_ttft": {"mean": wait * 1.01, "p50": wait},
                "m_run_time": {"total": lasted},
                **more,
            }
        )
    return records


RATES = {"1": 1.0, "2": 2.0, "4": 4.0, "8": 8.0, "inf": float("inf")}


@pytest.mark.parametrize(
    ("rates", "capacity", "runs", "offered"),
    [
        (RATES, 2.5, 3, "4"),
        (RATES, 5.0, 2, "8"),
        (RATES, 0.4, 5, "1"),
        ({"1": 1.0, "2": 2.0, "3": 3.0}, 1.5, 2, "2"),
        ({"4": 4.0, "16": 16.0, "inf": float("inf")}, 10.0, 2, "16"),
    ],
)
def test_waits_beyond_capacity_are_of_the_queue(
    found, rates: dict[str, float], capacity: float, runs: int, offered: str
) -> None:
    (alert,) = found("overload", served(rates, capacity))
    assert alert.values["runs"] == runs and alert.values["offered"] == offered
    assert ("always" in alert.values) == (runs == len(rates))


@pytest.mark.parametrize(
    "records",
    [
        served({"1": 1.0, "2": 2.0, "4": 4.0}, 50.0),  # kept up with
        served({"1": 1.0, "2": 2.0, "4": 4.0}, 50.0, n=20, latency=10.0),  # few requests: the last answer takes long
        served({"1": 1.0, "2": 2.0}, 0.5),  # two rates
        [{k: v for k, v in r.items() if k != "m_ttft"} for r in served(RATES, 2.5)],
        [{k: v for k, v in r.items() if k != "m_request_rate"} for r in served(RATES, 2.5)],
        [{("f_concurrency" if k == "f_request_rate" else k): v for k, v in r.items()} for r in served(RATES, 2.5)],
        [r | {"m_ttft": {"p50": 0.1}} for r in served(RATES, 2.5)],  # no wait
        [r | {"m_ttft": {"p50": 2.0}} for r in served(RATES, 2.5, n=40)],  # short
        [],
        served({"inf": float("inf")}, 2.5),
    ],
)
def test_a_rate_that_was_kept_up_with_is_no_overload(found, records: list[Record]) -> None:
    assert not found("overload", records or [{"m_ttft": 1.0}])


# --- answers that hold nothing ---


def answers(lengths: list[tuple[float | None, float | None]], **more: Any) -> list[Record]:
    """(characters, tokens) of each."""
    return [
        {"m_e2e_latency": 1.0 + i / 10, "subject": f"m{i % 4}"}
        | ({"m_response_chars": c} if c is not None else {})
        | ({"m_output_tokens": t, "m_decode_rate": max(t, 0.0) / (1.0 + i / 10)} if t is not None else {})
        | more
        for i, (c, t) in enumerate(lengths)
    ]


FULL: list[tuple[float | None, float | None]] = [(200 + i, 50 + i) for i in range(6)]


@pytest.mark.parametrize(
    ("lengths", "records", "tokens"),
    [
        ([*FULL, (0, 500), (0, 500)], 2, 500),
        ([*FULL, (0, 0)], 1, None),
        ([*FULL, (0, 7), (0, None)], 2, 7),
        ([(c, None) for c, _ in FULL] + [(0, None)], 1, None),
        ([*FULL, *[(0, 100)] * 20], 20, 100),
    ],
)
def test_empty_answers_that_count_as_successful_are_told(found, lengths, records: int, tokens: int | None) -> None:
    (alert,) = found("empty_answers", answers(lengths))
    assert alert.values["records"] == records and alert.values.get("tokens") == tokens


@pytest.mark.parametrize(
    "lengths",
    [
        FULL,
        [(0, 500), (0, 500)],  # nothing to hold it against: the text was not kept
        [*FULL[:4], (0, 500)],
        [*FULL, (1, 1)],
        [(c, None) for c, _ in FULL],
        [(None, t) for _, t in FULL],
        [*FULL, (200, 0)],  # not counted
        [*FULL, (None, None)],
        [(0, t) for _, t in FULL],  # texts were not kept at all
        [*FULL, (12, None), (None, 3)],
        [(None, t) for _, t in FULL] + [(None, 0), (None, 0)],  # not counted
    ],
)
def test_answers_that_hold_something_are_not(found, lengths) -> None:
    assert not found("empty_answers", answers(lengths))


def test_text_without_counted_tokens_is_told_apart(found) -> None:
    (alert,) = found("uncounted_tokens", answers([*FULL, *[(300 + i, 0) for i in range(5)]]))
    assert alert.values["records"] == 5 and alert.values["of"] == 11


def of_success(rates: list[float | None], **more: Any) -> list[Record]:
    return [
        {"subject": f"m{i}", "m_e2e_latency": 1.0 + i} | ({"m_success_rate": r} if r is not None else {}) | more
        for i, r in enumerate(rates)
    ]


@pytest.mark.parametrize(
    ("rates", "told", "least"),
    [
        ([1, 1, 0.625, 1, 1], 1, "m2"),
        ([0.5, 0.9], 2, "m0"),
        ([0.94] * 3, 3, "m0"),
        ([1, 0.1, 0.3], 2, "m1"),
        ([0.8, None, 1], 1, "m0"),
    ],
)
def test_results_of_a_part_of_the_requests_are_told(found, rates: list[float | None], told: int, least: str) -> None:
    (alert,) = found("partial_success", of_success(rates))
    assert alert.values["records"] == told and alert.values["least"] == least


@pytest.mark.parametrize(
    "records",
    [
        of_success([1, 1, 1]),
        of_success([0.99, 0.97, 1]),
        of_success([None, None]),
        of_success([0, 0, 1]),
        [{"m_success_rate": 0.5}, {"m_success_rate": 0.6}],  # of nothing that was timed
        [{"m_e2e_latency": 1.0}, {"m_accuracy": 0.5}],
        [{"m_pass_rate": 0.5, "m_e2e_latency": 1.0}],
        [{"m_error_rate": 0.5, "m_e2e_latency": 1.0}],
        of_success([0.95, 0.96]),
        of_success([1.0] * 20),
    ],
)
def test_other_rates_of_success_are_not(found, records: list[Record]) -> None:
    assert not found("partial_success", records)


def stated(mean: float, **stats: float) -> Record:
    return {"m_e2e_latency": {"mean": mean} | stats}


@pytest.mark.parametrize(
    "records",
    [
        [stated(1.0 + i, p95=1.0 + i, sd=0.0) for i in range(6)],
        [stated(1.0 + i, sd=0.0) for i in range(5)],
        [stated(1.0 + i, min=1.0 + i, max=1.0 + i) for i in range(5)],
        [stated(1.0 + i, p50=1.0 + i, p99=1.0 + i) for i in range(5)],
        [stated(1.0 + i, p95=1.0 + i, sd=0.0) for i in range(20)] + [stated(2.0, p95=3.0, sd=0.5)],
    ],
)
def test_statistics_of_one_answer_each_are_told(found, records: list[Record]) -> None:
    (alert,) = found("single_answers", records)
    assert alert.values["of"] == len(records)


@pytest.mark.parametrize(
    "records",
    [
        [stated(1.0 + i, p95=1.2 + i, sd=0.1) for i in range(6)],
        [stated(1.0 + i, sd=0.0) for i in range(4)],
        [stated(1.0 + i) for i in range(6)],
        [stated(1.0 + i, p95=1.0 + i, sd=0.0) for i in range(6)] + [stated(2.0, p95=3.0, sd=0.5) for _ in range(6)],
        [stated(1.0 + i, sd=0.01) for i in range(6)],
        [stated(1.0 + i, p50=1.0 + i) for i in range(6)],
        [{"m_e2e_latency": 1.0 + i} for i in range(8)],
        [{"m_accuracy": {"mean": 0.5, "sd": 0.0}} for _ in range(8)],
        [stated(1.0 + i, max=1.0 + i, min=0.5) for i in range(6)],
        [stated(0.0, sd=0.0) for _ in range(6)],
    ],
)
def test_other_statistics_are_not(found, records: list[Record]) -> None:
    assert not found("single_answers", records)


# --- means with a tail ---


def tailed(ratios: list[float], metric: str = "ttft", **more: float) -> list[Record]:
    return [
        {f"m_{metric}": {"mean": 0.1 * r, "p50": 0.1} | more, "n": 50, "f_concurrency": i + 1}
        for i, r in enumerate(ratios)
    ]


@pytest.mark.parametrize(
    ("ratios", "told"),
    [
        ([1.1] * 9 + [4.2], 1),
        ([1.0, 1.1, 1.2, 2.5, 1.1, 1.3], 1),
        ([1.05] * 20 + [2.0, 3.0], 2),
        ([1.0] * 4 + [9.0], 1),
    ],
)
@pytest.mark.parametrize("metric", ["ttft", "tpot", "e2e_latency"])
def test_means_that_few_requests_make_are_told(found, ratios: list[float], told: int, metric: str) -> None:
    (alert,) = found("tail_in_mean", tailed(ratios, metric))
    assert alert.values["records"] == told and alert.values["mean"] == pytest.approx(0.1 * max(ratios))


@pytest.mark.parametrize(
    "records",
    [
        tailed([1.1] * 10),
        tailed([1.9] * 3 + [1.0] * 7),
        tailed([3.0] * 8 + [1.0] * 2),  # so it is with that system
        tailed([1.0, 1.0, 1.0, 5.0]),
        tailed([1.0] * 9 + [0.3]),
        [r | {"n": 3} for r in tailed([1.0] * 9 + [5.0])],
        [{"m_ttft": {"mean": 0.5}} for _ in range(9)],
        [{"m_ttft": {"p50": 0.5}} for _ in range(9)],
        [{"m_ttft": 0.1 * (1 + i)} for i in range(9)],
        [{"m_decode_rate": {"mean": 50.0, "p50": 10.0}} for _ in range(2)],
    ],
)
def test_other_means_are_not(found, records: list[Record]) -> None:
    assert not found("tail_in_mean", records)


@pytest.mark.parametrize("more", [{"m_accuracy": 1.0}, {"m_pass_rate": 1.0}, {"f_mode": "streaming"}])
def test_a_call_of_a_tool_and_a_text_that_was_not_kept_are_no_empty_answers(found, more: Record) -> None:
    empty = [r | more for r in answers([(0, 50), (0, 60)], f_mode="static")]
    assert not found("empty_answers", answers(FULL, f_mode="static") + empty)


def test_times_of_empty_answers_are_in_no_statistic(build) -> None:
    prepared = prepare(build(answers([*FULL, (0, 500)])))
    (key,) = (k for k in prepared.measures() if k.metric == "decode_rate" and k.subject == "m2")
    assert len(prepared.rows(key)) == 1
