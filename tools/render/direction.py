"""Names in scripts that run from the right: each is read in its own direction, whatever stands around it.

Without that, the algorithm of Unicode (UAX 9) puts what stands beside such a name on its wrong side: the end of
`x-7b`, where x is Arabic, or the second side of a pair. A page has elements and styles for it; a picture and the texts
of a PDF have the isolates of UAX 9, which are not seen.
"""

from __future__ import annotations

import re

from chimera_report.tools.schema import Json

ISOLATES = "\u2068\u2069"  # FIRST STRONG ISOLATE, POP DIRECTIONAL ISOLATE
_RIGHT = "[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\U00010800-\U00010fff\U0001e800-\U0001efff]"
# Words that follow each other are one name, unless a sign of the sentence is between them.
_NAME = re.compile(rf"\S*{_RIGHT}\S*(?:(?<![,;:.)\]]) (?![(\[])\S*{_RIGHT}\S*)*")
_AROUND = re.compile(r"([(\[\"'“‘]*)(.*?)([)\]\"'”’.,;:!?]*)", re.DOTALL)  # signs of the sentence, not of the name


def isolated(given: Json) -> Json:
    """The text, or all texts of a structure, with each name that has letters from the right between isolates."""
    if isinstance(given, dict):
        return {key: isolated(value) for key, value in given.items()}
    if isinstance(given, list):
        return [isolated(value) for value in given]
    if not isinstance(given, str) or given.isascii():
        return given

    def put(match: re.Match[str]) -> str:
        around = _AROUND.fullmatch(match[0])
        assert around is not None  # noqa: S101  each part of it may be empty
        return f"{around[1]}{ISOLATES[0]}{around[2]}{ISOLATES[1]}{around[3]}"

    return _NAME.sub(put, given)
