"""Finds in a question what it names: systems, metrics, settings and their levels, suites, files, ids, bounds.

Each piece that is recognised is blanked, so that what is left at the end is what was not understood.
"""

# ruff: noqa: E501 — patterns are read as tables

from __future__ import annotations

import difflib
import re
from dataclasses import dataclass, field
from functools import lru_cache

from chimera_report.tools.metrics import METRICS, unit_factor
from chimera_report.tools.query import words
from chimera_report.tools.query.world import World
from chimera_report.tools.schema import Constraint

_LIMIT = 2000  # characters of a question
# Names that are models somewhere, and what looks like the name or the size of one.
_FAMILIES = (
    "llama|mistral|mixtral|qwen|phi|gpt|claude|deepseek|falcon|gemini|gemma|vicuna|smollm|tinyllama|granite|codellama|"
    "starcoder|olmo|bert|whisper|grok|nemotron|command-r|yi"
)
_MODEL = re.compile(
    rf"(?<![\w.:-])(?:[a-z][\w.-]*:[\w.-]*\w|(?:{_FAMILIES})(?:[-\d][\w.-]*)?|\d+(?:\.\d+)?[bm])(?![\w:-])",
    re.IGNORECASE,
)
_BOUND = re.compile(
    r"(?P<op>under|below|less than|lower than|at most|no more than|not more than|within|smaller than|up to|"
    r"over|above|more than|greater than|higher than|at least|no less than|exceeding|"
    r"<=|>=|<|>|≤|≥)\s*(?P<number>\d+(?:\.\d+)?)\s*(?P<unit>[a-zA-Zµ%°]+(?:/[a-zA-Z]+)?)?(?![\w.:])"
)
_LOW = frozenset(
    [
        "under",
        "below",
        "less than",
        "lower than",
        "at most",
        "no more than",
        "not more than",
        "within",
        "smaller than",
        "up to",
        "<",
        "<=",
        "≤",
    ]
)
_STRICT = frozenset(
    [
        "under",
        "below",
        "less than",
        "lower than",
        "smaller than",
        "over",
        "above",
        "more than",
        "greater than",
        "higher than",
        "exceeding",
        "<",
        ">",
    ]
)
_STATISTICS: tuple[tuple[str, str], ...] = (
    (r"medians?|p50|50th percentile", "p50"),
    (r"p90|90th percentile|90 percentile", "p90"),
    (r"p95|95th percentile|95 percentile|95 ?% percentile|tail", "p95"),
    (r"p99|99th percentile|99 percentile", "p99"),
    (r"standard deviations?|std ?dev|stdev|std|sd", "sd"),
    (r"coefficients? of variation|cvs?", "cv"),
    (
        r"averages?|arithmetic means?|means?(?= (?:of|decode|ttft|load|prompt|run|power|latency|ram|prefill))|avg",
        "mean",
    ),
    (r"minimum|minimal|min", "min"),
    (r"maximum|maximal|max|peak", "max"),
)


@dataclass(slots=True)
class Found:
    """What a question names, and what is left of it."""

    text: str  # lower case, recognised pieces blanked
    whole: str  # lower case, nothing blanked
    subjects: list[str] = field(default_factory=list)
    family: bool = False  # the subjects are all that share a part of a name
    unknown: list[str] = field(default_factory=list)  # names of models that the data does not have
    metrics: list[tuple[str, ...]] = field(default_factory=list)  # candidates for each metric that is named
    suite: str = ""
    factors: list[str] = field(default_factory=list)
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
        found = re.search(pattern, self.text, flags)
        if found:
            self.blank(*found.span())
        return found

    def blank(self, start: int, end: int) -> None:
        self.text = self.text[:start] + " " * (end - start) + self.text[end:]


def extract(question: str, world: World) -> Found:
    """What the question names. Longer names are taken before shorter ones."""
    plain = re.sub(r"[‘’`]", "'", question[:_LIMIT]).replace("“", '"').replace("”", '"')
    text = " " + re.sub(r"\s+", " ", plain).strip().lower() + " "
    found = Found(text, text)
    _ids(found)
    _files(found, world)
    _subjects(found, world)
    _suites(found, world)
    _states(found)
    _bounds(found, world)
    _correct(found, world)
    _metrics(found, world, ahead=True)
    _levels(found, world)
    _factors(found, world)
    _unknown(found)
    _statistics(found)
    return found


def _ids(found: Found) -> None:
    if m := found.take(r"\b(f\d{3,}|c\d{3,}|s\d{3,})\b"):
        found.target = m[1].upper()
    elif m := found.take(r"\b(finding|recommendation|footnote|limitation)s? (?:no\.? ?|number |#)?(\d{1,3})\b"):
        found.target = f"{m[1]} {int(m[2])}"
    if m := found.take(r"\btop (\d{1,2})\b"):
        found.limit = max(1, int(m[1]))


