"""All wordings of a sentence that its claims license, and the pattern that makes a decoder stay within them.

Each clause of a claim has variants that the claim's own checker licensed (kinds.py). With the synonyms of
lexicon.toml and an optional lead-in they are the language in which a small model words a sentence. `check_sentence`
judges what comes out all the same: a server can ignore a schema.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence

from chimera_report.tools.schema import FactSheet, Sentence

from . import lexicon

MOST = 24  # wordings of a sentence; few sentences have more than one claim
_CLAUSE = re.compile(r"\{\{(C\d+)\}\}")
_MARK = re.compile(r"(\{\{[^}]*\}\})")


def wordings(sentence: Sentence, sheet: FactSheet) -> list[str]:
    """The sentence with each clause written out, in every licensed variant; the code's own wording first."""
    named = list(dict.fromkeys(_CLAUSE.findall(sentence.text)))
    if not named:
        return list(dict.fromkeys([sentence.text, *sentence.ways, *_turned(sentence.text)]))
    claims = {c.id: c for c in sheet.claims if c.id in named and c.verdict == "SUPPORTED"}
    if len(claims) < len(named):
        return []
    choices = [[claims[name].clause, *claims[name].variants] for name in named]
    found: list[str] = []
    for combination in itertools.islice(itertools.product(*choices), MOST):
        text = sentence.text
        for name, clause in zip(named, combination, strict=True):
            text = text.replace("{{" + name + "}}", clause)
        found.append(text[:1].upper() + text[1:])
    return list(dict.fromkeys(found))


def _turned(text: str) -> list[str]:
    """The other ways to say a sentence of code that has no clause."""
    for pattern, others in lexicon.turns():
        if found := pattern.fullmatch(text):
            return [found.expand(other) for other in others]
    return []


def schema_pattern(sentence: Sentence, sheet: FactSheet, leads: Sequence[str] = ()) -> str:
    """A regular expression (anchored, plain groups only: tools.grammar) of these wordings, with synonyms and lead-ins.

    Raises ValueError when the sentence has no licensed wording.
    """
    cores = wordings(sentence, sheet)
    if not cores:
        raise ValueError(f"{sentence.id} rests on a claim that is not supported")
    after = "|".join(_expression(_lowered(core)) for core in cores)
    plain = "|".join(_expression(core) for core in cores)
    if not leads:
        return f"^({plain})$"
    opening = "|".join(_escape(lead) for lead in leads)
    return f"^(({plain})|({opening})({after}))$"


def _lowered(text: str) -> str:
    """Without the capital that only opens a sentence."""
    return text if text.startswith("{{") else text[:1].lower() + text[1:]


def _expression(text: str) -> str:
    return "".join(_escape(part) if part.startswith("{{") else _words(part) for part in _MARK.split(text))


def _words(text: str) -> str:
    """The words between two placeholders, each with what may stand for it."""
    parts: list[str] = []
    position = 0
    for match in _synonym().finditer(text):
        key = tuple(match[0].split(" "))
        options = "|".join(_escape(o) for o in (match[0], *lexicon.synonyms()[key]))
        parts += [_escape(text[position : match.start()]), f"({options})"]
        position = match.end()
    return "".join([*parts, _escape(text[position:])])


def _synonym() -> re.Pattern[str]:
    keys = sorted((" ".join(k) for k in lexicon.synonyms()), key=len, reverse=True)
    return re.compile(r"\b(?:" + "|".join(map(re.escape, keys)) + r")\b")


def _escape(text: str) -> str:
    """Only what a regular expression of JSON schema needs: a space stays a space."""
    return re.sub(r"([\\^$.|?*+()\[\]{}])", r"\\\1", text)
