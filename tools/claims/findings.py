"""What matters in an analysis, in order: each theme with a title, its evidence in sentences, and its claims.

A theme becomes one finding. Weights put large confirmed differences first, then effects that look real and are not,
then what a reader can stop tuning, then trouble in the data; no more than a few themes of one kind are kept.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field

from chimera_report.tools.claims import say
from chimera_report.tools.claims.alerts import AlertGroup
from chimera_report.tools.claims.alerts import groups as alert_groups
from chimera_report.tools.claims.desk import Desk
from chimera_report.tools.claims.text import Draft, listed
from chimera_report.tools.metrics import metric as metric_of
from chimera_report.tools.schema import Alert, ClaimBase, Comparison, Effect, Ranking, Result, Summary

MOST = 9
FEWEST = 5
# Times that follow from how much was asked for or generated: no measure of a system by themselves.
_PARTS = frozenset({"eval_time", "prompt_eval_time", "e2e_latency", "ram", "cpu_util"})
# How many themes of a kind a report keeps.
_LIMITS = {"models": 2, "systems": 2, "open": 1, "effect": 2}
_METRIC_WEIGHT = {
    "decode_rate": 1.0,
    "run_time": 0.9,
    "request_rate": 0.9,
    "ttft": 0.8,
    "e2e_latency": 0.7,
    "ttft_incl_load": 0.6,
}


@dataclass(slots=True)
class Theme:
    """One thing that matters. `summary` is its sentence in the executive summary, `last` the one in the conclusion."""

    kind: str
    weight: float
    title: str
    sentences: list[Draft]
    claims: list[ClaimBase]
    items: list[Result]  # what it is about; recommendations follow from them
    summary: Draft | None = None
    last: Draft | None = None
    also: list[Result] = field(default_factory=list)


def themes(desk: Desk) -> list[Theme]:
    """The findings of the analysis, most important first, five to nine where the data gives as many."""
    found: list[Theme] = []
    for source in (models, systems, false_effects, no_effects, effects, cold_starts, alerts):
        found += source(desk)
    found.sort(key=lambda t: (-t.weight, t.title))
    kept: list[Theme] = []
    counts: Counter[str] = Counter()
    for theme in found:
        if len(kept) < MOST and counts[theme.kind] < _LIMITS.get(theme.kind, 1):
            kept.append(theme)
            counts[theme.kind] += 1
    return kept


# --- differences ----------------------------------------------------------------------------------------------------


def _size(item: Comparison | Effect) -> float:
    """How large a ratio is, whichever way round: 0 for none, 1 for twice as much."""
    return abs(math.log2(item.ratio)) if item.ratio and item.ratio > 0 else 0.0


def _weigh(item: Comparison | Effect, base: float) -> float:
    return base + 0.3 * min(_size(item), 5.0) * _METRIC_WEIGHT.get(item.metric, 0.3)


def _settled(items: Iterable[Comparison]) -> list[Comparison]:
    return [i for i in items if i.outcome in ("higher", "lower") and i.ratio]


def _values(desk: Desk, item: Comparison) -> tuple[str, str]:
    """Placeholders of the two values, the higher one first."""
    ends = ("value_b", "value_a") if item.ratio is not None and item.ratio < 1 else ("value_a", "value_b")
    return desk.fact(item, ends[0]).id, desk.fact(item, ends[1]).id


def _evidence(desk: Desk, item: Comparison, claim: ClaimBase) -> Draft:
    """The two values, their n, and the interval of the ratio."""
    high, low = _values(desk, item)
    swap = item.ratio is not None and item.ratio < 1
    ratio = desk.fact(item, "1/ratio" if swap else "ratio")
    interval = f", and the interval of the ratio is {{{{{ratio.id}:interval}}}}" if ratio.interval else ""
    mean = "means" if item.method.startswith("ratio of means") else "geometric means"
    if item.outcome == "exploratory":
        interval += "; n is too small for a verdict"
    if item.paired:
        text = f"The {mean} are {{{{{high}}}}} and {{{{{low}}}}} over {{{{{high}:n}}}} matched pairs{interval}."
    else:
        text = (
            f"The {mean} are {{{{{high}}}}} (n = {{{{{high}:n}}}}) and {{{{{low}}}}} (n = {{{{{low}:n}}}}){interval}."
        )
    return Draft(text, (claim.id,))


def _against(desk: Desk, item: Comparison, claim: ClaimBase) -> Draft:
    high, low = _values(desk, item)
    n = f"; n = {{{{{high}:n}}}} and {{{{{low}:n}}}}" if item.outcome == "exploratory" else ""
    return Draft(f"{{{{{claim.id}}}}} ({{{{{high}}}}} against {{{{{low}}}}}{n}).")


def models(desk: Desk) -> list[Theme]:
    """Subjects compared in one suite: who leads, by how much, and against the last."""
    groups: dict[tuple[str, str, bool | None], list[Comparison]] = {}
    for item in desk.analysis.comparisons:
        if item.axis == "subject" and metric_of(item.metric).direction != "none" and item.metric not in _PARTS:
            groups.setdefault((item.suite, item.metric, item.warm), []).append(item)
    best_of_suite: dict[str, Theme] = {}
    for (suite, metric, _), items in groups.items():
        settled = sorted(_settled(items), key=_size, reverse=True)
        if not settled:
            continue
        theme = _model_theme(desk, settled, _ranking(desk, suite, metric))
        if theme and (suite not in best_of_suite or theme.weight > best_of_suite[suite].weight):
            best_of_suite[suite] = theme
    return [*best_of_suite.values(), *_unsettled(desk)]


def _unsettled(desk: Desk) -> list[Theme]:
    """Large observed differences of a rate that too few runs leave without a verdict; models of settled suites
    aside."""
    loose = [c for c in desk.analysis.comparisons if c.outcome == "exploratory" and c.axis == "subject" and c.ratio]
    loose = [c for c in loose if c.metric == "decode_rate"]
    settled = {
        frozenset((c.a, c.b)) for c in desk.analysis.comparisons if c.outcome in ("higher", "lower", "equivalent")
    }
    loose = sorted((c for c in loose if frozenset((c.a, c.b)) not in settled), key=_size, reverse=True)
    if not loose:
        return []
    widest = loose[0]
    weight = _weigh(widest, 4.4)
    head, other = say.comparison(desk, widest, 0, weight), say.comparison(desk, widest, 1, weight)
    if head is None or other is None:
        return []
    claims = [head, other]
    sentences = [_evidence(desk, widest, head)]
    again = [c for c in loose[1:] if c.suite != widest.suite and {c.a, c.b} == {widest.a, widest.b}]
    for item in (again or [c for c in loose[1:] if c.suite == widest.suite])[:1]:
        claim = say.comparison(desk, item, 0, weight - 1)
        if claim is not None:
            claims.append(claim)
            sentences.append(Draft(f"{{{{{claim.id}}}}}."))
    title = f"{{{{{head.id}}}}}"
    return [Theme("open", weight, title, sentences, claims, [widest], _against(desk, widest, other))]


def _ranking(desk: Desk, suite: str, metric: str) -> Ranking | None:
    found = [r for r in desk.analysis.rankings if (r.suite, r.metric, r.of) == (suite, metric, "subjects")]
    return next((r for r in found if r.warm is not False), None)


def _model_theme(desk: Desk, settled: list[Comparison], ranking: Ranking | None) -> Theme | None:
    widest = settled[0]
    workloads = any(c.axis != "subject" and c.suite == widest.suite for c in desk.analysis.comparisons)
    # Subjects of a suite that compares systems are its workloads: that one differs from another is no news.
    weight = _weigh(widest, 0.5 if workloads else 5.5)
    head = say.comparison(desk, widest, 0, weight)
    other = say.comparison(desk, widest, 1, weight)
    if head is None or other is None:
        return None
    claims: list[ClaimBase] = [head, other]
    sentences = [_evidence(desk, widest, head)]
    items: list[Result] = [widest]
    last = None
    if ranking is not None and len(ranking.entries) > 2:
        first = ranking.entries[0].subject
        near = [c for c in settled[1:] if first in (c.a, c.b)]
        if near:
            step = min(near, key=_size)
            claim = say.comparison(desk, step, 0, weight - 1)
            if claim is not None:
                claims.append(claim)
                items.append(step)
                ratio = desk.fact(step, "1/ratio" if step.ratio and step.ratio < 1 else "ratio")
                tail = f", with an interval of {{{{{ratio.id}:interval}}}} for the ratio" if ratio.interval else ""
                sentences.append(Draft(f"{{{{{claim.id}}}}}{tail}."))
    if ranking is not None:
        order = say.ranking(desk, ranking, 0, weight - 1)
        if order is not None and order.verdict == "SUPPORTED":
            claims.append(order)
            last = Draft(f"{{{{{order.id}}}}}.")
    return Theme("models", weight, f"{{{{{head.id}}}}}", sentences, claims, items, _against(desk, widest, other), last)


def systems(desk: Desk) -> list[Theme]:
    """Levels of a factor that denotes a system (backend, quantisation, device), compared within a subject."""
    groups: dict[tuple[str, str], list[Comparison]] = {}
    for item in desk.analysis.comparisons:
        if item.axis != "subject" and metric_of(item.metric).direction != "none" and item.metric not in _PARTS:
            groups.setdefault((item.axis, item.metric), []).append(item)
    found = []
    for items in groups.values():
        settled = sorted(_settled(items), key=_size, reverse=True)
        loose = sorted((i for i in items if i.outcome == "exploratory" and i.ratio), key=_size, reverse=True)
        chosen = (settled or loose)[:1]
        if not chosen:
            continue
        widest = chosen[0]
        weight = _weigh(widest, (3.4 if items[0].axis == "device" else 4.0) if settled else 2.0)
        head, other = say.comparison(desk, widest, 0, weight), say.comparison(desk, widest, 1, weight)
        if head is None or other is None:
            continue
        claims = [head, other]
        sentences = [_evidence(desk, widest, head)]
        same = [c for c in (settled or loose)[1:] if (c.suite, c.subject) != (widest.suite, widest.subject)]
        for more in same[:1]:
            claim = say.comparison(desk, more, 0, weight - 1)
            if claim is not None:
                claims.append(claim)
                high, low = _values(desk, more)
                sentences.append(Draft(f"{{{{{claim.id}}}}} (n = {{{{{high}:n}}}} and {{{{{low}:n}}}})."))
        found.append(
            Theme("systems", weight, f"{{{{{head.id}}}}}", sentences, claims, [widest], _against(desk, widest, other))
        )
    return found


# --- effects --------------------------------------------------------------------------------------------------------


def _levels(desk: Desk, item: Effect, claim: ClaimBase) -> Draft:
    """The highest and the lowest level, with their estimates and n."""
    names = [lv.level for lv in item.levels]
    places = [names.index(end) for end in (item.high, item.low) if end in names]
    parts = []
    for place in places:
        level, value = desk.fact(item, f"levels.{place}.level").id, desk.fact(item, f"levels.{place}.value").id
        parts.append(f"{{{{{value}}}}} at {{{{{level}}}}} (n = {{{{{value}:n}}}})")
    factor = desk.fact(item, "factor").id
    return Draft(f"The estimates over {{{{{factor}}}}} reach from {parts[-1]} to {parts[0]}.", (claim.id,))


def false_effects(desk: Desk) -> list[Theme]:
    """A factor that seems to change a metric many-fold, and cannot be told from cold start or order."""
    aliased = sorted(
        (e for e in desk.analysis.effects if e.outcome == "aliased" and e.ratio and _size(e) > 0.25),
        key=lambda e: (e.metric in ("ttft", "ttft_incl_load", "decode_rate"), _size(e)),
        reverse=True,
    )
    if not aliased:
        return []
    widest = aliased[0]
    weight = _weigh(widest, 4.5)
    head, other = say.effect(desk, widest, 0, weight), say.effect(desk, widest, 1, weight)
    if head is None or other is None:
        return []
    claims = [head, other]
    sentences = [_levels(desk, widest, head)]
    where = _where_cold(desk, widest)
    if where is not None:
        claims.append(where)
        sentences.append(Draft(f"{{{{{where.id}}}}}."))
    more = _others(aliased, widest)
    if more:
        claim = say.effect(desk, more[0], 0, weight - 1)
        if claim is not None:
            claims.append(claim)
            sentences.append(Draft(f"{{{{{claim.id}}}}}."))
    return [
        Theme(
            "false effect",
            weight,
            f"{{{{{head.id}}}}}",
            sentences,
            claims,
            [widest],
            Draft(f"{{{{{other.id}}}}}."),
            also=list(more),
        )
    ]


def _where_cold(desk: Desk, item: Effect) -> ClaimBase | None:
    """Which levels of the factor hold the cold starts."""
    for found in desk.analysis.alerts:
        same = (found.suite, found.subject, found.factor) == (item.suite, item.subject, item.factor)
        if found.kind == "aliased_factor" and same and "levels" in found.values:
            return say.alert(desk, found)
    return None


def _others(items: list[Effect], first: Effect) -> list[Effect]:
    """Further effects, one for each other subject and suite."""
    seen = {(first.suite, first.subject)}
    found = []
    for item in items:
        if (item.suite, item.subject) not in seen:
            seen.add((item.suite, item.subject))
            found.append(item)
    return found


def no_effects(desk: Desk) -> list[Theme]:
    """Settings that a reader can stop tuning: the whole interval of the effect lies inside the margin."""
    order = list(_METRIC_WEIGHT)
    none = [e for e in desk.analysis.effects if e.outcome == "negligible" and e.metric in _METRIC_WEIGHT]
    none.sort(key=lambda e: (order.index(e.metric), -sum(lv.n for lv in e.levels), e.suite, e.subject, e.factor))
    if not none:
        return []
    first = none[0]
    weight = 4.6
    head, other = say.effect(desk, first, 0, weight), say.effect(desk, first, 1, weight)
    if head is None or other is None:
        return []
    claims = [head, other]
    sentences = [_margin(desk, first, head)]
    shown = _spread(none[1:], first)
    for item in shown[:2]:
        claim = say.effect(desk, item, 0, weight - 1)
        if claim is not None:
            claims.append(claim)
            sentences.append(Draft(f"{{{{{claim.id}}}}}."))
    return [
        Theme(
            "no effect",
            weight,
            f"{{{{{head.id}}}}}",
            sentences,
            claims,
            [first],
            Draft(f"{{{{{other.id}}}}}."),
            also=list(shown),
        )
    ]


def _margin(desk: Desk, item: Effect, claim: ClaimBase) -> Draft:
    """The interval of the ratio between the extreme levels, with their n."""
    names = [lv.level for lv in item.levels]
    high, low = (desk.fact(item, f"levels.{names.index(end)}.value").id for end in (item.high, item.low))
    ratio = desk.fact(item, "ratio").id
    text = (
        f"The interval of the ratio between the extreme levels is {{{{{ratio}:interval}}}}, over n = {{{{{high}:n}}}} "
        f"and {{{{{low}:n}}}}."
    )
    return Draft(text, (claim.id,), "fixed")


def _spread(items: list[Effect], first: Effect) -> list[Effect]:
    """Other effects of the same metric, another factor or subject each."""
    seen = {(first.factor, first.subject)}
    found = []
    for item in items:
        if item.metric == first.metric and (item.factor, item.subject) not in seen:
            seen.add((item.factor, item.subject))
            found.append(item)
    other = next((i for i in found if i.subject != first.subject), None)
    return [other, *(i for i in found if i is not other)] if other is not None else found


def effects(desk: Desk) -> list[Theme]:
    """Confirmed effects of a setting."""
    real = [e for e in desk.analysis.effects if e.outcome == "effect" and e.ratio and metric_of(e.metric).core]
    real = [e for e in real if metric_of(e.metric).direction != "none"]
    best: dict[str, Effect] = {}
    for item in real:
        known = best.get(item.factor)
        if known is None or _weigh(item, 0) > _weigh(known, 0):
            best[item.factor] = item
    found = []
    for item in best.values():
        weight = _weigh(item, 2.5)
        head, other = say.effect(desk, item, 0, weight), say.effect(desk, item, 1, weight)
        if head is None or other is None:
            continue
        ratio = desk.fact(item, "ratio")
        sentences = [_levels(desk, item, head)]
        if ratio.interval:
            sentences.append(Draft(f"The interval of their ratio is {{{{{ratio.id}:interval}}}}.", (head.id,)))
        found.append(
            Theme(
                "effect", weight, f"{{{{{head.id}}}}}", sentences, [head, other], [item], Draft(f"{{{{{other.id}}}}}.")
            )
        )
    return found


def cold_starts(desk: Desk) -> list[Theme]:
    """What a cold start costs, where it is told apart."""
    pairs: list[tuple[float, Summary, Summary]] = []
    for cold in desk.analysis.summaries:
        if cold.warm is not False or cold.metric not in ("ttft", "ttft_incl_load") or not cold.p50 or cold.condition:
            continue
        warm = next(
            (
                s
                for s in desk.analysis.summaries
                if s.warm is True
                and (s.suite, s.subject, s.metric) == (cold.suite, cold.subject, cold.metric)
                and not s.condition
                and s.p50
            ),
            None,
        )
        if warm is not None and warm.p50:
            pairs.append((cold.p50 / warm.p50, cold, warm))
    if not pairs:
        return []
    pairs.sort(key=lambda p: (-(p[1].n or 0), -p[0]))
    _, cold, warm = pairs[0]
    weight = 4.2
    head, other = say.cold_and_warm(desk, cold, warm, 0, weight), say.cold_and_warm(desk, cold, warm, 1, weight)
    if head is None or other is None:
        return []
    cold_n, warm_n = desk.fact(cold, "p50"), desk.fact(warm, "p50")
    claims = [head, other]
    sentences = [
        Draft(
            f"The medians rest on {{{{{cold_n.id}:n}}}} cold starts and {{{{{warm_n.id}:n}}}} warm runs.",
            (head.id,),
            "fixed",
        )
    ]
    for _, more_cold, more_warm in [p for p in pairs[1:] if p[1].subject != cold.subject][:1]:
        claim = say.cold_and_warm(desk, more_cold, more_warm, 0, weight - 1)
        if claim is not None:
            claims.append(claim)
            sentences.append(Draft(f"{{{{{claim.id}}}}}."))
    return [
        Theme(
            "cold start",
            weight,
            f"{{{{{head.id}}}}}",
            sentences,
            claims,
            [cold, warm],
            Draft(f"{{{{{other.id}}}}}."),
        )
    ]


# --- trouble in the data --------------------------------------------------------------------------------------------

# Kinds of alert that are findings, with their weight; the others are limitations.
_KINDS = {"contradiction": 4.9, "errors": 4.1, "implausible": 3.0, "trend": 2.2, "high_cv": 2.1}
# What is left out of every statistic: one finding together.
_REPEATS = ("duplicate_measurements", "duplicate_files", "derived_aggregate")
_REPEATS_WEIGHT = 3.9


def alerts(desk: Desk) -> list[Theme]:
    """Trouble in the data: a kind of alert as a whole, then its weightiest cases."""
    groups = alert_groups(desk.analysis)
    found = []
    for kind, weight in _KINDS.items():
        if kind not in groups:
            continue
        items = sorted((a for a in desk.analysis.alerts if a.kind == kind), key=_alert_size, reverse=True)
        if kind == "contradiction":
            items = [i for i in items if _names_its_subject(desk, i)]
        cases = [(i, c) for i in _different(items)[:2] if (c := say.alert(desk, i, 0, weight)) is not None]
        whole = say.group(desk, groups[kind], 0, weight) if len(items) == len(groups[kind].alerts) > 1 else None
        if whole is None and not cases:
            continue
        head = whole or cases[0][1]
        other = say.group(desk, groups[kind], 1, weight) if whole else say.alert(desk, items[0], 1, weight)
        sentences = [] if whole else _files(desk, items[0], head)
        sentences += [Draft(f"{{{{{c.id}}}}}.") for _, c in cases if c.id != head.id]
        claims = list(dict.fromkeys(c.id for c in (head, other, *(c for _, c in cases)) if c is not None))
        found.append(
            Theme(
                kind,
                weight,
                f"{{{{{head.id}}}}}",
                sentences,
                [desk.claims[c] for c in claims],
                [items[0]],
                Draft(f"{{{{{other.id}}}}}.") if other is not None and other.id != head.id else None,
            )
        )
    return found + _repeats(desk, groups)


def _names_its_subject(desk: Desk, item: Alert) -> bool:
    """Whether the document names the system beside each number. A heading of the whole document is too weak a ground to
    say that it is contradicted: the table under it can be about another system."""
    table = desk.dataset.table
    rows = table[
        (table["source"].astype("object") == item.files[0]) & (table["metric"].astype("object") == item.metric)
    ]
    named = rows.loc[rows["subject"].astype("object").str.casefold() == item.subject.casefold(), "subject_from"]
    return len(named) > 0 and bool((named.astype("object") == "column").all())


def _repeats(desk: Desk, groups: dict[str, AlertGroup]) -> list[Theme]:
    said = [(groups[k], c) for k in _REPEATS if k in groups and (c := say.group(desk, groups[k], 0)) is not None]
    if not said:
        return []
    first, head = said[0]
    sentences = [Draft(f"{{{{{c.id}}}}}.") for _, c in said[1:]]
    example = next(a for a in desk.analysis.alerts if a.kind == first.kind)
    case = say.alert(desk, example, 0)
    claims = [c for _, c in said]
    if case is not None:
        claims.append(case)
        sentences.append(Draft(f"{{{{{case.id}}}}}."))
    return [Theme("repeats", _REPEATS_WEIGHT, f"{{{{{head.id}}}}}", sentences, claims, [first])]


def _alert_size(item: Alert) -> float:
    """How much an alert is about: its failed or contradicted records, else its records, else its files."""
    everything = 1e6 if item.severity == "error" and len(item.subject) else 0.0
    for name in ("timeouts", "failed", "contradicted", "records"):
        value = item.values.get(name)
        if isinstance(value, int) and value:
            return everything + float(value) + (1e3 if name == "timeouts" else 0.0)
    return everything + float(len(item.files))


def _different(items: list[Alert]) -> list[Alert]:
    """The alerts with one of each suite first."""
    first = {i.suite: i for i in reversed(items)}
    return [i for i in items if first[i.suite] is i] + [i for i in items if first[i.suite] is not i]


def _files(desk: Desk, item: Alert, claim: ClaimBase) -> list[Draft]:
    """The files that it is about."""
    names = [desk.fact(item, f"files.{i}").id for i in range(min(2, len(item.files)))]
    if not names:
        return []
    shown = listed([f"{{{{{n}}}}}" for n in names])
    if len(item.files) > 2:
        total = desk.fact(item, "#files").id
        return [Draft(f"It concerns {{{{{total}}}}} files, among them {shown}.", (claim.id,))]
    return [Draft(f"It concerns {shown}.", (claim.id,))]
