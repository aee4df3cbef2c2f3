"""Licensed wording, the compose tier: a sentence in the model's own words, every part of it licensed by a claim.

The sentence has to fit one frame of `lexicon_frames.toml` from end to end. The frame's roles name whose name, number
and metric stand where, so who is better than whom is read off the frame and the claim, never guessed from words.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache
from importlib import resources
from typing import Any

from chimera_report.tools import statements
from chimera_report.tools.claims.lexicon import PLACEHOLDER
from chimera_report.tools.claims.wording import fill_in
from chimera_report.tools.schema import (
    Claim,
    ComparisonClaim,
    Fact,
    FactSheet,
    LintFinding,
    LintRule,
    RankingClaim,
    Sentence,
)

Roles = dict[str, tuple[str, ...]]

# Names of the data and numbers keep their case: two models may differ in nothing else.
_EXACT = frozenset({"a", "b", "suite", "subject", "factor", "other", "alias"})


@dataclass(frozen=True, slots=True)
class Licence:
    """One way to tell a claim: the frames' list, and the texts that each role may be."""

    kind: str
    roles: Roles


@cache
def _data() -> dict[str, Any]:
    path = resources.files("chimera_report.tools.claims").joinpath("lexicon_frames.toml")
    data = tomllib.loads(path.read_text(encoding="utf-8"))
    for kind in statements.registry().values():
        data["frames"] |= kind.frames
    return data


def check(text: str, sentence: Sentence, sheet: FactSheet) -> list[LintFinding]:
    """What is wrong with `text` as licensed wording; empty when a frame of one of the sentence's claims holds it whole.

    Intervals and counts that the code's sentence shows have to be there too.
    """

    def refuse(rule: LintRule, span: str, message: str) -> list[LintFinding]:
        return [
            LintFinding(
                rule=rule,
                severity="error",
                line=0,
                span=span[:100],
                message=message,
                allowed=sentence.text,
                sentence=sentence.id,
            )
        ]

    facts = {f.id: f for f in sheet.facts}
    held = {c.id: c for c in sheet.claims if c.id in sentence.claims and c.verdict == "SUPPORTED"}
    own = set(sentence.facts) | {f for c in held.values() for f in c.facts}
    for mark in PLACEHOLDER.finditer(text):
        if mark[1] not in own and mark[1] not in held:
            return refuse(LintRule.PLACEHOLDER, mark[0], "a placeholder that this sentence does not have")
    try:
        shown = _line(fill_in(text, facts, {i: c.clause for i, c in held.items()}))
    except KeyError as missing:
        return refuse(LintRule.PLACEHOLDER, str(missing.args[0]), "a value that this fact does not have")
    wanted = [m for m in PLACEHOLDER.finditer(sentence.text) if m[2] in ("interval", "n")]
    for mark in wanted:
        if mark[0] not in text:
            return refuse(LintRule.PLACEHOLDER, mark[0], "the interval or count of the code's sentence is missing")
    extra = _extra(wanted, facts)
    needed = {m[1] for m in PLACEHOLDER.finditer(sentence.text)}
    for claim in held.values():
        if needed - {claim.id} - set(claim.facts):
            continue  # the code's sentence says more than this claim
        if any(_fits(shown, licence, extra) for licence in licences(claim, facts)):
            return []
    return refuse(LintRule.JUDGEMENT, text, "in no known frame whose roles are the claim's")


class Licences:
    """What the SUPPORTED claims of a sheet license, looked up for many sentences."""

    def __init__(self, sheet: FactSheet) -> None:
        facts = {f.id: f for f in sheet.facts}
        clauses = {c.id: c.clause for c in sheet.claims}
        self._told: dict[str, list[str]] = {}  # a clause as a reader sees it → the claims that it tells
        self._framed: list[tuple[str, Licence]] = []
        self._turned: list[tuple[str, Licence]] = []  # what would be licensed if the claim were the other way round
        for claim in sheet.claims:
            if claim.verdict != "SUPPORTED" or not claim.clause:
                continue
            if claim.kind != "recommendation":
                for text in (claim.clause, *claim.variants):
                    self._told.setdefault(_low(_line(fill_in(text, facts, clauses))) + ".", []).append(claim.id)
            told = _line(fill_in(claim.clause, facts, clauses))
            for licence in licences(claim, facts):
                self._framed.append((claim.id, licence))
                self._turned += [(told, other) for other in _turned(licence, claim)]

    def support(self, text: str) -> tuple[str, ...]:
        """Ids of the claims that license a finished sentence (without placeholders); empty when none does."""
        line = _line(text)
        bare = re.sub("^(?:" + "|".join(map(re.escape, _data()["heads"]["plain"])) + ")", "", line)
        found = [*self._told.get(_low(bare), ())]
        found += [ident for ident, licence in self._framed if _fits(line, licence, {})]
        return tuple(dict.fromkeys(found))

    def contrary(self, text: str) -> str:
        """What the claim says that a finished sentence turns around; "" where it turns none around."""
        line = _line(text)
        return next((told for told, licence in self._turned if _fits(line, licence, {})), "")


