"""Ends of an effect or a curve that did other work, and rivals that are none: nothing is said of them."""

from __future__ import annotations

import pytest

from chimera_report.tools.stats import analyse


def rows_of(tokens: tuple[int, int], metric: str, kind: str, factor: str) -> list[dict[str, object]]:
    return [
        {f"f_{factor}": level, f"m_{metric}": v * k, f"m_{kind}": n + i}
        for level, n, k in (("x", tokens[0], 1.0), ("y", tokens[1], 3.0))
        for i, v in enumerate((5.0, 5.1, 4.9, 5.05, 4.95, 5.02))
    ]


def told(analysis, metric: str, factor: str) -> bool:
    found = {(i.metric, i.factor) for i in (*analysis.effects, *analysis.curves)}
    return (metric, factor) in found | {(i.metric, i.axis) for i in (*analysis.comparisons, *analysis.matched)}


@pytest.mark.parametrize(
    ("metric", "kind"),
    [("run_time", "output_tokens"), ("ttft", "prompt_tokens"), ("prompt_eval_time", "prompt_tokens")],
)
@pytest.mark.parametrize("factor", ["flash_attention", "split_mode", "task"])
def test_a_time_of_other_work_is_no_effect(build, metric: str, kind: str, factor: str) -> None:
    assert not told(analyse(build(rows_of((30, 500), metric, kind, factor))), metric, factor)


@pytest.mark.parametrize(
    ("metric", "kind", "factor", "tokens"),
    [
        ("decode_rate", "output_tokens", "flash_attention", (30, 500)),  # a rate is of each token
        ("ttft", "prompt_tokens", "flash_attention", (500, 510)),
        ("ttft", "prompt_tokens", "context_length", (500, 16000)),  # along the length itself it is what was asked
    ],
)
def test_an_effect_of_the_same_work_stays(build, metric: str, kind: str, factor: str, tokens: tuple[int, int]) -> None:
    rows = rows_of(tokens, metric, kind, factor)
    if factor == "context_length":
        rows = [{**r, "f_context_length": {"x": "512", "y": "16384"}[str(r["f_context_length"])]} for r in rows]
    assert told(analyse(build(rows)), metric, factor)


@pytest.mark.parametrize(("times", "kept"), [(20.0, True), (500.0, False)])
def test_what_lies_hundreds_of_times_apart_is_no_rival(build, times: float, kept: bool) -> None:
    """A prompt that is in the cache and one that is read anew are not two ways of one thing."""
    rows = [
        {"f_backend": name, "f_batch": b, "m_ttft": k * b * v}
        for name, k in (("a", 1.0), ("b", times))
        for b in (1, 2, 4)
        for v in (1.0, 1.02, 0.98)
    ]
    assert any(m.metric == "ttft" for m in analyse(build(rows)).matched) is kept


@pytest.mark.parametrize("phase", ["fill", "cold", "x"])
def test_a_side_of_two_groups_is_no_side(build, phase: str) -> None:
    """What filled a cache and what came back from it make no mean of a system, though a column tells the two apart."""
    rows = [
        {"subject": name, "f_phase": p, "m_ttft": v * k}
        for name, k in (("a", 1.0), ("b", 1.6))
        for p, v in ((phase, 56.0), ("revisit", 2.3))
        for _ in range(6)
        for v in (v, v * 1.01)
    ]
    found = [c for c in analyse(build(rows)).comparisons if c.metric == "ttft" and not c.paired]
    assert all("phase" in c.matched or "phase" in c.condition for c in found)
