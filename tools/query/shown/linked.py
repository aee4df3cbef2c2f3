"""What a question names of the records: which of them, which metric, which end; and what of it names nothing.

Every word is accounted for: it names records, a metric or an end, or it is left out and said to be.
"""

# ruff: noqa: E501 — patterns are read as a whole

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from chimera_report.tools.metrics import metric as metric_of
from chimera_report.tools.query.reader.fillers import idle
from chimera_report.tools.query.reader.text import plain
from chimera_report.tools.query.shown.aliases import Alias, alias
from chimera_report.tools.query.shown.asked import metrics_asked
from chimera_report.tools.query.shown.chosen import in_place, selected
from chimera_report.tools.query.shown.columns import SIZES, called_whole, chosen_column
from chimera_report.tools.query.shown.naming import Named, Vocabulary, named
from chimera_report.tools.query.shown.numbers import Bound, bounds_in, fits, metric_bounds, settings_called, values_of
from chimera_report.tools.query.shown.words import BEST, HIGH, LOW, PLAIN_WORDS, QUIET, SAID_NOTHING, WORST
from chimera_report.tools.query.words import (
    FACTOR_WORDS,
    metric_table,
)

if TYPE_CHECKING:
    from chimera_report.tools.query.shown.record import Entry
    from chimera_report.tools.query.world import World

_TOKEN = re.compile(r"[<>]=?|~?\d{1,3}(?:,\d{3})+(?:\.\d+)?[a-z%]*|[,?]|[^\s,;?!()<>\"“”]+")
_TREND = re.compile(
    r"\b(?:scal\w+|longer|bigger|larger|more|higher|increas\w+|decreas\w+|drop\w*|grow\w*|rise\w*|affect\w*|effect|impact|influence|depend\w*|lose|loses|help|helps|slow(?:s|er)? down|with (?:\w+ )?(?:load|length|context|contexts|depth|users|concurrency))\b"
)
_WHY = re.compile(r"\bwhy\b|\bhow come\b|\breason\b|\bwhat causes?\b")
_THRESHOLD = re.compile(r"\b(?:from|at|until|up to|till) (?:which|what|how many)\b")
_FAILED = re.compile(r"\b(?:fail\w*|crash\w*|error\w*|broke\w*|timeouts?|oom)\b")


@dataclass(slots=True)
class Linked:
    """What a question names."""

    tokens: list[str]
    entries: list[Entry] = field(default_factory=list)
    names: list[Named] = field(default_factory=list)
    sides: list[tuple[str, list[Entry]]] = field(default_factory=list)
    across: str = ""  # the column in which the sides stand
    crossing: tuple[str, ...] = ()  # the columns that the sides are named in
    file_word: str = ""  # a word that files are called by, which stands for the metric
    technique: str = ""  # a column that is called by all its words, as what is done or not
    money: bool = False  # a price is asked for, which no record holds
    stat: str = ""  # mean, p50, p95 …: of what is asked for
    bounds: list[Bound] = field(default_factory=list)
    titles: list[str] = field(default_factory=list)  # of what is asked for
    absent: str = ""  # the metric that is asked for and no record holds
    order: str = ""  # high, low
    trend: str = ""  # the column along which it is asked for
    by: str = ""  # the column whose levels are asked for
    degree: bool = False  # the metric is that of an adjective
    comparative: bool = False  # "faster", "slower"
    sized: str = ""  # high, low: of the models by their parameters
    each: bool = False  # runs are asked for one by one
    threshold: bool = False  # where something begins or ends, or one side of two, which no table tells
    why: bool = False
    failed: bool = False
    unmet: list[str] = field(default_factory=list)  # names that no record has together with the others
    quoted: list[tuple[str, list[tuple[Entry, str]]]] = field(default_factory=list)  # number → where it stands
    denied: list[str] = field(default_factory=list)  # numbers that are no value of what is asked for
    unknown: list[str] = field(default_factory=list)  # names and numbers that nothing has
    unsaid: list[str] = field(default_factory=list)  # settings that no record says
    left: list[str] = field(default_factory=list)  # words that name nothing
    read_as: list[Alias] = field(default_factory=list)  # names by what a file joins them with
    many: bool = False  # every record is meant: nothing narrows it


