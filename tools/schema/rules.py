"""The rules of the lint: the name, the number and the explanation of each. A record keeps the number, which stays a
rule's own for good.
"""

from __future__ import annotations

from enum import IntEnum


class LintRule(IntEnum):
    """A rule that a text can break: number, what it forbids, why, a line that breaks it, and one that does not. The
    functions under `tools/lint` that take a `Context` look for them."""

    forbids: str
    why: str
    wrong: str
    right: str

    def __new__(cls, number: int, forbids: str = "", why: str = "", wrong: str = "", right: str = "") -> LintRule:
        rule = int.__new__(cls, number)
        rule._value_ = number
        rule.forbids, rule.why, rule.wrong, rule.right = forbids, why, wrong, right
        return rule

    TITLE = (
        1,
        "A first line that is not the one title of the report, or a second title.",
        "A reader and a program have to find the start of the document, and a model likes to begin twice.",
        "**Technical Report**",
        "# Technical Report: decode rates on two laptops",
    )
    SECTIONS = (
        2,
        "A required section that is missing, empty, out of order or there twice; a section that no report has.",
        "What is left out of a report is what its reader would have needed to doubt it.",
        "## Summary of the Summary",
        "## Findings",
    )
    OPENER = (
        3,
        "The voice of an assistant.",
        "It is the mark of a text that nobody edited.",
        "Sure, here is the report.",
        "The decode rate is 292 tokens/s.",
    )
    OFFER = (
        4,
        "A closing offer, and any question.",
        "A report answers; it cannot be asked back.",
        "Would you like more detail?",
        "The appendix lists every value.",
    )
    REVISION = (
        5,
        "Talk about versions of the text.",
        "The reader has one version, and its history is in the run's record.",
        "In this version the decode rate is 292 tokens/s.",
        "The decode rate is 292 tokens/s.",
    )
    PERSON = (
        6,
        "The first or the second person.",
        "Nobody who could say “we” took part: a program measured, and code computed.",
        "We measured a decode rate of 292 tokens/s.",
        "The decode rate is 292 tokens/s.",
    )
    BARE_NUMBER = (
        7,
        "A digit, a number word or a unit that stands outside of a placeholder, in what a model wrote.",
        "A number that no fact is behind cannot be computed again.",
        "The decode rate is 292 tokens/s.",
        "The decode rate is {{F001}}.",
    )
    PLACEHOLDER = (
        8,
        "A placeholder that is unknown, broken, left over, missing or in another order than the sentence's own.",
        "The placeholder is the link from a number to its evidence.",
        "The decode rate is {{F001.",
        "The decode rate is {{F001}}.",
    )
    VALUE = (
        9,
        "A number or name of the finished text that is not what its fact shows.",
        "The text may not drift from its evidence, in no digit.",
        "The decode rate is 293 tokens/s.[^1]",
        "The decode rate is 292 tokens/s.[^1]",
    )
    UNIT = (
        10,
        "Several units in one column of a table, or none.",
        "Numbers below each other are compared, whatever their units.",
        "| 292 ms | in a column of tokens/s |",
        "| 292 | in the column “Decode rate (tokens/s)” |",
    )
    HEDGE = (
        11,
        "A hedge: “likely”, “suggests”, “may”.",
        "The statistics say what is settled and what is open; a hedge hides which of the two it is.",
        "The decode rate is likely 292 tokens/s.",
        "The decode rate has no verdict at n = 2.",
    )
    JUDGEMENT = (
        12,
        "A comparison, superlative, trend or praise without a claim that carries it.",
        "Which of two is faster is what a report is read for, so it needs a test behind it.",
        "gemma3:270m is much faster.",
        "gemma3:270m decodes 2.87 times as fast as gemma3:1b.[^2]",
    )
    CAUSE = (
        13,
        "A cause whose factor was not randomised, or that cannot be told from another.",
        "What went along with something did not bring it about.",
        "The cache causes a decode rate of 292 tokens/s.",
        "The decode rate goes with the cache.[^3]",
    )
    POLARITY = (
        14,
        "“Better” for what is worse by the metric's direction.",
        "A higher TTFT is a longer wait.",
        "gemma3:270m is better, with a higher TTFT.",
        "gemma3:270m is better, with a lower TTFT.[^2]",
    )
    ABSENCE = (
        15,
        "That something is missing from the data, without the inventory as evidence.",
        "A column that the author did not see may be there under another name.",
        "There are no latency figures.",
        "No file holds the energy per token.[^4]",
    )
    EVIDENCE = (
        16,
        "A finding or recommendation without a footnote, and a footnote without its definition or its sentence.",
        "What cannot be looked up has to be believed.",
        "292 tokens/s.[^9]",
        "292 tokens/s.[^1]",
    )
    FOREIGN = (
        17,
        "A word that is neither English nor of the data, a script or a sign that a report does not need, and markup.",
        "Small models slip into other languages, and markup of the data reaches a reader's browser.",
        "The ordenada rate is 292 tokens/s.",
        "The decode rate is 292 tokens/s.",
    )
    METADATA = (
        18,
        "A date, an author or a version that is not the run's, and a place left open.",
        "Models invent them.",
        "Prepared by: AI Analysis Team",
        "The head of the report has the date of the run.",
    )
    REPETITION = (
        19,
        "A sentence or heading that stands twice, a word twice in a row, two claims that contradict each other.",
        "It is how a model fills a page, and of two contradicting sentences one is false.",
        "The the decode rate is 292 tokens/s.",
        "The decode rate is 292 tokens/s.",
    )
    SHARES = (
        20,
        "Shares of one whole that do not add up to 100 %, or without the count that they are of.",
        "A share says nothing without its whole.",
        "| CSV | 43.6 % | and nothing of how many |",
        "| CSV | 12 | 43.6 % |",
    )
    PRECISION = (
        21,
        "A measured value with more than five significant digits, in a text that is not this program's own.",
        "No run of a benchmark repeats the sixth digit; it suggests a certainty that nobody has.",
        "The decode rate is 292.41837 tokens/s.[^1]",
        "The decode rate is 292 tokens/s.[^1]",
    )
    BASELINE = (
        22,
        "How many times or by what share something is faster or better, without what it is held against, in a text "
        "that is not this program's own.",
        "A ratio has two sides, and a reader who is told one puts in the other as it pleases.",
        "The new kernel is 1.8 times faster.[^2]",
        "The new kernel is 1.8 times as fast as the old one.[^2]",
    )

    @property
    def title(self) -> str:
        """The name as a reader writes it: `bare-number`."""
        return self.name.lower().replace("_", "-")
