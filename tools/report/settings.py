"""Findings about settings: differences that a model load explains, settings that change nothing, settings that do."""

from __future__ import annotations

import math
from collections.abc import Iterable

from chimera_report.tools.claims import METRIC_WEIGHT, listed, noun, say
from chimera_report.tools.metrics import PRIMARY
from chimera_report.tools.metrics import metric as metric_of
from chimera_report.tools.report import varied_words
from chimera_report.tools.report.book import About, Book, Found, Line, supported
from chimera_report.tools.report.roles import chosen
from chimera_report.tools.schema import Alert, ClaimBase, Effect
from chimera_report.tools.statements import registry

_TOLD = ("ttft", "ttft_incl_load", "e2e_latency", "decode_rate", "run_time")
# Kinds whose findings are written here and in the files beside this one.
_OWN = frozenset({"curve", "matched"})
_FELT, _WAITED = ("ttft", "e2e_latency", "tpot"), 1  # what users wait, and how many of these are told beside a rate
_OPEN = 0.05  # an interval that reaches this far leaves open whether a setting matters
_FEW = 4
# What a setting allocates is the same in whatever order the runs are made.
_ALLOCATED = frozenset(("vram", "ram", "model_size"))


def _ids(claims: Iterable[ClaimBase | None]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(c.id for c in claims if c is not None))


def _names(book: Book, items: list[Effect]) -> str:
    """The subjects of the effects, each once: "gemma3:1b and llama3.1:8b", "4 systems" where they are many."""
    first = {e.subject: e for e in reversed(items) if e.subject}
    if not first or book.one_subject:
        return ""
    if len(first) > _FEW:
        return f"{book.f(book.desk.span([(e, 'ratio') for e in first.values()]), '#names')} systems"
    return listed([book.f(e, "subject") for e in sorted(first.values(), key=lambda e: e.subject)])


def _factors(book: Book, items: list[Effect], last: str = "and") -> str:
    first = {e.factor: e for e in reversed(items)}
    return listed([book.f(e, "factor") for e in sorted(first.values(), key=lambda e: e.factor)], last)


# --- differences that are none ----------------------------------------------------------------------------------------


def artefacts(book: Book) -> list[Found]:
    """A level that looks slow many times over, because the model was loaded there."""
    groups: dict[tuple[str, str, str], list[Effect]] = {}
    for item in book.analysis.effects:
        loads = item.outcome == "aliased" and "cold start" in item.aliased
        loads = loads and any(_falls_on(a, item) for a in book.analysis.alerts)
        if loads and item.ratio and item.ratio > 1.25 and item.metric in _TOLD:
            groups.setdefault((item.factor, item.metric, item.high), []).append(item)
    best: dict[str, tuple[float, list[Effect]]] = {}
    for (factor, metric, _), items in groups.items():
        weight = len(items) - 0.1 * _TOLD.index(metric)
        if weight > best.get(factor, (0.0, []))[0]:
            best[factor] = weight, items
    return [_artefact(book, items) for _, items in best.values()]


def _artefact(book: Book, items: list[Effect]) -> Found:
    first = items[0]
    span = book.desk.span([(e, "ratio") for e in items])
    level, factor = book.f(first, "high"), book.f(first, "factor")
    claims = supported([say.effect(book.desk, e) for e in items])
    name = noun(first)
    who = _names(book, items)
    on = f" on {who}" if who else ""
    size = book.reach(span)
    artefact = About("artefact", metric=first.metric, factor=first.factor, verdict="artefact")
    lines = [
        Line(
            f"In {name}, {factor} {level} looks {size} times as slow as the other levels{on}.",
            artefact,
            claims=_ids(claims),
        ),
        Line(
            f"But all model loads of these runs fell on {factor} {level}: what was timed there is the load.",
            About("alias", metric=first.metric, factor=first.factor, verdict="cause", rests_on="artefact"),
            "contrast",
            _ids(_where_cold(book, items)),
        ),
    ]
    warm = [
        e
        for e in book.analysis.effects
        if e.warm is True and (e.factor, e.metric) == (first.factor, first.metric) and e.ratio and e.ratio_ci
    ]
    none = bool(warm) and all(e.ratio_ci is not None and e.ratio_ci.low <= 1 for e in warm)
    if none:
        left = book.desk.span([(e, "ratio-1") for e in warm])
        lines.append(
            Line(
                f"Warm, its levels differ by at most {book.about(left, 'high')}, which is within their scatter.",
                About("effect", metric=first.metric, factor=first.factor, verdict="same"),
                "contrast",
                _ids(say.effect(book.desk, e) for e in warm if e.outcome == "negligible"),
            )
        )
    lines.append(
        Line(
            f"The data gives no reason to avoid {factor} {level}.",
            About("advice", factor=first.factor, verdict="advice", rests_on="artefact"),
            "consequence",
            _ids(claims),
        )
    )
    return Found(
        kind="artefact",
        weight=4.5 + min(math.log2(max(span.high, 1.0)) * 0.2, 1.2) + 0.1 * len(items),
        title=f"A slow {factor} {level} is no finding: the model was loaded there",
        lines=lines,
        verdict=f"That {factor} {level} is slow is an artefact: the model was loaded there",
        scope={"metric": first.metric, "factor": first.factor},
        items=[*items],
        claims=claims,
    )