def linked(question: str, world: World, earlier: str = "") -> Linked:
    """What of the records a question names; `earlier` is the one before it, whose names, conditions and metric a short
    question goes on with where it says none of its own."""
    text, language = plain(
        re.sub(r"\bppl\b", "perplexity", question, flags=re.IGNORECASE)
    )  # which chats write for people
    text = re.sub(r"\b(?:j|joules?) ?(?:per |/) ?tok(?:en)?s?\b", "energy per token", text)
    text = re.sub(r"\bpp\d+\b", "prefill rate", text)  # as llama-bench calls its tests
    text = re.sub(r"\btg\d+\b", "decode rate", text)
    text = re.sub(r"\b(?:single|one) (?=user|client|stream|request|gpu|card|node|thread|device)", "1 ", text)
    if "intra" in world.vocabulary.runs and "inter" in world.vocabulary.runs:
        text = re.sub(r"\b(?:same|single|one|1)[ -]nodes?\b|同节点", "intra ", text)
        text = re.sub(r"\b(?:across|between|cross)[ -]nodes?\b|跨节点", "inter ", text)
    tokens = [t.strip(".:'") or t for t in _TOKEN.findall(text)]
    tokens = [t for t in tokens if t]
    found = Linked(tokens)
    vocabulary = world.vocabulary
    used: set[int] = set()
    before = linked(earlier, world) if earlier and _leans(text) else None
    called_whole(found, world, used)
    chosen_column(found, world, used)
    numbered = named(tokens, vocabulary, used, numbered_alone=True)
    used |= {i for n in numbered for i in range(n.start, n.end)}
    found.bounds = bounds_in(tokens, world, used, before.bounds[-1:] if before is not None else ())
    found.names = sorted((*numbered, *named(tokens, vocabulary, used)), key=lambda n: n.start)
    found.names = [n for n in found.names if not _no_name(n, language)]
    for name in found.names:
        used |= set(range(name.start, name.end))
    found.stat = next((x for t in tokens if (x := _stat(t))), "")
    used |= {i for i, t in enumerate(tokens) if _stat(t) == found.stat != "" or t in _OF_STATS}
    metrics_asked(found, world, used)
    if before is not None:
        _gone_on(found, before, vocabulary)
    found.bounds += metric_bounds(tokens, found.titles, world, used)
    selected(found, world)
    if found.unmet and _backed_off(found, vocabulary):
        selected(found, world)
    if _aliased(found, world, used):
        selected(found, world)
    _numbers(found, world, used)
    _ends(found, text)
    _columns(found, world, used)
    for i, token in enumerate(tokens):
        if (
            i in used
            or (
                (found.order or found.sides)
                and token in ("less", "fewer", "lower", "more", "higher", "worse", "better")
            )
            or (i and i - 1 in used and token in SIZES)
            or token in _PLAIN
            or token in SAID_NOTHING | HIGH | LOW | BEST | WORST | QUIET
            or idle(token, "en")
            or not re.search(r"\w", token)
        ):
            continue
        if re.search(r"\d", token) and (re.search(r"[a-z]", token) or len(token) > 2):
            found.unknown.append(token)
        else:
            found.left.append(token)
    return found


def _aliased(found: Linked, world: World, used: set[int]) -> bool:
    """Whether a name that no record has, or none beside the rest, is joined with another name in a file."""
    lost = [n for n in found.names if n.words in found.unmet and " " not in n.words and in_place(n.column)]
    words = [(i, t) for i, t in enumerate(found.tokens) if i not in used and re.search(r"[a-z]\d|\d[a-z]", t)]
    words += [(n.start, n.words) for n in lost]
    made = [a for i, w in words if (a := alias(w, i, world)) is not None]
    for a in made:
        used.add(a.name.start)
        found.names = sorted([n for n in found.names if n.start != a.name.start] + [a.name], key=lambda n: n.start)
    found.read_as += made
    if made:
        found.unmet, found.sides, found.left = [], [], []
    return bool(made)


