"""What each rule of the lint is for: shown by `chimera-report lint --explain` and in docs/lint.md."""

from __future__ import annotations

from dataclasses import dataclass

from chimera_report.tools.errors import UsageError
from chimera_report.tools.schema import LintRule


@dataclass(frozen=True, slots=True)
class Explained:
    """A rule for a reader: what it forbids, why, and a line that breaks it beside one that does not."""

    forbids: str
    why: str
    wrong: str
    right: str


EXPLAINED: dict[LintRule, Explained] = {
    LintRule.TITLE: Explained(
        "A first line that is not the one title of the report, or a second title.",
        "A reader and a program have to find the start of the document, and a model likes to begin twice.",
        "**Technical Report**",
        "# Technical Report: decode rates on two laptops",
    ),
    LintRule.SECTIONS: Explained(
        "A required section that is missing, empty, out of order or there twice; a section that no report has.",
        "What is left out of a report is what its reader would have needed to doubt it.",
        "## Summary of the Summary",
        "## Findings",
    ),
    LintRule.OPENER: Explained(
        "The voice of an assistant.",
        "It is the mark of a text that nobody edited.",
        "Sure, here is the report.",
        "The decode rate is 292 tokens/s.",
    ),
    LintRule.OFFER: Explained(
        "A closing offer, and any question.",
        "A report answers; it cannot be asked back.",
        "Would you like more detail?",
        "The appendix lists every value.",
    ),
    LintRule.REVISION: Explained(
        "Talk about versions of the text.",
        "The reader has one version, and its history is in the run's record.",
        "In this version the decode rate is 292 tokens/s.",
        "The decode rate is 292 tokens/s.",
    ),
    LintRule.PERSON: Explained(
        "The first or the second person.",
        "Nobody who could say “we” took part: a program measured, and code computed.",
        "We measured a decode rate of 292 tokens/s.",
        "The decode rate is 292 tokens/s.",
    ),
    LintRule.BARE_NUMBER: Explained(
        "A digit, a number word or a unit that stands outside of a placeholder, in what a model wrote.",
        "A number that no fact is behind cannot be computed again.",
        "The decode rate is 292 tokens/s.",
        "The decode rate is {{F001}}.",
    ),
    LintRule.PLACEHOLDER: Explained(
        "A placeholder that is unknown, broken, left over, missing or in another order than the sentence's own.",
        "The placeholder is the link from a number to its evidence.",
        "The decode rate is {{F001.",
        "The decode rate is {{F001}}.",
    ),
    LintRule.VALUE: Explained(
        "A number or name of the finished text that is not what its fact shows.",
        "The text may not drift from its evidence, in no digit.",
        "The decode rate is 293 tokens/s.[^1]",
        "The decode rate is 292 tokens/s.[^1]",
    ),
    LintRule.UNIT: Explained(
        "Several units in one column of a table, or none.",
        "Numbers below each other are compared, whatever their units.",
        "| 292 ms | in a column of tokens/s |",
        "| 292 | in the column “Decode rate (tokens/s)” |",
    ),
    LintRule.HEDGE: Explained(
        "A hedge: “likely”, “suggests”, “may”.",
        "The statistics say what is settled and what is open; a hedge hides which of the two it is.",
        "The decode rate is likely 292 tokens/s.",
        "The decode rate has no verdict at n = 2.",
    ),
    LintRule.JUDGEMENT: Explained(
        "A comparison, superlative, trend or praise without a claim that carries it.",
        "Which of two is faster is what a report is read for, so it needs a test behind it.",
        "gemma3:270m is much faster.",
        "gemma3:270m decodes 2.87 times as fast as gemma3:1b.[^2]",
    ),
    LintRule.CAUSE: Explained(
        "A cause whose factor was not randomised, or that cannot be told from another.",
        "What went along with something did not bring it about.",
        "The cache causes a decode rate of 292 tokens/s.",
        "The decode rate goes with the cache.[^3]",
    ),
    LintRule.POLARITY: Explained(
        "“Better” for what is worse by the metric's direction.",
        "A higher TTFT is a longer wait.",
        "gemma3:270m is better, with a higher TTFT.",
        "gemma3:270m is better, with a lower TTFT.[^2]",
    ),
    LintRule.ABSENCE: Explained(
        "That something is missing from the data, without the inventory as evidence.",
        "A column that the author did not see may be there under another name.",
        "There are no latency figures.",
        "No file holds the energy per token.[^4]",
    ),
    LintRule.EVIDENCE: Explained(
        "A finding or recommendation without a footnote, and a footnote without its definition or its sentence.",
        "What cannot be looked up has to be believed.",
        "292 tokens/s.[^9]",
        "292 tokens/s.[^1]",
    ),
    LintRule.FOREIGN: Explained(
        "A word that is neither English nor of the data, a script or a sign that a report does not need, and markup.",
        "Small models slip into other languages, and markup of the data reaches a reader's browser.",
        "The ordenada rate is 292 tokens/s.",
        "The decode rate is 292 tokens/s.",
    ),
    LintRule.METADATA: Explained(
        "A date, an author or a version that is not the run's, and a place left open.",
        "Models invent them.",
        "Prepared by: AI Analysis Team",
        "The head of the report has the date of the run.",
    ),
    LintRule.REPETITION: Explained(
        "A sentence or heading that stands twice, a word twice in a row, two claims that contradict each other.",
        "It is how a model fills a page, and of two contradicting sentences one is false.",
        "The the decode rate is 292 tokens/s.",
        "The decode rate is 292 tokens/s.",
    ),
    LintRule.SHARES: Explained(
        "Shares of one whole that do not add up to 100 %, or without the count that they are of.",
        "A share says nothing without its whole.",
        "| CSV | 43.6 % | and nothing of how many |",
        "| CSV | 12 | 43.6 % |",
    ),
    LintRule.PRECISION: Explained(
        "A measured value with more than five significant digits, in a text that is not this program's own.",
        "No run of a benchmark repeats the sixth digit; it suggests a certainty that nobody has.",
        "The decode rate is 292.41837 tokens/s.[^1]",
        "The decode rate is 292 tokens/s.[^1]",
    ),
}


def rule_of(name: str) -> LintRule:
    """The rule of that name (`bare-number`) or number (`7`). Raises UsageError with the names that there are."""
    wanted = name.strip().lower().removeprefix("rule").strip()
    for rule in LintRule:
        if wanted in (rule.title, rule.name.lower(), str(rule.value)):
            return rule
    names = ", ".join(rule.title for rule in LintRule)
    raise UsageError(f"no rule is called {name!r}", where="--explain", hint=f"The rules are {names}.")


def explain(rule: LintRule) -> str:
    """A rule as plain text."""
    told = EXPLAINED[rule]
    return (
        f"{rule.title} (rule {rule.value})\n\nForbidden: {told.forbids}\nWhy: {told.why}\n\n"
        f"  wrong: {told.wrong}\n  right: {told.right}"
    )


def page() -> str:
    """All rules as the page docs/lint.md."""
    parts = [
        "# The rules of the lint",
        "`chimera-report lint FILE.md` holds a text against these rules; `chimera-report lint --explain RULE` shows "
        "one of them, by name or number, and `--explain all` every one. Each is a function under `tools/lint`.",
    ]
    for rule, told in EXPLAINED.items():
        body = f"{told.forbids} {told.why}\n\n```text\nwrong: {told.wrong}\nright: {told.right}\n```"
        parts.append(f"## {rule.title}\n\nRule {rule.value}. {body}")
    return "\n\n".join(parts) + "\n"
