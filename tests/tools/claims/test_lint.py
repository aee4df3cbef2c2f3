"""The rules of the lint: each finds what it is for, and a clean text raises none."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import pytest

from chimera_report.tools.claims import familiar, glossary
from chimera_report.tools.errors import UsageError
from chimera_report.tools.lint import explain, lint, rule_of
from chimera_report.tools.schema import LintRule

ROOT = Path(__file__).parents[3] / "tools"
SEED = Path(__file__).parents[3] / "../shared/seed/report-2025-11-14.md"

CLEAN = """# Technical Report: Benchmarks of a Folder

**Date:** 2026-11-22
**Model:** none
**Agent Type:** Chimera 0.1.0
**Configuration:** no model

## Executive Summary

The decode rate of gemma3:270m is 292 tokens/s.[^1] It is higher than that of gemma3:latest.[^2]

## Data Ingestion Summary

| Kind | Files | Share (%) |
| --- | ---: | ---: |
| CSV | 28 | 27.7 |
| JSON | 44 | 43.6 |
| Markdown | 29 | 28.7 |

## Performance Analysis

| Model | Decode rate (tokens/s) | n |
| --- | ---: | ---: |
| gemma3:270m | 292 | 36 |
| gemma3:latest | 102 | 34 |

## Key Findings

### 1. The small model decodes at a greater rate

The ratio of the geometric means is 2.87.[^2]

## Recommendations

### 1. Prefer gemma3:270m where the decode rate decides

This follows from the ratio of the decode rates.[^2]

```bash
chimera-report bench gemma3:270m
```

## Conclusion

The ratio of the decode rates holds for this folder.[^2]

## Limitations

No file holds the energy per token.

## Methods

The decode rate is (output tokens − 1) / decoding time.

## Evidence

Each footnote names the facts behind a sentence.

[^1]: F001: geometric mean, n = 36, function `summary`; `a.csv` records 1–36.
[^2]: F002: ratio of geometric means, function `compare`; `a.csv` records 1–70.

## Reproduction

