"""A plain reading of a sentence that anybody wrote: its names, numbers and relations, evaluated on the measurements.

Names, values and settings become tokens, words that carry nothing are dropped, and what is left has to be a known shape
from end to end. A shape that is not known is no reading; other judges look at it then. What is read is evaluated on the
rows of the data, not on what a report says of them.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from chimera_report.tools.lint.binding import Judgement, Verdict
from chimera_report.tools.lint.world import World
from chimera_report.tools.metrics import METRICS, unit_factor
from chimera_report.tools.metrics import metric as metric_of

if TYPE_CHECKING:
    import pandas as pd

STRUCK = "\ue0ff"  # stands where a text was struck out or hidden
# A sentence with one of these is denied, doubted or asked: it may be true or false, and nothing supports it.
_DENIED = re.compile(
    rf"[{STRUCK}👎❌✗✘✖🚫⛔¬≠≮≯≰≱≉≁±∓?]|~~|"
    r"\b(?:false|wrong|untrue|incorrect|never|nobody|no one|nothing|neither|nor|lie|lies|"
    r"myth|allegedly|supposedly|reportedly|claimed|would|could|might|should|unless|except|without)\b",
    re.IGNORECASE,
)
_SIGN = re.compile(r"(?<![\w.)])[−–﹣－‑](?=\s?\d)")
_UNIT = (
    r"tokens/s|tok/s|t/s|tokens per second|tokens / s|ms/token|s/token|[mµun]?s|seconds?|milliseconds?|[MG]i?B|W|J|°C"
)
_VALUE = re.compile(rf"(?<![\w.:/])(-?\d+(?:,\d{{3}})*(?:\.\d+)?)\s?({_UNIT}|%|percent|x|×|times)(?![\w/])")
_BARE = re.compile(r"(?<![\w.:/-])\d+(?:,\d{3})*(?:\.\d+)?(?![\w:]|\.\d)")
_SPELLED = "zero one two three four five six seven eight nine ten eleven twelve"
_NUMBERS = {word: str(number) for number, word in enumerate(_SPELLED.split())}
_UNITS = {"tok/s": "tokens/s", "t/s": "tokens/s", "tokens / s": "tokens/s", "second": "s", "seconds": "s"}
_UNITS |= {"millisecond": "ms", "milliseconds": "ms", "tokens per second": "tokens/s"}
_WORDS: tuple[tuple[str, str], ...] = (
    (r"at least|no less than|≥|>=", "CMP≥"), (r"at most|no more than|up to|≤|<=", "CMP≤"),
    (r"stays? (?:above|over)|never drops below", "CMP≫"), (r"stays? (?:below|under)", "CMP≪"),
    (r"more than|greater than|higher than(?= V)|over(?= V)|above|exceeds|>", "CMP>"),
    (r"less than(?= V)|lower than(?= V)|below|under|<", "CMP<"),
    (r"about|roughly|approximately|around|nearly(?= V)|almost(?= V)|some(?= V)|circa|ca\.|~|≈", "ABOUT"),
    (r"time to (?:its |the )?first token|to (?:produce|generate|deliver|emit) (?:its |the |a )?first token", "M:ttft"),
    (r"to load|loads|loaded|loading(?! time)", "M:load_time"), (r"decodes?|decoded", "M:decode_rate"),
    (r"is ahead of|beats?|outperforms?|ranks? ahead of|wins? (?:against|over)", "BEATS"),
    (r"is behind|trails?|loses to|ranks? behind", "TRAILS"),
    (r"(?:ranks?|comes?|places?|is) (?:the )?first", "FASTEST"), (r"(?:ranks?|comes?|is) last", "SLOWEST"),
    (r"faster|quicker", "FASTER"), (r"slower", "SLOWER"), (r"higher|greater|larger|longer", "HIGHER"),
    (r"lower|smaller|shorter|fewer", "LOWER"), (r"(?:fastest|quickest) runs?", "FASTRUN"),
    (r"slowest runs?", "SLOWRUN"),
    (r"fastest|quickest", "FASTEST"), (r"slowest", "SLOWEST"), (r"highest|greatest|largest|longest", "HIGHEST"),
    (r"lowest|smallest|shortest", "LOWEST"), (r"does not|do not|is not|are not|was not|not|isn't|doesn't", "NOT"),
    (r"geometric means?", "STAT:gmean"), (r"medians?|p50", "STAT:p50"), (r"minimum|min", "STAT:min"),
    (r"maximum|max|peak", "STAT:max"), (r"on average|(?:arithmetic )?means?|averages?|averaged|averaging", "STAT:mean"),
    (r"as (?:fast|quick|long|high|much|large)", "AS"),
    (r"(?:nearly|almost|about|much)? ?the same|equally|similar", "SAME"),
    (r"hardly|barely|scarcely|little", "HARDLY"), (r"changes?|affects?|influences?|moves?", "CHANGES"),
)  # fmt: skip
_FILLER = frozenset(
    word
    for line in (
        "the a an this that these those is are was were be has have had do does did in of by on at for with to its it",
        "their our we i they there here model models system systems run runs rate speed value values number get gets",
        "overall test tests measured measurement measurements show shows showed recorded observed data reaches reach",
        "reached achieves achieved delivers delivered generates generated produces produced needs need needed takes",
        "took got running comes arrives answers respond responds sits lies stands impressive remarkable solid also",
        "suite set while whereas but , . ; : ( ) !",
    )
    for word in line.split()
)
_LETTERS = re.compile(r"\b[A-Z]+\b")  # words in capitals are not our tokens
_STATS = ("gmean", "p50", "mean")
_SPEEDS = ("decode_rate", "output_throughput", "ttft", "run_time", "e2e_latency")
_REL = r"(?:FASTER|SLOWER|HIGHER|LOWER)"
_SUP = r"(?:FASTEST|SLOWEST|HIGHEST|LOWEST)"


@dataclass(frozen=True, slots=True)
class Scope:
    """What the headings above a text say that it is about."""

    subject: str = ""
    metrics: tuple[str, ...] = ()
    suites: tuple[str, ...] = ()
    condition: tuple[tuple[str, str], ...] = ()


@dataclass(slots=True)
class Read:
    """A sentence as tokens, with what they stand for in the order in which they stand."""

    shape: str = ""
    subjects: list[tuple[int, str]] = field(default_factory=list)
    metrics: list[tuple[int, tuple[str, ...]]] = field(default_factory=list)
    values: list[tuple[int, str, str, str]] = field(default_factory=list)  # place, number, unit, kind V P X
    levels: list[tuple[int, str, str]] = field(default_factory=list)  # place, factor, level
    suites: list[str] = field(default_factory=list)
    bare: list[str] = field(default_factory=list)


def denied(text: str) -> bool:
    """Whether a text is struck out, crossed, doubted or asked."""
    return _DENIED.search(text) is not None


_NARROW = re.compile(
    r"\b(?:not|n't|than|above|below|over|under|at least|at most|up to|hardly|only)\b|[<>≥≤~≈]", re.IGNORECASE
)


def narrowed(text: str, world: World) -> bool:
    """Whether a sentence compares, denies or sets a condition: what refutes it without that may be wrong."""
    named = any(re.search(rf"(?<![\w-]){re.escape(f)}(?![\w-])", text) for f in world.settings)
    return named or _NARROW.search(text) is not None


def normal(text: str) -> str:
    """The text with one kind of minus, space and quote."""
    return _SIGN.sub("-", text.replace("\u00a0", " ").replace("\u202f", " ").replace("’", "'")).strip()


def read(text: str, world: World, scope: Scope) -> Judgement | None:
    """The verdict on a sentence whose whole shape is known; None where it is not."""
    text = normal(text)
    found = _tokens(text, world)
    if not found.subjects and scope.subject:
        found.subjects.append((-1, scope.subject))
    shape = found.shape
    for pattern, judge in _SHAPES:
        if re.fullmatch(pattern, shape):
            return judge(found, world, scope)
    return None


def _tokens(text: str, world: World) -> Read:
    found, spans = Read(), []

    def take(start: int, end: int, token: str) -> bool:
        if any(a < end and start < b for a, b, _ in spans):
            return False
        spans.append((start, end, token))
        return True

    for m in world.mentions(text):
        possessive = 2 if text[m.end : m.end + 2] == "'s" else 0
        if take(m.start, m.end + possessive, "S"):
            found.subjects.append((m.start, m.subject))
    for name in world.suites(text):
        word = rf"[\"“`]?{re.escape(name)}[\"”`]?"
        pattern = rf"(?:(?:in|of|the) )*suites? {word}(?!\w)|(?:in )?(?:the )?{word} suite"
        for hit in re.finditer(pattern, text, re.IGNORECASE):
            if take(*hit.span(), ""):
                found.suites.append(name)
    for factor, levels in world.settings.items():
        there = list(re.finditer(rf"(?<![\w-]){re.escape(factor)}(?![\w-])", text))
        title = [] if there else list(re.finditer(rf"(?<![\w-]){re.escape(factor.replace('_', ' '))}(?![\w-])", text))
        if not (there or title):
            continue
        for level in sorted(levels, key=len, reverse=True):
            named = rf"(?:{re.escape(factor)}\s*(?:=|:|of|to|at|was set to)?\s*)?"
            pattern = rf"{named}(?<![\w.:-]){re.escape(level)}(?![\w:]|\.\d|\s?(?:{_UNIT}|%))"
            for hit in re.finditer(pattern, text):
                if take(*hit.span(), "C"):
                    found.levels.append((hit.start(), factor, level))
        for hit in (*there, *title):
            take(*hit.span(), "F")
    for m in _VALUE.finditer(text):
        unit = _UNITS.get(m[2].lower(), m[2])
        kind = "P" if unit in ("%", "percent") else "X" if unit in ("x", "×", "times") else "V"
        if take(*m.span(), kind):
            found.values.append((m.start(), m[1].replace(",", ""), unit, kind))
    low = text.lower()
    for word, names in world.metrics(text):
        for hit in re.finditer(rf"(?<!\w){re.escape(word)}s?(?!\w)", low):
            if take(*hit.span(), "M"):
                found.metrics.append((hit.start(), names))
    for m in _BARE.finditer(text):
        if take(*m.span(), "N"):
            found.bare.append(m[0])
    for m in re.finditer(r"[^\W\d_]+", text):
        if m[0].lower() in _NUMBERS and take(*m.span(), "N"):
            found.bare.append(_NUMBERS[m[0].lower()])
    found.bare = [n for _, n in sorted((a, text[a:b]) for a, b, t in spans if t == "N")]
    found.bare = [_NUMBERS.get(n.lower(), n) for n in found.bare]
    found.levels.sort()
    found.shape = _shape(text, sorted(spans), found)
    found.metrics.sort()
    return found


def _shape(text: str, spans: list[tuple[int, int, str]], found: Read) -> str:
    """The tokens and the words between them that say something, parted by spaces."""
    parts, at = [], 0
    for start, end, token in [*spans, (len(text), len(text), "")]:
        parts += [_LETTERS.sub(lambda m: m[0].lower(), text[at:start]), f" {token} " if token else " "]
        at = end
    line = " ".join("".join(parts).split())
    for pattern, token in _WORDS:
        edge = r"(?<![\w])" if pattern[0].isalpha() or pattern[0] == "(" else ""
        line = re.sub(rf"{edge}(?:{pattern})(?![a-z])", f" {token} ", line, flags=re.IGNORECASE)
    tokens = re.findall(r"M:\w+|STAT:\w+|CMP[≥≤><≫≪]|[^\W\d_]+(?:'s)?|[^\w\s]", line)
    kept: list[str] = []
    for token in tokens:
        if token.startswith("M:"):
            # Where a verb stands for its metric, it counts as named there.
            found.metrics.append((_where(text, token), (token[2:],)))
            kept.append("M")
        elif token.lower() not in _FILLER:
            kept.append(token)
    return " ".join(kept)


def _where(text: str, token: str) -> int:
    words = {"M:ttft": r"first token", "M:load_time": r"\bload", "M:decode_rate": r"\bdecod"}[token]
    hit = re.search(words, text, re.IGNORECASE)
    return hit.start() if hit else 0


# --- the rows ---------------------------------------------------------------------------------------------------------


def rows(
    world: World, subject: str, metric: str, suites: tuple[str, ...], condition: tuple[tuple[str, str], ...]
) -> pd.DataFrame:
    """The samples of a metric of a system, failed ones left out."""
    table = world.dataset.table
    chosen = (table["subject"] == subject) & (table["metric"] == metric) & (table["status"] == "ok")
    chosen &= table["stat"] == "sample"
    if suites:
        chosen &= table["suite"].isin(suites)
    for factor, level in condition:
        chosen &= table[f"factor.{factor}"].astype(str) == level
    return table[chosen]


def _numbers(values: list[float]) -> dict[str, float]:
    ordered = sorted(values)
    middle = len(ordered) // 2
    median = ordered[middle] if len(ordered) % 2 else (ordered[middle - 1] + ordered[middle]) / 2
    found = {"mean": math.fsum(values) / len(values), "p50": median, "min": ordered[0], "max": ordered[-1]}
    if ordered[0] > 0:
        found["gmean"] = math.exp(math.fsum(map(math.log, values)) / len(values))
    return found


def _close(value: float, written: str, about: bool) -> bool:
    places = len(written.split(".")[1]) if "." in written else 0
    slack = 0.5 * 10.0**-places * 1.001
    if about and "." not in written:  # "about 280": to the last digit that is not a nought
        slack = min(max(slack, 0.5 * 10.0 ** (len(written) - len(written.rstrip("0")))), max(slack, 0.02 * abs(value)))
    return abs(value - float(written)) <= slack


def value(
    world: World,
    subject: str,
    metrics: tuple[str, ...],
    suites: tuple[str, ...],
    condition: tuple[tuple[str, str], ...],
    written: str,
    unit: str,
    *,
    stat: str = "",
    compare: str = "",
    about: bool = False,
) -> tuple[Verdict, str]:
    """Whether a number is a value of the system, and what the data says."""
    told: list[str] = []
    verdicts: set[Verdict] = set()
    for metric in metrics:
        factor = unit_factor(unit, metric_of(metric).unit) if metric in METRICS else None
        if not factor:
            continue
        table = rows(world, subject, metric, suites, condition)
        for suite, group in table.groupby("suite", sort=False):
            have = {k: v / factor for k, v in _numbers([float(x) for x in group["value"]]).items()}
            where = "".join(f" at {k} {v}" for k, v in condition)
            typical = have.get("gmean", have["mean"])
            told.append(f"{metric_of(metric).title} of {subject} in suite {suite}{where}: {typical:.4g} {unit}")
            wanted = {"mean": ("mean", "gmean")}.get(stat, (stat,)) if stat else _STATS
            values = [have[s] for s in wanted if s in have]
            if compare in ("≫", "≪"):
                values, compare = [have["min" if compare == "≫" else "max"]], ">" if compare == "≫" else "<"
            if compare:
                given = float(written)
                holds = [v > given if compare in ">≥" else v < given for v in values]
                if compare in "≥≤":
                    holds = [h or _close(v, written, False) for h, v in zip(holds, values, strict=True)]
                verdicts.add("supported" if all(holds) else "unsupported" if any(holds) else "refuted")
            elif any(_close(v, written, about) for v in values):
                verdicts.add("supported")
            elif any(_close(v, written, about) for v in have.values()) or _elsewhere(group, factor, written):
                verdicts.add("unsupported")  # of another statistic or condition than is said
            else:
                verdicts.add("refuted")
    data = "; ".join(dict.fromkeys(told))
    return next((v for v in ("supported", "unsupported", "refuted") if v in verdicts), "unsupported"), data


def _elsewhere(group: pd.DataFrame, factor: float, written: str) -> bool:
    """Whether the number is that of one level of a setting."""
    for column in (c for c in group.columns if c.startswith("factor.")):
        for _, part in group.groupby(column):
            have = _numbers([float(x) / factor for x in part["value"]])
            if any(_close(have[s], written, False) for s in _STATS if s in have):
                return True
    return False


# --- shapes -----------------------------------------------------------------------------------------------------------


def _told(verdict: Verdict, reason: str, data: str = "") -> Judgement:
    return Judgement(verdict, reason, data, (0, 0))


def _scoped(found: Read, scope: Scope) -> tuple[tuple[str, ...], tuple[tuple[str, str], ...]]:
    suites = tuple(dict.fromkeys(found.suites)) or scope.suites
    levels = tuple((f, level) for _, f, level in found.levels) or scope.condition
    return suites, levels


def _values(found: Read, world: World, scope: Scope) -> Judgement | None:
    """Values of systems: each with the system and the metric that stand nearest."""
    if not found.subjects:
        return None
    suites, condition = _scoped(found, scope)
    if len({f for f, _ in condition}) < len(condition):
        return None
    tokens = found.shape.split()
    stat = next((t[5:] for t in tokens if t.startswith("STAT:")), "")
    told: list[str] = []
    verdicts: list[Verdict] = []
    compare = next((t[3:] for t in tokens if t.startswith("CMP")), "")
    for place, number, unit, kind in found.values:
        if kind != "V":
            return None
        before = [s for at, s in found.subjects if at < place]
        subject = before[-1] if before else found.subjects[0][1]
        metrics = _metric_at(found, place, unit, scope, world)
        if not metrics:
            return None
        wanted, names = stat, metrics
        if {"HIGHEST", "LOWEST"} & set(tokens):
            wanted = "max" if "HIGHEST" in tokens else "min"
        elif {"FASTRUN", "SLOWRUN"} & set(tokens):
            wanted = "max" if (metric_of(metrics[0]).direction == "higher") == ("FASTRUN" in tokens) else "min"
        verdict, data = value(
            world, subject, names, suites, condition, number, unit,
            stat=wanted, compare=compare, about="ABOUT" in tokens,
        )  # fmt: skip
        verdicts.append(verdict)
        told.append(data)
    if not verdicts or not any(told):
        return None
    worst = next(v for v in ("refuted", "unsupported", "supported") if v in verdicts)
    if "NOT" in tokens:
        worst = "refuted" if worst == "supported" else "unsupported"
    reason = {
        "supported": "a value of the data",
        "refuted": "no such value",
        "unsupported": "a value of another statistic or condition than the sentence says",
    }[worst]
    return _told(worst, reason, "; ".join(dict.fromkeys(t for t in told if t)))


def _metric_at(found: Read, place: int, unit: str, scope: Scope, world: World) -> tuple[str, ...]:
    """The metric that a value is of: the nearest that is named and has the unit."""
    fits = [
        (at, tuple(n for n in names if n in METRICS and unit_factor(unit, metric_of(n).unit) is not None))
        for at, names in found.metrics
    ]
    fits = [(at, names) for at, names in fits if names]
    before = [names for at, names in fits if at <= place]
    if before or fits:
        return before[-1] if before else fits[0][1]
    if found.metrics:
        return ()
    named = tuple(n for n in scope.metrics if n in METRICS and unit_factor(unit, metric_of(n).unit) is not None)
    if named or scope.metrics:
        return named
    if unit == "tokens/s":
        return tuple(n for n in ("decode_rate", "output_throughput") if n in world.inventory.metrics)
    return ()


def _direction(
    world: World, a: str, b: str, metrics: tuple[str, ...], suites: tuple[str, ...]
) -> tuple[dict[str, int], dict[str, float], str]:
    """For each metric 1 where a is higher, -1 where lower, else 0; the ratios a over b; what the data says."""
    signs: dict[str, int] = {}
    ratios: dict[str, float] = {}
    told = []
    for c in world.compared(a, b, metrics, suites):
        if c.condition or c.ratio is None:
            continue
        ratio = c.ratio if c.a == a else 1 / c.ratio
        sign = 0 if c.outcome not in ("higher", "lower") else 1 if ratio > 1 else -1
        if c.metric in signs and signs[c.metric] != sign:
            signs[c.metric] = 0
        else:
            signs[c.metric] = sign
        ratios[c.metric] = ratio
        told += [v for name in (a, b) for v in world.typical(name, (c.metric,), (c.suite,))[:1]]
        told.append(f"their ratio is {ratio:.3g}")
    return signs, ratios, "; ".join(dict.fromkeys(told[:6]))


def _named(found: Read, scope: Scope, world: World) -> tuple[str, ...]:
    """The metrics that a relation is about; () where none is named."""
    names = [n for _, group in found.metrics for n in group]
    held = tuple(n for n in (names or scope.metrics) if n in world.inventory.metrics)
    return held or tuple(names[:1])  # a metric that the data lacks is none that it has


def _says(signs: dict[str, int], word: str) -> set[bool | None]:
    """Whether the direction of the word is that of each metric; None where nothing is settled."""
    found: set[bool | None] = set()
    for metric, sign in signs.items():
        up = metric_of(metric).direction
        literal = word in ("HIGHER", "LOWER", "HIGHEST", "LOWEST")
        wanted = 1 if word in ("HIGHER", "HIGHEST") else -1
        if not literal:
            good = word in ("FASTER", "FASTEST", "BEATS")
            if up == "none":
                continue
            wanted = 1 if (up == "higher") == good else -1
        found.add(None if sign == 0 else sign == wanted)
    return found


def _relation(found: Read, world: World, scope: Scope) -> Judgement | None:
    tokens = found.shape.split()
    word = next(t for t in tokens if re.fullmatch(rf"{_REL}|BEATS|TRAILS|AS|X", t))
    if len(found.subjects) != 2 or found.levels or scope.condition:
        return None
    (_, a), (_, b) = found.subjects
    if tokens[0].lower() == "compared":
        a, b = b, a
    named = _named(found, scope, world)
    if word in ("HIGHER", "LOWER", "X") and not named:
        return None
    suites, _ = _scoped(found, scope)
    metrics = named or tuple(m for m in _SPEEDS if m in world.inventory.metrics)
    signs, ratios, data = _direction(world, a, b, metrics, suites)
    if not signs or (len(set(named)) > 1 and len(signs) > 1 and found.values):
        return None
    quantities = found.values
    if word in ("AS", "X"):
        word = "HIGHER" if word == "X" or re.search(r"long|high|large|much", found.shape) else "FASTER"
        if not quantities:
            return None
        if next((t for t in tokens if t == "AS"), "") and metrics and metric_of(metrics[0]).direction == "lower":
            word = "HIGHER"  # "takes 3.87 times as long"
        holds = {_quantity(ratios[m], q, world, a, b, m, suites, as_is=True) for q in quantities for m in signs}
        if holds == {True}:
            return _told("supported", "the ratio of the two", data)
        return _told("refuted" if holds == {False} else "unsupported", "not the ratio of the two", data)
    seen = _says(signs, word)
    verdict = _verdict(seen, "NOT" in tokens)
    if verdict == "supported" and quantities:
        holds = {_quantity(ratios[m], q, world, a, b, m, suites) for q in quantities for m in signs}
        if holds != {True}:
            return _told("refuted" if holds == {False} else "unsupported", "the direction is right, the size not", data)
    reason = {"supported": "the comparison of the two", "refuted": "the other way round"}.get(
        verdict, "not settled, or not the same by every metric"
    )
    return _told(verdict, reason, data)


def _verdict(seen: set[bool | None], no: bool) -> Verdict:
    if seen == {True}:
        return "refuted" if no else "supported"
    if seen == {False}:
        return "supported" if no else "refuted"
    return "unsupported"


def _quantity(
    ratio: float, given: tuple[int, str, str, str], world: World, a: str, b: str, metric: str,
    suites: tuple[str, ...], *, as_is: bool = False,
) -> bool:  # fmt: skip
    """Whether "2.4 times", "41 %" or "129 ms" is the size of the difference."""
    _, number, unit, kind = given
    up = max(ratio, 1 / ratio)
    if kind == "X":
        candidates = [ratio] if as_is and metric_of(metric).direction != "higher" else [ratio if as_is else up]
        return any(_close(v, number, False) for v in candidates)
    if kind == "P":
        return any(_close(v, number, False) for v in (100 * (up - 1),) + ((100 * (1 - 1 / up),) if ratio < 1 else ()))
    factor = unit_factor(unit, metric_of(metric).unit) or 1.0
    means = [_numbers([float(v) for v in rows(world, s, metric, suites, ())["value"]] or [0.0]) for s in (a, b)]
    return any(_close(abs(means[0][s] - means[1][s]) / factor, number, False) for s in _STATS if s in means[0])


def _superlative(found: Read, world: World, scope: Scope) -> Judgement | None:
    tokens = found.shape.split()
    word = next(t for t in tokens if re.fullmatch(_SUP, t))
    subjects = {s for _, s in found.subjects}
    if len(subjects) != 1 or found.levels or scope.condition:
        return None
    subject = next(iter(subjects))
    named = _named(found, scope, world)
    if word in ("HIGHEST", "LOWEST") and not named:
        return None
    if found.bare and found.bare != [str(len(world.subjects))]:
        return None
    suites, _ = _scoped(found, scope)
    metrics = named or tuple(m for m in _SPEEDS if m in world.inventory.metrics)
    seen: set[bool | None] = set()
    told: list[str] = []
    for other in world.subjects:
        if other != subject:
            signs, _, data = _direction(world, subject, other, metrics, suites)
            seen |= _says(signs, word)
            told.append(data)
    if not seen:
        return None
    first = seen == {True}
    verdict: Verdict = "supported" if first else "refuted" if False in seen else "unsupported"
    if "NOT" in tokens:
        verdict = "refuted" if first else "supported" if False in seen else "unsupported"
    if verdict == "supported" and found.values:
        values = _values(found_values(found), world, scope)
        if values is None or values.verdict != "supported":
            return values
    return _told(verdict, "the order of the systems", "; ".join(t for t in told if t)[:300])


def found_values(found: Read) -> Read:
    """The values of a sentence alone."""
    return Read("S V", found.subjects, found.metrics, found.values, found.levels, found.suites, [])


def _both(found: Read, world: World, scope: Scope) -> Judgement | None:
    """ "A (113.9 tokens/s) is faster than B (80.9 tokens/s)": the relation, and each value."""
    values = _values(found_values(found), world, scope)
    alone = Read(found.shape.replace(" V", ""), found.subjects, found.metrics, [], found.levels, found.suites, [])
    if values is None:
        return None
    if not found.metrics:  # the unit says the metric
        unit = found.values[0][2]
        alone.metrics = [(0, _metric_at(found, 0, unit, scope, world))]
    relation = _relation(alone, world, scope)
    if relation is None:
        return None
    return relation if relation.verdict != "supported" else values


def _levels(found: Read, world: World, scope: Scope) -> Judgement | None:
    """A setting's levels against each other, for one system."""
    tokens = found.shape.split()
    word = next(t for t in tokens if re.fullmatch(_REL, t))
    if len(found.levels) != 2 or len({s for _, s in found.subjects}) != 1 or found.levels[0][1] != found.levels[1][1]:
        return None
    (_, factor, one), (_, _, two) = found.levels
    subject = found.subjects[0][1]
    named = _named(found, scope, world)
    metrics = named or tuple(m for m in ("decode_rate", "run_time") if m in world.inventory.metrics)
    signs: dict[str, int] = {}
    ratios: dict[str, float] = {}
    told = []
    for e in world.effects([factor], found.suites or scope.suites):
        if e.subject != subject or e.metric not in metrics or not e.ratio or {one, two} != {e.high, e.low}:
            continue
        signs[e.metric] = 0 if e.outcome != "effect" else 1 if e.high == one else -1
        ratios[e.metric] = e.ratio if e.high == one else 1 / e.ratio
        told.append(
            f"{metric_of(e.metric).title} of {subject}: {factor} {e.high} over {e.low} {e.ratio:.4g} ({e.outcome})"
        )
    if not signs:
        return None
    verdict = _verdict(_says(signs, word), "NOT" in tokens)
    if verdict == "supported" and found.values:
        holds = {_quantity(r, q, world, subject, subject, m, ()) for q in found.values for m, r in ratios.items()}
        if holds != {True}:
            verdict = "refuted"
    return _told(verdict, "the effect of the setting", "; ".join(told))