def _files(found: Found, world: World) -> None:
    by_base: dict[str, list[str]] = {}
    for path in world.files:
        by_base.setdefault(path.rsplit("/", 1)[-1].lower(), []).append(path)
    names = {**{p.lower(): p for p in world.files}, **{b: ps[0] for b, ps in by_base.items() if len(ps) == 1}}
    for m in re.finditer(r"[\w./-]+\.(?:csv|json|jsonl|md|txt|xml|parquet|xlsx|yaml|toml|log)\b", found.text):
        if m[0] in names:
            found.files.append(names[m[0]])
        else:
            found.absent_files.append(m[0])
        found.blank(*m.span())
    if found.files and found.take(
        r"\b(?:without|ignoring|excluding|except|leaving out|leave out|apart from|other than)(?: the)?(?: files?)?\s*$|\b(?:without|ignoring|excluding|except(?: for)?|leaving out|leave out|apart from)(?: the)?(?: files?)?(?=\s{3,})"
    ):
        found.without, found.files = found.files, []
    found.take(r"\b(?:files?)(?=\s{3,})|(?<=\s{3})files?\b")


@lru_cache(maxsize=8)
def _parts(subjects: tuple[str, ...]) -> dict[str, tuple[str, ...]]:
    """Parts of names → the systems that have them; what every system has names none."""
    owners: dict[str, dict[str, None]] = {}
    for name in subjects:
        pieces = [p for p in re.split(r"[:/_\s-]+", name.lower()) if p]
        joined = re.split(r"[:/]", name.lower())
        for part in {*pieces, *joined, re.sub(r"(?<=\d)[.\d]*$", "", pieces[0]), re.sub(r"[\d.]+$", "", pieces[0])}:
            if len(part) > 1 and part not in ("instruct", "base", "it", "chat", "model"):
                owners.setdefault(part, {})[name] = None
    return {part: tuple(names) for part, names in owners.items()}


def _subjects(found: Found, world: World) -> None:
    places: list[tuple[float, str]] = []
    for name in sorted(world.subjects, key=len, reverse=True):
        for m in re.finditer(rf"(?<![\w.:-]){re.escape(name.lower())}(?![\w:]|[.-]\w)", found.text):
            places.append((m.start(), name))
            found.blank(*m.span())
    parts = _parts(world.subjects)
    for part in sorted(parts, key=len, reverse=True):
        owners = parts[part]
        for m in list(re.finditer(rf"(?<![\w.:-]){re.escape(part)}(?:'s|s)?(?![\w:]|[.-]\w)", found.text)):
            if len(owners) > 1 and not re.search(r"[a-z].*\d|\d.*[a-z]|[a-z]{4}", part):
                continue
            places += [(m.start() + i / 100, name) for i, name in enumerate(owners)]
            found.family = found.family or len(owners) > 1
            found.blank(*m.span())
    found.subjects = list(dict.fromkeys(name for _, name in sorted(places)))


def _suites(found: Found, world: World) -> None:
    for name in sorted(world.suites, key=len, reverse=True):
        word = re.escape(name.lower())
        called = (
            rf"(?:suites?|benchmarks?) ['\"]?{word}['\"]?(?![\w-])|['\"]?(?<![\w-]){word}['\"]? (?:suite|benchmark)\b"
        )
        placed = rf"\b(?:in|from|of|for|within|on)(?: the)? ['\"]?{word}['\"]?(?![\w-])"
        patterns = [called, placed] if name.isalpha() else [called, rf"(?<![\w-]){word}(?![\w-])"]
        if name.lower() in ("compilation", "quantization", "benchmark", "baseline") and not found.suite:
            patterns = [called, placed]
        if not found.suite and any(found.take(p) for p in patterns):
            found.suite = name
    for name in world.suites:  # a suite whose name has _ may be written with spaces
        spaced = name.lower().replace("_", " ").replace("-", " ")
        if not found.suite and spaced != name.lower() and found.take(rf"\b{re.escape(spaced)}(?: suite| benchmark)?\b"):
            found.suite = name