_NOUNS = frozenset(
    [
        "node",
        "nodes",
        "mode",
        "run",
        "runs",
        "setup",
        "config",
        "method",
        "engine",
        "model",
        "card",
        "server",
        "version",
    ]
)


def _backed_off(found: Linked, vocabulary: Vocabulary) -> bool:
    """Whether a name of two words that no record has beside the rest is one of one word with a noun: "inter node", where
    runs are called inter."""
    changed = False
    for i, name in enumerate(found.names):
        words = name.words.split()
        if name.words not in found.unmet or len(words) < 2:
            continue
        rest = [w for w in words if w not in _NOUNS]
        one = vocabulary.of(rest, name.start, "") if rest and len(rest) < len(words) else None
        if one is not None and one.places != name.places:
            found.names[i] = Named(name.words, name.start, name.end, one.column, one.places, one.levels)
            changed = True
    if changed:
        found.unmet, found.sides, found.left = [], [], []
    return changed


_PLAIN = frozenset(
    [
        "super",
        "totally",
        "so",
        "really",
        "quite",
        "looks",
        "look",
        "seems",
        "lot",
        "bit",
        "use",
        "uses",
        "used",
        "using",
        "times",
        "again",
        "overall",
        "exactly",
        "actually",
        "pretty",
    ]
)
_OF_STATS = frozenset(["percentile", "quantile", "tail"])


def _stat(token: str) -> str:
    """ "p95", "median", "average": the statistic as titles write it."""
    if re.fullmatch(r"p(?:50|75|9\d(?:\.9)?)", token):
        return token
    return {"median": "p50", "mean": "mean", "average": "mean", "avg": "mean"}.get(token, "")


_GOES_ON = re.compile(
    r"^(?:and|but|or|so|what about|how about|same|ok|okay|then|only|just|also|now)\b|\b(?:it|its|that|there|they|them|those|these|ones?|same)\b"
)
_SHORT = 4  # words of a question that is none by itself


def _no_name(name: Named, language: str) -> bool:
    """Whether a word is a small one of the question's language, or a metric that a path is called by, too."""
    if " " in name.words:
        return False
    place = name.column.startswith(("file", "folder", "path"))
    foreign = language != "en" and (idle(name.words, language) or (name.words.isalpha() and len(name.words) < 3))
    return foreign or (place and name.words in metric_table() and name.words not in ("cpu", "gpu"))


def _leans(text: str) -> bool:
    return _GOES_ON.search(text) is not None or len(text.split()) <= _SHORT


def _gone_on(found: Linked, before: Linked, vocabulary: Vocabulary) -> None:
    """What was named before, where nothing takes its place: a name of another column, a condition on another setting, the
    metric and the end that were asked for."""

    def of(name: Named) -> set[str]:
        return {c for c, level in vocabulary.owners if level in name.levels}

    columns = {c for n in found.names for c in of(n)} | {b.column for b in found.bounds}
    own = frozenset.intersection(*(n.places for n in found.names)) if found.names else None
    for name in before.names:
        if not of(name) & columns and (own is None or own & name.places):
            found.names.append(Named(name.words, -1, -1, name.column, name.places, name.levels))
    found.bounds += [b for b in before.bounds if b.column not in columns and b.column not in before.titles]
    if not found.titles and not found.absent:
        found.titles, found.absent = before.titles, before.absent
        found.unknown = [w for w in before.unknown if not any(w in n.levels for n in found.names)]
        found.each = before.each
        found.order = found.order or before.order


