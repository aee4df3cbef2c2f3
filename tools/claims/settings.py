"""Themes about settings: effects that are none, effects that seem real and are not, and what a cold start costs."""

from __future__ import annotations

from chimera_report.tools.claims import say
from chimera_report.tools.claims.desk import Desk
from chimera_report.tools.claims.frames import title
from chimera_report.tools.claims.text import Draft
from chimera_report.tools.claims.theme import METRIC_WEIGHT, Theme, size, weigh
from chimera_report.tools.metrics import metric as metric_of
from chimera_report.tools.schema import ClaimBase, Effect, Summary

# Metrics whose false effects a reader would act on.
_TOLD = frozenset(METRIC_WEIGHT) | {"load_time"}


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
        (
            e
            for e in desk.analysis.effects
            if e.outcome == "aliased" and e.ratio and size(e) > 0.25 and e.metric in _TOLD and not _by_length(desk, e)
        ),
        key=lambda e: ("cold start" in e.aliased, e.metric in ("ttft", "ttft_incl_load", "decode_rate"), size(e)),
        reverse=True,
    )
    if not aliased:
        return []
    widest = aliased[0]
    weight = weigh(widest, 4.5 if {"cold start", "order"} & set(widest.aliased) else 2.8)
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
        )
    ]


def _by_length(desk: Desk, item: Effect) -> bool:
    """A time that goes with the length of the answers, where the rate has told already what the setting does."""
    return "output_tokens" in item.aliased and any(
        (e.suite, e.subject, e.factor, e.metric) == (item.suite, item.subject, item.factor, "decode_rate")
        and e.outcome in ("effect", "negligible")
        for e in desk.analysis.effects
    )


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
    order = list(METRIC_WEIGHT)
    none = [e for e in desk.analysis.effects if e.outcome == "negligible" and e.metric in METRIC_WEIGHT]
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
    # A setting is told by the metric that matters most of those that it changes.
    real.sort(key=lambda e: (METRIC_WEIGHT.get(e.metric, 0.3), size(e)), reverse=True)
    best: dict[str, Effect] = {}
    for item in real:
        best.setdefault(item.factor, item)
    found = []
    for item in best.values():
        # Above what only seems to be an effect of a setting, below a cold start that a reader would take for one.
        weight = weigh(item, 4.6 if item.metric in METRIC_WEIGHT else 2.5)
        head, other = say.effect(desk, item, 0, weight), say.effect(desk, item, 1, weight)
        if head is None or other is None:
            continue
        ratio = desk.fact(item, "ratio")
        sentences = [_levels(desk, item, head)]
        if ratio.interval:
            sentences.append(Draft(f"The interval of their ratio is {{{{{ratio.id}:interval}}}}.", (head.id,)))
        claims = [head, other]
        same = [e for e in real if (e.factor, e.suite, e.subject) == (item.factor, item.suite, item.subject)]
        also = next((e for e in same if e.metric != item.metric and e.metric in METRIC_WEIGHT), None)
        claim = say.effect(desk, also, 0, weight - 1) if also is not None else None
        if claim is not None:
            claims.append(claim)
            sentences.append(Draft(f"{{{{{claim.id}}}}}."))
        summary, last = Draft(f"{{{{{other.id}}}}}."), _span(desk, item, head)
        found.append(Theme("effect", weight, f"{{{{{head.id}}}}}", sentences, claims, [item], summary, last))
    return found


def _span(desk: Desk, item: Effect, claim: ClaimBase) -> Draft:
    """From what to what the metric goes over the levels, for the conclusion."""
    names = [lv.level for lv in item.levels]
    low, high = (names.index(end) for end in (item.low, item.high))
    ends = [(desk.fact(item, f"levels.{i}.value").id, desk.fact(item, f"levels.{i}.level").id) for i in (low, high)]
    of = f" of {{{{{desk.fact(item, 'subject').id}}}}}" if item.subject else ""
    where = f" in suite {{{{{desk.fact(item, 'suite').id}}}}}" if item.suite else ""
    text = (
        f"Over {{{{{desk.fact(item, 'factor').id}}}}}, the {title(item.metric, warm=item.warm)}{of}{where} goes from "
    )
    text += " to ".join(f"{{{{{value}}}}} at {{{{{level}}}}}" for value, level in ends)
    return Draft(text + ".", (claim.id,), "fixed")


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
