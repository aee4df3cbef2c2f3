"""The closed-world check: a sentence as a model drafted it, against the code's own sentence that it words anew.

The draft must keep the core: the placeholders of the code's sentence, each once and in its order, with the code's own
words between them (or a reviewed synonym). Around the core stand only frames of `lexicon.toml`. This is an allowlist:
what no entry permits is refused, so a lie needs a hole in a list that a person can read, not a gap in a denylist.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from itertools import pairwise
from typing import Literal

from chimera_report.tools.claims import lexicon
from chimera_report.tools.claims.lexicon import PLACEHOLDER
from chimera_report.tools.claims.wordings import wordings
from chimera_report.tools.schema import FactSheet, LintFinding, LintRule, Sentence

LONGEST = 60  # words
Tier = Literal["phrase", "compose"]

_MARK = re.compile(r"\{\{[FC]\d+(?::(?:number|interval|n|about|rough))?\}\}")
_LOOP = 3  # words


def check_sentence(text: str, sentence: Sentence, sheet: FactSheet, *, tier: Tier = "phrase") -> list[LintFinding]:
    """What is wrong with `text` as a wording of `sentence`; empty when it may stand.

    In the tier `compose` a sentence that leaves the code's frame may also stand by licensed wording (`licensed.py`).
    Findings carry the lint rule, the words, and what would be allowed.
    """
    if text == sentence.text:
        return []
    found = _shape(text, sentence)
    if not found and any(_pattern(core, sheet).fullmatch(_flat(text)) for core in _cores(sentence, sheet)):
        return []
    found += _placeholders(text, sentence, sheet)
    if not found:
        found += _explain(text, sentence)
    if found and tier == "compose":
        from chimera_report.tools.claims import licensed

        other = licensed.check(text, sentence, sheet)
        return other if len(other) < len(found) else found
    return found


def rebind(text: str, sentence: Sentence, sheet: FactSheet) -> str:
    """The draft with literals bound to the placeholders that they stand for, where there is exactly one candidate.

    A placeholder that the draft lacks takes the place of its display (number and unit, or name) when the draft writes
    it once, in full, and no other fact of the sentence looks the same; a literal that repeats the placeholder beside
    it goes. The rest stays, for `check_sentence` to judge: the placeholders' order then proves subject and metric.
    """
    from chimera_report.tools.claims.wording import render_text

    wanted = [m[0] for m in PLACEHOLDER.finditer(sentence.text)]
    shown: dict[str, str] = {}
    for mark in wanted:
        try:
            shown[mark] = render_text("x" + mark, sheet)[1:]
        except KeyError:
            continue
    alike = Counter(shown.values())
    for mark, literal in sorted(shown.items(), key=lambda item: -len(item[1])):
        if not literal or alike[literal] > 1:
            continue
        whole = re.compile(r"(?<![\w.,-])" + re.escape(literal) + r"(?![\w%×°/-]|[.,]\d| ?(?:%|×))")
        if mark in text:
            doubled = re.compile(rf"{re.escape(mark)} ?\(?{whole.pattern}\)?|\(?{whole.pattern}\)? ?{re.escape(mark)}")
            text = doubled.sub(lambda _, m=mark: m, text)  # type: ignore[misc]
        elif len(whole.findall(text)) == 1:
            text = whole.sub(lambda _, m=mark: m, text)  # type: ignore[misc]
    return text


# --- the core -------------------------------------------------------------------------------------------------------


def _flat(text: str) -> str:
    """Tokens parted and closed by one space; a capital that only opens the sentence is lowered."""
    found = lexicon.tokens(text)
    if found and found[0][1:].islower() and found[0][0].isupper():
        found[0] = found[0].lower()
    elif found and found[0] == "A":
        found[0] = "a"
    return "".join(t + " " for t in found)


def _split(text: str) -> tuple[list[str], list[str]]:
    """Gaps (one more than marks) and marks of a flat text without its full stop."""
    flat = _flat(text).removesuffix(". ")
    marks = [m[0] for m in PLACEHOLDER.finditer(flat)]
    gaps = [g.removeprefix(" ") for g in _MARK.split(flat)]
    return gaps, marks


def _cores(sentence: Sentence, sheet: FactSheet) -> Iterator[str]:
    """The code's sentence; and its claims' clauses alone, where they say all that it says."""
    yield sentence.text
    yield from wordings(sentence, sheet)
    clauses = {c.id: c.clause for c in sheet.claims if c.id in sentence.claims and c.verdict == "SUPPORTED"}
    wanted = {m[0] for m in PLACEHOLDER.finditer(sentence.text)}
    if wanted and clauses and not any(m.startswith("{{C") for m in wanted):
        held = {m[0] for c in clauses.values() for m in PLACEHOLDER.finditer(c)}
        if wanted <= held:
            yield " and ".join("{{" + c + "}}" for c in sentence.claims if c in clauses) + "."


def _pattern(core: str, sheet: FactSheet) -> re.Pattern[str]:
    """The whole of what may be written for a core, over the flat text."""
    gaps, marks = _split(core)
    first = "|".join(_gap(g) for g in _without_lead(gaps[0]))
    parts = [f"(?:{_lead(core, sheet)})?(?:{first})"]
    for mark, gap, after in zip(marks[:-1], gaps[1:-1], marks[1:], strict=True):
        parts.append(re.escape(mark) + " " + _inner(gap, after))
    if marks:
        last = "|".join(_gap(g) for g in _without_trail(gaps[-1]))
        parts.append(re.escape(marks[-1]) + f" (?:{last})")
    return re.compile("".join(parts) + f"(?:{lexicon.trail()})?" + r"\. ")


def _lead(core: str, sheet: FactSheet) -> str:
    """What may stand before the core: "the data shows that" does not stand before an imperative."""
    imperative = {c.id for c in sheet.claims if c.kind == "recommendation"}
    opened = PLACEHOLDER.match(core)
    return lexicon.bare_lead() if opened is not None and opened[1] in imperative else lexicon.lead()


def _gap(gap: str) -> str:
    """The code's words between two marks, with their synonyms; words that carry nothing may come and go."""
    free = lexicon.weightless()
    carrying = [t for t in gap.split(" ") if t and not re.fullmatch(free, t + " ")]
    parts, i, others = [], 0, lexicon.synonyms()
    while i < len(carrying):
        for key, values in others.items():
            if tuple(carrying[i : i + len(key)]) == key:
                choices = [list(key), *(v.split(" ") for v in values)]
                spelt = [free.join(re.escape(t) + " " for t in c) for c in choices]
                parts.append("(?:" + "|".join(spelt) + ")")
                i += len(key)
                break
        else:
            parts.append(re.escape(carrying[i]) + " ")
            i += 1
    return free + free.join([*parts, ""]) if parts else free