def _where_cold(book: Book, items: list[Effect]) -> list[ClaimBase | None]:
    alerts = [a for item in items for a in book.analysis.alerts if _falls_on(a, item)]
    return [say.alert(book.desk, a) for a in alerts]


def _falls_on(alert: Alert, item: Effect) -> bool:
    """Whether the alert says that all cold starts are at the effect's high level."""
    same = (alert.suite, alert.subject, alert.factor) == (item.suite, item.subject, item.factor)
    return alert.kind == "aliased_factor" and same and alert.values.get("levels") == item.high


# --- settings that change nothing -------------------------------------------------------------------------------------


def idle(book: Book) -> list[Found]:
    """Settings that the speed does not depend on, where none of those swept is shown to matter to it."""
    for metric in PRIMARY[:6]:
        mine = [
            e for e in book.analysis.effects if e.metric == metric and e.ratio and e.ratio_ci and e.warm is not False
        ]
        mine = [e for e in mine if chosen(book, e.factor)]
        none = [e for e in mine if e.outcome == "negligible"]
        if none:
            return [_idle(book, metric, mine, none)]
    return []


def _idle(book: Book, metric: str, mine: list[Effect], none: list[Effect]) -> Found:
    name = noun(none[0])
    moved = {e.factor for e in mine if e.outcome == "effect"}
    claims = supported([say.effect(book.desk, e) for e in none])
    bound = book.desk.span([(e, "ratio_ci.high-1") for e in none])
    who = _names(book, none)
    on = f" on {who}" if who else ""
    lines = [
        Line(
            f"Between the highest and the lowest level of {_factors(book, none)}, {name} differs by at most "
            f"{book.about(bound, 'high')}{on}, intervals included.",
            About("effect", metric=metric, verdict="same"),
            claims=_ids(claims),
        )
    ]
    blocks = [e for e in mine if "order" in e.aliased and e.outcome != "effect" and e.factor not in moved]
    if blocks:
        lines.append(
            Line(
                f"The levels of {_factors(book, blocks)} ran in blocks, one after the other, so a drift of the machine "
                "would hide in them.",
                About("effect", metric=metric, verdict="open"),
                "contrast",
                _ids(say.effect(book.desk, e) for e in blocks if e.outcome == "aliased"),
            )
        )
    loose = [e for e in mine if e.outcome == "inconclusive" and e.ratio_ci and e.ratio_ci.high > 1 + _OPEN]
    if loose:
        widest = book.desk.span([(e, "ratio_ci.high-1") for e in loose])
        on = _names(book, loose)
        lines.append(
            Line(
                f"It stays open for {on or _factors(book, loose)}, where the intervals reach up to "
                f"{book.about(widest, 'high')}.",
                About("effect", metric=metric, verdict="open"),
                "contrast",
            )
        )
    swept = _factors(book, none if moved else mine, "or")
    title = (
        f"Changing {swept} is not shown to change {name}"
        if not moved
        else f"{_factors(book, none)} can stay as they are: {name} does not change"
    )
    if moved and len({e.factor for e in none}) == 1:
        title = f"{_factors(book, none)} can stay as it is: {name} does not change"
    return Found(
        kind="idle",
        weight=4.4 + 0.1 * len({(e.factor, e.subject) for e in none}) if not moved else 2.6,
        title=title,
        lines=lines,
        verdict="" if moved else f"{_none_of(_factors(book, mine), len({e.factor for e in mine}))} to matter to {name}",
        scope={"metric": metric},
        items=[*none],
        claims=claims,
    )


