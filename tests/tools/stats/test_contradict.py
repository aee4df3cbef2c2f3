"""A document is accused only where its number can be of no other measurements than those it is compared with."""

from __future__ import annotations

import pytest

from chimera_report.tools.stats import analyse

LLAMA = {"source": "vllm_llama8b.csv", "subject": "Llama-8B", "suite": "llama"}
QWEN = {"source": "vllm_qwen32b.csv", "subject": "Qwen-32B", "suite": "qwen"}


def _accused(build, stated: list[dict]) -> list:
    rows = [{**LLAMA, "f_concurrency": c, "m_decode_rate": x} for c, x in (("1", 101.25), ("16", 2257.5))]
    rows += [{**QWEN, "f_concurrency": c, "m_decode_rate": x} for c, x in (("1", 61.75), ("16", 1738.4))]
    rows += [{"source": "z.md", "origin": "reported", "suite": "z", "f_concurrency": "16", **s} for s in stated]
    return [a for a in analyse(build(rows)).alerts if a.kind == "contradiction"]


@pytest.mark.parametrize("section", ["", "Results", "Head-to-head at 16", "Llama-8B", "What we saw"])
def test_a_wrong_number_is_told_under_a_heading_that_names_no_other(build, section: str) -> None:
    (alert,) = _accused(build, [{"subject": "Llama-8B", "f_section": section or "Throughput", "m_decode_rate": 1500.5}])
    assert alert.values["stated"] == 1500.5


@pytest.mark.parametrize(
    "section", ["Qwen-32B", "Head-to-head: Qwen 32B", "Results (qwen)", "BF16 – Qwen-32B", "32B model"]
)
def test_a_heading_that_names_another_model_is_believed(build, section: str) -> None:
    assert not _accused(build, [{"subject": "Llama-8B", "f_section": section, "m_decode_rate": 1500.5}])


LOADS = ("1", "2", "4", "8", "16")


def _several(build, stated: dict[str, float]) -> list:
    """What a document says of Llama-8B by load, beside a Llama and a Qwen under five loads each."""
    rows = [{**LLAMA, "f_concurrency": c, "m_decode_rate": 101.25 * (i + 1)} for i, c in enumerate(LOADS)]
    rows += [{**QWEN, "f_concurrency": c, "m_decode_rate": 61.75 * (i + 1)} for i, c in enumerate(LOADS)]
    said = {"source": "z.md", "origin": "reported", "suite": "z", "subject": "Llama-8B", "f_section": "Throughput"}
    rows += [{**said, "f_concurrency": c, "m_decode_rate": value} for c, value in stated.items()]
    return [a for a in analyse(build(rows)).alerts if a.kind == "contradiction"]


@pytest.mark.parametrize("loads", [LOADS, LOADS[:3], LOADS[1:4], LOADS[2:], LOADS[::2]])
def test_numbers_that_are_all_those_of_another_system_are_no_error(build, loads: tuple[str, ...]) -> None:
    assert not _several(build, {c: 61.75 * (LOADS.index(c) + 1) for c in loads})


@pytest.mark.parametrize("value", [123.5, 185.25, 247.0, 308.75, 61.75])
def test_one_number_that_stands_somewhere_else_is_still_wrong(build, value: float) -> None:
    (alert,) = _several(build, {"1": value})
    assert alert.values["stated"] == value


def test_a_number_of_a_system_without_a_name_is_no_error(build) -> None:
    rows = [{**LLAMA, "f_concurrency": c, "m_decode_rate": x} for c, x in (("1", 101.25), ("16", 2257.5))]
    rows += [{"source": "b.csv", "subject": "", "suite": "b", "f_concurrency": "16", "m_decode_rate": 15446.6}]
    stated = {"source": "z.md", "origin": "reported", "suite": "z", "subject": "Llama-8B", "f_concurrency": "16"}
    analysis = analyse(build([*rows, {**stated, "m_decode_rate": 15447.0}]))
    assert not [a for a in analysis.alerts if a.kind == "contradiction"]
