"""Answers about differences: one against another, what a setting does, and why one is faster."""

from __future__ import annotations

from chimera_report.tools.claims import commands, differences, frames, limitations, say, tables
from chimera_report.tools.metrics import metric as metric_of
from chimera_report.tools.query import values
from chimera_report.tools.query.page import Page
from chimera_report.tools.schema import Column, Comparison, Effect, Query, Table

MOST = 3
# Metrics that make up how fast a system is, in the order in which a request goes through them.
PARTS = (
    "load_time",
    "prefill_rate",
    "prompt_eval_time",
    "ttft",
    "ttft_incl_load",
    "tpot",
    "decode_rate",
    "eval_time",
    "e2e_latency",
    "run_time",
    "model_size",
    "vram",
    "ram",
    "power",
    "energy_per_token",
)
_MAIN = ("decode_rate", "run_time", "ttft", "ttft_incl_load", "e2e_latency", "request_rate")
_SETTLED = {"higher": 0, "lower": 0, "equivalent": 1, "inconclusive": 2, "exploratory": 3, "insufficient": 4}


# --- one against another ----------------------------------------------------------------------------------------------


def compare(page: Page) -> None:
    """The verdict on two systems, or two levels of a setting, in each suite that has both."""
    found = comparisons(page, page.query.metric)
    if not found:
        if page.query.factor:
            _levels(page)
        else:
            _apart(page)
        return
    if len(page.query.subjects) > 2 and not page.query.factor:
        found = found[:6]
    settled = [c for c in found if c.outcome in ("higher", "lower", "equivalent")]
    for item in (settled or found)[:MOST]:
        _verdict(page, item)
    if len(found) > len((settled or found)[:MOST]):
        page.tables.append(_table(page, found[:12]))
    page.lead = _yes_or_no(page, found)


def comparisons(page: Page, metric: str) -> list[Comparison]:
    """Those of the query's systems or levels, settled ones first, then those of most observations."""
    query = page.query
    names = set(query.levels) if query.factor else set(query.subjects)
    found = [
        c
        for c in page.world.analysis.comparisons
        if c.metric == metric
        and {c.a, c.b} <= names
        and (
            c.axis == query.factor and (not query.subjects or c.subject in query.subjects)
            if query.factor
            else c.axis == "subject"
        )
        and (not query.suite or c.suite == query.suite)
        and all(c.condition.get(f, v) == v for f, v in query.condition.items())
    ]
    return sorted(
        found,
        key=lambda c: (_SETTLED[c.outcome] > 1, -min(c.n_a, c.n_b), _SETTLED[c.outcome], c.suite, str(c.condition)),
    )


def _verdict(page: Page, item: Comparison) -> None:
    desk = page.desk
    if item.outcome in ("higher", "lower", "equivalent"):
        claim = say.comparison(desk, item)
        if page.claim(claim) and claim is not None:
            page.drafts.append(differences.evidence(desk, item, claim))
        return
    if item.ratio is None:
        page.say(
            f"The {frames.title(item.metric, warm=item.warm)} of {page.fact(item, 'a')} and that of {page.fact(item, 'b')} "  # noqa: E501
            f"have no common condition{_where(page, item)}, so no ratio between them is told."
        )
        page.insufficient(item.reason)
        return
    page.drafts.append(limitations.open_comparison(desk, item))
    observed = say.comparison(desk, item)
    if observed is not None and observed.verdict == "SUPPORTED":
        page.drafts.append(differences.evidence(desk, item, observed))
    if len(page.drafts) <= 2:
        page.verdict = "INSUFFICIENT"
    if item.reason:
        page.cannot.append(f"whether they differ: {item.reason}")
    page.command = page.command or _settle(item)


def _where(page: Page, item: Comparison) -> str:
    return f" in suite {page.fact(item, 'suite')}" if item.suite else ""


def _settle(item: Comparison) -> str:
    """The run that would give a verdict, where this program can make it."""
    models = [item.a, item.b] if item.axis == "subject" else [item.subject]
    levels = {} if item.axis == "subject" else {item.axis: [item.a, item.b]}
    if not all(commands.runnable(m) for m in models) or set(levels) - commands.BENCH_FACTORS:
        return ""
    return commands.bench(models, factors=dict(levels), runs=max(item.needed_n or 0, 10))


