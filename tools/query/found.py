"""What a question names, and what is left of it."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from chimera_report.tools.patterns import compiled


@dataclass(slots=True)
class Found:
    """What a question names, and what is left of it."""

    text: str  # lower case, recognised pieces blanked
    whole: str  # lower case, nothing blanked
    subjects: list[str] = field(default_factory=list)
    family: bool = False  # the subjects are all that share a part of a name
    families: list[tuple[str, ...]] = field(default_factory=list)  # those, apart
    parts: dict[str, tuple[str, ...]] = field(default_factory=dict)  # part of a name that stood for it → its owners
    unknown: list[str] = field(default_factory=list)  # names of models that the data does not have
    metrics: list[tuple[str, ...]] = field(default_factory=list)  # candidates for each metric that is named
    suite: str = ""
    factors: list[str] = field(default_factory=list)
    toward: str = ""  # more, less: of the factor that is named
    condition: dict[str, list[str]] = field(default_factory=dict)  # factor → levels, in order
    absent_levels: list[tuple[str, str]] = field(default_factory=list)
    files: list[str] = field(default_factory=list)
    absent_files: list[str] = field(default_factory=list)
    state: str = ""
    statistic: str = ""
    outliers: bool = True
    without: list[str] = field(default_factory=list)
    constraints: list[tuple[tuple[str, ...], str, float, str]] = field(
        default_factory=list
    )  # candidates, op, number, unit
    limit: int = 0
    target: str = ""
    corrected: list[tuple[str, str]] = field(default_factory=list)

    def take(self, pattern: str, *, flags: int = 0) -> re.Match[str] | None:
        """The first match, blanked."""
        found = compiled(pattern, flags).search(self.text)
        if found:
            self.blank(*found.span())
        return found

    def blank(self, start: int, end: int) -> None:
        self.text = self.text[:start] + " " * (end - start) + self.text[end:]