def _states(found: Found) -> None:
    cold = r"(?:the )?(?:cold[- ]starts?|cold runs?|cold records?|model loads?|first loads?|warm-?ups?|loading)"
    if found.take(
        rf"\b(?:without|excluding|except|ignoring|not counting|leaving out|leave out|minus|no|disregarding|apart from) "
        rf"(?:any |counting )?{cold}\b|\bcold[- ]starts? (?:aside|excluded|removed|left out)\b"
        r"|\b(?:when |once |only |for |in |of |the )*warm(?:ed up)?(?: only| runs?| records?| state| ones?)*\b"
    ):
        found.state = "warm"
    elif found.take(
        r"\b(?:only |just )?(?:at|for|of|during|on|with|in)(?: a| the)? cold[- ]starts?(?: only| alone| runs?)?\b"
        r"|\bcold[- ]starts? (?:only|alone)\b|\b(?:when|while) cold\b|\bcold (?:runs?|records?)\b|\bonly cold[- ]starts?\b"
        r"|\bcold(?= (?:ttft|load|e2e|end|prompt|time))"
    ):
        found.state = "cold"
    if found.take(
        r"\b(?:without|excluding|ignoring|removing|except|leaving out|minus|no)(?: the| any)? outliers?\b|\boutliers? (?:aside|excluded|removed)\b"
    ):
        found.outliers = False


def _bounds(found: Found, world: World) -> None:
    table = _metric_table()
    for m in list(_BOUND.finditer(found.text)):
        unit = (m["unit"] or "").lower()
        word = r"(?:" + "|".join(re.escape(w) for w in table) + r")"
        before = re.search(rf"\b({word})\s+(?:is |of |stays |remains |be |to be |kept )*$", found.text[: m.start()])
        after = re.match(rf"\s*(?:of |in )?({word})\b", found.text[m.end() :])
        candidates: tuple[str, ...] = ()
        if not (unit or before or after):
            continue
        if after:
            candidates = table[after[1]]
            found.blank(m.end() + after.start(), m.end() + after.end())
        elif before:
            candidates = table[before[1]]
            found.blank(*before.span())
        elif unit:
            candidates = tuple(
                n
                for n in world.metrics
                if unit_factor(unit, METRICS[n].unit if n in METRICS else "") and n in METRICS and METRICS[n].core
            )
        op = m["op"]
        sign = ("<" if op in _STRICT else "<=") if op in _LOW else (">" if op in _STRICT else ">=")
        found.constraints.append((candidates, sign, float(m["number"]), unit))
        found.blank(*m.span())


@lru_cache(maxsize=1)
def _metric_table() -> dict[str, tuple[str, ...]]:
    return dict(sorted(words.metric_words().items(), key=lambda kv: -len(kv[0])))


def _metrics(found: Found, world: World, *, ahead: bool) -> None:
    own = {m.replace("_", " "): (m,) for m in world.metrics if m not in METRICS}
    table = {**_metric_table(), **own, **{m: (m,) for m in world.metrics}}
    factors = words.factor_words(tuple(world.levels)) if ahead else {}
    levels = {x.lower() for f, xs in world.levels.items() if f != "prompt" for x in xs}
    longest = sorted((w for w in table if w not in factors and w not in levels), key=len, reverse=True)
    pattern = r"(?<![\w/-])(?:" + "|".join(re.escape(w) for w in longest) + r")(?![\w/])"
    places: list[tuple[int, tuple[str, ...]]] = []
    while m := re.search(pattern, found.text):
        places.append((m.start(), table[m[0]]))
        found.blank(*m.span())
    found.metrics = list(dict.fromkeys(c for _, c in sorted(places)))


def _levels(found: Found, world: World) -> None:
    """`num_ctx 2048`, `2048 context`, `8 threads`, `temperature of 0.8`, and names of levels that one factor has."""
    names = words.factor_words(tuple(world.levels))
    number = r"(\d+(?:\.\d+)?k?)"
    for word in sorted(names, key=len, reverse=True):
        factor = names[word]
        w = re.escape(word)
        pattern = (
            rf"(?<!\w){w}(?: (?:of|is|at|set to|equal to|equals|size|length|to))?\s*(?:=|==)?\s*{number}"
            rf"(?:(?:\s*(?:,|and|or|vs\.?|versus|against|to|than|&)(?: (?:at|with|of|to))?\s*){number})?(?![\w.:])"
        )
        while m := re.search(pattern, found.text):
            for given in (m[1], m[2]):
                if given:
                    _level(found, world, factor, given)
            found.blank(*m.span())
            if factor not in found.factors:
                found.factors.append(factor)
        pattern = rf"(?<![\w.]){number}(?: (?:or|vs\.?|versus|and|against|to)\s*{number})?[ -]{w}(?!\w)"
        while m := re.search(pattern, found.text):
            for given in (m[1], m[2]):
                if given:
                    _level(found, world, factor, given)
            found.blank(*m.span())
            if factor not in found.factors:
                found.factors.append(factor)
    one = [f for f, known in found.condition.items() if len(known) == 1]
    pattern = rf"\b(?:than|or|to|with|against|vs\.?|versus|and)(?: (?:at|with|of|just))?\s+{number}(?![\w.:])"
    while len(one) == 1 and len(found.condition[one[0]]) == 1 and (m := re.search(pattern, found.text)):
        _level(found, world, one[0], m[1])
        found.blank(*m.span())
    owners: dict[str, set[str]] = {}
    for factor, levels in world.levels.items():
        if factor in ("prompt",) or len(levels) > 60:
            continue
        for level in levels:
            if re.search(r"[a-zA-Z]", level) and 2 <= len(level) <= 40:
                owners.setdefault(level.lower(), set()).add(factor)
    for level in sorted(owners, key=len, reverse=True):
        if len(owners[level]) != 1 or level in words.FILLERS:
            continue
        factor = next(iter(owners[level]))
        for m in list(re.finditer(rf"(?<![\w.:-]){re.escape(level)}(?![\w:]|[.-]\w)", found.text)):
            _level(found, world, factor, level)
            found.blank(*m.span())