def _joint(gap: str) -> list[str]:
    return [re.escape(other) for group in lexicon.joints() if gap in group for other in group]


def _inner(gap: str, after: str) -> str:
    """What may stand between two marks; "the data shows that" may introduce a clause after a comma or an "and"."""
    introduced = f"(?:{lexicon.that_lead()})?" if after.startswith("{{C") and gap in (", ", "and ", ", and ") else ""
    return "(?:" + "|".join([_gap(gap), *_joint(gap)]) + ")" + introduced


def _without_lead(gap: str) -> list[str]:
    """The opening of the code's sentence, and what is left of it when its own lead-in goes."""
    words = gap.split(" ")[:-1]
    lead = re.compile(lexicon.lead())
    cuts = [i for i in range(1, len(words) + 1) if lead.fullmatch("".join(w + " " for w in words[:i]))]
    return [gap, *("".join(w + " " for w in words[i:]) for i in cuts)]


def _without_trail(gap: str) -> list[str]:
    words = gap.split(" ")[:-1]
    trail = re.compile(lexicon.trail())
    cuts = [i for i in range(len(words)) if trail.fullmatch("".join(w + " " for w in words[i:]))]
    return [gap, *("".join(w + " " for w in words[:i]) for i in cuts)]


# --- what is wrong --------------------------------------------------------------------------------------------------


def _shape(text: str, sentence: Sentence) -> list[LintFinding]:
    """One plain English sentence: capital, full stop, length, marks of punctuation."""
    found = []
    bare = PLACEHOLDER.sub("X", text)
    if text != text.strip() or not text.endswith("."):
        found.append(_finding(LintRule.FOREIGN, text[-20:], "a sentence ends in one full stop", "…", sentence))
    if re.search(r"[!?…]|\.\s", bare.strip()) or bare.endswith(".."):
        rule = LintRule.OFFER if "?" in bare else LintRule.FOREIGN
        found.append(_finding(rule, bare[:60], "one statement, in one sentence", sentence.text, sentence))
    if not re.match(r"[A-Z]|\{\{[FC]", text):
        found.append(
            _finding(
                LintRule.FOREIGN,
                text[:20],
                "a sentence begins with a capital or a placeholder",
                sentence.text,
                sentence,
            )
        )
    foreign = sorted(set(re.sub(r"[A-Za-z ,.;:()'-]", "", bare)) - set("0123456789%/×" + sentence.text))
    if foreign or "\n" in text:
        found.append(
            _finding(
                LintRule.FOREIGN,
                "".join(foreign),
                "a character that a sentence does not need",
                "letters , ; : ( ) -",
                sentence,
            )
        )
    if len(lexicon.tokens(text)) > 2 * LONGEST or len(bare.split()) > LONGEST:
        found.append(_finding(LintRule.REPETITION, text[:40], f"longer than {LONGEST} words", sentence.text, sentence))
    if bare.count("(") != bare.count(")") or re.search(r"\([^)]*\(|\)[^(]*\)", bare):
        found.append(_finding(LintRule.FOREIGN, text[:40], "brackets that do not match", sentence.text, sentence))
    words, ours = (
        [w.lower() for w in lexicon.tokens(t) if w[0].isalpha() or w[:2] == "{{"] for t in (text, sentence.text)
    )
    loops = [a for a, b in pairwise(words) if a == b and a[0] != "{" and (a, b) not in pairwise(ours)]
    grams = Counter(zip(*(words[i:] for i in range(_LOOP)), strict=False))
    code = Counter(zip(*(ours[i:] for i in range(_LOOP)), strict=False))
    loops += [" ".join(g) for g, count in grams.items() if count > max(1, code[g])]
    found += [_finding(LintRule.REPETITION, w, "words that repeat", "say it once", sentence) for w in loops]
    return found


