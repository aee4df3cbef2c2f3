"""Kinds of statements that people write and that the two sets of `test_referee.py` have not: ratios with their
intervals, charts of characters, bounds, values that no file has, values with and without a load, shorter names.

Each true one is bent by a program as well: no bent one may be supported.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from chimera_report.agent.lint import judged, known

from .test_referee import DATA  # type: ignore[import-not-found]

CHART = "```text\nChart 1. {head}\n{lines}\n```"
TRUE = (
    # ratios, with what stands in brackets
    "gemma3:270m decodes 1.41 times as fast as qwen2.5:0.5b (95 % interval 1.397–1.416).",
    "gemma3:270m generates 1.41 times as fast as qwen2.5:0.5b (1.40–1.42, n = 24).",
    "gemma3:270m writes about 41 % faster than qwen2.5:0.5b (1.40 to 1.42).",
    "On the same prompts, gemma3:270m decodes 2.39 times as fast as llama3.2:1b, and qwen2.5:0.5b 1.70 times.",
    "270m generates 2.40 times as fast as gemma3:1b (2.38–2.42), and 0.5b 1.705 times (1.693–1.717).",
    # charts that are drawn with characters
    CHART.format(
        head="Decode rate, tokens/s; bar = geometric mean, (…) = 95 % interval",
        lines="gemma3:270m   ██████████  113.9  (113.3–114.5)  24\n"
        "qwen2.5:0.5b  ███████  80.9  (80.6–81.3)  24 of 24 runs",
    ),
    CHART.format(
        head="Generation speed, tokens/s, medians",
        lines="gemma3:270m   ■■■■■■■■ 113.8\nllama3.2:1b   ■■■ 47.9\ngemma3:1b     ■■■ 47.55",
    ),
    CHART.format(head="Time to first token", lines="gemma3:270m   ● 79.7 ms\nllama3.2:1b  ● 239 ms  (24 runs)"),
    CHART.format(
        head="Load time, s, geometric means",
        lines="gemma3:270m   ##### 0.416 (0.409–0.422)\ngemma3:1b   ########## 1.283",
    ),
    CHART.format(head="TTFT", lines="qwen2.5:0.5b  ▏▏▏ 0.12 s\ngemma3:1b  ▏▏▏▏ 0.209 s"),
    # a value that is nowhere, and the greatest
    '"180.5 tokens/s" for gemma3:270m stands in no data file; the highest measured value is 123.81.',
    "200 tokens/s for llama3.2:1b appears in no file.",
    "99.9 tok/s for qwen2.5:0.5b is nowhere in the data.",
    '"12.5 tokens/s" for gemma3:1b is found in no data file; its highest value is 51.21 tokens/s.',
    "61 tokens/s of gemma3:270m exists in no file.",
    # bounds over the settings
    "The decode rate differs by at most 12 % over any setting.",
    "Generation speed changes by no more than 11.3 % with any setting for gemma3:270m.",
    "Decode rate varies by at most 12 % over all settings for 270m, 0.5b and llama3.2:1b.",
    "The decode rate differs by at most 11.4 % across every setting for llama3.2:1b.",
    "The generation speed differs by at most 20 % over any of the parameters for Llama and qwen2.5:0.5b.",
    # shorter names, where they can be nobody else's
    "Llama decodes 47.7 tokens/s.",
    "gemma3:270m is faster than llama3.2:1b. Llama's time to first token is 239 ms.",
    "Qwen takes 0.746 s to load.",
    "The time to first token of Qwen is 120 ms.",
    "Llama is slower than qwen2.5:0.5b, by decode rate.",
)  # fmt: skip


@pytest.fixture(scope="module")
def ask() -> Callable[[str], str]:
    folder = known(DATA / "lint/results")

    def verdict(text: str) -> str:
        told = [s.verdict for s in judged(text + "\n", folder).statements or []]
        return next((v for v in ("refuted", "unsupported", "supported") if v in told), "")

    return verdict


@pytest.mark.parametrize("text", TRUE, ids=[t[:48] for t in TRUE])
def test_what_is_true_is_supported(text: str, ask: Callable[[str], str]) -> None:
    assert ask(text) == "supported"


def bent(text: str) -> list[str]:
    """The text with one number, or one system, or one direction changed, at each of its places."""
    made = []
    for m in re.finditer(r"(?<![\w.:])\d+(?:\.\d+)?(?![\w:]|\.\d)", text):
        if text[: m.start()].endswith("Chart ") or text[m.end() :].startswith(" % interval"):
            continue
        for factor in (0.5, 1.3):  # "at most 12 %" stays true for more, "nowhere" for most other numbers
            new = f"{float(m[0]) * factor:.{len(m[0].partition('.')[2])}f}"
            if new != m[0] and not (factor > 1 and re.search(r"at most|no more than", text)):
                made.append((m, text[: m.start()] + new + text[m.end() :]))
    lies = [t for m, t in made if not (re.search(r"in no|nowhere", text) and m.start() < 3)]
    for a, b in (("gemma3:270m", "gemma3:1b"), ("qwen2.5:0.5b", "gemma3:270m"), ("Llama", "Qwen"), ("Qwen", "Llama")):
        if a in text and not re.search(r"in no|nowhere|at most|no more|Llama is slower", text) and b not in text:
            lies.append(text.replace(a, b))
    for a, b in (("faster", "slower"), (" fast ", " slow "), ("highest", "lowest"), ("tokens/s", "ms"), (" ms", " s")):
        if a in text and not re.search(r"in no|nowhere", text):
            lies.append(text.replace(a, b))
    lies += [text.replace("in no", "in a").replace("nowhere in the data", "in the data")] if "no" in text else []
    return [t for t in lies if t != text]


def test_nothing_bent_is_supported(ask: Callable[[str], str]) -> None:
    lies = [lie for text in TRUE for lie in bent(text)]
    assert len(lies) > 100
    assert [lie for lie in lies if ask(lie) == "supported"] == []


OTHERS = (
    "The latest release decodes 47.7 tokens/s.",  # no system
    "Gemma decodes 113.9 tokens/s.",  # two of them
    "The decode rate differs by at most 12 % over any setting, except for one.",
    "gemma3:270m decodes 1.41 times as fast as qwen2.5:0.5b (24 matched settings).",  # they are not matched
    "gemma3:270m decodes 1.41 times as fast as qwen2.5:0.5b (1.397–1.416), and so does everything else 1.41 times.",
    "The warm decode rate of gemma3:270m is 113.9 tokens/s.",  # nothing tells warm from cold here
)


@pytest.mark.parametrize("text", OTHERS)
def test_what_says_more_is_not(text: str, ask: Callable[[str], str]) -> None:
    assert ask(text) != "supported"


def test_values_with_and_without_a_load_are_told_apart(tmp_path: Path) -> None:
    rows = [f"a:1b,{50 + i % 3},{9.0 if i == 0 else 0.001},{0.5 + (9.0 if i == 0 else 0.001)}" for i in range(9)]
    rows += [f"b:3b,{20 + i % 3},{7.0 if i == 0 else 0.001},{0.9 + (7.0 if i == 0 else 0.001)}" for i in range(9)]
    (tmp_path / "runs.csv").write_text("model,tokens_s,load_s,ttft_s\n" + "\n".join(rows) + "\n")
    folder = known(tmp_path)

    def ask(text: str) -> str:
        told = [s.verdict for s in judged(text + "\n", folder).statements or []]
        return next((v for v in ("refuted", "unsupported", "supported") if v in told), "")

    assert ask("The warm time to first token of a:1b is 0.501 s.") == "supported"
    assert ask("a:1b's warm time to first token is 501 ms, b:3b's 901 ms.") == "supported"
    assert ask("The cold time to first token of a:1b is 9.5 s.") == "supported"
    chart = (
        "```\nTime to first token: after a load against warm\na:1b   warm ● 501 ms  ◆ 9.5 s (8 / 1 runs)\n"
        "b:3b   warm ● 901 ms  ◆ 7.9 s (8 / 1)\n```"
    )
    assert ask(chart) == "supported"
    for lie in ("The warm time to first token of a:1b is 9.5 s.", "The cold time to first token of a:1b is 0.501 s.",
                "a:1b's warm time to first token is 901 ms, b:3b's 501 ms.", chart.replace("7.9", "9.5"),
                chart.replace("(8 / 1)", "(1 / 8)"), chart.replace("901", "501")):  # fmt: skip
        assert ask(lie) != "supported", lie
