"""`lint --against` as a referee, on statements as people write them, of four folders.

`lint`: 200 statements about four models, 100 true and 100 false, which guided the work. `lint_fresh`: 30 and 30 about
another folder, written before the referee was changed and asked once then (4 of the true supported, 1 refuted, 0 of the
false supported); since then they are a test like the others. `lint_home`, `lint_engines`: 30 and 30 more about two
other folders, asked once in the same way (2 of the true supported, 1 refuted, 0 of the false supported).
`lint_threads`: 25 and 25 about the sample data, a quarter of 200 (4 of the 25 true supported at first). A text of
several statements counts as supported where each of them is.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from pathlib import Path

import pytest

from chimera_report.agent.lint import judged, known

DATA = Path(__file__).parents[2] / "data"
SETS = {"lint": 100, "lint_fresh": 30, "lint_home": 15, "lint_engines": 15, "lint_threads": 25}
LEAST = {"lint": 0.9, "lint_fresh": 0.9}  # of the others half: sentences that were not known to who made the rules
SAMPLE = Path(__file__).parents[3] / "data"


def texts(folder: str, name: str) -> list[str]:
    return [part.strip() + "\n" for part in (DATA / folder / f"{name}.txt").read_text(encoding="utf-8").split("\n%%\n")]


def referee(data: Path) -> Callable[[str], str]:
    """Asks the verdict on a whole text: refuted where one statement is, supported where all are; "" for none."""
    folder = known(data)

    def ask(text: str) -> str:
        told = [s.verdict for s in judged(text, folder).statements or []]
        if not told:
            return ""
        return next((v for v in ("refuted", "unsupported") if v in told), "supported")

    return ask


@pytest.fixture(scope="module", params=list(SETS))
def verdicts(request: pytest.FixtureRequest) -> dict[str, dict[str, str]]:
    folder = str(request.param)
    ask = referee(DATA / folder / "results" if (DATA / folder / "results").is_dir() else SAMPLE)
    return {name: {text: ask(text) for text in texts(folder, name)} for name in ("true", "false")}


@pytest.mark.parametrize(("folder", "count"), SETS.items())
def test_the_sets_are_whole(folder: str, count: int) -> None:
    assert {len(texts(folder, name)) for name in ("true", "false")} == {count}


def test_nothing_false_is_supported(verdicts: dict[str, dict[str, str]]) -> None:
    assert [text for text, v in verdicts["false"].items() if v == "supported"] == []


def test_nothing_true_is_refuted(verdicts: dict[str, dict[str, str]]) -> None:
    assert [text for text, v in verdicts["true"].items() if v == "refuted"] == []


def test_most_of_what_is_true_is_supported(verdicts: dict[str, dict[str, str]], request: pytest.FixtureRequest) -> None:
    counts = Counter(verdicts["true"].values())
    least = LEAST.get(request.node.callspec.params["verdicts"], 0.5)
    assert counts["supported"] >= least * counts.total(), counts


LIES = (
    (r"mistral-7b", "qwen3:8b"),
    (r"(?<=[ |])(\d+)\.(\d)", lambda m: f"{int(m[1]) + 3}.{m[2]}"),
    (r" ms\b", " s"),
    (r" GB", " MB"),
    (r"\.$", " on an H100."),
    (r"\.$", " by prefill rate."),
    (r"\.$", " at temperature 0.2."),
)


def test_a_true_statement_that_is_bent_is_not_supported() -> None:
    ask = referee(DATA / "lint_fresh/results")
    values = [t for t in texts("lint_fresh", "true") if re.search(r"\d (?:tok|GB|ms|s\b)", t) and "<" not in t]
    bent = []
    for text in values:
        for pattern, instead in LIES:
            lie = re.sub(pattern, instead, text.strip(), count=1, flags=re.IGNORECASE) + "\n"  # type: ignore[call-overload]
            if lie != text and "failed" not in text:
                bent.append(lie)
    assert len(bent) > 50
    assert [lie for lie in bent if ask(lie) == "supported"] == []
