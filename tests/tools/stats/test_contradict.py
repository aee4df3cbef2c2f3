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


PHI = {"source": "phi.txt", "subject": "phi4-14b", "suite": "mac", "m_decode_rate": 40.5}
BIG = {"source": "llama.txt", "subject": "llama3.3-70b", "suite": "mac", "m_decode_rate": 7.6}
MID = {"source": "gemma.txt", "subject": "gemma3-27b", "suite": "mac", "m_decode_rate": 22.1}


def _beyond(build, stated: dict[str, float], **more: str) -> dict[str, list]:
    rows = [{**m, "m_decode_rate": m["m_decode_rate"] * x} for m in (PHI, BIG, MID) for x in (1.0, 1.1, 0.96)]
    said = {"source": "README.md", "origin": "reported", "suite": "README", **more}
    rows += [{**said, "subject": name, "m_decode_rate": value} for name, value in stated.items()]
    return {s.subject: list(s.values) for s in analyse(build(rows)).stated}


@pytest.mark.parametrize(
    "name", ["Llama 3.3 70B", "llama3.3:70b", "Llama-3.3-70B", "meta/llama3.3-70b", "llama3.3 70b"]
)
def test_a_number_beyond_all_that_was_measured_needs_no_settings(build, name: str) -> None:
    found = _beyond(build, {"Phi 4 14B": 40.5, "Gemma 3 27B": 22.1, name: 31.3})
    ((value,),) = found.values()
    assert (value.stated, value.low, value.high) == (31.3, pytest.approx(7.296), pytest.approx(8.36))


def test_it_is_said_whose_number_it_is(build) -> None:
    ((value,),) = _beyond(build, {"Phi 4 14B": 40.5, "Gemma 3 27B": 22.1, "Llama 3.3 70B": 44.55}).values()
    assert value.other == "phi4-14b"


@pytest.mark.parametrize(
    "more",
    [{"f_device": "RTX 4090"}, {"f_section": "Results on H100"}, {"f_quantisation": "Q8_0"}, {"f_backend": "vllm"}],
)
def test_a_table_of_another_machine_or_format_is_no_error(build, more: dict[str, str]) -> None:
    assert not _beyond(build, {"Phi 4 14B": 40.5, "Gemma 3 27B": 22.1, "Llama 3.3 70B": 31.3}, **more)


def test_a_table_of_which_no_number_was_measured_is_of_something_else(build) -> None:
    assert not _beyond(build, {"Phi 4 14B": 400.0, "Gemma 3 27B": 210.0, "Llama 3.3 70B": 31.3})