def _unmoved(found: Read, world: World, scope: Scope) -> Judgement | None:
    """ "num_ctx hardly changes the TTFT of A"."""
    metrics, factors = _named(found, scope, world), list(world.settings)
    subjects = {s for _, s in found.subjects}
    effects = [e for e in world.effects(factors) if e.metric in metrics and (not subjects or e.subject in subjects)]
    effects = [e for e in effects if len(factors) == 1 or e.factor in found.shape]
    if not effects:
        return None
    outcomes = {e.outcome for e in effects}
    hardly = "HARDLY" in found.shape or "NOT" in found.shape
    verdict: Verdict = "unsupported"
    if outcomes == {"negligible"}:
        verdict = "supported" if hardly else "refuted"
    elif outcomes == {"effect"}:
        verdict = "refuted" if hardly else "unsupported"
    return _told(verdict, "the effect of the setting", ", ".join(sorted(outcomes)))


def _order(found: Read, world: World, scope: Scope) -> Judgement | None:
    """Systems in their order; neighbours that cannot be told apart may stand either way."""
    metrics, (suites, _) = _named(found, scope, world), _scoped(found, scope)
    if len(set(metrics)) != 1 and len(metrics) != 1:
        return None
    names = [s for _, s in found.subjects]
    better = -1 if metric_of(metrics[0]).direction == "lower" else 1
    signs = [
        _direction(world, a, b, metrics[:1], suites)[0].get(metrics[0])
        for i, a in enumerate(names)
        for b in names[i + 1 :]
    ]
    if None in signs:
        return None
    right = all(s in (0, better) for s in signs)
    return _told("supported" if right and better in signs else "refuted", "the order of the systems")