def _placeholders(text: str, sentence: Sentence, sheet: FactSheet) -> list[LintFinding]:
    """Each of the code's placeholders once, in the code's order, and no other; no brace besides."""
    left = PLACEHOLDER.sub("", text)
    if "{" in left or "}" in left:
        return [
            _finding(
                LintRule.PLACEHOLDER,
                text[:60],
                "a placeholder that is not one",
                "{{F001}}, as the given sentence has it",
                sentence,
            )
        ]
    here = [m[0] for m in PLACEHOLDER.finditer(text)]
    best: list[LintFinding] | None = None
    for core in _cores(sentence, sheet):
        wanted = [m[0] for m in PLACEHOLDER.finditer(core)]
        if here == wanted:
            return []
        found = []
        for mark in dict.fromkeys(here):
            if mark not in wanted:
                found.append(
                    _finding(
                        LintRule.PLACEHOLDER,
                        mark,
                        "a placeholder that this sentence does not have",
                        ", ".join(wanted),
                        sentence,
                    )
                )
            elif here.count(mark) > wanted.count(mark):
                found.append(
                    _finding(LintRule.PLACEHOLDER, mark, "a placeholder that stands twice", f"{mark} once", sentence)
                )
        found += [
            _finding(LintRule.PLACEHOLDER, mark, "a placeholder is missing", f"{mark}, unchanged", sentence)
            for mark in dict.fromkeys(wanted)
            if here.count(mark) < wanted.count(mark)
        ]
        if not found:
            found = [
                _finding(
                    LintRule.PLACEHOLDER, " ".join(here), "placeholders in another order", " ".join(wanted), sentence
                )
            ]
        best = found if best is None or len(found) < len(best) else best
    return best or []


def _explain(text: str, sentence: Sentence) -> list[LintFinding]:
    """Why a text with the right placeholders fits no frame: each word that is not allowed, else the first gap."""
    ours = Counter(t.lower() for t in lexicon.tokens(sentence.text))
    found = []
    for name, words in lexicon.sensitive(PLACEHOLDER.sub(" X ", text)):
        own = all(ours[w.lower()] for w in lexicon.tokens(words))
        if not own and not all(w.lower() in lexicon.vocabulary() for w in lexicon.tokens(words)):
            rule = lexicon.RULES[name]
            found.append(_finding(rule, words, f"{lexicon.MEANS[name]}", _allowed(sentence), sentence))
    named = {w.lower() for f in found for w in lexicon.tokens(f.span)}
    for token in dict.fromkeys(lexicon.tokens(text)):
        word = token.lower()
        if token.startswith("{{") or word in named or ours[word] or word in lexicon.vocabulary() or word in ".,;:()":
            continue
        if word[0].isdigit():
            found.append(
                _finding(LintRule.BARE_NUMBER, token, "a number outside a placeholder", _allowed(sentence), sentence)
            )
        else:
            found.append(
                _finding(LintRule.JUDGEMENT, token, "a word that is not in the lexicon", _allowed(sentence), sentence)
            )
    if found:
        return found
    gaps, marks = _split(sentence.text)
    theirs, _ = _split(text)
    for i, (code, draft) in enumerate(zip(gaps, theirs, strict=False)):
        first, last = i == 0, i == len(gaps) - 1
        choices = [_gap(g) for g in (_without_lead(code) if first else _without_trail(code))]
        pattern = (f"(?:{lexicon.lead()})?" if first else "") + "(?:" + "|".join(choices) + ")"
        if not first and not last:
            pattern = _inner(code, marks[i])
        if not re.fullmatch(pattern + (f"(?:{lexicon.trail()})?" if last else ""), draft):
            beside = marks[i] if i < len(marks) else "the full stop"
            message = f"words in no known order before {beside}"
            return [_finding(LintRule.JUDGEMENT, draft.strip(), message, code.strip() or "nothing", sentence)]
    return [_finding(LintRule.JUDGEMENT, text[:60], "words in no known order", sentence.text, sentence)]


def _allowed(sentence: Sentence) -> str:
    return f"the words of: {sentence.text}"


def _finding(rule: LintRule, span: str, message: str, allowed: str, sentence: Sentence) -> LintFinding:
    return LintFinding(
        rule=rule, severity="error", line=0, span=span, message=message, allowed=allowed, sentence=sentence.id
    )