def _yes_or_no(page: Page, found: list[Comparison]) -> str:
    """What the verdicts say to what the question takes for granted; "" where it takes nothing, or they differ."""
    query = page.query
    if not query.presumes or (query.factor and len(query.levels) != 2):
        return ""
    first = (query.levels if query.factor else query.subjects)[0]
    told = {_holds(c, first, query.presumes) for c in found if c.outcome in ("higher", "lower", "equivalent")}
    if not told:
        return "Open" if query.yes_no else ""
    if len(told) > 1:
        page.cannot.append("the suites do not agree, so there is no single yes or no")
        return ""
    if not query.yes_no:
        return "" if told == {True} else "It is not so"
    return "Yes" if told == {True} else "No"


def _holds(item: Comparison, first: str, presumes: str) -> bool:
    if item.outcome == "equivalent":
        return False
    higher = (item.outcome == "higher") == (item.a == first)
    polarity = metric_of(item.metric).direction
    better = higher == (polarity == "higher") if polarity != "none" else higher
    return {"higher": higher, "lower": not higher, "better": better, "worse": not better, "changes": True}[presumes]


def _table(page: Page, found: list[Comparison]) -> Table:
    columns = [
        Column(title="Suite"),
        Column(title="Condition"),
        Column(title="A"),
        Column(title="B"),
        Column(title="Ratio", align="right"),
        Column(title="95 % interval", align="right"),
        Column(title="n of A", align="right"),
        Column(title="n of B", align="right"),
        Column(title="Verdict"),
    ]
    rows = []
    for c in found:
        cell = tables.cell
        rows.append(
            (
                cell(page.desk, c, "suite", "") if c.suite else tables.EMPTY,
                cell(page.desk, c, "~condition", "") if c.condition else tables.EMPTY,
                cell(page.desk, c, "a", ""),
                cell(page.desk, c, "b", ""),
                cell(page.desk, c, "ratio"),
                cell(page.desk, c, "ratio", "interval"),
                cell(page.desk, c, "n_a", ""),
                cell(page.desk, c, "n_b", ""),
                cell(page.desk, c, "outcome", ""),
            )
        )
    return tables.table(f"A over B, {metric_of(page.query.metric).title}", columns, rows)


def _apart(page: Page) -> None:
    """No suite measured both: what each is by itself, and the run that compares them."""
    query = page.query
    title = metric_of(query.metric).title
    whole = page.query
    for subject in query.subjects[:3]:
        page.query = whole.model_copy(update={"subjects": (subject,)})
        items = [s for s in values.chosen(page) if values.field_of(s, "")]
        if items:
            values._sentence(page, items[0])
    page.query = whole
    page.verdict = "INSUFFICIENT"
    page.cannot.append(f"which is the better by {title}: no suite measured both under the same conditions")
    if len(query.subjects) == 2 and all(commands.runnable(s) for s in query.subjects):
        page.command = commands.bench(list(query.subjects), runs=10)


# --- what a setting does ----------------------------------------------------------------------------------------------


def effect(page: Page) -> None:
    """The effect of a setting on a metric, or on the metrics that matter, of each system."""
    found = effects(page)
    if not found:
        _levels(page)
        return
    for item in found[: MOST if page.query.metric else 5]:
        _told(page, item)
    first = found[0]
    if first.levels and len(found) <= 3:
        page.tables.append(_level_table(page, first))
    page.lead = _so(page, found)
    if any(e.outcome == "effect" and not e.randomised for e in found[:MOST]):
        page.cannot.append("whether the setting is the cause: the order of the runs was not randomised")


def effects(page: Page) -> list[Effect]:
    query = page.query
    found = [
        e
        for e in page.world.analysis.effects
        if e.factor == query.factor
        and (e.metric == query.metric if query.metric else e.metric in _MAIN)
        and (not query.subjects or e.subject in query.subjects)
        and (not query.suite or e.suite == query.suite)
        and (query.state != "warm" or e.warm is not None or not _has_warm(page, e))
    ]
    order = {m: i for i, m in enumerate(_MAIN)}
    told = {"effect": 0, "aliased": 1, "negligible": 2, "inconclusive": 3, "insufficient": 4}
    return sorted(
        found, key=lambda e: (order.get(e.metric, 9), e.warm is None and _has_warm(page, e), told[e.outcome], e.subject)
    )