def _same(found: Read, world: World, scope: Scope) -> Judgement | None:
    suites, _ = _scoped(found, scope)
    metrics = _named(found, scope, world) or tuple(m for m in _SPEEDS if m in world.inventory.metrics)
    if len(found.subjects) != 2:
        return None
    (_, a), (_, b) = found.subjects
    signs, ratios, data = _direction(world, a, b, metrics, suites)
    if not signs:
        return None
    near = all(abs(math.log(r)) < 0.03 for r in ratios.values())
    far = any(s and abs(math.log(ratios[m])) > 0.05 for m, s in signs.items())
    return _told("supported" if near else "refuted" if far else "unsupported", "the comparison of the two", data)


def _range(found: Read, world: World, scope: Scope) -> Judgement | None:
    """ "ranges from 106 to 124 tokens/s": the least and the greatest sample."""
    suites, condition = _scoped(found, scope)
    numbers = [*found.bare, *(v[1] for v in found.values)]
    if len(numbers) != 2 or len(found.values) != 1 or not found.subjects:
        return None
    place, _, unit, _ = found.values[0]
    metrics = _metric_at(found, place, unit, scope, world)
    both = [
        value(world, found.subjects[0][1], metrics, suites, condition, n, unit, stat=s)
        for n, s in zip(numbers, ("min", "max"), strict=True)
    ]
    worst = next(v for v in ("refuted", "unsupported", "supported") if any(b[0] == v for b in both))
    return _told(worst, "the least and the greatest value", both[0][1])


