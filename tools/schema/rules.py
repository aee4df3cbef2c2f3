"""The rules of the lint by name. A record keeps the number, which stays a rule's own for good."""

from __future__ import annotations

from enum import IntEnum


class LintRule(IntEnum):
    """A rule that a text can break; `tools/lint/explained.py` says of each what it forbids, and why."""

    TITLE = 1
    SECTIONS = 2
    OPENER = 3
    OFFER = 4
    REVISION = 5
    PERSON = 6
    BARE_NUMBER = 7
    PLACEHOLDER = 8
    VALUE = 9
    UNIT = 10
    HEDGE = 11
    JUDGEMENT = 12
    CAUSE = 13
    POLARITY = 14
    ABSENCE = 15
    EVIDENCE = 16
    FOREIGN = 17
    METADATA = 18
    REPETITION = 19
    SHARES = 20
    PRECISION = 21

    @property
    def title(self) -> str:
        """The name as a reader writes it: `bare-number`."""
        return self.name.lower().replace("_", "-")