def _turned(licence: Licence, claim: Claim) -> Iterator[Licence]:
    """The licence with its names changed over: the lesser for the greater, another for the first."""
    roles = licence.roles
    if isinstance(claim, ComparisonClaim) and claim.direction != "equivalent":
        yield Licence(licence.kind, {**roles, "a": roles["b"], "b": roles["a"]})
    elif isinstance(claim, RankingClaim):
        others = tuple(name for group in claim.order[1:] for name in group)
        yield Licence(licence.kind, {**roles, "a": others})


def _low(text: str) -> str:
    return text[:1].lower() + text[1:]


def _line(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()


def _extra(marks: Iterable[re.Match[str]], facts: Mapping[str, Fact]) -> Roles:
    """What belongs to the value: the texts of the intervals and counts that the code's sentence shows."""
    held = [(m[2], facts[m[1]]) for m in marks if m[1] in facts]
    return {
        "interval": tuple(f.interval for part, f in held if part == "interval" and f.interval),
        "n": tuple(str(f.n) for part, f in held if part == "n" and f.n is not None),
    }


# --- what a claim licenses ------------------------------------------------------------------------------------------


def licences(claim: Claim, facts: Mapping[str, Fact]) -> Iterator[Licence]:
    """Every way to tell a claim. What is measured under a condition, or of a workload, is told with both."""
    held = [facts[f] for f in claim.facts if f in facts]
    if " as its source defines it" in claim.clause:
        return
    common = _common(str(getattr(claim, "metric", "")), claim, held)
    for framing in statements.registry()[claim.kind].framings(claim, held):
        yield Licence(framing.frames, {**common, **framing.roles})


def _common(metric: str, claim: Claim, held: list[Fact]) -> Roles:
    """The metric's names, with "warm" where the clause says so, and the suite with its condition, which then have to be
    named."""
    suites = tuple(dict.fromkeys(f.suite for f in held if f.suite))
    under = " and ".join(dict.fromkeys(f.display for f in held if f.field == "~condition"))
    if under:
        suites = tuple(f"{suite} with {under}" for suite in suites) or (f"with {under}",)
    return {"metric": tuple(statements.names_of(metric, claim.clause)), "suite": suites}


# --- frames ---------------------------------------------------------------------------------------------------------


def _fits(text: str, licence: Licence, extra: Roles) -> bool:
    roles = {**licence.roles, **extra}
    if any(roles.get(r) and not any(name in text for name in roles[r] if name) for r in _EXACT):
        return False  # a name that every frame holds is not there
    key = tuple(sorted((k, v) for k, v in roles.items() if any(v)))
    return any(p.fullmatch(text) for p in _patterns(licence.kind, key))


@lru_cache(maxsize=4096)
def _patterns(kind: str, key: tuple[tuple[str, tuple[str, ...]], ...]) -> tuple[re.Pattern[str], ...]:
    """The frames of a kind with the texts in their roles; a role without a text drops the frame."""
    roles, data = dict(key), _data()
    suites = roles.get("suite", ())
    if len(suites) > 1:
        return ()
    plain = "(?:" + "|".join(re.escape(h) for h in data["heads"]["plain"]) + ")?"
    head, tail = _any(data["heads"]["suite"], roles), _any(data["tails"]["suite"], roles)
    extra = _any(data["tails"]["extra"], roles)
    end = rf"(?:{extra})?\." if extra else r"\."
    found = []
    for frame in data["frames"].get(kind, ()):
        body = _fill(frame, roles)
        if body is None or (roles.get("subject") and "<suite>" in frame and "<subject>" not in frame):
            continue  # a comparison of levels holds for one workload, which has to be named
        if suites and "<suite>" not in frame:
            shapes = [
                f"{plain}(?:{head}){body}{end}",
                f"{plain}{body}(?:{tail}){end}",
                f"{plain}{body}{end[:-2]}(?:{tail})\\.",
            ]
        else:
            shapes = [f"{plain}{body}{end}"]
        found += [re.compile(s, re.IGNORECASE) for s in shapes]
    return tuple(found)


def _fill(frame: str, roles: Roles) -> str | None:
    words: Mapping[str, list[str]] = _data()["words"]
    out, last = "", 0
    for match in re.finditer(r"<(\w+)>|\{(\w+)\}", frame):
        out += re.escape(frame[last : match.start()])
        texts = words[match[2]] if match[2] else [t for t in roles.get(match[1], ()) if t]
        if not texts:
            return None
        choice = "|".join(re.escape(t) for t in sorted(set(texts), key=len, reverse=True))
        out += f"(?-i:{choice})" if match[1] in _EXACT else f"(?:{choice})"
        last = match.end()
    return out + re.escape(frame[last:])


def _any(frames: list[str], roles: Roles) -> str:
    if roles.get("subject"):
        frames = [f for f in frames if "<subject>" in f or "<suite>" not in f]
    return "|".join(made for f in frames if (made := _fill(f, roles)) is not None)