def _listed(found: Read, world: World, scope: Scope) -> Judgement | None:  # noqa: ARG001  all shapes have these
    """ "num_ctx was set to 2048 and 8192"."""
    factors = {f for _, f, _ in found.levels}
    if len(factors) != 1:
        return None
    factor = next(iter(factors))
    told = {level for _, _, level in found.levels}
    return _told("supported" if told == set(world.settings[factor]) else "unsupported", f"the levels of {factor}")


def _counted(found: Read, world: World, scope: Scope) -> Judgement | None:
    """ "24 runs of A were recorded": the records of a system."""
    suites, condition = _scoped(found, scope)
    if len(found.subjects) != 1 or len(found.bare) != 1:
        return None
    table = world.dataset.table
    chosen = table[table["subject"] == found.subjects[0][1]]
    if suites:
        chosen = chosen[chosen["suite"].isin(suites)]
    for factor, level in condition:
        chosen = chosen[chosen[f"factor.{factor}"].astype(str) == level]
    held = {str(s): int(g[["source", "record"]].drop_duplicates().shape[0]) for s, g in chosen.groupby("suite")}
    told = ", ".join(f"{n} records in suite {s}" for s, n in held.items())
    told += "".join(f"; n = {s.n}" for s in world.summaries(found.subjects[0][1], world.inventory.metrics, suites)[:1])
    right = int(found.bare[0].replace(",", "")) in {*held.values(), sum(held.values())}
    return _told("supported" if right else "refuted", "the count of records", told)


