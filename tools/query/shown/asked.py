"""Which metric a question asks for: by any usual name, by an adjective, by the words of a header."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import TYPE_CHECKING

from chimera_report.tools.metrics import METRICS
from chimera_report.tools.metrics import metric as metric_of
from chimera_report.tools.query.shown.words import HIGH, KIN, LOW, NO_METRIC, PLAIN_WORDS
from chimera_report.tools.query.words import COMPARATIVES, DEGREES, SPEED, SUPERLATIVES, metric_table

if TYPE_CHECKING:
    from chimera_report.tools.query.shown.linked import Linked
    from chimera_report.tools.query.world import World


def metrics_asked(found: Linked, world: World, used: set[int]) -> None:
    """The titles that are asked for, by any usual name or by the words of a header."""
    held = world.entries.titles
    free = " ".join(t if i not in used else "·" for i, t in enumerate(found.tokens))
    said = set(found.tokens)
    whole = [t for t in held if not held[t] and len(words_of(t)) > 1 and words_of(t) <= said]
    asked: list[str] = sorted(whole, key=lambda t: -len(words_of(t)))[:1]
    if asked:
        used |= {i for i, t in enumerate(found.tokens) if t in words_of(asked[0])}
    absent = ""
    for phrase, candidates in metric_table().items():
        m = re.search(rf"(?<![\w-]){re.escape(phrase)}s?(?![\w-])", free) if phrase not in NO_METRIC else None
        if m is None or (phrase in ("decode", "prefill") and _NO_RATE.match(_after(found, free, m))):
            continue
        own = _titles_of(candidates, held)
        place = free[: m.start()].count(" ")
        size = phrase.count(" ") + 1
        spoken = set(range(place, place + size))
        if own:
            first = held[own[0]]
            same = _by_words(phrase.split(), {t: m for t, m in held.items() if not m}, whole=True)
            asked += [t for t in (*own, *same) if held[t] in (first, "") and t not in asked]
        elif more := (
            _by_words(phrase.split(), held, whole=True)
            or _by_words(metric_of(candidates[0]).title.lower().split(), held, whole=True)
        ):
            asked += [t for t in more if t not in asked]
        elif candidates[0] in METRICS and not absent and not spoken & used:
            absent = candidates[0]
        used |= spoken
        free = free[: m.start()] + re.sub(r"\S+", "·", m[0]) + free[m.end() :]
    for i, token in enumerate(found.tokens):
        degree = SUPERLATIVES.get(token) or COMPARATIVES.get(token) or (token if token in DEGREES else "")
        if degree and i not in used:
            used.add(i)
            found.degree = True
            own = _titles_of(DEGREES[degree][0], held)
            if token in SUPERLATIVES:
                found.order = "best" if DEGREES[degree][1] else "worst"
                if DEGREES[degree][0][0] not in SPEED:
                    found.order = _direction(DEGREES[degree][0][0], better=DEGREES[degree][1])
            found.comparative = found.comparative or token in COMPARATIVES
            if own and not asked:
                asked += [t for t in own if held[t] == held[own[0]]]
            elif not own and not asked and any(token in k for k in KIN) and (more := _by_words([token], held)):
                asked += more
            elif not own and not asked and (times := _times(held)) and DEGREES[degree][0][0] in SPEED:
                asked += times
            elif not own and not asked:
                absent = absent or DEGREES[degree][0][0]
    free_words = [t for i, t in enumerate(found.tokens) if i not in used and t not in PLAIN_WORDS]
    if more := _by_words(free_words, held):
        asked = [t for t in more if t not in asked] + asked if not asked or absent else asked
        used |= {i for i, t in enumerate(found.tokens) if t in free_words and _in_titles(t, more)}
    worst = bool(said & {"max", "maximum", "worst"})
    loads = any(t.startswith("load") for t in said)
    if found.stat.startswith("p9") and not asked and not absent:
        asked = _titles_of(("e2e_latency", "run_time", "ttft"), held)  # of what a tail is told
        asked = [t for t in asked if held[t] == held[asked[0]]]

    def order(title: str) -> tuple[bool, bool, bool, int]:
        kind = title.rpartition("(")[2].rstrip(")") if title.endswith(")") else ""
        usual = _USUAL.index(kind) if kind in _USUAL else len(_USUAL)
        out = not held[title] and "load" in title.lower() and not loads
        return out, worst and "max" not in title.lower(), bool(found.stat) and kind != found.stat, usual

    found.titles = sorted(asked, key=order)
    _of_money(found, held, used)
    found.absent = absent if not found.titles else ""
    _of_time(found, held, used)
    _of_files(found, world)


_NO_RATE = re.compile(r" ?(?:nodes?|workers?|instances?|servers?|gpus?|steps?|replicas?|pools?)\b")


def _after(found: Linked, free: str, m: re.Match[str]) -> str:
    """The word after a phrase."""
    at = free[: m.end()].count(" ") + 1
    return found.tokens[at] if at < len(found.tokens) else ""


_MONEY = frozenset(
    "cost costs price prices cheaper cheapest cheap expensive pricey dollars euros usd eur".split()  # noqa: SIM905
)
_PRICED = re.compile(r"cost|price|usd|eur\b|dollar", re.IGNORECASE)
_USUAL = ("", "mean", "p50", "total")  # what is meant where no statistic is asked for


def _of_time(found: Linked, held: dict[str, str], used: set[int]) -> None:
    """ "Total time": how long something took, all of it together where that is asked for."""
    spoken = {i for i, t in enumerate(found.tokens) if t in ("time", "duration", "took") and i not in used}
    if spoken and not found.titles and not found.absent:
        found.titles = _titles_of(("run_time", "e2e_latency"), held)[:1]
        used |= spoken if found.titles else set()
        if "total" in found.tokens:
            found.stat = "sum"


def _of_files(found: Linked, world: World) -> None:
    """A metric that no record holds by name, where a file is called by it: "quality", of quality_rag.json."""
    words = [t for t in found.tokens if metric_table().get(t, ("",))[0] == found.absent] if found.absent else []
    for word in words:
        own = [e for e in world.entries.all if word in re.split(r"[\W_]+", e.file.lower())]
        titles = list(dict.fromkeys(t for e in own for t, v in e.values.items() if not v.metric))
        if titles:
            found.titles, found.absent, found.file_word = titles, "", word


def _of_money(found: Linked, held: dict[str, str], used: set[int]) -> None:
    """A price, where no record holds one: by energy, where that was measured, which is a part of what it costs."""
    said = {i for i, t in enumerate(found.tokens) if t in _MONEY and i not in used}
    if said and not any(_PRICED.search(t) for t in held):
        used |= said
        found.money = True
        if not found.titles:
            found.titles = _titles_of(("energy_per_token", "energy"), held)[:2]
            found.degree = True


def _titles_of(candidates: Sequence[str], held: dict[str, str]) -> list[str]:
    """The titles of metrics, those first that are one value of the record: the mean over its requests is the speed of
    one of them, where the record says its own."""
    own = [t for c in candidates for t, metric in held.items() if metric == c]
    return sorted(own, key=lambda t: t.endswith(")")) if candidates and candidates[0] in SPEED else own


def _times(held: dict[str, str]) -> list[str]:
    """The titles of how long something took, where no speed was measured: means and totals, and no loading."""
    long = [t for t in held if not held[t] and re.search(r"duration|latency|elapsed|time|seconds", t.lower())]
    return [t for t in long if not re.search(r"load|min|max|p\d\d|first|date|stamp", t.lower())][:2]


def _direction(metric: str, *, better: bool) -> str:
    up = metric_of(metric).direction != "lower"
    return "high" if up == better else "low"


def stems(word: str) -> set[str]:
    kin = frozenset().union(*(k for k in KIN if word in k))
    return {word, word.removesuffix("s"), *kin}


def words_of(title: str) -> set[str]:
    return set(re.findall(r"[a-z][a-z0-9]+", title.lower()))


def _by_words(words: Sequence[str], held: dict[str, str], *, whole: bool = False) -> list[str]:
    """The titles that have most of the words, `whole`: all of them, and one that few others have."""
    scored: dict[str, int] = {}
    for word in words:
        if (word in PLAIN_WORDS and not any(word in k for k in KIN)) or word in HIGH | LOW:
            continue
        forms = stems(word)
        for title in held:
            own = words_of(title)
            near = len(word) >= 5 and any(w.startswith(word[:6]) and len(w) >= 5 for w in own)
            if forms & own or near:
                scored[title] = scored.get(title, 0) + 1
    most = max(scored.values(), default=0)
    if whole and most < len(words):
        return []
    best = [t for t, n in scored.items() if n == most]
    return best if len(best) <= max(6, len(held) // 3) else []


def _in_titles(word: str, titles: Sequence[str]) -> bool:
    return any(
        stems(word) & words_of(t) or any(w.startswith(word[:6]) and len(word) >= 5 for w in words_of(t)) for t in titles
    )