def _has_warm(page: Page, item: Effect) -> bool:
    return any(
        e.warm and (e.suite, e.subject, e.metric, e.factor) == (item.suite, item.subject, item.metric, item.factor)
        for e in page.world.analysis.effects
    )


def _told(page: Page, item: Effect) -> None:
    claim = say.effect(page.desk, item)
    if claim is not None and page.claim(claim):
        if item.outcome == "aliased":
            page.cannot.append(f"what {item.factor} does: it changed together with {', '.join(item.aliased)}")
        elif item.ratio_ci is not None:
            ratio = page.desk.fact(item, "ratio")
            page.say(f"The interval of the ratio between its extreme levels is {{{{{ratio.id}:interval}}}}.", [claim])
        return
    draft = limitations.open_effect(page.desk, item) if item.ratio else None
    if draft is not None:
        page.drafts.append(draft)
        page.verdict = page.verdict or "INSUFFICIENT"
    else:
        of = f" of {page.fact(item, 'subject')}" if item.subject else ""
        page.say(
            f"The data does not settle what {page.fact(item, 'factor')} does to the {frames.title(item.metric, warm=item.warm)}{of}"  # noqa: E501
            f"{_place(page, item)}."
        )
        page.verdict = page.verdict or "INSUFFICIENT"
    if item.reason:
        page.cannot.append(f"what {item.factor} does to the {metric_of(item.metric).title}: {item.reason}")
    if not page.command and commands.runnable(item.subject) and item.factor in commands.BENCH_FACTORS:
        page.command = commands.bench(
            [item.subject], factors={item.factor: list(dict.fromkeys((item.low, item.high)))}, runs=10
        )


def _place(page: Page, item: Effect) -> str:
    return f" in suite {page.fact(item, 'suite')}" if item.suite else ""


def _so(page: Page, found: list[Effect]) -> str:
    """What the verdicts say to "does it slow it down?"."""
    query = page.query
    if not query.presumes or (not query.metric and query.intent != "why"):
        return ""
    outcomes = {e.outcome for e in found}
    if outcomes <= {"negligible"}:
        return "No"
    if outcomes <= {"inconclusive", "insufficient", "aliased"}:
        return "That cannot be told"
    return ""


def _of_levels(page: Page, item: Effect) -> str:
    """Yes or no, where the two levels asked about are all there are and the data settles it."""
    query = page.query
    if not query.presumes or not query.yes_no:
        return ""
    if item.outcome == "negligible":
        return "No"
    if item.outcome != "effect" or {item.high, item.low} != set(query.levels):
        return "" if item.outcome == "effect" else "Open"
    higher = item.high == query.levels[0]
    polarity = metric_of(item.metric).direction
    better = higher == (polarity == "higher") if polarity != "none" else higher
    holds = {"higher": higher, "lower": not higher, "better": better, "worse": not better, "changes": True}[
        query.presumes
    ]
    return "Yes" if holds else "No"


def _level_table(page: Page, item: Effect) -> Table:
    unit = page.desk.unit(item, "levels.0.value")
    title = metric_of(item.metric).title
    columns = [
        Column(title=item.factor),
        Column(title="n", align="right"),
        Column(title=f"{title[:1].upper()}{title[1:]}" + (f" ({unit})" if unit else ""), align="right"),
        Column(title="95 % interval", align="right"),
    ]
    rows = [
        (
            tables.cell(page.desk, item, f"levels.{i}.level", ""),
            tables.cell(page.desk, item, f"levels.{i}.n", ""),
            tables.cell(page.desk, item, f"levels.{i}.value"),
            tables.cell(page.desk, item, f"levels.{i}.value", "interval"),
        )
        for i in range(len(item.levels))
    ]
    of = f" of {page.fact(item, 'subject')}" if item.subject else ""
    return tables.table(f"Levels of {page.fact(item, 'factor')}{of}", columns, rows)