```bash
chimera-report data
```
"""
SUMMARY = "The decode rate of gemma3:270m is 292 tokens/s.[^1]"


def rules(markdown: str, **options: Any) -> set[int]:
    return {f.rule for f in lint(markdown, **options) if f.severity == "error"}


def test_a_clean_report_raises_no_alarm() -> None:
    assert lint(CLEAN) == []


REPEATED = "holds for this folder.[^2] The ratio of the decode rates holds for this folder.[^2]"
CASES = [
    (1, "# Technical Report: Benchmarks", "# Results: Benchmarks"),
    (1, "## Executive Summary", "# Technical Report: Again\n\n## Executive Summary"),
    (1, "# Technical Report", "Sure.\n\n# Technical Report"),
    (2, "## Conclusion\n\nThe ratio of the decode rates holds for this folder.[^2]\n\n", ""),
    (2, "## Conclusion", "## Summary"),
    (2, "No file holds the energy per token.\n", ""),
    (2, "## Conclusion", "## Key Findings\n\nMore of them.[^1]\n\n## Conclusion"),
    (3, SUMMARY, "Sure, the decode rate is 292 tokens/s.[^1]"),
    (3, SUMMARY, "Here is the report on the decode rate.[^1]"),
    (3, SUMMARY, "As an AI, the decode rate is 292 tokens/s.[^1]"),
    (4, "holds for this folder.[^2]", "holds for this folder.[^2] Would you like more detail?"),
    (4, "holds for this folder.[^2]", "holds for this folder.[^2] Is it the fastest?"),
    (4, "holds for this folder.[^2]", "holds for this folder.[^2] Feel free to ask."),
    (5, SUMMARY, "In this version the decode rate is 292 tokens/s.[^1]"),
    (5, "## Limitations\n", "## Limitations\n\n**Key Improvements in this Version:**\n"),
    (6, SUMMARY, "We measured a decode rate of 292 tokens/s.[^1]"),
    (6, SUMMARY, "Your decode rate is 292 tokens/s.[^1]"),
    (8, SUMMARY, "The decode rate is {{F001}}.[^1]"),
    (10, "| 292 | 36 |", "| 292 ms | 36 |\n| other | 3 s | 4 |"),
    (11, SUMMARY, "The decode rate is likely 292 tokens/s.[^1]"),
    (11, SUMMARY, "The data suggests a decode rate of 292 tokens/s.[^1]"),
    (12, SUMMARY, "The decode rate of gemma3:270m is the best."),
    (12, SUMMARY, "gemma3:270m is much faster."),
    (12, SUMMARY, "The decode rate grows steadily."),
    (13, SUMMARY, "The cache causes a decode rate of 292 tokens/s."),
    (14, SUMMARY, "gemma3:270m is better, with a higher TTFT.[^1]"),
    (14, SUMMARY, "A lower decode rate is an advantage.[^1]"),
    (15, SUMMARY, "The data lacks explicit performance metrics."),
    (15, SUMMARY, "There are no latency figures."),
    (16, "2.87.[^2]", "2.87."),
    (16, "292 tokens/s.[^1]", "292 tokens/s.[^9]"),
    (17, SUMMARY, "The ordenada rate of gemma3:270m is 292 tokens/s.[^1]"),
    (17, SUMMARY, "The whistel's rate of gemma3:270m is 292 tokens/s.[^1]"),
    (17, SUMMARY, "The rate скорость of gemma3:270m is 292 tokens/s.[^1]"),
    (17, SUMMARY, "The rate 速度 of gemma3:270m is 292 tokens/s.[^1]"),
    (17, SUMMARY, "The rate is <b>292</b> tokens/s.[^1]"),
    (17, SUMMARY, "The rate is [292](http://example.com) tokens/s.[^1]"),
    (18, SUMMARY, "On November 14, 2025 the decode rate was 292 tokens/s.[^1]"),
    (18, SUMMARY, "Prepared by: AI Analysis Team.[^1]"),
    (18, SUMMARY, "The decode rate is [TBD].[^1]"),
    (19, "holds for this folder.[^2]", REPEATED),
    (19, SUMMARY, "The the decode rate of gemma3:270m is 292 tokens/s.[^1]"),
    (20, "| 43.6 |", "| 30.0 |"),
    (20, "| Kind | Files | Share (%) |", "| Kind | Text | Share (%) |"),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "old", "new"), CASES)
def test_each_rule_finds_what_it_is_for(rule: int, old: str, new: str) -> None:
    assert old in CLEAN
    found = lint(CLEAN.replace(old, new, 1))
    assert rule in {f.rule for f in found if f.severity == "error"}
    assert all(f.line >= 1 and f.message and f.allowed for f in found)


def test_a_heading_in_bold_that_names_a_section_judges_nothing() -> None:
    text = CLEAN.replace("## Conclusion\n", "**5. Recommendations**\n\n## Conclusion\n")
    assert 12 not in {f.rule for f in lint(text)}
    assert 12 in {f.rule for f in lint(text.replace("**5. Recommendations**", "**The best of all**"))}


def test_a_name_that_repeats_its_owner_is_no_word_twice() -> None:
    name = "meta-llama/Llama-3.1-8B"
    assert 19 not in {f.rule for f in lint(CLEAN.replace("gemma3:270m", name), known=frozenset({name}))}


def test_code_is_not_read_as_prose() -> None:
    spans = CLEAN.replace(SUMMARY, "The columns are `whistel` and `would you like`, and the rate is `{x}`.[^1]")
    assert lint(spans) == []
    fenced = CLEAN.replace("chimera-report data", "chimera-report data  # maybe we should?\n# [^9]: not a footnote")
    assert lint(fenced) == []


def test_words_of_the_data_are_allowed() -> None:
    text = CLEAN.replace(SUMMARY, "The rate of flumox is 292 tokens/s.[^1]")
    assert rules(text) == {17}
    assert lint(text, known=frozenset({"flumox"})) == []


def test_lines_point_to_the_place() -> None:
    text = CLEAN.replace("No file holds the energy per token.", "No file holds the energy per token, we think.")
    (found,) = [f for f in lint(text) if f.rule == 6]
    assert text.split("\n")[found.line - 1].startswith("No file holds")
    assert found.span == "we"


@pytest.mark.corpus
@pytest.mark.skipif(not SEED.is_file(), reason="the old agent's report is not beside the project")
def test_the_old_agents_report_is_found_out() -> None:
    found = {(f.rule, f.line, f.span.lower()) for f in lint(SEED.read_text(encoding="utf-8"))}
    spans = {(rule, span) for rule, _, span in found}
    assert {(3, "good start"), (17, "whistel's"), (17, "ordenada"), (11, "likely"), (11, "suggests")} <= spans
    assert {(4, "would you like"), (5, "key improvements"), (15, "lacks"), (18, "prepared by:")} <= spans
    assert {(18, "november 14, 2025"), (13, "influences"), (12, "less")} <= spans
    assert {1, 2, 16} <= {rule for rule, _, _ in found}


def test_four_thousand_words_are_checked() -> None:
    pairs = [
        (i, a, b) for i, a in enumerate(["alpha", "beta", "gamma"] * 40) for b in ("north", "south", "east", "west")
    ]
    lines = [f"The decode rate of run {a} {b} number {i} is {i} tokens/s.[^1]" for i, a, b in pairs]
    text = CLEAN.replace(SUMMARY, SUMMARY + "\n\n" + "\n\n".join(lines[:400]))
    assert len(text.split()) > 4000
    assert lint(text) == []


def test_the_dictionary_has_every_word_that_passes_without_it() -> None:
    from simplemma import is_known

    assert len(familiar()) > 200
    assert [w for w in sorted(familiar()) if not is_known(w, lang="en")] == []


def test_the_words_of_codes_own_sentences_need_no_dictionary() -> None:
    """Loading it takes a fifth of a second, which every report and every check would wait for because of one word."""
    import ast

    import chimera_report.tools.claims as claims
    import chimera_report.tools.report as report

    known = familiar() | glossary() | {"a", "n", "th"}
    missing: dict[str, str] = {}
    rooms = [Path(str(room.__file__)).parent for room in (claims, report)]
    for path in sorted(p for room in rooms for p in room.glob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        defined = (ast.Module, ast.FunctionDef, ast.ClassDef)
        nodes = [n for n in ast.walk(tree) if isinstance(n, defined)]
        docs = {id(n.body[0].value) for n in nodes if isinstance(n.body[0], ast.Expr)}
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str) and id(node) not in docs:
                text = re.sub(r"\{[^}]*\}", " ", node.value)
                if " " in text.strip() and not re.search(r"[\\^|=<>]", text):
                    for word in re.findall(r"[A-Za-z]+(?![A-Za-z'-])", re.sub(r"[\w']*['-][\w'-]*", " ", text)):
                        if word.lower() not in known:
                            missing.setdefault(word.lower(), f"{path.name}:{node.lineno}")
    assert missing == {}, "add them to lexicon_english.txt"


# --- the rules by name ------------------------------------------------------------------------------------------------


# These look at a table, a footnote or a record, which a line alone is not.
WITHIN = {LintRule.BARE_NUMBER, LintRule.VALUE, LintRule.UNIT, LintRule.SHARES, LintRule.PLACEHOLDER, LintRule.SECTIONS}
WITHIN |= {LintRule.EVIDENCE}


@pytest.mark.parametrize("rule", LintRule, ids=lambda r: r.title)
def test_a_rule_is_explained_and_its_example_breaks_it(rule: LintRule) -> None:
    shown = explain(rule)
    assert all(text and text in shown for text in (rule.forbids, rule.why, rule.wrong, rule.right))
    assert rule_of(rule.title) is rule_of(str(rule.value)) is rule_of(f"rule {rule.value}") is rule
    if rule in WITHIN:
        return
    old, new = ("# Technical Report: X\n", rule.wrong + "\n") if rule is LintRule.TITLE else (SUMMARY, rule.wrong)
    old = CLEAN.splitlines(keepends=True)[0] if rule is LintRule.TITLE else old
    assert rule in {f.rule for f in lint(CLEAN.replace(old, new, 1))}, rule.wrong
    if rule is not LintRule.TITLE:
        assert rule not in {f.rule for f in lint(CLEAN.replace(old, rule.right, 1))}, rule.right


def test_each_rule_is_found_by_some_function_and_has_its_name() -> None:
    source = "".join(p.read_text(encoding="utf-8") for room in ("lint", "claims") for p in (ROOT / room).glob("*.py"))
    assert set(re.findall(r"LintRule\.([A-Z_]+)\b", source)) >= {rule.name for rule in LintRule}
    for folder in ("lint", "claims"):
        for path in (ROOT / folder).glob("*.py"):
            assert not re.search(r"(?:finding|refuse)\(\s*\d", path.read_text(encoding="utf-8")), (
                f"{path}: a bare number"
            )


def test_a_rule_that_nobody_knows_is_named_with_those_that_there_are() -> None:
    with pytest.raises(UsageError, match="nothing"):
        rule_of("nothing")


@pytest.mark.parametrize(
    "line",
    [
        "The new kernel is 1.8 times faster.",
        "Expected gain: 30-100% throughput increase",
        "A 2.3x speedup was reached on the A100.",
        "- **30% smaller** model size",
        "Latency fell by 12 % and nothing else changed.",
        "This gave a gain of about 3.5 %.",
    ],
)
def test_a_ratio_of_one_side_is_told(line: str) -> None:
    found = [f for f in lint(CLEAN.replace(SUMMARY, line + "\n\n", 1)) if f.rule == LintRule.BASELINE]
    assert [f.severity for f in found] == ["warning"], line


@pytest.mark.parametrize(
    "line",
    [
        "The new kernel is 1.8 times faster than the old one.",
        "Throughput rose by 30 % from 100 to 130 tokens/s.",
        "Against FP16, FP8 brings a 2.3x speedup.",
        "We held A against B. A is 30% smaller.",
        "Adding nodes made generation 42% slower.",
        "The share is 30 % of all records.",
    ],
)
def test_a_ratio_of_two_sides_is_not(line: str) -> None:
    found = [f for f in lint(CLEAN.replace(SUMMARY, line + "\n\n", 1)) if f.rule == LintRule.BASELINE]
    assert not found, line
