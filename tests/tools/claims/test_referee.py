"""`lint --against` as a referee: 200 statements about four models, as people write them, 100 true and 100 false.

The statements (tests/data/lint) were written before the work that they measure. A text of several statements counts as
supported where each of them is.
"""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from chimera_report.agent.lint import Review, judged, known

DATA = Path(__file__).parents[2] / "data/lint"


def texts(name: str) -> list[str]:
    return [part.strip() + "\n" for part in (DATA / f"{name}.txt").read_text(encoding="utf-8").split("\n%%\n")]


def verdict(done: Review) -> str:
    """Of a whole text: refuted where one statement is, supported where all are, else unsupported; "" for none."""
    told = [s.verdict for s in done.statements or []]
    if not told:
        return ""
    return next((v for v in ("refuted", "unsupported") if v in told), "supported")


@pytest.fixture(scope="module")
def verdicts() -> dict[str, dict[str, str]]:
    data = known(DATA / "results")
    return {name: {text: verdict(judged(text, data)) for text in texts(name)} for name in ("true", "false")}


def test_the_set_is_whole() -> None:
    assert {name: len(texts(name)) for name in ("true", "false")} == {"true": 100, "false": 100}


def test_nothing_false_is_supported(verdicts: dict[str, dict[str, str]]) -> None:
    assert [text for text, v in verdicts["false"].items() if v == "supported"] == []


def test_nothing_true_is_refuted(verdicts: dict[str, dict[str, str]]) -> None:
    assert [text for text, v in verdicts["true"].items() if v == "refuted"] == []


def test_most_of_what_is_true_is_supported(verdicts: dict[str, dict[str, str]]) -> None:
    counts = Counter(verdicts["true"].values())
    assert counts["supported"] >= 80, counts
