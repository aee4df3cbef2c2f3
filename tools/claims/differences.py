"""Themes about differences: models of one suite, systems such as backends, and differences without a verdict."""

from __future__ import annotations

from collections.abc import Iterable

from chimera_report.tools.claims import say
from chimera_report.tools.claims.desk import Desk
from chimera_report.tools.claims.text import Draft
from chimera_report.tools.claims.theme import Theme, size, weigh
from chimera_report.tools.metrics import metric as metric_of
from chimera_report.tools.schema import ClaimBase, Comparison, Ranking, Result

# What follows from how much was asked for or generated: no measure of a system by itself.
_FAILED = 0.1  # share of failed records from which on a comparison of the others has to say so
_PARTS = frozenset({"eval_time", "prompt_eval_time", "ram", "cpu_util"})


def _settled(items: Iterable[Comparison]) -> list[Comparison]:
    return [i for i in items if i.outcome in ("higher", "lower") and i.ratio]


def _values(desk: Desk, item: Comparison) -> tuple[str, str]:
    """Placeholders of the two values, the higher one first."""
    ends = ("value_b", "value_a") if item.ratio is not None and item.ratio < 1 else ("value_a", "value_b")
    return desk.fact(item, ends[0]).id, desk.fact(item, ends[1]).id


def evidence(desk: Desk, item: Comparison, claim: ClaimBase) -> Draft:
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


def _failed(desk: Desk, items: Iterable[Comparison]) -> list[Draft]:
    """That many records failed beside those that are compared: what is left may be the easy ones."""
    keys = dict.fromkeys(w for i in items for w in i.warnings)
    for alert in (a for a in desk.analysis.alerts if a.kind == "errors" and a.key in keys):
        if float(alert.values["rate"]) >= _FAILED:
            claim = say.alert(desk, alert, 0)
            return [Draft(f"{{{{{claim.id}}}}}.")] if claim is not None else []
    return []


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
        settled = sorted(_settled(items), key=size, reverse=True)
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
    loose = sorted((c for c in loose if frozenset((c.a, c.b)) not in settled), key=size, reverse=True)
    if not loose:
        return []
    widest = loose[0]
    weight = weigh(widest, 4.4)
    head, other = say.comparison(desk, widest, 0, weight), say.comparison(desk, widest, 1, weight)
    if head is None or other is None:
        return []
    claims = [head, other]
    sentences = [evidence(desk, widest, head), *_failed(desk, [widest])]
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
    others = any(c.axis != "subject" and c.suite == widest.suite for c in desk.analysis.comparisons)
    # Subjects of a suite that compares systems by their run time are its workloads: that one differs from another is no
    # news. Else the wider difference comes first.
    weight = weigh(widest, 5.5 if not others else 0.5 if widest.metric == "run_time" else 4.0)
    head = say.comparison(desk, widest, 0, weight)
    other = say.comparison(desk, widest, 1, weight)
    if head is None or other is None:
        return None
    claims: list[ClaimBase] = [head, other]
    sentences = [evidence(desk, widest, head), *_failed(desk, [widest])]
    items: list[Result] = [widest]
    last = None
    if ranking is not None and len(ranking.entries) > 2:
        first = ranking.entries[0].subject
        near = [c for c in settled[1:] if first in (c.a, c.b)]
        if near:
            step = min(near, key=size)
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
        settled = sorted(_settled(items), key=size, reverse=True)
        loose = sorted((i for i in items if i.outcome == "exploratory" and i.ratio), key=size, reverse=True)
        chosen = (settled or loose)[:1]
        if not chosen:
            continue
        widest = chosen[0]
        weight = weigh(widest, (3.4 if items[0].axis == "device" else 4.0) if settled else 2.0)
        head, other = say.comparison(desk, widest, 0, weight), say.comparison(desk, widest, 1, weight)
        if head is None or other is None:
            continue
        claims = [head, other]
        sentences = [evidence(desk, widest, head)]
        same = [c for c in (settled or loose)[1:] if (c.suite, c.subject) != (widest.suite, widest.subject)]
        same.sort(key=lambda c: not _reversed(c, widest))  # that the order turns round elsewhere matters most
        told = _against(desk, widest, other)
        for more in same[:1]:
            claim = say.comparison(desk, more, 0, weight - 1)
            if claim is not None:
                claims.append(claim)
                high, low = _values(desk, more)
                sentences.append(Draft(f"{{{{{claim.id}}}}} (n = {{{{{high}:n}}}} and {{{{{low}:n}}}})."))
                if _reversed(more, widest):
                    told = Draft(f"{told.text.removesuffix('.')}; {_against(desk, more, claim).text}")
        found.append(Theme("systems", weight, f"{{{{{head.id}}}}}", sentences, claims, [widest], told))
    return found


def _reversed(item: Comparison, other: Comparison) -> bool:
    """Whether the same two systems differ the other way round, each confirmed."""
    signs = {"higher": 1, "lower": -1}
    same = 1 if (item.a, item.b) == (other.a, other.b) else -1 if (item.b, item.a) == (other.a, other.b) else 0
    return signs.get(item.outcome, 0) * signs.get(other.outcome, 0) * same == -1
