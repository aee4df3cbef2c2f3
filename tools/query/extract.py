"""Finds in a question what it names: systems, metrics, settings and their levels, suites, files, ids, bounds.

Each piece that is recognised is blanked, so that what is left at the end is what was not understood.
"""

# ruff: noqa: E501 — patterns are read as tables

from __future__ import annotations

import re
from functools import lru_cache

from chimera_report.tools.claims import english
from chimera_report.tools.metrics import METRICS
from chimera_report.tools.patterns import compiled
from chimera_report.tools.query import levels, words
from chimera_report.tools.query.bounds import bounds
from chimera_report.tools.query.found import Found
from chimera_report.tools.query.reader.slips import slipped
from chimera_report.tools.query.world import World

_LIMIT = 2000  # characters of a question
# Names that are models somewhere, and what looks like the name or the size of one.
_FAMILIES = (
    "llama|mistral|mixtral|qwen|phi|gpt|claude|deepseek|falcon|gemini|gemma|vicuna|smollm|tinyllama|granite|codellama|"
    "starcoder|olmo|bert|whisper|grok|nemotron|command-r|yi"
)
_MODEL = re.compile(
    rf"(?<![\w.:-])(?:[a-z][\w.-]*:[\w.-]*\w|(?:{_FAMILIES})(?:[-\d][\w.-]*)?|\d+(?:\.\d+)?[bm])(?!\w|[:.-]\w)",
    re.IGNORECASE,
)
_STATISTICS: tuple[tuple[str, str], ...] = (
    (r"medians?|p50|50th percentile", "p50"),
    (r"p90|90th percentile|90 percentile", "p90"),
    (r"p95|95th percentile|95 percentile|95 ?% percentile|tail", "p95"),
    (r"p99|99th percentile|99 percentile", "p99"),
    (r"standard deviations?|std ?dev|stdev|std|sd", "sd"),
    (r"coefficients? of variation|cvs?", "cv"),
    (r"averages?|arithmetic means?|means?(?= of| {2,})|avg", "mean"),
    (r"minimum|minimal|min", "min"),
    (r"maximum|maximal|max|peak", "max"),
)
# "Which backend should I use": the best is asked for.
_CHOICE = re.compile(
    r"\b(which [\w-]+(?: [\w-]+)?) (?:should|shall|do|would|can) (?:i|we|one|you) (?:use|choose|pick|take|prefer|go with)\b"
)


def as_asked(question: str) -> Found:
    """The words of a question, one way to write quotes and spaces, before anything in them is recognised."""
    question = re.sub(r"\btl;\s?dr\b", "tldr", question, flags=re.IGNORECASE)
    plain = re.sub(r"[‘’`]", "'", question[:_LIMIT]).replace("“", '"').replace("”", '"')
    text = " " + re.sub(r"\s+", " ", plain).strip().lower() + " "
    text = _CHOICE.sub(r"\1 is best", text)
    return Found(text, text)


def extract(question: str, world: World) -> Found:
    """What the question names. Longer names are taken before shorter ones."""
    found = as_asked(question)
    _ids(found)
    _files(found, world)
    _subjects(found, world)
    _suites(found, world)
    _states(found)
    bounds(found, world)
    _correct(found, world)
    _metrics(found, world, ahead=True)
    levels.levels(found, world)
    levels.factors(found, world)
    _unknown(found, world)
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
            if len(part) > 1 and part not in ("instruct", "base", "it", "chat", "model", "gpu", "cpu", "unknown"):
                owners.setdefault(part, {})[name] = None
    return {part: tuple(names) for part, names in owners.items()}


def _subjects(found: Found, world: World) -> None:
    places: list[tuple[float, str]] = []
    for name in sorted(world.subjects, key=len, reverse=True):
        for m in compiled(rf"(?<![\w.:-]){re.escape(name.lower())}(?:'s)?(?!\w|[:.-]\w)").finditer(found.text):
            places.append((m.start(), name))
            found.blank(*m.span())
    parts = _parts(world.subjects)
    for part in sorted(parts, key=len, reverse=True):
        owners = parts[part]
        for m in list(compiled(rf"(?<![\w.:-]){re.escape(part)}(?:'s|s)?(?!\w|[:.-]\w)").finditer(found.text)):
            if len(owners) > 1 and not re.search(r"[a-z].*\d|\d.*[a-z]|[a-z]{4}", part):
                continue
            if len(owners) > 1:
                found.families.append(owners)
            else:
                places += [(m.start(), owner) for owner in owners]
            found.parts[part] = owners
            found.blank(*m.span())
    named = {name for _, name in places}
    # "llama q4 and q5" are two, of a family that is named besides; "the llamas" are all.
    found.families = [owners for owners in dict.fromkeys(found.families) if not named & set(owners)]
    found.family = bool(found.families)
    places += [(len(found.text) + i, name) for owners in found.families for i, name in enumerate(owners)]
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


@lru_cache(maxsize=64)
def _any_of(longest: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile(r"(?<![\w/-])(?:" + "|".join(re.escape(w) for w in longest) + r")(?![\w/])")


def _metrics(found: Found, world: World, *, ahead: bool) -> None:
    own = {m.replace("_", " "): (m,) for m in world.metrics if m not in METRICS}
    table = {**words.metric_table(), **own, **{m: (m,) for m in world.metrics}}
    factors = levels.setting_words(world) if ahead else {}
    named = {x.lower() for f, xs in world.levels.items() if f != "prompt" for x in xs}
    longest = sorted((w for w in table if w not in factors and w not in named), key=len, reverse=True)
    pattern = _any_of(tuple(longest))
    places: list[tuple[int, tuple[str, ...]]] = []
    while m := pattern.search(found.text):
        places.append((m.start(), table[m[0]]))
        found.blank(*m.span())
    found.metrics = list(dict.fromkeys(c for _, c in sorted(places)))


def _unknown(found: Found, world: World) -> None:
    """Names of models that the data does not have. What it has as a suite, a file or a level is left to the slots."""
    for m in list(_MODEL.finditer(found.text)):
        if world.layer.names.having(m[0].strip()):
            continue
        found.unknown.append(m[0].strip())
        found.blank(*m.span())


def _statistics(found: Found) -> None:
    for pattern, name in _STATISTICS:
        if m := compiled(rf"(?<![\w'])(?:{pattern})(?![\w'])").search(found.text):
            found.statistic = found.statistic or name
            found.blank(*m.span())


def _correct(found: Found, world: World) -> None:
    """Mends words that are one slip away from a word of the vocabulary; names of models and numbers are left alone."""
    vocabulary = _vocabulary(tuple(world.levels))
    for m in list(re.finditer(r"(?<![\w:./-])[a-z]{4,}(?![\w:/.-]\w|\w)", found.text)):
        word = m[0]
        if word in vocabulary:
            continue
        near = slipped(word, vocabulary)
        if near and not english(word):
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
    known: set[str] = set(words.FILLERS) | set(words.SUPERLATIVES) | set(words.COMPARATIVES) | set(words.DEGREES)
    for phrase in (
        *words.metric_words(),
        *words.factor_words(factors),
        *words.TERMS,
        *(w for soft in words.SOFT.values() for w in soft),
    ):
        known.update(re.findall(r"[a-z]+", phrase))
    return tuple(sorted(known))