def _levels(page: Page) -> None:
    """No effect was computed: the factor names systems (backends), which are compared, or has one level."""
    query = page.query
    metric = query.metric or next(
        (m for m in _MAIN if any(c.axis == query.factor and c.metric == m for c in page.world.analysis.comparisons)), ""
    )
    found = [
        c
        for c in page.world.analysis.comparisons
        if c.axis == query.factor
        and c.metric == metric
        and (not query.subjects or c.subject in query.subjects)
        and (not query.suite or c.suite == query.suite)
        and (not query.levels or {c.a, c.b} & set(query.levels))
    ]
    found.sort(key=lambda c: (_SETTLED[c.outcome], -min(c.n_a, c.n_b), -abs((c.ratio or 1) - 1)))
    if found:
        page.query = query.model_copy(update={"metric": metric})
        for item in found[:MOST]:
            _verdict(page, item)
        page.tables.append(_table(page, found[:12]))
        page.query = query.model_copy(update={"metric": metric})
        return
    effects_of = [
        e
        for e in page.world.analysis.effects
        if e.factor == query.factor
        and (not query.metric or e.metric == query.metric)
        and (not query.subjects or e.subject in query.subjects)
    ]
    if query.levels and effects_of and len(query.levels) == 2:
        chosen = sorted(effects_of, key=lambda e: e.warm is None)[0]
        _told(page, chosen)
        page.tables.append(_level_table(page, chosen))
        page.lead = _of_levels(page, chosen)
        return
    levels = page.world.levels.get(query.factor, ())
    if len(levels) < 2:
        page.insufficient(
            f"{query.factor} has one level in the data, {levels[0]}, so nothing tells what it does"
            if levels
            else f"{query.factor} is not in the data"
        )
    else:
        what = f" on the {metric_of(query.metric).title}" if query.metric else ""
        page.insufficient(
            f"the records do not let the effect of {query.factor}{what} be computed: too few, or with other settings changed beside it"  # noqa: E501
        )
    if (
        query.subjects
        and commands.runnable(query.subjects[0])
        and query.factor in commands.BENCH_FACTORS
        and len(levels) > 1
    ):
        page.command = commands.bench([query.subjects[0]], factors={query.factor: list(levels[:3])}, runs=10)


# --- why --------------------------------------------------------------------------------------------------------------


def why(page: Page) -> None:
    """What differs beside the difference that is asked about; never a cause that nothing separates."""
    query = page.query
    if query.factor:
        effect(page)
        if not any("cause" in c for c in page.cannot):
            page.cannot.append("why: the data says what changed together with the setting, not by which mechanism")
        return
    if len(query.subjects) == 1:
        others = _rivals(page, query)
        if not others:
            values.value(page)
            page.cannot.append(f"why: nothing else was measured that {query.subjects[0]} could be compared with")
            return
        page.query = query.model_copy(update={"subjects": (query.subjects[0], others[0])})
    first = comparisons(page, query.metric)
    if not first:
        _apart(page)
        return
    _verdict(page, first[0])
    page.lead = _why_so(page, first)
    suite = first[0].suite
    told = [
        c
        for m in PARTS
        if m != query.metric
        for c in comparisons(page, m)
        if c.suite == suite and c.outcome in ("higher", "lower")
    ]
    for item in told[:3]:
        page.claim(say.comparison(page.desk, item))
    named = " and ".join(page.query.subjects)
    page.cannot.append(f"why: the measurements show in what {named} differ, not by which mechanism")


def _why_so(page: Page, found: list[Comparison]) -> str:
    query = page.query
    if not query.presumes or found[0].outcome not in ("higher", "lower", "equivalent"):
        return (
            ""
            if found[0].outcome in ("higher", "lower", "equivalent") or not query.presumes
            else "It is open whether it is so"
        )
    return "" if _holds(found[0], query.subjects[0], query.presumes) else "It is not so"


def _rivals(page: Page, query: Query) -> list[str]:
    """Who it is compared with in its largest suite, the one farthest away first."""
    own = query.subjects[0]
    found = [
        c
        for c in page.world.analysis.comparisons
        if c.axis == "subject"
        and c.metric == query.metric
        and own in (c.a, c.b)
        and c.ratio
        and (not query.suite or c.suite == query.suite)
    ]
    found.sort(key=lambda c: (_SETTLED[c.outcome], -min(c.n_a, c.n_b), -max(c.ratio or 1, 1 / (c.ratio or 1))))
    return list(dict.fromkeys(c.b if c.a == own else c.a for c in found))
