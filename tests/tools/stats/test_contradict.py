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


@pytest.mark.parametrize("value", [1738.4, 1738.0, 61.75, 61.8, 101.25])
def test_a_number_that_other_measurements_have_is_no_error(build, value: float) -> None:
    assert not _accused(build, [{"subject": "Llama-8B", "f_section": "Throughput", "m_decode_rate": value}])


def test_a_number_of_a_system_without_a_name_is_no_error(build) -> None:
    rows = [{**LLAMA, "f_concurrency": c, "m_decode_rate": x} for c, x in (("1", 101.25), ("16", 2257.5))]
    rows += [{"source": "b.csv", "subject": "", "suite": "b", "f_concurrency": "16", "m_decode_rate": 15446.6}]
    stated = {"source": "z.md", "origin": "reported", "suite": "z", "subject": "Llama-8B", "f_concurrency": "16"}
    analysis = analyse(build([*rows, {**stated, "m_decode_rate": 15447.0}]))
    assert not [a for a in analysis.alerts if a.kind == "contradiction"]