def _numbers(found: Linked, world: World, used: set[int]) -> None:
    """Numbers that are values of the records, to the digits that are given: in a unit that fits, of what is asked for
    before all else."""
    for i, token in enumerate(found.tokens):
        if i in used or not (m := re.fullmatch(r"~?(\d[\d,]*(?:\.\d+)?)(x|ms|s|sec|%|k|w|j)?", token)):
            continue
        rest = found.tokens[i + 1 : i + 4]
        unit = (m[2] if m[2] != "k" else "") or next(
            (t for t in rest[: 3 if "and" in rest[:1] else 1] if _UNIT.fullmatch(t)), ""
        )
        exact = "." in m[1] or len(m[1].replace(",", "")) > _EXACT
        if not exact and not unit:
            continue
        fit = [
            t for t, metric in world.entries.titles.items() if fits(unit, metric_of(metric).unit if metric else "", t)
        ]
        for entries in (found.entries, world.entries.all if exact and found.many else ()):
            hits = values_of(token.lstrip("~"), entries, found.titles, fit, unit)
            if hits:
                found.quoted.append((token, hits))
                break
        else:
            own = [t for t in found.titles if t in fit]
            if found.entries and ((unit and own and unit not in ("%", "x")) or ("." in m[1] and not found.many)):
                found.denied.append(token)
            else:
                found.left.append(token)
        used.add(i)


_EXACT = 2  # digits of a number that is no value by itself
_UNIT = re.compile(r"m?s|sec\w*|tok\w*/s\w*|t/s|tps|%|w|watts?|j|x|gb|mb|mib|gib")


def _ends(found: Linked, text: str) -> None:
    words = {t for i, t in enumerate(found.tokens) if not (i and found.tokens[i - 1] == "at")}  # "at least 20"
    if not found.order and words & HIGH:
        found.order = "high"
    elif not found.order and words & LOW:
        found.order = "low"
    elif not found.order and words & (BEST | WORST):
        found.order = "best" if words & BEST else "worst"
    if not found.order and found.by and not found.sides and words & {"less", "fewer", "lower"}:
        found.order = "low"
    elif not found.order and found.by and not found.sides and words & {"more", "higher"}:
        found.order = "high"
    if m := re.search(r"\b(biggest|largest|smallest)\b(?: \w+)? models?\b", text):
        found.sized, found.order = ("low" if m[1] == "smallest" else "high"), ""
    found.each = (
        found.each
        or re.search(r"\b(?:all|each|every|single|\w+) (?:runs|repeats|trials)\b|\beach run\b|\ball three\b", text)
        is not None
    )
    found.threshold = _THRESHOLD.search(text) is not None or (found.comparative and not found.sides)
    found.why = _WHY.search(text) is not None
    found.failed = _FAILED.search(text) is not None


def _columns(found: Linked, world: World, used: set[int]) -> None:
    """A column whose levels are asked for ("which quant"), or along which something changes ("with concurrency"); a
    setting that no record says."""
    columns = world.entries.columns
    text = " ".join(found.tokens)
    changes = _TREND.search(text) is not None
    for i, token in enumerate(found.tokens):
        if len(token) < 3 or (i in used and token not in ("longer", "shorter")):
            continue
        own = settings_called(token, world)
        own = [c for c in own if len({e.of.get(c) for e in found.entries} - {None}) > 1] or own
        if not own and token in ("longer", "shorter", "length"):
            own = [c for c in columns if _lengths({e.of.get(c, "") for e in found.entries})]
        if not own:
            factor = FACTOR_WORDS.get(token, "")
            if factor and factor not in columns and token not in PLAIN_WORDS and not found.titles:
                found.unsaid.append(token)
                used.add(i)
            continue
        before = found.tokens[max(0, i - 3) : i]
        used.add(i)
        if {"which", "what", "best", "per", "by", "each"} & set(before) and not found.by:
            found.by = own[0]
        elif changes and not found.trend:
            found.trend = own[0]
        elif not found.by:
            found.by = own[0]


def _lengths(levels: set[str]) -> bool:
    return any("short" in x.lower() for x in levels) and any("long" in x.lower() for x in levels)