def _level(found: Found, world: World, factor: str, given: str) -> None:
    value = given
    if re.fullmatch(r"\d+(?:\.\d+)?k", given):
        value = str(round(float(given[:-1]) * 1024))
    for level in world.levels[factor]:
        if level.lower() == value or (_number(level) is not None and _number(level) == _number(value)):
            known = found.condition.setdefault(factor, [])
            if level not in known:
                known.append(level)
            return
    found.absent_levels.append((factor, given))


def _number(text: str) -> float | None:
    try:
        return float(text)
    except ValueError:
        return None


def _factors(found: Found, world: World) -> None:
    names = words.factor_words(tuple(world.levels))
    for word in sorted(names, key=len, reverse=True):
        if m := found.take(rf"(?<!\w){re.escape(word)}s?(?!\w)"):
            if names[word] not in found.factors:
                found.factors.append(names[word])
            found.blank(*m.span())
    for word in sorted(words.FACTOR_WORDS, key=len, reverse=True):
        if words.FACTOR_WORDS[word] not in world.levels and found.take(rf"(?<!\w){re.escape(word)}(?!\w)"):
            found.absent_levels.append((words.FACTOR_WORDS[word], ""))


def _unknown(found: Found) -> None:
    for m in list(_MODEL.finditer(found.text)):
        found.unknown.append(m[0].strip())
        found.blank(*m.span())


def _statistics(found: Found) -> None:
    for pattern, name in _STATISTICS:
        if m := re.search(rf"(?<![\w'])(?:{pattern})(?![\w'])", found.text):
            found.statistic = found.statistic or name
            found.blank(*m.span())


def _correct(found: Found, world: World) -> None:
    """Mends words that are one slip away from a word of the vocabulary; names of models and numbers are left alone."""
    vocabulary = _vocabulary(tuple(world.levels))
    for m in list(re.finditer(r"(?<![\w:./-])[a-z]{4,}(?![\w:/.-]\w|\w)", found.text)):
        word = m[0]
        if word in vocabulary:
            continue
        near = difflib.get_close_matches(word, vocabulary, n=2, cutoff=0.79)
        near = [n for n in near if abs(len(n) - len(word)) <= 1 and len(n) >= 4 and n[0] == word[0]]
        if near:
            found.corrected.append((word, near[0]))
            pad = near[0] + " " * max(0, len(word) - len(near[0]))
            found.text = (
                found.text[: m.start()] + pad + found.text[m.end() :]
                if len(pad) == len(word)
                else found.text.replace(word, near[0], 1)
            )
            return _correct(found, world)
    return None


@lru_cache(maxsize=8)
def _vocabulary(factors: tuple[str, ...]) -> tuple[str, ...]:
    from chimera_report.tools.query import intents

    known: set[str] = set(words.FILLERS) | set(words.SUPERLATIVES) | set(words.COMPARATIVES) | set(words.DEGREES)
    for phrase in (*words.metric_words(), *words.factor_words(factors), *words.TERMS, *intents.WORDS):
        known.update(re.findall(r"[a-z]+", phrase))
    return tuple(sorted(known))


def constraint(found: tuple[tuple[str, ...], str, float, str], metric: str) -> Constraint | None:
    """The bound in the metric's canonical unit; None where the unit is another kind."""
    _, op, number, unit = found
    canonical = METRICS[metric].unit if metric in METRICS else ""
    factor = 1.0 if not unit else unit_factor(unit, canonical)
    if factor is None:
        return None
    return Constraint.model_validate({"metric": metric, "op": op, "value": number * factor})
