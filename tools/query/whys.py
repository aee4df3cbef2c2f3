"""Answers to why: what differs beside a difference; never a cause that nothing separates."""

from __future__ import annotations

from chimera_report.tools.claims import say
from chimera_report.tools.metrics import metric as metric_of
from chimera_report.tools.query import compare, effects, values
from chimera_report.tools.query.page import Page
from chimera_report.tools.schema import Comparison, Query
from chimera_report.tools.thresholds import TIMES

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


def why(page: Page) -> None:
    """What differs beside the difference that is asked about; never a cause that nothing separates."""
    query = page.query
    if query.factor:
        effects.effect(page)
        _coincides(page)
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
    first = compare.comparisons(page, query.metric)
    if not first:
        compare.apart(page)
        return
    compare.verdict(page, first[0])
    if not page.drafts:  # unlike conditions: whether it is so is told by condition, or not at all
        page.insufficient(f"no one value of the {metric_of(query.metric).title} stands for all conditions")
        return
    page.lead = _why_so(page, first)
    suite = first[0].suite
    told = [
        c
        for m in PARTS
        if m != query.metric
        for c in compare.comparisons(page, m)
        if c.suite == suite and c.outcome in ("higher", "lower")
    ]
    for item in told[:3]:
        page.claim(say.comparison(page.desk, item))
    named = " and ".join(page.query.subjects)
    page.cannot.append(f"why: the measurements show in what {named} differ, not by which mechanism")


def _coincides(page: Page) -> None:
    """What looks like an effect of the setting on another metric of speed, and cannot be told from something else."""
    query = page.query
    found = [
        e
        for e in page.world.analysis.effects
        if e.factor == query.factor
        and e.outcome == "aliased"
        and e.metric != query.metric
        and e.metric in values.SPEEDS
        and (e.ratio or 1) >= TIMES
        and (not query.subjects or e.subject in query.subjects)
        and (not query.suite or e.suite == query.suite)
    ]
    for item in sorted(found, key=lambda e: -(e.ratio or 1))[:1]:
        effects.tell(page, item)


def _why_so(page: Page, found: list[Comparison]) -> str:
    query = page.query
    if not query.presumes or found[0].outcome not in ("higher", "lower", "equivalent"):
        return (
            ""
            if found[0].outcome in ("higher", "lower", "equivalent") or not query.presumes
            else "It is open whether it is so"
        )
    return "" if compare.holds(found[0], query.subjects[0], query.presumes) else "It is not so"


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
    found.sort(key=lambda c: (compare.SETTLED[c.outcome], -min(c.n_a, c.n_b), -max(c.ratio or 1, 1 / (c.ratio or 1))))
    return list(dict.fromkeys(c.b if c.a == own else c.a for c in found))