def _no_failures(found: Read, world: World, scope: Scope) -> Judgement | None:  # noqa: ARG001
    failed = int((world.dataset.table["status"] != "ok").sum())
    return _told("refuted" if failed else "supported", "failed records", f"{failed} values of failed records")


_SHAPES = (
    (rf"(?:M )?S (?:M )?(?:NOT )?(?:[XPV] )?{_REL}(?: M)? than(?: M)? S(?: M)?", _relation),
    (rf"[Cc]ompared S S (?:M )?(?:NOT )?{_REL}(?: M)?", _relation),
    (r"(?:M )?S (?:NOT )?(?:BEATS|TRAILS) S(?: M)?", _relation),
    (r"(?:M )?S (?:M )?(?:NOT )?X AS (?:M )?as S(?: M)?", _relation),
    (r"M S X (?:M )?S", _relation),
    (rf"S V {_REL} than S V", _both),
    (rf"(?:M )?S (?:M )?(?:NOT )?(?:P )?{_REL} C than C", _levels),
    (rf"C (?:NOT )?{_REL} than C S(?: M)?", _levels),
    (rf"S (?:NOT )?{_SUP}(?: M)?(?: N)?", _superlative),
    (rf"S (?:V )?{_SUP}(?: M)?", _superlative),
    (rf"{_SUP}(?: M)? S(?: V)?", _superlative),
    (r"F (?:HARDLY|NOT|strongly|much|greatly|clearly) CHANGES M(?: S)?", _unmoved),
    (r"M order S(?: S| then S| and S)+", _order),
    (r"S and S (?:M )?SAME(?: M)?", _same),
    (r"M S (?:ranges|varies|lies|runs) from (?:N|V) V", _range),
    (r"C (?:and )?C(?: and C| C)*", _listed),
    (r"N S(?: M)?", _counted),
    (r"No failed|no failed|No failures|No errors", _no_failures),
    (
        r"(?:(?:C|F|M|S|V|and|ABOUT|while|CMP.|STAT:\w+|HIGHEST|LOWEST|FASTRUN|SLOWRUN|NOT|[Ww]ith|[Ww]here) ?)*V"
        r"(?: (?:C|M|S|V|and|STAT:\w+))*",
        _values,
    ),
)
