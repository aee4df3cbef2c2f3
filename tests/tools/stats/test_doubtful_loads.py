"""What must not be concluded over loads and between rivals of other work; and what only looks like that."""

from __future__ import annotations

from typing import Any

import pytest

Record = dict[str, Any]


def waits(medians: dict[int, float], n: int = 20, metric: str = "ttft", **more: Any) -> list[Record]:
    return [
        {"f_concurrency": load, f"m_{metric}": wait * (0.9 + 0.01 * i)} | more
        for load, wait in medians.items()
        for i in range(n)
    ]


RISING = {1: 0.1, 5: 0.15, 20: 0.4}
FALLING = {1: 0.66, 5: 0.11, 20: 0.5}


@pytest.mark.parametrize(
    ("records", "cells"),
    [
        (waits(FALLING, f_task="long") + waits(RISING, f_task="chat"), 1),
        (waits(FALLING, f_task="long") + waits(RISING, f_task="chat") + waits(RISING, f_task="code"), 1),
        (waits({2: 1.0, 8: 0.3}, f_task="long") + waits({2: 0.3, 8: 0.4}, f_task="chat"), 1),
        (
            waits(FALLING, f_task="long", f_config="a")
            + waits(FALLING, f_task="long", f_config="b")
            + waits(RISING, f_task="chat", f_config="a")
            + waits(RISING, f_task="chat", f_config="b"),
            2,
        ),
        (waits(FALLING, 12, "prompt_eval_time", f_task="x") + waits(RISING, 12, "prompt_eval_time", f_task="y"), 1),
    ],
)
def test_waits_that_fall_with_the_load_are_odd(found, records: list[Record], cells: int) -> None:
    (alert,) = found("falling_waits", records)
    assert alert.values["cells"] == cells and alert.values["first"] > 2 * alert.values["then"]


@pytest.mark.parametrize(
    "records",
    [
        waits(RISING),
        waits({1: 0.2, 5: 0.15}, f_task="a") + waits(RISING, f_task="b"),  # by little
        waits(FALLING, 3, f_task="a") + waits(RISING, 3, f_task="b"),  # few, under one condition
        [r for t in "abcdef" for r in waits(FALLING, f_task=t)],  # with that tool it is always so
        waits({5: 0.66}, f_task="a") + waits({1: 0.1}, f_task="b"),  # one load each
        waits(FALLING, metric="tpot", f_task="a") + waits(RISING, metric="tpot", f_task="b"),
        waits(FALLING, metric="e2e_latency", f_task="a") + waits(RISING, metric="e2e_latency", f_task="b"),
        [{("f_batch_size" if k == "f_concurrency" else k): v for k, v in r.items()} for r in waits(FALLING)],
        waits({1: 0.0, 5: 0.0}, f_task="a") + waits(RISING, f_task="b"),
        [{"m_ttft": 0.5}, {"m_ttft": 0.1}],
    ],
)
def test_other_waits_are_not(found, records: list[Record]) -> None:
    assert not found("falling_waits", records)


def runs(tokens: dict[str, float], n: int = 400, axis: str = "subject", **more: Any) -> list[Record]:
    return [
        {
            axis: name,
            "m_total_tokens": each * n,
            "m_total_throughput": 500.0,
            "m_run_time": {"total": each * n / 500.0},
            "f_num_requests": n,
        }
        | more
        for name, each in tokens.items()
    ]


@pytest.mark.parametrize(
    ("tokens", "axis"),
    [
        ({"a": 20.7, "b": 126.6}, "subject"),
        ({"a": 20.7, "b": 101.5, "c": 237.0}, "subject"),
        ({"a": 60.0, "b": 100.0}, "f_backend"),
        ({"a": 60.0, "b": 100.0}, "f_quantisation"),
        ({"a": 500.0, "b": 100.0, "c": 110.0}, "subject"),
    ],
)
def test_requests_of_other_numbers_of_tokens_are_told(found, tokens: dict[str, float], axis: str) -> None:
    (alert,) = found("unequal_tokens", runs(tokens, axis=axis))
    assert alert.values["lowest"] == pytest.approx(min(tokens.values()))
    assert alert.values["highest"] == pytest.approx(max(tokens.values()))


@pytest.mark.parametrize(
    "records",
    [
        runs({"a": 100.0, "b": 110.0}),
        runs({"a": 100.0}),
        runs({"a": 20.0, "b": 126.0}, n=1),  # one request
        [{k: v for k, v in r.items() if k != "f_num_requests"} for r in runs({"a": 20.0, "b": 126.0})],
        [r | {"m_output_tokens": 50.0} for r in runs({"a": 20.0, "b": 126.0})],  # told by their answers
        runs({"a": 20.0}, f_task="x") + runs({"b": 126.0}, f_task="y"),  # never under one condition
        runs({"a": 0.5, "b": 0.9}),  # fewer tokens than requests: no count of tokens
        [{k: v for k, v in r.items() if k not in ("m_total_throughput",)} for r in runs({"a": 20.0, "b": 126.0})],
        [{k: v for k, v in r.items() if k != "m_total_tokens"} for r in runs({"a": 20.0, "b": 126.0})],
        runs({"8": 20.0, "64": 126.0}, axis="f_output_length"),  # that is what was asked for
    ],
)
def test_requests_of_about_as_many_are_not(found, records: list[Record]) -> None:
    assert not found("unequal_tokens", records)