def _none_of(factors: str, count: int) -> str:
    return f"The setting {factors} is not shown" if count == 1 else f"None of the settings {factors} is shown"


# --- settings that do -------------------------------------------------------------------------------------------------


def effects(book: Book) -> list[Found]:
    """Each setting with a confirmed effect, told by the metric that matters most of those that it changes."""
    real = [e for e in book.analysis.effects if e.outcome == "effect" and e.ratio and metric_of(e.metric).core]
    # Where other things mattered as well, the estimates are values of no run: the matched ratio is told (varied.py).
    real = [e for e in real if not e.over]
    real = [e for e in real if metric_of(e.metric).direction != "none" and _asked(book, e.suite)]
    rank = {m: i for i, m in enumerate(PRIMARY)}
    real.sort(key=lambda e: (rank.get(e.metric, 50), -(e.ratio or 0)))
    groups: dict[str, list[Effect]] = {}
    for item in real:
        groups.setdefault(item.factor, []).append(item)
    return [_effect(book, items) for items in groups.values()]


def _asked(book: Book, suite: str) -> bool:
    """Whether something was asked of a system in the suite: a log of power and clocks alone is no experiment."""
    return any(m in PRIMARY or m in METRIC_WEIGHT for m in _metrics(book, suite))


def _metrics(book: Book, suite: str) -> tuple[str, ...]:
    found = next((s for s in book.analysis.inventory.suites if s.name == suite), None)
    return found.metrics if found is not None else ()


def _ends(book: Book, item: Effect) -> tuple[str, str]:
    """The estimates at the low and at the high end, rounded."""
    names = [lv.level for lv in item.levels]
    low, high = (book.about(item, f"levels.{names.index(end)}.value") for end in (item.low, item.high))
    return low, high


def _effect(book: Book, items: list[Effect]) -> Found:
    first = items[0]
    up = metric_of(first.metric).direction == "higher"
    name, factor = noun(first, warm=first.warm), book.f(first, "factor")
    same = [e for e in items if (e.metric, e.high, e.low) == (first.metric, first.high, first.low)]
    claims = supported([say.effect(book.desk, e) for e in same])
    low, high = low_, high_ = _ends(book, first)
    about = About("effect", first.subject, first.metric, first.suite, first.factor, "higher")
    size = (
        f"{book.about(first, 'ratio')} times as high"
        if (first.ratio or 0) >= 1.5
        else f"{book.about(first, 'ratio-1')} higher"
    )
    than = "as" if (first.ratio or 0) >= 1.5 else "than"
    interval = book.f(first, "ratio", "interval") if book.desk.fact(first, "ratio").interval else ""
    of, n = book.subject(first), ""
    if len({lv.n for lv in first.levels}) == 1:
        n = f"{book.f(first, 'levels.0.n')} {book.turn('level', 'records a level', 'at each level')}"
    sure = ", ".join(part for part in (f"interval of the ratio {interval}" if interval else "", n) if part)
    sure = f" ({sure})" if sure else ""
    where = book.suite(first)
    lines = [
        Line(
            book.turn(
                "effect",
                f"With {factor} {book.f(first, 'high')} the {name}{of}{where} averages {high}, against {low} with "
                f"{book.f(first, 'low')}{sure}.",
                f"The {name}{of}{where} goes from {low} at {factor} {book.f(first, 'low')} to {high} at "
                f"{book.f(first, 'high')}{sure}.",
                f"Geometric means of the {name}{of}{where} are {high} at {factor} {book.f(first, 'high')} and {low} at "
                f"{book.f(first, 'low')}{sure}.",
            ),
            about,
            claims=_ids(claims),
        )
    ]
    if len(same) > 1:
        span = book.desk.span([(e, "ratio") for e in same])
        reach = book.reach(span)
        lies = f"lies between {reach}".replace(" to ", " and ") if " to " in reach else f"is {reach}"
        text = f"Over {book.f(span, 'count')} cases the ratio {lies}."
        lines.append(Line(text, about, "elaboration", _ids(claims)))
    others = _beside(items, first)
    improved = False
    for other in others[:2]:
        low, high = _ends(book, other)
        title = noun(other, warm=other.warm)
        better = (metric_of(other.metric).direction == "higher") == (other.high == (first.high if up else first.low))
        worse, best = (low, high) if metric_of(other.metric).direction == "higher" else (high, low)
        if better:  # no model may turn these round: "so does" needs what improved before it
            text = f"{title[:1].upper() + title[1:]} improves with it, from {worse} to {best}."
            lines.append(
                Line(
                    f"So does {title}, from {worse} to {best}." if improved else text,
                    About("effect", other.subject, other.metric, other.suite, other.factor),
                    "elaboration",
                    _ids([say.effect(book.desk, other)]),
                )
            )
        else:
            text = f"But {title} gets worse with it: {high} at {book.f(other, 'high')} against {low}."
            lines.append(
                Line(
                    text,
                    About("effect", other.subject, other.metric, other.suite, other.factor, "lower"),
                    "contrast",
                    _ids([say.effect(book.desk, other)]),
                )
            )
        improved = better
    lines += _under_each(book, first, {o.metric for o in others[:2]})
    if not first.randomised and first.metric not in _ALLOCATED:
        lines.append(
            Line(
                book.turn(
                    "not randomised",
                    "No file says that the order of the runs was random, so this is an association.",
                    f"Nothing shows that {factor} was varied in random order: an association, not a proven cause.",
                ),
                About("effect", first.subject, first.metric, first.suite, first.factor),
                "elaboration",
                _ids(claims),
            )
        )
    weight = 4.0 + min(abs(math.log2(first.ratio or 1.0)), 3.0) * METRIC_WEIGHT.get(first.metric, 0.3)
    weight += 0.2 if chosen(book, first.factor) else 0.0
    head = name[:1].upper() + name[1:]
    title = f"{head} is {size} at {factor} {book.f(first, 'high')} {than} at {book.f(first, 'low')}"
    return Found(
        kind="effect",
        weight=weight,
        title=title,
        lines=lines,
        verdict=f"What matters to {name}{of} is {factor}: {high_} at {book.f(first, 'high')}, {low_} at "
        f"{book.f(first, 'low')} (geometric means)",
        scope={"factor": first.factor, "metric": first.metric, "suite": first.suite},
        items=[first],
        claims=claims,
        subjects=(first.subject,) if first.subject else (),
    )


def _under_each(book: Book, first: Effect, told: set[str]) -> list[Line]:
    """What the setting does to what users wait, where the work matters too: from condition to condition."""
    made: list[Line] = []
    for metric in (m for m in _FELT if m not in told and m != first.metric):
        for item in book.analysis.matched:
            mine = (item.suite, item.subject, item.axis, item.metric)
            if mine != (first.suite, first.subject, first.factor, metric) or item.over or item.outcome != "all":
                continue
            if {item.a, item.b} != {first.high, first.low} or len(item.points) < 2:
                continue
            text = f"{varied_words.lead(book, item)}{varied_words.in_all(book, item)}."
            about = About("matched", item.subject, item.metric, item.suite, item.axis, "higher")
            claims = supported([registry()["matched"].say(book.desk, item, 0, 0.0)])
            made.append(Line(text, about, "elaboration", tuple(c.id for c in claims)))
    return made[:_WAITED]


def _beside(items: list[Effect], first: Effect) -> list[Effect]:
    """Other metrics that the same setting changes in the same place, one each, of those that a user feels."""
    found: dict[str, Effect] = {}
    for item in items:
        felt = item.metric in METRIC_WEIGHT or item.metric in ("prefill_rate", "tpot", "energy_per_token", "vram")
        if felt and (item.suite, item.subject) == (first.suite, first.subject) and item.metric != first.metric:
            found.setdefault(item.metric, item)
    return list(found.values())


def further(book: Book) -> list[Found]:
    """Findings of the kinds of statement that plan their own (Statement.themes), in their own words."""
    found = []
    for kind in (k for k in registry().values() if k.kind not in _OWN):
        for theme in kind.themes(book.desk):
            head = theme.items[0] if theme.items else None
            about = About(theme.kind, metric=str(getattr(head, "metric", "")))
            scope = {f: str(getattr(head, f)) for f in ("suite", "factor") if getattr(head, f, "")}
            lines = [Line(d.text, about, claims=d.claims) for d in theme.sentences[:3]]
            found.append(
                Found(
                    theme.kind,
                    theme.weight,
                    theme.title,
                    lines,
                    verdict=theme.title,
                    scope={"metric": about.metric, **scope},
                    items=theme.items,
                    claims=theme.claims,
                )
            )
    return found
